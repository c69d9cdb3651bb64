//! The kinds of objects, one folder each: the FIELDS table, reading back, change → ops, op → call.
//!
//! **FIELDS is the heart.** One table per kind says of each attribute its type and unit, where it lives in the
//! engine's API, how the engine's answer is compared, since which API version it exists, and what a change costs. Decoding,
//! the diff, validation and the reference all come from it.
//!
//! Kinds do not know each other, and know nothing of configuration, plan or run.

mod container;
mod exposed;
pub mod field;
mod image;
mod job;
mod labels;
mod naming;
mod network;
mod one_call;
mod process;
mod reading;
pub mod reference;
#[cfg(test)]
mod round_trip;
pub mod schema;
mod spec;
mod sync;
#[cfg(test)]
mod testing;
mod volume;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value as Json;

use crate::address::Address;
use crate::engine::{Call, Logs, ObjectKind, Op, Target};
use crate::value::{Attributes, Entries};

pub use field::{Compare, Cost, Field, FieldType, Presence, Unset};

/// What an object is to be, or is: attribute → value, as its kind's FIELDS table lists them.
///
/// An attribute that is not set is absent, never null. Values have the canonical form of their [`FieldType`]: sizes are
/// numbers of bytes, durations numbers of nanoseconds, a nested block is an object, a repeated one a tuple of objects.
pub type Spec = Entries;

/// Whose an object is: what the labels `wharf.project`, `wharf.workspace`, `wharf.address` and `wharf.nonce` say.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Ownership {
    /// The project.
    pub project: String,
    /// The workspace.
    pub workspace: String,
    /// The address.
    pub address: Address,
    /// Made anew for each object; state or journal know it.
    pub nonce: String,
}

impl Ownership {
    /// The label that tells whether an object is ours.
    pub const PROJECT: &'static str = "wharf.project";
    /// The label with the workspace.
    pub const WORKSPACE: &'static str = "wharf.workspace";
    /// The label with the address.
    pub const ADDRESS: &'static str = "wharf.address";
    /// The label with the nonce.
    pub const NONCE: &'static str = "wharf.nonce";
    /// The label that tells what helps with an object from the object.
    pub const ROLE: &'static str = "wharf.role";
    /// The role of a network in which a successor warms up.
    pub const WARM_UP: &'static str = "warm-up";

    /// Returns the labels.
    pub fn labels(&self) -> [(&'static str, String); 4] {
        [
            (Self::PROJECT, self.project.clone()),
            (Self::WORKSPACE, self.workspace.clone()),
            (Self::ADDRESS, self.address.to_string()),
            (Self::NONCE, self.nonce.clone()),
        ]
    }

    /// Reads the labels; `None` if any is missing or no address.
    pub fn from_labels(labels: &serde_json::Map<String, Json>) -> Option<Self> {
        let text = |name: &str| labels.get(name)?.as_str().map(str::to_owned);
        Some(Self {
            project: text(Self::PROJECT)?,
            workspace: text(Self::WORKSPACE)?,
            address: text(Self::ADDRESS)?.parse().ok()?,
            nonce: text(Self::NONCE)?,
        })
    }
}

/// What names are derived from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// The project.
    pub project: String,
    /// The workspace; `default` does not show in names.
    pub workspace: String,
}

/// How a live object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// There, and (if it is a container) running.
    Running,
    /// A container that was made but never started.
    Created,
    /// A container that has ended, with its exit code.
    Exited(i64),
    /// Some other state, such as paused or restarting.
    Other,
}

/// An object as the engine shows it, in the terms of its kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    /// Its name.
    pub name: String,
    /// What it is: the same attributes as in the configuration, as far as the engine shows them.
    pub spec: Spec,
    /// What references see: the computed attributes, and those of the spec.
    pub attributes: Attributes,
    /// How it is.
    pub status: Status,
}

/// What a kind is given to read an object back.
pub struct Found<'a> {
    /// The inspect of the object.
    pub inspect: &'a Json,
    /// The inspect of the image that a container was made from, if it is still there.
    pub image: Option<&'a Json>,
    /// What a container that has ended wrote, if it was read: a job's output.
    pub logs: Option<&'a Logs>,
    /// The API version that is spoken.
    pub api: (u32, u32),
}

