//! Volumes.

mod fields;
mod migrate;

use serde_json::{Map, Value as Json, json};

use super::{
    Binding, Cost, Decision, Field, Found, Kind, Live, Naming, Ops, Problem, Spec, Status, exposed, labels,
    naming, one_call, reading, spec,
};
use crate::address::Address;
use crate::engine::{Call, ObjectKind, Op};
use crate::value::{Attributes, Value};

/// The kind.
pub(super) struct Volume;

impl Kind for Volume {
    fn name(&self) -> &'static str {
        "volume"
    }

    fn doc(&self) -> &'static str {
        "A volume: data that outlives the containers that use it."
    }

    fn fields(&self) -> &'static [Field] {
        fields::FIELDS
    }

    fn data_fields(&self) -> &'static [Field] {
        fields::DATA_FIELDS
    }

    fn object(&self) -> Option<ObjectKind> {
        Some(ObjectKind::Volume)
    }

    fn default_name(&self, naming: &Naming, address: &Address) -> Option<String> {
        Some(naming::derived(naming, address))
    }

    fn canonical(&self, spec: &mut Spec, _: &std::path::Path) -> Vec<Problem> {
        for name in ["labels", "driver", "driver_opts"] {
            spec::drop_if_empty(spec, name);
        }
        Vec::new()
    }

    fn check(&self, spec: &Spec) -> Vec<Problem> {
        exposed::check_labels(spec, exposed::NOT_SECRET)
    }

    fn read(&self, found: &Found<'_>) -> Live {
        let volume = found.inspect;
        let name = reading::text_or_empty(&volume["Name"]);
        let spec = reading::gather([
            ("name", Some(name.clone())),
            ("driver", reading::text(&volume["Driver"])),
            ("driver_opts", reading::map(&volume["Options"])),
            ("labels", labels::foreign(&volume["Labels"])),
        ]);
        let computed = vec![
            ("id", name.clone()),
            ("mountpoint", reading::text_or_empty(&volume["Mountpoint"])),
        ];
        Live {
            name: name.as_str().unwrap_or_default().to_owned(),
            attributes: spec::attributes(fields::FIELDS, &spec, computed),
            spec,
            status: Status::Running,
        }
    }

    fn unasked(&self, found: &Found<'_>) -> Json {
        json!({"Name": found.inspect["Name"], "Driver": "local"})
    }

    fn foretell(&self, spec: &Spec, name: &str) -> Attributes {
        let known = [("name", Value::from(name)), ("id", Value::from(name))];
        spec::foretell(fields::FIELDS, spec, &known)
    }

    fn ops(&self, decision: &Decision<'_>) -> Ops {
        match decision.resume {
            None => anew(decision),
            Some(resume) if resume.whole => migrate::resumed(decision, resume.interim),
            Some(resume) => migrate::given_up(resume.interim, anew(decision)),
        }
    }

    fn call(&self, op: &Op, binding: &Binding<'_>) -> Result<Call, String> {
        match op {
            Op::VolumeCreate => Ok(Call::VolumeCreate { body: body(binding) }),
            Op::VolumeRemove => Ok(Call::VolumeRemove {
                name: binding.id.to_owned(),
            }),
            other => migrate::call(other, binding).unwrap_or_else(|| Err(super::foreign_op("volume", other))),
        }
    }
}

/// Decides where nothing was begun.
fn anew(decision: &Decision<'_>) -> Ops {
    let migrates = spec::flag(decision.desired, "migrate") == Some(true);
    match decision.live {
        Some((id, _)) if migrates && !decision.is_delete() && decision.cost() >= Some(Cost::Replace) => {
            migrate::replace(id, decision.name)
        }
        _ => one_call::ops(decision, Op::VolumeCreate, Op::VolumeRemove),
    }
}

fn body(binding: &Binding<'_>) -> Json {
    let mut body = Map::new();
    body.insert("Name".into(), binding.name.into());
    spec::carry(
        binding.spec,
        &mut body,
        &[("driver", "Driver"), ("driver_opts", "DriverOpts")],
    );
    body.insert(
        "Labels".into(),
        json!(labels::owned(binding.ownership, binding.spec)),
    );
    Json::Object(body)
}

#[cfg(test)]
mod tests;
