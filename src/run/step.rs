//! One step: begun, carried out, told.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use petgraph::graph::NodeIndex;
use wharf_state::{Done, Intent};

use super::background::lock;
use super::bind::{self, Prepared};
use super::context::Context;
use super::resolve::{self, Resolved};
use super::{Event, explain, migration, record, redact, transfer, verify, waiting};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::engine::{Call, CallError, Certainty, Condition, Logs, Op, Progress, Reason, Reply, Target};
use crate::plan::{Change, Role, Step};

/// How a step ended.
pub(super) enum Ended {
    Done,
    Failed(Diagnostics),
    /// The run was interrupted before, or while the step only waited.
    NotBegun,
}

/// Why a step stopped short.
pub(super) enum Stop {
    Failed(Diagnostics),
    Interrupted,
}

impl From<Diagnostic> for Stop {
    fn from(problem: Diagnostic) -> Self {
        Self::Failed(problem.into())
    }
}

impl From<Diagnostics> for Stop {
    fn from(problems: Diagnostics) -> Self {
        Self::Failed(problems)
    }
}

/// What a step that is done brought.
#[derive(Default)]
pub(super) struct Brought {
    pub(super) id: Option<String>,
    pub(super) warnings: Vec<String>,
    /// What a container that was waited for had written.
    pub(super) logs: Option<Logs>,
}

/// Carries out a step. One that only `tidies` up completes nothing.
pub(super) async fn carry_out(context: &Context<'_>, node: NodeIndex, tidies: bool) -> Ended {
    let step = context.step(node);
    let waits = matches!(step.op, Op::Await { .. } | Op::Pause { .. } | Op::Gather);
    // What must not be left half-way waits for nobody.
    let presses = step.role != Role::Ordinary;
    let _permit = if waits || presses {
        None
    } else {
        context.permits.acquire().await.ok()
    };
    if context.is_stopping() && !presses {
        return Ended::NotBegun;
    }
    let begun = Instant::now();
    lock(&context.begun).insert(node);
    context.tell(Event::StepStarted {
        node,
        step: step.clone(),
    });
    let result = perform(context, node, step, tidies).await;
    lock(&context.begun).remove(&node);
    end(context, node, begun.elapsed(), result)
}

fn end(context: &Context<'_>, node: NodeIndex, took: Duration, result: Result<Brought, Stop>) -> Ended {
    let step = context.step(node).clone();
    match result {
        Ok(mut brought) => {
            redact::lines(context, &mut brought.warnings);
            context.tell(Event::StepFinished {
                node,
                step,
                took,
                id: brought.id,
                warnings: brought.warnings,
            });
            Ended::Done
        }
        Err(Stop::Interrupted) => Ended::NotBegun,
        Err(Stop::Failed(mut problems)) => {
            if problems.0.is_empty() {
                problems.push(Diagnostic::error("The step failed"));
            }
            redact::problems(context, &step, &mut problems);
            context.tell(Event::StepFailed {
                node,
                step,
                took,
                problem: Box::new(problems.0[0].clone()),
            });
            Ended::Failed(problems)
        }
    }
}

async fn perform(context: &Context<'_>, node: NodeIndex, step: &Step, tidies: bool) -> Result<Brought, Stop> {
    let change = context.change(step)?;
    let brought = match &step.op {
        Op::Await { condition, limit } => {
            let limit = Duration::from_millis(*limit);
            waiting::wait(context, step, *condition, limit).await?
        }
        Op::Pause { length } => waiting::pause(context, Duration::from_millis(*length)).await?,
        Op::Gather => Brought::default(),
        Op::Read { in_check } => match record::read_foreign(context, change).await {
            Ok(()) => Brought::default(),
            // Its check cannot be decided then, which stops nothing.
            Err(problems) if *in_check => Brought {
                warnings: problems.0.iter().map(|problem| problem.detail.clone()).collect(),
                ..Brought::default()
            },
            Err(problems) => return Err(problems.into()),
        },
        Op::SyncLocal => {
            let reply = transfer::local(context, change).await?;
            record::note_transfer(context, change, &reply);
            Brought::default()
        }
        _ => Box::pin(mutate(context, node, step, change)).await?,
    };
    if step.completes && !tidies && !matches!(step.op, Op::Read { .. }) {
        record::complete(context, change, brought.logs.as_ref()).await?;
    }
    if step.completes && !tidies {
        let outcomes = Arc::clone(&lock(&context.world).outcomes);
        context.binder.check(&change.address, &outcomes)?;
    }
    Ok(brought)
}

