//! A step and its object's values → the engine's call.

use std::sync::Arc;

use super::background::lock;
use super::context::Context;
use super::transfer;
use crate::diagnostic::{Diagnostic, Diagnostics, Fault};
use crate::engine::{Call, ObjectKind, Op};
use crate::kinds::{Binding, Presence, Spec};
use crate::plan::{Change, Step};
use crate::value::seal::{self, SealKey, Sealed};

/// A call, and what it was made from.
pub(super) struct Prepared {
    pub(super) call: Call,
    pub(super) spec: Option<Arc<Spec>>,
    /// The packed context of a build, removed when this is dropped.
    pub(super) context: Option<tempfile::TempPath>,
}

/// Turns a step into the engine's call.
pub(super) async fn call(
    context: &Context<'_>,
    step: &Step,
    change: &Change,
    id: &str,
) -> Result<Prepared, Diagnostics> {
    // A pull may stand before everything else that an instance needs, when its values are not known yet.
    if let Op::ImagePull { reference } = &step.op {
        return Ok(Prepared {
            call: Call::ImagePull {
                reference: reference.clone(),
                platform: change.after["platform"].as_str().map(str::to_owned),
            },
            spec: None,
            context: None,
        });
    }
    // Also what is left of a receiver whose sync is gone, in the name of something else.
    if step.op == Op::ReceiverRemove {
        return Ok(Prepared {
            call: Call::ContainerRemove {
                id: id.to_owned(),
                force: true,
                volumes: false,
            },
            spec: None,
            context: None,
        });
    }
    let bound = if needs_spec(&step.op) {
        Some(spec(context, change)?)
    } else {
        None
    };
    let none = Spec::new();
    let values = bound.as_deref().unwrap_or(&none);
    if step.op == Op::SyncTransfer {
        return Ok(Prepared {
            call: transfer::transfer(context, &step.address, values, id).await?,
            spec: bound,
            context: None,
        });
    }
    let packed = match step.op {
        Op::ImageBuild => Some(transfer::pack(context, &step.address, values).await?),
        _ => None,
    };
    let image = image(context, step, values).await?;
    let ownership = context.ownership(change);
    let networks = Arc::clone(&lock(&context.world).networks);
    let binding = Binding {
        ownership: &ownership,
        name: &change.name,
        spec: values,
        id,
        networks: &networks,
        image: image.as_deref(),
        keeps: &change.keeps,
        context: packed.as_deref(),
        api: context.engine.about().api,
        root: &context.options.root,
    };
    let call = context
        .kind(&step.address)?
        .call(&step.op, &binding)
        .map_err(|sentence| cannot_call(step, &sentence))?;
    Ok(Prepared {
        call,
        spec: bound,
        context: packed,
    })
}

fn cannot_call(step: &Step, sentence: &str) -> Diagnostic {
    Diagnostic::error("A step cannot be carried out").detail(format!("{}: {sentence}.", step.address))
}

/// Tells whether an op takes anything from the spec. The others may run before its values can be known.
fn needs_spec(op: &Op) -> bool {
    matches!(
        op,
        Op::VolumeCreate
            | Op::NetworkCreate
            | Op::NetworkConnect { .. }
            | Op::ImageBuild
            | Op::ContainerCreate { .. }
            | Op::ContainerUpdate { .. }
            | Op::FilesPut
            | Op::ReceiverCreate
            | Op::SyncTransfer
            | Op::SyncLocal
    )
}

/// Returns an instance's spec, which is evaluated once and has to be what the plan showed.
pub(super) fn spec(context: &Context<'_>, change: &Change) -> Result<Arc<Spec>, Diagnostics> {
    if let Some(spec) = lock(&context.world).specs.get(&change.address) {
        return Ok(Arc::clone(spec));
    }
    let outcomes = Arc::clone(&lock(&context.world).outcomes);
    let mut spec = context.binder.spec(&change.address, &outcomes)?;
    drop(outcomes);
    add_derived(context, change, &mut spec)?;
    let differing = differing(&change.after, &spec, &context.options.key);
    if !differing.is_empty() {
        return Err(moved(change, &differing).into());
    }
    let spec = Arc::new(spec);
    lock(&context.world)
        .specs
        .insert(change.address.clone(), Arc::clone(&spec));
    Ok(spec)
}

