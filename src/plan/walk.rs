//! The walk over the desired instances, dependencies first: what happens to each, why, and what references to it see.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::Value as Json;
use uuid::Uuid;
use wharf_state::State;

use super::diff::{self, Inputs, differences, is_ignored};
use super::image::{Image, image_of};
use super::sealed::{after, before};
use super::{Action, Cause, Change, Difference, Impact, Options, problems, syncs};
use crate::address::Address;
use crate::desired::Instance;
use crate::diagnostic::Diagnostics;
use crate::engine::{ObjectKind, Op, Target};
use crate::kinds::{Compare, Cost, Decision, Field, FieldType, Found, Kind, Ops, Presence, Spec, Status};
use crate::observe::{Object, Observed};
use crate::value::seal::unseal;
use crate::value::{Attributes, Value};

/// What was decided for one instance.
#[derive(Clone, Debug)]
pub(crate) struct Decided<'a> {
    /// For the reader.
    pub(crate) change: Change,
    /// For the schedule.
    pub(crate) ops: Ops,
    /// The object that is there.
    pub(crate) object: Option<&'a Object>,
    /// Other objects at the address, which go.
    pub(crate) leftovers: Vec<&'a Object>,
    /// What references to the instance see.
    pub(crate) attributes: Attributes,
    /// The image that must be pulled before.
    pub(crate) pull: Option<String>,
    /// The spec, with what was found by reading local files.
    pub(crate) spec: Spec,
}

/// What the walk is to find out of one instance.
pub(crate) struct Verdict {
    pub(crate) action: Action,
    pub(crate) cause: Cause,
    pub(crate) differences: Vec<Difference>,
}

impl Verdict {
    pub(crate) const NOTHING: Self = Self {
        action: Action::NoOp,
        cause: Cause::None,
        differences: Vec::new(),
    };

    pub(crate) fn new(action: Action, cause: Cause) -> Self {
        Self {
            action,
            cause,
            differences: Vec::new(),
        }
    }
}

