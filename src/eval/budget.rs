//! Bounds for hostile input: neither an expression nor a whole configuration can run for ever or fill the memory.
//!
//! | bound | one expression | a configuration |
//! | --- | --- | --- |
//! | steps of evaluation | [`MAX_STEPS`] | [`MAX_TOTAL_STEPS`] |
//! | bytes that values take | [`MAX_MADE`] | [`MAX_TOTAL_MADE`] |
//! | bytes that are looked at | | [`MAX_TOTAL_SEEN`] |
//! | bytes that are read from files | | [`MAX_TOTAL_READ`] |
//!
//! Whoever asks for more gets an error, each time: a value that could not be made must never be taken for one that is not
//! known. That all of a configuration together is too much is said once, by [`told_once`], where problems are gathered.
//!
//! A value that holds a shared part twice takes its memory once, but whoever looks at it goes over the part twice. Both are
//! counted: what is made by the elements that a collection has itself, what is looked at by everything inside.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::value::{Data, Value};

/// How many steps one expression may take.
const MAX_STEPS: usize = 1_000_000;

/// How many steps all expressions of a configuration may take together.
const MAX_TOTAL_STEPS: usize = 20_000_000;

/// How many bytes a text may have.
pub(super) const MAX_TEXT: usize = 16 << 20;

/// How many bytes a value may take with all that is inside.
const MAX_VALUE: usize = 96 << 20;

/// How many bytes the values that one expression makes may take.
const MAX_MADE: usize = 128 << 20;

/// How many bytes the values that all expressions of a configuration make may take.
const MAX_TOTAL_MADE: usize = 512 << 20;

/// How many bytes of values may be looked at in a configuration.
const MAX_TOTAL_SEEN: usize = 16 << 30;

/// How many bytes may be read from files in a configuration.
const MAX_TOTAL_READ: usize = 16 << 30;

/// What is said of an expression that is too much by itself.
pub(super) const TOO_MUCH: &str = "Expression too large";

/// What is said of an expression when all of the configuration together are too much.
pub(super) const ALL_TOO_MUCH: &str = "Configuration too large";

/// Keeps the first of the problems which say that a configuration is too large: the rest of it says so, too.
pub fn told_once(problems: &mut Diagnostics) {
    let mut is_told = false;
    problems
        .0
        .retain(|problem| problem.summary != ALL_TOO_MUCH || !std::mem::replace(&mut is_told, true));
}

/// Tells whether a problem is that there is nothing left to go on with.
pub(super) fn is_exhaustion(problem: &Diagnostic) -> bool {
    matches!(problem.summary.as_str(), TOO_MUCH | ALL_TOO_MUCH)
}

/// What a value takes besides its text.
const NODE: usize = 96;

/// What all expressions of a configuration have used up.
#[derive(Debug, Default)]
pub struct Total {
    steps: AtomicUsize,
    made: AtomicUsize,
    seen: AtomicUsize,
    read: AtomicUsize,
}

/// What an expression has used up. Clones share it: a template file is a part of the expression that reads it.
#[derive(Clone, Debug, Default)]
pub struct Budget(Rc<Spent>);

#[derive(Debug, Default)]
struct Spent {
    steps: Cell<usize>,
    made: Cell<usize>,
    total: Arc<Total>,
}

impl Budget {
    /// Starts an expression of a configuration.
    pub fn of(total: &Arc<Total>) -> Self {
        Self(Rc::new(Spent {
            total: Arc::clone(total),
            ..Spent::default()
        }))
    }

    /// Takes one step; false if there is none left.
    pub(super) fn step(&self) -> bool {
        self.steps(1)
    }

    /// Takes steps; false if there are not so many left.
    pub(super) fn steps(&self, steps: usize) -> bool {
        spend(&self.0.steps, steps, MAX_STEPS) && spend_total(&self.0.total.steps, steps, MAX_TOTAL_STEPS)
    }

    /// Takes bytes that are read from a file; false if there are not so many left.
    pub(super) fn read(&self, bytes: usize) -> bool {
        spend_total(&self.0.total.read, bytes, MAX_TOTAL_READ)
    }

    /// Takes the bytes of a value that has been made; false if it is too large, or there are not so many left.
    pub(super) fn make(&self, value: &Value) -> bool {
        weight(value).is_some_and(|weight| self.make_weighed(value, weight))
    }

    /// Takes the bytes of a value that has been made and [weighed](weight); false if there are not so many left.
    pub(super) fn make_weighed(&self, value: &Value, weight: usize) -> bool {
        spend_total(&self.0.total.seen, weight, MAX_TOTAL_SEEN) && self.take(own_weight(value))
    }

    /// Tells whether all expressions of the configuration together have used up something.
    pub(super) fn is_total_used_up(&self) -> bool {
        let total = &self.0.total;
        let is_over = |spent: &AtomicUsize, most| spent.load(Ordering::Relaxed) > most;
        is_over(&total.steps, MAX_TOTAL_STEPS)
            || is_over(&total.made, MAX_TOTAL_MADE)
            || is_over(&total.seen, MAX_TOTAL_SEEN)
            || is_over(&total.read, MAX_TOTAL_READ)
    }

    /// Tells whether the expression, or the configuration, has used up something.
    pub(super) fn is_used_up(&self) -> bool {
        self.0.steps.get() > MAX_STEPS || self.0.made.get() > MAX_MADE || self.is_total_used_up()
    }

    /// Takes bytes; false if there are not so many left.
    pub(super) fn take(&self, bytes: usize) -> bool {
        spend(&self.0.made, bytes, MAX_MADE) && spend_total(&self.0.total.made, bytes, MAX_TOTAL_MADE)
    }

    /// Goes over a value with all that is inside; false if it is too large, or too much has been looked at.
    pub(super) fn look(&self, value: &Value) -> bool {
        weight(value).is_some_and(|bytes| spend_total(&self.0.total.seen, bytes, MAX_TOTAL_SEEN))
    }
}

fn spend(spent: &Cell<usize>, more: usize, most: usize) -> bool {
    let now = spent.get().saturating_add(more);
    spent.set(now);
    now <= most
}

fn spend_total(spent: &AtomicUsize, more: usize, most: usize) -> bool {
    spent.fetch_add(more, Ordering::Relaxed).saturating_add(more) <= most
}

/// Counts the bytes of a value with all that is inside; `None` if it is too large. Elements that are shared count each time.
pub(super) fn weight(value: &Value) -> Option<usize> {
    let mut left = MAX_VALUE;
    weigh(value, &mut left).then(|| MAX_VALUE - left)
}

fn weigh(value: &Value, left: &mut usize) -> bool {
    let (own, is_fine) = match &value.data {
        Data::String(text) => (NODE + text.len(), text.len() <= MAX_TEXT),
        Data::Map(_, entries) | Data::Object(entries) => (
            NODE + entries.keys().map(|name| NODE + name.len()).sum::<usize>(),
            true,
        ),
        _ => (NODE, true),
    };
    let Some(rest) = left.checked_sub(own).filter(|_| is_fine) else {
        return false;
    };
    *left = rest;
    value.children().all(|child| weigh(child, left))
}

/// Counts the bytes that a value takes itself: what is inside was counted when it was made.
fn own_weight(value: &Value) -> usize {
    match &value.data {
        Data::String(text) => text.len(),
        Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => NODE * elements.len(),
        Data::Map(_, entries) | Data::Object(entries) => {
            entries.keys().map(|name| 2 * NODE + name.len()).sum()
        }
        _ => 0,
    }
}
