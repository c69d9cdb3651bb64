//! The root module's files → all modules: each call is followed, each module is read once.

use std::collections::{HashMap, VecDeque};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::bodies::bodies;
use super::build::{Builder, Built};
use super::contents::suggestion;
use super::{Call, Engine, KindNames, Module, ModuleFiles, Wharf, files};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};

/// More modules than anybody writes: what calls so many is a mistake.
const MOST: usize = 10_000;

/// Where modules come from.
pub(super) trait Library {
    /// Finds out where the module is that a call names, relative to the root module's directory.
    fn locate(&mut self, caller: &Module, call: &Call) -> Result<PathBuf, Diagnostics>;

    /// Reads the files of a module.
    fn read(&mut self, dir: &Path, call: &Call) -> Result<Vec<Arc<Source>>, Diagnostics>;
}

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
        let built = self.module(dir.clone(), sources);
        for (what, span) in built
            .wharf
            .iter()
            .map(|(_, span)| ("wharf", span))
            .chain(built.engine.iter().map(|(_, span)| ("engine", span)))
        {
            self.problems.push(only_in_root(what, span.clone()));
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
    Diagnostic::error("Block belongs to the root module")
        .detail(format!(
            "A `{what}` block says something of the whole configuration, and this module is called by another one."
        ))
        .at(span, "stands in a module that is called")
        .help("Move it into the root module.")
}

/// Modules on the disk.
pub(super) struct Disk<'a> {
    root: &'a Path,
}

impl<'a> Disk<'a> {
    pub(super) fn new(root: &'a Path) -> Self {
        Self { root }
    }
}

impl Library for Disk<'_> {
    fn locate(&mut self, caller: &Module, call: &Call) -> Result<PathBuf, Diagnostics> {
        let Some((written, span)) = &call.source else {
            return Err(Diagnostics::default());
        };
        if !is_local(written) {
            return Err(unusable(written, span.clone(), &self.root.join(&caller.dir)).into());
        }
        Ok(clean(&caller.dir.join(written)))
    }

    fn read(&mut self, dir: &Path, call: &Call) -> Result<Vec<Arc<Source>>, Diagnostics> {
        let place = clean(&self.root.join(dir));
        if place.is_dir() {
            return files::read(&place).map(|(sources, _)| sources);
        }
        let span = call.source.as_ref().map_or(&call.span, |(_, span)| span);
        let what = match place.exists() {
            true => "is no directory",
            false => "does not exist",
        };
        Err(Diagnostic::error("Module not found")
            .detail(format!("`{}` {what}.", place.display()))
            .at(span.clone(), "no module is there")
            .help(near(&place))
            .into())
    }
}

/// Suggests a directory beside the one that is not there.
fn near(place: &Path) -> String {
    let (Some(parent), Some(name)) = (place.parent(), place.file_name().and_then(|name| name.to_str()))
    else {
        return String::new();
    };
    let parent = if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    };
    let entries = parent.read_dir().into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    suggestion(name, &names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Tells whether a source is a path.
fn is_local(source: &str) -> bool {
    matches!(source, "." | "..") || source.starts_with("./") || source.starts_with("../")
}

fn unusable(source: &str, span: Span, caller: &Path) -> Diagnostic {
    let problem = Diagnostic::error("Unknown source of a module")
        .detail("A module comes from a directory of this machine, and its path begins with `./` or `../`.")
        .at(span, "not such a path");
    match caller.join(source).is_dir() && !Path::new(source).is_absolute() {
        true => problem.help(format!("Did you mean `./{source}`?")),
        false => problem,
    }
}

/// Takes `.` and inner `..` out of a relative path without looking at the files.
pub(super) fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match (component, clean.components().next_back()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                clean.pop();
            }
            (Component::ParentDir, Some(Component::RootDir)) => {}
            (other, _) => clean.push(other),
        }
    }
    match clean.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => clean,
    }
}

/// Modules whose files were read before.
pub(super) struct Kept {
    files: Vec<ModuleFiles>,
    positions: HashMap<PathBuf, usize>,
}

impl Kept {
    pub(super) fn new(files: Vec<ModuleFiles>) -> Self {
        let dirs = files.iter().map(|files| files.dir.clone());
        Self {
            positions: dirs.zip(0..).collect(),
            files,
        }
    }

    fn at(&self, dir: &Path) -> Option<&ModuleFiles> {
        self.files.get(*self.positions.get(dir)?)
    }
}

impl Library for Kept {
    fn locate(&mut self, caller: &Module, call: &Call) -> Result<PathBuf, Diagnostics> {
        let called = self.at(&caller.dir).and_then(|files| files.calls.get(&call.name));
        let called = called.and_then(|at| self.files.get(*at));
        called.map(|files| files.dir.clone()).ok_or_else(|| missing(call))
    }

    fn read(&mut self, dir: &Path, call: &Call) -> Result<Vec<Arc<Source>>, Diagnostics> {
        let found = self.at(dir).map(|files| files.sources.clone());
        found.ok_or_else(|| missing(call))
    }
}

fn missing(call: &Call) -> Diagnostics {
    Diagnostic::error("Module not found")
        .detail(format!("The files of `module.{}` were not kept.", call.name))
        .at(call.span.clone(), "no files are here")
        .into()
}
