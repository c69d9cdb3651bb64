//! Files and paths.

use std::path::{Component, Path};

use regex::Regex;
use unicode_normalization::UnicodeNormalization;
use walkdir::WalkDir;

use super::encoding::base64_text;
use super::{Call, Failure, Function, Kind, Outcome, Param, boolean, function, param, string};
use crate::eval::budget::MAX_TEXT;
use crate::eval::files::{Content, unreadable};
use crate::eval::{Budget, Files, Scope};
use crate::value::order::set_elements;
use crate::value::{Type, Value};

const PATH: Param = param("path", Kind::String);

pub(super) const FUNCTIONS: &[Function] = &[
    function("abspath", &[PATH], string, |call| {
        let files = files(call.scope).map_err(Failure::new)?;
        let path = crate::eval::files::clean(&files.root.join(call.text(0)));
        Ok(Value::normalised(path.to_string_lossy()))
    }),
    function("basename", &[PATH], string, |call| {
        Ok(basename(call.text(0)).into())
    }),
    function(
        "dirname",
        &[PATH],
        string,
        |call| Ok(dirname(call.text(0)).into()),
    ),
    function("file", &[PATH], string, |call| {
        read_text(call.scope, call.budget, call.text(0))
            .map(Into::into)
            .map_err(Failure::unreadable)
    }),
    function("filebase64", &[PATH], string, |call| {
        read_bytes(call.scope, call.budget, call.text(0))
            .map(|bytes| base64_text(&bytes))
            .map_err(Failure::unreadable)
    }),
    function("fileexists", &[PATH], boolean, fileexists),
    function(
        "fileset",
        &[PATH, param("pattern", Kind::String)],
        |_| Type::set(Type::String),
        fileset,
    ),
    function("pathexpand", &[PATH], string, |call| {
        if call.text(0).starts_with('~') && !matches!(call.text(0).as_bytes().get(1), None | Some(b'/')) {
            return Err(Failure::at(
                0,
                "only one's own home directory can be found, not that of another",
            ));
        }
        let files = files(call.scope).map_err(Failure::new)?;
        Ok(Value::normalised(files.expand(call.text(0)).to_string_lossy()))
    }),
];

/// How many files and directories `fileset` looks at.
const MAX_ENTRIES: usize = 200_000;

pub(super) fn files(scope: &dyn Scope) -> Result<&Files, String> {
    scope
        .files()
        .ok_or_else(|| "files cannot be read here".to_owned())
}

/// Opens a file, and takes its bytes from what may be read.
pub(super) fn open(scope: &dyn Scope, budget: &Budget, path: &str) -> Result<Content, String> {
    let content = files(scope)?.open(path).map_err(|error| error.to_string())?;
    match budget.read(content.size()) {
        true => Ok(content),
        false => Err(format!("`{path}` is more than may be read besides all else")),
    }
}

/// Reads a file that fits into a text.
fn read_bytes(scope: &dyn Scope, budget: &Budget, path: &str) -> Result<Vec<u8>, String> {
    let content = open(scope, budget, path)?;
    content
        .bytes(MAX_TEXT)
        .map_err(|error| unreadable(path, &error).to_string())
}

/// Reads a file as text, normalised to NFC.
pub(in crate::eval) fn read_text(scope: &dyn Scope, budget: &Budget, path: &str) -> Result<String, String> {
    let bytes = read_bytes(scope, budget, path)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| format!("`{path}` is not UTF-8 text; filebase64 reads any file"))?;
    Ok(text.nfc().collect())
}

fn fileexists(call: &Call<'_>) -> Outcome {
    let path = call.text(0);
    let located = files(call.scope)
        .and_then(|files| files.locate(path).map_err(|error| error.to_string()))
        .map_err(|message| Failure::at(0, message))?;
    match std::fs::metadata(&located) {
        Ok(metadata) if metadata.is_dir() => {
            Err(Failure::at(0, format!("`{path}` is a directory, not a file")))
        }
        Ok(_) => Ok(true.into()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false.into()),
        Err(error) => {
            let reason = crate::eval::files::reason(&error);
            Err(Failure::at(0, format!("`{path}` cannot be looked at: {reason}")))
        }
    }
}

/// Lists the files that match a pattern below a directory, with `/` between names, relative to the directory. Links count
/// as what they point to.
fn fileset(call: &Call<'_>) -> Outcome {
    let files = files(call.scope).map_err(|message| Failure::at(0, message))?;
    let locate = |path: &str, at| {
        files
            .locate(path)
            .map_err(|error| Failure::at(at, error.to_string()))
    };
    let directory = locate(call.text(0), 0)?;
    // The pattern may begin with steps upwards, so that it is taken together with the directory first.
    let joined = crate::eval::files::clean(&directory.join(call.text(1).trim_start_matches('/')));
    let Some(joined) = joined.to_str() else {
        return Err(Failure::at(0, "its name is not UTF-8 text"));
    };
    let names: Vec<&str> = joined.split('/').collect();
    let plain = names
        .iter()
        .take_while(|name| !name.contains(['*', '?', '[', '{', '\\']))
        .count();
    let start = locate(&format!("{}/", names[..plain].join("/")), 1)?;
    let mut found = Vec::new();
    if plain == names.len() {
        if start.is_file() {
            found.extend(below(&directory, &start).map(Value::normalised));
        }
        return Ok(set_elements(Type::String, found));
    }
    if !start.is_dir() {
        return Ok(set_elements(Type::String, found));
    }
    let pattern =
        glob(&names[plain..].join("/")).ok_or_else(|| Failure::at(1, "the pattern is not valid"))?;
    let mut seen = 0_usize;
    let entries = WalkDir::new(&start)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| !entry.path_is_symlink() || files.is_readable(entry.path()));
    for entry in entries {
        seen += 1;
        if !call.budget.step() {
            return Err(Failure::at(0, "there are too many files below it"));
        }
        if seen > MAX_ENTRIES {
            return Err(Failure::at(
                0,
                format!("there are more than {MAX_ENTRIES} files below it"),
            ));
        }
        let Ok(entry) = entry else { continue };
        let is_match = relative(&start, entry.path()).is_some_and(|name| pattern.is_match(&name));
        if is_match && entry.file_type().is_file() {
            found.extend(below(&directory, entry.path()).map(Value::normalised));
        }
    }
    Ok(set_elements(Type::String, found))
}

