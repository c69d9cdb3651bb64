//! Looking at the state, and changing it by hand.

use crate::world::World;

fn block(name: &str) -> String {
    format!(
        "container \"{name}\" {{\n  name    = \"NAME\"\n  image   = \"wharf-stand-in:1\"\n  command = [\"sleep\"]\n}}\n\
         output \"id\" {{ value = container.{name}.id }}\n"
    )
}

#[test]
fn an_object_can_be_renamed_in_the_state() {
    let world = World::new("mv");
    let named = |name: &str| block(name).replace("NAME", &format!("{}-web", world.project));
    world.config(&named("old")).apply(&[]);
    let id = world.container_id("web");
    let _ = world
        .wharf(&["output", "--raw", "id", "main.hcl"])
        .code(0)
        .says(&id);
    let _ = world.wharf(&["output", "./main.hcl"]).code(0).says("id");
    let _ = world.wharf(&["state", "list"]).code(0).says("container.old");
    let _ = world
        .wharf(&["state", "list", "--path", "main.hcl"])
        .code(0)
        .says("container.old");
    let _ = world
        .wharf(&["state", "mv", "container.old", "container.new"])
        .code(0);
    let _ = world.wharf(&["state", "show", "container.new"]).code(0).says(&id);
    let _ = world.wharf(&["state", "show", "container.old"]).code(1);
    world.config(&named("new"));
    world.assert_nothing_to_do(&[]);
    assert_eq!(world.container_id("web"), id);
    world.destroy(&[]);
}

#[test]
fn a_forgotten_object_stays_and_its_name_is_taken() {
    let world = World::new("rm");
    let config = block("web").replace("NAME", &format!("{}-web", world.project)) + "network \"net\" {}\n";
    world.config(&config).apply(&[]);
    let id = world.container_id("web");
    let _ = world
        .wharf(&["state", "rm", "container.web"])
        .code(0)
        .says("stays");
    let _ = world.wharf(&["state", "rm", "container.web"]).code(1);
    let _ = world.wharf(&["plan"]).code(1).says("container.web");
    let _ = world.wharf(&["destroy", "--auto-approve"]).code(0);
    assert_eq!(world.container_id("web"), id);
}
