//! What differences cost: by attribute, and for those who use the object.

use std::collections::BTreeMap;

use super::walk::is_job;
use super::{Action, Cause, Difference, Impact};
use crate::engine::ObjectKind;
use crate::kinds::{Cost, Kind};

/// Gathers differences by the attribute or block that they lie in, with the highest cost of each.
pub(super) fn costs_by_attribute(differences: &[Difference]) -> Vec<(String, Cost)> {
    let mut costs: BTreeMap<&str, Cost> = BTreeMap::new();
    for difference in differences {
        let attribute = difference
            .path
            .split(['.', '['])
            .next()
            .unwrap_or(&difference.path);
        let cost = costs.entry(attribute).or_insert(difference.cost);
        *cost = (*cost).max(difference.cost);
    }
    costs
        .into_iter()
        .map(|(name, cost)| (name.to_owned(), cost))
        .collect()
}

/// Returns what a change costs those who use the object.
pub(crate) fn impact(kind: &dyn Kind, action: Action, differences: &[Difference], cause: &Cause) -> Impact {
    let object = kind.object();
    match action {
        Action::Update if matches!(cause, Cause::Attached { .. }) => Impact::Blip,
        Action::Update => match differences.iter().map(|it| it.cost).max() {
            None | Some(Cost::Remember) => Impact::None,
            Some(Cost::Live) => Impact::Live,
            Some(Cost::Reconnect) => Impact::Blip,
            Some(Cost::Restart | Cost::Replace | Cost::Refused) => Impact::Downtime,
        },
        // Whatever the order is, what is in a volume goes with it.
        Action::ReplaceStartFirst if object != Some(ObjectKind::Volume) => Impact::Blip,
        Action::Replace | Action::ReplaceStartFirst | Action::Delete => match object {
            Some(ObjectKind::Volume) => Impact::DataLoss,
            Some(ObjectKind::Network) if action == Action::Replace => Impact::Blip,
            Some(ObjectKind::Network) => Impact::Downtime,
            Some(ObjectKind::Container) if !is_job(kind) => Impact::Downtime,
            _ => Impact::None,
        },
        _ => Impact::None,
    }
}