/// The walk so far.
pub(crate) struct Walk<'a> {
    pub(crate) observed: &'a Observed,
    pub(crate) state: &'a State,
    pub(crate) options: &'a Options,
    /// What was decided, in the order of the walk.
    pub(crate) decided: IndexMap<Address, Decided<'a>>,
    /// Networks that are replaced, by name.
    pub(crate) replaced_networks: BTreeMap<String, Address>,
    /// What is wrong.
    pub(crate) problems: Diagnostics,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(observed: &'a Observed, state: &'a State, options: &'a Options) -> Self {
        Self {
            observed,
            state,
            options,
            decided: IndexMap::new(),
            replaced_networks: BTreeMap::new(),
            problems: Diagnostics::default(),
        }
    }

    /// Decides what happens to an instance whose dependencies have been decided.
    pub(crate) fn visit(&mut self, instance: &Instance) {
        let Some(kind) = (self.options.kinds)(instance.address.kind()) else {
            self.problems.push(problems::unknown_kind(instance));
            return;
        };
        problems::too_old(kind, instance, self.observed.api, &mut self.problems);
        let decided = if instance.address.block.data {
            self.data(instance, kind)
        } else if kind.object().is_none() {
            syncs::decide(self, instance, kind)
        } else {
            self.object(instance, kind)
        };
        if kind.object() == Some(ObjectKind::Network) && decided.is_replaced() {
            self.replaced_networks
                .insert(instance.name.clone(), instance.address.clone());
        }
        self.decided.insert(instance.address.clone(), decided);
    }

    /// Returns the nonce of the object that the plan makes for an address.
    pub(crate) fn new_nonce(&self, address: &Address) -> String {
        Uuid::new_v5(&self.options.seed, address.to_string().as_bytes()).to_string()
    }

    fn data(&mut self, instance: &Instance, kind: &'static dyn Kind) -> Decided<'a> {
        let foretold = || kind.foretell(&instance.spec, &instance.name);
        let (action, attributes) = match self.observed.data.get(&instance.address) {
            Some(Some(live)) => (Action::NoOp, live.attributes.clone()),
            Some(None) => {
                self.problems.push(problems::nothing_to_read(instance));
                (Action::NoOp, foretold())
            }
            None => (Action::Read, foretold()),
        };
        let mut ops = Ops::default();
        if action == Action::Read {
            ops.up.push((Target::New, Op::Read));
        }
        let change = Change {
            action,
            nonce: String::new(),
            ..self.change(instance, kind, &instance.spec, None, Verdict::NOTHING)
        };
        Decided {
            change,
            ops,
            object: None,
            leftovers: Vec::new(),
            attributes,
            pull: None,
            spec: instance.spec.clone(),
        }
    }

    fn object(&mut self, instance: &Instance, kind: &'static dyn Kind) -> Decided<'a> {
        let spec = self.with_derived(instance, kind.fields());
        let (object, leftovers) = self.candidates(&instance.address, &instance.name);
        let image = image_of(self, kind, &spec, &instance.address);
        let verdict = match object {
            None => self.absent(instance, kind, &spec),
            Some(object) => self.present(instance, kind, &spec, object, &image),
        };
        self.refuse(instance, kind, object, &verdict);

        let attached: Vec<(String, Address)> = self.attached(kind, &spec, object);
        let verdict = reattach(verdict, &attached);
        let names: Vec<String> = attached.into_iter().map(|(name, _)| name).collect();
        let ops = self.ops(instance, kind, &spec, object, &verdict, &names);
        let attributes = self.attributes(instance, kind, &spec, object, &verdict);
        let makes = matches!(
            verdict.action,
            Action::Create | Action::Replace | Action::ReplaceStartFirst
        );
        let mut change = self.change(instance, kind, &spec, object, verdict);
        let mut pull = None;
        if makes {
            match image {
                Image::Missing(why) => {
                    let reference = spec.get("image").and_then(Value::as_str).unwrap_or("");
                    self.problems.push(problems::no_image(instance, reference, &why));
                }
                Image::Pull(reference) => {
                    change.notes.push(format!("image {reference} is pulled first"));
                    pull = Some(reference);
                }
                Image::None | Image::Id(_) | Image::Later => {}
            }
            change.nonce = self.new_nonce(&instance.address);
        }
        if change.action == Action::Adopt && object.is_none() {
            let local = self.local_image(kind, &spec, &instance.name);
            let local = local.and_then(|image| image["Id"].as_str()).map(str::to_owned);
            let foreign = self.foreign(kind, &instance.name).map(|it| it.id.clone());
            change.id = foreign.or(local);
        }
        Decided {
            change,
            ops,
            object,
            leftovers,
            attributes,
            pull,
            spec,
        }
    }

    /// Adds what was found by reading local files, such as the digest of a build's context.
    fn with_derived(&self, instance: &Instance, fields: &[Field]) -> Spec {
        let mut spec = instance.spec.clone();
        let Some(digest) = self.observed.contexts.get(&instance.address) else {
            return spec;
        };
        for field in fields {
            if field.presence == Presence::Derived {
                spec.insert(field.name.to_owned(), Value::from(digest.as_str()));
            }
            let FieldType::Block(inner) = field.ty else {
                continue;
            };
            let derived = inner.iter().find(|field| field.presence == Presence::Derived);
            if let (Some(derived), Some(block)) = (derived, spec.get(field.name))
                && let Some(entries) = block.as_entries()
            {
                let mut entries = entries.clone();
                entries.insert(derived.name.to_owned(), Value::from(digest.as_str()));
                let block = Value::object(entries).sensitive_if(block.sensitive);
                spec.insert(field.name.to_owned(), block);
            }
        }
        spec
    }

    /// Chooses among the objects at an address: the one that state knows, else the one that is furthest.
    pub(crate) fn candidates(&self, address: &Address, name: &str) -> (Option<&'a Object>, Vec<&'a Object>) {
        let known = self
            .state
            .objects
            .get(&address.to_string())
            .map(|it| it.id.as_str());
        let mut objects: Vec<&Object> = self.observed.objects.get(address).into_iter().flatten().collect();
        objects.sort_by_key(|object| {
            let unfinished = object.live.status == Status::Created;
            (
                Some(object.id.as_str()) != known,
                unfinished,
                object.live.name != name,
                object.id.as_str(),
            )
        });
        let mut objects = objects.into_iter();
        (objects.next(), objects.collect())
    }

    fn foreign(&self, kind: &dyn Kind, name: &str) -> Option<&'a crate::observe::Foreign> {
        self.observed.foreign.get(&(kind.object()?, name.to_owned()))
    }

    /// Decides for an instance that has no object.
    fn absent(&mut self, instance: &Instance, kind: &'static dyn Kind, spec: &Spec) -> Verdict {
        let remembered = self.state.objects.get(&instance.address.to_string());
        if let Some(foreign) = self.foreign(kind, &instance.name) {
            if spec.get("adopt").and_then(Value::as_bool) == Some(true) {
                return Verdict::new(Action::Adopt, Cause::New);
            }
            self.problems
                .push(problems::foreign(instance, kind, foreign, self.state));
        }
        if self.local_image(kind, spec, &instance.name).is_some() {
            return Verdict::new(Action::Adopt, Cause::New);
        }
        let pulled = kind.object() == Some(ObjectKind::Image) && !spec.contains_key("build");
        let name = spec.get("name").and_then(Value::as_str).unwrap_or(&instance.name);
        if let Some(Err(why)) = self.observed.pullable.get(name).filter(|_| pulled) {
            self.problems.push(problems::no_image(instance, name, why));
        }
        match remembered {
            None => Verdict::new(Action::Create, Cause::New),
            Some(done) if is_job(kind) && done.ready => self.rerun(instance, kind, spec, &done.spec),
            Some(_) => Verdict::new(Action::Create, Cause::Vanished),
        }
    }

    /// Returns the image that is there already under the reference, if it need not be built.
    pub(crate) fn local_image(&self, kind: &dyn Kind, spec: &Spec, name: &str) -> Option<&'a Json> {
        let is_image = kind.object() == Some(ObjectKind::Image);
        if !is_image || spec.contains_key("build") || spec.contains_key("context_digest") {
            return None;
        }
        let name = spec.get("name").and_then(Value::as_str).unwrap_or(name);
        self.observed.images.get(name)
    }

    /// Decides for a job that is done and whose container somebody removed.
    fn rerun(&self, instance: &Instance, kind: &dyn Kind, spec: &Spec, last: &Json) -> Verdict {
        if let Some(cause) = self.asked_for(instance) {
            return Verdict::new(Action::Create, cause);
        }
        let mut decisive = diff::differs_from_last(kind.fields(), spec, last, &self.options.key);
        decisive.retain(|path| !is_ignored(path, &instance.lifecycle.ignore_changes));
        if decisive.is_empty() {
            Verdict::NOTHING
        } else {
            Verdict::new(Action::Create, Cause::Differences { decisive })
        }
    }

    /// Decides for an instance that has an object.
    fn present(
        &mut self,
        instance: &Instance,
        kind: &'static dyn Kind,
        spec: &Spec,
        object: &'a Object,
        image: &Image,
    ) -> Verdict {
        let memory = Memory::of(self.state, instance, object, kind);
        let mut differences = self.compare(instance, kind, spec, object, image, &memory);
        differences.retain(|difference| !is_ignored(&difference.path, &instance.lifecycle.ignore_changes));

        let replaced = differences.iter().any(|it| it.cost >= Cost::Replace);
        let failed = is_job(kind) && !memory.ready && matches!(object.live.status, Status::Exited(_));
        let cause = if let Some(cause) = self.asked_for(instance) {
            Some(cause)
        } else if let Some(to) = self.holder(kind, spec, &object.live.spec) {
            Some(Cause::Attached { to })
        } else if replaced {
            Some(Cause::Differences {
                decisive: differences
                    .iter()
                    .filter(|it| it.cost >= Cost::Replace)
                    .map(|it| it.path.clone())
                    .collect(),
            })
        } else {
            failed.then_some(Cause::Unfinished)
        };
        if let Some(cause) = cause {
            return Verdict {
                action: self.replacement(instance, kind),
                cause,
                differences,
            };
        }
        let cause = if memory.ready {
            Cause::Differences {
                decisive: differences.iter().map(|it| it.path.clone()).collect(),
            }
        } else {
            Cause::Unfinished
        };
        match (differences.is_empty(), memory.ready && memory.spec.is_some()) {
            (true, true) => Verdict::NOTHING,
            (true, false) => Verdict::new(Action::Adopt, Cause::Unfinished),
            (false, _) => Verdict {
                action: Action::Update,
                cause,
                differences,
            },
        }
    }

    /// Returns why an object is replaced although nothing of its own asks for it.
    fn asked_for(&self, instance: &Instance) -> Option<Cause> {
        if matches_any(&self.options.replace, &instance.address) {
            return Some(Cause::Requested);
        }
        self.trigger(instance).map(|by| Cause::Triggered { by })
    }

    /// Returns what is replaced and cannot be while an object holds on to it: a volume, or a container whose network it shares.
    fn holder(&self, kind: &dyn Kind, desired: &Spec, live: &Spec) -> Option<Address> {
        if kind.object() != Some(ObjectKind::Container) {
            return None;
        }
        let replaced = self.decided.values().filter(|decided| decided.is_replaced());
        replaced
            .filter(|decided| {
                let name = decided.change.name.as_str();
                match (self.options.kinds)(decided.change.address.kind()).and_then(|kind| kind.object()) {
                    Some(ObjectKind::Volume) => mounts(live, name) || mounts(desired, name),
                    Some(ObjectKind::Container) => {
                        let mode = desired.get("network_mode").and_then(Value::as_str);
                        mode.and_then(|mode| mode.strip_prefix("container:")) == Some(name)
                    }
                    _ => false,
                }
            })
            .map(|decided| decided.change.address.clone())
            .next()
    }

    fn trigger(&self, instance: &Instance) -> Option<Address> {
        let triggers = &instance.lifecycle.replace_triggered_by;
        self.decided
            .values()
            .filter(|decided| decided.is_changed())
            .find(|decided| {
                let address = &decided.change.address;
                triggers.iter().any(|(block, key, path)| {
                    address.block == *block
                        && (key.is_none() || address.key == *key)
                        && (path.is_empty() || decided.touches(path))
                })
            })
            .map(|decided| decided.change.address.clone())
    }

    /// Tells in which order an object is replaced.
    fn replacement(&mut self, instance: &Instance, kind: &dyn Kind) -> Action {
        let can = kind.object() == Some(ObjectKind::Container);
        // What must first let go of something that is itself taken away cannot wait for its successor.
        let held = instance.dependencies.iter().any(|address| {
            self.decided.get(address).is_some_and(|dependency| {
                dependency.change.action == Action::Replace && !dependency.ops.down.is_empty()
            })
        });
        if instance.lifecycle.start_first && can && !held {
            Action::ReplaceStartFirst
        } else {
            Action::Replace
        }
    }

    /// Compares by FIELDS, and what FIELDS do not say: name, image, and whether it runs.
    fn compare(
        &self,
        instance: &Instance,
        kind: &'static dyn Kind,
        spec: &Spec,
        object: &Object,
        image: &Image,
        memory: &Memory<'_>,
    ) -> Vec<Difference> {
        let mut desired = spec.clone();
        let mut live = object.live.spec.clone();
        let has = |name: &str| kind.fields().iter().any(|field| field.name == name);
        let is_named = kind.object() != Some(ObjectKind::Image) && !instance.name.is_empty();
        if is_named {
            // A derived name is remembered too: what counts is what it is to be and what it is.
            desired.remove("name");
        }
        let is_container = kind.object() == Some(ObjectKind::Container);
        if is_container {
            desired.remove("image");
        }
        let wants_running = has("running") && spec.get("running").and_then(Value::as_bool) != Some(false);
        if has("running") {
            let running = matches!(object.live.status, Status::Running | Status::Other);
            live.insert("running".to_owned(), Value::from(running));
        }
        let last = memory.spec.map(|spec| without(spec, is_named, is_container));
        let mut found = differences(&Inputs {
            fields: kind.fields(),
            desired: &desired,
            last: last.as_ref(),
            live: &live,
            key: &self.options.key,
        });
        if is_named && object.live.name != instance.name {
            let cost = field(kind, "name").map_or(Cost::Replace, |field| field.cost);
            let last = memory
                .spec
                .and_then(|spec| spec.get("name"))
                .and_then(Json::as_str);
            found.push(Difference {
                path: "name".to_owned(),
                before: object.live.name.as_str().into(),
                after: instance.name.as_str().into(),
                cost,
                drift: memory.name == Some(instance.name.as_str()) || last == Some(instance.name.as_str()),
            });
        }
        if is_container {
            found.extend(image.difference(&object.live, spec, memory.spec, &self.options.key));
        }
        let stopped = matches!(object.live.status, Status::Created | Status::Exited(_));
        let must_start = if is_job(kind) {
            !memory.ready && matches!(object.live.status, Status::Created | Status::Running)
        } else {
            wants_running && (stopped || !memory.ready)
        };
        if must_start && !found.iter().any(|it| it.path == "running") {
            found.push(Difference {
                path: "running".to_owned(),
                before: (!stopped).into(),
                after: true.into(),
                cost: Cost::Live,
                drift: memory.ready,
            });
        }
        if object.live.status == Status::Created {
            found.extend(self.unverified(kind, spec, &found));
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        found
    }

    /// Returns what an object that was never started may lack, and what the engine does not show.
    fn unverified(&self, kind: &dyn Kind, spec: &Spec, found: &[Difference]) -> Vec<Difference> {
        kind.fields()
            .iter()
            .filter(|field| field.compare == Compare::LastApplied && field.cost < Cost::Replace)
            .filter(|field| field.cost > Cost::Remember && !found.iter().any(|it| it.path == field.name))
            .filter_map(|field| {
                let value = spec.get(field.name)?;
                Some(Difference {
                    path: field.name.to_owned(),
                    before: Json::Null,
                    after: crate::value::seal::seal(value, &self.options.key),
                    cost: field.cost,
                    drift: false,
                })
            })
            .collect()
    }

    /// Returns the replaced networks that an object is on and stays on.
    fn attached(&self, kind: &dyn Kind, spec: &Spec, object: Option<&Object>) -> Vec<(String, Address)> {
        if kind.object() != Some(ObjectKind::Container) {
            return Vec::new();
        }
        let Some(object) = object else {
            return Vec::new();
        };
        let on = |spec: &Spec, name: &str| {
            let networks = spec.get("network").and_then(Value::as_elements).unwrap_or(&[]);
            networks
                .iter()
                .any(|network| network.get("name").and_then(Value::as_str) == Some(name))
                || spec.get("network_mode").and_then(Value::as_str) == Some(name)
        };
        self.replaced_networks
            .iter()
            .filter(|(name, _)| on(&object.live.spec, name) || on(spec, name))
            .map(|(name, address)| (name.clone(), address.clone()))
            .collect()
    }

    fn ops(
        &self,
        instance: &Instance,
        kind: &dyn Kind,
        spec: &Spec,
        object: Option<&Object>,
        verdict: &Verdict,
        replaced_networks: &[String],
    ) -> Ops {
        match verdict.action {
            Action::Create | Action::Update | Action::Replace | Action::ReplaceStartFirst => {}
            _ => return Ops::default(),
        }
        let mut costs = costs_by_attribute(&verdict.differences);
        let replaces = matches!(verdict.action, Action::Replace | Action::ReplaceStartFirst);
        if replaces && !costs.iter().any(|(_, cost)| *cost >= Cost::Replace) {
            costs.push((String::new(), Cost::Replace));
        }
        let applied = self.applied(&instance.address, object);
        kind.ops(&Decision {
            desired: spec,
            applied: &applied,
            live: object.map(|object| (object.id.as_str(), &object.live)),
            differences: &costs,
            replaced_networks,
            name: &instance.name,
            start_first: verdict.action == Action::ReplaceStartFirst,
        })
    }

    /// Returns what was applied last to the object that is there, secrets unknown.
    pub(crate) fn applied(&self, address: &Address, object: Option<&Object>) -> Spec {
        let remembered = self.state.objects.get(&address.to_string());
        remembered
            .filter(|it| object.is_some_and(|object| object.id == it.id))
            .and_then(|it| it.spec.as_object())
            .into_iter()
            .flatten()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), unseal(value)))
            .collect()
    }

    /// Returns what references to the instance see.
    fn attributes(
        &self,
        instance: &Instance,
        kind: &dyn Kind,
        spec: &Spec,
        object: Option<&Object>,
        verdict: &Verdict,
    ) -> Attributes {
        let foretold = kind.foretell(spec, &instance.name);
        let remembered = self.state.objects.get(&instance.address.to_string());
        let live = match (verdict.action, object) {
            (Action::NoOp | Action::Update | Action::Adopt | Action::Keep, Some(object)) => {
                &object.live.attributes
            }
            (Action::Adopt, None) => match self.foreign(kind, &instance.name) {
                Some(foreign) => &foreign.live.attributes,
                None => {
                    let Some(inspect) = self.local_image(kind, spec, &instance.name) else {
                        return foretold;
                    };
                    let live = kind.read(&Found {
                        inspect,
                        image: None,
                        logs: None,
                        api: self.observed.api,
                    });
                    return overlay(foretold, &live.attributes, |name| name != "name");
                }
            },
            (Action::NoOp, None) => return overlay(foretold, &remembered_attributes(remembered), |_| true),
            _ => return foretold,
        };
        let unsettled = verdict.differences.iter().any(|difference| {
            difference.cost >= Cost::Reconnect
                || difference.path == "running"
                || difference.path.starts_with("network")
        });
        let stays = |name: &str| !unsettled || matches!(name, "id" | "name" | "image_id");
        let known = overlay(foretold.clone(), &remembered_attributes(remembered), stays);
        let mut seen = overlay(known, live, stays);
        for (name, value) in &foretold {
            let is_set = spec.contains_key(name) || name == "name";
            if is_set && !value.is_unknown() || spec.get(name).is_some_and(|it| !it.is_wholly_known()) {
                seen.insert(name.clone(), value.clone());
            }
        }
        seen
    }

    /// Reports what must not be done.
    fn refuse(&mut self, instance: &Instance, kind: &dyn Kind, object: Option<&Object>, verdict: &Verdict) {
        for difference in verdict.differences.iter().filter(|it| it.cost == Cost::Refused) {
            self.problems.push(problems::refused(instance, difference));
        }
        let replaces = matches!(verdict.action, Action::Replace | Action::ReplaceStartFirst);
        if replaces && instance.lifecycle.prevent_destroy {
            self.problems.push(problems::prevented(instance, &verdict.cause));
        }
        if replaces && self.is_protected(instance) {
            self.problems.push(problems::protected(instance, &verdict.cause));
        }
        let renamed = object.is_some() && verdict.differences.iter().any(|it| it.path == "name");
        if renamed && let Some(foreign) = self.foreign(kind, &instance.name) {
            self.problems
                .push(problems::foreign(instance, kind, foreign, self.state));
        }
    }

    /// Tells whether an instance is protected, by its configuration or, if that is silent, by what is remembered.
    pub(crate) fn is_protected(&self, instance: &Instance) -> bool {
        instance
            .spec
            .get("protect")
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }

    pub(crate) fn change(
        &self,
        instance: &Instance,
        kind: &dyn Kind,
        spec: &Spec,
        object: Option<&Object>,
        verdict: Verdict,
    ) -> Change {
        let remembered = self.state.objects.get(&instance.address.to_string());
        let makes = matches!(
            verdict.action,
            Action::Create | Action::Replace | Action::ReplaceStartFirst
        );
        let nonce = match object {
            Some(object) => object.ownership.nonce.clone(),
            None => match remembered {
                Some(remembered) if !makes && verdict.action != Action::Adopt => remembered.nonce.clone(),
                _ => self.new_nonce(&instance.address),
            },
        };
        let foretold = makes.then(|| kind.foretell(spec, &instance.name));
        Change {
            address: instance.address.clone(),
            action: verdict.action,
            id: object.map(|object| object.id.clone()),
            name: instance.name.clone(),
            nonce,
            before: before(object, spec, remembered.map(|it| &it.spec), &self.options.key),
            after: after(spec, foretold.as_ref(), &self.options.key),
            impact: impact(kind, verdict.action, &verdict.differences, &verdict.cause),
            differences: verdict.differences,
            cause: verdict.cause,
            notes: Vec::new(),
            dependencies: instance.dependencies.clone(),
            protect: self.is_protected(instance),
        }
    }
}

