//! What names stand for in a module instance: variables, locals, blocks, outputs of modules, and the keys of the instance at
//! hand.

use std::collections::BTreeMap;

use super::reading::place;
use super::repetition::Repeated;
use super::site::Spot;
use super::walk::Walk;
use crate::address::{BlockAddress, Key};
use crate::config::Repetition;
use crate::diagnostic::{Diagnostic, Span};
use crate::eval::{Budget, Files, Moment, Scope};
use crate::value::{Type, Value, convert};

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
        let at = self.block(path, data)?;
        let node = self.walk.part(self.site).numbering.body(at);
        let value = self.value(node);
        if value.is_none() {
            let site = self.site;
            self.walk.reads.miss(Spot { site, node });
        }
        value
    }

    /// Finds the block that a path begins with.
    fn block(&self, path: &[&str], data: bool) -> Option<usize> {
        let [kind, name, ..] = path else { return None };
        let address = BlockAddress {
            data,
            kind: (*kind).into(),
            name: (*name).into(),
        };
        self.walk.module(self.site).blocks.get_index_of(&address)
    }

    /// Looks at one instance of a block: at its outcome if it is done, else where the whole block has been evaluated.
    fn instance(&self, block: usize, key: &Value) -> Option<(Key, Value)> {
        let part = self.walk.part(self.site);
        let site = self.site;
        let is_list = match self.walk.module(self.site).blocks[block].repetition {
            Repetition::None | Repetition::Enabled(_) => return None,
            Repetition::Count(_) => true,
            Repetition::ForEach(_) => false,
        };
        let wanted = if is_list { Type::Number } else { Type::String };
        let key = convert(key, &wanted).ok()?;
        let key = match is_list {
            true => Key::Index(u64::try_from(key.as_i64()?).ok()?),
            false => Key::Name(key.as_str()?.to_owned()),
        };
        if let Some(value) = self.walk.outcome(site, block, Some(&key)) {
            return Some((key, value));
        }
        let whole = self.walk.layers.value(Spot {
            site,
            node: part.numbering.body(block),
        })?;
        let found = match &key {
            Key::Index(index) => whole.as_elements()?.get(usize::try_from(*index).ok()?)?,
            Key::Name(name) => whole.get(name)?,
        };
        Some((key, found.clone().sensitive_if(whole.sensitive)))
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

    /// Looks at what is left of a value that holds something ephemeral; `None` if it does not.
    fn without_ephemeral(&self, path: &[&str]) -> Option<(Value, usize)> {
        let module = self.walk.module(self.site);
        let numbering = self.walk.part(self.site).numbering;
        let lasting = |site, node, names| {
            let value = self.walk.layers.lasting(Spot { site, node })?;
            Some((value.clone(), names))
        };
        match path {
            ["var", name, ..] => {
                let at = module.variables.get_index_of(*name)?;
                lasting(self.site, numbering.variable(at), 2)
            }
            ["local", name, ..] => {
                let at = module.locals.get_index_of(*name)?;
                lasting(self.site, numbering.local(at), 2)
            }
            ["module", name, rest @ ..] => {
                let (at, _, call) = module.calls.get_full(*name)?;
                let (Repetition::None, Some(output)) = (&call.repetition, rest.first()) else {
                    return lasting(self.site, numbering.call_value(at), 2);
                };
                let node = numbering.call(at);
                let spot = Spot {
                    site: self.site,
                    node,
                };
                let site = self.walk.layers.child(spot, None)?;
                let at = self.walk.module(site).outputs.get_index_of(*output)?;
                lasting(site, self.walk.part(site).numbering.output(at), 3)
            }
            _ => None,
        }
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
        let is_block = !matches!(
            path.first(),
            Some(&("var" | "local" | "module" | "count" | "each" | "path" | "wharf" | "terraform"))
        );
        if let Some(span) = spans.first().filter(|_| is_block) {
            self.walk.reads.whole(place(span));
        }
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

    fn element(&self, path: &[&str], spans: &[Span], key: &Value) -> Option<Value> {
        let block = match path {
            ["data", rest @ ..] if rest.len() == 2 => self.block(rest, true)?,
            ["var" | "local" | "module" | "data", ..] => return None,
            [_, _] => self.block(path, false)?,
            _ => return None,
        };
        let place = place(spans.first()?);
        if self.walk.setting.graph.broken.contains(&place) {
            return None;
        }
        let (key, value) = self.instance(block, key)?;
        self.walk.reads.key(place, key);
        Some(value)
    }

    fn lasting(&self, path: &[&str], spans: &[Span]) -> Result<(Value, usize), Diagnostic> {
        match self.without_ephemeral(path) {
            Some(found) => Ok(found),
            None => self.resolve(path, spans),
        }
    }

    fn has_ephemeral(&self) -> bool {
        self.walk.layers.has_ephemeral()
    }

    fn skipped(&self) {
        self.walk.reads.skip();
    }

    fn files(&self) -> Option<&Files> {
        Some(&self.walk.setting.files)
    }

    fn budget(&self) -> Budget {
        Budget::of(&self.walk.total)
    }

    fn environment(&self) -> Option<&BTreeMap<String, String>> {
        Some(self.walk.setting.environment)
    }

    fn moment(&self) -> Moment {
        self.walk.setting.moment
    }
}
