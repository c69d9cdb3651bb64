mod fields;
use super::{Binding, Decision, Field, Found, Kind, Live, Naming, Ops, Problem, Spec, Status, naming, spec};
use crate::address::Address;
use crate::engine::{Call, ObjectKind, Op};
use crate::value::{Attributes, Value};
pub(super) struct Container;
impl Kind for Container {
    fn name(&self) -> &'static str {
        "container"
    }
    fn doc(&self) -> &'static str {
        ""
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
    fn check(&self, _: &Spec) -> Vec<Problem> {
        Vec::new()
    }
    fn read(&self, _: &Found<'_>) -> Live {
        Live {
            name: String::new(),
            spec: Spec::new(),
            attributes: Attributes::new(),
            status: Status::Other,
        }
    }
    fn foretell(&self, spec: &Spec, name: &str) -> Attributes {
        spec::foretell(fields::FIELDS, spec, &[("name", Value::from(name))])
    }
    fn ops(&self, _: &Decision<'_>) -> Ops {
        Ops::default()
    }
    fn call(&self, op: &Op, _: &Binding<'_>) -> Result<Call, String> {
        Err(super::foreign_op("container", op))
    }
}
