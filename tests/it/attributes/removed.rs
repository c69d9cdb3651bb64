//! What is taken out of the configuration is taken back, and the plan says so.

use super::{Image, idle};
use crate::engine;
use crate::world::World;

/// What can be taken out, what the plan then does, and the path that it gives as the reason.
const REMOVABLE: &[(&str, &str, &str, &str)] = &[
    ("env", "env = { A = \"1\" }", REPLACE, "env.A"),
    ("labels", "labels = { a = \"b\" }", REPLACE, "labels.a"),
    ("user", "user = \"1000\"", REPLACE, "user"),
    ("workdir", "working_dir = \"/tmp\"", REPLACE, "working_dir"),
    ("hostname", "hostname = \"h\"", REPLACE, "hostname"),
    ("tty", "tty = true", REPLACE, "tty"),
    ("stdin", "stdin_open = true", REPLACE, "stdin_open"),
    ("init", "init = true", REPLACE, "init"),
    ("timeout", "stop_timeout = \"3s\"", REPLACE, "stop_timeout"),
    ("mode", "network_mode = \"none\"", REPLACE, "network_mode"),
    (
        "hosts",
        "extra_hosts = { a = \"10.0.0.1\" }",
        REPLACE,
        "extra_hosts",
    ),
    ("dns", "dns = [\"10.0.0.1\"]", REPLACE, "dns"),
    ("tmpfs", "tmpfs = { \"/run\" = \"\" }", REPLACE, "tmpfs"),
    (
        "mount",
        "mount {\n target = \"/m\"\n tmpfs {}\n}",
        REPLACE,
        "mount",
    ),
    (
        "file",
        "file {\n path = \"/f\"\n content = \"x\"\n}",
        REPLACE,
        "file",
    ),
    ("log", "log {\n driver = \"none\"\n}", REPLACE, "log"),
    ("port", "port {\n container = 8080\n}", REPLACE, "port"),
    ("expose", "expose = [\"8080\"]", REPLACE, "expose"),
    ("restart", "restart = \"always\"", UPDATE, "restart"),
    (
        "check",
        "healthcheck {\n test = [\"CMD\", \"print\"]\n interval = \"300ms\"\n}",
        REPLACE,
        "healthcheck",
    ),
    ("running", "running = false", UPDATE, "running"),
    ("memory", "memory = \"64m\"", REPLACE, "memory"),
    (
        "swap",
        "memory = \"64m\"\nmemory_swap = \"96m\"",
        UPDATE,
        "memory_swap",
    ),
    (
        "reserved",
        "memory_reservation = \"32m\"",
        REPLACE,
        "memory_reservation",
    ),
    ("cpus", "cpus = 0.5", REPLACE, "cpus"),
    ("shares", "cpu_shares = 512", REPLACE, "cpu_shares"),
    ("cpuset", "cpuset_cpus = \"0\"", REPLACE, "cpuset_cpus"),
    ("pids", "pids_limit = 50", UPDATE, "pids_limit"),
    ("shm", "shm_size = \"32m\"", REPLACE, "shm_size"),
    (
        "privileged",
        "privileged = true\nrunning = false",
        REPLACE,
        "privileged",
    ),
    ("readonly", "read_only = true", REPLACE, "read_only"),
    ("capadd", "cap_add = [\"NET_ADMIN\"]", REPLACE, "cap_add"),
    ("capdrop", "cap_drop = [\"MKNOD\"]", REPLACE, "cap_drop"),
    ("group", "group_add = [\"10\"]", REPLACE, "group_add"),
    (
        "security",
        "security_opt = [\"no-new-privileges\"]",
        REPLACE,
        "security_opt",
    ),
    (
        "sysctls",
        "sysctls = { \"net.core.somaxconn\" = 100 }",
        REPLACE,
        "sysctls",
    ),
    (
        "ulimit",
        // Podman 4 raises either if it is not named, which not every engine may.
        "ulimit {\n name = \"nofile\"\n soft = 100\n}\nulimit {\n name = \"nproc\"\n soft = 4096\n}",
        REPLACE,
        "ulimit",
    ),
    ("device", "device {\n host = \"/dev/null\"\n}", REPLACE, "device"),
];

const REPLACE: &str = "delete, create";
const UPDATE: &str = "update";

#[test]
fn each_attribute_that_is_taken_out_is_taken_back() {
    let world = World::new("removed");
    let config = |with: bool| -> String {
        REMOVABLE
            .iter()
            .map(|(name, attributes, ..)| {
                // What these stand beside stays.
                let rest = match *name {
                    "swap" => "memory = \"64m\"",
                    "privileged" => "running = false",
                    _ => "",
                };
                idle(name, if with { attributes } else { rest })
            })
            .collect()
    };
    world.config(&config(true)).apply(&[]);
    world.config(&config(false));
    let planned = world.planned(&[]);
    let text = world.wharf(&["plan"]).code(0).stdout;
    let mut wrong = Vec::new();
    for (name, attributes, action, path) in REMOVABLE {
        // Not every engine can change limits so that they last.
        let action = match *name {
            "restart" | "swap" | "pids" if !engine::updates() => &REPLACE,
            _ => action,
        };
        let address = format!("container.{name}");
        let found = planned.iter().find(|(planned, _)| *planned == address);
        if found.map(|(_, found)| found.as_str()) != Some(action) {
            wrong.push(format!("{attributes}: {found:?} and not {action}"));
        }
        if !text.contains(path) {
            wrong.push(format!("{attributes}: the plan does not name {path}"));
        }
    }
    assert!(wrong.is_empty(), "{}\n{text}", wrong.join("\n"));
    world.apply(&[]);
    world.destroy(&[]);
}

#[test]
fn what_is_taken_out_gives_way_to_what_the_image_brings() {
    let world = World::new("giveway");
    let image = Image::new(
        &world,
        &[
            "ENV GREETING=hello",
            "USER 1000",
            "WORKDIR /srv",
            "ENTRYPOINT [\"/bin/stand-in\"]",
            "CMD [\"sleep\"]",
            "STOPSIGNAL KILL",
            "LABEL vendor=image",
        ],
    );
    let config = |attributes: &str| {
        format!(
            "container \"web\" {{\n  image = \"{}\"\n{attributes}\n}}\n",
            image.0
        )
    };
    world
        .config(&config(
            r#"
  env         = { GREETING = "bye" }
  user        = "0"
  working_dir = "/tmp"
  entrypoint  = ["/bin/sleep"]
  command     = ["1000"]
  stop_signal = "INT"
  stop_timeout = "1s"
  labels      = { vendor = "own" }
"#,
        ))
        .apply(&[]);
    world.config(&config(""));
    assert_eq!(
        world.planned(&[]),
        [("container.web".to_owned(), REPLACE.to_owned())]
    );
    world.apply(&[]);
    let web = world.container("web");
    super::assert_shows(
        &web,
        &[
            ("user", "/Config/User", "1000".into()),
            ("working_dir", "/Config/WorkingDir", "/srv".into()),
            ("command", "/Config/Cmd", vec!["sleep"].into()),
            ("entrypoint", "/Config/Entrypoint", vec!["/bin/stand-in"].into()),
            ("labels", "/Config/Labels/vendor", "image".into()),
        ],
    );
    world.destroy(&[]);
}
