//! What steps leave in the state and in what is known of the world.

use std::sync::Arc;

use serde_json::{Map, Value as Json};
use wharf_state::{Deposed, Object};

use super::background::lock;
use super::bind;
use super::context::Context;
use super::resolve::Attempt;
use super::{explain, migration};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::engine::{CallError, Logs, ObjectKind, Op, Reply, Target};
use crate::kinds::{Found, Kind, Live, Ownership, Spec};
use crate::plan::{Action, Cause, Change};
use crate::value::seal::{SealKey, seal};
use crate::value::{Attributes, Value};

/// Notes a mutating call that was done.
pub(super) async fn done(
    context: &Context<'_>,
    attempt: &Attempt<'_>,
    reply: &Reply,
) -> Result<(), Diagnostic> {
    let (step, change, id) = (attempt.step, attempt.change, attempt.id);
    match &step.op {
        Op::VolumeCreate | Op::NetworkCreate | Op::ContainerCreate { .. } => {
            let made = reply.id.clone().unwrap_or_else(|| change.name.clone());
            if step.op == Op::VolumeCreate {
                check_volume(context, change, &made).await?;
            }
            note_made(context, attempt, made.clone());
            if matches!(step.op, Op::ContainerCreate { .. }) {
                check_image(context, attempt, &made).await?;
            }
        }
        Op::ImagePull { reference } => note_image(context, attempt, reference, reply).await?,
        Op::ImageBuild => note_image(context, attempt, &change.name, reply).await?,
        Op::InterimCreate => {
            let made = reply.id.clone().unwrap_or_default();
            check_volume(context, change, &made).await?;
            migration::note_begun(context, change, made);
        }
        Op::InterimRemove => migration::note_arrived(context, change),
        Op::WarmUpCreate { name } => {
            let made = reply.id.clone().unwrap_or_else(|| name.clone());
            let mut world = lock(&context.world);
            Arc::make_mut(&mut world.networks).insert(name.clone(), made.clone());
            world.warm_ups.insert(step.address.clone(), made);
            drop(world);
            note_warm_up(context, change, Some(&change.nonce));
        }
        Op::WarmUpRemove => {
            lock(&context.world).warm_ups.remove(&step.address);
            note_warm_up(context, change, None);
        }
        Op::ContainerStart if step.target == Target::New => {
            lock(&context.world).started.insert(step.address.clone());
        }
        Op::ContainerDiscard => {
            note_gone(context, change, id);
            lock(&context.world).undone(&change.address);
        }
        Op::ReceiverCreate | Op::CopierCreate { .. } => {
            let made = reply.id.clone().unwrap_or_default();
            lock(&context.world).receivers.insert(step.address.clone(), made);
            if step.op == Op::ReceiverCreate {
                note_begun(context, attempt);
            }
            if let Op::CopierCreate { from, .. } = &step.op {
                // What is mounted can no longer go, and nothing has been copied from it yet.
                migration::check_source(context, change, from).await?;
            }
        }
        Op::ReceiverRemove if step.target == Target::New => {
            lock(&context.world).receivers.remove(&step.address);
        }
        Op::SyncTransfer => note_transfer(context, change, reply),
        Op::ContainerRemove if is_cleaning_up(context, attempt)? => {}
        Op::VolumeRemove | Op::ContainerRemove | Op::ImageRemove { .. } => note_gone(context, change, id),
        Op::NetworkRemove => {
            Arc::make_mut(&mut lock(&context.world).networks).retain(|_, network| network != id);
            note_gone(context, change, id);
        }
        _ => {}
    }
    Ok(())
}

/// Keeps what a sync brought, for the state.
pub(super) fn note_transfer(context: &Context<'_>, change: &Change, reply: &Reply) {
    lock(&context.world)
        .memories
        .insert(change.address.clone(), reply.result.clone());
}

/// An engine answers the creation of a volume that is there as if it had made it: only the label tells.
async fn check_volume(context: &Context<'_>, change: &Change, name: &str) -> Result<(), Diagnostic> {
    let found = context
        .engine
        .inspect(ObjectKind::Volume, name)
        .await
        .map_err(|error| explain::unreadable(&change.address, &error))?;
    let volume = found.unwrap_or_default();
    if volume["Labels"][Ownership::NONCE] == change.nonce.as_str() {
        return Ok(());
    }
    Err(explain::taken(&change.address, "volume", name, &volume["Labels"]))
}

