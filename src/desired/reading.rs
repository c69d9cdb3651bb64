//! Finds what an expression or a body refers to, without evaluating anything, and reports what there is not.

use std::sync::Arc;

use hcl_edit::expr::Expression;
use hcl_edit::structure::Body;

use super::dynamic::Dynamic;
use super::graph::{Need, Numbering, Target, fields, readable};
use super::wrong_reference::{
    incomplete, mapped, no_output, outside, repeated, repeated_call, single, undefined, unknown_attribute,
};
use crate::address::{BlockAddress, Key};
use crate::config::{self, Condition, Config, DependsOn, Expr, Module, Repetition, Variable};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span, did_you_mean};
use crate::eval::{Reference, Step, references};
use crate::kinds::{Field, FieldType, Kind};

/// The names that references begin with, besides those of kinds.
const ROOTS: &[&str] = &[
    "var",
    "local",
    "module",
    "data",
    "each",
    "count",
    "path",
    "wharf",
    "terraform",
];

/// Where a reference begins: the file (by its place in memory) and the offset.
pub(super) type Place = (usize, usize);

/// Returns where a reference begins, by the span of its first name.
pub(super) fn place(span: &Span) -> Place {
    (Arc::as_ptr(&span.source).addr(), span.range.start)
}

/// Collects needs, problems and wrong references.
pub(super) struct Reader<'a> {
    config: &'a Config,
    module: &'a Module,
    kinds: &'a [&'static dyn Kind],
    numbering: Numbering,
    pub(super) problems: &'a mut Diagnostics,
    pub(super) found: Vec<Need>,
    /// The references that are wrong.
    pub(super) broken: Vec<Place>,
    has_count: bool,
    has_each: bool,
    has_self: bool,
    /// The iterators of the `dynamic` blocks around.
    iterators: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        config: &'a Config,
        module: usize,
        kinds: &'a [&'static dyn Kind],
        numbering: Numbering,
        problems: &'a mut Diagnostics,
    ) -> Self {
        Self {
            config,
            module: &config.modules[module],
            kinds,
            numbering,
            problems,
            found: Vec::new(),
            broken: Vec::new(),
            has_count: false,
            has_each: false,
            has_self: false,
            iterators: Vec::new(),
        }
    }

    /// Says whether `count.index` or `each.key` can be used.
    pub(super) fn repeated_by(&mut self, repetition: &Repetition) {
        self.has_count = matches!(repetition, Repetition::Count(_));
        self.has_each = matches!(repetition, Repetition::ForEach(_));
    }

    /// Reads an `import` block.
    pub(super) fn import(&mut self, import: &config::Import) {
        if let Some(expr) = &import.for_each {
            self.expr(expr);
        }
        self.has_each = import.for_each.is_some();
        let keys = import
            .to
            .module
            .iter()
            .map(|(_, key)| key)
            .chain([&import.to.key]);
        for expr in keys.flatten().chain([&import.id]) {
            self.expr(expr);
        }
        self.has_each = false;
    }

    /// Reads an expression.
    pub(super) fn expr(&mut self, expr: &Expr) {
        self.expression(&expr.expression, &expr.source);
    }

    /// Reads conditions, which refer to something.
    pub(super) fn conditions(&mut self, conditions: &[Condition]) {
        for condition in conditions {
            let expr = &condition.condition;
            if references(&expr.expression, &expr.source).is_empty() {
                self.problems.push(
                    Diagnostic::error("Condition without a reference")
                        .detail("A condition that refers to nothing is always true, or never.")
                        .at(expr.span(), "refers to nothing")
                        .help(
                            "Refer to what is to be checked, such as `var.name` or the attribute of a block.",
                        ),
                );
            }
            self.expr(expr);
            self.expr(&condition.error_message);
        }
    }

    /// Reads an argument that is text as it is written.
    pub(super) fn literal(&mut self, name: &str, expr: Option<&Expr>) {
        let Some(expr) = expr else { return };
        if let Some(reference) = references(&expr.expression, &expr.source).first() {
            self.problems.push(
                Diagnostic::error("Not a literal")
                    .detail(format!(
                        "`{name}` is looked at before anything is evaluated, so it must be plain text."
                    ))
                    .at(reference.span.clone(), "a reference"),
            );
        }
    }

    /// Reads a `validation` block, which refers to its own variable.
    pub(super) fn validation(&mut self, variable: &Variable, condition: &Condition) {
        let expr = &condition.condition;
        let found = references(&expr.expression, &expr.source);
        let is_own = |reference: &Reference| {
            reference.path[0] == "var" && reference.path.get(1) == Some(&variable.name)
        };
        if !found.iter().any(is_own) {
            self.problems.push(
                Diagnostic::error("Condition without a reference")
                    .detail(format!(
                        "A validation of `{name}` looks at `var.{name}`, and this one does not.",
                        name = variable.name
                    ))
                    .at(expr.span(), "does not refer to its variable"),
            );
        }
        self.expr(expr);
        self.expr(&condition.error_message);
    }

    /// Reads the expressions of a `lifecycle` block.
    pub(super) fn lifecycle(&mut self, lifecycle: &config::Lifecycle) {
        for expr in lifecycle
            .prevent_destroy
            .iter()
            .chain(&lifecycle.ignore_changes.computed)
        {
            self.expr(expr);
        }
        self.conditions(&lifecycle.preconditions);
        self.has_self = true;
        self.conditions(&lifecycle.postconditions);
        self.has_self = false;
    }

    fn expression(&mut self, expression: &Expression, source: &Arc<Source>) {
        for reference in references(expression, source) {
            self.reference(&reference);
        }
    }

    /// Reads a body. What is only the address of a block adds no need.
    pub(super) fn body(&mut self, body: &Body, fields: &'static [Field], source: &Arc<Source>) {
        for attribute in body.attributes() {
            let name = attribute.key.as_str();
            let field = fields.iter().find(|field| field.name == name);
            if field.is_some_and(|field| matches!(field.ty, FieldType::Reference)) {
                self.mentioned(&attribute.value, source);
            } else {
                self.expression(&attribute.value, source);
            }
        }
        for block in body.blocks() {
            if block.ident.as_str() != "dynamic" {
                self.body(&block.body, nested(fields, block.ident.as_str()), source);
            } else if let Ok(dynamic) = Dynamic::read(block, source) {
                self.expression(dynamic.for_each, source);
                self.iterators.push(dynamic.iterator.to_owned());
                self.body(&dynamic.content.body, nested(fields, dynamic.name), source);
                self.iterators.pop();
            }
        }
    }

    /// Checks a reference to a block that is only mentioned.
    fn mentioned(&mut self, expression: &Expression, source: &Arc<Source>) {
        if let Ok(reference) = config::Reference::read(source, expression)
            && !self.module.blocks.contains_key(&reference.block)
        {
            let problem = self.no_block(&reference.block, reference.span);
            self.problems.push(problem);
        }
    }

    /// Reads what `depends_on` lists.
    pub(super) fn depends_on(&mut self, targets: &[DependsOn]) {
        for target in targets {
            match target {
                DependsOn::Value(expr) => self.expr(expr),
                DependsOn::Block(reference) => self.targets(std::slice::from_ref(reference)),
                DependsOn::Module { name, span } => match self.module.calls.get_index_of(name) {
                    Some(at) => self.need(Target::Node(self.numbering.call_body(at)), None, span),
                    None => self.problems.push(*self.no_call(name, span)),
                },
            }
        }
    }

    fn need(&mut self, target: Target, key: Option<Key>, span: &Span) {
        self.found.push(Need {
            target,
            key,
            span: Some(span.clone()),
        });
    }

    /// Reads what `replace_triggered_by` lists.
    pub(super) fn targets(&mut self, targets: &[config::Reference]) {
        for target in targets {
            match self.module.blocks.get_index_of(&target.block) {
                Some(at) => {
                    let name = target.path.split(['.', '[']).next().unwrap_or_default();
                    if !name.is_empty()
                        && let Err(problem) = check_attribute(self.kinds, &target.block, name, &target.span)
                    {
                        self.problems.push(*problem);
                    }
                    self.need(
                        Target::Node(self.numbering.body(at)),
                        target.key.clone(),
                        &target.span,
                    );
                }
                None => {
                    let problem = self.no_block(&target.block, target.span.clone());
                    self.problems.push(problem);
                }
            }
        }
    }

    fn reference(&mut self, reference: &Reference) {
        let root = reference.path[0].as_str();
        if self.iterators.iter().any(|iterator| iterator == root) {
            return;
        }
        let outcome = match root {
            "var" => self.variable(reference),
            "local" => self.local(reference),
            "module" => self.call(reference),
            "count" if !self.has_count => Err(outside(reference, "count")),
            "each" if !self.has_each => Err(outside(reference, "for_each")),
            "count" => member(reference, &["index"]),
            "each" => member(reference, &["key", "value"]),
            "path" => member(reference, &["module", "root", "cwd"]),
            "wharf" | "terraform" => member(reference, &["workspace"]),
            "data" => self.object(reference, true),
            "self" if self.has_self => Ok(()),
            kind if self.kinds.iter().any(|known| known.name() == kind) => self.object(reference, false),
            _ => Err(self.unknown_root(reference)),
        };
        if let Err(problem) = outcome {
            self.problems.push(*problem);
            self.broken.push(place(&reference.spans[0]));
        }
    }

    fn variable(&mut self, reference: &Reference) -> Result<(), Box<Diagnostic>> {
        let name = second(reference, "var.name")?;
        let Some(at) = self.module.variables.get_index_of(name) else {
            let names = self.module.variables.keys().map(String::as_str);
            return Err(undefined(&reference.spans[1], "variable", name, names));
        };
        self.need(Target::Node(self.numbering.variable(at)), None, &reference.span);
        Ok(())
    }

    fn local(&mut self, reference: &Reference) -> Result<(), Box<Diagnostic>> {
        let name = second(reference, "local.name")?;
        let Some(at) = self.module.locals.get_index_of(name) else {
            let names = self.module.locals.keys().map(String::as_str);
            return Err(undefined(&reference.spans[1], "local value", name, names));
        };
        self.need(Target::Node(self.numbering.local(at)), None, &reference.span);
        Ok(())
    }

    /// Reads a reference to the outputs of a module.
    fn call(&mut self, reference: &Reference) -> Result<(), Box<Diagnostic>> {
        let name = second(reference, "module.name")?;
        let Some((at, _, call)) = self.module.calls.get_full(name) else {
            return Err(self.no_call(name, &reference.spans[1]));
        };
        let Some(called) = call.module.map(|at| &self.config.modules[at]) else {
            // That it cannot be loaded was reported: what refers to it is unknown.
            return Ok(());
        };
        let named = reference.path.get(2).map(|name| (name, &reference.spans[2]));
        let (key, output) = match call.repetition {
            Repetition::None | Repetition::Enabled(_) => (None, named),
            _ if named.is_some() => return Err(repeated_call(call, &reference.spans[2])),
            _ => keyed(reference),
        };
        let output = match output {
            Some((name, span)) => Some(called.outputs.get_index_of(name).ok_or_else(|| {
                let names = called.outputs.keys().map(String::as_str);
                no_output(&call.name, name, span, names)
            })?),
            None => None,
        };
        let target = match (output, &key, &call.repetition) {
            (Some(output), Some(_), _) | (Some(output), None, Repetition::None | Repetition::Enabled(_)) => {
                Target::Output { call: at, output }
            }
            _ => Target::Node(self.numbering.call_value(at)),
        };
        self.need(target, key, &reference.span);
        Ok(())
    }

    fn no_call(&self, name: &str, span: &Span) -> Box<Diagnostic> {
        undefined(span, "module", name, self.module.calls.keys().map(String::as_str))
    }

    fn object(&mut self, reference: &Reference, data: bool) -> Result<(), Box<Diagnostic>> {
        let names = &reference.path[usize::from(data)..];
        let spans = &reference.spans[usize::from(data)..];
        let [kind, name, attributes @ ..] = names else {
            return Err(incomplete(
                reference,
                if data { "data.kind.name" } else { "container.name" },
            ));
        };
        let address = BlockAddress {
            data,
            kind: kind.as_str().into(),
            name: name.as_str().into(),
        };
        let Some((at, _, block)) = self.module.blocks.get_full(&address) else {
            return Err(Box::new(self.no_block(&address, spans[1].clone())));
        };
        let (key, attribute) = match block.repetition {
            Repetition::None | Repetition::Enabled(_) if attributes.is_empty() && is_indexed(reference) => {
                return Err(single(&address, reference));
            }
            Repetition::None | Repetition::Enabled(_) => {
                (None, attributes.first().map(|name| (name, &spans[2])))
            }
            Repetition::Count(_) if !attributes.is_empty() => {
                return Err(repeated(&address, attributes, &spans[2]));
            }
            Repetition::ForEach(_) if !attributes.is_empty() => {
                return Err(mapped(&address, attributes, &spans[2]));
            }
            _ => keyed(reference),
        };
        if let Some((attribute, span)) = attribute {
            check_attribute(self.kinds, &address, attribute, span)?;
        }
        self.need(Target::Node(self.numbering.body(at)), key, &reference.span);
        Ok(())
    }

    fn no_block(&self, address: &BlockAddress, span: Span) -> Diagnostic {
        let same_kind = |known: &&BlockAddress| known.data == address.data && known.kind == address.kind;
        let addresses = || self.module.blocks.keys();
        let near = did_you_mean(
            &address.name,
            addresses().filter(same_kind).map(|known| &*known.name),
        );
        let diagnostic = Diagnostic::error("Undefined reference")
            .detail(format!("There is no block `{address}`."))
            .at(span, "not declared");
        let same_name = addresses().find(|known| known.name == address.name);
        match (near, same_name) {
            (Some(name), _) => diagnostic.help(format!("Did you mean `{name}`?")),
            (None, Some(other)) => diagnostic.help(format!("Did you mean `{other}`?")),
            (None, None) => diagnostic,
        }
    }

    fn unknown_root(&self, reference: &Reference) -> Box<Diagnostic> {
        let root = &reference.path[0];
        let known = ROOTS
            .iter()
            .copied()
            .chain(self.kinds.iter().map(|kind| kind.name()));
        let diagnostic = Diagnostic::error("Undefined reference")
            .detail(format!("`{root}` stands for nothing."))
            .at(reference.spans[0].clone(), "not known");
        Box::new(match did_you_mean(root, known) {
            Some(name) => diagnostic.help(format!("Did you mean `{name}`?")),
            None if root == "self" => diagnostic
                .help("`self` is there in a `postcondition`. Elsewhere refer to the block by its address."),
            None => diagnostic.help("Text is written in double quotes; a variable is `var.name`."),
        })
    }
}

