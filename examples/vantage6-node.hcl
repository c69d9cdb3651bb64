# One long-running vantage6 node, which itself starts more containers through the engine's socket.
#
# The node's image cannot be pulled everywhere: `wharf-stand-in:1` keeps its contract. Its `vnode-local` ends at once with an
# error when it gets no command, and `start` insists on the seven mounts and the environment.
#
#   WHARF_VAR_private_key="$(cat alpha.pem)" wharf apply examples/vantage6-node.hcl --var node=alpha

variable "node" {
  type    = string
  default = "alpha"
}

variable "user_space" {
  type        = bool
  default     = false
  description = "Whether the node belongs to one user instead of the system."
}

variable "image" {
  type    = string
  default = "wharf-stand-in:1"
}

variable "private_key" {
  type      = string
  default   = "only for trying"
  sensitive = true
}

# The manager itself may run in a container. Then its own paths are not the engine's: what is below `manager_home` here is
# below `host_home` on the engine's host.
variable "manager_home" {
  type    = string
  default = ""
}

variable "host_home" {
  type    = string
  default = ""
}

variable "databases" {
  type        = string
  default     = "*.csv"
  description = "Database files of the configuration directory, by pattern; each is mounted."
}

variable "old_data" {
  type        = string
  default     = ""
  description = "A directory whose files are copied into the data volume before the node starts for the first time."
}

variable "extra_mounts" {
  type    = map(string)
  default = {}
}

variable "extra_env" {
  type    = map(string)
  default = {}
}

variable "extra_hosts" {
  type    = map(string)
  default = {}
}

locals {
  scope     = var.user_space ? "user" : "system"
  container = "vantage6-${var.node}-${local.scope}"
  config    = abspath("${path.module}/vantage6-node/config")
  host_config = (var.manager_home == "" ?
    local.config :
  replace(local.config, var.manager_home, var.host_home))
  volumes = { for role in ["", "-vpn", "-ssh", "-squid"] : role => "${local.container}${role}-vol" }
  targets = { "" = "/mnt/data", "-vpn" = "/mnt/vpn", "-ssh" = "/mnt/ssh", "-squid" = "/mnt/squid" }
}

# Made when missing, taken over when they are there, and kept when the node goes: to destroy one, unprotect it first.
volume "node" {
  for_each = local.volumes
  name     = each.value
  adopt    = true
  protect  = true
}

sync "migration" {
  for_each = var.old_data == "" ? toset([]) : toset([var.old_data])
  source   = each.value
  target {
    volume = volume.node[""].name
  }
}

container "node" {
  name    = local.container
  image   = var.image
  command = ["vnode-local", "start", "--name", var.node, "--config", "/mnt/config/${var.node}.yaml", "--dockerized", "--${local.scope}"]
  tty     = true

  env = merge({
    DATA_VOLUME_NAME       = volume.node[""].name
    VPN_VOLUME_NAME        = volume.node["-vpn"].name
    SSH_TUNNEL_VOLUME_NAME = volume.node["-ssh"].name
    SSH_SQUID_VOLUME_NAME  = volume.node["-squid"].name
    PRIVATE_KEY            = var.private_key
  }, var.extra_env)

  extra_hosts = var.extra_hosts

  mount {
    source = "${local.host_config}/log"
    target = "/mnt/log"
  }
  mount {
    source = local.host_config
    target = "/mnt/config"
  }
  mount {
    source = "/var/run/docker.sock"
    target = "/var/run/docker.sock"
  }

  dynamic "mount" {
    for_each = local.targets
    content {
      volume = volume.node[mount.key].name
      target = mount.value
    }
  }

  dynamic "mount" {
    for_each = fileset(local.config, var.databases)
    content {
      source    = "${local.host_config}/${mount.value}"
      target    = "/mnt/databases/${mount.value}"
      read_only = true
    }
  }

  dynamic "mount" {
    for_each = var.extra_mounts
    content {
      source = mount.value
      target = mount.key
    }
  }
}

output "container" {
  value = container.node.name
}
