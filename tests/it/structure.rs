//! `moved`, `removed`, conditions and checks: what they do to real objects and to the state.

use wharf::engine::ObjectKind;

use crate::engine;
use crate::world::World;

const SLEEPER: &str = "image = \"wharf-stand-in:1\"\n  command = [\"sleep\"]\n  stop_timeout = \"1s\"";

/// Moves keep the container and the volume with its data, through `moved`, `count` and `for_each`.
#[test]
fn what_has_moved_stays_the_same_object() {
    let world = World::new("moved");
    world
        .config(&format!(
            "volume \"old\" {{}}\ncontainer \"a\" {{\n  {SLEEPER}\n  mount {{\n    volume = volume.old.name\n    target = \"/data\"\n  }}\n}}\n"
        ))
        .apply(&[]);
    let id = world.container_id("a");
    let volume = format!("{}-old", world.project);

    let body = format!("{SLEEPER}\n  name = \"{}-a\"", world.project);
    let moved = |count: &str, moves: &str| {
        format!(
            "volume \"new\" {{}}\ncontainer \"b\" {{\n  {count}\n  {body}\n  mount {{\n    volume = volume.new.name\n    target = \"/data\"\n  }}\n}}\nmoved {{\n  from = volume.old\n  to   = volume.new\n}}\n{moves}"
        )
    };
    let first = "moved {\n  from = container.a\n  to   = container.b\n}\n";
    world.config(&moved("", first));
    assert_eq!(
        world.planned(&[]),
        [],
        "a move alone changes nothing on the engine"
    );
    let plan = world.wharf(&["plan", "--detailed-exitcode"]).code(2);
    let plan = plan.says("container.a has moved to container.b");
    let _ = plan.says("volume.old has moved to volume.new").says("2 to move");
    world.apply(&[]);
    assert_eq!(world.container_id("a"), id, "the container is the same");
    assert!(
        engine::inspect(ObjectKind::Volume, &volume).is_some(),
        "a volume cannot be renamed: it keeps its name and its data"
    );
    let _ = world.wharf(&["state", "list"]).code(0).says("container.b");

    // One instance becomes the first of several, without a word about it.
    world.config(&moved("count = 1", first));
    let _ = world
        .wharf(&["plan"])
        .code(0)
        .says("container.b has moved to container.b[0]");
    world.apply(&[]);
    // A chain of moves ends where the last one does.
    let chain = format!("{first}moved {{\n  from = container.b[0]\n  to   = container.b[\"x\"]\n}}\n");
    world.config(&moved("for_each = toset([\"x\"])", &chain));
    world.apply(&[]);
    assert_eq!(world.container_id("a"), id, "the container is the same");

    // The moves are done with: taking the blocks out changes nothing, the volume's old name included.
    world.config(
        &moved("for_each = toset([\"x\"])", "")
            .replace("moved {\n  from = volume.old\n  to   = volume.new\n}", ""),
    );
    world.assert_nothing_to_do(&[]);
    world.destroy(&[]);
}

/// Without the state the labels still tell the old address.
#[test]
fn a_move_is_followed_when_the_state_is_lost() {
    let world = World::new("movedlost");
    let body = format!("{SLEEPER}\n  name = \"{}-a\"", world.project);
    world
        .config(&format!("container \"a\" {{\n  {body}\n}}\n"))
        .apply(&[]);
    let id = world.container_id("a");
    std::fs::remove_dir_all(world.path("state")).unwrap();
    world
        .config(&format!(
            "container \"b\" {{\n  {body}\n}}\nmoved {{\n  from = container.a\n  to   = container.b\n}}\n"
        ))
        .apply(&[]);
    assert_eq!(world.container_id("a"), id);
    world.destroy(&[]);
}

