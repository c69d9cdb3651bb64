//! `wharf import`, `wharf scan` and the mistakes that people make with them.

use super::Stack;
use crate::engine;

const WEB: &str = r#"
container "web" {
  name    = "{p}-a"
  image   = "wharf-stand-in:1"
  command = ["sleep"]
  memory  = "32m"
}
"#;

#[test]
fn an_imported_container_is_changed_in_place_by_the_next_apply() {
    let stack = Stack::new("import");
    stack.docker("run -d --name {p}-a --memory 64m -e KEPT=1 wharf-stand-in:1 sleep");
    stack.world.config(&stack.text(WEB));
    let before = stack.lives();
    // Not every engine can change the memory of a container that runs.
    let action = if engine::updates() {
        "update"
    } else {
        "delete, create"
    };
    let name = stack.text("{p}-a");
    let _ = stack.world.wharf(&["plan"]).code(1).says("Name is taken");
    let _ = stack
        .world
        .wharf(&["import", "container.web", &name])
        .code(0)
        .says("`wharf plan` shows");
    assert_eq!(
        stack.world.planned(&[]),
        [("container.web".to_owned(), action.to_owned())]
    );
    stack.world.apply(&[]);
    if engine::updates() {
        assert_eq!(
            stack.lives(),
            before,
            "importing or changing the memory restarted it"
        );
    }
    let _ = stack
        .world
        .wharf(&["import", "container.web", &name])
        .code(0)
        .says("was ours already");
    stack.world.destroy(&[]);
    assert!(stack.containers().is_empty(), "destroy left what was taken over");
}

#[test]
fn what_cannot_be_imported_is_told_and_nothing_is_recorded() {
    let stack = Stack::new("import-wrong");
    stack.docker("run -d --name {p}-a wharf-stand-in:1 sleep");
    stack.world.config(&stack.text(WEB));
    let name = stack.text("{p}-a");
    let wharf = |arguments: &[&str]| stack.world.wharf(arguments);
    let _ = wharf(&["import", "container.wbe", &name])
        .code(1)
        .says("Did you mean `container.web`?");
    let almost = stack.text("{p}-b");
    let _ = wharf(&["import", "container.web", &almost])
        .code(1)
        .says("Object not found")
        .says(&name);
    let _ = wharf(&["import", "container.web", ""])
        .code(1)
        .says("Object not found");
    let list = wharf(&["state", "list"]).code(0);
    assert_eq!(list.stdout, "");
}

#[test]
fn what_belongs_to_another_project_is_not_taken_over() {
    let owner = Stack::new("import-owner");
    owner.world.config(&owner.text(WEB));
    owner.world.apply(&[]);
    let thief = Stack::new("import-thief");
    thief.world.config(&owner.text(WEB));
    let name = owner.text("{p}-a");
    let _ = thief
        .world
        .wharf(&["import", "container.web", &name])
        .code(1)
        .says("Belongs to another project")
        .says(&owner.world.project);
    let _ = thief
        .world
        .wharf(&["adopt", "--write", "adopted.hcl", &name])
        .code(1);
    assert!(!thief.world.path("adopted.hcl").exists(), "a file was left");
    owner.world.assert_nothing_to_do(&[]);
    owner.world.destroy(&[]);
}

#[test]
fn a_scan_lists_what_is_not_ours_and_nothing_else() {
    let stack = Stack::new("scan");
    stack.docker("run -d --name {p}-other wharf-stand-in:1 sleep");
    stack.world.config(&stack.text(WEB));
    stack.world.apply(&[]);
    let scan = stack.world.wharf(&["scan"]).code(0);
    assert!(
        scan.stdout.contains(&stack.text("container  {p}-other")),
        "{}",
        scan.stdout
    );
    assert!(!scan.stdout.contains(&stack.text("{p}-a")), "{}", scan.stdout);
    let json = stack.world.wharf(&["scan", "--json"]).code(0);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let objects = json["objects"].as_array().unwrap();
    let other = stack.text("{p}-other");
    assert!(
        objects
            .iter()
            .any(|it| it["name"] == other.as_str() && it["status"] == "running")
    );
    stack.world.destroy(&[]);
}

#[test]
fn a_file_that_is_there_is_never_overwritten() {
    let stack = Stack::new("adopt-twice");
    stack.docker("run -d --name {p}-a wharf-stand-in:1 sleep");
    stack.world.write("adopted.hcl", "# mine\n");
    let name = stack.text("{p}-a");
    let _ = stack
        .world
        .wharf(&["adopt", "--write", "adopted.hcl", &name])
        .code(64)
        .says("is there already");
    assert_eq!(
        std::fs::read_to_string(stack.world.path("adopted.hcl")).unwrap(),
        "# mine\n"
    );
    let _ = stack
        .world
        .wharf(&["adopt", "--write", "adopted.txt", &name])
        .code(64);
    let _ = stack
        .world
        .wharf(&["adopt", "--write", "elsewhere/a.hcl", &name])
        .code(64);
}
