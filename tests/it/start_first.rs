//! A container that publishes a port is replaced while somebody asks for it.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use wharf::engine::{Family, ObjectKind};

use crate::engine;
use crate::world::World;

/// How long nobody may answer.
const MOST: Duration = Duration::from_millis(500);

/// The time between two requests.
const EVERY: Duration = Duration::from_millis(5);

/// Asks through a port of the host, again and again.
struct Client {
    answered: Arc<Mutex<Vec<Instant>>>,
    enough: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Client {
    fn of(port: u16) -> Self {
        let answered = Arc::new(Mutex::new(Vec::new()));
        let enough = Arc::new(AtomicBool::new(false));
        let (answers, end) = (Arc::clone(&answered), Arc::clone(&enough));
        let thread = std::thread::spawn(move || {
            while !end.load(Ordering::Relaxed) {
                if ask(port) {
                    answers.lock().unwrap().push(Instant::now());
                }
                std::thread::sleep(EVERY);
            }
        });
        let client = Self {
            answered,
            enough,
            thread: Some(thread),
        };
        let begun = Instant::now();
        while client.answered.lock().unwrap().is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(20), "nobody answers at all");
            std::thread::sleep(EVERY);
        }
        client
    }

    /// Returns the longest time without an answer since a moment.
    fn longest_silence(&self, since: Instant) -> Duration {
        // What is on its way now has its answer soon.
        std::thread::sleep(MOST);
        let answered = self.answered.lock().unwrap();
        let from = answered.partition_point(|at| *at < since).saturating_sub(1);
        let until = answered.last().map_or(Duration::MAX, Instant::elapsed);
        let pairs = answered[from..].windows(2);
        pairs
            .map(|pair| pair[1].duration_since(pair[0]))
            .fold(until, Duration::max)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.enough.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn ask(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let limit = Duration::from_millis(250);
    let attempt = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, limit)?;
        stream.set_read_timeout(Some(limit))?;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.starts_with("HTTP/1.1 200"))
    };
    attempt().unwrap_or(false)
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn service(port: u16, version: &str, health: &str) -> String {
    format!(
        r#"
network "front" {{}}

container "web" {{
  image   = "wharf-stand-in:1"
  command = ["serve", "--port", "80", "/"]
  env     = {{ VERSION = "{version}" }}
  network {{
    name    = network.front.name
    aliases = ["www"]
  }}
  port {{
    container = 80
    host      = {port}
  }}
  healthcheck {{
    test     = ["CMD", "fetch", "http://localhost/{health}"]
    interval = "200ms"
    retries  = 2
  }}
  lifecycle {{
    replace = "start_first"
  }}
}}
"#
    )
}

/// Podman's containers keep their ports: there it stops first, and says so.
fn hands_over() -> bool {
    engine::about().family == Family::Docker
}

#[test]
fn a_port_is_handed_over_ten_times_with_hardly_a_request_lost() {
    let world = World::new("handover");
    let port = free_port();
    world.config(&service(port, "0", "healthz")).apply(&[]);
    let client = Client::of(port);
    // What it would be without a hand-over, on this machine and under this load.
    world.config(&service(port, "stopped", "healthz").replace("start_first", "stop_first"));
    let begun = Instant::now();
    world.apply(&[]);
    let stopped = client.longest_silence(begun);
    eprintln!("stop-first: no answer for {} ms", stopped.as_millis());
    let mut silences = Vec::new();
    for version in 1..=10 {
        let before = world.container_id("web");
        world.config(&service(port, &version.to_string(), "healthz"));
        if version == 1 {
            let expected = match hands_over() {
                true => "warms up without ports",
                false => "it cannot start first",
            };
            let _ = world.wharf(&["plan"]).code(0).says(expected);
        }
        let begun = Instant::now();
        world.apply(&[]);
        let silence = client.longest_silence(begun);
        eprintln!("replacement {version}: no answer for {} ms", silence.as_millis());
        assert_ne!(world.container_id("web"), before);
        silences.push(silence);
    }
    silences.sort();
    let median = silences[silences.len() / 2];
    assert!(
        median < stopped || !hands_over(),
        "no answer for {median:?}, and for {stopped:?} when it stops first"
    );
    let web = world.container("web");
    let network = format!("{}-front", world.project);
    assert_eq!(
        networks(&web),
        BTreeSet::from([network.clone()]),
        "it has left where it warmed up"
    );
    let aliases = &web["NetworkSettings"]["Networks"][&network]["Aliases"];
    assert!(aliases.as_array().unwrap().contains(&"www".into()), "{aliases}");
    assert_eq!(
        engine::objects_of(&world.project).len(),
        2,
        "one container, one network"
    );
    drop(client);
    world.destroy(&[]);
}

