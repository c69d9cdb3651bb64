//! wharf's memory of intent: what was applied last, to which objects, and what a run was about to do.
//!
//! The engine is the truth about existence; state is the memory of intent. The crate knows nothing of kinds,
//! plans or engines: specs are JSON in which no secret stands.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

/// The version of the format that this build writes.
pub const FORMAT: u32 = 1;

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
    /// Predecessors that a replacement has not taken away yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deposed: Vec<Deposed>,
}

/// A predecessor that is still there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposed {
    /// The engine's id.
    pub id: String,
    /// Its nonce.
    pub nonce: String,
}

/// A root output as it came out of the last apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The value, sealed.
    pub value: Json,
    /// Whether it must not be shown; then `value` is only a keyed hash.
    pub sensitive: bool,
}

/// What a run is about to do: written and synced before each mutating call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The step, unique in its run.
    pub step: u64,
    /// The instance.
    pub address: String,
    /// The operation, in words.
    pub operation: String,
    /// The nonce of the object that the call makes, or acts on.
    pub nonce: String,
    /// The engine's id of the object that the call acts on; empty if it makes one.
    pub id: String,
}
