//! Static references → the graph of what must be evaluated before what. Finds names that nothing has, and cycles.

use std::collections::{HashMap, HashSet, VecDeque};

use petgraph::graph::{DiGraph, NodeIndex};

use super::reading::{Place, Reader};
use crate::address::{BlockAddress, Key};
use crate::config::{Block, Config, Repetition};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::kinds::{Field, Kind, Presence};

/// What can be evaluated by itself. The numbers are positions in the configuration's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A local value.
    Local(usize),
    /// An output.
    Output(usize),
    /// A `validation` block of a variable.
    Validation(usize, usize),
    /// `count` or `for_each` of a block.
    Header(usize),
    /// The instances of a block.
    Body(usize),
}

/// That a node needs another one.
#[derive(Clone, Debug)]
pub(super) struct Need {
    /// The number of the other node.
    pub(super) node: usize,
    /// The one instance that is needed, if it is written with a literal key.
    pub(super) key: Option<Key>,
    /// The reference; `None` if the two belong together anyway.
    pub(super) span: Option<Span>,
}

/// Where the nodes of each sort begin: locals, outputs, validations, headers, bodies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbering {
    headers: usize,
    bodies: usize,
}

impl Numbering {
    fn new(config: &Config) -> Self {
        let validations: usize = config
            .variables
            .values()
            .map(|variable| variable.validations.len())
            .sum();
        let headers = config.locals.len() + config.outputs.len() + validations;
        Self {
            headers,
            bodies: headers + config.blocks.len(),
        }
    }

    pub(super) fn local(self, at: usize) -> usize {
        at
    }

    pub(super) fn header(self, at: usize) -> usize {
        self.headers + at
    }

    pub(super) fn body(self, at: usize) -> usize {
        self.bodies + at
    }
}

/// The graph.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) numbering: Numbering,
    pub(super) nodes: Vec<Node>,
    pub(super) needs: Vec<Vec<Need>>,
    /// Whether a node is part of a cycle, which has been reported.
    pub(super) cyclic: Vec<bool>,
    /// References that are wrong, which has been reported: they stand for unknown values.
    pub(super) broken: HashSet<Place>,
}

