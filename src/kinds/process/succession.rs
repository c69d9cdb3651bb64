//! How a new container takes the place of the one that is there.
//!
//! - Stop-first: the old one goes, then the new one comes.
//! - Start-first: the new one comes under another name, and when it is ready the old one goes.
//! - Hand-over: as start-first, though both want what only one can have, such as a port of the host. The new one warms up in a
//!   network of its own and publishes nothing there; when it is ready, it changes places with the old one.
//!
//! Where the old one is still there when something fails, `undo` takes the new one away and puts the old one back.

use serde_json::{Value as Json, json};

use super::networks;
use super::ops::{
    DEFAULT_NETWORK, LEAST_LIMIT, SETTLE, Step, disconnect, has_files, make, remove, wanted_networks,
};
use crate::engine::{Condition, Op, Target};
use crate::kinds::{Decision, HandOver, Live, Ops, Status};

/// Puts a new container in the place of the one that is there.
pub(in crate::kinds) fn replace(
    decision: &Decision<'_>,
    id: &str,
    live: &Live,
    starts: bool,
    gates: Vec<Op>,
) -> Ops {
    match decision.hand_over {
        Some(networks) if decision.start_first => hand_over(decision, id, live, networks, gates),
        _ if decision.start_first => start_first(decision, id, live, starts, gates),
        _ if decision.keeps_old => stop_and_keep(decision, id, live, starts, gates),
        _ => Ops {
            down: remove(id, live),
            up: make(decision, decision.name, starts, gates),
            ..Ops::default()
        },
    }
}

fn start_first(decision: &Decision<'_>, id: &str, live: &Live, starts: bool, gates: Vec<Op>) -> Ops {
    let mut down = Vec::new();
    for network in decision.replaced_networks {
        down.extend(disconnect(id, live, network));
    }
    let mut last = remove(id, live);
    let takes_name = live.name == decision.name;
    let name = if takes_name {
        last.push(rename(Target::New, decision.name));
        next_to(decision.name)
    } else {
        decision.name.to_owned()
    };
    // What has left a network that is made anew is not as it was, whatever becomes of its successor.
    let undo = match down.is_empty() {
        true => vec![(Target::New, Op::ContainerDiscard)],
        false => Vec::new(),
    };
    Ops {
        down,
        up: make(decision, &name, starts, gates),
        last,
        undo,
        ..Ops::default()
    }
}

/// As stop-first, but the old one stays under another name until all is well.
fn stop_and_keep(decision: &Decision<'_>, id: &str, live: &Live, starts: bool, gates: Vec<Op>) -> Ops {
    let old = || Target::Existing(id.to_owned());
    let runs = runs(live);
    let mut down = Vec::new();
    let mut undo = vec![(Target::New, Op::ContainerDiscard)];
    if runs {
        down.push((old(), Op::ContainerStop));
    }
    if live.name == decision.name {
        down.push(rename(old(), &previous(decision.name)));
        undo.push(rename(old(), &live.name));
    }
    if runs {
        undo.push((old(), Op::ContainerStart));
    }
    Ops {
        down,
        up: make(decision, decision.name, starts, gates),
        last: vec![(old(), Op::ContainerRemove)],
        undo,
        ..Ops::default()
    }
}

/// The new one is made as it is to be, then taken out of its networks: it starts in one that no port is published in, and in those
/// of its own that are such, under no name yet.
fn hand_over(decision: &Decision<'_>, id: &str, live: &Live, networks: &HandOver, gates: Vec<Op>) -> Ops {
    let old = || Target::Existing(id.to_owned());
    let warm_up = next_to(decision.name);
    let wanted = or_default(wanted_networks(decision.desired));
    let connected = connected(decision, id, live, &networks.regained);
    let is_inner = |network: &str| networks.inner.contains(network);
    let (inner, outer): (Vec<&str>, Vec<&str>) = wanted.iter().partition(|network| is_inner(network));
    // One that was cut short on its own way here still has the name that its successor is to have meanwhile.
    let takes_name = live.name == warm_up;
    let name = if takes_name {
        decision.name
    } else {
        live.name.as_str()
    };

    let mut down: Vec<Step> = Vec::new();
    if !networks.regained.is_empty() {
        down.extend(connected.iter().map(|it| (old(), it.join())));
    }
    down.extend(leave_warm_ups(decision, id, live));
    if takes_name {
        down.push(rename(old(), name));
    }

    let mut up = vec![
        create_warm_up(&warm_up),
        (
            Target::New,
            Op::ContainerCreate {
                name: warm_up.clone(),
            },
        ),
    ];
    up.extend(wanted.first().map(|network| leave_new(network)));
    up.push((Target::New, join(&warm_up, json!({}))));
    up.extend(
        inner
            .iter()
            .map(|network| (Target::New, join(network, json!({})))),
    );
    if has_files(decision.desired) {
        up.push((Target::New, Op::FilesPut));
    }
    up.push((Target::New, Op::ContainerStart));
    up.extend(gates.iter().cloned().map(|gate| (Target::New, gate)));

    let leave = |inner: bool| -> Vec<Step> {
        let which = connected.iter().filter(|it| is_inner(it.network) == inner);
        which.map(|it| it.leave.clone()).collect()
    };
    let mut over = leave(false);
    over.extend(outer.iter().map(|network| connect_new(network)));
    if name == decision.name {
        over.push(rename(old(), &previous(decision.name)));
    }
    over.push(rename(Target::New, decision.name));
    over.extend(leave(true));
    for network in &inner {
        over.extend([leave_new(network), connect_new(network)]);
    }
    over.extend(gates_after(gates));

    let mut undo = vec![(Target::New, Op::ContainerDiscard)];
    undo.extend(connected.iter().map(|it| (old(), it.join())));
    undo.push(rename(old(), name));
    undo.push((Target::New, Op::WarmUpRemove));

    let mut last = remove(id, live);
    last.push(leave_new(&warm_up));
    last.push((Target::New, Op::WarmUpRemove));
    Ops {
        down,
        up,
        over,
        last,
        undo,
    }
}

