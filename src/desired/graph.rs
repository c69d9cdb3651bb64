//! Static references → what must be evaluated before what, module by module. Finds names that nothing has.
//!
//! A [`Part`] is read once of each module, however often the module is called. [`Unit`](super::unit::Unit)s put the parts
//! together, one for each way of calls; [`Site`](super::site::Site)s are the instances of units.

use std::collections::HashSet;

use super::constant;
use super::reading::{Place, Reader};
use super::unit::Units;
use crate::address::{BlockAddress, Key};
use crate::config::{Block, Config, Module, Repetition};
use crate::diagnostic::{Diagnostic, Diagnostics, Span, did_you_mean};
use crate::kinds::{Field, Kind, Presence};

/// What can be evaluated by itself. The numbers are positions in the module's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// The value of a variable.
    Variable(usize),
    /// A local value.
    Local(usize),
    /// An output.
    Output(usize),
    /// A `validation` block of a variable.
    Validation(usize, usize),
    /// A `check` block.
    Check(usize),
    /// An `import` block.
    Import(usize),
    /// `count` or `for_each` of a block.
    Header(usize),
    /// The instances of a block.
    Body(usize),
    /// `count` or `for_each` of a call: which instances of the module there are.
    Call(usize),
    /// All outputs of the module that is called.
    CallValue(usize),
    /// Everything in the module that is called.
    CallBody(usize),
    /// What everything in the module that is called waits for.
    CallGate(usize),
}

/// What is needed, as seen from a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A node of the same module.
    Node(usize),
    /// An output of a module that is called.
    Output {
        /// The position of the call.
        call: usize,
        /// The position of the output in the called module.
        output: usize,
    },
    /// All blocks of a module that is called.
    Everything {
        /// The position of the call.
        call: usize,
    },
}

/// That a node needs something.
#[derive(Clone, Debug)]
pub(super) struct Need {
    /// What.
    pub(super) target: Target,
    /// The one instance of the block or the module that is needed, if it is written with a literal key.
    pub(super) key: Option<Key>,
    /// The reference; `None` if the two belong together anyway.
    pub(super) span: Option<Span>,
}

impl Need {
    /// What belongs together anyway.
    fn of(target: Target) -> Self {
        Self {
            target,
            key: None,
            span: None,
        }
    }
}

/// Where the nodes of each sort begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbering {
    locals: usize,
    outputs: usize,
    headers: usize,
    bodies: usize,
    calls: usize,
    values: usize,
    call_bodies: usize,
    gates: usize,
}

impl Numbering {
    fn new(module: &Module) -> Self {
        let validations = module.variables.values().map(|it| it.validations.len());
        let locals = module.variables.len();
        let outputs = locals + module.locals.len();
        let headers = outputs + module.outputs.len() + validations.sum::<usize>();
        let bodies = headers + module.blocks.len();
        let calls = bodies + module.blocks.len();
        let values = calls + module.calls.len();
        let call_bodies = values + module.calls.len();
        Self {
            locals,
            outputs,
            headers,
            bodies,
            calls,
            values,
            call_bodies,
            gates: call_bodies + module.calls.len(),
        }
    }

    /// Variables come first.
    pub(super) fn variable(self, at: usize) -> usize {
        at
    }

    pub(super) fn local(self, at: usize) -> usize {
        self.locals + at
    }

    pub(super) fn output(self, at: usize) -> usize {
        self.outputs + at
    }

    pub(super) fn header(self, at: usize) -> usize {
        self.headers + at
    }

    pub(super) fn body(self, at: usize) -> usize {
        self.bodies + at
    }

    pub(super) fn call(self, at: usize) -> usize {
        self.calls + at
    }

    pub(super) fn call_value(self, at: usize) -> usize {
        self.values + at
    }

    pub(super) fn call_body(self, at: usize) -> usize {
        self.call_bodies + at
    }

    pub(super) fn call_gate(self, at: usize) -> usize {
        self.gates + at
    }
}

/// What a module says of itself: its nodes, and what they need.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) numbering: Numbering,
    pub(super) nodes: Vec<Node>,
    pub(super) needs: Vec<Vec<Need>>,
    /// What the arguments of the calls need, by call and by variable of the module that is called.
    pub(super) arguments: Vec<Vec<Vec<Need>>>,
    /// The nodes that something in the module needs.
    needed: HashSet<usize>,
}

impl Part {
    /// Tells whether anything needs a node for itself, not only as a part of everything.
    pub(super) fn is_needed(&self, node: usize) -> bool {
        self.needed.contains(&node)
    }