impl Decided<'_> {
    /// Tells whether a new object takes the place of an old one.
    pub(crate) fn is_replaced(&self) -> bool {
        matches!(self.change.action, Action::Replace | Action::ReplaceStartFirst)
    }

    fn is_changed(&self) -> bool {
        self.is_replaced() || matches!(self.change.action, Action::Create | Action::Update)
    }

    fn touches(&self, path: &str) -> bool {
        let ignored = [path.to_owned()];
        !matches!(self.change.action, Action::Update)
            || self
                .change
                .differences
                .iter()
                .any(|it| is_ignored(&it.path, &ignored))
    }
}

/// What is remembered of the very object that is there.
struct Memory<'a> {
    spec: Option<&'a Json>,
    name: Option<&'a str>,
    ready: bool,
}

impl<'a> Memory<'a> {
    fn of(state: &'a State, instance: &Instance, object: &Object, kind: &dyn Kind) -> Self {
        let remembered = state
            .objects
            .get(&instance.address.to_string())
            .filter(|remembered| remembered.id == object.id);
        let Some(remembered) = remembered else {
            // A state that was lost cannot tell; what runs is taken for finished.
            let lost = state.objects.is_empty();
            let ends = is_job(kind);
            let finished = match object.live.status {
                Status::Running | Status::Other => !ends,
                Status::Exited(code) => !ends || code == 0,
                Status::Created => false,
            };
            return Self {
                spec: None,
                name: None,
                ready: lost && finished,
            };
        };
        let finished = object.live.status != Status::Created || kind.object() != Some(ObjectKind::Container);
        Self {
            spec: Some(&remembered.spec),
            name: Some(&remembered.name),
            ready: remembered.ready && finished,
        }
    }
}

