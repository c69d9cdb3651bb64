//! What engines make of what they are asked for, and what must not be taken for a change: one test for each way to go wrong.
//!
//! Literals of the engine's answers go through the kinds' own reading and tables. `tests/it/traps.rs` lists all traps.

use std::path::Path;

use serde_json::{Map, Value as Json, json};

use super::super::diff::{Inputs, differences};
use super::world::KEY;
use crate::kinds::{Found, Spec, kind};
use crate::value::Value;
use crate::value::seal::{seal, unseal};

const OTHER: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn spec(kind_name: &str, literal: &Json) -> Spec {
    let mut spec = unseal(literal).as_entries().cloned().unwrap_or_default();
    let problems = kind(kind_name)
        .unwrap()
        .canonical(&mut spec, Path::new("/project"));
    assert_eq!(problems, []);
    spec
}

/// Compares what is wanted, what was applied last and what the engine shows, as a plan does.
fn compared(kind_name: &str, desired: &Json, last: &Json, inspect: &Json) -> Vec<String> {
    let kind = kind(kind_name).unwrap();
    let live = kind.read(&Found {
        inspect,
        image: None,
        logs: None,
        api: (1, 41),
    });
    let last = seal(&Value::object(spec(kind_name, last)), &KEY);
    differences(&Inputs {
        fields: kind.fields(),
        desired: &spec(kind_name, desired),
        last: Some(&last),
        live: &live.spec,
        key: &KEY,
    })
    .into_iter()
    .map(|difference| difference.path)
    .collect()
}

/// An inspect of a running container with some of `Config` and `HostConfig`.
fn container(config: &Json, host: &Json) -> Json {
    json!({
        "Id": "0123456789ab0123456789ab0123456789ab0123456789ab0123456789ab0123", "Name": "/web", "Image": "sha256:1",
        "Config": config, "HostConfig": host, "NetworkSettings": {"Networks": {}},
        "State": {"Status": "running", "Running": true},
    })
}

/// Insists that what was applied and is shown like this is no change.
#[track_caller]
fn quiet(desired: &Json, config: &Json, host: &Json) {
    let changes = compared("container", desired, desired, &container(config, host));
    assert_eq!(
        changes,
        Vec::<String>::new(),
        "{desired} shown as {config} {host}"
    );
}

/// Insists that a change made outside is seen.
#[track_caller]
fn seen(desired: &Json, config: &Json, host: &Json) {
    let changes = compared("container", desired, desired, &container(config, host));
    assert!(!changes.is_empty(), "{desired} shown as {config} {host}");
}

#[track_caller]
fn quiet_host(desired: &Json, host: &Json) {
    quiet(desired, &json!({}), host);
}

#[track_caller]
fn seen_host(desired: &Json, host: &Json) {
    seen(desired, &json!({}), host);
}

fn connected(endpoint: &Json) -> Json {
    let mut inspect = container(&json!({}), &json!({"NetworkMode": "back"}));
    inspect["NetworkSettings"]["Networks"] = json!({"back": endpoint});
    inspect
}

#[test]
fn null_empty_and_absent_were_three_things() {
    for nothing in [json!(null), json!([])] {
        quiet_host(
            &json!({"cap_add": [], "dns": [], "device_request": []}),
            &json!({"CapAdd": nothing, "Dns": nothing, "DeviceRequests": nothing}),
        );
    }
    for nothing in [json!(null), json!({})] {
        quiet(
            &json!({"labels": {}, "sysctls": {}, "tmpfs": {}}),
            &json!({"Labels": nothing}),
            &json!({"Sysctls": nothing, "Tmpfs": nothing}),
        );
    }
}

#[test]
fn no_restart_policy_was_another_than_no() {
    for name in ["", "no"] {
        let policy = json!({"RestartPolicy": {"Name": name, "MaximumRetryCount": 0}});
        quiet_host(&json!({"restart": "no"}), &policy);
        seen_host(&json!({"restart": "always"}), &policy);
    }
}

