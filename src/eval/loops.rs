//! `for` expressions, and the iteration that `for` directives share with them.

use std::collections::BTreeMap;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ForExpr};

use super::evaluator::Evaluator;
use crate::diagnostic::Diagnostic;
use crate::value::{Data, Type, Value, type_of};

/// What there is to iterate over.
pub(super) enum Items {
    /// Keys and values, and whether the collection is sensitive.
    Known(Vec<(Value, Value)>, bool),
    /// Not known yet, or reported as wrong.
    Unknown(bool),
}

impl Evaluator<'_> {
    pub(super) fn for_expr(&mut self, for_expr: &ForExpr) -> Value {
        let collection = self.value(&for_expr.intro.collection_expr);
        let (items, mut sensitive) = match self.items(&collection, &for_expr.intro.collection_expr) {
            Items::Known(items, sensitive) => (items, sensitive),
            Items::Unknown(sensitive) => return Value::unknown(Type::Any).sensitive_if(sensitive),
        };
        let key_var = for_expr.intro.key_var.as_ref().map(|name| name.as_str());
        let value_var = for_expr.intro.value_var.as_str();
        if !self.can_keep(for_expr, key_var, value_var) {
            return Value::unknown(Type::Any);
        }
        let mut result = Collected::new(for_expr);
        for (key, value) in items {
            let variables = self.bind(key_var, key, value_var, value);
            let keep = self.keeps(for_expr, &mut sensitive);
            match keep {
                Some(true) => self.collect(for_expr, &mut result, &mut sensitive),
                Some(false) => {}
                None => {
                    self.scope.skipped();
                    result.unknown = true;
                }
            }
            self.locals.truncate(self.locals.len() - variables);
            if !self.step(for_expr.intro.collection_expr.span()) {
                break;
            }
        }
        let value = result.into_value().sensitive_if(sensitive);
        self.affordable(value, for_expr.span())
    }

    /// Tells whether the filter can be true or false at all: one that never can is wrong even if there are no elements.
    fn can_keep(&mut self, for_expr: &ForExpr, key_var: Option<&str>, value_var: &str) -> bool {
        if for_expr.cond.is_none() {
            return true;
        }
        let before = self.problems.0.len();
        let any = || Value::unknown(Type::Any);
        let variables = self.bind(key_var, any(), value_var, any());
        self.keeps(for_expr, &mut false);
        self.locals.truncate(self.locals.len() - variables);
        self.problems.0.len() == before
    }

    /// Tells whether the filter keeps an element; `None` if that is not known.
    fn keeps(&mut self, for_expr: &ForExpr, sensitive: &mut bool) -> Option<bool> {
        let Some(condition) = &for_expr.cond else {
            return Some(true);
        };
        let value = self.value(&condition.expr);
        let value = self.boolean(&value, &condition.expr, "The `if` of a `for`");
        *sensitive |= value.sensitive;
        value.as_bool()
    }

    fn collect(&mut self, for_expr: &ForExpr, result: &mut Collected, sensitive: &mut bool) {
        let Some(key_expr) = &for_expr.key_expr else {
            let value = self.value(&for_expr.value_expr);
            result.elements.push(value);
            return;
        };
        let key = self.value(key_expr);
        let key = self.key_text(&key, key_expr);
        *sensitive |= key.sensitive;
        let value = self.value(&for_expr.value_expr);
        let Some(name) = key.as_str() else {
            result.unknown = true;
            return;
        };
        if for_expr.grouping {
            result.groups.entry(name.to_owned()).or_default().push(value);
        } else if result.attributes.contains_key(name) {
            let span = self.span(key_expr.span());
            let named = if key.sensitive {
                String::new()
            } else {
                format!(" {name:?}")
            };
            self.fail(
                Diagnostic::error("Duplicate object key")
                    .detail(format!(
                        "Two elements produce the same key{named} in this `for` expression."
                    ))
                    .at(span, "the same key twice")
                    .help("Write ... behind the value to group the values of a key."),
            );
        } else {
            result.attributes.insert(name.to_owned(), value);
        }
    }

    /// Puts the variables of an iteration in scope; returns how many.
    pub(super) fn bind(&mut self, key_var: Option<&str>, key: Value, value_var: &str, value: Value) -> usize {
        let mut variables = 1;
        if let Some(name) = key_var {
            self.locals.push((name.to_owned(), key));
            variables = 2;
        }
        self.locals.push((value_var.to_owned(), value));
        variables
    }

    /// Lists what a collection holds; what is none is reported.
    pub(super) fn items(&mut self, collection: &Value, expression: &Expression) -> Items {
        let sensitive = collection.sensitive;
        let items = match &collection.data {
            Data::Unknown(Type::String | Type::Number | Type::Bool) => None,
            Data::Unknown(_) => {
                self.scope.skipped();
                return Items::Unknown(sensitive);
            }
            Data::List(_, elements) | Data::Tuple(elements) => Some(
                elements
                    .iter()
                    .enumerate()
                    .map(|(at, value)| (Value::from(at as i64), value.clone()))
                    .collect(),
            ),
            Data::Set(_, elements) => Some(
                elements
                    .iter()
                    .map(|value| (value.clone(), value.clone()))
                    .collect(),
            ),
            Data::Map(_, entries) | Data::Object(entries) => Some(
                entries
                    .iter()
                    .map(|(name, value)| (Value::from(name.as_str()), value.clone()))
                    .collect(),
            ),
            _ => None,
        };
        if let Some(items) = items {
            return Items::Known(items, sensitive);
        }
        let span = self.span(expression.span());
        let what = match &collection.data {
            Data::Null(_) => "null".to_owned(),
            _ => type_of(collection).described(),
        };
        self.fail(
            Diagnostic::error("Iteration over what is no collection")
                .detail(format!(
                    "`for` goes over a list, set, tuple, map or object, and this is {what}."
                ))
                .at(span, what),
        );
        Items::Unknown(sensitive)
    }
}

/// What a `for` expression has made so far.
struct Collected {
    elements: Vec<Value>,
    attributes: BTreeMap<String, Value>,
    groups: BTreeMap<String, Vec<Value>>,
    is_object: bool,
    is_grouping: bool,
    unknown: bool,
}

impl Collected {
    fn new(for_expr: &ForExpr) -> Self {
        Self {
            elements: Vec::new(),
            attributes: BTreeMap::new(),
            groups: BTreeMap::new(),
            is_object: for_expr.key_expr.is_some(),
            is_grouping: for_expr.grouping,
            unknown: false,
        }
    }

    fn into_value(self) -> Value {
        if self.unknown {
            return Value::unknown(Type::Any);
        }
        match (self.is_object, self.is_grouping) {
            (false, _) => Value::tuple(self.elements),
            (true, false) => Value::object(self.attributes),
            (true, true) => Value::object(
                self.groups
                    .into_iter()
                    .map(|(name, values)| (name, Value::tuple(values))),
            ),
        }
    }
}
