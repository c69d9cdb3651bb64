//! References as literals → those that stand for nothing are found, wherever they stand.

use super::tests::errors;

#[test]
fn undefined_references_are_found_wherever_they_stand() {
    insta::assert_snapshot!(errors(
        r#"
volume "data" {
}
container "many" {
  count = 0
  image = var.imgae
}
variable "image" {
  default = "web"
}
container "web" {
  image = true ? "web" : local.nothing
  env = {
    A = volume.data.nmae
    B = volume.dtaa.name
    C = container.many.id
    D = container.many[0].nmae
    E = each.key
    F = count.index
    G = foo
    H = path.modul
    I = [for x in ["a"] : x.y]
    J = data.network.proxy.id
    K = var
  }
  depends_on = [container.db]
}
output "x" {
  value = volume.other.name
}
"#
    ), @r#"
    Error: Undefined reference
      There is no variable `imgae`.
      at main.hcl:6:15 [imgae]: not declared
      help: Did you mean `image`?
    Error: Undefined reference
      There is no local value `nothing`.
      at main.hcl:12:32 [nothing]: not declared
    Error: Unknown attribute
      `volume.data` has no attribute `nmae`.
      at main.hcl:14:21 [nmae]: not known
      help: Did you mean `name`?
    Error: Undefined reference
      There is no block `volume.dtaa`.
      at main.hcl:15:16 [dtaa]: not declared
      help: Did you mean `data`?
    Error: Missing index
      `container.many` has `count`, so it is a list.
      at main.hcl:16:24 [id]: an attribute of which instance?
      help: Name one, as in `container.many[0].id`, or take all with `container.many[*].id`.
    Error: Unknown attribute
      `container.many` has no attribute `nmae`.
      at main.hcl:17:9 [container.many[0].nmae]: not known
      help: Did you mean `name`?
    Error: Undefined reference
      `each` can only be used in a block with `for_each`.
      at main.hcl:18:9 [each.key]: there is no `for_each` here
    Error: Undefined reference
      `count` can only be used in a block with `count`.
      at main.hcl:19:9 [count.index]: there is no `count` here
    Error: Undefined reference
      `foo` stands for nothing.
      at main.hcl:20:9 [foo]: not known
      help: Text is written in double quotes; a variable is `var.name`.
    Error: Undefined reference
      There is no `path.modul`.
      at main.hcl:21:14 [modul]: not known
      help: There is: `path.module`, `path.root`, `path.cwd`.
    Error: Unsupported attribute
      This value is a string and has no attributes.
      at main.hcl:22:29 [y]: no such attribute
    Error: Undefined reference
      There is no block `data.network.proxy`.
      at main.hcl:23:22 [proxy]: not declared
    Error: Incomplete reference
      A reference that begins with `var` has the form `var.name`.
      at main.hcl:24:9 [var]: something is missing behind it
    Error: Undefined reference
      There is no block `container.db`.
      at main.hcl:26:17 [container.db]: not declared
    Error: Undefined reference
      There is no block `volume.other`.
      at main.hcl:29:18 [other]: not declared
    "#);
}

#[test]
fn a_cycle_is_shown_with_every_step() {
    insta::assert_snapshot!(errors(
        r#"
container "a" {
  image = "a"
  env   = { B = local.b }
}
locals {
  b = container.b.id
}
container "b" {
  image      = "b"
  depends_on = [container.c]
}
container "c" {
  image = "c"
  env   = { A = container.a.id }
}
container "self" {
  image = container.self.name
}
volume "v" {
  count = length(volume.v)
}
"#
    ), @r#"
    Error: Cycle
      Each of these needs the next one first: `local.b` → `container.b` → `container.c` → `container.a` → `local.b`.
      at main.hcl:7:7 [container.b.id]: local.b needs container.b
      also main.hcl:11:17 [container.c]: container.b needs container.c
      also main.hcl:15:17 [container.a.id]: container.c needs container.a
      also main.hcl:4:17 [local.b]: container.a needs local.b
      help: Take one of these references out, or move what both need into a local value.
    Error: Cycle
      Each of these needs the next one first: `container.self` → `container.self`.
      at main.hcl:18:11 [container.self.name]: container.self needs container.self
      help: Take one of these references out, or move what both need into a local value.
    Error: Cycle
      Each of these needs the next one first: `volume.v` → `volume.v`.
      at main.hcl:21:18 [volume.v]: volume.v needs volume.v
      help: Take one of these references out, or move what both need into a local value.
    "#);
}

#[test]
fn words_of_other_tools_and_whole_blocks_get_a_hint() {
    let told = errors(
        r#"
container "web" {
  image       = image.app
  environment = {}
  volumes     = []
  ports       = []
  command     = "sleep 10"
  env {
  }
  network {
    name = network.back
  }
}
image "app" {
  name = "app"
}
network "back" {
}
"#,
    );
    for help in [
        "Refer to one of its attributes: `image.app.id`.",
        "It is called `env` here.",
        "Write a block for each: `mount { … }`.",
        "Write a block for each: `port { … }`.",
        "A list is written",
        "Write `env = { … }`.",
        "Refer to one of its attributes: `network.back.name`.",
    ] {
        assert!(told.contains(help), "{help} is missing in\n{told}");
    }
}

#[test]
fn attributes_and_blocks_are_checked_against_the_kind() {
    insta::assert_snapshot!(errors(
        r#"
container "web" {
  imag     = "web"
  id       = "x"
  port     = 80
  memory   = "lots"
  env      = ["A=1"]
  cap_add  = ["A", null]
  command  = ["a", { b = 1 }]
  helthcheck {
  }
  port {
    contaner = 80
  }
  port {
    container = 99999
  }
  memory {
  }
  healthcheck {
    interval = "30"
  }
  healthcheck {
  }
  mount "x" {
  }
  lifecycle {
    ignore_changes = [memry]
  }
}
container "db" {
}
"#
    ), @r#"
    Error: Unknown attribute
      `container.web` has no attribute `imag`.
      at main.hcl:3:3 [imag]: not known here
      also main.hcl:2:1 [container \"web\"]: in this block
      help: Did you mean `image`?
    Error: Attribute cannot be set
      `id` is not chosen by the configuration. The container's id.
      at main.hcl:4:3 [id]: set here
      help: Take it out.
    Error: Block written as an attribute
      `port` is a block.
      at main.hcl:5:3 [port]: written with `=`
      help: Write `port { … }`.
    Error: Invalid value
      `lots` is not a size.
      at main.hcl:6:14 [\"lots\"]: in `memory`
      help: A size is a number of bytes, or text such as `"512m"` or `"2g"`.
    Error: Wrong type
      `env` takes a map, and this is a tuple.
      at main.hcl:7:14 [[\"A=1\"]]: expected a map
      help: A map is written `{ NAME = "value" }`.
    Error: Null element
      An element of `cap_add` is null.
      at main.hcl:8:20 [null]: null
      help: Leave it out, for example with `compact(…)`.
    Error: Invalid value
      The value does not fit here: a string is required, not an object.
      at main.hcl:9:20 [{ b = 1 }]: in `command`
    Error: Unknown block
      `container.web` has no block `helthcheck`.
      at main.hcl:10:3 [helthcheck]: not known here
      help: Did you mean `healthcheck`?
    Error: Unknown attribute
      The block `port[0]` of `container.web` has no attribute `contaner`.
      at main.hcl:13:5 [contaner]: not known here
      also main.hcl:12:3 [port]: in this block
      help: Did you mean `container`?
    Error: Invalid value
      The value is not a whole number from 1 to 65535.
      at main.hcl:16:17 [99999]: in `container`
    Error: Attribute written as a block
      `memory` is an attribute.
      at main.hcl:18:3 [memory]: written as a block
      help: Write `memory = …`.
    Error: Invalid value
      `30` is not a duration.
      at main.hcl:21:16 [\"30\"]: in `interval`
      help: A duration is text such as `"30s"`, `"1m30s"` or `"500ms"`.
    Error: Repeated block
      `healthcheck` may stand once in a block.
      at main.hcl:23:3 [healthcheck]: stands again here
    Error: Wrong number of labels
      A `mount` block has no labels.
      at main.hcl:25:3 [mount \"x\"]: has a label
      help: Write `mount { … }`.
    Error: Unknown attribute
      `container.web` has no attribute `memry`.
      at main.hcl:28:23 [memry]: not known
      help: Did you mean `memory`?
    Error: Missing attribute
      `container.db` needs `image`. The image: a reference such as `postgres:16`, or the `id` of an `image` block. Compared by the id of the image it stands for on the engine, so a tag that has moved shows as a change.
      at main.hcl:31:1 [container \"db\"]: `image` is missing here
    "#);
}
