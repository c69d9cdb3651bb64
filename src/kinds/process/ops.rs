//! Turns a decision about a container into ops.

use std::collections::BTreeSet;

use super::networks;
use crate::engine::{Condition, Op, Target};
use crate::kinds::{Cost, Decision, Live, Ops, Spec, Status, spec};

pub(super) type Step = (Target, Op);

/// What a container is connected to that names no network.
pub(super) const DEFAULT_NETWORK: &str = "bridge";
const MILLISECOND: i64 = 1_000_000;
/// What starts and ends at once does so within this many milliseconds.
pub(super) const SETTLE: u64 = 500;
pub(super) const LEAST_LIMIT: u64 = 60_000;
/// For a health check that only the image knows.
const UNKNOWN_CHECK_LIMIT: u64 = 300_000;

/// Makes the container, and starts it if it is to run.
pub(in crate::kinds) fn create(decision: &Decision<'_>, starts: bool, gates: Vec<Op>) -> Ops {
    Ops {
        up: make(decision, decision.name, starts, gates),
        ..Ops::default()
    }
}

/// Takes the container away.
pub(in crate::kinds) fn delete(id: &str, live: &Live) -> Ops {
    Ops {
        down: remove(id, live),
        ..Ops::default()
    }
}

/// Changes the container that is there; `wanted` says whether it is to run.
pub(in crate::kinds) fn update(
    decision: &Decision<'_>,
    id: &str,
    live: &Live,
    wanted: bool,
    gates: Vec<Op>,
) -> Ops {
    let on = |op: Op| (Target::Existing(id.to_owned()), op);
    let (down, mut up) = rewire(decision, id, live);
    if live.name != decision.name {
        up.push(on(Op::ContainerRename {
            name: decision.name.to_owned(),
        }));
    }
    let limits = updated_limits(decision);
    if !limits.is_empty() {
        up.push(on(Op::ContainerUpdate { attributes: limits }));
    }
    let fresh = live.status == Status::Created;
    let restarts = decision.cost() == Some(Cost::Restart);
    if restarts || fresh && has_files(decision.desired) {
        up.push(on(Op::FilesPut));
    }
    let runs = matches!(live.status, Status::Running | Status::Other);
    let begin = match (wanted, runs) {
        (true, true) if restarts => Some(Op::ContainerRestart),
        (true, false) => Some(Op::ContainerStart),
        (false, true) => Some(Op::ContainerStop),
        _ => None,
    };
    let begins = matches!(begin, Some(Op::ContainerRestart | Op::ContainerStart));
    // One that only has to leave where it warmed up was not seen to be ready either.
    let untouched = decision.differences.is_empty() && decision.replaced_networks.is_empty();
    // One that runs and yet differs in that was not seen to be ready.
    let awaited = wanted && (begins || untouched || decision.differs("running"));
    up.extend(begin.map(on));
    if awaited {
        up.extend(gates.into_iter().map(on));
    }
    Ops {
        down,
        up,
        ..Ops::default()
    }
}

/// Returns what to wait for after a container that is to keep running was started.
///
/// Whether the image brings a health check is seen on the container that is there, if it was made from the same image;
/// otherwise both are waited for: a container without a check counts as healthy.
pub(in crate::kinds) fn gates_on_start(desired: &Spec, live: Option<&Live>) -> Vec<Op> {
    let own = spec::block(desired, "healthcheck");
    let inherited = live.map(|live| spec::block(&live.spec, "healthcheck"));
    let disabled = |check: &Spec| spec::flag(check, "disable") == Some(true);
    let running = Condition::Running { settle: SETTLE };
    let conditions = match (own, inherited) {
        (Some(check), _) | (None, Some(Some(check))) if disabled(check) => {
            vec![(running, LEAST_LIMIT)]
        }
        (Some(check), _) if spec::is_set(check, "test") => {
            vec![(Condition::Healthy, check_limit(check))]
        }
        (_, Some(Some(check))) => vec![(Condition::Healthy, check_limit(check))],
        (_, Some(None)) => vec![(running, LEAST_LIMIT)],
        (_, None) => vec![(running, LEAST_LIMIT), (Condition::Healthy, UNKNOWN_CHECK_LIMIT)],
    };
    let told = spec::whole(desired, "start_timeout").map(milliseconds);
    conditions
        .into_iter()
        .map(|(condition, limit)| Op::Await {
            condition,
            limit: told.unwrap_or(limit),
        })
        .collect()
}

/// Returns whole milliseconds of a number of nanoseconds.
pub(in crate::kinds) fn milliseconds(nanoseconds: i64) -> u64 {
    u64::try_from(nanoseconds / MILLISECOND).unwrap_or_default()
}

