//! What separates a container from the host and from other containers, both ways: namespaces, security, requested devices.

use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::forms;
use crate::kinds::{Binding, Spec, reading, spec};
use crate::value::Value;

/// What the Docker client makes of this option: nothing of `/proc` and `/sys` is hidden.
const BARE_SYSTEM_PATHS: &str = "systempaths=unconfined";

/// Puts it into a body.
///
/// # Errors
/// A sentence that says why the profile cannot be read.
pub(super) fn write(binding: &Binding<'_>, host: &mut Map<String, Json>) -> Result<(), String> {
    let spec = binding.spec;
    spec::carry(
        spec,
        host,
        &[
            ("pid", "PidMode"),
            ("ipc", "IpcMode"),
            ("uts", "UTSMode"),
            ("userns_mode", "UsernsMode"),
            ("cgroupns", "CgroupnsMode"),
            ("cgroup_parent", "CgroupParent"),
            ("runtime", "Runtime"),
            ("annotations", "Annotations"),
            ("storage_opt", "StorageOpt"),
            ("device_cgroup_rules", "DeviceCgroupRules"),
            ("oom_kill_disable", "OomKillDisable"),
            ("oom_score_adj", "OomScoreAdj"),
        ],
    );
    let requests: Vec<Json> = spec::blocks(spec, "device_request").map(request).collect();
    if !requests.is_empty() {
        host.insert("DeviceRequests".into(), requests.into());
    }
    let mut options = spec::texts(spec, "security_opt");
    if options.iter().any(|option| option == BARE_SYSTEM_PATHS) {
        options.retain(|option| option != BARE_SYSTEM_PATHS);
        host.insert("MaskedPaths".into(), json!([]));
        host.insert("ReadonlyPaths".into(), json!([]));
    }
    if let Some(path) = spec::text(spec, "seccomp_profile") {
        let path = binding.root.join(path);
        let profile = std::fs::read_to_string(&path)
            .map_err(|error| format!("`{}` cannot be read: {error}", path.display()))?;
        options.push(format!("seccomp={profile}"));
    }
    if !options.is_empty() {
        host.insert("SecurityOpt".into(), json!(options));
    }
    Ok(())
}

/// Reads it.
pub(super) fn read(host: &Json) -> Vec<(&'static str, Option<Value>)> {
    // Some engines spell out what is nothing special.
    let special = |name: &str| reading::text(&host[name]).filter(|mode| mode.as_str() != Some("private"));
    let requests = reading::elements(&host["DeviceRequests"])
        .map(read_request)
        .collect();
    vec![
        ("pid", special("PidMode")),
        ("ipc", reading::text(&host["IpcMode"])),
        ("uts", special("UTSMode")),
        ("userns_mode", reading::text(&host["UsernsMode"])),
        ("cgroupns", reading::text(&host["CgroupnsMode"])),
        ("cgroup_parent", reading::text(&host["CgroupParent"])),
        ("runtime", reading::text(&host["Runtime"])),
        ("annotations", reading::map(&host["Annotations"])),
        ("storage_opt", reading::map(&host["StorageOpt"])),
        (
            "device_cgroup_rules",
            reading::set(&host["DeviceCgroupRules"], forms::spaces),
        ),
        ("device_request", reading::blocks(requests)),
        ("oom_kill_disable", reading::flag(&host["OomKillDisable"])),
        (
            "oom_score_adj",
            Some(Value::from(host["OomScoreAdj"].as_i64().unwrap_or_default())),
        ),
        ("security_opt", security_options(host)),
        ("seccomp_digest", seccomp_digest(host)),
    ]
}

/// The engine adds `label=disable` to privileged containers.
fn security_options(host: &Json) -> Option<Value> {
    let privileged = host["Privileged"].as_bool() == Some(true);
    let emptied = |name: &str| host[name].as_array().is_some_and(Vec::is_empty);
    let bare = !privileged && emptied("MaskedPaths") && emptied("ReadonlyPaths");
    let options = reading::texts(&host["SecurityOpt"])
        .into_iter()
        .map(|option| forms::security_option(&option))
        .filter(|option| !(privileged && option == "label=disable"));
    reading::set_of(options.chain(bare.then(|| BARE_SYSTEM_PATHS.to_owned())))
}

/// The engine keeps a profile's text among the options.
fn seccomp_digest(host: &Json) -> Option<Value> {
    reading::texts(&host["SecurityOpt"])
        .iter()
        .find_map(|option| profile_digest(option.strip_prefix("seccomp")?.get(1..)?))
        .map(Value::from)
}

/// Returns the hash of a profile's content, however it is laid out; `None` if it is no JSON object.
pub(super) fn profile_digest(profile: &str) -> Option<String> {
    let parsed: Json = serde_json::from_str(profile).ok().filter(Json::is_object)?;
    let hash: String = Sha256::digest(parsed.to_string())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Some(format!("sha256:{hash}"))
}

/// Spells out what a request means when it leaves it out.
pub(super) fn complete_request(request: &mut Spec) {
    spec::drop_if_empty(request, "options");
    spec::drop_if_empty(request, "device_ids");
    spec::drop_if_empty(request, "driver");
    if spec::whole(request, "count") == Some(0) {
        request.remove("count");
    }
    if !spec::is_set(request, "device_ids") && !spec::is_set(request, "count") {
        request.insert("count".into(), Value::from(-1));
    }
    if !spec::is_set(request, "capabilities") && spec::text(request, "driver") != Some("cdi") {
        request.insert("capabilities".into(), Value::tuple([Value::from("gpu")]));
    }
}

fn request(request: &Spec) -> Json {
    let mut body = Map::new();
    spec::carry(
        request,
        &mut body,
        &[
            ("driver", "Driver"),
            ("count", "Count"),
            ("device_ids", "DeviceIDs"),
        ],
    );
    // The outer list holds alternatives, of which there is one.
    if let Some(capabilities) = spec::json(request, "capabilities") {
        body.insert("Capabilities".into(), json!([capabilities]));
    }
    body.insert("Options".into(), Json::Object(spec::map(request, "options")));
    Json::Object(body)
}

fn read_request(request: &Json) -> Value {
    reading::block([
        ("driver", reading::text(&request["Driver"])),
        ("count", reading::whole(&request["Count"])),
        ("device_ids", reading::set(&request["DeviceIDs"], str::to_owned)),
        (
            "capabilities",
            reading::set(&request["Capabilities"][0], str::to_owned),
        ),
        ("options", reading::map(&request["Options"])),
    ])
}
