//! The steps of a plan and their order.

use petgraph::graph::DiGraph;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::engine::{ObjectKind, Op, Target};

/// A DAG: an edge goes from a step to one that must wait for it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Schedule {
    /// The steps.
    pub graph: DiGraph<Step, ()>,
}

/// One op on one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The instance that it is for.
    pub address: Address,
    /// Which object behind the address.
    pub target: Target,
    /// What is done.
    pub op: Op,
    /// Whether the instance is ready, for the state and for those that wait, once this step is done.
    pub completes: bool,
    /// When it is done.
    #[serde(default, skip_serializing_if = "Role::is_ordinary")]
    pub role: Role,
}

/// When a step is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// When all that it waits for is done.
    #[default]
    Ordinary,
    /// As an ordinary one; and when the first of an instance's is begun, the others follow also after an interrupt: in between nothing
    /// serves.
    Urgent,
    /// When a step that it waits for failed or was skipped for a failure, and anything was done for the instance: it puts back what was
    /// there. What is as it was before needs no call.
    Undo,
}

impl Role {
    fn is_ordinary(&self) -> bool {
        *self == Self::Ordinary
    }
}

/// What a plan assumes of the world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "assumes")]
pub enum Precondition {
    /// Our object is there and as it was.
    Unchanged {
        /// The instance.
        address: Address,
        /// The engine's id.
        id: String,
        /// [`Object::fingerprint`](crate::observe::Object::fingerprint).
        fingerprint: String,
    },
    /// What holds the object's data meanwhile is there, and is the same.
    Waiting {
        /// The instance.
        address: Address,
        /// The name of what holds it.
        name: String,
        /// Its nonce.
        nonce: String,
    },
    /// Nothing bears the name.
    Free {
        /// The instance that wants it.
        address: Address,
        /// Of which kind.
        object: ObjectKind,
        /// The name.
        name: String,
    },
}
