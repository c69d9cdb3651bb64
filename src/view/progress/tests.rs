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

#[derive(Clone, Default)]
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
        dependencies: Vec::new(),
        protect: false,
    }
}

fn step(address: &str, op: Op) -> Step {
    Step {
        address: address.parse().unwrap(),
        target: Target::New,
        op,
        completes: false,
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
    assert_snapshot!(page.text(), @"");
    assert_snapshot!(summary(&tally, false), @"");
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
    assert_snapshot!(page.text(), @"");
    assert_snapshot!(summary(&lines.finish(), true), @"");
}

#[test]
fn long_steps_are_told_of_every_ten_seconds() {
    use std::sync::atomic::{AtomicI64, Ordering};
    static SECOND: AtomicI64 = AtomicI64::new(0);
    fn four_seconds_later() -> jiff::Timestamp {
        jiff::Timestamp::from_second(SECOND.fetch_add(4, Ordering::Relaxed)).unwrap()
    }
    let (plan, page) = (plan(), Page::default());
    let mut lines = Lines::new(&plan, page.clone(), Paint::PLAIN, four_seconds_later);
    let step = plan.schedule.graph[NodeIndex::new(1)].clone();
    lines.event(&Event::StepStarted {
        node: NodeIndex::new(1),
        step: step.clone(),
    });
    for done in 1..=6 {
        lines.event(&Event::StepProgressed {
            node: NodeIndex::new(1),
            step: step.clone(),
            message: "Downloading".into(),
            done: Some(done * 1_000_000),
            total: None,
        });
    }
    assert_snapshot!(page.text(), @"");
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
    assert_snapshot!(shown.join("\n"), @"");
    let complete = text.lines().find(|line| line.contains("apply_complete")).unwrap();
    assert_snapshot!(complete, @"");
    assert!(!text.contains("\"ab\""));
}

#[test]
fn bars_leave_a_line_for_each_object() {
    let plan = plan();
    let term = indicatif::InMemoryTerm::new(20, 80);
    let target = indicatif::ProgressDrawTarget::term_like(Box::new(term.clone()));
    let mut bars = Bars::new(&plan, target, Paint::PLAIN);
    for event in events(&plan) {
        bars.event(&event);
    }
    bars.finish();
    assert_snapshot!(term.contents(), @"");
}
