//! What is remembered, and the changes that people make to it by hand.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::FORMAT;

/// Everything that is remembered of one project and workspace on one engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The format's version.
    pub format: u32,
    /// The version of wharf that wrote it.
    pub wharf_version: String,
    /// Made once with the state: two states of the same lineage are versions of one another.
    pub lineage: Uuid,
    /// Goes up by one with each write.
    pub generation: u64,
    /// The project.
    pub project: String,
    /// The workspace.
    pub workspace: String,
    /// The id of the engine that the objects are on; empty before the first apply.
    pub engine_id: String,
    /// The objects by address.
    pub objects: BTreeMap<String, Object>,
    /// The outputs.
    pub outputs: BTreeMap<String, Output>,
}

/// One object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// Its kind, such as `container`.
    pub kind: String,
    /// The engine's id; a volume's name; empty for what the engine does not know (a sync).
    pub id: String,
    /// Its name on the engine; may be empty.
    pub name: String,
    /// What makes it ours, together with the label.
    pub nonce: String,
    /// Whether it was finished; an object that was made but never became ready is not.
    pub ready: bool,
    /// Whether it was there before and taken over, so that its labels do not say whose it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adopted: bool,
    /// Whether it is protected, also after its block is gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protect: bool,
    /// The spec as it was applied last, sealed.
    pub spec: Json,
    /// What references saw after the last apply, sealed.
    pub attributes: Json,
    /// The addresses that it depends on, sorted: the order of destruction when its block is gone.
    pub dependencies: Vec<String>,
    /// What its kind remembers beside that, such as the manifest of a sync. Null if nothing.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub memory: Json,
    /// Where its data waits, or is on its way to, while a volume is replaced that takes it along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interim: Option<Interim>,
    /// The nonce of the network in which its successor warms up, until that is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<String>,
    /// Predecessors that a replacement has not taken away yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deposed: Vec<Deposed>,
}

/// An object that holds the data of another one while that is replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interim {
    /// Its name.
    pub name: String,
    /// Its nonce, which is that of the object that is to have the data in the end.
    pub nonce: String,
}

/// A predecessor that is still there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposed {
    /// The engine's id.
    pub id: String,
    /// Its nonce.
    pub nonce: String,
    /// Whether it was finished.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ready: bool,
    /// Whether it was taken over, so that its labels do not say whose it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adopted: bool,
    /// The spec as it was applied to it last, sealed. Null if that is not known.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub spec: Json,
    /// The addresses that it depends on, sorted. `None` in states of versions that did not note them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dependencies: Option<Vec<String>>,
}

impl Object {
    /// Tells whether it was made to replace a finished object that is there yet.
    pub fn was_replacing(&self, id: &str) -> bool {
        self.deposed.iter().any(|old| old.id == id && old.ready)
    }

    /// Tells whether an object that it is or that it was to replace was taken over.
    pub fn has_adopted(&self, id: &str) -> bool {
        let itself = self.adopted && self.id == id;
        itself || self.deposed.iter().any(|old| old.adopted && old.id == id)
    }

    /// Returns what was applied last to it or to one of its predecessors, and whether that was finished.
    pub fn applied_to(&self, id: &str) -> Option<(&Json, bool)> {
        let (spec, ready) = if self.id == id {
            (&self.spec, self.ready)
        } else {
            let old = self.deposed.iter().find(|old| old.id == id)?;
            (&old.spec, old.ready)
        };
        (!spec.is_null()).then_some((spec, ready))
    }

    /// Takes the object away; what it was to replace is the object again.
    pub fn without_itself(mut self) -> Option<Self> {
        let old = self.deposed.pop()?;
        Some(Self {
            id: old.id,
            nonce: old.nonce,
            ready: old.ready,
            adopted: old.adopted,
            spec: old.spec,
            dependencies: old.dependencies.unwrap_or(self.dependencies),
            ..self
        })
    }
}

/// A root output as it came out of the last apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The value, sealed.
    pub value: Json,
    /// Whether it must not be shown; then `value` is only a keyed hash.
    pub sensitive: bool,
}

/// Why an address of the state could not be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing is filed under it.
    #[error("The state has no object {0}")]
    Absent(String),
    /// Something else already is.
    #[error("The state already has an object {0}")]
    Taken(String),
    /// The two are of different kinds.
    #[error("{from} is a {from_kind}, so it cannot become {to}")]
    OtherKind {
        /// The address that was to be moved.
        from: String,
        /// Its kind.
        from_kind: String,
        /// The address that it was to have.
        to: String,
    },
}

impl State {
    /// Starts the state of a project's workspace: a new lineage that nothing is filed in.
    pub fn new(
        project: impl Into<String>,
        workspace: impl Into<String>,
        wharf_version: impl Into<String>,
    ) -> Self {
        Self {
            format: FORMAT,
            wharf_version: wharf_version.into(),
            lineage: Uuid::new_v4(),
            generation: 0,
            project: project.into(),
            workspace: workspace.into(),
            engine_id: String::new(),
            objects: BTreeMap::new(),
            outputs: BTreeMap::new(),
        }
    }

