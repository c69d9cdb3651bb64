//! A run as JSON, one object a line, with the names of Terraform's machine-readable interface.

use std::io::Write;

use serde_json::{Map, Value as Json, json};

use super::{Clock, Journey, Milestone, News, Progress, Tally, lines, words};
use crate::address::{Address, ModulePath};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::plan::{Action, Cause, Change, Plan};
use crate::run::Event;
use crate::value::seal::{Sealed, is_sensitive};
use crate::view::Paint;
use crate::view::diagnostic_json::diagnostic;
use crate::view::escape::escape_json;
use crate::view::json_text::written;
use crate::view::plan::summary::{Counts, imports};
use crate::view::{plan_json, sealed};

/// Writes one JSON object a line.
pub struct JsonLines<W> {
    journey: Option<Journey>,
    out: W,
    clock: Clock,
    destroy: bool,
}

impl<W: Write + Send> JsonLines<W> {
    /// Starts with a line that says which program writes in which version.
    pub fn new(out: W, clock: Clock) -> Self {
        let mut lines = Self {
            journey: None,
            out,
            clock,
            destroy: false,
        };
        let version = env!("CARGO_PKG_VERSION");
        lines.info(
            "version",
            &format!("wharf {version}"),
            [("wharf", version.into()), ("ui", "1.2".into())],
        );
        lines
    }

    /// Writes what a plan is going to do, and follows its run from now on.
    pub fn plan(&mut self, plan: &Plan) {
        self.journey = Some(Journey::new(plan));
        self.destroy = plan.destroy;
        for change in &plan.changes {
            if let Some(action) = planned(change) {
                let mut body = json!({"resource": resource(&change.address), "action": action});
                if let Some(reason) = reason(&change.cause) {
                    body["reason"] = reason.into();
                }
                let message = crate::view::plan::heading(change, Paint::PLAIN);
                let message = message.trim_start_matches("# ").to_owned();
                self.info("planned_change", &message, [("change", body)]);
            }
        }
        let counts = Counts::of(&plan.changes);
        let changes = json!({
            "add": counts.add + counts.replace,
            "change": counts.change,
            "import": counts.import + counts.adopt,
            "remove": counts.destroy + counts.replace,
            "operation": "plan",
        });
        let message = format!(
            "Plan: {}{} to add, {} to change, {} to replace, {} to destroy.",
            imports(counts.import),
            counts.add,
            counts.change,
            counts.replace,
            counts.destroy
        );
        self.info("change_summary", &message, [("changes", changes)]);
    }

    /// Writes the counts of what was done.
    pub fn summary(&mut self, tally: &Tally) {
        let changes = json!({
            "add": tally.added + tally.replaced,
            "change": tally.changed,
            "import": tally.imported + tally.adopted,
            "remove": tally.destroyed + tally.replaced,
            "operation": if self.destroy { "destroy" } else { "apply" },
        });
        self.info(
            "change_summary",
            &words::summary(tally, self.destroy),
            [("changes", changes)],
        );
    }

