use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use insta::assert_snapshot;
use petgraph::graph::NodeIndex;
use serde_json::Value as Json;

use super::*;
use crate::diagnostic::Diagnostic;
use crate::engine::{Condition, Op, Target};
use crate::plan::{Action, Cause, Change, Impact, Plan, Schedule, Step};
use crate::view::Paint;

#[derive(Clone, Debug, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Page {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn midnight() -> jiff::Timestamp {
    jiff::Timestamp::UNIX_EPOCH
}

fn change(address: &str, action: Action) -> Change {
    Change {
        address: address.parse().unwrap(),
        moved_from: None,
        action,
        id: None,
        name: String::new(),
        nonce: String::new(),
        before: Json::Null,
        after: Json::Null,
        differences: Vec::new(),
        cause: Cause::New,
        impact: Impact::None,
        notes: Vec::new(),
        keeps: std::collections::BTreeMap::new(),
        dependencies: Vec::new(),
        protect: false,
        imported: false,
    }
}

fn step(address: &str, op: Op) -> Step {
    Step {
        address: address.parse().unwrap(),
        target: Target::New,
        op,
        completes: false,
        role: crate::plan::Role::Ordinary,
    }
}

fn plan() -> Plan {
    let mut schedule = Schedule::default();
    for step in [
        step("network.n", Op::NetworkCreate),
        step("container.web", Op::ContainerCreate { name: "web".into() }),
        step("container.web", Op::ContainerStart),
        step("container.db", Op::ContainerStart),
        step(
            "container.db",
            Op::Await {
                condition: Condition::Healthy,
                limit: 1,
            },
        ),
        step("job.check", Op::ContainerStart),
    ] {
        schedule.graph.add_node(step);
    }
    Plan {
        project: "shop".into(),
        workspace: "default".into(),
        lineage: String::new(),
        generation: 0,
        engine_id: String::new(),
        destroy: false,
        changes: vec![
            change("container.db", Action::Update),
            change("container.web", Action::Create),
            change("job.check", Action::Create),
            change("network.n", Action::Create),
        ],
        outputs: Vec::new(),
        schedule,
        preconditions: Vec::new(),
        checks: Vec::new(),
    }
}

fn events(plan: &Plan) -> Vec<Event> {
    let step = |node: usize| plan.schedule.graph[NodeIndex::new(node)].clone();
    let started = |node| Event::StepStarted {
        node: NodeIndex::new(node),
        step: step(node),
    };
    let finished = |node, id: Option<&str>| Event::StepFinished {
        node: NodeIndex::new(node),
        step: step(node),
        took: Duration::from_millis(200),
        id: id.map(str::to_owned),
        warnings: Vec::new(),
    };
    vec![
        started(0),
        finished(0, Some(&"ab".repeat(32))),
        started(1),
        started(3),
        Event::StepProgressed {
            node: NodeIndex::new(1),
            step: step(1),
            message: "Down\x1bloading".into(),
            done: Some(1_000_000),
            total: Some(4_000_000),
        },
        finished(1, Some("web-id")),
        Event::StepFailed {
            node: NodeIndex::new(3),
            step: step(3),
            took: Duration::from_secs(1),
            problem: Box::new(Diagnostic::error("Port taken").detail("\x1b[0m is taken")),
        },
        Event::StepSkipped {
            node: NodeIndex::new(4),
            step: step(4),
            because: Some("container.db".parse().unwrap()),
        },
        started(2),
        finished(2, None),
        Event::StepSkipped {
            node: NodeIndex::new(5),
            step: step(5),
            because: Some("container.db".parse().unwrap()),
        },
    ]
}

