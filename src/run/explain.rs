//! Errors of engine and state → what the user is told.

use serde_json::Value as Json;
use wharf_state::StateError;

use super::context::Context;
use super::resolve::Attempt;
use crate::address::Address;
use crate::diagnostic::{Diagnostic, Fault};
use crate::engine::{CallError, ObjectKind, Op, Reason};
use crate::kinds::Ownership;

/// Says that state, journal, key or lock cannot be used.
pub fn state_problem(error: &StateError) -> Diagnostic {
    let summary = match error {
        StateError::Empty { .. } => "The state file is empty",
        StateError::Broken { .. } => "The state file is broken",
        StateError::Checksum { .. } => "The state file is damaged",
        StateError::Conflict { .. } => "The state file holds a merge conflict",
        StateError::Newer { .. } => "The state file is of a newer version",
        StateError::Foreign { .. } => "The state file belongs to something else",
        StateError::Key { .. } => "The key file is broken",
        StateError::Exposed { .. } => "The state directory is not safe",
        StateError::Locked { .. } => "Another run is in progress",
        StateError::NoLocks { .. } => "The state cannot be locked",
        StateError::NotWritable { .. } => "The state cannot be written",
        StateError::DiskFull { .. } => "The disk is full",
        StateError::Io { .. } => "The state cannot be used",
    };
    let fault = match error {
        StateError::Locked { .. } => Fault::Locked,
        _ => Fault::Ordinary,
    };
    let detail = error.to_string();
    Diagnostic::error(summary)
        .fault(fault)
        .detail(format!("{}{}.", detail[..1].to_uppercase(), &detail[1..]))
        .help(error.help())
}

/// Says that an object could not be read.
pub(super) fn unreadable(address: &Address, error: &CallError) -> Diagnostic {
    Diagnostic::error("The engine could not be asked")
        .detail(format!("{address}: {error}"))
        .help(engine_help(error.reason))
}

/// Says that an object is not there although it was made or is to be read.
pub(super) fn vanished(address: &Address) -> Diagnostic {
    Diagnostic::error("The object is not there")
        .detail(format!(
            "{address}: the engine has no such object, or has no longer."
        ))
        .help("Plan again to see what is there.")
}

/// Says that a name belongs to somebody else.
pub(super) fn taken(address: &Address, kind: &str, name: &str, labels: &Json) -> Diagnostic {
    Diagnostic::error("The name is taken")
        .detail(format!(
            "{address} is to be called `{name}`, but there is a {kind} of that name which {}.",
            owner(labels)
        ))
        .help("Give it another `name`, or remove what bears it; volumes and networks can be taken over with `adopt = true`.")
}

/// Says that a volume that is to be copied is not there, or is not the one that was meant.
pub(super) fn nothing_to_copy(address: &Address, name: &str) -> Diagnostic {
    Diagnostic::error("What is to be copied is not there")
        .fault(Fault::Conflict)
        .detail(format!(
            "{address}: the volume `{name}` was taken away, or replaced by another one, since the plan was made. Nothing was copied from it."
        ))
        .help("Plan again to see what is there, and look for whoever else removes volumes on this engine.")
}

/// Says that a container was made from another image than was planned.
pub(super) fn other_image(address: &Address, reference: &str) -> Diagnostic {
    Diagnostic::error("The image is no longer that of the plan")
        .fault(Fault::Conflict)
        .detail(format!(
            "{address}: since the plan was made, `{reference}` has come to stand for another image. The container was made, but not started."
        ))
        .help("Plan again, and look at what has changed.")
}

/// Says that a reference has come to stand for yet another image while it was pulled.
pub(super) fn other_digest(address: &Address, reference: &str, planned: &str) -> Diagnostic {
    Diagnostic::error("The image is no longer that of the plan")
        .fault(Fault::Conflict)
        .detail(format!(
            "{address}: the plan was made for {planned}, but since then `{reference}` has come to stand for another image in the registry. It was \
             pulled, and nothing was made from it."
        ))
        .help("Plan again, and look at what has changed.")
}

fn owner(labels: &Json) -> String {
    let label = |name: &str| labels[name].as_str();
    match (label(Ownership::PROJECT), label("com.docker.compose.project")) {
        (Some(project), _) => {
            let address = label(Ownership::ADDRESS).unwrap_or("an unknown address");
            format!("belongs to wharf's project `{project}` as {address}")
        }
        (None, Some(project)) => format!("belongs to the Compose project `{project}`"),
        (None, None) => "was not made by wharf".to_owned(),
    }
}

/// Says that nobody knows how a call ended.
pub(super) fn unknown(attempt: &Attempt<'_>, error: &CallError) -> Diagnostic {
    Diagnostic::error("The end of a step is not known")
        .detail(format!(
            "{}: {error}. Whether the engine carried it out could not be read back.",
            attempt.step.address
        ))
        .help("Plan again when the engine answers: the journal knows what was begun, and the object is looked up.")
}

