//! `fmt`, `console`, `graph` and `validate --json`: what they print, and how they end.

use std::io::Write;
use std::process::Stdio;

use crate::world::{Ran, World, ran};

/// Runs the program with a text on its standard input.
fn fed(world: &World, arguments: &[&str], input: &str) -> Ran {
    let mut command = world.command(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    ran(&child.wait_with_output().unwrap())
}

const CONFIG: &str = r#"
variable "n" {
  default = 2
}
variable "secret" {
  default   = { a = "hush" }
  sensitive = true
}
locals {
  list = tolist([1, 2])
}
network "net" {}
container "web" {
  count = var.n
  image = "wharf-stand-in:1"
  network {
    name = network.net.name
  }
}
"#;

#[test]
fn fmt_tells_what_differs_and_writes_it() {
    let world = World::new("fmt");
    world.write("a.hcl", "a=1\n").write("b.hcl", "b = 1\n");
    world
        .write("sub/c.vars.hcl", "c=1\n")
        .write(".hidden/d.hcl", "d=1\n");
    let checked = world.wharf(&["fmt", "--check", "--recursive"]).code(3);
    assert_eq!(checked.stdout, "a.hcl\nsub/c.vars.hcl\n");
    let shown = world
        .wharf(&["fmt", "-diff", "-write=false", "-list=false"])
        .code(0);
    assert_eq!(
        shown.stdout,
        "--- old/a.hcl\n+++ new/a.hcl\n@@ -1 +1 @@\n-a=1\n+a = 1\n"
    );
    let written = world.wharf(&["fmt", "-recursive"]).code(0);
    assert_eq!(written.stdout, checked.stdout);
    let _ = world.wharf(&["fmt", "--check", "--recursive"]).code(0);
    let text = std::fs::read_to_string(world.path("sub/c.vars.hcl")).unwrap();
    assert_eq!(text, "c = 1\n");
}

#[test]
fn fmt_leaves_a_file_with_errors_alone_and_formats_the_others() {
    let world = World::new("fmt-bad");
    world
        .write("bad.hcl", "a={\n")
        .write("good.hcl", "b=1\n")
        .write("x.txt", "");
    let said = world.wharf(&["fmt"]).code(1).says("bad.hcl:1");
    assert_eq!(said.stdout, "good.hcl\n");
    assert_eq!(std::fs::read_to_string(world.path("bad.hcl")).unwrap(), "a={\n");
    let _ = world.wharf(&["fmt", "x.txt"]).code(1).says("does not end in");
    let _ = world.wharf(&["fmt", "nope"]).code(1).says("no file or directory");
}

#[test]
fn fmt_formats_standard_input() {
    let world = World::new("fmt-stdin");
    assert_eq!(fed(&world, &["fmt", "-"], "a=1").code(0).stdout, "a = 1\n");
    assert_eq!(fed(&world, &["fmt", "--check", "-"], "a=1\n").code(3).stdout, "");
    assert_eq!(
        fed(&world, &["fmt", "--check", "-"], "a = 1\n").code(0).stdout,
        ""
    );
    let refused = fed(&world, &["fmt", "-"], "a = [\n").code(1).says("<stdin>:1");
    assert_eq!(refused.stdout, "");
}

#[test]
fn the_console_answers_every_line() {
    let world = World::new("console");
    world.config(CONFIG);
    let input = "var.n + 1\nlocal.list\n[var.secret, container.web[0].id, null]\ntype(local.list)\n";
    assert_eq!(
        fed(&world, &["console"], input).code(0).stdout,
        "3\ntolist([\n  1,\n  2,\n])\n[\n  (sensitive value),\n  (known after apply),\n  null,\n]\nlist(number)\n"
    );
    let given = fed(&world, &["console", "--var", "n=5"], "var.n\nexit\nvar.n\n").code(0);
    // A variable without a type takes what the command line gives as text.
    assert_eq!(given.stdout, "\"5\"\n");
}

#[test]
fn every_option_counted_more_than_every_file_of_variables() {
    let world = World::new("var-order");
    world.config("variable \"n\" {\n  default = 0\n}\n");
    world.write("five.vars.hcl", "n = 5\n");
    let answer = |arguments: &[&str]| {
        let all = [&["console"], arguments].concat();
        fed(&world, &all, "var.n\n").code(0).stdout
    };
    assert_eq!(answer(&["--var", "n=1", "--var-file", "five.vars.hcl"]), "5\n");
    assert_eq!(
        answer(&["--var-file", "five.vars.hcl", "--var", "n=1"]),
        "\"1\"\n"
    );
    assert_eq!(
        answer(&["--var", "n=1", "--var-file=five.vars.hcl", "--var=n=2"]),
        "\"2\"\n"
    );
}

#[test]
fn the_console_knows_what_was_applied_and_not_only_what_is_written() {
    let world = World::new("console-state");
    let config = |level: &str| {
        format!(
            "volume \"data\" {{\n  labels = {{ level = \"{level}\" }}\n}}\n\
             container \"new\" {{\n  image = \"wharf-stand-in:1\"\n}}\n"
        )
    };
    world.config(&config("applied"));
    let asked = "volume.data.labels.level\nvolume.data.mountpoint != \"\"\ncontainer.new.id\n";
    assert_eq!(
        fed(&world, &["console"], asked).code(0).stdout,
        "\"applied\"\n(known after apply)\n(known after apply)\n"
    );
    world.apply(&["--target", "volume.data"]);
    world.config(&config("applied").replace("labels = { level = \"applied\" }", ""));
    assert_eq!(
        fed(
            &world,
            &["console"],
            "volume.data.mountpoint != \"\"\ncontainer.new.id\n"
        )
        .code(0)
        .stdout,
        "true\n(known after apply)\n"
    );
    world.config("volume \"data\" {\n  labels = { level = \"written\" }\n}\n");
    let applied = fed(&world, &["console"], "volume.data.name\n").code(0);
    assert_eq!(applied.stdout, format!("\"{}-data\"\n", world.project));
    world.destroy(&[]);
}

#[test]
fn outputs_keep_all_digits_of_their_numbers() {
    let world = World::new("digits");
    world.config(
        "output \"large\" {\n  value = [12345678901234567890123, 1 / 3, 0.1]\n}\n\
         output \"named\" {\n  value = { \"$number\" = \"1\" }\n}\n",
    );
    let third = format!("0.{}5", "3".repeat(154));
    let plan = world.wharf(&["plan", "--json"]).code(0);
    assert!(
        plan.stdout.contains("12345678901234567890123,") && plan.stdout.contains(&third),
        "{}",
        plan.stdout
    );
    world.apply(&[]);
    let all = world.wharf(&["output", "--json"]).code(0);
    assert!(
        all.stdout.contains("12345678901234567890123,") && all.stdout.contains(&third),
        "{}",
        all.stdout
    );
    assert!(all.stdout.contains("\"$number\": \"1\""), "{}", all.stdout);
    let one = world.wharf(&["output", "large"]).code(0);
    assert_eq!(one.stdout, format!("[12345678901234567890123, {third}, 0.1]\n"));
    world.assert_nothing_to_do(&[]);
}

#[test]
fn a_plan_tells_what_became_of_conditions_as_terraform_does() {
    let world = World::new("checks-json");
    world.config(
        r#"
variable "n" {
  default = 1
  validation {
    condition     = var.n > 0
    error_message = "n"
  }
}
check "two" {
  assert {
    condition     = var.n == 2
    error_message = "n is ${var.n}"
  }
}
output "o" {
  value = var.n
  precondition {
    condition     = var.n < 3
    error_message = "o"
  }
}
"#,
    );
    let plan = world.wharf(&["plan", "--json"]).code(0);
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    insta::assert_json_snapshot!(plan["checks"]);
}

#[test]
fn an_error_does_not_end_the_console() {
    let world = World::new("console-bad");
    world.config(CONFIG);
    let ran = fed(
        &world,
        &["console"],
        "var.nope\n1 +\n[type(1)]\nlocal.list[5]\n2\n",
    )
    .code(1);
    assert_eq!(ran.stdout, "2\n");
    let _ = ran
        .says("no variable `nope`")
        .says("A type is no value")
        .says("local.list is a list of number with 2 elements");
}

#[test]
fn the_console_answers_programs_in_json() {
    let world = World::new("console-json");
    world.config(CONFIG);
    let ran = fed(
        &world,
        &["console", "--json"],
        "[var.secret, 1]\nvar.nope\ntype(1)\n",
    )
    .code(1);
    let lines: Vec<serde_json::Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["value"], serde_json::json!([null, 1]));
    assert_eq!(lines[0]["sensitive"], serde_json::json!([true, false]));
    assert_eq!(lines[1]["diagnostics"][0]["summary"], "Undefined reference");
    assert_eq!(lines[2], serde_json::json!({"type": "number"}));
    assert!(!ran.stdout.contains("hush"));
    assert_eq!(ran.stderr, "");
}

