//! Order, parallelism, skipping, interrupts.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::{Value as Json, json};

use super::world::{World, interrupter, spec};
use crate::engine::memory::{Fault, Memory};
use crate::engine::{
    About, Call, CallError, Condition, Engine, LabelFilter, Logs, ObjectKind, OnProgress, Op, Read, Reply,
    Target, Waited,
};
use crate::kinds::Spec;
use crate::plan::{Action, Cause};
use crate::run::{Event, Interrupter};
use crate::value::Value;

/// An engine whose calls take time, counted.
#[derive(Default)]
struct Slow {
    memory: Memory,
    now: AtomicUsize,
    most: AtomicUsize,
    /// Interrupted by each call, this many times.
    interrupt: Option<(Interrupter, usize)>,
    pause: Duration,
}

impl Engine for Slow {
    fn call<'a>(&'a self, call: Call, progress: OnProgress<'a>) -> BoxFuture<'a, Result<Reply, CallError>> {
        Box::pin(async move {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            if let Some((interrupter, times)) = &self.interrupt {
                (0..*times).for_each(|_| interrupter.interrupt());
            }
            tokio::time::sleep(self.pause).await;
            let reply = self.memory.call(call, progress).await;
            self.now.fetch_sub(1, Ordering::SeqCst);
            reply
        })
    }
}

impl Read for Slow {
    fn about(&self) -> &About {
        self.memory.about()
    }

    fn list<'a>(
        &'a self,
        kind: ObjectKind,
        labels: &'a LabelFilter,
    ) -> BoxFuture<'a, Result<Vec<Json>, CallError>> {
        self.memory.list(kind, labels)
    }

    fn inspect<'a>(
        &'a self,
        kind: ObjectKind,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Json>, CallError>> {
        self.memory.inspect(kind, id)
    }

    fn logs<'a>(&'a self, container: &'a str, lines: Option<u32>) -> BoxFuture<'a, Result<Logs, CallError>> {
        self.memory.logs(container, lines)
    }

    fn archive<'a>(
        &'a self,
        container: &'a str,
        path: &'a str,
        limit: u64,
    ) -> BoxFuture<'a, Result<Option<Vec<u8>>, CallError>> {
        self.memory.archive(container, path, limit)
    }

    fn distribution<'a>(&'a self, image: &'a str) -> BoxFuture<'a, Result<Option<Json>, CallError>> {
        self.memory.distribution(image)
    }

    fn wait<'a>(
        &'a self,
        _: &'a str,
        _: Condition,
        limit: Duration,
    ) -> BoxFuture<'a, Result<Waited, CallError>> {
        Box::pin(async move {
            tokio::time::sleep(limit).await;
            Ok(Waited::TimedOut)
        })
    }
}

fn settle() -> Op {
    Op::Await {
        condition: Condition::Running { settle: 100 },
        limit: 10_000,
    }
}

fn image(command: &[&str]) -> Spec {
    spec([
        ("image", Value::from("bb:1")),
        (
            "command",
            Value::tuple(command.iter().map(|word| Value::from(*word))),
        ),
    ])
}

