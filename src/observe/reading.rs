//! Reads the engine: what is listed and was not read before is inspected, in parallel.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value as Json;
use wharf_state::State;

use super::known::{Entry, Known};
use super::listing::{Early, Glimpse, Listed};
use super::live::{Images, Lives, existing};
use super::volumes::Windows;
use super::{Context, Foreign, Interim, Object, Observed, PARALLEL, TakenPort, local, references};
use crate::desired::Desired;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::engine::{CallError, ObjectKind, Read, Reason};
use crate::kinds::{Kind, Live, Ownership};

/// Takes a snapshot of what is there, beginning with what was listed. `desired` comes from a pass that knew nothing of the engine.
///
/// # Errors
/// The engine does not answer.
pub async fn observe(
    read: &dyn Read,
    listed: Listed,
    desired: &Desired,
    state: &State,
    context: &Context,
) -> Result<Observed, Diagnostics> {
    let about = read.about();
    let known = Known::new(context, state);
    let Listed {
        entries: lists,
        early,
        images,
    } = listed;
    let mut observed = Observed {
        engine_id: about.id.clone(),
        api: about.api,
        lacking: lacking(&about.info),
        release: about.release(),
        local: about.local,
        begun: context.nonces.clone(),
        acted_on: context.acted_on.clone(),
        networks: lists
            .iter()
            .filter(|entry| entry.kind == ObjectKind::Network)
            .map(|entry| (entry.name.clone(), entry.id.clone()))
            .collect(),
        ..Observed::default()
    };
    let volumes: BTreeSet<String> = lists
        .iter()
        .filter(|entry| entry.kind == ObjectKind::Volume)
        .map(|entry| entry.name.clone())
        .collect();
    let mut ours: Vec<(Entry, Ownership)> = Vec::new();
    let mut others: Vec<Entry> = Vec::new();
    for entry in lists {
        match known.ownership(&entry) {
            Some(_) if entry.is_receiver() => observed.receivers.push(entry.id),
            Some(ownership) if entry.is_interim() => {
                let interim = Interim {
                    name: entry.name,
                    nonce: ownership.nonce,
                };
                observed.interims.insert(ownership.address, interim);
            }
            Some(ownership) if entry.is_warm_up() => observed.warm_ups.push((ownership.address, entry.id)),
            Some(ownership) => ours.push((entry, ownership)),
            None => others.push(entry),
        }
    }
    observed.receivers.sort();
    observed.warm_ups.sort();
    observed.ports = others.iter().flat_map(ports).collect();
    let windows = Windows::of(ours.iter().map(|(entry, _)| entry));
    let reader = Reader {
        lives: Lives::new(read, images),
        early: Mutex::new(early),
        ..Reader::new(read, context)
    };
    let engine = async {
        futures_util::try_join!(
            reader.objects(ours),
            reader.foreign(desired, &others),
            references::read(&reader, desired, state, &known)
        )
    };
    let (engine, local, targets) = futures_util::join!(
        engine,
        local::read(desired, state, context, about.local, volumes),
        windows.read(&reader, desired)
    );
    let (objects, foreign, references) = engine.map_err(|error| unreadable(&error))?;
    observed.objects = objects;
    observed.foreign = foreign;
    observed.images = references.images;
    observed.pullable = references.pullable;
    observed.latest = references.latest;
    observed.data = references.data;
    for object in references.objects {
        let address = object.ownership.address.clone();
        let there = observed.objects.entry(address).or_default();
        if !there.iter().any(|it| it.id == object.id) {
            there.push(object);
        }
    }
    if about.local {
        observed.absent_paths = local::absent_paths(desired).await;
    }
    let local = local?;
    observed.contexts = local.contexts;
    observed.trees = local.trees;
    observed.unreadable = local.unreadable;
    for (address, target) in targets {
        if let Some(trees) = observed.trees.get_mut(&address) {
            trees.target = Some(target);
            trees.verified = true;
        }
    }
    Ok(observed)
}

/// Returns the ports of the host that a running container publishes on.
fn ports(entry: &Entry) -> Vec<TakenPort> {
    let runs = entry.json["State"].as_str() == Some("running");
    let ports = entry.json["Ports"].as_array().filter(|_| runs);
    ports
        .into_iter()
        .flatten()
        .filter_map(|port| {
            let ip = port["IP"]
                .as_str()
                .filter(|ip| !matches!(*ip, "" | "0.0.0.0" | "::"));
            Some(TakenPort {
                port: u16::try_from(port["PublicPort"].as_u64()?).ok()?,
                protocol: port["Type"].as_str().unwrap_or("tcp").to_owned(),
                ip: ip.map(str::to_owned),
                container: entry.name.clone(),
            })
        })
        .collect()
}

