# A cluster of database nodes on a network of their own.
#
# `wharf-stand-in:1` keeps the database's contract: it reads /etc/scylla/scylla.yaml, writes below /var/lib/scylla, and answers
# `nodetool status` when it listens.
#
#   wharf apply examples/scylla-cluster.hcl                      three nodes
#   wharf apply examples/scylla-cluster.hcl --var nodes=4        one more; the others keep running
#   wharf apply examples/scylla-cluster.hcl --var 'stopped=["node2"]'

variable "nodes" {
  type    = number
  default = 3
  validation {
    condition     = var.nodes >= 1 && var.nodes <= 9
    error_message = "Between one and nine nodes."
  }
}

variable "stopped" {
  type        = set(string)
  default     = []
  description = "Nodes that are to be there, but not to run."
}

variable "image" {
  type    = string
  default = "wharf-stand-in:1"
}

variable "options" {
  type        = any
  default     = { cluster_name = "ccm", num_tokens = 16 }
  description = "Merged into the configuration that the image brings."
}

variable "directory" {
  type        = string
  default     = ""
  description = "Where the nodes' directories are; beside this file when empty."
}

variable "subnet" {
  type    = string
  default = "10.97.240.0/24"
}

locals {
  directory   = var.directory == "" ? abspath("${path.module}/scylla-cluster/nodes") : var.directory
  nodes       = { for number in range(1, var.nodes + 1) : "node${number}" => cidrhost(var.subnet, 10 + number) }
  directories = ["data", "commitlog", "hints", "view_hints", "saved_caches", "keys", "logs"]
  defaults    = yamldecode(job.defaults.stdout)
}

network "cluster" {
  ipam {
    config {
      subnet = var.subnet
    }
  }
}

# The image is the specification: its configuration is taken out once, before any node exists.
job "defaults" {
  image   = var.image
  command = ["cat", "/etc/scylla/scylla.yaml"]
}

# The engine does not make directories that are to be mounted, and the database writes as a user of its own:
# an empty tree is laid down, and a helper gives it away.
sync "directories" {
  for_each    = local.nodes
  source      = "./scylla-cluster/skeleton"
  allow_empty = true
  target {
    path = "${local.directory}/${each.key}"
  }
}

job "ownership" {
  for_each = local.nodes
  image    = var.image
  command  = ["chown", "999:999", "/node"]
  mount {
    source = "${local.directory}/${each.key}"
    target = "/node"
  }
  depends_on = [sync.directories]
}

container "node" {
  for_each     = local.nodes
  image        = var.image
  command      = ["scylla", "--seeds", values(local.nodes)[0]]
  memory       = "64m"
  cpus         = 0.5
  stop_timeout = "20s"
  running      = !contains(var.stopped, each.key)

  network {
    name         = network.cluster.name
    ipv4_address = each.value
    aliases      = [each.key]
  }

  file {
    path    = "/etc/scylla/scylla.yaml"
    content = yamlencode(merge(local.defaults, var.options, { listen_address = each.value }))
  }

  mount {
    source = "${local.directory}/${each.key}/conf"
    target = "/etc/scylla/conf.d"
  }

  dynamic "mount" {
    for_each = local.directories
    content {
      source = "${local.directory}/${each.key}/${mount.value}"
      target = "/var/lib/scylla/${mount.value}"
    }
  }

  healthcheck {
    test     = ["CMD", "nodetool", "status"]
    interval = "1s"
    retries  = 30
  }

  depends_on = [job.ownership]
}

output "addresses" {
  value = { for name, node in container.node : name => node.ip_address }
}
