//! Attributes that the engine is too old for, or that it or its host cannot honour: engines drop them in silence.

mod podman;

use self::podman::Gap;
use super::problems::span_of;
use crate::desired::Instance;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::kinds::{Field, FieldType, Kind};
use crate::observe::Observed;
use crate::value::Value;

/// Reports every attribute that is set and that this engine does not have.
pub(crate) fn unsupported(
    kind: &dyn Kind,
    instance: &Instance,
    observed: &Observed,
    problems: &mut Diagnostics,
) {
    let fields = if instance.address.block.data {
        kind.data_fields()
    } else {
        kind.fields()
    };
    let mut search = Search {
        kind,
        instance,
        observed,
        problems,
    };
    for field in fields {
        if let Some(value) = instance.spec.get(field.name) {
            search.field(field, value, field.name);
        }
    }
}

struct Search<'a> {
    kind: &'a dyn Kind,
    instance: &'a Instance,
    observed: &'a Observed,
    problems: &'a mut Diagnostics,
}

impl Search<'_> {
    fn field(&mut self, field: &Field, value: &Value, path: &str) {
        if value.is_null() {
            return;
        }
        if field.since > self.observed.api {
            return self.too_old(field, path);
        }
        if self.observed.lacking.contains(field.needs) && asks_for_something(value) {
            return self.lacking(path);
        }
        let version = self.observed.release.podman();
        if let Some(gap) = version.and_then(|version| podman::gap(version, self.kind, path, value)) {
            return self.not_with_podman(gap, path);
        }
        match field.ty {
            FieldType::Block(fields) => self.block(fields, value, path),
            FieldType::Blocks(fields, _) => {
                for (at, block) in value.as_elements().into_iter().flatten().enumerate() {
                    self.block(fields, block, &format!("{path}[{at}]"));
                }
            }
            _ => {}
        }
    }

    fn block(&mut self, fields: &[Field], block: &Value, path: &str) {
        for field in fields {
            if let Some(value) = block.get(field.name) {
                self.field(field, value, &format!("{path}.{}", field.name));
            }
        }
    }

    fn too_old(&mut self, field: &Field, path: &str) {
        let ((major, minor), (has_major, has_minor)) = (field.since, self.observed.api);
        self.problems.push(
            Diagnostic::error("Engine is too old")
                .detail(format!(
                    "`{path}` of `{}` needs version {major}.{minor} of the engine's API; this engine speaks {has_major}.{has_minor}.",
                    self.instance.address
                ))
                .at(span_of(self.instance, path), "not known to this engine")
                .help("Take it out, or use a newer engine."),
        );
    }

    fn not_with_podman(&mut self, gap: Gap, path: &str) {
        let release = &self.observed.release;
        self.problems.push(
            Diagnostic::error("Not possible with Podman")
                .detail(format!(
                    "`{path}` of `{}`: {release} {}.",
                    self.instance.address, gap.why
                ))
                .at(span_of(self.instance, path), "not possible with this engine")
                .help(gap.help()),
        );
    }

    fn lacking(&mut self, path: &str) {
        self.problems.push(
            Diagnostic::error("Not possible on this host")
                .detail(format!(
                    "`{path}` of `{}` needs what the kernel of the engine's host does not offer, or offers to no container. The engine would drop it.",
                    self.instance.address
                ))
                .at(span_of(self.instance, path), "not possible there")
                .help("Take it out, or use another engine."),
        );
    }
}

/// To ask for a limit that is off is to ask for nothing.
fn asks_for_something(value: &Value) -> bool {
    value.as_bool() != Some(false)
}
