//! What can be changed in place is, and the container stays: what `live` does not try, one change after the other, while the container
//! serves.

use serde_json::json;
use wharf::engine::ObjectKind;

use super::{assert_shows, idle};
use crate::engine;
use crate::world::World;

const MEBI: i64 = 1 << 20;

/// A container, and two networks that it may be in.
fn stack(attributes: &str) -> String {
    let network = |name: &str, number: u8| {
        format!(
            "network \"{name}\" {{\n ipam {{\n config {{\n subnet = \"10.213.{number}.0/24\"\n}}\n}}\n}}\n"
        )
    };
    [network("a", 83), network("b", 84), idle("web", attributes)].concat()
}

/// On an engine that cannot do it in place the plan says so instead of trying.
#[test]
fn limits_change_in_place_all_at_once() {
    let world = World::new("limits");
    let limits = |rest: &str| idle("web", rest);
    world
        .config(&limits(
            "memory = \"64m\"\ncpus = 0.5\ncpu_shares = 512\ncpuset_cpus = \"0\"\npids_limit = 50\nmemory_reservation = \"16m\"\nrestart = \"no\"",
        ))
        .apply(&[]);
    let id = world.container_id("web");
    world.config(&limits(
        "memory = \"96m\"\nmemory_swap = \"128m\"\ncpus = 0.25\ncpu_shares = 256\ncpuset_cpus = \"0-1\"\npids_limit = 60\nmemory_reservation = \"32m\"\nrestart = \"on-failure:5\"",
    ));
    let keeps = engine::updates();
    let action = if keeps { "update" } else { "delete, create" };
    assert_eq!(
        world.planned(&[]),
        [("container.web".to_owned(), action.to_owned())]
    );
    if !keeps {
        let release = engine::about().release();
        let why = format!("({release} cannot change this in a running container)");
        let _ = world.wharf(&["plan"]).code(0).says(&why);
    }
    world.apply(&[]);
    let web = world.container("web");
    assert_eq!(web["Id"] == id.as_str(), keeps);
    assert_shows(
        &web,
        &[
            ("memory", "/HostConfig/Memory", json!(96 * MEBI)),
            ("memory_swap", "/HostConfig/MemorySwap", json!(128 * MEBI)),
            (
                "memory_reservation",
                "/HostConfig/MemoryReservation",
                json!(32 * MEBI),
            ),
            ("cpus", "/HostConfig/NanoCpus", json!(250_000_000)),
            ("cpu_shares", "/HostConfig/CpuShares", json!(256)),
            ("cpuset_cpus", "/HostConfig/CpusetCpus", json!("0-1")),
            ("pids_limit", "/HostConfig/PidsLimit", json!(60)),
            ("restart", "/HostConfig/RestartPolicy/MaximumRetryCount", json!(5)),
        ],
    );
    world.destroy(&[]);
}

#[test]
fn networks_are_left_and_joined_in_place() {
    let world = World::new("wires");
    let project = world.project.clone();
    let network = |name: &str, rest: &str| format!("network {{\n name = network.{name}.name\n{rest}\n}}\n");
    world
        .config(&stack(&network(
            "a",
            "aliases = [\"one\"]\nipv4_address = \"10.213.83.9\"",
        )))
        .apply(&[]);
    let id = world.container_id("web");
    let (a, b) = (format!("{project}-a"), format!("{project}-b"));
    let at = |network: &str, rest: &str| format!("/NetworkSettings/Networks/{network}{rest}");
    let network_id = |name: &str| engine::inspect(ObjectKind::Network, name).unwrap()["Id"].clone();
    let steps = [
        (
            "another network instead",
            network("b", "aliases = [\"three\"]"),
            vec![(at(&a, ""), json!(null)), (at(&b, "/Aliases/0"), json!("three"))],
        ),
        (
            "no alias",
            network("b", ""),
            vec![(at(&b, "/NetworkID"), network_id(&b))],
        ),
        (
            "the first network again",
            [
                network("a", "aliases = [\"one\"]\nipv4_address = \"10.213.83.9\""),
                network("b", "aliases = [\"three\"]"),
            ]
            .concat(),
            vec![(at(&a, "/IPAddress"), json!("10.213.83.9"))],
        ),
        (
            "no static address",
            [network("a", ""), network("b", "")].concat(),
            vec![
                (at(&a, "/NetworkID"), network_id(&a)),
                (at(&a, "/IPAMConfig/IPv4Address"), json!(null)),
            ],
        ),
    ];
    for (what, networks, shows) in steps {
        world.config(&stack(&networks));
        assert_eq!(
            world.planned(&[]),
            [("container.web".to_owned(), "update".to_owned())],
            "{what}"
        );
        world.apply(&[]);
        let web = world.container("web");
        assert_eq!(web["Id"], id.as_str(), "{what} keeps the container");
        let shows: Vec<_> = shows
            .iter()
            .map(|(pointer, value)| (what, pointer.as_str(), value.clone()))
            .collect();
        assert_shows(&web, &shows);
        // Engines add aliases of their own.
        let aliases = web["NetworkSettings"]["Networks"][&b]["Aliases"].as_array();
        let named = aliases.is_some_and(|aliases| aliases.contains(&json!("three")));
        assert_eq!(named, networks.contains("three"), "{what}");
    }
    world.destroy(&[]);
}

#[test]
fn stopping_and_starting_keeps_the_container() {
    let world = World::new("stopped");
    world.config(&idle("web", "")).apply(&[]);
    let id = world.container_id("web");
    for (attributes, running) in [
        ("running = false", false),
        ("running = true", true),
        ("running = false", false),
        ("", true),
    ] {
        world.config(&idle("web", attributes));
        assert_eq!(
            world.planned(&[]),
            [("container.web".to_owned(), "update".to_owned())],
            "{attributes}"
        );
        world.apply(&[]);
        let web = world.container("web");
        assert_eq!(web["Id"], id.as_str());
        assert_eq!(web["State"]["Running"], running, "{attributes}");
    }
    world.config(&idle("web", &format!("name = \"{}-renamed\"", world.project)));
    assert_eq!(
        world.planned(&[]),
        [("container.web".to_owned(), "update".to_owned())]
    );
    world.apply(&[]);
    assert_eq!(world.container_id("renamed"), id);
    world.destroy(&[]);
}

#[test]
fn a_file_that_changes_restarts_the_container_and_keeps_it() {
    let world = World::new("refile");
    let config = |content: &str| {
        format!(
            "container \"web\" {{\n image = \"wharf-stand-in:1\"\n command = [\"serve\", \"--port\", \"80\", \"/\"]\n stop_signal = \"KILL\"\n file {{\n path = \"/etc/a.conf\"\n content = \"{content}\"\n}}\n}}\n"
        )
    };
    world.config(&config("one")).apply(&[]);
    let before = world.container("web");
    world.config(&config("two"));
    assert_eq!(
        world.planned(&[]),
        [("container.web".to_owned(), "update".to_owned())]
    );
    world.apply(&[]);
    let after = world.container("web");
    assert_eq!(after["Id"], before["Id"]);
    assert_ne!(after["State"]["StartedAt"], before["State"]["StartedAt"]);
    world.destroy(&[]);
}
