//! `moved` and `removed` blocks: which addresses stand for which now, and what is let go of.
//!
//! In comes the configuration, with the addresses that state and engine know; out goes under which address each of them is
//! filed from now on.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use indexmap::IndexMap;

use super::{Desired, Instance};
use crate::address::{Address, BlockAddress, Key, ModulePath, ModuleStep};
use crate::config::{Config, Endpoint, Module, Repetition};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};

/// More ways of calls than anybody writes `moved` blocks for.
const MOST: usize = 50_000;

/// What the `moved` and `removed` blocks of a configuration say.
#[derive(Clone, Debug, Default)]
pub struct Moves {
    moved: Vec<Move>,
    removed: Vec<Removal>,
    /// The modules that are declared, by the names of their calls, with the blocks in them: whether each has `count`
    /// (`true`) or no repetition (`false`), which `for_each` is neither of.
    declared: HashMap<Vec<String>, HashMap<BlockAddress, Option<bool>>>,
}

/// One `moved` block, in one place that its module is called from.
#[derive(Clone, Debug)]
struct Move {
    scope: Vec<String>,
    from: Endpoint,
    to: Endpoint,
    span: Span,
}

/// One `removed` block.
#[derive(Clone, Debug)]
struct Removal {
    scope: Vec<String>,
    from: Endpoint,
    destroy: bool,
}

impl Moves {
    /// Reads them out of a configuration.
    pub fn new(config: &Config) -> Self {
        let mut moves = Self::default();
        let mut open = vec![(0, Vec::new())];
        let mut seen = 0;
        while let Some((at, scope)) = open.pop() {
            let module = &config.modules[at];
            moves.read(module, &scope);
            seen += 1;
            if seen + open.len() >= MOST {
                break;
            }
            for call in module.calls.values() {
                let scope = scope.iter().chain([&call.name]).cloned().collect();
                open.extend(call.module.map(|at| (at, scope)));
            }
        }
        moves
    }

    fn read(&mut self, module: &Module, scope: &[String]) {
        self.moved.extend(module.moved.iter().map(|moved| Move {
            scope: scope.to_vec(),
            from: moved.from.clone(),
            to: moved.to.clone(),
            span: moved.span.clone(),
        }));
        self.removed.extend(module.removed.iter().map(|removed| Removal {
            scope: scope.to_vec(),
            from: removed.from.clone(),
            destroy: removed.destroy,
        }));
        let blocks = module.blocks.iter().map(|(address, block)| {
            let has_count = match block.repetition {
                Repetition::Count(_) => Some(true),
                Repetition::None | Repetition::Enabled(_) => Some(false),
                Repetition::ForEach(_) => None,
            };
            (address.clone(), has_count)
        });
        self.declared.insert(scope.to_vec(), blocks.collect());
    }

    /// Says everything that is contradictory: moves in a circle, two moves of one thing, what is still declared.
    pub(super) fn problems(&self, desired: &IndexMap<Address, Instance>) -> Diagnostics {
        let mut problems = Diagnostics::default();
        for (at, it) in self.moved.iter().enumerate() {
            if self.moved[..at].iter().any(|first| first.span == it.span) {
                // The same block in another instance of its module.
                continue;
            }
            problems.extend(self.contradiction(at, it));
            let is_whole = |endpoint: &Endpoint| endpoint.key().is_none();
            let is_instance = || desired.keys().any(|address| it.is_from(address));
            let is_block = || is_whole(&it.from) && is_whole(&it.to) && self.is_declared(&it.scope, &it.from);
            if !same(&it.from, &it.to) && (is_block() || is_instance()) {
                problems.push(
                    Diagnostic::error("Moved but still declared")
                        .detail(format!(
                            "`{}` is declared, so it cannot have become something else.",
                            it.from
                        ))
                        .at(it.from.span.clone(), "is still there")
                        .related(it.span.clone(), "said here to have moved")
                        .help("Take its block out of the configuration, or this one."),
                );
            }
        }
        let is_first = |at: usize, it: &Removal| {
            !self.removed[..at]
                .iter()
                .any(|first| first.from.span == it.from.span)
        };
        for (_, it) in self
            .removed
            .iter()
            .enumerate()
            .filter(|(at, it)| is_first(*at, it))
        {
            if self.is_declared(&it.scope, &it.from) {
                problems.push(
                    Diagnostic::error("Removed but still declared")
                        .detail(format!("`{}` is declared, so it is not removed.", it.from))
                        .at(it.from.span.clone(), "is still there")
                        .help("Take its block out of the configuration, or this one."),
                );
            }
        }
        problems
    }

