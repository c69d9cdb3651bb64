//! `moved` and `removed` blocks: what was renamed, and what is no longer declared.

use std::sync::Arc;

use hcl_edit::structure::Body;

use super::contents::{Contents, refuse_labels};
use super::reference::{Step, steps};
use super::{Endpoint, Expr, KindNames, Moved, Removed, header_span};
use crate::address::{BlockAddress, Key, ModulePath, ModuleStep};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};

/// Reads a `moved` block.
pub(super) fn moved(
    source: &Arc<Source>,
    span: Span,
    body: Body,
    kinds: KindNames<'_>,
    problems: &mut Diagnostics,
) -> Option<Moved> {
    let mut contents = Contents::new(source, span.clone(), "A `moved` block", body);
    let from = contents.require("from", problems);
    let to = contents.require("to", problems);
    contents.finish(problems);
    let from = from.and_then(|expr| problems.note(endpoint(&expr, kinds)));
    let to = to.and_then(|expr| problems.note(endpoint(&expr, kinds)));
    let moved = Moved {
        span,
        from: from?,
        to: to?,
    };
    problems.extend(mismatch(&moved));
    Some(moved)
}

/// Only like can take the place of like.
fn mismatch(moved: &Moved) -> Option<Diagnostic> {
    let (from, to) = (&moved.from, &moved.to);
    let detail = match (&from.object, &to.object) {
        (Some((from, _)), Some((to, _))) if from.kind != to.kind => {
            format!("A `{}` cannot become a `{}`.", from.kind, to.kind)
        }
        (Some(_), None) | (None, Some(_)) => {
            "A block cannot become a module, nor a module a block.".to_owned()
        }
        _ => return None,
    };
    Some(
        Diagnostic::error("Move to another kind")
            .detail(detail)
            .at(to.span.clone(), "of another kind")
            .related(from.span.clone(), "than this"),
    )
}

/// Reads a `removed` block.
pub(super) fn removed(
    source: &Arc<Source>,
    span: Span,
    body: Body,
    kinds: KindNames<'_>,
    problems: &mut Diagnostics,
) -> Option<Removed> {
    let mut contents = Contents::new(source, span.clone(), "A `removed` block", body);
    let from = contents.require("from", problems);
    let destroy = contents.take_block("lifecycle", problems).and_then(|block| {
        refuse_labels(source, &block, problems);
        let header = header_span(source, &block);
        let mut contents = Contents::new(source, header, "The `lifecycle` of a `removed` block", block.body);
        let destroy = contents.take_bool("destroy", problems);
        contents.finish(problems);
        destroy
    });
    contents.finish(problems);
    let from = from.and_then(|expr| problems.note(endpoint(&expr, kinds)))?;
    if from.key().is_some() || from.module.0.iter().any(|step| step.key.is_some()) {
        problems.push(
            Diagnostic::error("One instance cannot be removed")
                .detail("A `removed` block is about a block or a module with all its instances.")
                .at(from.span.clone(), "names one instance")
                .help("Take the key out; `count` and `for_each` decide which instances there are."),
        );
        return None;
    }
    Some(Removed {
        span,
        from,
        destroy: destroy.unwrap_or(true),
    })
}

/// Reads an address such as `module.a["x"].container.web[0]`, as seen from the module that the block stands in.
fn endpoint(expr: &Expr, kinds: KindNames<'_>) -> Result<Endpoint, Diagnostic> {
    let wrong = || {
        Diagnostic::error("Not an address")
            .detail("Only the address of a block, of one of its instances, or of a module can stand here, such as `container.web[0]`.")
            .at(expr.span(), "not an address")
    };
    let mut steps = steps(&expr.expression).ok_or_else(wrong)?.into_iter().peekable();
    let mut module = ModulePath::default();
    let mut words = Vec::new();
    while let Some(step) = steps.next() {
        let Step::Name(name) = step else {
            return Err(wrong());
        };
        if words.is_empty() && name == "module" {
            let Some(Step::Name(name)) = steps.next() else {
                return Err(wrong());
            };
            let key = key_behind(&mut steps);
            module.0.push(ModuleStep { name, key });
            continue;
        }
        let key = key_behind(&mut steps);
        words.push((name, key));
    }
    let object = match &words[..] {
        [] if !module.is_root() => None,
        [(kind, None), (name, key)] if kinds.managed.contains(&kind.as_str()) => {
            Some((BlockAddress::new(kind.as_str(), name.as_str()), key.clone()))
        }
        [(data, None), _, _] if data == "data" => {
            return Err(Diagnostic::error("Not a block of ours")
                .detail("What a `data` block reads is not wharf's: it is never moved or removed.")
                .at(expr.span(), "a `data` block"));
        }
        _ => return Err(wrong()),
    };
    Ok(Endpoint {
        module,
        object,
        span: expr.span(),
    })
}

/// Takes the key that stands behind a name, if one does.
fn key_behind(steps: &mut std::iter::Peekable<std::vec::IntoIter<Step>>) -> Option<Key> {
    match steps.next_if(|step| matches!(step, Step::Key(_)))? {
        Step::Key(key) => Some(key),
        Step::Name(_) => None,
    }
}
