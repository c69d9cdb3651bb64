//! Volumes that are to be copied and are not there, on an engine that would make them.

use serde_json::json;

use super::world::World;
use crate::engine::memory::Memory;
use crate::engine::{Call, Engine, LabelFilter, ObjectKind, Op, Read, Target};
use crate::kinds::{Ownership, Spec};
use crate::plan::Action;

/// Copies from the interim volume; returns the failures and how many containers there are then.
async fn copied(engine: &Memory) -> (Vec<String>, usize) {
    let mut world = World::new();
    let copier = Op::CopierCreate {
        from: "data.interim".into(),
        to: "data".into(),
    };
    world.add(
        "volume.data",
        Action::Create,
        Spec::new(),
        &[(Target::New, copier)],
    );
    let outcome = world.run(engine).await;
    assert!(!outcome.report.changed);
    let containers = engine.list(ObjectKind::Container, &LabelFilter::new()).await;
    (outcome.failures(), containers.unwrap().len())
}

const NOT_THERE: &str = "volume.data: What is to be copied is not there: volume.data: the volume `data.interim` was taken away, or \
                         replaced by another one, since the plan was made. Nothing was copied from it.";

#[tokio::test]
async fn a_volume_that_was_gone_was_made_by_the_engine_and_copied() {
    let engine = Memory::new();
    assert_eq!(copied(&engine).await, (vec![NOT_THERE.to_owned()], 0));
    let volumes = engine.list(ObjectKind::Volume, &LabelFilter::new()).await;
    assert_eq!(volumes.unwrap().len(), 0);
}

#[tokio::test]
async fn a_volume_that_was_made_anew_by_somebody_else_was_copied() {
    let engine = Memory::new();
    let body = json!({ "Name": "data.interim", "Labels": { Ownership::NONCE: "another" } });
    engine.call(Call::VolumeCreate { body }, &|_| ()).await.unwrap();
    assert_eq!(copied(&engine).await, (vec![NOT_THERE.to_owned()], 0));
}
