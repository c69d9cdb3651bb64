//! The `lifecycle` block of one instance: what its expressions come out as.

use super::Lifecycle;
use super::graph::fields;
use super::wrong_reference::unknown_attribute;
use crate::address::ModulePath;
use crate::config::{Block, Expr};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::eval::{Scope, evaluate};
use crate::kinds::{Field, Kind, Spec};
use crate::value::{Type, Value, convert};

/// Evaluates the block.
pub(super) fn lifecycle(
    block: &Block,
    module: &ModulePath,
    scope: &dyn Scope,
    kinds: &[&'static dyn Kind],
    problems: &mut Diagnostics,
) -> Lifecycle {
    let written = &block.lifecycle;
    let mut ignore_changes: Vec<String> = written
        .ignore_changes
        .paths
        .iter()
        .map(|(path, _)| path.clone())
        .collect();
    for expr in &written.ignore_changes.computed {
        let paths = problems.note(ignored(expr, block, scope, kinds));
        ignore_changes.extend(paths.unwrap_or_default());
    }
    let prevent_destroy = written
        .prevent_destroy
        .as_ref()
        .and_then(|expr| problems.note(flag(expr, "prevent_destroy", scope)));
    let triggers = written.replace_triggered_by.iter().map(|reference| {
        let named = module.instance(&reference.block, reference.key.clone());
        (named, reference.path.clone())
    });
    Lifecycle {
        start_first: written.start_first,
        prevent_destroy: prevent_destroy.unwrap_or(false),
        ignore_changes,
        replace_triggered_by: triggers.collect(),
    }
}

impl Lifecycle {
    /// Takes the order of replacement from `update`, which says the same thing at another place.
    pub(super) fn ordered_by(&mut self, spec: &Spec, span: impl FnOnce() -> Span) -> Option<Diagnostic> {
        let order = spec.get("update")?.get("order")?.as_str()?;
        let contradicts = self.start_first && order == "stop_first";
        self.start_first |= order == "start_first";
        contradicts.then(|| {
            Diagnostic::error("Contradictory order of replacement")
                .detail("`order` in `update` and `replace` or `create_before_destroy` in `lifecycle` mean the same thing.")
                .at(span(), "says the opposite of `lifecycle`")
                .help("Keep one of them.")
        })
    }
}

/// Evaluates an argument that must be true or false while planning.
pub(super) fn flag(expr: &Expr, name: &str, scope: &dyn Scope) -> Result<bool, Diagnostics> {
    let wrong = |detail: String| -> Diagnostics {
        Diagnostic::error("Wrong type")
            .detail(detail)
            .at(expr.span(), "neither true nor false")
            .into()
    };
    let value = known(expr, name, scope)?;
    let flag = convert(&value, &Type::Bool)
        .map_err(|error| wrong(format!("`{name}` is true or false: {error}.")))?;
    flag.as_bool()
        .ok_or_else(|| wrong(format!("`{name}` is true or false, and this is null.")))
}

/// Evaluates an argument that decides about a plan, and so must be known and can be shown.
fn known(expr: &Expr, name: &str, scope: &dyn Scope) -> Result<Value, Diagnostics> {
    let value = evaluate(&expr.expression, &expr.source, scope)?;
    let unusable = |summary: &str, detail: &str| -> Diagnostics {
        Diagnostic::error(summary)
            .detail(format!("`{name}` decides about the plan, {detail}."))
            .at(expr.span(), "")
            .into()
    };
    if value.is_sensitive_anywhere() {
        return Err(unusable(
            "Sensitive decision",
            "which everybody sees, so it cannot be made from a secret",
        ));
    }
    if !value.is_wholly_known() {
        return Err(unusable("Unknown decision", "and this is known only after apply"));
    }
    Ok(value)
}

/// Evaluates what gives names of attributes: one, or a list of them.
fn ignored(
    expr: &Expr,
    block: &Block,
    scope: &dyn Scope,
    kinds: &[&'static dyn Kind],
) -> Result<Vec<String>, Diagnostics> {
    let value = known(expr, "ignore_changes", scope)?;
    let elements = match value.as_elements() {
        Some(elements) => elements.to_vec(),
        None => vec![value],
    };
    let known: Vec<&Field> = fields(kinds, &block.address).iter().collect();
    let mut paths = Vec::new();
    for element in elements {
        let Some(path) = element.as_str() else {
            return Err(Diagnostic::error("Not an attribute")
                .detail("`ignore_changes` lists attributes, by name or by path such as `env.TOKEN`.")
                .at(expr.span(), "not an attribute")
                .into());
        };
        let name = path.split(['.', '[']).next().unwrap_or_default();
        if matches!(path, "all" | "*") {
            paths.push("*".to_owned());
        } else if known.iter().any(|field| field.name == name) {
            paths.push(path.to_owned());
        } else {
            return Err(unknown_attribute(&block.address, name, &known, expr.span()).into());
        }
    }
    Ok(paths)
}
