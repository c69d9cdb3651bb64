//! Counting down: a step is begun when all that it waits for is done, and skipped when any of that is not.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use petgraph::Direction;
use petgraph::graph::NodeIndex;
use wharf_state::Done;

use super::background::lock;
use super::context::Context;
use super::step::{self, Ended};
use super::{Event, Failure, RunReport, Stage, settle};
use crate::address::Address;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::engine::Op;
use crate::plan::Role;

/// Why a step is not begun: the instance whose step failed, or `None` for an interrupt.
type Because = Option<Address>;

struct Walk<'a, 'b> {
    context: &'b Context<'a>,
    /// How many of the steps before it have not ended, by node.
    waiting: Vec<usize>,
    /// Why it must not be begun, by node.
    barred: Vec<Option<Because>>,
    ended: Vec<bool>,
    /// The instances for which anything was done or tried.
    touched: BTreeSet<Address>,
    /// Those whose urgent steps have begun.
    pressed: BTreeSet<Address>,
    running: FuturesUnordered<BoxFuture<'b, (NodeIndex, Ended)>>,
    report: RunReport,
}

/// Walks through the schedule.
pub(super) async fn walk(context: &Context<'_>) -> RunReport {
    settle::known(context).await;
    let mut walk = Walk::new(context);
    walk.begin();
    walk.go().await;
    let mut report = walk.report;
    report.interrupted = context.interrupt.is_heard();
    if report.succeeded() {
        report.problems.extend(settle::rest(context).await);
    }
    report
}

impl<'a, 'b> Walk<'a, 'b> {
    fn new(context: &'b Context<'a>) -> Self {
        let graph = &context.plan.schedule.graph;
        let before = |node| graph.neighbors_directed(node, Direction::Incoming).count();
        Self {
            context,
            waiting: graph.node_indices().map(before).collect(),
            barred: vec![None; graph.node_count()],
            ended: vec![false; graph.node_count()],
            touched: BTreeSet::new(),
            pressed: BTreeSet::new(),
            running: FuturesUnordered::new(),
            report: RunReport::default(),
        }
    }

    fn begin(&mut self) {
        for node in self.context.plan.schedule.graph.node_indices() {
            if self.waiting[node.index()] == 0 && !self.ended[node.index()] {
                self.reach(node);
            }
        }
    }

    async fn go(&mut self) {
        let interrupt = &self.context.interrupt;
        let mut heard = false;
        while !self.running.is_empty() {
            tokio::select! {
                biased;
                () = interrupt.reached(Stage::Abandoning) => return self.abandon(),
                () = interrupt.reached(Stage::Draining), if !heard => {
                    heard = true;
                    self.context.tell(Event::Interrupted);
                }
                ended = self.running.next() => {
                    if let Some((node, ended)) = ended {
                        self.end(node, ended);
                    }
                }
            }
        }
    }

    /// A step whose predecessors have all ended is begun or skipped.
    fn reach(&mut self, node: NodeIndex) {
        if self.context.step(node).role == Role::Undo && !self.undoes(node) {
            let because = self.barred[node.index()].clone();
            return self.pass_on(node, because.as_ref());
        }
        let tidies = self.tidies(node);
        match &self.barred[node.index()] {
            Some(because) if !tidies => {
                let because = because.clone();
                self.skip(node, &because);
            }
            _ if self.context.is_stopping() && !self.presses(node) => self.skip(node, &None),
            _ => {
                let context = self.context;
                if context.step(node).role == Role::Urgent {
                    self.pressed.insert(context.step(node).address.clone());
                }
                self.running.push(Box::pin(async move {
                    (node, step::carry_out(context, node, tidies).await)
                }));
            }
        }
    }

    /// Tells whether something failed that a step puts right: not where nothing was done, and not after an interrupt, when what is
    /// there is left to the next run.
    fn undoes(&self, node: NodeIndex) -> bool {
        let failed = matches!(self.barred[node.index()], Some(Some(_)));
        failed && self.touched.contains(&self.context.step(node).address)
    }

