//! Desired × observed × state → [`Plan`]: pure functions, no async, clock, randomness, environment or I/O.

pub mod change;
pub mod schedule;

pub use change::{Action, Cause, Change, Difference, Impact, OutputChange};
pub use schedule::{Precondition, Schedule, Step};

use serde::{Deserialize, Serialize};

/// What will be done: what is shown is what runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// The project.
    pub project: String,
    /// The workspace.
    pub workspace: String,
    /// The state's lineage that the plan was made from.
    pub lineage: String,
    /// The state's generation that the plan was made from.
    pub generation: u64,
    /// The engine's id.
    pub engine_id: String,
    /// Whether everything is to be taken away.
    pub destroy: bool,
    /// One entry per instance that is wanted or was there, in the order in which they are shown: by address.
    pub changes: Vec<Change>,
    /// What changes of the outputs, in source order.
    pub outputs: Vec<OutputChange>,
    /// The steps, in an order that nothing has left to decide.
    pub schedule: Schedule,
    /// What each object is assumed to be: checked again before a saved plan is applied.
    pub preconditions: Vec<Precondition>,
}
