//! What became of the conditions of a configuration: of checks, outputs, variables and instances.

use std::cell::RefCell;

use indexmap::IndexMap;

use super::condition::Verdict;
use crate::address::{BlockAddress, Key, ModulePath};
use crate::diagnostic::Diagnostics;

/// What conditions are said of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A `check` block.
    Check(String),
    /// The `precondition` blocks of an output.
    Output(String),
    /// The `precondition` and `postcondition` blocks of a block.
    Block(BlockAddress),
    /// The `validation` blocks of a variable.
    Variable(String),
}

/// How conditions have come out, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckOutcome {
    /// All hold.
    Pass,
    /// Some are known only after apply.
    Unknown,
    /// Some do not hold.
    Fail,
    /// Some cannot be evaluated.
    Error,
}

/// What became of the conditions of one thing in one module instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckResult {
    /// The module instance.
    pub module: ModulePath,
    /// What it is.
    pub subject: Subject,
    /// Which instance of a block.
    pub key: Option<Key>,
    /// The worst that became of its conditions.
    pub outcome: CheckOutcome,
    /// What the configuration says of those that do not hold.
    pub messages: Vec<String>,
}

/// Where and what: one entry for all conditions of one thing.
type Place = (ModulePath, Subject, Option<Key>);

/// Collects what becomes of conditions while they are looked at.
#[derive(Default)]
pub(super) struct Collected(RefCell<IndexMap<Place, (CheckOutcome, Vec<String>)>>);

impl Collected {
    /// Takes down what became of one condition.
    pub(super) fn note(
        &self,
        module: &ModulePath,
        subject: Subject,
        key: Option<&Key>,
        verdict: &Result<Verdict, Diagnostics>,
    ) {
        let mut all = self.0.borrow_mut();
        let place = (module.clone(), subject, key.cloned());
        let (worst, messages) = all.entry(place).or_insert((CheckOutcome::Pass, Vec::new()));
        let outcome = match verdict {
            Ok(Verdict::Holds) => CheckOutcome::Pass,
            Ok(Verdict::Unknown) => CheckOutcome::Unknown,
            Ok(Verdict::Fails(message)) => {
                messages.push(message.clone());
                CheckOutcome::Fail
            }
            Err(_) => CheckOutcome::Error,
        };
        *worst = outcome.max(*worst);
    }

    /// Gives everything out, sorted: checks, outputs, blocks, variables.
    pub(super) fn results(self) -> Vec<CheckResult> {
        let mut results: Vec<CheckResult> = self
            .0
            .into_inner()
            .into_iter()
            .map(|((module, subject, key), (outcome, messages))| CheckResult {
                module,
                subject,
                key,
                outcome,
                messages,
            })
            .collect();
        let rank = |subject: &Subject| match subject {
            Subject::Check(_) => 0,
            Subject::Output(_) => 1,
            Subject::Block(_) => 2,
            Subject::Variable(_) => 3,
        };
        results.sort_by(|left, right| {
            let subjects = rank(&left.subject).cmp(&rank(&right.subject));
            subjects
                .then_with(|| left.module.cmp(&right.module))
                .then_with(|| left.subject.cmp(&right.subject))
                .then_with(|| left.key.cmp(&right.key))
        });
        results
    }
}