/// A reference may have come to stand for another image since the plan was made.
async fn check_image(
    context: &Context<'_>,
    attempt: &Attempt<'_>,
    container: &str,
) -> Result<(), Diagnostic> {
    let reference = attempt.spec.and_then(|spec| spec.get("image")?.as_str());
    let Some(reference) = reference.filter(|reference| !reference.starts_with("sha256:")) else {
        return Ok(());
    };
    let Some(planned) = lock(&context.world).image(reference).cloned() else {
        return Ok(());
    };
    let address = &attempt.change.address;
    let found = context.engine.inspect(ObjectKind::Container, container).await;
    let found = found.map_err(|error| explain::unreadable(address, &error))?;
    let found = found.ok_or_else(|| explain::vanished(address))?;
    if found["Image"] == planned.as_str() {
        return Ok(());
    }
    Err(explain::other_image(address, reference))
}

/// Remembers an object as soon as it is there, not yet finished.
fn note_made(context: &Context<'_>, attempt: &Attempt<'_>, id: String) {
    let change = attempt.change;
    {
        let mut world = lock(&context.world);
        world.made.insert(change.address.clone(), id.clone());
        if attempt.makes == Some(ObjectKind::Network) {
            Arc::make_mut(&mut world.networks).insert(change.name.clone(), id.clone());
        }
    }
    let none = Spec::new();
    let object = Object {
        ready: false,
        attributes: Json::Object(Map::new()),
        ..object(context, change, attempt.spec.unwrap_or(&none), id)
    };
    context.remember(|state| {
        let address = change.address.to_string();
        let before = state.objects.remove(&address);
        let interim = before.as_ref().and_then(|before| before.interim.clone());
        // Its data waits elsewhere until it has been copied back.
        let interim = interim.filter(|interim| interim.nonce == object.nonce);
        let warm_up = before.as_ref().and_then(|before| before.warm_up.clone());
        let deposed = before.map(predecessors).unwrap_or_default();
        let deposed = deposed.into_iter().filter(|old| old.id != object.id).collect();
        let object = Object {
            interim,
            deposed,
            warm_up,
            ..object
        };
        state.objects.insert(address, object);
        true
    });
}

/// Remembers the network that a successor warms up in by its nonce, until it is gone: the successor itself may never be made.
fn note_warm_up(context: &Context<'_>, change: &Change, nonce: Option<&str>) {
    context.remember(|state| {
        let object = state.objects.get_mut(&change.address.to_string());
        let Some(object) = object.filter(|it| it.warm_up.as_deref() != nonce) else {
            return false;
        };
        object.warm_up = nonce.map(str::to_owned);
        true
    });
}

/// Remembers a sync whose receiver is there, not yet finished: its nonce is what a receiver is found by that stays behind.
fn note_begun(context: &Context<'_>, attempt: &Attempt<'_>) {
    let none = Spec::new();
    let object = Object {
        ready: false,
        attributes: Json::Object(Map::new()),
        ..object(
            context,
            attempt.change,
            attempt.spec.unwrap_or(&none),
            String::new(),
        )
    };
    context.remember(|state| {
        let address = attempt.change.address.to_string();
        let is_new = !state.objects.contains_key(&address);
        if is_new {
            state.objects.insert(address, object);
        }
        is_new
    });
}

/// Returns an object and its own predecessors, as those of what takes its place.
fn predecessors(object: Object) -> Vec<Deposed> {
    let mut deposed = object.deposed;
    if !object.id.is_empty() {
        deposed.push(Deposed {
            id: object.id,
            nonce: object.nonce,
            ready: object.ready,
            adopted: object.adopted,
            spec: object.spec,
            dependencies: Some(object.dependencies),
        });
    }
    deposed
}