    /// Tells whether a step is begun also after an interrupt, as long as it can be recorded: what was there is being put back, or
    /// nothing serves until it is done.
    fn presses(&self, node: NodeIndex) -> bool {
        let step = self.context.step(node);
        let goes_on = match step.role {
            Role::Ordinary => false,
            Role::Urgent => self.pressed.contains(&step.address),
            Role::Undo => true,
        };
        goes_on && self.context.trouble.borrow().is_none()
    }

    /// A receiver is taken away also when the transfer failed that it was made for, and a predecessor is put back.
    fn tidies(&self, node: NodeIndex) -> bool {
        let step = self.context.step(node);
        if step.role == Role::Undo {
            return true;
        }
        matches!(self.barred[node.index()], Some(Some(_)))
            && step.op == Op::ReceiverRemove
            && lock(&self.context.world).receivers.contains_key(&step.address)
    }

    fn end(&mut self, node: NodeIndex, ended: Ended) {
        let is_apart = matches!(
            self.context.step(node).op,
            Op::Pause { .. } | Op::Gather | Op::ImagePull { .. }
        );
        if !matches!(ended, Ended::NotBegun) && !is_apart {
            self.touched.insert(self.context.step(node).address.clone());
        }
        match ended {
            Ended::NotBegun => self.skip(node, &None),
            Ended::Done => {
                self.report.done += 1;
                // What only tidied up does not help those that wait for what failed before.
                let because = self.barred[node.index()].clone();
                self.pass_on(node, because.as_ref());
            }
            Ended::Failed(problems) => {
                let address = self.context.step(node).address.clone();
                self.report.failed.push(Failure {
                    address: address.clone(),
                    problems,
                });
                self.pass_on(node, Some(&Some(address)));
            }
        }
    }

    fn skip(&mut self, node: NodeIndex, because: &Because) {
        self.report.skipped += 1;
        let was_intended = lock(&self.context.foretold).remove(&node);
        if was_intended {
            let number = node.index() as u64;
            self.context.scribe.ended(number, Done::NotDone, String::new());
        }
        self.context.tell(Event::StepSkipped {
            node,
            step: self.context.step(node).clone(),
            because: because.clone(),
        });
        self.pass_on(node, Some(because));
    }

    /// Counts down those that wait for a step that has ended.
    fn pass_on(&mut self, node: NodeIndex, because: Option<&Because>) {
        self.ended[node.index()] = true;
        let graph = &self.context.plan.schedule.graph;
        for next in graph.neighbors(node) {
            let at = next.index();
            if self.barred[at].is_none() {
                self.barred[at] = because.cloned();
            }
            self.waiting[at] -= 1;
            if self.waiting[at] == 0 {
                self.reach(next);
            }
        }
    }

    /// Lets go of everything: what was begun ends unseen, and the journal knows of it.
    fn abandon(&mut self) {
        self.running.clear();
        let begun = std::mem::take(&mut *lock(&self.context.begun));
        for node in self.context.plan.schedule.graph.node_indices() {
            if self.ended[node.index()] {
                continue;
            }
            let step = self.context.step(node);
            if step.role == Role::Undo && !begun.contains(&node) {
                continue;
            }
            if begun.contains(&node)
                && !matches!(
                    step.op,
                    Op::Await { .. } | Op::Pause { .. } | Op::Gather | Op::Read { .. }
                )
            {
                self.report.unresolved = true;
                self.report.failed.push(Failure {
                    address: step.address.clone(),
                    problems: Diagnostics::from(abandoned(&step.address)),
                });
            } else {
                self.report.skipped += 1;
            }
            self.context.tell(Event::StepSkipped {
                node,
                step: step.clone(),
                because: None,
            });
        }
    }
}

fn abandoned(address: &Address) -> Diagnostic {
    Diagnostic::error("The end of a step is not known")
        .detail(format!(
            "The run was interrupted while a call for {address} was in flight. The engine may still carry it out."
        ))
        .help("Plan again: the journal knows what was begun, and the object is looked up.")
}