/// A saved plan with moves is applied as it was made.
#[test]
fn a_saved_plan_moves_too() {
    let world = World::new("movedsaved");
    let body = format!("{SLEEPER}\n  name = \"{}-a\"", world.project);
    world
        .config(&format!("container \"a\" {{\n  {body}\n}}\n"))
        .apply(&[]);
    world.config(&format!(
        "container \"b\" {{\n  {body}\n  memory = \"64m\"\n}}\nmoved {{\n  from = container.a\n  to   = container.b\n}}\n"
    ));
    let id = world.container_id("a");
    let plan = world.wharf(&["plan", "--out", "change.plan"]).code(0);
    let _ = plan.says("(moved from container.a)");
    let _ = world.wharf(&["apply", "change.plan"]).code(0);
    assert_eq!(world.container_id("a"), id);
    world.assert_nothing_to_do(&[]);
    world.destroy(&[]);
}

/// What is let go of stays on the engine, and is nobody's from then on.
#[test]
fn what_is_removed_without_destroying_stays_on_the_engine() {
    let world = World::new("removed");
    world
        .config(&format!(
            "container \"keep\" {{\n  {SLEEPER}\n}}\ncontainer \"drop\" {{\n  {SLEEPER}\n}}\n"
        ))
        .apply(&[]);
    let id = world.container_id("keep");
    world.config(
        "removed {\n  from = container.keep\n  lifecycle {\n    destroy = false\n  }\n}\nremoved {\n  from = container.drop\n}\n",
    );
    assert_eq!(
        world.planned(&[]),
        [
            ("container.drop".to_owned(), "delete".to_owned()),
            ("container.keep".to_owned(), "forget".to_owned())
        ]
    );
    world.apply(&[]);
    assert_eq!(world.container_id("keep"), id);
    let dropped = format!("{}-drop", world.project);
    assert!(engine::inspect(ObjectKind::Container, &dropped).is_none());
}

/// A postcondition on what only apply knows fails the run there, and what depends on it is not begun.
#[test]
fn a_failing_postcondition_stops_what_depends_on_it() {
    let world = World::new("post");
    let config = |word: &str| {
        format!(
            r#"
job "init" {{
  image   = "wharf-stand-in:1"
  command = ["print", "ready"]
  lifecycle {{
    postcondition {{
      condition     = strcontains(self.stdout, "{word}")
      error_message = "It said ${{self.stdout}}."
    }}
  }}
}}
container "web" {{
  {SLEEPER}
  env = {{ SAID = job.init.stdout }}
}}
container "other" {{
  {SLEEPER}
}}
"#
        )
    };
    world.config(&config("done"));
    let _ = world.wharf(&["plan"]).code(0);
    let ran = world.wharf(&["apply", "--auto-approve"]).code(4);
    let _ = ran.says("Postcondition not met").says("It said ready");
    assert!(engine::inspect(ObjectKind::Container, &format!("{}-web", world.project)).is_none());
    let _ = world.container("other");
    // What it promises is looked at again: the job is done, so the plan knows.
    let _ = world.wharf(&["plan"]).code(1).says("Postcondition not met");
    world.config(&config("ready")).apply(&[]);
    world.destroy(&[]);
}

/// The volume is there, so that it cannot be said that nothing was changed.
#[test]
fn a_volume_that_breaks_its_promise_was_said_to_have_changed_nothing() {
    let world = World::new("broken");
    let config = |condition: &str| {
        format!(
            "volume \"data\" {{\n  lifecycle {{\n    postcondition {{\n      condition     = {condition}\n      error_message = \"Not there.\"\n    }}\n  }}\n}}\n"
        )
    };
    world.config(&config("self.mountpoint == \"/nowhere\""));
    let _ = world
        .wharf(&["apply", "--auto-approve"])
        .code(4)
        .says("Postcondition not met");
    let name = format!("{}-data", world.project);
    assert!(engine::inspect(ObjectKind::Volume, &name).is_some());
    world
        .config(&config("self.mountpoint != \"/nowhere\""))
        .apply(&[]);
    world.destroy(&[]);
}

