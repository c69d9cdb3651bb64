//! Mounts, both ways: what stands in `Mounts` and what stands in `Binds` are one.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::forms;
use crate::kinds::{Binding, Spec, reading, spec};
use crate::value::{Type, Value};

/// Puts the mounts into a body.
pub(super) fn write(binding: &Binding<'_>, host: &mut Map<String, Json>) {
    let mounts: Vec<Json> = spec::blocks(binding.spec, "mount")
        .map(|mount| write_mount(mount, binding))
        .chain(
            binding
                .keeps
                .iter()
                .map(|(target, volume)| write_kept(target, volume)),
        )
        .collect();
    if !mounts.is_empty() {
        host.insert("Mounts".into(), Json::Array(mounts));
    }
}

/// The label by which a mount is known that no configuration asks for. The engine shows it, and does nothing with it.
const KEPT: &str = "wharf.kept";

/// Mounts a volume without a name again that the predecessor had.
fn write_kept(target: &str, volume: &str) -> Json {
    json!({
        "Type": "volume",
        "Source": volume,
        "Target": target,
        "VolumeOptions": {"Labels": {KEPT: "true"}},
    })
}

fn is_kept(mount: &Json) -> bool {
    mount["VolumeOptions"]["Labels"][KEPT].is_string()
}

/// Reads the volumes without a name, by where they are mounted: those that neither `mount` nor a bind asks for.
pub(super) fn read_anonymous(container: &Json) -> Value {
    let asked_for = read_mounts(&container["HostConfig"]);
    let asked_for = asked_for.as_ref().and_then(Value::as_elements).unwrap_or(&[]);
    let is_asked_for = |target: &str| {
        let targets = asked_for.iter().filter_map(|mount| mount.get("target")?.as_str());
        targets.into_iter().any(|other| other == target)
    };
    let volumes = reading::elements(&container["Mounts"])
        .filter(|mount| mount["Type"] == "volume")
        .filter_map(|mount| {
            let target = forms::clean_path(mount["Destination"].as_str()?);
            Some((target, Value::from(mount["Name"].as_str()?)))
        })
        .filter(|(target, _)| !is_asked_for(target));
    super::map(Type::String, volumes)
}

fn write_mount(mount: &Spec, binding: &Binding<'_>) -> Json {
    let mut body = Map::new();
    spec::carry(
        mount,
        &mut body,
        &[("target", "Target"), ("read_only", "ReadOnly")],
    );
    let mut options = |engine_name: &str, names: &[(&str, &str)]| {
        let mut options = Map::new();
        spec::carry(mount, &mut options, names);
        if !options.is_empty() {
            body.insert(engine_name.to_owned(), Json::Object(options));
        }
    };
    let (ty, source) = if let Some(volume) = spec::text(mount, "volume") {
        options("VolumeOptions", &[("no_copy", "NoCopy"), ("subpath", "Subpath")]);
        ("volume", Some(volume.to_owned()))
    } else if let Some(image) = spec::text(mount, "image") {
        options("ImageOptions", &[("subpath", "Subpath")]);
        ("image", Some(image.to_owned()))
    } else if let Some(source) = spec::text(mount, "source") {
        options("BindOptions", BIND_OPTIONS);
        ("bind", Some(forms::local_path(binding.root, source)))
    } else {
        if let Some(tmpfs) = spec::block(mount, "tmpfs") {
            body.insert("TmpfsOptions".into(), tmpfs_options(tmpfs));
        }
        ("tmpfs", None)
    };
    body.insert("Type".into(), ty.into());
    if let Some(source) = source {
        body.insert("Source".into(), source.into());
    }
    Json::Object(body)
}

const BIND_OPTIONS: &[(&str, &str)] = &[
    ("propagation", "Propagation"),
    ("non_recursive", "NonRecursive"),
    ("create_host_path", "CreateMountpoint"),
    ("read_only_non_recursive", "ReadOnlyNonRecursive"),
    ("read_only_force_recursive", "ReadOnlyForceRecursive"),
];

fn tmpfs_options(tmpfs: &Spec) -> Json {
    let mut body = Map::new();
    spec::carry(tmpfs, &mut body, &[("size", "SizeBytes"), ("mode", "Mode")]);
    let options: Vec<Json> = spec::texts(tmpfs, "options")
        .iter()
        .map(|option| match option.split_once('=') {
            Some((name, value)) => json!([name, value]),
            None => json!([option]),
        })
        .collect();
    if !options.is_empty() {
        body.insert("Options".into(), options.into());
    }
    Json::Object(body)
}

