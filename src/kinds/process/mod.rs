//! What containers and jobs have in common: both are containers on the engine.

mod body;
mod canonical;
mod check;
pub(in crate::kinds) mod fields;
mod files;
mod forms;
mod isolation;
mod limits;
mod mounts;
mod networks;
mod ops;
mod ranges;
mod read;
mod sharing;
mod storage;
mod succession;
mod warm_up;

use serde_json::json;

use super::{Binding, Spec};
use crate::engine::{Call, Op};

pub(super) use canonical::canonical;
pub(super) use check::check;
pub(super) use forms::{exposed_port, is_exposed_port};
pub(super) use networks::map;
pub(super) use ops::{create, delete, gates_on_start, milliseconds, update};
pub(super) use read::read;
pub(super) use succession::replace;

/// What a kind adds to the body of a new container.
pub(super) type Finish = fn(&Spec, &mut serde_json::Value);

/// Tells whether a text is a restart policy.
pub(super) fn is_restart_policy(text: &str) -> bool {
    forms::restart_parts(text).is_some()
}

/// Turns an op on a container into the engine's call. `finish` completes the body of a new one.
pub(super) fn call(kind: &str, op: &Op, binding: &Binding<'_>, finish: Finish) -> Result<Call, String> {
    let id = || binding.id.to_owned();
    Ok(match op {
        Op::ContainerCreate { name } => {
            let mut body = body::create(binding)?;
            finish(binding.spec, &mut body);
            Call::ContainerCreate {
                name: name.clone(),
                body,
            }
        }
        Op::NetworkConnect { network } => Call::NetworkConnect {
            id: networks::id(binding, network).to_owned(),
            body: networks::connect(binding, network),
        },
        Op::NetworkDisconnect { id: network, .. } => Call::NetworkDisconnect {
            id: networks::id(binding, network).to_owned(),
            container: id(),
        },
        Op::NetworkJoin { network, endpoint } => Call::NetworkConnect {
            id: networks::id(binding, network).to_owned(),
            body: json!({"Container": id(), "EndpointConfig": endpoint}),
        },
        Op::WarmUpCreate { name } => Call::NetworkCreate {
            body: warm_up::network(binding, name),
        },
        Op::WarmUpRemove => Call::NetworkRemove { id: id() },
        Op::FilesPut => Call::ArchivePut {
            id: id(),
            path: "/".into(),
            tar: files::archive(binding.spec, binding.root)?,
        },
        Op::ContainerStart => Call::ContainerStart { id: id() },
        Op::ContainerStop => Call::ContainerStop {
            id: id(),
            timeout: None,
        },
        Op::ContainerRestart => Call::ContainerRestart {
            id: id(),
            timeout: None,
        },
        Op::ContainerKill { signal } => Call::ContainerKill {
            id: id(),
            signal: signal.clone(),
        },
        Op::ContainerRemove => Call::ContainerRemove {
            id: id(),
            force: false,
            // What a container keeps may be somebody's data; a run leaves nothing but its result.
            volumes: kind == "job",
        },
        Op::ContainerDiscard => Call::ContainerRemove {
            id: id(),
            force: true,
            volumes: kind == "job",
        },
        Op::ContainerRename { name } => Call::ContainerRename {
            id: id(),
            name: name.clone(),
        },
        Op::ContainerUpdate { attributes } => Call::ContainerUpdate {
            id: id(),
            body: body::update(binding.spec, attributes),
        },
        other => return Err(super::foreign_op(kind, other)),
    })
}
