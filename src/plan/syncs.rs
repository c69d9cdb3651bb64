//! Syncs: what differs between two trees, and the steps that make them equal.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::problems::span_of;
use super::verdict::Verdict;
use super::walk::{Decided, Walk};
use crate::address::Address;
use crate::desired::Instance;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::engine::{Op, Target};
use crate::kinds::{Cost, Kind, Ops, Spec};
use crate::plan::diff::{Inputs, differences, is_ignored};
use crate::plan::{Action, Cause, Difference, Impact};
use crate::sync::{Guard, Manifest, Options, TreePath, Trees, diff};
use crate::value::Value;
use crate::value::hide::{hide, secrets};

/// Decides for one sync.
pub(crate) fn decide<'a>(walk: &mut Walk<'a>, instance: &Instance, kind: &'static dyn Kind) -> Decided<'a> {
    let mut spec = instance.spec.clone();
    if let Some(trees) = walk.observed.trees.get(&instance.address) {
        let digest = Value::from(trees.source.digest().to_string());
        spec.insert("manifest".to_owned(), digest);
    }
    let remembered = walk.state.objects.get(&instance.address.to_string());
    let mut found = differences(&Inputs {
        fields: kind.fields(),
        desired: &spec,
        last: remembered.map(|it| &it.spec),
        live: &Spec::new(),
        key: &walk.options.key,
    });
    found.retain(|it| !is_ignored(&it.path, &instance.lifecycle.ignore_changes));
    let mut notes = Vec::new();
    if let Some(trees) = walk.observed.trees.get(&instance.address) {
        let trees = match fills_new_volume(walk, &spec) {
            true => &Trees {
                target: None,
                verified: true,
                ..trees.clone()
            },
            false => trees,
        };
        found.extend(files(trees, instance, &spec, &mut notes, &mut walk.problems));
    }
    let transfers = found.iter().any(|it| it.cost > Cost::Remember);
    let verdict = match remembered {
        None => Verdict::new(Action::Create, Cause::New),
        Some(remembered) if !remembered.ready => Verdict {
            action: Action::Update,
            cause: Cause::Unfinished,
            differences: found,
            ..Verdict::NOTHING
        },
        Some(_) if found.is_empty() => Verdict::NOTHING,
        Some(_) => Verdict {
            action: Action::Update,
            cause: Cause::Differences {
                decisive: found.iter().map(|it| it.path.clone()).collect(),
            },
            differences: found,
            ..Verdict::NOTHING
        },
    };
    let runs = transfers || matches!(verdict.cause, Cause::New | Cause::Unfinished);
    let ops = if runs { ops(walk, &spec) } else { Ops::default() };
    let mut change = walk.change(instance, kind, &spec, None, verdict);
    change.notes = notes;
    change.impact = if runs { Impact::Live } else { Impact::None };
    Decided {
        change,
        ops,
        object: None,
        leftovers: Vec::new(),
        attributes: Arc::new(kind.foretell(&spec, &instance.name)),
        pull: None,
        spec,
    }
}

/// Tells whether the target is a volume that this plan makes, so that it holds nothing of what was sent before.
fn fills_new_volume(walk: &Walk<'_>, spec: &Spec) -> bool {
    let Some(name) = target_volume(spec).and_then(Value::as_str) else {
        return false;
    };
    walk.decided.values().any(|decided| {
        let change = &decided.change;
        let is_volume = change.address.kind() == "volume" && !change.address.block.data;
        is_volume && change.name == name && (decided.is_replaced() || change.action == Action::Create)
    })
}

/// How many files a plan names one by one.
const NAMED_FILES: usize = 50;

/// Compares the two trees, as far as they could be read.
fn files(
    trees: &Trees,
    instance: &Instance,
    spec: &Spec,
    notes: &mut Vec<String>,
    problems: &mut Diagnostics,
) -> Option<Difference> {
    for problem in &trees.problems {
        problems.push(unusable(instance, "source", problem));
    }
    let options = sync_options(spec);
    let nothing = Manifest::default();
    let target = trees.target.as_ref().unwrap_or(&nothing);
    let changes = diff(&trees.source, target, &options);
    for guard in changes.standing_guards(&options) {
        problems.push(guarded(instance, guard));
    }
    if !trees.verified && !changes.is_empty() {
        notes.push("what stands in the target was not read: compared with what was sent last".to_owned());
    }
    let sign = |sign: char, path: &TreePath| format!("{sign} {}", path.as_path().display());
    let added = changes
        .added
        .iter()
        .map(|it| format!("{} ({} bytes)", sign('+', &it.path), it.size));
    let changed = changes
        .changed
        .iter()
        .map(|it| format!("{} ({} bytes)", sign('~', &it.path), it.size));
    let deleted = changes.deleted.iter().map(|path| sign('-', path));
    let all: Vec<String> = added.chain(changed).chain(deleted).collect();
    notes.extend(all.iter().take(NAMED_FILES).cloned());
    if all.len() > NAMED_FILES {
        notes.push(format!("and {} more", all.len() - NAMED_FILES));
    }
    (!changes.is_empty()).then(|| Difference {
        path: "files".to_owned(),
        before: Json::Null,
        after: json!({
            "added": changes.added.len(),
            "changed": changes.changed.len(),
            "deleted": changes.deleted.len(),
            "bytes": changes.bytes,
        }),
        cost: Cost::Live,
        drift: false,
    })
}

/// Returns how a sync is told to compare.
fn sync_options(spec: &Spec) -> Options {
    let flag = |name: &str| spec.get(name).and_then(Value::as_bool) == Some(true);
    let exclude = spec.get("exclude").and_then(Value::as_elements).unwrap_or(&[]);
    Options {
        delete: flag("delete"),
        allow_mass_delete: flag("allow_empty"),
        exclude: exclude
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        ..Options::default()
    }
}

fn unusable(instance: &Instance, attribute: &str, why: &str) -> Diagnostic {
    Diagnostic::error("Directory cannot be used")
        .detail(format!(
            "`{}`: {}",
            instance.address,
            hide(why, &secrets(instance.spec.values()))
        ))
        .at(span_of(instance, attribute), "")
}

fn guarded(instance: &Instance, guard: &Guard) -> Diagnostic {
    let (why, help) = match guard {
        Guard::EmptySource => (
            "the source holds no file, and the target would lose all of its own".to_owned(),
            "Check that the source is the right directory. If this is meant, set `allow_empty = true`.",
        ),
        Guard::MassDeletion { deleted, of } => (
            format!("{deleted} of the {of} entries of the target would be deleted"),
            "If this is meant, set `allow_empty = true`.",
        ),
        Guard::InTheWay { .. } => (
            "directories of the target stand where the source has something else".to_owned(),
            "Set `delete = true`, or move them away.",
        ),
    };
    Diagnostic::error("Files would be lost")
        .detail(format!("`{}`: {why}.", instance.address))
        .at(span_of(instance, "source"), "")
        .help(help)
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
