//! The functions, as tables: one file per group. A function is pure: what it may know besides its arguments is in `Call`.

mod archive;
mod charset;
mod collection;
mod compress;
mod conversion;
mod csv;
mod deep;
mod encoding;
pub(super) mod file;
mod format;
mod hash;
mod json;
mod mapping;
mod network;
mod numeric;
mod pattern;
mod rsa;
mod set;
mod text;
mod time;
mod toml;
mod yaml;
mod yaml_read;

use std::collections::BTreeMap;
use std::ops::Index;
use std::sync::LazyLock;

use super::{Budget, Scope};
use crate::value::{Type, Value};

/// One function.
pub struct Function {
    /// The name.
    pub name: &'static str,
    /// The parameters that must be given.
    pub params: &'static [Param],
    /// What may be given besides, any number of times.
    pub variadic: Option<Param>,
    /// What becomes of the marks of the arguments.
    pub(super) marks: Marks,
    /// The type of the result, as far as the arguments tell it while they are not all known.
    pub(super) returns: fn(&[Value]) -> Type,
    pub(super) run: fn(&Call<'_>) -> Outcome,
}

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// The name.
    pub name: &'static str,
    /// What arguments are converted to.
    pub kind: Kind,
    /// Whether null may be given.
    pub nullable: bool,
    pub(super) waits: Waits,
}

/// What arguments are converted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing: the argument is taken as it is.
    Any,
    /// Text.
    String,
    /// A number.
    Number,
    /// True or false.
    Bool,
    /// A list of whatever its elements are.
    List,
    /// A list of text.
    Strings,
    /// A list of true and false.
    Bools,
    /// A set of whatever its elements are.
    Set,
    /// A map of whatever its elements are.
    Map,
    /// A map of lists of text.
    MapOfStrings,
}

impl Kind {
    pub(super) fn ty(self) -> Type {
        match self {
            Self::Any => Type::Any,
            Self::String => Type::String,
            Self::Number => Type::Number,
            Self::Bool => Type::Bool,
            Self::List => Type::list(Type::Any),
            Self::Strings => Type::list(Type::String),
            Self::Bools => Type::list(Type::Bool),
            Self::Set => Type::set(Type::Any),
            Self::Map => Type::map(Type::Any),
            Self::MapOfStrings => Type::map(Type::list(Type::String)),
        }
    }

    fn word(self) -> String {
        self.ty().to_string()
    }
}

/// What of an argument must be known before the function can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waits {
    /// The argument itself, not what is inside.
    ForItself,
    /// The argument and all that is inside.
    ForAll,
    /// Nothing: the function knows what to do with unknown values.
    Not,
}

/// What becomes of the marks of the arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marks {
    /// Whatever is sensitive in the arguments makes the result sensitive.
    Spread,
    /// Marks inside collections stay with the elements, which the function hands on.
    Kept,
    /// The function sees all the marks and decides.
    Seen,
}

/// A call: the converted arguments, and what may be known besides.
pub(super) struct Call<'a> {
    pub(super) values: &'a [Value],
    pub(super) scope: &'a dyn Scope,
    /// What the expression may use up: who reads files or lists directories takes it from there, and fails without.
    pub(super) budget: &'a Budget,
}

impl Call<'_> {
    pub(super) fn text(&self, at: usize) -> &str {
        self.values[at].as_str().unwrap_or_default()
    }

    pub(super) fn elements(&self, at: usize) -> &[Value] {
        self.values[at].as_elements().unwrap_or_default()
    }

    /// Returns a whole number.
    pub(super) fn whole(&self, at: usize) -> Result<i64, Failure> {
        self.values[at]
            .as_i64()
            .ok_or_else(|| Failure::at(at, "a whole number is required"))
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn get(&self, at: usize) -> Option<&Value> {
        self.values.get(at)
    }
}

impl Index<usize> for Call<'_> {
    type Output = Value;

    fn index(&self, at: usize) -> &Value {
        &self.values[at]
    }
}

/// What a function gives.
pub(super) type Outcome = Result<Value, Failure>;

