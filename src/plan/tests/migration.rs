//! Migrations of volumes that were begun: where the data is, and what is left to be done.

use insta::assert_snapshot;

use super::world::{World, at, object, spec};
use crate::kinds::Spec;
use crate::observe::Interim;
use crate::value::Value;

/// A volume that is there, a container on it, and a copy that was begun by a run whose new volume was to have a nonce.
fn begun(nonce: &str) -> World {
    let mut world = World::new();
    world.want("volume.data", Spec::new(), &[]);
    world.container("container.web", &["volume.data"]);
    world.settle();
    let interim = Interim {
        name: "data.interim".into(),
        nonce: nonce.into(),
    };
    world.observed.interims.insert(at("volume.data"), interim);
    world
}

#[test]
fn a_copy_that_was_not_finished_goes_while_the_volume_still_has_everything() {
    assert_snapshot!(begun("nonce of a new one").text(), @r#"
    no-op container.web (container/web)
    update volume.data (volume/data) because unfinished
        note: a copy in `data.interim` that was not finished goes: everything is still here
    1. volume.data: remove interim volume data.interim !
    "#);
}

#[test]
fn a_volume_that_came_after_the_copy_was_taken_for_whole() {
    assert_snapshot!(begun("nonce of volume.data").text(), @r#"
    no-op container.web (container/web)
    update volume.data (volume/data) because unfinished
        note: what is in it is copied from `data.interim`, where it waits
    1. volume.data: import receiver
    2. volume.data: create copier from data.interim to data <- 1
    3. volume.data: copy and compare <- 2
    4. volume.data: remove receiver <- 3
    5. volume.data: remove interim volume data.interim ! <- 4
    "#);
}

#[test]
fn a_volume_whose_data_waits_elsewhere_was_made_empty() {
    let mut world = begun("nonce of a new one");
    world.remove_by_hand("volume.data");
    world.remove_by_hand("container.web");
    assert_snapshot!(world.text(), @r#"
    create container.web because vanished
    create volume.data because unfinished
        note: what is in it is copied from `data.interim`, where it waits
    1. volume.data: create
    2. volume.data: import receiver
    3. volume.data: create copier from data.interim to data <- 1 2
    4. volume.data: copy and compare <- 3
    5. volume.data: remove receiver <- 4
    6. volume.data: remove interim volume data.interim ! <- 5
    7. container.web: create as web <- 6
    8. container.web: start <- 7
    9. container.web: await running ! <- 8
    "#);
    let plan = world.plan();
    let volume = plan.changes.iter().find(|it| it.address == at("volume.data"));
    assert_eq!(volume.unwrap().nonce, "nonce of a new one");
}

#[test]
fn what_waits_elsewhere_goes_when_the_volume_is_no_longer_wanted() {
    let mut world = begun("nonce of a new one");
    world.remove_by_hand("volume.data");
    world.remove_by_hand("container.web");
    world.wanted.clear();
    assert_snapshot!(world.text(), @r#"
    forget container.web because vanished
    delete volume.data because not in configuration, data loss
        note: what it held waits in `data.interim`
    1. volume.data: remove interim volume data.interim
    "#);
    world.state.objects.get_mut("volume.data").unwrap().protect = true;
    assert_snapshot!(world.text(), @r#"
    forget container.web because vanished
    keep volume.data because not in configuration
        note: what it held waits in `data.interim`
    "#);
}

#[test]
fn a_container_that_names_a_volume_by_its_name_alone_was_not_waited_for() {
    let mut world = World::new();
    world.want("volume.data", spec([("driver", "local".into())]), &[]);
    let mount = object([("volume", "data".into()), ("target", "/data".into())]);
    let web = world.container("container.web", &[]);
    web.spec.insert("mount".into(), Value::tuple([mount]));
    world.settle();
    let volume = world.wanted("volume.data");
    volume.spec.insert("driver".into(), "nfs".into());
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
