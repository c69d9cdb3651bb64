//! What references to an instance see: live values of what stays, unknowns for what is made.

use super::Action;
use super::verdict::Verdict;
use super::walk::Walk;
use crate::address::Address;
use crate::desired::Instance;
use crate::kinds::{Cost, Found, Kind, Presence, Spec};
use crate::observe::Object;
use crate::value::Attributes;
use crate::value::seal::unseal;

impl Walk<'_> {
    /// Returns what was applied last to the object that is there, secrets unknown.
    pub(crate) fn applied(&self, address: &Address, object: Option<&Object>) -> Spec {
        let remembered = self.state.objects.get(&address.to_string());
        remembered
            .and_then(|it| it.applied_to(&object?.id))
            .and_then(|(spec, _)| spec.as_object())
            .into_iter()
            .flatten()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), unseal(value)))
            .collect()
    }

    /// Returns what references to the instance see.
    pub(super) fn attributes(
        &self,
        instance: &Instance,
        kind: &dyn Kind,
        spec: &Spec,
        object: Option<&Object>,
        verdict: &Verdict,
    ) -> Attributes {
        let foretold = kind.foretell(spec, &instance.name);
        let remembered = self.state.objects.get(&instance.address.to_string());
        let live = match (verdict.action, object) {
            (Action::NoOp | Action::Update | Action::Adopt | Action::Keep, Some(object)) => {
                &object.live.attributes
            }
            (Action::Adopt, None) => match self.foreign(kind, &instance.name) {
                Some(foreign) => &foreign.live.attributes,
                None => {
                    let Some(inspect) = self.local_image(kind, spec, &instance.name) else {
                        return foretold;
                    };
                    let live = kind.read(&Found {
                        inspect,
                        image: None,
                        logs: None,
                        api: self.observed.api,
                    });
                    return with_foretold(live.attributes, &foretold, |name| name != "name");
                }
            },
            (Action::NoOp, None) => return overlay(foretold, remembered_attributes(remembered)),
            _ => return foretold,
        };
        let unsettled = verdict.differences.iter().any(|difference| {
            difference.cost >= Cost::Reconnect
                || difference.path == "running"
                || difference.path.starts_with("network")
        });
        let stays = |name: &str| !unsettled || matches!(name, "id" | "name" | "image_id");
        let live = live.iter().filter(|(name, _)| stays(name));
        let live = live.map(|(name, value)| (name.clone(), value.clone()));
        let mut seen = with_foretold(live.collect(), &foretold, stays);
        if let (Some(remembered), Some(object)) = (remembered, object)
            && remembered.id == object.id
        {
            // Such as the output of a job whose log could not be read.
            let untold = kind.fields().iter().filter(|field| {
                field.presence == Presence::Computed && !seen.contains_key(field.name) && stays(field.name)
            });
            let untold: Vec<_> = untold
                .filter_map(|field| {
                    let value = unseal(remembered.attributes.get(field.name)?);
                    let secret = foretold.get(field.name)?.sensitive;
                    Some((field.name.to_owned(), value.sensitive_if(secret)))
                })
                .filter(|(_, value)| value.is_wholly_known())
                .collect();
            seen.extend(untold);
        }
        for (name, value) in &foretold {
            let is_set = spec.contains_key(name) || name == "name";
            if is_set && !value.is_unknown() || spec.get(name).is_some_and(|it| !it.is_wholly_known()) {
                seen.insert(name.clone(), value.clone());
            }
        }
        seen
    }
}

fn remembered_attributes(remembered: Option<&wharf_state::Object>) -> Attributes {
    let entries = remembered.and_then(|it| it.attributes.as_object());
    entries
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), unseal(value)))
        .filter(|(_, value)| value.is_wholly_known())
        .collect()
}

/// Puts what is remembered over what is foretold.
fn overlay(mut foretold: Attributes, remembered: Attributes) -> Attributes {
    for (name, value) in remembered {
        let secret = foretold.get(&name).is_some_and(|value| value.sensitive);
        foretold.insert(name, value.sensitive_if(secret));
    }
    foretold
}

/// Completes what is live with what is foretold: with the values of what does not stay, and of the rest with what is secret.
fn with_foretold(live: Attributes, foretold: &Attributes, stays: impl Fn(&str) -> bool) -> Attributes {
    let mut seen = live;
    for (name, value) in foretold {
        if !stays(name) {
            seen.insert(name.clone(), value.clone());
        } else if value.sensitive
            && let Some(live) = seen.get_mut(name)
        {
            live.sensitive = true;
        }
    }
    seen
}