#[test]
fn what_never_becomes_healthy_never_takes_the_port() {
    let world = World::new("unhealthy");
    let port = free_port();
    world.config(&service(port, "1", "healthz")).apply(&[]);
    let id = world.container_id("web");
    let client = Client::of(port);
    for (version, health, command, said) in [
        (
            "2",
            "nothing",
            "\"serve\", \"--port\", \"80\", \"/\"",
            "serving / on port 80",
        ),
        ("3", "healthz", "\"print\", \"no such table\"", "no such table"),
    ] {
        let config = service(port, version, health);
        world.config(&config.replace("\"serve\", \"--port\", \"80\", \"/\"", command));
        let begun = Instant::now();
        let _ = world.wharf(&["apply", "--auto-approve"]).code(4).says(said);
        let silence = client.longest_silence(begun);
        eprintln!("version {version}: no answer for {} ms", silence.as_millis());
        assert!(silence <= MOST || !hands_over(), "no answer for {silence:?}");
        if hands_over() {
            assert_eq!(world.container_id("web"), id, "the old one serves");
            assert_eq!(
                engine::objects_of(&world.project).len(),
                2,
                "nothing is left of the new one"
            );
            assert_eq!(
                world.planned(&[]),
                [("container.web".to_owned(), "create, delete".to_owned())]
            );
        }
    }
    world.config(&service(port, "1", "healthz")).apply(&[]);
    if hands_over() {
        assert_eq!(world.container_id("web"), id, "there was nothing to be done");
    }
    drop(client);
    world.destroy(&[]);
}

#[test]
fn a_port_in_the_default_network_and_static_addresses_are_handed_over() {
    let world = World::new("overbridge");
    let port = free_port();
    let config = |version: &str| {
        let config = service(port, version, "healthz");
        let block = config.find("  network {").unwrap()..config.find("  port {").unwrap();
        config.replace(&config[block], "")
    };
    world.config(&config("1")).apply(&[]);
    world.config(&config("2"));
    if !hands_over() {
        assert_eq!(
            world.planned(&[]),
            [("container.web".to_owned(), "delete, create".to_owned())]
        );
        let _ = world
            .wharf(&["plan"])
            .code(0)
            .says("it cannot start first")
            .says("they can be handed over by containers of Docker alone");
        world.apply(&[]);
        assert!(ask(port), "it is replaced all the same");
        world.destroy(&[]);
        return;
    }
    world.apply(&[]);
    assert_eq!(
        networks(&world.container("web")),
        BTreeSet::from(["bridge".to_owned()])
    );
    assert!(ask(port));
    world.destroy(&[]);

    let number = std::process::id() % 4096;
    let subnet = format!("198.17.{}.{}", number / 16, number % 16 * 16);
    let config = |version: &str| {
        service(port, version, "healthz")
            .replace(
                "network \"front\" {}",
                &format!("network \"front\" {{\n  ipam {{\n    config {{\n      subnet = \"{subnet}/28\"\n    }}\n  }}\n}}"),
            )
            .replace(
                "aliases = [\"www\"]",
                &format!("ipv4_address = cidrhost(\"{subnet}/28\", 5)"),
            )
    };
    world.config(&config("1")).apply(&[]);
    let id = world.container_id("web");
    world.config(&config("2")).apply(&[]);
    assert_ne!(world.container_id("web"), id);
    assert!(ask(port));
    world.destroy(&[]);
}

