//! Desired × observed × state → [`Plan`]: pure functions, no async, clock, randomness, environment or I/O.

mod anonymous;
mod build;
pub mod change;
mod check;
mod checks;
mod choice;
mod claims;
mod compare;
mod conflicts;
mod cost;
mod diff;
mod entry;
mod hand_over;
mod image;
mod migration;
mod missing;
mod order;
mod outlook;
mod problems;
mod removal;
mod rolling;
pub mod schedule;
mod sealed;
mod seen;
mod syncs;
#[cfg(test)]
mod tests;
mod text;
mod unsupported;
mod verdict;
mod walk;

pub use build::{plan, plan_after};
pub use change::{Action, Cause, Change, Difference, Impact, OutputChange};
pub use check::check;
pub use checks::{Checked, CheckedInstance, Status};
pub(crate) use diff::{Inputs as Compared, differences, has_secret};
pub use missing::missing_paths;
#[cfg(test)]
pub(crate) use order::{Work, schedule as in_order};
pub use outlook::Outlook;
pub use problems::unreadable_checks;
#[cfg(test)]
pub(crate) use rolling::Rolling;
pub use schedule::{Precondition, Role, Schedule, Step};
pub use text::text;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::address::{Address, Selector};
use crate::kinds::{Kind, kind};
use crate::value::seal::SealKey;

/// What the user asks of a plan, and what makes it reproducible.
#[derive(Clone)]
pub struct Options {
    /// Whether everything is to be taken away.
    pub destroy: bool,
    /// What `--replace` names: instances, or blocks with all their instances.
    pub replace: Vec<Address>,
    /// Instances whose objects this plan takes over: the state holds them already, as it will when the plan is carried out.
    pub imports: BTreeSet<Address>,
    /// What `--target` names. Empty for everything.
    pub targets: Vec<Selector>,
    /// What has moved (new address → old).
    pub moved: BTreeMap<Address, Address>,
    /// What the nonces of new objects are derived from: another one for each run.
    pub seed: Uuid,
    /// Seals what goes into the plan.
    pub key: SealKey,
    /// Finds a kind by its name.
    pub kinds: fn(&str) -> Option<&'static dyn Kind>,
}

impl Options {
    /// Asks for an ordinary plan.
    pub fn new(seed: Uuid, key: SealKey) -> Self {
        Self {
            destroy: false,
            replace: Vec::new(),
            imports: BTreeSet::new(),
            targets: Vec::new(),
            moved: BTreeMap::new(),
            seed,
            key,
            kinds: kind,
        }
    }
}

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
    /// What became of the configuration's conditions.
    #[serde(default)]
    pub checks: Vec<Checked>,
}
