//! What is on the engine and not ours: for those who want to take it over.

use serde_json::Value as Json;
use wharf_state::State;

use super::known::{Entry, Known};
use super::listing::list;
use super::reading::{Reader, unreadable};
use super::{Context, Owner};
use crate::adopt::Candidate;
use crate::diagnostic::Diagnostics;
use crate::engine::{CallError, ObjectKind, Read};
use crate::kinds::{Found, Kind};

/// Networks that every engine has.
const BUILT_IN: [&str; 4] = ["bridge", "host", "none", "podman"];

/// An object as the engine's lists show it.
#[derive(Clone, Debug)]
pub struct Outsider {
    /// What it is: a container, a network or a volume.
    pub object: ObjectKind,
    /// The engine's id; a volume's name.
    pub id: String,
    /// Its name. Text from outside.
    pub name: String,
    /// Whose it says it is.
    pub owner: Owner,
    /// The image that a container was made from. Text from outside.
    pub image: Option<String>,
    /// How a container is, such as `running`.
    pub status: Option<String>,
}

impl Outsider {
    fn new(entry: Entry) -> Self {
        let text = |value: &Json| value.as_str().map(str::to_owned);
        Self {
            object: entry.kind,
            owner: entry.owner(),
            image: text(&entry.json["Image"]),
            status: text(&entry.json["State"]),
            id: entry.id,
            name: entry.name,
        }
    }

    /// Returns the block type that declares such an object.
    pub fn kind_name(&self) -> &'static str {
        match self.object {
            ObjectKind::Container => "container",
            ObjectKind::Image => "image",
            ObjectKind::Network => "network",
            ObjectKind::Volume => "volume",
        }
    }

    /// Tells whether a volume was made without a name: the engine calls it by 64 hexadecimal digits.
    pub fn is_anonymous(&self) -> bool {
        let is_hexadecimal = |c: char| c.is_ascii_digit() || matches!(c, 'a'..='f');
        self.object == ObjectKind::Volume && self.name.len() == 64 && self.name.chars().all(is_hexadecimal)
    }
}

/// Lists containers, networks and volumes that are not ours, sorted by kind and name. Networks that every engine has are left out.
///
/// # Errors
/// The engine does not answer.
pub async fn outsiders(
    read: &dyn Read,
    state: &State,
    context: &Context,
) -> Result<Vec<Outsider>, Diagnostics> {
    let known = Known::new(context, state);
    let entries = list(read).await?.entries();
    let is_built_in =
        |entry: &Entry| entry.kind == ObjectKind::Network && BUILT_IN.contains(&entry.name.as_str());
    let mut outsiders: Vec<Outsider> = entries
        .into_iter()
        .filter(|entry| !entry.is_receiver() && !is_built_in(entry) && known.ownership(entry).is_none())
        .map(Outsider::new)
        .collect();
    outsiders.sort_by(|a, b| (a.object, &a.name, &a.id).cmp(&(b.object, &b.name, &b.id)));
    Ok(outsiders)
}

/// Reads objects in the terms of their kinds; what vanished since it was listed is left out.
///
/// # Errors
/// The engine does not answer.
pub async fn candidates(
    read: &dyn Read,
    context: &Context,
    wanted: &[&Outsider],
) -> Result<Vec<Candidate>, Diagnostics> {
    let reader = Reader::new(read, context);
    let mut candidates = Vec::new();
    for outsider in wanted {
        let Some(kind) = (context.kinds)(outsider.kind_name()) else {
            continue;
        };
        let candidate = candidate(&reader, kind, outsider).await;
        candidates.extend(candidate.map_err(|error| unreadable(&error))?);
    }
    Ok(candidates)
}

async fn candidate(
    reader: &Reader<'_>,
    kind: &'static dyn Kind,
    outsider: &Outsider,
) -> Result<Option<Candidate>, CallError> {
    let Some((mut inspect, live)) = reader.named(kind, outsider.object, &outsider.id).await? else {
        return Ok(None);
    };
    take_out_assigned(&mut inspect);
    let image_id = inspect["Image"].as_str().map(str::to_owned);
    let reference = inspect["Config"]["Image"].as_str().map(str::to_owned);
    let images = [&image_id, &reference].map(|image| image.clone().map(|image| (ObjectKind::Image, image)));
    let mut images = reader.inspects(images.into_iter().flatten()).await?;
    let referred = images.pop().flatten();
    let image = images.pop().flatten();
    let stands = referred.is_some_and(|it| it["Id"].as_str() == image_id.as_deref());
    let found = |inspect| Found {
        inspect,
        image: image.as_ref(),
        logs: None,
        api: reader.read.about().api,
    };
    let unasked = kind.unasked(&found(&inspect));
    Ok(Some(Candidate {
        kind,
        id: outsider.id.clone(),
        name: live.name,
        spec: kind.read(&found(&inspect)).spec,
        unasked: kind.read(&found(&unasked)).spec,
        image: reference.filter(|_| stands),
        api: reader.read.about().api,
    }))
}

/// Takes out what the engine assigned and shows as if it had been asked for: hardware addresses, unless the container was made
/// with one.
fn take_out_assigned(inspect: &mut Json) {
    let asked = inspect["Config"]["MacAddress"].as_str();
    if asked.is_some_and(|address| !address.is_empty()) {
        return;
    }
    let Some(settings) = inspect.get_mut("NetworkSettings").and_then(Json::as_object_mut) else {
        return;
    };
    settings.remove("MacAddress");
    let endpoints = settings.get_mut("Networks").and_then(Json::as_object_mut);
    for endpoint in endpoints.into_iter().flat_map(serde_json::Map::values_mut) {
        if let Some(endpoint) = endpoint.as_object_mut() {
            endpoint.remove("MacAddress");
        }
    }
}
