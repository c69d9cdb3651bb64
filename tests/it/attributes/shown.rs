//! What a container is asked for is what the engine shows.

use serde_json::json;
use wharf::engine::Family;

use super::{assert_shows, idle};
use crate::engine;
use crate::world::World;

/// Returns a port of this machine that nobody uses at the moment.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn what_is_run_and_as_whom() {
    let world = World::new("program");
    world
        .config(&format!(
            r#"
container "a" {{
  image        = "wharf-stand-in:1"
  entrypoint   = ["/bin/stand-in"]
  command      = ["sleep"]
  env          = {{ A = "1=2", EMPTY = "", PATH = "/bin:/other" }}
  labels       = {{ "org.example.a" = "b", empty = "" }}
  user         = "1000:1000"
  working_dir  = "/srv/../tmp/"
  hostname     = "host.test"
  tty          = true
  stdin_open   = true
  stop_signal  = "kill"
  stop_timeout = "3s"
  init         = false
}}
container "b" {{
  image       = "wharf-stand-in:1"
  entrypoint  = ["sleep", "1000"]
  stop_signal = "9"
  init        = true
}}
container "c" {{
  image       = "wharf-stand-in:1"
  entrypoint  = []
  command     = ["sleep"]
  stop_signal = "SIGKILL"
  env         = {{}}
  labels      = {{}}
}}
{}
"#,
            idle(
                "quiet",
                "tty = false\nstdin_open = false\nrestart = \"no\"\nprivileged = false"
            )
        ))
        .apply(&[]);
    let a = world.container("a");
    assert_shows(
        &a,
        &[
            ("entrypoint", "/Config/Entrypoint", json!(["/bin/stand-in"])),
            ("command", "/Config/Cmd", json!(["sleep"])),
            (
                "env",
                "/Config/Env",
                json!(["A=1=2", "EMPTY=", "PATH=/bin:/other"]),
            ),
            ("labels", "/Config/Labels/org.example.a", json!("b")),
            ("labels", "/Config/Labels/empty", json!("")),
            ("user", "/Config/User", json!("1000:1000")),
            ("working_dir", "/Config/WorkingDir", json!("/tmp")),
            ("hostname", "/Config/Hostname", json!("host.test")),
            ("tty", "/Config/Tty", json!(true)),
            ("stdin_open", "/Config/OpenStdin", json!(true)),
            ("stop_signal", "/Config/StopSignal", json!("SIGKILL")),
            ("stop_timeout", "/Config/StopTimeout", json!(3)),
            ("init", "/HostConfig/Init", json!(false)),
        ],
    );
    assert_shows(
        &world.container("b"),
        &[
            ("entrypoint", "/Config/Entrypoint", json!(["sleep", "1000"])),
            ("command", "/Config/Cmd", json!(null)),
            ("init", "/HostConfig/Init", json!(true)),
            ("running", "/State/Running", json!(true)),
        ],
    );
    assert_shows(
        &world.container("c"),
        &[
            ("command", "/Config/Cmd", json!(["sleep"])),
            ("running", "/State/Running", json!(true)),
        ],
    );
    world.destroy(&[]);
}

