//! What happens to one instance, and why.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::compare::{Memory, is_updated};
use super::diff::{differs_from_last, is_ignored};
use super::hand_over::Order;
use super::image::Image;
use super::walk::{Replaced, Walk, is_job, matches_any};
use super::{Action, Cause, Difference, problems};
use crate::address::Address;
use crate::desired::Instance;
use crate::engine::ObjectKind;
use crate::kinds::{Cost, Kind, Spec, Status};
use crate::observe::Object;
use crate::value::Value;

/// What the walk is to find out of one instance.
pub(crate) struct Verdict {
    pub(crate) action: Action,
    pub(crate) cause: Cause,
    pub(crate) differences: Vec<Difference>,
    /// In which order, if it is replaced.
    pub(super) order: Order,
}

impl Verdict {
    pub(crate) const NOTHING: Self = Self {
        action: Action::NoOp,
        cause: Cause::None,
        differences: Vec::new(),
        order: Order::PLAIN,
    };

    pub(crate) fn new(action: Action, cause: Cause) -> Self {
        Self {
            action,
            cause,
            ..Self::NOTHING
        }
    }
}

impl<'a> Walk<'a> {
    /// Decides for an instance that has no object.
    pub(super) fn absent(&mut self, instance: &Instance, kind: &'static dyn Kind, spec: &Spec) -> Verdict {
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
        self.unasked_registry(instance, name);
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
        let image = self.observed.images.get(name)?;
        super::image::moved(self.observed, name, image)
            .is_none()
            .then_some(image)
    }

    /// Reports an image that is to follow its reference when nobody can tell what that stands for.
    fn unasked_registry(&mut self, instance: &Instance, name: &str) {
        if let Some(Err(why)) = self.observed.latest.get(name) {
            self.problems
                .push(problems::unasked_registry(instance, name, why));
        }
    }

    /// Decides for a job that is done and whose container somebody removed.
    fn rerun(&self, instance: &Instance, kind: &dyn Kind, spec: &Spec, last: &Json) -> Verdict {
        if let Some(cause) = self.asked_for(instance) {
            return Verdict::new(Action::Create, cause);
        }
        let mut decisive = differs_from_last(kind.fields(), spec, last, &self.options.key);
        decisive.retain(|path| !is_ignored(path, &instance.lifecycle.ignore_changes));
        if decisive.is_empty() {
            Verdict::NOTHING
        } else {
            Verdict::new(Action::Create, Cause::Differences { decisive })
        }
    }

