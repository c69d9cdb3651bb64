//! What is asked of Podman: the bodies of Docker's API in the form that Podman takes, so that it means the same.

use serde_json::{Map, Value as Json, json};

use super::{BARE_SYSTEM_PATHS, DEFAULT_NETWORK, SYSTEM_PATHS, UNLIMITED};

/// The period, in microseconds, in which Podman counts a quota of CPUs.
const PERIOD: i64 = 100_000;

/// Puts the body of a new container into the form that Podman takes. `grace` is what a program is given to end, in seconds.
pub(in crate::engine) fn creation(body: &mut Json, grace: i64) {
    let Some(body) = body.as_object_mut() else { return };
    address(body);
    default_network(body);
    if let Some(host) = body.get_mut("HostConfig").and_then(Json::as_object_mut) {
        whole_mounts(host);
        unlimited_swap(host);
        bare_system(host);
    }
    // It would give the program no time at all.
    body.entry("StopTimeout").or_insert_with(|| grace.into());
    // An empty list would leave the image's entrypoint there.
    if body.get("Entrypoint") == Some(&json!([])) {
        body.insert("Entrypoint".into(), json!([""]));
    }
}

/// Podman drops a limit of -1, and gives as much swap as memory.
fn unlimited_swap(host: &mut Map<String, Json>) {
    if host.get("MemorySwap") == Some(&json!(-1)) {
        // Without a limit of memory there is none of swap either.
        let limited = host.get("Memory").and_then(Json::as_i64) > Some(0);
        host.insert("MemorySwap".into(), if limited { UNLIMITED } else { 0 }.into());
    }
}

/// Podman has an option for what Docker's client asks for by two empty lists.
fn bare_system(host: &mut Map<String, Json>) {
    let is_empty = |name: &&str| host.get(*name) == Some(&json!([]));
    if !SYSTEM_PATHS.iter().all(is_empty) {
        return;
    }
    for name in SYSTEM_PATHS {
        host.shift_remove(name);
    }
    let options = host.get("SecurityOpt").and_then(Json::as_array).cloned();
    let mut options = options.unwrap_or_default();
    options.push(BARE_SYSTEM_PATHS.into());
    host.insert("SecurityOpt".into(), options.into());
}

/// Podman takes every mount that has options for one that leaves out what is mounted below its source. One that is not to be like that
/// stands among the binds instead; a colon in a path cannot.
fn whole_mounts(host: &mut Map<String, Json>) {
    let Some(mounts) = host.get_mut("Mounts").and_then(Json::as_array_mut) else {
        return;
    };
    let mut binds: Vec<Json> = Vec::new();
    mounts.retain_mut(|mount| {
        let options = &mount["BindOptions"];
        if mount["Type"] != "bind" || !options.is_object() || options["NonRecursive"] == true {
            return true;
        }
        let propagation = options["Propagation"].as_str().unwrap_or_default().to_owned();
        if propagation.is_empty() && options["CreateMountpoint"] != true {
            if let Some(mount) = mount.as_object_mut() {
                mount.shift_remove("BindOptions");
            }
            return true;
        }
        let path = |name: &str| mount[name].as_str().unwrap_or_default();
        let (source, target) = (path("Source"), path("Target"));
        if source.contains(':') || target.contains(':') {
            return true;
        }
        let read_only = if mount["ReadOnly"] == true { "ro" } else { "" };
        let options = ["rbind", propagation.as_str(), read_only];
        let options: Vec<&str> = options.into_iter().filter(|it| !it.is_empty()).collect();
        binds.push(format!("{source}:{target}:{}", options.join(",")).into());
        false
    });
    if !binds.is_empty() {
        let there = host.get("Binds").and_then(Json::as_array).cloned();
        let all: Vec<Json> = there.unwrap_or_default().into_iter().chain(binds).collect();
        host.insert("Binds".into(), all.into());
    }
}

/// Tells whether a new container has a health check of which the image's may be a part: Podman takes either of them, and not both.
pub(in crate::engine) fn inherits_check(body: &Json) -> bool {
    body["Healthcheck"].is_object() && body["Healthcheck"]["Test"] != json!(["NONE"])
}

/// Fills in what a health check leaves to the image's, field by field.
pub(in crate::engine) fn inherit_check(body: &mut Json, image: &Json) {
    let inherited = image["Config"]["Healthcheck"].as_object().into_iter().flatten();
    for (name, value) in inherited {
        let own = &mut body["Healthcheck"][name];
        if own.is_null() || own == &json!(0) || own == &json!([]) {
            *own = value.clone();
        }
    }
}

/// Returns what Podman has dropped of the body of a new container without a word that reaches us: it is only in its log.
pub(in crate::engine) fn discarded(body: &Json, inspect: &Json) -> Option<String> {
    let weight = |host: &Json| host["HostConfig"]["BlkioWeight"].as_i64().unwrap_or(0);
    (weight(body) != 0 && weight(inspect) == 0).then(|| {
        "The kernel of the engine's host does not support Block I/O weight. Weight discarded.".to_owned()
    })
}

/// Podman takes the hardware address of a network, and drops that of a container.
fn address(body: &mut Map<String, Json>) {
    let Some(address) = body.shift_remove("MacAddress") else {
        return;
    };
    let mode = body
        .get("HostConfig")
        .and_then(|host| host["NetworkMode"].as_str());
    let mode = mode
        .filter(|mode| !mode.is_empty())
        .unwrap_or("bridge")
        .to_owned();
    let networking = body.entry("NetworkingConfig").or_insert_with(|| json!({}));
    let endpoints = &mut networking["EndpointsConfig"];
    if !endpoints.is_object() {
        *endpoints = json!({ mode: {} });
    }
    if let Some(first) = endpoints
        .as_object_mut()
        .and_then(|endpoints| endpoints.values_mut().next())
    {
        first["MacAddress"] = address;
    }
}