/// What is to be done with one object, as the planner decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision<'a> {
    /// What the object is to be; empty when it is only taken away. May hold unknown values.
    pub desired: &'a Spec,
    /// What was applied last, as far as the state tells: secrets are unknown. Empty if nothing was.
    pub applied: &'a Spec,
    /// The object as it is, with its id, if there is one.
    pub live: Option<(&'a str, &'a Live)>,
    /// The attributes that differ, by name, with the cost of each. Empty for create and delete. That it is replaced for
    /// another reason is an entry with an empty name.
    pub differences: &'a [(String, Cost)],
    /// Networks (by name) that are themselves replaced by this plan, so that the object must leave and rejoin them.
    pub replaced_networks: &'a [String],
    /// The name that the object is to have.
    pub name: &'a str,
    /// Whether the object is to start before its predecessor stops.
    pub start_first: bool,
    /// Given if the predecessor has what only one can have, such as a port of the host, and can hand it over to a successor that is
    /// up already.
    pub hand_over: Option<&'a HandOver>,
    /// Networks (by name) that the object warmed up in, and that a run left behind before it had taken the object out.
    pub warm_ups: &'a [String],
    /// Whether the predecessor is kept until all that is replaced together is ready, and is put back if anything of it fails.
    pub keeps_old: bool,
    /// Given if a run was broken off that was to take the object's data along into a new one.
    pub resume: Option<Resume<'a>>,
}

/// What is left of a run that was broken off while it took an object's data along into a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume<'a> {
    /// The name of the object that holds the data meanwhile.
    pub interim: &'a str,
    /// Whether that one has all of it. If not, the object that is there still has.
    pub whole: bool,
}

/// What a hand-over has to know of networks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandOver {
    /// Those without a way out, by name: nothing is published in them.
    pub inner: BTreeSet<String>,
    /// Those that the predecessor was in until a run was killed that took it out, and that are there, by name. Empty if it is in any.
    pub regained: Vec<String>,
}

impl Decision<'_> {
    /// Tells whether the object is only taken away.
    pub fn is_delete(&self) -> bool {
        self.live.is_some() && self.desired.is_empty() && self.differences.is_empty()
    }

    /// Returns the cost of the most expensive difference; `None` if nothing differs.
    pub fn cost(&self) -> Option<Cost> {
        self.differences.iter().map(|(_, cost)| *cost).max()
    }

    /// Tells whether an attribute differs.
    pub fn differs(&self, attribute: &str) -> bool {
        self.differences.iter().any(|(name, _)| name == attribute)
    }
}

/// The ops of one object, in order: each list runs one after the other.
///
/// `down` frees what others wait for (a network that is to be removed), `up` makes the object ready for those that depend
/// on it. `last` runs when the object is ready: with `start_first` it takes the predecessor away. `undo` runs instead of `last`
/// when anything failed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ops {
    /// Run first, after the dependents' `down`.
    pub down: Vec<(Target, Op)>,
    /// Run after `down`, and after the dependencies' `up`.
    pub up: Vec<(Target, Op)>,
    /// Run after `up`, without a pause: while they run nothing serves. With them the object is ready.
    pub over: Vec<(Target, Op)>,
    /// Run when the object is ready.
    pub last: Vec<(Target, Op)>,
    /// Put back what was there.
    pub undo: Vec<(Target, Op)>,
}

/// Everything that turns an [`Op`] into a [`Call`].
pub struct Binding<'a> {
    /// The labels that make the object ours.
    pub ownership: &'a Ownership,
    /// The name that the object is to have; empty for kinds without names.
    pub name: &'a str,
    /// The spec with every value known, secrets in clear.
    pub spec: &'a Spec,
    /// The id of the step's target; empty when the op makes it.
    pub id: &'a str,
    /// Ids of networks by name: of those made by this plan and of those that were there.
    pub networks: &'a BTreeMap<String, String>,
    /// The image, by the reference or the id that the engine is to be given.
    pub image: Option<&'a str>,
    /// Volumes without a name that a new container takes over from its predecessor, by where they are mounted.
    pub keeps: &'a BTreeMap<String, String>,
    /// The archive of a build's context, packed just before the call.
    pub context: Option<&'a Path>,
    /// The API version that is spoken.
    pub api: (u32, u32),
    /// The directory that relative paths of the configuration start from, absolute.
    pub root: &'a Path,
}