    /// Tells whether what is needed are instances of a block.
    pub(super) fn is_block(&self, need: &Need) -> bool {
        matches!(need.target, Target::Node(node) if matches!(self.nodes[node], Node::Body(_)))
    }
}

/// The graph of a whole configuration.
#[derive(Debug)]
pub(super) struct Graph {
    /// By the positions of the modules.
    pub(super) parts: Vec<Part>,
    /// The modules, put together.
    pub(super) units: Units,
    /// References that are wrong, which has been reported: they stand for unknown values.
    pub(super) broken: HashSet<Place>,
}

impl Graph {
    /// Reads every reference of a configuration.
    pub(super) fn new(config: &Config, kinds: &[&'static dyn Kind], problems: &mut Diagnostics) -> Self {
        let mut broken = HashSet::new();
        let parts: Vec<Part> = (0..config.modules.len())
            .map(|module| {
                let mut reading = Reading {
                    config,
                    kinds,
                    module,
                    numbering: Numbering::new(&config.modules[module]),
                    problems,
                    broken: &mut broken,
                };
                reading.part()
            })
            .collect();
        let units = Units::new(config, &parts, problems);
        Self { parts, units, broken }
    }
}

/// The reading of one module.
struct Reading<'r> {
    config: &'r Config,
    kinds: &'r [&'static dyn Kind],
    module: usize,
    numbering: Numbering,
    problems: &'r mut Diagnostics,
    broken: &'r mut HashSet<Place>,
}

impl<'r> Reading<'r> {
    fn part(&mut self) -> Part {
        let module = &self.config.modules[self.module];
        let nodes = nodes(module);
        let needs: Vec<Vec<Need>> = nodes.iter().map(|node| self.needs(*node, module)).collect();
        let calls = 0..module.calls.len();
        let arguments: Vec<_> = calls.map(|call| self.arguments(call, module)).collect();
        let all = needs.iter().chain(arguments.iter().flatten()).flatten();
        let needed = all.filter_map(|need| match need.target {
            Target::Node(node) => Some(node),
            Target::Output { .. } | Target::Everything { .. } => None,
        });
        Part {
            numbering: self.numbering,
            needed: needed.collect(),
            needs,
            arguments,
            nodes,
        }
    }

    fn read(&mut self, read: impl FnOnce(&mut Reader<'_>)) -> Vec<Need> {
        let mut reader = Reader::new(
            self.config,
            self.module,
            self.kinds,
            self.numbering,
            self.problems,
        );
        read(&mut reader);
        self.broken.extend(reader.broken);
        reader.found
    }

    fn needs(&mut self, node: Node, module: &'r Module) -> Vec<Need> {
        let (kinds, numbering) = (self.kinds, self.numbering);
        let repetition = |reader: &mut Reader<'_>, repetition: &Repetition| match repetition {
            Repetition::None => {}
            Repetition::Count(expr) | Repetition::ForEach(expr) | Repetition::Enabled(expr) => {
                reader.expr(expr);
            }
        };
        match node {
            // What its value is made from stands in the module that calls this one.
            Node::Variable(at) => self.read(|reader| {
                let variable = &module.variables[at];
                reader.literal("description", variable.description.as_ref());
                // A module may be called by nobody, or have no instance.
                reader
                    .problems
                    .extend(constant::default(variable).err().into_iter().flatten());
            }),
            Node::Local(at) => self.read(|reader| reader.expr(&module.locals[at].value)),
            Node::Output(at) => self.read(|reader| {
                reader.expr(&module.outputs[at].value);
                reader.literal("description", module.outputs[at].description.as_ref());
                reader.conditions(&module.outputs[at].preconditions);
                reader.depends_on(&module.outputs[at].depends_on);
            }),
            Node::Validation(at, validation) => self.read(|reader| {
                let variable = &module.variables[at];
                reader.validation(variable, &variable.validations[validation]);
            }),
            Node::Check(at) => self.read(|reader| reader.conditions(&module.checks[at].asserts)),
            Node::Import(at) => self.read(|reader| reader.import(&module.imports[at])),
            Node::Header(at) => self.read(|reader| repetition(reader, &module.blocks[at].repetition)),
            Node::Call(at) => self.read(|reader| repetition(reader, &module.calls[at].repetition)),
            Node::Body(at) => {
                let block = &module.blocks[at];
                let mut needs = self.read(|reader| {
                    reader.repeated_by(&block.repetition);
                    reader.body(&block.body, fields(kinds, &block.address), &block.source);
                    reader.depends_on(&block.depends_on);
                    reader.targets(&block.lifecycle.replace_triggered_by);
                    reader.lifecycle(&block.lifecycle);
                    ignored(block, kinds, reader.problems);
                });
                needs.push(Need::of(Target::Node(numbering.header(at))));
                needs
            }
            Node::CallValue(call) => {
                let called = module.calls[call].module.map(|at| &self.config.modules[at]);
                let outputs = 0..called.map_or(0, |called| called.outputs.len());
                let needs = outputs.map(|output| Need::of(Target::Output { call, output }));
                needs.collect()
            }
            Node::CallBody(call) => vec![
                Need::of(Target::Everything { call }),
                Need::of(Target::Node(numbering.call_gate(call))),
            ],
            Node::CallGate(at) => self.read(|reader| reader.depends_on(&module.calls[at].depends_on)),
        }
    }

