use serde_json::{Value as Json, json};

use crate::kinds::container::Container;
use crate::kinds::{Kind, Spec, testing};
use crate::value::{Type, Value};

fn paths(desired: &Json) -> Vec<String> {
    let problems = Container.check(&testing::spec(desired));
    problems.into_iter().map(|problem| problem.path).collect()
}

#[test]
fn attributes_that_exclude_each_other_are_found() {
    for (desired, path) in [
        (
            json!({"network_mode": "host", "port": [{"container": 80}]}),
            "port",
        ),
        (
            json!({"network_mode": "host", "network": [{"name": "a"}]}),
            "network_mode",
        ),
        (json!({"network_mode": "back"}), "network_mode"),
        (json!({"network_mode": "container:db"}), "network_mode"),
        (json!({"network": [{"name": "host"}]}), "network[0].name"),
        (
            json!({"network": [{"name": "bridge", "ipv4_address": "172.17.0.9"}]}),
            "network[0].ipv4_address",
        ),
        (
            json!({"network": [{"name": "a"}, {"name": "a"}]}),
            "network[1].name",
        ),
        (json!({"mount": [{"target": "/a"}]}), "mount[0]"),
        (
            json!({"mount": [{"target": "/a", "volume": "v", "source": "/s"}]}),
            "mount[0]",
        ),
        (
            json!({"mount": [{"target": "/a", "volume": "v", "propagation": "shared"}]}),
            "mount[0].propagation",
        ),
        (
            json!({"mount": [{"target": "/a", "volume": "v"}, {"target": "/a", "volume": "w"}]}),
            "mount[1].target",
        ),
        (
            json!({"mount": [{"target": "/a", "volume": "v"}], "tmpfs": {"/a/": ""}}),
            "mount[0].target",
        ),
        (json!({"file": [{"path": "/a"}]}), "file[0]"),
        (
            json!({"file": [{"path": "/a", "content": "", "source": "x"}]}),
            "file[0]",
        ),
        (
            json!({"file": [{"path": "/t/a", "content": ""}], "tmpfs": {"/t": ""}}),
            "file[0].path",
        ),
        (
            json!({"file": [{"path": "/a", "content": ""}], "read_only": true}),
            "file[0].path",
        ),
        (
            json!({"file": [{"path": "/v/a", "content": ""}], "mount": [{"target": "/v", "volume": "v", "read_only": true}]}),
            "file[0].path",
        ),
        (json!({"restart": "sometimes"}), "restart"),
        (
            json!({"healthcheck": {"test": ["wget", "x"]}}),
            "healthcheck.test",
        ),
        (json!({"healthcheck": {"test": ["NONE"]}}), "healthcheck.test"),
        (
            json!({"healthcheck": {"test": ["CMD-SHELL", "a", "b"]}}),
            "healthcheck.test",
        ),
        (
            json!({"healthcheck": {"disable": true, "retries": 3}}),
            "healthcheck.disable",
        ),
        (json!({"healthcheck": {"interval": 1000}}), "healthcheck.interval"),
        (
            json!({"port": [{"container": 80, "host": 80}, {"container": 81, "host": 80}]}),
            "port[1].host",
        ),
        (
            json!({"memory": 10_000_000, "memory_swap": 9_000_000}),
            "memory_swap",
        ),
        (json!({"memory_swap": 9_000_000}), "memory_swap"),
        (json!({"stop_timeout": 1_500_000_000_i64}), "stop_timeout"),
        (json!({"cpuset_cpus": "a"}), "cpuset_cpus"),
        (
            json!({"ulimit": [{"name": "nofile", "soft": 3, "hard": 2}]}),
            "ulimit[0].soft",
        ),
        (json!({"labels": {"wharf.nonce": "x"}}), "labels.wharf.nonce"),
    ] {
        assert_eq!(paths(&desired), [path], "{desired}");
    }
}

