//! What somebody changed by hand: the smallest fitting change.

use insta::assert_snapshot;

use super::world::{World, object, on, spec};
use crate::kinds::Status;
use crate::value::Value;

fn web() -> World {
    let mut world = World::new();
    world.want("network.backend", spec([]), &[]);
    let web = world.container("container.web", &["network.backend"]);
    web.spec.insert("memory".into(), Value::from(512));
    world.settle();
    world
}

#[test]
fn stopped_is_started() {
    let mut world = web();
    world.live("container.web").status = Status::Exited(137);
    assert_snapshot!(world.text(), @r#"
    update container.web (container/web) because of running, live
        running: false -> true (live drift)
    no-op network.backend (network/backend)
    1. container.web: start container/web
    2. container.web: await running container/web ! <- 1
    "#);
}

#[test]
fn stopped_as_wanted_is_left_alone() {
    let mut world = web();
    world
        .wanted("container.web")
        .spec
        .insert("running".into(), false.into());
    world.settle();
    world.live("container.web").status = Status::Exited(0);
    assert_snapshot!(world.text(), @r#"
    no-op container.web (container/web)
    no-op network.backend (network/backend)
    "#);
}

#[test]
fn renamed_is_renamed_back() {
    let mut world = web();
    world.live("container.web").name = "other".into();
    assert_snapshot!(world.text(), @r#"
    update container.web (container/web) because of name, live
        name: "other" -> "web" (live drift)
    no-op network.backend (network/backend)
    1. container.web: rename to web container/web !
    "#);
}

#[test]
fn disconnected_is_connected() {
    let mut world = web();
    world.live("container.web").spec.remove("network");
    assert_snapshot!(world.text(), @r#"
    update container.web (container/web) because of network[backend], blip
        network[backend]: null -> {"name":"backend"} (reconnect drift)
    no-op network.backend (network/backend)
    1. container.web: connect to backend container/web !
    "#);
}

#[test]
fn connected_elsewhere_is_disconnected() {
    let mut world = web();
    let networks = Value::tuple([
        object([("name", "backend".into())]),
        object([("name", "stray".into())]),
    ]);
    world
        .live("container.web")
        .spec
        .insert("network".into(), networks);
    assert_snapshot!(world.text(), @r#"
    update container.web (container/web) because of network[stray], blip
        network[stray]: {"name":"stray"} -> null (reconnect drift)
    no-op network.backend (network/backend)
    1. container.web: disconnect from stray container/web !
    "#);
}

#[test]
fn other_memory_is_set_back() {
    let mut world = web();
    world
        .live("container.web")
        .spec
        .insert("memory".into(), Value::from(9));
    assert_snapshot!(world.text(), @r#"
    update container.web (container/web) because of memory, live
        memory: 9 -> 512 (live drift)
    no-op network.backend (network/backend)
    1. container.web: update memory container/web !
    "#);
}

#[test]
fn removed_is_made_again() {
    let mut world = web();
    world.remove_by_hand("container.web");
    assert_snapshot!(world.text(), @r#"
    create container.web because vanished
    no-op network.backend (network/backend)
    1. container.web: create as web
    2. container.web: start <- 1
    3. container.web: await running ! <- 2
    "#);
}

#[test]
fn most_of_all_gone_at_once_is_doubted() {
    let mut world = World::new();
    for name in ["a", "b", "c", "d"] {
        world.container(&format!("container.{name}"), &[]);
    }
    world.settle();
    for name in ["a", "b", "c"] {
        world.remove_by_hand(&format!("container.{name}"));
    }
    let plan = world.plan();
    assert_eq!(
        plan.changes[0].notes,
        ["3 of the 4 objects that the state knows are gone: is this the right engine?"]
    );
}

#[test]
fn other_aliases_are_set_back_by_reconnecting() {
    let mut world = web();
    let network = |alias: &str| {
        let aliases = Value::tuple([Value::from(alias)]);
        Value::tuple([object([("name", "backend".into()), ("aliases", aliases)])])
    };
    world
        .wanted("container.web")
        .spec
        .insert("network".into(), network("web"));
    world.settle();
    world
        .live("container.web")
        .spec
        .insert("network".into(), network("other"));
    assert_snapshot!(world.text(), @r#"
    update container.web (container/web) because of network[backend].aliases, blip
        network[backend].aliases: ["other"] -> ["web"] (reconnect drift)
    no-op network.backend (network/backend)
    "#);
}

#[test]
fn a_network_in_last_place_only_is_no_reason() {
    let mut world = web();
    world
        .wanted("container.web")
        .spec
        .insert("network".into(), on("backend"));
    assert!(!world.text().contains("update"));
}
