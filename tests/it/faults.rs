//! Broken at every call that changes something: whatever happens to a call, its answer or the program, the next plan finds
//! every object, one apply converges, and nothing of anybody else is touched.
//!
//! `WHARF_SWEEP=full` (`cargo xtask sweep`) breaks every call in every way; without it the program is killed at every call of a
//! creation, and some of the other ways are tried, each at one call.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::Signal;
use serde_json::{Value as Json, json};
use wharf::engine::{Call, Family, ObjectKind};

use crate::engine;
use crate::proxy::{Fault, Proxy};
use crate::world::{Ran, World, ran};

/// How many cases run at a time: most of their time they wait for the engine.
const WORKERS: usize = 4;

/// What is broken.
struct Scenario {
    name: &'static str,
    /// What was applied before; nothing if empty.
    before: String,
    /// What is applied while calls are broken.
    after: String,
    /// The command that is broken.
    command: &'static str,
    /// The command that comes after it.
    recovery: &'static str,
    /// How many calls it takes at least.
    calls: usize,
    /// The addresses of all objects that are there in the end.
    objects: &'static [&'static str],
}

const STACK_OBJECTS: &[&str] = &[
    "container.web",
    "job.check",
    "network.back",
    "network.front",
    "volume.site",
];

fn stack(memory: &str, alias: &str, name: &str, version: &str, replace: &str) -> String {
    format!(
        r#"
network "front" {{
  ipam {{
    config {{
      subnet = "${{subnet.front}}"
    }}
  }}
}}
network "back" {{
  ipam {{
    config {{
      subnet = "${{subnet.back}}"
    }}
  }}
}}
volume "site" {{}}

sync "site" {{
  source = "./site"
  target {{
    volume = volume.site.name
  }}
}}

container "web" {{
  name    = "${{project.name}}-{name}"
  image   = "wharf-stand-in:1"
  command = ["serve", "--port", "8080", "/srv"]
  memory  = "{memory}"
  env     = {{ VERSION = "{version}" }}
  network {{
    name    = network.front.name
    aliases = ["{alias}"]
  }}
  network {{
    name = network.back.name
  }}
  mount {{
    volume = volume.site.name
    target = "/srv"
  }}
  file {{
    path    = "/etc/motd"
    content = "hello"
  }}
  healthcheck {{
    test     = ["CMD", "fetch", "http://localhost:8080/healthz"]
    interval = "1s"
  }}
  lifecycle {{
    replace = "{replace}"
  }}
}}

job "check" {{
  image      = "wharf-stand-in:1"
  command    = ["print", "done"]
  depends_on = [container.web]
}}
"#
    )
}

/// What is wrong, if anything.
type Verdict = Result<(), String>;

/// One case's outcome: whether the fault came about, or what is wrong.
pub(crate) type Outcome = Result<bool, String>;

impl Scenario {
    fn create() -> Self {
        Self {
            name: "create",
            before: String::new(),
            after: stack("64m", "web", "web", "1", "stop_first"),
            command: "apply",
            recovery: "apply",
            calls: 12,
            objects: STACK_OBJECTS,
        }
    }

    fn undo() -> Self {
        Self {
            name: "undo",
            recovery: "destroy",
            objects: &[],
            ..Self::create()
        }
    }

    fn update() -> Self {
        Self {
            name: "update",
            before: stack("64m", "web", "web", "1", "stop_first"),
            after: stack("96m", "www", "renamed", "1", "stop_first"),
            command: "apply",
            recovery: "apply",
            calls: 4,
            objects: STACK_OBJECTS,
        }
    }

    fn replace(name: &'static str, order: &str) -> Self {
        Self {
            name,
            before: stack("64m", "web", "web", "1", order),
            after: stack("64m", "web", "web", "2", order),
            command: "apply",
            recovery: "apply",
            calls: 6,
            objects: STACK_OBJECTS,
        }
    }

    /// Both containers publish the same port of the host.
    fn hand_over() -> Self {
        let stack = |version| {
            let port = "  port {\n    container = 8080\n    host      = \"${port}\"\n  }\n  lifecycle {";
            stack("64m", "web", "web", version, "start_first").replace("  lifecycle {", port)
        };
        Self {
            before: stack("1"),
            after: stack("2"),
            // Podman's containers keep their ports: there it is a replacement like any other.
            calls: if engine::about().family == Family::Docker {
                15
            } else {
                6
            },
            ..Self::replace("over", "start_first")
        }
    }

