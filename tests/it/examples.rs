//! Every example: planned, applied, planned again (empty), changed, drifted, repaired and destroyed, on a real engine.
//!
//! Each test copies the examples and renames the file, so that its project, and with it every name on the engine, is its own.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use wharf::engine::{Call, ObjectKind};

use crate::engine;
use crate::world::World;

/// Copies the examples and gives one of them the name of the test's project.
fn example(name: &str, test: &str) -> (World, String) {
    let world = World::new(test);
    world.copy("examples", ".");
    let file = format!("{}.hcl", world.project);
    std::fs::rename(world.path(&format!("{name}.hcl")), world.path(&file)).unwrap();
    (world, file)
}

fn get(url: &str) -> String {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Changes a container by hand in every way that is no replacement, then removes it: each time the next plan is the smallest that
/// mends it, and an apply does.
#[track_caller]
fn mends_what_is_done_by_hand(world: &World, arguments: &[&str], container: &str, address: &str) {
    let inspect = engine::inspect(ObjectKind::Container, container).unwrap();
    let id = inspect["Id"].as_str().unwrap().to_owned();
    let networks = inspect["NetworkSettings"]["Networks"].as_object().unwrap();
    let mut by_hand = vec![
        (
            "stopped",
            Call::ContainerStop {
                id: id.clone(),
                timeout: Some(1),
            },
        ),
        (
            "renamed",
            Call::ContainerRename {
                id: id.clone(),
                name: format!("{container}-other"),
            },
        ),
    ];
    let mode = inspect["HostConfig"]["NetworkMode"].as_str();
    if !matches!(mode, Some("default" | "bridge")) {
        let network = networks.values().next().unwrap()["NetworkID"]
            .as_str()
            .unwrap()
            .to_owned();
        by_hand.push((
            "disconnected",
            Call::NetworkDisconnect {
                id: network,
                container: id.clone(),
            },
        ));
    }
    if inspect["HostConfig"]["Memory"] != 0 && engine::updates() {
        let body = serde_json::json!({"Memory": 100 << 20, "MemorySwap": 200 << 20});
        by_hand.push((
            "given other memory",
            Call::ContainerUpdate { id: id.clone(), body },
        ));
    }
    for (what, call) in by_hand {
        engine::call(call).unwrap();
        assert_eq!(
            world.planned(arguments),
            [(address.to_owned(), "update".to_owned())],
            "{what} by hand"
        );
        world.apply(arguments);
        let mended = engine::inspect(ObjectKind::Container, container).unwrap();
        assert_eq!(mended["Id"], id.as_str(), "{what} by hand: it keeps its id");
    }
    engine::call(Call::ContainerRemove {
        id,
        force: true,
        volumes: true,
    })
    .unwrap();
    let planned = world.planned(arguments);
    assert!(
        planned.contains(&(address.to_owned(), "create".to_owned())),
        "removed by hand: {planned:?}"
    );
    world.apply(arguments);
}

#[test]
fn hello_serves_its_page_and_goes_away() {
    let (world, file) = example("hello", "hello");
    let arguments = &[file.as_str()];
    let _ = world
        .wharf(&["plan", "--detailed-exitcode", &file])
        .code(2)
        .says("Plan: 5 to add");
    world.apply(arguments);

    let url = world.wharf(&["output", "--raw", "url", &file]).code(0).stdout;
    assert!(get(&url).contains("Hello from wharf."), "{url}");
    let _ = world
        .wharf(&["output", "--raw", "page", &file])
        .code(0)
        .says("Hello from wharf.");

    world.write("hello/site/index.html", "<p>Changed.</p>");
    assert_eq!(
        world.planned(arguments),
        [("sync.site".to_owned(), "update".to_owned())]
    );
    let web = world.container_id("web");
    world.apply(arguments);
    assert!(get(&url).contains("Changed."));
    assert_eq!(
        world.container_id("web"),
        web,
        "a change of content must not touch the server"
    );
    world.destroy(arguments);
}

#[test]
fn hello_is_repaired_after_every_change_by_hand() {
    let (world, file) = example("hello", "drift");
    let arguments = &[file.as_str()];
    world.apply(arguments);
    let web = world.container("web");
    let memory = web["HostConfig"]["Memory"].clone();
    let body = serde_json::json!({"Memory": 100 << 20, "MemorySwap": 200 << 20});
    let update = engine::call(Call::ContainerUpdate {
        id: web["Id"].as_str().unwrap().to_owned(),
        body,
    });
    // What an engine cannot change nobody can change by hand.
    if engine::updates() {
        update.unwrap();
        let _ = world
            .wharf(&["plan", &file])
            .code(0)
            .says("changed outside")
            .says("64m");
        world.apply(arguments);
    } else {
        assert!(update.is_err());
    }
    assert_eq!(world.container("web")["HostConfig"]["Memory"], memory);
    mends_what_is_done_by_hand(
        &world,
        arguments,
        &format!("{}-web", world.project),
        "container.web",
    );
    world.destroy(arguments);
}

#[test]
fn vantage6_node_takes_over_volumes_and_keeps_them() {
    let (world, file) = example("vantage6-node", "v6");
    let node = format!("--var=node={}", world.project);
    let arguments = &[file.as_str(), node.as_str()];
    std::fs::rename(
        world.path("vantage6-node/config/alpha.yaml"),
        world.path(&format!("vantage6-node/config/{}.yaml", world.project)),
    )
    .unwrap();
    let container = format!("vantage6-{}-system", world.project);
    let data = format!("{container}-vol");
    let labels = serde_json::json!({"wharf.project": format!("{}-foreign", world.project)});
    world.foreign_volume(&data, &labels);

    world.apply(arguments);
    let inspect = engine::inspect(ObjectKind::Container, &container).unwrap();
    assert_eq!(inspect["State"]["Running"], true);
    assert_eq!(inspect["Config"]["Tty"], true);
    let mounts = inspect["Mounts"].as_array().unwrap();
    for target in [
        "/mnt/log",
        "/mnt/config",
        "/mnt/data",
        "/mnt/vpn",
        "/mnt/ssh",
        "/mnt/squid",
        "/var/run/docker.sock",
    ] {
        assert!(
            mounts.iter().any(|mount| mount["Destination"] == target),
            "{target} is not mounted"
        );
    }
    assert!(
        mounts
            .iter()
            .any(|mount| mount["Destination"] == "/mnt/databases/patients.csv")
    );
    assert!(engine::logs(&container).contains("Waiting for new tasks"));
    let state =
        std::fs::read_to_string(world.path(&format!("state/{}.default.json", world.project))).unwrap();
    assert!(
        !state.contains("only for trying"),
        "the private key stands in the state"
    );

    let _ = world
        .wharf(&["destroy", "--auto-approve", &file, &node])
        .code(0)
        .says("protected");
    assert_eq!(engine::inspect(ObjectKind::Container, &container), None);
    for role in ["", "-vpn", "-ssh", "-squid"] {
        let name = format!("{container}{role}-vol");
        assert!(
            engine::inspect(ObjectKind::Volume, &name).is_some(),
            "{name} must stay"
        );
        engine::call(Call::VolumeRemove { name }).unwrap();
    }
}

#[test]
fn vantage6_node_without_a_command_is_an_error_with_its_last_words() {
    let (world, file) = example("vantage6-node", "v6exit");
    let text = std::fs::read_to_string(world.path(&file)).unwrap();
    let start = text.find("  command = [").unwrap();
    let end = start + text[start..].find('\n').unwrap();
    let text = format!("{}  command = [\"vnode-local\"]{}", &text[..start], &text[end..]);
    world.write(&file, &text.replace("protect  = true", ""));
    let node = format!("--var=node={}", world.project);
    let _ = world
        .wharf(&["apply", "--auto-approve", &file, &node])
        .code(4)
        .says("exit code 1")
        .says("Usage: vnode-local COMMAND");
    world.destroy(&[&file, &node]);
}

#[test]
fn scylla_cluster_grows_and_shrinks_one_node_at_a_time() {
    let (world, file) = example("scylla-cluster", "scylla");
    let subnet = "--var=subnet=198.18.247.0/24";
    let two = &[file.as_str(), subnet, "--var=nodes=2"];
    let three = &[file.as_str(), subnet, "--var=nodes=3"];
    world.apply(two);
    let addresses = world
        .wharf(&["output", "--json", "addresses", &file])
        .code(0)
        .stdout;
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&addresses).unwrap(),
        serde_json::json!({"node1": "198.18.247.11", "node2": "198.18.247.12"})
    );
    let first = world.container_id("node-node1");
    let log = engine::logs(&first);
    assert!(
        log.contains("\"cluster_name\": \"ccm\"") && log.contains("SimpleSnitch"),
        "{log}"
    );

    let added = world.planned(three);
    assert!(
        added
            .iter()
            .all(|(address, action)| address.ends_with("[\"node3\"]") && action == "create"),
        "{added:?}"
    );
    world.apply(three);
    assert_eq!(
        world.container_id("node-node1"),
        first,
        "the nodes that were there keep running"
    );

    let removed = world.planned(two);
    assert!(
        removed
            .iter()
            .all(|(address, _)| address.ends_with("[\"node3\"]")),
        "{removed:?}"
    );
    world.apply(two);
    assert_eq!(world.container_id("node-node1"), first);

    let name = format!("{}-node-node2", world.project);
    mends_what_is_done_by_hand(&world, two, &name, "container.node[\"node2\"]");

    let stopped = &[
        file.as_str(),
        subnet,
        "--var=nodes=2",
        "--var=stopped=[\"node2\"]",
    ];
    world.apply(stopped);
    assert_eq!(world.container("node-node2")["State"]["Running"], false);
    assert_eq!(world.container_id("node-node1"), first);
    world.apply(two);
    world.destroy(two);
}

