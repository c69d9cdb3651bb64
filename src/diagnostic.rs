//! What is said to the user when something is wrong: plain data, worded where the problem is known.
//!
//! Every stage reports [`Diagnostic`]s; only `view` turns them into text. A diagnostic points into a
//! [`Source`], which is kept from reading to the end of the run, so that any later error can show its line.

mod composed;

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

pub use composed::Composer;

/// A file of the configuration, kept whole; or a text that is put together from such files.
#[derive(PartialEq, Eq)]
pub struct Source {
    /// The path as the user would write it, relative to the working directory where possible.
    pub path: PathBuf,
    /// The text, without a byte order mark.
    pub text: String,
    /// What the text is put together from; empty for a file.
    pieces: Vec<composed::Piece>,
}

impl Source {
    /// Makes a source that can be shared by spans.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            path: path.into(),
            text: text.into(),
            pieces: Vec::new(),
        })
    }

    /// Returns the one-based line and column (in characters) of a byte offset.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (line, before[start..].chars().count() + 1)
    }
}

/// Shows the path alone: the text may hold secrets and is long.
impl fmt::Debug for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Source({})", self.path.display())
    }
}

/// A byte range in a source.
#[derive(Clone, PartialEq, Eq)]
pub struct Span {
    /// The file.
    pub source: Arc<Source>,
    /// Byte offsets into the file's text.
    pub range: Range<usize>,
}

impl Span {
    /// Makes a span. A place in a text that is put together from files is a place in one of the files.
    pub fn new(source: &Arc<Source>, range: Range<usize>) -> Self {
        let (source, range) =
            composed::origin(&source.pieces, &range).unwrap_or_else(|| (Arc::clone(source), range));
        Self { source, range }
    }

    /// Returns `path:line:column`.
    pub fn location(&self) -> String {
        let (line, column) = self.source.line_column(self.range.start);
        format!("{}:{line}:{column}", self.source.path.display())
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.location())
    }
}

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; the run goes on.
    Warning,
    /// The run cannot succeed.
    Error,
}

/// Whose fault it is, which decides the exit code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The configuration, an argument, a file, or the engine: exit code 1.
    #[default]
    Ordinary,
    /// The world moved since the plan, or the plan is stale: exit code 5.
    Conflict,
    /// Another run holds the lock: exit code 6.
    Locked,
    /// The command line: exit code 64.
    Usage,
}

/// One problem, in words: what is wrong, where, why, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// Whose fault it is.
    pub fault: Fault,
    /// A short sentence without names of the user's, such as `Unknown attribute`.
    pub summary: String,
    /// What and why, in full sentences. May be empty. Text from outside stands here unescaped.
    pub detail: String,
    /// The place, with the words that stand under the caret.
    pub label: Option<Label>,
    /// Further places, such as the first of two definitions.
    pub related: Vec<Label>,
    /// What the references in the place stood for, secrets hidden.
    pub values: Vec<Known>,
    /// How to mend it. May be empty.
    pub help: String,
}

/// What a reference stood for when something went wrong, such as `var.replicas` that `is 5`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The reference as it is written.
    pub reference: String,
    /// The end of a sentence that begins with the reference; it holds no secrets. Text of the user's stands in it unescaped.
    pub statement: String,
}

/// A place and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What stands under the caret. May be empty.
    pub text: String,
}

impl Diagnostic {
    /// Starts an error.
    pub fn error(summary: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            fault: Fault::Ordinary,
            summary: summary.into(),
            detail: String::new(),
            label: None,
            related: Vec::new(),
            values: Vec::new(),
            help: String::new(),
        }
    }

    /// Starts a warning.
    pub fn warning(summary: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(summary)
        }
    }

    /// Adds what and why.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Points at the place.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.label = Some(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Points at a further place.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Says what references stood for.
    #[must_use]
    pub fn knowing(mut self, values: impl IntoIterator<Item = Known>) -> Self {
        self.values.extend(values);
        self
    }

    /// Says how to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Says whose fault it is.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }
}

/// Several problems, in the order in which they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Tells whether any of them is an error.
    pub fn has_errors(&self) -> bool {
        self.0
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds many.
    pub fn extend(&mut self, others: impl IntoIterator<Item = Diagnostic>) {
        self.0.extend(others);
    }

    /// Keeps the value of a result and notes the problem of an error.
    pub fn note<T>(&mut self, result: Result<T, impl Into<Diagnostics>>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(problems) => {
                self.extend(problems.into().0);
                None
            }
        }
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Finds the candidate that the user most likely meant: at most two edits away, the nearest first.
///
/// Only the first `MAX_CANDIDATES` are looked at, and no name that is longer than `LONGEST_NAME`: thousands of wrong names
/// among thousands of names must not take for ever.
pub fn did_you_mean<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = wrong.chars().count();
    if length > LONGEST_NAME {
        return None;
    }
    let limit = if length <= 3 { 1 } else { 2 };
    candidates
        .into_iter()
        .take(MAX_CANDIDATES)
        .filter(|candidate| {
            candidate
                .chars()
                .take(length + limit + 1)
                .count()
                .abs_diff(length)
                <= limit
        })
        .map(|candidate| (edit_distance(wrong, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many candidates are compared with what was written.
const MAX_CANDIDATES: usize = 1_000;

/// How many characters a name may have to be compared with others.
const LONGEST_NAME: usize = 100;

/// Counts insertions, deletions, substitutions and swaps of neighbours between two words.
fn edit_distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=left.len() {
        for j in 1..=right.len() {
            let cost = usize::from(left[i - 1] != right[j - 1]);
            let mut best = (rows[i - 1][j] + 1)
                .min(rows[i][j - 1] + 1)
                .min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_the_nearest_name() {
        assert_eq!(did_you_mean("nmae", ["image", "name", "mount"]), Some("name"));
        assert_eq!(
            did_you_mean("contaner", ["container", "network"]),
            Some("container")
        );
        assert_eq!(did_you_mean("xyz", ["container", "network"]), None);
    }

    #[test]
    fn a_giant_name_is_compared_with_nothing() {
        let giant = "a".repeat(1_000_000);
        assert_eq!(did_you_mean(&giant, [giant.as_str()]), None);
        assert_eq!(did_you_mean("name", [giant.as_str(), "nome"]), Some("nome"));
    }

    #[test]
    fn columns_count_characters() {
        let source = Source::new("a.hcl", "é = 1\nb = ü x");
        assert_eq!(source.line_column(source.text.find('x').unwrap()), (2, 7));
    }
}
