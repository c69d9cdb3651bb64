//! Reads what plans depend on of this machine's files: build contexts and the trees of syncs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use wharf_state::State;

use super::Context;
use crate::address::Address;
use crate::desired::{Desired, Instance};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::kinds::Spec;
use crate::sync::{self, Manifest, Trees};
use crate::value::Value;

/// What was read, and what could not be, by address.
#[derive(Default)]
pub(super) struct Files {
    pub(super) contexts: BTreeMap<Address, String>,
    pub(super) trees: BTreeMap<Address, Trees>,
    pub(super) unreadable: BTreeMap<Address, Diagnostic>,
}

/// Reads build contexts and trees, away from the threads that wait for the engine.
pub(super) async fn read(
    desired: &Desired,
    state: &State,
    context: &Context,
    engine_is_local: bool,
    volumes: BTreeSet<String>,
) -> Result<Files, Diagnostics> {
    let mut tasks = Vec::new();
    let volumes = Arc::new(volumes);
    let reads = |it: &&Instance| it.spec.contains_key("build") || it.address.kind() == "sync";
    let managed = desired.instances.values().filter(|it| !it.address.block.data);
    for instance in managed.filter(reads) {
        let work = Work {
            instance: instance.clone(),
            root: context.root.clone(),
            memory: memory(state, &instance.address),
            engine_is_local,
            volumes: Arc::clone(&volumes),
        };
        tasks.push(tokio::task::spawn_blocking(move || work.run()));
    }
    let mut files = Files::default();
    for task in tasks {
        let (address, read) = task
            .await
            .map_err(|error| Diagnostic::error("Reading files failed").detail(error.to_string()))?;
        match read {
            Ok(Read::Context(digest)) => {
                files.contexts.insert(address, digest);
            }
            Ok(Read::Trees(found)) => {
                files.trees.insert(address, found);
            }
            Ok(Read::Later) => {}
            Err(problem) => {
                files.unreadable.insert(address, *problem);
            }
        }
    }
    Ok(files)
}

/// Returns those paths of this machine that containers are to mount and that are not there.
pub(super) async fn absent_paths(desired: &Desired) -> BTreeSet<String> {
    let mounted = desired.instances.values().flat_map(bound_paths);
    let mut absent: BTreeSet<String> = mounted.map(|(_, path)| path.to_owned()).collect();
    let look = tokio::task::spawn_blocking(move || {
        absent.retain(|path| matches!(Path::new(path).try_exists(), Ok(false)));
        absent
    });
    look.await.unwrap_or_default()
}

/// Returns the paths of the host that an instance mounts and that must be there, each with the place of its block.
pub(crate) fn bound_paths(instance: &Instance) -> impl Iterator<Item = (usize, &str)> {
    let mounts = instance.spec.get("mount").and_then(Value::as_elements);
    mounts
        .unwrap_or(&[])
        .iter()
        .enumerate()
        .filter_map(|(at, mount)| {
            let is_made = mount.get("create_host_path").and_then(Value::as_bool) == Some(true);
            let source = mount.get("source")?.as_str()?;
            (!is_made).then_some((at, source))
        })
}

/// Returns what a sync sent last.
fn memory(state: &State, address: &Address) -> Option<Manifest> {
    let memory = &state.objects.get(&address.to_string())?.memory;
    let manifest = memory.get("manifest").unwrap_or(memory);
    serde_json::from_value(manifest.clone()).ok()
}

enum Read {
    Context(String),
    Trees(Trees),
    /// A path is known only after apply.
    Later,
}

struct Work {
    instance: Instance,
    root: std::path::PathBuf,
    memory: Option<Manifest>,
    engine_is_local: bool,
    volumes: Arc<BTreeSet<String>>,
}

impl Work {
    fn run(self) -> (Address, Result<Read, Box<Diagnostic>>) {
        let read = match self.instance.spec.get("build") {
            Some(build) => self.context(build),
            None => Ok(self.trees()),
        };
        (self.instance.address, read)
    }

    fn context(&self, build: &Value) -> Result<Read, Box<Diagnostic>> {
        let Some(directory) = build.get("context").and_then(Value::as_str) else {
            return Ok(Read::Later);
        };
        let dockerfile = build
            .get("dockerfile")
            .and_then(Value::as_str)
            .unwrap_or("Dockerfile");
        match sync::context_digest(&self.root.join(directory), dockerfile) {
            Ok(digest) => Ok(Read::Context(hex(&digest.sha256.0))),
            Err(problem) => {
                let span = self
                    .instance
                    .spans
                    .get("build.context")
                    .unwrap_or(&self.instance.span);
                Err(Box::new(
                    Diagnostic::error("Build context cannot be used")
                        .detail(problem.to_string())
                        .at(span.clone(), ""),
                ))
            }
        }
    }

    fn trees(&self) -> Read {
        let spec = &self.instance.spec;
        let Some(source) = spec.get("source").and_then(Value::as_str) else {
            return Read::Later;
        };
        let exclude = excluded(spec);
        let mut problems = Vec::new();
        let source = sync::source_manifest(&self.root.join(source), &exclude).unwrap_or_else(|problem| {
            problems.extend(problem.lines);
            Manifest::default()
        });
        let (target, verified) = match self.target(spec, &exclude) {
            Ok(found) => found,
            Err(problem) => {
                problems.extend(problem.lines);
                (None, false)
            }
        };
        Read::Trees(Trees {
            source,
            target,
            verified,
            problems,
        })
    }

    /// Returns what the target holds, and whether that was read.
    fn target(&self, spec: &Spec, exclude: &[String]) -> Result<(Option<Manifest>, bool), sync::Problem> {
        let target = spec.get("target");
        let text = |name: &str| target.and_then(|target| target.get(name)).and_then(Value::as_str);
        match (text("volume"), text("path")) {
            (Some(volume), _) if !self.volumes.contains(volume) => Ok((None, true)),
            (None, Some(path)) if self.engine_is_local => {
                let path = self.root.join(path);
                if !path.exists() {
                    return Ok((None, true));
                }
                sync::source_manifest(&path, exclude).map(|tree| (Some(tree), true))
            }
            _ => Ok((self.memory.clone(), false)),
        }
    }
}

/// Returns the patterns of what a sync leaves alone.
pub(super) fn excluded(spec: &Spec) -> Vec<String> {
    let exclude = spec.get("exclude").and_then(Value::as_elements).unwrap_or(&[]);
    exclude
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