/// Says why a call was not done.
pub(super) async fn failed(context: &Context<'_>, attempt: &Attempt<'_>, error: &CallError) -> Diagnostic {
    if error.reason == Reason::Conflict
        && let Some((kind, name)) = wanted_name(attempt)
        && let Ok(Some(found)) = context.engine.inspect(kind, name).await
    {
        let labels = if kind == ObjectKind::Container {
            &found["Config"]["Labels"]
        } else {
            &found["Labels"]
        };
        return taken(&attempt.step.address, word(kind), name, labels);
    }
    let (summary, help) = trouble(&attempt.step.op, error);
    Diagnostic::error(summary)
        .detail(format!("{}: {error}", attempt.step.address))
        .help(help)
}

/// Says which values the engine took and threw away: what it was asked for is not what is there, and never will be.
pub(super) fn dropped(attempt: &Attempt<'_>, warnings: &[String]) -> Option<Diagnostic> {
    let dropped: Vec<&str> = warnings
        .iter()
        .map(String::as_str)
        .filter(|warning| warning.contains("discarded"))
        .collect();
    (!dropped.is_empty()).then(|| {
        Diagnostic::error("The engine drops what it was asked for")
            .detail(format!("{}: {}", attempt.step.address, dropped.join(" ")))
            .help("Take the attribute out, or use an engine whose host can do it.")
    })
}

/// Returns the name that a call wanted for its object.
fn wanted_name<'a>(attempt: &'a Attempt<'_>) -> Option<(ObjectKind, &'a str)> {
    match &attempt.step.op {
        Op::ContainerCreate { name } | Op::ContainerRename { name } => Some((ObjectKind::Container, name)),
        Op::NetworkCreate => Some((ObjectKind::Network, &attempt.change.name)),
        Op::VolumeCreate => Some((ObjectKind::Volume, &attempt.change.name)),
        _ => None,
    }
}

fn word(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Container => "container",
        ObjectKind::Image => "image",
        ObjectKind::Network => "network",
        ObjectKind::Volume => "volume",
    }
}

/// Returns a summary and the way out. What the engine's words say is only a hint: they are for people and change.
fn trouble(op: &Op, error: &CallError) -> (&'static str, &'static str) {
    let says = |words: &[&str]| words.iter().any(|word| error.message.contains(word));
    let starts = matches!(op, Op::ContainerStart | Op::ContainerRestart);
    match error.reason {
        Reason::NotFound if matches!(op, Op::ContainerCreate { .. }) => (
            "The image is not there",
            "Declare it with an `image` block, so that it is pulled or built first.",
        ),
        Reason::NotFound if matches!(op, Op::ImagePull { .. }) => (
            "The image is not in the registry",
            "Check the reference; if the image is private, log in with `docker login`.",
        ),
        Reason::Denied if matches!(op, Op::ImagePull { .. }) => (
            "The registry refuses the image",
            "Check the reference, and log in with `docker login`.",
        ),
        // Some engines say so as if something had not been found.
        _ if matches!(op, Op::NetworkCreate)
            && says(&["address pool", "predefined address", "no available network"]) =>
        {
            (
                "No addresses are left for the network",
                "Give it a subnet of its own (`ipam { config { subnet = … } }`), remove networks that nobody uses, or give the engine \
             more with `default-address-pools` in its configuration.",
            )
        }
        Reason::NotFound => ("The object is not there", "Plan again to see what is there."),
        _ if starts && says(&["port is already allocated", "address already in use"]) => (
            "The port is taken",
            "Choose another host port, leave the choice to the engine by giving none, or stop what listens there.",
        ),
        _ if matches!(op, Op::NetworkCreate) && says(&["overlaps", "already used", "subnet"]) => (
            "The network's addresses clash",
            "Choose another `subnet`, or leave it out to let the engine choose.",
        ),
        _ if says(&["no space left on device"]) => (
            "The engine's disk is full",
            "Free some space on the engine's machine, for instance by removing images that nobody uses.",
        ),
        reason => (general(reason), engine_help(reason)),
    }
}

fn general(reason: Reason) -> &'static str {
    match reason {
        Reason::Unreachable => "The engine cannot be reached",
        Reason::Forbidden | Reason::Denied | Reason::LoginUnread => "The engine refuses access",
        Reason::Invalid => "The engine does not take the request",
        Reason::NotFound => "The object is not there",
        Reason::Conflict => "The engine sees a conflict",
        Reason::Failed => "The engine could not do it",
        Reason::TimedOut => "The engine did not answer in time",
        Reason::Broken => "The connection to the engine broke",
    }
}

fn engine_help(reason: Reason) -> &'static str {
    match reason {
        Reason::Unreachable | Reason::TimedOut | Reason::Broken => {
            "Check that the engine runs and answers, then plan again: what was done is found again."
        }
        Reason::Forbidden => "Use a user who may open the engine's socket.",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_without_addresses_left_was_said_to_miss_an_object() {
        let error = CallError {
            call: "POST /networks/create".into(),
            reason: Reason::NotFound,
            certainty: crate::engine::Certainty::NotDone,
            status: Some(404),
            message: "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to \
                      the network"
                .into(),
        };
        let (summary, help) = trouble(&Op::NetworkCreate, &error);
        assert_eq!(summary, "No addresses are left for the network");
        assert!(help.contains("subnet"), "{help}");
    }
}
