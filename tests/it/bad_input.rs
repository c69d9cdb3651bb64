//! Bad input gets a clear error, and nothing is lost: each case is a snapshot of what the user sees.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use wharf::engine::Call;

use crate::engine;
use crate::world::{Ran, World};

/// Returns what was said, with what differs from run to run replaced.
fn said(world: &World, ran: &Ran) -> String {
    let directory = world.path("").display().to_string();
    let text = format!("exit code {}\n{}{}", ran.code, ran.stdout, ran.stderr);
    let text = text
        .replace(directory.trim_end_matches('/'), "[directory]")
        .replace(&world.project, "[project]");
    let hosts = text.replace(&engine::host(), "[engine]");
    regex::Regex::new(r"\b[0-9a-f]{12,64}\b")
        .unwrap()
        .replace_all(&hosts, "[id]")
        .into_owned()
}

macro_rules! snapshot {
    ($world:expr, $ran:expr) => {
        insta::assert_snapshot!(said(&$world, &$ran))
    };
}

fn plan(name: &str, config: &str) -> (World, Ran) {
    let world = World::new(name);
    world.config(config);
    let ran = world.wharf(&["plan"]);
    (world, ran)
}

#[test]
fn several_syntax_errors_in_several_files() {
    let world = World::new("syntax");
    world.config("container \"web\" {\n  image = \"a\n}\n\nvolume \"x\" {\n  name = [1, 2\n}\n");
    world.write("other.hcl", "network \"net\" {\n  driver = = \"bridge\"\n}\n");
    let ran = world.wharf(&["plan"]);
    snapshot!(world, ran);
}

#[test]
fn unknown_attribute_and_unknown_block() {
    let (world, ran) = plan(
        "unknown",
        "container \"web\" {\n  image = \"wharf-stand-in:1\"\n  memroy = \"1g\"\n  prot {\n    container = 80\n  }\n}\n\ncontaner \"db\" {}\n",
    );
    snapshot!(world, ran);
}

#[test]
fn wrong_types() {
    let (world, ran) = plan(
        "types",
        "container \"web\" {\n  image   = \"wharf-stand-in:1\"\n  memory  = \"lots\"\n  command = \"sleep 5\"\n  tty     = \"perhaps\"\n  port {\n    container = 70000\n  }\n}\n",
    );
    snapshot!(world, ran);
}

#[test]
fn undefined_references() {
    let (world, ran) = plan(
        "undefined",
        "volume \"data\" {}\n\ncontainer \"web\" {\n  image = var.image\n  mount {\n    volume = volume.data.nmae\n    target = \"/data\"\n  }\n  env = { DB = container.bd.name }\n}\n",
    );
    snapshot!(world, ran);
}

#[test]
fn a_cycle_shows_its_whole_path() {
    let (world, ran) = plan(
        "cycle",
        "container \"a\" {\n  image = \"wharf-stand-in:1\"\n  env = { OTHER = container.b.name }\n}\n\ncontainer \"b\" {\n  image = \"wharf-stand-in:1\"\n  depends_on = [container.c]\n}\n\ncontainer \"c\" {\n  image = \"wharf-stand-in:1\"\n  env = { OTHER = container.a.name }\n}\n",
    );
    snapshot!(world, ran);
}

#[test]
fn a_duplicate_address_shows_both_places() {
    let (world, ran) = plan(
        "duplicate",
        "volume \"data\" {}\n\nnetwork \"net\" {}\n\nvolume \"data\" {}\n",
    );
    snapshot!(world, ran);
}

#[test]
fn a_missing_file() {
    let (world, ran) = plan(
        "missing",
        "container \"web\" {\n  image = \"wharf-stand-in:1\"\n  env = { TOKEN = file(\"token\") }\n}\n\nvolume \"v\" {}\n\nsync \"s\" {\n  source = \"./nowhere\"\n  target {\n    volume = volume.v.name\n  }\n}\n",
    );
    snapshot!(world, ran);
}

