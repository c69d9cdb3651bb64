//! Small configurations as literals → what is wanted, or what is wrong.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;
use crate::config::tests::compact;
use crate::config::variables;
use crate::diagnostic::Source;
use crate::run::Bind;
use crate::value::Type;

fn inputs() -> Inputs {
    Inputs {
        environment: BTreeMap::new(),
        assignments: Vec::new(),
        workspace: "default".to_owned(),
        working_dir: PathBuf::from("/here"),
    }
}

fn config(text: &str) -> Config {
    let managed: Vec<&str> = KINDS.iter().map(|kind| kind.name()).collect();
    let sources = vec![Source::new("main.hcl", text)];
    let kinds = KindNames {
        managed: &managed,
        data: &managed,
    };
    config::parse(sources, PathBuf::from("."), "shop".to_owned(), kinds).expect("the syntax is right")
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
fn rendered(desired: &Desired) -> String {
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
    ), @"");
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
    ), @"");
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
    ), @"");
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
    ), @"");
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
    ), @"");
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
    ), @"");
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
    ), @"");
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
    ), @"");
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
    ), @"");
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
    insta::assert_snapshot!(rendered(&desired), @"");
    insta::assert_snapshot!(compact(&desired.warnings), @"");
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
    insta::assert_snapshot!(errors_with(text, &inputs), @"");
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
    ), @"");
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
    ), @"");
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
    ), @"");
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
    insta::assert_snapshot!(rendered(&desired), @"");
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
