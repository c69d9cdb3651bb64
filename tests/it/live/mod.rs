//! Everything that changes while a container goes on serving: each change alone, read back, and nobody who asks goes without an answer.

mod cases;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value as Json, json};
use wharf::engine::{Call, ObjectKind};

use cases::{Case, ID_OF_A, Shows, limits, limits_again, the_rest, wires};

use crate::attributes::is_hidden;
use crate::engine;
use crate::world::World;

/// How long an answer may take: the machine may be busy, and a server that is gone refuses at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// The configuration, by its parts.
struct Stack {
    parts: BTreeMap<&'static str, String>,
    words: Vec<(&'static str, String)>,
}

impl Stack {
    fn new(world: &World) -> Self {
        // Several runs may be on one engine.
        let process = std::process::id();
        let net = |number: u32| format!("10.{}.{}", 216 + process % 8, process / 8 % 60 * 4 + number);
        let words = vec![
            ("NET0", net(0)),
            ("NET1", net(1)),
            ("NET2", net(2)),
            ("NET3", net(3)),
            ("SIX", format!("fd00:{:x}:9", process % 0xffff)),
            ("PROJECT", world.project.clone()),
        ];
        let parts = [
            ("memory", "\"64m\""),
            ("cpu_quota", "\"50ms\""),
            ("network b", "x"),
            ("subnet a", "NET1"),
        ];
        Self {
            parts: parts.map(|(name, text)| (name, text.to_owned())).into(),
            words,
        }
    }

    /// Puts what only this run knows in the place of words.
    fn fill(&self, text: &str) -> String {
        let fill = |text: String, (word, with): &(&str, String)| text.replace(word, with);
        self.words.iter().fold(text.to_owned(), fill)
    }

