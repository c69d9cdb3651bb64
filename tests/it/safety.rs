//! What is not the project's stays as it is, and looking changes nothing.

use serde_json::json;

use crate::engine;
use crate::foreign::Foreign;
use crate::proxy::{Fault, Proxy};
use crate::world::{World, ran};

const STACK: &str = r#"
network "net" {}
volume "data" {}
container "web" {
  image   = "wharf-stand-in:1"
  command = ["sleep"]
  network { name = network.net.name }
  mount {
    volume = volume.data.name
    target = "/data"
  }
}
"#;

#[test]
fn what_is_not_ours_stays_as_it_is() {
    let world = World::new("foreign");
    world.config(STACK).apply(&[]);
    let project = world.project.clone();
    let copied = world.container("web")["Config"]["Labels"].clone();
    let mut unknown = copied.clone();
    unknown["wharf.nonce"] = "00000000-0000-4000-8000-000000000000".into();
    let mut other_address = unknown.clone();
    other_address["wharf.address"] = "container.other".into();
    let mut other_project = copied.clone();
    other_project["wharf.project"] = format!("{project}-web").into();
    let compose = json!({"com.docker.compose.project": project, "com.docker.compose.service": "web"});

    let mut foreign = Foreign::default();
    foreign.container(&format!("{project}-web-1"), &json!({}));
    foreign.container(&format!("{project}-copied"), &copied);
    foreign.container(&format!("{project}-unknown"), &unknown);
    foreign.container(&format!("{project}-address"), &other_address);
    foreign.container(&format!("{project}-project"), &other_project);
    foreign.container(&format!("{project}_web_1"), &compose);
    foreign.network(&format!("{project}-net-1"), &json!({}));
    foreign.network(&format!("{project}-net-unknown"), &unknown);
    foreign.network(&format!("{project}_net"), &compose);
    foreign.volume(&format!("{project}-data-1"), &json!({}));
    foreign.volume(&format!("{project}-data-unknown"), &unknown);
    foreign.volume(&format!("{project}_data"), &compose);
    let before = foreign.inspects();

    world.assert_nothing_to_do(&[]);
    let changed = STACK.replace("[\"sleep\"]", "[\"sleep\", \"1000\"]");
    world.config(&changed).apply(&[]);
    assert_eq!(foreign.inspects(), before, "after an apply that replaces");
    world.config("").apply(&[]);
    assert_eq!(
        foreign.inspects(),
        before,
        "after everything left the configuration"
    );
    world.config(STACK).apply(&[]);
    let _ = world.wharf(&["destroy", "--auto-approve"]).code(0);
    assert_eq!(foreign.inspects(), before, "after a destroy");
}

#[test]
fn a_taken_name_is_refused_and_says_whose_it_is() {
    let world = World::new("taken");
    let project = world.project.clone();
    let mut foreign = Foreign::default();
    foreign.container(
        &format!("{project}-web"),
        &json!({"com.docker.compose.project": "shop"}),
    );
    foreign.volume(&format!("{project}-data"), &json!({}));
    let before = foreign.inspects();
    world.config(STACK);
    let _ = world
        .wharf(&["apply", "--auto-approve"])
        .code(1)
        .says("Compose")
        .says("shop");
    assert_eq!(foreign.inspects(), before);
    assert_eq!(engine::objects_of(&project), []);
}

#[test]
fn a_second_checkout_does_not_destroy_what_the_first_made_without_saying_so() {
    let first = World::new("checkout");
    first.config(STACK).apply(&[]);
    let before = first.container("web");
    let config = std::fs::read_to_string(first.path("main.hcl")).unwrap();

    let second = World::new("checkout");
    second.write("main.hcl", &config.replace("[\"sleep\"]", "[\"sleep\", \"7\"]"));
    let _ = second.wharf(&["apply"]).code(1).says("Approval is needed");
    let _ = second.wharf(&["destroy"]).code(1).says("container.web");
    assert_eq!(first.container("web"), before, "nothing happens without approval");
    let plan = second.wharf(&["plan"]).code(0);
    assert!(
        plan.stdout.contains("container.web") && plan.stdout.contains("downtime"),
        "{}\n{}",
        plan.stdout,
        plan.stderr
    );
    first.assert_nothing_to_do(&[]);
    first.destroy(&[]);
}

#[test]
fn planning_only_reads() {
    let world = World::new("reads");
    let proxy = Proxy::new(0, Fault::Hang);
    let look = |arguments: &[&str]| {
        let mut command = world.command(arguments);
        let ran = ran(&command.env("DOCKER_HOST", proxy.host()).output().unwrap());
        let requests = proxy.requests();
        assert!(
            !requests.is_empty(),
            "{arguments:?} asked nothing: {}",
            ran.stderr
        );
        for request in &requests {
            assert!(
                request.starts_with("GET ") || request.starts_with("HEAD "),
                "{arguments:?}: {request}"
            );
        }
        ran
    };
    world.config(STACK);
    let _ = look(&["plan", "--detailed-exitcode"]).code(2);
    let _ = look(&["apply"]).code(1);
    world.apply(&[]);
    let _ = look(&["plan", "--detailed-exitcode"]).code(0);
    let _ = look(&["plan", "--destroy", "--detailed-exitcode"]).code(2);
    let _ = look(&["destroy"]).code(1);
    world.config(&format!(
        "{STACK}
data \"network\" \"net\" {{ name = \"{}-net\" }}
image \"missing\" {{
  name = \"wharf-no-such-image:1\"
  pull {{}}
}}
container \"other\" {{
  image = image.missing.id
  env   = {{ SUBNET = data.network.net.subnet }}
}}
",
        world.project
    ));
    let _ = look(&["plan"]).code(1).says("wharf-no-such-image:1");
    world.config(STACK);
    world.destroy(&[]);
}