#[test]
fn the_default_network_changed_its_name_with_the_engine() {
    for mode in ["default", "bridge", "nat", ""] {
        let mut inspect = container(&json!({}), &json!({"NetworkMode": mode}));
        inspect["NetworkSettings"]["Networks"] = json!({"bridge": {}});
        let desired = json!({"network_mode": "bridge"});
        assert_eq!(
            compared("container", &desired, &desired, &inspect),
            Vec::<String>::new(),
            "{mode}"
        );
    }
}

#[test]
fn a_shared_container_that_was_made_anew_was_taken_for_the_same() {
    for (name, engine_name) in [
        ("network_mode", "NetworkMode"),
        ("pid", "PidMode"),
        ("ipc", "IpcMode"),
    ] {
        let desired = json!({name: format!("container:{OTHER}")});
        quiet_host(&desired, &json!({engine_name: format!("container:{OTHER}")}));
        seen_host(
            &desired,
            &json!({engine_name: format!("container:{}", OTHER.replace('a', "b"))}),
        );
        let named = spec("container", &json!({name: "container:vpn", "image": "a"}));
        let problems = kind("container").unwrap().check(&named);
        assert!(
            problems.iter().any(|problem| problem.path == name),
            "{problems:?}"
        );
    }
}

#[test]
fn what_the_image_brings_was_taken_for_the_users() {
    let inherited = json!({
        "Env": ["OWN=1", "PATH=/bin"], "Labels": {"own": "1", "vendor": "x"}, "ExposedPorts": {"80/tcp": {}, "9/tcp": {}},
        "User": "1000", "WorkingDir": "/srv", "StopSignal": "SIGHUP", "Shell": ["/bin/x"], "Volumes": {"/data": {}},
        "Healthcheck": {"Test": ["CMD", "x"], "Retries": 3},
    });
    quiet(
        &json!({"env": {"OWN": "1"}, "labels": {"own": "1"}, "expose": ["9"]}),
        &inherited,
        &json!({}),
    );
    quiet(&json!({}), &inherited, &json!({}));
}

#[test]
fn an_entrypoint_that_was_taken_away_came_back_as_a_change() {
    for shown in [json!(null), json!([])] {
        quiet(
            &json!({"entrypoint": []}),
            &json!({"Entrypoint": shown}),
            &json!({}),
        );
    }
    seen(
        &json!({"entrypoint": []}),
        &json!({"Entrypoint": ["/bin/x"]}),
        &json!({}),
    );
    // One that is set drops the image's command; nobody asked for one.
    quiet(
        &json!({"entrypoint": ["/bin/x"]}),
        &json!({"Entrypoint": ["/bin/x"], "Cmd": null}),
        &json!({}),
    );
}

#[test]
fn what_the_user_took_out_looked_like_the_images() {
    let inspect = container(&json!({"Env": ["OWN=1", "PATH=/bin"]}), &json!({}));
    let before = json!({"env": {"OWN": "1"}});
    assert_eq!(compared("container", &json!({}), &before, &inspect), ["env.OWN"]);
    assert_eq!(
        compared("container", &json!({}), &json!({}), &inspect),
        Vec::<String>::new()
    );
}

#[test]
fn swap_that_the_engine_works_out_was_a_change() {
    let host = json!({"Memory": 67_108_864, "MemorySwap": 134_217_728});
    quiet_host(&json!({"memory": 67_108_864}), &host);
    seen_host(&json!({"memory": 67_108_864, "memory_swap": 67_108_864}), &host);
}

#[test]
fn a_limit_of_minus_one_was_a_limit() {
    for limit in [json!(null), json!(0), json!(-1)] {
        quiet_host(
            &json!({"pids_limit": -1, "cpu_quota": 0}),
            &json!({"PidsLimit": limit, "CpuQuota": limit}),
        );
    }
    quiet_host(
        &json!({"oom_kill_disable": false}),
        &json!({"OomKillDisable": null, "MemorySwappiness": null}),
    );
    seen_host(
        &json!({"memory_swappiness": 0}),
        &json!({"MemorySwappiness": null}),
    );
    quiet_host(&json!({"memory_swappiness": 0}), &json!({"MemorySwappiness": 0}));
}

