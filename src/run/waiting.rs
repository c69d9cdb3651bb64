//! Waiting for a container, and saying what it did instead.

use std::time::Duration;

use super::Stage;
use super::context::Context;
use super::explain;
use super::step::{Brought, Stop, is_end};
use crate::diagnostic::Diagnostic;
use crate::engine::{Condition, Logs, Waited};
use crate::plan::Step;

/// How many of its last log lines are shown of a container that ended.
const TAIL: u32 = 20;

/// How much of a job's output becomes an attribute.
const OUTPUT_LIMIT: usize = 1 << 20;

/// Waits; ends early when the run is interrupted, for waiting is no call in flight.
pub(super) async fn wait(
    context: &Context<'_>,
    step: &Step,
    condition: Condition,
    limit: Duration,
) -> Result<Brought, Stop> {
    let id = context.target(step);
    let waited = tokio::select! {
        biased;
        () = context.interrupt.reached(Stage::Draining) => return Err(Stop::Interrupted),
        waited = context.engine.wait(&id, condition, limit) => waited,
    };
    match waited {
        Err(error) => Err(explain::unreadable(&step.address, &error).into()),
        Ok(Waited::Met { exit_code: 0 }) => Ok(Brought {
            logs: output(context, &id, condition).await,
            ..Brought::default()
        }),
        Ok(Waited::Met { exit_code } | Waited::Ended { exit_code }) => {
            let tail = tail(context, &id).await;
            Err(ended(step, condition, exit_code, &tail).into())
        }
        Ok(Waited::Unhealthy { output }) => {
            let tail = tail(context, &id).await;
            Err(unhealthy(step, &output, &tail).into())
        }
        Ok(Waited::Gone) => Err(Diagnostic::error("The container is gone")
            .detail(format!(
                "{}: it was removed while it was waited for.",
                step.address
            ))
            .into()),
        Ok(Waited::TimedOut) => {
            let tail = tail(context, &id).await;
            Err(timed_out(step, condition, limit, &tail).into())
        }
    }
}

/// Lets time pass, unless the run is interrupted.
pub(super) async fn pause(context: &Context<'_>, length: Duration) -> Result<Brought, Stop> {
    tokio::select! {
        biased;
        () = context.interrupt.reached(Stage::Draining) => Err(Stop::Interrupted),
        () = tokio::time::sleep(length) => Ok(Brought::default()),
    }
}

/// Returns what a container that was to end has written.
async fn output(context: &Context<'_>, id: &str, condition: Condition) -> Option<Logs> {
    if !is_end(condition) {
        return None;
    }
    // What it wrote is an attribute and no condition: a log driver that cannot be read leaves it empty.
    let mut logs = context.engine.logs(id, None).await.ok()?;
    logs.stdout.truncate(OUTPUT_LIMIT);
    logs.stderr.truncate(OUTPUT_LIMIT);
    Some(logs)
}

async fn tail(context: &Context<'_>, id: &str) -> String {
    let Ok(logs) = context.engine.logs(id, Some(TAIL)).await else {
        return String::new();
    };
    let text = [logs.stdout, logs.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let last = lines.len().saturating_sub(TAIL as usize);
    lines[last..].join("\n")
}

fn ended(step: &Step, condition: Condition, exit_code: i64, tail: &str) -> Diagnostic {
    let address = &step.address;
    let (summary, what) = if is_end(condition) {
        (
            "The job failed",
            format!("{address} ended with exit code {exit_code}."),
        )
    } else {
        (
            "The container ended",
            format!("{address} is to run, but ended with exit code {exit_code}."),
        )
    };
    let help = match exit_code {
        125..=127 => "Look at `command` and `entrypoint`: the program was not found, or may not be run.",
        137 => "It was killed. If it needs more memory than `memory` allows, raise it.",
        _ => "",
    };
    Diagnostic::error(summary)
        .detail(with_log(&what, tail))
        .help(help)
}

fn unhealthy(step: &Step, output: &str, tail: &str) -> Diagnostic {
    let mut detail = format!("The health check of {} fails. It printed", step.address);
    match output.trim_end() {
        "" => detail.push_str(" nothing."),
        output => detail.push_str(&format!(":\n{output}")),
    }
    if !tail.is_empty() {
        detail.push_str(&format!("\nThe container wrote last:\n{tail}"));
    }
    Diagnostic::error("The container is unhealthy")
        .detail(detail)
        .help("Mend what the check looks at, or give it more time with `start_period` or `retries` in `healthcheck`.")
}

fn timed_out(step: &Step, condition: Condition, limit: Duration, tail: &str) -> Diagnostic {
    let (what, help) = match condition {
        Condition::Running { .. } => ("stay running", "Look at what it does when it starts."),
        Condition::Healthy => (
            "become healthy",
            "Raise `start_period`, `interval` or `retries` in `healthcheck` if it needs more time, or mend the check.",
        ),
        Condition::Exited => ("end", "Raise the job's `timeout` if it needs more time."),
    };
    let waited = format!(
        "{} was given {} to {what}, and did not.",
        step.address,
        seconds(limit)
    );
    Diagnostic::error("The wait took too long")
        .detail(with_log(&waited, tail))
        .help(help)
}

fn seconds(limit: Duration) -> String {
    match (limit.as_secs(), limit.subsec_millis()) {
        (seconds, 0) => format!("{seconds} s"),
        (0, millis) => format!("{millis} ms"),
        (seconds, millis) => format!("{seconds}.{millis:03} s"),
    }
}

fn with_log(what: &str, tail: &str) -> String {
    if tail.is_empty() {
        format!("{what} It wrote nothing.")
    } else {
        format!("{what} It wrote last:\n{tail}")
    }
}
