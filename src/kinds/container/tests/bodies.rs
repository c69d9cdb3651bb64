use std::io::Read as _;

use serde_json::{Value as Json, json};

use crate::engine::{Call, Op};
use crate::kinds::container::Container;
use crate::kinds::testing;

fn create(desired: &Json) -> Json {
    let op = Op::ContainerCreate {
        name: "shop-web".into(),
    };
    testing::body(testing::call(&Container, &op, desired))
}

fn update(desired: &Json, attributes: &[&str]) -> Json {
    let attributes = attributes.iter().map(ToString::to_string).collect();
    testing::body(testing::call(
        &Container,
        &Op::ContainerUpdate { attributes },
        desired,
    ))
}

#[test]
fn a_plain_container_asks_for_nothing_but_its_image() {
    assert_eq!(
        create(&json!({"image": "bb:1"})),
        json!({
            "Image": "sha256:1",
            "Labels": {
                "wharf.project": "shop", "wharf.workspace": "default", "wharf.address": "container.web",
                "wharf.nonce": "n1",
            },
            "HostConfig": {
                "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
                "NetworkMode": "bridge",
            },
        })
    );
}

#[test]
fn the_first_network_is_the_mode_and_named_by_id() {
    let body = create(&json!({"image": "bb:1", "network": [
        {"name": "back", "aliases": ["web"], "ipv4_address": "10.0.0.2"}, {"name": "front"},
    ]}));
    assert_eq!(body["HostConfig"]["NetworkMode"], "b1");
    assert_eq!(
        body["NetworkingConfig"],
        json!({"EndpointsConfig": {"b1": {"Aliases": ["web"], "IPAMConfig": {"IPv4Address": "10.0.0.2"}}}})
    );
}

#[test]
fn a_further_network_is_joined_with_what_the_spec_says() {
    let op = Op::NetworkConnect {
        network: "front".into(),
    };
    let desired = json!({"network": [{"name": "back"}, {"name": "front", "aliases": ["web"]}]});
    assert_eq!(
        testing::body(testing::call(&Container, &op, &desired)),
        json!({"Container": "id", "EndpointConfig": {"Aliases": ["web"]}})
    );
}

#[test]
fn ports_are_both_exposed_and_bound() {
    let body = create(&json!({"image": "bb:1", "port": [
        {"container": 80}, {"container": 80, "host": 8080, "ip": "127.0.0.1"},
        {"container": 53, "protocol": "udp", "host": 53},
    ]}));
    assert_eq!(body["ExposedPorts"], json!({"80/tcp": {}, "53/udp": {}}));
    assert_eq!(
        body["HostConfig"]["PortBindings"],
        json!({
            "80/tcp": [{"HostIp": "", "HostPort": ""}, {"HostIp": "127.0.0.1", "HostPort": "8080"}],
            "53/udp": [{"HostIp": "", "HostPort": "53"}],
        })
    );
}

#[test]
fn mounts_always_say_their_type() {
    let body = create(&json!({"image": "bb:1", "mount": [
        {"target": "/a", "volume": "data", "read_only": true},
        {"target": "/b", "source": "./site", "propagation": "rslave"},
        {"target": "/c", "tmpfs": {"mode": 0o1777}},
    ]}));
    assert_eq!(
        body["HostConfig"]["Mounts"],
        json!([
            {"Target": "/a", "ReadOnly": true, "Type": "volume", "Source": "data"},
            {"Target": "/b", "BindOptions": {"Propagation": "rslave"}, "Type": "bind", "Source": "/project/site"},
            {"Target": "/c", "TmpfsOptions": {"Mode": 1023}, "Type": "tmpfs"},
        ])
    );
}