    /// Files an object under another address, also in the dependencies of others. `kind_of` tells the kind that an
    /// address is for.
    ///
    /// # Errors
    /// There is no such object, the new address is taken, or it is for another kind. Nothing is changed then.
    pub fn mv(
        &mut self,
        from: &str,
        to: &str,
        kind_of: impl Fn(&str) -> Option<String>,
    ) -> Result<(), AddressError> {
        let Some(object) = self.objects.get(from) else {
            return Err(AddressError::Absent(from.to_owned()));
        };
        if self.objects.contains_key(to) {
            return Err(AddressError::Taken(to.to_owned()));
        }
        if kind_of(to).as_deref() != Some(object.kind.as_str()) {
            return Err(AddressError::OtherKind {
                from: from.to_owned(),
                from_kind: object.kind.clone(),
                to: to.to_owned(),
            });
        }
        if let Some(object) = self.objects.remove(from) {
            self.objects.insert(to.to_owned(), object);
        }
        for dependencies in self.objects.values_mut().map(|object| &mut object.dependencies) {
            if let Some(dependency) = dependencies.iter_mut().find(|dependency| *dependency == from) {
                to.clone_into(dependency);
                dependencies.sort();
                dependencies.dedup();
            }
        }
        Ok(())
    }

    /// Forgets an object, which stays on the engine, and returns what was known of it.
    ///
    /// # Errors
    /// There is no such object.
    pub fn rm(&mut self, address: &str) -> Result<Object, AddressError> {
        let object = self
            .objects
            .remove(address)
            .ok_or_else(|| AddressError::Absent(address.to_owned()))?;
        for other in self.objects.values_mut() {
            other.dependencies.retain(|dependency| dependency != address);
        }
        Ok(object)
    }

    /// Returns the nonces of all objects, those of predecessors that are still there and of what holds their data included.
    pub fn nonces(&self) -> impl Iterator<Item = &str> {
        self.objects.values().flat_map(|object| {
            std::iter::once(object.nonce.as_str())
                .chain(object.deposed.iter().map(|deposed| deposed.nonce.as_str()))
                .chain(object.interim.iter().map(|interim| interim.nonce.as_str()))
                .chain(object.warm_up.as_deref())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(kind: &str, dependencies: &[&str]) -> Object {
        Object {
            kind: kind.into(),
            id: "1".into(),
            name: "a".into(),
            nonce: format!("nonce-{kind}"),
            ready: true,
            adopted: false,
            protect: false,
            spec: Json::Null,
            attributes: Json::Null,
            dependencies: dependencies.iter().map(|text| (*text).to_owned()).collect(),
            memory: Json::Null,
            interim: None,
            warm_up: None,
            deposed: Vec::new(),
        }
    }

    fn state() -> State {
        let mut state = State::new("shop", "default", "0.1.0");
        state.objects.insert("volume.data".into(), object("volume", &[]));
        state.objects.insert(
            "container.web".into(),
            object("container", &["image.app", "volume.data"]),
        );
        state
    }

    fn kind_of(address: &str) -> Option<String> {
        address.split_once('.').map(|(kind, _)| kind.to_owned())
    }

    #[test]
    fn moving_renames_the_address_everywhere() {
        let mut state = state();
        state.mv("volume.data", "volume.a", kind_of).unwrap();
        assert!(state.objects.contains_key("volume.a"));
        assert!(!state.objects.contains_key("volume.data"));
        assert_eq!(
            state.objects["container.web"].dependencies,
            ["image.app", "volume.a"]
        );
    }

    #[test]
    fn moving_refuses_what_would_lose_or_mix_up_objects() {
        let mut state = state();
        let before = state.clone();
        assert_eq!(
            state.mv("volume.x", "volume.y", kind_of),
            Err(AddressError::Absent("volume.x".into()))
        );
        assert_eq!(
            state.mv("volume.data", "container.web", kind_of),
            Err(AddressError::Taken("container.web".into()))
        );
        assert!(matches!(
            state.mv("volume.data", "network.data", kind_of),
            Err(AddressError::OtherKind { .. })
        ));
        assert_eq!(state, before);
    }

    #[test]
    fn forgetting_takes_the_object_out_of_dependencies() {
        let mut state = state();
        assert_eq!(state.rm("volume.data").unwrap().kind, "volume");
        assert_eq!(state.objects["container.web"].dependencies, ["image.app"]);
        assert_eq!(
            state.rm("volume.data"),
            Err(AddressError::Absent("volume.data".into()))
        );
    }

    #[test]
    fn what_was_taken_over_was_forgotten_to_be_so_when_its_successor_went() {
        let old = Deposed {
            id: "0".into(),
            nonce: "old".into(),
            ready: true,
            adopted: true,
            spec: Json::Null,
            dependencies: Some(vec!["volume.data".into()]),
        };
        let successor = Object {
            deposed: vec![old],
            ..object("container", &["image.app"])
        };
        assert!(successor.has_adopted("0") && !successor.has_adopted("1"));
        let again = successor.without_itself().unwrap();
        assert!(again.adopted && again.has_adopted("0"));
        assert_eq!(again.dependencies, ["volume.data"]);
    }

    #[test]
    fn nonces_include_those_of_predecessors() {
        let mut state = state();
        if let Some(object) = state.objects.get_mut("volume.data") {
            object.deposed.push(Deposed {
                id: "0".into(),
                nonce: "old".into(),
                ready: true,
                adopted: false,
                spec: Json::Null,
                dependencies: None,
            });
            object.warm_up = Some("warm".into());
            object.interim = Some(Interim {
                name: "data.interim".into(),
                nonce: "next".into(),
            });
        }
        let nonces: Vec<_> = state.nonces().collect();
        assert_eq!(nonces, ["nonce-container", "nonce-volume", "old", "next", "warm"]);
    }
}
