//! What happened, in the past tense, as plain data: the only thing that views and journal see.

use std::time::Duration;

use petgraph::graph::NodeIndex;

use crate::address::Address;
use crate::diagnostic::Diagnostic;
use crate::plan::Step;

/// Something happened. Steps are known by their node in the schedule.
#[derive(Clone, Debug)]
pub enum Event {
    /// A step's call is about to be made.
    StepStarted {
        /// The node.
        node: NodeIndex,
        /// The step.
        step: Step,
    },
    /// A long call goes on.
    StepProgressed {
        /// The node.
        node: NodeIndex,
        /// The step.
        step: Step,
        /// What is going on. Text from outside.
        message: String,
        /// Bytes done, if known.
        done: Option<u64>,
        /// Bytes in all, if known.
        total: Option<u64>,
    },
    /// A step is done.
    StepFinished {
        /// The node.
        node: NodeIndex,
        /// The step.
        step: Step,
        /// How long it took.
        took: Duration,
        /// The engine's id of the object, if the step made one.
        id: Option<String>,
        /// The engine's warnings. Text from outside.
        warnings: Vec<String>,
    },
    /// A step failed.
    StepFailed {
        /// The node.
        node: NodeIndex,
        /// The step.
        step: Step,
        /// How long it took.
        took: Duration,
        /// Why.
        problem: Box<Diagnostic>,
    },
    /// A step was not begun.
    StepSkipped {
        /// The node.
        node: NodeIndex,
        /// The step.
        step: Step,
        /// The instance whose step failed; `None` if the run was interrupted.
        because: Option<Address>,
    },
    /// An interrupt was heard: nothing new is begun.
    Interrupted,
}