#[test]
fn ccf_node_gets_its_packed_configuration_and_the_latest_snapshot() {
    let (world, file) = example("ccf-join-node", "ccf");
    let node = format!("--var=node={}", world.project);
    let network = format!("--var=network={}", world.project);
    let arguments = &[file.as_str(), node.as_str(), network.as_str()];
    world.apply(arguments);

    let name = format!("cchost-nw-{}", world.project);
    let inspect = engine::inspect(ObjectKind::Container, &name).unwrap();
    let variables: Vec<_> = inspect["Config"]["Env"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|variable| variable.as_str())
        .collect();
    assert!(
        variables
            .iter()
            .any(|variable| variable.starts_with("CONFIG_DATA_TGZ=H4sI")),
        "{variables:?}"
    );
    assert!(
        !variables.iter().any(|variable| variable.starts_with("LOGS_DIR")),
        "LOGS_DIR was not asked for"
    );
    assert_eq!(inspect["Config"]["Labels"]["cleanroom.network"], world.project);
    let published = inspect["NetworkSettings"]["Ports"].as_object().unwrap();
    assert!(published["8080/tcp"].is_array() && published["8082/tcp"].is_array());
    assert!(
        published["8081/tcp"].is_null(),
        "only two of three exposed ports are published"
    );

    let storage = world.path(&format!("ccf-join-node/storage/{}", world.project));
    assert!(storage.join("snapshots/snapshot_200_201.committed").is_file());
    assert!(
        !storage.join("snapshots/snapshot_100_101.committed").exists(),
        "only the latest snapshot is copied"
    );
    assert!(storage.join("ledger/ledger_1-100.committed").is_file());
    assert!(
        !storage.join("ledger/ledger_101").exists(),
        "uncommitted ledger files are left out"
    );

    let port = published["8080/tcp"][0]["HostPort"].as_str().unwrap();
    let agent = engine::logs(&format!("recovery-agent-{}", world.project));
    assert!(agent.contains(&format!("watching localhost:{port}")), "{agent}");

    mends_what_is_done_by_hand(
        &world,
        arguments,
        &format!("recovery-agent-{}", world.project),
        "container.recovery_agent",
    );
    let logs = &[
        file.as_str(),
        node.as_str(),
        network.as_str(),
        "--var=logs_dir=/app/logs",
    ];
    let _ = world
        .wharf(&["plan", &file, &node, &network, "--var=logs_dir=/app/logs"])
        .code(0)
        .says("LOGS_DIR");
    world.apply(logs);
    world.destroy(logs);
}

