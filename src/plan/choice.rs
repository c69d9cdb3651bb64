//! Which of the objects that are there an instance is, what stands in its way, and what it hangs on.

use super::walk::{Walk, is_job};
use crate::address::Address;
use crate::engine::ObjectKind;
use crate::kinds::{Kind, Live, Spec, Status};
use crate::observe::{Foreign, Object};
use crate::value::{Entries, Value};

impl<'a> Walk<'a> {
    /// Chooses among the objects at an address: the one that still serves although its successor never became ready, else the
    /// one that state knows, else the one that is furthest.
    pub(crate) fn candidates(&self, address: &Address, name: &str) -> (Option<&'a Object>, Vec<&'a Object>) {
        let remembered = self.state.objects.get(&address.to_string());
        let mut objects: Vec<&Object> = self.observed.objects.get(address).into_iter().flatten().collect();
        let runs = |it: &Object| it.live.status == Status::Running;
        let successor_runs = objects
            .iter()
            .any(|it| runs(it) && remembered.is_some_and(|known| known.id == it.id));
        // One that has handed over already has left its place to its successor, unless that is not there for it.
        let serves = |it: &&&Object| {
            runs(it)
                && (!is_cut_off(&it.live) || !successor_runs)
                && remembered.is_some_and(|known| !known.ready && known.was_replacing(&it.id))
        };
        let serving = objects.iter().find(serves).map(|it| it.id.as_str());
        let known = serving.or(remembered.map(|it| it.id.as_str()));
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

    /// Returns the object that is not ours and bears a name.
    pub(super) fn foreign(&self, kind: &dyn Kind, name: &str) -> Option<&'a Foreign> {
        self.observed.foreign.get(&(kind.object()?, name.to_owned()))
    }

    /// Returns the replaced networks that an object is on and stays on.
    pub(super) fn attached(
        &self,
        kind: &dyn Kind,
        spec: &Spec,
        object: Option<&Object>,
    ) -> Vec<(String, Address)> {
        if kind.object() != Some(ObjectKind::Container) {
            return Vec::new();
        }
        let Some(object) = object else {
            return Vec::new();
        };
        if is_job(kind) && matches!(object.live.status, Status::Exited(_)) {
            return Vec::new();
        }
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
}

/// Tells whether a container has ports to publish and publishes none, or is in no network although its own are not shared.
fn is_cut_off(live: &Live) -> bool {
    let of = |name: &str| live.attributes.get(name).and_then(Value::as_entries);
    let has_none = |name: &str| of(name).is_some_and(Entries::is_empty);
    let publishes = !super::conflicts::host_ports(&live.spec).is_empty();
    let shares = live.spec.contains_key("network_mode");
    publishes && has_none("ports") || !shares && has_none("network_ids")
}
