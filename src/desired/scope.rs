//! What names stand for: variables, locals, blocks, and the keys of the instance at hand.

use std::collections::BTreeMap;

use super::reading::place;
use super::repetition::Repeated;
use super::walk::Walk;
use crate::address::BlockAddress;
use crate::diagnostic::{Diagnostic, Span};
use crate::eval::{Files, Scope};
use crate::value::{Type, Value};

/// Names as one instance sees them.
pub(super) struct Names<'w, 'a> {
    walk: &'w Walk<'a>,
    repeated: &'w Repeated,
}

impl<'w, 'a> Names<'w, 'a> {
    pub(super) fn new(walk: &'w Walk<'a>, repeated: &'w Repeated) -> Self {
        Self { walk, repeated }
    }

    fn object(&self, path: &[&str], data: bool) -> Option<Value> {
        let [kind, name, ..] = path else { return None };
        let address = BlockAddress {
            data,
            kind: (*kind).to_owned(),
            name: (*name).to_owned(),
        };
        self.walk.block_value(&address)
    }

    fn lookup(&self, path: &[&str]) -> (Option<Value>, usize) {
        match path {
            ["var", name, ..] => (self.walk.variable(name), 2),
            ["local", name, ..] => (self.walk.local(name), 2),
            ["count", "index", ..] => (self.repeated.count.clone(), 2),
            ["each", "key", ..] => (self.repeated.each.as_ref().map(|(key, _)| key.clone()), 2),
            ["each", "value", ..] => (self.repeated.each.as_ref().map(|(_, value)| value.clone()), 2),
            ["path", "module" | "root", ..] => (Some(Value::from(self.walk.setting.root_dir.as_str())), 2),
            ["path", "cwd", ..] => (Some(Value::from(self.walk.setting.working_dir.as_str())), 2),
            ["wharf" | "terraform", "workspace", ..] => {
                (Some(Value::from(self.walk.setting.workspace.as_str())), 2)
            }
            ["data", rest @ ..] => (self.object(rest, true), 3),
            _ => (self.object(path, false), 2),
        }
    }
}

impl Scope for Names<'_, '_> {
    fn resolve(&self, path: &[&str], spans: &[Span]) -> Result<(Value, usize), Diagnostic> {
        // What is wrong was reported when the references were read; it takes part in no further problem.
        let broken = || {
            spans
                .first()
                .is_some_and(|span| self.walk.setting.graph.broken.contains(&place(span)))
        };
        match self.lookup(path) {
            (Some(value), names) if !broken() => Ok((value, names)),
            _ => Ok((Value::unknown(Type::Any), path.len())),
        }
    }

    fn files(&self) -> Option<&Files> {
        Some(&self.walk.setting.files)
    }

    fn environment(&self) -> Option<&BTreeMap<String, String>> {
        Some(self.walk.setting.environment)
    }
}
