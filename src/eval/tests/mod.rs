//! The evaluator against what Terraform 1.11 answers, unknown and sensitive values, and the words of errors.

mod constraints;
mod errors;
mod functions;
mod marks;
mod references;
mod table;
mod templates;

use std::collections::BTreeMap;
use std::sync::Arc;

use hcl_edit::expr::Expression;
use hcl_edit::structure::Body;

use super::{Files, Moment, Scope, evaluate};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};
use crate::value::{Entries, Type, Value};

/// Names for tests: `unknown`, `secret`, and what a test adds.
#[derive(Default)]
pub(super) struct Names {
    pub(super) values: Entries,
    pub(super) files: Option<Files>,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) moment: Option<Moment>,
    pub(super) console: bool,
}

impl Names {
    pub(super) fn new() -> Self {
        let mut names = Self::default();
        let mut add = |name: &str, value: Value| names.values.insert(name.to_owned(), value);
        add("unknown", Value::unknown(Type::Any));
        add("unknown_text", Value::unknown(Type::String));
        add("unknown_list", Value::unknown(Type::list(Type::String)));
        add("secret", Value::from("s3cret").sensitive());
        add(
            "web",
            Value::object([
                ("name", Value::from("web-1")),
                ("ports", Value::tuple([Value::from(80)])),
            ]),
        );
        names
    }
}

impl Scope for Names {
    fn resolve(&self, path: &[&str], spans: &[Span]) -> Result<(Value, usize), Diagnostic> {
        match self.values.get(path[0]) {
            Some(value) => Ok((value.clone(), 1)),
            None => Err(Diagnostic::error("Undefined reference").at(spans[0].clone(), "not declared")),
        }
    }

    fn files(&self) -> Option<&Files> {
        self.files.as_ref()
    }

    fn environment(&self) -> Option<&BTreeMap<String, String>> {
        Some(&self.environment)
    }

    fn moment(&self) -> Moment {
        self.moment.unwrap_or(Moment::Planning)
    }

    fn is_console(&self) -> bool {
        self.console
    }
}

pub(super) fn parse(text: &str) -> Option<(Expression, Arc<Source>)> {
    // As the value of an attribute, for so it stands in a file.
    let text = format!("it = {text}\n");
    let body: Body = text.parse().ok()?;
    let expression = body.into_attributes().next()?.value;
    Some((expression, Source::new("main.hcl", text)))
}

pub(super) fn eval(text: &str) -> Result<Value, Diagnostics> {
    eval_in(text, &Names::new())
}

pub(super) fn eval_in(text: &str, names: &Names) -> Result<Value, Diagnostics> {
    let (expression, source) = parse(text).unwrap_or_else(|| panic!("{text} does not parse"));
    evaluate(&expression, &source, names)
}
