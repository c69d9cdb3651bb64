//! Killed at any moment, the next plan finds every object, and one apply converges.

use std::time::Duration;

use crate::engine;
use crate::faults::broken;
use crate::proxy::{Fault, Proxy};
use crate::world::World;

const STACK: &str = r#"
network "net" {}

volume "data" {
  count = 3
}

container "node" {
  count   = 4
  image   = "wharf-stand-in:1"
  command = ["sleep"]
  network {
    name    = network.net.name
    aliases = ["node${count.index}"]
  }
  mount {
    volume = volume.data[count.index % 3].name
    target = "/data"
  }
  file {
    path    = "/etc/node"
    content = "node ${count.index}"
  }
}

job "check" {
  image      = "wharf-stand-in:1"
  command    = ["print", "done"]
  depends_on = [container.node]
}
"#;

/// A small generator of its own, so that a failure can be repeated.
struct Moments(u64);

impl Moments {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

#[test]
fn killed_at_ten_moments_the_next_apply_converges() {
    let world = World::new("kill");
    world.config(STACK);
    let whole = std::time::Instant::now();
    world.apply(&[]);
    let whole = whole.elapsed().as_millis().try_into().unwrap_or(10_000);
    world.destroy(&[]);

    let mut moments = Moments(20_260_101);
    for round in 0..10 {
        let moment = moments.next(whole);
        let mut child = world.command(&["apply", "--auto-approve"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(moment));
        child.kill().unwrap();
        child.wait().unwrap();
        let left = engine::objects_of(&world.project).len();
        let plan = world.wharf(&["plan"]);
        assert_eq!(
            plan.code, 0,
            "round {round}, killed after {moment} ms:\n{}{}",
            plan.stdout, plan.stderr
        );
        world.apply(&[]);
        let there = engine::objects_of(&world.project).len();
        assert_eq!(
            there, 9,
            "round {round}, killed after {moment} ms with {left} objects: an object was made twice"
        );
        world.destroy(&[]);
    }
}

#[test]
fn an_interrupt_ends_gracefully_and_loses_nothing() {
    let world = World::new("interrupt");
    world.config(
        r#"
container "slow" {
  image   = "wharf-stand-in:1"
  command = ["serve", "--port", "80", "--delay", "60000", "/"]
  healthcheck {
    test     = ["CMD", "fetch", "http://localhost/healthz"]
    interval = "1s"
    retries  = 100
  }
}
container "after" {
  image      = "wharf-stand-in:1"
  command    = ["sleep"]
  depends_on = [container.slow]
}
"#,
    );
    let mut child = world
        .command(&["apply", "--auto-approve"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while engine::objects_of(&world.project).is_empty() {
        assert!(
            child.try_wait().unwrap().is_none(),
            "it ended before it made anything"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(500));
    let begun = std::time::Instant::now();
    rustix::process::kill_process(
        rustix::process::Pid::from_child(&child),
        rustix::process::Signal::INT,
    )
    .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(crate::world::ran(&output).code, 130);
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "it took {:?} to end",
        begun.elapsed()
    );
    let planned = world.planned(&[]);
    assert!(
        planned.contains(&("container.after".to_owned(), "create".to_owned())),
        "{planned:?}"
    );
    assert!(
        !planned.contains(&("container.slow".to_owned(), "create".to_owned())),
        "it was made already: {planned:?}"
    );
    world.destroy(&[]);
}

const SERVICE: &str = r#"
container "web" {
  image   = "wharf-stand-in:1"
  command = ["serve", "--port", "8080", "/"]
  env     = { VERSION = "NUMBER" }
  healthcheck {
    test     = ["CMD", "fetch", "http://localhost:8080/healthz"]
    interval = "1s"
  }
  lifecycle {
    replace = "start_first"
  }
}
"#;

#[test]
fn what_served_was_taken_away_after_a_kill_before_its_successor_was_up() {
    let world = World::new("serves");
    world.config(&SERVICE.replace("NUMBER", "1")).apply(&[]);
    let [(_, served)] = &engine::objects_of(&world.project)[..] else {
        panic!("one container was made");
    };
    world.config(&SERVICE.replace("NUMBER", "2"));
    // The successor is made and started, and nobody has seen it ready.
    let killed = Proxy::new(2, Fault::KillAfter);
    assert_eq!(broken(&world, "apply", &killed).code, 128 + 9);
    assert!(killed.calls()[1].ends_with("/start"), "{:?}", killed.calls());
    let whole = Proxy::new(0, Fault::Hang);
    let _ = broken(&world, "apply", &whole).code(0);
    let calls = whole.calls();
    let ends = calls
        .iter()
        .position(|call| call.contains(served.as_str()) && !call.contains("/rename"));
    let starts = calls.iter().position(|call| call.ends_with("/start"));
    assert!(ends.is_some() && starts < ends, "{calls:?}");
    world.assert_nothing_to_do(&[]);
    assert_eq!(engine::objects_of(&world.project).len(), 1);
    world.destroy(&[]);
}
