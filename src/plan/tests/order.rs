//! Who waits for whom, where several changes meet.

use insta::assert_snapshot;

use super::world::{KEY, World, at, object, spec};
use crate::engine::{Family, Op};
use crate::kinds::Status;
use crate::value::Value;

#[test]
fn containers_leave_and_rejoin_a_network_that_is_replaced() {
    let mut world = World::new();
    world.want("network.backend", spec([]), &[]);
    world.container("container.db", &["network.backend"]);
    world.container("container.web", &["network.backend", "container.db"]);
    world.settle();
    world
        .wanted("network.backend")
        .spec
        .insert("internal".into(), true.into());
    assert_snapshot!(world.text(), @r#"
    update container.db (container/db) because attached to network.backend, blip
    update container.web (container/web) because attached to network.backend, blip
    replace network.backend (network/backend) because of internal, blip
        internal: null -> true (replace)
    1. container.web: disconnect from backend container/web
    2. container.db: disconnect from backend container/db <- 1
    3. network.backend: remove network/backend <- 1 2
    4. network.backend: create ! <- 3
    5. container.db: connect to backend container/db ! <- 2 4
    6. container.web: connect to backend container/web ! <- 1 4 5
    "#);
}

#[test]
fn start_first_gives_way_to_a_network_that_must_go_first() {
    let mut world = World::new();
    world.want("network.backend", spec([]), &[]);
    world
        .container("container.web", &["network.backend"])
        .lifecycle
        .start_first = true;
    world.settle();
    world
        .wanted("network.backend")
        .spec
        .insert("internal".into(), true.into());
    world
        .wanted("container.web")
        .spec
        .insert("command".into(), Value::tuple(["x".into()]));
    assert_snapshot!(world.text(), @r#"
    replace container.web (container/web) because of command, downtime
        command: null -> ["x"] (replace)
        note: it cannot start first: network.backend is replaced, and waits until it is gone
    replace network.backend (network/backend) because of internal, blip
        internal: null -> true (replace)
    1. container.web: stop container/web
    2. container.web: remove container/web <- 1
    3. network.backend: remove network/backend <- 2
    4. network.backend: create ! <- 3
    5. container.web: create as web <- 2 4
    6. container.web: start <- 5
    7. container.web: await running ! <- 6
    "#);
}

#[test]
fn start_first_hands_a_port_of_the_host_over_unless_the_engine_clings_to_it() {
    let mut world = World::new();
    let port = object([("container", Value::from(80)), ("host", Value::from(8080))]);
    let web = world.container("container.web", &[]);
    web.spec.insert("port".into(), Value::tuple([port]));
    web.lifecycle.start_first = true;
    world.settle();
    world.options.replace = vec![at("container.web")];
    assert!(world.text().starts_with("replace start-first container.web"));
    world.observed.release.family = Family::Podman;
    let text = world.text();
    assert!(text.starts_with("replace container.web"), "{text}");
    assert!(text.contains("both want the same port or address"), "{text}");
}

#[test]
fn waits_through_what_does_not_change() {
    let mut world = World::new();
    world.container("container.a", &[]);
    world.container("container.b", &["container.a"]);
    world.container("container.c", &["container.b"]);
    world.settle();
    world.remove_by_hand("container.a");
    world.remove_by_hand("container.c");
    assert_snapshot!(world.text(), @r#"
    create container.a because vanished
    no-op container.b (container/b)
    create container.c because vanished
    1. container.a: create as a
    2. container.a: start <- 1
    3. container.a: await running ! <- 2
    4. container.c: create as c <- 3
    5. container.c: start <- 4
    6. container.c: await running ! <- 5
    "#);
}

#[test]
fn a_name_passes_from_one_address_to_another() {
    let mut world = World::new();
    world.container("container.old", &[]).name = "web".into();
    world.settle();
    world.wanted.clear();
    world.container("container.new", &[]).name = "web".into();
    assert_snapshot!(world.text(), @r#"
    create container.new because new
    delete container.old (container/web) because not in configuration, downtime
    1. container.old: stop container/web
    2. container.old: remove container/web <- 1
    3. container.new: create as web <- 2
    4. container.new: start <- 3
    5. container.new: await running ! <- 4
    "#);
}

fn site() -> World {
    let mut world = World::new();
    world.want("volume.site", spec([]), &[]);
    let target = object([("volume", "site".into()), ("path", "www".into())]);
    let on_change = object([("container", "container.web".into()), ("signal", "SIGHUP".into())]);
    let sync = spec([
        ("source", "./site".into()),
        ("target", target),
        ("on_change", on_change),
    ]);
    world.want("sync.site", sync, &["volume.site"]);
    let mount = object([("volume", "site".into()), ("target", "/srv".into())]);
    let web = world.container("container.web", &["volume.site"]);
    web.spec.insert("mount".into(), Value::tuple([mount]));
    world
}

#[test]
fn a_container_starts_on_a_volume_after_the_sync_that_fills_it() {
    assert_snapshot!(site().text(), @r#"
    create container.web because new
    create sync.site because new, live
    create volume.site because new
    1. sync.site: import receiver
    2. volume.site: create !
    3. sync.site: create receiver <- 1 2
    4. sync.site: transfer <- 3
    5. sync.site: remove receiver ! <- 4
    6. container.web: create as web <- 2 5
    7. container.web: start <- 6
    8. container.web: await running ! <- 7
    "#);
}

#[test]
fn a_container_that_was_running_is_told_of_what_changed() {
    let mut world = site();
    world.settle();
    assert_snapshot!(world.text(), @r#"
    no-op container.web (container/web)
    no-op sync.site
    no-op volume.site (volume/site)
    "#);
    world
        .wanted("sync.site")
        .spec
        .insert("delete".into(), true.into());
    assert_snapshot!(world.text(), @r#"
    no-op container.web (container/web)
    update sync.site because of delete, live
        delete: null -> true (live)
    no-op volume.site (volume/site)
    1. sync.site: import receiver
    2. sync.site: create receiver <- 1
    3. sync.site: transfer <- 2
    4. container.web: kill SIGHUP container/web <- 3
    5. sync.site: remove receiver ! <- 3
    "#);
}

#[test]
fn a_container_that_is_made_anyway_is_not_told() {
    let mut world = site();
    world.settle();
    world
        .wanted("sync.site")
        .spec
        .insert("delete".into(), true.into());
    world.options.replace = vec![at("container.web")];
    assert!(!world.text().contains("SIGHUP"));
}

#[test]
fn a_sync_to_a_path_of_this_machine_needs_no_receiver() {
    let mut world = World::new();
    let target = object([("path", "/srv/site".into())]);
    world.want(
        "sync.site",
        spec([("source", "./site".into()), ("target", target)]),
        &[],
    );
    assert_snapshot!(world.text(), @r#"
    create sync.site because new, live
    1. sync.site: sync locally !
    "#);
    world.observed.local = false;
    assert_snapshot!(world.text(), @r#"
    create sync.site because new, live
    1. sync.site: import receiver
    2. sync.site: create receiver <- 1
    3. sync.site: transfer <- 2
    4. sync.site: remove receiver ! <- 3
    "#);
}

#[test]
fn receivers_that_were_left_behind_go_before_a_new_one() {
    let mut world = site();
    world.observed.receivers = vec!["old receiver".into()];
    let text = world.text();
    assert!(text.contains("remove receiver old receiver"), "{text}");
}

#[test]
fn a_receiver_that_was_left_behind_goes_also_when_nothing_is_to_be_synced() {
    let mut world = site();
    world.settle();
    world.observed.receivers = vec!["old receiver".into()];
    let text = world.text();
    assert!(text.contains("remove receiver old receiver"), "{text}");

    world.options.destroy = true;
    let plan = world.plan();
    let steps: Vec<_> = plan.schedule.graph.node_weights().collect();
    let at = |op: &Op| steps.iter().position(|step| step.op == *op).expect("a step");
    let (receiver, volume) = (at(&Op::ReceiverRemove), at(&Op::VolumeRemove));
    let node = petgraph::graph::NodeIndex::new;
    assert!(
        plan.schedule.graph.contains_edge(node(receiver), node(volume)),
        "{text}"
    );
}

#[test]
fn a_receiver_that_was_left_behind_lets_go_of_a_volume_that_is_destroyed() {
    let mut world = site();
    world.settle();
    world.observed.receivers = vec!["old".into()];
    world.options.destroy = true;
    let text = world.text();
    assert!(text.contains("3. sync.site: remove receiver old\n"), "{text}");
    assert!(text.contains("volume.site: remove volume/site <- 2 3"), "{text}");
}

/// A container that publishes on a port of the host.
fn publishing(world: &mut World, address: &str, runs: bool) {
    let port = object([("container", 80.into()), ("host", 8080.into())]);
    let spec = &mut world.container(address, &[]).spec;
    spec.insert("port".into(), Value::tuple([port]));
    spec.insert("running".into(), runs.into());
}

#[test]
fn a_port_passes_from_what_is_stopped_to_what_is_started() {
    let mut world = World::new();
    publishing(&mut world, "container.blue", true);
    publishing(&mut world, "container.green", false);
    world.settle();
    world.live("container.green").status = Status::Exited(0);
    publishing(&mut world, "container.blue", false);
    publishing(&mut world, "container.green", true);
    assert_snapshot!(world.text(), @r#"
    update container.blue (container/blue) because of running, live
        running: true -> false (live)
    update container.green (container/green) because of running, live
        running: false -> true (live)
    1. container.blue: stop container/blue !
    2. container.green: start container/green <- 1
    3. container.green: await running container/green ! <- 2
    "#);
}

#[test]
fn a_subnet_passes_from_one_network_to_another() {
    let mut world = World::new();
    let ipam = |subnet: &str| {
        let config = Value::tuple([object([("subnet", subnet.into())])]);
        spec([("ipam", object([("config", config)]))])
    };
    world.want("network.old", ipam("10.1.0.0/16"), &[]);
    world.settle();
    world.wanted.clear();
    world.want("network.new", ipam("10.1.2.0/24"), &[]);
    assert_snapshot!(world.text(), @r#"
    create network.new because new
    delete network.old (network/old) because not in configuration, downtime
    1. network.old: remove network/old
    2. network.new: create ! <- 1
    "#);
}

#[test]
fn an_address_passes_from_one_container_to_another() {
    let mut world = World::new();
    let endpoint = || {
        let network = object([("name", "a".into()), ("ipv4_address", "10.1.0.9".into())]);
        Value::tuple([network])
    };
    let config = Value::tuple([object([("subnet", "10.1.0.0/16".into())])]);
    world.want("network.a", spec([("ipam", object([("config", config)]))]), &[]);
    world
        .container("container.old", &["network.a"])
        .spec
        .insert("network".into(), endpoint());
    world.settle();
    world.wanted.shift_remove(&at("container.old"));
    world
        .container("container.new", &["network.a"])
        .spec
        .insert("network".into(), endpoint());
    assert_snapshot!(world.text(), @r#"
    create container.new because new
    delete container.old (container/old) because not in configuration, downtime
    no-op network.a (network/a)
    1. container.new: create as new
    2. container.old: stop container/old
    3. container.new: start <- 1 2
    4. container.new: await running ! <- 3
    5. container.old: remove container/old <- 2
    "#);
}

#[test]
fn a_volume_that_is_replaced_is_filled_again() {
    let mut world = site();
    let tree = || {
        let path = crate::sync::TreePath::new(b"index.html".to_vec()).unwrap();
        let node = crate::sync::Node::Dir {
            mode: 0o755,
            pinned: false,
        };
        let entry = crate::sync::Entry { node, owner: None };
        crate::sync::Manifest {
            entries: [(path, entry)].into(),
        }
    };
    world.observed.trees.insert(
        at("sync.site"),
        crate::sync::Trees {
            source: tree(),
            target: Some(tree()),
            ..Default::default()
        },
    );
    world.settle();
    let digest = Value::from(tree().digest().to_string());
    let remembered = world.state.objects.get_mut("sync.site").unwrap();
    remembered.spec["manifest"] = crate::value::seal::seal(&digest, &KEY);
    world.options.replace = vec![at("volume.site")];
    assert_snapshot!(world.text(), @r#"
    replace container.web (container/web) because attached to volume.site, downtime
    update sync.site because of files, live
        files: null -> {"added":1,"changed":0,"deleted":0,"bytes":0} (live)
        note: + index.html (0 bytes)
    replace volume.site (volume/site) because requested, data loss
        note: what is in it is lost: `migrate = true` would copy it to the new volume
    1. container.web: stop container/web
    2. container.web: remove container/web <- 1
    3. sync.site: import receiver
    4. volume.site: remove volume/site <- 2
    5. volume.site: create ! <- 4
    6. sync.site: create receiver <- 3 5
    7. sync.site: transfer <- 6
    8. sync.site: remove receiver ! <- 7
    9. container.web: create as web <- 2 5 8
    10. container.web: start <- 9
    11. container.web: await running ! <- 10
    "#);
}