    /// Tells whether the configuration has a block or a module, whatever its instances.
    fn is_declared(&self, scope: &[String], endpoint: &Endpoint) -> bool {
        let steps = endpoint.module.0.iter().map(|step| &step.name);
        let module: Vec<String> = scope.iter().chain(steps).cloned().collect();
        let Some(blocks) = self.declared.get(&module) else {
            return false;
        };
        let is_block = |(block, _): &(BlockAddress, _)| blocks.contains_key(block);
        endpoint.object.as_ref().is_none_or(is_block)
    }

    fn contradiction(&self, at: usize, it: &Move) -> Option<Diagnostic> {
        if same(&it.from, &it.to) {
            return Some(
                Diagnostic::error("Move to the same address")
                    .detail("`from` and `to` are the same.")
                    .at(it.to.span.clone(), "the same as `from`")
                    .related(it.span.clone(), "moves nothing"),
            );
        }
        let others = || self.moved[..at].iter().filter(|other| other.scope == it.scope);
        let twice = |first: &Endpoint, again: &Endpoint, what: &str| {
            Diagnostic::error("Ambiguous move")
                .detail(format!("Two `moved` blocks {what}."))
                .at(again.span.clone(), "here again")
                .related(first.span.clone(), "first here")
                .help("Keep one of them.")
        };
        if let Some(first) = others().find(|other| same(&other.from, &it.from)) {
            return Some(twice(&first.from, &it.from, "say what became of one object"));
        }
        if let Some(first) = others().find(|other| same(&other.to, &it.to)) {
            return Some(twice(&first.to, &it.to, "say where one object came from"));
        }
        self.circle(it)
    }

    /// Follows a move from its end, and reports the way if it leads back; once for each circle.
    fn circle(&self, first: &Move) -> Option<Diagnostic> {
        let mut way = vec![first];
        while let Some(next) = self.moved.iter().find(|next| {
            let last = way[way.len() - 1];
            next.scope == last.scope && same(&next.from, &last.to)
        }) {
            if next.span == first.span {
                let is_reported = way.iter().any(|it| it.span.range.start < first.span.range.start);
                let names: Vec<String> = way
                    .iter()
                    .chain([&first])
                    .map(|it| format!("`{}`", it.from))
                    .collect();
                let diagnostic = Diagnostic::error("Moves in a circle")
                    .detail(format!(
                        "Each of these has become the next: {}.",
                        names.join(" → ")
                    ))
                    .at(first.span.clone(), "begins the circle");
                let closes = way[way.len() - 1].span.clone();
                return (!is_reported).then(|| diagnostic.related(closes, "closes it"));
            }
            if way.iter().any(|it| it.span == next.span) || way.len() > self.moved.len() {
                return None;
            }
            way.push(next);
        }
        None
    }

    /// Returns the address that stands for an address now, as far as nothing else has it already.
    pub fn one(&self, address: &Address) -> Address {
        let only = BTreeSet::from([address.clone()]);
        self.all(&only)
            .0
            .remove(address)
            .unwrap_or_else(|| address.clone())
    }

    /// Finds which of the known addresses stand for others now (old → new), and says which cannot, because both are known.
    pub fn all(&self, known: &BTreeSet<Address>) -> (BTreeMap<Address, Address>, Diagnostics) {
        let mut ways: Vec<(&Address, Vec<Address>)> = known
            .iter()
            .map(|address| (address, self.way(address, known)))
            .collect();
        // Of several on their way to one address the one that is closest has it.
        ways.sort_by_key(|(_, way)| way.len());
        let mut renamed = BTreeMap::new();
        let mut taken: BTreeSet<&Address> = BTreeSet::new();
        let mut blocked = Diagnostics::default();
        for (old, way) in &ways {
            let Some(new) = way.last() else {
                taken.insert(old);
                continue;
            };
            if taken.insert(new) {
                renamed.insert((*old).clone(), new.clone());
                continue;
            }
            let next = way.iter().find(|step| known.contains(*step)).unwrap_or(new);
            blocked.push(
                Diagnostic::warning("Move not possible")
                    .detail(format!("`{old}` should become `{next}`, but there is such an object already. It stays what it was."))
                    .help("Move or remove one of the two with `wharf state`."),
            );
        }
        (renamed, blocked)
    }