    /// Decides for an instance that has an object.
    pub(super) fn present(
        &mut self,
        instance: &Instance,
        kind: &'static dyn Kind,
        spec: &Spec,
        object: &'a Object,
        image: &Image,
    ) -> Verdict {
        if kind.object() == Some(ObjectKind::Image) {
            let name = spec.get("name").and_then(Value::as_str).unwrap_or(&instance.name);
            self.unasked_registry(instance, name);
        }
        let memory = Memory::of(self, instance, object, kind);
        let mut differences = self.compare(instance, kind, spec, object, image, &memory);
        differences.retain(|difference| !is_ignored(&difference.path, &instance.lifecycle.ignore_changes));

        let replaced = differences.iter().any(|it| it.cost >= Cost::Replace);
        // One that ended well while nobody waited is done: it is not run twice.
        let failed = is_job(kind)
            && !memory.ready
            && matches!(object.live.status, Status::Exited(code) if code != 0 || memory.spec.is_none());
        let cause = if let Some(cause) = self.asked_for(instance) {
            Some(cause)
        } else if let Some(to) = self.holder(kind, spec, &object.live.spec) {
            Some(Cause::Attached { to })
        } else if replaced {
            let decisive: Vec<String> = differences
                .iter()
                .filter(|it| it.cost >= Cost::Replace)
                .map(|it| it.path.clone())
                .collect();
            let release = &self.observed.release;
            let fixed = !release.updates() && decisive.iter().all(|path| is_updated(kind, path));
            Some(match fixed {
                true => Cause::Fixed {
                    decisive,
                    engine: release.to_string(),
                },
                false => Cause::Differences { decisive },
            })
        } else {
            failed.then_some(Cause::Unfinished)
        };
        if let Some(cause) = cause {
            let order = self.order(instance, kind, object);
            return Verdict {
                action: order.action(),
                cause,
                differences,
                order,
            };
        }
        let cause = if memory.ready {
            Cause::Differences {
                decisive: differences.iter().map(|it| it.path.clone()).collect(),
            }
        } else {
            Cause::Unfinished
        };
        match (differences.is_empty(), memory.ready) {
            (true, true) if self.options.imports.contains(&instance.address) => {
                Verdict::new(Action::Adopt, Cause::New)
            }
            (true, true) => Verdict::NOTHING,
            (true, false) => Verdict::new(Action::Adopt, Cause::Unfinished),
            (false, _) => Verdict {
                action: Action::Update,
                cause,
                differences,
                order: Order::PLAIN,
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

    /// Returns what is replaced and cannot be while an object holds on to it.
    fn holder(&self, kind: &dyn Kind, desired: &Spec, live: &Spec) -> Option<Address> {
        let mut held = self.held(kind, desired, live);
        held.next().map(|replaced| replaced.address.clone())
    }

    /// Lists what is replaced and a container holds on to by its name: volumes, and a container whose network it shares.
    pub(super) fn held<'w>(
        &'w self,
        kind: &dyn Kind,
        desired: &'w Spec,
        live: &'w Spec,
    ) -> impl Iterator<Item = &'w Replaced> + use<'w, 'a> {
        let is_container = kind.object() == Some(ObjectKind::Container);
        let replaced = self.replaced.iter().filter(move |_| is_container);
        replaced.filter(move |replaced| {
            let name = replaced.name.as_str();
            match replaced.object {
                ObjectKind::Volume => mounts(live, name) || mounts(desired, name),
                ObjectKind::Container => shares(desired) == Some(name),
                _ => false,
            }
        })
    }

    /// Tells whether a container was decided before something that it holds on to by its name was found to be replaced.
    pub(super) fn was_late(&self, known: &[Replaced]) -> bool {
        let known: BTreeSet<&Address> = known.iter().map(|it| &it.address).collect();
        let new: Vec<&Replaced> = self
            .replaced
            .iter()
            .filter(|it| !known.contains(&it.address))
            .collect();
        if new.is_empty() {
            return false;
        }
        let mut first: BTreeMap<(ObjectKind, &str), usize> = BTreeMap::new();
        for (at, decided) in self.decided.values().enumerate() {
            let live = decided.object.map(|object| &object.live.spec);
            for spec in [Some(&decided.spec), live].into_iter().flatten() {
                let volumes = mounted(spec).map(|name| (ObjectKind::Volume, name));
                let shared = shares(spec).map(|name| (ObjectKind::Container, name));
                for name in volumes.chain(shared) {
                    first.entry(name).or_insert(at);
                }
            }
        }
        new.iter().any(|it| {
            let own = self.decided.get_index_of(&it.address);
            let first = first.get(&(it.object, it.name.as_str()));
            first.is_some_and(|first| own.is_some_and(|own| *first < own))
        })
    }

    fn trigger(&self, instance: &Instance) -> Option<Address> {
        let triggers = &instance.lifecycle.replace_triggered_by;
        self.decided
            .values()
            .filter(|decided| decided.is_changed())
            .find(|decided| {
                let address = &decided.change.address;
                triggers.iter().any(|(named, path)| {
                    named.stands_for(address) && (path.is_empty() || decided.touches(path))
                })
            })
            .map(|decided| decided.change.address.clone())
    }
}

/// Makes an update of what only has to follow a replaced network, or to leave one that it warmed up in.
pub(super) fn reattach(verdict: Verdict, attached: &[(String, Address)], warm_ups: &[String]) -> Verdict {
    if !matches!(verdict.action, Action::NoOp | Action::Adopt) {
        return verdict;
    }
    match attached.first() {
        Some((_, network)) => Verdict::new(Action::Update, Cause::Attached { to: network.clone() }),
        None if !warm_ups.is_empty() => Verdict::new(Action::Update, Cause::Unfinished),
        None => verdict,
    }
}

/// Returns the names of the volumes that a spec mounts.
fn mounted(spec: &Spec) -> impl Iterator<Item = &str> {
    let mounts = spec.get("mount").and_then(Value::as_elements).unwrap_or(&[]);
    mounts
        .iter()
        .filter_map(|mount| mount.get("volume").and_then(Value::as_str))
}

fn mounts(spec: &Spec, volume: &str) -> bool {
    mounted(spec).any(|name| name == volume)
}

/// Returns the name of the container whose network a spec shares.
fn shares(spec: &Spec) -> Option<&str> {
    let mode = spec.get("network_mode").and_then(Value::as_str);
    mode.and_then(|mode| mode.strip_prefix("container:"))
}
