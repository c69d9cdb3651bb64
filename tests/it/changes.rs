//! The smallest change: what keeps a container, and what replaces it.

use wharf::engine::ObjectKind;

use crate::engine;
use crate::world::World;

fn stack(memory: &str, restart: &str, alias: &str, name: &str, greeting: &str, project: &str) -> String {
    format!(
        r#"
network "net" {{}}

container "web" {{
  name    = "{project}-{name}"
  image   = "wharf-stand-in:1"
  command = ["sleep"]
  memory  = "{memory}"
  restart = "{restart}"
  env     = {{ GREETING = "{greeting}" }}
  network {{
    name    = network.net.name
    aliases = ["{alias}"]
  }}
}}
"#
    )
}

#[test]
fn a_change_of_environment_replaces_and_says_why() {
    let world = World::new("replace");
    let project = world.project.clone();
    world
        .config(&stack("64m", "no", "a", "web", "hi", &project))
        .apply(&[]);
    let id = world.container_id("web");
    world.config(&stack("64m", "no", "a", "web", "bye", &project));
    assert_eq!(
        world.planned(&[]),
        [("container.web".to_owned(), "delete, create".to_owned())]
    );
    let _ = world
        .wharf(&["plan"])
        .code(0)
        .says("env.GREETING")
        .says("downtime")
        .says("\"hi\" -> \"bye\"");
    world.apply(&[]);
    assert_ne!(world.container_id("web"), id);
    world.destroy(&[]);
}

#[test]
fn start_first_keeps_the_old_container_until_the_new_one_runs() {
    let world = World::new("startfirst");
    let config = |version: &str| {
        format!(
            r#"
container "web" {{
  image   = "wharf-stand-in:1"
  command = ["serve", "--port", "80", "/"]
  env     = {{ VERSION = "{version}" }}
  healthcheck {{
    test     = ["CMD", "fetch", "http://localhost/healthz"]
    interval = "1s"
  }}
  lifecycle {{
    replace = "start_first"
  }}
}}
"#
        )
    };
    world.config(&config("1")).apply(&[]);
    let id = world.container_id("web");
    world.config(&config("2"));
    assert_eq!(
        world.planned(&[]),
        [("container.web".to_owned(), "create, delete".to_owned())]
    );
    world.apply(&[]);
    assert_ne!(
        world.container_id("web"),
        id,
        "the new one has the old one's name"
    );
    world.destroy(&[]);
}

#[test]
fn a_saved_plan_is_applied_as_it_was_shown_and_refused_when_the_world_moved() {
    let world = World::new("saved");
    let project = world.project.clone();
    world.config(&stack("64m", "no", "a", "web", "hi", &project));
    let _ = world.wharf(&["plan", "--out", "saved.plan"]).code(0);
    let _ = world.wharf(&["apply", "saved.plan"]).code(0);
    world.assert_nothing_to_do(&[]);
    let _ = world.wharf(&["apply", "saved.plan"]).code(5);

    world.config(&stack("96m", "no", "a", "web", "hi", &project));
    let _ = world.wharf(&["plan", "--out", "saved.plan"]).code(0);
    let id = world.container_id("web");
    crate::engine::call(wharf::engine::Call::ContainerStop { id, timeout: Some(1) }).unwrap();
    let _ = world
        .wharf(&["apply", "saved.plan"])
        .code(5)
        .says("container.web");
    world.apply(&[]);
    world.destroy(&[]);
}

#[test]
fn a_lost_state_is_rebuilt_from_the_labels() {
    let world = World::new("lost");
    let project = world.project.clone();
    world
        .config(&stack("64m", "no", "a", "web", "hi", &project))
        .apply(&[]);
    let id = world.container_id("web");
    std::fs::remove_dir_all(world.path("state")).unwrap();
    world.assert_nothing_to_do(&[]);
    world.apply(&[]);
    assert_eq!(world.container_id("web"), id);
    world.destroy(&[]);
}

#[test]
fn what_left_the_configuration_is_destroyed_and_a_protected_volume_stays() {
    let world = World::new("leave");
    world
        .config(
            r#"
volume "kept" { protect = true }
volume "gone" {}
container "web" {
  image   = "wharf-stand-in:1"
  command = ["sleep"]
  mount {
    volume = volume.gone.name
    target = "/gone"
  }
  mount {
    volume = volume.kept.name
    target = "/kept"
  }
}
"#,
        )
        .apply(&[]);
    world.config("");
    assert_eq!(
        world.planned(&[]),
        [
            ("container.web".to_owned(), "delete".to_owned()),
            ("volume.gone".to_owned(), "delete".to_owned())
        ]
    );
    let _ = world.wharf(&["apply", "--auto-approve"]).code(0);
    let kept = format!("{}-kept", world.project);
    assert!(crate::engine::inspect(wharf::engine::ObjectKind::Volume, &kept).is_some());
    let _ = world.wharf(&["destroy", "--auto-approve"]).code(0);
    assert!(
        crate::engine::inspect(wharf::engine::ObjectKind::Volume, &kept).is_some(),
        "protection outlives its block"
    );
}

