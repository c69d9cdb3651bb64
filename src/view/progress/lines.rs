//! A run as plain lines, for logs.

use std::collections::BTreeMap;
use std::io::Write;

use super::{Clock, Journey, Milestone, News, Progress, Tally, words};
use crate::address::Address;
use crate::plan::Plan;
use crate::run::Event;
use crate::view::Paint;
use crate::view::escape::escape;
use crate::view::units;

/// Seconds between two lines about the same long step.
const PAUSE: i64 = 10;

/// Writes one line when an object begins and one when it ends, and now and then one in between.
pub struct Lines<W> {
    journey: Journey,
    out: W,
    paint: Paint,
    clock: Clock,
    began: BTreeMap<Address, (jiff::Timestamp, jiff::Timestamp)>,
}

impl<W: Write + Send> Lines<W> {
    /// Starts to follow the run of a plan.
    pub fn new(plan: &Plan, out: W, paint: Paint, clock: Clock) -> Self {
        Self {
            journey: Journey::new(plan),
            out,
            paint,
            clock,
            began: BTreeMap::new(),
        }
    }

    /// Writes a line. That nobody reads it is no reason to stop the run.
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.out, "{text}");
    }

    /// Writes a line about a long step, unless one was written a moment ago.
    fn progress(&mut self, milestone: &Milestone, what: &str) {
        let now = (self.clock)();
        let Some((began, last)) = self.began.get_mut(&milestone.address) else {
            return;
        };
        if now.as_second() - last.as_second() < PAUSE {
            return;
        }
        *last = now;
        let elapsed = now.as_second() - began.as_second();
        let doing = words::doing(&milestone.address, milestone.action);
        let line = format!("{}: still {doing}… [{elapsed}s] {what}", words::about(milestone));
        self.line(&line);
    }
}

impl<W: Write + Send> Progress for Lines<W> {
    fn event(&mut self, event: &Event) {
        for milestone in self.journey.event(event) {
            match &milestone.news {
                News::Began => {
                    let now = (self.clock)();
                    self.began.insert(milestone.address.clone(), (now, now));
                    self.line(&ended(&milestone, self.paint));
                }
                News::Step(_) => {}
                News::Progress { message, done, total } => {
                    self.progress(&milestone, &words::progress(message, *done, *total));
                }
                _ => self.line(&ended(&milestone, self.paint)),
            }
        }
        if matches!(event, Event::Interrupted) {
            self.line(
                "Interrupted: nothing new is begun; what runs is finished. Interrupt again to stop waiting.",
            );
        }
    }

    fn finish(&mut self) -> Tally {
        let _ = self.out.flush();
        self.journey.tally()
    }
}

/// Writes the line of a milestone.
pub(super) fn ended(milestone: &Milestone, paint: Paint) -> String {
    let about = words::about(milestone);
    let (address, action) = (&milestone.address, milestone.action);
    match &milestone.news {
        News::Began => format!("{about}: {}…", words::doing(address, action)),
        News::Step(op) => format!("{about}: {}", words::step(op)),
        News::Progress { message, done, total } => {
            format!("{about}: {}", words::progress(message, *done, *total))
        }
        News::Warned(warning) => format!("{about}: {} {}", paint.yellow("warning:"), escape(warning)),
        News::Done { took, id } => {
            let id = id
                .as_ref()
                .map_or_else(String::new, |id| format!(" [id={}]", words::short_id(id)));
            let done = paint.green(words::done(address, action));
            format!("{about}: {done} in {}{id}", units::took(*took))
        }
        News::Failed { took, problem } => format!(
            "{about}: {} after {}: {}",
            paint.red("failed"),
            units::took(*took),
            escape(&problem.summary)
        ),
        News::Skipped { because: Some(other) } => {
            format!(
                "{about}: {}, because {} failed",
                paint.yellow("not done"),
                escape(&other.to_string())
            )
        }
        News::Skipped { because: None } => {
            format!(
                "{about}: {}, because the run was interrupted",
                paint.yellow("not done")
            )
        }
    }
}
