//! What the engine shows of a container for which nothing was asked but its image.

use serde_json::{Map, Value as Json, json};

use crate::engine::HIDDEN;
use crate::kinds::Found;

/// How many characters of its id a container takes for its host name.
const SHORT_ID: usize = 12;
/// 64 MiB, the engine's own default.
const SHM_SIZE: u64 = 64 << 20;
/// Podman's own default.
const SHM_SIZE_OF_PODMAN: u64 = 64_000 << 10;
/// Variables that Podman sets in every container.
const VARIABLES_OF_PODMAN: [&str; 4] = ["HOME", "HOSTNAME", "TERM", "container"];
/// What the names of annotations begin with that Podman makes for itself.
const ANNOTATIONS_OF_PODMAN: [&str; 4] = [
    "io.container.manager",
    "io.podman.",
    "org.opencontainers.image.stopSignal",
    "org.systemd.property.",
];

/// Returns the inspect of such a container, as like to the one that was found as can be.
pub(super) fn inspect(found: &Found<'_>) -> Json {
    let container = found.inspect;
    let none = Json::Null;
    let image = found.image.map_or(&none, |image| &image["Config"]);
    let (config, host) = (&container["Config"], &container["HostConfig"]);
    let id = container["Id"].as_str().unwrap_or_default();
    // Who sets an entrypoint does not get the image's command.
    let keeps_command = same_words(&config["Entrypoint"], &image["Entrypoint"]);
    let mut unasked = json!({
        "Id": container["Id"],
        "Name": container["Name"],
        "Image": container["Image"],
        "State": {"Status": "running", "Running": true},
        "Config": {
            "Hostname": id.chars().take(SHORT_ID).collect::<String>(),
            "Cmd": if keeps_command { image["Cmd"].clone() } else { Json::Null },
            "Entrypoint": image["Entrypoint"],
            "Env": image["Env"],
            "Labels": image["Labels"],
            "User": image["User"],
            "WorkingDir": image["WorkingDir"],
            "StopSignal": image["StopSignal"],
            "Healthcheck": image["Healthcheck"],
            "ExposedPorts": exposed(image, &host["PortBindings"]),
        },
        "HostConfig": {
            "NetworkMode": "default",
            "ShmSize": SHM_SIZE,
            // The engine lets a container swap as much as it may have memory.
            "MemorySwap": host["Memory"].as_i64().map_or(0, |memory| memory.saturating_mul(2)),
            "LogConfig": {"Type": default_log_driver(host), "Config": {}},
            "IpcMode": "private",
            "Runtime": host["Runtime"],
            "CgroupnsMode": host["CgroupnsMode"],
            "ConsoleSize": host["ConsoleSize"],
            "MaskedPaths": host["MaskedPaths"],
            "ReadonlyPaths": host["ReadonlyPaths"],
        },
        "NetworkSettings": {"Networks": {"bridge": container["NetworkSettings"]["Networks"]["bridge"]}},
    });
    // It has the host's name then.
    if host["UTSMode"] == "host" {
        unasked["Config"]["Hostname"] = config["Hostname"].clone();
    }
    // Only what Podman shows has this.
    if container[HIDDEN].is_array() {
        podman(&mut unasked, container);
    }
    unasked
}

/// Puts in what Podman gives to a container that did not ask for it, and how it shows that.
fn podman(unasked: &mut Json, container: &Json) {
    let (config, host) = (&container["Config"], &container["HostConfig"]);
    unasked[HIDDEN] = container[HIDDEN].clone();
    if config["WorkingDir"] == "/" {
        unasked["Config"]["WorkingDir"] = "/".into();
    }
    let given = |variable: &&Json| {
        let name = variable.as_str().and_then(|variable| variable.split_once('='));
        name.is_some_and(|(name, _)| VARIABLES_OF_PODMAN.contains(&name))
    };
    let variables = config["Env"].as_array().into_iter().flatten().filter(given);
    let of_image = unasked["Config"]["Env"].as_array().into_iter().flatten();
    unasked["Config"]["Env"] = of_image.chain(variables).cloned().collect();
    let annotations = host["Annotations"].as_object().into_iter().flatten();
    let own = annotations.filter(|(name, _)| ANNOTATIONS_OF_PODMAN.iter().any(|own| name.starts_with(own)));
    let own: Map<String, Json> = own.map(|(name, value)| (name.clone(), value.clone())).collect();
    let defaults = &mut unasked["HostConfig"];
    defaults["Annotations"] = own.into();
    defaults["ShmSize"] = SHM_SIZE_OF_PODMAN.into();
    defaults["IpcMode"] = "shareable".into();
    defaults["Init"] = false.into();
    // It works out either from the other, and shows both.
    if host["NanoCpus"].as_i64().is_some_and(|cpus| cpus > 0) {
        for name in ["CpuPeriod", "CpuQuota"] {
            defaults[name] = host[name].clone();
        }
    }
}

/// An engine whose own default is another driver cannot be told from a container that asks for it, unless it has options.
fn default_log_driver(host: &Json) -> Json {
    let options = host["LogConfig"]["Config"].as_object();
    match options.is_none_or(serde_json::Map::is_empty) {
        true => host["LogConfig"]["Type"].clone(),
        false => "json-file".into(),
    }
}

/// What is published is exposed too.
fn exposed(image: &Json, published: &Json) -> Json {
    let mut ports = image["ExposedPorts"].as_object().cloned().unwrap_or_default();
    let published = published.as_object().into_iter().flatten();
    ports.extend(published.map(|(port, _)| (port.clone(), json!({}))));
    Json::Object(ports)
}

/// Null and empty are one.
fn same_words(one: &Json, other: &Json) -> bool {
    let words = |json: &Json| json.as_array().cloned().unwrap_or_default();
    words(one) == words(other)
}
