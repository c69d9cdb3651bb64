//! The instances of modules, and what has been evaluated in each of them.

use std::collections::HashMap;

use super::repetition::{Expansion, Repeated};
use crate::address::{Key, ModulePath};
use crate::value::Value;

/// A node in one module instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Spot {
    /// The position of the module instance.
    pub(super) site: usize,
    /// The node, as its module numbers them.
    pub(super) node: usize,
}

/// A module instance; the first is the root module.
#[derive(Debug)]
pub(super) struct Site {
    /// The unit that it is an instance of.
    pub(super) unit: usize,
    /// The module instance that calls it; `None` for the root.
    pub(super) parent: Option<usize>,
    /// Its address.
    pub(super) path: ModulePath,
    /// What `count.index` and `each.key` stand for in the arguments of its call.
    pub(super) repeated: Repeated,
    /// Its place among all module instances in source order: positions of calls and of keys, from the root on.
    pub(super) order: Vec<usize>,
}

impl Site {
    /// The root module.
    fn root() -> Self {
        Self {
            unit: 0,
            parent: None,
            path: ModulePath::default(),
            repeated: Repeated::default(),
            order: Vec::new(),
        }
    }
}

/// What has been evaluated.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// What references see, by node.
    pub(super) values: HashMap<Spot, Value>,
    /// What is left of values that hold ephemeral ones: unknown values are in their places.
    pub(super) lasting: HashMap<Spot, Value>,
    /// The instances of blocks and of modules, by the nodes that decide on them.
    pub(super) expansions: HashMap<Spot, Expansion>,
    /// The instances of modules that are known, by the nodes that decide on them; in the order of the keys.
    children: HashMap<Spot, Vec<usize>>,
    sites: Vec<Site>,
}

/// What is being evaluated, on top of what never changes.
pub(super) struct Layers<'a> {
    /// What an earlier walk has found that will never change.
    before: Option<&'a Memory>,
    /// What this walk finds.
    pub(super) own: Memory,
}

impl<'a> Layers<'a> {
    /// Begins with the root module alone.
    pub(super) fn new() -> Self {
        Self {
            before: None,
            own: Memory {
                sites: vec![Site::root()],
                ..Memory::default()
            },
        }
    }

    /// Begins with what never changes.
    pub(super) fn above(before: &'a Memory) -> Self {
        Self {
            before: Some(before),
            own: Memory::default(),
        }
    }

    fn known_before(&self) -> usize {
        self.before.map_or(0, |memory| memory.sites.len())
    }

    /// Counts the module instances that are known.
    pub(super) fn count(&self) -> usize {
        self.known_before() + self.own.sites.len()
    }

    /// Returns a module instance.
    pub(super) fn site(&self, at: usize) -> &Site {
        match (at.checked_sub(self.known_before()), self.before) {
            (None, Some(before)) => &before.sites[at],
            (own, _) => &self.own.sites[own.unwrap_or(at)],
        }
    }

    pub(super) fn value(&self, spot: Spot) -> Option<&Value> {
        let before = || self.before?.values.get(&spot);
        self.own.values.get(&spot).or_else(before)
    }

    /// Returns what is left of a value without what is ephemeral in it; `None` if nothing is.
    pub(super) fn lasting(&self, spot: Spot) -> Option<&Value> {
        let before = || self.before?.lasting.get(&spot);
        self.own.lasting.get(&spot).or_else(before)
    }

    /// Tells whether any value is ephemeral.
    pub(super) fn has_ephemeral(&self) -> bool {
        let before = || self.before.is_some_and(|memory| !memory.lasting.is_empty());
        !self.own.lasting.is_empty() || before()
    }

    /// Returns the instances that a node has decided on.
    pub(super) fn expansion(&self, spot: Spot) -> &Expansion {
        let before = || self.before?.expansions.get(&spot);
        let expansion = self.own.expansions.get(&spot).or_else(before);
        expansion.unwrap_or(&Expansion::Failed)
    }

    /// Returns the instances of a module in the order of their keys; `None` if they are not known yet.
    pub(super) fn children(&self, spot: Spot) -> Option<&[usize]> {
        let before = || self.before?.children.get(&spot);
        let children = self.own.children.get(&spot).or_else(before);
        children.map(Vec::as_slice)
    }

    /// Returns one of the instances of a module.
    pub(super) fn child(&self, spot: Spot, key: Option<&Key>) -> Option<usize> {
        let at = self.expansion(spot).position(key)?;
        self.children(spot)?.get(at).copied()
    }

    /// Makes the instances of a module.
    pub(super) fn expand(&mut self, spot: Spot, unit: usize, call: usize, name: &str, expansion: Expansion) {
        let parent = self.site(spot.site);
        let instances: Vec<(Option<Key>, Repeated)> = match &expansion {
            // What is inside is looked at all the same: it may be wrong too.
            Expansion::Failed => vec![(None, Repeated::unknown())],
            _ => expansion
                .keys()
                .into_iter()
                .filter_map(|key| {
                    let repeated = expansion.instance(key.as_ref())?;
                    Some((key, repeated))
                })
                .collect(),
        };
        let sites: Vec<Site> = instances
            .into_iter()
            .enumerate()
            .map(|(at, (key, repeated))| Site {
                unit,
                parent: Some(spot.site),
                path: parent.path.child(name, key),
                repeated,
                order: parent.order.iter().copied().chain([call, at]).collect(),
            })
            .collect();
        let first = self.count();
        self.own
            .children
            .insert(spot, (first..first + sites.len()).collect());
        self.own.sites.extend(sites);
        self.own.expansions.insert(spot, expansion);
    }
}