/// Podman knows the default network by its own name alone where a container has to say something of it.
fn default_network(body: &mut Map<String, Json>) {
    let endpoints = body
        .get_mut("NetworkingConfig")
        .map(|networking| &mut networking["EndpointsConfig"]);
    let Some(endpoints) = endpoints.and_then(Json::as_object_mut) else {
        return;
    };
    if let Some(default) = endpoints.shift_remove("bridge") {
        endpoints.insert(DEFAULT_NETWORK.into(), default);
        if let Some(mode) = body
            .get_mut("HostConfig")
            .and_then(|host| host.get_mut("NetworkMode"))
        {
            *mode = DEFAULT_NETWORK.into();
        }
    }
}

/// Puts the body of an update into the form that Podman takes: it answers that it has changed `NanoCpus`, and does not; and who does
/// not name the restart policy loses it.
pub(in crate::engine) fn update(body: &mut Json, inspect: &Json) {
    let Some(limits) = body.as_object_mut() else {
        return;
    };
    let policy = &inspect["HostConfig"]["RestartPolicy"];
    if policy.is_object() {
        limits.entry("RestartPolicy").or_insert_with(|| policy.clone());
    }
    if let Some(nano) = limits.remove("NanoCpus").as_ref().and_then(Json::as_i64) {
        limits.insert("CpuPeriod".into(), PERIOD.into());
        limits.insert("CpuQuota".into(), (nano / (1_000_000_000 / PERIOD)).into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn podman_is_given_a_hardware_address_with_the_network() {
        let mut body =
            json!({ "MacAddress": "02:42:0a:0b:0c:0d", "HostConfig": { "NetworkMode": "bridge" } });
        creation(&mut body, 10);
        assert_eq!(body["MacAddress"], Json::Null);
        assert_eq!(body["HostConfig"]["NetworkMode"], "podman");
        let endpoints = |body: &Json| body["NetworkingConfig"]["EndpointsConfig"].clone();
        assert_eq!(
            endpoints(&body),
            json!({ "podman": { "MacAddress": "02:42:0a:0b:0c:0d" } })
        );
        let mut body = json!({
            "MacAddress": "02:42:0a:0b:0c:0d", "HostConfig": { "NetworkMode": "a" },
            "NetworkingConfig": { "EndpointsConfig": { "a": { "Aliases": ["b"] } } }
        });
        creation(&mut body, 10);
        assert_eq!(
            endpoints(&body),
            json!({ "a": { "Aliases": ["b"], "MacAddress": "02:42:0a:0b:0c:0d" } })
        );
    }

    #[test]
    fn a_mount_with_options_keeps_what_is_mounted_below_its_source() {
        let asked = |options: Json| {
            let mount = json!({ "Type": "bind", "Source": "/a", "Target": "/b", "ReadOnly": true, "BindOptions": options });
            let mut body = json!({ "HostConfig": { "Mounts": [mount] } });
            creation(&mut body, 10);
            let host = &body["HostConfig"];
            (host["Binds"][0].clone(), host["Mounts"][0]["BindOptions"].clone())
        };
        assert_eq!(
            asked(json!({ "Propagation": "rslave" })),
            ("/a:/b:rbind,rslave,ro".into(), Json::Null)
        );
        assert_eq!(
            asked(json!({ "CreateMountpoint": true })),
            ("/a:/b:rbind,ro".into(), Json::Null)
        );
        assert_eq!(asked(json!({ "NonRecursive": false })), (Json::Null, Json::Null));
        let bare = json!({ "NonRecursive": true, "Propagation": "private" });
        assert_eq!(asked(bare.clone()), (Json::Null, bare));
    }

    #[test]
    fn a_weight_that_podman_dropped_is_told() {
        let body = |weight: i64| json!({ "HostConfig": { "BlkioWeight": weight } });
        assert!(discarded(&body(300), &body(0)).is_some_and(|said| said.contains("discarded")));
        assert_eq!(discarded(&body(300), &body(300)), None);
        assert_eq!(discarded(&body(0), &body(0)), None);
    }

    #[test]
    fn a_health_check_inherits_each_field_of_the_images() {
        let mut body = json!({ "Healthcheck": { "Retries": 7 } });
        assert!(inherits_check(&body));
        let image =
            json!({ "Config": { "Healthcheck": { "Test": ["CMD", "a"], "Interval": 5, "Retries": 4 } } });
        inherit_check(&mut body, &image);
        assert_eq!(
            body["Healthcheck"],
            json!({ "Retries": 7, "Test": ["CMD", "a"], "Interval": 5 })
        );
        assert!(!inherits_check(&json!({ "Healthcheck": { "Test": ["NONE"] } })));
        assert!(!inherits_check(&json!({})));
    }

    #[test]
    fn podman_is_told_of_cpus_as_a_quota_and_keeps_the_restart_policy() {
        let mut body = json!({ "NanoCpus": 250_000_000_i64, "Memory": 5 });
        update(
            &mut body,
            &json!({ "HostConfig": { "RestartPolicy": { "Name": "always" } } }),
        );
        assert_eq!(
            body,
            json!({
                "Memory": 5,
                "RestartPolicy": { "Name": "always" },
                "CpuPeriod": 100_000,
                "CpuQuota": 25_000
            })
        );
    }
}