#[test]
fn the_graph_is_drawn_for_three_readers() {
    let world = World::new("graph");
    world.config(CONFIG);
    let dot = world.wharf(&["graph"]).code(0).stdout;
    assert!(dot.contains("\"container.web\" -> \"network.net\";"), "{dot}");
    let mermaid = world.wharf(&["graph", "--format", "mermaid"]).code(0).stdout;
    assert!(mermaid.contains("n0 --> n1"), "{mermaid}");
    let json = world.wharf(&["graph", "--format", "json"]).code(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        json["edges"],
        serde_json::json!([{"from": "container.web", "to": "network.net"}])
    );
}

#[test]
fn validate_gives_programs_the_place_and_the_values() {
    let world = World::new("validate-json");
    world.write(
        "main.hcl",
        "variable \"s\" {\n  default = \"x\"\n}\noutput \"o\" {\n  value = [\"é\", 1 + var.s]\n}\n",
    );
    let ran = world.wharf(&["validate", "--json"]).code(1);
    let body: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(body["valid"], false);
    assert_eq!(body["error_count"], 1);
    let problem = &body["diagnostics"][0];
    assert_eq!(
        problem["range"]["start"],
        serde_json::json!({"line": 5, "column": 21, "byte": 67})
    );
    assert_eq!(
        problem["snippet"],
        serde_json::json!({
            "context": "output \"o\"",
            "code": "  value = [\"é\", 1 + var.s]",
            "start_line": 5,
            "highlight_start_offset": 21,
            "highlight_end_offset": 26,
            "values": [{"traversal": "var.s", "statement": "is \"x\""}],
        })
    );
}
