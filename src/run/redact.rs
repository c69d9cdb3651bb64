//! Text that came back from the engine, such as an error or a container's last words → the same without the secrets that wharf gave it.

use super::background::lock;
use super::bind;
use super::context::Context;
use crate::diagnostic::Diagnostics;
use crate::plan::Step;
use crate::value::hide::{hide, secrets};

/// Takes the secrets of all objects so far out of problems of a step.
pub(super) fn problems(context: &Context<'_>, step: &Step, problems: &mut Diagnostics) {
    // What a step waits for may have got its secrets in an earlier run: then nothing has asked for its values yet.
    if let Ok(change) = context.change(step)
        && change.after.is_object()
    {
        let _ = bind::spec(context, change);
    }
    let secrets = {
        let world = lock(&context.world);
        secrets(world.specs.values().flat_map(|spec| spec.values()))
    };
    for problem in &mut problems.0 {
        problem.detail = hide(&problem.detail, &secrets);
    }
}

/// Takes the secrets of all objects so far out of lines.
pub(super) fn lines(context: &Context<'_>, lines: &mut [String]) {
    if lines.is_empty() {
        return;
    }
    let secrets = {
        let world = lock(&context.world);
        secrets(world.specs.values().flat_map(|spec| spec.values()))
    };
    for line in lines {
        *line = hide(line, &secrets);
    }
}
