//! [`Plan`] → JSON in the shape of Terraform's `show -json`, so that tools for it work, with what only wharf knows under `wharf`.
//!
//! What is sensitive is null, and marked in `before_sensitive` and `after_sensitive`; what is unknown is left out, and
//! marked in `after_unknown`.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::plan::summary::has_changes;
use super::plan::{fields, with_name};
use super::sealed::{marks, visible};
use crate::address::{Address, Key};
use crate::kinds::Cost;
use crate::plan::{Action, Cause, Change, Checked, Difference, OutputChange, Plan};
use crate::value::seal::{Sealed, is_sensitive, is_unknown};

/// The version of the shape.
const FORMAT_VERSION: &str = "1.2";

/// Returns the plan as JSON.
pub fn plan(plan: &Plan) -> Json {
    let changes: Vec<Json> = plan.changes.iter().map(resource_change).collect();
    let drift: Vec<Json> = plan.changes.iter().filter_map(resource_drift).collect();
    json!({
        "format_version": FORMAT_VERSION,
        "resource_drift": drift,
        "resource_changes": changes,
        "output_changes": output_changes(&plan.outputs),
        "checks": plan.checks.iter().map(checked).collect::<Vec<_>>(),
        "applyable": has_changes(plan),
        "complete": true,
        "errored": false,
        "wharf": {
            "version": env!("CARGO_PKG_VERSION"),
            "project": plan.project,
            "workspace": plan.workspace,
            "lineage": plan.lineage,
            "generation": plan.generation,
            "engine_id": plan.engine_id,
            "destroy": plan.destroy,
        },
    })
}

/// Returns what identifies an instance: `address`, `mode`, `type`, `name` and, if it has them, `module_address` and `index`.
pub fn identity(address: &Address) -> Map<String, Json> {
    let block = &address.block;
    let mut identity = Map::new();
    identity.insert("address".into(), address.to_string().into());
    if !address.module.is_root() {
        identity.insert("module_address".into(), address.module.to_string().into());
    }
    identity.insert("mode".into(), if block.data { "data" } else { "managed" }.into());
    identity.insert("type".into(), (*block.kind).into());
    identity.insert("name".into(), (*block.name).into());
    if let Some(key) = &address.key {
        identity.insert("index".into(), index(key));
    }
    identity
}

/// Returns an instance key as JSON.
pub fn index(key: &Key) -> Json {
    match key {
        Key::Index(index) => (*index).into(),
        Key::Name(name) => name.clone().into(),
    }
}

fn resource_change(change: &Change) -> Json {
    let mut entry = identity(&change.address);
    let mut body = change_body(
        actions(change.action),
        &change.before,
        &with_name(change, fields(change)),
    );
    if let Some(from) = &change.moved_from {
        entry.insert("previous_address".into(), from.to_string().into());
    }
    let replace_paths = replace_paths(change);
    if !replace_paths.is_empty() {
        body["replace_paths"] = replace_paths.into();
    }
    let is_taken_over = change.imported || change.action == Action::Adopt;
    if let Some(id) = change.id.as_ref().filter(|_| is_taken_over) {
        body["importing"] = json!({ "id": id });
    }
    entry.insert("change".into(), body);
    if let Some(reason) = action_reason(change) {
        entry.insert("action_reason".into(), reason.into());
    }
    entry.insert("wharf".into(), extras(change));
    Json::Object(entry)
}