#[test]
fn what_it_may_see_and_use() {
    let world = World::new("confined");
    let attributes = r#"
  read_only    = true
  cap_add      = ["net_admin", "CAP_SYS_TIME"]
  cap_drop     = ["Mknod", "cap_chown"]
  group_add    = ["20", "10"]
  security_opt = ["no-new-privileges:true"]
  sysctls      = { "net.core.somaxconn" = 100 }
  ulimit {
    name = "nofile"
    soft = 100
    hard = 200
  }
  ulimit {
    name = "core"
    soft = -1
  }
  ulimit {
    name = "nproc"
    soft = 4096
  }
  device {
    host = "/dev/null"
  }
  device {
    host        = "/dev/zero"
    container   = "/dev/nil"
    permissions = "r"
  }
  memory             = "64m"
  memory_swap        = "96m"
  memory_reservation = "32m"
  cpus               = 0.5
  cpu_shares         = 512
  cpuset_cpus        = "0,1"
  pids_limit         = 50
  shm_size           = "32m"
  log {
    driver  = "json-file"
    options = { max-size = "1m", max-file = 2 }
  }
"#;
    let config = [
        idle("a", attributes),
        idle("b", "memory = \"64m\"\nmemory_swap = -1\ncpus = \"1.25\""),
        // Not every engine is allowed to start these.
        idle(
            "c",
            "running = false\ncap_add = [\"all\"]\npids_limit = -1\nlog {\n driver = \"none\"\n}",
        ),
        idle("d", "running = false\nprivileged = true"),
    ];
    world.config(&config.concat()).apply(&[]);
    let mebi = 1 << 20;
    assert_shows(
        &world.container("a"),
        &[
            ("read_only", "/HostConfig/ReadonlyRootfs", json!(true)),
            (
                "cap_add",
                "/HostConfig/CapAdd",
                json!(["CAP_NET_ADMIN", "CAP_SYS_TIME"]),
            ),
            (
                "cap_drop",
                "/HostConfig/CapDrop",
                json!(["CAP_CHOWN", "CAP_MKNOD"]),
            ),
            ("group_add", "/HostConfig/GroupAdd", json!(["10", "20"])),
            (
                "security_opt",
                "/HostConfig/SecurityOpt",
                json!(["no-new-privileges"]),
            ),
            (
                "sysctls",
                "/HostConfig/Sysctls",
                json!({"net.core.somaxconn": "100"}),
            ),
            (
                "ulimit",
                "/HostConfig/Ulimits",
                json!([
                    {"Name": "nofile", "Soft": 100, "Hard": 200},
                    {"Name": "core", "Soft": -1, "Hard": -1},
                    {"Name": "nproc", "Soft": 4096, "Hard": 4096},
                ]),
            ),
            (
                "device",
                "/HostConfig/Devices",
                json!([
                    {"PathOnHost": "/dev/null", "PathInContainer": "/dev/null", "CgroupPermissions": "rwm"},
                    {"PathOnHost": "/dev/zero", "PathInContainer": "/dev/nil", "CgroupPermissions": "r"},
                ]),
            ),
            ("memory", "/HostConfig/Memory", json!(64 * mebi)),
            ("memory_swap", "/HostConfig/MemorySwap", json!(96 * mebi)),
            (
                "memory_reservation",
                "/HostConfig/MemoryReservation",
                json!(32 * mebi),
            ),
            ("cpus", "/HostConfig/NanoCpus", json!(500_000_000)),
            ("cpu_shares", "/HostConfig/CpuShares", json!(512)),
            ("cpuset_cpus", "/HostConfig/CpusetCpus", json!("0-1")),
            ("pids_limit", "/HostConfig/PidsLimit", json!(50)),
            ("shm_size", "/HostConfig/ShmSize", json!(32 * mebi)),
            ("log", "/HostConfig/LogConfig/Type", json!("json-file")),
            (
                "log",
                "/HostConfig/LogConfig/Config",
                json!({"max-size": "1m", "max-file": "2"}),
            ),
        ],
    );
    assert_shows(
        &world.container("b"),
        &[
            ("memory", "/HostConfig/Memory", json!(64 * mebi)),
            ("memory_swap", "/HostConfig/MemorySwap", json!(-1)),
            ("cpus", "/HostConfig/NanoCpus", json!(1_250_000_000)),
        ],
    );
    assert_shows(
        &world.container("c"),
        &[
            ("cap_add", "/HostConfig/CapAdd", json!(["ALL"])),
            ("log", "/HostConfig/LogConfig/Type", json!("none")),
        ],
    );
    assert_shows(
        &world.container("d"),
        &[("privileged", "/HostConfig/Privileged", json!(true))],
    );
    world.destroy(&[]);
}

