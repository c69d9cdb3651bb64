//! A call that was not simply done: reading the object back tells whether it was done after all.
//!
//! A mutating call is never made twice for a lost answer.

use std::time::Duration;

use serde_json::Value as Json;

use super::context::Context;
use super::verify;
use crate::engine::{CallError, Certainty, LabelFilter, ObjectKind, Op, Reason, Reply};
use crate::kinds::{Ownership, Spec};
use crate::plan::{Change, Step};

/// How often the object is looked at before the end counts as not known: an engine that was just started again needs a moment.
const LOOKS: u32 = 7;

/// How often it is seen not to be done before that counts: an engine goes on with a call whose connection broke.
const CERTAIN: u32 = 4;

/// How long one look may take, if a call may take as long: an engine that took its time for the call itself and answers no read either is stuck.
const PATIENCE: Duration = Duration::from_secs(20);

/// The pause before the second look; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(100);

/// A call that was made, as far as it is needed afterwards.
pub(super) struct Attempt<'a> {
    pub(super) step: &'a Step,
    pub(super) change: &'a Change,
    /// The target's id; empty if the call makes it.
    pub(super) id: &'a str,
    /// What the call makes.
    pub(super) makes: Option<ObjectKind>,
    pub(super) spec: Option<&'a Spec>,
}

/// How a call ended.
pub(super) enum Resolved {
    Done(Reply),
    NotDone(CallError),
    Unknown(CallError),
}

/// What one look at the object tells.
enum Look {
    Done(Option<String>),
    /// Not done so far: a slow engine may still do it.
    NotDone,
    /// It cannot be seen.
    Blind,
}

/// Resolves a call that answered with an error, or not at all.
pub(super) async fn resolve(context: &Context<'_>, attempt: &Attempt<'_>, error: CallError) -> Resolved {
    if removes(&attempt.step.op) && error.is_not_found() {
        return Resolved::Done(reply(None));
    }
    match (error.certainty, error.reason) {
        // Somebody has the name: it may be ourselves, by a call whose answer was lost.
        (Certainty::NotDone, Reason::Conflict) if attempt.makes.is_some() || removes(&attempt.step.op) => {
            match look(context, attempt).await {
                Ok(Look::Done(id)) => Resolved::Done(reply(id)),
                _ => Resolved::NotDone(error),
            }
        }
        (Certainty::NotDone, _) => Resolved::NotDone(error),
        (Certainty::Unknown, _) => read_back(context, attempt, error).await,
    }
}

