//! Podman's answers in the form of Docker's: its compatible API is compatible in its paths more than in what it shows.
//!
//! Podman writes out what it does (a volume's mount options, the capabilities that `ALL` stands for, the port that it has picked)
//! where Docker repeats what was asked for. What can be told is put back; what Podman does not show, or shows so that the wish
//! cannot be told any more, is named in a list under [`HIDDEN`].

pub(super) mod body;
pub(super) mod network;

use std::borrow::Cow;

use serde_json::{Map, Value as Json, json};

use super::{HIDDEN, ObjectKind};
use network::DEFAULT as DEFAULT_NETWORK;

/// What Podman puts before the names of Docker Hub's images.
const HUB: &str = "docker.io/";

/// The highest limit of memory that a kernel takes: to Podman, which drops a -1, it stands for no limit of swap.
const UNLIMITED: i64 = i64::MAX & !4095;

/// Puts the inspect of a container into Docker's form.
pub(super) fn container(inspect: &mut Json) {
    let mut hidden = Vec::new();
    if let Some(state) = inspect["State"]["Status"].as_str().map(status) {
        inspect["State"]["Status"] = state.into();
    }
    if let Some(config) = inspect.get_mut("Config").and_then(Json::as_object_mut) {
        program(config);
    }
    networks(inspect, &mut hidden);
    mounts(inspect, &mut hidden);
    if let Some(host) = inspect.get_mut("HostConfig").and_then(Json::as_object_mut) {
        confinement(host, &mut hidden);
        resources(host, &mut hidden);
    }
    if let Some(log) = inspect["HostConfig"]["LogConfig"].as_object()
        && log.get("Config").is_none_or(Json::is_null)
    {
        hidden.push("HostConfig.LogConfig.Config");
    }
    if inspect.is_object() {
        inspect[HIDDEN] = json!(hidden);
    }
}

/// Puts an entry of a list into Docker's form.
pub(super) fn listed(kind: ObjectKind, entry: &mut Json) {
    if kind == ObjectKind::Image {
        image(entry);
    }
    if let Some(state) = entry["State"].as_str().map(status) {
        entry["State"] = state.into();
    }
    if let Some(short) = entry["Image"].as_str().and_then(familiar) {
        entry["Image"] = short.into();
    }
}

/// Puts an image into Docker's form, which leaves out where an image comes from when it is Docker Hub.
pub(super) fn image(image: &mut Json) {
    for name in ["RepoTags", "RepoDigests"] {
        let references = image.get_mut(name).and_then(Json::as_array_mut);
        for reference in references.into_iter().flatten() {
            if let Some(short) = reference.as_str().and_then(familiar) {
                *reference = short.into();
            }
        }
    }
}

/// Returns the form of a reference to an image in which one that is missing is missing: a bare id is an error then.
pub(super) fn reference(reference: &str) -> Cow<'_, str> {
    match reference.len() == 64 && reference.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => format!("sha256:{reference}").into(),
        false => reference.into(),
    }
}

/// Puts the health check of an image, as Podman's own API shows it, where Docker has it.
pub(super) fn health_check(image: &mut Json, shown: &Json) {
    let config = image.get_mut("Config").and_then(Json::as_object_mut);
    if let (Some(config), Some(check)) = (config, shown.get("Healthcheck")) {
        config.insert("Healthcheck".into(), check.clone());
    }
}

/// Puts the inspect of a volume into Docker's form: Podman adds what it has read out of the options.
pub(super) fn volume(inspect: &mut Json) {
    if let Some(options) = inspect.get_mut("Options").and_then(Json::as_object_mut) {
        for name in ["SIZE", "INODES", "UID", "GID", "NOQUOTA", "TIMEOUT"] {
            options.shift_remove(name);
        }
    }
}

/// What Podman calls the lack of hidden paths below `/proc` and `/sys`, which Docker shows as two empty lists.
const BARE_SYSTEM_PATHS: &str = "unmask=all";

/// The paths of these lists in a container's `HostConfig`.
const SYSTEM_PATHS: [&str; 2] = ["MaskedPaths", "ReadonlyPaths"];

