//! The walk over the graph: each local, output and instance is evaluated once, after what it needs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;

use super::graph::{Graph, Node};
use super::inputs::{Inputs, variables};
use super::repetition::{Expansion, Repeated, expand};
use super::scope::Names;
use super::{Instance, Kinds, Outlook, Output, instance};
use crate::address::{Address, BlockAddress, Key};
use crate::config::{Config, Expr};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::eval::{Files, evaluate, known};
use crate::kinds::Naming;
use crate::value::{Attributes, Type, Value};

/// What stays the same during a walk.
pub(super) struct Setting<'a> {
    pub(super) config: &'a Config,
    pub(super) kinds: Kinds,
    pub(super) graph: &'a Graph,
    pub(super) variables: &'a IndexMap<String, Value>,
    pub(super) environment: &'a BTreeMap<String, String>,
    pub(super) files: Files,
    pub(super) naming: Naming,
    pub(super) root_dir: String,
    pub(super) root: PathBuf,
    pub(super) working_dir: String,
    pub(super) workspace: String,
}

/// What is made once of a configuration and its inputs.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) graph: Graph,
    pub(super) variables: IndexMap<String, Value>,
}

impl Prepared {
    pub(super) fn new(config: &Config, inputs: &Inputs, kinds: Kinds, problems: &mut Diagnostics) -> Self {
        Self {
            graph: Graph::new(config, kinds, problems),
            variables: variables(config, inputs, problems),
        }
    }

    /// Says where a walk takes place.
    pub(super) fn setting<'a>(
        &'a self,
        config: &'a Config,
        inputs: &'a Inputs,
        kinds: Kinds,
        project: String,
    ) -> Setting<'a> {
        let root = inputs.working_dir.join(&config.root_dir);
        Setting {
            config,
            kinds,
            graph: &self.graph,
            variables: &self.variables,
            environment: &inputs.environment,
            files: Files {
                root: root.clone(),
                home: inputs.environment.get("HOME").map(PathBuf::from),
                confined: false,
            },
            naming: Naming {
                project,
                workspace: inputs.workspace.clone(),
            },
            root_dir: config.root_dir.display().to_string(),
            root,
            working_dir: inputs.working_dir.display().to_string(),
            workspace: inputs.workspace.clone(),
        }
    }
}

/// The instances that evaluating something waits for: blocks by position, all their instances or one.
pub(super) type Targets = BTreeSet<(usize, Option<Key>)>;

/// What has been evaluated, by node: what references see, and the instances of blocks by position.
#[derive(Debug, Default)]
pub(super) struct Memory {
    values: HashMap<usize, Value>,
    expansions: HashMap<usize, Expansion>,
}

/// What references see of instances that need not be evaluated any more.
#[derive(Clone, Copy)]
pub(super) struct Outcomes<'a> {
    /// Those that a run completed.
    pub(super) completed: &'a BTreeMap<Address, Attributes>,
    /// Those that it leaves as they are.
    pub(super) unchanged: &'a BTreeMap<Address, Attributes>,
}

impl<'a> Outcomes<'a> {
    fn get(&self, address: &Address) -> Option<&'a Attributes> {
        let unchanged = || self.unchanged.get(address);
        self.completed.get(address).or_else(unchanged)
    }
}

/// What has been evaluated so far.
pub(super) struct Walk<'a> {
    pub(super) setting: &'a Setting<'a>,
    pub(super) memory: Memory,
    /// What an earlier walk has found that will never change.
    before: Option<&'a Memory>,
    targets: HashMap<usize, Arc<Targets>>,
    outcomes: Option<Outcomes<'a>>,
    pub(super) instances: IndexMap<Address, Instance>,
    pub(super) outputs: IndexMap<String, Output>,
    pub(super) problems: Diagnostics,
}

impl<'a> Walk<'a> {
    pub(super) fn new(setting: &'a Setting<'a>) -> Self {
        Self {
            setting,
            memory: Memory::default(),
            before: None,
            targets: HashMap::new(),
            outcomes: None,
            instances: IndexMap::new(),
            outputs: IndexMap::new(),
            problems: Diagnostics::default(),
        }
    }

