//! References, attributes, indexes and splats.

use std::ops::Range;

use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use hcl_edit::{Decorated, Span as _};

use super::evaluator::Evaluator;
use crate::diagnostic::{Diagnostic, Span, did_you_mean};
use crate::value::{Data, Type, Value, convert, type_of, unify};

type Operators<'e> = &'e [Decorated<TraversalOperator>];

impl Evaluator<'_> {
    pub(super) fn traversal(&mut self, expression: &Expression) -> Value {
        match expression {
            Expression::Variable(name) => self.reference(&[name.as_str()], &[self.span(name.span())]).0,
            Expression::Traversal(traversal) => self.steps(traversal),
            _ => self.value(expression),
        }
    }

    fn steps(&mut self, traversal: &Traversal) -> Value {
        let Expression::Variable(root) = &traversal.expr else {
            let value = self.value(&traversal.expr);
            return self.apply(value, &traversal.operators);
        };
        let mut path = vec![root.as_str()];
        let mut spans = vec![self.span(root.span())];
        for operator in &traversal.operators {
            let TraversalOperator::GetAttr(name) = operator.value() else {
                break;
            };
            path.push(name.as_str());
            spans.push(self.span(name.span()));
        }
        let behind = &traversal.operators[path.len() - 1..];
        if let Some(TraversalOperator::Index(key)) = behind.first().map(hcl_edit::Decorated::value)
            && !self.locals.iter().any(|(name, _)| name == path[0])
        {
            let index = self.value(key);
            if let Some(value) = self.scope.element(&path, &spans, &index) {
                return self.apply(value.sensitive_if(index.sensitive), &behind[1..]);
            }
            let (value, used) = self.reference(&path, &spans);
            let names = &traversal.operators[used.max(1) - 1..path.len() - 1];
            let value = self.apply(value, names);
            let value = self.index(&value, &index, &self.span(key.span()));
            return self.apply(value, &behind[1..]);
        }
        let (value, used) = self.reference(&path, &spans);
        let rest = traversal.operators.get(used.max(1) - 1..).unwrap_or_default();
        self.apply(value, rest)
    }

    /// Asks what the beginning of a reference stands for; variables of `for` come first.
    fn reference(&mut self, path: &[&str], spans: &[Span]) -> (Value, usize) {
        if let Some((_, value)) = self.locals.iter().rev().find(|(name, _)| name == path[0]) {
            return (value.clone(), 1);
        }
        match self.scope.resolve(path, spans) {
            Ok((value, used)) => (value, used.min(path.len())),
            Err(problem) => {
                self.undeclared.push(problem);
                (Value::unknown(Type::Any), path.len())
            }
        }
    }

    fn apply(&mut self, value: Value, operators: Operators<'_>) -> Value {
        let mut value = value;
        for (at, operator) in operators.iter().enumerate() {
            match operator.value() {
                TraversalOperator::GetAttr(name) => {
                    value = self.attribute(&value, name.as_str(), &self.span(name.span()));
                }
                TraversalOperator::LegacyIndex(index) => {
                    let span = self.span(index.span());
                    if matches!(
                        operators.get(at + 1).map(Decorated::value),
                        Some(TraversalOperator::LegacyIndex(_))
                    ) {
                        return self.fail(two_legacy_indexes(span));
                    }
                    let key = i64::try_from(*index.value()).map_or(Value::NULL, Value::from);
                    value = self.index(&value, &key, &span);
                }
                TraversalOperator::Index(key) => {
                    let span = self.span(key.span());
                    let key = self.value(key);
                    value = self.index(&value, &key, &span);
                }
                TraversalOperator::FullSplat(_) => {
                    return self.splat(&value, operator.span(), &operators[at + 1..]);
                }
                TraversalOperator::AttrSplat(_) => {
                    let rest = &operators[at + 1..];
                    let inner = rest
                        .iter()
                        .take_while(|next| belongs_to_attribute_splat(next))
                        .count();
                    let each = self.splat(&value, operator.span(), &rest[..inner]);
                    return self.apply(each, &rest[inner..]);
                }
            }
        }
        value
    }

    /// Applies the rest of a traversal to each element. A value that is no list counts as a list of one, null as none.
    fn splat(&mut self, value: &Value, place: Option<Range<usize>>, rest: Operators<'_>) -> Value {
        let sensitive = value.sensitive;
        let (elements, typed) = match &value.data {
            Data::Unknown(ty) => {
                self.scope.skipped();
                let element = match ty {
                    Type::List(element) | Type::Set(element) if rest.is_empty() => {
                        Type::list((**element).clone())
                    }
                    _ => Type::Any,
                };
                return Value::unknown(element).sensitive_if(sensitive);
            }
            Data::Null(Type::List(_) | Type::Set(_)) => {
                return self.fail(
                    Diagnostic::error("Splat of null value")
                        .detail("A splat goes over the elements of a list, and this list is null.")
                        .at(self.span(place), "of null"),
                );
            }
            Data::Null(_) => (Vec::new(), false),
            Data::List(_, elements) | Data::Set(_, elements) => (elements.to_vec(), true),
            Data::Tuple(elements) => (elements.to_vec(), false),
            _ => (vec![value.clone()], false),
        };
        let mut results = Vec::with_capacity(elements.len());
        for element in elements {
            if !self.step(place.clone()) {
                break;
            }
            results.push(self.apply(element, rest));
        }
        if !self.budget.take(results.len() * size_of::<Value>()) {
            self.too_much(place);
            return Value::unknown(Type::Any);
        }
        let types: Vec<Type> = results.iter().map(type_of).collect();
        let result = match unify(&types).filter(|ty| typed && types.iter().all(|each| each == ty)) {
            Some(element) => Data::List(element, results.into()).into(),
            None => Value::tuple(results),
        };
        result.sensitive_if(sensitive)
    }

    /// Takes an attribute of an object or the value under a key of a map.
    fn attribute(&mut self, value: &Value, name: &str, span: &Span) -> Value {
        let found = match &value.data {
            Data::Object(entries) | Data::Map(_, entries) => entries.get(name).cloned(),
            Data::Unknown(Type::Any) => Some(Value::unknown(Type::Any)),
            Data::Unknown(Type::Map(element)) => Some(Value::unknown((**element).clone())),
            Data::Unknown(Type::Object(attributes)) => attributes
                .get(name)
                .map(|attribute| Value::unknown(attribute.ty.clone())),
            _ => None,
        };
        match found {
            Some(found) => found.sensitive_if(value.sensitive),
            None => {
                let problem = no_attribute(value, name, span);
                self.fail(problem)
            }
        }
    }

    /// Takes an element by its index or key.
    pub(super) fn index(&mut self, value: &Value, key: &Value, span: &Span) -> Value {
        let sensitive = value.sensitive || key.sensitive;
        match self.element(value, key) {
            Ok(found) => found.sensitive_if(sensitive),
            Err(detail) => {
                let mut problem = Diagnostic::error("Invalid index")
                    .detail(detail)
                    .at(span.clone(), "this index");
                if let (Some(entries), Some(key)) = (value.as_entries(), key.as_str())
                    && !sensitive
                    && let Some(name) = did_you_mean(key, entries.keys().map(String::as_str))
                {
                    problem = problem.help(format!("Did you mean \"{name}\"?"));
                }
                self.fail(problem)
            }
        }
    }

    fn element(&self, value: &Value, key: &Value) -> Result<Value, String> {
        if value.is_null() {
            return Err("This value is null, so it has no elements.".to_owned());
        }
        if key.is_null() {
            return Err("An index must not be null.".to_owned());
        }
        let is_sequence = matches!(
            &value.data,
            Data::List(..) | Data::Tuple(_) | Data::Unknown(Type::List(_) | Type::Tuple(_))
        );
        let is_mapping = matches!(
            &value.data,
            Data::Map(..) | Data::Object(_) | Data::Unknown(Type::Map(_) | Type::Object(_))
        );
        if !is_sequence && !is_mapping {
            return match &value.data {
                Data::Unknown(Type::Any) => Ok(Value::unknown(Type::Any)),
                Data::Set(..) | Data::Unknown(Type::Set(_)) => {
                    Err("The elements of a set have no index; convert it with tolist(...) or use a `for` expression.".to_owned())
                }
                _ => Err(format!("This value is {} and has no elements.", type_of(value).described())),
            };
        }
        let key_type = if is_sequence { Type::Number } else { Type::String };
        let key = convert(key, &key_type)
            .map_err(|error| format!("The key does not fit {}: {error}.", type_of(value).described()))?;
        if let Data::Unknown(ty) = &value.data {
            return element_of_unknown(ty, &key);
        }
        if key.is_unknown() {
            return Ok(Value::unknown(element_type(value)));
        }
        if let Some(entries) = value.as_entries() {
            let name = key.as_str().unwrap_or_default();
            return entries.get(name).cloned().ok_or_else(|| {
                format!(
                    "{} has no element with this key.",
                    capitalised(&type_of(value).described())
                )
            });
        }
        let elements = value.as_elements().unwrap_or_default();
        let Some(index) = key.as_i64() else {
            return Err("The index of an element is a whole number.".to_owned());
        };
        usize::try_from(index)
            .ok()
            .and_then(|index| elements.get(index))
            .cloned()
            .ok_or_else(|| {
                let count = elements.len();
                format!("There is no element {index}: there are {count}, and the first is 0.")
            })
    }
}

