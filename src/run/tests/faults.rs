//! Lost answers, names that are taken, values that moved, secrets.

use std::future::pending;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use serde_json::{Value as Json, json};

use super::world::{World, address, spec};
use crate::diagnostic::Fault as Whose;
use crate::engine::memory::{Fault, Memory};
use crate::engine::{
    About, Call, CallError, Condition, Engine, LabelFilter, Logs, ObjectKind, OnProgress, Op, Read, Reply,
    Target, Waited,
};
use crate::kinds::Spec;
use crate::plan::Action;
use crate::run::bind::differing;
use crate::value::seal::{SealKey, seal};
use crate::value::{Type, Value};

async fn make(engine: &Memory, call: Call) {
    engine.call(call, &|_| ()).await.unwrap();
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_found_by_its_nonce_and_not_made_twice() {
    let engine = Memory::new();
    engine.break_call(0, Fault::LostAfter);
    let mut world = World::new();
    world.add(
        "network.n",
        Action::Create,
        Spec::new(),
        &[(Target::New, Op::NetworkCreate)],
    );
    let outcome = world.run(&engine).await;
    assert_eq!(outcome.failures(), [""; 0]);
    assert_eq!(engine.log().len(), 1);
    assert!(outcome.state.objects["network.n"].ready);
    assert!(!outcome.state.objects["network.n"].id.is_empty());
}

#[tokio::test]
async fn a_call_that_was_never_heard_is_not_done_and_not_made_again() {
    let engine = Memory::new();
    engine.break_call(0, Fault::LostBefore);
    let mut world = World::new();
    world.volume("a");
    let outcome = world.run(&engine).await;
    assert_eq!(outcome.report.failed.len(), 1);
    assert!(!outcome.report.unresolved && !outcome.report.changed);
    assert_eq!(engine.log().len(), 1);
    assert_eq!(outcome.objects(), [""; 0]);
}

/// An engine that takes every request and answers none.
struct Frozen(Memory);

impl Read for Frozen {
    fn about(&self) -> &About {
        self.0.about()
    }

    fn list<'a>(&'a self, _: ObjectKind, _: &'a LabelFilter) -> BoxFuture<'a, Result<Vec<Json>, CallError>> {
        Box::pin(pending())
    }

    fn inspect<'a>(&'a self, _: ObjectKind, _: &'a str) -> BoxFuture<'a, Result<Option<Json>, CallError>> {
        Box::pin(pending())
    }

    fn logs<'a>(&'a self, _: &'a str, _: Option<u32>) -> BoxFuture<'a, Result<Logs, CallError>> {
        Box::pin(pending())
    }

    fn archive<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        _: u64,
    ) -> BoxFuture<'a, Result<Option<Vec<u8>>, CallError>> {
        Box::pin(pending())
    }

    fn distribution<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Json>, CallError>> {
        Box::pin(pending())
    }

    fn wait<'a>(&'a self, _: &'a str, _: Condition, _: Duration) -> BoxFuture<'a, Result<Waited, CallError>> {
        Box::pin(pending())
    }
}

impl Engine for Frozen {
    fn call<'a>(&'a self, _: Call, _: OnProgress<'a>) -> BoxFuture<'a, Result<Reply, CallError>> {
        Box::pin(pending())
    }
}

