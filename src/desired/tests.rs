//! Small configurations as literals → what is wanted, or what is wrong.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;
use crate::config::tests::compact;
use crate::config::variables;
use crate::config::{self, KindNames};
use crate::diagnostic::Source;
use crate::eval::Moment;
use crate::run::Bind;
use crate::value::Type;

pub(super) fn inputs() -> Inputs {
    Inputs {
        environment: BTreeMap::new(),
        assignments: Vec::new(),
        workspace: "default".to_owned(),
        working_dir: PathBuf::from("/here"),
        destroying: false,
        moment: Moment::Planning,
    }
}

pub(super) fn config(text: &str) -> Config {
    let managed: Vec<&str> = KINDS.iter().map(|kind| kind.name()).collect();
    let sources = vec![Source::new("main.hcl", text)];
    let kinds = KindNames {
        managed: &managed,
        data: &managed,
        is_block: crate::kinds::is_block,
    };
    config::parse(
        config::ModuleFiles::alone(sources),
        PathBuf::from("."),
        "shop".to_owned(),
        kinds,
    )
    .expect("the syntax is right")
}

fn desired(text: &str) -> Desired {
    match evaluate(&config(text), &inputs(), &mut Unknowns::default()) {
        Ok(desired) => desired,
        Err(problems) => panic!("{}", compact(&problems)),
    }
}

fn errors(text: &str) -> String {
    errors_with(text, &inputs())
}

fn errors_with(text: &str, inputs: &Inputs) -> String {
    compact(&evaluate(&config(text), inputs, &mut Unknowns::default()).expect_err("it is wrong"))
}

/// Renders what is wanted, one line for each instance and output.
pub(super) fn rendered(desired: &Desired) -> String {
    let instances = desired.instances.values().map(|instance| {
        let spec: Vec<String> = instance
            .spec
            .iter()
            .map(|(name, value)| format!("{name}={value:?}"))
            .collect();
        let waits: Vec<String> = instance.dependencies.iter().map(ToString::to_string).collect();
        let after = if waits.is_empty() {
            String::new()
        } else {
            format!(" after {}", waits.join(", "))
        };
        format!(
            "{} ({}) {}{after}",
            instance.address,
            instance.name,
            spec.join(" ")
        )
    });
    let outputs = desired
        .outputs
        .iter()
        .map(|(name, output)| format!("output {name} = {:?}", output.value));
    instances.chain(outputs).collect::<Vec<_>>().join("\n")
}

fn plan(text: &str) -> String {
    rendered(&desired(text))
}

