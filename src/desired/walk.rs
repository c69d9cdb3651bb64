//! The walk over the graph: each variable, local, output and instance is evaluated once in each module instance, after what
//! it needs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use hcl_edit::expr::TraversalOperator;
use indexmap::IndexMap;

use super::graph::{Graph, Need, Node, Part, Target};
use super::inputs::{self, Inputs, variables};
use super::reading::{Place, place};
use super::reads::Reads;
use super::repetition::{Expansion, Repeated, expand};
use super::scope::Names;
use super::site::{Layers, Memory, Spot};
use super::{Instance, Kinds, Outlook, Output, instance};
use crate::address::{Address, Key, ModulePath};
use crate::config::{Config, Expr, Module, Repetition};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::eval::{Files, Total, evaluate};
use crate::kinds::Naming;
use crate::value::{Attributes, Type, Value};

/// More module instances than any engine could hold objects.
const MOST_SITES: usize = 100_000;

/// More instances of blocks than any engine could hold.
const MOST_INSTANCES: usize = 100_000;

/// What stays the same during a walk.
pub(super) struct Setting<'a> {
    pub(super) config: &'a Config,
    pub(super) kinds: Kinds,
    pub(super) graph: &'a Graph,
    /// The values of the root module's variables.
    pub(super) variables: &'a IndexMap<String, Value>,
    pub(super) environment: &'a BTreeMap<String, String>,
    pub(super) files: Files,
    pub(super) naming: Naming,
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
            variables: variables(config.root(), inputs, problems),
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
                readable: readable(&root, config, inputs),
            },
            naming: Naming {
                project,
                workspace: inputs.workspace.clone(),
            },
            root,
            working_dir: inputs.working_dir.display().to_string(),
            workspace: inputs.workspace.clone(),
        }
    }
}

/// The environment variable that names further directories below which functions may read files, with `:` between them.
const ALLOW_READ: &str = "WHARF_ALLOW_READ";

/// Lists where functions may read files: below the configuration, below each module, and where the user has said.
fn readable(root: &std::path::Path, config: &Config, inputs: &Inputs) -> Vec<PathBuf> {
    let modules = config.modules.iter().map(|module| root.join(&module.dir));
    let allowed = inputs.environment.get(ALLOW_READ).map(String::as_str);
    let allowed = std::env::split_paths(allowed.unwrap_or_default())
        .filter(|path| !path.as_os_str().is_empty())
        .map(|path| inputs.working_dir.join(path));
    std::iter::once(root.to_owned())
        .chain(modules)
        .chain(allowed)
        .collect()
}

/// The instances that evaluating something waits for: blocks by their bodies, all their instances or one.
pub(super) type Targets = BTreeSet<(Spot, Option<Key>)>;

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
    pub(super) layers: Layers<'a>,
    /// What all expressions have used up.
    pub(super) total: Arc<Total>,
    /// What the instance at hand has read.
    pub(super) reads: Reads,
    targets: HashMap<Spot, Arc<Targets>>,
    outcomes: Option<Outcomes<'a>>,
    pub(super) instances: IndexMap<Address, Instance>,
    pub(super) outputs: IndexMap<String, Output>,
    pub(super) problems: Diagnostics,
}

impl<'a> Walk<'a> {
    pub(super) fn new(setting: &'a Setting<'a>) -> Self {
        Self {
            setting,
            layers: Layers::new(),
            total: Arc::default(),
            reads: Reads::default(),
            targets: HashMap::new(),
            outcomes: None,
            instances: IndexMap::new(),
            outputs: IndexMap::new(),
            problems: Diagnostics::default(),
        }
    }

