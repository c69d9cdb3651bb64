//! Files what the state knows under the addresses that `moved` blocks give it.

use std::collections::{BTreeMap, BTreeSet};

use wharf_state::State;

use crate::address::Address;
use crate::config::Config;
use crate::desired::Moves;
use crate::diagnostic::Diagnostics;

/// What has moved.
pub(super) struct Moving {
    /// What each address was before (new → old).
    pub(super) before: BTreeMap<Address, Address>,
    /// Moves that are not possible.
    pub(super) warnings: Diagnostics,
}

/// Renames what the state knows; it is written when a run begins.
pub(super) fn moved(config: &Config, state: &mut State) -> Moving {
    let moves = Moves::new(config);
    let known: BTreeSet<Address> = state
        .objects
        .keys()
        .filter_map(|address| address.parse().ok())
        .collect();
    let (renamed, warnings) = moves.all(&known);
    if !renamed.is_empty() {
        let texts: BTreeMap<String, String> = renamed
            .iter()
            .map(|(old, new)| (old.to_string(), new.to_string()))
            .collect();
        let now = |address: String| texts.get(&address).cloned().unwrap_or(address);
        state.objects = std::mem::take(&mut state.objects)
            .into_iter()
            .map(|(address, mut object)| {
                object.dependencies = object.dependencies.into_iter().map(now).collect();
                (now(address), object)
            })
            .collect();
    }
    Moving {
        before: renamed.into_iter().map(|(old, new)| (new, old)).collect(),
        warnings,
    }
}