    fn destroy() -> Self {
        Self {
            name: "destroy",
            before: stack("64m", "web", "web", "1", "stop_first"),
            after: stack("64m", "web", "web", "1", "stop_first"),
            command: "destroy",
            recovery: "destroy",
            calls: 6,
            objects: &[],
        }
    }

    /// Makes the world that the command is run in.
    fn world(&self) -> World {
        let world = World::new(&format!("f{}", self.name));
        world.write("site/index.html", "<p>hello</p>");
        world.write("site/deep/page.html", "<p>deep</p>");
        let subnets = subnets();
        if !self.before.is_empty() {
            configure(&world, &subnets, &self.before);
            let _ = world.wharf(&["apply", "--auto-approve"]).code(0);
        }
        configure(&world, &subnets, &self.after);
        world
    }

    /// Counts the calls that can be broken.
    fn calls(&self) -> usize {
        let world = self.world();
        let proxy = Proxy::new(0, Fault::Hang);
        let _ = broken(&world, self.command, &proxy).code(0);
        self.converges(&world).unwrap();
        proxy.calls().len()
    }

    /// Breaks one call, and looks at what comes of it.
    fn suffer(&self, at: usize, fault: Fault) -> Outcome {
        let world = self.world();
        let canary = Canary::new(&world);
        let proxy = Proxy::new(u32::try_from(at).unwrap(), fault);
        let first = broken(&world, self.command, &proxy);
        if !proxy.has_fired() {
            // Steps run side by side: sometimes one call fewer is needed.
            return Ok(false);
        }
        let story = format!(
            "{}: {fault:?} at call {at} of {:#?}\nit said ({}):\n{}\n{}",
            self.name,
            proxy.calls(),
            first.code,
            first.stdout,
            first.stderr
        );
        if matches!(fault, Fault::Signal(_)) && first.code != 130 {
            // It may come when nothing is left to be stopped: the last call is on its way, and its answer is quicker.
            let was_last = first.code == 0 && proxy.calls().len() == at;
            if !was_last || !self.has_done_everything(&world) {
                return Err(format!("a signal was not heard\n{story}"));
            }
        }
        self.recovers(&world, &first)
            .and_then(|()| canary.is_unharmed())
            .map(|()| true)
            .map_err(|wrong| format!("{wrong}\n{story}"))
    }

    /// Tells whether the command that was broken has nothing left to do.
    fn has_done_everything(&self, world: &World) -> bool {
        match self.command {
            "destroy" => objects(world).is_empty(),
            _ => world.wharf(&["plan", "--detailed-exitcode"]).code == 0,
        }
    }

    fn recovers(&self, world: &World, first: &Ran) -> Verdict {
        if first.stderr.contains("panicked") {
            return Err("it panicked".into());
        }
        let left = objects(world);
        let plan = world.wharf(&["plan", "--json"]);
        if plan.code != 0 {
            return Err(format!("the plan failed ({}):\n{}", plan.code, plan.stderr));
        }
        let deleted = deleted(&plan.stdout);
        self.converges(world)?;
        let now = objects(world);
        for (id, address) in left {
            let kept = now.contains_key(&id);
            if !kept
                && !deleted.contains(&address)
                && self.recovery != "destroy"
                && !address.starts_with("sync.")
                && !address.starts_with(WARM_UP)
            {
                return Err(format!(
                    "{address} was not found again: {id} is gone, and no plan said so\n{}",
                    plan.stdout
                ));
            }
        }
        Ok(())
    }

    /// One more run, with nothing broken, does everything.
    fn converges(&self, world: &World) -> Verdict {
        let again = world.wharf(&[self.recovery, "--auto-approve"]);
        if again.code != 0 {
            return Err(format!("the next run failed ({}):\n{}", again.code, again.stderr));
        }
        let mut addresses: Vec<String> = objects(world).into_values().collect();
        addresses.sort();
        if addresses != self.objects {
            return Err(format!("there are now {addresses:?}\n{}", again.stderr));
        }
        if self.recovery == "apply" {
            let plan = world.wharf(&["plan", "--detailed-exitcode"]);
            if plan.code != 0 {
                return Err(format!(
                    "the plan is not empty:\n{}{}\nafter\n{}",
                    plan.stdout, plan.stderr, again.stderr
                ));
            }
        }
        Ok(())
    }