/// Where the predecessor is while it serves, and how it goes and comes back.
struct Endpoint<'a> {
    network: &'a str,
    settings: Json,
    leave: Step,
}

impl Endpoint<'_> {
    fn join(&self) -> Op {
        join(self.network, self.settings.clone())
    }
}

/// Returns the endpoints that the predecessor has, or those that it gets back first: a run that was killed had cut it off. Networks
/// that it only warmed up in do not count.
fn connected<'a>(
    decision: &'a Decision<'_>,
    id: &str,
    live: &'a Live,
    regained: &'a [String],
) -> Vec<Endpoint<'a>> {
    let again = regained.iter().map(|network| Endpoint {
        network,
        settings: networks::endpoint(decision.applied, network),
        leave: leave_by_name(Target::Existing(id.to_owned()), network),
    });
    let own = wanted_networks(&live.spec).filter(|network| !decision.warm_ups.iter().any(|it| it == network));
    let has = own.filter_map(|network| {
        Some(Endpoint {
            network,
            settings: settings(decision, live, network),
            leave: disconnect(id, live, network)?,
        })
    });
    has.chain(again).collect()
}

/// Leaves the networks that it warmed up in itself and was not taken out of.
fn leave_warm_ups(decision: &Decision<'_>, id: &str, live: &Live) -> Vec<Step> {
    let networks = decision.warm_ups.iter();
    networks
        .filter_map(|network| disconnect(id, live, network))
        .collect()
}

/// Once it is where it belongs it has to keep running, and to stay healthy.
fn gates_after(gates: Vec<Op>) -> Vec<Step> {
    let mut after = vec![Op::Await {
        condition: Condition::Running { settle: SETTLE },
        limit: LEAST_LIMIT,
    }];
    let is_health = |gate: &Op| {
        matches!(
            gate,
            Op::Await {
                condition: Condition::Healthy,
                ..
            }
        )
    };
    after.extend(gates.into_iter().filter(is_health));
    after.into_iter().map(|gate| (Target::New, gate)).collect()
}

/// Returns how a container is connected to a network, as far as that was asked for: hardware addresses that the engine gave are not.
fn settings(decision: &Decision<'_>, live: &Live, network: &str) -> Json {
    let mut endpoint = networks::endpoint(&live.spec, network);
    let asked = networks::endpoint(decision.applied, network);
    if let Json::Object(endpoint) = &mut endpoint {
        endpoint.retain(|name, _| name != "MacAddress" || !asked[name].is_null());
    }
    endpoint
}

fn or_default<'a>(networks: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut networks: Vec<&str> = networks.collect();
    if networks.is_empty() {
        networks.push(DEFAULT_NETWORK);
    }
    networks
}

fn runs(live: &Live) -> bool {
    matches!(live.status, Status::Running | Status::Other)
}

/// The name of a successor until it has its own; also that of the network it warms up in.
fn next_to(name: &str) -> String {
    format!("{name}.next")
}

/// The name of a predecessor that has given its own away.
fn previous(name: &str) -> String {
    format!("{name}.prev")
}

fn rename(target: Target, name: &str) -> Step {
    let name = name.to_owned();
    (target, Op::ContainerRename { name })
}

fn join(network: &str, endpoint: Json) -> Op {
    Op::NetworkJoin {
        network: network.to_owned(),
        endpoint,
    }
}

fn create_warm_up(name: &str) -> Step {
    let name = name.to_owned();
    (Target::New, Op::WarmUpCreate { name })
}

fn connect_new(network: &str) -> Step {
    let network = network.to_owned();
    (Target::New, Op::NetworkConnect { network })
}

fn leave_new(network: &str) -> Step {
    leave_by_name(Target::New, network)
}

/// The network is known by its name alone: it may be made by the same plan.
fn leave_by_name(target: Target, network: &str) -> Step {
    let (network, id) = (network.to_owned(), network.to_owned());
    (target, Op::NetworkDisconnect { network, id })
}
