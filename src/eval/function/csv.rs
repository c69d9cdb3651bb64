//! CSV: a header and records → a list of objects. Strict, as RFC 4180 has it: a quote inside a bare field is an error.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Call, Failure, Function, Kind, Outcome, any, function, param};
use crate::value::{AttributeType, Data, Type, Value};

pub(super) const FUNCTIONS: &[Function] = &[function(
    "csvdecode",
    &[param("str", Kind::String)],
    any,
    csvdecode,
)];

fn csvdecode(call: &Call<'_>) -> Outcome {
    let mut reader = Reader {
        rest: call.text(0),
        line: 1,
    };
    let header = reader
        .record()?
        .ok_or_else(|| Failure::at(0, "there is no header line"))?;
    let mut attributes = BTreeMap::new();
    for name in &header {
        let attribute = AttributeType::required(Type::String);
        if attributes.insert(name.clone(), attribute).is_some() {
            return Err(Failure::at(0, format!("two columns have the name {name:?}")));
        }
    }
    let mut rows = Vec::new();
    loop {
        let line = reader.line;
        let Some(record) = reader.record()? else { break };
        if record.len() != header.len() {
            return Err(Failure::at(
                0,
                format!(
                    "the record on line {line} has {} fields, the header has {}",
                    record.len(),
                    header.len()
                ),
            ));
        }
        let fields = record.into_iter().map(Value::normalised);
        rows.push(Value::object(header.iter().cloned().zip(fields)));
    }
    Ok(Data::List(Type::Object(attributes), Arc::from(rows)).into())
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl Reader<'_> {
    /// Reads the next record; empty lines are none.
    fn record(&mut self) -> Result<Option<Vec<String>>, Failure> {
        while let Some(rest) = self
            .rest
            .strip_prefix('\n')
            .or_else(|| self.rest.strip_prefix("\r\n"))
        {
            self.rest = rest;
            self.line += 1;
        }
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut fields = Vec::new();
        loop {
            let (field, more) = match self.rest.strip_prefix('"') {
                Some(quoted) => {
                    self.rest = quoted;
                    self.quoted()?
                }
                None => self.bare()?,
            };
            fields.push(field);
            if !more {
                return Ok(Some(fields));
            }
        }
    }

    /// Reads a field without quotes; tells whether another one follows in the record.
    fn bare(&mut self) -> Result<(String, bool), Failure> {
        let end = self.rest.find([',', '\n']).unwrap_or(self.rest.len());
        let (field, rest) = self.rest.split_at(end);
        let more = rest.starts_with(',');
        let field = match more {
            true => field,
            false => field.strip_suffix('\r').unwrap_or(field),
        };
        if field.contains('"') {
            return Err(self.wrong("a quote stands inside a field that is not quoted"));
        }
        self.rest = rest.get(1..).unwrap_or_default();
        self.line += usize::from(rest.starts_with('\n'));
        Ok((field.to_owned(), more))
    }

    /// Reads a field behind its opening quote. Two quotes stand for one, line ends count as `\n`.
    fn quoted(&mut self) -> Result<(String, bool), Failure> {
        let mut field = String::new();
        loop {
            let Some(end) = self.rest.find('"') else {
                return Err(self.wrong("a quoted field is not closed"));
            };
            let part = &self.rest[..end];
            self.line += part.matches('\n').count();
            field.push_str(&part.replace("\r\n", "\n"));
            let rest = &self.rest[end + 1..];
            if let Some(rest) = rest.strip_prefix('"') {
                field.push('"');
                self.rest = rest;
                continue;
            }
            let line_end = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'));
            let (rest, more) = match (rest.strip_prefix(','), line_end) {
                (Some(rest), _) => (rest, true),
                (None, Some(rest)) => (rest, false),
                (None, None) if matches!(rest, "" | "\r") => ("", false),
                _ => return Err(self.wrong("something stands behind the closing quote of a field")),
            };
            self.line += usize::from(line_end.is_some());
            self.rest = rest;
            return Ok((field, more));
        }
    }

    fn wrong(&self, what: &str) -> Failure {
        Failure::at(0, format!("{what} (line {})", self.line))
    }
}
