//! Problems with values that their types let pass: what engines and kernels refuse.

use super::check::MICROSECOND;
use super::forms;
use crate::kinds::spec::problem;
use crate::kinds::{Problem, Spec, spec};

/// The least memory that engines take.
const LEAST_MEMORY: i64 = 6 << 20;
const MILLISECOND: i64 = 1_000_000;
const SECOND: i64 = 1_000_000_000;
/// A hundredth of a CPU, in billionths.
const LEAST_CPUS: i64 = 10_000_000;

/// Finds problems. Unknown values pass.
pub(super) fn check(spec: &Spec, problems: &mut Vec<Problem>) {
    memory(spec, problems);
    cpus(spec, problems);
    real_time(spec, problems);
    sets(spec, problems);
    devices(spec, problems);
    requests(spec, problems);
    address(spec, problems);
}

fn memory(spec: &Spec, problems: &mut Vec<Problem>) {
    for name in ["memory", "memory_reservation"] {
        if spec::whole(spec, name).is_some_and(|bytes| bytes < LEAST_MEMORY) {
            problems.push(problem(
                name,
                "Too little memory",
                "Engines take no limit of memory below 6 MiB.".into(),
                "Write `\"6m\"` or more.",
            ));
        }
    }
}

fn cpus(spec: &Spec, problems: &mut Vec<Problem>) {
    let nano = spec.get("cpus").and_then(super::body::nano_cpus);
    if nano.is_some_and(|nano| nano < LEAST_CPUS) {
        problems.push(problem(
            "cpus",
            "Too few CPUs",
            "Engines take no less than a hundredth of a CPU.".into(),
            "Write `0.01` or more.",
        ));
    }
    if let Some(other) = ["cpu_period", "cpu_quota"]
        .into_iter()
        .find(|other| spec::is_set(spec, other) && spec::is_set(spec, "cpus"))
    {
        problems.push(problem(
            other,
            "Conflicting attributes",
            format!("`cpus` and `{other}` limit the same thing."),
            "Set either `cpus`, or `cpu_quota` with `cpu_period`.",
        ));
    }
    let within = |name: &str, most: i64, help: &str, problems: &mut Vec<Problem>| {
        if spec::whole(spec, name).is_some_and(|time| !(MILLISECOND..=most).contains(&time)) {
            problems.push(problem(
                name,
                "Out of range",
                "The kernel does not take this time.".into(),
                help,
            ));
        }
    };
    within(
        "cpu_period",
        SECOND,
        "Write from `\"1ms\"` to `\"1s\"`.",
        problems,
    );
    within("cpu_quota", i64::MAX, "Write `\"1ms\"` or more.", problems);
    for name in ["cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime"] {
        if spec::whole(spec, name).is_some_and(|time| time % MICROSECOND != 0) {
            problems.push(problem(
                name,
                "Invalid duration",
                "Engines count this time in whole microseconds.".into(),
                "Write whole microseconds, such as `\"950us\"`.",
            ));
        }
    }
}

fn real_time(spec: &Spec, problems: &mut Vec<Problem>) {
    let period = spec::whole(spec, "cpu_rt_period").unwrap_or(SECOND);
    if spec::whole(spec, "cpu_rt_runtime").is_some_and(|runtime| runtime > period) {
        problems.push(problem(
            "cpu_rt_runtime",
            "Conflicting limits",
            "`cpu_rt_runtime` cannot be longer than `cpu_rt_period`, which is a second if it is not set."
                .into(),
            "",
        ));
    }
}

fn sets(spec: &Spec, problems: &mut Vec<Problem>) {
    for (name, what) in [("cpuset_cpus", "CPUs"), ("cpuset_mems", "memory nodes")] {
        if let Some(set) = spec::text(spec, name).filter(|set| forms::parse_cpu_set(set).is_none()) {
            problems.push(problem(
                name,
                "Invalid set of numbers",
                format!("`{set}` is no set of {what}."),
                "Write numbers and ranges, such as `0-2,4`.",
            ));
        }
    }
}

fn devices(spec: &Spec, problems: &mut Vec<Problem>) {
    for rule in spec::texts(spec, "device_cgroup_rules") {
        if !is_device_rule(&rule) {
            problems.push(problem(
                "device_cgroup_rules",
                "Invalid device rule",
                format!("`{rule}` is no rule for devices."),
                "Write `a`, `b` or `c`, the major and minor number or `*`, and some of `rwm`, such as `c 189:* rmw`.",
            ));
        }
    }
    for (index, device) in spec::blocks(spec, "device").enumerate() {
        if spec::text(device, "permissions").is_some_and(|text| !is_permissions(text)) {
            problems.push(problem(
                format!("device[{index}].permissions"),
                "Invalid permissions",
                "Devices can be read (`r`), written (`w`) and made (`m`).".into(),
                "Write some of `rwm`, such as `r` or `rw`.",
            ));
        }
    }
}

fn is_device_rule(rule: &str) -> bool {
    let parts: Vec<&str> = rule.split(' ').collect();
    let [kind, numbers, permissions] = parts[..] else {
        return false;
    };
    let number = |text: &str| text == "*" || text.parse::<u32>().is_ok();
    ["a", "b", "c"].contains(&kind)
        && numbers
            .split_once(':')
            .is_some_and(|(major, minor)| number(major) && number(minor))
        && is_permissions(permissions)
}

fn is_permissions(text: &str) -> bool {
    (1..=3).contains(&text.len()) && text.chars().all(|c| "rwm".contains(c))
}

fn requests(spec: &Spec, problems: &mut Vec<Problem>) {
    for (index, request) in spec::blocks(spec, "device_request").enumerate() {
        if spec::is_set(request, "count") && spec::is_set(request, "device_ids") {
            problems.push(problem(
                format!("device_request[{index}].count"),
                "Conflicting attributes",
                "Devices are either counted or named.".into(),
                "Set either `count` or `device_ids`.",
            ));
        }
    }
}

fn address(spec: &Spec, problems: &mut Vec<Problem>) {
    let mut check = |path: String, address: Option<&str>| {
        if address.is_some_and(|address| !forms::is_mac_address(address)) {
            problems.push(problem(
                path,
                "Invalid hardware address",
                "A hardware address has six parts of two hexadecimal digits.".into(),
                "Write one such as `02:42:ac:11:00:02`.",
            ));
        }
    };
    check("mac_address".into(), spec::text(spec, "mac_address"));
    for (index, network) in spec::blocks(spec, "network").enumerate() {
        check(
            format!("network[{index}].mac_address"),
            spec::text(network, "mac_address"),
        );
    }
    let first = spec::blocks(spec, "network").next();
    if spec::is_set(spec, "mac_address") && first.is_some_and(|first| spec::is_set(first, "mac_address")) {
        problems.push(problem(
            "mac_address",
            "Conflicting attributes",
            "The first network's block gives the same address.".into(),
            "Remove one of the two.",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_rules_have_three_parts() {
        for rule in ["c 189:* rmw", "a *:* rwm", "b 8:0 r"] {
            assert!(is_device_rule(rule), "{rule}");
        }
        for rule in ["", "c 189 rwm", "d 1:1 r", "c 1:1 x", "c 1:1", "c 1:1 rwmr"] {
            assert!(!is_device_rule(rule), "{rule}");
        }
    }
}