    /// Reads what the arguments of a call need, and checks them against the variables of the module that is called.
    fn arguments(&mut self, call: usize, module: &'r Module) -> Vec<Vec<Need>> {
        let call = &module.calls[call];
        let Some(called) = call.module.map(|at| &self.config.modules[at]) else {
            for argument in call.arguments.values() {
                self.read(|reader| {
                    reader.repeated_by(&call.repetition);
                    reader.expr(&argument.value);
                });
            }
            return Vec::new();
        };
        for (name, argument) in &call.arguments {
            if called.variables.contains_key(name) {
                continue;
            }
            self.read(|reader| {
                reader.repeated_by(&call.repetition);
                reader.expr(&argument.value);
            });
            let names = || called.variables.keys().map(String::as_str);
            let problem = Diagnostic::error("Unknown argument")
                .detail(format!("`module.{}` has no variable `{name}`.", call.name))
                .at(argument.span.clone(), "not known here");
            self.problems.push(match did_you_mean(name, names()) {
                Some(meant) => problem.help(format!("Did you mean `{meant}`?")),
                None => problem.help(super::decode::listed(&names().collect::<Vec<_>>())),
            });
        }
        let mut needs = Vec::with_capacity(called.variables.len());
        for (name, variable) in &called.variables {
            needs.push(match call.arguments.get(name) {
                Some(argument) => self.read(|reader| {
                    reader.repeated_by(&call.repetition);
                    reader.expr(&argument.value);
                }),
                None => {
                    if variable.default.is_none() {
                        self.problems.push(
                            Diagnostic::error("Missing argument")
                                .detail(format!(
                                    "`module.{}` needs `{name}`: the variable has no default.",
                                    call.name
                                ))
                                .at(call.span.clone(), format!("`{name}` is missing here"))
                                .related(variable.span.clone(), "declared here"),
                        );
                    }
                    Vec::new()
                }
            });
        }
        needs
    }
}

fn nodes(module: &Module) -> Vec<Node> {
    let validations = module.variables.values().enumerate().flat_map(|(at, variable)| {
        (0..variable.validations.len()).map(move |validation| Node::Validation(at, validation))
    });
    let calls = 0..module.calls.len();
    (0..module.variables.len())
        .map(Node::Variable)
        .chain((0..module.locals.len()).map(Node::Local))
        .chain((0..module.outputs.len()).map(Node::Output))
        .chain(validations)
        .chain((0..module.blocks.len()).map(Node::Header))
        .chain((0..module.blocks.len()).map(Node::Body))
        .chain(calls.clone().map(Node::Call))
        .chain(calls.clone().map(Node::CallValue))
        .chain(calls.clone().map(Node::CallBody))
        .chain(calls.map(Node::CallGate))
        .chain((0..module.checks.len()).map(Node::Check))
        .chain((0..module.imports.len()).map(Node::Import))
        .collect()
}

/// Checks that what `ignore_changes` names exists.
fn ignored(block: &Block, kinds: &[&'static dyn Kind], problems: &mut Diagnostics) {
    let fields: Vec<&Field> = fields(kinds, &block.address).iter().collect();
    for (path, span) in &block.lifecycle.ignore_changes.paths {
        let name = path.split(['.', '[']).next().unwrap_or_default();
        if path != "*" && !fields.iter().any(|field| field.name == name) {
            problems.push(super::wrong_reference::unknown_attribute(
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
    kinds.iter().copied().find(|kind| kind.name() == &*address.kind)
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
