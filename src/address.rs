//! The key under which everything is filed: `container.web[0]`, `data.network.proxy`, `module.a["x"].volume.b`.

mod parse;
mod selector;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use parse::NotAnAddress;
pub use selector::Selector;

/// The instance key that `count` or `for_each` gives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// From `count`.
    Index(u64),
    /// From `for_each`.
    Name(String),
}

/// The address of a block: all its instances share it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockAddress {
    /// Whether it is a `data` block.
    pub data: bool,
    /// The kind, such as `container`. Shared, as the label is: an address is kept in many places.
    pub kind: Arc<str>,
    /// The block's label.
    pub name: Arc<str>,
}

/// The way to a module instance: the calls that lead there from the root module, which itself is the empty path.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModulePath(pub Vec<ModuleStep>);

/// One call on the way to a module instance: `module.a["x"]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleStep {
    /// The label of the `module` block.
    pub name: String,
    /// The instance key, if the block has `count` or `for_each`.
    pub key: Option<Key>,
}

/// The address of one instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The module instance that it is in.
    pub module: ModulePath,
    /// The block.
    pub block: BlockAddress,
    /// The instance key, if the block has `count` or `for_each`.
    pub key: Option<Key>,
}

impl Key {
    /// Returns it as plain text, without quotes.
    pub fn bare(&self) -> String {
        match self {
            Self::Index(index) => index.to_string(),
            Self::Name(name) => name.clone(),
        }
    }
}

impl BlockAddress {
    /// Makes the address of a block that declares an object.
    pub fn new(kind: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        Self {
            data: false,
            kind: kind.into(),
            name: name.into(),
        }
    }

    /// Makes the address of a block that reads an object.
    pub fn data(kind: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        Self {
            data: true,
            kind: kind.into(),
            name: name.into(),
        }
    }

    /// Returns the address of one of its instances in the root module.
    pub fn instance(&self, key: Option<Key>) -> Address {
        ModulePath::default().instance(self, key)
    }
}

impl ModulePath {
    /// Tells whether it is the root module.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Tells whether it leads to a module instance, or to one around it; a step without a key leads to all instances.
    pub fn leads_to(&self, other: &Self) -> bool {
        let stands_for = |(mine, other): (&ModuleStep, &ModuleStep)| {
            mine.name == other.name && (mine.key.is_none() || mine.key == other.key)
        };
        self.0.len() <= other.0.len() && self.0.iter().zip(&other.0).all(stands_for)
    }

    /// Returns the way to a module that is called in this one.
    #[must_use]
    pub fn child(&self, name: &str, key: Option<Key>) -> Self {
        let mut steps = self.0.clone();
        steps.push(ModuleStep {
            name: name.to_owned(),
            key,
        });
        Self(steps)
    }

    /// Returns the address of an instance in this module.
    pub fn instance(&self, block: &BlockAddress, key: Option<Key>) -> Address {
        Address {
            module: self.clone(),
            block: block.clone(),
            key,
        }
    }
}

impl Address {
    /// Returns the kind, such as `container`.
    pub fn kind(&self) -> &str {
        &self.block.kind
    }

    /// Tells whether it stands for another address: it is the same, or that of the block in the same module.
    pub fn stands_for(&self, other: &Self) -> bool {
        self.module == other.module
            && self.block == other.block
            && (self.key.is_none() || self.key == other.key)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(formatter, "{index}"),
            // JSON's escapes are a subset of the language's, so an address can be pasted into a configuration.
            Self::Name(name) => formatter.write_str(&serde_json::Value::from(name.as_str()).to_string()),
        }
    }
}

impl fmt::Display for BlockAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = if self.data { "data." } else { "" };
        write!(formatter, "{data}{}.{}", self.kind, self.name)
    }
}

impl fmt::Display for ModulePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            let dot = if at == 0 { "" } else { "." };
            write!(formatter, "{dot}module.{}", step.name)?;
            if let Some(key) = &step.key {
                write!(formatter, "[{key}]")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(formatter, "{}.", self.module)?;
        }
        match &self.key {
            None => write!(formatter, "{}", self.block),
            Some(key) => write!(formatter, "{}[{key}]", self.block),
        }
    }
}

impl Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_writes() {
        for text in [
            "container.web",
            "container.web[0]",
            r#"volume.data["a]b\"c"]"#,
            "data.network.proxy",
            "volume.my-data",
            "module.a.container.web",
            r#"module.a["x.y"].module.b[0].volume.data["]."]"#,
            "module.a.data.network.proxy[2]",
            "module.module.data.data",
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
        for text in [
            "",
            "web",
            "container.",
            "container.web[",
            "container.web[x]",
            "container.web.name",
            "a b.c",
            "module.a",
            "module.a.web",
            "module[0].a.container.web",
            "container.web[0]x",
            "container.web[\"a\"",
            "container[0].web",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