/// The time in which a container that will not become healthy has become unhealthy.
fn check_limit(check: &Spec) -> u64 {
    let duration = |name, default| spec::whole(check, name).map_or(default, milliseconds);
    let retries = u64::try_from(spec::whole(check, "retries").unwrap_or(3)).unwrap_or_default();
    let round = duration("interval", 30_000).saturating_add(duration("timeout", 30_000));
    duration("start_period", 0)
        .saturating_add(round.saturating_mul(retries.saturating_add(1)))
        .max(LEAST_LIMIT)
}

pub(super) fn make(decision: &Decision<'_>, name: &str, starts: bool, gates: Vec<Op>) -> Vec<Step> {
    let mut ops = vec![Op::ContainerCreate {
        name: name.to_owned(),
    }];
    let networks = wanted_networks(decision.desired).skip(1);
    ops.extend(networks.map(|network| Op::NetworkConnect {
        network: network.to_owned(),
    }));
    if has_files(decision.desired) {
        ops.push(Op::FilesPut);
    }
    if starts {
        ops.push(Op::ContainerStart);
        ops.extend(gates);
    }
    ops.into_iter().map(|op| (Target::New, op)).collect()
}

pub(super) fn remove(id: &str, live: &Live) -> Vec<Step> {
    let on = |op| (Target::Existing(id.to_owned()), op);
    match live.status {
        Status::Running | Status::Other => vec![on(Op::ContainerStop), on(Op::ContainerRemove)],
        Status::Created | Status::Exited(_) => vec![on(Op::ContainerRemove)],
    }
}

pub(super) fn has_files(spec: &Spec) -> bool {
    spec::blocks(spec, "file").next().is_some()
}

fn updated_limits(decision: &Decision<'_>) -> Vec<String> {
    let sorted: BTreeSet<&String> = decision
        .differences
        .iter()
        .filter(|(name, cost)| {
            *cost == Cost::Live && !matches!(name.as_str(), "name" | "running" | "auto_remove")
        })
        .map(|(name, _)| name)
        .collect();
    sorted.into_iter().cloned().collect()
}

/// Leaves the networks that go first, so that they can be removed; joins the others after they are made, and leaves only then where it
/// warmed up: it would be nowhere meanwhile.
fn rewire(decision: &Decision<'_>, id: &str, live: &Live) -> (Vec<Step>, Vec<Step>) {
    let (mut leave, mut join) = (BTreeSet::new(), BTreeSet::new());
    let mut wanted: BTreeSet<&str> = wanted_networks(decision.desired).collect();
    if wanted.is_empty() && !spec::is_set(decision.desired, "network_mode") {
        wanted.insert(DEFAULT_NETWORK);
    }
    for network in decision.replaced_networks {
        leave.insert(network.as_str());
        if wanted.contains(network.as_str()) {
            join.insert(network.as_str());
        }
    }
    let warms_up = |network: &&str| decision.warm_ups.iter().any(|it| it == network);
    let connected: BTreeSet<&str> = wanted_networks(&live.spec)
        .filter(|network| !warms_up(network))
        .collect();
    if !decision.warm_ups.is_empty() {
        join.extend(wanted.difference(&connected));
    }
    let unfinished = live.status == Status::Created && spec::is_set(decision.desired, "network");
    if decision.differs("network") || unfinished {
        let changed = connected
            .intersection(&wanted)
            .filter(|network| networks::differ(decision, live, network));
        leave.extend(connected.difference(&wanted));
        join.extend(wanted.difference(&connected));
        for network in changed {
            leave.insert(network);
            join.insert(network);
        }
    }
    let down = leave.iter().flat_map(|network| disconnect(id, live, network));
    let up = join.iter().map(|network| {
        let network = (*network).to_owned();
        (Target::Existing(id.to_owned()), Op::NetworkConnect { network })
    });
    let at_last = decision.warm_ups.iter();
    let at_last = at_last.filter_map(|network| disconnect(id, live, network));
    (down.collect(), up.chain(at_last).collect())
}

/// Leaves a network, if the container is in it.
pub(super) fn disconnect(id: &str, live: &Live, network: &str) -> Option<Step> {
    let connected =
        spec::blocks(&live.spec, "network").any(|block| spec::text(block, "name") == Some(network));
    let network_id = live
        .attributes
        .get("network_ids")
        .and_then(|ids| ids.get(network)?.as_str())
        .unwrap_or(network);
    connected.then(|| {
        (
            Target::Existing(id.to_owned()),
            Op::NetworkDisconnect {
                network: network.to_owned(),
                id: network_id.to_owned(),
            },
        )
    })
}

pub(super) fn wanted_networks(spec: &Spec) -> impl Iterator<Item = &str> {
    spec::blocks(spec, "network").filter_map(|block| spec::text(block, "name"))
}
