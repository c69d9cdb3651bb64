//! The modules put together: one [`Unit`] for each way of calls, with a number for every node of every unit. Finds cycles,
//! which may lead through modules.

use std::collections::{HashMap, HashSet, VecDeque};

use petgraph::graph::{DiGraph, NodeIndex};

use super::graph::{Need, Node, Part, Target};
use super::reading::{Place, place};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Diagnostics};

/// More units than anybody writes: modules that call each other twice over and over make this many.
const MOST: usize = 50_000;

/// A module as it is called in one place: all its instances share it.
#[derive(Debug)]
pub(super) struct Unit {
    /// The position of the module.
    pub(super) part: usize,
    /// The unit of the call, and the call's position there; `None` for the root.
    pub(super) parent: Option<(usize, usize)>,
    /// The units that are called here, by the positions of the calls.
    pub(super) children: Vec<Option<usize>>,
    /// The nearest call on the way here that has `depends_on`: its unit and position.
    pub(super) gate: Option<(usize, usize)>,
    /// The number of its first node.
    first: usize,
}

/// All units; the first is the root.
#[derive(Debug)]
pub(super) struct Units {
    pub(super) units: Vec<Unit>,
    /// By the number of the node: whether it is part of a cycle, which has been reported.
    cyclic: Vec<bool>,
    /// By the number of the node: whether evaluating it evaluates a block's instances.
    reaching: Vec<bool>,
}

/// An edge to the number of what is needed, and the reference that says so.
type Edge<'p> = (usize, Option<&'p Need>);

impl Units {
    pub(super) fn new(config: &Config, parts: &[Part], problems: &mut Diagnostics) -> Self {
        let mut units = vec![Unit {
            part: 0,
            parent: None,
            children: Vec::new(),
            gate: None,
            first: 0,
        }];
        let mut count = parts[0].nodes.len();
        let mut at = 0;
        while at < units.len() {
            let calls = &config.modules[units[at].part].calls;
            let mut children = Vec::with_capacity(calls.len());
            for (position, call) in calls.values().enumerate() {
                children.push(call.module.filter(|_| units.len() < MOST).map(|part| {
                    let own = (!call.depends_on.is_empty()).then_some((at, position));
                    units.push(Unit {
                        part,
                        parent: Some((at, position)),
                        children: Vec::new(),
                        gate: own.or(units[at].gate),
                        first: count,
                    });
                    count += parts[part].nodes.len();
                    units.len() - 1
                }));
                if units.len() == MOST {
                    problems.push(too_many(call.span.clone()));
                    return Self::without_calls(parts);
                }
            }
            units[at].children = children;
            at += 1;
        }
        let mut this = Self {
            units,
            cyclic: vec![false; count],
            reaching: vec![false; count],
        };
        let edges = this.edges(parts);
        this.find_cycles(&edges, config, parts, problems);
        this.find_reaching(&edges, parts);
        this
    }

    /// The root alone, once there are too many others.
    fn without_calls(parts: &[Part]) -> Self {
        let count = parts[0].nodes.len();
        Self {
            units: vec![Unit {
                part: 0,
                parent: None,
                children: vec![None; parts[0].arguments.len()],
                gate: None,
                first: 0,
            }],
            cyclic: vec![false; count],
            reaching: vec![true; count],
        }
    }

    /// Tells whether a node is part of a cycle.
    pub(super) fn is_cyclic(&self, unit: usize, node: usize) -> bool {
        self.cyclic[self.units[unit].first + node]
    }

    /// Tells whether there is any cycle.
    pub(super) fn has_cycles(&self) -> bool {
        self.cyclic.contains(&true)
    }

    /// Tells whether evaluating a node evaluates a block's instances.
    pub(super) fn is_reaching(&self, unit: usize, node: usize) -> bool {
        self.reaching[self.units[unit].first + node]
    }

    /// Tells whether evaluating what is needed evaluates a block's instances.
    pub(super) fn reaches(&self, unit: usize, need: &Need, parts: &[Part]) -> bool {
        let mut targets = Vec::new();
        self.resolve(unit, need, parts, &mut targets);
        targets.iter().any(|(number, _)| self.reaching[*number])
    }

