//! Puts a plan together: the walk, what is no longer wanted, the order, and what is assumed of the world.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use wharf_state::State;

use super::checks::checked;
use super::claims::Claim;
use super::image::full_reference;
use super::order::{Work, schedule};
use super::outlook::Outlook;
use super::walk::{Decided, Walk};
use super::{
    Action, Cause, Options, OutputChange, Plan, Precondition, check, conflicts, problems, removal, rolling,
    syncs,
};
use crate::address::{Address, Selector};
use crate::desired::Desired;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::engine::ObjectKind;
use crate::kinds::{Kind, Spec};
use crate::observe::Observed;
use crate::value::Value;
use crate::value::seal::seal_output;

/// Decides what is to be done.
///
/// # Errors
/// What is wanted cannot be had, or must not be done: everything that is wrong, and where.
pub fn plan(
    desired: &Desired,
    observed: &Observed,
    state: &State,
    options: &Options,
) -> Result<Plan, Diagnostics> {
    planned(None, desired, observed, state, options)
}

/// Decides what is to be done after the outlook, which was given the same, has walked already.
///
/// # Errors
/// As [`plan`].
pub fn plan_after<'a>(
    outlook: Outlook<'a>,
    desired: &Desired,
    observed: &'a Observed,
    state: &'a State,
    options: &'a Options,
) -> Result<Plan, Diagnostics> {
    planned(outlook.unchanged(desired), desired, observed, state, options)
}

fn planned<'a>(
    walked: Option<Walk<'a>>,
    desired: &Desired,
    observed: &'a Observed,
    state: &'a State,
    options: &'a Options,
) -> Result<Plan, Diagnostics> {
    let mut problems = Diagnostics::default();
    if !state.engine_id.is_empty() && state.engine_id != observed.engine_id {
        problems.push(problems::other_engine(state, &observed.engine_id));
        return Err(problems);
    }
    let mut walk = walked.unwrap_or_else(|| walk(desired, observed, state, options));
    if options.destroy {
        // When everything goes, nothing that is wrong with what was wanted matters.
        walk.wrong.clear();
    }
    let gone = removal::removals(&mut walk, desired);
    let gone = gone.into_iter().map(Cow::Owned);
    let wrongs = std::mem::take(&mut walk.wrong);
    let works: Vec<Cow<'_, Decided<'_>>> = if options.destroy {
        gone.collect()
    } else {
        with_leftovers(&walk).into_iter().chain(gone).collect()
    };
    let replace = options.replace.iter().cloned().map(Selector::Object);
    for asked in options.targets.iter().cloned().chain(replace) {
        let mut known = works.iter().map(|it| &it.change.address);
        if !known.any(|address| asked.selects(address)) {
            let known = works.iter().map(|it| &it.change.address);
            problems.push(problems::unknown_address(&asked, known));
        }
    }
    let targets = targeted(&works, options);
    let is_meant = |address: &Address| targets.as_ref().is_none_or(|targets| targets.contains(address));
    for (_, wrong) in wrongs.into_iter().filter(|(address, _)| is_meant(address)) {
        problems.extend(wrong);
    }
    if !options.destroy {
        problems.extend(conflicts::find(&walk, desired, &is_meant, &leaving(&works)));
    }
    let decided = works.into_iter().filter(|it| is_meant(&it.change.address));
    let decided: Vec<Cow<'_, Decided<'_>>> = decided.collect();
    if problems.has_errors() {
        return Err(problems);
    }
    let fillers = Fillers::new(&decided);
    let works: Vec<Work> = decided
        .iter()
        .map(|it| work(&walk, desired, it, &fillers))
        .collect();
    let preconditions = preconditions(&walk, &decided, &works);
    let changes = decided.into_iter().map(|it| match it {
        Cow::Borrowed(decided) => decided.change.clone(),
        Cow::Owned(decided) => decided.change,
    });
    let mut changes: Vec<_> = changes.collect();
    let turns = rolling::notes(&works);
    for change in changes
        .iter_mut()
        .filter(|change| change.cause != Cause::Leftover)
    {
        change.notes.extend(turns.get(&change.address).cloned());
    }
    changes.sort_by(|a, b| (&a.address, &a.id).cmp(&(&b.address, &b.id)));
    warn_of_mass_loss(&mut changes, state);
    let plan = Plan {
        project: state.project.clone(),
        workspace: state.workspace.clone(),
        lineage: state.lineage.to_string(),
        generation: state.generation,
        engine_id: observed.engine_id.clone(),
        destroy: options.destroy,
        changes,
        outputs: outputs(desired, state, options),
        schedule: schedule(&works, &observed.receivers, &observed.warm_ups),
        preconditions,
        checks: checked(&desired.checks),
    };
    let wrong = check(&plan);
    if wrong.is_empty() {
        return Ok(plan);
    }
    Err(Diagnostic::error("No order is possible")
        .detail(wrong.join("\n"))
        .help("Apply the changes one after the other, for example with `--target`.")
        .into())
}

