//! The walk over the desired instances, dependencies first: what happens to each, why, and what references to it see.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;
use uuid::Uuid;
use wharf_state::State;

use super::cost::costs_by_attribute;
use super::diff::is_ignored;
use super::hand_over::Order;
use super::image::{Image, image_of};
use super::migration::Stage;
use super::rolling;
use super::verdict::{Verdict, reattach};
use super::{Action, Change, Options, anonymous, problems, syncs};
use crate::address::Address;
use crate::desired::Instance;
use crate::diagnostic::Diagnostics;
use crate::engine::{ObjectKind, Op, Target};
use crate::kinds::{Cost, Decision, Field, FieldType, Kind, Ops, Presence, Spec};
use crate::observe::{Object, Observed};
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
    pub(crate) attributes: Arc<Attributes>,
    /// The image that must be pulled before.
    pub(crate) pull: Option<String>,
    /// The spec, with what was found by reading local files.
    pub(crate) spec: Spec,
}

/// Something that is replaced, and that others hold on to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Replaced {
    pub(super) address: Address,
    pub(super) object: ObjectKind,
    /// The name that its successor has.
    pub(super) name: String,
    /// Whether it is taken away before its successor is made.
    pub(super) goes_first: bool,
}

/// What an object has to do with others that are replaced, and with a run before.
struct Around {
    /// Networks that it has to leave, for they are taken away and made anew.
    replaced_networks: Vec<String>,
    /// Networks that it warmed up in and was not taken out of.
    warm_ups: Vec<String>,
    /// Why it cannot be kept until all is well.
    unkept: Option<String>,
}

