//! Values that are written out: the default of a variable, and what is given to one. They can neither refer to anything nor call a function.

use hcl_edit::Span as _;
use hcl_edit::expr::FuncCall;
use hcl_edit::visit::{self, Visit};

use crate::config::{Expr, Variable};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::eval::references;

/// Checks that nothing has to be looked up to evaluate an expression.
///
/// # Errors
/// Every reference and every call of a function.
pub(super) fn constant(expr: &Expr) -> Result<(), Diagnostics> {
    let mut problems = Diagnostics::default();
    let mut calls = Calls::default();
    calls.visit_expr(&expr.expression);
    for range in calls.0 {
        problems.push(
            Diagnostic::error("Functions are not possible here")
                .detail("The value of a variable is written out: it cannot be the result of a function.")
                .at(Span::new(&expr.source, range), "a function")
                .help("Call it in a local value that is made from the variable."),
        );
    }
    for reference in references(&expr.expression, &expr.source) {
        let root = reference.path[0].as_str();
        let problem = Diagnostic::error("References are not possible here")
            .detail("The value of a variable is written out: it cannot refer to anything.")
            .at(reference.span.clone(), "a reference");
        problems.push(match reference.path.len() {
            1 if reference.steps.is_empty() => {
                problem.help(format!("Text is written in double quotes: `\"{root}\"`."))
            }
            _ => problem.help("Put the two together in a local value."),
        });
    }
    match problems.has_errors() {
        true => Err(problems),
        false => Ok(()),
    }
}

/// Checks the default of a variable. The line of a secret is not shown.
///
/// # Errors
/// Every reference and every call of a function.
pub(super) fn default(variable: &Variable) -> Result<(), Diagnostics> {
    let Some(expr) = &variable.default else {
        return Ok(());
    };
    constant(expr).map_err(|problems| match variable.sensitive {
        false => problems,
        true => Diagnostic::error("Default is not written out")
            .detail(format!(
                "The default of `{}` refers to something, or calls a function.",
                variable.name
            ))
            .at(variable.span.clone(), "its default has to be looked up")
            .into(),
    })
}

/// Finds the calls of functions.
#[derive(Default)]
struct Calls(Vec<std::ops::Range<usize>>);

impl Visit for Calls {
    fn visit_func_call(&mut self, call: &FuncCall) {
        self.0.extend(call.name.name.span());
        visit::visit_func_call(self, call);
    }
}
