//! The reference for users, generated from the FIELDS tables.

use std::fmt::Write as _;

use super::{Cost, Field, FieldType, KINDS, Presence, Unset};

const HEAD: &str = "\
# Reference

Generated from the FIELDS tables (`cargo xtask docs`). Blocks of every kind also take `count`, `for_each`, `depends_on` and `lifecycle`.

What a change costs: **live**, in place, nothing is interrupted · **reconnect**, the container leaves and rejoins a network · **restart**, it is stopped and
started · **replace**, a new object takes its place · **remembered**, nothing happens on the engine · **refused**, it cannot be changed.
";

/// Returns the reference as Markdown.
pub fn reference() -> String {
    let mut text = HEAD.to_owned();
    for kind in KINDS {
        let _ = write!(text, "\n## {}\n\n{}\n", kind.name(), kind.doc());
        tables(&mut text, kind.name(), kind.fields());
        if !kind.data_fields().is_empty() {
            let names: Vec<_> = kind
                .data_fields()
                .iter()
                .map(|field| format!("`{}`", field.name))
                .collect();
            let _ = write!(
                text,
                "\n`data \"{}\"` reads one that is not wharf's, by {}.\n",
                kind.name(),
                names.join(", ")
            );
        }
    }
    text
}

/// Writes the table of a block, then those of the blocks nested in it.
fn tables(text: &mut String, path: &str, fields: &[Field]) {
    let set: Vec<_> = fields
        .iter()
        .filter(|field| {
            !matches!(field.presence, Presence::Computed | Presence::Derived) && nested(field.ty).is_none()
        })
        .collect();
    if !set.is_empty() {
        let _ = write!(
            text,
            "\n| `{path}` | type | unset | a change | |\n| --- | --- | --- | --- | --- |\n"
        );
        for field in set {
            row(text, field);
        }
    }
    let computed: Vec<_> = fields
        .iter()
        .filter(|field| field.presence == Presence::Computed)
        .collect();
    if !computed.is_empty() {
        let _ = write!(
            text,
            "\n| `{path}`, known after apply | type | |\n| --- | --- | --- |\n"
        );
        for field in computed {
            let _ = writeln!(
                text,
                "| `{}` | {} | {} |",
                field.name,
                type_name(field.ty),
                cell(field.doc)
            );
        }
    }
    for field in fields.iter().filter(|field| field.presence != Presence::Derived) {
        if let Some(inner) = nested(field.ty) {
            let often = if matches!(field.ty, FieldType::Blocks(..)) {
                ", may be repeated"
            } else {
                ""
            };
            let _ = write!(
                text,
                "\n### {path}: {} (block{often})\n\n{}\n\nA change: {}.\n",
                field.name,
                field.doc,
                change(field)
            );
            tables(text, &format!("{path}.{}", field.name), inner);
        }
    }
}

fn row(text: &mut String, field: &Field) {
    let presence = if field.presence == Presence::Required {
        " (required)"
    } else {
        ""
    };
    let since = match field.since {
        (0, 0) => String::new(),
        (major, minor) => format!(" Needs engine API {major}.{minor}."),
    };
    let needs = match field.needs {
        "" => String::new(),
        "CgroupV1" => " Needs a host with the first version of control groups.".to_owned(),
        needs => format!(" Needs a host with `{needs}`, as `docker info` tells."),
    };
    let _ = writeln!(
        text,
        "| `{}`{presence} | {} | {} | {} | {}{since}{needs} |",
        field.name,
        type_name(field.ty),
        cell(field.default),
        change(field),
        cell(field.doc),
    );
}

fn nested(ty: FieldType) -> Option<&'static [Field]> {
    match ty {
        FieldType::Block(fields) | FieldType::Blocks(fields, _) => Some(fields),
        _ => None,
    }
}

/// Keeps a text from ending its table cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn change(field: &Field) -> String {
    let cost = cost(field.cost);
    match field.unset {
        Unset::Replace if field.cost != Cost::Replace => format!("{cost}; taking it out: replace"),
        Unset::Keep => format!("{cost}; taking it out: the live value stays"),
        _ => cost.to_owned(),
    }
}

/// Says what a change costs.
pub(super) fn cost(cost: Cost) -> &'static str {
    match cost {
        Cost::Remember => "remembered",
        Cost::Live => "live",
        Cost::Reconnect => "reconnect",
        Cost::Restart => "restart",
        Cost::Replace => "replace",
        Cost::Refused => "refused",
    }
}

fn type_name(ty: FieldType) -> String {
    match ty {
        FieldType::String => "text".into(),
        FieldType::Enum(words) => words
            .iter()
            .map(|word| format!("`{word:?}`"))
            .collect::<Vec<_>>()
            .join(" or "),
        FieldType::Bool => "bool".into(),
        FieldType::Int(least, most) => bounds(least, most),
        FieldType::Cpus => "CPUs, such as `0.5`".into(),
        FieldType::Bytes => "size, such as `\"512m\"`".into(),
        FieldType::BytesOrUnlimited => "size, such as `\"512m\"`, or -1".into(),
        FieldType::Duration => "duration, such as `\"30s\"`".into(),
        FieldType::Port => "port".into(),
        FieldType::FileMode => "mode, such as `\"0644\"`".into(),
        FieldType::Ip => "IP address".into(),
        FieldType::Cidr => "network, such as `\"10.1.0.0/24\"`".into(),
        FieldType::ObjectName => "name".into(),
        FieldType::ImageReference => "image reference or id".into(),
        FieldType::LocalPath => "path on this machine".into(),
        FieldType::HostPath => "path on the engine's host".into(),
        FieldType::ContainerPath => "path in the container".into(),
        FieldType::Signal => "signal, such as `\"HUP\"`".into(),
        FieldType::List(inner) => format!("list of {}", type_name(*inner)),
        FieldType::Set(inner) => format!("set of {}", type_name(*inner)),
        FieldType::Map(inner) => format!("map of {}", type_name(*inner)),
        FieldType::Any => "any".into(),
        FieldType::Reference => "reference, such as `container.web`".into(),
        FieldType::Block(_) | FieldType::Blocks(..) => "block".into(),
    }
}

fn bounds(least: i64, most: i64) -> String {
    match (least, most) {
        (i64::MIN, i64::MAX) => "whole number".into(),
        (least, i64::MAX) => format!("whole number from {least}"),
        (least, most) => format!("whole number, {least} to {most}"),
    }
}
