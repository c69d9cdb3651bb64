//! The values of the language: what expressions evaluate to, and what specs are made of.
//!
//! A value is cheap to clone (collections are shared), may be unknown until apply, and may be sensitive.
//! Nothing outside this folder can print a sensitive value by accident: [`Debug`](std::fmt::Debug) hides it, and
//! what is shown or stored goes through [`seal`](seal::seal).

pub mod convert;
mod decimal;
pub mod hide;
pub mod number;
pub mod order;
pub mod seal;
pub mod ty;
pub mod unify;

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use unicode_normalization::UnicodeNormalization;

pub use convert::{ConvertError, convert};
pub use number::Number;
pub use order::equals;
pub use ty::{AttributeType, Type, type_of};
pub use unify::unify;

/// A value with its marks.
#[derive(Clone, PartialEq)]
pub struct Value {
    /// What it is.
    pub data: Data,
    /// Whether it must not be shown or stored. Covers everything inside.
    pub sensitive: bool,
}

/// What a value is.
#[derive(Clone, PartialEq)]
pub enum Data {
    /// The absence of a value of some type.
    Null(Type),
    /// True or false.
    Bool(bool),
    /// A number of 512 bits precision.
    Number(Number),
    /// Text, normalised to NFC.
    String(Arc<str>),
    /// Elements of one type, in order.
    List(Type, Arc<[Value]>),
    /// Elements of one type, without order: sorted and without repetition.
    Set(Type, Arc<[Value]>),
    /// Elements of one type by name, sorted by name.
    Map(Type, Arc<Entries>),
    /// Elements of any types, in order.
    Tuple(Arc<[Value]>),
    /// Attributes of any types by name, sorted by name.
    Object(Arc<Entries>),
    /// Only the engine can know it; it is resolved during apply.
    Unknown(Type),
}

/// Values by name, sorted by name.
///
/// It is a sorted vector: most configurations have very many with very few entries each, and a tree would take room for eleven
/// at once.
pub type Entries = litemap::LiteMap<String, Value>;

/// The attributes of an object by name: what references to it see.
pub type Attributes = IndexMap<String, Value>;

impl Value {
    /// The untyped null.
    pub const NULL: Self = Self {
        data: Data::Null(Type::Any),
        sensitive: false,
    };

    /// Makes text. The text is taken as it is; normalise text from outside first.
    pub fn string(text: impl Into<Arc<str>>) -> Self {
        Data::String(text.into()).into()
    }

    /// Makes text of what comes from outside or was joined: in NFC, as all text of the language is.
    pub fn normalised(text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        if text.is_ascii() {
            return Self::string(text);
        }
        Self::string(text.nfc().collect::<String>())
    }

    /// Makes a tuple.
    pub fn tuple(elements: impl IntoIterator<Item = Self>) -> Self {
        Data::Tuple(elements.into_iter().collect()).into()
    }

    /// Makes an object.
    pub fn object<K: Into<String>>(attributes: impl IntoIterator<Item = (K, Self)>) -> Self {
        Data::Object(Arc::new(
            attributes
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
        ))
        .into()
    }

    /// Makes a value that only the engine can know.
    pub fn unknown(ty: Type) -> Self {
        Data::Unknown(ty).into()
    }

    /// Marks it, and with it everything inside, as not to be shown or stored.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Marks it if `sensitive` is true; never takes a mark away.
    #[must_use]
    pub fn sensitive_if(mut self, sensitive: bool) -> Self {
        self.sensitive |= sensitive;
        self
    }

    /// Tells whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null(_))
    }

    /// Tells whether it, itself, is unknown. See also [`Value::is_wholly_known`].
    pub fn is_unknown(&self) -> bool {
        matches!(self.data, Data::Unknown(_))
    }

    /// Tells whether neither it nor anything inside is unknown.
    pub fn is_wholly_known(&self) -> bool {
        !self.is_unknown() && self.children().all(Self::is_wholly_known)
    }

    /// Tells whether it or anything inside is sensitive.
    pub fn is_sensitive_anywhere(&self) -> bool {
        self.sensitive || self.children().any(Self::is_sensitive_anywhere)
    }

    /// Returns the values directly inside, in order.
    pub fn children(&self) -> Box<dyn Iterator<Item = &Self> + '_> {
        match &self.data {
            Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => {
                Box::new(elements.iter())
            }
            Data::Map(_, entries) | Data::Object(entries) => Box::new(entries.values()),
            _ => Box::new(std::iter::empty()),
        }
    }

    /// Returns the text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns true or false, if it is that.
    pub fn as_bool(&self) -> Option<bool> {
        match self.data {
            Data::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// Tells whether all its numbers can be written to a plan or a state, which have no word for an infinity.
    pub fn fits_storage(&self) -> bool {
        match &self.data {
            Data::Number(number) => !number.is_infinite(),
            Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => {
                elements.iter().all(Self::fits_storage)
            }
            Data::Map(_, entries) | Data::Object(entries) => entries.values().all(Self::fits_storage),
            _ => true,
        }
    }

    /// Returns the number, if it is a whole number that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match &self.data {
            Data::Number(number) => number.to_i64(),
            _ => None,
        }
    }

    /// Returns the elements, if it is a list, set or tuple.
    pub fn as_elements(&self) -> Option<&[Self]> {
        match &self.data {
            Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => Some(elements),
            _ => None,
        }
    }

    /// Returns the entries, if it is a map or an object.
    pub fn as_entries(&self) -> Option<&Entries> {
        match &self.data {
            Data::Map(_, entries) | Data::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns the value under a name, if it is a map or an object that has one.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_entries()?.get(name)
    }
}

impl From<Data> for Value {
    fn from(data: Data) -> Self {
        Self {
            data,
            sensitive: false,
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Data::Bool(value).into()
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Data::Number(Number::from(value)).into()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::string(text)
    }
}

/// Hides what is sensitive.
impl fmt::Debug for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sensitive {
            return formatter.write_str("(sensitive)");
        }
        match &self.data {
            Data::Null(_) => formatter.write_str("null"),
            Data::Bool(value) => write!(formatter, "{value}"),
            Data::Number(number) => write!(formatter, "{number}"),
            Data::String(text) => write!(formatter, "{text:?}"),
            Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => {
                formatter.debug_list().entries(elements.iter()).finish()
            }
            Data::Map(_, entries) | Data::Object(entries) => {
                formatter.debug_map().entries(entries.iter()).finish()
            }
            Data::Unknown(_) => formatter.write_str("(known after apply)"),
        }
    }
}
