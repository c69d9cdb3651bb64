//! What happens to one object, why, and what it costs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::kinds::Cost;
use crate::value::seal::Sealed;

/// What happens to one instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The instance.
    pub address: Address,
    /// What its address was before, if it has moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<Address>,
    /// What is done.
    pub action: Action,
    /// The engine's id of the object that is there, if one is.
    pub id: Option<String>,
    /// The name of the object on the engine; empty for kinds without names.
    pub name: String,
    /// The nonce of the object that is there, or of the one that is made.
    pub nonce: String,
    /// The spec before, sealed: live values of the attributes that the user sets or set. Null if nothing is there.
    pub before: Sealed,
    /// The spec after, sealed, with computed attributes unknown. Null if it is taken away.
    pub after: Sealed,
    /// What differs, sorted by path. For create and delete empty: everything does.
    pub differences: Vec<Difference>,
    /// Why.
    pub cause: Cause,
    /// What it costs while it happens.
    pub impact: Impact,
    /// Remarks for the reader: what was not verified, files that a sync changes, an image that is pulled first.
    pub notes: Vec<String>,
    /// The volumes without a name that a new container takes over from the one it replaces, by where they are mounted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keeps: BTreeMap<String, String>,
    /// The instances that it depends on, for the state. Sorted.
    pub dependencies: Vec<Address>,
    /// Whether the object is protected, for the state.
    pub protect: bool,
    /// Whether the object was not ours before this plan, which takes it over.
    #[serde(default)]
    pub imported: bool,
}

impl Change {
    /// Tells whether a new object takes the place of an old one.
    pub fn is_replacement(&self) -> bool {
        matches!(self.action, Action::Replace | Action::ReplaceStartFirst)
    }
}

/// What is done with an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing.
    NoOp,
    /// It is made.
    Create,
    /// It is read during apply, because it could not be before.
    Read,
    /// It is changed in place, and keeps its id.
    Update,
    /// It is taken away, then made anew.
    Replace,
    /// It is made anew, then the predecessor is taken away.
    ReplaceStartFirst,
    /// It is taken away.
    Delete,
    /// It stays, and wharf forgets it.
    Forget,
    /// It is no longer wanted but protected: it stays, and wharf remembers it.
    Keep,
    /// An object that was there becomes ours, unchanged.
    Adopt,
}

/// One attribute that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The attribute, as a path such as `memory`, `env.PATH` or `port[8080/tcp]`.
    pub path: String,
    /// The live value, or null.
    pub before: Sealed,
    /// The desired value, or null.
    pub after: Sealed,
    /// What this change alone costs.
    pub cost: Cost,
    /// Whether somebody changed it outside: the configuration is as it was applied last.
    pub drift: bool,
}

/// Why something is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "cause")]
pub enum Cause {
    /// Nothing is.
    None,
    /// It is new in the configuration.
    New,
    /// It was there, and somebody removed it outside.
    Vanished,
    /// Attributes differ. If it is replaced: those that cannot be changed in place.
    Differences {
        /// The attributes that decide, by path.
        decisive: Vec<String>,
    },
    /// Attributes differ that only a newer engine changes in place.
    Fixed {
        /// The attributes that decide, by path.
        decisive: Vec<String>,
        /// The engine, with its version.
        engine: String,
    },
    /// A run was cut short: it was made but never finished.
    Unfinished,
    /// `--replace` asks for it.
    Requested,
    /// `replace_triggered_by` names something that changes.
    Triggered {
        /// What changes.
        by: Address,
    },
    /// An object that it is attached to is replaced.
    Attached {
        /// The object.
        to: Address,
    },
    /// It stands no longer in the configuration.
    NotInConfiguration,
    /// `destroy` takes everything away.
    Destroy,
    /// A leftover of a replacement that was cut short.
    Leftover,
}

/// What a change costs those who use the object, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// Nothing that was there changes.
    None,
    /// Changed while it runs.
    Live,
    /// Connections break for a moment.
    Blip,
    /// It is stopped for a while.
    Downtime,
    /// Data is lost.
    DataLoss,
}

/// What happens to an output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputChange {
    /// The name.
    pub name: String,
    /// The value as stored; null if there was none.
    pub before: Sealed,
    /// The value after apply; null if it goes.
    pub after: Sealed,
}
