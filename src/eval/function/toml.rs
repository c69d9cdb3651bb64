//! TOML.

use toml::Table;
use toml::value::Value as Toml;

use super::{Call, Failure, Function, Kind, Outcome, any, function, param, string};
use crate::value::{Data, Number, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    function("tomldecode", &[param("src", Kind::String)], any, tomldecode),
    function(
        "tomlencode",
        &[param("value", Kind::Any).whole()],
        string,
        tomlencode,
    ),
];

fn tomldecode(call: &Call<'_>) -> Outcome {
    let table: Table = call.text(0).parse().map_err(|error: toml::de::Error| {
        let line = error
            .span()
            .and_then(|span| call.text(0).get(..span.start))
            .map(|before| format!(" (line {})", before.matches('\n').count() + 1))
            .unwrap_or_default();
        Failure::at(0, format!("it is not valid TOML{line}: {}", error.message()))
    })?;
    from_toml(Toml::Table(table))
}

fn from_toml(value: Toml) -> Outcome {
    Ok(match value {
        Toml::String(text) => Value::normalised(text),
        Toml::Integer(number) => number.into(),
        Toml::Float(float) if float.is_finite() => format!("{float:e}")
            .parse::<Number>()
            .map(|number| Data::Number(number).into())
            .map_err(|_| Failure::at(0, "a number is out of range"))?,
        Toml::Float(_) => return Err(Failure::at(0, "it holds a number that is not finite")),
        Toml::Boolean(value) => value.into(),
        Toml::Datetime(time) => Value::from(time.to_string()),
        Toml::Array(elements) => Value::tuple(
            elements
                .into_iter()
                .map(from_toml)
                .collect::<Result<Vec<_>, _>>()?,
        ),
        Toml::Table(entries) => {
            let entries: Result<Vec<_>, Failure> = entries
                .into_iter()
                .map(|(name, value)| Ok((name, from_toml(value)?)))
                .collect();
            Value::object(entries?)
        }
    })
}

fn tomlencode(call: &Call<'_>) -> Outcome {
    match to_toml(&call[0])? {
        Some(Toml::Table(table)) => toml::to_string(&table)
            .map(Value::from)
            .map_err(|error| Failure::at(0, error.to_string())),
        _ => Err(Failure::at(
            0,
            "a map or an object is required: a TOML document is a table",
        )),
    }
}

/// TOML knows no null: an attribute that is null is left out.
fn to_toml(value: &Value) -> Result<Option<Toml>, Failure> {
    if value.is_null() {
        return Ok(None);
    }
    if let Some(elements) = value.as_elements() {
        let elements: Result<Vec<Toml>, Failure> = elements
            .iter()
            .map(|element| {
                to_toml(element)?.ok_or_else(|| Failure::at(0, "TOML has no null for the element of a list"))
            })
            .collect();
        return Ok(Some(Toml::Array(elements?)));
    }
    if let Some(entries) = value.as_entries() {
        let mut table = Table::new();
        for (name, value) in entries {
            if let Some(value) = to_toml(value)? {
                table.insert(name.clone(), value);
            }
        }
        return Ok(Some(Toml::Table(table)));
    }
    Ok(Some(match &value.data {
        Data::Bool(value) => Toml::Boolean(*value),
        Data::Number(number) => match number.to_i64() {
            Some(whole) => Toml::Integer(whole),
            None => Toml::Float(number.to_f64()),
        },
        _ => Toml::String(value.as_str().unwrap_or_default().to_owned()),
    }))
}
