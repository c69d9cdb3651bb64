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

use super::claims::Claim;
use super::rolling::{self, Group, Rolling};
use super::{Action, Role, Schedule, Step};
use crate::address::Address;
use crate::engine::{Op, Target};
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
    /// How it goes on with those of the same block.
    pub(crate) rolling: Option<Rolling>,
}

/// The nodes of one work.
#[derive(Default)]
pub(super) struct Chain {
    down: Vec<NodeIndex>,
    up: Vec<NodeIndex>,
    pub(super) over: Vec<NodeIndex>,
    last: Vec<NodeIndex>,
    /// After it was tried, instead of `last`.
    undo: Vec<NodeIndex>,
}

/// Puts works, dependencies first, in order.
pub(crate) fn schedule(works: &[Work], receivers: &[String], warm_ups: &[(Address, String)]) -> Schedule {
    let mut builder = Builder {
        works,
        ..Builder::default()
    };
    builder.chains();
    let groups = rolling::groups(works);
    builder.gather(&groups);
    builder.commits();
    builder.ups();
    builder.downs();
    builder.leftovers();
    builder.pulls();
    builder.receivers();
    builder.receivers_left_behind(receivers);
    builder.warm_ups_left_behind(warm_ups);
    builder.claims();
    rolling::batches(&mut builder, &groups);
    builder.preferences();
    builder.tells();
    builder.schedule
}

#[derive(Default)]
pub(super) struct Builder<'a> {
    pub(super) works: &'a [Work],
    pub(super) schedule: Schedule,
    pub(super) chains: Vec<Chain>,
    /// By work, the step after which all that is put back together with it has been tried.
    gathered: BTreeMap<usize, NodeIndex>,
}