/// Returns the networks of a container whose ids are not shown but their names instead.
pub(super) fn unresolved_networks(inspect: &Json) -> Vec<String> {
    let endpoints = inspect["NetworkSettings"]["Networks"].as_object();
    endpoints
        .into_iter()
        .flatten()
        .filter(|(name, endpoint)| endpoint["NetworkID"].as_str() == Some(name))
        .map(|(name, _)| name.clone())
        .collect()
}

/// The states that only Podman has.
fn status(status: &str) -> &str {
    match status {
        "configured" | "initialized" => "created",
        "stopped" => "exited",
        "stopping" => "running",
        other => other,
    }
}

/// Returns the short form of a reference to Docker Hub.
fn familiar(reference: &str) -> Option<&str> {
    let name = reference.strip_prefix(HUB)?;
    Some(name.strip_prefix("library/").unwrap_or(name))
}

fn program(config: &mut Map<String, Json>) {
    let short = config.get("Image").and_then(Json::as_str).and_then(familiar);
    if let Some(short) = short.map(Json::from) {
        config.insert("Image".into(), short);
    }
    if config.get("Entrypoint") == Some(&json!([""])) {
        config.insert("Entrypoint".into(), json!([]));
    }
}

/// Podman names the default network otherwise, and calls every network of a user's a bridge.
fn networks(inspect: &mut Json, hidden: &mut Vec<&'static str>) {
    let endpoints = inspect.pointer_mut("/NetworkSettings/Networks");
    let Some(endpoints) = endpoints.and_then(Json::as_object_mut) else {
        return;
    };
    if let Some(mut default) = endpoints.shift_remove(DEFAULT_NETWORK) {
        if default["NetworkID"] == DEFAULT_NETWORK {
            default["NetworkID"] = "bridge".into();
        }
        endpoints.insert("bridge".into(), default);
    }
    if endpoints
        .values()
        .any(|endpoint| endpoint["IPAMConfig"].is_null())
    {
        hidden.extend([
            "NetworkSettings.Networks.IPAMConfig.IPv4Address",
            "NetworkSettings.Networks.IPAMConfig.IPv6Address",
        ]);
    }
    let first = endpoints.keys().next().cloned();
    if let (Some(mode), Some(first)) = (inspect.pointer_mut("/HostConfig/NetworkMode"), first)
        && mode == "bridge"
    {
        *mode = first.into();
    }
}