impl Graph {
    /// Reads every reference of a configuration.
    pub(super) fn new(config: &Config, kinds: &[&'static dyn Kind], problems: &mut Diagnostics) -> Self {
        let numbering = Numbering::new(config);
        let nodes = nodes(config);
        let mut broken = HashSet::new();
        let needs = nodes
            .iter()
            .map(|node| {
                let (needs, wrong) = needs(*node, config, kinds, numbering, problems);
                broken.extend(wrong);
                needs
            })
            .collect();
        let mut graph = Self {
            numbering,
            cyclic: vec![false; nodes.len()],
            nodes,
            needs,
            broken,
        };
        graph.find_cycles(config, problems);
        graph
    }

    /// Tells of each node whether evaluating it evaluates a block's instances.
    pub(super) fn reaching_blocks(&self) -> Vec<bool> {
        let mut needed_by = vec![Vec::new(); self.nodes.len()];
        for (node, needs) in self.needs.iter().enumerate() {
            for need in needs {
                needed_by[need.node].push(node);
            }
        }
        let mut reaching = vec![false; self.nodes.len()];
        let mut open: Vec<usize> = (0..self.nodes.len())
            .filter(|node| matches!(self.nodes[*node], Node::Body(_)))
            .collect();
        while let Some(node) = open.pop() {
            if !std::mem::replace(&mut reaching[node], true) {
                open.append(&mut needed_by[node]);
            }
        }
        reaching
    }

    fn find_cycles(&mut self, config: &Config, problems: &mut Diagnostics) {
        let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(self.nodes.len(), self.nodes.len());
        for _ in &self.nodes {
            graph.add_node(());
        }
        for (from, needs) in self.needs.iter().enumerate() {
            for need in needs {
                graph.add_edge(NodeIndex::new(from), NodeIndex::new(need.node), ());
            }
        }
        let mut cycles: Vec<Vec<usize>> = petgraph::algo::kosaraju_scc(&graph)
            .into_iter()
            .map(|component| component.into_iter().map(NodeIndex::index).collect::<Vec<_>>())
            .filter(|component| component.len() > 1 || self.needs_itself(component[0]))
            .collect();
        for component in &mut cycles {
            component.sort_unstable();
            for node in component.iter() {
                self.cyclic[*node] = true;
            }
        }
        cycles.sort();
        for component in cycles {
            problems.push(self.cycle(&component, config));
        }
    }

    fn needs_itself(&self, node: usize) -> bool {
        self.needs[node].iter().any(|need| need.node == node)
    }

    /// Words a shortest cycle of a component, each step with its place.
    fn cycle(&self, component: &[usize], config: &Config) -> Diagnostic {
        let steps = self.shortest_cycle(component);
        let written: Vec<(usize, &Need)> = steps
            .into_iter()
            .filter(|(_, need)| need.span.is_some())
            .collect();
        let mut path: Vec<String> = written
            .iter()
            .map(|(from, _)| format!("`{}`", self.name(*from, config)))
            .collect();
        path.extend(path.first().cloned());
        let mut diagnostic = Diagnostic::error("Cycle").detail(format!(
            "Each of these needs the next one first: {}.",
            path.join(" → ")
        ));
        for (at, (from, need)) in written.iter().enumerate() {
            let Some(span) = need.span.clone() else { continue };
            let words = format!(
                "{} needs {}",
                self.name(*from, config),
                self.name(need.node, config)
            );
            diagnostic = match at {
                0 => diagnostic.at(span, words),
                _ => diagnostic.related(span, words),
            };
        }
        diagnostic.help("Take one of these references out, or move what both need into a local value.")
    }

    fn shortest_cycle(&self, component: &[usize]) -> Vec<(usize, &Need)> {
        let Some(start) = component.first().copied() else {
            return Vec::new();
        };
        let mut came_by: HashMap<usize, (usize, &Need)> = HashMap::new();
        let mut open = VecDeque::from([start]);
        while let Some(node) = open.pop_front() {
            for need in &self.needs[node] {
                if component.binary_search(&need.node).is_err() || came_by.contains_key(&need.node) {
                    continue;
                }
                came_by.insert(need.node, (node, need));
                if need.node == start {
                    open.clear();
                    break;
                }
                open.push_back(need.node);
            }
        }
        let mut steps = Vec::new();
        let mut at = start;
        while let Some((from, need)) = came_by.remove(&at) {
            steps.push((from, need));
            at = from;
        }
        steps.reverse();
        steps
    }

    fn name(&self, node: usize, config: &Config) -> String {
        let of_map = |name: Option<&String>| name.cloned().unwrap_or_default();
        match self.nodes[node] {
            Node::Local(at) => format!(
                "local.{}",
                of_map(config.locals.get_index(at).map(|entry| entry.0))
            ),
            Node::Output(at) => format!(
                "output.{}",
                of_map(config.outputs.get_index(at).map(|entry| entry.0))
            ),
            Node::Validation(at, _) => {
                format!(
                    "var.{}",
                    of_map(config.variables.get_index(at).map(|entry| entry.0))
                )
            }
            Node::Header(at) | Node::Body(at) => config
                .blocks
                .get_index(at)
                .map(|(address, _)| address.to_string())
                .unwrap_or_default(),
        }
    }
}

fn nodes(config: &Config) -> Vec<Node> {
    let validations = config.variables.values().enumerate().flat_map(|(at, variable)| {
        (0..variable.validations.len()).map(move |validation| Node::Validation(at, validation))
    });
    (0..config.locals.len())
        .map(Node::Local)
        .chain((0..config.outputs.len()).map(Node::Output))
        .chain(validations)
        .chain((0..config.blocks.len()).map(Node::Header))
        .chain((0..config.blocks.len()).map(Node::Body))
        .collect()
}

fn needs(
    node: Node,
    config: &Config,
    kinds: &[&'static dyn Kind],
    numbering: Numbering,
    problems: &mut Diagnostics,
) -> (Vec<Need>, Vec<Place>) {
    let mut reader = Reader::new(config, kinds, numbering, problems);
    match node {
        Node::Local(at) => reader.expr(&config.locals[at].value),
        Node::Output(at) => {
            let output = &config.outputs[at];
            reader.expr(&output.value);
            reader.targets(&output.depends_on);
        }
        Node::Validation(at, validation) => {
            let validation = &config.variables[at].validations[validation];
            reader.expr(&validation.condition);
            reader.expr(&validation.error_message);
        }
        Node::Header(at) => match &config.blocks[at].repetition {
            Repetition::None => {}
            Repetition::Count(expr) | Repetition::ForEach(expr) => reader.expr(expr),
        },
        Node::Body(at) => {
            let (address, block) = (config.blocks.get_index(at), &config.blocks[at]);
            reader.repeated_by(&block.repetition);
            if let Some((address, _)) = address {
                reader.body(&block.body, fields(kinds, address), &block.source);
            }
            reader.targets(&block.depends_on);
            reader.targets(&block.lifecycle.replace_triggered_by);
            ignored(block, kinds, reader.problems);
            reader.found.push(Need {
                node: numbering.header(at),
                key: None,
                span: None,
            });
        }
    }
    (reader.found, reader.broken)
}

/// Checks that what `ignore_changes` names exists.
fn ignored(block: &Block, kinds: &[&'static dyn Kind], problems: &mut Diagnostics) {
    let fields: Vec<&Field> = fields(kinds, &block.address).iter().collect();
    for (path, span) in &block.lifecycle.ignore_changes {
        let name = path.split(['.', '[']).next().unwrap_or_default();
        if path != "*" && !fields.iter().any(|field| field.name == name) {
            problems.push(super::reading::unknown_attribute(
                &block.address,
                name,
                &fields,
                span.clone(),
            ));
        }
    }
}

/// Returns the kind of a block.
pub(super) fn kind_of(kinds: &[&'static dyn Kind], address: &BlockAddress) -> Option<&'static dyn Kind> {
    kinds.iter().copied().find(|kind| kind.name() == address.kind)
}

/// Lists what references to a block can name: of a `data` block also what its kind says of a live object.
pub(super) fn readable(kinds: &[&'static dyn Kind], address: &BlockAddress) -> Vec<&'static Field> {
    let own = fields(kinds, address);
    let live = match kind_of(kinds, address) {
        Some(kind) if address.data => kind.fields(),
        _ => &[],
    };
    let is_new = |field: &&Field| !own.iter().any(|known| known.name == field.name);
    own.iter()
        .chain(live.iter().filter(is_new))
        .filter(|field| field.presence != Presence::Derived)
        .collect()
}

/// Returns the FIELDS of a block: what can be set in it.
pub(super) fn fields(kinds: &[&'static dyn Kind], address: &BlockAddress) -> &'static [Field] {
    match kind_of(kinds, address) {
        Some(kind) if address.data => kind.data_fields(),
        Some(kind) => kind.fields(),
        None => &[],
    }
}
