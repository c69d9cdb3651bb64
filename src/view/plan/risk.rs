//! What deserves a look before anything else: data that is lost, and containers that can do as they like on the host.

use std::path::Path;

use serde_json::Value as Json;

use crate::plan::{Action, Change, Impact, Plan};
use crate::value::seal::Sealed;
use crate::view::Paint;
use crate::view::escape::{escape, quote};

/// Capabilities that amount to being root on the host.
const POWERFUL: [&str; 7] = [
    "ALL",
    "SYS_ADMIN",
    "SYS_MODULE",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "DAC_READ_SEARCH",
    "BPF",
];

/// What a container has of its own unless it is told to share the host's, by the attribute that says so.
const NAMESPACES: [(&str, &str); 6] = [
    ("network_mode", "network"),
    ("pid", "processes"),
    ("ipc", "shared memory"),
    ("uts", "name"),
    ("userns_mode", "users"),
    ("cgroupns", "control groups"),
];

/// Writes one line for each risk; empty if there is none.
pub(super) fn text(plan: &Plan, paint: Paint) -> String {
    let mut text = String::new();
    for change in &plan.changes {
        for risk in risks(change) {
            let address = escape(&change.address.to_string()).into_owned();
            text += &format!("  {} {}: {risk}\n", paint.red("!"), paint.bold(&address));
        }
    }
    if text.is_empty() {
        return text;
    }
    format!("{}\n\n{text}\n", paint.bold("Look at this first:"))
}

/// Returns the risks of one change, in words. Text from outside is escaped.
pub(super) fn risks(change: &Change) -> Vec<String> {
    let mut risks = Vec::new();
    if change.impact == Impact::DataLoss {
        risks.push("its data will be lost".to_owned());
    }
    let is_made = matches!(
        change.action,
        Action::Create | Action::Update | Action::Replace | Action::ReplaceStartFirst
    );
    if is_made && matches!(change.address.kind(), "container" | "job") {
        risks.extend(of_container(&change.after));
    }
    risks
}

fn of_container(spec: &Sealed) -> Vec<String> {
    let mut risks = Vec::new();
    if spec["privileged"] == true {
        risks.push("privileged: it can do on the host whatever root can".to_owned());
    }
    for capability in elements(&spec["cap_add"]).iter().filter_map(Json::as_str) {
        let name = capability.trim_start_matches("CAP_");
        if POWERFUL.contains(&name) {
            risks.push(format!("gets the capability {}", escape(name)));
        }
    }
    for (attribute, shared) in NAMESPACES {
        if spec[attribute] == "host" {
            risks.push(format!("shares the host's {shared}"));
        }
    }
    for source in elements(&spec["mount"])
        .iter()
        .filter_map(|mount| mount["source"].as_str())
    {
        if let Some(risk) = of_mount(source) {
            risks.push(risk);
        }
    }
    risks
}

fn of_mount(source: &str) -> Option<String> {
    let is_socket = matches!(
        Path::new(source).file_name().and_then(|name| name.to_str()),
        Some("docker.sock" | "podman.sock" | "containerd.sock" | "crio.sock")
    );
    if is_socket {
        return Some(format!(
            "mounts {}: it can control the whole engine",
            quote(source)
        ));
    }
    matches!(
        source,
        "/" | "/etc"
            | "/root"
            | "/home"
            | "/proc"
            | "/sys"
            | "/dev"
            | "/var"
            | "/boot"
            | "/usr"
            | "/var/lib/docker"
            | "/var/run"
            | "/run"
    )
    .then(|| format!("mounts {} of the host", quote(source)))
}

fn elements(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::kind;

    #[test]
    fn namespaces_of_the_host_were_looked_for_under_names_that_no_attribute_has() {
        for (attribute, shared) in NAMESPACES {
            for name in ["container", "job"] {
                let fields = kind(name).unwrap().fields();
                assert!(
                    fields.iter().any(|field| field.name == attribute),
                    "{name}.{attribute}"
                );
            }
            assert_eq!(
                of_container(&json!({ attribute: "host" })),
                [format!("shares the host's {shared}")]
            );
            assert_eq!(
                of_container(&json!({ attribute: "private" })),
                Vec::<String>::new()
            );
        }
    }

    /// Whatever else a container can share with the host is in the list as well.
    #[test]
    fn every_attribute_that_can_be_host_is_looked_at() {
        let fields = kind("container").unwrap().fields().iter();
        let told = fields.filter(|field| field.doc.contains("`host`") || is_enum_of_host(field.ty));
        for field in told {
            assert!(
                NAMESPACES.iter().any(|(name, _)| *name == field.name),
                "{} can be `host`",
                field.name
            );
        }
    }

    fn is_enum_of_host(ty: crate::kinds::FieldType) -> bool {
        matches!(ty, crate::kinds::FieldType::Enum(values) if values.contains(&"host"))
    }

    #[test]
    fn every_attribute_that_is_looked_at_is_one() {
        let fields = kind("container").unwrap().fields();
        for name in ["privileged", "cap_add", "mount"] {
            assert!(fields.iter().any(|field| field.name == name), "{name}");
        }
    }
}
