//! Names of objects whose block gives none.

use sha2::{Digest, Sha256};

use super::Naming;
use crate::address::{Address, Key};

/// Returns `project-label`, `project-label-key`, or with a workspace of its own `project-workspace-label-key`.
///
/// Modules stand before the label, each with a dot behind it: `project-module-key.label`. No label can hold a dot, so what
/// is in a module cannot be confused with what is not.
///
/// What a name on the engine cannot hold becomes `-`; a short hash then keeps different keys apart.
pub(super) fn derived(naming: &Naming, address: &Address) -> String {
    let mut parts = vec![naming.project.clone()];
    if naming.workspace != "default" {
        parts.push(naming.workspace.clone());
    }
    let steps = address
        .module
        .0
        .iter()
        .map(|step| part(&step.name, step.key.as_ref()));
    let own = part(&address.block.name, address.key.as_ref());
    let path: Vec<String> = steps.chain([own]).collect();
    parts.push(path.join("."));
    fit(&parts.join("-"))
}

fn part(name: &str, key: Option<&Key>) -> String {
    match key {
        None => name.to_owned(),
        Some(key) => format!("{name}-{}", key.bare()),
    }
}

fn fit(wanted: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let mut fitted: String = wanted.chars().map(|c| if allowed(c) { c } else { '-' }).collect();
    if !fitted.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        fitted.insert(0, 'x');
    }
    if fitted == wanted {
        return fitted;
    }
    let hash = Sha256::digest(wanted.as_bytes());
    format!("{fitted}-{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(workspace: &str, address: &str) -> String {
        let naming = Naming {
            project: "shop".into(),
            workspace: workspace.into(),
        };
        derived(&naming, &address.parse().unwrap())
    }

    #[test]
    fn names_come_from_project_workspace_label_and_key() {
        assert_eq!(name("default", "container.web"), "shop-web");
        assert_eq!(name("default", "container.web[1]"), "shop-web-1");
        assert_eq!(name("staging", r#"volume.data["eu"]"#), "shop-staging-data-eu");
    }

    #[test]
    fn modules_are_part_of_the_name_and_cannot_be_confused_with_labels() {
        assert_eq!(name("default", "module.a.container.web"), "shop-a.web");
        assert_eq!(
            name("staging", r#"module.a["x"].module.b[0].volume.data[1]"#),
            "shop-staging-a-x.b-0.data-1"
        );
        assert_ne!(
            name("default", "container.a-web"),
            name("default", "module.a.container.web")
        );
    }

    #[test]
    fn keys_that_no_engine_takes_stay_apart() {
        let slash = name("default", r#"volume.data["a/b"]"#);
        let space = name("default", r#"volume.data["a b"]"#);
        assert!(slash.starts_with("shop-data-a-b-"), "{slash}");
        assert_ne!(slash, space);
    }
}
