//! `ephemeralasnull`: values without what is ephemeral in them.
//!
//! Values bear no mark that says so. What an expression makes of ephemeral values is found by evaluating it once more, with
//! unknown values in their places: an unknown value goes through an expression as such a mark would.

use std::collections::BTreeMap;
use std::sync::Arc;

use hcl_edit::expr::{Expression, FuncCall};

use super::budget::is_exhaustion;
use super::call::Argument;
use super::evaluator::Evaluator;
use super::{Budget, Files, Moment, Scope};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};
use crate::value::{Data, Entries, Type, Value, type_of};

/// Evaluates an expression with unknown values in the places of ephemeral ones.
///
/// # Errors
/// There are no steps or bytes left. Anything else that is wrong is said where the expression is evaluated as it is.
pub fn evaluate_lasting(
    expression: &Expression,
    source: &Arc<Source>,
    scope: &dyn Scope,
) -> Result<Value, Diagnostics> {
    let lasting = Lasting {
        outer: scope,
        budget: scope.budget(),
    };
    Evaluator::new(source, &lasting)
        .run(expression)
        .or_else(|mut problems| {
            problems.0.retain(is_exhaustion);
            match problems.has_errors() {
                true => Err(problems),
                false => Ok(Value::unknown(Type::Any)),
            }
        })
}

impl Evaluator<'_> {
    /// Puts null in the places of what is ephemeral in the argument.
    pub(super) fn ephemeral_as_null(&mut self, call: &FuncCall, arguments: &[Argument]) -> Value {
        let [argument] = arguments else {
            return match super::function::find("ephemeralasnull") {
                Some(function) => self.invoke(call, function, arguments),
                None => Value::unknown(Type::Any),
            };
        };
        let scope = self.scope;
        if let Some(whole) = scope.whole() {
            return voided(&self.argument_in(whole, call), &argument.value);
        }
        let lasting = Lasting {
            outer: scope,
            budget: self.budget.clone(),
        };
        voided(&argument.value, &self.argument_in(&lasting, call))
    }

    /// Evaluates the argument once more, with what other names stand for.
    fn argument_in(&mut self, scope: &dyn Scope, call: &FuncCall) -> Value {
        let mut again = Evaluator::new(self.source, scope);
        again.budget = self.budget.clone();
        again.locals.clone_from(&self.locals);
        let arguments = again.arguments(call).unwrap_or_default();
        let value = arguments.into_iter().next().map(|argument| argument.value);
        self.exhausted(again.undeclared);
        // What else is wrong was said the first time.
        value
            .filter(|_| !again.problems.has_errors())
            .unwrap_or_else(|| Value::unknown(Type::Any))
    }
}

/// Puts null where a value is known and what is left of it is not.
fn voided(value: &Value, without: &Value) -> Value {
    if value.is_unknown() {
        return value.clone();
    }
    let null = || Value::from(Data::Null(type_of(value))).sensitive_if(value.sensitive);
    let each = |elements: &Arc<[Value]>, others: &Arc<[Value]>| -> Arc<[Value]> {
        let pairs = elements.iter().zip(others.iter());
        pairs.map(|(element, other)| voided(element, other)).collect()
    };
    let by_name = |entries: &Arc<Entries>, others: &Entries| {
        let voided = entries.iter().map(|(name, entry)| {
            let other = others.get(name).map(|other| voided(entry, other));
            (name.clone(), other.unwrap_or_else(|| entry.clone()))
        });
        Arc::new(voided.collect())
    };
    let data = match (&value.data, &without.data) {
        (_, Data::Unknown(_)) => return null(),
        (Data::Tuple(elements), Data::Tuple(others)) if elements.len() == others.len() => {
            Data::Tuple(each(elements, others))
        }
        (Data::List(ty, elements), Data::List(_, others)) if elements.len() == others.len() => {
            Data::List(ty.clone(), each(elements, others))
        }
        (Data::Map(ty, entries), Data::Map(_, others)) => Data::Map(ty.clone(), by_name(entries, others)),
        (Data::Object(entries), Data::Object(others)) => Data::Object(by_name(entries, others)),
        // Which of a set's elements is which cannot be told.
        _ if !without.is_wholly_known() => return null(),
        _ => return value.clone(),
    };
    Value::from(data).sensitive_if(value.sensitive)
}

/// Names without what is ephemeral.
struct Lasting<'a> {
    outer: &'a dyn Scope,
    /// It is a part of the expression that asks.
    budget: Budget,
}

impl Scope for Lasting<'_> {
    fn resolve(&self, path: &[&str], spans: &[Span]) -> Result<(Value, usize), Diagnostic> {
        self.outer.lasting(path, spans)
    }

    fn has_ephemeral(&self) -> bool {
        true
    }

    fn whole(&self) -> Option<&dyn Scope> {
        Some(self.outer)
    }

    fn element(&self, path: &[&str], spans: &[Span], key: &Value) -> Option<Value> {
        self.outer.element(path, spans, key)
    }

    fn files(&self) -> Option<&Files> {
        self.outer.files()
    }

    fn environment(&self) -> Option<&BTreeMap<String, String>> {
        self.outer.environment()
    }

    fn budget(&self) -> Budget {
        self.budget.clone()
    }

    fn moment(&self) -> Moment {
        self.outer.moment()
    }

    fn planned_at(&self) -> Option<&str> {
        self.outer.planned_at()
    }
}