/// The walk so far.
pub(crate) struct Walk<'a> {
    pub(crate) observed: &'a Observed,
    pub(crate) state: &'a State,
    pub(crate) options: &'a Options,
    /// What was decided, in the order of the walk.
    pub(crate) decided: IndexMap<Address, Decided<'a>>,
    /// What is replaced, also of what comes later if a walk before has found it.
    pub(super) replaced: Vec<Replaced>,
    /// Networks that are taken away and made anew, by name.
    pub(crate) replaced_networks: BTreeMap<String, Address>,
    /// The images that were decided, in that order.
    pub(super) images: Vec<Address>,
    /// The networks that were decided, by name.
    pub(super) networks: BTreeMap<String, Address>,
    /// Those of them without a way out: no port is published in them.
    pub(super) inner_networks: BTreeSet<String>,
    /// What is wrong with the instance that is being decided.
    pub(crate) problems: Diagnostics,
    /// What is wrong with those before.
    pub(super) wrong: Vec<(Address, Diagnostics)>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(observed: &'a Observed, state: &'a State, options: &'a Options) -> Self {
        Self {
            observed,
            state,
            options,
            decided: IndexMap::new(),
            replaced: Vec::new(),
            replaced_networks: BTreeMap::new(),
            images: Vec::new(),
            networks: BTreeMap::new(),
            inner_networks: BTreeSet::new(),
            problems: Diagnostics::default(),
            wrong: Vec::new(),
        }
    }

    /// Decides what happens to an instance whose dependencies have been decided.
    pub(crate) fn visit(&mut self, instance: &Instance) {
        self.problems
            .extend(self.observed.unreadable.get(&instance.address).cloned());
        self.decide(instance);
        self.file_problems(&instance.address);
    }

    /// Files what is wrong under the address of what it is wrong with.
    pub(super) fn file_problems(&mut self, address: &Address) {
        if !self.problems.0.is_empty() {
            self.wrong
                .push((address.clone(), std::mem::take(&mut self.problems)));
        }
    }

    fn decide(&mut self, instance: &Instance) {
        let Some(kind) = (self.options.kinds)(instance.address.kind()) else {
            self.problems.push(problems::unknown_kind(instance));
            return;
        };
        let kept = self.kept_name(instance, kind).map(|name| Instance {
            name,
            ..instance.clone()
        });
        let instance = kept.as_ref().unwrap_or(instance);
        super::unsupported::unsupported(kind, instance, self.observed, &mut self.problems);
        let decided = if instance.address.block.data {
            self.data(instance, kind)
        } else if kind.object().is_none() {
            syncs::decide(self, instance, kind)
        } else {
            self.object(instance, kind)
        };
        self.file(instance, kind, &decided);
        self.decided.insert(instance.address.clone(), decided);
    }

    /// Files what others ask for by its name.
    fn file(&mut self, instance: &Instance, kind: &dyn Kind, decided: &Decided<'a>) {
        let Some(object) = kind.object() else { return };
        let (name, address) = (&instance.name, &instance.address);
        if object == ObjectKind::Image && !address.block.data {
            self.images.push(address.clone());
        }
        if object == ObjectKind::Network {
            let internal = decided.attributes.get("internal");
            if internal.and_then(Value::as_bool) == Some(true) {
                self.inner_networks.insert(name.clone());
            }
            self.networks
                .entry(name.clone())
                .or_insert_with(|| address.clone());
        }
        if !decided.is_replaced() {
            return;
        }
        if object == ObjectKind::Network && decided.change.action == Action::Replace {
            self.replaced_networks.insert(name.clone(), address.clone());
        }
        let replaced = Replaced {
            address: address.clone(),
            object,
            name: name.clone(),
            goes_first: decided.change.action == Action::Replace && !decided.ops.down.is_empty(),
        };
        self.replaced.retain(|it| it.address != *address);
        self.replaced.push(replaced);
    }

    /// Returns the name of an object that cannot be renamed, and whose name would be derived from another address by now: it has
    /// moved, and its data with it, which may be on its way at the moment.
    fn kept_name(&self, instance: &Instance, kind: &dyn Kind) -> Option<String> {
        let is_renamed = matches!(kind.object(), Some(ObjectKind::Volume | ObjectKind::Network));
        if !is_renamed || instance.spec.contains_key("name") {
            return None;
        }
        let remembered = self.state.objects.get(&instance.address.to_string())?;
        let was_derived = remembered.spec.get("name").is_none();
        let is_there = !remembered.id.is_empty() && self.observed.objects.contains_key(&instance.address);
        let is_on_its_way = self.observed.interims.contains_key(&instance.address);
        (was_derived && (is_there || is_on_its_way) && remembered.name != instance.name)
            .then(|| remembered.name.clone())
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
                if !instance.in_check {
                    self.problems.push(problems::nothing_to_read(instance));
                }
                (Action::NoOp, foretold())
            }
            None => (Action::Read, foretold()),
        };
        let mut ops = Ops::default();
        if action == Action::Read {
            ops.up.push((
                Target::New,
                Op::Read {
                    in_check: instance.in_check,
                },
            ));
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
            attributes: Arc::new(attributes),
            pull: None,
            spec: instance.spec.clone(),
        }
    }

    fn object(&mut self, instance: &Instance, kind: &'static dyn Kind) -> Decided<'a> {
        let spec = self.with_derived(instance, kind.fields());
        let (object, mut leftovers) = self.candidates(&instance.address, &instance.name);
        let is_image = kind.object() == Some(ObjectKind::Image);
        if is_image {
            // What a build has superseded may serve other containers yet; it goes when the image does.
            leftovers.clear();
        }
        let image = image_of(self, kind, &spec, &instance.address);
        let verdict = match object {
            None => self.absent(instance, kind, &spec),
            Some(object) => self.present(instance, kind, &spec, object, &image),
        };
        let stage = Stage::of(self, &instance.address, object);
        let verdict = stage.verdict(verdict);
        self.refuse(instance, kind, object, &verdict);

        let attached: Vec<(String, Address)> = self.attached(kind, &spec, object);
        let warm_ups = object.map_or_else(Vec::new, |object| self.warm_ups(&instance.address, object));
        let verdict = reattach(verdict, &attached, &warm_ups);
        let replaced_networks: Vec<String> = attached.into_iter().map(|(name, _)| name).collect();
        let unkept = object.and_then(|object| self.unkept(instance, kind, object, &replaced_networks));
        let around = Around {
            replaced_networks,
            warm_ups,
            unkept,
        };
        let ops = self.ops(instance, kind, &spec, object, &verdict, &around);
        let attributes = self.attributes(instance, kind, &spec, object, &verdict);
        let makes = matches!(
            verdict.action,
            Action::Create | Action::Replace | Action::ReplaceStartFirst
        );
        let order = verdict.order.note();
        let mut change = self.change(instance, kind, &spec, object, verdict);
        if change.is_replacement() {
            change.notes.extend(order);
            let asked = rolling::rolls_back(&spec) && ops.undo.is_empty();
            let unkept = around.unkept.filter(|_| asked);
            change
                .notes
                .extend(unkept.map(|why| format!("it is not put back if anything fails: {why}")));
        }
        change.notes.extend(super::image::note(&change));
        let volumes = anonymous::decide(self, kind.name(), &spec, object, change.action);
        change.notes.extend(volumes.notes);
        change.keeps = volumes.keeps;
        let mut pull = None;
        if makes {
            match image {
                Image::Missing(why) => {
                    let reference = spec.get("image").and_then(Value::as_str).unwrap_or("");
                    self.problems.push(problems::no_image(instance, reference, &why));
                }
                Image::Pull(reference) => {
                    change.notes.push(format!("image {reference} is pulled first"));
                    change
                        .notes
                        .extend(super::image::unasked(self.observed, &reference));
                    pull = Some(reference);
                }
                Image::None | Image::Id(_) | Image::Later => {}
            }
            if is_image && !spec.contains_key("build") {
                change
                    .notes
                    .extend(super::image::unasked(self.observed, &change.name));
            }
            // Images keep theirs: it is a label, and another label would be another image although all else is the same.
            if !is_image || object.is_none() {
                change.nonce = self.new_nonce(&instance.address);
            }
        }
        stage.note(kind, &ops, &mut change);
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
            attributes: Arc::new(attributes),
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

    fn ops(
        &self,
        instance: &Instance,
        kind: &dyn Kind,
        spec: &Spec,
        object: Option<&Object>,
        verdict: &Verdict,
        around: &Around,
    ) -> Ops {
        let resume = Stage::of(self, &instance.address, object).resume();
        let leaves = !around.replaced_networks.is_empty() || !around.warm_ups.is_empty();
        match verdict.action {
            // A decision without differences would read as a removal.
            Action::Update if verdict.differences.is_empty() && !leaves && resume.is_none() => {
                return Ops::default();
            }
            Action::Create | Action::Update | Action::Replace | Action::ReplaceStartFirst => {}
            _ => return Ops::default(),
        }
        let mut costs = costs_by_attribute(&verdict.differences);
        let replaces = matches!(verdict.action, Action::Replace | Action::ReplaceStartFirst);
        if replaces && !costs.iter().any(|(_, cost)| *cost >= Cost::Replace) {
            costs.push((String::new(), Cost::Replace));
        }
        if resume.is_some() && object.is_some() && costs.is_empty() {
            costs.push((String::new(), Cost::Remember));
        }
        let applied = self.applied(&instance.address, object);
        let hands_over = replaces && verdict.order == Order::HandOver;
        let hand_over = object
            .filter(|_| hands_over)
            .map(|object| self.hand_over(&applied, object, &around.warm_ups));
        kind.ops(&Decision {
            desired: spec,
            applied: &applied,
            live: object.map(|object| (object.id.as_str(), &object.live)),
            differences: &costs,
            replaced_networks: &around.replaced_networks,
            name: &instance.name,
            start_first: verdict.action == Action::ReplaceStartFirst,
            hand_over: hand_over.as_ref(),
            warm_ups: &around.warm_ups,
            keeps_old: replaces
                && around.unkept.is_none()
                && kind.object() == Some(ObjectKind::Container)
                && rolling::rolls_back(spec),
            resume,
        })
    }
}

impl Decided<'_> {
    /// Tells whether a new object takes the place of an old one.
    pub(crate) fn is_replaced(&self) -> bool {
        self.change.is_replacement()
    }

    pub(super) fn is_changed(&self) -> bool {
        self.is_replaced() || matches!(self.change.action, Action::Create | Action::Update)
    }

    pub(super) fn touches(&self, path: &str) -> bool {
        let ignored = [path.to_owned()];
        !matches!(self.change.action, Action::Update)
            || self
                .change
                .differences
                .iter()
                .any(|it| is_ignored(&it.path, &ignored))
    }
}

/// Tells whether any of some addresses, which may be those of whole blocks, stands for an address.
pub(crate) fn matches_any(addresses: &[Address], address: &Address) -> bool {
    addresses.iter().any(|it| it.stands_for(address))
}

/// Tells whether an object of a kind is done with when it has ended.
pub(crate) fn is_job(kind: &dyn Kind) -> bool {
    kind.survives_removal()
}

pub(crate) fn field(kind: &dyn Kind, name: &str) -> Option<&'static Field> {
    kind.fields().iter().find(|field| field.name == name)
}
