//! Where the files of modules come from: directories, git repositories, or what was read before.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::contents::suggestion;
use super::git::{self, Remote};
use super::lock::Lock;
use super::{Call, Module, ModuleFiles, files};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};

/// Where fetched modules are kept, below the root module's directory.
const CACHE: &str = ".wharf/modules";

/// Where modules come from.
pub(super) trait Library {
    /// Finds out where the module is that a call names, relative to the root module's directory.
    fn locate(&mut self, caller: &Module, call: &Call) -> Result<PathBuf, Diagnostics>;

    /// Reads the files of a module.
    fn read(&mut self, dir: &Path, call: &Call) -> Result<Vec<Arc<Source>>, Diagnostics>;
}

/// Modules on this machine, and those that git fetches to it.
pub(super) struct Disk<'a> {
    root: &'a Path,
    lock: Option<Lock>,
    /// The repositories that have been located, by the directory that each is kept in.
    remotes: HashMap<PathBuf, (Remote, String)>,
}

impl<'a> Disk<'a> {
    pub(super) fn new(root: &'a Path) -> Self {
        Self {
            root,
            lock: None,
            remotes: HashMap::new(),
        }
    }

    /// Writes down which commits were chosen.
    ///
    /// # Errors
    /// The lock file cannot be written.
    pub(super) fn finish(self) -> Result<(), Diagnostic> {
        self.lock.map_or(Ok(()), Lock::write)
    }

    /// Finds out which commit is meant, and where it is kept.
    fn remote(&mut self, written: &str, span: &Span) -> Result<PathBuf, Diagnostics> {
        let remote = Remote::read(written, span)?;
        let lock = match &mut self.lock {
            Some(lock) => lock,
            none => none.insert(Lock::read(self.root)?),
        };
        let commit = match lock.commit(&remote.name) {
            Some(commit) => commit.to_owned(),
            None => {
                let commit = git::resolve(&remote, span)?;
                lock.insert(&remote.name, &commit);
                commit
            }
        };
        let package = Path::new(CACHE).join(remote.directory(&commit));
        let dir = match &remote.subdirectory {
            Some(inside) => package.join(inside),
            None => package.clone(),
        };
        self.remotes.insert(package, (remote, commit));
        Ok(dir)
    }

    /// Fetches the repository that a directory belongs to, unless it is there.
    fn fetch(&self, dir: &Path, span: &Span) -> Result<(), Diagnostic> {
        let Some(package) = package(dir) else {
            return Ok(());
        };
        let place = self.root.join(&package);
        match self.remotes.get(&package) {
            Some((remote, commit)) if !place.is_dir() => git::fetch(remote, commit, &place, span),
            _ => Ok(()),
        }
    }
}

/// Returns the directory of the repository that a module belongs to; `None` if it does not come from one.
fn package(dir: &Path) -> Option<PathBuf> {
    let inside = dir.strip_prefix(CACHE).ok()?;
    Some(Path::new(CACHE).join(inside.components().next()?))
}

impl Library for Disk<'_> {
    fn locate(&mut self, caller: &Module, call: &Call) -> Result<PathBuf, Diagnostics> {
        let Some((written, span)) = &call.source else {
            return Err(Diagnostics::default());
        };
        if git::is_remote(written) {
            return self.remote(written, span);
        }
        if !is_local(written) {
            return Err(unusable(written, span.clone(), &self.root.join(&caller.dir)).into());
        }
        let dir = clean(&caller.dir.join(written));
        if package(&caller.dir) != package(&dir) {
            return Err(escapes(span.clone()).into());
        }
        Ok(dir)
    }

    fn read(&mut self, dir: &Path, call: &Call) -> Result<Vec<Arc<Source>>, Diagnostics> {
        let span = call.source.as_ref().map_or(&call.span, |(_, span)| span);
        self.fetch(dir, span)?;
        let place = clean(&self.root.join(dir));
        if place.is_dir() {
            let read = files::read(&place).map(|(sources, _)| sources);
            return read.map_err(|problems| pointed(problems, span));
        }
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
        .detail("A module comes from a directory, whose path begins with `./` or `../`, or from a git repository.")
        .at(span, "neither of them");
    match caller.join(source).is_dir() && !Path::new(source).is_absolute() {
        true => problem.help(format!("Did you mean `./{source}`?")),
        false => {
            problem.help("A repository is written `git::https://host/repository.git//directory?ref=v1.2`.")
        }
    }
}

fn escapes(span: Span) -> Diagnostic {
    Diagnostic::error("Path leads out of the repository")
        .detail("A module that was fetched can call only modules of its own repository by their paths.")
        .at(span, "leads out of it, or into one")
}

/// Adds the call to problems that have no place.
fn pointed(problems: Diagnostics, span: &Span) -> Diagnostics {
    let pointed = |problem: Diagnostic| match problem.label {
        None => problem.at(span.clone(), "called here"),
        Some(_) => problem,
    };
    Diagnostics(problems.into_iter().map(pointed).collect())
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
