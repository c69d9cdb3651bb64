//! Syncs: a directory's files, carried into a volume or a directory of the engine's host by a receiver.

mod fields;

use serde_json::{Value as Json, json};

use super::{
    Binding, Decision, Field, Found, Kind, Live, Naming, Ops, Ownership, Problem, Spec, Status, labels, spec,
};
use crate::address::Address;
use crate::engine::{Call, ObjectKind, Op};
use crate::value::Attributes;

/// The kind.
pub(super) struct Sync;

/// Where the receiver sees the target.
const TARGET: &str = "/target";

/// What the receiver needs to write files as any owner, and nothing else.
const CAPABILITIES: &[&str] = &["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"];

impl Kind for Sync {
    fn name(&self) -> &'static str {
        "sync"
    }

    fn doc(&self) -> &'static str {
        "A directory whose files are made to stand in a volume, or in a directory of the engine's host."
    }

    fn fields(&self) -> &'static [Field] {
        fields::FIELDS
    }

    fn object(&self) -> Option<ObjectKind> {
        None
    }

    fn default_name(&self, _: &Naming, _: &Address) -> Option<String> {
        None
    }

    fn check(&self, spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(target) = spec::block(spec, "target") {
            check_target(target, &mut problems);
        }
        if let Some(on_change) = spec::block(spec, "on_change") {
            check_on_change(on_change, &mut problems);
        }
        problems
    }

    /// The engine knows no syncs: there is nothing to read.
    fn read(&self, _: &Found<'_>) -> Live {
        Live {
            name: String::new(),
            spec: Spec::new(),
            attributes: Attributes::new(),
            status: Status::Other,
        }
    }

    fn foretell(&self, spec: &Spec, _: &str) -> Attributes {
        spec::foretell(fields::FIELDS, spec, &[])
    }

    /// What a sync does depends on its trees and on where the engine runs, which the plan knows and no spec tells.
    fn ops(&self, _: &Decision<'_>) -> Ops {
        Ops::default()
    }

    fn call(&self, op: &Op, binding: &Binding<'_>) -> Result<Call, String> {
        match op {
            Op::ReceiverCreate => Ok(Call::ContainerCreate {
                name: receiver_name(binding),
                body: receiver(binding)?,
            }),
            other => Err(super::foreign_op("sync", other)),
        }
    }
}

fn check_target(target: &Spec, problems: &mut Vec<Problem>) {
    let path = spec::text(target, "path");
    if !spec::is_set(target, "volume") {
        if !spec::is_set(target, "path") {
            problems.push(spec::problem(
                "target",
                "Missing attribute",
                "A target is a directory in a volume, or a directory of the engine's host.".into(),
                "Set `volume`, or `path` to an absolute path of the engine's host.",
            ));
        }
        if let Some(path) = path.filter(|path| !path.starts_with('/') || path.contains(':')) {
            problems.push(spec::problem(
                "target.path",
                "Invalid path",
                format!(
                    "Without `volume`, `{path}` has to be an absolute path of the engine's host, without a colon."
                ),
                "Set `volume`, or give the path from `/` on.",
            ));
        }
    } else if let Some(path) = path.filter(|path| path.split('/').any(|part| part == "..")) {
        problems.push(spec::problem(
            "target.path",
            "Invalid path",
            format!("`{path}` leads out of the volume."),
            "Give a path below the volume's root.",
        ));
    }
}

fn check_on_change(on_change: &Spec, problems: &mut Vec<Problem>) {
    let restart = spec::flag(on_change, "restart") == Some(true);
    let signal = spec::is_set(on_change, "signal");
    if restart == signal
        && on_change
            .get("restart")
            .is_none_or(|restart| !restart.is_unknown())
    {
        problems.push(spec::problem(
            "on_change",
            "Exactly one of two attributes is needed",
            "A container whose files have changed is either sent a signal or restarted.".into(),
            "Set either `signal` or `restart = true`.",
        ));
    }
}

/// Two runs never share a receiver: its name ends with the sync's nonce.
fn receiver_name(binding: &Binding<'_>) -> String {
    format!("wharf-receiver-{}", binding.ownership.nonce)
}

/// The receiver sees the target and nothing else.
fn receiver(binding: &Binding<'_>) -> Result<Json, String> {
    let image = binding.image.ok_or("the receiver's image is not on the engine")?;
    let mut labels = labels::owned(binding.ownership, &Spec::new());
    labels.insert(Ownership::ROLE.into(), "receiver".into());
    let mut host = json!({
        "NetworkMode": "none",
        "CapDrop": ["ALL"],
        "CapAdd": CAPABILITIES,
        "ReadonlyRootfs": true,
        "SecurityOpt": ["no-new-privileges:true"],
        "RestartPolicy": {"Name": "no"},
        "LogConfig": {"Type": "none"},
    });
    let none = Spec::new();
    let target = spec::block(binding.spec, "target").unwrap_or(&none);
    match (spec::text(target, "volume"), spec::text(target, "path")) {
        (Some(volume), _) => {
            host["Mounts"] = json!([{"Type": "volume", "Source": volume, "Target": TARGET, "VolumeOptions": {"NoCopy": true}}]);
        }
        // Unlike a mount, a bind makes the directory if it is not there.
        (None, Some(path)) => host["Binds"] = json!([format!("{path}:{TARGET}")]),
        (None, None) => return Err("the sync has no target".into()),
    }
    Ok(json!({
        "Image": image,
        "User": "0:0",
        "OpenStdin": true,
        "StdinOnce": true,
        "AttachStdin": true,
        "AttachStdout": true,
        "AttachStderr": true,
        "Tty": false,
        "NetworkDisabled": true,
        "Labels": labels,
        "HostConfig": host,
    }))
}

#[cfg(test)]
mod tests;
