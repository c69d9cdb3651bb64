//! A source → the lines that labels stand on, made harmless and short enough to be drawn.
//!
//! A file may have any size and its lines any length: what is drawn depends on neither.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use crate::diagnostic::Label;
use crate::view::escape::{escape, escape_source};

/// How many bytes of a line are shown; the rest of a longer one is left out.
const LONGEST_LINE: usize = 300;

/// How much is shown before the first label of a line that is too long.
const BEFORE: usize = 60;

/// What stands for what is left out.
const LEFT_OUT: &str = "…";

/// How many lines may stand between what is shown of two labels for it to be drawn as one piece.
const GAP: usize = 2;

/// The lines around labels of one file.
#[derive(Debug)]
pub(super) struct Excerpt {
    name: String,
    text: String,
    /// How many lines stand before the excerpt.
    lines_before: usize,
    /// Where each label stands in the excerpt: offset and length.
    pub(super) places: Vec<(usize, usize)>,
    /// The column of each label in the file, in characters from 0.
    columns: Vec<usize>,
}

impl Excerpt {
    /// Takes the lines from one before the first label to one after the last.
    pub(super) fn new(labels: &[&Label]) -> Option<Self> {
        let source = &labels.first()?.span.source;
        let text = source.text.as_str();
        let ranges: Vec<(usize, usize)> = labels
            .iter()
            .map(|label| {
                let start = boundary(text, label.span.range.start);
                (start, boundary(text, label.span.range.end).max(start))
            })
            .collect();
        let first = ranges.iter().map(|range| range.0).min().unwrap_or(0);
        let last = ranges.iter().map(|range| range.1).max().unwrap_or(0);
        let begin = line_start(text, line_start(text, first).saturating_sub(1));
        let end = line_end(text, (line_end(text, last) + 1).min(text.len()));
        let mut excerpt = Self {
            name: escape(&source.path.display().to_string()).into_owned(),
            text: String::new(),
            lines_before: text[..begin].matches('\n').count(),
            places: Vec::new(),
            columns: ranges
                .iter()
                .map(|(start, _)| text[line_start(text, *start)..*start].chars().count())
                .collect(),
        };
        let mut map = Vec::new();
        let mut at = begin;
        for line in text[begin..end].split_inclusive('\n') {
            excerpt.line(line, at, &ranges, &mut map);
            at += line.len();
        }
        excerpt.places = ranges
            .iter()
            .map(|(start, end)| {
                let (start, end) = (found(&map, *start), found(&map, *end));
                (start, end.saturating_sub(start))
            })
            .collect();
        Some(excerpt)
    }

    /// Adds a line; of a long one the part where the first label is. `map` gets the offsets of its pieces.
    fn line(&mut self, line: &str, at: usize, ranges: &[(usize, usize)], map: &mut Vec<(usize, usize)>) {
        let body = line.trim_end_matches('\n');
        let (from, to) = if body.len() <= LONGEST_LINE {
            (0, body.len())
        } else {
            let on_line = |offset: &usize| (at..=at + body.len()).contains(offset);
            let first = ranges.iter().map(|range| range.0).filter(on_line).min();
            let from = first.map_or(0, |first| (first - at).saturating_sub(BEFORE));
            (boundary(body, from), boundary(body, from + LONGEST_LINE))
        };
        map.push((at, self.text.len()));
        if from > 0 {
            self.text.push_str(LEFT_OUT);
        }
        let cuts = ranges.iter().flat_map(|range| [range.0, range.1]);
        let mut cuts: Vec<usize> = cuts
            .filter_map(|offset| offset.checked_sub(at))
            .filter(|offset| (from..to).contains(offset))
            .chain([from, to])
            .collect();
        cuts.sort_unstable();
        cuts.dedup();
        for piece in cuts.windows(2) {
            map.push((at + piece[0], self.text.len()));
            self.text.push_str(&escape_source(&body[piece[0]..piece[1]]));
        }
        map.push((at + to, self.text.len()));
        if to < body.len() {
            self.text.push_str(LEFT_OUT);
        }
        if line.len() > body.len() {
            self.text.push('\n');
        }
    }
}

/// Finds where an offset of the source has come to; what was left out is where it was cut.
fn found(map: &[(usize, usize)], offset: usize) -> usize {
    let after = map.partition_point(|(source, _)| *source <= offset);
    after.checked_sub(1).map_or(0, |at| map[at].1)
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline)
}

fn boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let contents = self.text.read_span(span, lines_before, lines_after)?;
        let label = self
            .places
            .iter()
            .position(|(offset, _)| *offset == span.offset());
        let column = match label {
            // Without context the place itself is asked for, to be named above the lines.
            Some(label) if lines_before == 0 => self.columns[label],
            _ => contents.column(),
        };
        let lines = String::from_utf8_lossy(contents.data()).lines().count();
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            contents.data(),
            *contents.span(),
            contents.line() + self.lines_before,
            column,
            // The count decides on nothing but whether the next label is drawn together with this one. That of a text is counted
            // from its beginning, so that labels would be drawn with all that is between them the further down they are.
            lines + GAP,
        )))
    }
}
