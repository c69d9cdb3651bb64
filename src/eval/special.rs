//! The functions that are given expressions, or evaluate some: `try`, `can`, `templatefile`, `templatestring`, and `type`.

use std::collections::BTreeMap;
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, FuncCall, TraversalOperator};

use super::budget::is_exhaustion;
use super::call::Argument;
use super::evaluator::Evaluator;
use super::template::parse_template;
use super::{Files, Moment, Scope, function};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span, did_you_mean};
use crate::value::{Entries, Type, Value, convert, type_of};

/// Their names, but for `ephemeralasnull`, which is a function like others where nothing is ephemeral. `type` is at a
/// console alone.
pub(super) const NAMES: [&str; 5] = ["can", "templatefile", "templatestring", "try", "type"];

impl Evaluator<'_> {
    /// The first argument that evaluates without a problem.
    pub(super) fn try_each(&mut self, call: &FuncCall) -> Value {
        let before = self.problems.0.len();
        let mut reasons = Vec::new();
        let last = call.args.iter().count();
        for (at, expression) in call.args.iter().enumerate() {
            let value = self.value(expression);
            if self.problems.0.len() == before {
                // Of what `...` spreads, the first is as good as the rest.
                let spread = call.args.expand_final() && at + 1 == last;
                let first = value.children().next().filter(|_| spread).cloned();
                return match first {
                    Some(first) => first.sensitive_if(value.sensitive),
                    None => value,
                };
            }
            reasons.extend(
                self.problems
                    .0
                    .drain(before..)
                    .map(|problem| problem.detail)
                    .take(1),
            );
        }
        let detail = if reasons.is_empty() {
            "It needs at least one expression.".to_owned()
        } else {
            format!("None of its expressions can be evaluated: {}", reasons.join(" "))
        };
        self.call_problem(call, &detail)
    }

    /// Whether its argument evaluates without a problem.
    pub(super) fn can(&mut self, call: &FuncCall) -> Value {
        let mut arguments = call.args.iter();
        let (Some(expression), None) = (arguments.next(), arguments.next()) else {
            return self.call_problem(call, "It takes exactly one expression.");
        };
        let before = self.problems.0.len();
        let value = self.value(expression);
        let fine = self.problems.0.len() == before;
        self.problems.0.truncate(before);
        if fine && !value.is_wholly_known() {
            return Value::unknown(Type::Bool);
        }
        Value::from(fine)
    }

    /// Writes the type of a value down.
    pub(super) fn type_text(&mut self, call: &FuncCall, arguments: &[Argument]) -> Value {
        match arguments {
            [argument] => type_of(&argument.value).to_lines().into(),
            _ => self.call_problem(call, "It takes exactly one value."),
        }
    }

    /// Evaluates a file as a template, in which the names of the second argument stand for its values.
    pub(super) fn templatefile(&mut self, call: &FuncCall, arguments: &[Argument]) -> Value {
        let [path, variables] = arguments else {
            return self.call_problem(
                call,
                "It takes a path and an object with the template's variables.",
            );
        };
        let sensitive = path.value.sensitive || variables.value.sensitive;
        if path.value.is_unknown() || variables.value.is_unknown() {
            return Value::unknown(Type::Any).sensitive_if(sensitive);
        }
        let Some(name) = convert(&path.value, &Type::String)
            .ok()
            .filter(|path| !path.is_null())
        else {
            return self.call_problem(call, "The path must be a string.");
        };
        let name = name.as_str().unwrap_or_default();
        let text = match function::file::read_text(self.scope, &self.budget, name) {
            Ok(text) => text,
            Err(_) if self.files_are_dispensable() => {
                return Value::unknown(Type::Any).sensitive_if(sensitive);
            }
            Err(_) if self.budget.is_used_up() => {
                self.too_much(call.span());
                return Value::unknown(Type::Any);
            }
            Err(message) => {
                let message = match sensitive {
                    true => "the file cannot be read".to_owned(),
                    false => message,
                };
                return self.fail(
                    Diagnostic::error("Invalid function argument")
                        .detail(format!("`path` of `templatefile`: {message}."))
                        .at(path.span.clone(), "this file"),
                );
            }
        };
        let shown = if path.value.sensitive { "(sensitive)" } else { name };
        let source = Source::new(shown, text.trim_start_matches('\u{feff}'));
        self.template_call(call, &source, variables)
            .sensitive_if(sensitive)
    }

    /// Evaluates a string that stands elsewhere as a template. A template that is written in place needs no function, so
    /// only a plain reference is taken.
    pub(super) fn templatestring(&mut self, call: &FuncCall, arguments: &[Argument]) -> Value {
        let [template, variables] = arguments else {
            return self.call_problem(
                call,
                "It takes a reference to a template and an object with the template's variables.",
            );
        };
        if !call.args.iter().next().is_some_and(is_reference) {
            return self.fail(
                Diagnostic::error("Invalid function argument")
                    .detail("`template` of `templatestring`: it must be a plain reference to a string, such as local.greeting.")
                    .at(template.span.clone(), "not a reference")
                    .help("Write the template itself in the place of the call, or give it a name under `locals`."),
            );
        }
        let sensitive = template.value.sensitive || variables.value.sensitive;
        if template.value.is_unknown() || variables.value.is_unknown() {
            return Value::unknown(Type::String).sensitive_if(sensitive);
        }
        let Some(text) = template.value.as_str() else {
            return self.call_problem(call, "The template must be a string.");
        };
        let source = Source::new("the template", text);
        let value = self.template_call(call, &source, variables);
        match convert(&value, &Type::String) {
            Ok(text) if !text.is_null() => text.sensitive_if(sensitive),
            _ => self.call_problem(call, "The template does not come to text."),
        }
    }

    /// Evaluates a template in which nothing but the given variables can be referred to.
    fn template_call(&mut self, call: &FuncCall, source: &Arc<Source>, variables: &Argument) -> Value {
        if self.in_template {
            return self.call_problem(call, "A template cannot evaluate further templates.");
        }
        let Some(entries) = variables.value.as_entries() else {
            return self.call_problem(call, "The template's variables must be an object or a map.");
        };
        if let Some(name) = entries.keys().find(|name| !is_name(name)) {
            let detail = match variables.value.sensitive {
                true => "A variable's name must begin with a letter.".to_owned(),
                false => format!(
                    "{name:?} cannot be the name of a variable: it must begin with a letter, and hold letters, digits and underscores."
                ),
            };
            return self.call_problem(call, &detail);
        }
        let scope = TemplateScope {
            entries,
            outer: self.scope,
            budget: self.budget.clone(),
        };
        match render(source, &scope) {
            Ok(value) => value,
            Err(problems) => {
                let span = self.span(call.span());
                let (exhaustion, problems): (Vec<_>, Vec<_>) = problems.into_iter().partition(is_exhaustion);
                self.exhausted(exhaustion);
                for problem in problems {
                    self.problems
                        .push(problem.related(span.clone(), "the template is used here"));
                }
                Value::unknown(Type::Any)
            }
        }
    }
}

