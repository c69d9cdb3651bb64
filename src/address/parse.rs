//! Text → [`Address`].

use std::str::FromStr;

use super::{Address, BlockAddress, Key, ModulePath, ModuleStep};

/// A name with the key behind it.
pub(super) type Part = (String, Option<Key>);

/// The text is not an address.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "`{0}` is not an address: an address looks like `container.web`, `volume.data[\"a\"]` or `module.shop.container.web[0]`"
)]
pub struct NotAnAddress(pub String);

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let wrong = || NotAnAddress(text.to_owned());
        let mut parts = parts(text).ok_or_else(wrong)?.into_iter().peekable();
        let mut module = ModulePath::default();
        while parts
            .next_if(|(name, key)| name == "module" && key.is_none())
            .is_some()
        {
            let (name, key) = parts.next().ok_or_else(wrong)?;
            module.0.push(ModuleStep { name, key });
        }
        let words: Vec<(String, Option<Key>)> = parts.collect();
        let block = |data, kind: &str, name: &str| BlockAddress {
            data,
            kind: kind.into(),
            name: name.into(),
        };
        match &words[..] {
            [(kind, None), (name, key)] => Ok(module.instance(&block(false, kind, name), key.clone())),
            [(data, None), (kind, None), (name, key)] if data == "data" => {
                Ok(module.instance(&block(true, kind, name), key.clone()))
            }
            _ => Err(wrong()),
        }
    }
}

/// Cuts an address into the way to a module instance, and the parts that follow.
pub(super) fn split(text: &str) -> Option<(ModulePath, Vec<Part>)> {
    let mut parts = parts(text)?.into_iter().peekable();
    let mut module = ModulePath::default();
    while parts
        .next_if(|(name, key)| name == "module" && key.is_none())
        .is_some()
    {
        let (name, key) = parts.next()?;
        module.0.push(ModuleStep { name, key });
    }
    Some((module, parts.collect()))
}

/// Cuts an address at its dots: names, each with the key behind it.
fn parts(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
            .unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        if name.is_empty() {
            return None;
        }
        let (key, behind) = match behind.strip_prefix('[') {
            Some(inside) => {
                let (key, behind) = bracketed(inside)?;
                (Some(key), behind)
            }
            None => (None, behind),
        };
        parts.push((name.to_owned(), key));
        if behind.is_empty() {
            return Some(parts);
        }
        rest = behind.strip_prefix('.')?;
    }
}

/// Reads a key up to its closing bracket; returns also what follows.
fn bracketed(text: &str) -> Option<(Key, &str)> {
    let mut texts = serde_json::Deserializer::from_str(text).into_iter::<String>();
    if text.starts_with('"') {
        let name = texts.next()?.ok()?;
        let behind = text.get(texts.byte_offset()..)?.strip_prefix(']')?;
        return Some((Key::Name(name), behind));
    }
    let (index, behind) = text.split_once(']')?;
    Some((Key::Index(index.parse().ok()?), behind))
}
