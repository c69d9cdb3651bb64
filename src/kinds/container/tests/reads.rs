use serde_json::{Value as Json, json};

use super::{bare, running};
use crate::kinds::container::Container;
use crate::kinds::{Kind, Live, Spec, Status, testing};

fn live(inspect: &Json) -> Live {
    testing::live(&Container, inspect)
}

fn spec_with(path: &str, value: Json) -> Json {
    let mut inspect = bare();
    *inspect.pointer_mut(path).unwrap() = value;
    testing::shown(&live(&inspect).spec)
}

/// What would make the container of `running.json`, as a user may write it.
fn desired() -> Spec {
    let mut spec = testing::spec(&json!({
        "name": "shop-web",
        "image": "sha256:d2b8b42c03ba2ada8ee38fc2825a6febd2ea2be4a87a23ec154958db43bc3143",
        "entrypoint": ["/bin/httpd"], "command": ["-f", "-p", "8080"],
        "env": {"A": "1", "B": ""}, "labels": {"app": "x"},
        "working_dir": "/x", "stop_signal": "SIGHUP", "stop_timeout": 3_000_000_000_i64, "init": true, "tty": false,
        "network": [
            {"name": "shop-back", "aliases": ["web"], "ipv4_address": "10.231.0.9"},
            {"name": "shop-front", "aliases": ["second"]},
        ],
        "port": [{"container": 8080}, {"container": 53, "protocol": "udp", "host": 18931, "ip": "127.0.0.1"}],
        "mount": [
            {"target": "/data", "volume": "shop-data", "read_only": true},
            {"target": "/host", "source": "../tmp/", "read_only": true},
            {"target": "/t", "tmpfs": {"size": 1_048_576, "mode": 0o1777}},
        ],
        "tmpfs": {"/run": "mode=755,size=64m"},
        "restart": "on-failure:3", "running": true,
        "healthcheck": {"test": ["CMD-SHELL", "wget -qO- localhost"], "interval": 5_000_000_000_i64, "disable": false},
        "memory": 67_108_864, "memory_swap": 134_217_728, "cpus": 0.5, "cpuset_cpus": "0", "pids_limit": 50,
        "shm_size": 1_048_576,
        "extra_hosts": {"a": "1.2.3.4"}, "dns": ["1.1.1.1"], "group_add": ["10"], "security_opt": ["no-new-privileges:true"],
        "cap_add": ["net_admin"], "cap_drop": ["all"], "sysctls": {"net.core.somaxconn": "100"},
        "ulimit": [{"name": "nofile", "soft": 100, "hard": 200}],
        "device": [{"host": "/dev/null", "container": "/dev/n", "permissions": "rwm"}],
        "log": {"driver": "json-file", "options": {"max-size": "1m"}},
    }));
    let problems = Container.canonical(&mut spec, std::path::Path::new("/project"));
    assert_eq!(problems, []);
    spec
}

#[test]
fn a_container_as_it_was_asked_for_shows_no_difference() {
    assert_eq!(
        testing::differing(&desired(), &live(&running()).spec),
        Vec::<String>::new()
    );
    assert!(Container.check(&desired()).is_empty());
}

#[test]
fn every_attribute_that_differs_is_seen() {
    let live = live(&bare()).spec;
    let seen = testing::differing(&desired(), &live).len();
    // The name is the same, as are standard values that are spelt out.
    assert_eq!(desired().len() - seen, ["name", "tty", "running"].len());
}

#[test]
fn what_the_engine_assigned_is_read() {
    let attributes = live(&running()).attributes;
    assert_eq!(attributes["ip_address"].as_str(), Some("10.231.0.9"));
    assert_eq!(
        attributes["ip_addresses"].get("shop-front").unwrap().as_str(),
        Some("10.232.0.2")
    );
    assert_eq!(attributes["ports"].get("8080/tcp").unwrap().as_i64(), Some(32768));
    assert_eq!(attributes["ports"].get("53/udp").unwrap().as_i64(), Some(18931));
    let id = attributes["network_ids"].get("shop-back").unwrap().as_str();
    assert_eq!(id.map(str::len), Some(64));
    assert_eq!(live(&running()).status, Status::Running);
}

#[test]
fn a_bare_container_shows_its_standard_values() {
    assert_eq!(
        testing::shown(&live(&bare()).spec),
        json!({
            "command": ["/bin/httpd"],
            "entrypoint": [],
            "hostname": "0123456789ab",
            "image": "sha256:1",
            "log": {"driver": "json-file"},
            "name": "shop-web",
            "network": [{"name": "bridge", "gw_priority": 0}],
            "network_mode": "bridge",
            "oom_kill_disable": false,
            "oom_score_adj": 0,
            "privileged": false,
            "publish_all": false,
            "read_only": false,
            "restart": "no",
            "running": true,
            "shm_size": 67_108_864,
            "stdin_open": false,
            "stop_signal": "SIGTERM",
            "stop_timeout": 10_000_000_000_i64,
            "tty": false,
            "working_dir": "/",
        })
    );
}

