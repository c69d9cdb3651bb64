//! A volume's data on its way by an interim volume: what is remembered of it, and whether it is where it is to be copied from.

use serde_json::{Map, Value as Json};
use wharf_state::{Interim, Object};

use super::background::lock;
use super::context::Context;
use super::{explain, record};
use crate::diagnostic::Diagnostic;
use crate::engine::ObjectKind;
use crate::kinds::{Ownership, Spec};
use crate::plan::{Action, Change};

/// Remembers the volume that holds the data meanwhile, and the nonce of the one that is to have it.
pub(super) fn note_begun(context: &Context<'_>, change: &Change, name: String) {
    let none = Spec::new();
    let begun = Object {
        ready: false,
        attributes: Json::Object(Map::new()),
        ..record::object(context, change, &none, change.id.clone().unwrap_or_default())
    };
    context.remember(|state| {
        let object = state.objects.entry(change.address.to_string()).or_insert(begun);
        object.interim = Some(Interim {
            name,
            nonce: change.nonce.clone(),
        });
        true
    });
}

/// Forgets that the data was on its way.
pub(super) fn note_arrived(context: &Context<'_>, change: &Change) {
    context.remember(|state| {
        let address = change.address.to_string();
        if let Some(object) = state.objects.get_mut(&address) {
            object.interim = None;
            if object.id.is_empty() && change.action == Action::Delete {
                state.objects.remove(&address);
            }
        }
        true
    });
}

/// Insists that the volume that is to be copied is there and is the one that was meant: an engine makes one that is not there, and an
/// empty volume is as good a source as any.
///
/// # Errors
/// It is not there, or it is another one.
pub(super) async fn check_source(
    context: &Context<'_>,
    change: &Change,
    name: &str,
) -> Result<(), Diagnostic> {
    let found = context.engine.inspect(ObjectKind::Volume, name).await;
    let found = found.map_err(|error| explain::unreadable(&change.address, &error))?;
    let Some(volume) = found else {
        return Err(explain::nothing_to_copy(&change.address, name));
    };
    match nonce_of(context, change, name) {
        Some(nonce) if volume["Labels"][Ownership::NONCE] != nonce.as_str() => {
            Err(explain::nothing_to_copy(&change.address, name))
        }
        _ => Ok(()),
    }
}

/// Returns the nonce that a volume must bear to be copied: its own if it is the one that is replaced, else that of the interim one.
/// `None` if it was taken over and bears none, or nothing is remembered of it.
fn nonce_of(context: &Context<'_>, change: &Change, name: &str) -> Option<String> {
    if change.id.as_deref() != Some(name) {
        return Some(change.nonce.clone());
    }
    let state = lock(&context.state);
    let known = state.objects.get(&change.address.to_string())?;
    (known.id == name && !known.adopted).then(|| known.nonce.clone())
}
