//! What an engine has, whoever made it: one list for each kind; and, before anybody asks, what it says of what will be asked for.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value as Json;
use wharf_state::State;

use super::PARALLEL;
use super::known::Entry;
use super::live::{Images, Lives, existing};
use super::reading::unreadable;
use crate::diagnostic::Diagnostics;
use crate::engine::{CallError, LabelFilter, ObjectKind, Read};
use crate::kinds::{Kind, Live, Ownership};

/// What an engine lists of all kinds, whoever made it.
pub struct Listed {
    pub(super) entries: Vec<Entry>,
    /// What is known of some of them beyond the list.
    pub(super) early: Early,
    pub(super) images: Images,
}

/// What was read before it was asked for, by kind and id.
pub(super) type Early = HashMap<(ObjectKind, String), Glimpse>;

/// What was read of one object.
pub(super) enum Glimpse {
    /// What the engine says.
    Inspect(Json),
    /// The object in the terms of the kind of this name.
    Live(&'static str, Live),
}

/// An object that the state knows, so that the engine will be asked about it.
pub struct Expected {
    object: ObjectKind,
    id: String,
    kind: &'static dyn Kind,
}

/// Returns what the state knows of, except images: nothing lists those.
pub fn expected(state: &State, kinds: fn(&str) -> Option<&'static dyn Kind>) -> Vec<Expected> {
    let objects = state.objects.values().filter(|object| !object.id.is_empty());
    let expected = objects.filter_map(|object| {
        let kind = kinds(&object.kind)?;
        Some(Expected {
            object: kind.object().filter(|it| *it != ObjectKind::Image)?,
            id: object.id.clone(),
            kind,
        })
    });
    expected.collect()
}

/// Lists all objects: names that are wanted may be taken by anybody.
///
/// # Errors
/// The engine does not answer.
pub async fn list(read: &dyn Read) -> Result<Listed, Diagnostics> {
    let any = LabelFilter::new();
    let list = |kind: ObjectKind| {
        let any = &any;
        async move {
            let entries = read.list(kind, any).await?;
            Ok::<_, CallError>(entries.into_iter().map(move |json| Entry::new(kind, json)))
        }
    };
    let listed = futures_util::try_join!(
        list(ObjectKind::Container),
        list(ObjectKind::Network),
        list(ObjectKind::Volume)
    );
    let (containers, networks, volumes) = listed.map_err(|error| unreadable(&error))?;
    Ok(Listed {
        entries: containers.chain(networks).chain(volumes).collect(),
        early: Early::new(),
        images: Images::new(),
    })
}

/// Lists all objects, and reads meanwhile those that are expected, as soon as it is told of them; then the others that bear the
/// labels of a project's workspace. All these are going to be asked for.
///
/// # Errors
/// The engine does not answer.
pub async fn look(
    read: &dyn Read,
    project: &str,
    workspace: &str,
    expected: impl Future<Output = Vec<Expected>>,
) -> Result<Listed, Diagnostics> {
    let lives = Lives::new(read, Images::new());
    let early = async {
        let expected = expected.await.into_iter();
        let glimpses = expected.map(|expected| glimpse(&lives, read, expected));
        let early = stream::iter(glimpses).buffer_unordered(PARALLEL);
        early.filter_map(std::future::ready).collect::<Early>().await
    };
    let (listed, early) = futures_util::join!(list(read), early);
    let mut listed = Listed {
        early,
        images: lives.into_images(),
        ..listed?
    };
    listed.inspect(read, project, workspace).await?;
    Ok(listed)
}

/// Reads an object that may not be there. What goes wrong shows when it is asked for.
async fn glimpse(
    lives: &Lives<'_>,
    read: &dyn Read,
    expected: Expected,
) -> Option<((ObjectKind, String), Glimpse)> {
    let Expected { object, id, kind } = expected;
    let inspect = existing(read, object, &id).await.ok().flatten()?;
    let live = lives.of(kind, &inspect).await.ok()?;
    Some(((object, id), Glimpse::Live(kind.name(), live)))
}

impl Listed {
    pub(super) fn entries(self) -> Vec<Entry> {
        self.entries
    }

    /// Reads what bears the labels of a project's workspace and was not expected.
    async fn inspect(&mut self, read: &dyn Read, project: &str, workspace: &str) -> Result<(), Diagnostics> {
        let ours = self.entries.iter().filter(|entry| {
            let label = |name: &str| entry.labels.get(name).and_then(Json::as_str);
            label(Ownership::PROJECT) == Some(project) && label(Ownership::WORKSPACE) == Some(workspace)
        });
        let ours: Vec<(ObjectKind, String)> = ours
            .map(|entry| (entry.kind, entry.id.clone()))
            .filter(|object| !self.early.contains_key(object))
            .collect();
        let reads = stream::iter(ours).map(|(kind, id)| async move {
            let inspect = existing(read, kind, &id).await?;
            Ok::<_, CallError>(inspect.map(|json| ((kind, id), Glimpse::Inspect(json))))
        });
        let inspected: Result<Vec<_>, _> = reads.buffer_unordered(PARALLEL).try_collect().await;
        let inspected = inspected.map_err(|error| unreadable(&error))?;
        self.early.extend(inspected.into_iter().flatten());
        Ok(())
    }
}
