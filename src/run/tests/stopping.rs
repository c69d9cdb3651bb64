//! An engine that stops the run that asks it, at one of its calls.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value as Json;

use crate::engine::memory::Memory;
use crate::engine::{
    About, Call, CallError, Condition, Engine, LabelFilter, Logs, ObjectKind, OnProgress, Read, Reply, Waited,
};
use crate::run::Interrupter;

/// How a run is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Somebody asks for it, once.
    Asked,
    /// It is killed before the engine hears of the call.
    KilledBefore,
    /// It is killed before it hears the answer.
    KilledAfter,
}

/// The in-memory engine, and what happens at one of the calls that are made through it.
pub(super) struct Stopping<'m> {
    pub(super) memory: &'m Memory,
    /// The number of the call, counted from 0.
    pub(super) at: usize,
    pub(super) how: Stop,
    pub(super) interrupter: Interrupter,
    calls: AtomicUsize,
    inspects: AtomicUsize,
}

impl<'m> Stopping<'m> {
    pub(super) fn new(memory: &'m Memory, at: usize, how: Stop, interrupter: Interrupter) -> Self {
        Self {
            memory,
            at,
            how,
            interrupter,
            calls: AtomicUsize::new(0),
            inspects: AtomicUsize::new(0),
        }
    }

    /// How often containers were read.
    pub(super) fn inspects(&self) -> usize {
        self.inspects.load(Ordering::SeqCst)
    }

    /// Tells whether the run came as far as the call.
    pub(super) fn came_so_far(&self) -> bool {
        self.calls.load(Ordering::SeqCst) > self.at
    }
}

impl Engine for Stopping<'_> {
    fn call<'a>(&'a self, call: Call, progress: OnProgress<'a>) -> BoxFuture<'a, Result<Reply, CallError>> {
        Box::pin(async move {
            let is_it = self.calls.fetch_add(1, Ordering::SeqCst) == self.at;
            if !is_it {
                return self.memory.call(call, progress).await;
            }
            let reply = match self.how {
                Stop::KilledBefore => None,
                Stop::Asked | Stop::KilledAfter => Some(self.memory.call(call, progress).await),
            };
            self.interrupter.interrupt();
            match (self.how, reply) {
                (Stop::Asked, Some(reply)) => reply,
                _ => {
                    self.interrupter.interrupt();
                    std::future::pending().await
                }
            }
        })
    }
}

impl Read for Stopping<'_> {
    fn about(&self) -> &About {
        self.memory.about()
    }

    fn list<'a>(
        &'a self,
        kind: ObjectKind,
        labels: &'a LabelFilter,
    ) -> BoxFuture<'a, Result<Vec<Json>, CallError>> {
        self.memory.list(kind, labels)
    }

    fn inspect<'a>(
        &'a self,
        kind: ObjectKind,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Json>, CallError>> {
        if kind == ObjectKind::Container {
            self.inspects.fetch_add(1, Ordering::SeqCst);
        }
        self.memory.inspect(kind, id)
    }

    fn logs<'a>(&'a self, container: &'a str, lines: Option<u32>) -> BoxFuture<'a, Result<Logs, CallError>> {
        self.memory.logs(container, lines)
    }

    fn archive<'a>(
        &'a self,
        container: &'a str,
        path: &'a str,
        limit: u64,
    ) -> BoxFuture<'a, Result<Option<Vec<u8>>, CallError>> {
        self.memory.archive(container, path, limit)
    }

    fn distribution<'a>(&'a self, image: &'a str) -> BoxFuture<'a, Result<Option<Json>, CallError>> {
        self.memory.distribution(image)
    }

    fn wait<'a>(
        &'a self,
        container: &'a str,
        condition: Condition,
        limit: Duration,
    ) -> BoxFuture<'a, Result<Waited, CallError>> {
        self.memory.wait(container, condition, limit)
    }
}
