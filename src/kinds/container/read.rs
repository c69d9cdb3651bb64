//! Reading back what only a container that keeps running has.

use serde_json::Value as Json;

use crate::kinds::{Spec, process, reading};
use crate::value::Value;

/// Reads published and exposed ports, restart policy, health check and running state.
pub(super) fn service(container: &Json) -> Spec {
    let host = &container["HostConfig"];
    reading::gather([
        ("port", ports(&host["PortBindings"])),
        ("expose", exposed(&container["Config"]["ExposedPorts"])),
        ("publish_all", reading::flag(&host["PublishAllPorts"])),
        ("restart", Some(restart(&host["RestartPolicy"]))),
        ("healthcheck", healthcheck(&container["Config"]["Healthcheck"])),
        ("running", reading::flag(&container["State"]["Running"])),
    ])
}

/// What is asked for, never what came of it: ports that the engine picks change with every start.
fn ports(bindings: &Json) -> Option<Value> {
    let mut ports = Vec::new();
    for (key, bindings) in bindings.as_object().into_iter().flatten() {
        let (container, protocol) = key.split_once('/').unwrap_or((key, "tcp"));
        let Ok(container) = container.parse::<i64>() else {
            continue;
        };
        for binding in reading::elements(bindings) {
            ports.push(port(container, &protocol.to_lowercase(), binding));
        }
    }
    reading::blocks(ports)
}

fn port(container: i64, protocol: &str, binding: &Json) -> Value {
    let host = binding["HostPort"].as_str().unwrap_or_default();
    let host = host.parse::<i64>().ok().filter(|host| *host != 0);
    let ip = binding["HostIp"].as_str().unwrap_or_default();
    let ip = ip.parse::<std::net::IpAddr>().ok();
    reading::block([
        ("container", Some(Value::from(container))),
        ("host", host.map(Value::from)),
        ("ip", ip.map(|ip| Value::from(ip.to_string()))),
        ("protocol", Some(Value::from(protocol))),
    ])
}

/// Those of the image are among them, and those that are published.
fn exposed(ports: &Json) -> Option<Value> {
    let ports = ports.as_object().into_iter().flatten();
    reading::set_of(ports.map(|(port, _)| process::exposed_port(port)))
}

fn restart(policy: &Json) -> Value {
    let name = policy["Name"].as_str().filter(|name| !name.is_empty());
    let name = name.unwrap_or("no");
    match policy["MaximumRetryCount"].as_i64() {
        Some(attempts) if attempts > 0 => Value::from(format!("{name}:{attempts}")),
        _ => Value::from(name),
    }
}

/// What the user leaves out is the image's: it stands there as if it had been asked for.
fn healthcheck(check: &Json) -> Option<Value> {
    let test = reading::texts(&check["Test"]);
    let disabled = test.first().is_some_and(|first| first == "NONE");
    let shown = |value: Option<Value>| value.filter(|_| !disabled);
    check.as_object()?;
    Some(reading::block([
        ("test", shown(reading::list(&check["Test"]))),
        ("interval", shown(reading::whole(&check["Interval"]))),
        ("timeout", shown(reading::whole(&check["Timeout"]))),
        ("start_period", shown(reading::whole(&check["StartPeriod"]))),
        ("start_interval", shown(reading::whole(&check["StartInterval"]))),
        ("retries", shown(reading::whole(&check["Retries"]))),
        ("disable", Some(Value::from(disabled))),
    ]))
}
