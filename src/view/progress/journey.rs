//! Steps put together to what happens with each object.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::address::Address;
use crate::diagnostic::Diagnostic;
use crate::engine::Op;
use crate::plan::{Action, Plan, Step};
use crate::run::Event;
use crate::view::plan::summary::Counts;

/// Something worth telling about one object.
#[derive(Clone, Debug)]
pub struct Milestone {
    /// The object.
    pub address: Address,
    /// What is done with it.
    pub action: Action,
    /// What happened.
    pub news: News,
}

/// What happened to an object.
#[derive(Clone, Debug)]
pub enum News {
    /// Its first step began.
    Began,
    /// One of its steps began.
    Step(Op),
    /// A long step goes on.
    Progress {
        /// What is going on. Text from outside.
        message: String,
        /// Bytes done, if known.
        done: Option<u64>,
        /// Bytes in all, if known.
        total: Option<u64>,
    },
    /// The engine warned. Text from outside.
    Warned(String),
    /// Its last step is done.
    Done {
        /// How long its steps took together.
        took: Duration,
        /// The engine's id, if it was made.
        id: Option<String>,
    },
    /// One of its steps failed.
    Failed {
        /// How long its steps took together.
        took: Duration,
        /// Why.
        problem: Box<Diagnostic>,
    },
    /// It was not begun, or not ended.
    Skipped {
        /// The object whose step failed; `None` if the run was interrupted.
        because: Option<Address>,
    },
}

/// How many objects came to which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Made.
    pub added: usize,
    /// Changed in place.
    pub changed: usize,
    /// Replaced.
    pub replaced: usize,
    /// Taken away.
    pub destroyed: usize,
    /// Taken over because that was asked for.
    pub imported: usize,
    /// Recognised as ours.
    pub adopted: usize,
    /// Forgotten.
    pub forgotten: usize,
    /// Failed.
    pub failed: usize,
    /// Not begun, or not ended, because of a failure or an interrupt.
    pub skipped: usize,
    /// Whether the run was interrupted.
    pub interrupted: bool,
}

impl Tally {
    /// Tells whether anything was done.
    pub fn is_anything_done(&self) -> bool {
        self.added + self.changed + self.replaced + self.destroyed + self.imported + self.adopted > 0
    }
}

/// Follows a run.
pub struct Journey {
    objects: BTreeMap<Address, Object>,
    tally: Tally,
}

struct Object {
    action: Action,
    steps_left: usize,
    took: Duration,
    id: Option<String>,
    began: bool,
    ended: bool,
}

impl Journey {
    /// Starts to follow the run of a plan.
    pub fn new(plan: &Plan) -> Self {
        let mut objects: BTreeMap<Address, Object> = BTreeMap::new();
        for step in plan.schedule.graph.node_weights() {
            objects
                .entry(step.address.clone())
                .or_insert_with(|| Object {
                    action: action_of(plan, &step.address),
                    steps_left: 0,
                    took: Duration::ZERO,
                    id: None,
                    began: false,
                    ended: false,
                })
                .steps_left += 1;
        }
        // What needs no step is done with the state.
        let without_steps = plan
            .changes
            .iter()
            .filter(|it| !objects.contains_key(&it.address));
        let counts = Counts::of(without_steps);
        let tally = Tally {
            imported: Counts::of(&plan.changes).import,
            adopted: counts.adopt,
            forgotten: counts.forget,
            ..Tally::default()
        };
        Self { objects, tally }
    }

    /// Returns how many steps there are in all objects that have not ended.
    pub fn steps_left(&self) -> usize {
        self.objects.values().map(|object| object.steps_left).sum()
    }

