//! [`Event`]s → what is seen of a run: bars on a terminal, lines elsewhere, JSON for programs.
//!
//! Events are about steps, people think in objects: [`Journey`] puts the steps of one object together, and the three
//! ways of showing it print what it makes of them.

mod bars;
mod journey;
mod json_lines;
mod lines;
mod words;

use crate::run::Event;

pub use bars::Bars;
pub use journey::{Journey, Milestone, News, Tally};
pub use json_lines::JsonLines;
pub use lines::Lines;
pub use words::summary;

/// Gives the current time; passed in so that what is shown can be tested.
pub type Clock = fn() -> jiff::Timestamp;

/// A way of showing a run.
pub trait Progress: Send {
    /// Shows an event.
    fn event(&mut self, event: &Event);

    /// Is called about once a second, so that long silences can be broken.
    fn tick(&mut self) {}

    /// Ends the showing and returns what was done.
    fn finish(&mut self) -> Tally;
}

impl Progress for Box<dyn Progress> {
    fn event(&mut self, event: &Event) {
        (**self).event(event);
    }

    fn tick(&mut self) {
        (**self).tick();
    }

    fn finish(&mut self) -> Tally {
        (**self).finish()
    }
}

#[cfg(test)]
mod tests;
