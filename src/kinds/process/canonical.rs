//! Brings a decoded spec into the form that reading back gives.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::{forms, isolation};
use crate::kinds::{Problem, Spec, spec};
use crate::value::{Data, Value};

/// See [`Kind::canonical`](crate::kinds::Kind::canonical).
pub(in crate::kinds) fn canonical(spec: &mut Spec, root: &Path) -> Vec<Problem> {
    drop_what_means_unset(spec);
    for (name, form) in TEXT_FORMS {
        rewrite(spec, name, form);
    }
    for name in [
        "cap_add",
        "cap_drop",
        "security_opt",
        "expose",
        "links",
        "volumes_from",
        "device_cgroup_rules",
    ] {
        sort(spec, name);
    }
    drop_added_label(spec);
    drop_published(spec);
    round_cpus(spec);
    each_block(spec, "port", spell_protocol);
    each_block(spec, "device", drop_default("permissions", "rwm"));
    each_block(spec, "device", drop_device_default);
    each_block(spec, "device_request", isolation::complete_request);
    each_block(spec, "network", |network| {
        for name in ["aliases", "link_local_ips", "driver_opts"] {
            spec::drop_if_empty(network, name);
        }
        rewrite(network, "mac_address", forms::mac_address);
    });
    each_block(spec, "mount", |mount| make_absolute(mount, root));
    each_block(spec, "mount", drop_tmpfs_options);
    let mut problems = fill_digests(spec, root);
    problems.extend(fill_seccomp_digest(spec, root));
    problems
}

type Form = fn(&str) -> String;

const TEXT_FORMS: &[(&str, Form)] = &[
    ("cap_add", forms::capability),
    ("cap_drop", forms::capability),
    ("security_opt", forms::security_option),
    ("cpuset_cpus", forms::cpu_set),
    ("cpuset_mems", forms::cpu_set),
    ("device_cgroup_rules", forms::spaces),
    ("links", forms::link),
    ("mac_address", forms::mac_address),
    ("volumes_from", forms::volumes_from),
    ("expose", forms::exposed_port),
    ("tmpfs", forms::mount_options),
    ("restart", forms::restart_policy),
    ("extra_hosts", forms::host_address),
];

/// An empty list takes the image's entrypoint away; anything else that is empty means the same as nothing, as does a limit
/// of zero.
fn drop_what_means_unset(spec: &mut Spec) {
    let names: Vec<String> = spec
        .keys()
        .filter(|name| *name != "entrypoint")
        .cloned()
        .collect();
    for name in names {
        spec::drop_if_empty(spec, &name);
    }
    for name in [
        "memory",
        "memory_swap",
        "memory_reservation",
        "cpus",
        "cpu_period",
        "cpu_quota",
        "cpu_rt_period",
        "cpu_rt_runtime",
        "shm_size",
    ] {
        if spec::whole(spec, name) == Some(0) {
            spec.remove(name);
        }
    }
    if spec::whole(spec, "pids_limit").is_some_and(|limit| limit <= 0) {
        spec.remove("pids_limit");
    }
}

/// The engine adds this option to every privileged container.
fn drop_added_label(spec: &mut Spec) {
    if spec::flag(spec, "privileged") != Some(true) {
        return;
    }
    keep(spec, "security_opt", |option| option != "label=disable");
}

/// What is published is exposed anyway.
fn drop_published(spec: &mut Spec) {
    let published: Vec<String> = spec::blocks(spec, "port")
        .filter_map(|port| {
            let protocol = spec::text(port, "protocol").unwrap_or("tcp");
            Some(format!("{}/{protocol}", spec::whole(port, "container")?))
        })
        .collect();
    keep(spec, "expose", |port| !published.iter().any(|it| it == port));
}

/// Leaves only some texts of a set.
fn keep(spec: &mut Spec, name: &str, wanted: impl Fn(&str) -> bool) {
    let Some(set) = spec.get_mut(name) else { return };
    let Some(elements) = set.as_elements() else { return };
    let kept: Vec<Value> = elements
        .iter()
        .filter(|element| element.as_str().is_none_or(&wanted))
        .cloned()
        .collect();
    *set = Value::tuple(kept).sensitive_if(set.sensitive);
    spec::drop_if_empty(spec, name);
}

/// The engine counts in billionths of a CPU.
fn round_cpus(spec: &mut Spec) {
    if let Some(cpus) = spec.get_mut("cpus")
        && let Some(nano) = super::body::nano_cpus(cpus)
        && let Some(rounded) = super::read::cpus(nano)
    {
        *cpus = rounded.sensitive_if(cpus.sensitive);
    }
}

/// Ports are told apart by number and protocol.
fn spell_protocol(port: &mut Spec) {
    port.entry("protocol".into())
        .or_insert_with(|| Value::from("tcp"));
}

