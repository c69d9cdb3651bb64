//! The walk over the desired instances, dependencies first: what happens to each, why, and what references to it see.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use uuid::Uuid;
use wharf_state::State;

use super::cost::costs_by_attribute;
use super::diff::is_ignored;
use super::hand_over::Order;
use super::image::{Image, image_of};
use super::migration::Stage;
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
    pub(crate) attributes: Attributes,
    /// The image that must be pulled before.
    pub(crate) pull: Option<String>,
    /// The spec, with what was found by reading local files.
    pub(crate) spec: Spec,
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
            replaced_networks: BTreeMap::new(),
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
        if kind.object() == Some(ObjectKind::Network) && decided.is_replaced() {
            self.replaced_networks
                .insert(instance.name.clone(), instance.address.clone());
        }
        self.decided.insert(instance.address.clone(), decided);
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
            attributes,
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
        let verdict = reattach(verdict, &attached);
        let names: Vec<String> = attached.into_iter().map(|(name, _)| name).collect();
        let ops = self.ops(instance, kind, &spec, object, &verdict, &names);
        let attributes = self.attributes(instance, kind, &spec, object, &verdict);
        let makes = matches!(
            verdict.action,
            Action::Create | Action::Replace | Action::ReplaceStartFirst
        );
        let mut change = self.change(instance, kind, &spec, object, verdict);
        if let Some(object) = object.filter(|_| change.is_replacement()) {
            change.notes.extend(self.order(instance, kind, object).note());
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

    fn ops(
        &self,
        instance: &Instance,
        kind: &dyn Kind,
        spec: &Spec,
        object: Option<&Object>,
        verdict: &Verdict,
        replaced_networks: &[String],
    ) -> Ops {
        let resume = Stage::of(self, &instance.address, object).resume();
        match verdict.action {
            // A decision without differences would read as a removal.
            Action::Update
                if verdict.differences.is_empty() && replaced_networks.is_empty() && resume.is_none() =>
            {
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
        let hands_over = object
            .is_some_and(|object| replaces && matches!(self.order(instance, kind, object), Order::HandOver));
        let inner = hands_over.then(|| self.inner_networks());
        kind.ops(&Decision {
            desired: spec,
            applied: &applied,
            live: object.map(|object| (object.id.as_str(), &object.live)),
            differences: &costs,
            replaced_networks,
            name: &instance.name,
            start_first: verdict.action == Action::ReplaceStartFirst,
            hand_over: inner.as_ref(),
            keeps_old: replaces && self.keeps_old(instance, kind, replaced_networks),
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