/// Makes an update of what only has to follow a replaced network.
fn reattach(verdict: Verdict, attached: &[(String, Address)]) -> Verdict {
    match (attached.first(), verdict.action) {
        (Some((_, network)), Action::NoOp | Action::Adopt) => {
            Verdict::new(Action::Update, Cause::Attached { to: network.clone() })
        }
        _ => verdict,
    }
}

/// Tells whether any of some addresses, which may be those of whole blocks, stands for an address.
pub(crate) fn matches_any(addresses: &[Address], address: &Address) -> bool {
    addresses
        .iter()
        .any(|it| it == address || (it.key.is_none() && it.block == address.block))
}

/// Tells whether an object of a kind is done with when it has ended.
pub(crate) fn is_job(kind: &dyn Kind) -> bool {
    kind.survives_removal()
}

pub(crate) fn field(kind: &dyn Kind, name: &str) -> Option<&'static Field> {
    kind.fields().iter().find(|field| field.name == name)
}

fn without(spec: &Json, name: bool, image: bool) -> Json {
    let mut spec = spec.clone();
    if let Some(entries) = spec.as_object_mut() {
        if name {
            entries.shift_remove("name");
        }
        if image {
            entries.shift_remove("image");
        }
    }
    spec
}

fn mounts(spec: &Spec, volume: &str) -> bool {
    let mounts = spec.get("mount").and_then(Value::as_elements).unwrap_or(&[]);
    mounts
        .iter()
        .any(|mount| mount.get("volume").and_then(Value::as_str) == Some(volume))
}

