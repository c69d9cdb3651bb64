//! The walk over the graph: each variable, local, output and instance is evaluated once in each module instance, after what
//! it needs.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;

use super::checks::{CheckResult, Collected};
use super::graph::{Need, Node, Part};
use super::import::Imports;
use super::reads::Reads;
use super::repetition::{Expansion, MOST_INSTANCES, Repeated, expand};
use super::scope::Names;
use super::setting::Setting;
use super::site::{Layers, Memory, Spot};
use super::waiting::Targets;
use super::{Instance, Outlook, Output, instance};
use crate::address::{Address, Key};
use crate::config::{Expr, Module, Repetition};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::eval::{Total, evaluate};
use crate::value::{Attributes, Type, Value};

/// What references see of instances that need not be evaluated any more.
#[derive(Clone, Copy)]
pub(super) struct Outcomes<'a> {
    /// Those that a run completed.
    pub(super) completed: &'a BTreeMap<Address, Arc<Attributes>>,
    /// Those that it leaves as they are.
    pub(super) unchanged: &'a BTreeMap<Address, Arc<Attributes>>,
}

impl<'a> Outcomes<'a> {
    fn get(&self, address: &Address) -> Option<&'a Arc<Attributes>> {
        let unchanged = || self.unchanged.get(address);
        self.completed.get(address).or_else(unchanged)
    }
}

/// What a walk has found.
pub(super) struct Found {
    pub(super) instances: IndexMap<Address, Instance>,
    pub(super) outputs: IndexMap<String, Output>,
    pub(super) problems: Diagnostics,
    /// Checks whose outcome is not known yet.
    pub(super) unsettled: Diagnostics,
    pub(super) imports: Imports,
    pub(super) checks: Vec<CheckResult>,
}

/// What has been evaluated so far.
pub(super) struct Walk<'a> {
    pub(super) setting: &'a Setting<'a>,
    pub(super) layers: Layers<'a>,
    /// Whether the values of blocks that nothing refers to are kept as well: somebody may ask for them.
    pub(super) keeps_all: bool,
    /// What all expressions have used up.
    pub(super) total: Arc<Total>,
    /// What the instance at hand has read.
    pub(super) reads: Reads,
    pub(super) targets: HashMap<Spot, Arc<Targets>>,
    pub(super) outcomes: Option<Outcomes<'a>>,
    pub(super) instances: IndexMap<Address, Instance>,
    pub(super) outputs: IndexMap<String, Output>,
    pub(super) problems: Diagnostics,
    /// Checks whose outcome is not known yet.
    pub(super) unsettled: Diagnostics,
    pub(super) imports: Imports,
    pub(super) checked: Collected,
}

impl<'a> Walk<'a> {
    pub(super) fn new(setting: &'a Setting<'a>) -> Self {
        Self {
            setting,
            layers: Layers::new(),
            keeps_all: false,
            total: Arc::default(),
            reads: Reads::default(),
            targets: HashMap::new(),
            outcomes: None,
            instances: IndexMap::with_capacity(setting.config.root().blocks.len()),
            outputs: IndexMap::new(),
            problems: Diagnostics::default(),
            unsettled: Diagnostics::default(),
            imports: Imports::default(),
            checked: Collected::default(),
        }
    }

    /// Goes on from what never changes, and takes the attributes of instances that are done from outside.
    pub(super) fn resumed(mut self, before: &'a Memory, outcomes: Outcomes<'a>) -> Self {
        self.layers = Layers::above(before);
        self.outcomes = Some(outcomes);
        self
    }

    /// Ends it: what it held to evaluate further goes, before memory is needed for what is made of the instances.
    pub(super) fn ended(self) -> Found {
        Found {
            instances: self.instances,
            outputs: self.outputs,
            problems: self.problems,
            unsettled: self.unsettled,
            imports: self.imports,
            checks: self.checked.results(),
        }
    }