/// Returns the way from a directory to a path, with steps upwards where it needs them.
fn below(directory: &Path, path: &Path) -> Option<String> {
    let upwards = directory
        .ancestors()
        .position(|ancestor| path.starts_with(ancestor))?;
    let ancestor = directory.ancestors().nth(upwards)?;
    let rest = relative(ancestor, path)?;
    let steps = vec!["..".to_owned(); upwards].into_iter().chain(Some(rest));
    let steps: Vec<String> = steps.filter(|step| !step.is_empty()).collect();
    Some(if steps.is_empty() {
        ".".to_owned()
    } else {
        steps.join("/")
    })
}

/// Returns a path below a directory with `/` between names; `None` if it is not text.
pub(super) fn relative(root: &Path, path: &Path) -> Option<String> {
    let names: Option<Vec<&str>> = path
        .strip_prefix(root)
        .ok()?
        .components()
        .map(|component| component.as_os_str().to_str())
        .collect();
    Some(names?.join("/"))
}

/// Turns a pattern with `*`, `**`, `?`, `[...]` and `{a,b}` into a regular expression for whole paths. `**` stands for any
/// number of directories if it is a whole name; `[^...]` takes what is not listed.
pub(super) fn glob(pattern: &str) -> Option<Regex> {
    let mut regex = String::from("^");
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
    let mut rest = pattern.chars().peekable();
    let mut depth = 0;
    let mut name_begins = true;
    while let Some(c) = rest.next() {
        let at_beginning = std::mem::replace(&mut name_begins, c == '/');
        match c {
            '*' if rest.next_if_eq(&'*').is_some() => match rest.peek() {
                Some('/') if at_beginning => {
                    rest.next();
                    regex.push_str("(?:[^/]+/)*");
                    name_begins = true;
                }
                None if at_beginning => regex.push_str(".*"),
                _ => regex.push_str("[^/]*"),
            },
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '[' => {
                regex.push('[');
                if rest.next_if_eq(&'^').is_some() {
                    regex.push('^');
                }
                for inner in rest.by_ref() {
                    if matches!(inner, '\\' | '[' | '&' | '~') {
                        regex.push('\\');
                    }
                    regex.push(inner);
                    if inner == ']' {
                        break;
                    }
                }
            }
            '{' => {
                depth += 1;
                regex.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                regex.push(')');
            }
            ',' if depth > 0 => regex.push('|'),
            '/' if depth > 0 => return None,
            '\\' => regex.push_str(&regex::escape(&rest.next()?.to_string())),
            other => regex.push_str(&regex::escape(&other.to_string())),
        }
    }
    regex.push('$');
    Regex::new(&regex).ok()
}

fn basename(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    match path.trim_end_matches('/').rsplit('/').next() {
        Some("") | None => "/".to_owned(),
        Some(name) => name.to_owned(),
    }
}

fn dirname(path: &str) -> String {
    let parent = path.rfind('/').map_or("", |at| &path[..=at]);
    let mut clean = Vec::new();
    for component in Path::new(parent).components() {
        match component {
            Component::Normal(name) => clean.push(name.to_string_lossy().into_owned()),
            Component::ParentDir => match clean.last().map(String::as_str) {
                Some("..") | None if !parent.starts_with('/') => clean.push("..".to_owned()),
                _ => {
                    clean.pop();
                }
            },
            _ => {}
        }
    }
    let joined = clean.join("/");
    match (parent.starts_with('/'), joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_paths() {
        let matches = |pattern: &str, path: &str| glob(pattern).is_some_and(|glob| glob.is_match(path));
        assert!(matches("*.txt", "a.txt"));
        assert!(!matches("*.txt", "d/a.txt"));
        assert!(matches("**/*.txt", "a.txt"));
        assert!(matches("**/*.txt", "d/e/a.txt"));
        assert!(matches("**", "d/e/a.txt"));
        assert!(matches("{a,b}?.[ch]", "a1.c"));
        assert!(!matches("[^a]", "a"));
        assert!(!matches("**b.txt", "d/b.txt"));
    }

    #[test]
    fn names_and_directories_of_paths() {
        let cases = [
            ("/a/b/", "b", "/a/b"),
            ("a", "a", "."),
            ("/", "/", "/"),
            ("a/../b/c", "c", "b"),
        ];
        for (path, name, directory) in cases {
            assert_eq!(
                (basename(path).as_str(), dirname(path).as_str()),
                (name, directory),
                "{path}"
            );
        }
    }

    #[test]
    fn glob_of_unbalanced_brackets_is_refused() {
        assert!(glob("{a").is_none());
        assert!(glob("[").is_none());
    }
}
