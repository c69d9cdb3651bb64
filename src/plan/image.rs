//! Which image a container is made from: references are never compared, what they stand for is.

use serde_json::Value as Json;

use super::walk::Walk;
use super::{Action, Change, Difference};
use crate::address::Address;
use crate::engine::ObjectKind;
use crate::kinds::{Cost, Kind, Live, Spec};
use crate::observe::{Observed, Pullable};
use crate::value::Value;
use crate::value::seal::{SealKey, seal};

/// What a spec's `image` stands for.
pub(crate) enum Image {
    /// The kind has none.
    None,
    /// An image that is there, by id.
    Id(String),
    /// One that this plan makes, so that its id is not known.
    Later,
    /// One that is pulled first, by reference.
    Pull(String),
    /// One that is not there and cannot be had, and why.
    Missing(String),
}

/// Finds out what a spec's `image` stands for.
pub(crate) fn image_of(walk: &Walk<'_>, kind: &dyn Kind, spec: &Spec, address: &Address) -> Image {
    if kind.object() != Some(ObjectKind::Container) {
        return Image::None;
    }
    let Some(image) = spec.get("image") else {
        return Image::None;
    };
    let Some(reference) = image.as_str() else {
        return Image::Later;
    };
    if let Some(found) = made_by_plan(walk, reference) {
        return found;
    }
    if is_read(walk, reference) {
        return Image::Id(reference.to_owned());
    }
    if let Some(inspect) = walk.observed.images.get(reference)
        && let Some(id) = inspect.get("Id").and_then(Json::as_str)
    {
        return Image::Id(id.to_owned());
    }
    if is_id(reference) {
        return if live_id_is(walk, address, reference) {
            Image::Id(reference.to_owned())
        } else {
            Image::Missing(
                "No image of this id is on the engine, and an id alone cannot be pulled.".to_owned(),
            )
        };
    }
    match walk.observed.pullable.get(reference) {
        Some(Err(why)) => Image::Missing(why.clone()),
        Some(Ok(_)) | None => Image::Pull(reference.to_owned()),
    }
}

/// Looks among the images of the plan for the one that bears the reference, or has it as its id.
fn made_by_plan(walk: &Walk<'_>, reference: &str) -> Option<Image> {
    let mut images = walk.images.iter().filter_map(|address| walk.decided.get(address));
    let decided = images.find(|decided| {
        let change = &decided.change;
        let named = !change.name.is_empty() && same_reference(&change.name, reference);
        named || change.id.as_deref() == Some(reference)
    })?;
    match (decided.change.action, decided.object) {
        (Action::NoOp | Action::Adopt | Action::Update | Action::Keep, Some(object)) => {
            Some(Image::Id(object.id.clone()))
        }
        (Action::Adopt, None) => Some(match &decided.change.id {
            Some(id) => Image::Id(id.clone()),
            None => Image::Later,
        }),
        _ => Some(Image::Later),
    }
}

/// Tells whether a `data` block reads the image of this id.
fn is_read(walk: &Walk<'_>, id: &str) -> bool {
    walk.observed.data.iter().any(|(address, live)| {
        let read = live.as_ref().and_then(|live| live.attributes.get("id"));
        address.kind() == "image" && read.and_then(Value::as_str) == Some(id)
    })
}

fn live_id_is(walk: &Walk<'_>, address: &Address, id: &str) -> bool {
    let mut objects = walk.observed.objects.get(address).into_iter().flatten();
    objects.any(|object| live_image(&object.live) == Some(id))
}

/// Compares an image that is here with what its registry has under the same reference, if that was asked for: the digest before,
/// null if the image came from no registry, and the one after. `None` if it is the same.
pub(crate) fn moved<'a>(observed: &'a Observed, reference: &str, image: &Json) -> Option<(Json, &'a str)> {
    let latest = observed.latest.get(reference)?.as_ref().ok()?;
    let digests = image["RepoDigests"].as_array().into_iter().flatten();
    let mut digests = digests.filter_map(|it| Some(it.as_str()?.rsplit_once('@')?.1));
    let first = digests.clone().next().map_or(Json::Null, Json::from);
    (!digests.any(|digest| digest == latest)).then_some((first, latest))
}

/// Says what the reference of an image stands for by now, if that is why it is pulled again.
pub(super) fn note(change: &Change) -> Option<String> {
    let digest = change.differences.iter().find(|it| it.path == "digest")?;
    let latest = digest.after.as_str()?;
    Some(format!("its registry has {latest} under this name by now"))
}

/// Says that an image is to be pulled of which planning could not find out whether it is there, if that is so.
pub(super) fn unasked(observed: &Observed, reference: &str) -> Option<String> {
    let unknown = observed.pullable.get(reference) == Some(&Ok(Pullable::Unknown));
    unknown.then(|| {
        format!(
            "whether its registry has {reference} is found out by the pull: the registry wants a login, which is with \
             a credential helper, and planning runs no programs"
        )
    })
}

/// Tells whether two references are the same when the tag that is left out is `latest`.
pub(crate) fn same_reference(left: &str, right: &str) -> bool {
    left == right || full_reference(left) == full_reference(right)
}

/// Returns a reference with its tag: `latest` if none is written.
pub(crate) fn full_reference(reference: &str) -> String {
    let last = reference.rsplit('/').next().unwrap_or(reference);
    if last.contains([':', '@']) {
        reference.to_owned()
    } else {
        format!("{reference}:latest")
    }
}

/// Tells whether it is an image's id and no reference.
pub(crate) fn is_id(reference: &str) -> bool {
    reference
        .strip_prefix("sha256:")
        .is_some_and(|digits| digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Returns the id of the image that a live container was made from.
fn live_image(live: &Live) -> Option<&str> {
    let computed = live.attributes.get("image_id").and_then(Value::as_str);
    computed.or_else(|| live.spec.get("image").and_then(Value::as_str))
}

impl Image {
    /// Compares with what a live container was made from.
    pub(crate) fn difference(
        &self,
        live: &Live,
        spec: &Spec,
        last: Option<&Json>,
        key: &SealKey,
    ) -> Option<Difference> {
        let is = live_image(live);
        let desired = spec.get("image")?;
        let after = match self {
            Self::None => return None,
            Self::Id(id) if Some(id.as_str()) == is => return None,
            Self::Id(id) => Json::from(id.as_str()),
            Self::Later => seal(&Value::unknown(crate::value::Type::String), key),
            // The reference is no longer there, but the container still has what it stood for.
            Self::Pull(_) | Self::Missing(_) => {
                let sealed = seal(desired, key);
                if last.and_then(|last| last.get("image")) == Some(&sealed) || is == desired.as_str() {
                    return None;
                }
                sealed
            }
        };
        Some(Difference {
            path: "image".to_owned(),
            before: is.map_or(Json::Null, Json::from),
            after,
            cost: Cost::Replace,
            drift: false,
        })
    }
}
