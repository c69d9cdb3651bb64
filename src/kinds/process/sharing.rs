//! Problems with what a container shares with the host or with another container.

use super::check::duplicates;
use crate::kinds::spec::problem;
use crate::kinds::{Problem, Spec, spec};

/// Finds problems. Unknown values pass.
pub(super) fn check(spec: &Spec, problems: &mut Vec<Problem>) {
    duplicates(spec, "network", "name", problems);
    network_mode(spec, problems);
    mode(spec, "pid", &["host"], problems);
    mode(spec, "ipc", &["private", "shareable", "none", "host"], problems);
    borrowed_network(spec, problems);
    if spec::text(spec, "uts") == Some("host") && spec::is_set(spec, "hostname") {
        problems.push(problem(
            "hostname",
            "Conflicting attributes",
            "With `uts = \"host\"` the container has the host's name.".into(),
            "Remove `hostname` or `uts`.",
        ));
    }
    for container in spec::texts(spec, "volumes_from") {
        let id = container.split(':').next().unwrap_or_default();
        if !is_id(id) {
            problems.push(problem(
                "volumes_from",
                "Not a container's id",
                format!("`{container}` does not begin with the id of a container."),
                "Refer to its id, as in `container.data.id`, or `\"${container.data.id}:ro\"`.",
            ));
        }
    }
    if spec::is_set(spec, "links") && spec::is_set(spec, "network") {
        problems.push(problem(
            "links",
            "Conflicting attributes",
            "Links are for the engine's default bridge alone.".into(),
            "Containers find each other in their networks by name; give the other one `aliases`.",
        ));
    }
}

fn network_mode(spec: &Spec, problems: &mut Vec<Problem>) {
    if spec::is_set(spec, "network_mode") && spec::is_set(spec, "network") {
        problems.push(problem(
            "network_mode",
            "Conflicting attributes",
            "A container has either a network mode or networks.".into(),
            "Remove `network_mode` or the `network` blocks.",
        ));
    }
    mode(spec, "network_mode", &["bridge", "host", "none"], problems);
}

/// Checks one of the words, or `container:ID`.
fn mode(spec: &Spec, name: &str, words: &[&str], problems: &mut Vec<Problem>) {
    let Some(mode) = spec::text(spec, name) else {
        return;
    };
    let (detail, help) = match mode.strip_prefix("container:") {
        Some(id) if is_id(id) => return,
        Some(_) => (
            "The engine knows the other container by its id, not by its name.".into(),
            "Refer to its id, as in `\"container:${container.vpn.id}\"`.",
        ),
        None if words.contains(&mode) => return,
        None => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            let help = if name == "network_mode" {
                "To join a network, write a `network` block with its name."
            } else {
                ""
            };
            (
                format!("`{mode}` is none of {} and `container:ID`.", words.join(", ")),
                help,
            )
        }
    };
    let summary = if name == "network_mode" {
        "Invalid network mode"
    } else {
        "Invalid mode"
    };
    problems.push(problem(name, summary, detail, help));
}

fn is_id(id: &str) -> bool {
    id.len() == 64 && id.chars().all(|c| c.is_ascii_hexdigit())
}

/// Who uses another container's network has its names and addresses; the host's network has none of its own to give.
fn borrowed_network(spec: &Spec, problems: &mut Vec<Problem>) {
    let mode = spec::text(spec, "network_mode").unwrap_or_default();
    let names: &[&str] = if mode.starts_with("container:") {
        &[
            "hostname",
            "links",
            "dns",
            "dns_opt",
            "dns_search",
            "extra_hosts",
            "mac_address",
            "expose",
        ]
    } else if mode == "host" {
        &["links", "mac_address"]
    } else {
        &[]
    };
    for name in names.iter().filter(|name| spec::is_set(spec, name)) {
        problems.push(problem(
            *name,
            "Conflicting attributes",
            format!("With `network_mode = \"{mode}\"` the network is another's, and so is `{name}`."),
            "Remove it, or `network_mode`.",
        ));
    }
}