    /// Follows an address to its end, step by step.
    fn way(&self, address: &Address, known: &BTreeSet<Address>) -> Vec<Address> {
        let mut way = Vec::new();
        // No circle is longer than there are moves.
        for _ in 0..=self.moved.len() {
            let at = way.last().unwrap_or(address);
            match self.moved.iter().find_map(|it| it.applied(at)) {
                Some(next) => way.push(next),
                None => break,
            }
        }
        let next = self.implied(way.last().unwrap_or(address));
        way.extend(next.filter(|next| !known.contains(next)));
        way
    }

    /// What gains or loses `count` keeps its first instance.
    fn implied(&self, address: &Address) -> Option<Address> {
        let scope: Vec<String> = address.module.0.iter().map(|step| step.name.clone()).collect();
        let has_count = (*self.declared.get(&scope)?.get(&address.block)?)?;
        match (&address.key, has_count) {
            (None, true) => Some(address.module.instance(&address.block, Some(Key::Index(0)))),
            (Some(Key::Index(0)), false) => Some(address.module.instance(&address.block, None)),
            _ => None,
        }
    }

    /// Tells whether an object that is no longer declared is to be let go of instead of taken away.
    pub fn forgets(&self, address: &Address) -> bool {
        self.removed.iter().any(|it| !it.destroy && it.covers(address))
    }
}

impl Desired {
    /// Tells whether an object that is no longer declared is to be let go of instead of taken away.
    pub fn forgets(&self, address: &Address) -> bool {
        self.moves.forgets(address)
    }
}

impl Move {
    fn is_from(&self, address: &Address) -> bool {
        let becomes = self.applied(address);
        // A block whose instances get keys, or lose them, is declared all the time.
        becomes.is_some_and(|new| new != *address)
    }

    /// Returns what an address becomes by this move.
    fn applied(&self, address: &Address) -> Option<Address> {
        let (around, inner) = within(&self.scope, &address.module)?;
        let path = |steps: &[ModuleStep]| ModulePath(around.iter().chain(steps).cloned().collect());
        match (&self.from.object, &self.to.object) {
            (Some((from, from_key)), Some((to, to_key))) => {
                if *from != address.block || inner != self.from.module.0 {
                    return None;
                }
                let key = new_key(from_key.as_ref(), to_key.as_ref(), address.key.as_ref())?;
                Some(path(&self.to.module.0).instance(to, key))
            }
            (None, None) => {
                let (from, from_around) = self.from.module.0.split_last()?;
                let (to, to_around) = self.to.module.0.split_last()?;
                let (here, behind) = inner.strip_prefix(from_around)?.split_first()?;
                if here.name != from.name {
                    return None;
                }
                let key = new_key(from.key.as_ref(), to.key.as_ref(), here.key.as_ref())?;
                let name = to.name.clone();
                let step = ModuleStep { name, key };
                let steps: Vec<ModuleStep> = to_around.iter().chain([&step]).chain(behind).cloned().collect();
                Some(path(&steps).instance(&address.block, address.key.clone()))
            }
            _ => None,
        }
    }
}

impl Removal {
    fn covers(&self, address: &Address) -> bool {
        let Some((_, inner)) = within(&self.scope, &address.module) else {
            return false;
        };
        let names: Vec<&str> = inner.iter().map(|step| step.name.as_str()).collect();
        let from: Vec<&str> = self.from.module.0.iter().map(|step| step.name.as_str()).collect();
        match &self.from.object {
            Some((block, _)) => names == from && *block == address.block,
            None => names.starts_with(&from),
        }
    }
}

/// Splits a path into the module that a block stands in, and the way from there on.
fn within<'p>(scope: &[String], path: &'p ModulePath) -> Option<(&'p [ModuleStep], &'p [ModuleStep])> {
    let (around, inner) = path.0.split_at_checked(scope.len())?;
    let is_same = around.iter().zip(scope).all(|(step, name)| step.name == *name);
    is_same.then_some((around, inner))
}

/// Without keys on both sides a move is about all instances, which keep theirs; `None` if it is not about this one.
fn new_key(from: Option<&Key>, to: Option<&Key>, here: Option<&Key>) -> Option<Option<Key>> {
    match (from, to) {
        (None, None) => Some(here.cloned()),
        _ => (from == here).then(|| to.cloned()),
    }
}

fn same(left: &Endpoint, right: &Endpoint) -> bool {
    left.module == right.module && left.object == right.object
}
