//! Files and paths.

use std::path::{Component, Path};

use regex::Regex;
use unicode_normalization::UnicodeNormalization;
use walkdir::WalkDir;

use super::encoding::base64_text;
use super::{Call, Failure, Function, Kind, Outcome, Param, boolean, function, param, string};
use crate::eval::budget::MAX_TEXT;
use crate::eval::{Files, Scope};
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
        read_text(call.scope, call.text(0))
            .map(Into::into)
            .map_err(|message| Failure::at(0, message))
    }),
    function("filebase64", &[PATH], string, |call| {
        read_bytes(call.scope, call.text(0))
            .map(|bytes| base64_text(&bytes))
            .map_err(|message| Failure::at(0, message))
    }),
    function("fileexists", &[PATH], boolean, fileexists),
    function(
        "fileset",
        &[PATH, param("pattern", Kind::String)],
        |_| Type::set(Type::String),
        fileset,
    ),
    function("pathexpand", &[PATH], string, |call| {
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

/// Reads a file.
pub(super) fn read_bytes(scope: &dyn Scope, path: &str) -> Result<Vec<u8>, String> {
    files(scope)?.read(path).map_err(|error| error.to_string())
}

/// Reads a file as text, normalised to NFC.
pub(in crate::eval) fn read_text(scope: &dyn Scope, path: &str) -> Result<String, String> {
    let bytes = read_bytes(scope, path)?;
    if bytes.len() > MAX_TEXT {
        return Err(format!("`{path}` is larger than 16 MiB"));
    }
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

/// Lists the files below a directory that match a pattern, with `/` between names, relative to the directory.
fn fileset(call: &Call<'_>) -> Outcome {
    let located = files(call.scope)
        .and_then(|files| files.locate(call.text(0)).map_err(|error| error.to_string()))
        .map_err(|message| Failure::at(0, message))?;
    let pattern = glob(call.text(1)).ok_or_else(|| Failure::at(1, "the pattern is not valid"))?;
    let mut found = Vec::new();
    let mut seen = 0_usize;
    for entry in WalkDir::new(&located).follow_links(false).sort_by_file_name() {
        seen += 1;
        if seen > MAX_ENTRIES {
            return Err(Failure::at(
                0,
                format!("there are more than {MAX_ENTRIES} files below it"),
            ));
        }
        let Ok(entry) = entry else { continue };
        if !entry.path().is_file() {
            continue;
        }
        let Some(name) = relative(&located, entry.path()) else {
            continue;
        };
        if pattern.is_match(&name) {
            found.push(Value::normalised(name));
        }
    }
    Ok(set_elements(Type::String, found))
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

/// Turns a pattern with `*`, `**`, `?`, `[...]` and `{a,b}` into a regular expression for whole paths.
pub(super) fn glob(pattern: &str) -> Option<Regex> {
    let mut regex = String::from("^");
    let mut rest = pattern.strip_prefix("./").unwrap_or(pattern).chars().peekable();
    let mut depth = 0;
    while let Some(c) = rest.next() {
        match c {
            '*' if rest.next_if_eq(&'*').is_some() => match rest.next_if_eq(&'/') {
                Some(_) => regex.push_str("(?:[^/]+/)*"),
                None => regex.push_str(".*"),
            },
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '[' => {
                regex.push('[');
                if rest.next_if(|c| matches!(c, '!' | '^')).is_some() {
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
        assert!(!matches("[!a]", "a"));
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