#[test]
fn the_configuration_is_not_there() {
    let world = World::new("nothing");
    let ran = world.wharf(&["plan", "nowhere.hcl"]);
    snapshot!(world, ran);
}

#[test]
fn the_engine_is_not_running() {
    let world = World::new("down");
    world.config("volume \"data\" {}\n");
    let output = world
        .command(&["plan"])
        .env("DOCKER_HOST", "unix:///nowhere/docker.sock")
        .output()
        .unwrap();
    let ran = crate::world::ran(&output);
    snapshot!(world, ran);
}

#[test]
fn the_socket_is_no_engine() {
    let world = World::new("nosocket");
    world
        .config("volume \"data\" {}\n")
        .write("plain.txt", "no socket");
    let host = format!("unix://{}", world.path("plain.txt").display());
    let output = world
        .command(&["plan"])
        .env("DOCKER_HOST", host)
        .output()
        .unwrap();
    let ran = crate::world::ran(&output);
    snapshot!(world, ran);
}

#[test]
fn the_socket_may_not_be_opened() {
    use std::os::unix::process::CommandExt;
    let world = World::new("denied");
    world.config("volume \"data\" {}\n");
    fs::set_permissions(world.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    let socket = world.path("engine.sock");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o600)).unwrap();
    let program = world.path("wharf");
    fs::copy(env!("CARGO_BIN_EXE_wharf"), &program).unwrap();
    let host = format!("unix://{}", socket.display());
    let mut command = std::process::Command::new(program);
    command
        .arg("plan")
        .current_dir(world.path(""))
        .env_clear()
        .env("DOCKER_HOST", host);
    // Root may open everything, so the question has to be asked by somebody else.
    if rustix::process::geteuid().is_root() {
        command.uid(65534).gid(65534);
    } else {
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o0)).unwrap();
    }
    let ran = crate::world::ran(&command.output().unwrap());
    snapshot!(world, ran);
}

#[test]
fn the_image_is_not_there() {
    let (world, ran) = plan(
        "noimage",
        "container \"web\" {\n  image = \"localhost:1/nobody/nothing:9\"\n}\n",
    );
    snapshot!(world, ran);
}

#[test]
fn the_port_is_taken() {
    let world = World::new("port");
    let listener = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    world.config(&format!(
        "container \"web\" {{\n  image = \"wharf-stand-in:1\"\n  command = [\"sleep\"]\n  port {{\n    container = 80\n    host      = {port}\n  }}\n}}\n\nvolume \"unrelated\" {{}}\n"
    ));
    let ran = world.wharf(&["apply", "--auto-approve"]);
    assert_eq!(ran.code, 4, "{}{}", ran.stdout, ran.stderr);
    let text = said(&world, &ran).replace(&port.to_string(), "[port]");
    assert!(
        text.contains("The port is taken") && text.contains("[port]"),
        "{text}"
    );

    drop(listener);
    assert_eq!(
        world.planned(&[]),
        [("container.web".to_owned(), "update".to_owned())],
        "made, and only to be started"
    );
    world.apply(&[]);
    world.destroy(&[]);
}

#[test]
fn the_name_is_taken_by_a_foreign_container() {
    let world = World::new("foreign");
    let name = format!("{}-web", world.project);
    let body = json!({"Image": "wharf-stand-in:1", "Cmd": ["sleep"], "Labels": {"com.docker.compose.project": "other"}});
    let foreign = engine::call(Call::ContainerCreate { name, body })
        .unwrap()
        .id
        .unwrap();
    world.config("container \"web\" {\n  image = \"wharf-stand-in:1\"\n}\n");
    let ran = world.wharf(&["plan"]);
    let destroyed = world.wharf(&["destroy", "--auto-approve"]);
    let is_there = engine::inspect(wharf::engine::ObjectKind::Container, &foreign).is_some();
    engine::call(Call::ContainerRemove {
        id: foreign,
        force: true,
        volumes: true,
    })
    .unwrap();
    assert!(
        is_there,
        "a foreign container was removed: {}{}",
        destroyed.stdout, destroyed.stderr
    );
    snapshot!(world, ran);
}

