//! The words for what is done: `creating`, `created`, `waiting until healthy`.

use super::{Milestone, Tally};
use crate::address::Address;
use crate::engine::{Condition, Op};
use crate::plan::Action;
use crate::view::escape::escape;
use crate::view::units;

/// Returns what goes on, such as `creating`.
pub(super) fn doing(address: &Address, action: Action) -> &'static str {
    match (address.kind(), action) {
        ("job", Action::Create | Action::Replace | Action::ReplaceStartFirst) => "running",
        ("sync", Action::Create | Action::Update | Action::Replace | Action::ReplaceStartFirst) => "syncing",
        (_, Action::Create) => "creating",
        (_, Action::Read) => "reading",
        (_, Action::Update) => "changing",
        (_, Action::Replace | Action::ReplaceStartFirst) => "replacing",
        (_, Action::Delete) => "destroying",
        (_, Action::Forget) => "forgetting",
        (_, Action::Adopt) => "adopting",
        (_, Action::NoOp | Action::Keep) => "notifying",
    }
}

/// Returns what was done, such as `created`.
pub(super) fn done(address: &Address, action: Action) -> &'static str {
    match (address.kind(), action) {
        ("job", Action::Create | Action::Replace | Action::ReplaceStartFirst) => "ran",
        ("sync", Action::Create | Action::Update | Action::Replace | Action::ReplaceStartFirst) => "synced",
        (_, Action::Create) => "created",
        (_, Action::Read) => "read",
        (_, Action::Update) => "changed",
        (_, Action::Replace | Action::ReplaceStartFirst) => "replaced",
        (_, Action::Delete) => "destroyed",
        (_, Action::Forget) => "forgotten",
        (_, Action::Adopt) => "adopted",
        (_, Action::NoOp | Action::Keep) => "notified",
    }
}

/// Returns what a step does. Text from outside is escaped.
pub(super) fn step(op: &Op) -> String {
    match op {
        Op::VolumeCreate | Op::NetworkCreate | Op::ContainerCreate { .. } => "creating".to_owned(),
        Op::VolumeRemove | Op::NetworkRemove | Op::ContainerRemove | Op::ContainerDiscard => {
            "removing".to_owned()
        }
        Op::NetworkConnect { network } => format!("connecting to {}", escape(network)),
        Op::NetworkDisconnect { network, .. } => format!("disconnecting from {}", escape(network)),
        Op::NetworkJoin { network, .. } => format!("connecting to {}", escape(network)),
        Op::WarmUpCreate { .. } | Op::WarmUpRemove => "preparing".to_owned(),
        Op::ImagePull { reference } => format!("pulling {}", escape(reference)),
        Op::ImageBuild => "building".to_owned(),
        Op::ImageRemove { reference } => format!("removing {}", escape(reference)),
        Op::ContainerStart => "starting".to_owned(),
        Op::ContainerStop => "stopping".to_owned(),
        Op::ContainerRestart => "restarting".to_owned(),
        Op::ContainerKill { signal } => format!("sending {}", escape(signal)),
        Op::ContainerRename { name } => format!("renaming to {}", escape(name)),
        Op::ContainerUpdate { attributes } => format!("changing {}", escape(&attributes.join(", "))),
        Op::FilesPut => "copying files".to_owned(),
        Op::Await { condition, .. } => match condition {
            Condition::Running { .. } => "waiting until it runs".to_owned(),
            Condition::Healthy => "waiting until healthy".to_owned(),
            Condition::Exited => "running".to_owned(),
        },
        Op::Pause { .. } => "pausing".to_owned(),
        Op::Gather => "waiting for the others".to_owned(),
        Op::ReceiverImport
        | Op::ReceiverCreate
        | Op::ReceiverRemove
        | Op::InterimCreate
        | Op::CopierCreate { .. } => "preparing".to_owned(),
        Op::InterimRemove => "removing".to_owned(),
        Op::VolumeCopy => "copying what is in it".to_owned(),
        Op::SyncTransfer | Op::SyncLocal => "transferring".to_owned(),
        Op::Read { .. } => "reading".to_owned(),
    }
}

/// Returns how far a long step is, such as `Downloading 12 MB of 40 MB`.
pub(super) fn progress(message: &str, done: Option<u64>, total: Option<u64>) -> String {
    let message = escape(message.trim());
    match (done, total) {
        (Some(done), Some(total)) if total > 0 => {
            format!(
                "{message} {} of {}",
                units::rough_bytes(done),
                units::rough_bytes(total)
            )
        }
        (Some(done), _) => format!("{message} {}", units::rough_bytes(done)),
        _ => message.into_owned(),
    }
}

/// Returns the beginning of a line about an object.
pub(super) fn about(milestone: &Milestone) -> String {
    escape(&milestone.address.to_string()).into_owned()
}

/// Shortens an engine's id to what engines show: twelve characters of a long hash.
pub(super) fn short_id(id: &str) -> String {
    let digest = id.strip_prefix("sha256:").unwrap_or(id);
    let is_hash = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    escape(if is_hash { &digest[..12] } else { id }).into_owned()
}

/// Writes how a run ended, with the same words as the plan's summary, such as
/// `Apply complete: 3 added, 1 changed, 0 replaced, 0 destroyed.`
pub fn summary(tally: &Tally, destroy: bool) -> String {
    let what = if destroy { "Destroy" } else { "Apply" };
    let how = match (tally.interrupted, tally.failed) {
        (true, _) => "interrupted",
        (false, 0) => "complete",
        (false, _) => "failed",
    };
    let imported = (tally.imported > 0).then(|| format!("{} imported", tally.imported));
    let done = [
        format!("{} added", tally.added),
        format!("{} changed", tally.changed),
        format!("{} replaced", tally.replaced),
        format!("{} destroyed", tally.destroyed),
    ];
    let mut parts: Vec<String> = imported.into_iter().chain(done).collect();
    for (count, done) in [
        (tally.adopted, "adopted"),
        (tally.forgotten, "forgotten"),
        (tally.failed, "failed"),
        (tally.skipped, "not done"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {done}"));
        }
    }
    format!("{what} {how}: {}.", parts.join(", "))
}
