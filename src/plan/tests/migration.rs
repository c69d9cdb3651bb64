//! Migrations of volumes that were begun: where the data is, and what is left to be done.

use insta::assert_snapshot;

use super::kinds;
use super::world::{World, at, object, spec};
use crate::kinds::{Kind, Spec};
use crate::observe::Interim;
use crate::plan::{Action, Impact, Precondition};
use crate::value::Value;

/// The small kinds, but for volumes, whose ops are what these tests are about.
fn with_volumes(name: &str) -> Option<&'static dyn Kind> {
    match name {
        "volume" => crate::kinds::kind(name),
        _ => kinds::kinds(name),
    }
}

/// A volume that is there, a container on it, and a copy that was begun by a run whose new volume was to have a nonce.
fn begun(nonce: &str) -> World {
    let mut world = World::new();
    world.options.kinds = with_volumes;
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
    2. volume.data: create copier from data.interim to volume/data <- 1
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

/// The same while only the interim volume is there.
fn between() -> World {
    let mut world = begun("nonce of a new one");
    world.remove_by_hand("volume.data");
    world.remove_by_hand("container.web");
    let remembered = world.state.objects.get_mut("volume.data").unwrap();
    remembered.id = String::new();
    remembered.ready = false;
    remembered.interim = Some(Interim {
        name: "data.interim".into(),
        nonce: "nonce of a new one".into(),
    });
    world
}

/// Returns the steps of the volume.
fn steps(world: &World) -> String {
    let text = world.text();
    let of_volume = text.lines().filter(|line| line.contains(". volume.data: "));
    of_volume.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_volume_that_had_moved_was_filled_from_a_name_that_nobody_bore() {
    let mut world = between();
    // Its name was derived from the address that it had then; from its address of today another one would be.
    world.wanted("volume.data").name = "other".into();
    assert_snapshot!(steps(&world), @r"
    1. volume.data: create
    2. volume.data: import receiver
    3. volume.data: create copier from data.interim to data <- 1 2
    4. volume.data: copy and compare <- 3
    5. volume.data: remove receiver <- 4
    6. volume.data: remove interim volume data.interim ! <- 5
    ");
    let plan = world.plan();
    let volume = plan.changes.iter().find(|it| it.address == at("volume.data"));
    assert_eq!(volume.unwrap().name, "data");
}

#[test]
fn a_name_that_was_given_meanwhile_was_looked_for_instead_of_where_the_data_was() {
    let mut world = between();
    world.wanted("volume.data").name = "other".into();
    world.wanted("volume.data").spec = spec([("name", "other".into())]);
    assert_snapshot!(steps(&world), @r"
    1. volume.data: create
    2. volume.data: import receiver
    3. volume.data: create copier from data.interim to other <- 1 2
    4. volume.data: copy and compare <- 3
    5. volume.data: remove receiver <- 4
    6. volume.data: remove interim volume data.interim ! <- 5
    ");
}

#[test]
fn a_new_volume_that_is_no_longer_what_is_wanted_gives_way_to_another_one_with_the_same_data() {
    let mut world = begun("nonce of volume.data");
    world.live("volume.data").spec = spec([("name", "data".into())]);
    world.wanted("volume.data").name = "other".into();
    world.wanted("volume.data").spec = spec([("name", "other".into()), ("migrate", true.into())]);
    assert_snapshot!(steps(&world), @r"
    1. volume.data: remove volume/data
    2. volume.data: create <- 1
    3. volume.data: import receiver
    4. volume.data: create copier from data.interim to other <- 2 3
    5. volume.data: copy and compare <- 4
    6. volume.data: remove receiver <- 5
    7. volume.data: remove interim volume data.interim ! <- 6
    ");
    let plan = world.plan();
    let volume = plan.changes.iter().find(|it| it.address == at("volume.data"));
    let volume = volume.unwrap();
    assert_eq!(
        (volume.action, volume.impact),
        (Action::Replace, Impact::Downtime)
    );
    assert_eq!(volume.nonce, "nonce of volume.data");
    assert_eq!(
        volume.notes,
        ["what is in it is copied from `data.interim`, where it waits"]
    );
}

#[test]
fn a_plan_assumes_that_what_waits_stays_where_it_is() {
    let waiting = Precondition::Waiting {
        address: at("volume.data"),
        name: "data.interim".into(),
        nonce: "nonce of a new one".into(),
    };
    for world in [begun("nonce of a new one"), between()] {
        assert!(world.plan().preconditions.contains(&waiting));
    }
}

#[test]
fn the_loss_of_what_waited_was_shown_as_a_volume_that_had_vanished() {
    let mut world = between();
    world.observed.interims.clear();
    let text = world.text();
    let (_, volume) = text.split_once("create volume.data ").unwrap();
    assert_snapshot!(volume, @r"
    because vanished, data loss
        note: what it held is lost: `data.interim`, where it waited, is gone
    1. volume.data: create !
    2. container.web: create as web <- 1
    3. container.web: start <- 2
    4. container.web: await running ! <- 3
    ");
    // The run that took it away had copied it back before; then somebody removed the volume, which is no news of the interim one.
    world.observed.acted_on.insert("data.interim".into());
    assert!(!world.text().contains("is lost"), "{}", world.text());
}

#[test]
fn a_volume_that_was_not_filled_to_the_end_and_never_will_be_was_taken_for_whole() {
    let mut world = begun("nonce of volume.data");
    world.observed.interims.clear();
    let interim = Interim {
        name: "data.interim".into(),
        nonce: "nonce of volume.data".into(),
    };
    let remembered = world.state.objects.get_mut("volume.data").unwrap();
    remembered.ready = false;
    remembered.interim = Some(interim);
    let plan = world.plan();
    let volume = plan.changes.iter().find(|it| it.address == at("volume.data"));
    let volume = volume.unwrap();
    assert_eq!((volume.action, volume.impact), (Action::Update, Impact::DataLoss));
    assert_eq!(
        volume.notes,
        ["what it held is lost: `data.interim`, where it waited, is gone"]
    );
    // While the old volume is there, it has everything.
    world
        .state
        .objects
        .get_mut("volume.data")
        .unwrap()
        .interim
        .as_mut()
        .unwrap()
        .nonce = "of a new one".into();
    assert!(!world.text().contains("is lost"), "{}", world.text());
}
