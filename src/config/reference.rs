//! References that are read without evaluating anything: those of `depends_on` and `replace_triggered_by`.

use std::sync::Arc;

use hcl_edit::expr::{Expression, Traversal, TraversalOperator};

use super::{DependsOn, Expr, Reference, span_of};
use crate::address::{BlockAddress, Key};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};

/// One step of a static traversal.
pub(super) enum Step {
    Name(String),
    Key(Key),
}

/// Reads a list of what is waited for: blocks and modules.
pub(super) fn depends_on(argument: &Expr, problems: &mut Diagnostics) -> Vec<DependsOn> {
    each(argument, problems, |element| match named(argument, element) {
        Some(named) => Ok(named),
        None => Reference::read(&argument.source, element).map(DependsOn::Block),
    })
}

/// Reads what is no block. What may follow `module.name` changes nothing, for all of the module is waited for.
fn named(argument: &Expr, element: &Expression) -> Option<DependsOn> {
    let steps = steps(element)?;
    let [Step::Name(root), Step::Name(name), ..] = &steps[..] else {
        return None;
    };
    match root.as_str() {
        "module" => Some(DependsOn::Module {
            name: name.clone(),
            span: span_of(&argument.source, element),
        }),
        "var" | "local" => Some(DependsOn::Value(Expr {
            source: Arc::clone(&argument.source),
            expression: element.clone(),
        })),
        _ => None,
    }
}

/// Reads a list of references.
pub(super) fn list(argument: &Expr, problems: &mut Diagnostics) -> Vec<Reference> {
    each(argument, problems, |element| {
        Reference::read(&argument.source, element)
    })
}

fn each<T>(
    argument: &Expr,
    problems: &mut Diagnostics,
    read: impl Fn(&Expression) -> Result<T, Diagnostic>,
) -> Vec<T> {
    let Some(elements) = argument.expression.as_array() else {
        problems.push(
            Diagnostic::error("Not a list of references")
                .detail("References are written as a list, such as `[container.web]`.")
                .at(argument.span(), "not a list"),
        );
        return Vec::new();
    };
    elements
        .iter()
        .filter_map(|element| problems.note(read(element)))
        .collect()
}

impl Reference {
    /// Reads an expression such as `container.web[0]` as a reference to a block, one of its instances, or an attribute.
    ///
    /// # Errors
    /// The expression is something else.
    pub fn read(source: &Arc<Source>, expression: &Expression) -> Result<Self, Diagnostic> {
        let span = span_of(source, expression);
        let wrong = || {
            Diagnostic::error("Not a reference")
                .detail("Only a reference to a block can stand here, such as `container.web` or `container.web[0]`.")
                .at(span.clone(), "not a reference to a block")
        };
        let steps = steps(expression).ok_or_else(wrong)?;
        let mut steps = steps.into_iter().peekable();
        let mut name = || match steps.next() {
            Some(Step::Name(name)) => Ok(name),
            _ => Err(wrong()),
        };
        let first = name()?;
        let data = first == "data";
        let kind = if data { name()? } else { first };
        let name = name()?;
        let key = match steps.peek() {
            Some(Step::Key(key)) => Some(key.clone()),
            _ => None,
        };
        if key.is_some() {
            steps.next();
        }
        Ok(Self {
            block: BlockAddress {
                data,
                kind: kind.into(),
                name: name.into(),
            },
            key,
            path: path(steps),
            span: span.clone(),
        })
    }
}

/// Reads an attribute path that is relative to a block, such as `port[0].host`.
pub(super) fn attribute_path(source: &Arc<Source>, expression: &Expression) -> Option<(String, Span)> {
    Some((path(steps(expression)?.into_iter()), span_of(source, expression)))
}

fn path(steps: impl Iterator<Item = Step>) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Name(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&name);
            }
            Step::Key(key) => path.push_str(&format!("[{key}]")),
        }
    }
    path
}

/// Reads a static traversal.
pub(super) fn steps(expression: &Expression) -> Option<Vec<Step>> {
    match expression {
        Expression::Variable(name) => Some(vec![Step::Name(name.as_str().to_owned())]),
        Expression::Traversal(traversal) => traversal_steps(traversal),
        _ => None,
    }
}

fn traversal_steps(traversal: &Traversal) -> Option<Vec<Step>> {
    let mut steps = vec![Step::Name(traversal.expr.as_variable()?.as_str().to_owned())];
    for operator in &traversal.operators {
        steps.push(match operator.value() {
            TraversalOperator::GetAttr(name) => Step::Name(name.as_str().to_owned()),
            TraversalOperator::LegacyIndex(index) => Step::Key(Key::Index(*index.value())),
            TraversalOperator::Index(index) => Step::Key(literal_key(index)?),
            _ => return None,
        });
    }
    Some(steps)
}

/// Reads an index that is written as a literal.
pub(super) fn literal_key(index: &Expression) -> Option<Key> {
    match index {
        Expression::Number(number) => Some(Key::Index(number.value().as_u64()?)),
        Expression::String(text) => Some(Key::Name(text.as_str().to_owned())),
        _ => None,
    }
}
