//! Problems with mounts.

use super::check::duplicates;
use super::forms;
use crate::kinds::spec::problem;
use crate::kinds::{Problem, Spec, spec};

/// What may be mounted.
const SOURCES: [&str; 4] = ["volume", "source", "tmpfs", "image"];

/// Which attributes have a meaning for which of them alone.
const OF_ONE: &[(&str, &[&str], &str)] = &[
    ("propagation", &["source"], "Only a path of the host has"),
    ("non_recursive", &["source"], "Only a path of the host has"),
    ("create_host_path", &["source"], "Only a path of the host has"),
    (
        "read_only_non_recursive",
        &["source"],
        "Only a path of the host has",
    ),
    (
        "read_only_force_recursive",
        &["source"],
        "Only a path of the host has",
    ),
    ("no_copy", &["volume"], "Only a volume has"),
    ("subpath", &["volume", "image"], "Only a volume or an image has"),
];

/// Finds problems. Unknown values pass.
pub(super) fn check(spec: &Spec, problems: &mut Vec<Problem>) {
    duplicates(spec, "mount", "target", problems);
    for (index, mount) in spec::blocks(spec, "mount").enumerate() {
        let path = format!("mount[{index}]");
        let given: Vec<&str> = SOURCES
            .into_iter()
            .filter(|attribute| spec::is_set(mount, attribute))
            .collect();
        match given[..] {
            [given] => attributes(mount, &path, given, problems),
            _ => problems.push(problem(
                path.as_str(),
                "Exactly one of four attributes is needed",
                "A mount is a volume, a path of the host, memory, or an image.".into(),
                "Set one of `volume`, `source`, `tmpfs` and `image`.",
            )),
        }
        let target = spec::text(mount, "target").unwrap_or_default();
        if spec::pairs(spec, "tmpfs")
            .iter()
            .any(|(path, _)| forms::clean_path(path) == target)
        {
            problems.push(problem(
                format!("{path}.target"),
                "Duplicate mount target",
                format!("`tmpfs` mounts something at `{target}` too."),
                "Remove one of the two.",
            ));
        }
    }
}

fn attributes(mount: &Spec, path: &str, given: &str, problems: &mut Vec<Problem>) {
    for (attribute, sources, whose) in OF_ONE {
        if spec::is_set(mount, attribute) && !sources.contains(&given) {
            problems.push(problem(
                format!("{path}.{attribute}"),
                "Conflicting attributes",
                format!("{whose} `{attribute}`."),
                &format!("Remove `{attribute}`."),
            ));
        }
    }
    let subpath = spec::text(mount, "subpath").unwrap_or_default();
    if subpath.starts_with('/') || subpath.split('/').any(|part| part == "..") {
        problems.push(problem(
            format!("{path}.subpath"),
            "Invalid path",
            "A subpath is relative to the root of what is mounted, and does not leave it.".into(),
            "Write one such as `data/www`.",
        ));
    }
    let flag = |name| spec::flag(mount, name) == Some(true);
    let (writable, forced) = (flag("read_only_non_recursive"), flag("read_only_force_recursive"));
    if writable && forced {
        problems.push(problem(
            format!("{path}.read_only_force_recursive"),
            "Conflicting attributes",
            "What is mounted below is either left writable or made read-only.".into(),
            "Remove one of the two.",
        ));
    }
    if let Some(name) = ["read_only_non_recursive", "read_only_force_recursive"]
        .into_iter()
        .find(|name| flag(name) && !flag("read_only"))
    {
        problems.push(problem(
            format!("{path}.{name}"),
            "Conflicting attributes",
            format!("`{name}` is for what is mounted read-only."),
            "Set `read_only = true` too.",
        ));
    }
}
