//! The bodies of creating and updating a container.

use serde_json::{Map, Value as Json, json};

use super::{forms, isolation, limits, networks, storage};
use crate::kinds::{Binding, Spec, labels, spec};
use crate::value::Value;

const NANO: i64 = 1_000_000_000;

/// Returns the body of `POST /containers/create`.
pub(super) fn create(binding: &Binding<'_>) -> Result<Json, String> {
    let spec = binding.spec;
    let image = binding
        .image
        .or_else(|| spec::text(spec, "image"))
        .ok_or("the container has no image")?;
    let mut body = Map::new();
    body.insert("Image".into(), image.into());
    spec::carry(
        spec,
        &mut body,
        &[
            ("command", "Cmd"),
            ("entrypoint", "Entrypoint"),
            ("user", "User"),
            ("working_dir", "WorkingDir"),
            ("hostname", "Hostname"),
            ("domainname", "Domainname"),
            ("tty", "Tty"),
            ("stdin_open", "OpenStdin"),
            ("stop_signal", "StopSignal"),
        ],
    );
    let env = env(spec);
    if !env.is_empty() {
        body.insert("Env".into(), json!(env));
    }
    if let Some(timeout) = spec::whole(spec, "stop_timeout") {
        body.insert("StopTimeout".into(), (timeout / NANO).into());
    }
    if let Some(check) = spec::block(spec, "healthcheck") {
        body.insert("Healthcheck".into(), healthcheck(check));
    }
    body.insert("Labels".into(), json!(labels::owned(binding.ownership, spec)));
    let (exposed, bindings) = ports(spec);
    if !exposed.is_empty() {
        body.insert("ExposedPorts".into(), Json::Object(exposed));
    }
    let mut host = host_config(spec);
    if !bindings.is_empty() {
        host.insert("PortBindings".into(), Json::Object(bindings));
    }
    host.insert("NetworkMode".into(), networks::mode(binding).into());
    storage::write(binding, &mut host);
    limits::write(spec, &mut host);
    isolation::write(binding, &mut host)?;
    body.insert("HostConfig".into(), Json::Object(host));
    if let Some(address) = networks::address_of_container(binding) {
        body.insert("MacAddress".into(), address.into());
    }
    if let Some(endpoints) = networks::first_endpoint(binding) {
        body.insert("NetworkingConfig".into(), json!({"EndpointsConfig": endpoints}));
    }
    Ok(Json::Object(body))
}

/// Returns the body of `POST /containers/{id}/update` for the attributes that change.
pub(super) fn update(spec: &Spec, attributes: &[String]) -> Json {
    let mut body = Map::new();
    for attribute in attributes {
        match attribute.as_str() {
            "restart" => {
                body.insert("RestartPolicy".into(), restart(spec));
            }
            "pids_limit" => {
                let limit = spec::whole(spec, "pids_limit").unwrap_or(-1);
                body.insert("PidsLimit".into(), limit.into());
            }
            // The engine refuses one that does not fit the other, so it is told both.
            "memory" | "memory_swap" => memory(spec, &mut body),
            name => {
                shares(spec, &mut body, &[name]);
                limits::update(spec, &mut body, name);
            }
        }
    }
    Json::Object(body)
}

/// Returns CPUs as the engine counts them.
pub(super) fn nano_cpus(cpus: &Value) -> Option<i64> {
    let crate::value::Data::Number(number) = &cpus.data else {
        return None;
    };
    let cpus: f64 = number.to_string().parse().ok()?;
    let nano = (cpus * NANO as f64).round();
    (0.0..1e15).contains(&nano).then_some(nano as i64)
}

fn host_config(spec: &Spec) -> Map<String, Json> {
    let mut host = Map::new();
    spec::carry(
        spec,
        &mut host,
        &[
            ("privileged", "Privileged"),
            ("read_only", "ReadonlyRootfs"),
            ("init", "Init"),
            ("cap_add", "CapAdd"),
            ("cap_drop", "CapDrop"),
            ("group_add", "GroupAdd"),
            ("sysctls", "Sysctls"),
            ("shm_size", "ShmSize"),
            ("pids_limit", "PidsLimit"),
            ("dns", "Dns"),
            ("dns_opt", "DnsOptions"),
            ("dns_search", "DnsSearch"),
            ("links", "Links"),
            ("volumes_from", "VolumesFrom"),
            ("publish_all", "PublishAllPorts"),
            ("tmpfs", "Tmpfs"),
        ],
    );
    shares(
        spec,
        &mut host,
        &["memory_reservation", "cpus", "cpu_shares", "cpuset_cpus"],
    );
    memory(spec, &mut host);
    host.insert("RestartPolicy".into(), restart(spec));
    let hosts = spec::pairs(spec, "extra_hosts").into_iter();
    let hosts = hosts.map(|(name, address)| format!("{name}:{address}"));
    insert_unless_empty(&mut host, "ExtraHosts", hosts);
    insert_unless_empty(&mut host, "Ulimits", spec::blocks(spec, "ulimit").map(ulimit));
    insert_unless_empty(&mut host, "Devices", spec::blocks(spec, "device").map(device));
    if let Some(log) = spec::block(spec, "log") {
        host.insert("LogConfig".into(), log_config(log));
    }
    host
}