/// Returns the names of the networks that go.
fn leaving<'a>(works: &'a [Cow<'_, Decided<'_>>]) -> BTreeSet<&'a str> {
    let gone = works
        .iter()
        .map(|it| &it.change)
        .filter(|it| it.action == Action::Delete);
    gone.filter(|it| it.address.kind() == "network")
        .map(|it| it.name.as_str())
        .collect()
}

/// Walks until nothing more is found to be replaced: what is matters also to containers that come before it and know it by its name.
fn walk<'a>(desired: &Desired, observed: &'a Observed, state: &'a State, options: &'a Options) -> Walk<'a> {
    let mut known = Vec::new();
    let mut networks = BTreeMap::new();
    loop {
        let mut walk = Walk::new(observed, state, options);
        walk.replaced.clone_from(&known);
        walk.replaced_networks.clone_from(&networks);
        for instance in desired.instances.values() {
            walk.visit(instance);
        }
        if walk.replaced_networks == networks && !walk.was_late(&known) {
            return walk;
        }
        (known, networks) = (walk.replaced, walk.replaced_networks);
    }
}

/// Returns what was decided, each followed by what goes as a leftover at the same address.
fn with_leftovers<'w, 'a>(walk: &'w Walk<'a>) -> Vec<Cow<'w, Decided<'a>>> {
    let mut all = Vec::new();
    for decided in walk.decided.values() {
        all.push(Cow::Borrowed(decided));
        let Some(kind) = (walk.options.kinds)(decided.change.address.kind()) else {
            continue;
        };
        for object in &decided.leftovers {
            let leftover = removal::leftover(walk, kind, &decided.change.address, object);
            all.push(Cow::Owned(leftover));
        }
    }
    all
}

/// Returns the addresses that `--target` lets through: with dependencies, or, when destroying, with dependents.
fn targeted(works: &[Cow<'_, Decided<'_>>], options: &Options) -> Option<BTreeSet<Address>> {
    if options.targets.is_empty() {
        return None;
    }
    let mut chosen: BTreeSet<Address> = works
        .iter()
        .map(|it| it.change.address.clone())
        .filter(|address| options.targets.iter().any(|target| target.selects(address)))
        .collect();
    // What goes takes along what depends on it; what merely stays, because a target needs it, does not.
    let leaves: BTreeSet<&Address> = works
        .iter()
        .map(|it| &it.change)
        .filter(|change| {
            matches!(
                change.action,
                Action::Delete | Action::Replace | Action::ReplaceStartFirst
            )
        })
        .map(|change| &change.address)
        .collect();
    let takes_along = |chosen: &BTreeSet<Address>, it: &Address| chosen.contains(it) && leaves.contains(it);
    loop {
        let before = chosen.len();
        for it in works {
            let goes = it.change.action == Action::Delete;
            let depends = it.change.dependencies.iter();
            if goes && depends.clone().any(|dependency| takes_along(&chosen, dependency)) {
                chosen.insert(it.change.address.clone());
            }
            if !goes && chosen.contains(&it.change.address) {
                chosen.extend(depends.cloned());
            }
        }
        if chosen.len() == before {
            return Some(chosen);
        }
    }
}

