//! The words for what makes a plan impossible.

use wharf_state::State;

use super::{Cause, Difference};
use crate::address::{Address, Selector};
use crate::desired::{Desired, Instance};
use crate::diagnostic::{Diagnostic, Fault, Severity, Span, did_you_mean};
use crate::engine::ObjectKind;
use crate::kinds::Kind;
use crate::observe::{Foreign, Observed, Owner};
use crate::value::Value;

/// Returns where an attribute is set, or the block.
pub(crate) fn span_of(instance: &Instance, path: &str) -> Span {
    let attribute = path.split(['.', '[']).next().unwrap_or(path);
    let found = instance.spans.get(path).or_else(|| instance.spans.get(attribute));
    found.unwrap_or(&instance.span).clone()
}

pub(crate) fn noun(object: ObjectKind) -> &'static str {
    match object {
        ObjectKind::Container => "container",
        ObjectKind::Image => "image",
        ObjectKind::Network => "network",
        ObjectKind::Volume => "volume",
    }
}

pub(crate) fn unknown_kind(instance: &Instance) -> Diagnostic {
    Diagnostic::error("Unknown kind")
        .detail(format!(
            "This version of wharf has no kind `{}`.",
            instance.address.kind()
        ))
        .at(instance.span.clone(), "")
}

pub(crate) fn unknown_kind_in_state(address: &Address) -> Diagnostic {
    Diagnostic::error("Unknown kind in the state")
        .detail(format!(
            "The state holds `{address}`, whose kind this version of wharf does not have."
        ))
        .help("Use the version of wharf that made it, or take it out of the state with `wharf state rm`.")
}

/// Says what the `data` blocks of checks cannot read: that stops nothing.
pub fn unreadable_checks(desired: &Desired, observed: &Observed) -> Vec<Diagnostic> {
    let in_checks = desired.instances.values().filter(|instance| instance.in_check);
    in_checks
        .filter(|instance| matches!(observed.data.get(&instance.address), Some(None)))
        .map(|instance| Diagnostic {
            severity: Severity::Warning,
            ..nothing_to_read(instance)
        })
        .collect()
}

pub(crate) fn nothing_to_read(instance: &Instance) -> Diagnostic {
    let name = instance.spec.get("name").and_then(Value::as_str);
    let name = name.unwrap_or(&instance.name);
    Diagnostic::error("Object not found")
        .detail(format!(
            "`{}` reads the {} {name:?}, but the engine has none of that name.",
            instance.address,
            instance.address.kind()
        ))
        .at(span_of(instance, "name"), "no such object")
        .help(format!(
            "Check the name, or declare it: a `{}` block makes one.",
            instance.address.kind()
        ))
}

pub(crate) fn no_image(instance: &Instance, image: &str, why: &str) -> Diagnostic {
    Diagnostic::error("Image not found")
        .detail(format!(
            "`{}` needs the image {image:?}. It is not on the engine, and it cannot be pulled: {why}",
            instance.address
        ))
        .at(
            span_of(
                instance,
                if instance.spec.contains_key("image") {
                    "image"
                } else {
                    "name"
                },
            ),
            "no such image",
        )
        .help("Check the spelling and the tag, log in to its registry, or build it with an `image` block.")
}

pub(crate) fn unasked_registry(instance: &Instance, image: &str, why: &str) -> Diagnostic {
    Diagnostic::error("The registry cannot be asked")
        .detail(format!(
            "`{}` is always to be what the registry has under {image:?}, but that cannot be found out: {why}",
            instance.address
        ))
        .at(span_of(instance, "pull"), "this is why the registry is asked")
        .help("Set the policy to `missing` to go on with the image that the engine has, or name the image by its digest.")
}

pub(crate) fn refused(instance: &Instance, difference: &Difference) -> Diagnostic {
    Diagnostic::error("Attribute cannot be changed")
        .detail(format!(
            "`{}` of `{}` differs, and neither a change in place nor a replacement is possible.",
            difference.path, instance.address
        ))
        .at(span_of(instance, &difference.path), "differs from what is there")
        .help("Set it back, or give the changed object another address.")
}

