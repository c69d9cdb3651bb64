//! Cuts a text into its top-level items, so that each can be looked at alone, and finds its heredocs.
//!
//! The scanner knows strings, templates, heredocs, comments and brackets, and nothing else of the language. Items are asked
//! for once the parser has refused the whole file; heredocs before any text that may have some is parsed.
//!
//! An item that is not closed is followed to the end of the text, and scanning goes on behind its first line. A text of many
//! such items would be gone through as often, so whoever has seen [`ENOUGH`] of them stops.

use std::cell::Cell;
use std::ops::Range;

/// A top-level item: an attribute or a block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// From its first byte to the end of its last line.
    pub(super) range: Range<usize>,
    /// What the scanner found wrong with it; such an item need not be parsed.
    pub(super) problem: Option<Problem>,
}

/// What is wrong with the nesting of an item.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// A string has no closing quote on its line.
    String(Range<usize>),
    /// A heredoc has no line with its end marker.
    Heredoc(Range<usize>),
    /// A comment is not closed.
    Comment(Range<usize>),
    /// A bracket or block is not closed; the second place is where that shows.
    Unclosed(Range<usize>, Option<Range<usize>>),
    /// An `if` or `for` in a string has no end.
    Directive(Range<usize>, &'static str),
    /// A closing bracket closes nothing.
    Stray(Range<usize>),
}

/// After how many items that are wrong the rest of a text is not looked at any more.
pub(super) const ENOUGH: usize = 50;

/// A heredoc that is closed, and begins as the language has it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Heredoc {
    /// Where its `<<` stands.
    pub(super) start: usize,
    /// The word behind it.
    pub(super) marker: Range<usize>,
    /// The lines in between.
    pub(super) body: Range<usize>,
    /// The word that ends it.
    pub(super) end: Range<usize>,
}

/// How deep strings and the templates in them are followed.
const MAX_DEPTH: usize = 64;

/// Cuts a text into its items, one by one.
pub(super) fn items(text: &str) -> impl Iterator<Item = Item> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = next_start(text, at)?;
        let mut scanner = Scanner::new(text, start);
        let outcome = scanner.item();
        let (end, problem) = match outcome {
            Ok(end) => (end, None),
            Err(problem) => {
                let resume = scanner.resume();
                (resume, Some(problem))
            }
        };
        at = end.max(start + 1);
        Some(Item {
            range: start..end,
            problem,
        })
    })
}

/// Finds the heredocs of a text, in the order of their ends: of a text with too many items that are wrong, those before.
pub(super) fn heredocs(text: &str) -> Vec<Heredoc> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut wrong = 0;
    while let Some(start) = next_start(text, at).filter(|_| wrong < ENOUGH) {
        let mut scanner = Scanner::new(text, start);
        let end = scanner.item().unwrap_or_else(|_| {
            wrong += 1;
            scanner.resume()
        });
        at = end.max(start + 1);
        // Of an item that is not closed, what stands behind where scanning goes on is found again.
        found.extend(scanner.heredocs.into_iter().filter(|heredoc| heredoc.start < at));
    }
    found
}

/// Finds the next byte that is neither white space nor in a comment.
fn next_start(text: &str, mut at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    loop {
        match *bytes.get(at)? {
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'#' => at = line_end(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'/') => at = line_end(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'*') => match text[at + 2..].find("*/") {
                Some(length) => at += 2 + length + 2,
                None => return Some(at),
            },
            _ if text.is_char_boundary(at) => return Some(at),
            _ => at += 1,
        }
    }
}

/// Returns where a template sequence ends whose inside begins at an offset: behind its closing brace.
pub(super) fn template_end(text: &str, at: usize) -> Option<usize> {
    let mut scanner = Scanner::new(text, at);
    scanner.template().ok().map(|()| scanner.at)
}

/// Returns the offset of the line's newline, or of the end of the text.
fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(bytes.len(), |length| at + length)
}

/// A bracket that waits to be closed.
#[derive(Clone)]
struct Open {
    bracket: u8,
    at: usize,
    indent: usize,
}

impl Line {
    fn around(text: &str, at: usize) -> Self {
        let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let indent = text.as_bytes()[start..]
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        Self {
            start,
            indent,
            seen: at,
        }
    }
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    start: usize,
    at: usize,
    open: Vec<Open>,
    /// The first opening bracket that was closed by one on a line indented less: probably it is the one that is not closed.
    suspect: Option<Open>,
    /// The first line inside the item that looks like the start of another, with what was open there.
    header: Option<(usize, Open)>,
    /// How many strings the scanner is in.
    depth: usize,
    heredocs: Vec<Heredoc>,
    /// The line that was asked for last: a line may hold any number of brackets, and is gone through once.
    line: Cell<Line>,
}

