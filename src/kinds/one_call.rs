//! Objects that one call makes and one call takes away: what is to be done with them.

use super::{Cost, Decision, Ops};
use crate::engine::{Op, Target};

/// Turns a decision into ops.
///
/// Two of them can be there at a time only if their names differ: then, if so asked, the successor comes first.
pub(super) fn ops(decision: &Decision<'_>, create: Op, remove: Op) -> Ops {
    let create = vec![(Target::New, create)];
    let Some((id, live)) = decision.live else {
        return Ops {
            up: create,
            ..Ops::default()
        };
    };
    let remove = vec![(Target::Existing(id.to_owned()), remove)];
    if decision.is_delete() {
        return Ops {
            down: remove,
            ..Ops::default()
        };
    }
    if decision.cost() < Some(Cost::Replace) {
        return Ops::default();
    }
    if decision.start_first && live.name != decision.name {
        return Ops {
            up: create,
            last: remove,
            ..Ops::default()
        };
    }
    Ops {
        down: remove,
        up: create,
        ..Ops::default()
    }
}