fn work(walk: &Walk<'_>, desired: &Desired, decided: &Decided<'_>, fillers: &Fillers) -> Work {
    let change = &decided.change;
    let object = (walk.options.kinds)(change.address.kind()).and_then(Kind::object);
    let leftover = change.cause == Cause::Leftover;
    let remembered = walk.state.objects.get(&change.address.to_string());
    let mut held: Vec<Address> = match remembered {
        Some(remembered) => remembered
            .dependencies
            .iter()
            .filter_map(|it| it.parse().ok())
            .collect(),
        None => change.dependencies.clone(),
    };
    let wanted = desired.instances.contains_key(&change.address) && !walk.options.destroy && !leftover;
    let mut claims = BTreeSet::new();
    let mut occupies = BTreeSet::new();
    if let Some(object) = object {
        if wanted {
            claims.extend(claims_of(object, &change.name, &decided.spec));
        }
        if let Some(live) = decided.object.map(|it| &it.live) {
            held.extend(fillers.volumes_of(&live.spec).cloned());
            occupies.extend(claims_of(object, &live.name, &live.spec));
        }
    }
    Work {
        address: change.address.clone(),
        action: change.action,
        ops: decided.ops.clone(),
        needs: if wanted {
            change.dependencies.clone()
        } else {
            Vec::new()
        },
        held,
        prefers: fillers.of(&decided.spec),
        pull: decided.pull.clone(),
        leftover,
        occupies,
        claims,
        tells: if object.is_none() {
            syncs::tells(walk, &decided.spec)
        } else {
            Vec::new()
        },
        rolling: rolling::of(decided),
    }
}

fn claims_of(object: ObjectKind, name: &str, spec: &Spec) -> Vec<Claim> {
    let mut claims = Vec::new();
    if object == ObjectKind::Image {
        return claims;
    }
    if !name.is_empty() {
        claims.push(Claim::Name(object, name.to_owned()));
    }
    for port in conflicts::host_ports(spec) {
        claims.push(Claim::Port(port.port, port.protocol));
    }
    claims.extend(conflicts::subnets_of(spec).into_iter().map(Claim::Subnet));
    for address in conflicts::addresses_of(spec) {
        claims.push(Claim::Address(address.network, address.ip));
    }
    claims
}

/// Volumes, what fills them, and what gets images: whoever uses one of them goes after it, also by its name alone.
struct Fillers {
    /// The volumes by name.
    volumes: BTreeMap<String, Address>,
    /// The syncs by the volume that they fill.
    syncs: BTreeMap<String, Vec<Address>>,
    /// The blocks of images by their full references.
    images: BTreeMap<String, Vec<Address>>,
    /// The place of each in the order in which things were decided.
    order: BTreeMap<Address, usize>,
}

impl Fillers {
    fn new(all: &[Cow<'_, Decided<'_>>]) -> Self {
        let mut this = Self {
            volumes: BTreeMap::new(),
            syncs: BTreeMap::new(),
            images: BTreeMap::new(),
            order: BTreeMap::new(),
        };
        for (at, decided) in all.iter().enumerate() {
            let address = &decided.change.address;
            if address.kind() == "volume" && !address.block.data {
                this.volumes.insert(decided.change.name.clone(), address.clone());
                this.order.entry(address.clone()).or_insert(at);
            }
            let volume = syncs::target_volume(&decided.spec).and_then(Value::as_str);
            let image = (address.kind() == "image").then(|| full_reference(&decided.change.name));
            if let Some(volume) = volume {
                this.syncs
                    .entry(volume.to_owned())
                    .or_default()
                    .push(address.clone());
            }
            if let Some(image) = &image {
                this.images
                    .entry(image.clone())
                    .or_default()
                    .push(address.clone());
            }
            if volume.is_some() || image.is_some() {
                this.order.entry(address.clone()).or_insert(at);
            }
        }
        this
    }

    /// Returns the volumes that a spec mounts.
    fn volumes_of(&self, spec: &Spec) -> impl Iterator<Item = &Address> {
        let mounted = mounted(spec).into_iter();
        mounted.filter_map(|volume| self.volumes.get(volume))
    }

    /// Returns the volumes that a spec mounts, the syncs that fill them, and the image whose reference it names.
    fn of(&self, spec: &Spec) -> Vec<Address> {
        let mounted = mounted(spec);
        let syncs = mounted.iter().filter_map(|volume| self.syncs.get(*volume));
        let image = spec.get("image").and_then(Value::as_str).map(full_reference);
        let images = image.as_ref().and_then(|image| self.images.get(image));
        let mut found: Vec<Address> = syncs
            .chain(images)
            .flatten()
            .chain(self.volumes_of(spec))
            .cloned()
            .collect();
        found.sort_by_key(|address| self.order.get(address));
        found.dedup();
        found
    }
}