/// Adds what planning read from local files. What the files are by now is held against it where they are used.
fn add_derived(context: &Context<'_>, change: &Change, spec: &mut Spec) -> Result<(), Diagnostics> {
    let fields = context.kind(&change.address)?.fields().iter();
    for field in fields.filter(|field| field.presence == Presence::Derived) {
        if let Some(planned) = change.after.get(field.name) {
            spec.insert(field.name.to_owned(), seal::unseal(planned));
        }
    }
    Ok(())
}

fn moved(change: &Change, differing: &[String]) -> Diagnostic {
    let names = differing
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>();
    Diagnostic::error("Values are no longer those of the plan")
        .fault(Fault::Conflict)
        .detail(format!(
            "{}: the plan was made with other values of {}. Nothing was done with it.",
            change.address,
            names.join(", ")
        ))
        .help("Make a new plan, and look at what has changed.")
}

/// Returns the attributes whose values are not what the plan has; what it had as unknown may be anything.
pub(super) fn differing(planned: &Sealed, spec: &Spec, key: &SealKey) -> Vec<String> {
    let Some(planned) = planned.as_object() else {
        return spec.keys().cloned().collect();
    };
    let unplanned = spec.keys().filter(|name| !planned.contains_key(*name));
    let changed = planned
        .iter()
        .filter(|(name, planned)| match spec.get(*name) {
            Some(value) => !fits(planned, &seal::seal(value, key)),
            None => !seal::is_unknown(planned) && !is_unknown_secret(planned),
        })
        .map(|(name, _)| name);
    unplanned.chain(changed).cloned().collect()
}

/// Tells whether a value is what was planned, as far as that was known.
fn fits(planned: &Sealed, now: &Sealed) -> bool {
    if seal::is_unknown(planned) {
        return true;
    }
    if is_unknown_secret(planned) {
        return seal::is_sensitive(now);
    }
    match (planned, now) {
        (Sealed::Array(planned), Sealed::Array(now)) => {
            planned.len() == now.len() && planned.iter().zip(now).all(|(planned, now)| fits(planned, now))
        }
        (Sealed::Object(planned), Sealed::Object(now)) => {
            now.keys().all(|name| planned.contains_key(name))
                && planned.iter().all(|(name, planned)| match now.get(name) {
                    Some(now) => fits(planned, now),
                    None => seal::is_unknown(planned),
                })
        }
        _ => planned == now,
    }
}

fn is_unknown_secret(sealed: &Sealed) -> bool {
    sealed.get("$sensitive").is_some_and(|hash| hash == "")
}

/// Returns the image that a container is made from as the user names it: so it shows in lists. Which image that has to be is
/// noted, for after the container was made.
async fn image(context: &Context<'_>, step: &Step, spec: &Spec) -> Result<Option<String>, Diagnostic> {
    match step.op {
        Op::ContainerCreate { .. } => {}
        Op::ReceiverCreate | Op::CopierCreate { .. } => {
            return transfer::receiver_reference(context, &step.address)
                .await
                .map(Some);
        }
        _ => return Ok(None),
    }
    let Some(reference) = spec.get("image").and_then(|image| image.as_str()) else {
        return Ok(None);
    };
    let known = lock(&context.world).image(reference).is_some();
    if !known {
        let found = context.engine.inspect(ObjectKind::Image, reference).await;
        let image = found.map_err(|error| super::explain::unreadable(&step.address, &error))?;
        let id = image.and_then(|image| image["Id"].as_str().map(str::to_owned));
        let id = id.ok_or_else(|| no_image(step, reference))?;
        lock(&context.world).images.insert(reference.to_owned(), id);
    }
    Ok(Some(reference.to_owned()))
}

fn no_image(step: &Step, reference: &str) -> Diagnostic {
    Diagnostic::error("The image is not there")
        .detail(format!(
            "{} is to be made from the image `{reference}`, which the engine does not have.",
            step.address
        ))
        .help("Declare it with an `image` block, so that it is pulled or built first, or pull it by hand.")
}
