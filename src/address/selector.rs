//! What a person can name on the command line: an instance, a block, or a module with all that is in it.

use std::fmt;
use std::str::FromStr;

use super::{Address, ModulePath, NotAnAddress, parse};

/// One or many instances: `container.web[0]`, `container.web`, `module.shop`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// An instance, or all those of a block; in all instances of a module whose key is left out.
    Object(Address),
    /// Everything in a module, in all its instances if the key is left out.
    Module(ModulePath),
}

impl Selector {
    /// Tells whether it selects an instance.
    pub fn selects(&self, address: &Address) -> bool {
        match self {
            Self::Module(path) => path.leads_to(&address.module),
            Self::Object(named) => {
                named.module.0.len() == address.module.0.len()
                    && named.module.leads_to(&address.module)
                    && named.block == address.block
                    && (named.key.is_none() || named.key == address.key)
            }
        }
    }
}

impl From<Address> for Selector {
    fn from(address: Address) -> Self {
        Self::Object(address)
    }
}

impl FromStr for Selector {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        match parse::split(text) {
            Some((path, rest)) if rest.is_empty() => Ok(Self::Module(path)),
            _ => text.parse().map(Self::Object),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(address) => address.fmt(formatter),
            Self::Module(path) => path.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selects(selector: &str, address: &str) -> bool {
        let selector: Selector = selector.parse().unwrap();
        selector.selects(&address.parse().unwrap())
    }

    #[test]
    fn what_is_left_out_stands_for_all() {
        for (selector, address) in [
            ("container.web", "container.web[1]"),
            ("module.a", r#"module.a["x"].container.web"#),
            ("module.a", "module.a.module.b[0].volume.data"),
            (r#"module.a["x"]"#, r#"module.a["x"].module.b.volume.data"#),
            ("module.a.container.web", r#"module.a["x"].container.web[0]"#),
        ] {
            assert!(selects(selector, address), "{selector} {address}");
        }
    }

    #[test]
    fn what_is_named_stands_for_nothing_else() {
        for (selector, address) in [
            ("container.web[0]", "container.web[1]"),
            ("container.web", "module.a.container.web"),
            (r#"module.a["x"]"#, r#"module.a["y"].container.web"#),
            ("module.a.container.web", "module.a.module.b.container.web"),
            ("module.a", "module.ab.container.web"),
            ("module.a", "container.a"),
        ] {
            assert!(!selects(selector, address), "{selector} {address}");
        }
    }
}
