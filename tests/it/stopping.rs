//! Being told to stop, being kept waiting, and not being alone.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::engine;
use crate::proxy::{Fault, Proxy};
use crate::world::{Ran, World, ran};

const STACK: &str = r#"
network "net" {}
container "web" {
  image   = "wharf-stand-in:1"
  command = ["sleep"]
  network {
    name = network.net.name
  }
}
"#;

/// A run that stands still, because one of its calls is never answered.
struct Stuck {
    world: World,
    _proxy: Proxy,
    child: Child,
}

impl Stuck {
    /// Waits until the call of that number is made.
    fn at(test: &str, call: u32) -> Self {
        let world = World::new(test);
        world.config(STACK);
        let proxy = Proxy::new(call, Fault::Hang);
        let mut child = world
            .command(&["apply", "--auto-approve"])
            .env("DOCKER_HOST", proxy.host())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while !proxy.has_fired() {
            assert!(child.try_wait().unwrap().is_none(), "it ended before the call");
            assert!(begun.elapsed() < Duration::from_secs(60), "the call never came");
            std::thread::sleep(Duration::from_millis(10));
        }
        Self {
            world,
            _proxy: proxy,
            child,
        }
    }

    fn interrupt(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Interrupts it twice, and returns how it ended and when.
    fn stop(self) -> (World, Ran, Duration) {
        self.interrupt(Signal::INT);
        std::thread::sleep(Duration::from_millis(200));
        let begun = Instant::now();
        self.interrupt(Signal::TERM);
        let output = self.child.wait_with_output().unwrap();
        (self.world, ran(&output), begun.elapsed())
    }
}

#[test]
fn two_interrupts_end_a_run_at_once_whatever_hangs() {
    for call in [1, 2, 3] {
        let (world, ran, took) = Stuck::at("twice", call).stop();
        let _ = ran.code(130).says("The end of a step is not known");
        assert!(took < Duration::from_secs(2), "it took {took:?}");
        world.apply(&[]);
        assert_eq!(engine::objects_of(&world.project).len(), 2);
        world.destroy(&[]);
    }
}

#[test]
fn a_second_apply_is_told_who_holds_the_lock() {
    let stuck = Stuck::at("locked", 1);
    let holder = format!("process {}", stuck.child.id());
    for command in ["apply", "destroy"] {
        let _ = stuck
            .world
            .wharf(&[command, "--auto-approve"])
            .code(6)
            .says("wharf apply")
            .says(&holder);
    }
    let (world, _, _) = stuck.stop();
    world.apply(&[]);
    world.destroy(&[]);
}

#[test]
fn a_plan_was_refused_while_another_run_held_the_lock() {
    // Before anything is there; while the network is there, and the container is being made.
    for call in [1, 2] {
        let stuck = Stuck::at("reads", call);
        let holder = format!("process {}", stuck.child.id());
        let plan = stuck.world.wharf(&["plan", "--detailed-exitcode"]).code(2);
        assert!(plan.stdout.contains("container.web"), "{}", plan.stdout);
        for said in ["Another run is at work", "wharf apply", &holder] {
            assert!(plan.stderr.contains(said), "{}", plan.stderr);
        }
        let (world, _, _) = stuck.stop();
        let alone = world.wharf(&["plan"]).code(0);
        assert!(!alone.stderr.contains("at work"), "{}", alone.stderr);
        world.apply(&[]);
        world.destroy(&[]);
    }
}

#[test]
fn a_plan_that_is_saved_while_another_run_is_at_work_is_refused_when_the_world_has_moved() {
    for call in [1, 2] {
        let stuck = Stuck::at("saved", call);
        let _ = stuck.world.wharf(&["plan", "--out", "meanwhile.plan"]).code(0);
        let (world, _, _) = stuck.stop();
        world.apply(&[]);
        let _ = world.wharf(&["apply", "meanwhile.plan"]).code(5);
        world.assert_nothing_to_do(&[]);
        world.destroy(&[]);
    }
}

#[test]
fn with_a_lock_timeout_a_second_apply_waits_for_the_first() {
    let stuck = Stuck::at("waits", 1);
    let mut second = stuck
        .world
        .command(&["apply", "--auto-approve", "--lock-timeout", "60s"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(500));
    assert!(second.try_wait().unwrap().is_none(), "it did not wait");
    let (world, _, _) = stuck.stop();
    let _ = ran(&second.wait_with_output().unwrap()).code(0);
    world.assert_nothing_to_do(&[]);
    world.destroy(&[]);
}

#[test]
fn a_damaged_journal_is_mentioned_and_mended() {
    let world = World::new("journal");
    world.config(STACK).apply(&[]);
    let journal = format!("state/{}.default.json.journal", world.project);
    world.write(&journal, "nothing that wharf wrote\n");
    let _ = world.wharf(&["plan"]).code(0).says("The journal is damaged");
    world.apply(&[]);
    assert!(!world.path(&journal).exists());
    world.destroy(&[]);
}

#[test]
fn an_apply_that_finds_nothing_to_do_records_what_a_lost_state_knew() {
    let world = World::new("rebuilt");
    world.config(STACK).apply(&[]);
    std::fs::remove_dir_all(world.path("state")).unwrap();
    let _ = world
        .wharf(&["plan", "--detailed-exitcode"])
        .code(0)
        .says("The state does not know what is there");
    let _ = world.wharf(&["apply", "--auto-approve"]).code(0);
    let state =
        std::fs::read_to_string(world.path(&format!("state/{}.default.json", world.project))).unwrap();
    for address in ["network.net", "container.web"] {
        assert!(state.contains(address), "{state}");
    }
    let again = world.wharf(&["plan", "--detailed-exitcode"]).code(0);
    assert!(!again.stderr.contains("does not know"), "{}", again.stderr);
    world.destroy(&[]);
}