/// Reads objects in the terms of their kinds.
pub(super) struct Reader<'a> {
    pub(super) read: &'a dyn Read,
    pub(super) context: &'a Context,
    lives: Lives<'a>,
    /// What has been read already, for whoever asks first.
    early: Mutex<Early>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(read: &'a dyn Read, context: &'a Context) -> Self {
        Self {
            read,
            context,
            lives: Lives::new(read, Images::new()),
            early: Mutex::default(),
        }
    }

    /// Takes what has been read of an object already.
    fn glimpse(&self, kind: ObjectKind, id: &str) -> Option<Glimpse> {
        let mut early = self.early.lock().unwrap_or_else(PoisonError::into_inner);
        early.remove(&(kind, id.to_owned()))
    }

    /// Inspects by id or name.
    async fn inspect(&self, kind: ObjectKind, id: &str) -> Result<Option<Json>, CallError> {
        match self.glimpse(kind, id) {
            Some(Glimpse::Inspect(json)) => Ok(Some(json)),
            Some(Glimpse::Live(..)) | None => existing(self.read, kind, id).await,
        }
    }

    /// Reads an object in the terms of a kind; `None` if it has vanished.
    async fn live(&self, kind: &dyn Kind, object: ObjectKind, id: &str) -> Result<Option<Live>, CallError> {
        let inspect = match self.glimpse(object, id) {
            Some(Glimpse::Live(name, live)) if name == kind.name() => return Ok(Some(live)),
            Some(Glimpse::Inspect(json)) => Some(json),
            Some(Glimpse::Live(..)) | None => existing(self.read, object, id).await?,
        };
        match inspect {
            Some(inspect) => Ok(Some(self.lives.of(kind, &inspect).await?)),
            None => Ok(None),
        }
    }

    /// Inspects many at a time.
    pub(super) async fn inspects(
        &self,
        wanted: impl IntoIterator<Item = (ObjectKind, String)>,
    ) -> Result<Vec<Option<Json>>, CallError> {
        let reads = wanted
            .into_iter()
            .map(|(kind, id)| async move { self.inspect(kind, &id).await });
        stream::iter(reads).buffered(PARALLEL).try_collect().await
    }

    async fn objects(
        &self,
        ours: Vec<(Entry, Ownership)>,
    ) -> Result<BTreeMap<crate::address::Address, Vec<Object>>, CallError> {
        let reads = ours.into_iter().map(|(entry, ownership)| async move {
            let Some(kind) = (self.context.kinds)(ownership.address.kind()) else {
                return Ok(None);
            };
            let live = self.live(kind, entry.kind, &entry.id).await?;
            Ok::<_, CallError>(live.map(|live| Object {
                id: entry.id,
                ownership,
                live,
            }))
        });
        let found: Vec<Option<Object>> = stream::iter(reads).buffered(PARALLEL).try_collect().await?;
        let mut objects: BTreeMap<crate::address::Address, Vec<Object>> = BTreeMap::new();
        for object in found.into_iter().flatten() {
            let address = object.ownership.address.clone();
            objects.entry(address).or_default().push(object);
        }
        for objects in objects.values_mut() {
            objects.sort_by(|a, b| a.id.cmp(&b.id));
        }
        Ok(objects)
    }

    /// Reads one object by name; `None` if there is none.
    pub(super) async fn named(
        &self,
        kind: &dyn Kind,
        object: ObjectKind,
        name: &str,
    ) -> Result<Option<(Json, Live)>, CallError> {
        let Some(inspect) = self.inspect(object, name).await? else {
            return Ok(None);
        };
        let live = self.lives.of(kind, &inspect).await?;
        Ok(Some((inspect, live)))
    }

    /// Reads the objects that are not ours and bear a name that is wanted.
    async fn foreign(
        &self,
        desired: &Desired,
        others: &[Entry],
    ) -> Result<BTreeMap<(ObjectKind, String), Foreign>, CallError> {
        let by_name: BTreeMap<(ObjectKind, &str), &Entry> = others
            .iter()
            .map(|entry| ((entry.kind, entry.name.as_str()), entry))
            .collect();
        let mut foreign = BTreeMap::new();
        for instance in desired.instances.values().filter(|it| !it.address.block.data) {
            let Some(kind) = (self.context.kinds)(instance.address.kind()) else {
                continue;
            };
            let Some(object) = kind.object() else { continue };
            let Some(entry) = by_name.get(&(object, instance.name.as_str())) else {
                continue;
            };
            if let Some((_, live)) = self.named(kind, object, &entry.id).await? {
                let found = Foreign {
                    id: entry.id.clone(),
                    live,
                    owner: entry.owner(),
                };
                foreign.insert((object, instance.name.clone()), found);
            }
        }
        Ok(foreign)
    }
}

/// Says that the engine could not be read.
pub(super) fn unreadable(error: &CallError) -> Diagnostics {
    let help = match error.reason {
        Reason::Unreachable => "Is the engine running? Check the Docker context and `DOCKER_HOST`.",
        Reason::Forbidden => "Your user may not open the engine's socket.",
        _ => "",
    };
    Diagnostic::error("Engine cannot be read")
        .detail(error.to_string())
        .help(help)
        .into()
}

/// Gathers what the engine says that its host cannot do. What it does not speak of is taken for possible.
fn lacking(info: &Json) -> BTreeSet<String> {
    let denied = info
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| value.as_bool() == Some(false))
        .map(|(name, _)| name.clone());
    // Some values have no meaning under the second version of control groups, whatever the engine says.
    let second = info["CgroupVersion"].as_str() == Some("2");
    denied.chain(second.then(|| "CgroupV1".to_owned())).collect()
}