/// Why a function cannot give a value.
#[derive(Debug)]
pub(super) struct Failure {
    /// The argument that is wrong, if it is one.
    pub(super) argument: Option<usize>,
    /// What is wrong. Never quotes a value, for it may be sensitive.
    pub(super) message: String,
    /// Whether a file could not be read, and nothing else is wrong.
    pub(super) unreadable: bool,
}

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            argument: None,
            message: message.into(),
            unreadable: false,
        }
    }

    pub(super) fn at(argument: usize, message: impl Into<String>) -> Self {
        Self {
            argument: Some(argument),
            message: message.into(),
            unreadable: false,
        }
    }

    /// The file that the first argument names cannot be read.
    pub(super) fn unreadable(message: impl Into<String>) -> Self {
        Self {
            unreadable: true,
            ..Self::at(0, message)
        }
    }
}

/// Makes a parameter.
pub(super) const fn param(name: &'static str, kind: Kind) -> Param {
    Param {
        name,
        kind,
        nullable: false,
        waits: Waits::ForItself,
    }
}

impl Param {
    /// Lets null through.
    const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// Waits until everything inside is known.
    const fn whole(mut self) -> Self {
        self.waits = Waits::ForAll;
        self
    }

    /// Lets unknown values through.
    const fn early(mut self) -> Self {
        self.waits = Waits::Not;
        self
    }
}

/// Makes a function whose marks spread.
const fn function(
    name: &'static str,
    params: &'static [Param],
    returns: fn(&[Value]) -> Type,
    run: fn(&Call<'_>) -> Outcome,
) -> Function {
    Function {
        name,
        params,
        variadic: None,
        marks: Marks::Spread,
        returns,
        run,
    }
}

/// Stands for an argument beyond the last parameter.
static ANYTHING: Param = param("value", Kind::Any);

impl Function {
    const fn variadic(mut self, param: Param) -> Self {
        self.variadic = Some(param);
        self
    }

    const fn marks(mut self, marks: Marks) -> Self {
        self.marks = marks;
        self
    }

    pub(super) fn param(&self, at: usize) -> &Param {
        self.params
            .get(at)
            .or(self.variadic.as_ref())
            .unwrap_or(&ANYTHING)
    }

    /// Returns how it is called, such as `join(separator string, lists list(string)...)`.
    pub fn signature(&self) -> String {
        let mut params: Vec<String> = self
            .params
            .iter()
            .map(|param| format!("{} {}", param.name, param.kind.word()))
            .collect();
        if let Some(more) = &self.variadic {
            params.push(format!("{} {}...", more.name, more.kind.word()));
        }
        format!("{}({})", self.name, params.join(", "))
    }
}

fn string(_: &[Value]) -> Type {
    Type::String
}

fn number(_: &[Value]) -> Type {
    Type::Number
}

fn boolean(_: &[Value]) -> Type {
    Type::Bool
}

fn any(_: &[Value]) -> Type {
    Type::Any
}

fn strings(_: &[Value]) -> Type {
    Type::list(Type::String)
}

static TABLE: LazyLock<BTreeMap<&'static str, &'static Function>> = LazyLock::new(|| {
    let groups: [&[Function]; 19] = [
        archive::FUNCTIONS,
        charset::FUNCTIONS,
        collection::FUNCTIONS,
        compress::FUNCTIONS,
        conversion::FUNCTIONS,
        csv::FUNCTIONS,
        deep::FUNCTIONS,
        encoding::FUNCTIONS,
        file::FUNCTIONS,
        hash::FUNCTIONS,
        mapping::FUNCTIONS,
        network::FUNCTIONS,
        numeric::FUNCTIONS,
        rsa::FUNCTIONS,
        set::FUNCTIONS,
        text::FUNCTIONS,
        time::FUNCTIONS,
        toml::FUNCTIONS,
        yaml::FUNCTIONS,
    ];
    groups
        .into_iter()
        .flatten()
        .map(|function| (function.name, function))
        .collect()
});

/// Finds a function by name.
pub fn find(name: &str) -> Option<&'static Function> {
    TABLE.get(name).copied()
}

/// Lists the names of all functions, sorted. `can`, `templatefile`, `templatestring`, `try` and `type` are not among them.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.keys().copied()
}
