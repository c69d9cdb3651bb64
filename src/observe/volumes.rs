//! Reads what volumes hold that syncs fill, through containers of ours that mount them: a GET of an archive and nothing else.
//! No container is made for it, so a volume that nothing mounts stays unread.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use serde_json::Value as Json;

use super::known::Entry;
use super::local::excluded;
use super::reading::Reader;
use crate::address::Address;
use crate::desired::{Desired, Instance};
use crate::engine::ObjectKind;
use crate::kinds::Spec;
use crate::sync::{self, Manifest};

/// How many bytes of a volume are read for a plan. Of one that holds more, what was sent last has to do.
const LIMIT: u64 = 64 << 20;

/// How many volumes are read at a time: each is in memory as a whole.
const PARALLEL: usize = 4;

/// Where volumes can be looked at.
#[derive(Debug, Default)]
pub(super) struct Windows(BTreeMap<String, Window>);

/// A directory of a container at which a volume is mounted, with nothing else mounted below.
#[derive(Debug, PartialEq, Eq)]
struct Window {
    container: String,
    directory: String,
}

impl Windows {
    /// Finds for each volume the first container that shows it.
    pub(super) fn of<'a>(entries: impl Iterator<Item = &'a Entry>) -> Self {
        let mut windows = BTreeMap::new();
        for entry in entries.filter(|entry| entry.kind == ObjectKind::Container) {
            let mounts = entry.json["Mounts"].as_array().map_or(&[][..], Vec::as_slice);
            let directories: BTreeSet<&str> = mounts.iter().filter_map(directory_of).collect();
            for mount in mounts.iter().filter(|mount| mount["Type"] == "volume") {
                if let (Some(volume), Some(directory)) = (mount["Name"].as_str(), directory_of(mount))
                    && !directories.iter().any(|other| is_below(other, directory))
                {
                    windows.entry(volume.to_owned()).or_insert_with(|| Window {
                        container: entry.id.clone(),
                        directory: directory.to_owned(),
                    });
                }
            }
        }
        Self(windows)
    }

    /// Reads the targets of syncs, by address. What cannot be read is left out.
    pub(super) async fn read(&self, reader: &Reader<'_>, desired: &Desired) -> BTreeMap<Address, Manifest> {
        let syncs = desired
            .instances
            .values()
            .filter(|it| it.address.kind() == "sync");
        let reads = syncs.filter_map(|sync| {
            let (window, path) = self.onto(&sync.spec)?;
            Some(target(reader, sync, window, path))
        });
        stream::iter(reads)
            .buffer_unordered(PARALLEL)
            .filter_map(std::future::ready)
            .collect()
            .await
    }

    /// Returns the container that shows the target of a sync, and the target's path in it.
    fn onto(&self, spec: &Spec) -> Option<(&Window, String)> {
        let target = spec.get("target")?;
        let window = self.0.get(target.get("volume")?.as_str()?)?;
        let below = match target.get("path").filter(|path| !path.is_null()) {
            Some(path) => path.as_str()?,
            None => "",
        };
        let mut path = window.directory.trim_end_matches('/').to_owned();
        for part in below.split('/').filter(|part| !matches!(*part, "" | ".")) {
            if part == ".." {
                return None;
            }
            path = format!("{path}/{part}");
        }
        Some((window, path))
    }
}

async fn target(
    reader: &Reader<'_>,
    sync: &Instance,
    window: &Window,
    path: String,
) -> Option<(Address, Manifest)> {
    // Whatever is wrong, from a container that goes at this moment to a volume that is too large, is no problem of the plan:
    // it says that the target was not read.
    let archive = reader.read.archive(&window.container, &path, LIMIT).await.ok()?;
    let options = sync::Options {
        exclude: excluded(&sync.spec),
        ..sync::Options::default()
    };
    let manifest = match archive {
        Some(archive) => tokio::task::spawn_blocking(move || sync::archived_target(&archive, &options))
            .await
            .ok()?
            .ok()?,
        None => Manifest::default(),
    };
    Some((sync.address.clone(), manifest))
}

fn directory_of(mount: &Json) -> Option<&str> {
    mount["Destination"].as_str()
}

fn is_below(path: &str, directory: &str) -> bool {
    let rest = path.strip_prefix(directory.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'))
}
