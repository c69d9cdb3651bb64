//! What happens to one instance, and why.

use serde_json::Value as Json;

use super::compare::{Memory, is_updated};
use super::diff::{differs_from_last, is_ignored};
use super::hand_over::Order;
use super::image::Image;
use super::walk::{Walk, is_job, matches_any};
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
            return Verdict {
                action: match self.order(instance, kind, object) {
                    Order::StopFirst { .. } => Action::Replace,
                    Order::StartFirst | Order::HandOver => Action::ReplaceStartFirst,
                },
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
                match (self.options.kinds)(decided.change.address.kind()).and_then(Kind::object) {
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
                triggers.iter().any(|(named, path)| {
                    named.stands_for(address) && (path.is_empty() || decided.touches(path))
                })
            })
            .map(|decided| decided.change.address.clone())
    }
}

/// Makes an update of what only has to follow a replaced network.
pub(super) fn reattach(verdict: Verdict, attached: &[(String, Address)]) -> Verdict {
    match (attached.first(), verdict.action) {
        (Some((_, network)), Action::NoOp | Action::Adopt) => {
            Verdict::new(Action::Update, Cause::Attached { to: network.clone() })
        }
        _ => verdict,
    }
}

fn mounts(spec: &Spec, volume: &str) -> bool {
    let mounts = spec.get("mount").and_then(Value::as_elements).unwrap_or(&[]);
    mounts
        .iter()
        .any(|mount| mount.get("volume").and_then(Value::as_str) == Some(volume))
}