async fn read_back(context: &Context<'_>, attempt: &Attempt<'_>, error: CallError) -> Resolved {
    let mut pause = PAUSE;
    let mut seen = 0;
    // An answer with an error was given when the engine was done with the call.
    let patience = PATIENCE.min(context.options.call_limit);
    let certain = if error.status.is_some() { 1 } else { CERTAIN };
    for _ in 0..LOOKS {
        let Ok(look) = tokio::time::timeout(patience, look(context, attempt)).await else {
            return Resolved::Unknown(error);
        };
        match look {
            Ok(Look::Done(id)) => return Resolved::Done(reply(id)),
            Ok(Look::Blind) => return Resolved::Unknown(error),
            Ok(Look::NotDone) => seen += 1,
            Err(_) => seen = 0,
        }
        if seen == certain {
            return Resolved::NotDone(error);
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    Resolved::Unknown(error)
}

async fn look(context: &Context<'_>, attempt: &Attempt<'_>) -> Result<Look, CallError> {
    let id = attempt.id;
    match &attempt.step.op {
        Op::ImagePull { reference } => image(context, reference, None).await,
        Op::ImageBuild => image(context, &attempt.change.name, Some(&attempt.change.nonce)).await,
        Op::VolumeCreate
        | Op::NetworkCreate
        | Op::WarmUpCreate { .. }
        | Op::ContainerCreate { .. }
        | Op::ReceiverCreate
        | Op::InterimCreate
        | Op::CopierCreate { .. } => by_nonce(context, attempt).await,
        Op::VolumeRemove | Op::InterimRemove => gone(context, ObjectKind::Volume, id).await,
        Op::NetworkRemove | Op::WarmUpRemove => gone(context, ObjectKind::Network, id).await,
        Op::ContainerRemove | Op::ContainerDiscard | Op::ReceiverRemove => {
            gone(context, ObjectKind::Container, id).await
        }
        Op::ImageRemove { reference } => gone(context, ObjectKind::Image, reference).await,
        Op::ContainerStart => container(context, id, |it| started(attempt, it)).await,
        Op::ContainerStop => container(context, id, |it| !is_running(it)).await,
        Op::ContainerRename { name } => {
            container(context, id, |it| {
                it["Name"].as_str().map(|now| now.trim_start_matches('/')) == Some(name)
            })
            .await
        }
        Op::NetworkConnect { network } | Op::NetworkJoin { network, .. } => {
            container(context, id, |it| verify::is_connected(it, network)).await
        }
        Op::NetworkDisconnect { network, .. } => {
            container(context, id, |it| !verify::is_connected(it, network)).await
        }
        Op::ContainerUpdate { .. } => {
            container(context, id, |it| verify::untaken(context, attempt, it).is_empty()).await
        }
        // Nothing that can be read tells whether a signal arrived, a container was started anew, or files are whole.
        Op::ContainerRestart
        | Op::ContainerKill { .. }
        | Op::FilesPut
        | Op::ReceiverImport
        | Op::SyncTransfer
        | Op::VolumeCopy
        | Op::SyncLocal
        | Op::Await { .. }
        | Op::Pause { .. }
        | Op::Gather
        | Op::Read { .. } => Ok(Look::Blind),
    }
}

/// Tells whether an object is already as a step is to leave it, so that no call is needed.
pub(super) async fn is_so(context: &Context<'_>, attempt: &Attempt<'_>) -> bool {
    let made = attempt.step.target != crate::engine::Target::New || !attempt.id.is_empty();
    !made || matches!(look(context, attempt).await, Ok(Look::Done(_)))
}

async fn by_nonce(context: &Context<'_>, attempt: &Attempt<'_>) -> Result<Look, CallError> {
    let Some(kind) = attempt.makes else {
        return Ok(Look::Blind);
    };
    let nonce = attempt.change.nonce.clone();
    let labels = LabelFilter::from([(Ownership::NONCE.to_owned(), Some(nonce))]);
    let found = context.engine.list(kind, &labels).await?;
    let id = match kind {
        // A volume and the one that holds its data meanwhile have one nonce.
        ObjectKind::Volume => {
            let interim = attempt.step.op == Op::InterimCreate;
            let names = found.iter().filter_map(|object| object["Name"].as_str());
            let is_meant = |name: &str| (name == attempt.change.name) != interim;
            names.into_iter().find(|name| is_meant(name))
        }
        _ => found.iter().find_map(|object| object["Id"].as_str()),
    };
    Ok(id.map_or(Look::NotDone, |id| Look::Done(Some(id.to_owned()))))
}

async fn image(context: &Context<'_>, reference: &str, nonce: Option<&str>) -> Result<Look, CallError> {
    let Some(image) = context.engine.inspect(ObjectKind::Image, reference).await? else {
        return Ok(Look::NotDone);
    };
    let label = image["Config"]["Labels"][Ownership::NONCE].as_str();
    if nonce.is_some() && label != nonce {
        return Ok(Look::NotDone);
    }
    Ok(Look::Done(image["Id"].as_str().map(str::to_owned)))
}

async fn gone(context: &Context<'_>, kind: ObjectKind, id: &str) -> Result<Look, CallError> {
    let found = context.engine.inspect(kind, id).await?;
    Ok(if found.is_none() {
        Look::Done(None)
    } else {
        Look::NotDone
    })
}

async fn container(context: &Context<'_>, id: &str, done: impl Fn(&Json) -> bool) -> Result<Look, CallError> {
    let found = context.engine.inspect(ObjectKind::Container, id).await?;
    Ok(match found {
        Some(container) if done(&container) => Look::Done(None),
        _ => Look::NotDone,
    })
}

/// A container that this run made and that has ended was started: what comes of it is another step's matter.
fn started(attempt: &Attempt<'_>, container: &Json) -> bool {
    let made = attempt.step.target == crate::engine::Target::New;
    is_running(container) || (made && container["State"]["Status"] == "exited")
}

fn is_running(container: &Json) -> bool {
    container["State"]["Running"].as_bool().unwrap_or(false)
}

fn removes(op: &Op) -> bool {
    matches!(
        op,
        Op::VolumeRemove
            | Op::InterimRemove
            | Op::NetworkRemove
            | Op::WarmUpRemove
            | Op::ContainerRemove
            | Op::ContainerDiscard
            | Op::ReceiverRemove
            | Op::ImageRemove { .. }
    )
}

fn reply(id: Option<String>) -> Reply {
    Reply {
        id,
        warnings: Vec::new(),
        result: Json::Null,
    }
}