/// A line as far as it has been looked at.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    indent: usize,
    seen: usize,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str, start: usize) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            start,
            at: start,
            open: Vec::new(),
            suspect: None,
            header: None,
            depth: 0,
            heredocs: Vec::new(),
            line: Cell::new(Line::around(text, start)),
        }
    }

    /// Scans one item and returns its end.
    fn item(&mut self) -> Result<usize, Problem> {
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b'\n' if self.open.is_empty() => return Ok(self.at + 1),
                b'\n' => self.newline(),
                b'"' => self.string()?,
                b'#' => self.at = line_end(self.bytes, self.at),
                b'/' if self.bytes.get(self.at + 1) == Some(&b'/') => {
                    self.at = line_end(self.bytes, self.at);
                }
                b'/' if self.bytes.get(self.at + 1) == Some(&b'*') => self.comment()?,
                b'<' if self.bytes.get(self.at + 1) == Some(&b'<') => self.heredoc()?,
                b'{' | b'[' | b'(' => self.push(byte),
                b'}' | b']' | b')' => self.close(byte)?,
                _ => self.at += 1,
            }
        }
        self.end()
    }

    fn end(&self) -> Result<usize, Problem> {
        match (&self.header, self.open.last()) {
            (_, None) => Ok(self.at),
            (Some((line, open)), _) => {
                let open = self
                    .suspect
                    .as_ref()
                    .filter(|open| open.at < *line)
                    .unwrap_or(open);
                Err(Problem::Unclosed(self.opening(open), None))
            }
            (None, Some(last)) => {
                let open = self.suspect.as_ref().unwrap_or(last);
                Err(Problem::Unclosed(self.opening(open), None))
            }
        }
    }

    /// Finds where scanning can go on after a problem: at the next line that looks like the start of a block.
    fn resume(&self) -> usize {
        let mut at = line_end(self.bytes, self.start);
        while at < self.bytes.len() {
            let line = at + 1;
            if self.is_header(line) {
                return line;
            }
            at = line_end(self.bytes, line.min(self.bytes.len()));
        }
        self.bytes.len()
    }

    fn newline(&mut self) {
        self.at += 1;
        if self.header.is_none()
            && self.is_header(self.at)
            && let Some(open) = self.open.last()
        {
            self.header = Some((self.at, open.clone()));
        }
    }

    /// Tells whether a line begins, without indentation, with a word and labels, and ends with an opening brace.
    fn is_header(&self, line: usize) -> bool {
        let Some(rest) = self.text.get(line..) else {
            return false;
        };
        let text = rest.lines().next().unwrap_or_default();
        let Some((before, after)) = text.split_once('{') else {
            return false;
        };
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'"' | b' ');
        before.starts_with(|c: char| c.is_ascii_alphabetic())
            && before.bytes().all(is_word)
            && (after.trim().is_empty() || after.trim().ends_with('}') || after.trim().starts_with('#'))
    }

    fn push(&mut self, bracket: u8) {
        self.open.push(Open {
            bracket,
            at: self.at,
            indent: self.line(self.at).indent,
        });
        self.at += 1;
    }

    fn close(&mut self, bracket: u8) -> Result<(), Problem> {
        let here = self.at..self.at + 1;
        let opening = match bracket {
            b'}' => b'{',
            b']' => b'[',
            _ => b'(',
        };
        self.at += 1;
        let Some(open) = self.open.pop() else {
            return Err(Problem::Stray(here));
        };
        if open.bracket != opening {
            return Err(Problem::Unclosed(self.opening(&open), Some(here)));
        }
        let line = self.line(here.start);
        let first_on_line = line.start + line.indent == here.start;
        if self.suspect.is_none() && first_on_line && line.indent < open.indent {
            self.suspect = Some(open);
        }
        Ok(())
    }

    /// Finds the line of an offset.
    fn line(&self, at: usize) -> Line {
        let known = self.line.get();
        let is_new = at < known.seen || self.bytes[known.seen..at].contains(&b'\n');
        let line = match is_new {
            true => Line::around(self.text, at),
            false => Line { seen: at, ..known },
        };
        self.line.set(line);
        line
    }

    /// Returns what to point at for a bracket: a block's whole header, else the bracket.
    fn opening(&self, open: &Open) -> Range<usize> {
        let start = self.line(open.at).start + open.indent;
        let before = &self.text[start..open.at];
        if open.bracket == b'{' && !before.is_empty() && !before.contains('=') {
            start..open.at + 1
        } else {
            open.at..open.at + 1
        }
    }

    fn comment(&mut self) -> Result<(), Problem> {
        match self.text[self.at + 2..].find("*/") {
            Some(length) => {
                self.at += 2 + length + 2;
                Ok(())
            }
            None => Err(Problem::Comment(self.at..self.at + 2)),
        }
    }

    /// Skips a string, and the templates inside it.
    fn string(&mut self) -> Result<(), Problem> {
        let start = self.at;
        let unterminated = |this: &Self| Problem::String(start..this.trimmed_line_end(start));
        if self.depth == MAX_DEPTH {
            return Err(unterminated(self));
        }
        self.depth += 1;
        self.at += 1;
        let mut directives: Vec<(Range<usize>, &'static str)> = Vec::new();
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    self.depth -= 1;
                    return match directives.pop() {
                        Some((begun, end)) => Err(Problem::Directive(begun, end)),
                        None => Ok(()),
                    };
                }
                b'\n' => return Err(unterminated(self)),
                b'$' | b'%' if self.bytes[self.at..].starts_with(&[byte, byte, b'{']) => self.at += 3,
                b'$' | b'%' if self.bytes.get(self.at + 1) == Some(&b'{') => {
                    let begun = self.at;
                    self.at += 2;
                    match self.template() {
                        Ok(()) => {}
                        Err(inner @ Problem::Directive(..)) => return Err(inner),
                        Err(_) => return Err(unterminated(self)),
                    }
                    if byte == b'%' {
                        self.directive(begun, &mut directives);
                    }
                }
                _ => self.at += 1,
            }
        }
        Err(unterminated(self))
    }

    /// Notes a directive that has just been read: what begins waits for its end.
    fn directive(&self, begun: usize, open: &mut Vec<(Range<usize>, &'static str)>) {
        let inner = self.text[begun + 2..self.at].trim_start_matches('~').trim_start();
        let end = inner.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(0);
        match &inner[..end] {
            "if" => open.push((begun..self.at, "endif")),
            "for" => open.push((begun..self.at, "endfor")),
            end => {
                if open.last().is_some_and(|(_, awaited)| *awaited == end) {
                    open.pop();
                }
            }
        }
    }

    /// Skips a template's expression up to and including its closing brace.
    fn template(&mut self) -> Result<(), Problem> {
        let start = self.at;
        let mut depth = 1;
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b'"' => self.string()?,
                b'{' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' => {
                    depth -= 1;
                    self.at += 1;
                    if depth == 0 {
                        return Ok(());
                    }
                }
                _ => self.at += 1,
            }
        }
        Err(Problem::Unclosed(start..start, None))
    }

    /// Skips a heredoc. What is meant as one is skipped too, so that its lines are not taken for anything else.
    fn heredoc(&mut self) -> Result<(), Problem> {
        let start = self.at;
        let end = line_end(self.bytes, start);
        let line = &self.text[start + 2..end];
        let marker = line.trim_start_matches('-').trim_end();
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        if marker.is_empty() || !marker.chars().all(is_word) {
            self.at += 2;
            return Ok(());
        }
        let behind = line.strip_prefix('-').unwrap_or(line);
        let is_heredoc = behind.strip_suffix('\r').unwrap_or(behind) == marker
            && marker.starts_with(|c: char| c.is_alphabetic() || c == '_');
        let mut line = end + 1;
        while line < self.bytes.len() {
            let body = end + 1..line;
            let end = line_end(self.bytes, line);
            let written = &self.text[line..end];
            if written.trim() == marker {
                let close = line + written.len() - written.trim_start().len();
                let open = start + self.text[start..].find(marker).unwrap_or_default();
                if is_heredoc {
                    self.heredocs.push(Heredoc {
                        start,
                        marker: open..open + marker.len(),
                        body,
                        end: close..close + marker.len(),
                    });
                }
                self.at = end;
                return Ok(());
            }
            line = end + 1;
        }
        Err(Problem::Heredoc(start..self.trimmed_line_end(start)))
    }

    fn trimmed_line_end(&self, at: usize) -> usize {
        at + self.text[at..line_end(self.bytes, at)].trim_end().len()
    }
}
