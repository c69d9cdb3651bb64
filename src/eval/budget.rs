//! Bounds for hostile input: an expression can neither run for ever nor fill the memory.

use crate::value::{Data, Value};

/// How many steps one expression may take.
const MAX_STEPS: usize = 1_000_000;

/// How many bytes a text may have.
pub(super) const MAX_TEXT: usize = 16 << 20;

/// How many values a value may hold.
pub(super) const MAX_VALUES: usize = 1_000_000;

/// What an expression has used up.
#[derive(Default)]
pub(super) struct Budget {
    steps: usize,
}

impl Budget {
    /// Takes one step; false if there is none left.
    pub(super) fn step(&mut self) -> bool {
        self.steps += 1;
        self.steps <= MAX_STEPS
    }
}

/// Tells whether a value is small enough to be worked with. Elements that are shared count each time.
pub(super) fn fits(value: &Value) -> bool {
    let mut left = MAX_VALUES;
    count(value, &mut left)
}

fn count(value: &Value, left: &mut usize) -> bool {
    if *left == 0 {
        return false;
    }
    *left -= 1;
    match &value.data {
        Data::String(text) => text.len() <= MAX_TEXT,
        _ => value.children().all(|child| count(child, left)),
    }
}
