//! What is no longer wanted: in state or on the engine, but not in the configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

use super::cost::impact;
use super::sealed::before;
use super::walk::{Decided, Walk};
use super::{Action, Cause, Change, Impact, anonymous, migration};
use crate::address::Address;
use crate::desired::Desired;
use crate::kinds::{Decision, Kind, Ops, Spec};
use crate::observe::Object;

/// Decides for everything that is known and not wanted, by address. With `destroy` nothing is wanted.
pub(crate) fn removals<'a>(walk: &mut Walk<'a>, desired: &Desired) -> Vec<Decided<'a>> {
    let wanted = |address: &Address| !walk.options.destroy && desired.instances.contains_key(address);
    let mut known: BTreeSet<Address> = walk.observed.objects.keys().cloned().collect();
    known.extend(
        walk.state
            .objects
            .keys()
            .filter_map(|address| address.parse().ok()),
    );
    known.extend(walk.observed.interims.keys().cloned());
    known.retain(|address| !wanted(address));
    let mut all = Vec::new();
    for address in &known {
        all.extend(removal(walk, desired, address));
        walk.file_problems(address);
    }
    all
}

fn removal<'a>(walk: &mut Walk<'a>, desired: &Desired, address: &Address) -> Vec<Decided<'a>> {
    let Some(kind) = (walk.options.kinds)(address.kind()) else {
        walk.problems
            .push(super::problems::unknown_kind_in_state(address));
        return Vec::new();
    };
    let instance = desired.instances.get(address);
    let remembered = walk.state.objects.get(&address.to_string());
    let name = remembered.map_or("", |it| it.name.as_str());
    let (object, leftovers) = walk.candidates(address, name);
    let protected = match instance {
        Some(instance) => walk.was_protected(instance),
        None => remembered.is_some_and(|it| it.protect),
    };
    let cause = if walk.options.destroy {
        Cause::Destroy
    } else {
        Cause::NotInConfiguration
    };
    let (action, cause) = match object {
        None if kind.object().is_none() => (Action::Forget, cause),
        None => (Action::Forget, Cause::Vanished),
        Some(_) if protected => (Action::Keep, cause),
        Some(_) if desired.forgets(address) => (Action::Forget, cause),
        Some(_) => (Action::Delete, cause),
    };
    if action == Action::Delete
        && let Some(instance) = instance
        && instance.lifecycle.prevent_destroy
    {
        walk.problems.push(super::problems::prevented(instance, &cause));
    }
    let mut dependencies: Vec<Address> = remembered
        .into_iter()
        .flat_map(|it| &it.dependencies)
        .filter_map(|it| it.parse().ok())
        .collect();
    if remembered.is_none() {
        // State is lost: the configuration, if it still has the block, tells the order as well.
        dependencies = instance.map_or_else(Vec::new, |it| it.dependencies.clone());
    }
    let mut decided = taken_away(walk, kind, address, object, action, cause);
    if action == Action::Delete && decided.ops.up.is_empty() && decided.ops.down.is_empty() {
        // Such as an image that was pulled: others may use it.
        decided.change.action = Action::Forget;
        decided.change.impact = Impact::None;
    }
    if let Some(object) = object.filter(|_| decided.change.action == Action::Delete) {
        decided.change.notes = anonymous::removal(kind.name(), object);
    }
    if let Some(interim) = walk.observed.interims.get(address)
        && !desired.forgets(address)
    {
        migration::removal(&mut decided, interim, protected, walk.options.destroy);
    }
    decided.change.dependencies = dependencies;
    decided.change.protect = protected;
    if let Some(remembered) = remembered {
        decided.change.nonce.clone_from(&remembered.nonce);
        if decided.change.name.is_empty() {
            decided.change.name.clone_from(&remembered.name);
        }
    }
    let mut all: Vec<Decided<'a>> = leftovers
        .into_iter()
        .map(|object| leftover(walk, kind, address, object))
        .collect();
    all.push(decided);
    all
}

/// Decides that what a killed replacement left at an address goes.
pub(crate) fn leftover<'a>(
    walk: &Walk<'a>,
    kind: &dyn Kind,
    address: &Address,
    object: &'a Object,
) -> Decided<'a> {
    taken_away(walk, kind, address, Some(object), Action::Delete, Cause::Leftover)
}

fn taken_away<'a>(
    walk: &Walk<'a>,
    kind: &dyn Kind,
    address: &Address,
    object: Option<&'a Object>,
    action: Action,
    cause: Cause,
) -> Decided<'a> {
    let nothing = Spec::new();
    let applied = walk.applied(address, object);
    let ops = match object {
        Some(object) if action == Action::Delete => kind.ops(&Decision {
            desired: &nothing,
            applied: &applied,
            live: Some((&object.id, &object.live)),
            differences: &[],
            replaced_networks: &[],
            name: &object.live.name,
            start_first: false,
            hand_over: None,
            warm_ups: &[],
            keeps_old: false,
            resume: None,
        }),
        _ => Ops::default(),
    };
    let last = walk.state.objects.get(&address.to_string()).map(|it| &it.spec);
    let impact = match cause {
        Cause::Leftover => Impact::None,
        _ => impact(kind, action, &[], &cause),
    };
    Decided {
        change: Change {
            address: address.clone(),
            moved_from: walk.options.moved.get(address).cloned(),
            action,
            id: object.map(|object| object.id.clone()),
            name: object.map_or_else(String::new, |object| object.live.name.clone()),
            nonce: object.map_or_else(String::new, |object| object.ownership.nonce.clone()),
            before: before(object, &nothing, last, &[], &walk.options.key),
            after: Json::Null,
            differences: Vec::new(),
            cause,
            impact,
            notes: Vec::new(),
            keeps: BTreeMap::new(),
            dependencies: Vec::new(),
            protect: false,
            imported: false,
        },
        ops,
        object,
        leftovers: Vec::new(),
        attributes: Arc::default(),
        pull: None,
        spec: nothing,
    }
}
