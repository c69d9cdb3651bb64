# A training run on a Docker host: an image built from a staged directory, project directories synced into volumes on
# the host, and a script handed over as a file, so that no shell ever quotes it.
#
# The host is the engine that `DOCKER_HOST`, the current context or `engine { host = … }` names. For one on another machine
# forward its socket first:
#
#   ssh -N -L /tmp/engine.sock:/var/run/docker.sock HOST
#   DOCKER_HOST=unix:///tmp/engine.sock wharf apply examples/ml-remote.hcl

variable "projects" {
  type        = map(string)
  default     = { demo = "./ml-remote/project" }
  description = "Project directories by name; each goes to /resources/<name>/."
}

variable "parameters" {
  type    = map(string)
  default = { EPOCHS = "2" }
}

variable "image" {
  type    = string
  default = "ml-remote-trainer:1"
}

variable "user" {
  type    = string
  default = "1000:1000"
}

image "trainer" {
  name = var.image
  build {
    context = "./ml-remote/image"
    args    = { BASE = "wharf-stand-in:1" }
    labels  = { "ml.purpose" = "training" }
  }
}

volume "resources" {}

volume "results" {}

# Once per run, however many jobs wait for it.
sync "resources" {
  for_each = var.projects
  source   = each.value
  exclude  = ["*.pyc", "__pycache__/", ".git/"]
  delete   = true
  target {
    volume = volume.resources.name
    path   = each.key
  }
}

job "train" {
  for_each    = var.projects
  image       = image.trainer.id
  command     = ["train", "--script", "/run/script.py", "--data", "/resources/${each.key}"]
  working_dir = "/resources/${each.key}"
  user        = var.user
  env         = var.parameters
  auto_remove = true # its result stays known

  mount {
    volume    = volume.resources.name
    target    = "/resources"
    read_only = true
  }
  mount {
    volume = volume.results.name
    target = "/results"
  }

  file {
    path    = "/run/script.py"
    content = file("${path.module}/ml-remote/train.py")
    mode    = "0555"
  }

  triggers = {
    project = dirhash("${path.module}/${each.value}", ["*.pyc", "__pycache__/"])
  }

  depends_on = [sync.resources]
}

output "results" {
  value = { for name, run in job.train : name => jsondecode(run.stdout) }
}
