//! Reads the engine: one list per kind, then inspects in parallel, each once.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value as Json;
use wharf_state::State;

use super::known::{Entry, Known};
use super::volumes::Windows;
use super::{Context, Foreign, Interim, Object, Observed, TakenPort, fingerprint, local, references};
use crate::desired::Desired;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::engine::{CallError, LabelFilter, ObjectKind, Read, Reason};
use crate::kinds::{Found, Kind, Live, Ownership};

/// How many reads run at a time.
pub(super) const PARALLEL: usize = 32;

/// Takes a snapshot of what is there. `desired` comes from a pass that knew nothing of the engine.
///
/// # Errors
/// The engine does not answer.
pub async fn observe(
    read: &dyn Read,
    desired: &Desired,
    state: &State,
    context: &Context,
) -> Result<Observed, Diagnostics> {
    let about = read.about();
    let known = Known::new(context, state);
    let lists = lists(read).await.map_err(|error| unreadable(&error))?;
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
    let reader = Reader { read, context };
    let engine = async {
        let objects = reader.objects(ours).await?;
        let foreign = reader.foreign(desired, &others).await?;
        let references = references::read(&reader, desired, state, &known).await?;
        Ok::<_, CallError>((objects, foreign, references))
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

/// Lists all objects: names that are wanted may be taken by anybody.
pub(super) async fn lists(read: &dyn Read) -> Result<Vec<Entry>, CallError> {
    let any = LabelFilter::new();
    let list = |kind: ObjectKind| {
        let any = &any;
        async move {
            let entries = read.list(kind, any).await?;
            Ok::<_, CallError>(entries.into_iter().map(move |json| Entry::new(kind, json)))
        }
    };
    let (containers, networks, volumes) = futures_util::try_join!(
        list(ObjectKind::Container),
        list(ObjectKind::Network),
        list(ObjectKind::Volume)
    )?;
    Ok(containers.chain(networks).chain(volumes).collect())
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
}

impl Reader<'_> {
    /// Inspects by id or name; what vanished since it was listed is gone.
    pub(super) async fn inspects(
        &self,
        wanted: impl IntoIterator<Item = (ObjectKind, String)>,
    ) -> Result<Vec<Option<Json>>, CallError> {
        let reads = wanted.into_iter().map(|(kind, id)| async move {
            match self.read.inspect(kind, &id).await {
                Err(error) if error.is_not_found() => Ok(None),
                other => other,
            }
        });
        stream::iter(reads).buffered(PARALLEL).try_collect().await
    }

    async fn objects(
        &self,
        ours: Vec<(Entry, Ownership)>,
    ) -> Result<BTreeMap<crate::address::Address, Vec<Object>>, CallError> {
        let wanted = ours.iter().map(|(entry, _)| (entry.kind, entry.id.clone()));
        let inspects = self.inspects(wanted).await?;
        let images = self.images(inspects.iter().flatten()).await?;
        let mut objects: BTreeMap<crate::address::Address, Vec<Object>> = BTreeMap::new();
        for ((entry, ownership), inspect) in ours.into_iter().zip(inspects) {
            let kind = (self.context.kinds)(ownership.address.kind());
            let (Some(inspect), Some(kind)) = (inspect, kind) else {
                continue;
            };
            let live = self.live(kind, &inspect, &images).await?;
            let object = self.object(entry.id, ownership, live);
            objects
                .entry(object.ownership.address.clone())
                .or_default()
                .push(object);
        }
        for objects in objects.values_mut() {
            objects.sort_by(|a, b| a.id.cmp(&b.id));
        }
        Ok(objects)
    }

    pub(super) fn object(&self, id: String, ownership: Ownership, live: Live) -> Object {
        Object {
            id,
            ownership,
            fingerprint: fingerprint(&live, &self.context.key),
            live,
        }
    }

    /// Inspects the images that containers were made from, each once.
    async fn images<'j>(
        &self,
        containers: impl Iterator<Item = &'j Json>,
    ) -> Result<BTreeMap<String, Json>, CallError> {
        let ids: BTreeSet<String> = containers
            .filter_map(|container| container["Image"].as_str())
            .map(str::to_owned)
            .collect();
        let inspects = self
            .inspects(ids.iter().map(|id| (ObjectKind::Image, id.clone())))
            .await?;
        let pairs = ids.into_iter().zip(inspects);
        Ok(pairs.filter_map(|(id, image)| Some((id, image?))).collect())
    }

    async fn live(
        &self,
        kind: &dyn Kind,
        inspect: &Json,
        images: &BTreeMap<String, Json>,
    ) -> Result<Live, CallError> {
        // What a job wrote is one of its attributes.
        let ended = kind.survives_removal() && inspect["State"]["Running"].as_bool() == Some(false);
        let logs = match inspect["Id"].as_str().filter(|_| ended) {
            Some(id) => match self.read.logs(id, None).await {
                Ok(logs) => Some(logs),
                // Removed meanwhile, or a log driver that cannot be read.
                Err(error) if matches!(error.reason, Reason::NotFound | Reason::Failed | Reason::Invalid) => {
                    None
                }
                Err(error) => return Err(error),
            },
            None => None,
        };
        Ok(kind.read(&Found {
            inspect,
            image: inspect["Image"].as_str().and_then(|id| images.get(id)),
            logs: logs.as_ref(),
            api: self.read.about().api,
        }))
    }

    /// Reads one object by name; `None` if there is none.
    pub(super) async fn named(
        &self,
        kind: &dyn Kind,
        object: ObjectKind,
        name: &str,
    ) -> Result<Option<(Json, Live)>, CallError> {
        let inspect = self.inspects([(object, name.to_owned())]).await?.pop().flatten();
        let Some(inspect) = inspect else {
            return Ok(None);
        };
        let images = self.images(std::iter::once(&inspect)).await?;
        let live = self.live(kind, &inspect, &images).await?;
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
