//! `wharf.lock.hcl`: which commit is used of each repository that modules come from. It belongs into version control.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{files, span_of, syntax};
use crate::diagnostic::{Diagnostic, Diagnostics};

/// The file's name.
pub(super) const NAME: &str = "wharf.lock.hcl";

const HEAD: &str = "\
# Written by wharf: the commits that modules are taken from. Keep this file in version control.
# To move on to what a `ref` stands for today, take its block out and plan again.
";

/// The file's content.
pub(super) struct Lock {
    path: PathBuf,
    commits: BTreeMap<String, String>,
    is_changed: bool,
}

impl Lock {
    /// Reads the file in a directory; an empty one if there is none.
    ///
    /// # Errors
    /// It cannot be read, or is not as wharf writes it.
    pub(super) fn read(directory: &Path) -> Result<Self, Diagnostics> {
        let path = files::shown(directory, NAME);
        let mut lock = Self {
            commits: BTreeMap::new(),
            is_changed: false,
            path,
        };
        if !lock.path.exists() {
            return Ok(lock);
        }
        let source = files::read_source(&lock.path)?;
        for structure in syntax::parse(&source)? {
            let wrong = || {
                Diagnostic::error("Malformed lock file")
                    .detail("It holds only blocks such as `module \"git::https://…\" { commit = \"…\" }`.")
                    .at(span_of(&source, &structure), "is something else")
                    .help("Take this out, and plan again.")
            };
            let block = structure
                .as_block()
                .filter(|block| block.ident.as_str() == "module");
            let block = block.ok_or_else(wrong)?;
            let commit = block.body.get_attribute("commit");
            let commit = commit.and_then(|commit| commit.value.as_str());
            let commit = commit.filter(|commit| super::git::is_commit(commit));
            let ([name], Some(commit)) = (&block.labels[..], commit) else {
                return Err(wrong().into());
            };
            lock.commits.insert(name.as_str().to_owned(), commit.to_owned());
        }
        Ok(lock)
    }

    /// Returns the commit that is used of a repository.
    pub(super) fn commit(&self, name: &str) -> Option<&str> {
        self.commits.get(name).map(String::as_str)
    }

    /// Notes which commit is used of a repository.
    pub(super) fn insert(&mut self, name: &str, commit: &str) {
        self.commits.insert(name.to_owned(), commit.to_owned());
        self.is_changed = true;
    }

    /// Writes the file if anything was noted; it is replaced whole.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn write(self) -> Result<(), Diagnostic> {
        if !self.is_changed {
            return Ok(());
        }
        let blocks = self
            .commits
            .iter()
            .map(|(name, commit)| format!("\nmodule \"{name}\" {{\n  commit = \"{commit}\"\n}}\n"));
        let text: String = std::iter::once(HEAD.to_owned()).chain(blocks).collect();
        let directory = match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let write = || {
            let mut file = tempfile::Builder::new();
            let mut file = permissions(&mut file).tempfile_in(directory)?;
            file.write_all(text.as_bytes())?;
            file.persist(&self.path).map_err(|error| error.error)
        };
        write().map(|_| ()).map_err(|error| {
            Diagnostic::error("Cannot write the lock file")
                .detail(format!("`{}`: {error}.", self.path.display()))
        })
    }
}

/// The file is read by everybody who reads the configuration.
fn permissions<'b>(
    builder: &'b mut tempfile::Builder<'static, 'static>,
) -> &'b mut tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt as _;
    builder.permissions(std::fs::Permissions::from_mode(0o644))
}
