//! Volumes whose data goes with them when they are replaced, and migrations that were begun and not ended.

use super::verdict::Verdict;
use super::walk::{Decided, Walk};
use super::{Action, Cause, Change, Impact};
use crate::address::Address;
use crate::engine::{ObjectKind, Op, Target};
use crate::kinds::{Kind, Ops, Resume, Spec};
use crate::observe::{Interim, Object};
use crate::value::Value;

/// What the archives of engines do not hold.
const STAYS_BEHIND: &str = "not copied are access control lists, extended attributes other than capabilities, flags of files and sockets; times lose \
                            what is below a second, and files with holes are written out";

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
    /// The interim volume had the data, and somebody has taken it away.
    Lost(&'a Interim),
}

impl<'a> Stage<'a> {
    pub(super) fn of(walk: &Walk<'a>, address: &Address, object: Option<&Object>) -> Self {
        let live = object.map(|object| object.ownership.nonce.as_str());
        if let Some(interim) = walk.observed.interims.get(address) {
            return match live {
                None => Self::Between(interim),
                Some(nonce) if nonce == interim.nonce => Self::Arriving(interim),
                Some(_) => Self::Leaving(interim),
            };
        }
        let remembered = walk.state.objects.get(&address.to_string());
        match remembered.and_then(|it| it.interim.as_ref()) {
            // A run takes it away itself when all has been copied back.
            Some(interim)
                if live.is_none_or(|nonce| nonce == interim.nonce)
                    && !walk.observed.acted_on.contains(&interim.name) =>
            {
                Self::Lost(interim)
            }
            _ => Self::None,
        }
    }

    /// What has begun goes on before anything else is done with the volume.
    pub(super) fn verdict(self, verdict: Verdict) -> Verdict {
        let stays = matches!(verdict.action, Action::NoOp | Action::Adopt);
        let replaced = matches!(verdict.action, Action::Replace | Action::ReplaceStartFirst);
        match self {
            Self::Leaving(_) | Self::Lost(_) if stays => Verdict::new(Action::Update, Cause::Unfinished),
            Self::Between(_) => Verdict::new(Action::Create, Cause::Unfinished),
            Self::Arriving(_) if !replaced => Verdict::new(Action::Update, Cause::Unfinished),
            _ => verdict,
        }
    }

    /// Returns what the kind has to go on with.
    pub(super) fn resume(self) -> Option<Resume<'a>> {
        let (interim, whole) = match self {
            Self::None | Self::Lost(_) => return None,
            Self::Leaving(interim) => (interim, false),
            Self::Between(interim) | Self::Arriving(interim) => (interim, true),
        };
        Some(Resume {
            interim: &interim.name,
            whole,
        })
    }

    /// Says what becomes of the data.
    pub(super) fn note(self, kind: &dyn Kind, ops: &Ops, change: &mut Change) {
        let replaced = kind.object() == Some(ObjectKind::Volume) && change.is_replacement();
        if let Self::Between(interim) | Self::Arriving(interim) = self {
            // The copy tells by the nonce which volume it is meant for.
            change.nonce.clone_from(&interim.nonce);
            if replaced {
                change.impact = Impact::Downtime;
            }
            let note = format!("what is in it is copied from `{}`, where it waits", interim.name);
            change.notes.push(note);
            return;
        }
        match way(ops).filter(|_| replaced) {
            Some(interim) => change.notes.extend([
                format!("what is in it is copied to the new volume, by way of `{interim}`"),
                STAYS_BEHIND.to_owned(),
            ]),
            None if replaced => change
                .notes
                .push("what is in it is lost: `migrate = true` would copy it to the new volume".to_owned()),
            None => {}
        }
        match self {
            Self::Leaving(interim) => change.notes.push(format!(
                "a copy in `{}` that was not finished goes: everything is still here",
                interim.name
            )),
            Self::Lost(interim) => {
                change.impact = Impact::DataLoss;
                change.notes.push(format!(
                    "what it held is lost: `{}`, where it waited, is gone",
                    interim.name
                ));
            }
            _ => {}
        }
    }
}

/// Returns the name of the volume by way of which data goes.
fn way(ops: &Ops) -> Option<&str> {
    ops.down.iter().find_map(|(_, op)| match op {
        Op::CopierCreate { to, .. } => Some(to.as_str()),
        _ => None,
    })
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
