//! Reads what specs refer to by name: images, and the objects of `data` blocks.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use serde_json::Value as Json;
use wharf_state::State;

use super::PARALLEL;
use super::known::Known;
use super::reading::Reader;
use super::{Object, Pullable};
use crate::address::Address;
use crate::desired::{Desired, Instance};
use crate::engine::{CallError, ObjectKind, Reason};
use crate::kinds::{Kind, Live};
use crate::value::Value;

/// What was found.
pub(super) struct References {
    pub(super) images: BTreeMap<String, Json>,
    pub(super) pullable: BTreeMap<String, Result<Pullable, String>>,
    pub(super) latest: BTreeMap<String, Result<String, String>>,
    pub(super) data: BTreeMap<Address, Option<Live>>,
    /// Our images.
    pub(super) objects: Vec<Object>,
}

pub(super) async fn read(
    reader: &Reader<'_>,
    desired: &Desired,
    state: &State,
    known: &Known<'_>,
) -> Result<References, CallError> {
    let managed = || desired.instances.values().filter(|it| !it.address.block.data);
    let object_of = |address: &Address| (reader.context.kinds)(address.kind()).and_then(Kind::object);
    let declared: BTreeMap<String, &Instance> = managed()
        .filter(|it| object_of(&it.address) == Some(ObjectKind::Image))
        .filter_map(|it| Some((reference_of(it)?, it)))
        .collect();
    let used: BTreeSet<String> = managed()
        .filter(|it| object_of(&it.address) == Some(ObjectKind::Container))
        .filter_map(|it| it.spec.get("image").and_then(Value::as_str).map(str::to_owned))
        .collect();
    let wanted: BTreeSet<String> = used.iter().chain(declared.keys()).cloned().collect();
    let inspects = reader
        .inspects(wanted.iter().map(|it| (ObjectKind::Image, it.clone())))
        .await?;
    let images: BTreeMap<String, Json> = wanted
        .iter()
        .cloned()
        .zip(inspects)
        .filter_map(|(reference, image)| Some((reference, image?)))
        .collect();
    let policy = |reference: &str| policy_of(declared.get(reference)?);
    let (forbidden, missing): (Vec<&String>, Vec<&String>) = wanted
        .iter()
        .filter(|reference| {
            let built = declared
                .get(*reference)
                .is_some_and(|it| it.spec.contains_key("build"));
            !images.contains_key(*reference) && !built && !reference.starts_with("sha256:")
        })
        .partition(|reference| policy(reference) == Some("never"));
    let mut pullable: BTreeMap<String, Result<Pullable, String>> =
        stream::iter(missing.into_iter().cloned().map(|it| pullable(reader, it)))
            .buffered(PARALLEL)
            .collect()
            .await;
    pullable.extend(
        forbidden
            .into_iter()
            .map(|it| (it.clone(), Err(FORBIDDEN.to_owned()))),
    );
    // A digest stands for the same image for ever.
    let followed = declared
        .keys()
        .filter(|it| policy(it) == Some("always") && images.contains_key(*it) && !it.contains('@'));
    let latest = stream::iter(followed.cloned().map(|it| latest(reader, it)))
        .buffered(PARALLEL)
        .collect()
        .await;
    Ok(References {
        objects: objects(reader, state, known, &declared, &images).await?,
        data: data(reader, desired).await?,
        images,
        pullable,
        latest,
    })
}

/// Why an image is not pulled that the engine does not have.
const FORBIDDEN: &str = "its `pull` block has the policy `never`.";

/// Returns when an image is to be pulled, if its block says so.
fn policy_of(image: &Instance) -> Option<&str> {
    let pull = image.spec.get("pull")?;
    let pull = pull.as_elements().map_or(Some(pull), <[_]>::first)?;
    pull.get("policy")?.as_str()
}

/// Asks the registry what a reference stands for now.
async fn latest(reader: &Reader<'_>, reference: String) -> (String, Result<String, String>) {
    let answer = match reader.read.distribution(&reference).await {
        Ok(Some(answer)) => match answer["Descriptor"]["digest"].as_str() {
            Some(digest) => Ok(digest.to_owned()),
            None => Err("the engine cannot ask a registry for a digest alone.".to_owned()),
        },
        Ok(None) => Err("the registry has no such image.".to_owned()),
        Err(error) => Err(error.message),
    };
    (reference, answer)
}

