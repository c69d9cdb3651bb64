//! The schema for programs, generated from the FIELDS tables: what `wharf schema` prints.
//!
//! ```json
//! { "format_version": "1.0", "common": ["count", …],
//!   "kinds": { "container": { "doc": "…", "attributes": { "memory": {
//!     "type": { "name": "bytes", "value": "number" }, "presence": "optional", "default": "no limit",
//!     "change": "live", "unset": "replace", "since": "1.43", "needs": "MemoryLimit", "at": "HostConfig.Memory",
//!     "doc": "…" } }, "data": { "name": … } } } }
//! ```
//!
//! `type.name` is the type with its unit, `type.value` what it is in expressions. Collections have `type.of`, numbers
//! `min` and `max`, enumerations `values`; blocks have `attributes` of their own, repeated ones the `keys` that tell them
//! apart. What has no default, minimum API version, need or place in the engine's API leaves that out.

use serde_json::{Map, Value as Json, json};

use super::{Cost, Field, FieldType, KINDS, Kind, Presence, Unset};

/// What blocks of every kind also take.
const COMMON: [&str; 4] = ["count", "for_each", "depends_on", "lifecycle"];

/// Returns the schema of all kinds, or of one: `None` if there is none of that name.
pub fn schema(kind: Option<&str>) -> Option<Json> {
    let kinds: Map<String, Json> = KINDS
        .iter()
        .filter(|known| kind.is_none_or(|name| known.name() == name))
        .map(|kind| (kind.name().to_owned(), of_kind(*kind)))
        .collect();
    (!kinds.is_empty()).then(|| json!({"format_version": "1.0", "common": COMMON, "kinds": kinds}))
}

fn of_kind(kind: &dyn Kind) -> Json {
    let mut described = Map::new();
    described.insert("doc".into(), kind.doc().into());
    described.insert("attributes".into(), attributes(kind.fields()));
    if !kind.data_fields().is_empty() {
        described.insert("data".into(), attributes(kind.data_fields()));
    }
    Json::Object(described)
}

fn attributes(fields: &[Field]) -> Json {
    fields
        .iter()
        .filter(|field| field.presence != Presence::Derived)
        .map(|field| (field.name.to_owned(), attribute(field)))
        .collect::<Map<_, _>>()
        .into()
}

fn attribute(field: &Field) -> Json {
    let mut described = Map::new();
    let mut put = |name: &str, value: Json| described.insert(name.to_owned(), value);
    put("type", type_of(&field.ty));
    put("presence", presence(field.presence).into());
    if !field.default.is_empty() {
        put("default", field.default.into());
    }
    if field.presence != Presence::Computed {
        put("change", super::reference::cost(field.cost).into());
        put("unset", unset(field).into());
    }
    if field.since != (0, 0) {
        put("since", format!("{}.{}", field.since.0, field.since.1).into());
    }
    if !field.needs.is_empty() {
        put("needs", field.needs.into());
    }
    if !field.at.is_empty() {
        put("at", field.at.into());
    }
    put("doc", field.doc.into());
    Json::Object(described)
}

fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Required => "required",
        Presence::Optional => "optional",
        Presence::OptionalComputed => "optional_computed",
        Presence::Computed | Presence::Derived => "computed",
    }
}

/// Says what taking it out costs.
fn unset(field: &Field) -> &'static str {
    match field.unset {
        Unset::AsChange => super::reference::cost(field.cost),
        Unset::Replace => super::reference::cost(Cost::Replace),
        Unset::Keep => "kept",
    }
}