    /// Writes the outputs: name, sealed value.
    pub fn outputs<'a>(&mut self, outputs: impl IntoIterator<Item = (&'a str, &'a Sealed)>) {
        let outputs: Map<String, Json> = outputs
            .into_iter()
            .map(|(name, value)| {
                let sensitive = sealed::marks(value, &is_sensitive).is_some();
                let mut entry = json!({ "sensitive": sensitive });
                if !sensitive {
                    entry["value"] = sealed::visible(value);
                }
                (name.to_owned(), entry)
            })
            .collect();
        let message = format!("Outputs: {}", outputs.len());
        self.info("outputs", &message, [("outputs", outputs.into())]);
    }

    /// Writes problems.
    pub fn diagnostics(&mut self, diagnostics: &Diagnostics) {
        for problem in &diagnostics.0 {
            let (level, word) = match problem.severity {
                Severity::Error => ("error", "Error"),
                Severity::Warning => ("warn", "Warning"),
            };
            let message = format!("{word}: {}", problem.summary);
            self.write(
                level,
                "diagnostic",
                &message,
                [("diagnostic", diagnostic(problem))],
            );
        }
    }

    fn milestone(&mut self, milestone: &Milestone) {
        let (address, action) = (&milestone.address, milestone.action);
        let mut hook = json!({"resource": resource(address), "action": hook_action(action)});
        let message = lines::ended(milestone, Paint::PLAIN);
        let (level, kind) = match &milestone.news {
            News::Began => ("info", "apply_start"),
            News::Step(op) => {
                hook["step"] = json!(op)["op"].clone();
                ("info", "apply_progress")
            }
            News::Progress { message, done, total } => {
                hook["message"] = message.clone().into();
                hook["done_bytes"] = json!(done);
                hook["total_bytes"] = json!(total);
                ("info", "apply_progress")
            }
            News::Warned(warning) => {
                let problem = Diagnostic::warning("The engine warns").detail(warning.clone());
                return self.diagnostics(&problem.into());
            }
            News::Done { took, id } => {
                if let Some(id) = id {
                    hook["id_key"] = "id".into();
                    hook["id_value"] = id.clone().into();
                }
                hook["elapsed_seconds"] = took.as_secs_f64().into();
                ("info", "apply_complete")
            }
            News::Failed { took, problem } => {
                hook["elapsed_seconds"] = took.as_secs_f64().into();
                self.write("error", "apply_errored", &message, [("hook", hook)]);
                return self.diagnostics(&Diagnostics::from((**problem).clone()));
            }
            News::Skipped { because } => {
                hook["because"] = json!(because);
                ("warn", "apply_skipped")
            }
        };
        self.write(level, kind, &message, [("hook", hook)]);
    }

    fn info<const N: usize>(&mut self, kind: &str, message: &str, extra: [(&str, Json); N]) {
        self.write("info", kind, message, extra);
    }

    /// Writes a line. That nobody reads it is no reason to stop the run.
    fn write<const N: usize>(&mut self, level: &str, kind: &str, message: &str, extra: [(&str, Json); N]) {
        let mut line = json!({
            "@level": level,
            "@message": message,
            "@module": "wharf.ui",
            "@timestamp": (self.clock)().to_string(),
            "type": kind,
        });
        for (name, value) in extra {
            line[name] = value;
        }
        let _ = writeln!(self.out, "{}", escape_json(&written(&line, false)));
    }
}

impl<W: Write + Send> Progress for JsonLines<W> {
    fn event(&mut self, event: &Event) {
        let milestones = self.journey.as_mut().map(|journey| journey.event(event));
        for milestone in milestones.unwrap_or_default() {
            self.milestone(&milestone);
        }
        if matches!(event, Event::Interrupted) {
            self.write(
                "warn",
                "log",
                "Interrupted: nothing new is begun; what runs is finished.",
                [],
            );
        }
    }

    fn finish(&mut self) -> Tally {
        let _ = self.out.flush();
        self.journey.as_ref().map(Journey::tally).unwrap_or_default()
    }
}

fn resource(address: &Address) -> Json {
    let within = Address {
        module: ModulePath::default(),
        ..address.clone()
    };
    json!({
        "addr": address.to_string(),
        "module": address.module.to_string(),
        "resource": within.to_string(),
        "implied_provider": "wharf",
        "resource_type": address.block.kind,
        "resource_name": address.block.name,
        "resource_key": address.key.as_ref().map(plan_json::index),
    })
}

fn hook_action(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Read => "read",
        Action::Update => "update",
        Action::Replace | Action::ReplaceStartFirst => "replace",
        Action::Delete => "delete",
        Action::Adopt => "import",
        Action::Forget => "remove",
        Action::NoOp | Action::Keep => "noop",
    }
}

fn planned(change: &Change) -> Option<&'static str> {
    Some(hook_action(change.action)).filter(|action| *action != "noop")
}

fn reason(cause: &Cause) -> Option<&'static str> {
    match cause {
        Cause::Differences { .. } | Cause::Fixed { .. } | Cause::Attached { .. } => Some("cannot_update"),
        Cause::Unfinished => Some("tainted"),
        Cause::Requested => Some("requested"),
        Cause::Triggered { .. } => Some("replace_triggered_by"),
        Cause::NotInConfiguration => Some("delete_because_no_resource_config"),
        Cause::None | Cause::New | Cause::Vanished | Cause::Destroy | Cause::Leftover => None,
    }
}
