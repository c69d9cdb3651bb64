//! Specs made fit for plans: sealed, with what was secret on any side kept secret.

use serde_json::{Map, Value as Json};

use super::diff::has_secret;
use crate::kinds::Spec;
use crate::observe::Object;
use crate::value::seal::{SealKey, Sealed, seal};
use crate::value::{Attributes, Value};

/// Seals the live values of the attributes that the user sets or set, and of those that the engine decides anew.
pub(crate) fn before(
    object: Option<&Object>,
    desired: &Spec,
    last: Option<&Json>,
    anew: &[Attributes],
    key: &SealKey,
) -> Sealed {
    let Some(object) = object else {
        return Json::Null;
    };
    let last_of = |name: &str| last.and_then(|last| last.get(name)).filter(|it| !it.is_null());
    let mut entries = object
        .live
        .spec
        .iter()
        .filter(|(name, _)| desired.contains_key(*name) || last_of(name).is_some())
        .map(|(name, value)| {
            let wanted = desired.get(name);
            let secret =
                wanted.is_some_and(Value::is_sensitive_anywhere) || last_of(name).is_some_and(has_secret);
            (name.clone(), masked(value, wanted, secret, key))
        })
        .collect::<Map<_, _>>();
    for name in decided_anew(anew, desired) {
        let value = object.live.attributes.get(name).filter(|value| !value.is_null());
        if let (Some(value), false) = (value, entries.contains_key(name)) {
            let secret = anew
                .iter()
                .any(|foretold| foretold.get(name).is_some_and(Value::is_sensitive_anywhere));
            entries.insert(name.clone(), seal(&value.clone().sensitive_if(secret), key));
        }
    }
    if !object.live.name.is_empty() {
        entries.insert("name".to_owned(), object.live.name.as_str().into());
    }
    Json::Object(entries)
}

/// Lists what the engine will decide of an object that is made anew. The first of what is foretold is of the desired spec.
fn decided_anew<'a>(anew: &'a [Attributes], desired: &'a Spec) -> impl Iterator<Item = &'a String> {
    let foretold = anew.first().into_iter().flatten();
    foretold
        .filter(|(name, value)| value.is_unknown() && !desired.contains_key(*name))
        .map(|(name, _)| name)
}

/// Hides of a live value what is secret in the desired one: entry by entry where both are maps.
fn masked(live: &Value, desired: Option<&Value>, secret: bool, key: &SealKey) -> Sealed {
    match (live.as_entries(), desired.and_then(Value::as_entries)) {
        (Some(live), Some(wanted)) if secret && desired.is_some_and(|it| !it.sensitive) => {
            let entries = live.iter().map(|(name, value)| {
                let open = wanted.get(name).is_some_and(|it| !it.is_sensitive_anywhere());
                (name.clone(), value.clone().sensitive_if(!open))
            });
            seal(&Value::object(entries), key)
        }
        _ => seal(&live.clone().sensitive_if(secret), key),
    }
}

/// Seals a spec, and with it what only apply will know.
pub(crate) fn after(spec: &Spec, foretold: Option<&Attributes>, key: &SealKey) -> Sealed {
    let computed = foretold
        .into_iter()
        .flatten()
        .filter(|(name, value)| value.is_unknown() && !spec.contains_key(*name));
    let entries = spec
        .iter()
        .chain(computed)
        .map(|(name, value)| (name.clone(), seal(value, key)))
        .collect::<std::collections::BTreeMap<_, _>>();
    Json::Object(entries.into_iter().collect())
}