/// An image may be the instance itself, or stand before a container that is made from it.
async fn note_image(
    context: &Context<'_>,
    attempt: &Attempt<'_>,
    reference: &str,
    reply: &Reply,
) -> Result<(), Diagnostic> {
    let address = &attempt.step.address;
    let found = context
        .engine
        .inspect(ObjectKind::Image, reference)
        .await
        .map_err(|error| explain::unreadable(address, &error))?;
    if let Some(planned) = planned_digest(attempt.change)
        && let Some(image) = &found
        && !has_digest(image, planned)
    {
        return Err(explain::other_digest(address, reference, planned));
    }
    let id = found.and_then(|image| image["Id"].as_str().map(str::to_owned));
    let Some(id) = id.or_else(|| reply.id.clone()) else {
        return Err(explain::vanished(address));
    };
    lock(&context.world)
        .images
        .insert(reference.to_owned(), id.clone());
    if context.kind(address)?.object() == Some(ObjectKind::Image) {
        lock(&context.world).made.insert(address.clone(), id);
    }
    Ok(())
}

/// Tells whether what is removed has done what it was made for, and is remembered: a job that has ended.
fn is_cleaning_up(context: &Context<'_>, attempt: &Attempt<'_>) -> Result<bool, Diagnostic> {
    let stays = matches!(attempt.change.action, Action::Update | Action::Adopt);
    let done = stays || attempt.step.target == Target::New;
    Ok(done && context.kind(&attempt.change.address)?.survives_removal())
}

/// Returns the digest that the plan says an image comes to have.
fn planned_digest(change: &Change) -> Option<&str> {
    let digest = change.differences.iter().find(|it| it.path == "digest")?;
    digest.after.as_str()
}

fn has_digest(image: &Json, digest: &str) -> bool {
    let digests = image["RepoDigests"].as_array().into_iter().flatten();
    digests
        .filter_map(Json::as_str)
        .any(|it| it.rsplit_once('@').is_some_and(|(_, it)| it == digest))
}

/// Forgets an object that is gone: the instance itself, so that what it was to replace is the instance again, or a predecessor.
fn note_gone(context: &Context<'_>, change: &Change, id: &str) {
    context.remember(|state| {
        let address = change.address.to_string();
        let Some(mut object) = state.objects.remove(&address) else {
            return false;
        };
        let left = if object.id == id && object.interim.is_some() {
            // What it held waits in another volume, which is known by what is remembered here.
            Some(Object {
                id: String::new(),
                ready: false,
                ..object
            })
        } else if object.id == id {
            object.without_itself()
        } else {
            object.deposed.retain(|deposed| deposed.id != id);
            Some(object)
        };
        state.objects.extend(left.map(|object| (address, object)));
        true
    });
}

/// Notes that an instance is ready: what it is now, and what references to it see.
pub(super) async fn complete(
    context: &Context<'_>,
    change: &Change,
    logs: Option<&Logs>,
) -> Result<(), Diagnostics> {
    let spec = bind::spec(context, change)?;
    let kind = context.kind(&change.address)?;
    let made = lock(&context.world).made.get(&change.address).cloned();
    let id = made.or_else(|| change.id.clone()).unwrap_or_default();
    let attributes = match kind.object() {
        None => kind.foretell(&spec, &change.name),
        Some(object) => {
            let live = read(context, change, kind, object, &id, logs).await?;
            merge(kind.foretell(&spec, &change.name), live)
        }
    };
    write(context, change, &spec, id, &attributes);
    lock(&context.world).completed(&change.address, attributes);
    Ok(())
}

/// Puts a ready object into the state.
pub(super) fn write(
    context: &Context<'_>,
    change: &Change,
    spec: &Spec,
    id: String,
    attributes: &Attributes,
) {
    let memory = lock(&context.world).memories.get(&change.address).cloned();
    let object = Object {
        attributes: sealed_attributes(attributes, &context.options.key),
        ..object(context, change, spec, id)
    };
    context.remember(|state| {
        let address = change.address.to_string();
        let before = state.objects.get(&address);
        let object = Object {
            memory: memory
                .or_else(|| Some(before?.memory.clone()))
                .unwrap_or_default(),
            deposed: before
                .map(|before| superseded(before, &object))
                .unwrap_or_default(),
            ..object
        };
        let changed = before != Some(&object);
        state.objects.insert(address, object);
        changed
    });
}

/// Returns the predecessors of what is now ready. A build leaves the image before it behind, for those that still use it.
fn superseded(before: &Object, now: &Object) -> Vec<Deposed> {
    let is_superseded = !before.id.is_empty() && before.id != now.id && !before.spec["build"].is_null();
    let mut deposed = match is_superseded {
        true => predecessors(before.clone()),
        false => before.deposed.clone(),
    };
    deposed.retain(|old| old.id != now.id);
    deposed
}