#[tokio::test]
async fn an_object_is_made_started_and_remembered_with_what_others_see() {
    let engine = Memory::new();
    let image_id = engine.add_image("bb:1", &json!({}));
    let mut world = World::new();
    let volume = world.volume("data");
    let steps = world.container("web", image(&["sleep", "1000"]), settle());
    world.edge(volume, steps[0]);
    let outcome = world.run(&engine).await;
    assert_eq!(outcome.failures(), [""; 0]);
    assert!(outcome.report.succeeded());
    let calls: Vec<String> = engine.log().into_iter().map(|entry| entry.call).collect();
    assert_eq!(calls[..2], ["create volume", "create container container-web"]);
    assert_eq!(outcome.objects(), ["container.web", "volume.data"]);
    let web = &outcome.state.objects["container.web"];
    assert!(web.ready);
    assert_eq!(web.attributes["id"], web.id.as_str());
    let made = engine
        .inspect(ObjectKind::Container, &web.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(made["Image"], image_id.as_str());
    assert_eq!(made["Config"]["Labels"]["wharf.nonce"], "nonce-container.web");
    assert_eq!(outcome.report.outcomes.len(), 2);
    let state = outcome
        .store
        .close(&outcome.report, &world.planned(), None)
        .unwrap();
    assert_eq!(state, outcome.state);
    assert!(!world.files().journal.exists());
}

#[tokio::test]
async fn a_container_made_from_another_image_than_was_planned_is_not_started() {
    let engine = Memory::new();
    let planned = engine.add_image("bb:1", &json!({}));
    let moved = engine.add_image("bb:1", &json!({"User": "other"}));
    assert_ne!(planned, moved);
    let mut world = World::new();
    world.images.insert("bb:1".into(), planned);
    world.container("web", image(&["sleep", "1000"]), settle());
    let outcome = world.run(&engine).await;
    let [failure] = &outcome.failures()[..] else {
        panic!("{:?}", outcome.failures());
    };
    assert!(
        failure.contains("The image is no longer that of the plan"),
        "{failure}"
    );
    assert_eq!(engine.log().len(), 1);
    assert!(!outcome.state.objects["container.web"].ready);
}

#[tokio::test]
async fn no_more_calls_are_made_at_once_than_allowed() {
    let engine = Slow {
        pause: Duration::from_millis(2),
        ..Slow::default()
    };
    let mut world = World::new();
    world.options.parallelism = 3;
    for number in 0..12 {
        world.volume(&format!("v{number}"));
    }
    let outcome = world.run(&engine).await;
    assert!(outcome.report.succeeded());
    assert_eq!(engine.most.into_inner(), 3);
    assert_eq!(outcome.objects().len(), 12);
}

#[tokio::test]
async fn what_depends_on_a_failed_step_is_skipped_and_the_rest_is_done() {
    let engine = Memory::new();
    engine.break_call(0, Fault::Refused(500));
    let mut world = World::new();
    let (first, second, third) = (world.volume("a"), world.volume("b"), world.volume("c"));
    world.options.parallelism = 1;
    world.edge(first, second);
    world.edge(second, third);
    world.volume("other");
    let outcome = world.run(&engine).await;
    assert_eq!(outcome.objects(), ["volume.other"]);
    let because = |at: &str| (at.to_owned(), Some("volume.a".to_owned()));
    assert_eq!(outcome.skipped()[0], because("volume.b"));
    assert_eq!(outcome.skipped().len(), 2);
    assert_eq!((outcome.report.done, outcome.report.skipped), (1, 2));
    assert!(!outcome.report.unresolved);
}

#[tokio::test]
async fn a_container_that_ends_at_once_is_told_with_its_last_words_and_stays_unfinished() {
    let engine = Memory::new();
    engine.add_image("bb:1", &json!({}));
    let mut world = World::new();
    world.container("web", image(&["exit", "3", "no such table"]), settle());
    let outcome = world.run(&engine).await;
    assert_eq!(
        outcome.failures(),
        [
            "container.web: The container ended: container.web is to run, but ended with exit code 3. It wrote last:\nno such table"
        ]
    );
    assert!(!outcome.state.objects["container.web"].ready);
}

#[tokio::test]
async fn after_an_interrupt_nothing_new_is_begun_and_what_is_in_flight_ends() {
    let (interrupter, interrupt) = interrupter();
    let engine = Slow {
        interrupt: Some((interrupter, 1)),
        pause: Duration::from_millis(5),
        ..Slow::default()
    };
    let mut world = World::new();
    let (first, second) = (world.volume("a"), world.volume("b"));
    world.edge(first, second);
    let outcome = world.run_until(&engine, interrupt).await;
    assert!(outcome.report.interrupted && !outcome.report.unresolved);
    assert_eq!(outcome.objects(), ["volume.a"]);
    assert_eq!(outcome.skipped(), [("volume.b".to_owned(), None)]);
    let heard = outcome
        .events
        .iter()
        .filter(|event| matches!(event, Event::Interrupted));
    assert_eq!(heard.count(), 1);
}

#[tokio::test]
async fn a_wait_ends_with_the_first_interrupt() {
    let (interrupter, interrupt) = interrupter();
    let engine = Slow::default();
    engine.memory.add_image("bb:1", &json!({}));
    let mut world = World::new();
    world.container("web", image(&["sleep", "1000"]), settle());
    let run = world.run_until(&engine, interrupt);
    let later = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        interrupter.interrupt();
    };
    let (outcome, ()) = tokio::join!(run, later);
    assert_eq!(outcome.objects(), ["container.web"]);
    assert!(!outcome.state.objects["container.web"].ready);
    assert_eq!(outcome.skipped(), [("container.web".to_owned(), None)]);
}