/// Returns what became of the conditions of one thing.
fn checked(checked: &Checked) -> Json {
    let title = checked.title();
    let within = |module: &str, rest: &str| match module {
        "" => rest.to_owned(),
        module => format!("{module}.{rest}"),
    };
    let mut address = Map::new();
    address.insert("kind".into(), checked.kind.clone().into());
    if !checked.module.is_empty() {
        address.insert("module".into(), checked.module.clone().into());
    }
    if let Some((data, kind)) = &checked.block {
        address.insert("mode".into(), if *data { "data" } else { "managed" }.into());
        address.insert("type".into(), kind.clone().into());
    }
    address.insert("name".into(), checked.name.clone().into());
    address.insert("to_display".into(), within(&checked.module, &title).into());
    let instances: Vec<Json> = checked
        .instances
        .iter()
        .map(|instance| {
            let mut address = Map::new();
            if !instance.module.is_empty() {
                address.insert("module".into(), instance.module.clone().into());
            }
            let mut name = title.clone();
            if !instance.key.is_null() {
                address.insert("instance_key".into(), instance.key.clone());
                name += &format!("[{}]", instance.key);
            }
            address.insert("to_display".into(), within(&instance.module, &name).into());
            let mut entry = json!({ "address": address, "status": instance.status });
            if !instance.problems.is_empty() {
                let problems: Vec<Json> = instance
                    .problems
                    .iter()
                    .map(|it| json!({ "message": it }))
                    .collect();
                entry["problems"] = problems.into();
            }
            entry
        })
        .collect();
    json!({ "address": address, "status": checked.status(), "instances": instances })
}

fn change_body(actions: &[&str], before: &Sealed, after: &Sealed) -> Json {
    let none = || Json::Object(Map::new());
    json!({
        "actions": actions,
        "before": visible(before),
        "after": visible(after),
        "after_unknown": marks(after, &is_unknown).unwrap_or_else(none),
        "before_sensitive": marks(before, &is_sensitive).unwrap_or_else(none),
        "after_sensitive": marks(after, &is_sensitive).unwrap_or_else(none),
    })
}

fn actions(action: Action) -> &'static [&'static str] {
    match action {
        Action::NoOp | Action::Keep | Action::Adopt => &["no-op"],
        Action::Create => &["create"],
        Action::Read => &["read"],
        Action::Update => &["update"],
        Action::Replace => &["delete", "create"],
        Action::ReplaceStartFirst => &["create", "delete"],
        Action::Delete => &["delete"],
        Action::Forget => &["forget"],
    }
}

fn action_reason(change: &Change) -> Option<&'static str> {
    let replaces = matches!(change.action, Action::Replace | Action::ReplaceStartFirst);
    match (&change.cause, change.action) {
        (Cause::Differences { .. } | Cause::Fixed { .. } | Cause::Attached { .. }, _) if replaces => {
            Some("replace_because_cannot_update")
        }
        (Cause::Unfinished, _) if replaces => Some("replace_because_tainted"),
        (Cause::Requested, _) if replaces => Some("replace_by_request"),
        (Cause::Triggered { .. }, _) if replaces => Some("replace_by_triggers"),
        (Cause::NotInConfiguration, Action::Delete) => Some("delete_because_no_resource_config"),
        (_, Action::Read) => Some("read_because_dependency_pending"),
        _ => None,
    }
}

/// Returns the paths that force a replacement, each as a list of steps.
fn replace_paths(change: &Change) -> Vec<Json> {
    if !matches!(change.action, Action::Replace | Action::ReplaceStartFirst) {
        return Vec::new();
    }
    change
        .differences
        .iter()
        .filter(|difference| difference.cost >= Cost::Replace)
        .map(|difference| steps(&difference.path))
        .collect()
}

/// Turns `port[8080/tcp].host` into `["port", "8080/tcp", "host"]`.
fn steps(path: &str) -> Json {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (step, tail) = inside.rsplit_once(']').unwrap_or((inside, ""));
            steps.push(serde_json::from_str::<String>(step).unwrap_or_else(|_| step.to_owned()));
            rest = tail;
        } else {
            let trimmed = rest.strip_prefix('.').unwrap_or(rest);
            let end = trimmed.find(['.', '[']).unwrap_or(trimmed.len());
            steps.push(trimmed[..end].to_owned());
            rest = &trimmed[end..];
        }
    }
    steps.into()
}

