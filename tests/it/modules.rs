//! Modules on a real engine: what is filed where, what their names choose, and modules that come from repositories.

use std::fs;
use std::path::Path;
use std::process::Command;

use wharf::engine::{Call, ObjectKind};

use crate::engine;
use crate::world::World;

const APP: &str = r#"
variable "memory" {
  default = "32m"
}
volume "data" {}
container "web" {
  image   = "wharf-stand-in:1"
  command = ["sleep"]
  memory  = var.memory
  mount {
    volume = volume.data.name
    target = "/data"
  }
}
output "volume" {
  value = volume.data.name
}
"#;

fn two(world: &World) {
    world.write("app/main.hcl", APP).config(
        r#"
module "app" {
  source   = "./app"
  for_each = toset(["a", "b"])
}
container "last" {
  image   = "wharf-stand-in:1"
  command = ["sleep"]
  env     = { VOLUME = module.app["a"].volume }
}
"#,
    );
}

#[test]
fn objects_of_modules_are_filed_named_and_chosen_by_their_module() {
    let world = World::new("mods");
    two(&world);
    let only_a = world.planned(&["--target", r#"module.app["a"]"#]);
    let addresses: Vec<&str> = only_a.iter().map(|(address, _)| address.as_str()).collect();
    assert_eq!(
        addresses,
        [
            r#"module.app["a"].container.web"#,
            r#"module.app["a"].volume.data"#
        ]
    );
    world.apply(&[]);

    let web = world.container("app-a.web");
    assert_eq!(
        web["Config"]["Labels"]["wharf.address"],
        r#"module.app["a"].container.web"#
    );
    let planned = world.wharf(&["plan", "--json"]).code(0);
    let planned: serde_json::Value = serde_json::from_str(&planned.stdout).unwrap();
    let change = &planned["resource_changes"][1];
    assert_eq!(change["module_address"], r#"module.app["a"]"#, "{change}");
    assert_eq!(change["name"], "web");

    let listed = world.wharf(&["state", "list", "module.app[\"b\"]"]).code(0);
    assert_eq!(
        listed.stdout,
        "module.app[\"b\"].container.web\nmodule.app[\"b\"].volume.data\n"
    );
    let last = world.wharf(&["state", "show", "container.last"]).code(0);
    assert!(last.stdout.contains(&format!("{}-app-a.data", world.project)));
    let replaced = world.planned(&["--replace", r#"module.app["b"].container.web"#]);
    assert_eq!(
        replaced,
        [(
            r#"module.app["b"].container.web"#.to_owned(),
            "delete, create".to_owned()
        )]
    );
    world.destroy(&[]);
}

#[test]
fn a_module_is_moved_and_forgotten_with_all_that_is_in_it() {
    let world = World::new("mvmod");
    let names = "\nvariable \"name\" {}\nvolume \"x\" {\n  name = \"${var.name}-x\"\n}\nvolume \"y\" {\n  name = \"${var.name}-y\"\n}\n";
    world.write("m/main.hcl", names);
    let root = |module: &str| {
        format!(
            "module \"{module}\" {{\n  source = \"./m\"\n  name   = \"{}\"\n}}\n",
            world.project
        )
    };
    world.config(&root("old")).apply(&[]);
    let _ = world.wharf(&["state", "mv", "module.old", "module.new"]).code(0);
    world.config(&root("new"));
    world.assert_nothing_to_do(&[]);
    let _ = world
        .wharf(&["state", "mv", "module.new", "volume.x"])
        .code(64)
        .says("Object and module");
    let _ = world.wharf(&["state", "rm", "module.new"]).code(0).says("stays");
    let _ = world.wharf(&["state", "rm", "module.new"]).code(1);
    let listed = world.wharf(&["state", "list"]).code(0);
    assert_eq!(listed.stdout, "");
    for name in ["x", "y"] {
        let name = format!("{}-{name}", world.project);
        assert!(engine::inspect(ObjectKind::Volume, &name).is_some());
        engine::call(Call::VolumeRemove { name }).unwrap();
    }
}

#[test]
fn a_saved_plan_holds_the_modules_that_it_was_made_from() {
    let world = World::new("modplan");
    two(&world);
    let _ = world.wharf(&["plan", "--out", "change.plan"]).code(0);
    fs::remove_dir_all(world.path("app")).unwrap();
    let _ = world.wharf(&["apply", "change.plan"]).code(0);
    assert_eq!(world.container("app-b.web")["HostConfig"]["Memory"], 32 << 20);
    two(&world);
    world.assert_nothing_to_do(&[]);
    world.destroy(&[]);
}

/// A repository of the test's own, whose modules say which version they are.
struct Repository<'w> {
    world: &'w World,
}

impl<'w> Repository<'w> {
    fn new(world: &'w World) -> Self {
        let repository = Self { world };
        fs::create_dir_all(world.path("work")).unwrap();
        repository.git(&["init", "--quiet", "--initial-branch=main", "."]);
        repository
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args([
                "-c",
                "user.name=t",
                "-c",
                "user.email=t@t",
                "-c",
                "commit.gpgsign=false",
            ])
            .args(arguments)
            .current_dir(self.world.path("work"))
            .env("HOME", self.world.path(""))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Commits a version of the modules, and returns the commit.
    fn commit(&self, version: &str) -> String {
        let inner = "module \"inner\" {\n  source = \"../inner\"\n}\noutput \"version\" {\n  value = module.inner.version\n}\n";
        self.world.write("work/modules/outer/main.hcl", inner);
        self.world.write(
            "work/modules/inner/main.hcl",
            &format!("output \"version\" {{\n  value = \"{version} ${{path.module}}\"\n}}\n"),
        );
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "-m", version]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Puts what was committed where modules are fetched from.
    fn publish(&self) {
        let bare = self.world.path("remote.git");
        if bare.exists() {
            fs::remove_dir_all(&bare).unwrap();
        }
        self.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    }
}

fn calling(world: &World, rest: &str) -> String {
    let bare = world.path("remote.git").display().to_string();
    format!(
        "module \"m\" {{\n  source = \"git::file://{bare}{rest}\"\n}}\noutput \"version\" {{\n  value = module.m.version\n}}\n"
    )
}

/// Applies in a directory of its own, without any engine, and returns what the output says.
fn version(world: &World) -> String {
    let mut command = world.command(&["apply", "--auto-approve", "project"]);
    let applied = crate::world::ran(&command.env("DOCKER_HOST", "unix:///nowhere").output().unwrap());
    let _ = applied.code(0);
    let output = world.wharf(&["output", "--raw", "version", "project"]).code(0);
    output.stdout.split(' ').next().unwrap().to_owned()
}

#[test]
fn a_module_from_a_repository_is_pinned_and_needs_it_no_more() {
    let world = World::new("git");
    let repository = Repository::new(&world);
    let first = repository.commit("one");
    repository.publish();
    world.write("project/main.hcl", &calling(&world, "//modules/outer"));
    assert_eq!(version(&world), "one");
    let lock = fs::read_to_string(world.path("project/wharf.lock.hcl")).unwrap();
    assert!(lock.contains(&first), "{lock}");

    let second = repository.commit("two");
    repository.publish();
    assert_eq!(
        version(&world),
        "one",
        "a repository that moves moves nothing here"
    );
    let away = world.path("away.git");
    fs::rename(world.path("remote.git"), &away).unwrap();
    assert_eq!(version(&world), "one", "what was fetched needs no repository");

    fs::rename(&away, world.path("remote.git")).unwrap();
    fs::remove_dir_all(world.path("project/.wharf")).unwrap();
    assert_eq!(version(&world), "one", "the lock file says what to fetch");
    fs::remove_file(world.path("project/wharf.lock.hcl")).unwrap();
    assert_eq!(version(&world), "two", "without a lock file it is today's commit");
    let lock = fs::read_to_string(world.path("project/wharf.lock.hcl")).unwrap();
    assert!(lock.contains(&second) && !lock.contains(&first), "{lock}");
}

#[test]
fn a_branch_a_tag_or_a_commit_can_be_named() {
    let world = World::new("gitref");
    let repository = Repository::new(&world);
    let first = repository.commit("one");
    repository.git(&["tag", "-a", "v1", "-m", "v1"]);
    repository.commit("two");
    repository.git(&["branch", "next"]);
    repository.commit("three");
    repository.publish();
    for (reference, expected) in [
        ("?ref=v1".to_owned(), "one"),
        ("?ref=next".to_owned(), "two"),
        (format!("?ref={first}"), "one"),
        (String::new(), "three"),
    ] {
        world.write(
            "project/main.hcl",
            &calling(&world, &format!("//modules/outer{reference}")),
        );
        assert_eq!(version(&world), expected, "{reference}");
    }
}

#[test]
fn a_source_cannot_become_an_option_or_a_command() {
    let world = World::new("gitbad");
    let repository = Repository::new(&world);
    repository.commit("one");
    repository.publish();
    let bare = world.path("remote.git").display().to_string();
    let proof = world.path("proof").display().to_string();
    for (source, says) in [
        (format!("git::ext::sh -c touch% {proof}"), "Malformed source"),
        (format!("git::ext://sh -c 'touch {proof}'"), "Malformed source"),
        ("git::--upload-pack=touch".to_owned(), "Malformed source"),
        ("git::ssh://-oProxyCommand=touch/x".to_owned(), "Malformed source"),
        (
            format!("git::file://{bare}?ref=--upload-pack=touch"),
            "Malformed source",
        ),
        (format!("git::file://{bare}//../x"), "Malformed source"),
        (
            format!("git::file://{bare}?ref=nowhere"),
            "no branch and no tag `nowhere`",
        ),
        (format!("git::file://{bare}x"), "Cannot fetch the module"),
        (format!("git::file://{bare}//modules/none"), "Module not found"),
        (
            "git::https://me:secret@localhost/x.git".to_owned(),
            "Password in a source",
        ),
        ("hashicorp/consul/aws".to_owned(), "Unknown source of a module"),
        ("app".to_owned(), "Unknown source of a module"),
    ] {
        world.write(
            "project/main.hcl",
            &format!("module \"m\" {{\n  source = \"{source}\"\n}}\n"),
        );
        let _ = world.wharf(&["plan", "project"]).code(1).says(says);
        assert!(!Path::new(&proof).exists(), "{source}");
    }
}

#[test]
fn a_fetched_module_cannot_reach_out_of_its_repository() {
    let world = World::new("gitout");
    let repository = Repository::new(&world);
    world.write(
        "work/main.hcl",
        "module \"out\" {\n  source = \"../../../secret\"\n}\n",
    );
    repository.commit("one");
    repository.publish();
    world.write("project/secret/main.hcl", "output \"x\" {\n  value = 1\n}\n");
    world.write("project/main.hcl", &calling(&world, ""));
    let _ = world
        .wharf(&["plan", "project"])
        .code(1)
        .says("Path leads out of the repository");
}
