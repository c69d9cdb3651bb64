//! Which files are a configuration, and reading them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics, Source};

/// Tells whether a file of this name is part of a configuration.
///
/// Variable files and test files are not, nor is what an editor leaves behind.
pub fn is_configuration(name: &str) -> bool {
    let is_backup = name.starts_with('.') || name.ends_with('~') || name.starts_with('#');
    let native = native_name(name);
    native.ends_with(".hcl") && !is_backup && !is_variables(name) && !is_apart(name)
}

/// Tells whether a file of this name holds tests, or which commits of modules are used.
fn is_apart(name: &str) -> bool {
    native_name(name).ends_with(".test.hcl") || name == super::lock::NAME
}

/// Tells whether a path is a directory that can be read and has no file of a configuration.
pub fn is_empty_directory(path: &Path) -> bool {
    path.is_dir() && names(path, is_configuration).is_ok_and(|names| names.is_empty())
}

/// Tells whether a file of this name holds values of variables.
pub(super) fn is_variables(name: &str) -> bool {
    let native = native_name(name);
    native == "vars.hcl" || native.ends_with(".vars.hcl")
}

/// Tells whether a file overrides what others declare.
pub(super) fn is_override(source: &Source) -> bool {
    let name = source
        .path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let stem = native_name(name).strip_suffix(".hcl").unwrap_or_default();
    stem == "override" || stem.ends_with("_override")
}

/// Takes the `.json` of the JSON twin away.
fn native_name(name: &str) -> &str {
    match name.strip_suffix(".json") {
        Some(native) if native.ends_with(".hcl") => native,
        _ => name,
    }
}

/// Names the project after the directory, or after the stem of a single file.
///
/// `.` and paths like it are resolved first; what has no name at all, such as `/`, is called `default`.
pub fn project_name(path: &Path) -> String {
    let resolved = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = resolved.file_name().and_then(|name| name.to_str());
    let name = match name {
        Some(name) if resolved.is_file() => Path::new(native_name(name))
            .file_stem()
            .and_then(|stem| stem.to_str()),
        name => name,
    };
    name.unwrap_or("default").to_owned()
}

/// Reads the files of a directory, or one file; returns them sorted, with the directory that relative paths start from.
pub(super) fn read(path: &Path) -> Result<(Vec<Arc<Source>>, PathBuf), Diagnostics> {
    if path.is_dir() {
        return Ok((read_directory(path)?, path.to_owned()));
    }
    let source = read_source(path)?;
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    Ok((vec![source], parent.to_owned()))
}

fn read_directory(directory: &Path) -> Result<Vec<Arc<Source>>, Diagnostics> {
    let names = names(directory, is_configuration)?;
    if names.is_empty() {
        return Err(Diagnostic::error("No configuration files")
            .detail(format!(
                "The directory `{}` has no files that end in `.hcl` or `.hcl.json`.",
                directory.display()
            ))
            .help("Name the directory or the file that holds the configuration.")
            .into());
    }
    let mut problems = Diagnostics::default();
    let sources = names
        .iter()
        .filter_map(|name| problems.note(read_source(&shown(directory, name))))
        .collect();
    if problems.has_errors() {
        return Err(problems);
    }
    Ok(sources)
}

/// Lists the files of a directory whose names are wanted, sorted.
pub(super) fn names(directory: &Path, wanted: fn(&str) -> bool) -> Result<Vec<String>, Diagnostic> {
    let cannot = |error: std::io::Error| {
        Diagnostic::error("Cannot read the directory").detail(format!("`{}`: {error}.", directory.display()))
    };
    let mut names = Vec::new();
    for entry in directory.read_dir().map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        if let Ok(name) = entry.file_name().into_string()
            && wanted(&name)
            && entry.path().is_file()
        {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Writes a file's path as the user would: without the `./` of the default directory.
pub(super) fn shown(directory: &Path, name: &str) -> PathBuf {
    if directory == Path::new(".") {
        PathBuf::from(name)
    } else {
        directory.join(name)
    }
}

/// Reads one file, without its byte order mark.
pub(super) fn read_source(path: &Path) -> Result<Arc<Source>, Diagnostic> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        Diagnostic::error("Not UTF-8")
            .detail(format!("Line {line} of `{}` is not valid UTF-8.", path.display()))
            .help("Save the file in UTF-8.")
    })?;
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    Ok(Source::new(path, text))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    let problem =
        Diagnostic::error("Cannot read the configuration").detail(format!("`{}`: {error}.", path.display()));
    if error.kind() == std::io::ErrorKind::NotFound {
        return problem.help("Name a directory with `.hcl` files, or one such file.");
    }
    problem
}
