//! Carries out a schedule: bounded parallelism, cancelling, skipping the dependents of failures. Decides nothing.

pub mod event;

use std::collections::BTreeMap;

use crate::address::Address;
use crate::diagnostic::Diagnostics;
use crate::kinds::Spec;
use crate::value::Attributes;

pub use event::Event;

/// Gives a step's object its values: those of the configuration with what has come out so far.
pub trait Bind: Send + Sync {
    /// Returns the spec of an instance with every value known, secrets in clear.
    ///
    /// # Errors
    /// The values are not what the plan was made from, or an expression fails now that its values are known.
    fn spec(&self, address: &Address, outcomes: &BTreeMap<Address, Attributes>) -> Result<Spec, Diagnostics>;
}
