//! Expressions → values: our own evaluator over the spanned syntax tree.
//!
//! It knows nothing of blocks. What a name stands for is asked of a [`Scope`], which is given as much of a reference as is
//! plain names, so that a reference touches only what it names.

use crate::diagnostic::{Diagnostic, Span};
use crate::value::Value;

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
}