    /// Goes on from what never changes, and takes the attributes of instances that are done from outside.
    pub(super) fn resumed(mut self, before: &'a Memory, outcomes: Outcomes<'a>) -> Self {
        self.before = Some(before);
        self.outcomes = Some(outcomes);
        self
    }

    /// Evaluates what no object has a part in: it is the same whatever the engine says.
    pub(super) fn constants(&mut self, outlook: &mut dyn Outlook) {
        let varying = self.setting.graph.reaching_blocks();
        for (node, varies) in varying.into_iter().enumerate() {
            let is_constant = matches!(self.setting.graph.nodes[node], Node::Local(_) | Node::Header(_));
            if is_constant && !varies {
                self.demand(node, outlook);
            }
        }
    }

    fn value(&self, node: usize) -> Option<&Value> {
        let before = || self.before?.values.get(&node);
        self.memory.values.get(&node).or_else(before)
    }

    /// Evaluates everything: blocks in source order, each after what it needs; then the rest.
    pub(super) fn everything(&mut self, outlook: &mut dyn Outlook) {
        let graph = self.setting.graph;
        for block in 0..self.setting.config.blocks.len() {
            self.demand(graph.numbering.body(block), outlook);
        }
        for node in 0..graph.nodes.len() {
            self.demand(node, outlook);
        }
    }

    /// Evaluates a node after what it needs. The stack is our own: chains may be long.
    pub(super) fn demand(&mut self, goal: usize, outlook: &mut dyn Outlook) {
        let mut open = vec![goal];
        while let Some(node) = open.last().copied() {
            if self.value(node).is_some() {
                open.pop();
                continue;
            }
            let missing: Vec<usize> = self.missing(node);
            if missing.is_empty() {
                let value = self.compute(node, outlook);
                self.memory.values.insert(node, value);
                open.pop();
            } else {
                // The first one is to be evaluated first, so it goes on top.
                open.extend(missing.into_iter().rev());
            }
        }
    }

    /// Lists what a node still needs.
    fn missing(&self, node: usize) -> Vec<usize> {
        let graph = self.setting.graph;
        if graph.cyclic[node] {
            return Vec::new();
        }
        if let Node::Body(block) = graph.nodes[node]
            && self.outcomes.is_some()
        {
            let header = graph.numbering.header(block);
            if self.value(header).is_none() {
                return vec![header];
            }
            if self.is_finished(block) {
                return Vec::new();
            }
        }
        graph.needs[node]
            .iter()
            .map(|need| need.node)
            .filter(|node| self.value(*node).is_none())
            .collect()
    }

    fn compute(&mut self, node: usize, outlook: &mut dyn Outlook) -> Value {
        let unknown = Value::unknown(Type::Any);
        if self.setting.graph.cyclic[node] {
            if let Node::Header(block) | Node::Body(block) = self.setting.graph.nodes[node] {
                self.memory.expansions.entry(block).or_insert(Expansion::Failed);
            }
            return unknown;
        }
        let targets = Arc::new(self.collect_targets(node));
        self.targets.insert(node, targets);
        let config = self.setting.config;
        match self.setting.graph.nodes[node] {
            Node::Local(at) => self.evaluated(&config.locals[at].value).unwrap_or(unknown),
            Node::Output(at) => {
                self.output(at);
                unknown
            }
            Node::Validation(variable, validation) => {
                self.validation(variable, validation);
                unknown
            }
            Node::Header(block) => {
                self.header(block);
                unknown
            }
            Node::Body(block) if self.is_finished(block) => self.finished(block),
            Node::Body(block) => self.body(block, outlook),
        }
    }

    /// Evaluates an expression that belongs to no instance.
    pub(super) fn evaluated(&mut self, expr: &Expr) -> Option<Value> {
        let repeated = Repeated::default();
        let value = evaluate(&expr.expression, &expr.source, &Names::new(self, &repeated));
        self.problems.note(value)
    }

