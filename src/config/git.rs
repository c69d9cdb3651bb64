//! Modules in git repositories: which repository a source names, which commit that is, and getting its files.
//!
//! The system's git does the work, with the user's configuration and keys. Whatever comes from a source is checked and stands
//! behind `--`, so that it cannot become an option, and only protocols that run no commands are let through.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use crate::diagnostic::{Diagnostic, Span};

/// The protocols that git may use.
const PROTOCOLS: [&str; 5] = ["https", "ssh", "file", "http", "git"];

/// A repository, with what is wanted of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remote {
    /// What it is filed under: the source without the directory.
    pub(super) name: String,
    /// The URL, as git takes it.
    url: String,
    /// A branch, a tag or a commit; `None` for the branch that the repository is on.
    reference: Option<String>,
    /// The directory of the module in the repository.
    pub(super) subdirectory: Option<PathBuf>,
}

/// Tells whether a source names a repository.
pub(super) fn is_remote(source: &str) -> bool {
    source.starts_with("git::") || source.starts_with("github.com/")
}

/// Tells whether a text is the full name of a commit.
pub(super) fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

impl Remote {
    /// Reads `git::https://host/repository.git//directory?ref=v1.2`.
    ///
    /// # Errors
    /// The source is malformed, or could be taken for something else.
    pub(super) fn read(source: &str, span: &Span) -> Result<Self, Diagnostic> {
        let wrong = |detail: &str| {
            Diagnostic::error("Malformed source of a module")
                .detail(detail)
                .at(span.clone(), "not understood")
                .help("A repository is written `git::https://host/repository.git//directory?ref=v1.2`.")
        };
        let expanded = match source.strip_prefix("github.com/") {
            Some(path) => github(path)
                .ok_or_else(|| wrong("`github.com/` is followed by an owner and a repository."))?,
            None => source.strip_prefix("git::").unwrap_or(source).to_owned(),
        };
        let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '$' | '%' | '`');
        if !expanded.chars().all(is_plain) {
            return Err(wrong(
                "A source holds only printable ASCII, without quotes, `\\`, `$` and `%`.",
            ));
        }
        let (path, query) = match expanded.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (expanded.as_str(), None),
        };
        let Some((protocol, rest)) = path.split_once("://") else {
            return Err(wrong(
                "A URL is wanted: it begins with `https://`, `ssh://` or `file:///`.",
            ));
        };
        if !PROTOCOLS.contains(&protocol) {
            return Err(wrong(&format!(
                "`{protocol}` is no protocol that modules are fetched by."
            )));
        }
        let (place, subdirectory) = match rest.split_once("//") {
            Some((place, inside)) => (place, Some(inside)),
            None => (rest, None),
        };
        let authority = place.split('/').next().unwrap_or_default();
        if authority.starts_with('-') || authority.contains("@-") {
            return Err(wrong("The name of a host cannot begin with `-`."));
        }
        if authority
            .split_once('@')
            .is_some_and(|(user, _)| user.contains(':'))
        {
            return Err(Diagnostic::error("Password in a source")
                .detail("The password would stand in the configuration, in the lock file, and in the list of processes.")
                .at(span.clone(), "holds a password")
                .help("Take it out, and let git's credential helper give it."));
        }
        let inside = subdirectory.map(|inside| inside.trim_end_matches('/'));
        let is_inside = |path: &str| {
            path.split('/')
                .all(|name| !matches!(name, "" | "." | ".." | ".git"))
        };
        if !inside.is_none_or(is_inside) {
            return Err(wrong(
                "The directory behind `//` must be one inside the repository.",
            ));
        }
        let reference = reference(query).map_err(|detail| wrong(&detail))?;
        let url = format!("{protocol}://{place}");
        let name = match &reference {
            Some(reference) => format!("git::{url}?ref={reference}"),
            None => format!("git::{url}"),
        };
        Ok(Self {
            name,
            url,
            reference,
            subdirectory: inside.map(PathBuf::from),
        })
    }

    /// Names the directory that a commit is kept in.
    pub(super) fn directory(&self, commit: &str) -> String {
        let last = self
            .url
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        let stem = last.strip_suffix(".git").unwrap_or(last);
        let stem: String = stem
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            .collect();
        let hash = Sha256::digest(self.url.as_bytes());
        let hash: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        format!("{stem}-{hash}-{}", &commit[..12])
    }
}

