use serde_json::json;

use super::*;
use crate::kinds::testing;

fn inspect() -> Json {
    json!({
        "CreatedAt": "2026-11-22T02:23:27Z", "Driver": "local",
        "Labels": {"x": "y", "wharf.project": "shop"},
        "Mountpoint": "/var/lib/docker/volumes/shop-data/_data",
        "Name": "shop-data", "Options": null, "Scope": "local",
    })
}

#[test]
fn reads_what_the_user_can_set_and_what_the_engine_adds() {
    let live = testing::live(&Volume, &inspect());
    assert_eq!(live.name, "shop-data");
    assert_eq!(
        testing::shown(&live.spec),
        json!({"driver": "local", "labels": {"x": "y"}, "name": "shop-data"})
    );
    assert_eq!(live.attributes["id"].as_str(), Some("shop-data"));
    assert_eq!(
        live.attributes["mountpoint"].as_str(),
        Some("/var/lib/docker/volumes/shop-data/_data")
    );
}

#[test]
fn a_volume_bears_the_users_labels_and_ours() {
    let desired = json!({"driver_opts": {"type": "tmpfs"}, "labels": {"x": "y", "wharf.nonce": "forged"}});
    assert_eq!(
        testing::body(testing::call(&Volume, &Op::VolumeCreate, &desired)),
        json!({
            "Name": "shop-web",
            "DriverOpts": {"type": "tmpfs"},
            "Labels": {
                "wharf.nonce": "n1", "x": "y", "wharf.project": "shop", "wharf.workspace": "default",
                "wharf.address": "container.web",
            },
        })
    );
}

#[test]
fn a_replacement_of_the_same_name_removes_first() {
    let live = testing::live(&Volume, &inspect());
    let ops = testing::decided(
        &Volume,
        &json!({"driver": "x"}),
        Some(&live),
        &[("driver", Cost::Replace)],
    );
    assert_eq!(testing::steps(&ops.down), ["old: VolumeRemove"]);
    assert_eq!(testing::steps(&ops.up), ["new: VolumeCreate"]);
}

#[test]
fn a_volume_whose_last_attribute_goes_is_not_deleted() {
    let live = testing::live(&Volume, &inspect());
    let ops = testing::decided(&Volume, &json!({}), Some(&live), &[("protect", Cost::Remember)]);
    assert_eq!(ops, Ops::default());
}
