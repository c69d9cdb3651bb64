# A node that joins a CCF network, and the recovery agent beside it.
#
# `wharf-stand-in:1` keeps the node's contract: `cchost` insists on CONFIG_DATA_TGZ and answers on three ports, of which
# two are published on ports that the engine picks.

variable "network" {
  type    = string
  default = "testnet"
}

variable "node" {
  type    = string
  default = "node-1"
}

variable "image" {
  type    = string
  default = "wharf-stand-in:1"
}

variable "join_to" {
  type    = string
  default = "primary.testnet:8080"
}

variable "logs_dir" {
  type    = string
  default = null
}

variable "tail_dev_null" {
  type    = bool
  default = false
}

variable "storage" {
  type    = string
  default = ""
}

locals {
  here    = abspath("${path.module}/ccf-join-node")
  storage = var.storage == "" ? "${local.here}/storage/${var.node}" : var.storage

  # The template, changed in as many places as it takes.
  template = jsondecode(file("${path.module}/ccf-join-node/config/template.json"))
  config = merge(local.template, {
    network = merge(local.template.network, {
      node_to_node_interface = { bind_address = "0.0.0.0:8081", published_address = "${var.node}:8081" }
    })
    command = merge(local.template.command, {
      type = "Join"
      join = { target_rpc_address = var.join_to, retry_timeout = "1s" }
    })
  })

  # Snapshots are named by sequence number, so the last name is the latest.
  snapshots = sort(fileset("${path.module}/ccf-join-node/snapshots", "snapshot_*.committed"))
  latest    = length(local.snapshots) == 0 ? "none" : local.snapshots[length(local.snapshots) - 1]

  labels = {
    "cleanroom.network" = var.network
    "cleanroom.type"    = "node"
    "cleanroom.name"    = var.node
  }
}

network "ccf" {
  name = "ccf-${var.network}"
}

# Directories that are already there are mounted as they are; uncommitted ledger files are left out of a new node's ledger.
sync "ledger" {
  source      = "./ccf-join-node/ledger"
  exclude     = ["ledger_*", "!ledger_*.committed"]
  allow_empty = true
  target {
    path = "${local.storage}/ledger"
  }
}

# The latest snapshot alone, out of a directory that is only read.
sync "snapshot" {
  source      = "./ccf-join-node/snapshots"
  exclude     = ["*", "!${local.latest}"]
  allow_empty = true
  target {
    path = "${local.storage}/snapshots"
  }
}

container "node" {
  name    = "cchost-nw-${var.node}"
  image   = var.image
  command = ["cchost"]
  labels  = local.labels

  env = merge(
    { CONFIG_DATA_TGZ = archive_base64("${path.module}/ccf-join-node/config", ["template.json"], { "config.json" = jsonencode(local.config) }) },
    var.tail_dev_null ? { TAIL_DEV_NULL = "true" } : {},
    var.logs_dir == null ? {} : { LOGS_DIR = var.logs_dir },
  )

  network {
    name = network.ccf.name
  }

  expose = ["8081/tcp"]

  port {
    container = 8080
  }
  port {
    container = 8082
  }

  mount {
    source = "${local.storage}/ledger"
    target = "/app/ledger"
  }
  mount {
    source    = "${local.storage}/snapshots"
    target    = "/app/snapshots"
    read_only = true
  }

  depends_on = [sync.ledger, sync.snapshot]
}

container "recovery_agent" {
  name    = "recovery-agent-${var.node}"
  image   = var.image
  command = ["recovery-agent", "--endpoint", "localhost:${container.node.ports["8080/tcp"]}"]
  labels  = merge(local.labels, { "cleanroom.type" = "recovery-agent" })

  network {
    name = network.ccf.name
  }

  port {
    container = 9000
  }
}

output "endpoint" {
  value = "https://localhost:${container.node.ports["8080/tcp"]}"
}

output "recovery_agent" {
  value = "http://localhost:${container.recovery_agent.ports["9000/tcp"]}"
}