#[test]
fn what_a_container_is_to_be_connected_to_is_nowhere() {
    let (world, ran) = plan(
        "nowhere",
        "network \"backend\" {}\n\ncontainer \"web\" {\n  image = \"wharf-stand-in:1\"\n\n  network {\n    name         = network.backend.name\n    ipv4_address = \"172.31.250.9\"\n  }\n  network {\n    name = \"nowhere-to-be-found\"\n  }\n  mount {\n    source = \"/nowhere/to/be/found\"\n    target = \"/data\"\n  }\n}\n",
    );
    snapshot!(world, ran);
}

#[test]
fn a_path_to_be_mounted_is_nowhere() {
    let (world, ran) = plan(
        "path",
        "container \"web\" {\n  image = \"wharf-stand-in:1\"\n\n  mount {\n    source = \"/nowhere/to/be/found\"\n    target = \"/data\"\n  }\n}\n",
    );
    snapshot!(world, ran);
}

#[test]
fn network_addresses_clash() {
    let (world, ran) = plan(
        "clash",
        "network \"a\" {\n  ipam {\n    config {\n      subnet = \"172.31.251.0/24\"\n    }\n  }\n}\n\nnetwork \"b\" {\n  ipam {\n    config {\n      subnet = \"172.31.251.128/25\"\n    }\n  }\n}\n",
    );
    snapshot!(world, ran);
}

#[test]
fn a_container_that_exits_at_once() {
    let world = World::new("exits");
    world.config("container \"web\" {\n  image = \"wharf-stand-in:1\"\n  command = [\"exit\", \"7\", \"no database here\"]\n}\n");
    let ran = world
        .wharf(&["apply", "--auto-approve"])
        .code(4)
        .says("exit code 7")
        .says("no database here");
    drop(ran);
    world.destroy(&[]);
}

#[test]
fn a_health_check_that_never_passes() {
    let world = World::new("sick");
    world.config(
        "container \"web\" {\n  image = \"wharf-stand-in:1\"\n  command = [\"sleep\"]\n  healthcheck {\n    test     = [\"CMD\", \"exit\", \"1\", \"still warming up\"]\n    interval = \"1s\"\n    retries  = 2\n  }\n}\n\ncontainer \"after\" {\n  image = \"wharf-stand-in:1\"\n  command = [\"sleep\"]\n  depends_on = [container.web]\n}\n",
    );
    let ran = world
        .wharf(&["apply", "--auto-approve"])
        .code(4)
        .says("still warming up")
        .says("container.after");
    drop(ran);
    world.destroy(&[]);
}

fn with_state(name: &str, spoil: impl FnOnce(&str) -> String) -> (World, Ran) {
    let world = World::new(name);
    world.config("volume \"data\" {}\n").apply(&[]);
    let path = world.path(&format!("state/{}.default.json", world.project));
    let text = fs::read_to_string(&path).unwrap();
    let spoilt = spoil(&text);
    assert_ne!(spoilt, text, "the state was not spoilt");
    fs::write(&path, &spoilt).unwrap();
    let ran = world.wharf(&["apply", "--auto-approve"]);
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        spoilt,
        "a state that cannot be read is left alone"
    );
    (world, ran)
}

#[test]
fn a_broken_state_file() {
    let (world, ran) = with_state("broken", |text| text.replace("\"volume\"", "\"volumf\""));
    snapshot!(world, ran);
}

#[test]
fn an_empty_state_file() {
    let (world, ran) = with_state("empty", |_| String::new());
    snapshot!(world, ran);
}

#[test]
fn a_state_file_of_a_newer_format() {
    let (world, ran) = with_state("newer", |text| {
        text.replacen("\"format\": 1", "\"format\": 999", 1)
    });
    snapshot!(world, ran);
}