/// Returns the names of the volumes that a spec mounts.
fn mounted(spec: &Spec) -> BTreeSet<&str> {
    let mounts = spec.get("mount").and_then(Value::as_elements).unwrap_or(&[]);
    let names = mounts
        .iter()
        .filter_map(|mount| mount.get("volume").and_then(Value::as_str));
    names.collect()
}

/// When most of what is known is gone at once, it is more likely the wrong engine than many removals.
fn warn_of_mass_loss(changes: &mut [super::Change], state: &State) {
    let known = state.objects.values().filter(|it| !it.id.is_empty()).count();
    let vanished = |change: &super::Change| change.cause == Cause::Vanished;
    let gone = changes.iter().filter(|change| vanished(change)).count();
    if known >= 4
        && gone * 2 > known
        && let Some(first) = changes.iter_mut().find(|change| vanished(change))
    {
        first.notes.push(format!(
            "{gone} of the {known} objects that the state knows are gone: is this the right engine?"
        ));
    }
}

fn outputs(desired: &Desired, state: &State, options: &Options) -> Vec<OutputChange> {
    let mut changes = Vec::new();
    let before = |name: &str| state.outputs.get(name).map_or(Json::Null, |it| it.value.clone());
    if !options.destroy {
        for (name, output) in &desired.outputs {
            let value = output.value.clone().sensitive_if(output.sensitive);
            changes.push(OutputChange {
                name: name.clone(),
                before: before(name),
                after: seal_output(&value, &options.key),
            });
        }
    }
    let kept = |name: &String| !options.destroy && desired.outputs.contains_key(name);
    for name in state.outputs.keys().filter(|name| !kept(name)) {
        changes.push(OutputChange {
            name: name.clone(),
            before: before(name),
            after: Json::Null,
        });
    }
    changes.retain(|change| change.before != change.after);
    changes
}

fn preconditions(walk: &Walk<'_>, decided: &[Cow<'_, Decided<'_>>], works: &[Work]) -> Vec<Precondition> {
    let told: BTreeSet<&Address> = works.iter().flat_map(|it| &it.tells).map(|it| &it.0).collect();
    let held = held_names(walk);
    let mut all: BTreeMap<(String, String), Precondition> = BTreeMap::new();
    for it in decided {
        let change = &it.change;
        let address = change.address.clone();
        let touched = !matches!(
            change.action,
            Action::NoOp | Action::Read | Action::Forget | Action::Keep
        );
        if let Some(interim) = walk.observed.interims.get(&address).filter(|_| touched) {
            all.insert(
                (address.to_string(), interim.name.clone()),
                Precondition::Waiting {
                    address: address.clone(),
                    name: interim.name.clone(),
                    nonce: interim.nonce.clone(),
                },
            );
        }
        if let Some(object) = it.object
            && (touched || told.contains(&address))
        {
            all.insert(
                (address.to_string(), object.id.clone()),
                Precondition::Unchanged {
                    address,
                    id: object.id.clone(),
                    fingerprint: object.fingerprint(&walk.options.key),
                },
            );
        } else if change.action == Action::Create
            && let Some(object) = (walk.options.kinds)(address.kind()).and_then(Kind::object)
            && object != ObjectKind::Image
            && !change.name.is_empty()
            && !held.contains(&(object, change.name.as_str()))
        {
            all.insert(
                (address.to_string(), String::new()),
                Precondition::Free {
                    address,
                    object,
                    name: change.name.clone(),
                },
            );
        }
    }
    all.into_values().collect()
}

/// Lists the names that our own objects bear: each lets go of its own before it is taken.
fn held_names<'w>(walk: &'w Walk<'_>) -> BTreeSet<(ObjectKind, &'w str)> {
    let mut held = BTreeSet::new();
    for (address, objects) in &walk.observed.objects {
        if let Some(object) = (walk.options.kinds)(address.kind()).and_then(Kind::object) {
            held.extend(objects.iter().map(|it| (object, it.live.name.as_str())));
        }
    }
    held
}
