//! The entry of an instance in the plan, for the reader and for the state, and what must not stand in one.

use std::collections::BTreeMap;

use super::cost::impact;
use super::sealed::{after, before};
use super::verdict::Verdict;
use super::walk::Walk;
use super::{Action, Change, Impact, migration, problems};
use crate::desired::Instance;
use crate::kinds::{Cost, Kind, Spec};
use crate::observe::Object;
use crate::value::Value;
use crate::value::seal::unseal;

impl Walk<'_> {
    /// Reports what must not be done.
    pub(super) fn refuse(
        &mut self,
        instance: &Instance,
        kind: &dyn Kind,
        object: Option<&Object>,
        verdict: &Verdict,
    ) {
        for difference in verdict.differences.iter().filter(|it| it.cost == Cost::Refused) {
            self.problems.push(problems::refused(instance, difference));
        }
        let replaces = matches!(verdict.action, Action::Replace | Action::ReplaceStartFirst);
        if replaces && instance.lifecycle.prevent_destroy {
            self.problems.push(problems::prevented(instance, &verdict.cause));
        }
        // What is protected is the data.
        let kept = migration::migrates(kind, &instance.spec, verdict.action);
        if replaces && !kept && self.was_protected(instance) {
            self.problems.push(problems::protected(instance, &verdict.cause));
        }
        let renamed = object.is_some() && verdict.differences.iter().any(|it| it.path == "name");
        if renamed && let Some(foreign) = self.foreign(kind, &instance.name) {
            self.problems
                .push(problems::foreign(instance, kind, foreign, self.state));
        }
    }

    /// Tells whether what is there is protected, by the configuration or, if that is silent, by what is remembered.
    pub(crate) fn was_protected(&self, instance: &Instance) -> bool {
        let remembered = self.state.objects.get(&instance.address.to_string());
        let told = instance.spec.get("protect").and_then(Value::as_bool);
        told.unwrap_or_else(|| remembered.is_some_and(|it| it.protect))
    }

    /// Tells whether an instance is protected from now on.
    fn is_protected(&self, instance: &Instance) -> bool {
        instance
            .spec
            .get("protect")
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }

    pub(crate) fn change(
        &self,
        instance: &Instance,
        kind: &dyn Kind,
        spec: &Spec,
        object: Option<&Object>,
        verdict: Verdict,
    ) -> Change {
        let remembered = self.state.objects.get(&instance.address.to_string());
        let makes = matches!(
            verdict.action,
            Action::Create | Action::Replace | Action::ReplaceStartFirst
        );
        let nonce = match object {
            Some(object) => object.ownership.nonce.clone(),
            None => match remembered {
                Some(remembered) if !makes && verdict.action != Action::Adopt => remembered.nonce.clone(),
                _ => self.new_nonce(&instance.address),
            },
        };
        let last = remembered.map(|it| &it.spec);
        let foretold = makes.then(|| kind.foretell(spec, &instance.name));
        // What came out of a secret is one also if the spec that it came out of is about to change.
        let foretold_then = || {
            let last = unseal(last?);
            Some(kind.foretell(last.as_entries()?, &instance.name))
        };
        let anew: Vec<_> = match &foretold {
            Some(foretold) => [foretold.clone()].into_iter().chain(foretold_then()).collect(),
            None => Vec::new(),
        };
        Change {
            address: instance.address.clone(),
            moved_from: self.options.moved.get(&instance.address).cloned(),
            action: verdict.action,
            id: object.map(|object| object.id.clone()),
            name: instance.name.clone(),
            nonce,
            before: before(object, spec, last, &anew, &self.options.key),
            after: after(spec, foretold.as_ref(), &self.options.key),
            impact: if migration::migrates(kind, spec, verdict.action) {
                Impact::Downtime
            } else {
                impact(kind, verdict.action, &verdict.differences, &verdict.cause)
            },
            differences: verdict.differences,
            cause: verdict.cause,
            notes: Vec::new(),
            keeps: BTreeMap::new(),
            dependencies: instance.dependencies.clone(),
            protect: self.is_protected(instance),
            imported: self.options.imports.contains(&instance.address),
        }
    }
}
