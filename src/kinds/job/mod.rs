//! Jobs: containers that run to their end, and stay to be looked at.

mod fields;

use serde_json::Value as Json;

use super::{
    Binding, Cost, Decision, Field, Found, Kind, Live, Naming, Ops, Problem, Spec, Status, naming, process,
    spec,
};
use crate::address::Address;
use crate::engine::{Call, Condition, ObjectKind, Op, Target};
use crate::value::{Attributes, Value};

/// The kind.
pub(super) struct Job;

const DEFAULT_TIMEOUT: u64 = 3_600_000;

impl Kind for Job {
    fn name(&self) -> &'static str {
        "job"
    }

    fn doc(&self) -> &'static str {
        "A program that runs to its end once, and again when anything of it changes. An exit code other than 0 is an error."
    }

    fn fields(&self) -> &'static [Field] {
        fields::FIELDS
    }

    fn object(&self) -> Option<ObjectKind> {
        Some(ObjectKind::Container)
    }

    fn default_name(&self, naming: &Naming, address: &Address) -> Option<String> {
        Some(naming::derived(naming, address))
    }

    fn canonical(&self, spec: &mut Spec, root: &std::path::Path) -> Vec<Problem> {
        process::canonical(spec, root)
    }

    /// A job that has run is done, also when somebody has cleaned its container away.
    fn survives_removal(&self) -> bool {
        true
    }

    fn check(&self, spec: &Spec) -> Vec<Problem> {
        process::check(spec)
    }

    fn read(&self, found: &Found<'_>) -> Live {
        let mut reading = process::read(found);
        if let Status::Exited(code) = reading.status {
            reading.computed.push(("exit_code", Value::from(code)));
        }
        if let Some(logs) = found.logs {
            let text = |bytes: &[u8]| Value::from(String::from_utf8_lossy(bytes).into_owned());
            reading.computed.push(("stdout", text(&logs.stdout)));
            reading.computed.push(("stderr", text(&logs.stderr)));
        }
        // A job that has ended is in no network any more.
        let computed = reading
            .computed
            .into_iter()
            .filter(|(name, _)| fields::FIELDS.iter().any(|field| field.name == *name))
            .collect();
        // One that is there was not removed.
        reading.spec.insert("auto_remove".into(), Value::from(false));
        let attributes = spec::attributes(fields::FIELDS, &reading.spec, computed);
        super::reading::hide(&mut reading.spec, fields::FIELDS, found.inspect);
        Live {
            name: reading.name,
            attributes,
            spec: reading.spec,
            status: reading.status,
        }
    }

    fn foretell(&self, spec: &Spec, name: &str) -> Attributes {
        let known = [
            ("name", Value::from(name)),
            // What depends on a job runs only if it ended well.
            ("exit_code", Value::from(0)),
        ];
        let mut foretold = spec::foretell(fields::FIELDS, spec, &known);
        // What a job writes is made from what it is given.
        let secret = spec.values().any(Value::is_sensitive_anywhere);
        for name in ["stdout", "stderr"] {
            if let Some(value) = foretold.get_mut(name) {
                *value = value.clone().sensitive_if(secret);
            }
        }
        foretold
    }

    fn ops(&self, decision: &Decision<'_>) -> Ops {
        let gates = vec![Op::Await {
            condition: Condition::Exited,
            limit: spec::whole(decision.desired, "timeout").map_or(DEFAULT_TIMEOUT, process::milliseconds),
        }];
        let removed = spec::flag(decision.desired, "auto_remove") == Some(true);
        let remove = |target: Target| removed.then_some((target, Op::ContainerRemove));
        match decision.live {
            None => {
                let mut ops = process::create(decision, true, gates);
                ops.last.extend(remove(Target::New));
                ops
            }
            Some((id, live)) if decision.is_delete() => process::delete(id, live),
            Some((id, live)) if decision.cost() >= Some(Cost::Replace) => {
                let mut ops = process::replace(decision, id, live, true, gates);
                ops.last.extend(remove(Target::New));
                ops
            }
            Some((id, live)) => {
                let waits = !matches!(live.status, Status::Exited(_));
                let mut ops = process::update(decision, id, live, waits, gates);
                ops.last.extend(remove(Target::Existing(id.to_owned())));
                ops
            }
        }
    }

    fn call(&self, op: &Op, binding: &Binding<'_>) -> Result<Call, String> {
        process::call("job", op, binding, without_healthcheck)
    }
}

/// A health check of the image has nothing to say of what ends anyway.
fn without_healthcheck(_: &Spec, body: &mut Json) {
    body["Healthcheck"] = serde_json::json!({"Test": ["NONE"]});
}

#[cfg(test)]
mod tests;
