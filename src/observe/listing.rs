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
use crate::engine::{CallError, LabelFilter, ObjectKind, Read, Reason};
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

/// Returns what the state knows of, except what the list has to show first: an image is in none, and a volume that bears no label
/// of ours is known by a name that another may have by now.
pub fn expected(state: &State, kinds: fn(&str) -> Option<&'static dyn Kind>) -> Vec<Expected> {
    let objects = state.objects.values().filter(|object| !object.id.is_empty());
    let expected = objects.filter_map(|object| {
        let kind = kinds(&object.kind)?;
        let is_by_name = object.adopted && kind.object() == Some(ObjectKind::Volume);
        Some(Expected {
            object: kind
                .object()
                .filter(|it| *it != ObjectKind::Image && !is_by_name)?,
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
/// labels of a project's workspace. Most of these are going to be asked for.
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
        let glimpses = stream::iter(glimpses).buffer_unordered(PARALLEL);
        let early: Result<Vec<_>, CallError> = glimpses.try_collect().await;
        early.map_err(|error| unreadable(&error))
    };
    let (listed, early) = futures_util::try_join!(list(read), early)?;
    let mut listed = Listed {
        early: early.into_iter().flatten().collect(),
        images: lives.into_images(),
        ..listed
    };
    listed.inspect(read, project, workspace).await?;
    Ok(listed)
}

/// Reads an object that may not be there. What is wrong with it alone shows when it is asked for.
///
/// # Errors
/// The engine does not answer.
async fn glimpse(
    lives: &Lives<'_>,
    read: &dyn Read,
    expected: Expected,
) -> Result<Option<((ObjectKind, String), Glimpse)>, CallError> {
    let Expected { object, id, kind } = expected;
    let Some(inspect) = unless_silent(existing(read, object, &id).await)?.flatten() else {
        return Ok(None);
    };
    let live = unless_silent(lives.of(kind, &inspect).await)?;
    let glimpse = match live {
        Some(live) => Glimpse::Live(kind.name(), live),
        None => Glimpse::Inspect(inspect),
    };
    Ok(Some(((object, id), glimpse)))
}

/// Takes an error for no answer, except one that others would meet as well.
fn unless_silent<T>(answer: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error)
            if matches!(
                error.reason,
                Reason::TimedOut | Reason::Unreachable | Reason::Forbidden
            ) =>
        {
            Err(error)
        }
        Err(_) => Ok(None),
    }
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