/// A problem with one attribute, found where several are looked at together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The attribute, as a path such as `port[0].host`.
    pub path: String,
    /// A short sentence without names of the user's.
    pub summary: String,
    /// What and why.
    pub detail: String,
    /// How to mend it. May be empty.
    pub help: String,
}

/// One kind.
pub trait Kind: Sync + Send {
    /// Returns the block type, such as `container`.
    fn name(&self) -> &'static str;

    /// Returns one sentence for the reference.
    fn doc(&self) -> &'static str;

    /// Returns the FIELDS table: the attributes and blocks of the block itself.
    fn fields(&self) -> &'static [Field];

    /// Returns the FIELDS of a `data` block of this kind; empty if there is none.
    fn data_fields(&self) -> &'static [Field] {
        &[]
    }

    /// Returns which kind of engine object it is; `None` if the engine knows no such object.
    fn object(&self) -> Option<ObjectKind>;

    /// Returns the name of an object whose block gives none; `None` if the kind has no names.
    fn default_name(&self, naming: &Naming, address: &Address) -> Option<String>;

    /// Brings a decoded spec into the form in which it can be compared with what [`Kind::read`] gives: paths of this
    /// machine become absolute, other spellings of the same thing and defaults that are spelt out become one. Fills the
    /// derived attributes that come from a single local file. Returns what is wrong with local files.
    fn canonical(&self, spec: &mut Spec, root: &Path) -> Vec<Problem> {
        let _ = (spec, root);
        Vec::new()
    }

    /// Tells whether an object that was finished need not be made again when it is gone, as a job that has run.
    fn survives_removal(&self) -> bool {
        false
    }

    /// Finds problems between attributes, such as two that exclude each other. Unknown values pass.
    fn check(&self, spec: &Spec) -> Vec<Problem>;

    /// Reads an object back.
    fn read(&self, found: &Found<'_>) -> Live;

    /// Returns the inspect of an object as like to the one that was found as can be, for which nothing was asked: what is the same
    /// there need not stand in a configuration. Null for kinds that are not taken over.
    fn unasked(&self, found: &Found<'_>) -> Json {
        let _ = found;
        Json::Null
    }

    /// Returns what references see of the spec's own values before anything is known of the live object: values that the
    /// user set, those that can be foretold (such as a derived name), and unknowns for the rest.
    fn foretell(&self, spec: &Spec, name: &str) -> Attributes;

    /// Turns a decision into ops.
    fn ops(&self, decision: &Decision<'_>) -> Ops;

    /// Turns an op of this kind into the engine's call.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the spec or a local file.
    fn call(&self, op: &Op, binding: &Binding<'_>) -> Result<Call, String>;
}

/// Returns the kind with a name.
pub fn kind(name: &str) -> Option<&'static dyn Kind> {
    KINDS.iter().copied().find(|kind| kind.name() == name)
}

/// The register: a new kind is one folder and one line here.
pub const KINDS: &[&dyn Kind] = &[
    &container::Container,
    &image::Image,
    &job::Job,
    &network::Network,
    &sync::Sync,
    &volume::Volume,
];

/// Says that a kind was asked for an op of another: a plan that was tampered with.
fn foreign_op(kind: &str, op: &Op) -> String {
    format!("the plan asks a {kind} for `{op:?}`, which no {kind} can do")
}

/// Tells whether a name is a nested block, and no argument, in blocks of a path of types such as `["container", "port"]`.
pub fn is_block(path: &[&str], name: &str) -> bool {
    let Some((kind, inner)) = path
        .split_first()
        .and_then(|(name, inner)| Some((kind(name)?, inner)))
    else {
        return false;
    };
    let nested = |fields: &'static [Field], name: &str| {
        let field = fields.iter().find(|field| field.name == name)?;
        match field.ty {
            FieldType::Block(fields) | FieldType::Blocks(fields, _) => Some(fields),
            _ => None,
        }
    };
    let around = inner
        .iter()
        .try_fold(kind.fields(), |fields, name| nested(fields, name));
    around.is_some_and(|fields| nested(fields, name).is_some())
}
