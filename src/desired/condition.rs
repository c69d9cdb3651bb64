//! Conditions: whether what must hold does, and what is to be said if it does not.

use crate::config::Condition;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, Span};
use crate::eval::{Scope, evaluate};
use crate::value::{Type, Value, convert};

/// What became of a condition.
pub(super) enum Verdict {
    /// It holds.
    Holds,
    /// Its value is not known yet.
    Unknown,
    /// It does not, with what the configuration says to that.
    Fails(String),
}

/// Evaluates a condition.
///
/// # Errors
/// All that is wrong with the condition or its message.
pub(super) fn judge(condition: &Condition, scope: &dyn Scope) -> Result<Verdict, Diagnostics> {
    let mut problems = Diagnostics::default();
    let expr = &condition.condition;
    let value = problems.note(evaluate(&expr.expression, &expr.source, scope));
    let verdict = value.and_then(|value| problems.note(truth(&value, &expr.span())));
    let text = match verdict {
        // What cannot be known yet may make the message unknown as well.
        Some(None | Some(true)) => None,
        _ => problems.note(message(condition, scope)),
    };
    if problems.has_errors() {
        return Err(problems);
    }
    Ok(match verdict.flatten() {
        None => Verdict::Unknown,
        Some(true) => Verdict::Holds,
        Some(false) => Verdict::Fails(text.unwrap_or_default()),
    })
}

/// Returns whether a value is true; `None` if that is not known.
fn truth(value: &Value, span: &Span) -> Result<Option<bool>, Diagnostic> {
    let wrong = |detail: &str| {
        Diagnostic::error("Wrong type")
            .detail(detail)
            .at(span.clone(), "neither true nor false")
    };
    let value = convert(value, &Type::Bool).map_err(|_| wrong("A condition must be true or false."))?;
    if value.is_null() {
        return Err(wrong("A condition must be true or false, and this is null."));
    }
    Ok(value.as_bool())
}

fn message(condition: &Condition, scope: &dyn Scope) -> Result<String, Diagnostics> {
    let expr = &condition.error_message;
    let value = evaluate(&expr.expression, &expr.source, scope)?;
    if value.is_sensitive_anywhere() {
        return Ok("The message is made from a secret, and is not shown.".to_owned());
    }
    if value.is_unknown() {
        return Ok("The message is known only after apply.".to_owned());
    }
    let text = convert(&value, &Type::String).ok();
    match text.as_ref().and_then(Value::as_str) {
        Some(text) => Ok(text.to_owned()),
        None => Err(Diagnostic::error("Wrong type")
            .detail("An error message is text.")
            .at(expr.span(), "no text")
            .into()),
    }
}

/// Says that a condition does not hold.
pub(super) fn unmet(summary: &str, condition: &Condition, message: String) -> Diagnostic {
    Diagnostic::error(summary)
        .detail(message)
        .at(condition.condition.span(), "this is false")
}

/// What is wrong with a `check` block never stops a run.
pub(super) fn as_warnings(problems: Diagnostics) -> impl Iterator<Item = Diagnostic> {
    problems.into_iter().map(|problem| Diagnostic {
        severity: Severity::Warning,
        ..problem
    })
}

/// Adds `self` to what names stand for.
pub(super) struct WithSelf<'s> {
    /// What references to the instance see.
    pub(super) this: Value,
    /// Everything else.
    pub(super) outer: &'s dyn Scope,
}

impl Scope for WithSelf<'_> {
    fn resolve(&self, path: &[&str], spans: &[Span]) -> Result<(Value, usize), Diagnostic> {
        match path {
            ["self", ..] => Ok((self.this.clone(), 1)),
            _ => self.outer.resolve(path, spans),
        }
    }

    fn element(&self, path: &[&str], spans: &[Span], key: &Value) -> Option<Value> {
        match path {
            ["self", ..] => None,
            _ => self.outer.element(path, spans, key),
        }
    }

    fn lasting(&self, path: &[&str], spans: &[Span]) -> Result<(Value, usize), Diagnostic> {
        match path {
            ["self", ..] => Ok((self.this.clone(), 1)),
            _ => self.outer.lasting(path, spans),
        }
    }

    fn has_ephemeral(&self) -> bool {
        self.outer.has_ephemeral()
    }

    fn skipped(&self) {
        self.outer.skipped();
    }

    fn budget(&self) -> crate::eval::Budget {
        self.outer.budget()
    }

    fn moment(&self) -> crate::eval::Moment {
        self.outer.moment()
    }

    fn planned_at(&self) -> Option<&str> {
        self.outer.planned_at()
    }

    fn files(&self) -> Option<&crate::eval::Files> {
        self.outer.files()
    }

    fn environment(&self) -> Option<&std::collections::BTreeMap<String, String>> {
        self.outer.environment()
    }
}
