//! What references to an instance see: live values of what stays, unknowns for what is made.

use super::Action;
use super::verdict::Verdict;
use super::walk::Walk;
use crate::address::Address;
use crate::desired::Instance;
use crate::kinds::{Cost, Found, Kind, Spec};
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
                    return overlay(foretold, &live.attributes, |name| name != "name");
                }
            },
            (Action::NoOp, None) => return overlay(foretold, &remembered_attributes(remembered), |_| true),
            _ => return foretold,
        };
        let unsettled = verdict.differences.iter().any(|difference| {
            difference.cost >= Cost::Reconnect
                || difference.path == "running"
                || difference.path.starts_with("network")
        });
        let stays = |name: &str| !unsettled || matches!(name, "id" | "name" | "image_id");
        let known = overlay(foretold.clone(), &remembered_attributes(remembered), stays);
        let mut seen = overlay(known, live, stays);
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

fn overlay(mut base: Attributes, top: &Attributes, takes: impl Fn(&str) -> bool) -> Attributes {
    for (name, value) in top.iter().filter(|(name, _)| takes(name)) {
        let secret = base.get(name).is_some_and(|value| value.sensitive);
        base.insert(name.clone(), value.clone().sensitive_if(secret));
    }
    base
}
