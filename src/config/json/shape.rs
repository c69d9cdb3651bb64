//! What a property of a document is: a block with so many labels, a name to be taken literally, or a value.

use super::super::KindNames;

/// Arguments that are looked at, not evaluated: their strings hold the native syntax.
const STATIC: &[(&str, &[&str])] = &[
    ("depends_on", &[]),
    ("ignore_changes", &["lifecycle"]),
    ("replace_triggered_by", &["lifecycle"]),
    ("type", &["variable"]),
    ("from", &["moved", "removed"]),
    ("to", &["moved", "import"]),
    ("iterator", &["dynamic"]),
    ("engines", &["module"]),
    ("providers", &["module"]),
];

/// Returns how many labels blocks of a type have at the top level; `None` if there are no such blocks.
pub(super) fn top(name: &str, kinds: KindNames<'_>) -> Option<usize> {
    match name {
        "wharf" | "locals" | "moved" | "removed" | "import" => Some(0),
        "variable" | "output" | "module" | "check" => Some(1),
        "data" => Some(2),
        kind => kinds.managed.contains(&kind).then_some(1),
    }
}

/// Returns how many labels a property has as a block in a block; `None` if it is an argument. The path holds the block types
/// from the top level on.
pub(super) fn nested(path: &[&str], name: &str, kinds: KindNames<'_>) -> Option<usize> {
    let [.., parent] = path else { return None };
    match (*parent, name) {
        ("variable", "validation")
        | ("output", "precondition")
        | ("check", "assert")
        | ("dynamic", "content") => Some(0),
        ("check", "data") => Some(2),
        ("wharf", "state" | "encryption") => Some(1),
        ("removed" | "module", "lifecycle") => Some(0),
        ("lifecycle", "precondition" | "postcondition") => Some(0),
        (
            "variable" | "output" | "check" | "dynamic" | "wharf" | "removed" | "module" | "lifecycle"
            | "locals",
            _,
        ) => None,
        (_, "dynamic") => Some(1),
        (_, "lifecycle") if path.len() == 1 => Some(0),
        _ => (kinds.is_block)(path, name).then_some(0),
    }
}

/// Tells whether an argument's strings are text, and no templates.
pub(super) fn is_text(path: &[&str], name: &str) -> bool {
    matches!(
        (path, name),
        (["variable"], "default" | "description") | (["output"], "description")
    )
}

/// Tells whether an argument's strings hold the native syntax.
pub(super) fn is_static(path: &[&str], name: &str) -> bool {
    let Some(parent) = path.last() else { return false };
    STATIC
        .iter()
        .any(|(known, parents)| *known == name && (parents.is_empty() || parents.contains(parent)))
}