/// Four instances, of which the third fails in version 2 if it is told to.
fn instances(version: &str, fails: bool, update: &str) -> String {
    let command = match fails {
        true => r#"count.index == 2 ? ["print", "cannot go on"] : ["serve", "--port", "80", "/"]"#,
        false => r#"["serve", "--port", "80", "/"]"#,
    };
    format!(
        r#"
container "web" {{
  count   = 4
  image   = "wharf-stand-in:1"
  command = {command}
  env     = {{ VERSION = "{version}" }}
  update {{
    {update}
  }}
}}
"#
    )
}

fn ids(world: &World) -> Vec<String> {
    (0..4)
        .map(|index| world.container_id(&format!("web-{index}")))
        .collect()
}

fn run(world: &World) -> usize {
    let ids = ids(world);
    let inspects = ids
        .iter()
        .filter_map(|id| engine::inspect(ObjectKind::Container, id));
    inspects.filter(|it| it["State"]["Running"] == true).count()
}

#[test]
fn instances_are_replaced_in_batches_and_the_rest_stays_when_one_fails() {
    let world = World::new("rolling");
    world
        .config(&instances("1", false, "max_parallel = 2"))
        .apply(&[]);
    let before = ids(&world);
    world.config(&instances("2", true, "max_parallel = 1"));
    let _ = world
        .wharf(&["plan"])
        .code(0)
        .says("batch 3 of 4; if one fails, the batches after it are left as they are");
    let _ = world
        .wharf(&["apply", "--auto-approve"])
        .code(4)
        .says("cannot go on");
    let after = ids(&world);
    let same: Vec<bool> = before
        .iter()
        .zip(&after)
        .map(|(one, other)| one == other)
        .collect();
    assert_eq!(same, [false, false, false, true]);
    let planned: Vec<String> = world
        .planned(&[])
        .into_iter()
        .map(|(address, _)| address)
        .collect();
    assert!(planned.contains(&"container.web[2]".to_owned()), "{planned:?}");
    assert!(!planned.contains(&"container.web[0]".to_owned()), "{planned:?}");
    world
        .config(&instances("2", false, "max_parallel = 2\n    pause = \"1s\""))
        .apply(&[]);
    assert_eq!(run(&world), 4);
    world.destroy(&[]);
}

#[test]
fn instances_that_were_replaced_are_put_back_when_one_fails() {
    let world = World::new("rollback");
    for order in ["stop_first", "start_first"] {
        let update = format!("order = \"{order}\"\n    on_failure = \"rollback\"");
        world.config(&instances("1", false, &update)).apply(&[]);
        let before = ids(&world);
        world.config(&instances("2", true, &update));
        let _ = world
            .wharf(&["apply", "--auto-approve"])
            .code(4)
            .says("cannot go on");
        assert_eq!(ids(&world), before, "{order}");
        assert_eq!(run(&world), 4);
        assert_eq!(engine::objects_of(&world.project).len(), 4);
        assert_eq!(world.planned(&[]).len(), 4, "all four are to be changed yet");
        world.config(&instances("1", false, &update));
        world.assert_nothing_to_do(&[]);
        world.config(&instances("2", false, &update)).apply(&[]);
        assert!(ids(&world).iter().all(|id| !before.contains(id)));
        assert_eq!(engine::objects_of(&world.project).len(), 4);
        world.destroy(&[]);
    }
}

fn networks(container: &serde_json::Value) -> BTreeSet<String> {
    let networks = container["NetworkSettings"]["Networks"].as_object().unwrap();
    networks.keys().cloned().collect()
}
