//! Variable files: names with unevaluated values.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use super::{Expr, files, header_span, json, span_of, syntax};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};

/// The variable file with a fixed name.
const FIRST: &str = "wharf.vars.hcl";

/// A file with values of variables.
#[derive(Clone, Debug)]
pub struct VariableFile {
    /// The file.
    pub source: Arc<Source>,
    /// The values by name, each with the place of the name.
    pub values: IndexMap<String, (Span, Expr)>,
}

/// Reads the files that are read without being asked for: `wharf.vars.hcl`, then `*.auto.vars.hcl` by name, and their JSON twins.
///
/// # Errors
/// Files that cannot be read, and all their syntax errors.
pub fn automatic(directory: &Path) -> Result<Vec<VariableFile>, Diagnostics> {
    let mut names = files::names(directory, |name| {
        let native = name.strip_suffix(".json").unwrap_or(name);
        native == FIRST || (native.ends_with(".auto.vars.hcl") && !name.starts_with('.'))
    })?;
    // The one file that has a fixed name comes first, so that the others can go beyond it.
    names.sort_by_key(|name| (!name.starts_with(FIRST), name.clone()));
    let mut problems = Diagnostics::default();
    let read = names
        .iter()
        .filter_map(|name| problems.note(read(&files::shown(directory, name))))
        .collect();
    if problems.has_errors() {
        return Err(problems);
    }
    Ok(read)
}

/// Reads one file.
///
/// # Errors
/// The file cannot be read, or all its syntax errors.
pub fn read(path: &Path) -> Result<VariableFile, Diagnostics> {
    parse(&files::read_source(path)?)
}

/// Takes the values out of a file that has been read.
///
/// # Errors
/// All syntax errors, and blocks.
pub fn parse(source: &Arc<Source>) -> Result<VariableFile, Diagnostics> {
    let mut problems = Diagnostics::default();
    let mut values = IndexMap::new();
    let native = match json::is_json(source) {
        true => json::values(source)?,
        false => Arc::clone(source),
    };
    for structure in syntax::parse(&native)? {
        match structure.into_attribute() {
            Ok(attribute) => {
                let span = span_of(&native, &attribute.key);
                let expr = Expr {
                    source: Arc::clone(&native),
                    expression: attribute.value,
                };
                values.insert(attribute.key.as_str().to_owned(), (span, expr));
            }
            Err(other) => problems.extend(other.as_block().map(|block| {
                Diagnostic::error("Block in a variable file")
                    .detail("A variable file holds only values, such as `replicas = 3`.")
                    .at(header_span(&native, block), "a block")
            })),
        }
    }
    if problems.has_errors() {
        return Err(problems);
    }
    Ok(VariableFile {
        source: Arc::clone(source),
        values,
    })
}