/// Turns `owner/repository//directory?ref=x` of GitHub into a URL.
fn github(path: &str) -> Option<String> {
    let (owner, rest) = path.split_once('/')?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (repository, rest) = rest.split_at(end);
    let repository = repository.strip_suffix(".git").unwrap_or(repository);
    // A single `/` behind the repository begins the directory as well.
    let slash = if rest.starts_with('/') && !rest.starts_with("//") {
        "/"
    } else {
        ""
    };
    (!owner.is_empty() && !repository.is_empty())
        .then(|| format!("https://github.com/{owner}/{repository}.git{slash}{rest}"))
}

/// Reads `ref=x`; `depth`, which others know, changes nothing here.
fn reference(query: Option<&str>) -> Result<Option<String>, String> {
    let mut reference = None;
    for argument in query.into_iter().flat_map(|query| query.split('&')) {
        match argument.split_once('=') {
            Some(("ref", value)) => {
                let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | '+' | '-');
                if value.is_empty()
                    || value.starts_with('-')
                    || value.contains("..")
                    || !value.chars().all(is_good)
                {
                    return Err(format!(
                        "`{value}` cannot be the name of a branch, a tag or a commit."
                    ));
                }
                reference = Some(value.to_owned());
            }
            Some(("depth", _)) => {}
            _ => {
                return Err(format!(
                    "`{argument}` is not known: behind the `?` stands `ref=…`."
                ));
            }
        }
    }
    Ok(reference)
}

/// Asks the repository which commit is meant.
///
/// # Errors
/// The repository does not answer, or has nothing of that name.
pub(super) fn resolve(remote: &Remote, span: &Span) -> Result<String, Diagnostic> {
    let name = match &remote.reference {
        Some(commit) if is_commit(commit) => return Ok(commit.clone()),
        Some(name) => name.as_str(),
        None => "HEAD",
    };
    let answer = git(None, &["ls-remote", "--quiet", "--", &remote.url], remote, span)?;
    let known: Vec<(&str, &str)> = answer.lines().filter_map(|line| line.split_once('\t')).collect();
    let commit_of = |wanted: &str| {
        known
            .iter()
            .find(|(_, name)| *name == wanted)
            .map(|(commit, _)| *commit)
    };
    // What an annotated tag points at stands behind `^{}`.
    let found = [
        format!("refs/tags/{name}^{{}}"),
        format!("refs/tags/{name}"),
        format!("refs/heads/{name}"),
        name.to_owned(),
    ]
    .iter()
    .find_map(|name| commit_of(name));
    match found.filter(|commit| is_commit(commit)) {
        Some(commit) => Ok(commit.to_owned()),
        None => Err(Diagnostic::error("Module not found")
            .detail(format!(
                "The repository `{}` has no branch and no tag `{name}`.",
                remote.url
            ))
            .at(span.clone(), "not there")
            .help("A commit is written with all its 40 digits.")),
    }
}

