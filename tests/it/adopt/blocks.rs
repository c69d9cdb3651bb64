//! `import` blocks: the plan shows them, the apply takes them, and nothing restarts.

use serde_json::Value as Json;

use super::Stack;
use crate::engine;

const STACK: &str = r#"
locals {
  them = { a = "32m", b = "16m" }
}
data "volume" "named" {
  name = "{p}-named"
}
import {
  for_each = local.them
  to       = container.web[each.key]
  id       = "{p}-${each.key}"
}
import {
  to = volume.data
  id = data.volume.named.labels["other"]
}
volume "data" {
  name = "{p}-data"
}
container "web" {
  for_each = local.them
  name     = "{p}-${each.key}"
  image    = "wharf-stand-in:1"
  command  = ["sleep"]
  memory   = each.value
}
"#;

fn start(test: &str) -> Stack {
    let stack = Stack::new(test);
    stack.docker(
        "
        volume create {p}-data
        volume create --label other={p}-data {p}-named
        run -d --name {p}-a --memory 32m wharf-stand-in:1 sleep
        run -d --name {p}-b --memory 32m wharf-stand-in:1 sleep
        ",
    );
    stack.world.config(&stack.text(STACK));
    stack
}

fn importing(plan: &Json) -> Vec<String> {
    let changes = plan["resource_changes"].as_array().unwrap();
    changes
        .iter()
        .filter(|change| change["change"]["importing"]["id"].is_string())
        .map(|change| {
            format!(
                "{} {}",
                change["address"].as_str().unwrap(),
                change["change"]["actions"][0].as_str().unwrap()
            )
        })
        .collect()
}

/// What an apply of [`start`]'s configuration comes to.
fn applied() -> &'static str {
    match engine::updates() {
        true => "3 imported, 0 added, 1 changed, 0 replaced",
        false => "3 imported, 0 added, 0 changed, 1 replaced",
    }
}

#[test]
fn an_import_block_is_planned_taken_by_the_apply_and_does_nothing_afterwards() {
    let stack = start("import-blocks");
    let before = stack.lives();
    let _ = stack.world.wharf(&["validate"]).code(0);
    let plan = stack.world.wharf(&["plan"]).code(0);
    // Not every engine can change the memory of a container that runs.
    let in_place = engine::updates();
    let wanted = match in_place {
        true => "Plan: 3 to import, 0 to add, 1 to change, 0 to replace, 0 to destroy.",
        false => "Plan: 3 to import, 0 to add, 0 to change, 1 to replace, 0 to destroy.",
    };
    assert!(plan.stdout.contains(wanted), "{}", plan.stdout);
    let json = stack.world.wharf(&["plan", "--json"]).code(0);
    let json: Json = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(
        importing(&json),
        [
            "container.web[\"a\"] no-op",
            match in_place {
                true => "container.web[\"b\"] update",
                false => "container.web[\"b\"] delete",
            },
            "volume.data no-op"
        ]
    );
    let list = stack.world.wharf(&["state", "list"]).code(0);
    assert_eq!(list.stdout, "", "a plan took something over");
    let _ = stack
        .world
        .wharf(&["apply", "--auto-approve"])
        .code(0)
        .says(applied());
    stack.assert_lives(before);
    stack.world.assert_nothing_to_do(&[]);
    stack.world.destroy(&[]);
    assert!(stack.containers().is_empty(), "destroy left what was imported");
}

#[test]
fn a_saved_plan_imports_what_it_shows() {
    let stack = start("import-saved");
    let before = stack.lives();
    let _ = stack.world.wharf(&["plan", "--out", "saved"]).code(0);
    let _ = stack.world.wharf(&["apply", "saved"]).code(0).says(applied());
    stack.assert_lives(before);
    stack.world.assert_nothing_to_do(&[]);
    stack.world.destroy(&[]);
}

#[test]
fn a_target_imports_itself_alone() {
    let stack = start("import-target");
    let _ = stack
        .world
        .wharf(&["apply", "--auto-approve", "--target", "container.web[\"a\"]"])
        .code(0)
        .says("1 imported, 0 added, 0 changed");
    let list = stack.world.wharf(&["state", "list"]).code(0);
    assert_eq!(list.stdout, "container.web[\"a\"]\n");
    stack.world.destroy(&[]);
}

#[test]
fn an_import_that_is_no_target_was_asked_for_its_id() {
    let stack = Stack::new("import-undecided");
    let config = "
container \"one\" {
  image   = \"wharf-stand-in:1\"
  command = [\"sleep\"]
}
container \"two\" {
  image = \"wharf-stand-in:1\"
}
import {
  to = container.two
  id = container.one.id
}
";
    stack.world.config(config);
    let _ = stack
        .world
        .wharf(&["apply", "--auto-approve", "--target", "container.one"])
        .code(0)
        .says("1 added");
    for arguments in [&["plan"][..], &["plan", "--target", "container.two"]] {
        let fresh = config.replace("container.one.id", "\"${container.one.id}${timestamp()}\"");
        stack.world.config(&fresh);
        let _ = stack.world.wharf(arguments).code(1).says("Unknown id");
    }
    stack.world.config(config);
    stack.world.destroy(&[]);
}

#[test]
fn an_import_of_what_is_not_there_is_refused_at_its_block() {
    let stack = Stack::new("import-missing");
    stack.docker("run -d --name {p}-here wharf-stand-in:1 sleep");
    let config = "
import {
  to = container.web
  id = \"{p}-her\"
}
container \"web\" {
  image = \"wharf-stand-in:1\"
}
container \"other\" {
  image = \"wharf-stand-in:1\"
}
";
    stack.world.config(&stack.text(config));
    let here = stack.text("Did you mean `{p}-here`?");
    let _ = stack
        .world
        .wharf(&["plan"])
        .code(1)
        .says("Object not found")
        .says("to = container.web")
        .says(&here);
    let made = stack
        .text(config)
        .replace(&stack.text("\"{p}-her\""), "container.other.id");
    stack.world.config(&made);
    let _ = stack
        .world
        .wharf(&["plan"])
        .code(1)
        .says("Unknown id")
        .says("id = container.other.id");
}

#[test]
fn the_blocks_that_adopt_shows_take_the_objects_over() {
    let stack = Stack::new("import-shown");
    stack.docker(
        "
        network create {p}-net
        volume create {p}-data
        run -d --name {p}-a --network {p}-net -v {p}-data:/data wharf-stand-in:1 sleep
        ",
    );
    let before = stack.lives();
    let shown = stack.world.wharf(&["adopt", &stack.text("{p}-a")]).code(0);
    stack.world.config(&shown.stdout);
    let plan = stack.world.wharf(&["plan"]).code(0);
    let wanted = "Plan: 3 to import, 0 to add, 0 to change, 0 to replace, 0 to destroy.";
    assert!(plan.stdout.contains(wanted), "{}", plan.stdout);
    stack.world.apply(&[]);
    assert_eq!(before, stack.lives(), "importing restarted something");
    stack.world.assert_nothing_to_do(&[]);
    stack.world.destroy(&[]);
}
