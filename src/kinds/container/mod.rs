//! Containers that keep running.

mod check;
mod fields;
mod read;
mod unasked;

use serde_json::Value as Json;

use super::{
    Binding, Cost, Decision, Field, Found, Kind, Live, Naming, Ops, Problem, Spec, naming, process, spec,
};
use crate::address::Address;
use crate::engine::{Call, ObjectKind, Op};
use crate::value::{Attributes, Type, Value};

/// The kind.
pub(super) struct Container;

impl Kind for Container {
    fn name(&self) -> &'static str {
        "container"
    }

    fn doc(&self) -> &'static str {
        "A container that keeps running. What depends on it waits until it is ready."
    }

    fn fields(&self) -> &'static [Field] {
        fields::FIELDS
    }

    fn data_fields(&self) -> &'static [Field] {
        fields::DATA_FIELDS
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

    fn check(&self, spec: &Spec) -> Vec<Problem> {
        let mut problems = process::check(spec);
        problems.extend(check::check(spec));
        problems
    }

    fn read(&self, found: &Found<'_>) -> Live {
        let mut reading = process::read(found);
        reading.spec.extend(read::service(found.inspect));
        let attributes = spec::attributes(fields::FIELDS, &reading.spec, reading.computed);
        super::reading::hide(&mut reading.spec, fields::FIELDS, found.inspect);
        Live {
            name: reading.name,
            attributes,
            spec: reading.spec,
            status: reading.status,
        }
    }

    fn unasked(&self, found: &Found<'_>) -> Json {
        unasked::inspect(found)
    }

    fn foretell(&self, spec: &Spec, name: &str) -> Attributes {
        let mut known = vec![("name", Value::from(name))];
        known.extend(foretold_ports(spec).map(|ports| ("ports", ports)));
        spec::foretell(fields::FIELDS, spec, &known)
    }

    fn ops(&self, decision: &Decision<'_>) -> Ops {
        let runs = spec::flag(decision.desired, "running").unwrap_or(true);
        match decision.live {
            None => {
                let gates = process::gates_on_start(decision.desired, None);
                process::create(decision, runs, gates)
            }
            Some((id, live)) if decision.is_delete() => process::delete(id, live),
            Some((id, live)) if decision.cost() >= Some(Cost::Replace) => {
                let same_image = (!decision.differs("image")).then_some(live);
                let unset_check = decision.differs("healthcheck");
                let gates = process::gates_on_start(decision.desired, same_image.filter(|_| !unset_check));
                process::replace(decision, id, live, runs, gates)
            }
            Some((id, live)) => {
                let gates = process::gates_on_start(decision.desired, Some(live));
                process::update(decision, id, live, runs, gates)
            }
        }
    }

    fn call(&self, op: &Op, binding: &Binding<'_>) -> Result<Call, String> {
        let unchanged = |_: &Spec, _: &mut Json| {};
        process::call("container", op, binding, unchanged)
    }
}

/// Tells the ports that the user chose, and that the others will be known; `None` if it is not known which there are.
fn foretold_ports(spec: &Spec) -> Option<Value> {
    if spec.get("port").is_some_and(Value::is_unknown) {
        return None;
    }
    let mut ports = Vec::new();
    for port in spec::blocks(spec, "port") {
        let protocol = spec::text(port, "protocol").unwrap_or("tcp");
        let key = format!("{}/{protocol}", spec::whole(port, "container")?);
        let host = port.get("host").cloned();
        ports.push((key, host.unwrap_or_else(|| Value::unknown(Type::Number))));
    }
    // Of several bindings of one port references see the first.
    ports.reverse();
    Some(process::map(Type::Number, ports))
}

#[cfg(test)]
mod tests;
