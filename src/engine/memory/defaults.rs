//! What an engine makes of a container's configuration: image merged in, defaults shown, updates taken or ignored.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::container::Container;
use super::image::entry;
use super::world::text;

/// Merges an image's configuration into a container's, as an engine does on creation.
pub(super) fn inherit(config: &mut Map<String, Json>, image: &Map<String, Json>) {
    let unset = |value: Option<&Json>| value.is_none_or(Json::is_null);
    if unset(config.get("Entrypoint")) {
        if unset(config.get("Cmd")) {
            config.insert("Cmd".into(), image.get("Cmd").cloned().unwrap_or_default());
        }
        config.insert(
            "Entrypoint".into(),
            image.get("Entrypoint").cloned().unwrap_or_default(),
        );
    }
    for name in ["User", "WorkingDir", "StopSignal", "Healthcheck"] {
        if unset(config.get(name))
            && let Some(value) = image.get(name)
        {
            config.insert(name.into(), value.clone());
        }
    }
    let labels = entry(config, "Labels");
    for (name, value) in image
        .get("Labels")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
    {
        labels.entry(name).or_insert_with(|| value.clone());
    }
    let key = |pair: &Json| {
        pair.as_str()
            .and_then(|pair| pair.split('=').next())
            .unwrap_or_default()
            .to_owned()
    };
    let mut env = config
        .get("Env")
        .and_then(Json::as_array)
        .cloned()
        .unwrap_or_default();
    let set: BTreeSet<String> = env.iter().map(key).collect();
    let inherited = image.get("Env").and_then(Json::as_array).into_iter().flatten();
    env.extend(inherited.filter(|pair| !set.contains(&key(pair))).cloned());
    config.insert("Env".into(), env.into());
}

/// Fills in what an engine shows for what was not said.
pub(super) fn host_config(asked: Option<&Map<String, Json>>) -> Map<String, Json> {
    let mut config = asked.cloned().unwrap_or_default();
    let memory = config.get("Memory").and_then(Json::as_i64).unwrap_or_default();
    let defaults = [
        ("NetworkMode", json!("default")),
        ("RestartPolicy", json!({ "Name": "", "MaximumRetryCount": 0 })),
        ("LogConfig", json!({ "Type": "json-file", "Config": {} })),
        ("ShmSize", json!(67_108_864)),
        ("IpcMode", json!("private")),
        ("CgroupnsMode", json!("host")),
        ("Runtime", json!("runc")),
        ("Memory", json!(0)),
        ("MemorySwap", json!(memory * 2)),
        ("MemoryReservation", json!(0)),
        ("NanoCpus", json!(0)),
        ("CpuShares", json!(0)),
        ("CpusetCpus", json!("")),
        ("PidsLimit", Json::Null),
        ("Privileged", json!(false)),
        ("ReadonlyRootfs", json!(false)),
        ("AutoRemove", json!(false)),
    ];
    for (name, default) in defaults {
        let is_unset = config
            .get(name)
            .is_none_or(|value| value.is_null() || *value == json!(0) || *value == json!(""));
        if is_unset {
            config.insert(name.into(), default);
        }
    }
    config
}

/// Returns the names of the volumes that are mounted.
pub(super) fn volumes(host_config: &Map<String, Json>) -> BTreeSet<String> {
    let list = |name: &str| {
        host_config
            .get(name)
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
    };
    let mounts = list("Mounts")
        .filter(|mount| mount["Type"] == "volume")
        .map(|mount| text(&mount["Source"]));
    let binds = list("Binds").filter_map(|bind| bind.as_str()?.split(':').next().map(str::to_owned));
    mounts
        .chain(binds)
        .filter(|name| !name.is_empty() && !name.starts_with('/'))
        .collect()
}

/// Changes what an engine changes in place; zero and empty text change nothing, other fields are ignored.
pub(super) fn update(container: &mut Container, body: &Json) {
    const LIVE: [&str; 12] = [
        "Memory",
        "MemorySwap",
        "MemoryReservation",
        "NanoCpus",
        "CpuShares",
        "CpuPeriod",
        "CpuQuota",
        "CpusetCpus",
        "CpusetMems",
        "BlkioWeight",
        "PidsLimit",
        "RestartPolicy",
    ];
    for (name, value) in body.as_object().into_iter().flatten() {
        let says_nothing =
            value.is_null() || *value == json!("") || (*value == json!(0) && name != "PidsLimit");
        if LIVE.contains(&name.as_str()) && !says_nothing {
            container.host_config.insert(name.clone(), value.clone());
        }
    }
}
