//! Migrations of volumes that were begun: where the data is, and what is left to be done.

use insta::assert_snapshot;

use super::world::{World, at};
use crate::kinds::Spec;
use crate::observe::Interim;

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
    assert_snapshot!(begun("nonce of a new one").text(), @"");
}

#[test]
fn a_volume_that_came_after_the_copy_was_taken_for_whole() {
    assert_snapshot!(begun("nonce of volume.data").text(), @"");
}

#[test]
fn a_volume_whose_data_waits_elsewhere_was_made_empty() {
    let mut world = begun("nonce of a new one");
    world.remove_by_hand("volume.data");
    world.remove_by_hand("container.web");
    assert_snapshot!(world.text(), @"");
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
    assert_snapshot!(world.text(), @"");
    world.state.objects.get_mut("volume.data").unwrap().protect = true;
    assert_snapshot!(world.text(), @"");
}