fn insert_unless_empty<T: Into<Json>>(
    host: &mut Map<String, Json>,
    name: &str,
    elements: impl Iterator<Item = T>,
) {
    let elements: Vec<Json> = elements.map(Into::into).collect();
    if !elements.is_empty() {
        host.insert(name.into(), elements.into());
    }
}

fn env(spec: &Spec) -> Vec<String> {
    spec::pairs(spec, "env")
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

fn shares(spec: &Spec, body: &mut Map<String, Json>, names: &[&str]) {
    for name in names {
        match *name {
            "cpus" => {
                if let Some(nano) = spec.get("cpus").and_then(nano_cpus) {
                    body.insert("NanoCpus".into(), nano.into());
                }
            }
            "memory_reservation" => spec::carry(spec, body, &[("memory_reservation", "MemoryReservation")]),
            "cpu_shares" => spec::carry(spec, body, &[("cpu_shares", "CpuShares")]),
            "cpuset_cpus" => spec::carry(spec, body, &[("cpuset_cpus", "CpusetCpus")]),
            _ => {}
        }
    }
}

fn memory(spec: &Spec, body: &mut Map<String, Json>) {
    let memory = spec::whole(spec, "memory");
    let swap = spec::whole(spec, "memory_swap").or(memory.map(|memory| memory.saturating_mul(2)));
    if let Some(memory) = memory {
        body.insert("Memory".into(), memory.into());
    }
    if let Some(swap) = swap {
        body.insert("MemorySwap".into(), swap.into());
    }
}

fn restart(spec: &Spec) -> Json {
    let policy = spec::text(spec, "restart").and_then(forms::restart_parts);
    let (name, attempts) = policy.unwrap_or(("no", 0));
    json!({"Name": name, "MaximumRetryCount": attempts})
}

fn healthcheck(check: &Spec) -> Json {
    if spec::flag(check, "disable") == Some(true) {
        return json!({"Test": ["NONE"]});
    }
    let mut body = Map::new();
    spec::carry(
        check,
        &mut body,
        &[
            ("test", "Test"),
            ("interval", "Interval"),
            ("timeout", "Timeout"),
            ("start_period", "StartPeriod"),
            ("start_interval", "StartInterval"),
            ("retries", "Retries"),
        ],
    );
    Json::Object(body)
}

/// Returns what is exposed and what is bound: some engines publish only what is in both.
fn ports(spec: &Spec) -> (Map<String, Json>, Map<String, Json>) {
    let (mut exposed, mut bindings) = (Map::new(), Map::new());
    for port in spec::blocks(spec, "port") {
        let Some(container) = spec::whole(port, "container") else {
            continue;
        };
        let key = format!("{container}/{}", spec::text(port, "protocol").unwrap_or("tcp"));
        let binding = json!({
            "HostIp": spec::text(port, "ip").unwrap_or_default(),
            "HostPort": spec::whole(port, "host").map_or_else(String::new, |host| host.to_string()),
        });
        exposed.insert(key.clone(), json!({}));
        if let Json::Array(all) = bindings.entry(key).or_insert_with(|| json!([])) {
            all.push(binding);
        }
    }
    for port in spec::texts(spec, "expose") {
        exposed.insert(port, json!({}));
    }
    (exposed, bindings)
}

fn ulimit(ulimit: &Spec) -> Json {
    let soft = spec::whole(ulimit, "soft").unwrap_or_default();
    json!({
        "Name": spec::text(ulimit, "name").unwrap_or_default(),
        "Soft": soft,
        "Hard": spec::whole(ulimit, "hard").unwrap_or(soft),
    })
}

/// The engine fills in neither default.
fn device(device: &Spec) -> Json {
    let host = spec::text(device, "host").unwrap_or_default();
    json!({
        "PathOnHost": host,
        "PathInContainer": spec::text(device, "container").unwrap_or(host),
        "CgroupPermissions": spec::text(device, "permissions").unwrap_or("rwm"),
    })
}

fn log_config(log: &Spec) -> Json {
    json!({
        "Type": spec::text(log, "driver").unwrap_or_default(),
        "Config": spec::map(log, "options"),
    })
}
