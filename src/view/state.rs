//! State and outputs for people and programs: `show`, `state list`, `state show`, `output`.

use serde_json::{Map, Value as Json, json};
use wharf_state::{Object, Output, State};

use super::Paint;
use super::escape::{escape, escape_json};
use super::json_text::written;
use super::plan_json::identity;
use super::sealed::{inline, marks, raw, sorted, visible};
use crate::address::Address;
use crate::kinds::{self, Field, FieldType, Presence};
use crate::value::seal::{Sealed, is_sensitive, unescape_key};

/// Writes JSON for people and programs, with its newline.
pub fn json(value: &Json) -> String {
    format!("{}\n", escape_json(&written(value, true)))
}

/// Writes the addresses, one a line.
pub fn list<'a>(state: &'a State, is_wanted: &dyn Fn(&'a str) -> bool) -> String {
    state
        .objects
        .keys()
        .filter(|address| is_wanted(address))
        .map(|address| format!("{}\n", escape(address)))
        .collect()
}

/// Writes every object and the outputs.
pub fn show(state: &State, paint: Paint) -> String {
    if state.objects.is_empty() && state.outputs.is_empty() {
        return "The state is empty.\n".to_owned();
    }
    let mut text: String = state
        .objects
        .iter()
        .map(|(address, shown)| format!("{}\n", object(address, shown, paint)))
        .collect();
    if !state.outputs.is_empty() {
        text += &format!("{}\n", paint.bold("Outputs:"));
        text += &outputs(state);
    }
    text
}

/// Writes one object as a block of the language.
pub fn object(address: &str, object: &Object, paint: Paint) -> String {
    let mut text = format!(
        "{}\n",
        paint.bold(&format!("# {}{}", escape(address), remarks(object)))
    );
    let name = address
        .parse::<Address>()
        .map_or_else(|_| address.to_owned(), |address| address.block.name.to_string());
    text += &format!("{} \"{}\" {{\n", escape(&object.kind), escape(&name));
    let fields = kinds::kind(&object.kind).map_or(&[][..], |kind| kind.fields());
    let mut attributes: Map<String, Json> = object.spec.as_object().cloned().unwrap_or_default();
    for (name, value) in object.attributes.as_object().into_iter().flatten() {
        // What the user wrote says more than what the engine made of it.
        attributes.entry(name.clone()).or_insert_with(|| value.clone());
    }
    text += &block(&attributes, fields, 1);
    text + "}\n"
}

/// Writes the outputs, one a line.
pub fn outputs(state: &State) -> String {
    let width = state
        .outputs
        .keys()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0);
    state
        .outputs
        .iter()
        .map(|(name, output)| {
            let value = if output.sensitive {
                "(sensitive)".to_owned()
            } else {
                inline(&output.value, None)
            };
            format!("{:width$} = {value}\n", escape(name))
        })
        .collect()
}

/// Returns the outputs as JSON: `sensitive` and `value` by name. The value of a secret is not in the state: it is null.
pub fn outputs_json(state: &State) -> Json {
    state
        .outputs
        .iter()
        .map(|(name, output)| {
            (
                name.clone(),
                json!({"sensitive": output.sensitive, "value": output_value(output)}),
            )
        })
        .collect::<Map<_, _>>()
        .into()
}

/// Returns an output's value as JSON; null if it is a secret.
pub fn output_value(output: &Output) -> Json {
    if output.sensitive {
        Json::Null
    } else {
        visible(&output.value)
    }
}

/// Returns an output's text, as `--raw` gives it; `None` if it is a collection, null or a secret.
pub fn output_raw(output: &Output) -> Option<String> {
    (!output.sensitive).then(|| raw(&output.value)).flatten()
}

/// Returns the state in the shape of Terraform's `show -json`.
pub fn state_json(state: &State) -> Json {
    json!({
        "format_version": "1.0",
        "values": {
            "outputs": outputs_json(state),
            "root_module": super::modules::tree(state),
        },
        "wharf": {
            "format": state.format,
            "version": state.wharf_version,
            "lineage": state.lineage,
            "generation": state.generation,
            "project": state.project,
            "workspace": state.workspace,
            "engine_id": state.engine_id,
        },
    })
}

/// Returns one object in the shape that it has in [`state_json`].
pub fn object_json(address: &str, object: &Object) -> Json {
    let mut entry = match address.parse() {
        Ok(address) => identity(&address),
        Err(_) => Map::from_iter([("address".to_owned(), address.into())]),
    };
    let fields = kinds::kind(&object.kind).map_or(&[][..], |kind| kind.fields());
    let visible_fields = fields.iter().filter(|field| field.presence != Presence::Derived);
    let mut values: Map<String, Json> = visible_fields
        .map(|field| (field.name.to_owned(), unset(field)))
        .collect();
    values.extend(object.attributes.as_object().cloned().unwrap_or_default());
    values.extend(object.spec.as_object().cloned().unwrap_or_default());
    let values = Json::Object(values);
    entry.insert("values".into(), visible(&values));
    entry.insert(
        "sensitive_values".into(),
        marks(&values, &is_sensitive).unwrap_or_else(|| json!({})),
    );
    entry.insert("depends_on".into(), json!(object.dependencies));
    if !object.ready {
        entry.insert("tainted".into(), true.into());
    }
    entry.insert(
        "wharf".into(),
        json!({"id": object.id, "name": object.name, "protect": object.protect, "adopted": object.adopted}),
    );
    Json::Object(entry)
}