#[test]
fn what_is_meant_passes() {
    for desired in [
        json!({"network_mode": format!("container:{}", "a".repeat(64))}),
        json!({"memory": 10_000_000, "memory_swap": -1}),
        json!({"port": [{"container": 80, "host": 80}, {"container": 53, "host": 80, "protocol": "udp"}]}),
        json!({"file": [{"path": "/v/a", "content": ""}], "mount": [{"target": "/v", "volume": "v"}], "read_only": true}),
        json!({"healthcheck": {"disable": true}}),
    ] {
        assert_eq!(paths(&desired), Vec::<String>::new(), "{desired}");
    }
}

#[test]
fn a_secret_is_no_label() {
    let mut spec = testing::spec(&json!({}));
    spec.insert(
        "labels".into(),
        Value::object([("a", Value::from("b").sensitive())]),
    );
    assert_eq!(Container.check(&spec)[0].summary, "Sensitive label");
}

#[test]
fn a_secret_is_no_argument() {
    let arguments = || Value::tuple([Value::from("run"), Value::from("s3cret").sensitive()]);
    for (path, spec) in [
        ("command", Spec::from_iter([("command".to_owned(), arguments())])),
        (
            "entrypoint",
            Spec::from_iter([("entrypoint".to_owned(), arguments())]),
        ),
        (
            "healthcheck.test",
            Spec::from_iter([("healthcheck".to_owned(), Value::object([("test", arguments())]))]),
        ),
    ] {
        let problems = Container.check(&spec);
        assert_eq!(problems[0].summary, "Sensitive argument", "{path}");
        assert_eq!(problems[0].path, path);
    }
}

#[test]
fn unknown_values_pass() {
    let unknown = || Value::unknown(Type::Any);
    let mut spec = testing::spec(&json!({"mount": [{"target": "/a", "volume": "v"}]}));
    for name in [
        "network_mode",
        "restart",
        "memory_swap",
        "labels",
        "cpuset_cpus",
        "stop_timeout",
    ] {
        spec.insert(name.into(), unknown());
    }
    spec.insert("healthcheck".into(), Value::object([("test", unknown())]));
    spec.insert(
        "file".into(),
        Value::tuple([Value::object([
            ("path", Value::from("/x")),
            ("content", unknown()),
        ])]),
    );
    assert_eq!(Container.check(&spec), []);
}

#[test]
fn a_missing_source_of_a_file_is_a_problem_of_that_file() {
    let mut spec =
        testing::spec(&json!({"file": [{"path": "/a", "content": ""}, {"path": "/b", "source": "missing"}]}));
    let problems = Container.canonical(&mut spec, std::path::Path::new("/nowhere"));
    assert_eq!(problems[0].path, "file[1].source");
    assert!(problems[0].detail.contains("/nowhere/missing"));
}

#[test]
fn other_spellings_become_one() {
    let mut spec = testing::spec(&json!({
        "cap_add": ["sys_time", "CAP_NET_ADMIN"], "cpuset_cpus": "0,1,2", "memory": 0, "pids_limit": -1, "command": [],
        "entrypoint": [], "user": "", "port": [{"container": 80}], "device": [{"host": "/dev/a", "container": "/dev/a"}],
        "mount": [{"target": "/a", "source": "./site/../x"}], "restart": "on-failure:0", "extra_hosts": {"a": "[::1]"},
        "cpus": 0.123_456_789_012,
    }));
    assert_eq!(
        Container.canonical(&mut spec, std::path::Path::new("/project")),
        []
    );
    assert_eq!(
        testing::shown(&spec),
        json!({
            "cap_add": ["CAP_NET_ADMIN", "CAP_SYS_TIME"],
            "cpus": 0.123_456_789,
            "cpuset_cpus": "0-2",
            "device": [{"host": "/dev/a"}],
            "entrypoint": [],
            "extra_hosts": {"a": "::1"},
            "mount": [{"source": "/project/x", "target": "/a"}],
            "port": [{"container": 80, "protocol": "tcp"}],
            "restart": "on-failure",
        })
    );
}

#[test]
fn a_secret_stays_one_in_its_canonical_form() {
    let mut spec = testing::spec(&json!({}));
    spec.insert(
        "extra_hosts".into(),
        Value::object([("a", Value::from("[::1]").sensitive())]),
    );
    Container.canonical(&mut spec, std::path::Path::new("/"));
    assert!(spec.get("extra_hosts").unwrap().get("a").unwrap().sensitive);
}