#[test]
fn what_it_is_connected_to() {
    let world = World::new("wired");
    let [all, local, udp] = [free_port(), free_port(), free_port()];
    let config = format!(
        r#"
network "back" {{
  ipam {{
    config {{
      subnet = "10.213.81.0/24"
    }}
  }}
}}
network "front" {{
  ipam {{
    config {{
      subnet = "10.213.82.0/24"
    }}
  }}
}}
{}{}{}{}{}
"#,
        idle(
            "two",
            r#"
  hostname = "two"
  network {
    name         = network.front.name
    aliases      = ["www", "web"]
    ipv4_address = "10.213.82.9"
  }
  network {
    name         = network.back.name
    aliases      = ["db"]
    ipv4_address = "10.213.81.9"
  }
"#
        ),
        idle("host", "network_mode = \"host\""),
        idle("none", "network_mode = \"none\""),
        idle("shared", "network_mode = \"container:${container.two.id}\""),
        idle(
            "ports",
            &format!(
                r#"
  extra_hosts = {{ db = "10.0.0.1", six = "[::1]", gw = "host-gateway" }}
  dns         = ["10.0.0.1", "10.0.0.2"]
  expose      = ["8083", "8081/udp", "8080/tcp"]
  port {{
    container = 8080
    host      = {all}
  }}
  port {{
    container = 8081
    host      = {local}
    ip        = "127.0.0.1"
  }}
  port {{
    container = 53
    host      = {udp}
    protocol  = "udp"
  }}
  port {{
    container = 9000
  }}
"#
            )
        ),
    );
    world.config(&config).apply(&[]);
    let two = world.container("two");
    let (front, back) = (
        format!("{}-front", world.project),
        format!("{}-back", world.project),
    );
    let at = |network: &str, rest: &str| format!("/NetworkSettings/Networks/{network}/{rest}");
    assert_shows(
        &two,
        &[
            ("ipv4_address", &at(&front, "IPAddress"), json!("10.213.82.9")),
            ("ipv4_address", &at(&back, "IPAddress"), json!("10.213.81.9")),
            ("aliases", &at(&front, "Aliases/0"), json!("web")),
            ("aliases", &at(&front, "Aliases/1"), json!("www")),
            ("aliases", &at(&back, "Aliases/0"), json!("db")),
        ],
    );
    assert_shows(
        &world.container("host"),
        &[("network_mode", "/HostConfig/NetworkMode", json!("host"))],
    );
    assert_shows(
        &world.container("none"),
        &[("network_mode", "/HostConfig/NetworkMode", json!("none"))],
    );
    let sharing = format!("container:{}", two["Id"].as_str().unwrap());
    assert_shows(
        &world.container("shared"),
        &[("network_mode", "/HostConfig/NetworkMode", json!(sharing))],
    );
    let ports = world.container("ports");
    let bound = |ip: &str, port: &str| json!([{"HostIp": ip, "HostPort": port}]);
    assert_shows(
        &ports,
        &[
            (
                "port",
                "/HostConfig/PortBindings/8080~1tcp",
                bound("", &all.to_string()),
            ),
            (
                "port",
                "/HostConfig/PortBindings/8081~1tcp",
                bound("127.0.0.1", &local.to_string()),
            ),
            (
                "port",
                "/HostConfig/PortBindings/53~1udp",
                bound("", &udp.to_string()),
            ),
            ("port", "/HostConfig/PortBindings/9000~1tcp", bound("", "")),
            ("expose", "/Config/ExposedPorts/8083~1tcp", json!({})),
            ("expose", "/Config/ExposedPorts/8081~1udp", json!({})),
            ("expose", "/HostConfig/PortBindings/8083~1tcp", json!(null)),
            (
                "extra_hosts",
                "/HostConfig/ExtraHosts",
                json!(["db:10.0.0.1", "gw:host-gateway", "six:::1"]),
            ),
            ("dns", "/HostConfig/Dns", json!(["10.0.0.1", "10.0.0.2"])),
        ],
    );
    let picked = &ports["NetworkSettings"]["Ports"]["9000/tcp"][0]["HostPort"];
    assert!(
        picked.as_str().is_some_and(|port| port.parse::<u16>().is_ok()),
        "{picked}"
    );
    world.destroy(&[]);
}

