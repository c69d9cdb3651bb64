//! Small configurations of several modules → what is wanted, or what is wrong.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::tests::{inputs, rendered};
use super::*;
use crate::config::tests::compact;
use crate::config::{self, KindNames, ModuleFiles};
use crate::run::Bind;

/// A module: its directory, its text, and which modules its calls name.
type Written<'t> = (&'t str, &'t str, &'t [(&'t str, usize)]);

fn project(modules: &[Written<'_>]) -> Config {
    let files = modules.iter().map(|(dir, text, calls)| ModuleFiles {
        dir: PathBuf::from(dir),
        sources: vec![Source::new(format!("{dir}/main.hcl"), *text)],
        calls: calls.iter().map(|(name, at)| ((*name).to_owned(), *at)).collect(),
    });
    let managed: Vec<&str> = KINDS.iter().map(|kind| kind.name()).collect();
    let kinds = KindNames {
        managed: &managed,
        data: &managed,
        is_block: crate::kinds::is_block,
    };
    config::parse(files.collect(), PathBuf::from("."), "shop".to_owned(), kinds).expect("the syntax is right")
}

fn desired(modules: &[Written<'_>]) -> Desired {
    match evaluate(&project(modules), &inputs(), &mut Unknowns::default()) {
        Ok(desired) => desired,
        Err(problems) => panic!("{}", compact(&problems)),
    }
}

fn errors(modules: &[Written<'_>]) -> String {
    let result = evaluate(&project(modules), &inputs(), &mut Unknowns::default());
    compact(&result.expect_err("it is wrong"))
}

const APP: &str = r#"
variable "size" {
  type = string
}
variable "network" {
  default = "net"
}
volume "data" {}
container "web" {
  image   = "web"
  memory  = var.size
  network {
    name = var.network
  }
  mount {
    volume = volume.data.name
    target = "/data"
  }
}
output "id" {
  value = container.web.id
}
output "volume" {
  value = volume.data.name
}
"#;

#[test]
fn each_instance_of_a_module_has_objects_of_its_own() {
    let root = r#"
network "net" {}
module "app" {
  source   = "./app"
  for_each = { a = "8m", b = "16m" }
  size     = each.value
  network  = network.net.name
}
container "last" {
  image = "last"
  env   = { ONE = module.app["b"].volume, ALL = join(",", values(module.app)[*].volume) }
}
container "one" {
  image = "one"
  env   = { ONE = module.app["b"].volume }
}
"#;
    let calls = [("app", 1)];
    insta::assert_snapshot!(rendered(&desired(&[(".", root, &calls), ("app", APP, &[])])));
}

#[test]
fn values_pass_through_modules_one_by_one() {
    let pass = "variable \"v\" {}\nvariable \"w\" {\n  default = \"\"\n}\nvolume \"x\" {\n  labels = { w = var.w }\n}\noutput \"v\" {\n  value = \"<${var.v}>\"\n}\noutput \"x\" {\n  value = volume.x.name\n}\n";
    let root = r#"
module "a" {
  source = "./pass"
  v      = "start"
  w      = module.b.x
}
module "b" {
  source = "./pass"
  v      = module.a.v
}
output "end" {
  value = module.b.v
}
"#;
    let calls = [("a", 1), ("b", 1)];
    insta::assert_snapshot!(rendered(&desired(&[(".", root, &calls), ("pass", pass, &[])])), @r#"
    module.b.volume.x (shop-b.x) labels={"w": ""}
    module.a.volume.x (shop-a.x) labels={"w": "shop-b.x"} after module.b.volume.x
    output end = "<<start>>"
    "#);
}

#[test]
fn all_of_a_module_waits_and_is_waited_for() {
    let inner = "volume \"x\" {}\nmodule \"deep\" {\n  source = \"./deep\"\n}\n";
    let root = r#"
volume "first" {}
module "m" {
  source     = "./m"
  depends_on = [volume.first]
}
volume "last" {
  depends_on = [module.m]
}
"#;
    let modules: [Written<'_>; 3] = [
        (".", root, &[("m", 1)]),
        ("m", inner, &[("deep", 2)]),
        ("m/deep", "volume \"y\" {}\n", &[]),
    ];
    insta::assert_snapshot!(rendered(&desired(&modules)), @r"
    volume.first (shop-first) 
    module.m.volume.x (shop-m.x)  after volume.first
    module.m.module.deep.volume.y (shop-m.deep.y)  after volume.first
    volume.last (shop-last)  after volume.first, module.m.volume.x, module.m.module.deep.volume.y
    ");
}

#[test]
fn what_only_apply_knows_passes_through_modules_and_decides_on_no_instances() {
    let root = r#"
module "app" {
  source = "./app"
  size   = "8m"
}
module "more" {
  source   = "./app"
  for_each = toset([module.app.id])
  size     = "8m"
}
container "web" {
  image = "web"
  env   = { ID = module.app.id }
}
"#;
    let calls = [("app", 1), ("more", 1)];
    insta::assert_snapshot!(errors(&[(".", root, &calls), ("app", APP, &[])]), @r"
    Error: Invalid for_each
      `for_each` has an element that is known only after apply.
      at ./main.hcl:8:14 [toset([module.app.id])]: decides which instances there are
      help: Use what the configuration itself decides, such as a variable or the keys of a map.
    ");
}

#[test]
fn wrong_calls_are_all_reported_where_they_stand() {
    let root = r#"
module "app" {
  source  = "./app"
  sizes   = 3
  network = local.nothing
}
module "two" {
  source = "./app"
  count  = 2
  size   = ["x"]
}
output "a" {
  value = [module.app.ids, module.ap.id, module.two.id, module.two[0].volum, module.app]
}
output "b" {
  value      = module
  depends_on = [module.tow]
}
"#;
    let calls = [("app", 1), ("two", 1)];
    insta::assert_snapshot!(errors(&[(".", root, &calls), ("app", APP, &[])]));
}

#[test]
fn a_mistake_in_a_module_is_reported_once_however_often_it_is_called() {
    let module = "locals {\n  a = local.b\n  b = local.a\n}\nvolume \"x\" {\n  drvier = local.none\n}\n";
    let root = "module \"a\" {\n  source = \"./m\"\n}\nmodule \"b\" {\n  source = \"./m\"\n  count  = 3\n}\n";
    let calls = [("a", 1), ("b", 1)];
    insta::assert_snapshot!(errors(&[(".", root, &calls), ("m", module, &[])]));
}

#[test]
fn a_cycle_through_modules_shows_its_path() {
    let module = "variable \"v\" {}\nlocals {\n  l = var.v\n}\noutput \"v\" {\n  value = local.l\n}\n";
    let root = "module \"a\" {\n  source = \"./m\"\n  v      = local.x\n}\nlocals {\n  x = module.a.v\n}\n";
    let calls = [("a", 1)];
    insta::assert_snapshot!(errors(&[(".", root, &calls), ("m", module, &[])]));
}

#[test]
fn references_inside_a_module_mean_its_own_blocks() {
    let module = r#"
container "web" {
  image = "web"
}
volume "x" {
  lifecycle {
    replace_triggered_by = [container.web]
  }
}
sync "s" {
  source = "./site"
  target {
    volume = volume.x.name
  }
  on_change {
    container = container.web
    signal    = "HUP"
  }
}
"#;
    let root = "module \"m\" {\n  source = \"./m\"\n  count  = 2\n}\n";
    let desired = desired(&[(".", root, &[("m", 1)]), ("m", module, &[])]);
    let at = |address: &str| &desired.instances[&address.parse::<crate::address::Address>().unwrap()];
    let volume = at("module.m[1].volume.x");
    let (named, _) = &volume.lifecycle.replace_triggered_by[0];
    assert_eq!(named.to_string(), "module.m[1].container.web");
    let sync = at("module.m[1].sync.s");
    let told = sync.spec.get("on_change").unwrap().get("container").or_else(|| {
        let blocks = sync.spec.get("on_change").unwrap().as_elements()?;
        blocks[0].get("container")
    });
    assert_eq!(told.and_then(Value::as_str), Some("module.m[1].container.web"));
}

#[test]
fn a_binder_evaluates_an_instance_in_a_module_with_what_has_come_out() {
    let inner = "variable \"id\" {}\ncontainer \"web\" {\n  image = \"web\"\n  env   = { ID = var.id }\n}\n";
    let root = r#"
container "db" {
  image = "db"
}
module "m" {
  source = "./m"
  count  = 2
  id     = "${count.index} ${container.db.id}"
}
"#;
    let config = project(&[(".", root, &[("m", 1)]), ("m", inner, &[])]);
    let binder = Binder::new(config, inputs()).unwrap();
    let attributes = Attributes::from([("id".to_owned(), Value::from("d1"))]);
    let outcomes = BTreeMap::from([("container.db".parse().unwrap(), Arc::new(attributes))]);
    let spec = binder.spec(&"module.m[1].container.web".parse().unwrap(), &outcomes);
    let spec = spec.unwrap();
    assert_eq!(
        spec.get("env").unwrap().get("ID").and_then(Value::as_str),
        Some("1 d1")
    );
    let none = binder.spec(&"module.m[2].container.web".parse().unwrap(), &outcomes);
    assert!(compact(&none.unwrap_err()).contains("no `module.m[2].container.web`"));
}

#[test]
fn sensitive_values_stay_sensitive_on_their_way_through_modules() {
    let module = "variable \"v\" {\n  sensitive = true\n}\noutput \"v\" {\n  value = \"x${var.v}\"\n}\noutput \"s\" {\n  value     = \"plain\"\n  sensitive = true\n}\n";
    let root = "module \"m\" {\n  source = \"./m\"\n  v      = \"s3cret\"\n}\noutput \"v\" {\n  value = module.m.v\n}\noutput \"s\" {\n  value = module.m.s\n}\n";
    let errors = errors(&[(".", root, &[("m", 1)]), ("m", module, &[])]);
    assert_eq!(errors.matches("Error: Sensitive output").count(), 2, "{errors}");
    assert!(!errors.contains("s3cret"), "{errors}");
}

#[test]
fn thousands_of_instances_of_a_module_are_evaluated_one_by_one() {
    let module = "variable \"n\" {}\nlocals {\n  name = \"v${var.n}\"\n}\nvolume \"x\" {\n  name = local.name\n}\noutput \"name\" {\n  value = volume.x.name\n}\n";
    let root = "module \"m\" {\n  source = \"./m\"\n  count  = 3000\n  n      = count.index\n}\noutput \"last\" {\n  value = module.m[2999].name\n}\n";
    let desired = desired(&[(".", root, &[("m", 1)]), ("m", module, &[])]);
    assert_eq!(desired.instances.len(), 3000);
    assert_eq!(desired.outputs["last"].value.as_str(), Some("v2999"));
}

#[test]
fn modules_that_multiply_without_end_are_refused() {
    let call = |name: &str| format!("module \"{name}\" {{\n  source = \"./x\"\n}}\n");
    let text = format!("{}{}", call("a"), call("b"));
    let dirs: Vec<String> = (0..20).map(|at| format!("m{at}")).collect();
    let calls: Vec<[(&str, usize); 2]> = (1..20).map(|at| [("a", at), ("b", at)]).collect();
    let mut modules: Vec<Written<'_>> = vec![(".", &text, &calls[0])];
    for at in 1..19 {
        modules.push((&dirs[at], &text, &calls[at]));
    }
    modules.push((&dirs[19], "", &[]));
    assert!(errors(&modules).contains("Too many modules"));
}
