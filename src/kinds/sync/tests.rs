use serde_json::json;

use super::*;
use crate::kinds::testing;

#[test]
fn a_receiver_sees_only_its_volume() {
    let desired = json!({"target": {"volume": "shop-data", "path": "www"}});
    let body = testing::body(testing::call(&Sync, &Op::ReceiverCreate, &desired));
    assert_eq!(body["Image"], "sha256:1");
    assert_eq!(body["Labels"]["wharf.role"], "receiver");
    assert_eq!(body["Labels"]["wharf.nonce"], "n1");
    let host = &body["HostConfig"];
    assert_eq!(host["NetworkMode"], "none");
    assert_eq!(host["CapDrop"], json!(["ALL"]));
    assert_eq!(host["ReadonlyRootfs"], true);
    assert_eq!(
        host["Mounts"],
        json!([{"Type": "volume", "Source": "shop-data", "Target": "/target", "VolumeOptions": {"NoCopy": true}}])
    );
    assert_eq!(host["Binds"], Json::Null);
}

#[test]
fn a_directory_of_the_host_is_made_if_it_is_not_there() {
    let desired = json!({"target": {"path": "/srv/www"}});
    let body = testing::body(testing::call(&Sync, &Op::ReceiverCreate, &desired));
    assert_eq!(body["HostConfig"]["Binds"], json!(["/srv/www:/target"]));
}

#[test]
fn targets_and_reactions_are_checked() {
    let paths = |desired: Json| -> Vec<String> {
        let problems = Sync.check(&testing::spec(&desired));
        problems.into_iter().map(|problem| problem.path).collect()
    };
    assert_eq!(paths(json!({"target": {}})), ["target"]);
    assert_eq!(paths(json!({"target": {"path": "www"}})), ["target.path"]);
    assert_eq!(
        paths(json!({"target": {"volume": "v", "path": "../etc"}})),
        ["target.path"]
    );
    let volume = json!({"volume": "v"});
    assert_eq!(
        paths(json!({"target": volume, "on_change": {"container": "container.web"}})),
        ["on_change"]
    );
    assert!(
        paths(json!({"target": volume, "on_change": {"container": "container.web", "signal": "SIGHUP"}}))
            .is_empty()
    );
}