    fn header(&mut self, block: usize) {
        let repeated = Repeated::default();
        let repetition = &self.setting.config.blocks[block].repetition;
        let expansion = expand(repetition, &Names::new(self, &repeated));
        let expansion = self.problems.note(expansion).unwrap_or(Expansion::Failed);
        self.memory.expansions.insert(block, expansion);
    }

    /// Evaluates all instances of a block; returns what references to the block see.
    fn body(&mut self, block: usize, outlook: &mut dyn Outlook) -> Value {
        if matches!(self.expansion(block), Expansion::Failed) {
            self.body_of_nothing(block);
            return Value::unknown(Type::Any);
        }
        let keys = self.expansion(block).keys();
        let dependencies = self.dependencies(block);
        let mut values = Vec::with_capacity(keys.len());
        for key in keys {
            // Others of the block may still be on their way.
            if let Some(value) = self.outcome(block, key.as_ref()) {
                values.push(value);
                continue;
            }
            match self.instance(block, key, dependencies.clone()) {
                Ok(instance) => {
                    let attributes = outlook.attributes(&instance);
                    values.push(instance::visible(
                        &instance.address,
                        attributes,
                        self.setting.kinds,
                    ));
                    self.instances.insert(instance.address.clone(), instance);
                }
                Err(problems) => {
                    // The other instances would say the same again.
                    self.problems.extend(problems);
                    return Value::unknown(Type::Any);
                }
            }
        }
        self.expansion(block).assemble(values)
    }

    /// A block whose repetition is wrong may be wrong inside as well.
    fn body_of_nothing(&mut self, block: usize) {
        let unknown = Value::unknown(Type::Any);
        let repeated = Repeated {
            count: Some(unknown.clone()),
            each: Some((Value::unknown(Type::String), unknown)),
        };
        let block = &self.setting.config.blocks[block];
        let decoded = instance::decoded(block, &repeated, self);
        self.problems.note(decoded);
    }

    /// Evaluates one instance. What its block needs must have been evaluated.
    pub(super) fn instance(
        &self,
        block: usize,
        key: Option<Key>,
        dependencies: Vec<Address>,
    ) -> Result<Instance, Diagnostics> {
        let block_at = &self.setting.config.blocks[block];
        let address = block_at.address.instance(key);
        let repeated = self
            .expansion(block)
            .instance(address.key.as_ref())
            .ok_or_else(|| no_instance(&address))?;
        instance::instance(block_at, address, &repeated, dependencies, self)
    }

    fn output(&mut self, at: usize) {
        let Some((name, output)) = self.setting.config.outputs.get_index(at) else {
            return;
        };
        let Some(value) = self.evaluated(&output.value) else {
            return;
        };
        if value.is_sensitive_anywhere() && !output.sensitive {
            self.problems.push(
                Diagnostic::error("Sensitive output")
                    .detail(format!(
                        "The value of `{name}` is made from a secret, and would be shown."
                    ))
                    .at(output.value.span(), "sensitive")
                    .related(output.span.clone(), "this output is shown")
                    .help("Add `sensitive = true`; or write `nonsensitive(…)` around it if it is no secret."),
            );
        }
        if value.is_null() {
            return;
        }
        self.outputs.insert(
            name.clone(),
            Output {
                value: value.sensitive_if(output.sensitive),
                sensitive: output.sensitive,
                span: output.span.clone(),
            },
        );
    }

    fn validation(&mut self, variable: usize, validation: usize) {
        let variable = &self.setting.config.variables[variable];
        let validation = &variable.validations[validation];
        let condition = self.evaluated(&validation.condition);
        let message = self.evaluated(&validation.error_message);
        let Some(condition) = condition.filter(|value| !value.is_unknown()) else {
            return;
        };
        match condition.as_bool() {
            Some(true) => {}
            Some(false) => {
                let message = message.filter(|message| !message.sensitive);
                let text = message.as_ref().and_then(Value::as_str);
                let repeated = Repeated::default();
                let names = Names::new(self, &repeated);
                let expr = &validation.condition;
                let values = known(&expr.expression, &expr.source, &names);
                self.problems.push(
                    Diagnostic::error("Invalid value of a variable")
                        .detail(
                            text.unwrap_or("The value does not satisfy the condition.")
                                .to_owned(),
                        )
                        .at(variable.span.clone(), "its value was refused")
                        .related(validation.condition.span(), "by this condition")
                        .knowing(values.into_iter().map(|(_, known)| known)),
                );
            }
            None => self.problems.push(
                Diagnostic::error("Wrong type")
                    .detail("A condition must be true or false.")
                    .at(validation.condition.span(), "neither true nor false"),
            ),
        }
    }

