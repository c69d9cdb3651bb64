//! Labels ∪ state → [`Observed`]: a snapshot of the engine, and of the local files that plans depend on, taken once by
//! reads alone. What it means is decided in `plan`.

mod known;
mod listing;
mod live;
mod local;
mod outside;
mod reading;
mod references;
#[cfg(test)]
mod tests;
mod volumes;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value as Json;

use crate::address::Address;
use crate::desired::Moves;
use crate::diagnostic::Diagnostic;
use crate::engine::{ObjectKind, Release};
use crate::kinds::{Kind, Live, Ownership};
use crate::sync::Trees;
use crate::value::Value;
use crate::value::seal::{SealKey, plain, seal};

pub use listing::{Expected, Listed, expected, list, look};
pub(crate) use local::bound_paths;
pub use outside::{Outsider, candidates, outsiders};
pub use reading::observe;
pub use wharf_state::Interim;

/// How many reads run at a time.
const PARALLEL: usize = 32;

/// What it takes to tell what is ours, and to read local files.
#[derive(Clone)]
pub struct Context {
    /// The project.
    pub project: String,
    /// The workspace.
    pub workspace: String,
    /// The directory that relative paths of the configuration start from.
    pub root: PathBuf,
    /// Nonces that the journal knows and the state may not.
    pub nonces: BTreeSet<String>,
    /// Ids of objects that the journal knows a run to have acted on.
    pub acted_on: BTreeSet<String>,
    /// Finds a kind by its name.
    pub kinds: fn(&str) -> Option<&'static dyn Kind>,
    /// What has another address by now than its labels say.
    pub moves: Moves,
}

/// What is there.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// The engine's id; empty if it has none.
    pub engine_id: String,
    /// The API version that is spoken.
    pub api: (u32, u32),
    /// What the engine's host cannot do, as FIELDS tables name it.
    pub lacking: BTreeSet<String>,
    /// The engine's program and version.
    pub release: Release,
    /// Our objects by address: label and nonce known to state or journal, or the project's label when the state is lost.
    /// More than one per address is what a killed replacement leaves.
    pub objects: BTreeMap<Address, Vec<Object>>,
    /// Nonces of objects that a run began to make, or to change, and did not end.
    pub begun: BTreeSet<String>,
    /// Ids of objects that such a run acted on, or was about to.
    pub acted_on: BTreeSet<String>,
    /// Containers that carry a sync's receiver and were left behind, by id.
    pub receivers: Vec<String>,
    /// Volumes that hold the data of others whose migration was begun, by the address of the latter.
    pub interims: BTreeMap<Address, Interim>,
    /// Networks in which successors were to warm up and that were left behind, by the address of the successor, with their ids.
    pub warm_ups: Vec<(Address, String)>,
    /// Objects that are not ours but bear a name that is wanted.
    pub foreign: BTreeMap<(ObjectKind, String), Foreign>,
    /// Local images by the references that specs use, as inspected.
    pub images: BTreeMap<String, Json>,
    /// What registries say of references that no local image has: whether it can be pulled, else why not.
    pub pullable: BTreeMap<String, Result<Pullable, String>>,
    /// The digests that registries have now for references whose images are to follow them.
    pub latest: BTreeMap<String, Result<String, String>>,
    /// The objects that `data` blocks read; `None` if there is none of that name.
    pub data: BTreeMap<Address, Option<Live>>,
    /// Digests of build contexts by address.
    pub contexts: BTreeMap<Address, String>,
    /// What is wrong with local files, by the address that needs them: nobody else's affair.
    pub unreadable: BTreeMap<Address, Diagnostic>,
    /// Source and target trees of syncs by address.
    pub trees: BTreeMap<Address, Trees>,
    /// Ids of networks by name, ours or not.
    pub networks: BTreeMap<String, String>,
    /// Whether the engine runs on this machine, so that its host paths are our paths.
    pub local: bool,
    /// Paths of this machine that containers are to mount and that are not there. Empty if the engine is elsewhere.
    pub absent_paths: BTreeSet<String>,
    /// Ports of the host that containers which are not ours publish on.
    pub ports: Vec<TakenPort>,
}

/// What a registry says of an image that is not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pullable {
    /// It has the image.
    Yes,
    /// It wants a login that only a credential helper knows, and planning runs no programs: the pull will tell.
    Unknown,
}

/// A port of the host that is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenPort {
    /// The port.
    pub port: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
    /// The address; `None` for all.
    pub ip: Option<String>,
    /// The name of the container. Text from outside.
    pub container: String,
}

/// One of our objects.
#[derive(Clone, Debug)]
pub struct Object {
    /// The engine's id; a volume's name.
    pub id: String,
    /// Its labels; for what cannot be labelled (a pulled image, an adopted volume) what state knows.
    pub ownership: Ownership,
    /// The object, in the terms of its kind.
    pub live: Live,
}

impl Object {
    /// Returns the fingerprint of everything in `live`, to see whether it changed between plan and apply. The key makes it useless
    /// to those who would guess secrets.
    pub fn fingerprint(&self, key: &SealKey) -> String {
        let spec = Value::object(self.live.spec.clone());
        let all = format!("{:?} {:?} {}", self.live.name, self.live.status, plain(&spec));
        let sealed = seal(&Value::from(all).sensitive(), key);
        sealed["$sensitive"].as_str().unwrap_or_default().to_owned()
    }
}

/// An object that is not ours.
#[derive(Clone, Debug)]
pub struct Foreign {
    /// The engine's id.
    pub id: String,
    /// The object, in the terms of the kind that wants its name.
    pub live: Live,
    /// Whose it says it is: another project of wharf, a Compose project, or nobody's.
    pub owner: Owner,
}

/// Whose a foreign object says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Another project or workspace of wharf, or one that claims to be ours with a nonce that nobody knows.
    Wharf(Ownership),
    /// A Compose project.
    Compose(String),
    /// It bears no label that says.
    Unknown,
}
