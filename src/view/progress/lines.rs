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

/// Seconds between two lines about the same object.
const PAUSE: i64 = 10;

/// Writes one line when an object begins and one when it ends, and now and then one in between.
pub struct Lines<W> {
    journey: Journey,
    out: W,
    paint: Paint,
    clock: Clock,
    running: BTreeMap<Address, Running>,
}

/// An object that is at work.
struct Running {
    doing: &'static str,
    began: jiff::Timestamp,
    /// When something was last said of it.
    told: jiff::Timestamp,
    /// What its present step does.
    what: String,
}

impl<W: Write + Send> Lines<W> {
    /// Starts to follow the run of a plan.
    pub fn new(plan: &Plan, out: W, paint: Paint, clock: Clock) -> Self {
        Self {
            journey: Journey::new(plan),
            out,
            paint,
            clock,
            running: BTreeMap::new(),
        }
    }

    /// Writes a line. That nobody reads it is no reason to stop the run.
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.out, "{text}");
    }

    fn began(&mut self, milestone: &Milestone) {
        let now = (self.clock)();
        let running = Running {
            doing: words::doing(&milestone.address, milestone.action),
            began: now,
            told: now,
            what: String::new(),
        };
        self.running.insert(milestone.address.clone(), running);
        self.line(&ended(milestone, self.paint));
    }

    fn does(&mut self, milestone: &Milestone, what: String) {
        if let Some(running) = self.running.get_mut(&milestone.address) {
            running.what = what;
        }
    }
}

impl<W: Write + Send> Progress for Lines<W> {
    fn event(&mut self, event: &Event) {
        for milestone in self.journey.event(event) {
            match &milestone.news {
                News::Began => self.began(&milestone),
                News::Step(op) => self.does(&milestone, words::step(op)),
                News::Progress { message, done, total } => {
                    self.does(&milestone, words::progress(message, *done, *total));
                }
                News::Warned(_) => self.line(&ended(&milestone, self.paint)),
                News::Done { .. } | News::Failed { .. } | News::Skipped { .. } => {
                    self.running.remove(&milestone.address);
                    self.line(&ended(&milestone, self.paint));
                }
            }
        }
        if matches!(event, Event::Interrupted) {
            self.line(
                "Interrupted: nothing new is begun; what runs is finished. Interrupt again to stop waiting.",
            );
        }
    }

    /// Says of what has been at work for long that it still is.
    fn tick(&mut self) {
        let now = (self.clock)();
        for (address, running) in &mut self.running {
            if now.as_second() - running.told.as_second() < PAUSE {
                continue;
            }
            running.told = now;
            let elapsed = now.as_second() - running.began.as_second();
            let address = address.to_string();
            let (about, doing) = (escape(&address), running.doing);
            let what = Some(running.what.as_str()).filter(|what| *what != doing);
            // That nobody reads it is no reason to stop the run.
            let _ = writeln!(
                self.out,
                "{about}: still {doing}… [{elapsed}s]{}",
                what.map(|what| format!(" {what}")).unwrap_or_default()
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