/// Writes an object as the state has it.
pub(super) fn object(context: &Context<'_>, change: &Change, spec: &Spec, id: String) -> Object {
    // One of our own that a killed run left unfinished is taken up again: its labels say whose it is.
    let taken_over = change.action == Action::Adopt && change.cause != Cause::Unfinished;
    let adopted = taken_over || was_adopted(context, change, &id);
    Object {
        kind: change.address.kind().to_owned(),
        id,
        name: change.name.clone(),
        nonce: change.nonce.clone(),
        ready: true,
        adopted,
        protect: change.protect,
        spec: sealed_spec(spec, &context.options.key),
        attributes: Json::Null,
        dependencies: change.dependencies.iter().map(ToString::to_string).collect(),
        memory: Json::Null,
        interim: None,
        warm_up: None,
        deposed: Vec::new(),
    }
}

fn was_adopted(context: &Context<'_>, change: &Change, id: &str) -> bool {
    let state = lock(&context.state);
    let object = state.objects.get(&change.address.to_string());
    object.is_some_and(|object| object.has_adopted(id))
}

/// Reads an object that a `data` block names by values that were not known before.
pub(super) async fn read_foreign(context: &Context<'_>, change: &Change) -> Result<(), Diagnostics> {
    let spec = bind::spec(context, change)?;
    let kind = context.kind(&change.address)?;
    let name = spec.get("name").and_then(Value::as_str).unwrap_or(&change.name);
    let Some(object) = kind.object() else {
        return Err(explain::vanished(&change.address).into());
    };
    let live = read(context, change, kind, object, name, None).await?;
    lock(&context.world).completed(&change.address, live.attributes);
    Ok(())
}

/// Reads an object back in the terms of its kind.
pub(super) async fn read(
    context: &Context<'_>,
    change: &Change,
    kind: &dyn Kind,
    object: ObjectKind,
    id: &str,
    logs: Option<&Logs>,
) -> Result<Live, Diagnostic> {
    let unreadable = |error| explain::unreadable(&change.address, &error);
    let found = context.engine.inspect(object, id).await.map_err(unreadable)?;
    let found = found.ok_or_else(|| explain::vanished(&change.address))?;
    let image = match found["Image"].as_str() {
        Some(image) if object == ObjectKind::Container => {
            image_by_id(context, image).await.map_err(unreadable)?
        }
        _ => None,
    };
    Ok(kind.read(&Found {
        inspect: &found,
        image: image.as_deref(),
        logs,
        api: context.engine.about().api,
    }))
}

/// Reads the image that a container was made from; many containers share one.
async fn image_by_id(context: &Context<'_>, id: &str) -> Result<Option<Arc<Json>>, CallError> {
    let known = lock(&context.world).inspects.get(id).cloned();
    if known.is_some() {
        return Ok(known);
    }
    let found = context.engine.inspect(ObjectKind::Image, id).await?.map(Arc::new);
    if let Some(found) = &found {
        lock(&context.world)
            .inspects
            .insert(id.to_owned(), Arc::clone(found));
    }
    Ok(found)
}

/// Puts together what references see: what was foretold while planning, and for the rest what the engine shows. A value
/// that is secret in the spec stays so.
pub(super) fn merge(foretold: Attributes, live: Live) -> Attributes {
    let mut live = live.attributes;
    let settled = foretold.into_iter().filter_map(|(name, foretold)| {
        if foretold.is_wholly_known() {
            return Some((name, foretold));
        }
        let secret = foretold.is_sensitive_anywhere();
        let value = live.swap_remove(&name)?.sensitive_if(secret);
        Some((name, value))
    });
    settled.collect()
}

/// Seals a spec for the state.
pub(super) fn sealed_spec(spec: &Spec, key: &SealKey) -> Json {
    let entries = spec.iter().map(|(name, value)| (name.clone(), seal(value, key)));
    Json::Object(entries.collect())
}

fn sealed_attributes(attributes: &Attributes, key: &SealKey) -> Json {
    let entries = attributes
        .iter()
        .map(|(name, value)| (name.clone(), seal(value, key)));
    Json::Object(entries.collect())
}