fn extras(change: &Change) -> Json {
    json!({
        "action": change.action,
        "id": change.id,
        "name": change.name,
        "cause": change.cause,
        "impact": change.impact,
        "differences": change.differences.iter().map(difference).collect::<Vec<_>>(),
        "notes": change.notes,
        "dependencies": change.dependencies,
        "protect": change.protect,
    })
}

fn difference(difference: &Difference) -> Json {
    let sensitive = |side: &Sealed| marks(side, &is_sensitive).is_some();
    json!({
        "path": difference.path,
        "before": visible(&difference.before),
        "after": visible(&difference.after),
        "after_unknown": is_unknown(&difference.after),
        "sensitive": sensitive(&difference.before) || sensitive(&difference.after),
        "cost": difference.cost,
        "drift": difference.drift,
    })
}

/// Returns what was changed outside: `before` is what was applied last, `after` what is there now, both with the
/// attributes alone that differ.
fn resource_drift(change: &Change) -> Option<Json> {
    let mut entry = identity(&change.address);
    if change.cause == Cause::Vanished {
        entry.insert(
            "change".into(),
            change_body(&["delete"], &change.after, &Json::Null),
        );
        return Some(Json::Object(entry));
    }
    let drifted: BTreeSet<&str> = change
        .differences
        .iter()
        .filter(|difference| difference.drift)
        .filter_map(|difference| difference.path.split(['.', '[']).next())
        .collect();
    if drifted.is_empty() {
        return None;
    }
    let only = |spec: &Sealed| -> Json {
        let entries = spec.as_object().into_iter().flatten();
        entries
            .filter(|(name, _)| drifted.contains(name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<Map<_, _>>()
            .into()
    };
    let body = change_body(&["update"], &only(&change.after), &only(&change.before));
    entry.insert("change".into(), body);
    Some(Json::Object(entry))
}

fn output_changes(outputs: &[OutputChange]) -> Json {
    outputs
        .iter()
        .map(|output| {
            let actions: &[&str] = match (output.before.is_null(), output.after.is_null()) {
                _ if output.before == output.after => &["no-op"],
                (true, _) => &["create"],
                (_, true) => &["delete"],
                _ => &["update"],
            };
            let mut body = change_body(actions, &output.before, &output.after);
            for name in ["after_unknown", "before_sensitive", "after_sensitive"] {
                if body[name] == json!({}) {
                    body[name] = false.into();
                }
            }
            (output.name.clone(), body)
        })
        .collect::<Map<_, _>>()
        .into()
}

#[cfg(test)]
mod tests {
    use insta::assert_json_snapshot;

    use super::*;
    use crate::plan::{Impact, Schedule};

    fn example() -> Plan {
        Plan {
            project: "shop".to_owned(),
            workspace: "default".to_owned(),
            lineage: "l".to_owned(),
            generation: 3,
            engine_id: "e".to_owned(),
            destroy: false,
            changes: vec![Change {
                address: r#"container.web["a"]"#.parse().unwrap(),
                moved_from: None,
                action: Action::Replace,
                id: Some("abc".to_owned()),
                name: "web-a".to_owned(),
                nonce: "n".to_owned(),
                before: json!({"env": {"A": "1", "TOKEN": {"$sensitive": "ab"}}, "memory": 1, "id": "abc"}),
                after: json!({"env": {"A": "2", "TOKEN": {"$sensitive": "cd"}}, "memory": 2, "id": {"$unknown": true}}),
                differences: vec![
                    Difference {
                        path: "env.TOKEN".to_owned(),
                        before: json!({"$sensitive": "ab"}),
                        after: json!({"$sensitive": "cd"}),
                        cost: Cost::Replace,
                        drift: false,
                    },
                    Difference {
                        path: "memory".to_owned(),
                        before: json!(1),
                        after: json!(2),
                        cost: Cost::Live,
                        drift: true,
                    },
                ],
                cause: Cause::Differences {
                    decisive: vec!["env.TOKEN".to_owned()],
                },
                impact: Impact::Downtime,
                notes: Vec::new(),
                keeps: std::collections::BTreeMap::new(),
                dependencies: vec!["network.n".parse().unwrap()],
                protect: false,
                imported: false,
            }],
            outputs: vec![OutputChange {
                name: "url".to_owned(),
                before: Json::Null,
                after: json!({"$unknown": true}),
            }],
            schedule: Schedule::default(),
            preconditions: Vec::new(),
            checks: Vec::new(),
        }
    }

    #[test]
    fn has_the_shape_that_tools_for_terraform_read() {
        assert_json_snapshot!(plan(&example()), @r#"
        {
          "format_version": "1.2",
          "resource_drift": [
            {
              "address": "container.web[\"a\"]",
              "mode": "managed",
              "type": "container",
              "name": "web",
              "index": "a",
              "change": {
                "actions": [
                  "update"
                ],
                "before": {
                  "memory": 2
                },
                "after": {
                  "memory": 1
                },
                "after_unknown": {},
                "before_sensitive": {},
                "after_sensitive": {}
              }
            }
          ],
          "resource_changes": [
            {
              "address": "container.web[\"a\"]",
              "mode": "managed",
              "type": "container",
              "name": "web",
              "index": "a",
              "change": {
                "actions": [
                  "delete",
                  "create"
                ],
                "before": {
                  "env": {
                    "A": "1",
                    "TOKEN": null
                  },
                  "id": "abc",
                  "memory": 1
                },
                "after": {
                  "env": {
                    "A": "2",
                    "TOKEN": null
                  },
                  "memory": 2,
                  "name": "web-a"
                },
                "after_unknown": {
                  "id": true
                },
                "before_sensitive": {
                  "env": {
                    "TOKEN": true
                  }
                },
                "after_sensitive": {
                  "env": {
                    "TOKEN": true
                  }
                },
                "replace_paths": [
                  [
                    "env",
                    "TOKEN"
                  ]
                ]
              },
              "action_reason": "replace_because_cannot_update",
              "wharf": {
                "action": "replace",
                "id": "abc",
                "name": "web-a",
                "cause": {
                  "cause": "differences",
                  "decisive": [
                    "env.TOKEN"
                  ]
                },
                "impact": "downtime",
                "differences": [
                  {
                    "path": "env.TOKEN",
                    "before": null,
                    "after": null,
                    "after_unknown": false,
                    "sensitive": true,
                    "cost": "replace",
                    "drift": false
                  },
                  {
                    "path": "memory",
                    "before": 1,
                    "after": 2,
                    "after_unknown": false,
                    "sensitive": false,
                    "cost": "live",
                    "drift": true
                  }
                ],
                "notes": [],
                "dependencies": [
                  "network.n"
                ],
                "protect": false
              }
            }
          ],
          "output_changes": {
            "url": {
              "actions": [
                "create"
              ],
              "before": null,
              "after": null,
              "after_unknown": true,
              "before_sensitive": false,
              "after_sensitive": false
            }
          },
          "checks": [],
          "applyable": true,
          "complete": true,
          "errored": false,
          "wharf": {
            "version": "0.1.0",
            "project": "shop",
            "workspace": "default",
            "lineage": "l",
            "generation": 3,
            "engine_id": "e",
            "destroy": false
          }
        }
        "#);
    }

    #[test]
    fn no_hash_of_a_secret_gets_out() {
        let text = plan(&example()).to_string();
        assert!(!text.contains("$sensitive") && !text.contains("\"ab\"") && !text.contains("\"cd\""));
    }

    #[test]
    fn paths_are_split_into_steps() {
        assert_eq!(steps("port[8080/tcp].host"), json!(["port", "8080/tcp", "host"]));
        assert_eq!(steps(r#"env["a b"]"#), json!(["env", "a b"]));
        assert_eq!(steps("memory"), json!(["memory"]));
    }
}