#[tokio::test]
async fn an_engine_that_freezes_was_waited_for_again_and_again() {
    let engine = Frozen(Memory::new());
    let mut world = World::new();
    world.volume("a");
    world.options.call_limit = Duration::from_millis(200);
    let begun = Instant::now();
    let outcome = world.run(&engine).await;
    assert!(outcome.report.unresolved);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_removal_whose_answer_was_lost_is_done() {
    let engine = Memory::new();
    make(
        &engine,
        Call::VolumeCreate {
            body: json!({"Name": "old"}),
        },
    )
    .await;
    engine.break_call(1, Fault::LostAfter);
    let mut world = World::new();
    let remove = (Target::Existing("old".into()), Op::VolumeRemove);
    world.add(
        "volume.a",
        Action::Delete,
        Spec::new(),
        std::slice::from_ref(&remove),
    );
    assert_eq!(world.run(&engine).await.failures(), [""; 0]);
    // What is gone already need not be removed.
    assert_eq!(world.run(&engine).await.failures(), [""; 0]);
}

#[tokio::test]
async fn a_signal_whose_answer_was_lost_stays_unknown_and_the_journal_stays() {
    let engine = Memory::new();
    engine.add_image("bb:1", &json!({}));
    let body = json!({"Image": "bb:1", "Cmd": ["sleep", "1000"]});
    let call = Call::ContainerCreate {
        name: "web".into(),
        body,
    };
    let id = engine.call(call, &|_| ()).await.unwrap().id.unwrap();
    make(&engine, Call::ContainerStart { id: id.clone() }).await;
    engine.break_call(2, Fault::LostAfter);
    let mut world = World::new();
    let kill = Op::ContainerKill { signal: "HUP".into() };
    world.add(
        "container.web",
        Action::NoOp,
        Spec::new(),
        &[(Target::Existing(id), kill)],
    );
    let outcome = world.run(&engine).await;
    assert!(outcome.report.unresolved);
    outcome
        .store
        .close(&outcome.report, &world.planned(), None)
        .unwrap();
    assert!(world.files().journal.exists());
}

#[tokio::test]
async fn a_volume_of_somebody_else_is_not_taken_over_although_the_engine_says_created() {
    let engine = Memory::new();
    let labels = json!({"com.docker.compose.project": "blog"});
    make(
        &engine,
        Call::VolumeCreate {
            body: json!({"Name": "volume-a", "Labels": labels}),
        },
    )
    .await;
    let mut world = World::new();
    world.volume("a");
    let outcome = world.run(&engine).await;
    assert_eq!(
        outcome.failures(),
        [
            "volume.a: The name is taken: volume.a is to be called `volume-a`, but there is a volume of that name which \
          belongs to the Compose project `blog`."
        ]
    );
    assert_eq!(outcome.objects(), [""; 0]);
}

#[tokio::test]
async fn a_container_name_that_is_taken_is_told_with_its_owner() {
    let engine = Memory::new();
    engine.add_image("bb:1", &json!({}));
    let body = json!({"Image": "bb:1", "Cmd": ["sleep", "9"]});
    make(
        &engine,
        Call::ContainerCreate {
            name: "container-web".into(),
            body,
        },
    )
    .await;
    let mut world = World::new();
    let values = spec([("image", Value::from("bb:1"))]);
    world.container("web", values, Op::ContainerStart);
    let failures = world.run(&engine).await.failures();
    assert!(
        failures[0].contains("which was not made by wharf"),
        "{failures:?}"
    );
}

#[tokio::test]
async fn values_that_are_not_those_of_the_plan_are_refused() {
    let engine = Memory::new();
    let mut world = World::new();
    world.volume("a");
    let labels = Value::object([("a", Value::from("b"))]);
    world
        .values
        .0
        .insert(address("volume.a"), spec([("labels", labels)]));
    let outcome = world.run(&engine).await;
    assert_eq!(outcome.report.failed[0].problems.0[0].fault, Whose::Conflict);
    assert_eq!(engine.log(), []);
}

#[tokio::test]
async fn no_secret_reaches_the_disk() {
    let engine = Memory::new();
    engine.add_image("bb:1", &json!({}));
    let mut world = World::new();
    let env = Value::object([
        ("TOKEN", Value::from("hunter2").sensitive()),
        ("A", Value::from("open")),
    ]);
    let command = Value::tuple([Value::from("sleep"), Value::from("1000")]);
    let values = spec([("image", Value::from("bb:1")), ("env", env), ("command", command)]);
    world.container("web", values, Op::ContainerStart);
    let outcome = world.run(&engine).await;
    assert_eq!(outcome.failures(), [""; 0]);
    for file in [world.files().state, world.files().journal] {
        let text = std::fs::read_to_string(file).unwrap();
        assert!(!text.contains("hunter2"), "{text}");
    }
    assert!(
        std::fs::read_to_string(world.state_path())
            .unwrap()
            .contains("open")
    );
}

#[test]
fn only_what_the_plan_knew_has_to_be_the_same() {
    let key = SealKey::new([1; 32]);
    let sealed = |value: Value| seal(&value, &key);
    let planned = json!({
        "env": {"A": "1", "IP": {"$unknown": true}},
        "token": sealed(Value::unknown(Type::Any).sensitive()),
        "id": {"$unknown": true},
        "memory": 5,
    });
    let now = |ip: &str, a: &str, memory: i64| {
        let env = Value::object([("A", Value::from(a)), ("IP", Value::from(ip))]);
        Spec::from_iter([
            ("env".to_owned(), env),
            ("token".to_owned(), Value::from("x").sensitive()),
            ("memory".to_owned(), Value::from(memory)),
        ])
    };
    assert_eq!(differing(&planned, &now("10.0.0.2", "1", 5), &key), [""; 0]);
    assert_eq!(
        differing(&planned, &now("10.0.0.2", "2", 6), &key),
        ["env", "memory"]
    );
    let mut more = now("", "1", 5);
    more.insert("cpus".into(), Value::from(1));
    assert_eq!(differing(&planned, &more, &key), ["cpus"]);
}
