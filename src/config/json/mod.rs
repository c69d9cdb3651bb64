//! The JSON twin: a JSON document → the same configuration in the native syntax, whose places are those of the document.
//!
//! Block types are properties; each label is a level of objects below; several blocks of one type are an array. Strings in
//! values are templates, but for the defaults of variables; a property `//` of a block is a comment.

mod shape;
#[cfg(test)]
mod tests;
mod text;
mod write;

use std::sync::Arc;

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::KindNames;
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};

/// How deep a document may be nested: deeper than any configuration, and far from what a stack holds.
const MAX_DEPTH: usize = 100;

/// Strict JSON.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Tells whether a file of this name is a JSON document.
pub(super) fn is_json(source: &Source) -> bool {
    source
        .path
        .extension()
        .is_some_and(|extension| extension == "json")
}

/// Writes the configuration of a document in the native syntax.
///
/// # Errors
/// The text is no JSON, or not of the shape of a configuration.
pub(super) fn configuration(source: &Arc<Source>, kinds: KindNames<'_>) -> Result<Arc<Source>, Diagnostics> {
    let value = document(source)?;
    write::configuration(source, &value, kinds)
}

/// Writes the values of a variable file in the native syntax. Strings are text there, not templates.
///
/// # Errors
/// The text is no JSON, or no object.
pub(super) fn values(source: &Arc<Source>) -> Result<Arc<Source>, Diagnostics> {
    let value = document(source)?;
    write::values(source, &value)
}

fn document(source: &Arc<Source>) -> Result<Value<'_>, Diagnostics> {
    if let Some(at) = text::too_deep(&source.text, MAX_DEPTH) {
        return Err(Diagnostic::error("Nested too deeply")
            .detail(format!("A document may be nested {MAX_DEPTH} levels deep."))
            .at(Span::new(source, at..at + 1), "one level too many")
            .into());
    }
    let collect = CollectOptions {
        comments: jsonc_parser::CommentCollectionStrategy::Off,
        tokens: false,
    };
    let parsed = parse_to_ast(&source.text, &collect, &STRICT).map_err(|error| {
        let range = error.range();
        let end = range.end.min(source.text.len());
        Diagnostic::error("Syntax error")
            .detail(format!(
                "This is not JSON: {}.",
                lower_first(&error.kind().to_string())
            ))
            .at(Span::new(source, range.start.min(end)..end), "")
    })?;
    match parsed.value {
        Some(value @ (Value::Object(_) | Value::Array(_))) => Ok(value),
        Some(other) => {
            let range = other.range();
            Err(Diagnostic::error("Not an object")
                .detail("The outermost value of the document is an object.")
                .at(Span::new(source, range.start..range.end), "something else")
                .into())
        }
        None => Err(Diagnostic::error("Empty file")
            .detail(format!("`{}` holds no JSON.", source.path.display()))
            .help("An empty configuration is `{}`.")
            .into()),
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.trim_end_matches('.').chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}
