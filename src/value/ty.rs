//! The types of the language.

use std::collections::BTreeMap;
use std::fmt;

use super::{Data, Value};

/// A type, as constraints and conversions know it.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// Not decided: `any` in a constraint, and the type of a bare `null`.
    Any,
    /// Text.
    String,
    /// A number.
    Number,
    /// True or false.
    Bool,
    /// Elements of one type, in order.
    List(Box<Type>),
    /// Elements of one type, without order.
    Set(Box<Type>),
    /// Elements of one type by name.
    Map(Box<Type>),
    /// Elements of given types, in order.
    Tuple(Vec<Type>),
    /// Attributes of given types.
    Object(BTreeMap<String, AttributeType>),
}

/// The type of one attribute of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeType {
    /// The attribute's type.
    pub ty: Type,
    /// Whether it may be left out, and what it then is.
    pub optional: bool,
    /// The default of an optional attribute; null if it has none.
    pub default: Option<Value>,
}

impl AttributeType {
    /// An attribute that must be there.
    pub fn required(ty: Type) -> Self {
        Self {
            ty,
            optional: false,
            default: None,
        }
    }
}

impl Type {
    /// A list.
    pub fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// A set.
    pub fn set(element: Self) -> Self {
        Self::Set(Box::new(element))
    }

    /// A map.
    pub fn map(element: Self) -> Self {
        Self::Map(Box::new(element))
    }

    /// Tells whether it is a string, number or bool.
    pub fn is_primitive(&self) -> bool {
        matches!(self, Self::String | Self::Number | Self::Bool)
    }

    /// Tells whether something in it is not decided.
    pub fn has_any(&self) -> bool {
        match self {
            Self::Any => true,
            Self::String | Self::Number | Self::Bool => false,
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has_any(),
            Self::Tuple(elements) => elements.iter().any(Self::has_any),
            Self::Object(attributes) => attributes.values().any(|attribute| attribute.ty.has_any()),
        }
    }

    /// Writes it over several lines, as a console shows it: an attribute or element a line.
    pub fn to_lines(&self) -> String {
        let mut text = String::new();
        self.write_lines(0, &mut text);
        text
    }

    fn write_lines(&self, depth: usize, into: &mut String) {
        let indent = "    ".repeat(depth);
        let mut wrapped = |word: &str, element: &Self| {
            into.push_str(word);
            into.push('(');
            element.write_lines(depth, into);
            into.push(')');
        };
        match self {
            Self::Any => into.push_str("dynamic"),
            Self::String | Self::Number | Self::Bool => into.push_str(&self.to_string()),
            Self::List(element) => wrapped("list", element),
            Self::Set(element) => wrapped("set", element),
            Self::Map(element) => wrapped("map", element),
            Self::Tuple(elements) if elements.is_empty() => into.push_str("tuple([])"),
            Self::Tuple(elements) => {
                into.push_str("tuple([\n");
                for element in elements {
                    into.push_str(&indent);
                    into.push_str("    ");
                    element.write_lines(depth + 1, into);
                    into.push_str(",\n");
                }
                into.push_str(&indent);
                into.push_str("])");
            }
            Self::Object(attributes) if attributes.is_empty() => into.push_str("object({})"),
            Self::Object(attributes) => {
                into.push_str("object({\n");
                for (name, attribute) in attributes {
                    into.push_str(&indent);
                    into.push_str("    ");
                    into.push_str(name);
                    into.push_str(": ");
                    attribute.ty.write_lines(depth + 1, into);
                    into.push_str(",\n");
                }
                into.push_str(&indent);
                into.push_str("})");
            }
        }
    }

    /// Returns the word for it in a sentence, such as `a list of string`.
    pub fn described(&self) -> String {
        match self {
            Self::Any => "a value of any type".to_owned(),
            Self::String => "a string".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Bool => "a bool".to_owned(),
            Self::List(element) => format!("a list of {element}"),
            Self::Set(element) => format!("a set of {element}"),
            Self::Map(element) => format!("a map of {element}"),
            Self::Tuple(_) => "a tuple".to_owned(),
            Self::Object(_) => "an object".to_owned(),
        }
    }
}

/// Writes it as a type constraint.
impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => formatter.write_str("any"),
            Self::String => formatter.write_str("string"),
            Self::Number => formatter.write_str("number"),
            Self::Bool => formatter.write_str("bool"),
            Self::List(element) => write!(formatter, "list({element})"),
            Self::Set(element) => write!(formatter, "set({element})"),
            Self::Map(element) => write!(formatter, "map({element})"),
            Self::Tuple(elements) => {
                let elements: Vec<String> = elements.iter().map(ToString::to_string).collect();
                write!(formatter, "tuple([{}])", elements.join(", "))
            }
            Self::Object(attributes) => {
                let attributes: Vec<String> = attributes
                    .iter()
                    .map(|(name, attribute)| match attribute.optional {
                        true => format!("{name} = optional({})", attribute.ty),
                        false => format!("{name} = {}", attribute.ty),
                    })
                    .collect();
                write!(formatter, "object({{{}}})", attributes.join(", "))
            }
        }
    }
}

/// Returns the type of a value.
pub fn type_of(value: &Value) -> Type {
    match &value.data {
        Data::Null(ty) | Data::Unknown(ty) => ty.clone(),
        Data::Bool(_) => Type::Bool,
        Data::Number(_) => Type::Number,
        Data::String(_) => Type::String,
        Data::List(element, _) => Type::list(element.clone()),
        Data::Set(element, _) => Type::set(element.clone()),
        Data::Map(element, _) => Type::map(element.clone()),
        Data::Tuple(elements) => Type::Tuple(elements.iter().map(type_of).collect()),
        Data::Object(attributes) => Type::Object(
            attributes
                .iter()
                .map(|(name, value)| (name.clone(), AttributeType::required(type_of(value))))
                .collect(),
        ),
    }
}
