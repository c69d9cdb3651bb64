//! Making a target tree equal to a source tree: manifests, their diff, the receiver, and the conversation with it.
//!
//! What comes in is a directory and patterns; [`source_manifest`] reads it without following a single link. What goes
//! out is a target with the same content, modes, times, links and (if declared) owners.
//!
//! - **Content decides, times do not.** Files are compared by hash. A difference in modification times alone is
//!   never a reason to run a sync, because every fresh checkout has new ones; but a sync that runs also sets them.
//! - **A file is old or new, never part.** The receiver stages everything under its target's root, checks it, and only
//!   then renames. What a killed run left there is removed by the next.
//! - **All by descriptor.** No path is ever resolved through a symbolic link or above the root, neither while reading nor
//!   while writing.
//! - **Nothing excluded is touched.** It is neither sent nor deleted, and directories that hold it stay.

pub mod archive;
pub mod context;
pub mod diff;
pub mod guard;
pub mod image;
pub mod manifest;
pub mod path;
pub mod pattern;

mod commit;
mod deeds;
mod local;
mod receive;
mod root;
mod send;
mod stage;
#[cfg(test)]
mod tests;
mod walk;
mod wire;

use std::path::Path;

pub use context::{ContextDigest, context_digest, pack_context};
pub use diff::{Changes, Guard, diff};
pub use image::{MOUNT, ReceiverImage, receiver_image};
pub use local::apply_local;
pub use manifest::{Entry, Manifest, Mtime, Node, Owner, Sha256};
pub use path::TreePath;
pub use pattern::{Patterns, Rules};
pub use receive::receive;
pub use send::{Report, send};

/// The trees of one sync, as far as they could be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trees {
    /// The source, without what is excluded.
    pub source: Manifest,
    /// The target's real content, when reads alone could tell.
    pub target: Option<Manifest>,
    /// Whether `target` is what was really read. If not, only the memory of the last apply is there to compare with.
    pub verified: bool,
    /// What is wrong with either tree, as sentences. A plan with problems cannot be applied.
    pub problems: Vec<String>,
}

/// What a sync may do, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Options {
    /// Whether what the source does not have is deleted.
    pub delete: bool,
    /// Whether deletions that a [`Guard`] would stop are wanted.
    pub allow_mass_delete: bool,
    /// Patterns of [`Rules::Anywhere`]: what matches is neither sent nor deleted.
    pub exclude: Vec<String>,
    /// Who owns everything in the target; whoever writes it when absent.
    pub owner: Option<Owner>,
    /// The directory below the given target that is meant; it is made when missing.
    pub subdirectory: Option<TreePath>,
    /// Whether each file is on disk before it gets its name.
    pub durable: bool,
}

/// Trees or patterns that cannot be used: everything that is wrong, one sentence each.
///
/// The sentences hold file names as they are: escape them before they are shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .lines.join("\n"))]
pub struct Problem {
    /// The sentences.
    pub lines: Vec<String>,
}

impl Problem {
    /// Makes a problem of one sentence.
    pub fn new(line: impl Into<String>) -> Self {
        Self {
            lines: vec![line.into()],
        }
    }
}

/// Reads a source directory: every file hashed, nothing followed, what matches `exclude` left out.
///
/// # Errors
/// The directory, a file or a pattern cannot be used; or a file kept changing while it was read.
pub fn source_manifest(root: &Path, exclude: &[String]) -> Result<Manifest, Problem> {
    let patterns = Patterns::new(Rules::Anywhere, exclude)?;
    let named = |error: std::io::Error| Problem::new(format!("`{}`: {error}", root.display()));
    let directory = root::Root::open(root).map_err(named)?;
    walk::source(&directory, root, &patterns)
}

/// Reads what a target directory of this machine holds, as far as a sync of `source` would look at it. Nothing is there if
/// the directory is not.
///
/// # Errors
/// Something in it, or a pattern, cannot be used.
pub fn local_target(path: &Path, source: &Manifest, options: &Options) -> Result<Manifest, Problem> {
    let patterns = Patterns::new(Rules::Anywhere, &options.exclude)?;
    let named = |error: std::io::Error| Problem::new(format!("`{}`: {error}", path.display()));
    let opened = root::Root::open(path).and_then(|root| match &options.subdirectory {
        Some(below) => root.below(below),
        None => Ok(root),
    });
    let root = match opened {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Manifest::default()),
        opened => opened.map_err(named)?,
    };
    let interest = match options.delete {
        true => walk::Interest::Everything,
        false => walk::Interest::Paths(source.entries.keys().cloned().collect()),
    };
    let with_owner = options.owner.is_some();
    let (manifest, _) = walk::target(&root, &patterns, &interest, with_owner, &walk::Hashes::default())?;
    Ok(manifest)
}

/// Reads what a target holds from the archive of its directory, as an engine gives it.
///
/// # Errors
/// The bytes are no archive, names in it lead outside, or a pattern cannot be used.
pub fn archived_target(tar: &[u8], options: &Options) -> Result<Manifest, Problem> {
    let patterns = Patterns::new(Rules::Anywhere, &options.exclude)?;
    archive::target_manifest(tar, &patterns, options.owner.is_some())
}
