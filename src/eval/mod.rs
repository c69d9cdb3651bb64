//! Expressions → values: our own evaluator over the spanned syntax tree.
//!
//! It knows nothing of blocks. What a name stands for is asked of a [`Scope`], which is given as much of a reference as is
//! plain names, so that a reference touches only what it names. Files and the environment are data that the scope gives.
//!
//! | question | answered by |
//! | --- | --- |
//! | what is this expression's value? | [`evaluate`] |
//! | what does it refer to? | [`references`] |
//! | what type does it write down? | [`type_constraint`] |
//! | what did its references stand for? | [`known`] |

mod budget;
mod call;
mod constraint;
mod ephemeral;
mod evaluator;
mod files;
pub mod function;
mod known;
mod loops;
mod operator;
mod reference;
mod special;
mod template;
mod token;
mod traversal;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use hcl_edit::expr::Expression;

use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};
use crate::value::Value;

pub use budget::{Budget, Total, told_once};
pub use constraint::type_constraint;
pub use ephemeral::evaluate_lasting;
pub use files::{FileError, Files};
pub use known::{explained, known};
pub use reference::{Reference, Step, references};

/// What names stand for.
pub trait Scope {
    /// Resolves the beginning of a reference such as `["container", "web", "name"]`: `path` holds the root name and the
    /// attribute names that follow it literally, `spans` one span each.
    ///
    /// Returns the value and how many names it stands for; the evaluator applies the rest.
    ///
    /// # Errors
    /// There is no such thing; the diagnostic points at the name that is wrong.
    fn resolve(&self, path: &[&str], spans: &[Span]) -> Result<(Value, usize), Diagnostic>;

    /// Resolves a reference that is followed by an index whose value is `key`, if that can be done without looking at the
    /// other elements; the index is then done with. `None` if the whole has to be looked at.
    fn element(&self, _path: &[&str], _spans: &[Span], _key: &Value) -> Option<Value> {
        None
    }

    /// Resolves like [`resolve`](Self::resolve), with unknown values in the places of ephemeral ones.
    ///
    /// # Errors
    /// There is no such thing.
    fn lasting(&self, path: &[&str], spans: &[Span]) -> Result<(Value, usize), Diagnostic> {
        self.resolve(path, spans)
    }

    /// Tells whether anything that names stand for is ephemeral.
    fn has_ephemeral(&self) -> bool {
        false
    }

    /// Returns the names with what is ephemeral, if these are the names without.
    fn whole(&self) -> Option<&dyn Scope> {
        None
    }

    /// Is told that a part was not evaluated because something is unknown: what it refers to has not been asked for.
    fn skipped(&self) {}

    /// Returns the directory that the functions which read files start from; `None` if there are no files to be read.
    fn files(&self) -> Option<&Files> {
        None
    }

    /// Returns what an expression may use up.
    fn budget(&self) -> Budget {
        Budget::default()
    }

    /// Returns the environment that `env()` reads; `None` if there is none to be read.
    fn environment(&self) -> Option<&BTreeMap<String, String>> {
        None
    }

    /// Tells whether functions that give another result each time may be called; until then their results are unknown.
    fn moment(&self) -> Moment {
        Moment::Planning
    }

    /// Returns the time of the plan in RFC 3339; `None` if it is not known.
    fn planned_at(&self) -> Option<&str> {
        None
    }

    /// Tells whether somebody asks at a console, where `type()` can be called.
    fn is_console(&self) -> bool {
        false
    }
}

/// When an expression is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// While planning: what `timestamp`, `uuid` and `bcrypt` give is not known yet.
    Planning,
    /// During apply, or at a console.
    Now,
}

/// Evaluates an expression of a source. The expression must have been parsed from the source's text, for its spans are
/// taken as offsets into it.
///
/// # Errors
/// All the problems found in the expression.
pub fn evaluate(
    expression: &Expression,
    source: &Arc<Source>,
    scope: &dyn Scope,
) -> Result<Value, Diagnostics> {
    evaluator::Evaluator::new(source, scope)
        .run(expression)
        .map_err(|problems| explained(problems, expression, source, scope))
}