    /// Tells whether the attributes of all instances of a block were given from outside.
    fn is_finished(&self, block: usize) -> bool {
        let address = &self.setting.config.blocks[block].address;
        match (self.outcomes, self.expansion(block)) {
            (None, _) | (_, Expansion::Failed) => false,
            (Some(outcomes), expansion) => expansion
                .keys()
                .into_iter()
                .all(|key| outcomes.get(&address.instance(key)).is_some()),
        }
    }

    /// Returns what references see of a block whose instances are all done.
    fn finished(&self, block: usize) -> Value {
        let expansion = self.expansion(block);
        let keys = expansion.keys().into_iter();
        let values = keys.filter_map(|key| self.outcome(block, key.as_ref()));
        expansion.assemble(values.collect())
    }

    /// Returns what references see of an instance that is done.
    fn outcome(&self, block: usize, key: Option<&Key>) -> Option<Value> {
        let address = self.setting.config.blocks[block].address.instance(key.cloned());
        let attributes = self.outcomes?.get(&address)?.clone();
        Some(instance::visible(&address, attributes, self.setting.kinds))
    }

    /// Collects the blocks that a node waits for, also through local values.
    fn collect_targets(&self, node: usize) -> Targets {
        let graph = self.setting.graph;
        let mut targets = Targets::new();
        for need in &graph.needs[node] {
            match graph.nodes[need.node] {
                Node::Body(block) => {
                    targets.insert((block, need.key.clone()));
                }
                _ => targets.extend(
                    self.targets
                        .get(&need.node)
                        .into_iter()
                        .flat_map(|set| set.iter().cloned()),
                ),
            }
        }
        targets
    }

    /// Returns what the instances of a block depend on, sorted.
    fn dependencies(&self, block: usize) -> Vec<Address> {
        let node = self.setting.graph.numbering.body(block);
        let mut dependencies = BTreeSet::new();
        for (block, key) in self
            .targets
            .get(&node)
            .into_iter()
            .flat_map(|targets| targets.iter())
        {
            let address = &self.setting.config.blocks[*block].address;
            let expansion = self.expansion(*block);
            match key {
                Some(key) if expansion.instance(Some(key)).is_some() => {
                    dependencies.insert(address.instance(Some(key.clone())));
                }
                Some(_) => {}
                None => dependencies.extend(expansion.keys().into_iter().map(|key| address.instance(key))),
            }
        }
        dependencies.into_iter().collect()
    }

    fn expansion(&self, block: usize) -> &Expansion {
        let before = || self.before?.expansions.get(&block);
        let expansion = self.memory.expansions.get(&block).or_else(before);
        expansion.unwrap_or(&Expansion::Failed)
    }

    /// Looks at a variable.
    pub(super) fn variable(&self, name: &str) -> Option<Value> {
        self.setting.variables.get(name).cloned()
    }

    /// Looks at a local value.
    pub(super) fn local(&self, name: &str) -> Option<Value> {
        let at = self.setting.config.locals.get_index_of(name)?;
        self.value(self.setting.graph.numbering.local(at)).cloned()
    }

    /// Looks at all instances of a block at once.
    pub(super) fn block_value(&self, address: &BlockAddress) -> Option<Value> {
        let at = self.setting.config.blocks.get_index_of(address)?;
        self.value(self.setting.graph.numbering.body(at)).cloned()
    }
}

/// Says that a block has no such instance.
pub(super) fn no_instance(address: &Address) -> Diagnostics {
    Diagnostic::error("No such instance")
        .detail(format!("The configuration has no `{address}`."))
        .into()
}