    /// Breaks calls, each in a world of its own.
    fn sweep(&self, cases: impl Fn(usize) -> Vec<(usize, Fault)>) {
        // One sweep at a time: each has its workers, and the engine has enough to do with those.
        static TURN: Mutex<()> = Mutex::new(());
        let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let calls = self.calls();
        assert!(calls >= self.calls, "{}: {calls} calls", self.name);
        try_all(cases(calls), |at, fault| self.suffer(at, fault));
    }
}

/// Tries cases, a few at a time, and tells the stories of all that went wrong. Nine of ten faults have to come about, or all but one.
pub(crate) fn try_all(cases: Vec<(usize, Fault)>, suffer: impl Fn(usize, Fault) -> Outcome + Sync) {
    let all = cases.len();
    let cases = Mutex::new(cases);
    let unfired = Mutex::new(Vec::new());
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let Some((at, fault)) = cases.lock().unwrap().pop() else {
                        return;
                    };
                    match suffer(at, fault) {
                        Ok(true) => {}
                        Ok(false) => unfired.lock().unwrap().push((at, fault)),
                        Err(story) => wrong.lock().unwrap().push(story),
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(
        wrong.is_empty(),
        "{} went wrong\n\n{}",
        wrong.len(),
        wrong.join("\n\n-----\n\n")
    );
    let unfired = unfired.into_inner().unwrap();
    assert!(
        unfired.len() <= (all / 10).max(1),
        "{} of {all} faults did not come about: {unfired:?}",
        unfired.len()
    );
}

fn configure(world: &World, [front, back]: &[String; 2], config: &str) {
    let config = config
        .replace("${project.name}", &world.project)
        .replace("${port}", &port(front).to_string())
        .replace("${subnet.front}", front)
        .replace("${subnet.back}", back);
    world.config(&config);
}

/// Returns subnets that nobody else uses. An engine has some thirty to give, and others may have them all.
fn subnets() -> [String; 2] {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let pair = COUNT.fetch_add(1, Ordering::Relaxed) + std::process::id() * 97;
    [0, 1].map(|which| {
        let number = (pair * 2 + which) % 8192;
        format!("198.18.{}.{}/29", number / 32, number % 32 * 8)
    })
}

/// Returns a port of the host that nobody else uses, as the subnets are used by nobody else.
fn port(subnet: &str) -> u16 {
    let address: std::net::Ipv4Addr = subnet.split('/').next().unwrap().parse().unwrap();
    let [_, _, third, fourth] = address.octets();
    22000 + (u16::from(third) * 32 + u16::from(fourth) / 8) % 8192
}

/// Runs a command through a proxy.
pub(crate) fn broken(world: &World, command: &str, proxy: &Proxy) -> Ran {
    let child = world
        .command(&[command, "--auto-approve"])
        .env("DOCKER_HOST", proxy.host())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    proxy.watch(&child);
    ran(&child.wait_with_output().unwrap())
}

/// What the address of a network is marked with that only helps: a successor warms up in it.
const WARM_UP: &str = "the warm-up of ";

/// Returns the addresses of the objects of a project by their ids.
fn objects(world: &World) -> BTreeMap<String, String> {
    let objects = engine::objects_of(&world.project).into_iter();
    objects
        .filter_map(|(kind, id)| {
            let found = engine::inspect(kind, &id)?;
            let labels = if found["Config"]["Labels"].is_object() {
                &found["Config"]["Labels"]
            } else {
                &found["Labels"]
            };
            // A volume has no id but its name: what it was made as tells two of them apart.
            let id = format!("{id} {}", labels["wharf.nonce"]);
            let address = labels["wharf.address"].as_str()?;
            // It goes without a plan's saying so, and it must go.
            let helps = labels["wharf.role"] == "warm-up";
            let address = if helps {
                format!("{WARM_UP}{address}")
            } else {
                address.to_owned()
            };
            Some((id, address))
        })
        .collect()
}

/// Returns the addresses at which a plan takes something away.
fn deleted(plan: &str) -> BTreeSet<String> {
    let plan: Json = serde_json::from_str(plan).unwrap();
    let changes = plan["resource_changes"].as_array().unwrap().iter();
    changes
        .filter(|change| {
            change["change"]["actions"]
                .as_array()
                .unwrap()
                .contains(&json!("delete"))
        })
        .map(|change| change["address"].as_str().unwrap().to_owned())
        .collect()
}

/// Objects of somebody else.
struct Canary {
    volume: String,
    network: String,
    labels: Json,
}

impl Canary {
    fn new(world: &World) -> Self {
        let volume = format!("{}-canary", world.project);
        let labels = json!({"somebody": "else"});
        engine::call(Call::VolumeCreate {
            body: json!({"Name": volume, "Labels": labels}),
        })
        .unwrap();
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed) + std::process::id();
        let subnet = format!("198.19.{}.{}/28", number / 16 % 256, number % 16 * 16);
        let made = engine::call(Call::NetworkCreate {
            body: json!({"Name": volume, "Labels": labels, "IPAM": {"Config": [{"Subnet": subnet}]}}),
        });
        Self {
            volume,
            network: made.unwrap().id.unwrap(),
            labels,
        }
    }

    fn is_unharmed(&self) -> Verdict {
        for (kind, id) in [
            (ObjectKind::Volume, &self.volume),
            (ObjectKind::Network, &self.network),
        ] {
            match engine::inspect(kind, id) {
                Some(found) if found["Labels"] == self.labels => {}
                found => return Err(format!("somebody else's {kind:?} was touched: {found:?}")),
            }
        }
        Ok(())
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        let _ = engine::call(Call::VolumeRemove {
            name: self.volume.clone(),
        });
        let _ = engine::call(Call::NetworkRemove {
            id: self.network.clone(),
        });
    }
}