fn type_of(ty: &FieldType) -> Json {
    match ty {
        FieldType::String => json!({"name": "string", "value": "string"}),
        FieldType::Enum(words) => json!({"name": "enum", "value": "string", "values": words}),
        FieldType::Bool => json!({"name": "bool", "value": "bool"}),
        FieldType::Int(least, most) => {
            let mut ty = json!({"name": "int", "value": "number"});
            if *least != i64::MIN {
                ty["min"] = (*least).into();
            }
            if *most != i64::MAX {
                ty["max"] = (*most).into();
            }
            ty
        }
        FieldType::Cpus => json!({"name": "cpus", "value": "number"}),
        FieldType::Bytes => json!({"name": "bytes", "value": "number"}),
        FieldType::BytesOrUnlimited => json!({"name": "bytes_or_unlimited", "value": "number"}),
        FieldType::Duration => json!({"name": "duration", "value": "number", "unit": "nanoseconds"}),
        FieldType::Port => json!({"name": "port", "value": "number", "min": 1, "max": 65535}),
        FieldType::FileMode => json!({"name": "file_mode", "value": "number"}),
        FieldType::Ip => json!({"name": "ip", "value": "string"}),
        FieldType::Cidr => json!({"name": "cidr", "value": "string"}),
        FieldType::ObjectName => json!({"name": "object_name", "value": "string"}),
        FieldType::ImageReference => json!({"name": "image_reference", "value": "string"}),
        FieldType::LocalPath => json!({"name": "local_path", "value": "string"}),
        FieldType::HostPath => json!({"name": "host_path", "value": "string"}),
        FieldType::ContainerPath => json!({"name": "container_path", "value": "string"}),
        FieldType::Signal => json!({"name": "signal", "value": "string"}),
        FieldType::List(element) => json!({"name": "list", "value": "list", "of": type_of(element)}),
        FieldType::Set(element) => json!({"name": "set", "value": "set", "of": type_of(element)}),
        FieldType::Map(element) => json!({"name": "map", "value": "map", "of": type_of(element)}),
        FieldType::Any => json!({"name": "any", "value": "any"}),
        FieldType::Reference => json!({"name": "reference", "value": "string"}),
        FieldType::Block(fields) => {
            json!({"name": "block", "value": "object", "attributes": attributes(fields)})
        }
        FieldType::Blocks(fields, keys) => {
            json!({"name": "blocks", "value": "list", "keys": keys, "attributes": attributes(fields)})
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_described_in_full() {
        let schema = schema(Some("container")).unwrap();
        let attributes = &schema["kinds"]["container"]["attributes"];
        assert_eq!(
            attributes["memory"]["type"],
            json!({"name": "bytes", "value": "number"})
        );
        assert_eq!(attributes["memory"]["change"], "live");
        assert_eq!(attributes["memory"]["unset"], "replace");
        assert_eq!(attributes["memory"]["needs"], "MemoryLimit");
        assert_eq!(attributes["annotations"]["since"], "1.43");
        assert_eq!(attributes["port"]["type"]["keys"][0], "container");
        assert_eq!(
            attributes["port"]["type"]["attributes"]["host"]["type"]["name"],
            "port"
        );
        assert_eq!(attributes["id"]["presence"], "computed");
        assert!(schema["kinds"].get("volume").is_none());
    }

    #[test]
    fn there_is_no_schema_of_what_is_no_kind() {
        assert!(schema(Some("service")).is_none());
    }

    /// Editors and reference alike show what stands in the tables: nobody else can fill these in.
    #[test]
    fn no_row_lacks_its_words() {
        fn rows(path: &str, fields: &[Field], found: &mut Vec<String>) {
            for field in fields {
                let path = format!("{path}.{}", field.name);
                if field.name.is_empty() || !field.doc.ends_with('.') {
                    found.push(path.clone());
                }
                if let FieldType::Block(inner) | FieldType::Blocks(inner, _) = field.ty {
                    rows(&path, inner, found);
                }
            }
        }
        let mut found = Vec::new();
        for kind in KINDS {
            rows(kind.name(), kind.fields(), &mut found);
        }
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn no_attribute_stands_twice() {
        for kind in KINDS {
            let mut names: Vec<&str> = kind.fields().iter().map(|field| field.name).collect();
            names.sort_unstable();
            let before = names.len();
            names.dedup();
            assert_eq!(names.len(), before, "{}", kind.name());
        }
    }
}
