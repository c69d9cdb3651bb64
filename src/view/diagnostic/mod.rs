//! [`Diagnostics`] → text: a report with the source's lines and a caret, or one line each.

mod excerpt;
mod report;

use std::collections::HashMap;
use std::fmt::Write;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};

use super::Paint;
use super::escape::escape;

/// How reports are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// The width in columns that text is wrapped to.
    pub width: usize,
    /// Colours or not.
    pub paint: Paint,
}

/// Writes all of them, errors last so that they stand nearest to the prompt, and a count if there are several.
///
/// Text that repeats an earlier one word for word is left out.
pub fn report(diagnostics: &Diagnostics, look: Look) -> String {
    let mut text = String::new();
    let mut seen: Vec<&Diagnostic> = Vec::new();
    let mut by_place: HashMap<Option<usize>, Vec<&Diagnostic>> = HashMap::new();
    for severity in [Severity::Warning, Severity::Error] {
        for diagnostic in &diagnostics.0 {
            let at = diagnostic.label.as_ref().map(|label| label.span.range.start);
            let same_place = by_place.entry(at).or_default();
            if diagnostic.severity == severity && !same_place.contains(&diagnostic) {
                same_place.push(diagnostic);
                seen.push(diagnostic);
                text += &report::draw(diagnostic, look);
                text.push('\n');
            }
        }
    }
    if seen.len() > 1 {
        text += &count(&seen);
        text.push('\n');
    }
    text
}

/// Writes one on a single line: `error: web.hcl:3:5: Unknown attribute: there is no attribute imag. Did you mean image?`.
pub fn line(diagnostic: &Diagnostic) -> String {
    let mut text = format!("{}: ", severity(diagnostic.severity));
    if let Some(label) = &diagnostic.label {
        let _ = write!(text, "{}: ", escape(&label.span.location()));
    }
    text += &escape(&diagnostic.summary);
    if !diagnostic.detail.is_empty() {
        let _ = write!(text, ": {}", on_one_line(&diagnostic.detail));
    }
    if !diagnostic.help.is_empty() {
        let _ = write!(text, " {}", on_one_line(&diagnostic.help));
    }
    text
}

/// Returns `error` or `warning`.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn on_one_line(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(escape).collect();
    lines.join(" ")
}

fn count(diagnostics: &[&Diagnostic]) -> String {
    let of = |severity| {
        diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .count()
    };
    let parts: Vec<String> = [(of(Severity::Error), "error"), (of(Severity::Warning), "warning")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests;
