//! Syncs and build contexts: what is packed, sent or received just before or during a call.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use serde_json::{Value as Json, json};

use super::bind;
use super::context::Context;
use super::step::Stop;
use crate::address::Address;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::engine::{Call, ObjectKind, Reply};
use crate::kinds::Spec;
use crate::plan::Change;
use crate::sync::{
    self, Manifest, Options, Problem, ReceiverImage, Report, TreePath, apply_local, pack_context,
    source_manifest,
};
use crate::value::Value;

const SINCE_THE_PLAN: &str = "its files have changed since the plan was made; make a new plan";

/// One sync, ready to be carried out.
struct Transfer {
    source: PathBuf,
    manifest: Manifest,
    options: Options,
}

/// Returns the call that brings the receiver's image; `None` if the engine has it.
pub(super) async fn import(context: &Context<'_>, address: &Address) -> Result<Option<Call>, Diagnostic> {
    let image = receiver(context, address).await?;
    let found = context.engine.inspect(ObjectKind::Image, &image.reference).await;
    match found {
        Ok(Some(_)) => Ok(None),
        Ok(None) => Ok(Some(Call::ImageImport {
            layer: image.layer.clone(),
            reference: image.reference.clone(),
            changes: image.changes.clone(),
        })),
        Err(error) => Err(super::explain::unreadable(address, &error)),
    }
}

/// Returns the reference of the receiver's image.
pub(super) async fn receiver_reference(
    context: &Context<'_>,
    address: &Address,
) -> Result<String, Diagnostic> {
    Ok(receiver(context, address).await?.reference.clone())
}

/// Packs the receiver's image, once.
async fn receiver<'a>(context: &'a Context<'_>, address: &Address) -> Result<&'a ReceiverImage, Diagnostic> {
    let packed = context
        .receiver
        .get_or_try_init(|| blocking(sync::receiver_image));
    packed.await.map_err(|problem| explain(address, &problem))
}

/// Returns the call in which a receiver is told what its target is to be.
pub(super) async fn transfer(
    context: &Context<'_>,
    address: &Address,
    spec: &Spec,
    id: &str,
) -> Result<Call, Diagnostic> {
    let prepared = prepare(context, spec)
        .await
        .map_err(|problem| explain(address, &problem))?;
    Ok(Call::Converse {
        id: id.to_owned(),
        talk: Box::new(move |reader, writer| {
            Box::pin(async move {
                let Transfer {
                    source,
                    manifest,
                    options,
                } = prepared;
                sync::send(reader, writer, source, manifest, options)
                    .await
                    .map(|report| memory(&report))
            })
        }),
    })
}

/// Makes a directory of this machine equal to the source, in this process.
pub(super) async fn local(context: &Context<'_>, change: &Change) -> Result<Reply, Stop> {
    let spec = bind::spec(context, change)?;
    let address = &change.address;
    let failed = |problem: Problem| Diagnostics::from(explain(address, &problem));
    let target = text(target(&spec), "path").unwrap_or_default();
    let target = context.options.root.join(target);
    let mut prepared = prepare(context, &spec).await.map_err(failed)?;
    prepared.options.subdirectory = None;
    // Files appear one by one: what fails in the end may have brought some.
    context.changed.store(true, Ordering::Relaxed);
    let report = blocking(move || {
        apply_local(&prepared.source, prepared.manifest, &target, &prepared.options)
            .map_err(|error| Problem::new(error.to_string()))
    });
    let report = report.await.map_err(failed)?;
    Ok(Reply {
        id: None,
        warnings: Vec::new(),
        result: memory(&report),
    })
}

/// Packs the context of a build into a file that lives as long as what is returned.
pub(super) async fn pack(
    context: &Context<'_>,
    address: &Address,
    spec: &Spec,
) -> Result<tempfile::TempPath, Diagnostic> {
    let build = spec
        .get("build")
        .and_then(|build| build.as_elements().map_or(Some(build), <[_]>::first));
    let directory = context.options.root.join(text(build, "context").unwrap_or("."));
    let dockerfile = text(build, "dockerfile").unwrap_or("Dockerfile").to_owned();
    let planned = text_of(spec, "context_digest").map(str::to_owned);
    let packed = blocking(move || {
        let file = tempfile::Builder::new()
            .prefix("wharf-")
            .suffix(".tar")
            .tempfile()
            .map_err(|error| Problem::new(format!("a temporary file: {error}")))?
            .into_temp_path();
        let digest = pack_context(&directory, &dockerfile, &file)?;
        if planned.is_some_and(|planned| planned != digest.sha256.to_string()) {
            return Err(Problem::new(format!("{}: {SINCE_THE_PLAN}", directory.display())));
        }
        Ok(file)
    });
    packed.await.map_err(|problem| explain(address, &problem))
}

/// Reads the source, and holds it against what was planned.
async fn prepare(context: &Context<'_>, spec: &Spec) -> Result<Transfer, Problem> {
    let source = context
        .options
        .root
        .join(text_of(spec, "source").unwrap_or_default());
    let options = options(spec)?;
    let (root, exclude) = (source.clone(), options.exclude.clone());
    let manifest = blocking(move || source_manifest(&root, &exclude)).await?;
    if text_of(spec, "manifest").is_some_and(|planned| planned != manifest.digest().to_string()) {
        return Err(Problem::new(format!("{}: {SINCE_THE_PLAN}", source.display())));
    }
    Ok(Transfer {
        source,
        manifest,
        options,
    })
}

fn options(spec: &Spec) -> Result<Options, Problem> {
    let flag = |name: &str| spec.get(name).and_then(Value::as_bool).unwrap_or(false);
    let exclude = spec
        .get("exclude")
        .and_then(Value::as_elements)
        .unwrap_or_default();
    let in_volume = text(target(spec), "volume").is_some();
    let below = text(target(spec), "path")
        .filter(|_| in_volume)
        .unwrap_or_default();
    Ok(Options {
        delete: flag("delete"),
        allow_mass_delete: flag("allow_empty"),
        exclude: exclude
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        owner: None,
        subdirectory: subdirectory(below)?,
        durable: true,
    })
}

fn subdirectory(path: &str) -> Result<Option<TreePath>, Problem> {
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    if parts.is_empty() {
        return Ok(None);
    }
    TreePath::new(parts.join("/").into_bytes())
        .map(Some)
        .ok_or_else(|| Problem::new(format!("`{path}` is no path below the target")))
}

fn target(spec: &Spec) -> Option<&Value> {
    let target = spec.get("target")?;
    target.as_elements().map_or(Some(target), <[_]>::first)
}

fn text<'a>(block: Option<&'a Value>, name: &str) -> Option<&'a str> {
    block?.get(name)?.as_str()
}

fn text_of<'a>(spec: &'a Spec, name: &str) -> Option<&'a str> {
    spec.get(name)?.as_str()
}

/// What the state remembers of a sync: what the target holds now.
fn memory(report: &Report) -> Json {
    json!({"manifest": report.manifest})
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Problem::new(error.to_string())))
}

fn explain(address: &Address, problem: &Problem) -> Diagnostic {
    Diagnostic::error("Files could not be used").detail(format!("{address}: {problem}"))
}
