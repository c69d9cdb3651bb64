//! What cannot be had: the words.

use insta::assert_snapshot;

use super::world::{World, at, object, on, spec};
use crate::engine::{Family, ObjectKind};
use crate::kinds::Ownership;
use crate::observe::{Owner, TakenPort};
use crate::plan::{Plan, missing_paths};
use crate::value::Value;

#[test]
fn a_foreign_object_with_our_name_is_not_touched() {
    let mut world = World::new();
    world.container("container.web", &[]);
    world.want("volume.data", spec([]), &[]);
    world.want("network.backend", spec([]), &[]);
    let owner = Ownership {
        project: "blog".into(),
        workspace: "default".into(),
        address: "network.backend".parse().unwrap(),
        nonce: "n".into(),
    };
    world.foreign(ObjectKind::Container, "web", Owner::Compose("site".into()));
    world.foreign(ObjectKind::Volume, "data", Owner::Unknown);
    world.foreign(ObjectKind::Network, "backend", Owner::Wharf(owner));
    assert_snapshot!(world.errors(), @r#"
    Name is taken: `container.web` is to be the container "web", but there is one of that name that is not ours. It belongs to the Compose project "site". Help: Give yours another name, or take that container over with an `import` block, or `wharf import container.web web`.
    Name is taken: `volume.data` is to be the volume "data", but there is one of that name that is not ours. Nothing says whose it is. Help: Give yours another name, or set `adopt = true` to take it over.
    Name is taken: `network.backend` is to be the network "backend", but there is one of that name that is not ours. It is `network.backend` of the project "blog", workspace "default". Help: Give yours another name, or set `adopt = true` to take it over.
    "#);
}

#[test]
fn two_objects_cannot_have_one_name() {
    let mut world = World::new();
    world.container("container.a", &[]).name = "web".into();
    world.want("job.b", spec([("image", "bb:1".into())]), &[]).name = "web".into();
    assert_snapshot!(world.errors(), @r#"Name used twice: `container.a` and `job.b` are both to be the container "web". Help: Give one of them another name."#);
}

fn port(host: i64) -> Value {
    Value::tuple([object([
        ("container", Value::from(80)),
        ("host", Value::from(host)),
    ])])
}

#[test]
fn two_containers_cannot_have_one_port() {
    let mut world = World::new();
    for name in ["container.a", "container.b"] {
        world.container(name, &[]).spec.insert("port".into(), port(8080));
    }
    assert_snapshot!(world.errors(), @r#"Port used twice: `container.a` and `container.b` both want port 8080/tcp of the host. Help: Give one of them another port, or leave out `host` and let the engine pick one."#);
}

#[test]
fn a_port_that_a_foreign_container_has_is_taken() {
    let mut world = World::new();
    world
        .container("container.a", &[])
        .spec
        .insert("port".into(), port(8080));
    world.observed.ports = vec![TakenPort {
        port: 8080,
        protocol: "tcp".into(),
        ip: None,
        container: "proxy".into(),
    }];
    assert_snapshot!(world.errors(), @r#"Port is taken: `container.a` wants port 8080/tcp of the host, but the container "proxy", which is not ours, publishes on it. Help: Use another port, or stop that container."#);
}

#[test]
fn addresses_and_subnets_clash() {
    let mut world = World::new();
    let ipam = |subnet: &str| {
        let config = Value::tuple([object([("subnet", subnet.into())])]);
        spec([("ipam", object([("config", config)]))])
    };
    world.want("network.a", ipam("10.1.0.0/16"), &[]);
    world.want("network.b", ipam("10.1.2.0/24"), &[]);
    for name in ["container.x", "container.y"] {
        let network = object([("name", "a".into()), ("ipv4_address", "10.1.0.9".into())]);
        let container = world.container(name, &["network.a"]);
        container.spec.insert("network".into(), Value::tuple([network]));
    }
    assert_snapshot!(world.errors(), @r#"
    Networks overlap: 10.1.2.0/24 of `network.b` and 10.1.0.0/16 of `network.a` have addresses in common. Help: Give one of them another subnet.
    Address used twice: `container.x` and `container.y` both want the address 10.1.0.9 on the network "a". Help: Give one of them another address, or leave it out and let the engine pick one.
    "#);
}

#[test]
fn a_network_that_nobody_has_is_an_error_of_the_plan() {
    let mut world = World::new();
    world
        .observed
        .networks
        .insert("proxy".into(), "0123456789abcdef".into());
    for (container, network) in [
        ("container.by_name", "proxy"),
        ("container.by_short_id", "0123456789ab"),
        ("container.built_in", "bridge"),
        ("container.misspelt", "prxoy"),
        ("container.nowhere", "backend"),
    ] {
        let networks = on(network);
        world
            .container(container, &[])
            .spec
            .insert("network".into(), networks);
    }
    assert_snapshot!(world.errors(), @r#"
    Network not found: `container.misspelt` is to be connected to the network "prxoy", which is neither declared nor on the engine, or goes with this plan. Help: Did you mean "proxy"?
    Network not found: `container.nowhere` is to be connected to the network "backend", which is neither declared nor on the engine, or goes with this plan. Help: Declare it with a `network` block and refer to its `name`, or create it.
    "#);
}

#[test]
fn a_network_that_goes_with_the_plan_is_no_network_to_connect_to() {
    let mut world = World::new();
    world.want("network.old", spec([]), &[]);
    world.settle();
    world.observed.networks.insert("old".into(), "network/old".into());
    world.wanted.clear();
    world
        .container("container.web", &[])
        .spec
        .insert("network".into(), on("old"));
    assert_snapshot!(world.errors(), @r#"Network not found: `container.web` is to be connected to the network "old", which is neither declared nor on the engine, or goes with this plan. Help: Declare it with a `network` block and refer to its `name`, or create it."#);
}

#[test]
fn an_address_needs_a_subnet_that_has_it() {
    let mut world = World::new();
    let config = Value::tuple([object([("subnet", "10.1.0.0/16".into())])]);
    world.want(
        "network.given",
        spec([("ipam", object([("config", config)]))]),
        &[],
    );
    world.want("network.picked", spec([]), &[]);
    for (container, network, ip) in [
        ("container.inside", "given", "10.1.0.9"),
        ("container.outside", "given", "10.2.0.9"),
        ("container.no_subnet", "picked", "10.2.0.9"),
    ] {
        let networks = Value::tuple([object([("name", network.into()), ("ipv4_address", ip.into())])]);
        world
            .container(container, &[])
            .spec
            .insert("network".into(), networks);
    }
    assert_snapshot!(world.errors(), @r"
    Address outside of the network: `container.outside` wants the address 10.2.0.9, but `network.given` has it in none of its subnets. Help: Use an address in 10.1.0.0/16.
    Address outside of the network: `container.no_subnet` wants the address 10.2.0.9, but `network.picked` was given no subnet of that kind: the engine lets nobody choose addresses in one that it picked itself. Help: Give `network.picked` an `ipam` block with a `subnet`.
    ");
    world.observed.release.family = Family::Podman;
    world.wanted.shift_remove(&at("container.outside"));
    world.plan();
}

#[test]
fn a_mounted_path_that_is_not_there_is_a_warning_unless_a_sync_fills_it() {
    let mut world = World::new();
    let mount = |source: &str| Value::tuple([object([("source", source.into()), ("target", "/t".into())])]);
    for (container, source) in [
        ("container.absent", "/srv/nope"),
        ("container.there", "/srv"),
        ("container.synced", "/srv/site/en"),
    ] {
        world
            .container(container, &[])
            .spec
            .insert("mount".into(), mount(source));
    }
    let target = object([("path", "/srv/site".into())]);
    world.want(
        "sync.site",
        spec([("source", "site".into()), ("target", target)]),
        &[],
    );
    world.observed.absent_paths = ["/srv/nope".to_owned(), "/srv/site/en".to_owned()].into();
    let plan = world.plan();
    let warned = |plan: &Plan, world: &World| -> Vec<String> {
        let found = missing_paths(plan, &world.desired(), &world.observed);
        found.into_iter().map(|it| it.detail).collect()
    };
    assert_eq!(
        warned(&plan, &world),
        [
            "`container.absent` mounts \"/srv/nope\" of the engine's host, which is not there. The engine does not start a container without it."
        ]
    );
    // What runs already is not spoken of.
    world.settle();
    let plan = world.plan();
    assert_eq!(warned(&plan, &world), Vec::<String>::new());
}

#[test]
fn an_image_that_cannot_be_had_is_an_error_of_the_plan() {
    let mut world = World::new();
    world
        .container("container.web", &[])
        .spec
        .insert("image".into(), "nope:1".into());
    let why = "the registry has no such image.".to_owned();
    world.observed.pullable.insert("nope:1".into(), Err(why));
    assert_snapshot!(world.errors(), @r#"Image not found: `container.web` needs the image "nope:1". It is not on the engine, and it cannot be pulled: the registry has no such image. Help: Check the spelling and the tag, log in to its registry, or build it with an `image` block."#);
}

#[test]
fn an_attribute_that_the_engine_is_too_old_for_is_an_error() {
    let mut world = World::new();
    world
        .container("container.web", &[])
        .spec
        .insert("annotation".into(), "x".into());
    assert_snapshot!(world.errors(), @r#"Engine is too old: `annotation` of `container.web` needs version 1.43 of the engine's API; this engine speaks 1.41. Help: Take it out, or use a newer engine."#);
}

#[test]
fn an_attribute_that_cannot_be_changed_is_an_error() {
    let mut world = World::new();
    world
        .container("container.web", &[])
        .spec
        .insert("domain".into(), "a".into());
    world.settle();
    world
        .wanted("container.web")
        .spec
        .insert("domain".into(), "b".into());
    assert_snapshot!(world.errors(), @r#"Attribute cannot be changed: `domain` of `container.web` differs, and neither a change in place nor a replacement is possible. Help: Set it back, or give the changed object another address."#);
}

#[test]
fn another_engine_is_refused() {
    let mut world = World::new();
    world.state.engine_id = "another".into();
    assert_snapshot!(world.errors(), @r#"Other engine: The state was made on the engine "another", but this is "engine". What the state knows is not here. Help: Check the Docker context and `DOCKER_HOST`, or use another workspace for this engine."#);
    let problems = world.try_plan().unwrap_err();
    assert_eq!(problems.0[0].fault, crate::diagnostic::Fault::Conflict);
}

#[test]
fn data_that_is_not_there_is_an_error() {
    let mut world = World::new();
    world.want("data.network.proxy", spec([("name", "proxy".into())]), &[]);
    world
        .observed
        .data
        .insert("data.network.proxy".parse().unwrap(), None);
    assert_snapshot!(world.errors(), @r#"Object not found: `data.network.proxy` reads the network "proxy", but the engine has none of that name. Help: Check the name, or declare it: a `network` block makes one."#);
}
