//! Changes → [`Schedule`]: chains of ops, and who waits for whom.
//!
//! - What an instance needs to be ready (`up`) waits for its dependencies' `up`.
//! - What it lets go of (`down`) waits until those that depend on it have let go.
//! - Its own `down` comes before its own `up`, and `last` after both.
//!
//! Instances without steps hand on what they would wait for.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::has_path_connecting;
use petgraph::graph::NodeIndex;

use super::{Action, Schedule, Step};
use crate::address::Address;
use crate::engine::{ObjectKind, Op, Target};
use crate::kinds::Ops;

/// One change with its ops and the order that it asks for.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    /// The instance.
    pub(crate) address: Address,
    /// What is done.
    pub(crate) action: Action,
    /// The ops.
    pub(crate) ops: Ops,
    /// Whose `up` its own `up` waits for.
    pub(crate) needs: Vec<Address>,
    /// Those that its object is attached to: their `down` waits for its own.
    pub(crate) held: Vec<Address>,
    /// Those whose `up` it waits for if nothing speaks against it.
    pub(crate) prefers: Vec<Address>,
    /// The image that is pulled before.
    pub(crate) pull: Option<String>,
    /// Whether it only takes a leftover away.
    pub(crate) leftover: bool,
    /// What the object that is there occupies, and lets go of when it is removed or renamed.
    pub(crate) occupies: BTreeSet<Claim>,
    /// What the object is to occupy.
    pub(crate) claims: BTreeSet<Claim>,
    /// What a sync tells containers that were running before.
    pub(crate) tells: Vec<(Address, String, Op)>,
}

/// Something that only one object can have at a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Claim {
    /// A name among the objects of a kind.
    Name(ObjectKind, String),
    /// A port of the host, with its protocol.
    Port(i64, String),
}

/// The nodes of one work.
#[derive(Default)]
struct Chain {
    down: Vec<NodeIndex>,
    up: Vec<NodeIndex>,
    last: Vec<NodeIndex>,
}

/// Puts works, dependencies first, in order.
pub(crate) fn schedule(works: &[Work], receivers: &[String]) -> Schedule {
    let mut builder = Builder {
        works,
        ..Builder::default()
    };
    builder.chains();
    builder.ups();
    builder.downs();
    builder.leftovers();
    builder.pulls();
    builder.receivers(receivers);
    builder.claims();
    builder.preferences();
    builder.tells();
    builder.schedule
}

#[derive(Default)]
struct Builder<'a> {
    works: &'a [Work],
    schedule: Schedule,
    chains: Vec<Chain>,
}