#[test]
fn values_have_their_canonical_form() {
    insta::assert_snapshot!(plan(
        r#"
container "web" {
  image        = "web:1"
  command      = ["serve", 8080]
  env          = { PORT = 8080, DEBUG = true, NONE = null }
  memory       = "512m"
  cpus         = 0.5
  stop_signal  = "hup"
  cap_add      = ["NET_ADMIN", "CHOWN", "NET_ADMIN"]
  user         = null
  port {
    container = "80"
  }
  mount {
    volume = "data"
    target = "/srv/../data/"
  }
  healthcheck {
    test     = ["CMD", "true"]
    interval = "1m30s"
  }
}
"#
    ), @r#"container.web (shop-web) cap_add=["CAP_CHOWN", "CAP_NET_ADMIN"] command=["serve", "8080"] cpus=0.5 env={"DEBUG": "true", "PORT": "8080"} healthcheck={"interval": 90000000000, "test": ["CMD", "true"]} image="web:1" memory=536870912 mount=[{"target": "/data", "volume": "data"}] port=[{"container": 80, "protocol": "tcp"}] stop_signal="SIGHUP""#);
}

#[test]
fn references_order_the_instances() {
    insta::assert_snapshot!(plan(
        r#"
locals {
  network = network.back.name
  names   = [for web in container.web : web.name]
}
container "web" {
  count      = 2
  image      = "web"
  env        = { DB = container.db.name, INDEX = count.index }
  depends_on = [volume.data["b"]]
  network {
    name = local.network
  }
}
container "db" {
  image = "db"
}
network "back" {
}
volume "data" {
  for_each = { a = "x", b = "y" }
  name     = "v-${each.key}-${each.value}"
}
output "names" {
  value = local.names
}
output "splat" {
  value = container.web[*].id
}
output "one" {
  value = volume.data["a"].name
}
output "nothing" {
  value = null
}
"#
    ), @r#"
    container.db (shop-db) image="db"
    network.back (shop-back) 
    volume.data["a"] (v-a-x) name="v-a-x"
    volume.data["b"] (v-b-y) name="v-b-y"
    container.web[0] (shop-web-0) env={"DB": "shop-db", "INDEX": "0"} image="web" network=[{"name": "shop-back"}] after container.db, network.back, volume.data["b"]
    container.web[1] (shop-web-1) env={"DB": "shop-db", "INDEX": "1"} image="web" network=[{"name": "shop-back"}] after container.db, network.back, volume.data["b"]
    output names = ["shop-web-0", "shop-web-1"]
    output splat = [(known after apply), (known after apply)]
    output one = "v-a-x"
    "#);
}

#[test]
fn what_mounts_a_volume_waits_for_the_sync_that_fills_it() {
    insta::assert_snapshot!(plan(
        r#"
volume "site" {
}
container "web" {
  image = "web"
  mount {
    volume = volume.site.name
    target = "/srv"
  }
}
container "writer" {
  image = "writer"
  mount {
    volume = volume.site.name
    target = "/srv"
  }
}
sync "site" {
  source = "/"
  target {
    volume = volume.site.name
  }
  on_change {
    container = container.web
    signal    = "HUP"
  }
  depends_on = [container.writer]
}
"#
    ), @r#"
    volume.site (shop-site) 
    container.writer (shop-writer) image="writer" mount=[{"target": "/srv", "volume": "shop-site"}] after volume.site
    sync.site () on_change={"container": "container.web", "signal": "SIGHUP"} source="/" target={"volume": "shop-site"} after container.writer, volume.site
    container.web (shop-web) image="web" mount=[{"target": "/srv", "volume": "shop-site"}] after sync.site, volume.site
    "#);
}

#[test]
fn dynamic_blocks_are_generated() {
    insta::assert_snapshot!(plan(
        r#"
variable "ports" {
  default = { http = 80, https = 443 }
}
container "web" {
  image = "web"
  port {
    container = 22
  }
  dynamic "port" {
    for_each = var.ports
    iterator = each_port
    content {
      container = each_port.value
      host      = each_port.value + 8000
    }
  }
}
"#
    ), @r#"container.web (shop-web) image="web" port=[{"container": 22, "protocol": "tcp"}, {"container": 80, "host": 8080, "protocol": "tcp"}, {"container": 443, "host": 8443, "protocol": "tcp"}]"#);
}

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

#[test]
fn repetition_must_be_known_and_shown() {
    insta::assert_snapshot!(errors(
        r#"
variable "secret" {
  default   = { a = 1 }
  sensitive = true
}
volume "a" {
  count = -1
}
volume "b" {
  count = "x"
}
volume "c" {
  for_each = ["a"]
}
volume "d" {
  for_each = var.secret
}
volume "e" {
  for_each = null
}
container "x" {
  image = "x"
}
volume "f" {
  count = container.x.id == "" ? 1 : 2
  nmae  = "x"
}
volume "g" {
  for_each = toset(["a", "b"])
  name     = "same"
}
"#
    ), @r#"
    Error: Invalid count
      `count` is not a whole number from 0 to 1000000.
      at main.hcl:7:11 [-1]: decides how many instances there are
    Error: Invalid count
      `count` is no number: a number is required, and this string is not one.
      at main.hcl:10:11 [\"x\"]: decides how many instances there are
    Error: Invalid for_each
      `for_each` takes a map or a set of strings, and this is a list.
      at main.hcl:13:14 [[\"a\"]]: decides which instances there are
      help: Write `toset(…)` around it if its elements are different strings.
    Error: Invalid for_each
      `for_each` is sensitive, and would be shown in addresses.
      at main.hcl:16:14 [var.secret]: decides which instances there are
      help: If it is no secret, write `nonsensitive(…)` around it.
    Error: Invalid for_each
      `for_each` is null.
      at main.hcl:19:14 [null]: decides which instances there are
    Error: Invalid count
      `count` is known only after apply.
      at main.hcl:25:11 [container.x.id == \"\" ? 1 : 2]: decides how many instances there are
      help: Use what the configuration itself decides, such as a variable or the keys of a map.
    Error: Unknown attribute
      `volume.f` has no attribute `nmae`.
      at main.hcl:26:3 [nmae]: not known here
      also main.hcl:24:1 [volume \"f\"]: in this block
      help: Did you mean `name`?
    Error: Name used twice
      `volume.g["a"]` and `volume.g["b"]` would both be called `same` on the engine.
      at main.hcl:30:14 [\"same\"]: has the same name
      also main.hcl:30:14 [\"same\"]: as this
      help: Give each its own name; in a repeated block put `count.index` or `each.key` into it.
    "#);
}

#[test]
fn names_must_be_known_shown_and_unique() {
    insta::assert_snapshot!(errors(
        r#"
container "x" {
  image = "x"
}
volume "unknown" {
  name = container.x.id
}
volume "secret" {
  name = sensitive("x")
}
volume "one" {
  name = "same"
}
volume "two" {
  name = "same"
}
"#
    ), @r#"
    Error: Unknown name
      The name of an object must be known while planning, and this one is known only after apply.
      at main.hcl:6:10 [container.x.id]: known after apply
    Error: Sensitive name
      The name of an object is shown by the engine to everyone.
      at main.hcl:9:10 [sensitive(\"x\")]: sensitive
      help: If it is no secret, write `nonsensitive(…)` around it.
    Error: Name used twice
      `volume.one` and `volume.two` would both be called `same` on the engine.
      at main.hcl:15:10 [\"same\"]: has the same name
      also main.hcl:12:10 [\"same\"]: as this
      help: Give each its own name; in a repeated block put `count.index` or `each.key` into it.
    "#);
}

#[test]
fn variables_take_the_last_value_that_is_given() {
    let text = r#"
variable "a" {
}
variable "b" {
}
variable "c" {
}
variable "d" {
  default = "default"
}
variable "list" {
  type = list(string)
}
variable "text" {
  type = string
}
variable "number" {
  type = number
}
variable "filled" {
  type     = string
  default  = "filled"
  nullable = false
}
output "all" {
  value = [var.a, var.b, var.c, var.d, var.list, var.text, var.number, var.filled]
}
"#;
    let mut inputs = inputs();
    for name in ["a", "b", "c"] {
        inputs
            .environment
            .insert(format!("WHARF_VAR_{name}"), "environment".to_owned());
    }
    inputs
        .environment
        .insert("WHARF_VAR_filled".to_owned(), "x".to_owned());
    let file = |name: &str, text: &str| Assignment::File(variables::parse(&Source::new(name, text)).unwrap());
    let option = |name: &str, text: &str| Assignment::Option {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    inputs.assignments = vec![
        file(
            "wharf.vars.hcl",
            "b = \"file\"\nc = \"file\"\nfilled = null\nunused = 1\n",
        ),
        option("c", "[1]"),
        option("list", r#"["a", 2]"#),
        option("text", "null"),
        option("number", "5"),
    ];
    let desired = evaluate(&config(text), &inputs, &mut Unknowns::default()).unwrap();
    insta::assert_snapshot!(rendered(&desired), @r#"output all = ["environment", "file", "[1]", "default", ["a", "2"], "null", 5, "filled"]"#);
    insta::assert_snapshot!(compact(&desired.warnings), @r#"
    Warning: Undeclared variable
      No variable has the name `unused`.
      at wharf.vars.hcl:4:1 [unused]: has no effect
      help: Declare it with `variable "unused" { … }`, or take the value out.
    "#);
}

#[test]
fn wrong_values_of_variables_are_all_reported() {
    let text = r#"
variable "missing" {
}
variable "number" {
  type = number
}
variable "list" {
  type    = list(string)
  default = "x"
}
variable "given" {
  type = list(number)
}
variable "even" {
  default = 3
  validation {
    condition     = var.even % 2 == 0
    error_message = "It must be even, not ${var.even}."
  }
}
variable "reference" {
  default = var.even
}
variable "null" {
  nullable = false
}
"#;
    let mut inputs = inputs();
    let option = |name: &str, text: &str| Assignment::Option {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    inputs.assignments = vec![
        option("number", "five"),
        option("given", "[1, x]"),
        option("evne", "2"),
        Assignment::File(variables::parse(&Source::new("x.vars.hcl", "null = null\n")).unwrap()),
    ];
    insta::assert_snapshot!(errors_with(text, &inputs), @r#"
    Error: Undeclared variable
      `--var` gives a value to `evne`, and no variable has that name.
      help: Did you mean `even`?
    Error: Invalid value of a variable
      The value does not fit the type of `number`: a number is required, and this string is not one.
      at --var number:1:1 [five]: this value
      also main.hcl:4:1 [variable \"number\"]: declared here
    Error: References are not possible here
      The value of a variable cannot refer to anything.
      at --var given:1:5 [x]: a reference
      help: Text is written in double quotes.
    Error: Invalid value of a variable
      `null` cannot be null.
      at x.vars.hcl:1:8 [null]: null
    Error: Missing variable
      `missing` has no default, and no value is given.
      at main.hcl:2:1 [variable \"missing\"]: needs a value
      help: Give one with `--var missing=…`, in `wharf.vars.hcl`, or in the environment as `WHARF_VAR_missing`.
    Error: Invalid value of a variable
      The value does not fit the type of `list`: a list of string is required, not a string.
      at main.hcl:9:13 [\"x\"]: this value
      also main.hcl:7:1 [variable \"list\"]: declared here
    Error: Invalid value of a variable
      It must be even, not 3.
      at main.hcl:14:1 [variable \"even\"]: its value was refused
      also main.hcl:17:21 [var.even % 2 == 0]: by this condition
    Error: References are not possible here
      The value of a variable cannot refer to anything.
      at main.hcl:22:13 [var]: a reference
      help: Text is written in double quotes.
    "#);
}

/// The declaration was pointed at, which is not where the mistake is.
#[test]
fn a_refused_value_is_shown_where_it_is_given() {
    let text = r#"
variable "port" {
  validation {
    condition     = var.port < 10
    error_message = "Too large."
  }
}
"#;
    let mut inputs = inputs();
    let file = Source::new("x.vars.hcl", "port = 70\n");
    inputs.assignments = vec![Assignment::File(variables::parse(&file).unwrap())];
    insta::assert_snapshot!(errors_with(text, &inputs), @r#"
    Error: Invalid value of a variable
      Too large.
      at x.vars.hcl:1:8 [70]: this value was refused
      also main.hcl:2:1 [variable \"port\"]: declared here
      also main.hcl:4:21 [var.port < 10]: by this condition
    "#);
}

#[test]
fn secrets_travel_and_are_never_shown() {
    insta::assert_snapshot!(plan(
        r#"
variable "token" {
  default   = "s3cret"
  sensitive = true
}
container "web" {
  image = "web"
  env   = { TOKEN = var.token, PLAIN = "x" }
}
output "token" {
  value     = "Bearer ${var.token}"
  sensitive = true
}
"#
    ), @r#"
    container.web (shop-web) env={"PLAIN": "x", "TOKEN": (sensitive)} image="web"
    output token = (sensitive)
    "#);
    insta::assert_snapshot!(errors(
        r#"
variable "token" {
  default   = "s3cret"
  sensitive = true
}
container "web" {
  image  = "web"
  memory = var.token
}
output "token" {
  value = var.token
}
"#
    ), @r#"
    Error: Invalid value
      The value is not what `memory` takes.
      at main.hcl:8:12 [var.token]: in `memory`
      help: A size is a number of bytes, or text such as `"512m"` or `"2g"`.
    Error: Sensitive output
      The value of `token` is made from a secret, and would be shown.
      at main.hcl:11:11 [var.token]: sensitive
      also main.hcl:10:1 [output \"token\"]: this output is shown
      help: Add `sensitive = true`; or write `nonsensitive(…)` around it if it is no secret.
    "#);
}

#[test]
fn settings_use_variables_and_locals_but_no_objects() {
    let config_text = r#"
wharf {
  required_version = ">= 0.1"
  project          = "${var.team}-shop"
  state "local" {
    path = local.path
  }
}
engine {
  host = "unix:///run/${wharf.workspace}.sock"
}
variable "team" {
  default = "blue"
}
locals {
  path = "state/${var.team}.json"
}
volume "data" {
}
"#;
    let settings = settings(&config(config_text), &inputs()).unwrap();
    assert_eq!(settings.project, "blue-shop");
    assert_eq!(settings.state_path.as_deref(), Some("state/blue.json"));
    assert_eq!(settings.engine_host.as_deref(), Some("unix:///run/default.sock"));
    assert!(plan(config_text).contains("(blue-shop-data)"));

    insta::assert_snapshot!(errors(
        r#"
wharf {
  required_version = ">= 99"
  project          = volume.data.name
}
engine {
  host = local.nothing
}
volume "data" {
}
"#
    ), @r#"
    Error: Unsuitable version of wharf
      The configuration is for wharf `>= 99`, and this is 0.1.0.
      at main.hcl:3:22 [\">= 99\"]: required here
    Error: Settings cannot refer to objects
      This must be known before any object is looked at; it may use variables, local values and functions.
      at main.hcl:4:22 [volume.data.name]
    Error: Undefined reference
      There is no local value `nothing`.
      at main.hcl:7:16 [nothing]: not declared
    "#);
}

#[test]
fn the_outlook_decides_what_references_see() {
    struct Live;
    impl Outlook for Live {
        fn attributes(&mut self, instance: &Instance) -> Attributes {
            Attributes::from_iter([(
                "id".to_owned(),
                Value::from(format!("id of {}", instance.address)),
            )])
        }
    }
    let text = r#"
container "a" {
  image = "a"
}
output "id" {
  value = container.a.id
}
output "unset" {
  value = container.a.memory == null
}
"#;
    let desired = evaluate(&config(text), &inputs(), &mut Live).unwrap();
    insta::assert_snapshot!(rendered(&desired), @r#"
    container.a (shop-a) image="a"
    output id = "id of container.a"
    output unset = true
    "#);
}

#[test]
fn a_binder_evaluates_one_instance_with_what_has_come_out() {
    let text = r#"
locals {
  id    = container.db[0].id
  other = volume.bad.name + 1
}
volume "bad" {
}
container "db" {
  count = 1
  image = "db"
}
container "web" {
  for_each = toset(["a", "b"])
  image    = "web"
  env      = { DB = local.id, KEY = each.key }
}
"#;
    let binder =
        Binder::new(config(text), inputs()).unwrap_or_else(|problems| panic!("{}", compact(&problems)));
    let web: Address = r#"container.web["b"]"#.parse().unwrap();

    let too_early = binder.spec(&web, &BTreeMap::new()).unwrap_err();
    assert_eq!(too_early.0[0].summary, "Value still unknown");

    let id = Attributes::from_iter([("id".to_owned(), Value::from("abc"))]);
    let outcomes = BTreeMap::from([("container.db[0]".parse().unwrap(), id)]);
    let spec = binder.spec(&web, &outcomes).unwrap();
    assert_eq!(format!("{:?}", spec["env"]), r#"{"DB": "abc", "KEY": "b"}"#);

    let nowhere = binder
        .spec(&"container.web".parse().unwrap(), &outcomes)
        .unwrap_err();
    assert_eq!(nowhere.0[0].summary, "No such instance");
}

#[test]
fn a_binder_takes_an_instance_that_is_done_while_others_of_its_block_are_not() {
    let text = r#"
container "db" {
  count = 2
  image = "db"
}
container "web" {
  image = "web"
  env   = { DB = container.db[0].id }
}
"#;
    let attributes = Attributes::from_iter([("id".to_owned(), Value::from("abc"))]);
    let done = BTreeMap::from([("container.db[0]".parse().unwrap(), attributes)]);
    let web: Address = "container.web".parse().unwrap();

    let binder =
        Binder::new(config(text), inputs()).unwrap_or_else(|problems| panic!("{}", compact(&problems)));
    let spec = binder.spec(&web, &done).unwrap();
    assert_eq!(format!("{:?}", spec["env"]), r#"{"DB": "abc"}"#);

    let spec = binder.knowing(done).spec(&web, &BTreeMap::new()).unwrap();
    assert_eq!(format!("{:?}", spec["env"]), r#"{"DB": "abc"}"#);
}

#[test]
fn unknown_values_stay_typed_and_in_place() {
    let desired = desired(
        r#"
container "db" {
  image = "db"
}
container "web" {
  image = "web"
  env   = { DB = container.db.id, FIXED = "x" }
}
"#,
    );
    let env = &desired.instances[1].spec["env"];
    assert_eq!(env.get("DB"), Some(&Value::unknown(Type::String)));
    assert_eq!(env.get("FIXED"), Some(&Value::from("x")));
}

#[test]
fn long_chains_are_walked_without_a_deep_stack() {
    let mut text = String::from("locals {\n  v0 = 1\n");
    for at in 1..5_000 {
        text.push_str(&format!("  v{at} = local.v{} + 1\n", at - 1));
    }
    text.push_str("}\noutput \"last\" {\n  value = local.v4999\n}\n");
    assert_eq!(plan(&text), "output last = 5000");
}
#[test]
fn what_a_data_block_reads_is_unknown_until_it_is_read() {
    insta::assert_snapshot!(plan(
        r#"
data "network" "proxy" {
  name = "proxy"
}
container "web" {
  image = "web"
  env   = { DRIVER = data.network.proxy.driver, NAME = data.network.proxy.name }
}
"#
    ), @r#"
    data.network.proxy (proxy) name="proxy"
    container.web (shop-web) env={"DRIVER": (known after apply), "NAME": "proxy"} image="web" after data.network.proxy
    "#);
}

#[test]
fn lifecycle_and_mentions_are_checked_and_kept() {
    let desired = desired(
        r#"
container "db" {
  image = "db"
}
container "web" {
  image = "web"
  lifecycle {
    replace              = "start_first"
    prevent_destroy      = true
    ignore_changes       = [env["A"], memory]
    replace_triggered_by = [container.db.image]
  }
}
"#,
    );
    let web = &desired.instances[1];
    assert_eq!(web.dependencies, ["container.db".parse().unwrap()]);
    assert!(web.lifecycle.start_first && web.lifecycle.prevent_destroy);
    assert_eq!(web.lifecycle.ignore_changes, [r#"env["A"]"#, "memory"]);
    let (named, path) = &web.lifecycle.replace_triggered_by[0];
    assert_eq!(
        (named.to_string().as_str(), path.as_str()),
        ("container.db", "image")
    );

    insta::assert_snapshot!(errors(
        r#"
container "web" {
  image = "web"
  lifecycle {
    replace_triggered_by = [volume.data.nmae]
  }
}
volume "data" {
}
sync "site" {
  source = "/"
  target {
    volume = volume.data.name
  }
  on_change {
    container = container.wbe
  }
}
"#
    ), @r#"
    Error: Unknown attribute
      `volume.data` has no attribute `nmae`.
      at main.hcl:5:29 [volume.data.nmae]: not known
      help: Did you mean `name`?
    Error: Exactly one of two attributes is needed
      A container whose files have changed is either sent a signal or restarted.
      at main.hcl:15:3 [on_change]
      help: Set either `signal` or `restart = true`.
    Error: Undefined reference
      There is no block `container.wbe`.
      at main.hcl:16:17 [container.wbe]: not declared
      help: Did you mean `web`?
    "#);
}

#[test]
fn the_graph_has_an_edge_for_every_dependency() {
    let desired = desired(
        r#"
container "web" {
  count = 2
  image = "web"
  env   = { DB = container.db.name }
}
container "db" {
  image = "db"
}
"#,
    );
    let edges: Vec<String> = desired
        .graph
        .edge_indices()
        .filter_map(|edge| desired.graph.edge_endpoints(edge))
        .map(|(from, to)| format!("{} → {}", desired.graph[from], desired.graph[to]))
        .collect();
    assert_eq!(
        edges,
        [
            "container.db → container.web[0]",
            "container.db → container.web[1]"
        ]
    );
}

#[test]
fn nothing_given_from_outside_shows_in_debug_output() {
    let mut inputs = inputs();
    inputs
        .environment
        .insert("WHARF_VAR_token".to_owned(), "s3cret".to_owned());
    inputs.assignments = vec![
        Assignment::Option {
            name: "token".to_owned(),
            text: "s3cret".to_owned(),
        },
        Assignment::File(variables::parse(&Source::new("x.vars.hcl", "token = \"s3cret\"\n")).unwrap()),
    ];
    let config = config("container \"web\" {\n  image = \"s3cret\"\n}\nlocals {\n  a = \"s3cret\"\n}\n");
    let shown = format!("{inputs:?} {config:?} {:?}", inputs.assignments);
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[test]
fn a_secret_of_the_wrong_type_is_not_pointed_at() {
    let text = "variable \"token\" {\n  type      = number\n  sensitive = true\n}\n";
    let mut inputs = inputs();
    let file = Source::new("x.vars.hcl", "token = \"s3cret\"\n");
    inputs.assignments = vec![Assignment::File(variables::parse(&file).unwrap())];
    insta::assert_snapshot!(errors_with(text, &inputs), @r#"
    Error: Invalid value of a variable
      The value does not fit the type of `token`: a number is required, and this string is not one.
      at main.hcl:1:1 [variable \"token\"]: its value does not fit
    "#);
}

/// Lists what each instance depends on.
fn dependencies(text: &str) -> Vec<String> {
    let desired = desired(text);
    let mut lines: Vec<String> = desired
        .instances
        .values()
        .filter(|instance| instance.address.kind() == "container")
        .map(|instance| {
            let names: Vec<String> = instance.dependencies.iter().map(ToString::to_string).collect();
            format!("{}: {}", instance.address, names.join(", "))
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn an_instance_depends_only_on_the_instances_that_it_reads() {
    let blocks = r#"
volume "v" {
  count = 3
}
container "web" {
  count = 2
  image = "web"
  env   = { OWN = volume.v[count.index].name, NEXT = volume.v[count.index + 1].name }
}
"#;
    assert_eq!(
        dependencies(blocks),
        [
            "container.web[0]: volume.v[0], volume.v[1]",
            "container.web[1]: volume.v[1], volume.v[2]"
        ]
    );
}

#[test]
fn an_instance_depends_on_its_twin_in_the_block_that_it_repeats() {
    let blocks = r#"
volume "v" {
  for_each = toset(["a", "b"])
}
container "web" {
  for_each = volume.v
  image    = "web"
  env      = { OWN = each.value.name, SAME = volume.v[each.key].name }
}
"#;
    assert_eq!(
        dependencies(blocks),
        [
            r#"container.web["a"]: volume.v["a"]"#,
            r#"container.web["b"]: volume.v["b"]"#
        ]
    );
}

#[test]
fn what_may_read_any_instance_depends_on_all_of_them() {
    let all = "volume.v[0], volume.v[1]";
    for read in [
        // The index, the collection and the filter are known only after apply.
        "volume.v[length(container.db.id)].name",
        "[for port in container.db.ports : volume.v[port].name]",
        "[for at in [0, 1] : volume.v[at].name if container.db.id != \"\"]",
        "volume.v[*].name",
        "[volume.v[0].name, local.all[0].name]",
        "try(container.db.id, volume.v[length(\"a\")].name)",
    ] {
        let text = format!(
            "locals {{\n  all = volume.v\n}}\nvolume \"v\" {{\n  count = 2\n}}\ncontainer \"db\" {{\n  image = \"db\"\n}}\n\
             container \"web\" {{\n  image = \"web\"\n  env   = {{ A = jsonencode({read}) }}\n}}\n"
        );
        let found = dependencies(&text);
        assert!(
            found
                .iter()
                .any(|line| line.starts_with("container.web:") && line.contains(all)),
            "{read}: {found:?}"
        );
    }
}

#[test]
fn a_binder_looks_only_at_the_instances_that_are_read() {
    let text = r#"
container "v" {
  count = 1000
  image = "db"
}
volume "w" {
  for_each = { for at in range(1000) : "k${at}" => at }
}
container "web" {
  count = 1000
  image = "web"
  env   = { OTHER = container.v[count.index].id }
}
container "twin" {
  for_each = volume.w
  image    = "web"
  env      = { VOLUME = each.value.id, SAME = volume.w[each.key].id }
}
"#;
    let binder =
        Binder::new(config(text), inputs()).unwrap_or_else(|problems| panic!("{}", compact(&problems)));
    let id = |id: &str| Attributes::from_iter([("id".to_owned(), Value::from(id))]);
    let done = BTreeMap::from([
        ("container.v[7]".parse().unwrap(), id("seven")),
        (r#"volume.w["k7"]"#.parse().unwrap(), id("w-seven")),
    ]);
    let spec = binder.spec(&"container.web[7]".parse().unwrap(), &done).unwrap();
    assert_eq!(format!("{:?}", spec["env"]), r#"{"OTHER": "seven"}"#);
    let spec = binder
        .spec(&r#"container.twin["k7"]"#.parse().unwrap(), &done)
        .unwrap();
    assert_eq!(
        format!("{:?}", spec["env"]),
        r#"{"SAME": "w-seven", "VOLUME": "w-seven"}"#
    );
    assert!(binder.spec(&"container.web[8]".parse().unwrap(), &done).is_err());
}

#[test]
fn more_instances_than_any_engine_could_hold_are_refused() {
    let found = errors("volume \"v\" {\n  count = 1000000\n}\n");
    assert!(found.contains("Too many instances"), "{found}");
}

#[test]
fn what_refers_to_too_many_instances_is_no_further_problem() {
    let found = errors(
        "volume \"v\" {\n  count = 1000000\n}\ncontainer \"web\" {\n  image = \"web\"\n  env   = { A = join(\",\", volume.v[*].name) }\n}\n",
    );
    assert_eq!(found.matches("Error:").count(), 1, "{found}");
    assert!(found.contains("Too many instances"), "{found}");
}

#[test]
fn what_expressions_make_together_is_bounded() {
    let lines: String = (0..10_000).map(|at| format!("  a{at} = range(1000)\n")).collect();
    let found = errors(&format!("locals {{\n{lines}}}\n"));
    assert_eq!(found.matches("Expression too large").count(), 1, "{found}");
}

#[test]
fn an_output_that_is_infinite_became_null() {
    let text = "output \"a\" {\n  value = [1 / 0]\n}\noutput \"c\" {\n  value = 1 / 3\n}\n";
    insta::assert_snapshot!(errors(text), @r#"
    Error: Number out of range
      The value of `a` holds a number that is infinite or beyond what can be stored, such as the result of a division by zero.
      at main.hcl:2:11 [[1 / 0]]: too large
    "#);
}

#[test]
fn instances_of_a_block_are_told_apart_by_its_own_kind_of_index() {
    let text = r#"
network "each" {
  for_each = toset(["a"])
}
network "some" {
  count = 2
}
network "one" {}
locals {
  a = network.each.id
  b = network.some.id
  c = network.one[0].id
  d = network.one["k"].id
  e = [network.each["a"].id, network.some[0].id, network.one.id, network.some[*].id, values(network.each)[*].id]
}
"#;
    insta::assert_snapshot!(errors(text), @r#"
    Error: Missing key
      `network.each` has `for_each`, so it is a map.
      at main.hcl:10:20 [id]: an attribute of which instance?
      help: Name one, as in `network.each["key"].id` or `network.each[each.key].id`, or take all with `values(network.each)[*].id`.
    Error: Missing index
      `network.some` has `count`, so it is a list.
      at main.hcl:11:20 [id]: an attribute of which instance?
      help: Name one, as in `network.some[0].id`, or take all with `network.some[*].id`.
    Error: Unexpected index
      `network.one` has neither `count` nor `for_each`, so there is only one of it.
      at main.hcl:12:7 [network.one[0].id]: one of how many?
      help: Leave the index out: write `network.one` alone.
    Error: Unexpected index
      `network.one` has neither `count` nor `for_each`, so there is only one of it.
      at main.hcl:13:7 [network.one[\"k\"].id]: one of how many?
      help: Leave the index out: write `network.one` alone.
    "#);
}
