//! `import` blocks: what is on the engine already, and becomes an instance.

use std::iter::Peekable;
use std::slice::Iter;
use std::sync::Arc;

use hcl_edit::expr::{Expression, TraversalOperator};
use hcl_edit::repr::Decorated;
use hcl_edit::structure::Body;

use super::contents::Contents;
use super::reference::literal_key;
use super::{Expr, Import, ImportTarget, KindNames};
use crate::address::BlockAddress;
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};

/// Reads an `import` block.
pub(super) fn import(
    source: &Arc<Source>,
    span: Span,
    body: Body,
    kinds: KindNames<'_>,
    problems: &mut Diagnostics,
) -> Option<Import> {
    let mut contents = Contents::new(source, span.clone(), "An `import` block", body);
    let to = contents.require("to", problems);
    let id = contents.require("id", problems);
    let for_each = contents.take("for_each");
    contents.finish(problems);
    let to = to.and_then(|expr| problems.note(target(&expr, kinds)))?;
    if for_each.is_none() {
        let keys = to.module.iter().map(|(_, key)| key).chain([&to.key]);
        let mut open = keys
            .flatten()
            .filter(|key| literal_key(&key.expression).is_none());
        if let Some(key) = open.next() {
            problems.push(
                Diagnostic::error("Not a constant key")
                    .detail("Without `for_each` an `import` block is about one instance, whose key is a number or plain text.")
                    .at(key.span(), "has to be evaluated")
                    .help("Write the key itself, or add `for_each` and use `each.key`."),
            );
            return None;
        }
    }
    Some(Import {
        span,
        to,
        id: id?,
        for_each,
    })
}

/// Reads an address such as `module.a[each.key].container.web["x"]`, whose keys are expressions.
fn target(expr: &Expr, kinds: KindNames<'_>) -> Result<ImportTarget, Diagnostic> {
    let wrong = || {
        Diagnostic::error("Not an address")
            .detail("Only the address of a block or of one of its instances can stand here, such as `container.web[0]`.")
            .at(expr.span(), "not an address")
    };
    let (first, operators): (_, &[Decorated<TraversalOperator>]) = match &expr.expression {
        Expression::Variable(name) => (name.as_str(), &[]),
        Expression::Traversal(traversal) => {
            let first = traversal.expr.as_variable().ok_or_else(wrong)?;
            (first.as_str(), &traversal.operators)
        }
        _ => return Err(wrong()),
    };
    let mut operators = operators.iter().peekable();
    let mut words = vec![(first.to_owned(), key_behind(&mut operators, &expr.source))];
    while let Some(operator) = operators.next() {
        let TraversalOperator::GetAttr(name) = operator.value() else {
            return Err(wrong());
        };
        words.push((name.as_str().to_owned(), key_behind(&mut operators, &expr.source)));
    }
    let mut module = Vec::new();
    let mut rest = words.into_iter().peekable();
    while rest
        .next_if(|word| matches!(word, (name, None) if name == "module"))
        .is_some()
    {
        module.push(rest.next().ok_or_else(wrong)?);
    }
    let rest: Vec<_> = rest.collect();
    match &rest[..] {
        [(kind, None), (name, key)] if kinds.managed.contains(&kind.as_str()) => Ok(ImportTarget {
            module,
            block: BlockAddress::new(kind.as_str(), name.as_str()),
            key: key.clone(),
            span: expr.span(),
        }),
        [(data, None), ..] if data == "data" => Err(Diagnostic::error("Not a block of ours")
            .detail("What a `data` block reads is not wharf's: it is never taken over.")
            .at(expr.span(), "a `data` block")),
        [] if !module.is_empty() => Err(Diagnostic::error("Not an address")
            .detail("A module is no object: what is taken over are the objects in it, one by one.")
            .at(expr.span(), "a module")),
        _ => Err(wrong()),
    }
}

/// Takes the key that stands behind a name, if one does.
fn key_behind(
    operators: &mut Peekable<Iter<'_, Decorated<TraversalOperator>>>,
    source: &Arc<Source>,
) -> Option<Expr> {
    let is_key = |operator: &&Decorated<TraversalOperator>| {
        matches!(
            operator.value(),
            TraversalOperator::Index(_) | TraversalOperator::LegacyIndex(_)
        )
    };
    let expression = match operators.next_if(is_key)?.value() {
        TraversalOperator::Index(index) => index.clone(),
        TraversalOperator::LegacyIndex(index) => Expression::from(*index.value()),
        _ => return None,
    };
    Some(Expr {
        source: Arc::clone(source),
        expression,
    })
}
