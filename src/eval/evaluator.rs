//! The walk over the syntax tree. A part that is wrong is reported and goes on as an unknown value of any type, so that one
//! mistake is reported once and all mistakes are found.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::{Array, Conditional, Expression, Object, ObjectKey};

use super::Scope;
use super::budget::{ALL_TOO_MUCH, Budget, TOO_MUCH, is_exhaustion};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};
use crate::value::{Data, Number, Type, Value, convert, type_of, unify};

/// Evaluates the expressions of one source.
pub(super) struct Evaluator<'a> {
    pub(super) source: &'a Arc<Source>,
    pub(super) scope: &'a dyn Scope,
    /// The variables of `for`, innermost last.
    pub(super) locals: Vec<(String, Value)>,
    /// What went wrong. An expression may catch it, or not need the part where it happened.
    pub(super) problems: Diagnostics,
    /// Names that stand for nothing: they are wrong even where they are not needed.
    pub(super) undeclared: Diagnostics,
    pub(super) budget: Budget,
    /// Whether this is a template file, which cannot read further ones.
    pub(super) in_template: bool,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(source: &'a Arc<Source>, scope: &'a dyn Scope) -> Self {
        Self {
            source,
            scope,
            locals: Vec::new(),
            problems: Diagnostics::default(),
            undeclared: Diagnostics::default(),
            budget: scope.budget(),
            in_template: false,
        }
    }

    /// Evaluates a whole expression.
    pub(super) fn run(mut self, expression: &Expression) -> Result<Value, Diagnostics> {
        let value = self.value(expression);
        // Whoever wants the value will go over it.
        if !self.budget.look(&value) {
            self.too_much(expression.span());
        }
        self.finish(value)
    }

    /// Gives the value out unless there were problems.
    pub(super) fn finish(mut self, value: Value) -> Result<Value, Diagnostics> {
        self.problems.extend(self.undeclared);
        if !self.problems.has_errors() {
            return Ok(value);
        }
        let place = |problem: &Diagnostic| problem.label.as_ref().map(|label| label.span.range.start);
        self.problems.0.sort_by_key(place);
        self.problems.0.dedup();
        Err(self.problems)
    }

    /// Evaluates a part.
    pub(super) fn value(&mut self, expression: &Expression) -> Value {
        if !self.step(expression.span()) {
            return Value::unknown(Type::Any);
        }
        match expression {
            Expression::Null(_) => Value::NULL,
            Expression::Bool(value) => Value::from(*value.value()),
            Expression::Number(_) => self.number(expression),
            Expression::String(text) => self.string(text.value(), expression.span()),
            Expression::Array(array) => self.tuple(array, expression),
            Expression::Object(object) => self.object(object, expression),
            Expression::StringTemplate(template) => self.string_template(template),
            Expression::HeredocTemplate(heredoc) => self.heredoc(heredoc),
            Expression::Parenthesis(inner) => self.value(inner.inner()),
            Expression::Variable(_) | Expression::Traversal(_) => self.traversal(expression),
            Expression::Conditional(conditional) => self.conditional(conditional),
            Expression::FuncCall(call) => self.call(call),
            Expression::UnaryOp(operation) => self.unary(operation),
            Expression::BinaryOp(operation) => self.binary(operation),
            Expression::ForExpr(for_expr) => self.for_expr(for_expr),
        }
    }

    /// Makes a span of this source.
    pub(super) fn span(&self, range: Option<Range<usize>>) -> Span {
        Span::new(self.source, range.unwrap_or(0..0))
    }

    /// Reports a problem and goes on with a value that takes part in no further one.
    pub(super) fn fail(&mut self, problem: Diagnostic) -> Value {
        self.problems.push(problem);
        Value::unknown(Type::Any)
    }

    /// Takes one step; once there are none left, that is reported, and nothing goes on.
    pub(super) fn step(&mut self, range: Option<Range<usize>>) -> bool {
        let goes_on = self.budget.step();
        if !goes_on {
            self.too_much(range);
        }
        goes_on
    }

    pub(super) fn too_much(&mut self, range: Option<Range<usize>>) {
        let (summary, detail) = match self.budget.is_total_used_up() {
            true => (
                ALL_TOO_MUCH,
                "All expressions of the configuration together take too many steps, make too many values, or read too much.",
            ),
            false => (
                TOO_MUCH,
                "This expression takes too many steps, or its value is too large.",
            ),
        };
        let problem = Diagnostic::error(summary)
            .detail(detail)
            .at(self.span(range), "stopped here");
        self.exhausted([problem]);
    }

    /// Takes over that there was nothing left for a part: once, and not even `try` goes on from here.
    pub(super) fn exhausted(&mut self, problems: impl IntoIterator<Item = Diagnostic>) {
        if !self.undeclared.0.iter().any(is_exhaustion) {
            self.undeclared
                .extend(problems.into_iter().filter(is_exhaustion).take(1));
        }
    }

    /// Lets a value through if it is small enough.
    pub(super) fn bounded(&mut self, value: Value, expression: &Expression) -> Value {
        self.affordable(value, expression.span())
    }

    /// Lets a value that has been made through if there is room for it.
    pub(super) fn affordable(&mut self, value: Value, range: Option<Range<usize>>) -> Value {
        if self.budget.make(&value) {
            return value;
        }
        self.too_much(range);
        Value::unknown(Type::Any)
    }

    /// The text of the literal is read anew: the parser keeps only 64 bits.
    fn number(&mut self, expression: &Expression) -> Value {
        let range = expression.span().unwrap_or(0..0);
        let text = self.source.text.get(range.clone()).unwrap_or_default();
        // A minus that was made a part of the literal may stand apart.
        let parsed = text
            .replace([' ', '\t'], "")
            .parse::<Number>()
            .or_else(|error| match expression {
                Expression::Number(number) => number.value().to_string().parse(),
                _ => Err(error),
            });
        match parsed {
            Ok(number) => Data::Number(number).into(),
            Err(_) => {
                let span = self.span(Some(range));
                self.fail(
                    Diagnostic::error("Number out of range")
                        .detail("This number is too large or too small.")
                        .at(span, "this number"),
                )
            }
        }
    }

    /// A line end in quotes has to be written as an escape.
    fn string(&mut self, text: &str, range: Option<Range<usize>>) -> Value {
        let raw = range.clone().and_then(|range| self.source.text.get(range));
        if raw.is_some_and(|raw| raw.starts_with('"') && raw.contains('\n')) {
            let span = self.span(range);
            return self.fail(super::template::line_end(span));
        }
        Value::normalised(text)
    }

    fn tuple(&mut self, array: &Array, expression: &Expression) -> Value {
        let elements: Vec<Value> = array.iter().map(|element| self.value(element)).collect();
        self.bounded(Value::tuple(elements), expression)
    }

    fn object(&mut self, object: &Object, expression: &Expression) -> Value {
        let mut attributes = BTreeMap::new();
        let mut sensitive = false;
        let mut unknown = false;
        for (at, (key, value)) in object.iter().enumerate() {
            if at == 0 && matches!(key, ObjectKey::Ident(name) if name.as_str() == "for") {
                let span = self.span(expression.span());
                self.fail(
                    Diagnostic::error("Invalid `for` expression")
                        .detail("What begins with `for` in braces is a `for` expression.")
                        .at(span, "no `for` expression")
                        .help("Write \"for\" in quotes if it is a key."),
                );
            }
            let name = self.object_key(key);
            let value = self.value(value.expr());
            sensitive |= name.sensitive;
            match name.as_str() {
                Some(name) => {
                    attributes.insert(name.to_owned(), value);
                }
                None => unknown = true,
            }
        }
        let value = if unknown {
            Value::unknown(Type::Any)
        } else {
            Value::object(attributes)
        };
        self.bounded(value.sensitive_if(sensitive), expression)
    }

    /// Evaluates the key of an object: a bare word stands for itself.
    fn object_key(&mut self, key: &ObjectKey) -> Value {
        match key {
            ObjectKey::Ident(name) => Value::from(name.as_str()),
            ObjectKey::Expression(Expression::Variable(name)) => Value::from(name.as_str()),
            ObjectKey::Expression(Expression::Null(_)) => Value::from("null"),
            ObjectKey::Expression(expression) => {
                let value = self.value(expression);
                self.key_text(&value, expression)
            }
        }
    }

    /// Converts the key of an object to text.
    pub(super) fn key_text(&mut self, value: &Value, expression: &Expression) -> Value {
        let span = self.span(expression.span());
        if value.is_null() {
            return self.fail(
                Diagnostic::error("Null object key")
                    .detail("A key of an object must be a string, and this one is null.")
                    .at(span, "null"),
            );
        }
        match convert(value, &Type::String) {
            Ok(text) => text,
            Err(error) => self.fail(
                Diagnostic::error("Invalid object key")
                    .detail(format!("A key of an object must be a string: {error}."))
                    .at(span, type_of(value).described()),
            ),
        }
    }

    /// The arm that is not taken may be wrong in itself, but its type counts.
    fn conditional(&mut self, conditional: &Conditional) -> Value {
        let condition = self.value(&conditional.cond_expr);
        let condition = self.boolean(
            &condition,
            &conditional.cond_expr,
            "The condition of a conditional",
        );
        let before = self.problems.0.len();
        let yes = self.value(&conditional.true_expr);
        let between = self.problems.0.len();
        let no = self.value(&conditional.false_expr);
        match condition.as_bool() {
            Some(true) => self.problems.0.truncate(between),
            Some(false) => {
                self.problems.0.drain(before..between);
            }
            None => {}
        }
        let (yes_type, no_type) = (type_of(&yes), type_of(&no));
        // A bare null takes the type of the other arm.
        let unified = match (&yes_type, &no_type) {
            (Type::Any, other) | (other, Type::Any) => Some(other.clone()),
            _ => unify(&[yes_type.clone(), no_type.clone()]),
        };
        let Some(unified) = unified else {
            let (yes, no) = (conditional.true_expr.span(), conditional.false_expr.span());
            let (yes, no) = (self.span(yes), self.span(no));
            return self.fail(
                Diagnostic::error("Inconsistent conditional result types")
                    .detail(format!(
                        "Both results of a conditional must have one type: the first is {}, the second {}.",
                        yes_type.described(),
                        no_type.described()
                    ))
                    .at(no, no_type.described())
                    .related(yes, yes_type.described())
                    .help("Convert one of them, for example with tostring(...)."),
            );
        };
        let sensitive = condition.sensitive || yes.sensitive || no.sensitive;
        let mixed = match condition.as_bool() {
            Some(true) => is_mixed(&yes, &no_type, &unified),
            Some(false) => is_mixed(&no, &yes_type, &unified),
            None => false,
        };
        if mixed {
            let span = self.span(conditional.span());
            return self.fail(
                Diagnostic::error("Inconsistent conditional result types")
                    .detail("The elements of the result are of several types, and the other result does not say what they have in common.")
                    .at(span, "this conditional"),
            );
        }
        let chosen = match condition.as_bool() {
            Some(true) => convert(&yes, &unified),
            Some(false) => convert(&no, &unified),
            None => Ok(Value::unknown(unified)),
        };
        match chosen {
            Ok(value) => value.sensitive_if(sensitive),
            Err(error) => {
                let span = self.span(conditional.span());
                self.fail(
                    Diagnostic::error("Inconsistent conditional result types")
                        .detail(format!(
                            "The result cannot be converted{}: {error}.",
                            place(&error.path)
                        ))
                        .at(span, "this conditional"),
                )
            }
        }
    }

    /// Converts a condition to true or false; what is neither is reported.
    pub(super) fn boolean(&mut self, value: &Value, expression: &Expression, what: &str) -> Value {
        let span = self.span(expression.span());
        if value.is_null() {
            return self.fail(
                Diagnostic::error("Null condition")
                    .detail(format!("{what} must be true or false, and this is null."))
                    .at(span, "null"),
            );
        }
        match convert(value, &Type::Bool) {
            Ok(value) => value,
            Err(error) => self.fail(
                Diagnostic::error("Invalid condition")
                    .detail(format!("{what} must be true or false: {error}."))
                    .at(span, type_of(value).described()),
            ),
        }
    }
}

/// Tells whether the elements of a value differ in type where the other arm wants one type and nothing decides which.
fn is_mixed(value: &Value, other: &Type, ty: &Type) -> bool {
    let undecided = match ty {
        Type::List(element) | Type::Set(element) | Type::Map(element) => **element == Type::Any,
        _ => false,
    };
    let mut types = value.children().map(type_of);
    undecided
        && matches!(other, Type::List(_) | Type::Set(_) | Type::Map(_))
        && matches!(value.data, Data::Tuple(_) | Data::Object(_))
        && types
            .next()
            .is_some_and(|first| types.any(|other| other != first))
}

/// Words the place inside a value where a conversion failed.
pub(super) fn place(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!(" at `{path}`")
    }
}