impl Builder<'_> {
    fn node(&mut self, work: &Work, (target, op): &(Target, Op), completes: bool, role: Role) -> NodeIndex {
        // A wait can be cut short: what serves does so already.
        let role = match (role, op) {
            (Role::Urgent, Op::Await { .. }) => Role::Ordinary,
            _ => role,
        };
        self.schedule.graph.add_node(Step {
            address: work.address.clone(),
            target: target.clone(),
            op: op.clone(),
            completes,
            role,
        })
    }

    pub(super) fn edge(&mut self, before: NodeIndex, after: NodeIndex) {
        if before != after {
            self.schedule.graph.update_edge(before, after, ());
        }
    }

    /// Adds an edge unless the opposite order is needed.
    pub(super) fn prefer(&mut self, before: NodeIndex, after: NodeIndex) {
        if !has_path_connecting(&self.schedule.graph, after, before, None) {
            self.edge(before, after);
        }
    }

    fn chains(&mut self) {
        for work in self.works {
            let ops = &work.ops;
            let readies = work.action != Action::Delete;
            let parts = [&ops.down, &ops.up, &ops.over];
            let completing = parts
                .iter()
                .rposition(|part| !part.is_empty())
                .filter(|_| readies);
            let list = |builder: &mut Self, at: usize, ops: &[(Target, Op)], role: Role| {
                let last = ops.len().checked_sub(1).filter(|_| completing == Some(at));
                ops.iter()
                    .enumerate()
                    .map(|(number, op)| builder.node(work, op, last == Some(number), role))
                    .collect::<Vec<_>>()
            };
            let chain = Chain {
                down: list(self, 0, &ops.down, Role::Ordinary),
                up: list(self, 1, &ops.up, Role::Ordinary),
                over: list(self, 2, &ops.over, Role::Urgent),
                last: list(self, 3, &ops.last, Role::Ordinary),
                undo: list(self, 4, &ops.undo, Role::Undo),
            };
            let all: Vec<NodeIndex> = chain.all().collect();
            for pair in all.windows(2).chain(chain.undo.windows(2)) {
                self.edge(pair[0], pair[1]);
            }
            self.chains.push(chain);
        }
    }

    /// What is put back together waits for one step, and not each for each.
    fn gather(&mut self, groups: &[Group]) {
        for group in groups {
            let tried: Vec<(usize, NodeIndex)> = group
                .put_back_together(self.works)
                .filter_map(|at| Some((at, self.chains[at].tried()?)))
                .collect();
            let [_, .., (last, _)] = &tried[..] else {
                continue;
            };
            let gathered = self.lone(self.works[*last].address.clone(), Target::New, Op::Gather);
            for (at, tried) in tried {
                self.edge(tried, gathered);
                self.gathered.insert(at, gathered);
            }
        }
    }

    /// What is put back if anything fails is so when all that belongs together has been tried; what is kept for that goes after it.
    fn commits(&mut self) {
        for at in 0..self.works.len() {
            let chain = &self.chains[at];
            let firsts = [chain.undo.first().copied(), chain.last.first().copied()];
            let tried = self.gathered.get(&at).copied().or(chain.tried());
            for first in firsts.into_iter().flatten() {
                if let Some(tried) = tried {
                    self.edge(tried, first);
                }
            }
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
            let nodes: BTreeSet<NodeIndex> = match self.chains[at].readies() {
                // Those that are put back together are ready together.
                Some(own) => BTreeSet::from([self.gathered.get(&at).copied().unwrap_or(own)]),
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
                    let node = self.node(work, &(Target::New, op), false, Role::Ordinary);
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

    /// The receiver's image is brought once, before the first receiver is made from it.
    fn receivers(&mut self) {
        let creates = self.nodes_that(|op| matches!(op, Op::ReceiverCreate | Op::CopierCreate { .. }));
        let Some(first) = creates.first() else { return };
        let address = self.schedule.graph[*first].address.clone();
        let import = self.lone(address, Target::New, Op::ReceiverImport);
        for create in creates {
            self.edge(import, create);
        }
    }

    /// What killed runs left of receivers goes before new ones come, and lets go of the volumes that are to be removed.
    fn receivers_left_behind(&mut self, ids: &[String]) {
        let waiting = self.nodes_that(|op| {
            matches!(
                op,
                Op::ReceiverCreate | Op::CopierCreate { .. } | Op::VolumeRemove | Op::InterimRemove
            )
        });
        // In the name of any sync, or of whatever there is when only the journal knows the sync.
        let sync = self.works.iter().find(|work| work.address.kind() == "sync");
        let Some(address) = sync.or(self.works.first()).map(|work| work.address.clone()) else {
            return;
        };
        for id in ids {
            let target = Target::Existing(id.clone());
            let removal = self.lone(address.clone(), target, Op::ReceiverRemove);
            for node in &waiting {
                self.edge(removal, *node);
            }
        }
    }

    fn nodes_that(&self, is: impl Fn(&Op) -> bool) -> Vec<NodeIndex> {
        let graph = &self.schedule.graph;
        let nodes = graph.node_indices();
        nodes.filter(|node| is(&graph[*node].op)).collect()
    }

    /// Adds a step that stands in no chain.
    pub(super) fn lone(&mut self, address: Address, target: Target, op: Op) -> NodeIndex {
        self.schedule.graph.add_node(Step {
            address,
            target,
            op,
            completes: false,
            role: Role::Ordinary,
        })
    }

    /// What killed runs left of networks to warm up in goes when nothing is in them any more: before a new one comes, or at the end.
    fn warm_ups_left_behind(&mut self, left: &[(Address, String)]) {
        for (address, id) in left {
            let of_address: Vec<usize> = (0..self.works.len())
                .filter(|at| self.works[*at].address == *address)
                .collect();
            if of_address.is_empty() {
                continue;
            }
            let removal = self.lone(address.clone(), Target::Existing(id.clone()), Op::WarmUpRemove);
            for at in of_address {
                let all: Vec<NodeIndex> = self.chains[at].all().collect();
                let find = |is: &dyn Fn(&Op) -> bool| {
                    let node = all.iter().position(|node| is(&self.schedule.graph[*node].op));
                    node.map(|at| (at, all[at]))
                };
                let makes_anew = find(&|op| matches!(op, Op::WarmUpCreate { .. }));
                let leaves = find(&|op| matches!(op, Op::NetworkDisconnect { id: left, .. } if left == id));
                match (makes_anew, leaves) {
                    (Some((anew, create)), Some((at, leave))) if at < anew => {
                        self.edge(leave, removal);
                        self.edge(removal, create);
                    }
                    (Some(_), _) => self.edge(removal, all[0]),
                    (None, _) => {
                        if let Some(last) = all.last() {
                            self.edge(*last, removal);
                        }
                    }
                }
            }
        }
    }

    /// An image is made before a container is taken away for it, and so is what comes before its predecessor goes; a volume is filled
    /// before a container starts on it.
    fn preferences(&mut self) {
        let ready = self.ready();
        let by_address = self.by_address();
        let comes_first = |need: &Address| {
            let work = by_address.get(need).map(|at| &self.works[*at]);
            work.is_some_and(|work| {
                work.action == Action::ReplaceStartFirst && work.address.kind() != "container"
            })
        };
        let early: BTreeSet<Address> = by_address
            .keys()
            .filter(|need| need.kind() == "image" || comes_first(need))
            .map(|need| (*need).clone())
            .collect();
        for (at, work) in self.works.iter().enumerate() {
            let Some(first) = self.chains[at].all().next() else {
                continue;
            };
            let first_up = self.chains[at].first_up();
            let images = work.needs.iter().chain(&work.prefers);
            for need in images.filter(|need| early.contains(need)) {
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
                let told = self.lone(address.clone(), Target::Existing(id.clone()), op.clone());
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
    pub(super) fn all(&self) -> impl Iterator<Item = NodeIndex> + '_ {
        let before = self.down.iter().chain(&self.up).chain(&self.over);
        before.chain(&self.last).copied()
    }

    /// Returns the step with which it is ready.
    pub(super) fn readies(&self) -> Option<NodeIndex> {
        self.over.last().or(self.up.last()).copied()
    }

    /// Returns the step after which it is ready or has failed.
    fn tried(&self) -> Option<NodeIndex> {
        self.readies().or(self.down.last().copied())
    }

    fn first_up(&self) -> Option<NodeIndex> {
        self.up.first().copied()
    }
}
