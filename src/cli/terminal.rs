//! Where results, messages and questions go.

use std::io::{BufRead, Write};

use indicatif::ProgressDrawTarget;

use super::environment::{Environment, Terminals};
use crate::diagnostic::Diagnostics;
use crate::plan::Plan;
use crate::view::Paint;
use crate::view::diagnostic::{Look, report};
use crate::view::progress::{Bars, Lines, Progress};

/// The width where there is no terminal: nothing is wrapped, so that logs can be searched.
const UNBOUNDED: usize = 100_000;

/// The widest that text is wrapped to.
const WIDEST: usize = 140;

/// The three streams.
pub(super) struct Terminal {
    terminals: Terminals,
    colours: bool,
    width: usize,
}

impl Terminal {
    /// Decides on colours and width.
    pub(super) fn new(environment: &Environment, no_color: bool) -> Self {
        Self {
            terminals: environment.terminals,
            colours: !no_color && !environment.no_color,
            width: environment
                .width
                .map_or(UNBOUNDED, |width| width.clamp(40, WIDEST)),
        }
    }

    /// A terminal of which nothing is known.
    pub(super) fn plain() -> Self {
        Self {
            terminals: Terminals::default(),
            colours: false,
            width: UNBOUNDED,
        }
    }

    /// Returns how results are painted.
    pub(super) fn paint(&self) -> Paint {
        Paint::new(self.colours && self.terminals.stdout)
    }

    /// Returns how messages are painted.
    pub(super) fn message_paint(&self) -> Paint {
        Paint::new(self.colours && self.terminals.stderr)
    }

    /// Writes a result. That its reader has gone away is no error.
    pub(super) fn result(&self, text: &str) {
        let mut stdout = std::io::stdout().lock();
        let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    }

    /// Writes a message.
    pub(super) fn message(&self, text: &str) {
        let mut stderr = std::io::stderr().lock();
        let _ = writeln!(stderr, "{text}");
    }

    /// Writes problems.
    pub(super) fn report(&self, problems: &Diagnostics) {
        if problems.0.is_empty() {
            return;
        }
        let look = Look {
            width: self.width,
            paint: self.message_paint(),
        };
        self.message(report(problems, look).trim_end());
    }

    /// Tells whether somebody can answer a question.
    pub(super) fn can_ask(&self) -> bool {
        self.terminals.stdin && self.terminals.stderr
    }

    /// Asks, and tells whether the answer is `yes`.
    pub(super) fn ask(&self, question: &str) -> bool {
        let paint = self.message_paint();
        let mut stderr = std::io::stderr().lock();
        let _ = write!(
            stderr,
            "\n{}\n  Only `yes` is taken for a yes.\n\n  {} ",
            paint.bold(question),
            paint.bold("Answer:")
        );
        let _ = stderr.flush();
        drop(stderr);
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        read.is_ok() && answer.trim() == "yes"
    }

    /// Shows the run of a plan: with bars where there is a terminal, else with lines.
    pub(super) fn progress(&self, plan: &Plan) -> Box<dyn Progress> {
        let paint = self.message_paint();
        if self.terminals.stderr {
            Box::new(Bars::new(plan, ProgressDrawTarget::stderr(), paint))
        } else {
            Box::new(Lines::new(plan, std::io::stderr(), paint, jiff::Timestamp::now))
        }
    }
}
