//! Type constraints: what stands behind `type =` of a variable.

use std::collections::BTreeMap;
use std::sync::Arc;

use hcl_edit::expr::{Expression, FuncCall, ObjectKey};

use super::{Scope, evaluate};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span, did_you_mean};
use crate::value::{AttributeType, Type, Value, convert};

const NAMES: [&str; 10] = [
    "any", "bool", "list", "map", "number", "object", "optional", "set", "string", "tuple",
];

/// Reads a type constraint such as `map(object({ port = number, host = optional(string, "localhost") }))`.
///
/// # Errors
/// It is none.
pub fn type_constraint(expression: &Expression, source: &Arc<Source>) -> Result<Type, Diagnostics> {
    Reader { source }.read(expression)
}

struct Reader<'a> {
    source: &'a Arc<Source>,
}

impl Reader<'_> {
    fn span(&self, expression: &impl hcl_edit::Span) -> Span {
        Span::new(self.source, expression.span().unwrap_or(0..0))
    }

    fn read(&self, expression: &Expression) -> Result<Type, Diagnostics> {
        match expression {
            Expression::Variable(name) => self.keyword(name.as_str(), expression),
            Expression::FuncCall(call) => self.constructor(call),
            Expression::String(text) => Err(self
                .invalid(expression, "A type is written without quotes.")
                .help(format!("Write {} instead of \"{}\".", text.value(), text.value()))
                .into()),
            _ => Err(self
                .invalid(expression, "A type is one of the words string, number, bool and any, or list(...), set(...), map(...), tuple([...]) or object({...}).")
                .into()),
        }
    }

    fn invalid(&self, expression: &impl hcl_edit::Span, detail: &str) -> Diagnostic {
        Diagnostic::error("Invalid type specification")
            .detail(detail)
            .at(self.span(expression), "not a type")
    }

    fn keyword(&self, name: &str, expression: &Expression) -> Result<Type, Diagnostics> {
        match name {
            "string" => Ok(Type::String),
            "number" => Ok(Type::Number),
            "bool" => Ok(Type::Bool),
            "any" => Ok(Type::Any),
            "list" => Ok(Type::list(Type::Any)),
            "map" => Ok(Type::map(Type::Any)),
            "set" => Err(self
                .invalid(
                    expression,
                    "A set needs the type of its elements, such as set(string).",
                )
                .into()),
            "tuple" => Err(self
                .invalid(
                    expression,
                    "A tuple needs the types of its elements, such as tuple([string, number]).",
                )
                .into()),
            "object" => Err(self
                .invalid(
                    expression,
                    "An object needs the types of its attributes, such as object({ name = string }).",
                )
                .into()),
            _ => Err(self.unknown_word(name, expression).into()),
        }
    }

    fn unknown_word(&self, name: &str, place: &impl hcl_edit::Span) -> Diagnostic {
        let problem = self.invalid(place, &format!("There is no type `{name}`."));
        match did_you_mean(name, NAMES) {
            Some(other) => problem.help(format!("Did you mean `{other}`?")),
            None => problem.help("The types are string, number, bool, any, list(...), set(...), map(...), tuple([...]) and object({...})."),
        }
    }

    fn constructor(&self, call: &FuncCall) -> Result<Type, Diagnostics> {
        let name = call.name.name.as_str();
        if name == "optional" {
            return Err(self
                .invalid(
                    call,
                    "optional(...) may only stand as the type of an object's attribute.",
                )
                .into());
        }
        if !NAMES.contains(&name) {
            return Err(self.unknown_word(name, &call.name.name).into());
        }
        let mut arguments = call.args.iter();
        let (Some(argument), None) = (arguments.next(), arguments.next()) else {
            return Err(self
                .invalid(call, &format!("{name}(...) takes exactly one argument."))
                .into());
        };
        match name {
            "list" => Ok(Type::list(self.read(argument)?)),
            "set" => Ok(Type::set(self.read(argument)?)),
            "map" => Ok(Type::map(self.read(argument)?)),
            "tuple" => self.tuple(argument),
            "object" => self.object(argument),
            _ => Err(self.invalid(call, &format!("{name} takes no arguments.")).into()),
        }
    }

    fn tuple(&self, argument: &Expression) -> Result<Type, Diagnostics> {
        let Expression::Array(elements) = argument else {
            return Err(self
                .invalid(
                    argument,
                    "tuple(...) takes a list of types, such as tuple([string, number]).",
                )
                .into());
        };
        let mut problems = Diagnostics::default();
        let types = elements
            .iter()
            .filter_map(|element| problems.note(self.read(element)))
            .collect();
        if problems.has_errors() {
            Err(problems)
        } else {
            Ok(Type::Tuple(types))
        }
    }

    fn object(&self, argument: &Expression) -> Result<Type, Diagnostics> {
        let Expression::Object(object) = argument else {
            return Err(self
                .invalid(
                    argument,
                    "object(...) takes attributes with their types, such as object({ name = string }).",
                )
                .into());
        };
        let mut problems = Diagnostics::default();
        let mut attributes = BTreeMap::new();
        for (key, value) in object {
            let name = match key {
                ObjectKey::Ident(name) => name.as_str().to_owned(),
                ObjectKey::Expression(Expression::Variable(name)) => name.as_str().to_owned(),
                ObjectKey::Expression(other) => {
                    problems.push(self.invalid(other, "The name of an attribute is a plain word."));
                    continue;
                }
            };
            if let Some(attribute) = problems.note(self.attribute(value.expr())) {
                attributes.insert(name, attribute);
            }
        }
        if problems.has_errors() {
            Err(problems)
        } else {
            Ok(Type::Object(attributes))
        }
    }

    fn attribute(&self, expression: &Expression) -> Result<AttributeType, Diagnostics> {
        let Expression::FuncCall(call) = expression else {
            return Ok(AttributeType::required(self.read(expression)?));
        };
        if call.name.name.as_str() != "optional" {
            return Ok(AttributeType::required(self.read(expression)?));
        }
        let arguments: Vec<&Expression> = call.args.iter().collect();
        let (ty, default) = match arguments.as_slice() {
            [ty] => (self.read(ty)?, None),
            [ty, default] => (self.read(ty)?, Some(*default)),
            _ => {
                return Err(self
                    .invalid(
                        expression,
                        "optional(...) takes a type and, if wanted, a default.",
                    )
                    .into());
            }
        };
        let default = default.map(|default| self.default(default, &ty)).transpose()?;
        Ok(AttributeType {
            ty,
            optional: true,
            default,
        })
    }

    fn default(&self, expression: &Expression, ty: &Type) -> Result<Value, Diagnostics> {
        let value = evaluate(expression, self.source, &Nothing)?;
        convert(&value, ty).map_err(|error| {
            Diagnostic::error("Invalid default")
                .detail(format!("The default does not fit the attribute's type: {error}."))
                .at(self.span(expression), crate::value::type_of(&value).described())
                .into()
        })
    }
}

/// A default may not refer to anything.
struct Nothing;

impl Scope for Nothing {
    fn resolve(&self, _path: &[&str], spans: &[Span]) -> Result<(Value, usize), Diagnostic> {
        let problem = Diagnostic::error("Reference in a default")
            .detail("The default of an optional attribute is a literal: it cannot refer to anything.");
        Err(match spans.first() {
            Some(span) => problem.at(span.clone(), "a reference"),
            None => problem,
        })
    }
}
