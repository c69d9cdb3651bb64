//! What names stand for in a module instance: variables, locals, blocks, outputs of modules, and the keys of the instance at
//! hand.

use std::collections::BTreeMap;

use super::reading::place;
use super::repetition::Repeated;
use super::site::Spot;
use super::walk::Walk;
use crate::address::BlockAddress;
use crate::config::Repetition;
use crate::diagnostic::{Diagnostic, Span};
use crate::eval::{Files, Moment, Scope};
use crate::value::{Type, Value};

/// Names as one instance sees them.
pub(super) struct Names<'w, 'a> {
    walk: &'w Walk<'a>,
    /// The module instance.
    site: usize,
    repeated: &'w Repeated,
}

impl<'w, 'a> Names<'w, 'a> {
    pub(super) fn new(walk: &'w Walk<'a>, site: usize, repeated: &'w Repeated) -> Self {
        Self { walk, site, repeated }
    }

    fn value(&self, node: usize) -> Option<Value> {
        let site = self.site;
        self.walk.layers.value(Spot { site, node }).cloned()
    }

    fn variable(&self, name: &str) -> Option<Value> {
        let at = self.walk.module(self.site).variables.get_index_of(name)?;
        self.value(self.walk.part(self.site).numbering.variable(at))
    }

    fn local(&self, name: &str) -> Option<Value> {
        let at = self.walk.module(self.site).locals.get_index_of(name)?;
        self.value(self.walk.part(self.site).numbering.local(at))
    }

    fn object(&self, path: &[&str], data: bool) -> Option<Value> {
        let [kind, name, ..] = path else { return None };
        let address = BlockAddress {
            data,
            kind: (*kind).to_owned(),
            name: (*name).to_owned(),
        };
        let at = self.walk.module(self.site).blocks.get_index_of(&address)?;
        self.value(self.walk.part(self.site).numbering.body(at))
    }

    /// Looks at the outputs of a module: one of them if it is named and the call is not repeated, else as one value.
    fn module(&self, name: &str, output: Option<&&str>) -> (Option<Value>, usize) {
        let called = || {
            let (at, _, call) = self.walk.module(self.site).calls.get_full(name)?;
            Some((at, call))
        };
        let Some((at, call)) = called() else {
            return (None, 2);
        };
        let numbering = self.walk.part(self.site).numbering;
        match (&call.repetition, output) {
            (Repetition::None, Some(output)) => (self.output(numbering.call(at), output), 3),
            _ => {
                let whole = self.value(numbering.call_value(at));
                (
                    Some(whole.unwrap_or_else(|| self.walk.call_value(self.site, at))),
                    2,
                )
            }
        }
    }

    fn output(&self, call: usize, name: &str) -> Option<Value> {
        let site = self.site;
        let site = self.walk.layers.child(Spot { site, node: call }, None)?;
        let at = self.walk.module(site).outputs.get_index_of(name)?;
        let node = self.walk.part(site).numbering.output(at);
        self.walk.layers.value(Spot { site, node }).cloned()
    }

    /// Returns where the module is, seen from where relative paths start.
    fn directory(&self) -> String {
        self.walk.module(self.site).dir.display().to_string()
    }

    fn lookup(&self, path: &[&str]) -> (Option<Value>, usize) {
        match path {
            ["var", name, ..] => (self.variable(name), 2),
            ["local", name, ..] => (self.local(name), 2),
            ["module", name, rest @ ..] => self.module(name, rest.first()),
            ["count", "index", ..] => (self.repeated.count.clone(), 2),
            ["each", "key", ..] => (self.repeated.each.as_ref().map(|(key, _)| key.clone()), 2),
            ["each", "value", ..] => (self.repeated.each.as_ref().map(|(_, value)| value.clone()), 2),
            ["path", "module", ..] => (Some(Value::from(self.directory().as_str())), 2),
            ["path", "root", ..] => (Some(Value::from(".")), 2),
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

    fn moment(&self) -> Moment {
        self.walk.setting.moment
    }
}
