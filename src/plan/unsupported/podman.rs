//! What Podman's compatible API takes and drops in silence, or takes for something else: found by applying every attribute on each
//! version. What it refuses in its own words when it is asked, because of its host, is not here.

use crate::kinds::Kind;
use crate::value::{Entries, Value};

/// One thing that cannot be asked of Podman.
#[derive(Clone, Copy)]
pub(super) struct Gap {
    /// The kinds that have the attribute.
    kinds: &'static [&'static str],
    /// The attribute, such as `mount.no_copy`.
    path: &'static str,
    /// The first version that can, if one can.
    until: Option<(u32, u32)>,
    /// Which values are meant.
    asks: fn(&Value) -> bool,
    /// What becomes of it: the end of a sentence that begins with Podman's name.
    pub(super) why: &'static str,
}

impl Gap {
    /// Returns how to mend it.
    pub(super) fn help(&self) -> String {
        match self.until {
            Some((major, minor)) => {
                format!("Take it out, or use Podman {major}.{minor} or newer, or Docker.")
            }
            None => "Take it out, or use Docker.".to_owned(),
        }
    }
}

const PROGRAMS: &[&str] = &["container", "job"];
const CONTAINERS: &[&str] = &["container"];
const NETWORKS: &[&str] = &["network"];
const VOLUMES: &[&str] = &["volume"];
const IMAGES: &[&str] = &["image"];

const BASE: Gap = Gap {
    kinds: PROGRAMS,
    path: "",
    until: None,
    asks: anything,
    why: "drops it",
};

const GAPS: &[Gap] = &[
    Gap {
        path: "domainname",
        ..BASE
    },
    Gap {
        kinds: VOLUMES,
        path: "migrate",
        why: "mounts a volume with options for a container that runs alone, so that its data cannot be copied",
        ..BASE
    },
    Gap {
        path: "network.link_local_ips",
        ..BASE
    },
    Gap {
        path: "network.driver_opts",
        ..BASE
    },
    Gap {
        path: "links",
        why: "has no links: containers find each other by name in a network of their own",
        ..BASE
    },
    Gap {
        path: "mount.no_copy",
        ..BASE
    },
    Gap {
        path: "mount.read_only_non_recursive",
        ..BASE
    },
    Gap {
        path: "mount.read_only_force_recursive",
        ..BASE
    },
    Gap {
        kinds: CONTAINERS,
        path: "healthcheck.test",
        until: Some((5, 8)),
        asks: has_spaces,
        why: "takes an argument with a space in it apart",
    },
    Gap {
        kinds: CONTAINERS,
        path: "healthcheck.start_interval",
        ..BASE
    },
    Gap {
        path: "cpus",
        asks: is_finer_than_a_quota,
        why: "counts CPUs in steps of 0.00001",
        ..BASE
    },
    Gap {
        path: "security_opt",
        asks: has_a_profile,
        why: "takes the path of a seccomp profile on its own host, and no profile",
        ..BASE
    },
    Gap {
        path: "seccomp_profile",
        why: "takes the path of a seccomp profile on its own host, and no profile",
        ..BASE
    },
    Gap {
        path: "cgroupns",
        until: Some((5, 8)),
        ..BASE
    },
    Gap {
        path: "runtime",
        why: "drops it, and uses the runtime of its own configuration",
        ..BASE
    },
    Gap {
        path: "device_cgroup_rules",
        until: Some((5, 4)),
        ..BASE
    },
    Gap {
        path: "device_request",
        until: Some((5, 4)),
        ..BASE
    },
    Gap {
        path: "device_request",
        asks: is_no_cdi,
        why: "drops it unless the driver is `cdi`",
        ..BASE
    },
    Gap {
        kinds: NETWORKS,
        path: "ingress",
        why: "has no swarm",
        ..BASE
    },
    Gap {
        kinds: NETWORKS,
        path: "scope",
        asks: is_not_local,
        why: "has no swarm",
        ..BASE
    },
    Gap {
        kinds: NETWORKS,
        path: "ipam.options",
        ..BASE
    },
    Gap {
        kinds: NETWORKS,
        path: "ipam.config.aux_addresses",
        ..BASE
    },
    Gap {
        kinds: IMAGES,
        path: "build.cache_from",
        asks: has_a_tag,
        why: "takes repositories without tag or digest",
        ..BASE
    },
];