#[test]
fn ml_run_builds_syncs_and_brings_its_result_back() {
    let (world, file) = example("ml-remote", "ml");
    let image = format!("--var=image={}:1", world.project);
    let arguments = &[file.as_str(), image.as_str()];
    world.apply(arguments);
    let results = |world: &World| {
        let json = world
            .wharf(&["output", "--json", "results", &file])
            .code(0)
            .stdout;
        serde_json::from_str::<serde_json::Value>(&json).unwrap()
    };
    assert_eq!(
        results(&world),
        serde_json::json!({"demo": {"script_lines": 3, "samples": 2}})
    );

    let containers = |world: &World| {
        let objects = engine::objects_of(&world.project).into_iter();
        objects.filter(|(kind, _)| *kind == ObjectKind::Container).count()
    };
    assert_eq!(containers(&world), 0, "its container is removed after");
    world.assert_nothing_to_do(arguments);

    world.write("ml-remote/project/more.csv", "c,d\n");
    world.write("ml-remote/project/model.pyc", "left out");
    let planned = world.planned(arguments);
    let addresses: Vec<_> = planned.iter().map(|(address, _)| address.as_str()).collect();
    assert_eq!(addresses, ["job.train[\"demo\"]", "sync.resources[\"demo\"]"]);
    world.apply(arguments);
    assert_eq!(results(&world)["demo"]["samples"], 3);
    assert_eq!(containers(&world), 0);
    world.destroy(arguments);
    assert_eq!(
        engine::inspect(ObjectKind::Image, &format!("{}:1", world.project)),
        None
    );
}

#[test]
fn shops_are_made_by_one_module_and_go_one_by_one() {
    let (world, file) = example("shops", "shops");
    let arguments = &[file.as_str()];
    world.apply(arguments);
    let outputs = world.wharf(&["output", "--json", "urls", &file]).code(0);
    let urls: serde_json::Value = serde_json::from_str(&outputs.stdout).unwrap();
    let south = urls["south"].as_str().unwrap();
    assert!(get(south).contains("It is warm here."), "{south}");
    assert_eq!(
        world.container("shop-south.counter")["HostConfig"]["Memory"],
        48 << 20
    );

    let north = r#"--var=shops={ north = { greeting = "Closing down." } }"#;
    let planned = world.planned(&[&file, north]);
    let actions = |address: &str| {
        let found = planned.iter().find(|(known, _)| known == address);
        found.map(|(_, actions)| actions.as_str())
    };
    assert_eq!(
        actions(r#"module.shop["south"].container.counter"#),
        Some("delete")
    );
    assert_eq!(actions(r#"module.shop["south"].volume.till"#), Some("delete"));
    assert_eq!(
        actions(r#"module.shop["north"].container.counter"#),
        Some("update")
    );
    assert_eq!(actions("network.street"), None);
    world.destroy(arguments);
}