fn drop_default(name: &'static str, default: &'static str) -> impl Fn(&mut Spec) {
    move |block| {
        if spec::text(block, name) == Some(default) {
            block.remove(name);
        }
    }
}

fn drop_device_default(device: &mut Spec) {
    if device.get("container") == device.get("host") {
        device.remove("container");
    }
}

fn make_absolute(mount: &mut Spec, root: &Path) {
    rewrite(mount, "source", |source| forms::local_path(root, source));
}

/// Notes the hash of each file that is copied from this machine, so that a plan sees when it changes.
fn fill_digests(spec: &mut Spec, root: &Path) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut index = 0;
    each_block(spec, "file", |file| {
        if let Some(source) = spec::text(file, "source") {
            let path = root.join(source);
            match std::fs::read(&path) {
                Ok(content) => {
                    file.insert("digest".into(), Value::from(digest(&content)));
                }
                Err(error) => problems.push(spec::problem(
                    format!("file[{index}].source"),
                    "Unreadable file",
                    format!("`{}` cannot be read: {error}.", path.display()),
                    "",
                )),
            }
        }
        index += 1;
    });
    problems
}

/// Notes the hash of the profile, which is what the engine shows of it.
fn fill_seccomp_digest(spec: &mut Spec, root: &Path) -> Option<Problem> {
    let path = root.join(spec::text(spec, "seccomp_profile")?);
    let problem = |summary: &str, why: String| {
        let detail = format!("`{}` {why}.", path.display());
        Some(spec::problem("seccomp_profile", summary, detail, ""))
    };
    match std::fs::read_to_string(&path) {
        Ok(profile) => match isolation::profile_digest(&profile) {
            Some(digest) => {
                spec.insert("seccomp_digest".into(), Value::from(digest));
                None
            }
            None => problem("Invalid profile", "holds no JSON object".into()),
        },
        Err(error) => problem("Unreadable file", format!("cannot be read: {error}")),
    }
}

/// An empty set of options is none.
fn drop_tmpfs_options(mount: &mut Spec) {
    if let Some(tmpfs) = mount.get_mut("tmpfs")
        && let Some(entries) = tmpfs.as_entries()
    {
        let mut entries = entries.clone();
        spec::drop_if_empty(&mut entries, "options");
        *tmpfs = Value::object(entries).sensitive_if(tmpfs.sensitive);
    }
}

fn digest(content: &[u8]) -> String {
    let hash: String = Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{hash}")
}

fn rewrite(spec: &mut Spec, name: &str, form: impl Fn(&str) -> String) {
    if let Some(value) = spec.get_mut(name) {
        *value = rewritten(value, &form);
    }
}

/// Rewrites each text of a value, and keeps its marks.
fn rewritten(value: &Value, form: &dyn Fn(&str) -> String) -> Value {
    let each = |elements: &[Value]| -> std::sync::Arc<[Value]> {
        elements.iter().map(|element| rewritten(element, form)).collect()
    };
    let data = match &value.data {
        Data::String(text) => Data::String(form(text).into()),
        Data::List(ty, elements) => Data::List(ty.clone(), each(elements)),
        Data::Set(ty, elements) => Data::Set(ty.clone(), each(elements)),
        Data::Tuple(elements) => Data::Tuple(each(elements)),
        Data::Map(_, entries) | Data::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(name, value)| (name.clone(), rewritten(value, form)));
            return Value::object(entries).sensitive_if(value.sensitive);
        }
        other => other.clone(),
    };
    Value::from(data).sensitive_if(value.sensitive)
}

/// Sorts a set whose texts have been rewritten; one with unknown elements keeps its order.
fn sort(spec: &mut Spec, name: &str) {
    let Some(value) = spec.get_mut(name).filter(|value| value.is_wholly_known()) else {
        return;
    };
    let mut elements = value.as_elements().unwrap_or_default().to_vec();
    elements.sort_by(|left, right| left.as_str().cmp(&right.as_str()));
    elements.dedup();
    *value = Value::tuple(elements).sensitive_if(value.sensitive);
}

/// Changes each block of a kind that may be repeated.
fn each_block(spec: &mut Spec, name: &str, mut change: impl FnMut(&mut Spec)) {
    let Some(value) = spec.get_mut(name) else { return };
    let Some(elements) = value.as_elements() else {
        return;
    };
    let changed: Vec<Value> = elements
        .iter()
        .map(|element| match element.as_entries() {
            Some(entries) => {
                let mut block = entries.clone();
                change(&mut block);
                Value::object(block).sensitive_if(element.sensitive)
            }
            None => element.clone(),
        })
        .collect();
    *value = Value::tuple(changed).sensitive_if(value.sensitive);
}