pub(crate) const MODES: [Fault; 9] = [
    Fault::KillAfter,
    Fault::DropAfter,
    Fault::KillBefore,
    Fault::StatusAfter,
    Fault::Truncate,
    Fault::DropBefore,
    Fault::Signal(Signal::INT),
    Fault::Signal(Signal::TERM),
    Fault::Down,
];

/// Tells whether every call is to be broken in every way.
pub(crate) fn full() -> bool {
    std::env::var("WHARF_SWEEP").is_ok_and(|sweep| sweep == "full")
}

/// Chooses what is broken: everything, or the given modes at every call, and of the others the first and every second one, each at
/// one call.
fn cases(everywhere: &'static [Fault], seed: usize) -> impl Fn(usize) -> Vec<(usize, Fault)> {
    let full = full();
    move |calls| {
        let all = (1..=calls).flat_map(|at| MODES.into_iter().enumerate().map(move |mode| (at, mode)));
        // The modes go round the calls in steps, so that those of other scenarios meet other calls.
        let is_chosen = |at: usize, mode: usize| {
            (mode == 0 || (mode + seed).is_multiple_of(2)) && (mode * 5 + seed) % calls + 1 == at
        };
        all.filter(|(at, (mode, fault))| full || everywhere.contains(fault) || is_chosen(*at, *mode))
            .map(|(at, (_, fault))| (at, fault))
            .collect()
    }
}

#[test]
fn a_broken_creation_is_found_again_and_finished() {
    Scenario::create().sweep(cases(&[Fault::KillAfter], 0));
}

#[test]
fn a_broken_creation_can_be_taken_away() {
    Scenario::undo().sweep(cases(&[], 3));
}

#[test]
fn a_broken_update_is_found_again_and_finished() {
    Scenario::update().sweep(cases(&[], 1));
}

#[test]
fn a_broken_replacement_is_found_again_and_finished() {
    Scenario::replace("stop", "stop_first").sweep(cases(&[], 2));
}

#[test]
fn a_broken_replacement_that_starts_first_is_found_again_and_finished() {
    Scenario::replace("start", "start_first").sweep(cases(&[], 9));
}

#[test]
fn a_broken_hand_over_is_found_again_and_finished() {
    Scenario::hand_over().sweep(cases(&[], 7));
}

#[test]
fn a_broken_destroy_is_found_again_and_finished() {
    Scenario::destroy().sweep(cases(&[], 4));
}