/// What stands for an attribute that is not set.
fn unset(field: &Field) -> Json {
    match field.ty {
        FieldType::Blocks(..) => json!([]),
        _ => Json::Null,
    }
}

fn remarks(object: &Object) -> String {
    let remarks: Vec<&str> = [
        (!object.ready, "not finished"),
        (object.protect, "protected"),
        (object.adopted, "adopted"),
        (
            !object.deposed.is_empty(),
            "has a predecessor that is still there",
        ),
    ]
    .into_iter()
    .filter(|(holds, _)| *holds)
    .map(|(_, remark)| remark)
    .collect();
    if remarks.is_empty() {
        String::new()
    } else {
        format!(" ({})", remarks.join(", "))
    }
}

fn block(entries: &Map<String, Json>, fields: &[Field], depth: usize) -> String {
    let indent = " ".repeat(4 * depth);
    let is_nested = |name: &str, value: &Sealed| nested(fields, name).is_some() && !is_sensitive(value);
    let (blocks, attributes): (Vec<_>, Vec<_>) = sorted(entries)
        .filter(|(_, value)| !value.is_null())
        .partition(|(name, value)| is_nested(name, value));
    let width = attributes
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for (name, value) in attributes {
        let ty = fields
            .iter()
            .find(|field| field.name == name)
            .map(|field| field.ty);
        let name = escape(unescape_key(name)).into_owned();
        text += &format!("{indent}{name:width$} = {}\n", inline(value, ty));
    }
    for (name, value) in blocks {
        let inner = nested(fields, name).unwrap_or(&[]);
        let all = value
            .as_array()
            .map_or(std::slice::from_ref(value), Vec::as_slice);
        for entries in all.iter().filter_map(Json::as_object) {
            text += &format!(
                "\n{indent}{name} {{\n{}{indent}}}\n",
                block(entries, inner, depth + 1)
            );
        }
    }
    text
}

fn nested(fields: &[Field], name: &str) -> Option<&'static [Field]> {
    match fields.iter().find(|field| field.name == name)?.ty {
        FieldType::Block(inner) | FieldType::Blocks(inner, _) => Some(inner),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use insta::assert_snapshot;

    use super::*;

    fn example() -> State {
        State {
            format: 1,
            wharf_version: "0.1.0".into(),
            lineage: "00000000-0000-0000-0000-000000000001".parse().unwrap(),
            generation: 2,
            project: "shop".into(),
            workspace: "default".into(),
            engine_id: "e".into(),
            objects: BTreeMap::from([(
                "container.web[0]".to_owned(),
                Object {
                    kind: "container".into(),
                    id: "abc".into(),
                    name: "web".into(),
                    nonce: "n".into(),
                    ready: false,
                    adopted: false,
                    protect: true,
                    spec: json!({"image": "bb:1", "env": {"TOKEN": {"$sensitive": "ab"}}}),
                    attributes: json!({"id": "abc\u{1b}", "image": "sha256:1"}),
                    dependencies: vec!["network.n".into()],
                    memory: Json::Null,
                    interim: None,
                    warm_up: None,
                    deposed: Vec::new(),
                },
            )]),
            outputs: BTreeMap::from([
                (
                    "url".to_owned(),
                    Output {
                        value: json!("http://x"),
                        sensitive: false,
                    },
                ),
                (
                    "key".to_owned(),
                    Output {
                        value: json!({"$sensitive": "ab"}),
                        sensitive: true,
                    },
                ),
            ]),
        }
    }

    #[test]
    fn shows_objects_as_blocks_without_secrets() {
        assert_snapshot!(show(&example(), Paint::PLAIN), @r#"
        # container.web[0] (not finished, protected)
        container "web" {
            env   = { TOKEN = (sensitive) }
            id    = "abc\x1b"
            image = "bb:1"
        }

        Outputs:
        key = (sensitive)
        url = "http://x"
        "#);
    }

    #[test]
    fn outputs_come_as_text_and_as_json() {
        let state = example();
        assert_eq!(output_raw(&state.outputs["url"]).as_deref(), Some("http://x"));
        assert_eq!(output_raw(&state.outputs["key"]), None);
        assert_eq!(
            outputs_json(&state),
            json!({"url": {"sensitive": false, "value": "http://x"}, "key": {"sensitive": true, "value": null}})
        );
    }

    #[test]
    fn json_has_the_shape_that_tools_for_terraform_read() {
        let mut state = example();
        let mut object = state.objects.remove("container.web[0]").unwrap();
        object.kind = "volume".into();
        object.spec = json!({"driver": "local", "driver_opts": {"TOKEN": {"$sensitive": "ab"}}});
        object.attributes = json!({"id": "abc\u{1b}", "driver": "other"});
        state.objects.insert("volume.data[0]".into(), object);
        assert_snapshot!(json(&state_json(&state)["values"]["root_module"]), @r#"
        {
          "resources": [
            {
              "address": "volume.data[0]",
              "mode": "managed",
              "type": "volume",
              "name": "data",
              "index": 0,
              "values": {
                "adopt": null,
                "driver": "local",
                "driver_opts": {
                  "TOKEN": null
                },
                "id": "abc\u001b",
                "labels": null,
                "migrate": null,
                "mountpoint": null,
                "name": null,
                "protect": null
              },
              "sensitive_values": {
                "driver_opts": {
                  "TOKEN": true
                }
              },
              "depends_on": [
                "network.n"
              ],
              "tainted": true,
              "wharf": {
                "id": "abc",
                "name": "web",
                "protect": true,
                "adopted": false
              }
            }
          ]
        }
        "#);
    }
}
