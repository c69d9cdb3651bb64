//! Small configurations as literals → what is wanted, or what is wrong.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;
use crate::config::tests::compact;
use crate::config::{self, KindNames};
use crate::diagnostic::Source;
use crate::eval::Moment;
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

pub(super) fn desired(text: &str) -> Desired {
    match evaluate(&config(text), &inputs(), &mut Unknowns::default()) {
        Ok(desired) => desired,
        Err(problems) => panic!("{}", compact(&problems)),
    }
}

pub(super) fn errors(text: &str) -> String {
    errors_with(text, &inputs())
}

pub(super) fn errors_with(text: &str, inputs: &Inputs) -> String {
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

pub(super) fn plan(text: &str) -> String {
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
    let env = &desired.instances[1].spec.get("env").unwrap();
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
fn what_expressions_make_together_is_bounded() {
    let lines: String = (0..10_000).map(|at| format!("  a{at} = range(1000)\n")).collect();
    let found = errors(&format!("locals {{\n{lines}}}\n"));
    assert_eq!(found.matches("Configuration too large").count(), 1, "{found}");
    assert_eq!(found.matches("Error").count(), 1, "{found}");
}

#[test]
fn an_output_that_is_infinite_became_null() {
    let text = "output \"a\" {\n  value = [1 / 0]\n}\noutput \"c\" {\n  value = 1 / 3\n}\n";
    insta::assert_snapshot!(errors(text), @r#"
    Error: Number out of range
      The value of `a` holds a number that is infinite, such as the result of a division by zero.
      at main.hcl:2:11 [[1 / 0]]: infinite
    "#);
}

#[test]
fn what_came_after_the_bound_was_unknown_and_nobody_was_told() {
    let used_up: String = (0..6)
        .map(|at| format!("  a{at} = [for i in range(1000) : range(1000)]\n"))
        .collect();
    let text = format!(
        "variable \"e\" {{\n  default   = 1\n  ephemeral = true\n}}\nlocals {{\n{used_up}}}\noutput \"z\" {{\n  value = ephemeralasnull(upper(\"a\"))\n}}\n"
    );
    let found = errors(&text);
    assert!(found.contains("Configuration too large"), "{found}");
    assert_eq!(found.matches("Error").count(), 1, "{found}");
}

#[test]
fn each_question_at_the_console_has_its_own_bound() {
    let config = config("");
    let lines = "[for i in range(1000) : range(1000)]\n".repeat(6) + "upper(\"a\")";
    let answers = ask(&config, &inputs(), &mut Unknowns::default(), |answers| {
        let answer = |line: &str| {
            let expr = config::parse_expression(&Source::new("<console>", line)).unwrap();
            answers.value(&expr)
        };
        lines.lines().map(answer).collect::<Vec<_>>()
    });
    let answers = answers.unwrap();
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(answers[6].as_ref().unwrap().as_str(), Some("A"));
}
