//! The root module's files → all modules: each call is followed, each module is read once.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use super::bodies::bodies;
use super::build::{Builder, Built};
use super::library::Library;
use super::{Engine, KindNames, Module, Wharf};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};

/// More modules than anybody writes: what calls so many is a mistake.
const MOST: usize = 10_000;

/// What only the root module says.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) wharf: Wharf,
    pub(super) engine: Engine,
}

/// Builds the root module and every module that is called.
///
/// # Errors
/// There are syntax errors: every one of them, and every malformed block, of all files.
pub(super) fn modules(
    sources: Vec<Arc<Source>>,
    kinds: KindNames<'_>,
    library: &mut dyn Library,
) -> Result<(Vec<Module>, Settings, Diagnostics), Diagnostics> {
    let mut loader = Loader {
        kinds,
        library,
        modules: Vec::new(),
        positions: HashMap::from([(PathBuf::from("."), 0)]),
        problems: Diagnostics::default(),
        is_whole: true,
    };
    let root = loader.module(PathBuf::from("."), sources);
    let settings = Settings {
        wharf: root.wharf.map(|(wharf, _)| wharf).unwrap_or_default(),
        engine: root.engine.map(|(engine, _)| engine).unwrap_or_default(),
    };
    loader.modules.push(root.module);
    loader.follow();
    loader.refuse_circles();
    match loader.is_whole {
        true => Ok((loader.modules, settings, loader.problems)),
        false => Err(loader.problems),
    }
}

struct Loader<'a> {
    kinds: KindNames<'a>,
    library: &'a mut dyn Library,
    modules: Vec<Module>,
    /// The modules that have been read, by directory.
    positions: HashMap<PathBuf, usize>,
    problems: Diagnostics,
    /// Whether every file could be parsed: what stands in one that cannot would be missed everywhere else.
    is_whole: bool,
}

impl Loader<'_> {
    fn module(&mut self, dir: PathBuf, sources: Vec<Arc<Source>>) -> Built {
        let mut broken = Diagnostics::default();
        let bodies = bodies(&sources, self.kinds, &mut broken);
        self.is_whole &= !broken.has_errors();
        self.problems.extend(broken);
        let mut built = Builder::new(self.kinds).build(bodies, &mut self.problems);
        built.module.dir = dir;
        built.module.sources = sources;
        built
    }

    /// Reads what is called, and what that calls.
    fn follow(&mut self) {
        let mut open = VecDeque::from([0]);
        while let Some(caller) = open.pop_front() {
            for at in 0..self.modules[caller].calls.len() {
                let before = self.modules.len();
                let found = self.called(caller, at);
                self.modules[caller].calls[at].module = self.problems.note(found);
                open.extend(before..self.modules.len());
            }
        }
    }

    /// Returns the position of the module that a call names.
    fn called(&mut self, caller: usize, call: usize) -> Result<usize, Diagnostics> {
        let caller = &self.modules[caller];
        let call = &caller.calls[call];
        if call.source.is_none() {
            // That was reported.
            return Err(Diagnostics::default());
        }
        let dir = self.library.locate(caller, call)?;
        if let Some(known) = self.positions.get(&dir) {
            return Ok(*known);
        }
        if self.modules.len() == MOST {
            return Err(Diagnostic::error("Too many modules")
                .detail(format!("A configuration can have {MOST} modules."))
                .at(call.span.clone(), "one too many")
                .into());
        }
        let sources = self.library.read(&dir, call)?;
        let mut built = self.module(dir.clone(), sources);
        if let Some((wharf, span)) = built.wharf {
            if wharf.project.is_some() || wharf.state_path.is_some() {
                self.problems.push(only_in_root("wharf", span));
            }
            built.module.required_version = wharf.required_version;
        }
        if let Some((_, span)) = built.engine {
            self.problems.push(only_in_root("engine", span));
        }
        for import in std::mem::take(&mut built.module.imports) {
            self.problems.push(only_in_root("import", import.span));
        }
        self.positions.insert(dir, self.modules.len());
        self.modules.push(built.module);
        Ok(self.modules.len() - 1)
    }

    /// A module that contains itself would have no end.
    fn refuse_circles(&mut self) {
        let mut done = vec![false; self.modules.len()];
        let mut path: Vec<(usize, usize)> = vec![(0, 0)];
        while let Some((module, at)) = path.last().copied() {
            if let Some(step) = path.last_mut() {
                step.1 += 1;
            }
            if at == self.modules[module].calls.len() {
                done[module] = true;
                path.pop();
                continue;
            }
            let Some(called) = self.modules[module].calls[at].module else {
                continue;
            };
            if path.iter().any(|(around, _)| *around == called) {
                let call = &mut self.modules[module].calls[at];
                call.module = None;
                self.problems.push(
                    Diagnostic::error("Module contains itself")
                        .detail(format!(
                            "`module.{}` is the module that it stands in, or one around it, so there would be no end of them.",
                            call.name
                        ))
                        .at(call.source.as_ref().map_or(&call.span, |(_, span)| span).clone(), "leads back here"),
                );
            } else if !done[called] {
                path.push((called, 0));
            }
        }
    }
}

fn only_in_root(what: &str, span: Span) -> Diagnostic {
    let problem = Diagnostic::error("Block belongs to the root module")
        .detail(format!(
            "A `{what}` block says something of the whole configuration, and this module is called by another one."
        ))
        .at(span, "stands in a module that is called");
    match what {
        "wharf" => problem.help("Move it into the root module; only `required_version` can stand here."),
        _ => problem.help("Move it into the root module."),
    }
}