/// Podman folds every mount into `Binds`, and every tmpfs into `Tmpfs`.
fn mounts(inspect: &mut Json, hidden: &mut Vec<&'static str>) {
    let all = inspect["Mounts"].as_array().into_iter().flatten();
    let binds: Vec<&str> = inspect["HostConfig"]["Binds"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    let mut mounts: Vec<Json> = all.filter_map(|it| mount(it, &binds)).collect();
    let tmpfs = inspect["HostConfig"]["Tmpfs"].as_object();
    // A mount of the type tmpfs cannot be told from an entry of this map, nor from what a read-only root brings.
    for target in tmpfs.into_iter().flatten().map(|(target, _)| target) {
        mounts.push(json!({ "Type": "tmpfs", "Target": target, "TmpfsOptions": {} }));
    }
    hidden.extend([
        "HostConfig.Tmpfs",
        "HostConfig.Mounts.TmpfsOptions",
        "HostConfig.Mounts.BindOptions.CreateMountpoint",
    ]);
    if let Some(host) = inspect.get_mut("HostConfig").and_then(Json::as_object_mut) {
        host.insert("Binds".into(), Json::Null);
        host.insert("Mounts".into(), Json::Array(mounts));
    }
}

/// Reads a mount that was asked for; `None` for a volume that an image asks for.
fn mount(mount: &Json, binds: &[&str]) -> Option<Json> {
    let name = mount["Name"].as_str().unwrap_or_default();
    let ty = mount["Type"].as_str().unwrap_or_default();
    let anonymous = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if ty == "volume" && anonymous {
        return None;
    }
    let mut asked = json!({
        "Type": ty,
        "Source": if ty == "volume" { &mount["Name"] } else { &mount["Source"] },
        "Target": mount["Destination"],
        "ReadOnly": mount["RW"] == false,
    });
    if ty == "bind" {
        asked["BindOptions"] = json!({
            "Propagation": mount["Propagation"],
            "NonRecursive": is_bare(mount, binds),
        });
    }
    Some(asked)
}

/// Tells whether a mount leaves out what is mounted below its source: only its entry among the binds says so.
fn is_bare(mount: &Json, binds: &[&str]) -> bool {
    let path = |name: &str| mount[name].as_str().unwrap_or_default();
    let prefix = format!("{}:{}:", path("Source"), path("Destination"));
    let options = binds.iter().find_map(|bind| bind.strip_prefix(prefix.as_str()));
    options.is_some_and(|options| options.split(',').any(|option| option == "bind"))
}

fn confinement(host: &mut Map<String, Json>, hidden: &mut Vec<&'static str>) {
    // What is dropped and added is told as the difference from what the engine gives anyway.
    hidden.extend(["HostConfig.CapAdd", "HostConfig.CapDrop"]);
    if host.get("Privileged") == Some(&Json::Bool(true)) {
        hidden.push("HostConfig.SecurityOpt");
    }
    if host.get("Sysctls").is_none_or(Json::is_null) {
        hidden.push("HostConfig.Sysctls");
    }
    // Nothing is what it shows of a container that has none.
    host.entry("Init").or_insert_with(|| false.into());
    hidden.extend(["HostConfig.DeviceCgroupRules", "HostConfig.DeviceRequests"]);
    if host.get("CgroupnsMode").is_some_and(|mode| mode == "") {
        hidden.push("HostConfig.CgroupnsMode");
    }
    match host.get("Annotations").and_then(Json::as_object) {
        Some(annotations) => {
            if let Some(mode) = annotations.get("io.podman.annotations.userns").cloned() {
                host.insert("UsernsMode".into(), mode);
            }
        }
        // Before version 5 there are no annotations, and these are shown as if nobody had asked for anything.
        None => hidden.extend([
            "HostConfig.IpcMode",
            "HostConfig.PublishAllPorts",
            "HostConfig.SecurityOpt",
            "HostConfig.UsernsMode",
        ]),
    }
    if let Some(options) = host.get_mut("SecurityOpt").and_then(Json::as_array_mut) {
        let all = options.len();
        options.retain(|option| option != BARE_SYSTEM_PATHS);
        if options.len() < all {
            SYSTEM_PATHS
                .iter()
                .for_each(|name| drop(host.insert((*name).into(), json!([]))));
        }
    }
    for name in ["PidMode", "UTSMode"] {
        if host.get(name).is_some_and(|mode| mode == "private") {
            host.insert(name.into(), "".into());
        }
    }
    if host.get("Runtime").is_some_and(|runtime| runtime == "oci") {
        host.insert("Runtime".into(), "".into());
    }
    let devices = host.get_mut("Devices").and_then(Json::as_array_mut);
    if devices
        .into_iter()
        .flatten()
        .any(|device| device["CgroupPermissions"] == "")
    {
        hidden.push("HostConfig.Devices.CgroupPermissions");
    }
}

fn resources(host: &mut Map<String, Json>, hidden: &mut Vec<&'static str>) {
    let whole = |name: &str| host.get(name).and_then(Json::as_i64).unwrap_or_default();
    let unlimited = whole("MemorySwap") >= UNLIMITED;
    // Whoever has all the memory has all the swap.
    if whole("Memory") == 0 {
        hidden.push("HostConfig.MemorySwap");
    }
    if whole("MemorySwappiness") <= 0 {
        host.insert("MemorySwappiness".into(), Json::Null);
        hidden.push("HostConfig.MemorySwappiness");
    }
    if unlimited {
        host.insert("MemorySwap".into(), (-1).into());
    }
    for ulimit in host
        .get_mut("Ulimits")
        .and_then(Json::as_array_mut)
        .into_iter()
        .flatten()
    {
        if let Some(name) = ulimit["Name"].as_str() {
            let name = name.strip_prefix("RLIMIT_").unwrap_or(name).to_lowercase();
            ulimit["Name"] = name.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::body::creation;
    use super::*;

    fn read(mut inspect: Json) -> Json {
        container(&mut inspect);
        inspect
    }

    #[test]
    fn what_podman_folds_into_binds_stands_in_mounts_again() {
        let read = read(json!({
            "HostConfig": { "Binds": ["v:/v:rw,rprivate,nosuid,nodev,rbind"], "Tmpfs": { "/t": "rw,tmpcopyup" } },
            "Mounts": [
                { "Type": "volume", "Name": "v", "Source": "/var/v/_data", "Destination": "/v", "RW": true },
                { "Type": "bind", "Source": "/a", "Destination": "/b", "RW": false, "Propagation": "rslave" },
                { "Type": "volume", "Name": "0a".repeat(32), "Destination": "/of-the-image", "RW": true },
            ],
        }));
        assert_eq!(read["HostConfig"]["Binds"], Json::Null);
        assert_eq!(
            read["HostConfig"]["Mounts"],
            json!([
                { "Type": "volume", "Source": "v", "Target": "/v", "ReadOnly": false },
                {
                    "Type": "bind", "Source": "/a", "Target": "/b", "ReadOnly": true,
                    "BindOptions": { "Propagation": "rslave", "NonRecursive": false }
                },
                { "Type": "tmpfs", "Target": "/t", "TmpfsOptions": {} },
            ])
        );
    }

    #[test]
    fn the_default_network_is_called_bridge_and_others_are_no_bridge() {
        let read = |name: &str| {
            let endpoint = json!({ "NetworkID": name, "IPAMConfig": null });
            read(json!({
                "HostConfig": { "NetworkMode": "bridge" },
                "NetworkSettings": { "Networks": { name: endpoint } }
            }))
        };
        let default = read("podman");
        assert_eq!(default["HostConfig"]["NetworkMode"], "bridge");
        assert_eq!(
            default["NetworkSettings"]["Networks"]["bridge"]["NetworkID"],
            "bridge"
        );
        assert_eq!(read("a")["HostConfig"]["NetworkMode"], "a");
        assert_eq!(unresolved_networks(&read("a")), ["a"]);
    }

    #[test]
    fn a_mount_without_what_is_below_it_is_told_by_its_bind() {
        let read = |bind: &str| {
            let mount = json!({ "Type": "bind", "Source": "/a", "Destination": "/b", "RW": true });
            let read = read(json!({ "HostConfig": { "Binds": [bind] }, "Mounts": [mount] }));
            read["HostConfig"]["Mounts"][0]["BindOptions"]["NonRecursive"].clone()
        };
        assert_eq!(read("/a:/b:bind,rw,private"), true);
        assert_eq!(read("/a:/b:rw,rprivate,rbind"), false);
    }

    #[test]
    fn nothing_hidden_of_the_system_is_an_option_to_podman() {
        let mut body = json!({ "HostConfig": { "MaskedPaths": [], "ReadonlyPaths": [] } });
        creation(&mut body, 10);
        assert_eq!(body["HostConfig"], json!({ "SecurityOpt": ["unmask=all"] }));
        let shown = read(json!({ "HostConfig": { "SecurityOpt": ["unmask=all", "a"], "Annotations": {} } }));
        assert_eq!(
            (
                &shown["HostConfig"]["SecurityOpt"],
                &shown["HostConfig"]["MaskedPaths"]
            ),
            (&json!(["a"]), &json!([]))
        );
    }

    #[test]
    fn no_limit_of_swap_is_the_highest_one_to_podman() {
        let asked = |host: Json| {
            let mut body = json!({ "HostConfig": host });
            creation(&mut body, 10);
            body["HostConfig"]["MemorySwap"].clone()
        };
        assert_eq!(asked(json!({ "Memory": 5, "MemorySwap": -1 })), UNLIMITED);
        assert_eq!(asked(json!({ "MemorySwap": -1 })), 0);
        assert_eq!(asked(json!({ "Memory": 5, "MemorySwap": 7 })), 7);
        let shown = read(json!({ "HostConfig": { "Memory": 5, "MemorySwap": UNLIMITED } }));
        assert_eq!(shown["HostConfig"]["MemorySwap"], -1);
    }

    #[test]
    fn an_entrypoint_that_is_taken_away_is_an_empty_text_to_podman() {
        let mut body = json!({ "Entrypoint": [] });
        creation(&mut body, 10);
        assert_eq!(body, json!({ "Entrypoint": [""], "StopTimeout": 10 }));
        let shown = read(json!({ "Config": { "Entrypoint": [""], "Image": "docker.io/library/a:1" } }));
        assert_eq!(shown["Config"], json!({ "Entrypoint": [], "Image": "a:1" }));
    }

    #[test]
    fn states_that_only_podman_has_are_states_that_all_know() {
        for (theirs, ours) in [
            ("configured", "created"),
            ("stopped", "exited"),
            ("stopping", "running"),
            ("new", "new"),
        ] {
            assert_eq!(
                read(json!({ "State": { "Status": theirs } }))["State"]["Status"],
                ours
            );
            let mut entry = json!({ "State": theirs });
            listed(ObjectKind::Container, &mut entry);
            assert_eq!(entry["State"], ours);
        }
    }

    #[test]
    fn references_to_docker_hub_are_short() {
        let mut read = json!({ "RepoTags": ["docker.io/library/a:1", "docker.io/b/c:2", "localhost/d:3"] });
        image(&mut read);
        assert_eq!(read["RepoTags"], json!(["a:1", "b/c:2", "localhost/d:3"]));
    }

    #[test]
    fn an_image_has_the_health_check_that_podmans_own_api_shows() {
        let mut read = json!({ "Id": "a", "Config": { "User": "0" } });
        health_check(&mut read, &json!({ "Healthcheck": { "Retries": 4 }, "Id": "a" }));
        assert_eq!(
            read["Config"],
            json!({ "User": "0", "Healthcheck": { "Retries": 4 } })
        );
        let mut bare = json!({ "Id": "a", "Config": {} });
        health_check(&mut bare, &json!({ "Id": "a" }));
        assert_eq!(bare["Config"], json!({}));
    }

    #[test]
    fn a_volume_has_the_options_that_it_was_given() {
        let mut read =
            json!({ "Options": { "o": "size=1m,uid=5", "type": "tmpfs", "SIZE": "1m", "UID": "5" } });
        volume(&mut read);
        assert_eq!(read["Options"], json!({ "o": "size=1m,uid=5", "type": "tmpfs" }));
    }

    #[test]
    fn what_cannot_be_told_is_said_to_be_hidden() {
        let read = read(json!({
            "HostConfig": {
                "Memory": 0, "MemorySwap": 0, "LogConfig": { "Type": "json-file", "Config": null },
                "Ulimits": [{ "Name": "RLIMIT_NOFILE", "Soft": 1, "Hard": 2 }]
            }
        }));
        let hidden = read[HIDDEN].as_array().unwrap();
        for path in [
            "HostConfig.MemorySwap",
            "HostConfig.LogConfig.Config",
            "HostConfig.Sysctls",
            "HostConfig.Tmpfs",
        ] {
            assert!(hidden.contains(&path.into()), "{path}");
        }
        assert_eq!(read["HostConfig"]["Ulimits"][0]["Name"], "nofile");
    }

    #[test]
    fn an_answer_of_another_shape_is_no_panic() {
        for shape in [
            json!(null),
            json!([]),
            json!("a"),
            json!({ "HostConfig": [] }),
            json!({ "NetworkSettings": 5 }),
        ] {
            let mut shape = shape;
            image(&mut shape.clone());
            health_check(&mut shape.clone(), &json!({ "Healthcheck": {} }));
            let _ = network::in_dockers_form(&shape);
            listed(ObjectKind::Container, &mut shape.clone());
            container(&mut shape);
        }
    }
}