#[test]
fn defaults_of_the_engine_were_changes() {
    quiet_host(
        &json!({"memory": 67_108_864}),
        &json!({
            "Memory": 67_108_864, "ShmSize": 134_217_728, "IpcMode": "shareable", "CgroupnsMode": "private", "Runtime": "crun",
            "LogConfig": {"Type": "journald", "Config": {"tag": "x"}}, "Ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 2}],
        }),
    );
    let limits = json!({"Ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 2}, {"Name": "core", "Soft": 0, "Hard": 0}]});
    quiet_host(&json!({"ulimit": [{"name": "core", "soft": 0}]}), &limits);
}

#[test]
fn log_options_of_the_engine_were_changes() {
    let shown = json!({"LogConfig": {"Type": "json-file", "Config": {"max-size": "1m", "compress": "true"}}});
    quiet_host(
        &json!({"log": {"driver": "json-file", "options": {"max-size": "1m"}}}),
        &shown,
    );
    seen_host(
        &json!({"log": {"driver": "json-file", "options": {"max-size": "2m"}}}),
        &shown,
    );
}

#[test]
fn the_label_that_the_engine_adds_to_shared_namespaces_was_a_change() {
    for (desired, host) in [
        (
            json!({"privileged": true}),
            json!({"Privileged": true, "SecurityOpt": ["label=disable"]}),
        ),
        (
            json!({"pid": "host"}),
            json!({"PidMode": "host", "SecurityOpt": ["label=disable"]}),
        ),
        (
            json!({"ipc": "host", "security_opt": ["no-new-privileges"]}),
            json!({"IpcMode": "host", "SecurityOpt": ["no-new-privileges", "label=disable"]}),
        ),
    ] {
        quiet_host(&desired, &host);
    }
}

#[test]
fn a_seccomp_profile_was_compared_letter_by_letter() {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(
        root.path().join("p.json"),
        "{\n  \"defaultAction\": \"SCMP_ACT_ALLOW\"\n}\n",
    )
    .unwrap();
    let mut desired = unseal(&json!({"seccomp_profile": "p.json"}))
        .as_entries()
        .cloned()
        .unwrap();
    assert_eq!(
        kind("container").unwrap().canonical(&mut desired, root.path()),
        []
    );
    for (profile, differs) in [("SCMP_ACT_ALLOW", false), ("SCMP_ACT_ERRNO", true)] {
        let shown = json!({"SecurityOpt": [format!("seccomp={{\"defaultAction\":\"{profile}\"}}")]});
        let live = kind("container").unwrap().read(&Found {
            inspect: &container(&json!({}), &shown),
            image: None,
            logs: None,
            api: (1, 41),
        });
        let last = seal(&Value::object(desired.clone()), &KEY);
        let changes = differences(&Inputs {
            fields: kind("container").unwrap().fields(),
            desired: &desired,
            last: Some(&last),
            live: &live.spec,
            key: &KEY,
        });
        assert_eq!(!changes.is_empty(), differs, "{profile}");
    }
}

#[test]
fn the_spelling_of_a_capability_was_a_change() {
    let desired = json!({"cap_add": ["net_admin"], "cap_drop": ["all"]});
    quiet_host(
        &desired,
        &json!({"CapAdd": ["CAP_NET_ADMIN"], "CapDrop": ["ALL"]}),
    );
    quiet_host(&desired, &json!({"CapAdd": ["NET_ADMIN"], "CapDrop": ["all"]}));
}

#[test]
fn the_spelling_of_a_port_was_a_change() {
    quiet(
        &json!({"expose": ["9000", "53/UDP"]}),
        &json!({"ExposedPorts": {"9000/tcp": {}, "53/udp": {}}}),
        &json!({}),
    );
    let range = spec("container", &json!({"image": "a", "expose": ["80-90"]}));
    let problems = kind("container").unwrap().check(&range);
    assert_eq!(problems[0].path, "expose");
}

#[test]
fn the_port_that_the_engine_picked_was_a_change() {
    let desired = json!({"port": [{"container": 80}]});
    for picked in ["", "0"] {
        let mut inspect = container(
            &json!({}),
            &json!({"PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": picked}]}}),
        );
        inspect["NetworkSettings"]["Ports"] = json!({"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "32768"}]});
        assert_eq!(
            compared("container", &desired, &desired, &inspect),
            Vec::<String>::new()
        );
        // A stopped container shows none.
        inspect["NetworkSettings"]["Ports"] = json!({});
        assert_eq!(
            compared("container", &desired, &desired, &inspect),
            Vec::<String>::new()
        );
    }
}

#[test]
fn a_port_on_all_addresses_showed_twice() {
    let desired = json!({"port": [{"container": 80, "host": 8080}]});
    let mut inspect = container(
        &json!({}),
        &json!({"PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}}),
    );
    inspect["NetworkSettings"]["Ports"] = json!({"80/tcp": [
        {"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::", "HostPort": "8080"},
    ]});
    assert_eq!(
        compared("container", &desired, &desired, &inspect),
        Vec::<String>::new()
    );
}

#[test]
fn mounts_in_another_order_were_a_change() {
    let desired = json!({"mount": [{"target": "/b", "volume": "b"}, {"target": "/a", "volume": "a"}]});
    let mounts = [
        json!({"Type": "volume", "Source": "a", "Target": "/a"}),
        json!({"Type": "volume", "Source": "b", "Target": "/b"}),
    ];
    quiet_host(&desired, &json!({"Mounts": [mounts[0], mounts[1]]}));
    quiet_host(&desired, &json!({"Mounts": [mounts[1], mounts[0]]}));
}

#[test]
fn the_spelling_of_a_bind_was_a_change() {
    let desired = json!({"mount": [{"target": "/a", "source": "/srv//a/."}]});
    for bind in ["/srv/a/:/a/", "/srv/a:/a:rw", "/srv/./a:/a:z"] {
        quiet_host(&desired, &json!({"Binds": [bind]}));
    }
    seen_host(
        &desired,
        &json!({"Binds": ["/srv/a:/a:ro,x"], "Mounts": [{"Type": "bind", "Source": "/other", "Target": "/a"}]}),
    );
}

#[test]
fn the_mode_of_memory_was_read_as_decimal() {
    let desired = json!({"mount": [{"target": "/a", "tmpfs": {"mode": 0o1777}}]});
    quiet_host(
        &desired,
        &json!({"Mounts": [{"Type": "tmpfs", "Target": "/a", "TmpfsOptions": {"Mode": 1023}}]}),
    );
    seen_host(
        &desired,
        &json!({"Mounts": [{"Type": "tmpfs", "Target": "/a", "TmpfsOptions": {"Mode": 1777}}]}),
    );
}

#[test]
fn the_host_name_that_the_engine_gives_was_a_change() {
    quiet(&json!({}), &json!({"Hostname": "0123456789ab"}), &json!({}));
    // Whoever shares a network shows the other's name.
    quiet(
        &json!({"network_mode": "host"}),
        &json!({"Hostname": "machine"}),
        &json!({"NetworkMode": "host"}),
    );
}

#[test]
fn the_short_id_among_the_aliases_was_a_change() {
    let desired = json!({"network": [{"name": "back", "aliases": ["web"]}]});
    let inspect = connected(&json!({"Aliases": ["web", "0123456789ab"], "NetworkID": "n1"}));
    assert_eq!(
        compared("container", &desired, &desired, &inspect),
        Vec::<String>::new()
    );
    let none = json!({"network": [{"name": "back"}]});
    assert_eq!(
        compared("container", &none, &none, &inspect),
        Vec::<String>::new()
    );
    assert_eq!(
        compared("container", &none, &desired, &inspect),
        ["network[back].aliases"]
    );
}

#[test]
fn the_hardware_address_that_the_engine_gives_was_a_change() {
    let inspect = connected(&json!({"MacAddress": "02:42:ac:11:00:02"}));
    let unset = json!({"network": [{"name": "back"}]});
    assert_eq!(
        compared("container", &unset, &unset, &inspect),
        Vec::<String>::new()
    );
    let set = json!({"mac_address": "02-42-AC-11-00-02", "network": [{"name": "back"}]});
    assert_eq!(compared("container", &set, &set, &inspect), Vec::<String>::new());
    let other = json!({"mac_address": "02:42:ac:11:00:03", "network": [{"name": "back"}]});
    assert_eq!(compared("container", &other, &other, &inspect), ["mac_address"]);
}

#[test]
fn a_health_check_that_leaves_out_a_field_took_the_images_for_a_change() {
    let merged = json!({"Healthcheck": {"Test": ["CMD", "x"], "Interval": 5_000_000_000_i64, "Retries": 7}});
    quiet(&json!({"healthcheck": {"retries": 7}}), &merged, &json!({}));
    seen(&json!({"healthcheck": {"retries": 8}}), &merged, &json!({}));
    let off = json!({"Healthcheck": {"Test": ["NONE"], "Interval": 5_000_000_000_i64}});
    quiet(&json!({"healthcheck": {"disable": true}}), &off, &json!({}));
}

#[test]
fn a_time_below_a_millisecond_was_left_to_the_engine() {
    for name in ["interval", "timeout", "start_period", "start_interval"] {
        let wanted = spec(
            "container",
            &json!({"image": "a", "healthcheck": {"test": ["CMD", "x"], name: 1000}}),
        );
        let problems = kind("container").unwrap().check(&wanted);
        assert_eq!(problems.len(), 1, "{name}: {problems:?}");
    }
}

#[test]
fn the_spelling_of_a_directory_was_a_change() {
    quiet(
        &json!({"working_dir": "/x"}),
        &json!({"WorkingDir": "/w/../x/"}),
        &json!({}),
    );
    quiet(
        &json!({"working_dir": "/"}),
        &json!({"WorkingDir": ""}),
        &json!({}),
    );
}

#[test]
fn of_two_values_of_a_variable_the_wrong_one_counted() {
    quiet(
        &json!({"env": {"A": "2"}}),
        &json!({"Env": ["A=1", "A=2"]}),
        &json!({}),
    );
}

#[test]
fn the_number_of_a_signal_was_a_change() {
    for shown in [json!("15"), json!("TERM"), json!("SIGTERM"), json!(null)] {
        quiet(
            &json!({"stop_signal": "SIGTERM"}),
            &json!({"StopSignal": shown}),
            &json!({}),
        );
    }
}

#[test]
fn a_rewritten_link_was_a_change() {
    let host = json!({"Links": ["/db:/web/db", "/cache:/web/c"]});
    quiet_host(&json!({"links": ["db", "cache:c"]}), &host);
    seen_host(&json!({"links": ["db"]}), &host);
}

#[test]
fn a_subnet_that_the_engine_picked_was_a_change() {
    let network = |config: Json, ipam: Json| {
        let mut network: Map<String, Json> = config.as_object().cloned().unwrap();
        network.insert("IPAM".into(), ipam);
        Json::Object(network)
    };
    let picked =
        json!({"Driver": "default", "Config": [{"Subnet": "172.20.0.0/16", "Gateway": "172.20.0.1"}]});
    let shown = network(
        json!({"Name": "back", "Options": {"engine": "x"}, "Labels": {}}),
        picked,
    );
    assert_eq!(
        compared("network", &json!({}), &json!({}), &shown),
        Vec::<String>::new()
    );
    let asked = json!({"ipam": {"config": [{"subnet": "10.1.0.0/24"}]}});
    for gateway in [json!(null), json!("10.1.0.1"), json!("10.1.0.1/24")] {
        let given = json!({"Config": [{"Subnet": "10.1.0.7/24", "Gateway": gateway}]});
        let shown = network(json!({"Name": "back"}), given);
        assert_eq!(compared("network", &asked, &asked, &shown), Vec::<String>::new());
    }
}

#[test]
fn no_labels_were_a_change() {
    for labels in [json!(null), json!({})] {
        let shown = json!({"Name": "data", "Driver": "local", "Labels": labels, "Options": null});
        let desired = json!({"labels": {}, "driver_opts": {}});
        assert_eq!(
            compared("volume", &desired, &desired, &shown),
            Vec::<String>::new()
        );
    }
}

#[test]
fn a_network_without_an_id_before_the_start_was_a_change() {
    let desired = json!({"network": [{"name": "back"}]});
    for id in ["", "n1"] {
        let shown = connected(&json!({"NetworkID": id}));
        assert_eq!(
            compared("container", &desired, &desired, &shown),
            Vec::<String>::new()
        );
    }
}

#[test]
fn what_podman_fills_in_was_a_change() {
    let host = json!({
        "PidsLimit": 2048, "ShmSize": 65_536_000, "IpcMode": "shareable", "PidMode": "private", "UTSMode": "private",
        "Ulimits": [{"Name": "RLIMIT_NPROC", "Soft": 1, "Hard": 1}],
    });
    quiet_host(&json!({"memory": 0}), &host);
    let env = json!({"Env": ["container=podman", "TERM=xterm", "HOSTNAME=0123456789ab", "OWN=1"]});
    quiet(&json!({"env": {"OWN": "1"}}), &env, &json!({}));
}

#[test]
fn a_volume_with_other_options_was_taken_for_the_one_that_was_asked_for() {
    let asked = json!({"driver_opts": {"type": "nfs", "device": ":/data"}});
    let shown =
        |options: Json| json!({"Name": "data", "Driver": "local", "Labels": null, "Options": options});
    let same = shown(json!({"type": "nfs", "device": ":/data"}));
    assert_eq!(compared("volume", &asked, &asked, &same), Vec::<String>::new());
    // An engine answers the creation of a volume whose name is taken with the volume that has it.
    assert_eq!(
        compared("volume", &asked, &asked, &shown(Json::Null)),
        ["driver_opts.device", "driver_opts.type"]
    );
    let other = shown(json!({"type": "nfs", "device": ":/other"}));
    assert_eq!(compared("volume", &asked, &asked, &other), ["driver_opts.device"]);
}

#[test]
fn an_image_without_a_digest_was_a_change() {
    let asked = json!({"name": "app:1"});
    for digests in [json!(null), json!([]), json!(["app@sha256:00"])] {
        let image = json!({
            "Id": "sha256:1", "RepoTags": ["app:1"], "RepoDigests": digests, "Os": "linux", "Architecture": "amd64",
        });
        assert_eq!(compared("image", &asked, &asked, &image), Vec::<String>::new());
    }
}

#[test]
fn ids_of_images_were_compared_across_engines() {
    let mut world = super::world::World::new();
    world.container("container.web", &[]);
    world.settle();
    assert_eq!(world.text(), "no-op container.web (container/web)\n");
    // What one engine calls by the digest of its configuration another one calls by that of its index.
    world
        .observed
        .images
        .insert("bb:1".into(), json!({"Id": "sha256:index"}));
    assert!(
        world.text().starts_with("replace container.web"),
        "on one engine it is another image"
    );
    world.state.engine_id = "another".into();
    assert!(
        world.errors().starts_with("Other engine"),
        "on another one nothing is compared"
    );
}
