//! Carries out a schedule: bounded parallelism, cancelling, skipping the dependents of failures. Decides nothing.
//!
//! [`run`] takes a [`Plan`] and a [`Store`] (state and journal) and gives back what became of each step; while it works
//! it tells [`Event`]s. Before each mutating call an intent is on the disk; a call whose end is not known is resolved by
//! reading the object back, never by making it again; the state is written as steps complete.

mod background;
mod bind;
mod context;
pub mod event;
mod explain;
mod interrupt;
mod migration;
mod record;
mod redact;
mod resolve;
mod settle;
mod step;
mod store;
mod transfer;
mod verify;
mod waiting;
mod walk;
mod world;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use crate::address::Address;
use crate::diagnostic::Diagnostics;
use crate::engine::Engine;
use crate::kinds::{Kind, Spec, kind};
use crate::plan::Plan;
use crate::value::Attributes;
use crate::value::seal::SealKey;

use context::Context;

pub use event::Event;
pub use explain::state_problem;
pub use interrupt::{Interrupt, Interrupter, Stage, interrupt};
pub use store::Store;

/// Gives a step's object its values: those of the configuration with what has come out so far.
pub trait Bind: Send + Sync {
    /// Returns the spec of an instance with every value known, secrets in clear.
    ///
    /// # Errors
    /// The values are not what the plan was made from, or an expression fails now that its values are known.
    fn spec(
        &self,
        address: &Address,
        outcomes: &BTreeMap<Address, Arc<Attributes>>,
    ) -> Result<Spec, Diagnostics>;

    /// Checks what is promised of an instance that is done; the outcomes hold what has come out of it. Unless the
    /// configuration promises anything, nothing is.
    ///
    /// # Errors
    /// It does not hold.
    fn check(
        &self,
        _address: &Address,
        _outcomes: &BTreeMap<Address, Arc<Attributes>>,
    ) -> Result<(), Diagnostics> {
        Ok(())
    }
}

/// What was there when the plan was made, as far as steps refer to it.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// Ids of networks by name.
    pub networks: BTreeMap<String, String>,
    /// Ids of images by the references that specs use.
    pub images: BTreeMap<String, String>,
}

/// How a schedule is carried out.
#[derive(Clone)]
pub struct Options {
    /// How many engine calls are made at once; at least 1.
    pub parallelism: usize,
    /// How long an ordinary call may take until its end counts as unknown. Pulls, builds, transfers and stops have no limit
    /// of ours.
    pub call_limit: Duration,
    /// Seals what goes into the state.
    pub key: SealKey,
    /// The directory that relative paths of the configuration start from, absolute.
    pub root: PathBuf,
    /// The version of wharf, for the state.
    pub wharf_version: String,
    /// Finds a kind by its name.
    pub kinds: fn(&str) -> Option<&'static dyn Kind>,
}

impl Options {
    /// Asks for the usual: ten calls at once, two minutes for each.
    pub fn new(key: SealKey, root: impl Into<PathBuf>) -> Self {
        Self {
            parallelism: 10,
            call_limit: Duration::from_secs(120),
            key,
            root: root.into(),
            wharf_version: env!("CARGO_PKG_VERSION").to_owned(),
            kinds: kind,
        }
    }
}

/// What became of a schedule.
#[derive(Clone, Debug, Default)]
pub struct RunReport {
    /// How many steps were done.
    pub done: usize,
    /// The steps that failed, in the order in which they did.
    pub failed: Vec<Failure>,
    /// How many steps were not begun.
    pub skipped: usize,
    /// Whether an interrupt was heard.
    pub interrupted: bool,
    /// Whether the end of a call is still not known: the journal stays for the next run.
    pub unresolved: bool,
    /// Whether anything was changed, or may have been: also by a step that failed after its call was done.
    pub changed: bool,
    /// What is wrong beside the steps: above all a state or journal that cannot be written.
    pub problems: Diagnostics,
    /// What references to the objects see now: of those that steps of this run completed.
    pub outcomes: BTreeMap<Address, Arc<Attributes>>,
}

impl RunReport {
    /// Tells whether everything was done.
    pub fn succeeded(&self) -> bool {
        self.failed.is_empty() && self.skipped == 0 && !self.interrupted && !self.problems.has_errors()
    }
}

/// One step that failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The instance.
    pub address: Address,
    /// Why; at least one.
    pub problems: Diagnostics,
}

/// Everything that one run needs beside its store.
pub struct Run<'a> {
    /// What is done.
    pub plan: &'a Plan,
    /// What was there before.
    pub inputs: Inputs,
    /// Gives steps their values.
    pub binder: &'a dyn Bind,
    /// Where it is done.
    pub engine: &'a dyn Engine,
    /// How it is done.
    pub options: &'a Options,
    /// Tells it to stop.
    pub interrupt: Interrupt,
    /// Is told what happens.
    pub events: UnboundedSender<Event>,
}

/// Carries out a plan. Ends when every step was done, failed or skipped, or on a second interrupt at once; the state is
/// written then.
///
/// The store comes back with everything that happened in its state; [`Store::close`] ends it.
pub async fn run(run: Run<'_>, store: Store) -> (RunReport, Store) {
    let (held, background) = match background::start(store, run.plan) {
        Ok(started) => started,
        Err(refused) => return *refused,
    };
    let context = Context::new(run, background);
    let report = Box::pin(walk::walk(&context)).await;
    context.finish(report, held).await
}
