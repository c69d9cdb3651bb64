//! One instance of a block: its spec, its name, and what references see of it.

use std::path::Path;

use super::checks::Subject;
use super::condition::{Verdict, WithSelf, judge, unmet};
use super::decode::{Decoded, decode};
use super::graph::{fields, kind_of, readable};
use super::lifecycle::lifecycle;
use super::repetition::Repeated;
use super::scope::Names;
use super::walk::Walk;
use super::{Instance, Kinds};
use crate::address::{Address, Key};
use crate::config::Block;
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::kinds::{Kind, Problem, Spec};
use crate::value::hide::{hide, secrets};
use crate::value::{Attributes, Entries, Value};

/// Evaluates the body of a block.
pub(super) fn decoded(
    block: &Block,
    site: usize,
    repeated: &Repeated,
    walk: &Walk<'_>,
) -> Result<Decoded, Diagnostics> {
    decode(
        fields(walk.setting.kinds, &block.address),
        &block.body,
        &block.source,
        &block.span,
        &block.address.to_string(),
        &walk.layers.site(site).path,
        &Names::new(walk, site, repeated),
    )
}

/// Evaluates an instance.
pub(super) fn instance(
    block: &Block,
    site: usize,
    address: Address,
    repeated: &Repeated,
    dependencies: Vec<Address>,
    walk: &Walk<'_>,
) -> Result<Instance, Diagnostics> {
    preconditions(block, site, address.key.as_ref(), repeated, walk)?;
    let Decoded { mut spec, spans } = decoded(block, site, repeated, walk)?;
    let Some(kind) = kind_of(walk.setting.kinds, &address.block) else {
        return Err(super::walk::no_instance(&address));
    };
    let mut problems = Diagnostics::default();
    if !address.block.data {
        let found = whole(
            kind,
            &mut spec,
            &walk.setting.root,
            walk.setting.files.dispensable,
        );
        problems.extend(
            found
                .into_iter()
                .map(|problem| placed(problem, &spans, &block.span)),
        );
    }
    let name = name(kind, &spec, &address, walk, &mut problems, || {
        spans.get("name").unwrap_or(&block.span).clone()
    });
    let names = Names::new(walk, site, repeated);
    let mut lifecycle = lifecycle(block, &address.module, &names, walk.setting.kinds, &mut problems);
    let span = || spans.get("update.order").unwrap_or(&block.span).clone();
    problems.extend(lifecycle.ordered_by(&spec, span));
    if problems.has_errors() {
        return Err(problems);
    }
    Ok(Instance {
        lifecycle,
        in_check: block.in_check,
        address,
        span: block.span.clone(),
        spans,
        spec,
        name,
        dependencies,
    })
}

/// Checks what must hold before anything is done with an instance; what is not known yet may.
fn preconditions(
    block: &Block,
    site: usize,
    key: Option<&Key>,
    repeated: &Repeated,
    walk: &Walk<'_>,
) -> Result<(), Diagnostics> {
    let mut problems = Diagnostics::default();
    if walk.setting.destroying {
        return Ok(());
    }
    for condition in &block.lifecycle.preconditions {
        let verdict = judge(condition, &Names::new(walk, site, repeated));
        note(block, site, key, &verdict, walk);
        if let Some(Verdict::Fails(message)) = problems.note(verdict) {
            let problem = unmet("Precondition not met", condition, message);
            problems.push(problem.related(block.span.clone(), "needs it to be true"));
        }
    }
    match problems.has_errors() {
        true => Err(problems),
        false => Ok(()),
    }
}

/// Checks what must hold of an instance, given what references to it see; what is not known yet may.
pub(super) fn postconditions(
    block: &Block,
    site: usize,
    key: Option<&Key>,
    repeated: &Repeated,
    this: &Value,
    walk: &Walk<'_>,
) -> Diagnostics {
    let mut problems = Diagnostics::default();
    if walk.setting.destroying {
        return problems;
    }
    for condition in &block.lifecycle.postconditions {
        let scope = WithSelf {
            this: this.clone(),
            outer: &Names::new(walk, site, repeated),
        };
        let verdict = judge(condition, &scope);
        note(block, site, key, &verdict, walk);
        if let Some(Verdict::Fails(message)) = problems.note(verdict) {
            let problem = unmet("Postcondition not met", condition, message);
            problems.push(problem.related(block.span.clone(), "promises it to be true"));
        }
    }
    problems
}

fn note(
    block: &Block,
    site: usize,
    key: Option<&Key>,
    verdict: &Result<Verdict, Diagnostics>,
    walk: &Walk<'_>,
) {
    let path = &walk.layers.site(site).path;
    let subject = Subject::Block(block.address.clone());
    walk.checked.note(path, subject, key, verdict);
}

/// Looks at the spec as a whole.
fn whole(kind: &dyn Kind, spec: &mut Spec, root: &Path, without_files: bool) -> Vec<Problem> {
    let mut problems = kind.canonical(spec, root);
    if without_files {
        problems.clear();
    }
    problems.extend(kind.check(spec));
    // Kinds quote what is wrong, and do not look at whether it is secret.
    let secrets = secrets(spec.values());
    for problem in &mut problems {
        problem.detail = hide(&problem.detail, &secrets);
    }
    problems
}

/// Points at the attribute that a problem names, or at the nearest thing around it.
fn placed(problem: Problem, spans: &indexmap::IndexMap<String, Span>, header: &Span) -> Diagnostic {
    let mut path = problem.path.as_str();
    let span = loop {
        if let Some(span) = spans.get(path) {
            break span;
        }
        match path.rfind(['.', '[']) {
            Some(end) => path = &path[..end],
            None => break header,
        }
    };
    Diagnostic::error(problem.summary)
        .detail(problem.detail)
        .at(span.clone(), "")
        .help(problem.help)
}

fn name(
    kind: &dyn Kind,
    spec: &Spec,
    address: &Address,
    walk: &Walk<'_>,
    problems: &mut Diagnostics,
    span: impl FnOnce() -> Span,
) -> String {
    let given = match spec.get("name") {
        None => {
            return kind
                .default_name(&walk.setting.naming, address)
                .unwrap_or_default();
        }
        Some(given) => given,
    };
    if given.sensitive {
        problems.push(
            Diagnostic::error("Sensitive name")
                .detail("The name of an object is shown by the engine to everyone.")
                .at(span(), "sensitive")
                .help("If it is no secret, write `nonsensitive(…)` around it."),
        );
    } else if given.is_unknown() && !is_consequence(walk) {
        problems.push(
            Diagnostic::error("Unknown name")
                .detail("The name of an object must be known while planning, and this one is known only after apply.")
                .at(span(), "known after apply"),
        );
    }
    given.as_str().unwrap_or_default().to_owned()
}

/// After an error unknown values say nothing: they stand for what could not be evaluated.
fn is_consequence(walk: &Walk<'_>) -> bool {
    walk.problems.has_errors() || walk.setting.graph.units.has_cycles()
}

/// Makes the value that references to an instance see: every attribute of the kind is there, null if it is not set.
pub(super) fn visible(address: &Address, attributes: &Attributes, kinds: Kinds) -> Value {
    let given = attributes.iter();
    let mut value: Entries = given.map(|(name, value)| (name.clone(), value.clone())).collect();
    for field in readable(kinds, &address.block) {
        if !value.contains_key(field.name) {
            value.insert(field.name.to_owned(), field.ty.absent());
        }
    }
    Value::object(value)
}
