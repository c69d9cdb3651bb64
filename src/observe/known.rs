//! Tells what is ours: label and nonce, or an id that the state knows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value as Json};
use wharf_state::State;

use super::{Context, Owner};
use crate::address::Address;
use crate::engine::ObjectKind;
use crate::kinds::{Kind, Ownership};

/// The label that tells a Compose project.
const COMPOSE: &str = "com.docker.compose.project";

/// One entry of an engine's list.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) kind: ObjectKind,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) labels: Map<String, Json>,
    pub(super) json: Json,
}

impl Entry {
    pub(super) fn new(kind: ObjectKind, json: Json) -> Self {
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        let name = match kind {
            ObjectKind::Container => text(&json["Names"][0]).trim_start_matches('/').to_owned(),
            ObjectKind::Image => text(&json["RepoTags"][0]),
            ObjectKind::Network | ObjectKind::Volume => text(&json["Name"]),
        };
        let id = match kind {
            ObjectKind::Volume => name.clone(),
            _ => text(&json["Id"]),
        };
        Self {
            kind,
            id,
            name,
            labels: json["Labels"].as_object().cloned().unwrap_or_default(),
            json,
        }
    }

    /// Returns whose it says it is.
    pub(super) fn owner(&self) -> Owner {
        if let Some(ownership) = Ownership::from_labels(&self.labels) {
            return Owner::Wharf(ownership);
        }
        match self.labels.get(COMPOSE).and_then(Json::as_str) {
            Some(project) => Owner::Compose(project.to_owned()),
            None => Owner::Unknown,
        }
    }

    pub(super) fn is_receiver(&self) -> bool {
        self.role() == Some("receiver")
    }

    /// Tells whether it is a volume that holds the data of one that is replaced.
    pub(super) fn is_interim(&self) -> bool {
        self.kind == ObjectKind::Volume && self.role() == Some("interim")
    }

    /// Tells whether it is a network in which a successor warms up.
    pub(super) fn is_warm_up(&self) -> bool {
        self.kind == ObjectKind::Network && self.role() == Some(Ownership::WARM_UP)
    }

    /// Tells whether it only helps with the object whose labels it bears.
    fn is_helper(&self) -> bool {
        self.is_receiver() || self.is_interim() || self.is_warm_up()
    }

    fn role(&self) -> Option<&str> {
        self.labels.get(Ownership::ROLE).and_then(Json::as_str)
    }
}

/// Addresses and nonces by kind and id.
type Unlabelled<'a> = BTreeMap<(ObjectKind, &'a str), (&'a str, &'a str)>;

/// What state and journal know.
pub(super) struct Known<'a> {
    context: &'a Context,
    state: &'a State,
    nonces: BTreeSet<&'a str>,
    /// Ids of the objects that the state knows, by nonce.
    ids: BTreeMap<&'a str, &'a str>,
    /// The addresses of the objects that the state knows, by nonce and id.
    filed: HashMap<(&'a str, &'a str), &'a str>,
    /// The addresses of those whose data waits in another volume, by that one's nonce.
    interims: HashMap<&'a str, &'a str>,
    /// Objects that the state knows by id alone, with their addresses and nonces.
    unlabelled: Unlabelled<'a>,
}

impl<'a> Known<'a> {
    pub(super) fn new(context: &'a Context, state: &'a State) -> Self {
        let objects = || {
            state
                .objects
                .iter()
                .map(|(address, object)| (address.as_str(), object))
        };
        Self {
            context,
            state,
            nonces: state
                .nonces()
                .chain(context.nonces.iter().map(String::as_str))
                .collect(),
            ids: state
                .objects
                .values()
                .rev()
                .map(|object| (object.nonce.as_str(), object.id.as_str()))
                .collect(),
            filed: objects()
                .map(|(address, object)| ((object.nonce.as_str(), object.id.as_str()), address))
                .collect(),
            interims: objects()
                .filter_map(|(address, object)| Some((object.interim.as_ref()?.nonce.as_str(), address)))
                .collect(),
            unlabelled: unlabelled(context, state),
        }
    }

    /// Returns whose an object is if it is ours.
    pub(super) fn ownership(&self, entry: &Entry) -> Option<Ownership> {
        self.by_labels(&entry.labels)
            .filter(|ownership| self.can_be(entry, ownership) && !self.is_copy(entry, ownership))
            .map(|ownership| self.as_filed(entry, ownership))
            .or_else(|| self.by_id(entry))
    }

    /// Takes the address that the state files an object under: labels keep the one that it was made with.
    fn as_filed(&self, entry: &Entry, ownership: Ownership) -> Ownership {
        let nonce = ownership.nonce.as_str();
        let interim = self.interims.get(nonce).filter(|_| entry.is_interim());
        let filed = interim.or_else(|| self.filed.get(&(nonce, entry.id.as_str())));
        match filed.and_then(|address| address.parse().ok()) {
            Some(address) => Ownership { address, ..ownership },
            None => Ownership {
                address: self.context.moves.one(&ownership.address),
                ..ownership
            },
        }
    }

    /// Reads the labels: an unknown nonce counts only when the state is lost.
    pub(super) fn by_labels(&self, labels: &Map<String, Json>) -> Option<Ownership> {
        let ownership = Ownership::from_labels(labels)?;
        let here = ownership.project == self.context.project && ownership.workspace == self.context.workspace;
        // A state that was written and holds nothing is not lost: then nothing is ours.
        let lost = self.state.generation == 0 && self.state.objects.is_empty();
        (here && (lost || self.nonces.contains(ownership.nonce.as_str()))).then_some(ownership)
    }

    /// Tells whether an object is of the kind that its address says: containers inherit the labels of their image.
    fn can_be(&self, entry: &Entry, ownership: &Ownership) -> bool {
        let kind = (self.context.kinds)(ownership.address.kind());
        entry.is_helper() || kind.and_then(Kind::object) == Some(entry.kind)
    }

    /// Tells whether an object bears the labels of one that the state knows by another id: labels travel with `docker commit`.
    fn is_copy(&self, entry: &Entry, ownership: &Ownership) -> bool {
        let original = self.ids.get(ownership.nonce.as_str());
        original.is_some_and(|id| !id.is_empty() && *id != entry.id && !entry.is_helper())
    }

    fn by_id(&self, entry: &Entry) -> Option<Ownership> {
        let (address, nonce) = self.unlabelled.get(&(entry.kind, entry.id.as_str()))?;
        Some(self.of(address.parse().ok()?, nonce))
    }

    /// Returns the ownership that the state gives an object.
    pub(super) fn of(&self, address: Address, nonce: &str) -> Ownership {
        Ownership {
            project: self.context.project.clone(),
            workspace: self.context.workspace.clone(),
            address,
            nonce: nonce.to_owned(),
        }
    }
}

/// Collects the objects that bear no label of ours: those that were adopted, also if they have a successor by now, and images.
fn unlabelled<'a>(context: &Context, state: &'a State) -> Unlabelled<'a> {
    let mut all = BTreeMap::new();
    for (address, object) in state.objects.iter().rev() {
        let Some(kind) = (context.kinds)(&object.kind).and_then(Kind::object) else {
            continue;
        };
        let adopted = object.deposed.iter().filter(|old| old.adopted);
        for old in adopted {
            all.insert((kind, old.id.as_str()), (address.as_str(), old.nonce.as_str()));
        }
        if object.adopted || kind == ObjectKind::Image {
            all.insert(
                (kind, object.id.as_str()),
                (address.as_str(), object.nonce.as_str()),
            );
        }
    }
    all
}
