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

#[test]
fn data_that_goes_along_is_copied_twice_and_never_in_one_place_alone_before_it_was_compared() {
    let live = testing::live(&Volume, &inspect());
    let ops = testing::decided(
        &Volume,
        &json!({"driver": "x", "migrate": true}),
        Some(&live),
        &[("driver", Cost::Replace)],
    );
    assert_eq!(
        testing::steps(&ops.down),
        [
            "new: InterimCreate",
            "new: CopierCreate { from: \"old\", to: \"shop-web.interim\" }",
            "new: VolumeCopy",
            "new: ReceiverRemove",
            "old: VolumeRemove",
        ]
    );
    assert_eq!(
        testing::steps(&ops.up),
        [
            "new: VolumeCreate",
            "new: CopierCreate { from: \"shop-web.interim\", to: \"shop-web\" }",
            "new: VolumeCopy",
            "new: ReceiverRemove",
            "shop-web.interim: InterimRemove",
        ]
    );
}

#[test]
fn an_interim_volume_bears_our_labels_and_a_copier_nothing_but_two_volumes() {
    let desired = json!({"driver": "x", "labels": {"x": "y"}});
    let interim = testing::body(testing::call(&Volume, &Op::InterimCreate, &desired));
    assert_eq!(interim["Name"], "shop-web.interim");
    assert_eq!(interim.get("Driver"), None);
    assert_eq!(interim["Labels"]["wharf.role"], "interim");
    assert_eq!(interim["Labels"]["wharf.nonce"], "n1");
    let copier = Op::CopierCreate {
        from: "a".into(),
        to: "b".into(),
    };
    let copier = testing::body(testing::call(&Volume, &copier, &desired));
    assert_eq!(copier["Labels"]["wharf.role"], "receiver");
    assert_eq!(
        copier["HostConfig"],
        json!({"NetworkMode": "none", "Mounts": [
            {"Type": "volume", "Source": "a", "Target": "/from/data", "ReadOnly": true, "VolumeOptions": {"NoCopy": true}},
            {"Type": "volume", "Source": "b", "Target": "/to/data", "ReadOnly": false, "VolumeOptions": {"NoCopy": true}},
        ]})
    );
}
