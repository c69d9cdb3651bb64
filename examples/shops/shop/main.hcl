# A shop: a web server that greets. `url` says where.

variable "greeting" {
  type = string

  validation {
    condition     = var.greeting != ""
    error_message = "A shop has to say something."
  }
}

variable "memory" {
  type    = string
  default = "32m"
}

variable "network" {
  type        = string
  description = "The network that the shop stands at."
}

volume "till" {}

container "counter" {
  image   = "wharf-stand-in:1"
  command = ["serve", "--port", "8080", "/srv"]
  memory  = var.memory

  file {
    path    = "/srv/index.html"
    content = templatefile("${path.module}/page.html", { greeting = var.greeting })
  }

  mount {
    volume = volume.till.name
    target = "/till"
  }

  network {
    name = var.network
  }

  port {
    container = 8080
  }
}

output "url" {
  value = "http://localhost:${container.counter.ports["8080/tcp"]}/"
}