#[test]
fn lines_tell_of_objects_not_of_steps() {
    let (plan, page) = (plan(), Page::default());
    let mut lines = Lines::new(&plan, page.clone(), Paint::PLAIN, midnight);
    for event in events(&plan) {
        lines.event(&event);
    }
    let tally = lines.finish();
    assert_snapshot!(page.text(), @r"
    network.n: creating…
    network.n: created in 0.2s [id=abababababab]
    container.web: creating…
    container.db: changing…
    container.db: failed after 1.0s: Port taken
    container.web: created in 0.4s [id=web-id]
    job.check: not done, because container.db failed
    ");
    assert_snapshot!(summary(&tally, false), @"Apply failed: 2 added, 0 changed, 0 replaced, 0 destroyed, 1 failed, 1 not done.");
}

#[test]
fn an_interrupt_is_told_and_counted() {
    let (plan, page) = (plan(), Page::default());
    let mut lines = Lines::new(&plan, page.clone(), Paint::PLAIN, midnight);
    lines.event(&Event::Interrupted);
    lines.event(&Event::StepSkipped {
        node: NodeIndex::new(0),
        step: plan.schedule.graph[NodeIndex::new(0)].clone(),
        because: None,
    });
    assert_snapshot!(page.text(), @r"
    Interrupted: nothing new is begun; what runs is finished. Interrupt again to stop waiting.
    network.n: not done, because the run was interrupted
    ");
    assert_snapshot!(summary(&lines.finish(), true), @"Destroy interrupted: 0 added, 0 changed, 0 replaced, 0 destroyed, 1 not done.");
}

#[test]
fn long_steps_are_told_of_every_ten_seconds_also_when_nothing_happens() {
    use std::sync::atomic::{AtomicI64, Ordering};
    static SECOND: AtomicI64 = AtomicI64::new(0);
    fn clock() -> jiff::Timestamp {
        jiff::Timestamp::from_second(SECOND.load(Ordering::Relaxed)).unwrap()
    }
    fn pass(lines: &mut impl Progress, seconds: i64) {
        for _ in 0..seconds {
            SECOND.fetch_add(1, Ordering::Relaxed);
            lines.tick();
        }
    }
    let (plan, page) = (plan(), Page::default());
    let mut lines = Lines::new(&plan, page.clone(), Paint::PLAIN, clock);
    let step = plan.schedule.graph[NodeIndex::new(1)].clone();
    lines.event(&Event::StepStarted {
        node: NodeIndex::new(1),
        step: step.clone(),
    });
    pass(&mut lines, 19);
    lines.event(&Event::StepProgressed {
        node: NodeIndex::new(1),
        step,
        message: "Downloading".into(),
        done: Some(3_000_000),
        total: None,
    });
    pass(&mut lines, 5);
    assert_snapshot!(page.text(), @r"
    container.web: creating…
    container.web: still creating… [10s]
    container.web: still creating… [20s] Downloading 3.00 MB
    ");
}

#[test]
fn what_has_ended_is_not_told_of_as_going_on() {
    fn clock() -> jiff::Timestamp {
        use std::sync::atomic::{AtomicI64, Ordering};
        static SECOND: AtomicI64 = AtomicI64::new(0);
        jiff::Timestamp::from_second(SECOND.fetch_add(60, Ordering::Relaxed)).unwrap()
    }
    let (plan, page) = (plan(), Page::default());
    let mut lines = Lines::new(&plan, page.clone(), Paint::PLAIN, clock);
    for event in events(&plan) {
        lines.event(&event);
    }
    lines.tick();
    assert!(!page.text().contains("still"), "{}", page.text());
}

#[test]
fn programs_get_one_object_a_line() {
    let (plan, page) = (plan(), Page::default());
    let mut lines = JsonLines::new(page.clone(), midnight);
    lines.plan(&plan);
    for event in events(&plan) {
        lines.event(&event);
    }
    let tally = lines.finish();
    lines.summary(&tally);
    lines.outputs([
        ("url", &Json::from("http://x")),
        ("secret", &serde_json::json!({"$sensitive": "ab"})),
    ]);
    let text = page.text();
    let shown: Vec<String> = text
        .lines()
        .map(|line| {
            let line: Json = serde_json::from_str(line).unwrap();
            let text = |name: &str| line[name].as_str().unwrap().to_owned();
            format!("{} {}: {}", text("@level"), text("type"), text("@message"))
        })
        .collect();
    assert_snapshot!(shown.join("\n"), @r"
    info version: wharf 0.1.0
    info planned_change: container.db will be changed in place
    info planned_change: container.web will be created
    info planned_change: job.check will be created
    info planned_change: network.n will be created
    info change_summary: Plan: 3 to add, 1 to change, 0 to replace, 0 to destroy.
    info apply_start: network.n: creating…
    info apply_progress: network.n: creating
    info apply_complete: network.n: created in 0.2s [id=abababababab]
    info apply_start: container.web: creating…
    info apply_progress: container.web: creating
    info apply_start: container.db: changing…
    info apply_progress: container.db: starting
    info apply_progress: container.web: Down\x1bloading 1.00 MB of 4.00 MB
    error apply_errored: container.db: failed after 1.0s: Port taken
    error diagnostic: Error: Port taken
    info apply_progress: container.web: starting
    info apply_complete: container.web: created in 0.4s [id=web-id]
    warn apply_skipped: job.check: not done, because container.db failed
    info change_summary: Apply failed: 2 added, 0 changed, 0 replaced, 0 destroyed, 1 failed, 1 not done.
    info outputs: Outputs: 2
    ");
    let complete = text.lines().find(|line| line.contains("apply_complete")).unwrap();
    assert_snapshot!(complete, @r#"{"@level":"info","@message":"network.n: created in 0.2s [id=abababababab]","@module":"wharf.ui","@timestamp":"1970-01-01T00:00:00Z","type":"apply_complete","hook":{"resource":{"addr":"network.n","module":"","resource":"network.n","implied_provider":"wharf","resource_type":"network","resource_name":"n","resource_key":null},"action":"create","id_key":"id","id_value":"abababababababababababababababababababababababababababababababab","elapsed_seconds":0.2}}"#);
    assert!(!text.contains("\"ab\""));
}

#[test]
fn bars_leave_a_line_for_each_object() {
    let (plan, page) = (plan(), Page::default());
    let target = indicatif::ProgressDrawTarget::term_like(Box::new(Screen(page.clone())));
    let mut bars = Bars::new(&plan, target, Paint::PLAIN);
    for event in events(&plan) {
        bars.event(&event);
    }
    assert_eq!(bars.finish().added, 2);
    let text = page.text();
    for line in [
        "network.n: created in 0.2s [id=abababababab]",
        "container.db: failed after 1.0s: Port taken",
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert!(!text.contains('\x1b'), "{text}");
}

/// A terminal that keeps what is written and has no cursor.
#[derive(Debug)]
struct Screen(Page);

impl indicatif::TermLike for Screen {
    fn width(&self) -> u16 {
        80
    }

    fn move_cursor_up(&self, _: usize) -> std::io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> std::io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> std::io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> std::io::Result<()> {
        Ok(())
    }

    fn write_line(&self, line: &str) -> std::io::Result<()> {
        self.write_str(line)?;
        self.write_str("\n")
    }

    fn write_str(&self, text: &str) -> std::io::Result<()> {
        self.0.clone().write_all(text.as_bytes())
    }

    fn clear_line(&self) -> std::io::Result<()> {
        Ok(())
    }

    fn flush(&self) -> std::io::Result<()> {
        Ok(())
    }
}
