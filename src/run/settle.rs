//! Changes without steps: nothing happens on the engine, only the memory of it changes.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::background::lock;
use super::bind;
use super::context::Context;
use super::record;
use crate::diagnostic::Diagnostics;
use crate::kinds::Spec;
use crate::plan::{Action, Cause, Change};
use crate::value::Attributes;
use crate::value::seal::{has_unknown, unseal};

/// Settles what is known before the first step.
pub(super) async fn known(context: &Context<'_>) {
    for change in stepless(context).filter(|change| !has_unknown(&wanted(change))) {
        // What could not be read is read by the next plan.
        let _ = settle(context, change).await;
    }
}

/// Settles, after the last step, what depends on values that came out of the run.
pub(super) async fn rest(context: &Context<'_>) -> Diagnostics {
    let mut problems = Diagnostics::default();
    for change in stepless(context).filter(|change| has_unknown(&wanted(change))) {
        problems.note(settle(context, change).await);
    }
    problems
}

/// Returns the changes that no step completes. One that only takes a leftover away, or tells a container of changed files,
/// stands at an address and yet says nothing of what is there.
fn stepless<'a>(context: &Context<'a>) -> impl Iterator<Item = &'a Change> + use<'a> {
    let graph = &context.plan.schedule.graph;
    let completed: BTreeSet<_> = graph
        .node_weights()
        .filter(|step| step.completes)
        .map(|step| &step.address)
        .collect();
    let has_steps: BTreeSet<_> = graph.node_weights().map(|step| &step.address).collect();
    let changes = context.plan.changes.iter();
    changes.filter(move |change| {
        let address = &change.address;
        let removed = change.action == Action::Delete && has_steps.contains(address);
        change.cause != Cause::Leftover && !removed && !completed.contains(address)
    })
}

/// Returns what the user sets of a planned spec: computed attributes stand in it as unknown.
fn wanted(change: &Change) -> Json {
    let entries = change.after.as_object().into_iter().flatten();
    entries
        .filter(|(_, value)| !crate::value::seal::is_unknown(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

async fn settle(context: &Context<'_>, change: &Change) -> Result<(), Diagnostics> {
    match change.action {
        Action::Forget | Action::Delete => {
            context.remember(|state| state.objects.remove(&change.address.to_string()).is_some());
            Ok(())
        }
        Action::NoOp | Action::Update | Action::Adopt if !change.address.block.data => {
            refresh(context, change).await
        }
        _ => Ok(()),
    }
}

/// Brings what is remembered of an object up to date, unless it is.
async fn refresh(context: &Context<'_>, change: &Change) -> Result<(), Diagnostics> {
    if is_remembered(context, change) {
        return Ok(());
    }
    let spec = match bind::spec(context, change) {
        Ok(spec) => Spec::clone(&spec),
        // Values that a secret hides are gone, but those of an unchanged object are not needed either.
        Err(_) if change.action == Action::NoOp => unsealed(&wanted(change)),
        Err(problems) => return Err(problems),
    };
    let kind = context.kind(&change.address)?;
    let id = change.id.clone().unwrap_or_default();
    let foretold = kind.foretell(&spec, &change.name);
    let attributes: Attributes = match kind.object() {
        None => foretold,
        Some(object) => {
            let logs = match kind.survives_removal() {
                // What it wrote is an attribute and no condition.
                true => context.engine.logs(&id, None).await.ok(),
                false => None,
            };
            let live = record::read(context, change, kind, object, &id, logs.as_ref()).await;
            record::merge(foretold, live?)
        }
    };
    record::write(context, change, &spec, id, &attributes);
    Ok(())
}

fn is_remembered(context: &Context<'_>, change: &Change) -> bool {
    let state = lock(&context.state);
    let Some(object) = state.objects.get(&change.address.to_string()) else {
        return false;
    };
    let dependencies = change.dependencies.iter().map(ToString::to_string);
    object.id == change.id.as_deref().unwrap_or_default()
        && object.ready
        && object.interim.is_none()
        && object.nonce == change.nonce
        && object.protect == change.protect
        && object.name == change.name
        && dependencies.eq(object.dependencies.iter().cloned())
        && object.spec == wanted(change)
}

fn unsealed(sealed: &Json) -> Spec {
    let entries = sealed.as_object().into_iter().flatten();
    entries
        .map(|(name, value)| (name.clone(), unseal(value)))
        .collect()
}
