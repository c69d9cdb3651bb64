//! Problems between the attributes of a container.

use std::collections::BTreeSet;

use super::{forms, mounts, ranges, sharing};
use crate::kinds::spec::problem;
use crate::kinds::{Problem, Spec, exposed, spec};

const SECOND: i64 = 1_000_000_000;
pub(super) const MICROSECOND: i64 = 1_000;

/// Finds problems in what containers and jobs share. Unknown values pass.
pub(in crate::kinds) fn check(spec: &Spec) -> Vec<Problem> {
    let mut problems = exposed::check_labels(spec, "Give the value in a `file` block, or in `env`.");
    problems.extend(exposed::check_arguments(spec));
    env(spec, &mut problems);
    stop_timeout(spec, &mut problems);
    memory(spec, &mut problems);
    ranges::check(spec, &mut problems);
    ulimits(spec, &mut problems);
    sharing::check(spec, &mut problems);
    networks(spec, &mut problems);
    mounts::check(spec, &mut problems);
    files(spec, &mut problems);
    problems
}

fn env(spec: &Spec, problems: &mut Vec<Problem>) {
    for (name, value) in spec::pairs(spec, "env") {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            problems.push(problem(
                format!("env.{name}"),
                "Invalid environment variable",
                "A variable's name is not empty and holds no `=`; neither name nor value holds a NUL.".into(),
                "",
            ));
        }
    }
}

fn stop_timeout(spec: &Spec, problems: &mut Vec<Problem>) {
    if spec::whole(spec, "stop_timeout").is_some_and(|timeout| timeout % SECOND != 0) {
        problems.push(problem(
            "stop_timeout",
            "Invalid duration",
            "Engines count this time in whole seconds.".into(),
            "Write whole seconds, such as `\"10s\"`.",
        ));
    }
}

fn memory(spec: &Spec, problems: &mut Vec<Problem>) {
    let Some(memory) = spec::whole(spec, "memory") else {
        if spec::whole(spec, "memory_swap").is_some_and(|swap| swap > 0) {
            problems.push(problem(
                "memory_swap",
                "Missing attribute",
                "`memory_swap` limits memory and swap together, which needs `memory`.".into(),
                "Set `memory` too.",
            ));
        }
        return;
    };
    if spec::whole(spec, "memory_swap").is_some_and(|swap| swap != -1 && swap < memory) {
        problems.push(problem(
            "memory_swap",
            "Conflicting limits",
            "`memory_swap` limits memory and swap together: it cannot be less than `memory`.".into(),
            "Raise it, or leave it out: then it is twice `memory`.",
        ));
    }
    if spec::whole(spec, "memory_reservation").is_some_and(|reservation| reservation > memory) {
        problems.push(problem(
            "memory_reservation",
            "Conflicting limits",
            "`memory_reservation` cannot be more than `memory`.".into(),
            "",
        ));
    }
}

fn ulimits(spec: &Spec, problems: &mut Vec<Problem>) {
    for (index, ulimit) in spec::blocks(spec, "ulimit").enumerate() {
        let (soft, hard) = (spec::whole(ulimit, "soft"), spec::whole(ulimit, "hard"));
        if let (Some(soft), Some(hard)) = (soft, hard)
            && hard != -1
            && (soft == -1 || soft > hard)
        {
            problems.push(problem(
                format!("ulimit[{index}].soft"),
                "Conflicting limits",
                "The soft limit cannot be more than the hard one.".into(),
                "",
            ));
        }
    }
    duplicates(spec, "ulimit", "name", problems);
}

fn networks(spec: &Spec, problems: &mut Vec<Problem>) {
    for (index, network) in spec::blocks(spec, "network").enumerate() {
        let name = spec::text(network, "name");
        if let Some(name @ ("host" | "none")) = name {
            problems.push(problem(
                format!("network[{index}].name"),
                "Not a network to join",
                format!("`{name}` is a network mode."),
                "Set `network_mode` instead of this block.",
            ));
        }
        let special = ["aliases", "ipv4_address", "ipv6_address", "link_local_ips"]
            .into_iter()
            .find(|attribute| spec::is_set(network, attribute));
        if let (Some("bridge"), Some(attribute)) = (name, special) {
            problems.push(problem(
                format!("network[{index}].{attribute}"),
                "Not possible in the default network",
                "The engine's default bridge takes neither aliases nor fixed addresses.".into(),
                "Declare a `network` of its own, with a subnet in its `ipam` block.",
            ));
        }
    }
}

fn files(spec: &Spec, problems: &mut Vec<Problem>) {
    duplicates(spec, "file", "path", problems);
    for (index, file) in spec::blocks(spec, "file").enumerate() {
        if spec::is_set(file, "content") == spec::is_set(file, "source") {
            problems.push(problem(
                format!("file[{index}]"),
                "Exactly one of two attributes is needed",
                "A file's content is either written here or copied.".into(),
                "Set either `content` or `source`.",
            ));
        }
        let path = spec::text(file, "path").unwrap_or_default();
        if let Some(why) = unreachable(spec, path) {
            problems.push(problem(
                format!("file[{index}].path"),
                "Nothing can be put there",
                format!("`{path}` {why}."),
                "Choose another path.",
            ));
        }
    }
}

/// Files are put in from outside: what is mounted when the container starts hides them, and what is read-only refuses them.
fn unreachable(spec: &Spec, path: &str) -> Option<&'static str> {
    let below = |directory: &str| {
        let directory = forms::clean_path(directory);
        path == directory || directory == "/" || path.starts_with(&format!("{directory}/"))
    };
    if spec::pairs(spec, "tmpfs")
        .iter()
        .any(|(directory, _)| below(directory))
    {
        return Some("lies in memory that is empty when the container starts");
    }
    let innermost = spec::blocks(spec, "mount")
        .filter(|mount| below(spec::text(mount, "target").unwrap_or_default()))
        .max_by_key(|mount| spec::text(mount, "target").map(str::len));
    match innermost {
        Some(mount) if spec::is_set(mount, "tmpfs") => {
            Some("lies in memory that is empty when the container starts")
        }
        Some(mount) if spec::flag(mount, "read_only") == Some(true) => {
            Some("lies in a mount that cannot be written")
        }
        None if spec::flag(spec, "read_only") == Some(true) => {
            Some("lies in the container's own file system, which is read-only")
        }
        _ => None,
    }
}

/// Finds blocks that have the same value of an attribute that tells them apart.
pub(in crate::kinds) fn duplicates(spec: &Spec, name: &str, key: &str, problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    for (index, block) in spec::blocks(spec, name).enumerate() {
        if let Some(value) = spec::text(block, key)
            && !seen.insert(value)
        {
            problems.push(problem(
                format!("{name}[{index}].{key}"),
                "Duplicate block",
                format!("Another `{name}` block has the same `{key}`, `{value}`."),
                "Remove one of the two.",
            ));
        }
    }
}
