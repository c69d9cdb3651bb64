//! Problems between the attributes that only a container that keeps running has.

use std::collections::BTreeSet;

use crate::kinds::spec::problem;
use crate::kinds::{Problem, Spec, process, spec};

/// The shortest interval that engines take.
const MILLISECOND: i64 = 1_000_000;

/// Finds problems. Unknown values pass.
pub(super) fn check(spec: &Spec) -> Vec<Problem> {
    let mut problems = Vec::new();
    ports(spec, &mut problems);
    exposed(spec, &mut problems);
    restart(spec, &mut problems);
    if let Some(check) = spec::block(spec, "healthcheck") {
        healthcheck(check, &mut problems);
    }
    problems
}

fn ports(spec: &Spec, problems: &mut Vec<Problem>) {
    let mode = spec::text(spec, "network_mode").unwrap_or_default();
    if spec::is_set(spec, "port") && (matches!(mode, "host" | "none") || mode.starts_with("container:")) {
        problems.push(problem(
            "port",
            "Conflicting attributes",
            format!("With `network_mode = \"{mode}\"` no ports are published."),
            "Remove the `port` blocks or `network_mode`.",
        ));
    }
    if spec::flag(spec, "publish_all") == Some(true) && mode == "host" {
        problems.push(problem(
            "publish_all",
            "Conflicting attributes",
            "With `network_mode = \"host\"` no ports are published.".into(),
            "Remove `publish_all` or `network_mode`.",
        ));
    }
    let mut taken = BTreeSet::new();
    for (index, port) in spec::blocks(spec, "port").enumerate() {
        let Some(host) = spec::whole(port, "host") else {
            continue;
        };
        let protocol = spec::text(port, "protocol").unwrap_or("tcp");
        if !taken.insert((host, protocol, spec::text(port, "ip"))) {
            problems.push(problem(
                format!("port[{index}].host"),
                "Duplicate block",
                format!("Another `port` block publishes port {host}/{protocol} of the host."),
                "Choose another port, or leave `host` out: then the engine picks one.",
            ));
        }
    }
}

fn exposed(spec: &Spec, problems: &mut Vec<Problem>) {
    for port in spec::texts(spec, "expose") {
        if !process::is_exposed_port(&port) {
            problems.push(problem(
                "expose",
                "Invalid port",
                format!("`{port}` is no port with a protocol."),
                "Write a number from 1 to 65535 and `tcp`, `udp` or `sctp`, such as `8081/tcp`.",
            ));
        }
    }
}

fn restart(spec: &Spec, problems: &mut Vec<Problem>) {
    if let Some(restart) = spec::text(spec, "restart").filter(|restart| !process::is_restart_policy(restart))
    {
        problems.push(problem(
            "restart",
            "Invalid restart policy",
            format!("`{restart}` is no restart policy."),
            "Write `no`, `always`, `unless-stopped`, `on-failure`, or `on-failure:3` with the most attempts.",
        ));
    }
}

fn healthcheck(check: &Spec, problems: &mut Vec<Problem>) {
    let disabled = spec::flag(check, "disable") == Some(true);
    if disabled && check.len() > 1 {
        problems.push(problem(
            "healthcheck.disable",
            "Conflicting attributes",
            "A health check that is switched off has no other attributes.".into(),
            "Remove them, or `disable`.",
        ));
    }
    let test = spec::texts(check, "test");
    if spec::is_set(check, "test")
        && spec::elements(check, "test")
            .iter()
            .all(|word| !word.is_unknown())
    {
        let form = test.first().map(String::as_str);
        let valid = match form {
            Some("CMD") => test.len() > 1,
            Some("CMD-SHELL") => test.len() == 2,
            _ => false,
        };
        if !valid && check.get("test").is_some_and(|test| !test.is_unknown()) {
            problems.push(problem(
                "healthcheck.test",
                "Invalid health check",
                "A test begins with `CMD` and a program, or is `CMD-SHELL` and one line for the container's shell.".into(),
                if form == Some("NONE") {
                    "To switch the image's health check off, set `disable = true`."
                } else {
                    "Write `[\"CMD\", \"wget\", \"-qO-\", \"localhost:8080\"]`, or `[\"CMD-SHELL\", \"wget -qO- localhost:8080\"]`."
                },
            ));
        }
    }
    for name in ["interval", "timeout", "start_period", "start_interval"] {
        if spec::whole(check, name).is_some_and(|time| time != 0 && time < MILLISECOND) {
            problems.push(problem(
                format!("healthcheck.{name}"),
                "Invalid duration",
                "Engines take no time shorter than a millisecond here.".into(),
                "",
            ));
        }
    }
}
