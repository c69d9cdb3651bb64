//! What an expression refers to, found without evaluating it.

use std::sync::Arc;

use hcl_edit::Ident;
use hcl_edit::expr::{Expression, ForExpr, FuncCall, Object, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::template::{Directive, Element, ForDirective, Template};
use hcl_edit::visit::{self, Visit};

use crate::diagnostic::{Source, Span};

/// A reference as it is written: `container.web[0].name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The root name and the attribute names that follow it directly: `["container", "web"]`.
    pub path: Vec<String>,
    /// The place of each name of the path.
    pub spans: Vec<Span>,
    /// What follows the path, as far as it is literal: `[0]`, then `.name`.
    pub steps: Vec<Step>,
    /// The place of the whole reference.
    pub span: Span,
}

/// A step behind the path of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// An attribute.
    Attribute(String),
    /// A literal number in brackets.
    Index(u64),
    /// A literal text in brackets.
    Key(String),
    /// All the elements: a splat.
    Splat,
    /// An index that only evaluation knows. Nothing follows it.
    Dynamic,
}

/// Lists the references of an expression in source order; the variables of `for` are none.
pub fn references(expression: &Expression, source: &Arc<Source>) -> Vec<Reference> {
    let mut collector = Collector {
        source,
        locals: Vec::new(),
        found: Vec::new(),
    };
    collector.visit_expr(expression);
    collector.found
}

struct Collector<'a> {
    source: &'a Arc<Source>,
    locals: Vec<String>,
    found: Vec<Reference>,
}

impl Collector<'_> {
    fn span(&self, node: &impl hcl_edit::Span) -> Span {
        Span::new(self.source, node.span().unwrap_or(0..0))
    }

    fn add(
        &mut self,
        name: &hcl_edit::Decorated<Ident>,
        operators: &[hcl_edit::Decorated<TraversalOperator>],
        span: Span,
    ) {
        if self.locals.iter().any(|local| local == name.as_str()) {
            return;
        }
        let mut reference = Reference {
            path: vec![name.as_str().to_owned()],
            spans: vec![self.span(name)],
            steps: Vec::new(),
            span,
        };
        let names = operators.iter().map_while(|operator| match operator.value() {
            TraversalOperator::GetAttr(name) => Some(name),
            _ => None,
        });
        for name in names {
            reference.path.push(name.as_str().to_owned());
            reference.spans.push(self.span(name));
        }
        for operator in &operators[reference.path.len() - 1..] {
            let step = step(operator.value());
            let last = step == Step::Dynamic;
            reference.steps.push(step);
            if last {
                break;
            }
        }
        self.found.push(reference);
    }

    fn within(&mut self, names: Vec<String>, walk: impl FnOnce(&mut Self)) {
        let before = self.locals.len();
        self.locals.extend(names);
        walk(self);
        self.locals.truncate(before);
    }
}

fn step(operator: &TraversalOperator) -> Step {
    match operator {
        TraversalOperator::GetAttr(name) => Step::Attribute(name.as_str().to_owned()),
        TraversalOperator::LegacyIndex(index) => Step::Index(*index.value()),
        TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => Step::Splat,
        TraversalOperator::Index(Expression::String(key)) => Step::Key(key.to_string()),
        TraversalOperator::Index(Expression::Number(number)) => {
            number.value().as_u64().map_or(Step::Dynamic, Step::Index)
        }
        TraversalOperator::Index(_) => Step::Dynamic,
    }
}

impl Visit for Collector<'_> {
    fn visit_expr(&mut self, expression: &Expression) {
        if let Expression::Variable(name) = expression {
            let span = self.span(expression);
            self.add(name, &[], span);
        } else {
            visit::visit_expr(self, expression);
        }
    }

    fn visit_traversal(&mut self, traversal: &Traversal) {
        match &traversal.expr {
            Expression::Variable(name) => {
                let span = self.span(traversal);
                self.add(name, &traversal.operators, span);
            }
            other => self.visit_expr(other),
        }
        for operator in &traversal.operators {
            if let TraversalOperator::Index(key) = operator.value() {
                self.visit_expr(key);
            }
        }
    }

    /// Bare words as keys stand for themselves.
    fn visit_object(&mut self, object: &Object) {
        for (key, value) in object {
            match key {
                ObjectKey::Expression(expression) if !matches!(expression, Expression::Variable(_)) => {
                    self.visit_expr(expression);
                }
                _ => {}
            }
            self.visit_expr(value.expr());
        }
    }

    fn visit_func_call(&mut self, call: &FuncCall) {
        for argument in &call.args {
            self.visit_expr(argument);
        }
    }

    fn visit_for_expr(&mut self, for_expr: &ForExpr) {
        self.visit_expr(&for_expr.intro.collection_expr);
        let key = for_expr.intro.key_var.as_ref();
        let names = key.into_iter().chain([&for_expr.intro.value_var]);
        let names = names.map(|name| name.as_str().to_owned()).collect();
        self.within(names, |this| {
            if let Some(key) = &for_expr.key_expr {
                this.visit_expr(key);
            }
            this.visit_expr(&for_expr.value_expr);
            if let Some(condition) = &for_expr.cond {
                this.visit_expr(&condition.expr);
            }
        });
    }

    fn visit_for_directive(&mut self, each: &ForDirective) {
        let for_expr = &each.for_expr;
        self.visit_expr(&for_expr.collection_expr);
        let names = for_expr.key_var.iter().chain([&for_expr.value_var]);
        let names = names.map(|name| name.as_str().to_owned()).collect();
        self.within(names, |this| this.visit_template(&for_expr.template));
    }

    fn visit_template(&mut self, template: &Template) {
        for element in template {
            match element {
                Element::Literal(_) => {}
                Element::Interpolation(interpolation) => self.visit_expr(&interpolation.expr),
                Element::Directive(directive) => match &**directive {
                    Directive::If(branch) => {
                        self.visit_expr(&branch.if_expr.cond_expr);
                        self.visit_template(&branch.if_expr.template);
                        if let Some(other) = &branch.else_expr {
                            self.visit_template(&other.template);
                        }
                    }
                    Directive::For(each) => self.visit_for_directive(each),
                },
            }
        }
    }
}