fn why(cause: &Cause) -> String {
    match cause {
        Cause::Differences { decisive } => format!(
            "these attributes differ and cannot be changed in place: {}",
            decisive.join(", ")
        ),
        Cause::Fixed { decisive, engine } => format!(
            "these attributes differ, and {engine} cannot change them in place: {}",
            decisive.join(", ")
        ),
        Cause::Requested => "`--replace` asks for it".to_owned(),
        Cause::Triggered { by } => format!("`{by}` changes, and `replace_triggered_by` names it"),
        Cause::Destroy => "everything is to be destroyed".to_owned(),
        Cause::NotInConfiguration => "it is no longer in the configuration".to_owned(),
        _ => "it was never finished".to_owned(),
    }
}

pub(crate) fn prevented(instance: &Instance, cause: &Cause) -> Diagnostic {
    Diagnostic::error("Destruction prevented")
        .detail(format!(
            "`{}` would be destroyed, because {}; its `lifecycle` has `prevent_destroy = true`.",
            instance.address,
            why(cause)
        ))
        .at(instance.span.clone(), "")
        .help("Take the change back, or take out `prevent_destroy` if it may be destroyed.")
}

pub(crate) fn protected(instance: &Instance, cause: &Cause) -> Diagnostic {
    Diagnostic::error("Volume is protected")
        .detail(format!(
            "`{}` would be replaced, and its data lost, because {}.",
            instance.address,
            why(cause)
        ))
        .at(span_of(instance, "protect"), "protected here")
        .help("Take the change back. To take the data along, set `migrate = true`. If it may go, set `protect = false` and apply that first.")
}

/// Says whose object bears our name, and how it can be taken over.
pub(crate) fn foreign(instance: &Instance, kind: &dyn Kind, foreign: &Foreign, state: &State) -> Diagnostic {
    let object = kind.object().map_or("object", noun);
    let owner = match &foreign.owner {
        Owner::Wharf(owner) if owner.project == state.project && owner.workspace == state.workspace => {
            format!(
                "Its labels claim that it is `{}` of this project, but the state does not know it",
                owner.address
            )
        }
        Owner::Wharf(owner) => format!(
            "It is `{}` of the project {:?}, workspace {:?}",
            owner.address, owner.project, owner.workspace
        ),
        Owner::Compose(project) => format!("It belongs to the Compose project {project:?}"),
        Owner::Unknown => "Nothing says whose it is".to_owned(),
    };
    let adopt = kind.fields().iter().any(|field| field.name == "adopt");
    // A job that somebody else has run is nothing that could go on.
    let stays_theirs = kind.survives_removal() || matches!(foreign.owner, Owner::Wharf(_));
    let take_over = if adopt {
        "set `adopt = true` to take it over".to_owned()
    } else if stays_theirs {
        format!("remove that {object}")
    } else {
        format!(
            "take that {object} over with an `import` block, or `wharf import {} {}`",
            instance.address, instance.name
        )
    };
    Diagnostic::error("Name is taken")
        .detail(format!(
            "`{}` is to be the {object} {:?}, but there is one of that name that is not ours. {owner}.",
            instance.address, instance.name
        ))
        .at(span_of(instance, "name"), "this name is taken")
        .help(format!("Give yours another name, or {take_over}."))
}

/// `--target` or `--replace` names what is neither wanted nor there.
pub(crate) fn unknown_address<'a>(asked: &Selector, known: impl Iterator<Item = &'a Address>) -> Diagnostic {
    let known: Vec<String> = known.map(ToString::to_string).collect();
    let problem = Diagnostic::error("Unknown address").detail(format!(
        "There is no `{asked}`, neither in the configuration nor in the state."
    ));
    match did_you_mean(&asked.to_string(), known.iter().map(String::as_str)) {
        Some(meant) => problem.help(format!("Did you mean `{meant}`?")),
        None => problem,
    }
}

pub(crate) fn other_engine(state: &State, engine: &str) -> Diagnostic {
    Diagnostic::error("Other engine")
        .detail(format!(
            "The state was made on the engine {:?}, but this is {engine:?}. What the state knows is not here.",
            state.engine_id
        ))
        .help("Check the Docker context and `DOCKER_HOST`, or use another workspace for this engine.")
        .fault(Fault::Conflict)
}
