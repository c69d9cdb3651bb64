//! Reading a container back. What the image, the engine or the client that made it added must give no difference.

use serde_json::Value as Json;

use super::{forms, isolation, limits, networks, storage};
use crate::kinds::{Found, Spec, Status, labels, reading};
use crate::value::{Entries, Number, Value};

/// A container in the terms that containers and jobs share.
pub(in crate::kinds) struct Reading {
    /// Its name.
    pub(in crate::kinds) name: String,
    /// What it is.
    pub(in crate::kinds) spec: Spec,
    /// What the engine decided.
    pub(in crate::kinds) computed: Vec<(&'static str, Value)>,
    /// How it is.
    pub(in crate::kinds) status: Status,
}

/// Reads everything but ports, restart policy, health check and running state.
pub(in crate::kinds) fn read(found: &Found<'_>) -> Reading {
    let container = found.inspect;
    let name = container["Name"].as_str().unwrap_or_default();
    let name = name.trim_start_matches('/').to_owned();
    let host = &container["HostConfig"];
    let mut spec = reading::gather(program(container, &name));
    spec.extend(reading::gather(confinement(host)));
    spec.extend(reading::gather(resources(host)));
    spec.extend(reading::gather(isolation::read(host)));
    spec.extend(reading::gather(limits::read(host)));
    spec.extend(reading::gather(networks::read(container)));
    spec.extend(reading::gather([
        ("extra_hosts", extra_hosts(&host["ExtraHosts"])),
        ("dns", dns(&host["Dns"])),
        ("dns_opt", reading::list(&host["DnsOptions"])),
        ("dns_search", reading::list(&host["DnsSearch"])),
        ("links", links(&host["Links"])),
        (
            "volumes_from",
            reading::set(&host["VolumesFrom"], forms::volumes_from),
        ),
        ("mount", storage::read_mounts(host)),
        ("tmpfs", storage::read_tmpfs(host)),
        ("log", Some(log(&host["LogConfig"]))),
    ]));
    let mut computed = vec![
        ("id", reading::text_or_empty(&container["Id"])),
        ("image_id", reading::text_or_empty(&container["Image"])),
    ];
    computed.push(("anonymous_volumes", storage::read_anonymous(container)));
    computed.extend(networks::assigned(container));
    Reading {
        name,
        spec,
        computed,
        status: status(&container["State"]),
    }
}

fn program(container: &Json, name: &str) -> Vec<(&'static str, Option<Value>)> {
    let config = &container["Config"];
    vec![
        ("name", Some(Value::from(name))),
        ("image", reading::text(&container["Image"])),
        ("command", reading::list(&config["Cmd"])),
        ("entrypoint", Some(entrypoint(&config["Entrypoint"]))),
        ("env", env(&config["Env"])),
        ("labels", labels::foreign(&config["Labels"])),
        ("user", reading::text(&config["User"])),
        ("working_dir", working_dir(&config["WorkingDir"])),
        ("hostname", hostname(container)),
        ("domainname", reading::text(&config["Domainname"])),
        ("tty", reading::flag(&config["Tty"])),
        ("stdin_open", reading::flag(&config["OpenStdin"])),
        ("init", container["HostConfig"]["Init"].as_bool().map(Value::from)),
        ("mac_address", networks::read_mac_address(container)),
        ("stop_signal", Some(stop_signal(&config["StopSignal"]))),
        ("stop_timeout", Some(stop_timeout(&config["StopTimeout"]))),
    ]
}

fn confinement(host: &Json) -> Vec<(&'static str, Option<Value>)> {
    let devices = reading::elements(&host["Devices"]).map(device).collect();
    let ulimits = reading::elements(&host["Ulimits"]).map(ulimit).collect();
    vec![
        ("privileged", reading::flag(&host["Privileged"])),
        ("read_only", reading::flag(&host["ReadonlyRootfs"])),
        ("cap_add", reading::set(&host["CapAdd"], forms::capability)),
        ("cap_drop", reading::set(&host["CapDrop"], forms::capability)),
        ("group_add", reading::set(&host["GroupAdd"], str::to_owned)),
        ("sysctls", reading::map(&host["Sysctls"])),
        ("ulimit", reading::blocks(ulimits)),
        ("device", reading::blocks(devices)),
    ]
}

fn resources(host: &Json) -> Vec<(&'static str, Option<Value>)> {
    vec![
        ("memory", reading::whole(&host["Memory"])),
        ("memory_swap", reading::whole(&host["MemorySwap"])),
        ("memory_reservation", reading::whole(&host["MemoryReservation"])),
        ("cpus", host["NanoCpus"].as_i64().and_then(cpus)),
        ("cpu_shares", reading::whole(&host["CpuShares"])),
        (
            "cpuset_cpus",
            reading::text(&host["CpusetCpus"]).map(|set| numbers(&set)),
        ),
        (
            "pids_limit",
            reading::whole(&host["PidsLimit"]).filter(|limit| limit.as_i64() > Some(0)),
        ),
        ("shm_size", reading::whole(&host["ShmSize"])),
    ]
}

/// Returns billionths of a CPU as the number that a user would write.
pub(super) fn cpus(nano: i64) -> Option<Value> {
    if nano <= 0 {
        return None;
    }
    let decimal = format!("{}.{:09}", nano / 1_000_000_000, nano % 1_000_000_000);
    let number: Number = decimal.trim_end_matches('0').trim_end_matches('.').parse().ok()?;
    Some(Value::from(crate::value::Data::Number(number)))
}

fn status(state: &Json) -> Status {
    match state["Status"].as_str() {
        Some("running") => Status::Running,
        Some("created") => Status::Created,
        Some("exited" | "dead") => Status::Exited(state["ExitCode"].as_i64().unwrap_or_default()),
        _ => Status::Other,
    }
}

/// An entrypoint that was taken away shows as null or as an empty list.
fn entrypoint(json: &Json) -> Value {
    reading::list(json).unwrap_or_else(|| Value::tuple([]))
}

/// The last of several entries for one name wins.
fn env(json: &Json) -> Option<Value> {
    let entries: Entries = reading::texts(json)
        .iter()
        .filter_map(|entry| entry.split_once('='))
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect();
    (!entries.is_empty()).then(|| Value::object(entries))
}

/// Not to be in any directory is to be in `/`.
fn working_dir(json: &Json) -> Option<Value> {
    Some(Value::from(forms::clean_path(json.as_str()?)))
}

/// A container that uses the network of the host, or of another container, shows that one's name.
fn hostname(container: &Json) -> Option<Value> {
    let mode = container["HostConfig"]["NetworkMode"]
        .as_str()
        .unwrap_or_default();
    let borrowed = mode == "host" || mode.starts_with("container:");
    reading::text(&container["Config"]["Hostname"]).filter(|_| !borrowed)
}

fn stop_signal(json: &Json) -> Value {
    let signal = json.as_str().filter(|signal| !signal.is_empty());
    Value::from(forms::signal(signal.unwrap_or("SIGTERM")))
}

fn stop_timeout(json: &Json) -> Value {
    Value::from(json.as_i64().unwrap_or(10).saturating_mul(1_000_000_000))
}

/// Returns a set of CPUs or memory nodes in its one form.
pub(super) fn numbers(set: &Value) -> Value {
    Value::from(forms::cpu_set(set.as_str().unwrap_or_default()))
}

/// The engine shows a link as `/target:/self/alias`.
fn links(json: &Json) -> Option<Value> {
    let links = reading::texts(json);
    reading::set_of(links.iter().filter_map(|link| {
        let (target, alias) = link.split_once(':')?;
        let alias = alias.rsplit('/').next().unwrap_or(alias);
        Some(format!("{}:{alias}", target.trim_start_matches('/')))
    }))
}

fn device(device: &Json) -> Value {
    let container = reading::text(&device["PathInContainer"])
        .filter(|container| container.as_str() != device["PathOnHost"].as_str());
    let permissions =
        reading::text(&device["CgroupPermissions"]).filter(|permissions| permissions.as_str() != Some("rwm"));
    reading::block([
        ("host", reading::text(&device["PathOnHost"])),
        ("container", container),
        ("permissions", permissions),
    ])
}

fn ulimit(ulimit: &Json) -> Value {
    let name = ulimit["Name"].as_str().unwrap_or_default();
    reading::block([
        ("name", Some(Value::from(name))),
        ("soft", ulimit["Soft"].as_i64().map(Value::from)),
        ("hard", ulimit["Hard"].as_i64().map(Value::from)),
    ])
}

fn extra_hosts(json: &Json) -> Option<Value> {
    let hosts: Vec<(String, Value)> = reading::texts(json)
        .iter()
        .filter_map(|host| host.split_once([':', '=']))
        .map(|(name, address)| (name.to_owned(), Value::from(forms::host_address(address))))
        .collect();
    (!hosts.is_empty()).then(|| Value::object(hosts))
}

fn dns(json: &Json) -> Option<Value> {
    let servers = reading::texts(json);
    (!servers.is_empty())
        .then(|| Value::tuple(servers.iter().map(|server| Value::from(forms::address(server)))))
}

fn log(config: &Json) -> Value {
    reading::block([
        ("driver", reading::text(&config["Type"])),
        ("options", reading::map(&config["Config"])),
    ])
}