/// A precondition that is known while planning stops the plan; one that is not stops the step.
#[test]
fn a_failing_precondition_stops_before_anything_is_made() {
    let world = World::new("pre");
    let config = |condition: &str| {
        format!(
            r#"
job "init" {{
  image   = "wharf-stand-in:1"
  command = ["print", "ready"]
}}
container "web" {{
  {SLEEPER}
  lifecycle {{
    precondition {{
      condition     = {condition}
      error_message = "Not like this."
    }}
  }}
}}
"#
        )
    };
    world.config(&config("wharf.workspace != \"default\""));
    let _ = world
        .wharf(&["apply", "--auto-approve"])
        .code(1)
        .says("Not like this.");
    world.config(&config("strcontains(job.init.stdout, \"done\")"));
    let _ = world.wharf(&["plan"]).code(0);
    let _ = world
        .wharf(&["apply", "--auto-approve"])
        .code(4)
        .says("Not like this.");
    assert!(engine::inspect(ObjectKind::Container, &format!("{}-web", world.project)).is_none());
    world
        .config(&config("strcontains(job.init.stdout, \"ready\")"))
        .apply(&[]);
    world.destroy(&[]);
}

/// A check warns, before and after, and stops nothing.
#[test]
fn a_failing_check_is_a_warning() {
    let world = World::new("check");
    world.config(&format!(
        r#"
container "web" {{
  {SLEEPER}
}}
check "id" {{
  data "network" "none" {{
    name = "{}-none"
  }}
  assert {{
    condition     = container.web.id == "x"
    error_message = "That is not its id."
  }}
  assert {{
    condition     = container.web.image == "x"
    error_message = "That is not its image."
  }}
}}
"#,
        world.project
    ));
    let plan = world.wharf(&["plan"]).code(0);
    let plan = plan
        .says("Check known after apply")
        .says("That is not its image.");
    let _ = plan.says("Object not found");
    let ran = world.wharf(&["apply", "--auto-approve"]).code(0);
    let _ = ran.says("That is not its id.");
    let _ = world.wharf(&["plan"]).code(0).says("That is not its id.");
    world.destroy(&[]);
}

/// `enabled = false` is no instance, and turning it off takes the object away.
#[test]
fn what_is_not_enabled_is_not_there() {
    let world = World::new("enabled");
    let config = |on: bool| {
        format!(
            "container \"web\" {{\n  {SLEEPER}\n  lifecycle {{\n    enabled = {on}\n  }}\n}}\noutput \"name\" {{\n  value = container.web == null ? \"off\" : container.web.name\n}}\n"
        )
    };
    world.config(&config(true)).apply(&[]);
    let _ = world.container_id("web");
    world.config(&config(false)).apply(&[]);
    assert!(engine::inspect(ObjectKind::Container, &format!("{}-web", world.project)).is_none());
    let _ = world.wharf(&["output"]).code(0).says("off");
    world.destroy(&[]);
}

/// The JSON twin, an override file and JSON variables make one configuration of real objects.
#[test]
fn json_and_override_files_declare_objects() {
    let world = World::new("twin");
    world.config("");
    world.write(
        "web.hcl.json",
        r#"{
  "variable": {"memory": {"type": "string"}},
  "network": {"net": {}},
  "container": {"web": {
    "image": "wharf-stand-in:1", "command": ["sleep"], "stop_timeout": "1s",
    "memory": "${var.memory}",
    "network": [{"name": "${network.net.name}", "aliases": ["a"]}],
    "dynamic": {"port": {"for_each": [8080], "content": {"container": "${port.value}"}}},
    "depends_on": ["network.net"],
    "lifecycle": {"ignore_changes": ["labels"]}
  }}
}"#,
    );
    world.write("wharf.vars.hcl.json", r#"{"memory": "64m"}"#);
    world.write(
        "override.hcl",
        "container \"web\" {\n  env = { FROM = \"override\" }\n}\n",
    );
    world.apply(&[]);
    let inspect = world.container("web");
    assert_eq!(inspect["HostConfig"]["Memory"], 64 << 20);
    assert!(
        inspect["Config"]["Env"]
            .as_array()
            .unwrap()
            .contains(&"FROM=override".into())
    );
    world.destroy(&[]);
}