#[tokio::test]
async fn after_a_second_interrupt_nothing_is_waited_for_and_the_journal_knows() {
    let (interrupter, interrupt) = interrupter();
    let engine = Slow {
        interrupt: Some((interrupter, 2)),
        pause: Duration::from_secs(600),
        ..Slow::default()
    };
    let mut world = World::new();
    world.volume("a");
    let outcome = world.run_until(&engine, interrupt).await;
    assert!(outcome.report.interrupted && outcome.report.unresolved);
    outcome
        .store
        .close(&outcome.report, &world.planned(), None)
        .unwrap();
    let store = world.store();
    let pending = &store.leftover().pending;
    assert_eq!(pending.len(), 1);
    assert_eq!(pending[0].nonce, "nonce-volume.a");
    assert_eq!(pending[0].operation, "create volume");
}

#[tokio::test]
async fn what_is_removed_is_forgotten() {
    let engine = Memory::new();
    let mut world = World::new();
    world.volume("a");
    let outcome = world.run(&engine).await;
    outcome
        .store
        .close(&outcome.report, &world.planned(), None)
        .unwrap();
    let id = outcome.state.objects["volume.a"].id.clone();
    world.plan.changes.clear();
    world.plan.schedule.graph.clear();
    let remove = (Target::Existing(id), Op::VolumeRemove);
    world.add("volume.a", Action::Delete, Spec::new(), &[remove]);
    let outcome = world.run(&engine).await;
    assert_eq!(outcome.failures(), [""; 0]);
    assert_eq!(outcome.objects(), [""; 0]);
}

#[tokio::test]
async fn a_predecessor_is_remembered_until_it_is_gone() {
    let engine = Memory::new();
    engine.add_image("bb:1", &json!({}));
    let mut world = World::new();
    world.container("web", image(&["sleep", "1000"]), settle());
    let outcome = world.run(&engine).await;
    outcome
        .store
        .close(&outcome.report, &world.planned(), None)
        .unwrap();
    let old = outcome.state.objects["container.web"].id.clone();
    world.plan.changes.clear();
    world.plan.schedule.graph.clear();
    let steps = [
        (
            Target::New,
            Op::ContainerCreate {
                name: "temporary".into(),
            },
        ),
        (Target::New, Op::ContainerStart),
    ];
    let up = world.add(
        "container.web",
        Action::ReplaceStartFirst,
        image(&["sleep", "9"]),
        &steps,
    );
    world.plan.changes[0].nonce = "new".into();
    let outcome = world.run(&engine).await;
    let web = &outcome.state.objects["container.web"];
    assert_eq!(
        (web.nonce.as_str(), web.deposed[0].id.as_str()),
        ("new", old.as_str())
    );
    outcome
        .store
        .close(&outcome.report, &world.planned(), None)
        .unwrap();
    world.plan.schedule.graph.remove_node(up[1]);
    let remove = crate::plan::Step {
        target: Target::Existing(old.clone()),
        op: Op::ContainerStop,
        ..world.plan.schedule.graph[up[0]].clone()
    };
    world.plan.schedule.graph[up[0]] = remove.clone();
    let gone = world.plan.schedule.graph.add_node(crate::plan::Step {
        op: Op::ContainerRemove,
        ..remove
    });
    world.edge(up[0], gone);
    let outcome = world.run(&engine).await;
    assert_eq!(outcome.failures(), [""; 0]);
    assert!(outcome.state.objects["container.web"].deposed.is_empty());
}

