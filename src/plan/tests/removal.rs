//! What is no longer wanted.

use insta::assert_snapshot;

use super::world::{World, at, spec};
use crate::address::Selector;

fn shop() -> World {
    let mut world = World::new();
    world.want("network.backend", spec([]), &[]);
    world.want("volume.data", spec([]), &[]);
    world.container("container.db", &["network.backend", "volume.data"]);
    world.container("container.web", &["container.db", "network.backend"]);
    world.settle();
    world
}

#[test]
fn destroys_in_reverse_order() {
    let mut world = shop();
    world.options.destroy = true;
    assert_snapshot!(world.text(), @r#"
    delete container.db (container/db) because destroy, downtime
    delete container.web (container/web) because destroy, downtime
    delete network.backend (network/backend) because destroy, downtime
    delete volume.data (volume/data) because destroy, data loss
    1. container.web: stop container/web
    2. container.web: remove container/web <- 1
    3. container.db: stop container/db <- 2
    4. container.db: remove container/db <- 3
    5. network.backend: remove network/backend <- 2 4
    6. volume.data: remove volume/data <- 4
    "#);
}

#[test]
fn destroys_also_what_the_configuration_no_longer_has() {
    let mut world = shop();
    world.options.destroy = true;
    let whole = world.text();
    world.wanted.clear();
    assert_eq!(world.text(), whole);
}

#[test]
fn takes_away_what_has_no_block_in_the_order_that_state_remembers() {
    let mut world = shop();
    world.wanted.shift_remove(&at("container.web"));
    world.wanted.shift_remove(&at("network.backend"));
    let db = world.wanted("container.db");
    db.spec.remove("network");
    db.dependencies = vec![at("volume.data")];
    assert_snapshot!(world.text(), @r#"
    update container.db (container/db) because of network[backend], blip
        network[backend]: {"name":"backend"} -> null (reconnect)
    delete container.web (container/web) because not in configuration, downtime
    delete network.backend (network/backend) because not in configuration, downtime
    no-op volume.data (volume/data)
    1. container.web: stop container/web
    2. container.web: remove container/web <- 1
    3. container.db: disconnect from backend container/db ! <- 2
    4. network.backend: remove network/backend <- 2 3
    "#);
}

#[test]
fn a_protected_volume_is_kept_when_its_block_is_gone() {
    let mut world = World::new();
    world.want("volume.data", spec([("protect", true.into())]), &[]);
    world.settle();
    world.wanted.clear();
    assert_snapshot!(world.text(), @r#"keep volume.data (volume/data) because not in configuration"#);
}

#[test]
fn a_protected_volume_is_kept_by_destroy() {
    let mut world = World::new();
    world.want("volume.data", spec([("protect", true.into())]), &[]);
    world.container("container.web", &["volume.data"]);
    world.settle();
    world.options.destroy = true;
    assert_snapshot!(world.text(), @r#"
    delete container.web (container/web) because destroy, downtime
    keep volume.data (volume/data) because destroy
    1. container.web: stop container/web
    2. container.web: remove container/web <- 1
    "#);
}

#[test]
fn what_mounts_a_volume_that_is_replaced_goes_with_it() {
    let mut world = World::new();
    world.want("volume.data", spec([("driver", "local".into())]), &[]);
    let mount = super::world::object([("volume", "data".into()), ("target", "/srv".into())]);
    let web = world.container("container.web", &["volume.data"]);
    web.spec
        .insert("mount".into(), crate::value::Value::tuple([mount]));
    world.settle();
    world
        .wanted("volume.data")
        .spec
        .insert("driver".into(), "nfs".into());
    assert_snapshot!(world.text(), @r#"
    replace container.web (container/web) because attached to volume.data, downtime
    replace volume.data (volume/data) because of driver, data loss
        driver: "local" -> "nfs" (replace)
        note: what is in it is lost: `migrate = true` would copy it to the new volume
    1. container.web: stop container/web
    2. container.web: remove container/web <- 1
    3. volume.data: remove volume/data <- 2
    4. volume.data: create ! <- 3
    5. container.web: create as web <- 2 4
    6. container.web: start <- 5
    7. container.web: await running ! <- 6
    "#);
}

#[test]
fn a_protected_volume_is_not_replaced() {
    let mut world = World::new();
    let data = spec([("driver", "local".into()), ("protect", true.into())]);
    world.want("volume.data", data, &[]);
    world.settle();
    world
        .wanted("volume.data")
        .spec
        .insert("driver".into(), "nfs".into());
    assert_snapshot!(world.errors(), @r#"Volume is protected: `volume.data` would be replaced, and its data lost, because these attributes differ and cannot be changed in place: driver. Help: Take the change back. To take the data along, set `migrate = true`. If it may go, set `protect = false` and apply that first."#);
}

#[test]
fn what_must_not_be_destroyed_is_not() {
    let mut world = World::new();
    world.container("container.web", &[]).lifecycle.prevent_destroy = true;
    world.settle();
    world.options.destroy = true;
    assert_snapshot!(world.errors(), @r#"Destruction prevented: `container.web` would be destroyed, because everything is to be destroyed; its `lifecycle` has `prevent_destroy = true`. Help: Take the change back, or take out `prevent_destroy` if it may be destroyed."#);
    world.options.destroy = false;
    world.options.replace = vec![at("container.web")];
    assert_snapshot!(world.errors(), @r#"Destruction prevented: `container.web` would be destroyed, because `--replace` asks for it; its `lifecycle` has `prevent_destroy = true`. Help: Take the change back, or take out `prevent_destroy` if it may be destroyed."#);
}

#[test]
fn what_is_gone_already_is_forgotten() {
    let mut world = shop();
    world.wanted.shift_remove(&at("container.web"));
    world.remove_by_hand("container.web");
    assert_snapshot!(world.text(), @r#"
    no-op container.db (container/db)
    forget container.web because vanished
    no-op network.backend (network/backend)
    no-op volume.data (volume/data)
    "#);
}

#[test]
fn a_sync_is_forgotten_and_its_files_stay() {
    let mut world = World::new();
    let target = super::world::object([("volume", "data".into())]);
    world.want(
        "sync.site",
        spec([("source", "./site".into()), ("target", target)]),
        &[],
    );
    world.settle();
    world.wanted.clear();
    assert_snapshot!(world.text(), @r#"forget sync.site because not in configuration"#);
}

#[test]
fn targets_bring_their_dependencies_and_when_destroying_their_dependents() {
    let mut world = shop();
    world.state.objects.clear();
    world.observed.objects.clear();
    world.options.targets = vec![at("container.db").into()];
    let addresses = |world: &World| -> Vec<String> {
        let plan = world.plan();
        plan.changes.iter().map(|it| it.address.to_string()).collect()
    };
    assert_eq!(
        addresses(&world),
        ["container.db", "network.backend", "volume.data"]
    );

    world.settle();
    world.options.destroy = true;
    assert_eq!(addresses(&world), ["container.db", "container.web"]);
}

#[test]
fn a_volume_whose_protection_was_just_taken_out_is_not_replaced_in_the_same_go() {
    let mut world = World::new();
    let data = spec([("driver", "local".into()), ("protect", true.into())]);
    world.want("volume.data", data, &[]);
    world.settle();
    let spec = &mut world.wanted("volume.data").spec;
    spec.insert("driver".into(), "nfs".into());
    spec.remove("protect");
    assert!(
        world.errors().starts_with("Volume is protected"),
        "{}",
        world.errors()
    );
}

#[test]
fn what_goes_is_not_taken_along_by_a_target_that_needs_the_same_things() {
    let mut world = shop();
    world.settle();
    world.wanted.shift_remove(&at("container.web"));
    world.options.targets = vec![at("volume.data").into(), at("container.db").into()];
    let plan = world.plan();
    assert!(plan.changes.iter().all(|it| it.address != at("container.web")));
}

#[test]
fn a_target_that_does_not_exist_is_no_empty_plan() {
    let mut world = shop();
    world.options.targets = vec![at("container.wbe").into()];
    let errors = world.errors();
    assert!(errors.contains("There is no `container.wbe`"), "{errors}");
    world.options.targets.clear();
    world.options.replace = vec![at("container.wbe")];
    assert!(world.errors().contains("There is no `container.wbe`"));
}

#[test]
fn what_is_wrong_elsewhere_kept_a_target_from_being_applied() {
    let mut world = shop();
    world.settle();
    world.wanted("container.web").lifecycle.prevent_destroy = true;
    let wrong = crate::diagnostic::Diagnostic::error("Build context cannot be used");
    world.observed.unreadable.insert(at("container.web"), wrong);
    let port = super::world::object([("host", 80.into()), ("container", 80.into())]);
    let ports = crate::value::Value::tuple([port.clone(), port]);
    world.wanted("container.web").spec.insert("port".into(), ports);
    world.options.replace = vec![at("container.web")];
    let errors = world.errors();
    for said in [
        "Build context cannot be used",
        "Destruction prevented",
        "Port used twice",
    ] {
        assert!(errors.contains(said), "{errors}");
    }
    world.options.targets = vec![Selector::Object(at("container.db"))];
    assert!(
        world
            .plan()
            .changes
            .iter()
            .all(|it| it.address != at("container.web"))
    );
    world.options.targets = vec![Selector::Object(at("container.web"))];
    assert_eq!(world.errors(), errors);
}

#[test]
fn a_build_context_that_cannot_be_read_kept_everything_from_being_destroyed() {
    let mut world = shop();
    let wrong = crate::diagnostic::Diagnostic::error("Build context cannot be used");
    world.observed.unreadable.insert(at("container.web"), wrong);
    world.options.destroy = true;
    assert_eq!(world.plan().changes.len(), 4);
}