/// What stands between the points could as well be a number with a fraction.
fn two_legacy_indexes(span: Span) -> Diagnostic {
    Diagnostic::error("Invalid legacy index")
        .detail("Two indexes with points cannot follow each other.")
        .at(span, "this index")
        .help("Write the indexes in brackets: [0][1].")
}

fn belongs_to_attribute_splat(operator: &Decorated<TraversalOperator>) -> bool {
    matches!(
        operator.value(),
        TraversalOperator::GetAttr(_) | TraversalOperator::LegacyIndex(_)
    )
}

fn element_type(value: &Value) -> Type {
    match &value.data {
        Data::List(element, _) | Data::Map(element, _) => element.clone(),
        _ => Type::Any,
    }
}

fn element_of_unknown(ty: &Type, key: &Value) -> Result<Value, String> {
    let element = match ty {
        Type::List(element) | Type::Map(element) => (**element).clone(),
        Type::Tuple(elements) => match key.as_i64() {
            Some(index) => usize::try_from(index)
                .ok()
                .and_then(|index| elements.get(index))
                .cloned()
                .ok_or_else(|| format!("There is no element {index}: there are {}.", elements.len()))?,
            None => Type::Any,
        },
        Type::Object(attributes) => match key.as_str() {
            Some(name) => attributes
                .get(name)
                .map(|attribute| attribute.ty.clone())
                .ok_or_else(|| "This object has no attribute with this name.".to_owned())?,
            None => Type::Any,
        },
        _ => Type::Any,
    };
    Ok(Value::unknown(element))
}