/// Reads `mount`, in the order of the targets.
pub(super) fn read_mounts(host: &Json) -> Option<Value> {
    let mut mounts = BTreeMap::new();
    for bind in reading::texts(&host["Binds"]) {
        if let Some((target, mount)) = read_bind(&bind) {
            mounts.insert(target, mount);
        }
    }
    for mount in reading::elements(&host["Mounts"]).filter(|mount| !is_kept(mount) && !is_anonymous(mount)) {
        let target = forms::clean_path(mount["Target"].as_str().unwrap_or_default());
        let read = read_mount(mount, &target);
        mounts.insert(target, read);
    }
    reading::blocks(mounts.into_values().collect())
}

/// Tells whether a mount asks for a volume without naming one: the engine makes one for the container, as for a path that the
/// image declares.
fn is_anonymous(mount: &Json) -> bool {
    let named = mount["Source"].as_str().is_some_and(|source| !source.is_empty());
    mount["Type"].as_str() == Some("volume") && !named
}

fn read_mount(mount: &Json, target: &str) -> Value {
    let source = mount["Source"].as_str().unwrap_or_default();
    let common = [
        ("target", Some(Value::from(target))),
        ("read_only", reading::flag(&mount["ReadOnly"])),
    ];
    let specific = match mount["Type"].as_str() {
        Some("bind") => {
            let options = &mount["BindOptions"];
            let mut attributes = bind_attributes(source, options["Propagation"].as_str());
            let flags = BIND_OPTIONS.iter().skip(1);
            attributes
                .extend(flags.map(|(name, engine_name)| (*name, reading::flag(&options[*engine_name]))));
            attributes
        }
        Some("image") => vec![
            ("image", reading::text(&mount["Source"])),
            ("subpath", reading::text(&mount["ImageOptions"]["Subpath"])),
        ],
        Some("tmpfs") => {
            let options = &mount["TmpfsOptions"];
            let tmpfs = reading::block([
                ("size", reading::whole(&options["SizeBytes"])),
                ("mode", reading::whole(&options["Mode"])),
                ("options", read_tmpfs_options(&options["Options"])),
            ]);
            vec![("tmpfs", Some(tmpfs))]
        }
        _ => {
            let options = &mount["VolumeOptions"];
            vec![
                ("volume", reading::text(&mount["Source"])),
                ("no_copy", reading::flag(&options["NoCopy"])),
                ("subpath", reading::text(&options["Subpath"])),
            ]
        }
    };
    reading::block(common.into_iter().chain(specific))
}

fn read_tmpfs_options(options: &Json) -> Option<Value> {
    reading::set_of(reading::elements(options).map(|option| reading::texts(option).join("=")))
}

fn bind_attributes(source: &str, propagation: Option<&str>) -> Vec<(&'static str, Option<Value>)> {
    let propagation = propagation
        .filter(|propagation| !propagation.is_empty())
        .unwrap_or("rprivate");
    vec![
        ("source", Some(Value::from(forms::clean_path(source)))),
        ("propagation", Some(Value::from(propagation))),
    ]
}

/// Reads `source:target[:options]`, where a source that is no path is a volume.
fn read_bind(bind: &str) -> Option<(String, Value)> {
    let mut parts = bind.splitn(3, ':');
    let (source, target) = (parts.next()?, forms::clean_path(parts.next()?));
    let options: Vec<&str> = parts.next().unwrap_or_default().split(',').collect();
    let common = [
        ("target", Some(Value::from(target.as_str()))),
        ("read_only", Some(Value::from(options.contains(&"ro")))),
    ];
    let specific = if source.starts_with('/') {
        let propagation = options
            .iter()
            .copied()
            .find(|option| ["private", "shared", "slave"].contains(&option.trim_start_matches('r')));
        let mut attributes = bind_attributes(source, propagation);
        // A path that is not there is always made for these.
        attributes.push(("create_host_path", Some(Value::from(true))));
        attributes
    } else {
        vec![
            ("volume", Some(Value::from(source))),
            ("no_copy", Some(Value::from(options.contains(&"nocopy")))),
        ]
    };
    Some((target, reading::block(common.into_iter().chain(specific))))
}

/// Reads `tmpfs`.
pub(super) fn read_tmpfs(host: &Json) -> Option<Value> {
    let entries: Vec<(String, Value)> = host["Tmpfs"]
        .as_object()?
        .iter()
        .map(|(path, options)| {
            let options = forms::mount_options(options.as_str().unwrap_or_default());
            (path.clone(), Value::from(options))
        })
        .collect();
    (!entries.is_empty()).then(|| Value::object(entries))
}
