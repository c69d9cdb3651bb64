//! What differs between an instance and its object: FIELDS, and what FIELDS do not say - name, image, and whether it runs.

use serde_json::Value as Json;

use super::Difference;
use super::diff::{Inputs, differences};
use super::image::Image;
use super::walk::{Walk, field, is_job};
use crate::desired::Instance;
use crate::engine::ObjectKind;
use crate::kinds::{Compare, Cost, Kind, Spec, Status};
use crate::observe::Object;
use crate::value::Value;

/// What is remembered of the very object that is there.
pub(super) struct Memory<'a> {
    pub(super) spec: Option<&'a Json>,
    name: Option<&'a str>,
    pub(super) ready: bool,
}

impl<'a> Memory<'a> {
    pub(super) fn of(walk: &Walk<'a>, instance: &Instance, object: &Object, kind: &dyn Kind) -> Self {
        let remembered = walk.state.objects.get(&instance.address.to_string());
        let applied = remembered.and_then(|it| Some((it, it.applied_to(&object.id)?)));
        let Some((remembered, (spec, ready))) = applied else {
            // A state that was lost cannot tell; what runs is taken for finished, unless the journal knows better.
            let begun = walk.observed.begun.contains(&object.ownership.nonce);
            let lost = walk.state.objects.is_empty() && !begun;
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
        // One that is not to run is finished as soon as it is made.
        let rests = spec.get("running") == Some(&Json::Bool(false));
        let started = object.live.status != Status::Created || kind.object() != Some(ObjectKind::Container);
        Self {
            spec: Some(spec),
            name: Some(&remembered.name),
            ready: ready && (started || rests),
        }
    }
}

impl Walk<'_> {
    /// Compares by FIELDS, and what FIELDS do not say: name, image, and whether it runs.
    pub(super) fn compare(
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
        let is_image = kind.object() == Some(ObjectKind::Image);
        if is_image {
            // An image has many names: what counts is what the reference stands for.
            desired.remove("name");
        }
        let wants_running = has("running") && spec.get("running").and_then(Value::as_bool) != Some(false);
        if has("running") {
            let running = matches!(object.live.status, Status::Running | Status::Other);
            live.insert("running".to_owned(), Value::from(running));
        }
        let last = memory
            .spec
            .map(|spec| without(spec, is_named || is_image, is_container));
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
        if is_image {
            found.extend(self.other_reference(kind, spec, object, memory));
            found.extend(self.moved_reference(kind, spec));
        }
        if is_container {
            found.extend(image.difference(&object.live, spec, memory.spec, &self.options.key));
        }
        if !self.observed.release.updates() {
            found.iter_mut().for_each(|difference| fix(kind, difference));
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
        if object.live.status == Status::Created && !memory.ready {
            found.extend(self.unverified(kind, spec, &found));
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        found
    }

    /// Compares an image with what its reference stands for now.
    fn other_reference(
        &self,
        kind: &dyn Kind,
        spec: &Spec,
        object: &Object,
        memory: &Memory<'_>,
    ) -> Option<Difference> {
        let reference = spec.get("name")?.as_str()?;
        let last = memory.spec.and_then(|spec| spec.get("name"));
        let met = match self.observed.images.get(reference) {
            Some(image) => image["Id"].as_str() == Some(&object.id),
            None => last.is_none_or(|last| last == reference),
        };
        (!met).then(|| Difference {
            path: "name".to_owned(),
            before: last.cloned().unwrap_or(Json::Null),
            after: reference.into(),
            cost: field(kind, "name").map_or(Cost::Replace, |field| field.cost),
            drift: last.is_some_and(|last| last == reference),
        })
    }

    /// Compares the image that a reference stands for here with the one that it stands for in the registry.
    fn moved_reference(&self, kind: &dyn Kind, spec: &Spec) -> Option<Difference> {
        let reference = spec.get("name")?.as_str()?;
        let image = self.observed.images.get(reference)?;
        let (before, after) = super::image::moved(self.observed, reference, image)?;
        Some(Difference {
            path: "digest".to_owned(),
            before,
            after: after.into(),
            cost: field(kind, "name").map_or(Cost::Replace, |field| field.cost),
            drift: false,
        })
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
}

/// Makes a replacement of what other engines change in place.
fn fix(kind: &dyn Kind, difference: &mut Difference) {
    if is_updated(kind, &difference.path) && difference.cost == Cost::Live {
        difference.cost = Cost::Replace;
    }
}

/// Tells whether an attribute is changed in place by an update of the container.
pub(super) fn is_updated(kind: &dyn Kind, path: &str) -> bool {
    let attribute = path.split(['.', '[']).next().unwrap_or_default();
    field(kind, attribute)
        .is_some_and(|field| field.at.starts_with("HostConfig.") && field.cost == Cost::Live)
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