#[test]
fn the_last_of_two_environment_entries_wins() {
    let shown = spec_with("/Config/Env", json!(["A=1", "PATH=/bin", "A=2=3", "bare"]));
    assert_eq!(shown["env"], json!({"A": "2=3", "PATH": "/bin"}));
}

#[test]
fn our_labels_are_not_the_users() {
    let shown = spec_with("/Config/Labels", json!({"a": "", "wharf.nonce": "n1"}));
    assert_eq!(shown["labels"], json!({"a": ""}));
}

#[test]
fn the_network_mode_has_one_name_on_all_versions() {
    for mode in ["", "default", "bridge", "nat"] {
        let shown = spec_with("/HostConfig/NetworkMode", json!(mode));
        assert_eq!(shown["network_mode"], "bridge", "{mode}");
    }
    let host = spec_with("/HostConfig/NetworkMode", json!("host"));
    assert_eq!(host["network_mode"], "host");
    assert_eq!(host["network"], Json::Null);
    assert_eq!(host["hostname"], Json::Null);
}

#[test]
fn the_mode_of_a_container_in_networks_of_its_own_is_not_read() {
    assert!(!live(&running()).spec.contains_key("network_mode"));
}

#[test]
fn limits_of_nothing_are_no_limits() {
    for limit in [json!(null), json!(0), json!(-1)] {
        assert_eq!(
            spec_with("/HostConfig/PidsLimit", limit)["pids_limit"],
            Json::Null
        );
    }
    let swap = spec_with("/HostConfig/MemorySwap", json!(-1));
    assert_eq!(swap["memory_swap"], -1);
}

#[test]
fn binds_are_mounts() {
    let shown = spec_with(
        "/HostConfig/Binds",
        json!(["/srv//a/:/a/:ro,rshared", "data:/b", "/c:/c:rw,z"]),
    );
    assert_eq!(
        shown["mount"],
        json!([
            {"create_host_path": true, "propagation": "rshared", "read_only": true, "source": "/srv/a", "target": "/a"},
            {"no_copy": false, "read_only": false, "target": "/b", "volume": "data"},
            {"create_host_path": true, "propagation": "rprivate", "read_only": false, "source": "/c", "target": "/c"},
        ])
    );
}

#[test]
fn ports_are_read_as_asked_for_and_not_as_picked() {
    let bindings = json!({"80/tcp": [{"HostIp": "", "HostPort": ""}], "53/udp": [{"HostIp": "::1", "HostPort": "53"}], "9/tcp": null});
    let mut inspect = bare();
    inspect["HostConfig"]["PortBindings"] = bindings;
    inspect["NetworkSettings"]["Ports"] =
        json!({"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "32768"}], "9/tcp": null});
    let live = live(&inspect);
    assert_eq!(
        testing::shown(&live.spec)["port"],
        json!([
            {"container": 80, "protocol": "tcp"},
            {"container": 53, "host": 53, "ip": "::1", "protocol": "udp"},
        ])
    );
    assert_eq!(live.attributes["ports"].as_entries().unwrap().len(), 1);
}

#[test]
fn a_health_check_that_is_off_shows_nothing_of_the_images() {
    let mut inspect = bare();
    inspect["Config"]["Healthcheck"] = json!({"Test": ["NONE"], "Interval": 5});
    assert_eq!(
        testing::shown(&live(&inspect).spec)["healthcheck"],
        json!({"disable": true})
    );
}

#[test]
fn the_label_that_privileged_adds_is_not_the_users() {
    let mut inspect = bare();
    inspect["HostConfig"]["SecurityOpt"] = json!(["label=disable"]);
    assert_eq!(
        testing::shown(&live(&inspect).spec)["security_opt"],
        json!(["label=disable"])
    );
    inspect["HostConfig"]["Privileged"] = json!(true);
    assert!(!live(&inspect).spec.contains_key("security_opt"));
}

#[test]
fn states_are_told_apart() {
    let status = |state: &str, code: i64| {
        let mut inspect = bare();
        inspect["State"] = json!({"Status": state, "Running": state == "running", "ExitCode": code});
        live(&inspect).status
    };
    assert_eq!(status("created", 0), Status::Created);
    assert_eq!(status("exited", 137), Status::Exited(137));
    assert_eq!(status("paused", 0), Status::Other);
}

#[test]
fn ports_that_the_user_chose_are_known_before() {
    let desired =
        testing::spec(&json!({"image": "a", "port": [{"container": 80, "host": 8080}, {"container": 81}]}));
    let attributes = Container.foretell(&desired, "shop-web");
    assert_eq!(attributes["ports"].get("80/tcp").unwrap().as_i64(), Some(8080));
    assert!(attributes["ports"].get("81/tcp").unwrap().is_unknown());
    assert!(attributes["id"].is_unknown());
    assert_eq!(attributes["name"].as_str(), Some("shop-web"));
    assert!(!attributes.contains_key("env"), "it is null");
}
