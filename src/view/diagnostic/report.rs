//! One diagnostic drawn with miette.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};

use crate::diagnostic::{Diagnostic, Label, Severity, Source};
use crate::view::escape::{escape, escape_lines};

use super::Look;
use super::excerpt::Excerpt;

/// Draws it: the summary, the detail, the lines with carets, the help; then the related places of other files.
pub(super) fn draw(diagnostic: &Diagnostic, look: Look) -> String {
    let handler = handler(look);
    let mut text = String::new();
    for (at, report) in reports(diagnostic).iter().enumerate() {
        // Drawing into a String fails only for a span outside of its source; the words are shown all the same.
        let mut drawn = String::new();
        if handler.render_report(&mut drawn, report).is_err() {
            drawn = format!("{}\n", super::line(diagnostic));
        }
        text += &match at {
            0 => with_values(&drawn, diagnostic),
            _ => drawn,
        };
    }
    text.lines()
        .fold(String::new(), |drawn, line| drawn + line.trim_end() + "\n")
}

/// Puts what references stood for under the lines of the source, inside of their frame.
fn with_values(drawn: &str, diagnostic: &Diagnostic) -> String {
    const END: &str = "╰────";
    if diagnostic.values.is_empty() {
        return drawn.to_owned();
    }
    let values = diagnostic
        .values
        .iter()
        .map(|known| format!("{} {}", escape(&known.reference), escape(&known.statement)));
    let lines: Vec<&str> = drawn.lines().collect();
    let end = lines
        .iter()
        .rposition(|line| console::strip_ansi_codes(line).trim() == END);
    let Some(end) = end else {
        // There are no lines of a source: then they follow the words.
        return values.fold(drawn.to_owned(), |text, value| text + "  " + &value + "\n");
    };
    let framed = |with: &str| lines[end].replace(END, with);
    let mut text = String::new();
    for line in &lines[..end] {
        text += line;
        text.push('\n');
    }
    text += &framed("├────────");
    text.push('\n');
    for value in values {
        text += &framed(&format!("│ {value}"));
        text.push('\n');
    }
    for line in &lines[end..] {
        text += line;
        text.push('\n');
    }
    text
}

fn handler(look: Look) -> GraphicalReportHandler {
    let mut theme = if look.paint.colours() {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    theme.characters.error = "Error:".to_owned();
    theme.characters.warning = "Warning:".to_owned();
    theme.characters.advice = "See also:".to_owned();
    GraphicalReportHandler::new_themed(theme)
        .with_width(look.width)
        .with_links(false)
        .with_break_words(false)
        .without_syntax_highlighting()
}

/// One report for the diagnostic itself, and one for each further file that it points into.
fn reports(diagnostic: &Diagnostic) -> Vec<Report> {
    let mut further: BTreeMap<&std::path::Path, Vec<&Label>> = BTreeMap::new();
    let mut here: Vec<&Label> = diagnostic.label.iter().collect();
    for label in &diagnostic.related {
        match here.first() {
            Some(first) if !same_source(&first.span.source, &label.span.source) => {
                further.entry(&label.span.source.path).or_default().push(label);
            }
            _ => here.push(label),
        }
    }
    let mut reports = vec![Report {
        severity: match diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        },
        summary: escape(&diagnostic.summary).into_owned(),
        detail: (!diagnostic.detail.is_empty())
            .then(|| Detail(escape_lines(&diagnostic.detail).into_owned())),
        help: (!diagnostic.help.is_empty()).then(|| escape_lines(&diagnostic.help).into_owned()),
        place: Place::new(&here),
    }];
    reports.extend(further.values().map(|labels| Report {
        severity: miette::Severity::Advice,
        summary: escape(&labels[0].span.location()).into_owned(),
        detail: None,
        help: None,
        place: Place::new(labels),
    }));
    reports
}

fn same_source(left: &Arc<Source>, right: &Arc<Source>) -> bool {
    Arc::ptr_eq(left, right) || left == right
}

/// What miette draws: every text in it is escaped.
#[derive(Debug)]
struct Report {
    severity: miette::Severity,
    summary: String,
    detail: Option<Detail>,
    help: Option<String>,
    place: Option<Place>,
}

#[derive(Debug)]
struct Detail(String);

/// Labels in one file.
#[derive(Debug)]
struct Place {
    source: Excerpt,
    labels: Vec<LabeledSpan>,
}

impl Place {
    fn new(labels: &[&Label]) -> Option<Self> {
        let source = Excerpt::new(labels)?;
        let words = |label: &Label| (!label.text.is_empty()).then(|| escape(&label.text).into_owned());
        let mut labels: Vec<LabeledSpan> = labels
            .iter()
            .zip(&source.places)
            .map(|(label, (offset, length))| LabeledSpan::new(words(label), *offset, *length))
            .collect();
        if let Some(first) = labels.first_mut() {
            *first = LabeledSpan::new_primary_with_span(first.label().map(str::to_owned), *first.inner());
        }
        Some(Self { source, labels })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.summary)
    }
}

impl std::error::Error for Report {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.detail.as_ref().map(|detail| detail as _)
    }
}

impl miette::Diagnostic for Report {
    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.place.as_ref().map(|place| &place.source as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.place.as_ref()?;
        Some(Box::new(place.labels.iter().cloned()))
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Detail {}