/// Gathers differences by the attribute or block that they lie in, with the highest cost of each.
fn costs_by_attribute(differences: &[Difference]) -> Vec<(String, Cost)> {
    let mut costs: BTreeMap<&str, Cost> = BTreeMap::new();
    for difference in differences {
        let attribute = difference
            .path
            .split(['.', '['])
            .next()
            .unwrap_or(&difference.path);
        let cost = costs.entry(attribute).or_insert(difference.cost);
        *cost = (*cost).max(difference.cost);
    }
    costs
        .into_iter()
        .map(|(name, cost)| (name.to_owned(), cost))
        .collect()
}

fn remembered_attributes(remembered: Option<&wharf_state::Object>) -> Attributes {
    let entries = remembered.and_then(|it| it.attributes.as_object());
    entries
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), unseal(value)))
        .filter(|(_, value)| value.is_wholly_known())
        .collect()
}

fn overlay(mut base: Attributes, top: &Attributes, takes: impl Fn(&str) -> bool) -> Attributes {
    for (name, value) in top.iter().filter(|(name, _)| takes(name)) {
        let secret = base.get(name).is_some_and(|value| value.sensitive);
        base.insert(name.clone(), value.clone().sensitive_if(secret));
    }
    base
}

/// Returns what a change costs those who use the object.
pub(crate) fn impact(kind: &dyn Kind, action: Action, differences: &[Difference], cause: &Cause) -> Impact {
    let object = kind.object();
    match action {
        Action::Update if matches!(cause, Cause::Attached { .. }) => Impact::Blip,
        Action::Update => match differences.iter().map(|it| it.cost).max() {
            None | Some(Cost::Remember) => Impact::None,
            Some(Cost::Live) => Impact::Live,
            Some(Cost::Reconnect) => Impact::Blip,
            Some(Cost::Restart | Cost::Replace | Cost::Refused) => Impact::Downtime,
        },
        Action::ReplaceStartFirst => Impact::Blip,
        Action::Replace | Action::Delete => match object {
            Some(ObjectKind::Volume) => Impact::DataLoss,
            Some(ObjectKind::Network) if action == Action::Replace => Impact::Blip,
            Some(ObjectKind::Network) => Impact::Downtime,
            Some(ObjectKind::Container) if !is_job(kind) => Impact::Downtime,
            _ => Impact::None,
        },
        _ => Impact::None,
    }
}