impl Builder<'_> {
    fn node(&mut self, work: &Work, (target, op): &(Target, Op), completes: bool) -> NodeIndex {
        self.schedule.graph.add_node(Step {
            address: work.address.clone(),
            target: target.clone(),
            op: op.clone(),
            completes,
        })
    }

    fn edge(&mut self, before: NodeIndex, after: NodeIndex) {
        if before != after {
            self.schedule.graph.update_edge(before, after, ());
        }
    }

    /// Adds an edge unless the opposite order is needed.
    fn prefer(&mut self, before: NodeIndex, after: NodeIndex) {
        if !has_path_connecting(&self.schedule.graph, after, before, None) {
            self.edge(before, after);
        }
    }

    fn chains(&mut self) {
        for work in self.works {
            let ops = &work.ops;
            let readies = work.action != Action::Delete;
            let completing = if ops.up.is_empty() { &ops.down } else { &ops.up };
            let completing = completing.len().checked_sub(1).filter(|_| readies);
            let (in_down, in_up) = if ops.up.is_empty() {
                (completing, None)
            } else {
                (None, completing)
            };
            let list = |builder: &mut Self, ops: &[(Target, Op)], completing: Option<usize>| {
                ops.iter()
                    .enumerate()
                    .map(|(at, op)| builder.node(work, op, completing == Some(at)))
                    .collect::<Vec<_>>()
            };
            let chain = Chain {
                down: list(self, &ops.down, in_down),
                up: list(self, &ops.up, in_up),
                last: list(self, &ops.last, None),
            };
            let all: Vec<NodeIndex> = chain.all().collect();
            for pair in all.windows(2) {
                self.edge(pair[0], pair[1]);
            }
            self.chains.push(chain);
        }
    }

    /// Returns the works by address, leftovers aside.
    fn by_address(&self) -> BTreeMap<&Address, usize> {
        let works = self.works.iter().enumerate();
        works
            .filter(|(_, work)| !work.leftover)
            .map(|(at, work)| (&work.address, at))
            .collect()
    }

    /// `up` waits for the dependencies' `up`.
    fn ups(&mut self) {
        let ready = self.ready();
        for (at, work) in self.works.iter().enumerate() {
            let Some(first) = self.chains[at].first_up() else {
                continue;
            };
            for node in work.needs.iter().filter_map(|need| ready.get(need)).flatten() {
                self.edge(*node, first);
            }
        }
    }

    /// Returns the steps after which each instance is ready.
    fn ready(&self) -> BTreeMap<Address, Vec<NodeIndex>> {
        let mut ready: BTreeMap<Address, Vec<NodeIndex>> = BTreeMap::new();
        for (at, work) in self.works.iter().enumerate().filter(|(_, work)| !work.leftover) {
            let own = self.chains[at].up.last().copied();
            let nodes: BTreeSet<NodeIndex> = match own {
                Some(own) => [own].into(),
                None => work
                    .needs
                    .iter()
                    .filter_map(|need| ready.get(need))
                    .flatten()
                    .copied()
                    .collect(),
            };
            ready.insert(work.address.clone(), nodes.into_iter().collect());
        }
        ready
    }

    /// `down` and `last` wait until those that are attached have let go.
    fn downs(&mut self) {
        let mut holders: BTreeMap<&Address, Vec<usize>> = BTreeMap::new();
        for (at, work) in self.works.iter().enumerate() {
            for dependency in &work.held {
                holders.entry(dependency).or_default().push(at);
            }
        }
        for (at, work) in self.works.iter().enumerate() {
            let chain = &self.chains[at];
            let waiting: Vec<NodeIndex> = [chain.down.first(), chain.last.first()]
                .into_iter()
                .flatten()
                .copied()
                .collect();
            if waiting.is_empty() {
                continue;
            }
            let mut freed = BTreeSet::new();
            let mut seen = BTreeSet::from([at]);
            self.freed(&work.address, &holders, &mut seen, &mut freed);
            for first in waiting {
                for node in &freed {
                    // Dependencies that were turned round since the last apply would make a cycle.
                    self.prefer(*node, first);
                }
            }
        }
    }

    /// Collects the steps after which nothing is attached to an instance any more.
    fn freed(
        &self,
        address: &Address,
        holders: &BTreeMap<&Address, Vec<usize>>,
        seen: &mut BTreeSet<usize>,
        freed: &mut BTreeSet<NodeIndex>,
    ) {
        for &at in holders.get(address).into_iter().flatten() {
            if !seen.insert(at) {
                continue;
            }
            let chain = &self.chains[at];
            match chain.last.last().or(chain.down.last()) {
                Some(node) => {
                    freed.insert(*node);
                }
                None => self.freed(&self.works[at].address, holders, seen, freed),
            }
        }
    }

    /// Leftovers go before anything else is done at their address.
    fn leftovers(&mut self) {
        let by_address: BTreeMap<Address, usize> = self
            .by_address()
            .into_iter()
            .map(|(address, at)| (address.clone(), at))
            .collect();
        for (at, work) in self.works.iter().enumerate().filter(|(_, work)| work.leftover) {
            let Some(main) = by_address.get(&work.address) else {
                continue;
            };
            let first = self.chains[*main].all().next();
            if let (Some(gone), Some(first)) = (self.chains[at].down.last().copied(), first) {
                self.edge(gone, first);
            }
        }
    }

    /// Each image is pulled once, before anything is taken away for it.
    fn pulls(&mut self) {
        let mut pulled: BTreeMap<&str, NodeIndex> = BTreeMap::new();
        for (at, work) in self.works.iter().enumerate() {
            let Some(reference) = &work.pull else { continue };
            let node = match pulled.get(reference.as_str()) {
                Some(node) => *node,
                None => {
                    let op = Op::ImagePull {
                        reference: reference.clone(),
                    };
                    let node = self.node(work, &(Target::New, op), false);
                    pulled.insert(reference, node);
                    node
                }
            };
            let first = self.chains[at].all().next();
            if let Some(first) = first {
                self.edge(node, first);
            }
        }
    }

    /// The receiver's image is brought once; what broken runs left of receivers goes before new ones come, and before the
    /// volumes go that they hold on to.
    fn receivers(&mut self, left_behind: &[String]) {
        let removals = self.left_behind(left_behind);
        for node in self.schedule.graph.node_indices() {
            if self.schedule.graph[node].op == Op::VolumeRemove {
                for removal in &removals {
                    self.edge(*removal, node);
                }
            }
        }
        let creates: Vec<NodeIndex> = self
            .schedule
            .graph
            .node_indices()
            .filter(|node| self.schedule.graph[*node].op == Op::ReceiverCreate)
            .collect();
        let Some(first) = creates.first() else { return };
        let address = self.schedule.graph[*first].address.clone();
        let import = self.schedule.graph.add_node(Step {
            address,
            target: Target::New,
            op: Op::ReceiverImport,
            completes: false,
        });
        for create in creates {
            self.edge(import, create);
            for removal in &removals {
                self.edge(*removal, create);
            }
        }
    }

    /// Adds the removals of receivers, in the name of any sync, or of whatever there is when only the journal knows the sync.
    fn left_behind(&mut self, ids: &[String]) -> Vec<NodeIndex> {
        let mut syncs = self.works.iter().filter(|work| work.address.kind() == "sync");
        let Some(address) = syncs
            .next()
            .or(self.works.first())
            .map(|work| work.address.clone())
        else {
            return Vec::new();
        };
        let removal = |id: &String| Step {
            address: address.clone(),
            target: Target::Existing(id.clone()),
            op: Op::ReceiverRemove,
            completes: false,
        };
        let steps: Vec<Step> = ids.iter().map(removal).collect();
        steps
            .into_iter()
            .map(|step| self.schedule.graph.add_node(step))
            .collect()
    }

    /// What takes a name or a port waits for what lets go of it.
    fn claims(&mut self) {
        for (taker, work) in self.works.iter().enumerate() {
            let Some(takes) = self.takes(taker) else { continue };
            for (holder, other) in self.works.iter().enumerate() {
                let shared = work.claims.intersection(&other.occupies).next().is_some();
                if taker == holder || !shared {
                    continue;
                }
                if let Some(gives) = self.gives(holder) {
                    self.prefer(gives, takes);
                }
            }
        }
    }

    /// Returns the step that takes what the object is to occupy.
    fn takes(&self, at: usize) -> Option<NodeIndex> {
        let chain = &self.chains[at];
        let graph = &self.schedule.graph;
        let takes = |node: &NodeIndex| {
            matches!(
                graph[*node].op,
                Op::VolumeCreate
                    | Op::NetworkCreate
                    | Op::ContainerCreate { .. }
                    | Op::ContainerRename { .. }
            )
        };
        chain.all().find(takes)
    }

    /// Returns the step that lets go of what the object occupies.
    fn gives(&self, at: usize) -> Option<NodeIndex> {
        let graph = &self.schedule.graph;
        let gives = |node: &NodeIndex| {
            matches!(
                graph[*node].op,
                Op::VolumeRemove | Op::NetworkRemove | Op::ContainerRemove | Op::ContainerRename { .. }
            ) && matches!(graph[*node].target, Target::Existing(_))
        };
        self.chains[at].all().find(gives)
    }

    /// An image is made before a container is taken away for it; a volume is filled before a container starts on it.
    fn preferences(&mut self) {
        let ready = self.ready();
        for (at, work) in self.works.iter().enumerate() {
            let Some(first) = self.chains[at].all().next() else {
                continue;
            };
            let first_up = self.chains[at].first_up();
            let images = work.needs.iter().chain(&work.prefers);
            for need in images.filter(|need| need.kind() == "image") {
                for node in ready.get(need).into_iter().flatten() {
                    self.prefer(*node, first);
                }
            }
            for need in &work.prefers {
                for node in ready.get(need).into_iter().flatten() {
                    self.prefer(*node, first_up.unwrap_or(first));
                }
            }
        }
    }

    /// Containers that were running before are told of what a sync changed.
    fn tells(&mut self) {
        let by_address: BTreeMap<Address, usize> = self
            .by_address()
            .into_iter()
            .map(|(address, at)| (address.clone(), at))
            .collect();
        for (at, work) in self.works.iter().enumerate() {
            let sends =
                |node: &NodeIndex| matches!(self.schedule.graph[*node].op, Op::SyncTransfer | Op::SyncLocal);
            let Some(sent) = self.chains[at].up.iter().find(|node| sends(node)).copied() else {
                continue;
            };
            for (address, id, op) in &work.tells {
                let told = self.schedule.graph.add_node(Step {
                    address: address.clone(),
                    target: Target::Existing(id.clone()),
                    op: op.clone(),
                    completes: false,
                });
                self.edge(sent, told);
                let end = by_address
                    .get(address)
                    .and_then(|at| self.chains[*at].all().last());
                if let Some(end) = end {
                    self.prefer(end, told);
                }
            }
        }
    }
}

impl Chain {
    fn all(&self) -> impl Iterator<Item = NodeIndex> + '_ {
        self.down.iter().chain(&self.up).chain(&self.last).copied()
    }

    fn first_up(&self) -> Option<NodeIndex> {
        self.up.first().copied()
    }
}
