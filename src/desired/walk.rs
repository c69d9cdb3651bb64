//! The walk over the graph: each variable, local, output and instance is evaluated once in each module instance, after what
//! it needs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;

use super::condition::{Verdict, as_warnings, judge, unmet};
use super::graph::{Graph, Need, Node, Part, Target};
use super::inputs::{self, Inputs, variables};
use super::repetition::{Expansion, Repeated, expand};
use super::scope::Names;
use super::site::{Layers, Memory, Spot};
use super::{Instance, Kinds, Outlook, Output, instance};
use crate::address::{Address, Key, ModulePath};
use crate::config::{Config, Expr, Module};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::eval::{Files, evaluate};
use crate::kinds::Naming;
use crate::value::{Attributes, Type, Value};

/// More module instances than any engine could hold objects.
const MOST_SITES: usize = 100_000;

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
                confined: false,
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
    targets: HashMap<Spot, Arc<Targets>>,
    outcomes: Option<Outcomes<'a>>,
    pub(super) instances: IndexMap<Address, Instance>,
    pub(super) outputs: IndexMap<String, Output>,
    pub(super) problems: Diagnostics,
    /// Checks whose outcome is not known yet.
    pub(super) unsettled: Diagnostics,
}

impl<'a> Walk<'a> {
    pub(super) fn new(setting: &'a Setting<'a>) -> Self {
        Self {
            setting,
            layers: Layers::new(),
            targets: HashMap::new(),
            outcomes: None,
            instances: IndexMap::new(),
            outputs: IndexMap::new(),
            problems: Diagnostics::default(),
            unsettled: Diagnostics::default(),
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
            Node::Check(check) => {
                self.check(spot.site, check);
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
        let dependencies = self.dependencies(site, block);
        let mut values = Vec::with_capacity(keys.len());
        for key in keys {
            // Others of the block may still be on their way.
            if let Some(value) = self.outcome(site, block, key.as_ref()) {
                values.push(value);
                continue;
            }
            match self.instance(site, block, key, dependencies.clone()) {
                Ok(instance) => {
                    let attributes = outlook.attributes(&instance);
                    let value = instance::visible(&instance.address, attributes, self.setting.kinds);
                    let found = self.promises(site, block, instance.address.key.as_ref(), &value);
                    self.problems.extend(found);
                    values.push(value);
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
        let repeated = self
            .expansion(site, block)
            .instance(address.key.as_ref())
            .ok_or_else(|| no_instance(&address))?;
        instance::instance(block_at, site, address, &repeated, dependencies, self)
    }

    /// Checks what an instance promises.
    pub(super) fn promises(&self, site: usize, block: usize, key: Option<&Key>, value: &Value) -> Diagnostics {
        let block_at = &self.module(site).blocks[block];
        match self.expansion(site, block).instance(key) {
            Some(repeated) => instance::postconditions(block_at, site, &repeated, value, self),
            None => Diagnostics::default(),
        }
    }

    /// Looks at what a `check` block says; what does not hold is a warning.
    fn check(&mut self, site: usize, at: usize) {
        let check = &self.module(site).checks[at];
        for condition in &check.asserts {
            let verdict = judge(condition, &Names::new(self, site, &Repeated::default()));
            let problem = match verdict {
                Ok(Verdict::Holds) => continue,
                Ok(Verdict::Fails(message)) => unmet("Check failed", condition, message),
                Ok(Verdict::Unknown) => {
                    self.unsettled.push(
                        Diagnostic::warning("Check known after apply")
                            .detail("Whether it holds depends on what only apply finds out.")
                            .at(condition.condition.span(), "not known yet"),
                    );
                    continue;
                }
                Err(problems) => {
                    self.problems.extend(problems);
                    continue;
                }
            };
            self.problems.extend(as_warnings(problem.related(check.span.clone(), "checks it").into()));
        }
    }

    fn output(&mut self, site: usize, at: usize) -> Option<Value> {
        let (name, output) = self.module(site).outputs.get_index(at)?;
        for condition in &output.preconditions {
            let verdict = judge(condition, &Names::new(self, site, &Repeated::default()));
            if let Some(Verdict::Fails(message)) = self.problems.note(verdict) {
                let problem = unmet("Precondition not met", condition, message);
                self.problems.push(problem.related(output.span.clone(), "needs it to be true"));
                return None;
            }
        }
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
        let verdict = judge(validation, &Names::new(self, site, &Repeated::default()));
        let Some(Verdict::Fails(message)) = self.problems.note(verdict) else {
            return;
        };
        let problem = Diagnostic::error("Invalid value of a variable").detail(message);
        let problem = match self.given_at(site, &variable.name) {
            Some(given) => problem
                .at(given, "this value was refused")
                .related(variable.span.clone(), "declared here"),
            None => problem.at(variable.span.clone(), "its value was refused"),
        };
        self.problems
            .push(problem.related(validation.condition.span(), "by this condition"));
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
    fn outcome(&self, site: usize, block: usize, key: Option<&Key>) -> Option<Value> {
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

    /// Returns what the instances of a block depend on, sorted.
    fn dependencies(&self, site: usize, block: usize) -> Vec<Address> {
        let node = self.part(site).numbering.body(block);
        let targets = self.targets.get(&Spot { site, node });
        let mut dependencies = BTreeSet::new();
        for (spot, key) in targets.into_iter().flat_map(|targets| targets.iter()) {
            let Node::Body(block) = self.node(*spot) else {
                continue;
            };
            let expansion = self.expansion(spot.site, block);
            let address = |key| self.address(spot.site, block, key);
            match key {
                Some(key) if expansion.instance(Some(key)).is_some() => {
                    dependencies.insert(address(Some(key.clone())));
                }
                Some(_) => {}
                None => dependencies.extend(expansion.keys().into_iter().map(address)),
            }
        }
        dependencies.into_iter().collect()
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
