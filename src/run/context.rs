//! Everything that the steps of one run share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use petgraph::graph::NodeIndex;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio::sync::{OnceCell, Semaphore};
use wharf_state::State;

use super::background::{Background, Held, Saver, Scribe, SharedState, lock};
use super::world::World;
use super::{Bind, Event, Interrupt, Options, Run, RunReport, Store};
use crate::address::Address;
use crate::diagnostic::Diagnostic;
use crate::engine::{Engine, Op, Target};
use crate::kinds::{Kind, Ownership};
use crate::plan::{Cause, Change, Plan, Step};
use crate::sync::ReceiverImage;

pub(super) struct Context<'a> {
    pub(super) plan: &'a Plan,
    pub(super) changes: BTreeMap<&'a Address, &'a Change>,
    pub(super) binder: &'a dyn Bind,
    pub(super) engine: &'a dyn Engine,
    pub(super) options: &'a Options,
    pub(super) interrupt: Interrupt,
    pub(super) permits: Semaphore,
    pub(super) world: Mutex<World>,
    pub(super) state: SharedState,
    pub(super) scribe: Scribe,
    pub(super) saver: Saver,
    pub(super) trouble: watch::Receiver<Option<Diagnostic>>,
    /// The steps that are being carried out.
    pub(super) begun: Mutex<BTreeSet<NodeIndex>>,
    /// Steps that are to follow at once, and whose intents are on the disk already.
    pub(super) foretold: Mutex<BTreeSet<NodeIndex>>,
    /// Whether the end of any call is not known.
    pub(super) unresolved: AtomicBool,
    /// Whether anything was changed, or may have been.
    pub(super) changed: AtomicBool,
    /// The receiver's image, packed when it is first needed.
    pub(super) receiver: OnceCell<ReceiverImage>,
    events: UnboundedSender<Event>,
}

impl<'a> Context<'a> {
    pub(super) fn new(run: Run<'a>, background: Background) -> Self {
        Self {
            plan: run.plan,
            changes: by_address(run.plan),
            binder: run.binder,
            engine: run.engine,
            options: run.options,
            interrupt: run.interrupt,
            permits: Semaphore::new(run.options.parallelism.max(1)),
            world: Mutex::new(World::new(run.inputs)),
            begun: Mutex::default(),
            foretold: Mutex::default(),
            unresolved: AtomicBool::new(false),
            changed: AtomicBool::new(false),
            receiver: OnceCell::new(),
            state: background.state,
            scribe: background.scribe,
            saver: background.saver,
            trouble: background.trouble,
            events: run.events,
        }
    }

    /// Tells whether nothing new is to be begun: after an interrupt, or when state or journal cannot be written.
    pub(super) fn is_stopping(&self) -> bool {
        self.interrupt.is_heard() || self.trouble.borrow().is_some()
    }

    /// Changes the state, and has it written soon if `change` says that it did.
    pub(super) fn remember(&self, change: impl FnOnce(&mut State) -> bool) {
        let changed = change(&mut lock(&self.state));
        if changed {
            self.saver.changed();
        }
    }

    /// Tells what happened.
    pub(super) fn tell(&self, event: Event) {
        // A view that has gone away changes nothing of the run.
        let _ = self.events.send(event);
    }

    pub(super) fn step(&self, node: NodeIndex) -> &'a Step {
        &self.plan.schedule.graph[node]
    }

    /// Returns the change that a step belongs to.
    pub(super) fn change(&self, step: &Step) -> Result<&'a Change, Diagnostic> {
        self.changes
            .get(&step.address)
            .copied()
            .ok_or_else(|| broken_plan(format!("It has a step for {} but no change.", step.address)))
    }

    pub(super) fn kind(&self, address: &Address) -> Result<&'static dyn Kind, Diagnostic> {
        (self.options.kinds)(address.kind())
            .ok_or_else(|| broken_plan(format!("No kind is called `{}`.", address.kind())))
    }

    pub(super) fn ownership(&self, change: &Change) -> Ownership {
        Ownership {
            project: self.plan.project.clone(),
            workspace: self.plan.workspace.clone(),
            address: change.address.clone(),
            nonce: change.nonce.clone(),
        }
    }

    /// Returns the id of a step's object; empty if the step is the one that makes it.
    pub(super) fn target(&self, step: &Step) -> String {
        match &step.target {
            Target::Existing(id) => id.clone(),
            Target::New if step.op == Op::WarmUpRemove => {
                let world = lock(&self.world);
                world.warm_ups.get(&step.address).cloned().unwrap_or_default()
            }
            Target::New => {
                let world = lock(&self.world);
                let made = world
                    .receivers
                    .get(&step.address)
                    .or_else(|| world.made.get(&step.address));
                made.cloned().unwrap_or_default()
            }
        }
    }

    /// Writes what is still to be written and puts the store together again.
    pub(super) async fn finish(self, mut report: RunReport, held: Held) -> (RunReport, Store) {
        // Both writers end when they have written what was handed to them.
        drop((self.saver, self.scribe));
        report.outcomes = Arc::unwrap_or_clone(std::mem::take(&mut lock(&self.world).outcomes));
        report.unresolved |= self.unresolved.into_inner();
        report.changed = self.changed.into_inner() || report.unresolved;
        let store = held.reassemble(&self.state).await;
        report.problems.extend(self.trouble.borrow().clone());
        (report, store)
    }
}

/// Files changes by address. A leftover shares its address with the change that matters.
fn by_address(plan: &Plan) -> BTreeMap<&Address, &Change> {
    let mut changes = BTreeMap::new();
    for change in &plan.changes {
        if change.cause == Cause::Leftover {
            changes.entry(&change.address).or_insert(change);
        } else {
            changes.insert(&change.address, change);
        }
    }
    changes
}

/// Says that a plan does not hold together: it was damaged or tampered with.
pub(super) fn broken_plan(detail: String) -> Diagnostic {
    Diagnostic::error("The plan does not hold together")
        .detail(detail)
        .help("Make a new plan.")
}