    fn text(&self) -> String {
        let subnet = &self.parts["subnet a"];
        let mut text = format!(
            "network \"front\" {{\n ipam {{\n config {{\n subnet = \"NET0.0/24\"\n}}\n}}\n}}\n\
             network \"a\" {{\n internal = true\n ipam {{\n config {{\n subnet = \"{subnet}.0/24\"\n}}\n}}\n}}\n\
             network \"b\" {{\n internal = true\n ipv6 = true\n ipam {{\n config {{\n subnet = \"NET2.0/24\"\n}}\n config {{\n subnet = \"SIX::/64\"\n}}\n}}\n}}\n\
             volume \"site\" {{}}\n\
             sync \"site\" {{\n source = \"./site\"\n target {{\n volume = volume.site.name\n}}\n}}\n\
             container \"web\" {{\n image = \"wharf-stand-in:1\"\n command = [\"serve\", \"--port\", \"80\", \"/\"]\n stop_signal = \"KILL\"\n\
             network {{\n name = network.front.name\n ipv4_address = \"NET0.9\"\n}}\n\
             mount {{\n volume = volume.site.name\n target = \"/srv\"\n}}\n"
        );
        for (name, value) in self
            .parts
            .iter()
            .filter(|(name, value)| !value.is_empty() && !name.starts_with("subnet"))
        {
            text += &match name.strip_prefix("network ") {
                Some(network) => {
                    let rest = if value == "x" { "" } else { value };
                    format!("network {{\n name = network.{network}.name\n {rest}\n}}\n")
                }
                None => format!("{name} = {value}\n"),
            };
        }
        self.fill(&(text + "}\n"))
    }
}

/// Asks a server all the time.
struct Client {
    stop: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
    thread: JoinHandle<Vec<String>>,
}

impl Client {
    fn new(address: SocketAddr) -> Self {
        let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (stopped, count) = (Arc::clone(&stop), Arc::clone(&asked));
        let thread = std::thread::spawn(move || {
            let mut failed = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                match fetch(address, "/healthz") {
                    Ok(_) => _ = count.fetch_add(1, Ordering::Relaxed),
                    Err(error) => failed.push(error.to_string()),
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            failed
        });
        Self { stop, asked, thread }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// Stops, and returns how many answers came, and what went wrong.
    fn end(self) -> (usize, Vec<String>) {
        self.stop.store(true, Ordering::Relaxed);
        let failed = self.thread.join().unwrap();
        (self.asked.load(Ordering::Relaxed), failed)
    }
}

fn fetch(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: web\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if head.starts_with("HTTP/1.1 200") {
        Ok(body.to_owned())
    } else {
        Err(std::io::Error::other(format!("answered {head:?}")))
    }
}

#[test]
fn thirty_kinds_of_change_leave_the_container_serving() {
    let world = World::new("live");
    let mut stack = Stack::new(&world);
    world.write("site/index.html", "first");
    world.config(&stack.text()).apply(&[]);
    let before = world.container("web");
    let address: SocketAddr = stack.fill("NET0.9:80").parse().unwrap();
    let client = Client::new(address);
    // Not every engine can change limits so that they last, and Podman refuses some of the wires.
    let (limits, limits_again) = match engine::updates() {
        true => (limits(), limits_again()),
        false => (Vec::new(), Vec::new()),
    };
    let cases: Vec<Case> = limits
        .into_iter()
        .chain(wires())
        .chain(the_rest())
        .chain(limits_again)
        .filter(Case::is_possible)
        .collect();
    assert!(
        cases.len() >= if engine::updates() { 30 } else { 12 },
        "{}",
        cases.len()
    );
    let networks = [
        ("A", format!("{}-a", world.project)),
        ("B", format!("{}-b", world.project)),
    ];
    for case in &cases {
        let what = case.what;
        for (name, text) in &case.edits {
            if name.starts_with("site/") {
                world.write(name, text);
            } else {
                stack.parts.insert(name, (*text).to_owned());
            }
        }
        if let Some(meddle) = case.meddle {
            meddle(&world);
        }
        let asked = client.asked();
        world.config(&stack.text()).apply(&[]);
        assert!(client.asked() > asked, "{what}: nobody asked meanwhile");

        let id = before["Id"].as_str().unwrap();
        let after = engine::inspect(ObjectKind::Container, id);
        let after = after.unwrap_or_else(|| panic!("{what} replaced the container"));
        assert_eq!(
            after["State"]["StartedAt"], before["State"]["StartedAt"],
            "{what}"
        );
        assert_eq!(after["State"]["Pid"], before["State"]["Pid"], "{what}");
        assert_eq!(after["RestartCount"], before["RestartCount"], "{what}");
        match &case.shows {
            Shows::Inspect(pointer, value) => {
                let pointer = networks
                    .iter()
                    .fold((*pointer).to_owned(), |pointer, (word, name)| {
                        pointer.replace(&format!("/Networks/{word}"), &format!("/Networks/{name}"))
                    });
                let value = match value.as_str() {
                    Some(ID_OF_A) => {
                        engine::inspect(ObjectKind::Network, &networks[0].1).unwrap()["Id"].clone()
                    }
                    Some(text) => stack.fill(text).into(),
                    None => value.clone(),
                };
                let shown = after.pointer(&pointer).unwrap_or(&Json::Null);
                // No limit is one of -1 to Podman.
                let hidden = is_hidden(&after, &pointer);
                let unlimited = pointer.ends_with("/PidsLimit") && shown == -1 && value == 0;
                assert!(
                    hidden || unlimited || *shown == value,
                    "{what}: {pointer} is {shown} and not {value}"
                );
            }
            Shows::Serves(path, text) => assert_eq!(fetch(address, path).unwrap(), *text, "{what}"),
        }
    }
    let (asked, failed) = client.end();
    assert_eq!(
        failed,
        Vec::<String>::new(),
        "of {} requests",
        asked + failed.len()
    );
    world.destroy(&[]);
}

/// A kernel without weights for block devices answers 200 and drops what it was told.
#[test]
fn a_weight_that_the_kernel_drops_was_taken_for_changed() {
    let world = World::new("dropped");
    let config = |rest: &str| {
        format!(
            "container \"web\" {{\n image = \"wharf-stand-in:1\"\n command = [\"sleep\"]\n stop_signal = \"KILL\"\n {rest}\n}}\n"
        )
    };
    world.config(&config("")).apply(&[]);
    let id = world.container_id("web");
    let body = json!({ "BlkioWeight": 300 });
    let update = engine::call(Call::ContainerUpdate { id: id.clone(), body });
    if !engine::updates() {
        assert_eq!(update.unwrap_err().status, Some(404), "the engine can update");
        world.destroy(&[]);
        return;
    }
    update.unwrap();
    let has_weights = world.container("web")["HostConfig"]["BlkioWeight"] == 300;

    world.config(&config("blkio_weight = 400"));
    let ran = world.wharf(&["apply", "--auto-approve"]);
    if has_weights {
        let _ = ran.code(0);
        assert_eq!(world.container("web")["HostConfig"]["BlkioWeight"], 400);
    } else {
        // The call was made, and the other attributes of one call may have taken.
        let _ = ran
            .code(4)
            .says("A change did not take")
            .says("`blkio_weight` was to be 400 and is not set");
        // It is not remembered as done, either.
        assert_eq!(
            world.planned(&[]),
            [("container.web".to_owned(), "update".to_owned())]
        );
        let other = config("blkio_weight = 400").replace("\"web\"", "\"other\"");
        world.config(&(config("") + &other));
        // It was made, and what the engine dropped cannot be had.
        let _ = world
            .wharf(&["apply", "--auto-approve"])
            .code(4)
            .says("The engine drops what it was asked for");
        let _ = world.container("other");
    }
    assert_eq!(world.container_id("web"), id);
    world.destroy(&[]);
}
