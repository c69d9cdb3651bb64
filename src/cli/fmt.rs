//! `wharf fmt`: writes files in the one layout.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::arguments::{Fmt, HERE};
use super::terminal::Terminal;
use super::{ExitStatus, Outcome};
use crate::config;
use crate::diagnostic::{Diagnostic, Diagnostics, Fault, Source};
use crate::format::format;
use crate::view::escape::{escape, escape_lines};

/// What stands for standard input.
const STDIN: &str = "-";

/// Formats files, or standard input. A file with errors stays as it is, and the others are formatted all the same.
pub(super) fn run(arguments: &Fmt, terminal: &Terminal) -> Outcome {
    if arguments.paths.iter().any(|path| path == Path::new(STDIN)) {
        return stdin(arguments, terminal);
    }
    let mut problems = Diagnostics::default();
    let mut any_differs = false;
    for path in files(arguments, &mut problems) {
        let differs = problems.note(file(&path, arguments, terminal));
        any_differs |= differs.unwrap_or(false);
    }
    if problems.has_errors() {
        return Err(problems);
    }
    Ok(status(arguments, any_differs))
}

fn status(arguments: &Fmt, any_differs: bool) -> ExitStatus {
    if arguments.check && any_differs {
        ExitStatus::Unformatted
    } else {
        ExitStatus::Success
    }
}

fn stdin(arguments: &Fmt, terminal: &Terminal) -> Outcome {
    if arguments.paths.len() > 1 {
        return Err(Diagnostic::error("Standard input among files")
            .detail("`-` is standard input, and stands alone.")
            .fault(Fault::Usage)
            .into());
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| Diagnostic::error("Cannot read standard input").detail(format!("{error}.")))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Diagnostic::error("Not UTF-8").detail("Standard input is not valid UTF-8."))?;
    let formatted = formatted(Path::new("<stdin>"), &text)?;
    if arguments.diff {
        terminal.result(&difference("<stdin>", &text, &formatted));
    } else if !arguments.check {
        // On its way through a pipe the last line ends like the others.
        let end = if formatted.ends_with('\n') { "" } else { "\n" };
        terminal.result(&(formatted.clone() + end));
    }
    Ok(status(arguments, formatted != text))
}

/// Formats one file; tells whether it differed.
fn file(path: &Path, arguments: &Fmt, terminal: &Terminal) -> Result<bool, Diagnostics> {
    let cannot = |what: &str, error: &std::io::Error| {
        Diagnostic::error(format!("Cannot {what} the file")).detail(format!("`{}`: {error}.", path.display()))
    };
    let bytes = fs::read(path).map_err(|error| cannot("read", &error))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Diagnostic::error("Not UTF-8")
            .detail(format!("`{}` is not valid UTF-8.", path.display()))
            .help("Save the file in UTF-8.")
    })?;
    let formatted = formatted(path, &text)?;
    if formatted == text {
        return Ok(false);
    }
    let shown = path.display().to_string();
    if arguments.list {
        terminal.result(&format!("{}\n", escape(&shown)));
    }
    if arguments.write && !arguments.check {
        fs::write(path, &formatted).map_err(|error| cannot("write", &error))?;
    }
    if arguments.diff {
        terminal.result(&difference(&shown, &text, &formatted));
    }
    Ok(true)
}

fn formatted(path: &Path, text: &str) -> Result<String, Diagnostics> {
    let source = Source::new(path, text.strip_prefix('\u{feff}').unwrap_or(text));
    config::check_syntax(&source)?;
    Ok(format(text).ok_or_else(|| {
        Diagnostic::error("Cannot format the file").detail(format!(
            "A string, a heredoc or a bracket in `{}` is not closed.",
            path.display()
        ))
    })?)
}

fn difference(name: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let text = diff
        .unified_diff()
        .header(&format!("old/{}", escape(name)), &format!("new/{}", escape(name)))
        .to_string();
    escape_lines(&text).into_owned()
}

/// Lists what is to be formatted: named files, and the files of named directories by name.
fn files(arguments: &Fmt, problems: &mut Diagnostics) -> Vec<PathBuf> {
    let here = [PathBuf::from(HERE)];
    let named = match arguments.paths.as_slice() {
        [] => here.as_slice(),
        paths => paths,
    };
    let mut found = Vec::new();
    for path in named {
        if path.is_dir() {
            found.extend(
                problems
                    .note(in_directory(path, arguments.recursive))
                    .unwrap_or_default(),
            );
        } else if !path.exists() {
            problems.push(
                Diagnostic::error("Nothing to format")
                    .detail(format!("There is no file or directory `{}`.", path.display())),
            );
        } else if path.extension().is_some_and(|extension| extension == "hcl") {
            found.push(path.clone());
        } else {
            problems.push(
                Diagnostic::error("Not a configuration file")
                    .detail(format!("`{}` does not end in `.hcl`.", path.display())),
            );
        }
    }
    found
}

/// Lists the files of a directory; hidden directories and what editors leave behind are passed over.
fn in_directory(directory: &Path, recursive: bool) -> Result<Vec<PathBuf>, Diagnostics> {
    let is_wanted = |name: &str| !name.starts_with(['.', '#']) && !name.ends_with('~');
    let depth = if recursive { usize::MAX } else { 1 };
    let entries = walkdir::WalkDir::new(directory)
        .max_depth(depth)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || entry.file_name().to_str().is_some_and(is_wanted));
    let mut found = Vec::new();
    let mut problems = Diagnostics::default();
    for entry in entries {
        let entry = problems.note(
            entry.map_err(|error| Diagnostic::error("Cannot read the directory").detail(format!("{error}."))),
        );
        let Some(entry) = entry else { continue };
        let path = entry.path();
        if path.is_file() && path.extension().is_some_and(|extension| extension == "hcl") {
            // Names are shown as the user would write them.
            let shown = path.strip_prefix(HERE).unwrap_or(path);
            found.push(shown.to_owned());
        }
    }
    if problems.has_errors() {
        return Err(problems);
    }
    Ok(found)
}
