//! What is on the engine and not ours, as a table and as JSON.

use serde_json::{Value as Json, json};

use super::escape::escape;
use crate::observe::{Outsider, Owner};

/// Writes one line for each object. Volumes without a name of their own are only counted.
pub fn table(outsiders: &[Outsider]) -> String {
    let rows: Vec<[String; 4]> = outsiders
        .iter()
        .filter(|outsider| !outsider.is_anonymous())
        .map(|outsider| {
            [
                outsider.kind_name().to_owned(),
                escape(&outsider.name).into_owned(),
                escape(outsider.status.as_deref().unwrap_or_default()).into_owned(),
                owner(&outsider.owner),
            ]
        })
        .collect();
    let anonymous = outsiders
        .iter()
        .filter(|outsider| outsider.is_anonymous())
        .count();
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths = [0, 1, 2].map(width);
    let mut text: String = rows
        .iter()
        .map(|[kind, name, status, owner]| {
            let line = format!(
                "{kind:0$}  {name:1$}  {status:2$}  {owner}",
                widths[0], widths[1], widths[2]
            );
            format!("{}\n", line.trim_end())
        })
        .collect();
    if anonymous > 0 {
        text += &format!("and {anonymous} volumes without a name\n");
    }
    if text.is_empty() {
        text += "Nothing that is not ours.\n";
    }
    text
}

/// Returns everything, for programs.
pub fn json(outsiders: &[Outsider]) -> Json {
    let objects: Vec<Json> = outsiders
        .iter()
        .map(|outsider| {
            json!({
                "kind": outsider.kind_name(),
                "id": outsider.id,
                "name": outsider.name,
                "image": outsider.image,
                "status": outsider.status,
                "owner": match &outsider.owner {
                    Owner::Wharf(owner) => json!({"wharf": {"project": owner.project, "workspace": owner.workspace, "address": owner.address.to_string()}}),
                    Owner::Compose(project) => json!({"compose": {"project": project}}),
                    Owner::Unknown => Json::Null,
                },
            })
        })
        .collect();
    json!({"format_version": "1.0", "objects": objects})
}

fn owner(owner: &Owner) -> String {
    match owner {
        Owner::Wharf(owner) => escape(&format!(
            "wharf: {} of {} ({})",
            owner.address, owner.project, owner.workspace
        ))
        .into_owned(),
        Owner::Compose(project) => escape(&format!("compose: {project}")).into_owned(),
        Owner::Unknown => String::new(),
    }
}