/// Puts the files of a commit into a directory, which appears whole or not at all.
///
/// # Errors
/// The repository does not answer, does not have the commit, or the directory cannot be written.
pub(super) fn fetch(remote: &Remote, commit: &str, place: &Path, span: &Span) -> Result<(), Diagnostic> {
    let cannot = |error: std::io::Error| {
        Diagnostic::error("Cannot keep the module")
            .detail(format!("`{}`: {error}.", place.display()))
            .at(span.clone(), "fetched for this")
    };
    let around = place.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(around).map_err(cannot)?;
    let temporary = tempfile::Builder::new()
        .prefix(".fetch-")
        .tempdir_in(around)
        .map_err(cannot)?;
    let (repository, files) = (temporary.path().join("git"), temporary.path().join("files"));
    std::fs::create_dir(&files).map_err(cannot)?;
    std::fs::create_dir(&repository).map_err(cannot)?;
    let run = |arguments: &[&str]| git(Some((&repository, &files)), arguments, remote, span);
    run(&["init", "--quiet", "--template="])?;
    let only = [
        "fetch",
        "--quiet",
        "--no-tags",
        "--depth=1",
        "--",
        &remote.url,
        commit,
    ];
    if run(&only).is_err() {
        // Some servers give out only what a branch or a tag names.
        run(&["fetch", "--quiet", "--", &remote.url, "+refs/*:refs/all/*"])?;
    }
    run(&["checkout", "--quiet", "--force", "--detach", commit, "--"])?;
    match std::fs::rename(&files, place) {
        // Another run may have been faster: a commit is the same whoever fetches it.
        Err(_) if place.is_dir() => Ok(()),
        renamed => renamed.map_err(cannot),
    }
}

/// Runs git; with a repository and a working tree, or without any.
fn git(
    repository: Option<(&Path, &Path)>,
    arguments: &[&str],
    remote: &Remote,
    span: &Span,
) -> Result<String, Diagnostic> {
    let mut command = Command::new("git");
    command
        .args([
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "advice.detachedHead=false",
        ])
        .stdin(Stdio::null())
        .env("GIT_ALLOW_PROTOCOL", PROTOCOLS.join(":"))
        .env("GIT_TERMINAL_PROMPT", "0");
    for name in [
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
    ] {
        command.env_remove(name);
    }
    if let Some((repository, files)) = repository {
        // Paths of the system may be relative, and git changes its directory.
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        command
            .env("GIT_DIR", absolute(repository))
            .env("GIT_WORK_TREE", absolute(files));
    }
    let failed = |why: String| {
        Diagnostic::error("Cannot fetch the module")
            .detail(format!("git and `{}`: {why}", remote.url))
            .at(span.clone(), "needs this repository")
    };
    let output = command.args(arguments).output().map_err(|error| {
        failed(format!("{error}.")).help("Modules from repositories need git on this machine.")
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(failed(said.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;

    fn read(source: &str) -> Result<Remote, Diagnostic> {
        Remote::read(source, &Span::new(&Source::new("main.hcl", ""), 0..0))
    }

    #[test]
    fn a_source_is_taken_apart() {
        for (source, url, reference, inside) in [
            ("git::https://h/r.git", "https://h/r.git", None, None),
            (
                "git::ssh://git@h:22/r.git//a/b?ref=v1.2&depth=1",
                "ssh://git@h:22/r.git",
                Some("v1.2"),
                Some("a/b"),
            ),
            ("git::file:///r.git//a/", "file:///r.git", None, Some("a")),
            ("github.com/o/r", "https://github.com/o/r.git", None, None),
            (
                "github.com/o/r//a?ref=feature/x",
                "https://github.com/o/r.git",
                Some("feature/x"),
                Some("a"),
            ),
            (
                "github.com/o/r.git/a",
                "https://github.com/o/r.git",
                None,
                Some("a"),
            ),
        ] {
            let remote = read(source).unwrap();
            assert_eq!(remote.url, url, "{source}");
            assert_eq!(remote.reference.as_deref(), reference, "{source}");
            assert_eq!(remote.subdirectory, inside.map(PathBuf::from), "{source}");
        }
    }

    #[test]
    fn what_could_be_taken_for_something_else_is_refused() {
        for source in [
            "git::",
            "git::-x",
            "git::ext::sh",
            "git::git@github.com:o/r.git",
            "git::https://-h/r",
            "git::ssh://u@-h/r",
            "git::https://h/r?ref=",
            "git::https://h/r?ref=-x",
            "git::https://h/r?ref=a..b",
            "git::https://h/r?ref=a b",
            "git::https://h/r?archive=zip",
            "git::https://h/r//a/../b",
            "git::https://h/r//.git",
            "git::https://h/r//a//b",
            "git::https://h/\"r",
            "git::https://u:p@h/r",
            "github.com/o",
        ] {
            assert!(read(source).is_err(), "{source}");
        }
    }
}
