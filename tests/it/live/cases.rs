//! The changes, each with what shows it.

use serde_json::{Value as Json, json};
use wharf::engine::{Call, Family};

use crate::engine;
use crate::world::World;

const MEBI: i64 = 1 << 20;

/// Stands for the id of the network `A`.
pub(super) const ID_OF_A: &str = "ID-OF-A";

/// What a change is seen by.
pub(super) enum Shows {
    /// A value in the container's inspect, by JSON pointer; `A` and `B` stand for the networks' names.
    Inspect(&'static str, Json),
    /// What the container serves under a path.
    Serves(&'static str, &'static str),
}

/// One change: what it is, the parts of the configuration that become others, what is done behind the program's back, and what shows.
pub(super) struct Case {
    pub(super) what: &'static str,
    pub(super) edits: Vec<(&'static str, &'static str)>,
    pub(super) meddle: Option<fn(&World)>,
    pub(super) shows: Shows,
}

impl Case {
    /// Tells whether the engine can do it: Podman drops these, and so they are refused.
    pub(super) fn is_possible(&self) -> bool {
        let dropped = ["link_local_ips", "driver_opts"];
        let asks = |(_, text): &(&str, &str)| dropped.iter().any(|name| text.contains(name));
        engine::about().family == Family::Docker || !self.edits.iter().any(asks)
    }
}

fn case(
    what: &'static str,
    edits: &[(&'static str, &'static str)],
    pointer: &'static str,
    value: Json,
) -> Case {
    Case {
        what,
        edits: edits.to_vec(),
        meddle: None,
        shows: Shows::Inspect(pointer, value),
    }
}

/// A change that somebody else makes, and that is taken back.
fn drift(what: &'static str, meddle: fn(&World), pointer: &'static str, value: Json) -> Case {
    Case {
        meddle: Some(meddle),
        ..case(what, &[], pointer, value)
    }
}

fn file(what: &'static str, file: &'static str, text: &'static str, path: &'static str) -> Case {
    Case {
        what,
        edits: vec![(file, text)],
        meddle: None,
        shows: Shows::Serves(path, text),
    }
}

pub(super) fn limits() -> Vec<Case> {
    let host =
        |what, edits: &[(&'static str, &'static str)], pointer, value| case(what, edits, pointer, value);
    vec![
        host(
            "memory, raised",
            &[("memory", "\"96m\"")],
            "/HostConfig/Memory",
            json!(96 * MEBI),
        ),
        host(
            "memory, lowered",
            &[("memory", "\"80m\"")],
            "/HostConfig/Memory",
            json!(80 * MEBI),
        ),
        host(
            "memory_swap",
            &[("memory_swap", "\"120m\"")],
            "/HostConfig/MemorySwap",
            json!(120 * MEBI),
        ),
        host(
            "memory_swap, unlimited",
            &[("memory_swap", "-1")],
            "/HostConfig/MemorySwap",
            json!(-1),
        ),
        host(
            "memory_swap, limited again",
            &[("memory_swap", "\"160m\"")],
            "/HostConfig/MemorySwap",
            json!(160 * MEBI),
        ),
        host(
            "memory and memory_swap at once",
            &[("memory", "\"64m\""), ("memory_swap", "\"64m\"")],
            "/HostConfig/MemorySwap",
            json!(64 * MEBI),
        ),
        host(
            "memory_reservation",
            &[("memory_reservation", "\"16m\"")],
            "/HostConfig/MemoryReservation",
            json!(16 * MEBI),
        ),
        host(
            "memory_reservation, another",
            &[("memory_reservation", "\"32m\"")],
            "/HostConfig/MemoryReservation",
            json!(32 * MEBI),
        ),
        host(
            "cpu_quota",
            &[("cpu_quota", "\"60ms\"")],
            "/HostConfig/CpuQuota",
            json!(60_000),
        ),
        host(
            "cpu_period",
            &[("cpu_period", "\"200ms\"")],
            "/HostConfig/CpuPeriod",
            json!(200_000),
        ),
        host(
            "cpu_shares",
            &[("cpu_shares", "512")],
            "/HostConfig/CpuShares",
            json!(512),
        ),
        host(
            "cpuset_cpus",
            &[("cpuset_cpus", "\"0\"")],
            "/HostConfig/CpusetCpus",
            json!("0"),
        ),
        host(
            "cpuset_cpus, more",
            &[("cpuset_cpus", "\"0-1\"")],
            "/HostConfig/CpusetCpus",
            json!("0-1"),
        ),
        host(
            "cpuset_mems",
            &[("cpuset_mems", "\"0\"")],
            "/HostConfig/CpusetMems",
            json!("0"),
        ),
        host(
            "pids_limit",
            &[("pids_limit", "90")],
            "/HostConfig/PidsLimit",
            json!(90),
        ),
        host(
            "pids_limit, taken away",
            &[("pids_limit", "")],
            "/HostConfig/PidsLimit",
            json!(0),
        ),
        host(
            "restart, always",
            &[("restart", "\"always\"")],
            "/HostConfig/RestartPolicy/Name",
            json!("always"),
        ),
        host(
            "restart, on failure",
            &[("restart", "\"on-failure\"")],
            "/HostConfig/RestartPolicy/Name",
            json!("on-failure"),
        ),
        host(
            "restart, a few times",
            &[("restart", "\"on-failure:3\"")],
            "/HostConfig/RestartPolicy/MaximumRetryCount",
            json!(3),
        ),
        host(
            "restart, taken away",
            &[("restart", "")],
            "/HostConfig/RestartPolicy/Name",
            json!("no"),
        ),
    ]
}

pub(super) fn wires() -> Vec<Case> {
    vec![
        case(
            "one more network",
            &[("network a", "x")],
            "/NetworkSettings/Networks/A/NetworkID",
            json!(ID_OF_A),
        ),
        case(
            "an alias",
            &[("network a", "aliases = [\"one\"]")],
            "/NetworkSettings/Networks/A/Aliases/0",
            json!("one"),
        ),
        case(
            "another alias",
            &[("network a", "aliases = [\"two\"]")],
            "/NetworkSettings/Networks/A/Aliases/0",
            json!("two"),
        ),
        case(
            "a static address",
            &[("network a", "ipv4_address = \"NET1.9\"")],
            "/NetworkSettings/Networks/A/IPAddress",
            json!("NET1.9"),
        ),
        case(
            "another static address",
            &[("network a", "ipv4_address = \"NET1.10\"")],
            "/NetworkSettings/Networks/A/IPAddress",
            json!("NET1.10"),
        ),
        case(
            "an address of the link",
            &[("network a", "link_local_ips = [\"169.254.7.7\"]")],
            "/NetworkSettings/Networks/A/IPAMConfig/LinkLocalIPs/0",
            json!("169.254.7.7"),
        ),
        case(
            "an option of the driver",
            &[("network a", "driver_opts = { \"com.example.a\" = \"b\" }")],
            "/NetworkSettings/Networks/A/DriverOpts/com.example.a",
            json!("b"),
        ),
        case(
            "a static address of the sixth version",
            &[("network b", "ipv6_address = \"SIX::77\"")],
            "/NetworkSettings/Networks/B/GlobalIPv6Address",
            json!("SIX::77"),
        ),
        case(
            "a network that is replaced below it",
            &[
                ("network a", "aliases = [\"kept\"]\nipv4_address = \"NET3.9\""),
                ("subnet a", "NET3"),
            ],
            "/NetworkSettings/Networks/A/IPAddress",
            json!("NET3.9"),
        ),
        case(
            "its alias on the new network",
            &[],
            "/NetworkSettings/Networks/A/Aliases/0",
            json!("kept"),
        ),
        case(
            "one network less",
            &[("network a", "")],
            "/NetworkSettings/Networks/A",
            json!(null),
        ),
        case(
            "two connections at once",
            &[
                ("network a", "aliases = [\"three\"]"),
                ("network b", "aliases = [\"four\"]"),
            ],
            "/NetworkSettings/Networks/B/Aliases/0",
            json!("four"),
        ),
    ]
}

pub(super) fn the_rest() -> Vec<Case> {
    vec![
        case(
            "a name",
            &[("name", "\"PROJECT-renamed\"")],
            "/Name",
            json!("/PROJECT-renamed"),
        ),
        case(
            "the derived name again",
            &[("name", "")],
            "/Name",
            json!("/PROJECT-web"),
        ),
        file("a file of a sync", "site/index.html", "second", "/srv/index.html"),
        file(
            "one more file of a sync",
            "site/more.html",
            "more",
            "/srv/more.html",
        ),
        drift(
            "a connection that somebody else cut",
            |world| {
                let id = format!("{}-b", world.project);
                engine::call(Call::NetworkDisconnect {
                    id,
                    container: world.container_id("web"),
                })
                .unwrap();
            },
            "/NetworkSettings/Networks/B/Aliases/0",
            json!("four"),
        ),
        drift(
            "a name that somebody else gave it",
            |world| {
                let name = format!("{}-other", world.project);
                engine::call(Call::ContainerRename {
                    id: world.container_id("web"),
                    name,
                })
                .unwrap();
            },
            "/Name",
            json!("/PROJECT-web"),
        ),
    ]
}

/// Limits that somebody else changes, for engines that can change them in place.
pub(super) fn limits_again() -> Vec<Case> {
    vec![
        drift(
            "a limit that somebody else changed",
            |world| {
                let body = json!({ "Memory": 48 * MEBI, "MemorySwap": 48 * MEBI });
                engine::call(Call::ContainerUpdate {
                    id: world.container_id("web"),
                    body,
                })
                .unwrap();
            },
            "/HostConfig/Memory",
            json!(64 * MEBI),
        ),
        case(
            "restart, always again",
            &[("restart", "\"always\"")],
            "/HostConfig/RestartPolicy/Name",
            json!("always"),
        ),
        drift(
            "a restart policy that somebody else gave it",
            |world| {
                let body = json!({ "RestartPolicy": { "Name": "unless-stopped" } });
                engine::call(Call::ContainerUpdate {
                    id: world.container_id("web"),
                    body,
                })
                .unwrap();
            },
            "/HostConfig/RestartPolicy/Name",
            json!("always"),
        ),
    ]
}