fn no_attribute(value: &Value, name: &str, span: &Span) -> Diagnostic {
    let problem = Diagnostic::error("Unsupported attribute").at(span.clone(), "no such attribute");
    let ty = type_of(value);
    match &value.data {
        Data::Null(_) => problem.detail("This value is null, so it has no attributes."),
        Data::Object(entries) => {
            let problem = problem.detail(format!("This object has no attribute `{name}`."));
            match did_you_mean(name, entries.keys().map(String::as_str)) {
                _ if value.sensitive => problem,
                Some(other) => problem.help(format!("Did you mean `{other}`?")),
                None if entries.is_empty() || entries.len() > 20 => problem,
                None => {
                    let names: Vec<&str> = entries.keys().map(String::as_str).collect();
                    problem.help(format!("It has: {}.", names.join(", ")))
                }
            }
        }
        Data::Map(..) => problem.detail(format!("This map has no element with the key \"{name}\".")),
        _ => match ty {
            Type::List(_) | Type::Tuple(_) => problem
                .detail(format!(
                    "This value is {}: its elements have attributes, it has none.",
                    ty.described()
                ))
                .help(format!(
                    "Pick one element, such as [0].{name}, or take all with [*].{name}."
                )),
            Type::Set(_) => problem
                .detail("This value is a set: its elements have attributes, it has none.")
                .help(format!("Take all with [*].{name}.")),
            _ => problem.detail(format!("This value is {} and has no attributes.", ty.described())),
        },
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