#[tokio::test]
async fn when_an_unfinished_successor_goes_its_predecessor_is_the_instance_again() {
    let engine = Memory::new();
    engine.add_image("bb:1", &json!({}));
    let mut world = World::new();
    world.container("web", image(&["sleep", "1000"]), settle());
    let first = world.run(&engine).await;
    let mut known = first.state.clone();
    let object = known.objects.get_mut("container.web").unwrap();
    object.adopted = true;
    object.dependencies = vec!["network.front".into()];
    let served = object.clone();
    first.store.close(&first.report, &world.planned(), None).unwrap();
    world.rewrite(&known);
    world.plan.changes.clear();
    world.plan.schedule.graph.clear();
    let next = Op::ContainerCreate {
        name: "web.next".into(),
    };
    let spec = image(&["sleep", "9"]);
    world.add(
        "container.web",
        Action::ReplaceStartFirst,
        spec,
        &[(Target::New, next)],
    );
    world.plan.changes[0].nonce = "new".into();
    world.plan.changes[0].dependencies = vec![super::world::address("network.back")];
    let second = world.run(&engine).await;
    let successor = second.state.objects["container.web"].clone();
    assert!(successor.was_replacing(&served.id), "{successor:?}");
    second
        .store
        .close(&second.report, &world.planned(), None)
        .unwrap();
    world.plan.changes.clear();
    world.plan.schedule.graph.clear();
    let remove = (Target::Existing(successor.id), Op::ContainerRemove);
    world.add("container.web", Action::Delete, Spec::new(), &[remove]);
    let third = world.run(&engine).await;
    assert_eq!(third.failures(), [""; 0]);
    let again = &third.state.objects["container.web"];
    assert_eq!(
        (&again.id, &again.nonce, &again.spec, again.ready),
        (&served.id, &served.nonce, &served.spec, true)
    );
    assert_eq!((again.adopted, &again.dependencies), (true, &served.dependencies));
}

#[tokio::test]
async fn an_object_of_our_own_that_is_taken_up_again_was_filed_as_taken_over() {
    let engine = Memory::new();
    let mut world = World::new();
    world.volume("a");
    let first = world.run(&engine).await;
    for (cause, adopted) in [(Cause::Unfinished, false), (Cause::New, true)] {
        std::fs::remove_file(world.state_path()).unwrap();
        world.plan.schedule.graph.clear();
        world.plan.changes[0].action = Action::Adopt;
        world.plan.changes[0].cause = cause;
        world.plan.changes[0].id = Some("volume-a".into());
        let second = world.run(&engine).await;
        let object = &second.state.objects["volume.a"];
        assert_eq!(object.id, first.state.objects["volume.a"].id);
        assert_eq!(object.adopted, adopted);
    }
}

#[tokio::test]
async fn a_run_without_changes_leaves_the_state_file_as_it_is() {
    let engine = Memory::new();
    let mut world = World::new();
    world.volume("a");
    let outcome = world.run(&engine).await;
    outcome
        .store
        .close(&outcome.report, &world.planned(), None)
        .unwrap();
    let before = std::fs::read(world.state_path()).unwrap();
    world.plan.schedule.graph.clear();
    world.plan.changes[0].action = Action::NoOp;
    world.plan.changes[0].id = Some("volume-a".into());
    world.run(&engine).await;
    assert_eq!(std::fs::read(world.state_path()).unwrap(), before);
}

#[tokio::test]
async fn a_lost_state_is_filled_again_from_what_is_there() {
    let engine = Memory::new();
    let mut world = World::new();
    world.volume("a");
    let first = world.run(&engine).await;
    std::fs::remove_file(world.state_path()).unwrap();
    world.plan.schedule.graph.clear();
    world.plan.changes[0].action = Action::NoOp;
    world.plan.changes[0].id = Some("volume-a".into());
    let second = world.run(&engine).await;
    assert_eq!(second.state.objects, first.state.objects);
}
