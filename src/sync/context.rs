//! Build contexts: a directory without what its `.dockerignore` excludes, as a digest and as an archive.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use super::root::Root;
use super::{Manifest, Patterns, Problem, Sha256, TreePath, archive, walk};

/// What a build context holds. Depends on names, content, modes and links alone, so that a fresh checkout gives the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextDigest {
    /// The hash.
    pub sha256: Sha256,
    /// The number of files.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// Digests a build context. `dockerfile` is its path in the context.
///
/// # Errors
/// The directory, a file in it or its `.dockerignore` cannot be used; the Dockerfile is not there.
pub fn context_digest(directory: &Path, dockerfile: &str) -> Result<ContextDigest, Problem> {
    let (_, manifest) = read(directory, dockerfile)?;
    Ok(digest(&manifest))
}

/// Packs a build context into a tar archive, whose bytes depend on the digest alone.
///
/// # Errors
/// As for [`context_digest`]; a file changed while it was packed; the archive cannot be written.
pub fn pack_context(directory: &Path, dockerfile: &str, to: &Path) -> Result<ContextDigest, Problem> {
    let (root, manifest) = read(directory, dockerfile)?;
    let packing = |error: io::Error| Problem::new(format!("packing `{}`: {error}", directory.display()));
    let writing = |error: io::Error| Problem::new(format!("`{}`: {error}", to.display()));
    let output = BufWriter::new(File::create(to).map_err(writing)?);
    let mut writer = archive::Writer::new(output);
    writer.tree(&root, &manifest).map_err(packing)?;
    writer
        .finish()
        .and_then(|mut output| output.flush())
        .map_err(writing)?;
    Ok(digest(&manifest))
}

fn digest(manifest: &Manifest) -> ContextDigest {
    ContextDigest {
        sha256: manifest.digest(),
        files: manifest.files(),
        bytes: manifest.bytes(),
    }
}

fn read(directory: &Path, dockerfile: &str) -> Result<(Root, Manifest), Problem> {
    let named = |error: io::Error| Problem::new(format!("`{}`: {error}", directory.display()));
    let root = Root::open(directory).map_err(named)?;
    let dockerfile = TreePath::new(dockerfile.trim_start_matches("./"))
        .ok_or_else(|| Problem::new(format!("`{dockerfile}` is no path inside the build context")))?;
    let patterns = patterns(&root, &dockerfile)?;
    let manifest = walk::source(&root, directory, &patterns)?;
    if manifest.entries.contains_key(&dockerfile) {
        Ok((root, manifest))
    } else {
        let path = directory.join(dockerfile.as_path());
        Err(Problem::new(format!(
            "`{}`: there is no such Dockerfile",
            path.display()
        )))
    }
}

/// Reads the ignore file that belongs to the Dockerfile, else the one of the context. Both files themselves are always sent,
/// because the engine needs them.
fn patterns(root: &Root, dockerfile: &TreePath) -> Result<Patterns, Problem> {
    let own = TreePath::new([dockerfile.as_bytes(), b".dockerignore"].concat());
    let common = TreePath::new(".dockerignore");
    for path in own.iter().chain(&common) {
        let Some(text) = text(root, path)? else { continue };
        let at = |problem: Problem| Problem {
            lines: problem
                .lines
                .iter()
                .map(|line| format!("`{}`: {line}", path.as_path().display()))
                .collect(),
        };
        let mut patterns = Patterns::dockerignore(&text).map_err(at)?;
        patterns.always_keep(dockerfile);
        patterns.always_keep(path);
        return Ok(patterns);
    }
    Ok(Patterns::default())
}

fn text(root: &Root, path: &TreePath) -> Result<Option<String>, Problem> {
    let mut text = String::new();
    match root
        .file(path)
        .and_then(|mut file| file.read_to_string(&mut text))
    {
        Ok(_) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Problem::new(format!("`{}`: {error}", path.as_path().display()))),
    }
}