#[test]
fn the_state_of_another_project() {
    let first = World::new("one");
    first.config("volume \"data\" {}\n").apply(&[]);
    let second = World::new("two");
    second.config("volume \"data\" {}\n");
    fs::create_dir_all(second.path("state")).unwrap();
    fs::copy(
        first.path(&format!("state/{}.default.json", first.project)),
        second.path(&format!("state/{}.default.json", second.project)),
    )
    .unwrap();
    let ran = second.wharf(&["plan"]).code(1);
    let text = said(&second, &ran).replace(&first.project, "[other project]");
    insta::assert_snapshot!(text);
}

/// Runs the program where the state's directory is a small file system, in a mount namespace that ends with it. Who is not root is
/// so in a user namespace.
fn on_a_small_disk(world: &World, options: &str) -> Ran {
    const MOUNTED: &str = r#"mount -t tmpfs -o "$1" tmpfs "$2" && shift 2 && exec "$@""#;
    fs::create_dir_all(world.path("state")).unwrap();
    let wharf = world.command(&["apply", "--auto-approve"]);
    let mut command = std::process::Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command
        .args(["--mount", "sh", "-c", MOUNTED, "sh", options])
        .arg(world.path("state"))
        .arg(wharf.get_program())
        .args(wharf.get_args())
        .env_clear()
        .envs(wharf.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .current_dir(world.path(""))
        .stdin(std::process::Stdio::null());
    crate::world::ran(&command.output().expect("this test needs `unshare`"))
}

#[test]
fn the_state_directory_is_read_only() {
    let world = World::new("readonly");
    world.config("volume \"data\" {}\n");
    let ran = on_a_small_disk(&world, "ro");
    assert!(
        engine::objects_of(&world.project).is_empty(),
        "something was made before it was known to be remembered"
    );
    snapshot!(world, ran);
}

#[test]
fn the_disk_is_full() {
    let world = World::new("full");
    world.config("volume \"data\" {}\n");
    let ran = on_a_small_disk(&world, "size=4k");
    assert!(
        engine::objects_of(&world.project).is_empty(),
        "something was made before it was known to be remembered"
    );
    snapshot!(world, ran);
}

#[test]
fn files_that_are_missing_kept_everything_from_being_destroyed() {
    let world = World::new("nofiles");
    for (path, text) in [
        ("app/Dockerfile", "FROM scratch\nCOPY motd /motd\n"),
        ("app/motd", "hello"),
        ("site/index.html", "<p>hello</p>"),
        ("config.txt", "a"),
        ("secret.txt", "b"),
    ] {
        world.write(path, text);
    }
    let config = r#"
image "app" {
  name = "PROJECT-app:1"
  build {
    context = "./app"
  }
}
volume "site" {}
sync "site" {
  source = "./site"
  target {
    volume = volume.site.name
  }
}
container "web" {
  image   = "wharf-stand-in:1"
  command = ["sleep"]
  env     = { SECRET = sensitive(file("secret.txt")), HASH = filesha256("config.txt") }
  file {
    path   = "/etc/config"
    source = "./config.txt"
  }
}
"#;
    let image = format!("{}-app:1", world.project);
    world.config(&config.replace("PROJECT-app:1", &image)).apply(&[]);
    for path in ["app", "site"] {
        std::fs::remove_dir_all(world.path(path)).unwrap();
    }
    for path in ["config.txt", "secret.txt"] {
        std::fs::remove_file(world.path(path)).unwrap();
    }
    let _ = world.wharf(&["plan"]).code(1).says("secret.txt");
    let _ = world.wharf(&["plan", "--destroy", "--out", "gone.plan"]).code(0);
    let _ = world.wharf(&["apply", "gone.plan"]).code(0);
    assert!(crate::engine::objects_of(&world.project).is_empty());
    assert_eq!(engine::inspect(wharf::engine::ObjectKind::Image, &image), None);
}