fn reference_of(image: &Instance) -> Option<String> {
    let name = image
        .spec
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or(&image.name);
    (!name.is_empty()).then(|| name.to_owned())
}

/// Asks the registry whether an image can be pulled.
async fn pullable(reader: &Reader<'_>, reference: String) -> (String, Result<Pullable, String>) {
    let answer = match reader.read.distribution(&reference).await {
        Ok(Some(_)) => Ok(Pullable::Yes),
        Ok(None) => Err("the registry has no such image.".to_owned()),
        Err(error) if error.reason == Reason::LoginUnread => Ok(Pullable::Unknown),
        Err(error) => Err(error.message),
    };
    (reference, answer)
}

/// Returns the images that are ours: those that bear our label, and those that the state knows.
async fn objects(
    reader: &Reader<'_>,
    state: &State,
    known: &Known<'_>,
    declared: &BTreeMap<String, &Instance>,
    images: &BTreeMap<String, Json>,
) -> Result<Vec<Object>, CallError> {
    let mut objects = Vec::new();
    let mut seen = BTreeSet::new();
    for (reference, instance) in declared {
        seen.insert(instance.address.to_string());
        let Some(image) = images.get(reference) else {
            continue;
        };
        let remembered = state.objects.get(&instance.address.to_string());
        let labels = image["Config"]["Labels"].as_object();
        let labelled = labels
            .and_then(|labels| known.by_labels(labels))
            .filter(|ownership| ownership.address == instance.address);
        let id = image["Id"].as_str().unwrap_or_default();
        // A tag that was moved still stands for what was pulled; what was built is ours by its label or id alone.
        let built = instance.spec.contains_key("build");
        let remembered = remembered
            .filter(|it| it.id == id || !built)
            .map(|it| known.of(instance.address.clone(), &it.nonce));
        if let Some(ownership) = labelled.or(remembered) {
            objects.extend(read_image(reader, id, ownership).await?);
        }
    }
    for (address, object) in &state.objects {
        let kind = (reader.context.kinds)(&object.kind).and_then(Kind::object);
        let Ok(parsed) = address.parse::<Address>() else {
            continue;
        };
        if kind != Some(ObjectKind::Image) {
            continue;
        }
        let itself = (!seen.contains(address)).then_some(object.id.as_str());
        // What a build has superseded bears our labels, but so does what others made from it: the id decides.
        let superseded = object.deposed.iter().map(|deposed| deposed.id.as_str());
        for id in itself.into_iter().chain(superseded) {
            let ownership = known.of(parsed.clone(), &object.nonce);
            objects.extend(read_image(reader, id, ownership).await?);
        }
    }
    Ok(objects)
}

async fn read_image(
    reader: &Reader<'_>,
    id: &str,
    ownership: crate::kinds::Ownership,
) -> Result<Option<Object>, CallError> {
    let Some(kind) = (reader.context.kinds)(ownership.address.kind()) else {
        return Ok(None);
    };
    let found = reader.named(kind, ObjectKind::Image, id).await?;
    let id = id.to_owned();
    Ok(found.map(|(_, live)| Object { id, ownership, live }))
}

/// Reads the objects of `data` blocks whose names are known.
async fn data(reader: &Reader<'_>, desired: &Desired) -> Result<BTreeMap<Address, Option<Live>>, CallError> {
    let mut data = BTreeMap::new();
    for instance in desired.instances.values().filter(|it| it.address.block.data) {
        let Some(kind) = (reader.context.kinds)(instance.address.kind()) else {
            continue;
        };
        let name = match instance.spec.get("name") {
            Some(name) => name.as_str(),
            None => Some(instance.name.as_str()).filter(|name| !name.is_empty()),
        };
        if let (Some(object), Some(name)) = (kind.object(), name) {
            let found = reader.named(kind, object, name).await?;
            data.insert(instance.address.clone(), found.map(|(_, live)| live));
        }
    }
    Ok(data)
}
