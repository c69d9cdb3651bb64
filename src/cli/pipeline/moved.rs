//! Whether the world is still what a saved plan assumes.

use wharf_state::State;

use crate::diagnostic::{Diagnostic, Diagnostics, Fault};
use crate::engine::ObjectKind;
use crate::kinds::{self};
use crate::observe::Observed;
use crate::plan::{Plan, Precondition};
use crate::value::seal::SealKey;

/// Says everything that is different now from what the plan assumes.
pub(super) fn problems(plan: &Plan, state: &State, observed: &Observed, key: &SealKey) -> Diagnostics {
    let mut problems = Diagnostics::default();
    if plan.lineage != state.lineage.to_string() || plan.generation != state.generation {
        problems.push(refused(
            "Stale plan",
            "The state was written since the plan was made: another apply came in between.".to_owned(),
        ));
        return problems;
    }
    if plan.engine_id != observed.engine_id {
        problems.push(refused(
            "Plan of another engine",
            "The plan was made for another engine than the one that answers now.".to_owned(),
        ));
        return problems;
    }
    problems.extend(
        plan.preconditions
            .iter()
            .filter_map(|precondition| broken(precondition, observed, key)),
    );
    problems
}

fn broken(precondition: &Precondition, observed: &Observed, key: &SealKey) -> Option<Diagnostic> {
    match precondition {
        Precondition::Unchanged {
            address,
            id,
            fingerprint,
        } => {
            let object = observed
                .objects
                .get(address)
                .into_iter()
                .flatten()
                .find(|object| object.id == *id);
            match object {
                None => Some(format!("`{address}` is not there any more.")),
                Some(object) if object.fingerprint(key) != *fingerprint => {
                    Some(format!("`{address}` was changed since the plan was made."))
                }
                Some(_) => None,
            }
        }
        Precondition::Waiting { address, name, nonce } => {
            let interim = observed.interims.get(address);
            let is_same = interim.is_some_and(|it| it.name == *name && it.nonce == *nonce);
            (!is_same).then(|| {
                format!("The volume `{name}`, where the data of `{address}` waits, is no longer what it was when the plan was made.")
            })
        }
        Precondition::Free {
            address,
            object,
            name,
        } => is_taken(*object, name, observed).then(|| {
            format!("The name `{name}`, which `{address}` is to have, was taken since the plan was made.")
        }),
    }
    .map(|detail| refused("The world moved", detail))
}

fn is_taken(object: ObjectKind, name: &str, observed: &Observed) -> bool {
    observed.foreign.contains_key(&(object, name.to_owned()))
        || observed.objects.iter().any(|(address, objects)| {
            let is_such = kinds::kind(address.kind()).and_then(kinds::Kind::object) == Some(object);
            is_such && objects.iter().any(|object| object.live.name == name)
        })
}

fn refused(summary: &str, detail: String) -> Diagnostic {
    Diagnostic::error(summary)
        .detail(detail)
        .help("Nothing was changed. Make the plan again, and look at it again.")
        .fault(Fault::Conflict)
}