    /// Lists for every node what it needs.
    fn edges<'p>(&self, parts: &'p [Part]) -> Vec<Vec<Edge<'p>>> {
        let mut edges = Vec::with_capacity(self.cyclic.len());
        for (at, unit) in self.units.iter().enumerate() {
            let part = &parts[unit.part];
            for (node, needs) in part.nodes.iter().zip(&part.needs) {
                let mut found = Vec::with_capacity(needs.len() + 1);
                for need in needs {
                    self.resolve(at, need, parts, &mut found);
                }
                if let (Node::Variable(variable), Some((caller, call))) = (node, unit.parent) {
                    for need in &parts[self.units[caller].part].arguments[call][*variable] {
                        self.resolve(caller, need, parts, &mut found);
                    }
                }
                if let Some((caller, call)) = unit.parent {
                    // Nothing in a module can be evaluated before it is known which instances there are.
                    let header = parts[self.units[caller].part].numbering.call(call);
                    found.push((self.units[caller].first + header, None));
                }
                if let (Node::Body(_) | Node::CallGate(_), Some((gated, call))) = (node, unit.gate) {
                    let gate = parts[self.units[gated].part].numbering.call_gate(call);
                    found.push((self.units[gated].first + gate, None));
                }
                edges.push(found);
            }
        }
        edges
    }

    /// Finds the nodes that a need stands for.
    fn resolve<'p>(&self, unit: usize, need: &'p Need, parts: &[Part], found: &mut Vec<Edge<'p>>) {
        let unit = &self.units[unit];
        let numbering = parts[unit.part].numbering;
        match need.target {
            Target::Node(node) => found.push((unit.first + node, Some(need))),
            Target::Output { call, output } => {
                found.push((unit.first + numbering.call(call), None));
                if let Some(child) = unit.children[call].map(|child| &self.units[child]) {
                    let node = parts[child.part].numbering.output(output);
                    found.push((child.first + node, Some(need)));
                }
            }
            Target::Everything { call } => {
                found.push((unit.first + numbering.call(call), None));
                if let Some(child) = unit.children[call].map(|child| &self.units[child]) {
                    let nodes = parts[child.part].nodes.iter().enumerate();
                    let wanted = nodes.filter(|(_, node)| matches!(node, Node::Body(_) | Node::CallBody(_)));
                    found.extend(wanted.map(|(node, _)| (child.first + node, None)));
                }
            }
        }
    }

    fn find_reaching(&mut self, edges: &[Vec<Edge<'_>>], parts: &[Part]) {
        let mut needed_by = vec![Vec::new(); edges.len()];
        for (node, needs) in edges.iter().enumerate() {
            for (needed, _) in needs {
                needed_by[*needed].push(node);
            }
        }
        let mut open: Vec<usize> = Vec::new();
        for unit in &self.units {
            let nodes = parts[unit.part].nodes.iter().enumerate();
            let bodies = nodes.filter(|(_, node)| matches!(node, Node::Body(_)));
            open.extend(bodies.map(|(node, _)| unit.first + node));
        }
        while let Some(node) = open.pop() {
            if !std::mem::replace(&mut self.reaching[node], true) {
                open.append(&mut needed_by[node]);
            }
        }
    }

    fn find_cycles(
        &mut self,
        edges: &[Vec<Edge<'_>>],
        config: &Config,
        parts: &[Part],
        problems: &mut Diagnostics,
    ) {
        let count = edges.iter().map(Vec::len).sum();
        let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(edges.len(), count);
        for _ in edges {
            graph.add_node(());
        }
        for (from, needs) in edges.iter().enumerate() {
            for (to, _) in needs {
                graph.add_edge(NodeIndex::new(from), NodeIndex::new(*to), ());
            }
        }
        let needs_itself = |node: usize| edges[node].iter().any(|(to, _)| *to == node);
        let mut cycles: Vec<Vec<usize>> = petgraph::algo::kosaraju_scc(&graph)
            .into_iter()
            .map(|component| component.into_iter().map(NodeIndex::index).collect::<Vec<_>>())
            .filter(|component| component.len() > 1 || needs_itself(component[0]))
            .collect();
        for component in &mut cycles {
            component.sort_unstable();
            for node in component.iter() {
                self.cyclic[*node] = true;
            }
        }
        cycles.sort();
        // A cycle inside a module that is called twice is one mistake.
        let mut reported: HashSet<Vec<Place>> = HashSet::new();
        for component in cycles {
            let steps = shortest_cycle(&component, edges);
            let written: Vec<(usize, usize, &Need)> = steps
                .into_iter()
                .filter_map(|(from, to, need)| Some((from, to, need?)))
                .filter(|(_, _, need)| need.span.is_some())
                .collect();
            let spans = written.iter().filter_map(|(_, _, need)| need.span.as_ref());
            if reported.insert(spans.map(place).collect()) {
                problems.push(self.cycle(&written, config, parts));
            }
        }
    }

    /// Words a cycle, each step with its place.
    fn cycle(&self, written: &[(usize, usize, &Need)], config: &Config, parts: &[Part]) -> Diagnostic {
        let name = |number| self.name(number, config, parts);
        let mut path: Vec<String> = written
            .iter()
            .map(|(from, _, _)| format!("`{}`", name(*from)))
            .collect();
        path.extend(path.first().cloned());
        let mut diagnostic = Diagnostic::error("Cycle").detail(format!(
            "Each of these needs the next one first: {}.",
            path.join(" → ")
        ));
        for (at, (from, to, need)) in written.iter().enumerate() {
            let Some(span) = need.span.clone() else { continue };
            let words = format!("{} needs {}", name(*from), name(*to));
            diagnostic = match at {
                0 => diagnostic.at(span, words),
                _ => diagnostic.related(span, words),
            };
        }
        diagnostic.help("Take one of these references out, or move what both need into a local value.")
    }

    fn name(&self, number: usize, config: &Config, parts: &[Part]) -> String {
        let at = self.units.partition_point(|unit| unit.first <= number) - 1;
        let unit = &self.units[at];
        let module = &config.modules[unit.part];
        let of_map = |entry: Option<&String>| entry.cloned().unwrap_or_default();
        let name = match parts[unit.part].nodes[number - unit.first] {
            Node::Variable(at) | Node::Validation(at, _) => {
                format!("var.{}", of_map(module.variables.get_index(at).map(|it| it.0)))
            }
            Node::Check(at) => format!("check.{}", of_map(module.checks.get_index(at).map(|it| it.0))),
            Node::Import(at) => format!("import.{}", module.imports[at].to.block),
            Node::Local(at) => format!("local.{}", of_map(module.locals.get_index(at).map(|it| it.0))),
            Node::Output(at) => format!("output.{}", of_map(module.outputs.get_index(at).map(|it| it.0))),
            Node::Header(at) | Node::Body(at) => module.blocks[at].address.to_string(),
            Node::Call(at) | Node::CallValue(at) | Node::CallBody(at) | Node::CallGate(at) => {
                format!("module.{}", module.calls[at].name)
            }
        };
        format!("{}{name}", self.path(at, config))
    }

    /// Returns the way to a unit as the beginning of names: `module.a.`.
    fn path(&self, unit: usize, config: &Config) -> String {
        let mut path = String::new();
        let mut at = unit;
        while let Some((parent, call)) = self.units[at].parent {
            let module = &config.modules[self.units[parent].part];
            path.insert_str(0, &format!("module.{}.", module.calls[call].name));
            at = parent;
        }
        path
    }
}

/// Finds a shortest cycle of a component, which is sorted: from, to, and the reference.
fn shortest_cycle<'p>(component: &[usize], edges: &[Vec<Edge<'p>>]) -> Vec<(usize, usize, Option<&'p Need>)> {
    let Some(start) = component.first().copied() else {
        return Vec::new();
    };
    let mut came_by: HashMap<usize, (usize, Option<&Need>)> = HashMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(node) = open.pop_front() {
        for (to, need) in &edges[node] {
            if component.binary_search(to).is_err() || came_by.contains_key(to) {
                continue;
            }
            came_by.insert(*to, (node, *need));
            if *to == start {
                open.clear();
                break;
            }
            open.push_back(*to);
        }
    }
    let mut steps = Vec::new();
    let mut at = start;
    while let Some((from, need)) = came_by.remove(&at) {
        steps.push((from, at, need));
        at = from;
    }
    steps.reverse();
    steps
}

fn too_many(span: crate::diagnostic::Span) -> Diagnostic {
    Diagnostic::error("Too many modules")
        .detail(format!("Calls of calls make more than {MOST} modules."))
        .at(span, "one too many")
}
