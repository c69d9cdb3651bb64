//! What is known so far in a run: ids, specs and attributes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::Inputs;
use crate::address::Address;
use crate::kinds::Spec;
use crate::value::Attributes;

/// What is known.
#[derive(Default)]
pub(super) struct World {
    /// The objects that this run made.
    pub(super) made: BTreeMap<Address, String>,
    /// The receivers of syncs that are there.
    pub(super) receivers: BTreeMap<Address, String>,
    /// Ids of networks by name.
    pub(super) networks: BTreeMap<String, String>,
    /// Ids of images by reference.
    pub(super) images: BTreeMap<String, String>,
    /// What the engine says of images, by id, which stands for the content: each is read once.
    pub(super) inspects: BTreeMap<String, Arc<Json>>,
    /// What references see of completed instances.
    pub(super) outcomes: BTreeMap<Address, Attributes>,
    /// Specs that were bound.
    pub(super) specs: BTreeMap<Address, Arc<Spec>>,
    /// What kinds remember beside the spec.
    pub(super) memories: BTreeMap<Address, Json>,
}

impl World {
    pub(super) fn new(inputs: Inputs) -> Self {
        Self {
            networks: inputs.networks,
            images: inputs.images,
            ..Self::default()
        }
    }

    /// Returns the id of an image by a reference, which means the tag `latest` if it names none.
    pub(super) fn image(&self, reference: &str) -> Option<&String> {
        self.images
            .get(reference)
            .or_else(|| self.images.get(&format!("{reference}:latest")))
            .or_else(|| self.images.get(reference.strip_suffix(":latest")?))
    }
}
