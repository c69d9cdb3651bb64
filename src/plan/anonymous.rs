//! Volumes without a name, which an image asks for: a container's successor takes them over, with what is in them.

use std::collections::{BTreeMap, BTreeSet};

use super::Action;
use super::walk::Walk;
use crate::kinds::Spec;
use crate::observe::Object;
use crate::value::Value;

/// What becomes of the volumes without a name of a container that is replaced.
#[derive(Default)]
pub(super) struct Anonymous {
    /// The volumes that its successor takes over, by where they are mounted.
    pub(super) keeps: BTreeMap<String, String>,
    /// What the reader is told.
    pub(super) notes: Vec<String>,
}

/// Decides for a container. A job begins anew each time, and takes nothing over.
pub(super) fn decide(
    walk: &Walk<'_>,
    kind: &str,
    spec: &Spec,
    object: Option<&Object>,
    action: Action,
) -> Anonymous {
    let replaces = matches!(action, Action::Replace | Action::ReplaceStartFirst);
    let Some(object) = object.filter(|_| replaces) else {
        return Anonymous::default();
    };
    let named: BTreeSet<&str> = ["mount", "tmpfs"]
        .into_iter()
        .filter_map(|block| spec.get(block)?.as_elements())
        .flatten()
        .filter_map(|block| block.get("target")?.as_str())
        .collect();
    let asked_for = asked_for(walk, spec);
    let mut keeps = BTreeMap::new();
    let mut left = Vec::new();
    for (target, volume) in had(object) {
        let is_wanted = asked_for.as_ref().is_none_or(|paths| paths.contains(target));
        if is_wanted && kind == "container" && !named.contains(target) {
            keeps.insert(target.to_owned(), volume.to_owned());
        } else {
            left.push(outlives(kind, target, volume));
        }
    }
    let kept = keeps.iter().map(|(target, volume)| {
        format!(
            "keeps what is in `{target}`: the anonymous volume {} is mounted again",
            short(volume)
        )
    });
    Anonymous {
        notes: kept.chain(left).collect(),
        keeps,
    }
}

/// Says what becomes of the volumes without a name of what goes, and has no successor.
pub(super) fn removal(kind: &str, object: &Object) -> Vec<String> {
    let volumes = had(object);
    volumes
        .map(|(target, volume)| outlives(kind, target, volume))
        .collect()
}

/// Returns the volumes without a name of an object, by where they are mounted.
fn had(object: &Object) -> impl Iterator<Item = (&str, &str)> {
    let volumes = object.live.attributes.get("anonymous_volumes");
    let volumes = volumes.and_then(Value::as_entries).into_iter().flatten();
    volumes.filter_map(|(target, volume)| Some((target.as_str(), volume.as_str()?)))
}

/// Says whether a volume outlives what had it. A container's may hold somebody's data; a job's was made for one run.
fn outlives(kind: &str, target: &str, volume: &str) -> String {
    let volume = short(volume);
    match kind {
        "job" => format!("what is in `{target}` goes too: the anonymous volume {volume}"),
        _ => format!("what is in `{target}` is left behind in the anonymous volume {volume}"),
    }
}

/// Returns where the image of a spec asks for volumes; `None` if the image is not there yet.
fn asked_for(walk: &Walk<'_>, spec: &Spec) -> Option<BTreeSet<String>> {
    let image = walk.observed.images.get(spec.get("image")?.as_str()?)?;
    let volumes = image["Config"]["Volumes"].as_object();
    let paths = volumes.into_iter().flatten().map(|(path, _)| path);
    Some(paths.map(|path| path.trim_end_matches('/').to_owned()).collect())
}

/// Shortens the name that an engine made up.
fn short(volume: &str) -> &str {
    volume.get(..12).unwrap_or(volume)
}