/// Makes a mutating call: intent before, outcome after, and in between no way to lose what happened.
async fn mutate(
    context: &Context<'_>,
    node: NodeIndex,
    step: &Step,
    change: &Change,
) -> Result<Brought, Stop> {
    let id = context.target(step);
    if step.role == Role::Undo {
        let attempt = resolve::Attempt {
            step,
            change,
            id: &id,
            makes: None,
            spec: None,
        };
        if resolve::is_so(context, &attempt).await {
            return Ok(Brought::default());
        }
    }
    let Some(Prepared {
        call,
        spec,
        context: _packed,
    }) = prepare(context, step, change, &id).await?
    else {
        return Ok(Brought::default());
    };
    let number = node.index() as u64;
    let is_foretold = lock(&context.foretold).remove(&node);
    if !is_foretold {
        let intent = intent(node, step, change, call.title(), &id);
        let followers = followers(context, node, change);
        context.scribe.intend(intent, followers).await?;
    }
    let attempt = resolve::Attempt {
        step,
        change,
        id: &id,
        makes: call.makes(),
        spec: spec.as_deref(),
    };
    let resolved = match send(context, node, step, call).await {
        Ok(reply) => Resolved::Done(reply),
        Err(error) => resolve::resolve(context, &attempt, error).await,
    };
    match resolved {
        Resolved::Done(reply) => {
            context.changed.store(true, Ordering::Relaxed);
            let made = reply.id.clone().unwrap_or_default();
            let recorded = record::done(context, &attempt, &reply).await;
            context.scribe.ended(number, Done::Done, made);
            if let Err(problem) = recorded {
                // The state may not know what was made: the journal, which knows its nonce, has to stay.
                context.unresolved.store(true, Ordering::Relaxed);
                return Err(problem.into());
            }
            if verify::is_verified(&step.op) && !is_pressing(step) && !is_fresh(context, step) {
                verify::verify(context, &attempt, &reply.warnings).await?;
            }
            if let Some(problem) = explain::dropped(&attempt, &reply.warnings) {
                return Err(problem.into());
            }
            Ok(Brought {
                id: reply.id,
                warnings: reply.warnings,
                logs: None,
            })
        }
        Resolved::NotDone(error) => {
            context.scribe.ended(number, Done::NotDone, String::new());
            Err(explain::failed(context, &attempt, &error).await.into())
        }
        Resolved::Unknown(error) => {
            context.scribe.ended(number, Done::Unknown, String::new());
            context.unresolved.store(true, Ordering::Relaxed);
            Err(explain::unknown(&attempt, &error).into())
        }
    }
}

fn intent(node: NodeIndex, step: &Step, change: &Change, operation: String, id: &str) -> Intent {
    Intent {
        step: node.index() as u64,
        address: step.address.to_string(),
        operation,
        nonce: change.nonce.clone(),
        id: id.to_owned(),
    }
}

/// Returns the intents of the urgent steps that follow an urgent one: between them there is no time to wait for the disk.
fn followers(context: &Context<'_>, node: NodeIndex, change: &Change) -> Vec<Intent> {
    let step = context.step(node);
    if step.role != Role::Urgent {
        return Vec::new();
    }
    // They stand in one chain with it.
    let graph = &context.plan.schedule.graph;
    let (mut seen, mut next) = (BTreeSet::new(), vec![node]);
    while let Some(node) = next.pop() {
        let own = graph
            .neighbors(node)
            .filter(|other| graph[*other].address == step.address);
        next.extend(own.filter(|other| seen.insert(*other)));
    }
    seen.retain(|other| graph[*other].role == Role::Urgent);
    let urgent: Vec<NodeIndex> = seen.into_iter().collect();
    lock(&context.foretold).extend(&urgent);
    let intents = urgent.into_iter().map(|other| {
        let step = context.step(other);
        let id = context.target(step);
        intent(other, step, change, "hand over".to_owned(), &id)
    });
    intents.collect()
}

/// Tells whether nothing serves until the next step is done: a container that has not left its network will not let that succeed.
fn is_pressing(step: &Step) -> bool {
    step.role == Role::Urgent && matches!(step.op, Op::NetworkDisconnect { .. })
}

/// Tells whether a container was made by this run and not started yet: it has what it was made with, and is looked at when it runs.
fn is_fresh(context: &Context<'_>, step: &Step) -> bool {
    step.target == Target::New && !lock(&context.world).started.contains(&step.address)
}

/// Turns a step into a call; `None` if nothing is left to be done.
async fn prepare(
    context: &Context<'_>,
    step: &Step,
    change: &Change,
    id: &str,
) -> Result<Option<Prepared>, Diagnostics> {
    if step.op == Op::ReceiverImport {
        let import = transfer::import(context, &step.address).await?;
        return Ok(import.map(|call| Prepared {
            call,
            spec: None,
            context: None,
        }));
    }
    if let Op::CopierCreate { from, .. } = &step.op {
        migration::check_source(context, change, from).await?;
    }
    bind::call(context, step, change, id).await.map(Some)
}

/// Sends a call. One that takes too long has an unknown end: what the engine does is not cancelled.
async fn send(context: &Context<'_>, node: NodeIndex, step: &Step, call: Call) -> Result<Reply, CallError> {
    let limit = has_limit(&call).then_some(context.options.call_limit);
    let title = call.title();
    let shared = Arc::new(step.clone());
    let progress = |progress: Progress| {
        context.tell(Event::StepProgressed {
            node,
            step: Step::clone(&shared),
            message: progress.message,
            done: progress.done,
            total: progress.total,
        });
    };
    let answer = context.engine.call(call, &progress);
    let Some(limit) = limit else {
        return answer.await;
    };
    match tokio::time::timeout(limit, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(CallError {
            call: title,
            reason: Reason::TimedOut,
            certainty: Certainty::Unknown,
            status: None,
            message: format!("no answer within {} s", limit.as_secs()),
        }),
    }
}

/// Pulls, builds and transfers take what they take; a stop waits for the container's own grace time.
fn has_limit(call: &Call) -> bool {
    !matches!(
        call,
        Call::ImagePull { .. }
            | Call::ImageBuild(_)
            | Call::ImageImport { .. }
            | Call::Converse { .. }
            | Call::VolumeCopy { .. }
            | Call::ContainerStop { .. }
            | Call::ContainerRestart { .. }
    )
}

/// Tells whether a wait is for a container's end, so that what it wrote is a result.
pub(super) fn is_end(condition: Condition) -> bool {
    condition == Condition::Exited
}