/// Finds what stands between a value and this version of Podman. `path` may have the places of blocks in it: `mount[0].no_copy`.
pub(super) fn gap(version: (u32, u32), kind: &dyn Kind, path: &str, value: &Value) -> Option<Gap> {
    let parts: Vec<&str> = path
        .split('.')
        .map(|part| part.split('[').next().unwrap_or(part))
        .collect();
    let path = parts.join(".");
    let found = GAPS.iter().find(|gap| {
        gap.path == path
            && gap.kinds.contains(&kind.name())
            && gap.until.is_none_or(|until| version < until)
            && (gap.asks)(value)
    });
    found.copied()
}

/// What is empty or off asks for nothing.
fn anything(value: &Value) -> bool {
    let nothing = value.as_bool() == Some(false)
        || value.as_str() == Some("")
        || value.as_elements().is_some_and(<[Value]>::is_empty)
        || value.as_entries().is_some_and(Entries::is_empty);
    !nothing
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value
        .as_elements()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn has_spaces(value: &Value) -> bool {
    // The first says how the others are run; a shell is given one text, which is put together again.
    texts(value).next() == Some("CMD")
        && texts(value).any(|part| part.is_empty() || part.contains(char::is_whitespace))
}

fn is_finer_than_a_quota(value: &Value) -> bool {
    let decimals = match &value.data {
        crate::value::Data::Number(number) => number.to_string(),
        _ => return false,
    };
    decimals
        .split_once('.')
        .is_some_and(|(_, decimals)| decimals.len() > 5)
}

fn has_a_profile(value: &Value) -> bool {
    texts(value).any(|option| {
        let profile = option
            .strip_prefix("seccomp=")
            .or_else(|| option.strip_prefix("seccomp:"));
        profile.is_some_and(|profile| profile.trim_start().starts_with('{'))
    })
}

fn is_no_cdi(value: &Value) -> bool {
    let requests = value.as_elements().into_iter().flatten();
    requests
        .into_iter()
        .any(|request| request.get("driver").and_then(Value::as_str) != Some("cdi"))
}

fn is_not_local(value: &Value) -> bool {
    value.as_str().is_some_and(|scope| scope != "local")
}

fn has_a_tag(value: &Value) -> bool {
    texts(value).any(|source| {
        source
            .rsplit('/')
            .next()
            .is_some_and(|name| name.contains([':', '@']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::{Field, FieldType, kind};

    #[test]
    fn every_gap_is_about_an_attribute_that_is_there() {
        for gap in GAPS {
            for name in gap.kinds {
                let mut fields: &[Field] = kind(name).unwrap().fields();
                for part in gap.path.split('.') {
                    let field = fields.iter().find(|field| field.name == part);
                    let field = field.unwrap_or_else(|| panic!("{name} has no {}", gap.path));
                    if let FieldType::Block(inner) | FieldType::Blocks(inner, _) = field.ty {
                        fields = inner;
                    }
                }
            }
        }
    }

    #[test]
    fn what_asks_for_nothing_is_no_gap() {
        let container = kind("container").unwrap();
        let is_gap = |path: &str, value: Value| gap((4, 3), container, path, &value).is_some();
        assert!(is_gap("links", Value::tuple([Value::from("a:b")])));
        assert!(!is_gap("links", Value::tuple([])));
        assert!(is_gap("mount[2].no_copy", Value::from(true)));
        assert!(!is_gap("mount[2].no_copy", Value::from(false)));
        assert!(!is_gap("hostname", Value::from("a")));
    }

    #[test]
    fn a_newer_podman_can_do_more() {
        let container = kind("container").unwrap();
        let rules = Value::tuple([Value::from("c 1:3 r")]);
        assert!(gap((4, 3), container, "device_cgroup_rules", &rules).is_some());
        assert!(gap((5, 4), container, "device_cgroup_rules", &rules).is_none());
        let spaces = Value::tuple(["CMD", "print", "a b"].map(Value::from));
        assert!(gap((5, 4), container, "healthcheck.test", &spaces).is_some());
        assert!(gap((5, 8), container, "healthcheck.test", &spaces).is_none());
        let shell = Value::tuple(["CMD-SHELL", "print a"].map(Value::from));
        assert!(gap((4, 3), container, "healthcheck.test", &shell).is_none());
    }
}
