use serde_json::json;

use super::*;
use crate::kinds::{Cost, testing};

fn inspect() -> Json {
    json!({
        "Name": "shop-backend", "Id": "f1", "Scope": "local", "Driver": "bridge", "EnableIPv6": false,
        "IPAM": {"Driver": "default", "Options": {}, "Config": [{"Subnet": "10.231.0.7/24", "Gateway": "10.231.0.1/24"}]},
        "Internal": true, "Attachable": false, "Ingress": false, "Options": {}, "Labels": {},
    })
}

#[test]
fn addresses_are_read_in_canonical_form() {
    let live = testing::live(&Network, &inspect());
    assert_eq!(
        testing::shown(&live.spec),
        json!({
            "attachable": false,
            "driver": "bridge",
            "ingress": false,
            "internal": true,
            "ipam": {"config": [{"gateway": "10.231.0.1", "subnet": "10.231.0.0/24"}], "driver": "default"},
            "ipv4": true,
            "ipv6": false,
            "name": "shop-backend",
            "scope": "local",
        })
    );
    assert_eq!(live.attributes["subnet"].as_str(), Some("10.231.0.0/24"));
    assert_eq!(live.attributes["gateway"].as_str(), Some("10.231.0.1"));
}

#[test]
fn asks_older_engines_to_refuse_a_second_network_of_the_name() {
    let desired = json!({
        "internal": true,
        "ipam": {"config": [{"subnet": "10.231.0.0/24", "ip_range": "10.231.0.0/25"}]},
    });
    let body = testing::body(testing::call(&Network, &Op::NetworkCreate, &desired));
    assert_eq!(body["CheckDuplicate"], true);
    assert_eq!(body["Internal"], true);
    assert_eq!(
        body["IPAM"],
        json!({"Config": [{"Subnet": "10.231.0.0/24", "IPRange": "10.231.0.0/25"}]})
    );
}

#[test]
fn a_subnet_that_the_user_gives_is_known_before() {
    let given = testing::spec(&json!({"ipam": {"config": [{"subnet": "10.231.0.0/24"}]}}));
    let attributes = Network.foretell(&given, "shop-backend");
    assert_eq!(attributes["subnet"].as_str(), Some("10.231.0.0/24"));
    assert!(attributes["gateway"].is_unknown());
    assert!(attributes["id"].is_unknown());
}

#[test]
fn a_new_network_starts_first_only_under_another_name() {
    let live = testing::live(&Network, &inspect());
    let differences = [("internal".to_owned(), Cost::Replace)];
    let ops = |name| {
        Network.ops(&Decision {
            desired: &testing::spec(&json!({"internal": false})),
            applied: &Spec::new(),
            live: Some(("old", &live)),
            differences: &differences,
            replaced_networks: &[],
            name,
            start_first: true,
            hand_over: None,
            warm_ups: &[],
            keeps_old: false,
            resume: None,
        })
    };
    assert_eq!(testing::steps(&ops("shop-backend").down), ["old: NetworkRemove"]);
    assert_eq!(testing::steps(&ops("other").last), ["old: NetworkRemove"]);
}