    /// Returns what was done until now.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Takes an event and returns what is worth telling of it.
    pub fn event(&mut self, event: &Event) -> Vec<Milestone> {
        match event {
            Event::StepStarted { step, .. } => self.started(step),
            Event::StepProgressed {
                step,
                message,
                done,
                total,
                ..
            } => self.tell(
                step,
                vec![News::Progress {
                    message: message.clone(),
                    done: *done,
                    total: *total,
                }],
            ),
            Event::StepFinished {
                step,
                took,
                id,
                warnings,
                ..
            } => self.finished(step, *took, id.as_ref(), warnings),
            Event::StepFailed {
                step, took, problem, ..
            } => self.failed(step, *took, problem),
            Event::StepSkipped { step, because, .. } => self.skipped(step, because.as_ref()),
            Event::Interrupted => {
                self.tally.interrupted = true;
                Vec::new()
            }
        }
    }

    fn started(&mut self, step: &Step) -> Vec<Milestone> {
        let Some(object) = self.objects.get_mut(&step.address) else {
            return Vec::new();
        };
        let mut news = Vec::new();
        if !object.began {
            object.began = true;
            news.push(News::Began);
        }
        news.push(News::Step(step.op.clone()));
        self.tell(step, news)
    }

    fn finished(
        &mut self,
        step: &Step,
        took: Duration,
        id: Option<&String>,
        warnings: &[String],
    ) -> Vec<Milestone> {
        let Some(object) = self.objects.get_mut(&step.address) else {
            return Vec::new();
        };
        let mut news: Vec<News> = warnings.iter().cloned().map(News::Warned).collect();
        object.took += took;
        object.id = id.or(object.id.as_ref()).cloned();
        object.steps_left = object.steps_left.saturating_sub(1);
        if object.steps_left == 0 && !object.ended {
            object.ended = true;
            news.push(News::Done {
                took: object.took,
                id: object.id.clone(),
            });
            let action = object.action;
            self.count(action);
        }
        self.tell(step, news)
    }

    fn failed(&mut self, step: &Step, took: Duration, problem: &Diagnostic) -> Vec<Milestone> {
        let Some(object) = self.objects.get_mut(&step.address) else {
            return Vec::new();
        };
        object.took += took;
        object.steps_left = object.steps_left.saturating_sub(1);
        let news = News::Failed {
            took: object.took,
            problem: Box::new(problem.clone()),
        };
        if !object.ended {
            object.ended = true;
            self.tally.failed += 1;
        }
        self.tell(step, vec![news])
    }

    fn skipped(&mut self, step: &Step, because: Option<&Address>) -> Vec<Milestone> {
        let Some(object) = self.objects.get_mut(&step.address) else {
            return Vec::new();
        };
        object.steps_left = object.steps_left.saturating_sub(1);
        if object.ended {
            return Vec::new();
        }
        object.ended = true;
        self.tally.skipped += 1;
        self.tell(
            step,
            vec![News::Skipped {
                because: because.cloned(),
            }],
        )
    }

    fn count(&mut self, action: Action) {
        let tally = &mut self.tally;
        match action {
            Action::Create => tally.added += 1,
            Action::Update => tally.changed += 1,
            Action::Replace | Action::ReplaceStartFirst => tally.replaced += 1,
            Action::Delete => tally.destroyed += 1,
            Action::Adopt => tally.adopted += 1,
            Action::NoOp | Action::Read | Action::Forget | Action::Keep => {}
        }
    }

    fn tell(&self, step: &Step, news: Vec<News>) -> Vec<Milestone> {
        let Some(object) = self.objects.get(&step.address) else {
            return Vec::new();
        };
        news.into_iter()
            .map(|news| Milestone {
                address: step.address.clone(),
                action: object.action,
                news,
            })
            .collect()
    }
}

fn action_of(plan: &Plan, address: &Address) -> Action {
    // An address may have a leftover to take away besides its own change: its own stands for both.
    plan.changes
        .iter()
        .filter(|change| change.address == *address)
        .map(|change| change.action)
        .find(|action| *action != Action::NoOp)
        .unwrap_or(Action::NoOp)
}