#[test]
fn what_it_reads_and_writes() {
    let world = World::new("stored");
    world
        .write("given/a.txt", "from the host")
        .write("conf/app.conf", "from a file");
    let config = format!(
        r#"
volume "data" {{}}
{}
container "files" {{
  image       = "wharf-stand-in:1"
  command     = ["cat", "/etc/made/a.conf", "/etc/made/b.conf", "-"]
  entrypoint  = []
  restart     = "no"
  running     = false
  file {{
    path    = "/etc/made/a.conf"
    content = "content, "
    mode    = "0600"
  }}
}}
job "reads" {{
  image   = "wharf-stand-in:1"
  command = ["cat", "/etc/made/a.conf", "/etc/made/deep/b.conf", "/host/a.txt"]
  mount {{
    source    = "./given/../given/"
    target    = "/host"
    read_only = true
  }}
  file {{
    path    = "/etc/made/a.conf"
    content = "content, "
  }}
  file {{
    path   = "/etc/made/deep/b.conf"
    source = "./conf/app.conf"
    mode   = "0400"
    uid    = 0
    gid    = 10
  }}
}}
output "read" {{
  value = job.reads.stdout
}}
"#,
        idle(
            "a",
            r#"
  mount {
    volume = volume.data.name
    target = "/data/"
  }
  mount {
    source    = "./given/../given/"
    target    = "/host"
    read_only = true
  }
  mount {
    source      = "./conf"
    target      = "/conf"
    propagation = "private"
  }
  mount {
    target = "/memory"
    tmpfs {
      size = "1m"
      mode = "0700"
    }
  }
  mount {
    target = "/bare"
    tmpfs {}
  }
  tmpfs = { "/run" = "size=64k,mode=755", "/cache/" = "" }
"#
        )
    );
    world.config(&config).apply(&[]);
    let a = world.container("a");
    let mount = |target: &str| {
        let mounts = a["HostConfig"]["Mounts"].as_array().unwrap().iter();
        mounts
            .clone()
            .find(|mount| mount["Target"] == target)
            .unwrap_or_else(|| panic!("{a:#}"))
    };
    assert_eq!(mount("/data")["Source"], format!("{}-data", world.project));
    assert_eq!(mount("/data")["Type"], "volume");
    assert_eq!(mount("/host")["Source"], world.path("given").to_str().unwrap());
    assert_eq!(mount("/host")["ReadOnly"], true);
    assert_eq!(mount("/conf")["BindOptions"]["Propagation"], "private");
    let tmpfs = &a["HostConfig"]["Tmpfs"];
    match engine::about().family {
        Family::Docker => {
            let options = json!({"SizeBytes": 1 << 20, "Mode": 0o700});
            assert_eq!(mount("/memory")["TmpfsOptions"], options);
            assert_eq!(tmpfs["/run"], "mode=755,size=64k");
        }
        // It puts all of them together, and adds what it gives to each.
        Family::Podman => {
            for (target, options) in [
                ("/memory", ["size=1048576", "mode=700"]),
                ("/run", ["size=64k", "mode=755"]),
            ] {
                let shown: Vec<&str> = tmpfs[target].as_str().unwrap().split(',').collect();
                assert!(
                    options.iter().all(|option| shown.contains(option)),
                    "{target}: {shown:?}"
                );
            }
        }
    }
    let read = world.wharf(&["output", "--raw", "read"]).code(0).stdout;
    assert_eq!(read.trim_end(), "content, from a filefrom the host");

    let files = world.container("files");
    assert_eq!(files["State"]["Status"], "created");
    assert_eq!(engine::logs(files["Id"].as_str().unwrap()), "");
    world.destroy(&[]);
}

#[test]
fn how_it_is_kept_alive() {
    let world = World::new("alive");
    let check = r#"
  restart = "on-failure:3"
  healthcheck {
    test         = ["CMD", "print", "fine"]
    interval     = "300ms"
    timeout      = "2s"
    start_period = "1s"
    retries      = 4
  }
"#;
    let config = [
        idle("a", check),
        idle("b", "restart = \"always\"\nhealthcheck {\n disable = true\n}"),
        idle("c", "restart = \"unless-stopped\""),
        idle("d", "restart = \"on-failure\"\nrunning = false"),
        idle("e", "restart = \"on-failure:0\"\nstart_timeout = \"90s\""),
    ];
    world.config(&config.concat()).apply(&[]);
    let milli = 1_000_000;
    assert_shows(
        &world.container("a"),
        &[
            (
                "healthcheck",
                "/Config/Healthcheck",
                json!({
                    "Test": ["CMD", "print", "fine"], "Interval": 300 * milli, "Timeout": 2000 * milli,
                    "StartPeriod": 1000 * milli, "Retries": 4,
                }),
            ),
            (
                "restart",
                "/HostConfig/RestartPolicy",
                json!({"Name": "on-failure", "MaximumRetryCount": 3}),
            ),
            ("healthy", "/State/Health/Status", json!("healthy")),
        ],
    );
    assert_shows(
        &world.container("b"),
        &[
            ("healthcheck", "/Config/Healthcheck/Test", json!(["NONE"])),
            ("restart", "/HostConfig/RestartPolicy/Name", json!("always")),
        ],
    );
    assert_shows(
        &world.container("c"),
        &[(
            "restart",
            "/HostConfig/RestartPolicy/Name",
            json!("unless-stopped"),
        )],
    );
    assert_shows(
        &world.container("d"),
        &[
            ("restart", "/HostConfig/RestartPolicy/Name", json!("on-failure")),
            ("running", "/State/Status", json!("created")),
        ],
    );
    world.destroy(&[]);
}
