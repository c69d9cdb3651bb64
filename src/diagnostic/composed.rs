//! Texts that are put together from pieces of files: places in them are places in the files.
//!
//! In comes text with where it stands, or text that stands nowhere; out goes one [`Source`] whose spans point into the files.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::Source;

/// A piece of a text, and what it stands for.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Where it stands in the text.
    at: Range<usize>,
    /// The file that it stands for.
    source: Arc<Source>,
    /// The place in the file. Of the same length: the two correspond byte by byte; otherwise as a whole.
    from: Range<usize>,
}

impl Piece {
    fn is_exact(&self) -> bool {
        self.at.len() == self.from.len()
    }

    /// Returns where a place at or behind the beginning of this piece stands in the file.
    fn start(&self, at: usize) -> usize {
        match self.is_exact() {
            true => (self.from.start + (at - self.at.start)).min(self.from.end),
            false if at < self.at.end => self.from.start,
            false => self.from.end,
        }
    }

    /// Returns where something that ends inside or behind this piece ends in the file.
    fn end(&self, at: usize) -> usize {
        match self.is_exact() {
            true => (self.from.start + (at - self.at.start)).min(self.from.end),
            false => self.from.end,
        }
    }
}

/// Finds the place in a file that a place in a text stands for.
pub(super) fn origin(pieces: &[Piece], range: &Range<usize>) -> Option<(Arc<Source>, Range<usize>)> {
    // Nothing stands before the first piece but what was made up.
    let index = |at: usize| {
        pieces
            .partition_point(|piece| piece.at.start <= at)
            .saturating_sub(1)
    };
    let first = pieces.get(index(range.start))?;
    let start = first.start(range.start.max(first.at.start));
    let last = &pieces[index(range.end.saturating_sub(1).max(range.start))];
    let end = match Arc::ptr_eq(&first.source, &last.source) {
        true => last.end(range.end.max(last.at.start)),
        false => first.from.end,
    };
    Some((Arc::clone(&first.source), start..end.max(start)))
}

/// Puts a text together.
#[derive(Default)]
pub struct Composer {
    text: String,
    pieces: Vec<Piece>,
}

impl Composer {
    /// Adds text that stands in no file.
    pub fn filler(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds text that stands for a place in a file: byte by byte if the two are of one length, otherwise as a whole.
    pub fn piece(&mut self, text: &str, source: &Arc<Source>, from: Range<usize>) {
        let at = self.text.len()..self.text.len() + text.len();
        self.text.push_str(text);
        if let Some(last) = self.pieces.last_mut()
            && last.is_exact()
            && at.len() == from.len()
            && (last.at.end, last.from.end) == (at.start, from.start)
            && Arc::ptr_eq(&last.source, source)
        {
            (last.at.end, last.from.end) = (at.end, from.end);
            return;
        }
        self.pieces.push(Piece {
            at,
            source: Arc::clone(source),
            from,
        });
    }

    /// Adds a whole text, with the places that it stands for.
    pub fn source(&mut self, source: &Arc<Source>) {
        if source.pieces.is_empty() {
            return self.piece(&source.text, source, 0..source.text.len());
        }
        let shift = self.text.len();
        self.text.push_str(&source.text);
        self.pieces.extend(source.pieces.iter().map(|piece| Piece {
            at: piece.at.start + shift..piece.at.end + shift,
            ..piece.clone()
        }));
    }

    /// Returns the whole under a path.
    pub fn finish(self, path: impl Into<PathBuf>) -> Arc<Source> {
        Arc::new(Source {
            path: path.into(),
            text: self.text,
            pieces: self.pieces,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Span;
    use super::*;

    #[test]
    fn places_are_those_of_the_files() {
        let left = Source::new("a", "one two");
        let right = Source::new("b", r#"x\ny"#);
        let mut composer = Composer::default();
        composer.filler("<");
        composer.source(&left);
        composer.filler("|");
        composer.piece("\n", &right, 1..3);
        composer.piece("y", &right, 3..4);
        let inner = composer.finish("inner");
        let mut composer = Composer::default();
        composer.filler("....");
        composer.source(&inner);
        let whole = composer.finish("whole");
        assert_eq!(whole.text, "....<one two|\ny");
        let place = |text: &str| {
            let at = whole.text.find(text).unwrap();
            let span = Span::new(&whole, at..at + text.len());
            (span.source.path.display().to_string(), span.range)
        };
        assert_eq!(place("two"), ("a".to_owned(), 4..7));
        assert_eq!(place("\n"), ("b".to_owned(), 1..3));
        assert_eq!(place("\ny"), ("b".to_owned(), 1..4));
        assert_eq!(place("y"), ("b".to_owned(), 3..4));
        // What reaches from one file into another ends with the first.
        assert_eq!(place("two|\ny"), ("a".to_owned(), 4..7));
        assert_eq!(place("<o"), ("a".to_owned(), 0..1));
    }
}