/// Tells whether an expression is a name with what leads to one value below it.
fn is_reference(expression: &Expression) -> bool {
    match expression {
        Expression::Variable(_) => true,
        Expression::Traversal(traversal) => {
            matches!(traversal.expr, Expression::Variable(_))
                && traversal.operators.iter().all(|operator| {
                    matches!(
                        operator.value(),
                        TraversalOperator::GetAttr(_)
                            | TraversalOperator::LegacyIndex(_)
                            | TraversalOperator::Index(Expression::String(_) | Expression::Number(_))
                    )
                })
        }
        _ => false,
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn render(source: &Arc<Source>, scope: &dyn Scope) -> Result<Value, Diagnostics> {
    let template = parse_template(source)?;
    Evaluator::new(source, scope).template_file(&template)
}

/// In a template file only its variables can be referred to.
struct TemplateScope<'a> {
    entries: &'a Entries,
    outer: &'a dyn Scope,
    /// The template is a part of the expression that reads it.
    budget: super::Budget,
}

impl Scope for TemplateScope<'_> {
    fn resolve(&self, path: &[&str], spans: &[Span]) -> Result<(Value, usize), Diagnostic> {
        let name = path.first().copied().unwrap_or_default();
        if let Some(value) = self.entries.get(name) {
            return Ok((value.clone(), 1));
        }
        let mut problem = Diagnostic::error("Unknown template variable").detail(format!(
            "The template refers to `{name}`, which is not among the variables that it is given."
        ));
        if let Some(span) = spans.first() {
            problem = problem.at(span.clone(), "no such variable");
        }
        if let Some(other) = did_you_mean(name, self.entries.keys().map(String::as_str)) {
            problem = problem.help(format!("Did you mean `{other}`?"));
        }
        Err(problem)
    }

    fn files(&self) -> Option<&Files> {
        self.outer.files()
    }

    fn environment(&self) -> Option<&BTreeMap<String, String>> {
        self.outer.environment()
    }

    fn skipped(&self) {
        self.outer.skipped();
    }

    fn budget(&self) -> super::Budget {
        self.budget.clone()
    }

    fn moment(&self) -> Moment {
        self.outer.moment()
    }

    fn planned_at(&self) -> Option<&str> {
        self.outer.planned_at()
    }
}
