//! Images: there already, pulled, or built from a directory.

mod fields;

use serde_json::Value as Json;

use super::{
    Binding, Cost, Decision, Field, Found, Kind, Live, Naming, Ops, Problem, Spec, Status, exposed, labels,
    reading, spec,
};
use crate::address::Address;
use crate::engine::call::Build;
use crate::engine::{Call, ObjectKind, Op, Target};
use crate::value::{Attributes, Value};

/// The kind.
pub(super) struct Image;

impl Kind for Image {
    fn name(&self) -> &'static str {
        "image"
    }

    fn doc(&self) -> &'static str {
        "An image: there already, pulled, or built from a directory."
    }

    fn fields(&self) -> &'static [Field] {
        fields::FIELDS
    }

    fn data_fields(&self) -> &'static [Field] {
        fields::DATA_FIELDS
    }

    fn object(&self) -> Option<ObjectKind> {
        Some(ObjectKind::Image)
    }

    /// An image is called by its reference, which every block gives.
    fn default_name(&self, _: &Naming, _: &Address) -> Option<String> {
        None
    }

    fn canonical(&self, spec: &mut Spec, _: &std::path::Path) -> Vec<Problem> {
        spec::drop_if_empty(spec, "platform");
        Vec::new()
    }

    fn check(&self, spec: &Spec) -> Vec<Problem> {
        let mut problems: Vec<Problem> = exposed::check_build(spec).into_iter().collect();
        if spec::is_set(spec, "pull") && spec::is_set(spec, "build") {
            problems.push(spec::problem(
                "build",
                "Conflicting blocks",
                "An image is either pulled or built.".into(),
                "Remove the `pull` block or the `build` block.",
            ));
        }
        if spec::is_set(spec, "build") && spec::text(spec, "name").is_some_and(|name| name.contains('@')) {
            problems.push(spec::problem(
                "name",
                "Invalid image reference",
                "The digest of an image that is built is not known before.".into(),
                "Give a tag instead, such as `:1.0`.",
            ));
        }
        problems
    }

    fn read(&self, found: &Found<'_>) -> Live {
        let image = found.inspect;
        let name = reading::texts(&image["RepoTags"])
            .into_iter()
            .next()
            .unwrap_or_default();
        let spec = reading::gather([("platform", platform(image))]);
        let computed = vec![
            ("id", reading::text_or_empty(&image["Id"])),
            ("digest", Value::from(digest(image))),
            ("name", Value::from(name.as_str())),
        ];
        Live {
            name,
            attributes: spec::attributes(fields::FIELDS, &spec, computed),
            spec,
            status: Status::Running,
        }
    }

    fn foretell(&self, spec: &Spec, _: &str) -> Attributes {
        spec::foretell(fields::FIELDS, spec, &[])
    }

    fn ops(&self, decision: &Decision<'_>) -> Ops {
        if decision.is_delete() {
            return delete(decision);
        }
        if decision.live.is_some() && decision.cost() < Some(Cost::Replace) {
            return Ops::default();
        }
        // An image that is built anew takes the reference over; the one before stays for the containers that use it.
        let make = if spec::is_set(decision.desired, "build") {
            Op::ImageBuild
        } else {
            Op::ImagePull {
                reference: reference(decision.name),
            }
        };
        Ops {
            up: vec![(Target::New, make)],
            ..Ops::default()
        }
    }

    fn call(&self, op: &Op, binding: &Binding<'_>) -> Result<Call, String> {
        match op {
            Op::ImagePull { reference } => Ok(Call::ImagePull {
                reference: reference.clone(),
                platform: spec::text(binding.spec, "platform").map(str::to_owned),
            }),
            Op::ImageBuild => build(binding).map(|build| Call::ImageBuild(Box::new(build))),
            Op::ImageRemove { reference } => Ok(Call::ImageRemove {
                reference: reference.clone(),
            }),
            other => Err(super::foreign_op("image", other)),
        }
    }
}

/// An image that was built goes, any other stays, unless `keep` says otherwise.
fn delete(decision: &Decision<'_>) -> Ops {
    // Of ours, only one that a later build has superseded has lost its name.
    let superseded = decision.live.is_some_and(|(_, live)| live.name.is_empty());
    let built = superseded || spec::is_set(decision.applied, "build");
    let keep = spec::flag(decision.applied, "keep").unwrap_or(!built);
    let Some((id, live)) = decision.live.filter(|_| !keep) else {
        return Ops::default();
    };
    let named = (!live.name.is_empty()).then(|| spec::text(decision.applied, "name").unwrap_or(&live.name));
    let remove = Op::ImageRemove {
        reference: named.map_or_else(|| id.to_owned(), reference),
    };
    Ops {
        down: vec![(Target::Existing(id.to_owned()), remove)],
        ..Ops::default()
    }
}

/// Adds the tag that a reference without tag and digest means: an engine would pull all of its tags.
fn reference(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or(name);
    if last.contains(':') || last.contains('@') || name.starts_with("sha256:") {
        name.to_owned()
    } else {
        format!("{name}:latest")
    }
}

fn platform(image: &Json) -> Option<Value> {
    let part = |name: &str| image[name].as_str().filter(|part| !part.is_empty());
    let parts = [part("Os")?, part("Architecture")?];
    let variant = part("Variant").map(|variant| format!("/{variant}"));
    Some(Value::from(format!(
        "{}{}",
        parts.join("/"),
        variant.unwrap_or_default()
    )))
}

fn digest(image: &Json) -> String {
    let digests = reading::texts(&image["RepoDigests"]);
    let digest = digests.first().and_then(|digest| digest.split_once('@'));
    digest.map_or_else(String::new, |(_, digest)| digest.to_owned())
}

fn build(binding: &Binding<'_>) -> Result<Build, String> {
    let none = Spec::new();
    let wanted = spec::block(binding.spec, "build").unwrap_or(&none);
    let context = binding
        .context
        .ok_or("the directory that the image is built from was not packed")?;
    let owned = |pairs: Vec<(&str, &str)>| {
        pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    };
    Ok(Build {
        context: context.to_owned(),
        dockerfile: spec::text(wanted, "dockerfile")
            .unwrap_or("Dockerfile")
            .to_owned(),
        tags: vec![reference(binding.name)],
        args: owned(spec::pairs(wanted, "args")),
        labels: labels::owned(binding.ownership, wanted)
            .into_iter()
            .map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned()))
            .collect(),
        target: spec::text(wanted, "target").map(str::to_owned),
        platform: spec::text(binding.spec, "platform").map(str::to_owned),
        no_cache: spec::flag(wanted, "no_cache").unwrap_or(false),
        pull: spec::flag(wanted, "pull").unwrap_or(false),
        cache_from: spec::texts(wanted, "cache_from"),
        network: spec::text(wanted, "network").map(str::to_owned),
        extra_hosts: spec::pairs(wanted, "extra_hosts")
            .into_iter()
            .map(|(name, address)| format!("{name}:{address}"))
            .collect(),
        shm_size: spec::whole(wanted, "shm_size"),
    })
}

#[cfg(test)]
mod tests;
