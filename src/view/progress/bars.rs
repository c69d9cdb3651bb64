//! A run on a terminal: one line for each object that is at work, one for the whole.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::lines::ended;
use super::{Journey, Milestone, News, Progress, Tally, words};
use crate::address::Address;
use crate::plan::Plan;
use crate::run::Event;
use crate::view::Paint;

/// How often the lines move.
const TICK: Duration = Duration::from_millis(120);

/// Shows what is at work, and leaves a line for each object that ended.
pub struct Bars {
    journey: Journey,
    paint: Paint,
    screen: MultiProgress,
    whole: ProgressBar,
    running: BTreeMap<Address, ProgressBar>,
}

impl Bars {
    /// Starts to follow the run of a plan.
    pub fn new(plan: &Plan, target: ProgressDrawTarget, paint: Paint) -> Self {
        let journey = Journey::new(plan);
        let screen = MultiProgress::with_draw_target(target);
        let whole = screen.add(ProgressBar::new(journey.steps_left() as u64));
        whole.set_style(style("{bar:24} {pos}/{len} steps  {elapsed}"));
        whole.enable_steady_tick(TICK);
        Self {
            journey,
            paint,
            screen,
            whole,
            running: BTreeMap::new(),
        }
    }

    fn show(&mut self, milestone: &Milestone) {
        match &milestone.news {
            News::Began => {
                let bar = self.screen.insert_before(&self.whole, ProgressBar::new_spinner());
                bar.set_style(style("{spinner} {prefix}: {msg}  {elapsed}"));
                bar.set_prefix(words::about(milestone));
                bar.set_message(words::doing(&milestone.address, milestone.action));
                bar.enable_steady_tick(TICK);
                self.running.insert(milestone.address.clone(), bar);
            }
            News::Step(op) => self.message(&milestone.address, words::step(op)),
            News::Progress { message, done, total } => {
                self.message(&milestone.address, words::progress(message, *done, *total));
            }
            News::Warned(_) => self.leave(milestone),
            News::Done { .. } | News::Failed { .. } | News::Skipped { .. } => {
                if let Some(bar) = self.running.remove(&milestone.address) {
                    bar.finish_and_clear();
                    self.screen.remove(&bar);
                }
                self.leave(milestone);
            }
        }
    }

    fn message(&self, address: &Address, message: String) {
        if let Some(bar) = self.running.get(address) {
            bar.set_message(message);
        }
    }

    /// Leaves a line above the bars. That the terminal is gone is no reason to stop the run.
    fn leave(&self, milestone: &Milestone) {
        let _ = self.screen.println(ended(milestone, self.paint));
    }
}

impl Progress for Bars {
    fn event(&mut self, event: &Event) {
        for milestone in self.journey.event(event) {
            self.show(&milestone);
        }
        let length = self.whole.length().unwrap_or_default();
        self.whole
            .set_position(length.saturating_sub(self.journey.steps_left() as u64));
        if matches!(event, Event::Interrupted) {
            let _ = self.screen.println(
                "Interrupted: nothing new is begun; what runs is finished. Interrupt again to stop waiting.",
            );
        }
    }

    fn finish(&mut self) -> Tally {
        for bar in std::mem::take(&mut self.running).into_values() {
            bar.finish_and_clear();
        }
        self.whole.finish_and_clear();
        self.journey.tally()
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .progress_chars("━╸─")
}