/// Returns the volume that a container has at a path, whatever it is called.
fn volume_at(world: &World, path: &str) -> String {
    let container = crate::engine::inspect(ObjectKind::Container, &world.container_id("web")).unwrap();
    let mounts = container["Mounts"].as_array().unwrap().iter();
    let found = mounts.filter(|mount| mount["Destination"] == path);
    found
        .map(|mount| mount["Name"].as_str().unwrap().to_owned())
        .next()
        .unwrap()
}

#[test]
fn a_replacement_lost_the_data_of_an_anonymous_volume() {
    let world = World::new("anonymous");
    world.write("app/Dockerfile", "FROM wharf-stand-in:1\nVOLUME /data\n");
    let config = r#"
image "app" {
  name = "PROJECT-app:1"
  build {
    context = "./app"
  }
}
container "web" {
  image      = "PROJECT-app:1"
  command    = ["sleep"]
  env        = { VERSION = "NUMBER" }
  depends_on = [image.app]
}
"#;
    let config = config.replace("PROJECT", &world.project);
    world.config(&config.replace("NUMBER", "1")).apply(&[]);
    let (mut container, volume) = (world.container_id("web"), volume_at(&world, "/data"));
    for number in ["2", "3"] {
        world.config(&config.replace("NUMBER", number));
        let _ = world.wharf(&["plan"]).code(0).says(&format!(
            "keeps what is in `/data`: the anonymous volume {}",
            &volume[..12]
        ));
        world.apply(&[]);
        assert_ne!(world.container_id("web"), container, "it was replaced");
        assert_eq!(volume_at(&world, "/data"), volume);
        world.assert_nothing_to_do(&[]);
        container = world.container_id("web");
    }
    let left = format!(
        "what is in `/data` is left behind in the anonymous volume {}",
        &volume[..12]
    );
    let _ = world.wharf(&["plan", "--destroy"]).code(0).says(&left);
    world.destroy(&[]);
    assert!(crate::engine::inspect(ObjectKind::Volume, &volume).is_some());
}

#[test]
fn each_run_of_a_job_left_an_anonymous_volume_behind() {
    let world = World::new("jobvolumes");
    world.write("app/Dockerfile", "FROM wharf-stand-in:1\nVOLUME /data\n");
    let config = |removed: &str| {
        let image = format!("{}-app:1", world.project);
        format!(
            "image \"app\" {{\n  name = \"{image}\"\n  build {{\n    context = \"./app\"\n  }}\n}}\n\
            job \"once\" {{\n  image       = \"{image}\"\n  command     = [\"print\", \"done\"]\n  auto_remove = {removed}\n  depends_on  = [image.app]\n}}\n"
        )
    };
    world.config(&config("false")).apply(&[]);
    let job = world.container("once");
    let volume = job["Mounts"][0]["Name"].as_str().unwrap().to_owned();
    let goes = format!(
        "what is in `/data` goes too: the anonymous volume {}",
        &volume[..12]
    );
    let again = ["plan", "--replace", "job.once"];
    let _ = world.wharf(&again).code(0).says(&goes);
    let _ = world.wharf(&["plan", "--destroy"]).code(0).says(&goes);
    let again = ["apply", "--auto-approve", "--replace", "job.once"];
    let _ = world.wharf(&again).code(0);
    assert!(crate::engine::inspect(ObjectKind::Volume, &volume).is_none());

    let volumes = || crate::engine::names(ObjectKind::Volume);
    let second = world.container("once")["Mounts"][0]["Name"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(volumes().contains(&second));
    world.config(&config("true")).apply(&[]);
    assert!(!volumes().contains(&second));
    world.destroy(&[]);
}

#[test]
fn a_job_that_removes_its_container_is_done_and_known() {
    let world = World::new("rm");
    let config = |removed: &str| {
        format!(
            "job \"once\" {{\n  image       = \"wharf-stand-in:1\"\n  command     = [\"print\", \"done\"]\n  auto_remove = {removed}\n}}\n\noutput \"said\" {{\n  value = job.once.stdout\n}}\n"
        )
    };
    let containers = || engine::objects_of(&world.project).len();
    let said = || world.wharf(&["output", "--raw", "said"]).code(0).stdout;

    world.config(&config("false"));
    world.apply(&[]);
    assert_eq!((containers(), said().as_str()), (1, "done\n"));

    world.config(&config("true"));
    assert_eq!(world.planned(&[]), [("job.once".to_owned(), "update".to_owned())]);
    world.apply(&[]);
    assert_eq!((containers(), said().as_str()), (0, "done\n"));
    world.assert_nothing_to_do(&[]);

    world.config(&config("false"));
    world.assert_nothing_to_do(&[]);
    world.config(&config("true").replace("done", "over"));
    world.apply(&[]);
    assert_eq!((containers(), said().as_str()), (0, "over\n"));
    world.assert_nothing_to_do(&[]);
    world.destroy(&[]);
}
