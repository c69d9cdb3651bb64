//! Literals for the tests of the kinds.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;

use super::{Binding, Cost, Decision, Found, Kind, Live, Ops, Ownership, Spec};
use crate::engine::{Call, Op, Target};
use crate::value::seal::{plain, unseal};

/// Reads a spec from JSON.
pub(super) fn spec(json: &Json) -> Spec {
    unseal(json).as_entries().cloned().unwrap_or_default()
}

/// Shows a spec as JSON.
pub(super) fn shown(spec: &Spec) -> Json {
    spec.iter()
        .map(|(name, value)| (name.clone(), plain(value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Reads an inspect.
pub(super) fn live(kind: &dyn Kind, inspect: &Json) -> Live {
    kind.read(&Found {
        inspect,
        image: None,
        logs: None,
        api: (1, 41),
    })
}

/// Tells which attributes of a desired spec the engine shows otherwise: what is not set is not compared.
pub(super) fn differing(desired: &Spec, live: &Spec) -> Vec<String> {
    let mut differing = Vec::new();
    for (name, value) in desired {
        let live = live.get(name).map_or(Json::Null, plain);
        if !is_within(&plain(value), &live) {
            differing.push(format!("{name}: {} is not in {live}", plain(value)));
        }
    }
    differing
}

/// Engines add aliases of their own.
fn is_met(name: &str, desired: &Json, live: &Json) -> bool {
    match (name, desired, live) {
        ("aliases", Json::Array(desired), Json::Array(live)) => {
            desired.iter().all(|alias| live.contains(alias))
        }
        _ => is_within(desired, live),
    }
}

fn is_within(desired: &Json, live: &Json) -> bool {
    match (desired, live) {
        (Json::Object(desired), Json::Object(live)) => desired
            .iter()
            .all(|(name, value)| live.get(name).is_some_and(|live| is_met(name, value, live))),
        (Json::Array(desired), Json::Array(live)) if desired.iter().all(Json::is_object) => desired
            .iter()
            .all(|block| live.iter().any(|live| is_within(block, live))),
        _ => desired == live,
    }
}

/// The ops of an object that is to be made.
pub(super) fn created(kind: &dyn Kind, desired: &Json) -> Ops {
    decided(kind, desired, None, &[])
}

/// The ops of an object called `shop-web` with the id `old`.
pub(super) fn decided(
    kind: &dyn Kind,
    desired: &Json,
    live: Option<&Live>,
    differences: &[(&str, Cost)],
) -> Ops {
    let differences: Vec<(String, Cost)> = differences
        .iter()
        .map(|(name, cost)| ((*name).to_owned(), *cost))
        .collect();
    kind.ops(&Decision {
        desired: &spec(desired),
        applied: &Spec::new(),
        live: live.map(|live| ("old", live)),
        differences: &differences,
        replaced_networks: &[],
        name: "shop-web",
        start_first: false,
        hand_over: None,
        warm_ups: &[],
        keeps_old: false,
        resume: None,
    })
}

/// Shows steps as `old: remove`, with the op's own fields left out but for names.
pub(super) fn steps(steps: &[(Target, Op)]) -> Vec<String> {
    steps
        .iter()
        .map(|(target, op)| {
            let target = match target {
                Target::New => "new",
                Target::Existing(id) => id,
            };
            format!("{target}: {op:?}")
        })
        .collect()
}

/// Makes the call of an op for an object at `container.web` with the id `id`.
pub(super) fn call(kind: &dyn Kind, op: &Op, desired: &Json) -> Result<Call, String> {
    let ownership = Ownership {
        project: "shop".into(),
        workspace: "default".into(),
        address: "container.web".parse().map_err(|_| "no address")?,
        nonce: "n1".into(),
    };
    let networks = BTreeMap::from([("back".to_owned(), "b1".to_owned())]);
    kind.call(
        op,
        &Binding {
            ownership: &ownership,
            name: "shop-web",
            spec: &spec(desired),
            id: "id",
            networks: &networks,
            image: Some("sha256:1"),
            keeps: &BTreeMap::new(),
            context: None,
            api: (1, 41),
            root: Path::new("/project"),
        },
    )
}

/// Returns the body of a call that has one.
pub(super) fn body(call: Result<Call, String>) -> Json {
    match call {
        Ok(
            Call::ContainerCreate { body, .. }
            | Call::ContainerUpdate { body, .. }
            | Call::NetworkConnect { body, .. }
            | Call::NetworkCreate { body }
            | Call::VolumeCreate { body },
        ) => body,
        Ok(other) => other.title().into(),
        Err(error) => error.into(),
    }
}
