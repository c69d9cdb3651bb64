//! The types of the language.

use std::collections::BTreeMap;

use super::Value;

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
