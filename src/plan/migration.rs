//! Volumes whose data goes with them when they are replaced, and migrations that were begun and not ended.

use super::verdict::Verdict;
use super::walk::{Decided, Walk};
use super::{Action, Cause, Change, Impact};
use crate::address::Address;
use crate::engine::{ObjectKind, Op, Target};
use crate::kinds::{Kind, Ops, Spec, volume};
use crate::observe::{Interim, Object};
use crate::value::Value;

/// How far a migration is that was begun.
#[derive(Clone, Copy)]
pub(super) enum Stage<'a> {
    /// None was.
    None,
    /// The volume that is there still has all the data, the interim one only a part of it.
    Leaving(&'a Interim),
    /// Only the interim volume is there.
    Between(&'a Interim),
    /// The new volume is there, but maybe not whole.
    Arriving(&'a Interim),
}

impl<'a> Stage<'a> {
    pub(super) fn of(walk: &Walk<'a>, address: &Address, object: Option<&Object>) -> Self {
        match (walk.observed.interims.get(address), object) {
            (None, _) => Self::None,
            (Some(interim), None) => Self::Between(interim),
            (Some(interim), Some(object)) if object.ownership.nonce == interim.nonce => {
                Self::Arriving(interim)
            }
            (Some(interim), Some(_)) => Self::Leaving(interim),
        }
    }

    /// What has begun goes on before anything else is done with the volume.
    pub(super) fn verdict(self, verdict: Verdict) -> Verdict {
        match self {
            Self::None => verdict,
            Self::Leaving(_) => match verdict.action {
                Action::NoOp | Action::Adopt => Verdict::new(Action::Update, Cause::Unfinished),
                _ => verdict,
            },
            Self::Between(_) => Verdict::new(Action::Create, Cause::Unfinished),
            Self::Arriving(_) => Verdict::new(Action::Update, Cause::Unfinished),
        }
    }

    pub(super) fn ops(self, ops: Ops, name: &str) -> Ops {
        match self {
            Self::None => ops,
            Self::Leaving(interim) => {
                let mut ops = ops;
                ops.down.insert(0, drop(interim));
                ops
            }
            Self::Between(_) => volume::finish(name, false),
            Self::Arriving(_) => volume::finish(name, true),
        }
    }

    pub(super) fn note(self, change: &mut Change) {
        let note = match self {
            Self::None => return,
            Self::Leaving(interim) => format!(
                "a copy in `{}` that was not finished goes: everything is still here",
                interim.name
            ),
            Self::Between(interim) | Self::Arriving(interim) => {
                // The copy tells by the nonce which volume it is meant for.
                change.nonce.clone_from(&interim.nonce);
                format!("what is in it is copied from `{}`, where it waits", interim.name)
            }
        };
        change.notes.push(note);
    }
}

fn drop(interim: &Interim) -> (Target, Op) {
    (Target::Existing(interim.name.clone()), Op::InterimRemove)
}

/// An interim volume goes with the volume that is no longer wanted, or stays with the one that is protected.
pub(super) fn removal(decided: &mut Decided<'_>, interim: &Interim, protected: bool, destroy: bool) {
    let change = &mut decided.change;
    change.cause = match destroy {
        true => Cause::Destroy,
        false => Cause::NotInConfiguration,
    };
    if change.id.is_none() {
        change
            .notes
            .push(format!("what it held waits in `{}`", interim.name));
    }
    if protected {
        change.action = Action::Keep;
    } else {
        change.action = Action::Delete;
        change.impact = Impact::DataLoss;
        decided.ops.down.push(drop(interim));
    }
}

/// Tells whether the data of what is replaced goes with it.
pub(super) fn migrates(kind: &dyn Kind, spec: &Spec, action: Action) -> bool {
    let replaced = matches!(action, Action::Replace | Action::ReplaceStartFirst);
    let allowed = spec.get("migrate").and_then(Value::as_bool) == Some(true);
    kind.object() == Some(ObjectKind::Volume) && replaced && allowed
}

/// Says what becomes of the data of a volume that is replaced.
pub(super) fn note(kind: &dyn Kind, spec: &Spec, change: &mut Change) {
    let replaced = matches!(change.action, Action::Replace | Action::ReplaceStartFirst);
    if kind.object() != Some(ObjectKind::Volume) || !replaced {
        return;
    }
    change.notes.push(if migrates(kind, spec, change.action) {
        format!(
            "what is in it is copied to the new volume, by way of `{}`",
            volume::interim(&change.name)
        )
    } else {
        "what is in it is lost: `migrate = true` would copy it to the new volume".to_owned()
    });
}
