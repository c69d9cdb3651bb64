# A small site on a web server: a network, a volume, the site's files synced into it, a server with a health check
# and a port that the engine picks, and a job that fetches the page when the server is healthy.
#
#   wharf plan  examples/hello.hcl
#   wharf apply examples/hello.hcl
#
# The image `wharf-stand-in:1` is made by `cargo xtask try`; any image with a web server does as well.

variable "memory" {
  type        = string
  default     = "64m"
  description = "How much memory the server may use."
}

network "hello" {}

volume "site" {}

sync "site" {
  source  = "./hello/site"
  exclude = ["*.tmp"]
  delete  = true

  target {
    volume = volume.site.name
  }
}

container "web" {
  image   = "wharf-stand-in:1"
  command = ["serve", "--port", "8080", "/srv"]
  memory  = var.memory
  restart = "unless-stopped"

  network {
    name    = network.hello.name
    aliases = ["web"]
  }

  mount {
    volume    = volume.site.name
    target    = "/srv"
    read_only = true
  }

  port {
    container = 8080 # no host port given: the engine picks one
  }

  healthcheck {
    test     = ["CMD", "fetch", "http://localhost:8080/healthz"]
    interval = "1s"
    timeout  = "5s"
    retries  = 10
  }
}

job "check" {
  image   = "wharf-stand-in:1"
  command = ["fetch", "http://web:8080/"]

  network {
    name = network.hello.name
  }

  depends_on = [container.web]
}

output "url" {
  value = "http://localhost:${container.web.ports["8080/tcp"]}/"
}

output "page" {
  value = job.check.stdout
}
