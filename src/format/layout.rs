//! Tokens → lines with indentation, spaces and columns.

use unicode_segmentation::UnicodeSegmentation;

use super::lexer::{Kind, Token};
use super::spaces;

/// How many spaces each open bracket line moves what follows.
const STEP: usize = 2;

/// A token with the spaces before it.
#[derive(Clone, Copy)]
struct Placed<'a> {
    token: Token<'a>,
    spaces: usize,
}

/// A line in the three columns that are aligned with those of its neighbours.
struct Line<'a> {
    cells: [Vec<Placed<'a>>; 3],
    /// The end of the line, as it was.
    end: &'a str,
}

/// Everything but the rest, or what stands before the `=`.
const LEAD: usize = 0;
/// The `=` and the value.
const ASSIGN: usize = 1;
/// The comment at the end.
const COMMENT: usize = 2;

/// Lays tokens out and writes them.
pub(super) fn laid_out(tokens: &[Token<'_>]) -> String {
    let mut lines: Vec<Line<'_>> = tokens
        .split_inclusive(|token| token.kind == Kind::Newline)
        .map(line)
        .collect();
    indent(&mut lines);
    align(&mut lines, ASSIGN);
    align(&mut lines, COMMENT);
    let mut text = String::new();
    for line in &lines {
        for placed in line.cells.iter().flatten() {
            text.extend(std::iter::repeat_n(' ', placed.spaces));
            text.push_str(placed.token.text);
        }
        text.push_str(line.end);
    }
    text
}

/// Sorts the tokens of a line into its columns and puts spaces between them.
fn line<'a>(tokens: &[Token<'a>]) -> Line<'a> {
    let (tokens, end) = match tokens.split_last() {
        Some((last, rest)) if last.kind == Kind::Newline => (rest, last.text),
        _ => (tokens, ""),
    };
    let ends_line = |kind| match kind {
        Kind::LineComment => true,
        // It could be followed by more, unless the file ends.
        Kind::InlineComment => end.is_empty(),
        _ => false,
    };
    let (code, comment) = match tokens.split_last() {
        Some((last, rest)) if ends_line(last.kind) && !rest.is_empty() => (rest, std::slice::from_ref(last)),
        _ => (tokens, [].as_slice()),
    };
    let equal = code.iter().position(|token| token.kind == Kind::Equal);
    let (lead, assign) = match equal {
        // Neither what goes on in the next lines takes part, nor what stands inside of a bracket of this one.
        Some(at) if at > 0 && nesting(code[at..].iter().copied()) == 0 => code.split_at(at),
        _ => (code, [].as_slice()),
    };
    Line {
        cells: [lead, assign, comment].map(spaced),
        end,
    }
}

fn spaced<'a>(tokens: &[Token<'a>]) -> Vec<Placed<'a>> {
    let mut placed = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        let spaces = match at.checked_sub(1) {
            None => 0,
            Some(previous) => {
                let before = previous.checked_sub(1).map(|at| tokens[at]);
                usize::from(spaces::between(before, tokens[previous], *token))
            }
        };
        placed.push(Placed {
            token: *token,
            spaces,
        });
    }
    placed
}

/// Counts the brackets that stay open, or those closed too many; what stands in a heredoc that begins here does not count.
fn nesting<'a>(tokens: impl IntoIterator<Item = Token<'a>>) -> isize {
    tokens
        .into_iter()
        .take_while(|token| token.kind != Kind::OpenHeredoc)
        .map(|token| token.kind.nesting())
        .sum()
}

/// Moves each line in by the number of lines before it whose brackets are still open.
fn indent(lines: &mut [Line<'_>]) {
    let mut open: Vec<isize> = Vec::new();
    for line in lines {
        let code = line.cells[..COMMENT].iter().flatten();
        let change = nesting(code.map(|placed| placed.token));
        if change < 0 {
            close(&mut open, -change);
        }
        if let Some(first) = line.cells[LEAD].first_mut() {
            first.spaces = STEP * open.len();
        }
        if change > 0 {
            open.push(change);
        }
    }
}

fn close(open: &mut Vec<isize>, mut count: isize) {
    while count > 0 {
        let Some(last) = open.last_mut() else { return };
        if *last > count {
            *last -= count;
            return;
        }
        count -= *last;
        open.pop();
    }
}

/// Lets a column begin at one place in neighbouring lines that have it.
fn align(lines: &mut [Line<'_>], column: usize) {
    for chain in lines.chunk_by_mut(|one, next| one.has(column) == next.has(column)) {
        let widest = chain
            .iter()
            .map(|line| line.width_before(column))
            .max()
            .unwrap_or(0);
        for line in chain {
            let width = line.width_before(column);
            if let Some(first) = line.cells[column].first_mut() {
                first.spaces = widest - width + 1;
            }
        }
    }
}

impl Line<'_> {
    fn has(&self, column: usize) -> bool {
        !self.cells[column].is_empty()
    }

    /// Counts columns as people see characters.
    fn width_before(&self, column: usize) -> usize {
        self.cells[..column]
            .iter()
            .flatten()
            .map(|placed| placed.spaces + placed.token.text.graphemes(true).count())
            .sum()
    }
}
