//! What is known so far in a run: ids, specs and attributes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

use super::Inputs;
use crate::address::Address;
use crate::kinds::Spec;
use crate::value::Attributes;

/// What is known. What steps need a whole look at is shared with them: it is copied only if it changes under one that looks.
#[derive(Default)]
pub(super) struct World {
    /// The objects that this run made.
    pub(super) made: BTreeMap<Address, String>,
    /// Those of them that it started.
    pub(super) started: BTreeSet<Address>,
    /// The receivers of syncs that are there.
    pub(super) receivers: BTreeMap<Address, String>,
    /// The networks in which successors warm up.
    pub(super) warm_ups: BTreeMap<Address, String>,
    /// Ids of networks by name.
    pub(super) networks: Arc<BTreeMap<String, String>>,
    /// Ids of images by reference.
    pub(super) images: BTreeMap<String, String>,
    /// What the engine says of images, by id, which stands for the content: each is read once.
    pub(super) inspects: BTreeMap<String, Arc<Json>>,
    /// What references see of completed instances.
    pub(super) outcomes: Arc<BTreeMap<Address, Arc<Attributes>>>,
    /// Specs that were bound.
    pub(super) specs: BTreeMap<Address, Arc<Spec>>,
    /// What kinds remember beside the spec.
    pub(super) memories: BTreeMap<Address, Json>,
}

impl World {
    pub(super) fn new(inputs: Inputs) -> Self {
        Self {
            networks: Arc::new(inputs.networks),
            images: inputs.images,
            ..Self::default()
        }
    }

    /// Notes what references to a completed instance see.
    pub(super) fn completed(&mut self, address: &Address, attributes: Attributes) {
        Arc::make_mut(&mut self.outcomes).insert(address.clone(), Arc::new(attributes));
    }

    /// Forgets an object that this run made and took away again.
    pub(super) fn undone(&mut self, address: &Address) {
        self.made.remove(address);
        self.started.remove(address);
        Arc::make_mut(&mut self.outcomes).remove(address);
    }

    /// Returns the id of an image by a reference, which means the tag `latest` if it names none.
    pub(super) fn image(&self, reference: &str) -> Option<&String> {
        self.images
            .get(reference)
            .or_else(|| self.images.get(&format!("{reference}:latest")))
            .or_else(|| self.images.get(reference.strip_suffix(":latest")?))
    }
}