#[test]
fn a_directory_of_the_host_was_made_that_nobody_asked_for() {
    let bind = |rest: Json| {
        let mut mount = json!({"target": "/b", "source": "/srv/b"});
        mount
            .as_object_mut()
            .unwrap()
            .extend(rest.as_object().unwrap().clone());
        create(&json!({"image": "bb:1", "mount": [mount]}))["HostConfig"].clone()
    };
    let host = bind(json!({}));
    assert_eq!(host.get("Binds"), None, "a bind makes what is not there");
    assert_eq!(
        host["Mounts"],
        json!([{"Target": "/b", "Type": "bind", "Source": "/srv/b"}])
    );
    let host = bind(json!({"create_host_path": true}));
    assert_eq!(
        host["Mounts"][0]["BindOptions"],
        json!({"CreateMountpoint": true})
    );
}

#[test]
fn devices_and_limits_get_the_defaults_that_engines_do_not_fill_in() {
    let body = create(
        &json!({"image": "bb:1", "cpus": 0.1, "memory": 1000, "stop_timeout": 3_000_000_000_i64,
        "device": [{"host": "/dev/kvm"}], "ulimit": [{"name": "nofile", "soft": 10}], "extra_hosts": {"a": "::1"}}),
    );
    let host = &body["HostConfig"];
    assert_eq!(body["StopTimeout"], 3);
    assert_eq!(host["NanoCpus"], 100_000_000);
    assert_eq!(host["MemorySwap"], 2000);
    assert_eq!(
        host["Devices"],
        json!([{"PathOnHost": "/dev/kvm", "PathInContainer": "/dev/kvm", "CgroupPermissions": "rwm"}])
    );
    assert_eq!(
        host["Ulimits"],
        json!([{"Name": "nofile", "Soft": 10, "Hard": 10}])
    );
    assert_eq!(host["ExtraHosts"], json!(["a:::1"]));
}

#[test]
fn memory_is_never_updated_without_swap() {
    let desired = json!({"memory": 1000, "cpus": 1.5, "restart": "on-failure:3"});
    assert_eq!(
        update(&desired, &["memory"]),
        json!({"Memory": 1000, "MemorySwap": 2000})
    );
    assert_eq!(update(&desired, &["cpus"]), json!({"NanoCpus": 1_500_000_000}));
    assert_eq!(
        update(&desired, &["restart"]),
        json!({"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3}})
    );
}

#[test]
fn what_was_taken_away_is_unset_in_place_where_the_engine_can() {
    assert_eq!(
        update(&json!({}), &["pids_limit", "restart"]),
        json!({"PidsLimit": -1, "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}})
    );
}

#[test]
fn files_are_packed_without_the_directories_they_lie_in() {
    let desired = json!({"file": [
        {"path": "/etc/app/a.conf", "content": "a", "mode": 0o600, "uid": 7},
        {"path": "/b", "content": ""},
    ]});
    let Ok(Call::ArchivePut { path, tar, .. }) = testing::call(&Container, &Op::FilesPut, &desired) else {
        panic!("files are put as an archive");
    };
    assert_eq!(path, "/");
    let mut archive = tar::Archive::new(tar.as_slice());
    let entries: Vec<(String, u32, u64, String)> = archive
        .entries()
        .unwrap()
        .map(|entry| {
            let mut entry = entry.unwrap();
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            let path = entry.path().unwrap().display().to_string();
            (
                path,
                entry.header().mode().unwrap(),
                entry.header().uid().unwrap(),
                content,
            )
        })
        .collect();
    assert_eq!(
        entries,
        [
            ("etc/app/a.conf".to_owned(), 0o600, 7, "a".to_owned()),
            ("b".to_owned(), 0o644, 0, String::new()),
        ]
    );
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let desired = json!({"file": [{"path": "/a", "source": "missing.conf"}]});
    let error = testing::call(&Container, &Op::FilesPut, &desired).err().unwrap();
    assert!(
        error.starts_with("`/project/missing.conf` cannot be read: "),
        "{error}"
    );
}

#[test]
fn ops_of_other_kinds_are_refused() {
    assert!(testing::call(&Container, &Op::VolumeCreate, &json!({})).is_err());
}
