//! The key under which everything is filed: `container.web[0]`, `data.network.proxy`, `module.a.volume.b["x"]`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

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
    /// The kind, such as `container`.
    pub kind: String,
    /// The block's label.
    pub name: String,
}

/// The address of one instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The block.
    pub block: BlockAddress,
    /// The instance key, if the block has `count` or `for_each`.
    pub key: Option<Key>,
}

impl BlockAddress {
    /// Makes the address of a block that declares an object.
    pub fn new(kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            data: false,
            kind: kind.into(),
            name: name.into(),
        }
    }

    /// Makes the address of a block that reads an object.
    pub fn data(kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            data: true,
            kind: kind.into(),
            name: name.into(),
        }
    }

    /// Returns the address of one of its instances.
    pub fn instance(&self, key: Option<Key>) -> Address {
        Address {
            block: self.clone(),
            key,
        }
    }
}

impl Address {
    /// Returns the kind, such as `container`.
    pub fn kind(&self) -> &str {
        &self.block.kind
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

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            None => write!(formatter, "{}", self.block),
            Some(key) => write!(formatter, "{}[{key}]", self.block),
        }
    }
}

/// The text is not an address.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "`{0}` is not an address: an address looks like `container.web`, `container.web[0]` or `volume.data[\"a\"]`"
)]
pub struct NotAnAddress(pub String);

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let wrong = || NotAnAddress(text.to_owned());
        let (path, key) = match text.split_once('[') {
            None => (text, None),
            Some((path, rest)) => {
                let inner = rest.strip_suffix(']').ok_or_else(wrong)?;
                let key = match inner.parse::<u64>() {
                    Ok(index) => Key::Index(index),
                    Err(_) => Key::Name(serde_json::from_str(inner).map_err(|_| wrong())?),
                };
                (path, Some(key))
            }
        };
        let (data, path) = match path.strip_prefix("data.") {
            Some(rest) if rest.contains('.') => (true, rest),
            _ => (false, path),
        };
        let (kind, name) = path.split_once('.').ok_or_else(wrong)?;
        let is_name = |word: &str| {
            !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
        };
        if !is_name(kind) || !is_name(name) {
            return Err(wrong());
        }
        Ok(Self {
            block: BlockAddress {
                data,
                kind: kind.to_owned(),
                name: name.to_owned(),
            },
            key,
        })
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
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