    /// Goes on from what never changes, and takes the attributes of instances that are done from outside.
    pub(super) fn resumed(mut self, before: &'a Memory, outcomes: Outcomes<'a>) -> Self {
        self.layers = Layers::above(before);
        self.outcomes = Some(outcomes);
        self
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

    fn node(&self, spot: Spot) -> Node {
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

    /// Lists what a node needs, as far as it is known which module instances there are: what decides on them comes along.
    fn needed(&self, spot: Spot, found: &mut Vec<(Spot, Option<Key>)>) {
        let part = self.part(spot.site);
        for need in &part.needs[spot.node] {
            self.resolve(spot.site, need, found);
        }
        let site = self.layers.site(spot.site);
        let units = &self.setting.graph.units.units;
        let unit = &units[site.unit];
        match part.nodes[spot.node] {
            Node::Variable(variable) => {
                if let (Some(caller), Some((_, call))) = (site.parent, unit.parent) {
                    for need in &self.part(caller).arguments[call][variable] {
                        self.resolve(caller, need, found);
                    }
                }
            }
            Node::Body(_) | Node::CallGate(_) => {
                if let Some((gated, call)) = unit.gate {
                    let mut around = site.parent;
                    while let Some(at) = around.filter(|at| self.layers.site(*at).unit != gated) {
                        around = self.layers.site(at).parent;
                    }
                    found.extend(around.map(|site| {
                        let node = self.part(site).numbering.call_gate(call);
                        (Spot { site, node }, None)
                    }));
                }
            }
            _ => {}
        }
    }

    /// Finds the nodes that a need of a module instance stands for.
    fn resolve(&self, site: usize, need: &Need, found: &mut Vec<(Spot, Option<Key>)>) {
        let call = match need.target {
            Target::Node(node) => {
                found.push((Spot { site, node }, need.key.clone()));
                return;
            }
            Target::Output { call, .. } | Target::Everything { call } => call,
        };
        let node = self.part(site).numbering.call(call);
        let header = Spot { site, node };
        let Some(children) = self.layers.children(header) else {
            // A call whose module is missing has no instances.
            if self.layers.value(header).is_none() {
                found.push((header, None));
            }
            return;
        };
        let children = match &need.key {
            Some(key) => self.layers.child(header, Some(key)).into_iter().collect(),
            None => children.to_vec(),
        };
        for site in children {
            let part = self.part(site);
            match need.target {
                Target::Output { output, .. } => {
                    let node = part.numbering.output(output);
                    found.push((Spot { site, node }, None));
                }
                _ => {
                    let nodes = part.nodes.iter().enumerate();
                    let wanted = nodes.filter(|(_, node)| matches!(node, Node::Body(_) | Node::CallBody(_)));
                    found.extend(wanted.map(|(node, _)| (Spot { site, node }, None)));
                }
            }
        }
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

    /// Evaluates a variable: those of the root module are given from outside, others by the call.
    fn variable_of(&mut self, site: usize, at: usize) -> Option<Value> {
        let module = self.module(site);
        let (name, variable) = module.variables.get_index(at)?;
        let here = self.layers.site(site);
        let unit = &self.setting.graph.units.units[here.unit];
        let (Some(caller), Some((_, call))) = (here.parent, unit.parent) else {
            return self.setting.variables.get(name).cloned();
        };
        let call = &self.module(caller).calls[call];
        let given = match call.arguments.get(name) {
            Some(argument) => {
                let expr = &argument.value;
                let names = Names::new(self, caller, &here.repeated);
                let value = evaluate(&expr.expression, &expr.source, &names);
                Some((self.problems.note(value)?, expr.span()))
            }
            // That it is missing was reported.
            None if variable.default.is_none() => return None,
            None => None,
        };
        let value = inputs::argument(variable, given);
        let value = self.problems.note(value)?;
        Some(value.sensitive_if(variable.sensitive))
    }

    /// Decides which instances of a module there are.
    fn call(&mut self, spot: Spot, at: usize) {
        let call = &self.module(spot.site).calls[at];
        let expansion = expand(
            &call.repetition,
            &Names::new(self, spot.site, &Repeated::default()),
        );
        let expansion = self.problems.note(expansion).unwrap_or(Expansion::Failed);
        if expansion.len() > MOST_SITES - self.layers.count().min(MOST_SITES) {
            self.problems.push(
                Diagnostic::error("Too many modules")
                    .detail(format!(
                        "There would be more than {MOST_SITES} instances of modules."
                    ))
                    .at(call.span.clone(), "makes too many"),
            );
            self.expand(spot, at, Expansion::Count(0));
            return;
        }
        self.expand(spot, at, expansion);
    }

    fn expand(&mut self, spot: Spot, at: usize, expansion: Expansion) {
        let unit = &self.setting.graph.units.units[self.layers.site(spot.site).unit];
        match unit.children[at] {
            Some(child) => {
                let name = &self.module(spot.site).calls[at].name;
                self.layers.expand(spot, child, at, name, expansion);
            }
            None => {
                self.layers.own.expansions.insert(spot, Expansion::Failed);
            }
        }
    }

    /// Puts all outputs of a module into one value.
    pub(super) fn call_value(&self, site: usize, call: usize) -> Value {
        let node = self.part(site).numbering.call(call);
        let header = Spot { site, node };
        let Some(children) = self.layers.children(header) else {
            return Value::unknown(Type::Any);
        };
        let values = children.iter().map(|child| self.outputs_of(*child)).collect();
        self.layers.expansion(header).assemble(values)
    }

    /// Puts the outputs of a module instance that have been evaluated into one value.
    fn outputs_of(&self, site: usize) -> Value {
        let numbering = self.part(site).numbering;
        let names = self.module(site).outputs.keys().enumerate();
        Value::object(names.filter_map(|(at, name)| {
            let node = numbering.output(at);
            let value = self.layers.value(Spot { site, node })?;
            Some((name.clone(), value.clone()))
        }))
    }

    /// Evaluates all instances of a block; returns what references to the block see.
    fn body(&mut self, site: usize, block: usize, outlook: &mut dyn Outlook) -> Value {
        if matches!(self.expansion(site, block), Expansion::Failed) {
            self.body_of_nothing(site, block);
            return Value::unknown(Type::Any);
        }
        let keys = self.expansion(site, block).keys();
        if self.instances.len() + keys.len() > MOST_INSTANCES {
            self.too_many_instances(site, block);
            return Value::unknown(Type::Any);
        }
        let (shared, varying) = self.dependencies(site, block);
        let mirrored = self.mirrored(site, block);
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
                    instance.dependencies = self.depends_on(&shared, &varying, twin);
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
        self.expansion(site, block).assemble(values)
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
        let repeated = match self.twin(site, block, address.key.as_ref()) {
            Some(repeated) => repeated,
            None => self
                .expansion(site, block)
                .instance(address.key.as_ref())
                .ok_or_else(|| no_instance(&address))?,
        };
        instance::instance(block_at, site, address, &repeated, dependencies, self)
    }

    /// Returns what `each.key` and `each.value` stand for if they are those of an instance of another block that is done.
    pub(super) fn twin(&self, site: usize, block: usize, key: Option<&Key>) -> Option<Repeated> {
        self.outcomes?;
        let Node::Body(of) = self.node(self.mirrored(site, block)?) else {
            return None;
        };
        let Some(Key::Name(name)) = key else { return None };
        Some(Repeated {
            count: None,
            each: Some((Value::from(name.as_str()), self.outcome(site, of, key)?)),
        })
    }

    fn output(&mut self, site: usize, at: usize) -> Option<Value> {
        let (name, output) = self.module(site).outputs.get_index(at)?;
        let value = self.evaluated(site, &output.value)?;
        if site > 0 {
            return Some(value.sensitive_if(output.sensitive));
        }
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
        let value = value.sensitive_if(output.sensitive);
        if !value.is_null() {
            self.outputs.insert(
                name.clone(),
                Output {
                    value: value.clone(),
                    sensitive: output.sensitive,
                    span: output.span.clone(),
                },
            );
        }
        Some(value)
    }

    fn validation(&mut self, site: usize, variable: usize, validation: usize) {
        let variable = &self.module(site).variables[variable];
        let validation = &variable.validations[validation];
        let condition = self.evaluated(site, &validation.condition);
        let message = self.evaluated(site, &validation.error_message);
        let Some(condition) = condition.filter(|value| !value.is_unknown()) else {
            return;
        };
        match condition.as_bool() {
            Some(true) => {}
            Some(false) => {
                let message = message.filter(|message| !message.sensitive);
                let text = message.as_ref().and_then(Value::as_str);
                let problem = Diagnostic::error("Invalid value of a variable").detail(
                    text.unwrap_or("The value does not satisfy the condition.")
                        .to_owned(),
                );
                let problem = match self.given_at(site, &variable.name) {
                    Some(given) => problem
                        .at(given, "this value was refused")
                        .related(variable.span.clone(), "declared here"),
                    None => problem.at(variable.span.clone(), "its value was refused"),
                };
                self.problems
                    .push(problem.related(validation.condition.span(), "by this condition"));
            }
            None => self.problems.push(
                Diagnostic::error("Wrong type")
                    .detail("A condition must be true or false.")
                    .at(validation.condition.span(), "neither true nor false"),
            ),
        }
    }

    /// Returns where a call gives a variable its value.
    fn given_at(&self, site: usize, variable: &str) -> Option<crate::diagnostic::Span> {
        let here = self.layers.site(site);
        let (_, call) = self.setting.graph.units.units[here.unit].parent?;
        let call = &self.module(here.parent?).calls[call];
        Some(call.arguments.get(variable)?.value.span())
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
        let attributes = outcomes.get(&address)?.clone();
        Some(instance::visible(&address, attributes, self.setting.kinds))
    }

    fn address(&self, site: usize, block: usize, key: Option<Key>) -> Address {
        let path = &self.layers.site(site).path;
        path.instance(&self.module(site).blocks[block].address, key)
    }

    /// Collects the blocks that a node waits for, also through values.
    fn collect_targets(&self, spot: Spot) -> Arc<Targets> {
        let mut needed = Vec::new();
        self.needed(spot, &mut needed);
        let mut inherited: Vec<&Arc<Targets>> = Vec::new();
        let mut targets = Targets::new();
        for (needed, key) in needed {
            match self.node(needed) {
                Node::Body(_) => {
                    targets.insert((needed, key));
                }
                _ => inherited.extend(self.targets.get(&needed).filter(|set| !set.is_empty())),
            }
        }
        if let ([only], true) = (&inherited[..], targets.is_empty()) {
            return Arc::clone(only);
        }
        for set in inherited {
            targets.extend(set.iter().cloned());
        }
        Arc::new(targets)
    }

    /// Returns what all instances of a block depend on, and the references of which each may read other instances.
    fn dependencies(&self, site: usize, block: usize) -> (BTreeSet<Address>, Vec<(Place, Spot)>) {
        let node = self.part(site).numbering.body(block);
        let mut needed = Vec::new();
        self.needed(Spot { site, node }, &mut needed);
        let varying = self.varying(site, block);
        let mirrors = self.mirrored(site, block).is_some();
        let mut targets = Targets::new();
        for (spot, key) in needed {
            match self.node(spot) {
                Node::Header(own) if mirrors && own == block && spot.site == site => {}
                Node::Body(_) if key.is_none() && varying.iter().any(|(_, of)| *of == spot) => {}
                Node::Body(_) => {
                    targets.insert((spot, key));
                }
                _ => targets.extend(
                    self.targets
                        .get(&spot)
                        .into_iter()
                        .flat_map(|set| set.iter().cloned()),
                ),
            }
        }
        let mut dependencies = BTreeSet::new();
        for (spot, key) in &targets {
            match key {
                Some(key) => dependencies.extend(self.instance_of(*spot, key)),
                None => dependencies.extend(self.instances_of(*spot)),
            }
        }
        (dependencies, varying)
    }

    /// Returns the block whose instances a block repeats one by one: that of `for_each = volume.data`.
    pub(super) fn mirrored(&self, site: usize, block: usize) -> Option<Spot> {
        let Repetition::ForEach(expr) = &self.module(site).blocks[block].repetition else {
            return None;
        };
        let part = self.part(site);
        let [need] = &part.needs[part.numbering.header(block)][..] else {
            return None;
        };
        let names = expr.expression.as_traversal().map(|traversal| {
            let is_name = |operator: &hcl_edit::Decorated<TraversalOperator>| {
                matches!(operator.value(), TraversalOperator::GetAttr(_))
            };
            let rooted = traversal.expr.is_variable() && traversal.operators.iter().all(is_name);
            (rooted, traversal.operators.len())
        });
        let Target::Node(node) = need.target else {
            return None;
        };
        let Node::Body(of) = part.nodes[node] else {
            return None;
        };
        let length = 1 + usize::from(self.module(site).blocks[of].address.data);
        (names == Some((true, length))).then_some(Spot { site, node })
    }

    /// Lists the references to repeated blocks that do not say which instance they mean, or say it by what is evaluated.
    fn varying(&self, site: usize, block: usize) -> Vec<(Place, Spot)> {
        let part = self.part(site);
        let node = part.numbering.body(block);
        let needs = part.needs[node].iter();
        needs
            .filter(|need| need.key.is_none())
            .filter_map(|need| match need.target {
                Target::Node(node) => Some((place(need.span.as_ref()?), Spot { site, node })),
                _ => None,
            })
            .filter(|(_, spot)| match self.node(*spot) {
                Node::Body(other) => !matches!(self.expansion(site, other), Expansion::One),
                _ => false,
            })
            .collect()
    }

    /// Returns what the instance that has just been evaluated depends on, sorted.
    fn depends_on(
        &self,
        shared: &BTreeSet<Address>,
        varying: &[(Place, Spot)],
        twin: Option<Address>,
    ) -> Vec<Address> {
        if varying.is_empty() && twin.is_none() {
            return shared.iter().cloned().collect();
        }
        let mut dependencies = shared.clone();
        dependencies.extend(twin);
        for (place, spot) in varying {
            match self.reads.keys(*place) {
                Some(keys) => dependencies.extend(keys.iter().filter_map(|key| self.instance_of(*spot, key))),
                None => dependencies.extend(self.instances_of(*spot)),
            }
        }
        dependencies.into_iter().collect()
    }

    fn instance_of(&self, spot: Spot, key: &Key) -> Option<Address> {
        let Node::Body(block) = self.node(spot) else {
            return None;
        };
        self.expansion(spot.site, block).instance(Some(key))?;
        Some(self.address(spot.site, block, Some(key.clone())))
    }

    fn instances_of(&self, spot: Spot) -> Vec<Address> {
        let Node::Body(block) = self.node(spot) else {
            return Vec::new();
        };
        let keys = self.expansion(spot.site, block).keys().into_iter();
        keys.map(|key| self.address(spot.site, block, key)).collect()
    }

    fn too_many_instances(&mut self, site: usize, block: usize) {
        let block = &self.module(site).blocks[block];
        let span = match &block.repetition {
            Repetition::None => block.span.clone(),
            Repetition::Count(expr) | Repetition::ForEach(expr) => expr.span(),
        };
        self.problems.push(
            Diagnostic::error("Too many instances")
                .detail(format!(
                    "The configuration would have more than {MOST_INSTANCES} instances of blocks, more than any engine could hold."
                ))
                .at(span, "makes too many"),
        );
    }

    fn expansion(&self, site: usize, block: usize) -> &Expansion {
        let node = self.part(site).numbering.header(block);
        self.layers.expansion(Spot { site, node })
    }

    /// Finds the module instance with an address, and evaluates what decides on the way there.
    pub(super) fn site_of(&mut self, path: &ModulePath, outlook: &mut dyn Outlook) -> Option<usize> {
        let mut site = 0;
        for step in &path.0 {
            let call = self.module(site).calls.get_index_of(&step.name)?;
            let node = self.part(site).numbering.call(call);
            let spot = Spot { site, node };
            self.demand(spot, outlook);
            site = self.layers.child(spot, step.key.as_ref())?;
        }
        Some(site)
    }
}

/// Says that a block has no such instance.
pub(super) fn no_instance(address: &Address) -> Diagnostics {
    Diagnostic::error("No such instance")
        .detail(format!("The configuration has no `{address}`."))
        .into()
}
