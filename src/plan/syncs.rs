//! Syncs: what differs between two trees, and the steps that make them equal.

use super::Action;
use super::walk::{Decided, Verdict, Walk};
use crate::address::Address;
use crate::desired::Instance;
use crate::engine::{Op, Target};
use crate::kinds::{Cost, Kind, Ops, Spec};
use crate::plan::diff::{Inputs, differences, is_ignored};
use crate::plan::{Cause, Impact};
use crate::value::Value;

/// Decides for one sync.
pub(crate) fn decide<'a>(walk: &mut Walk<'a>, instance: &Instance, kind: &'static dyn Kind) -> Decided<'a> {
    let spec = instance.spec.clone();
    let remembered = walk.state.objects.get(&instance.address.to_string());
    let mut found = differences(&Inputs {
        fields: kind.fields(),
        desired: &spec,
        last: remembered.map(|it| &it.spec),
        live: &Spec::new(),
        key: &walk.options.key,
    });
    found.retain(|it| !is_ignored(&it.path, &instance.lifecycle.ignore_changes));
    let transfers = found.iter().any(|it| it.cost > Cost::Remember);
    let verdict = match remembered {
        None => Verdict::new(Action::Create, Cause::New),
        Some(remembered) if !remembered.ready => Verdict {
            action: Action::Update,
            cause: Cause::Unfinished,
            differences: found,
        },
        Some(_) if found.is_empty() => Verdict::NOTHING,
        Some(_) => Verdict {
            action: Action::Update,
            cause: Cause::Differences {
                decisive: found.iter().map(|it| it.path.clone()).collect(),
            },
            differences: found,
        },
    };
    let runs = transfers || matches!(verdict.cause, Cause::New | Cause::Unfinished);
    let ops = if runs { ops(walk, &spec) } else { Ops::default() };
    let mut change = walk.change(instance, kind, &spec, None, verdict);
    change.impact = if runs { Impact::Live } else { Impact::None };
    Decided {
        change,
        ops,
        object: None,
        leftovers: Vec::new(),
        attributes: kind.foretell(&spec, &instance.name),
        pull: None,
        spec,
    }
}

/// Returns the steps: through a receiver, or in this process where the target is a path of this machine.
fn ops(walk: &Walk<'_>, spec: &Spec) -> Ops {
    let new = |op| (Target::New, op);
    let up = if target_volume(spec).is_none() && walk.observed.local {
        vec![new(Op::SyncLocal)]
    } else {
        vec![
            new(Op::ReceiverCreate),
            new(Op::SyncTransfer),
            new(Op::ReceiverRemove),
        ]
    };
    Ops { up, ..Ops::default() }
}

/// Returns the volume that a sync fills, if it fills one.
pub(crate) fn target_volume(spec: &Spec) -> Option<&Value> {
    spec.get("target")?
        .get("volume")
        .filter(|volume| !volume.is_null())
}

/// Returns which containers that were running before are told of a change, and how.
pub(crate) fn tells(walk: &Walk<'_>, spec: &Spec) -> Vec<(Address, String, Op)> {
    let Some(on_change) = spec.get("on_change") else {
        return Vec::new();
    };
    let blocks = match on_change.as_elements() {
        Some(blocks) => blocks,
        None => std::slice::from_ref(on_change),
    };
    blocks.iter().flat_map(|block| told(walk, block)).collect()
}

fn told(walk: &Walk<'_>, block: &Value) -> Vec<(Address, String, Op)> {
    let Some(named) = block
        .get("container")
        .and_then(Value::as_str)
        .and_then(|text| text.parse::<Address>().ok())
    else {
        return Vec::new();
    };
    let op = match block.get("signal").and_then(Value::as_str) {
        Some(signal) => Op::ContainerKill {
            signal: signal.to_owned(),
        },
        None => Op::ContainerRestart,
    };
    walk.decided
        .values()
        .filter(|decided| super::walk::matches_any(std::slice::from_ref(&named), &decided.change.address))
        .filter(|decided| {
            matches!(
                decided.change.action,
                Action::NoOp | Action::Update | Action::Adopt
            )
        })
        .filter_map(|decided| {
            let object = decided.object?;
            let runs = object.live.status == crate::kinds::Status::Running;
            runs.then(|| (decided.change.address.clone(), object.id.clone(), op.clone()))
        })
        .collect()
}