    /// Returns the module that a module instance is of.
    pub(super) fn module(&self, site: usize) -> &'a Module {
        let unit = self.layers.site(site).unit;
        &self.setting.config.modules[self.setting.graph.units.units[unit].part]
    }

    pub(super) fn part(&self, site: usize) -> &'a Part {
        let graph = self.setting.graph;
        &graph.parts[graph.units.units[self.layers.site(site).unit].part]
    }

    pub(super) fn node(&self, spot: Spot) -> Node {
        self.part(spot.site).nodes[spot.node]
    }

    /// Evaluates what no object has a part in: it is the same whatever the engine says.
    pub(super) fn constants(&mut self, outlook: &mut dyn Outlook) {
        let mut site = 0;
        while site < self.layers.count() {
            for node in 0..self.part(site).nodes.len() {
                let spot = Spot { site, node };
                let is_wanted = match self.node(spot) {
                    Node::Variable(_) | Node::Local(_) | Node::Header(_) | Node::Call(_) => true,
                    Node::Output(_) => site > 0,
                    _ => false,
                };
                let unit = self.layers.site(site).unit;
                if is_wanted && !self.setting.graph.units.is_reaching(unit, node) {
                    self.demand(spot, outlook);
                }
            }
            site += 1;
        }
    }

    /// Evaluates everything: in each module instance blocks in source order, each after what it needs; then the rest.
    pub(super) fn everything(&mut self, outlook: &mut dyn Outlook) {
        let mut site = 0;
        while site < self.layers.count() {
            let numbering = self.part(site).numbering;
            for block in 0..self.module(site).blocks.len() {
                let node = numbering.body(block);
                self.demand(Spot { site, node }, outlook);
            }
            for node in 0..self.part(site).nodes.len() {
                self.demand(Spot { site, node }, outlook);
            }
            site += 1;
        }
    }

    /// Evaluates a node after what it needs. The stack is our own: chains may be long.
    pub(super) fn demand(&mut self, goal: Spot, outlook: &mut dyn Outlook) {
        let mut open = vec![goal];
        while let Some(spot) = open.last().copied() {
            if self.layers.value(spot).is_some() {
                open.pop();
                continue;
            }
            let missing: Vec<Spot> = self.missing(spot);
            if missing.is_empty() {
                let value = self.compute(spot, outlook);
                if let Some(lasting) = self.without_ephemeral(spot, &value) {
                    self.layers.own.lasting.insert(spot, lasting);
                }
                self.layers.own.values.insert(spot, value);
                open.pop();
            } else {
                // The first one is to be evaluated first, so it goes on top.
                open.extend(missing.into_iter().rev());
            }
        }
    }

    /// Evaluates what something in a module instance needs.
    pub(super) fn demand_all(&mut self, site: usize, needs: &[Need], outlook: &mut dyn Outlook) {
        loop {
            let mut found = Vec::new();
            for need in needs {
                self.resolve(site, need, &mut found);
            }
            found.retain(|(spot, _)| self.layers.value(*spot).is_none());
            if found.is_empty() {
                return;
            }
            for (spot, _) in found {
                self.demand(spot, outlook);
            }
        }
    }

    /// Lists what a node still needs.
    fn missing(&self, spot: Spot) -> Vec<Spot> {
        if self.is_cyclic(spot) {
            return Vec::new();
        }
        let mut needed = Vec::new();
        if self.outcomes.is_some() {
            match self.node(spot) {
                Node::Body(block) => {
                    let node = self.part(spot.site).numbering.header(block);
                    let header = Spot { node, ..spot };
                    if self.layers.value(header).is_none() {
                        return vec![header];
                    }
                    if self.is_finished(spot.site, block) {
                        return Vec::new();
                    }
                }
                // The order was decided long ago.
                Node::CallBody(_) | Node::CallGate(_) => return Vec::new(),
                _ => {}
            }
        }
        self.needed(spot, &mut needed);
        needed
            .into_iter()
            .map(|(spot, _)| spot)
            .filter(|spot| self.layers.value(*spot).is_none())
            .collect()
    }

    fn is_cyclic(&self, spot: Spot) -> bool {
        let unit = self.layers.site(spot.site).unit;
        self.setting.graph.units.is_cyclic(unit, spot.node)
    }

    fn compute(&mut self, spot: Spot, outlook: &mut dyn Outlook) -> Value {
        let unknown = Value::unknown(Type::Any);
        let node = self.node(spot);
        if self.is_cyclic(spot) {
            match node {
                Node::Header(_) => {
                    self.layers.own.expansions.insert(spot, Expansion::Failed);
                }
                Node::Call(call) => self.expand(spot, call, Expansion::Failed),
                _ => {}
            }
            return unknown;
        }
        let targets = self.collect_targets(spot);
        self.targets.insert(spot, targets);
        let module = self.module(spot.site);
        match node {
            Node::Variable(at) => self.variable_of(spot.site, at).unwrap_or(unknown),
            Node::Local(at) => self
                .evaluated(spot.site, &module.locals[at].value)
                .unwrap_or(unknown),
            Node::Output(at) => self.output(spot.site, at).unwrap_or(unknown),
            Node::Validation(variable, validation) => {
                self.validation(spot.site, variable, validation);
                unknown
            }
            Node::Check(check) => {
                self.check(spot.site, check);
                unknown
            }
            Node::Import(import) => {
                self.import(spot.site, import);
                unknown
            }
            Node::Header(block) => {
                let repetition = &module.blocks[block].repetition;
                let expansion = expand(repetition, &Names::new(self, spot.site, &Repeated::default()));
                let expansion = self.problems.note(expansion).unwrap_or(Expansion::Failed);
                self.layers.own.expansions.insert(spot, expansion);
                unknown
            }
            Node::Call(call) => {
                self.call(spot, call);
                unknown
            }
            Node::CallValue(call) => self.call_value(spot.site, call),
            Node::CallBody(_) | Node::CallGate(_) => unknown,
            Node::Body(block) if self.is_finished(spot.site, block) => self.finished(spot.site, block),
            Node::Body(block) => self.body(spot.site, block, outlook),
        }
    }

    /// Evaluates an expression that belongs to no instance of a block.
    pub(super) fn evaluated(&mut self, site: usize, expr: &Expr) -> Option<Value> {
        let repeated = Repeated::default();
        let value = evaluate(&expr.expression, &expr.source, &Names::new(self, site, &repeated));
        self.problems.note(value)
    }

    /// Evaluates all instances of a block; returns what references to the block see.
    fn body(&mut self, site: usize, block: usize, outlook: &mut dyn Outlook) -> Value {
        if matches!(self.expansion(site, block), Expansion::Failed) {
            self.body_of_nothing(site, block);
            return Value::unknown(Type::Any);
        }
        // Before any key is made: a count can be larger than what fits into memory.
        if self.expansion(site, block).len() > MOST_INSTANCES - self.instances.len().min(MOST_INSTANCES) {
            self.too_many_instances(site, block);
            // What refers to the block would list its instances.
            let node = self.part(site).numbering.header(block);
            let header = Spot { site, node };
            self.layers.own.expansions.insert(header, Expansion::Failed);
            return Value::unknown(Type::Any);
        }
        let keys = self.expansion(site, block).keys();
        let (shared, varying) = self.dependencies(site, block);
        let mirrored = self.mirrored(site, block);
        let is_read = self.is_read(site, block);
        let mut values = Vec::with_capacity(keys.len());
        for key in keys {
            // Others of the block may still be on their way.
            if let Some(value) = self.outcome(site, block, key.as_ref()) {
                values.push(value);
                continue;
            }
            self.reads.begin();
            match self.instance(site, block, key, Vec::new()) {
                Ok(mut instance) => {
                    let key = instance.address.key.as_ref();
                    let twin = mirrored
                        .zip(key)
                        .and_then(|(spot, key)| self.instance_of(spot, key));
                    // What a postcondition reads shows only later, so it counts as a read of all.
                    instance.dependencies = self.depends_on(&shared, &varying, twin);
                    if is_read {
                        let attributes = outlook.attributes(&instance);
                        let value = instance::visible(&instance.address, &attributes, self.setting.kinds);
                        let found = self.promises(site, block, instance.address.key.as_ref(), &value);
                        self.problems.extend(found);
                        values.push(value);
                    } else {
                        outlook.pass(&instance);
                    }
                    self.instances.insert(instance.address.clone(), instance);
                }
                Err(problems) => {
                    // The other instances would say the same again.
                    self.problems.extend(problems);
                    return Value::unknown(Type::Any);
                }
            }
        }
        match is_read {
            true => self.expansion(site, block).assemble(values),
            false => Value::unknown(Type::Any),
        }
    }

    /// Tells whether anything looks at the value of a block.
    fn is_read(&self, site: usize, block: usize) -> bool {
        let has_promises = !self.module(site).blocks[block]
            .lifecycle
            .postconditions
            .is_empty();
        let part = self.part(site);
        self.keeps_all || has_promises || part.is_needed(part.numbering.body(block))
    }

    /// A block whose repetition is wrong may be wrong inside as well.
    fn body_of_nothing(&mut self, site: usize, block: usize) {
        let repeated = Repeated::unknown();
        let block = &self.module(site).blocks[block];
        let decoded = instance::decoded(block, site, &repeated, self);
        self.problems.note(decoded);
    }

    /// Evaluates one instance. What its block needs must have been evaluated.
    pub(super) fn instance(
        &self,
        site: usize,
        block: usize,
        key: Option<Key>,
        dependencies: Vec<Address>,
    ) -> Result<Instance, Diagnostics> {
        let block_at = &self.module(site).blocks[block];
        let address = self.address(site, block, key);
        let repeated = self
            .repeated(site, block, address.key.as_ref())
            .ok_or_else(|| no_instance(&address))?;
        instance::instance(block_at, site, address, &repeated, dependencies, self)
    }

    /// Tells whether the attributes of all instances of a block were given from outside.
    fn is_finished(&self, site: usize, block: usize) -> bool {
        match (self.outcomes, self.expansion(site, block)) {
            (None, _) | (_, Expansion::Failed) => false,
            (Some(outcomes), expansion) => expansion
                .keys()
                .into_iter()
                .all(|key| outcomes.get(&self.address(site, block, key)).is_some()),
        }
    }

    /// Returns what references see of a block whose instances are all done.
    fn finished(&self, site: usize, block: usize) -> Value {
        let expansion = self.expansion(site, block);
        let keys = expansion.keys().into_iter();
        let values = keys.filter_map(|key| self.outcome(site, block, key.as_ref()));
        expansion.assemble(values.collect())
    }

    /// Returns what references see of an instance that is done.
    pub(super) fn outcome(&self, site: usize, block: usize, key: Option<&Key>) -> Option<Value> {
        let outcomes = self.outcomes?;
        let address = self.address(site, block, key.cloned());
        Some(instance::visible(
            &address,
            outcomes.get(&address)?,
            self.setting.kinds,
        ))
    }

    pub(super) fn address(&self, site: usize, block: usize, key: Option<Key>) -> Address {
        let path = &self.layers.site(site).path;
        path.instance(&self.module(site).blocks[block].address, key)
    }

    fn too_many_instances(&mut self, site: usize, block: usize) {
        let block = &self.module(site).blocks[block];
        let span = match &block.repetition {
            Repetition::None => block.span.clone(),
            Repetition::Count(expr) | Repetition::ForEach(expr) | Repetition::Enabled(expr) => expr.span(),
        };
        self.problems.push(
            Diagnostic::error("Too many instances")
                .detail(format!(
                    "The configuration would have more than {MOST_INSTANCES} instances of blocks, more than any engine could hold."
                ))
                .at(span, "makes too many"),
        );
    }

    pub(super) fn expansion(&self, site: usize, block: usize) -> &Expansion {
        let node = self.part(site).numbering.header(block);
        self.layers.expansion(Spot { site, node })
    }
}

/// Says that a block has no such instance.
pub(super) fn no_instance(address: &Address) -> Diagnostics {
    Diagnostic::error("No such instance")
        .detail(format!("The configuration has no `{address}`."))
        .into()
}