fn nested(fields: &'static [Field], name: &str) -> &'static [Field] {
    match fields
        .iter()
        .find(|field| field.name == name)
        .map(|field| field.ty)
    {
        Some(FieldType::Block(fields) | FieldType::Blocks(fields, _)) => fields,
        _ => &[],
    }
}

/// Reads the key and the attribute of a reference to an instance of a repeated block, as far as they are literal.
fn keyed(reference: &Reference) -> (Option<Key>, Option<(&String, &Span)>) {
    let key = match reference.steps.first() {
        Some(Step::Index(index)) => Some(Key::Index(*index)),
        Some(Step::Key(name)) => Some(Key::Name(name.clone())),
        _ => None,
    };
    let attribute = match reference.steps.get(..2) {
        Some([Step::Index(_) | Step::Key(_) | Step::Splat, Step::Attribute(name)]) => {
            Some((name, &reference.span))
        }
        _ => None,
    };
    (key, attribute)
}

fn check_attribute(
    kinds: &[&'static dyn Kind],
    address: &BlockAddress,
    name: &str,
    span: &Span,
) -> Result<(), Box<Diagnostic>> {
    let readable = readable(kinds, address);
    if readable.iter().any(|field| field.name == name) {
        return Ok(());
    }
    let is_derived = fields(kinds, address).iter().any(|field| field.name == name);
    Err(Box::new(match is_derived {
        true => Diagnostic::error("Attribute cannot be referred to")
            .detail(format!(
                "`{name}` of `{address}` is only used to see what has changed."
            ))
            .at(span.clone(), "cannot be used"),
        false => unknown_attribute(address, name, &readable, span.clone()),
    }))
}

fn second<'r>(reference: &'r Reference, form: &str) -> Result<&'r str, Box<Diagnostic>> {
    reference
        .path
        .get(1)
        .map(String::as_str)
        .ok_or_else(|| incomplete(reference, form))
}

fn member(reference: &Reference, known: &[&str]) -> Result<(), Box<Diagnostic>> {
    let root = &reference.path[0];
    let name = second(reference, &format!("{root}.{}", known[0]))?;
    match known.contains(&name) {
        true => Ok(()),
        false => {
            let list: Vec<String> = known.iter().map(|name| format!("`{root}.{name}`")).collect();
            Err(Box::new(
                Diagnostic::error("Undefined reference")
                    .detail(format!("There is no `{root}.{name}`."))
                    .at(reference.spans[1].clone(), "not known")
                    .help(format!("There is: {}.", list.join(", "))),
            ))
        }
    }
}

/// Tells whether a reference asks for one of several.
fn is_indexed(reference: &Reference) -> bool {
    matches!(
        reference.steps.first(),
        Some(Step::Index(_) | Step::Key(_) | Step::Dynamic)
    )
}
