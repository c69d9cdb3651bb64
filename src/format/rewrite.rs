//! What is written in an old way, rewritten: bare labels, whole values in `"${…}"`, types as text.

use super::lexer::{Kind, Token};

const OPEN_QUOTE: Token<'_> = Token {
    kind: Kind::OpenQuote,
    text: "\"",
};
const CLOSE_QUOTE: Token<'_> = Token {
    kind: Kind::CloseQuote,
    text: "\"",
};
const OPEN_PAREN: Token<'_> = Token {
    kind: Kind::OpenParen,
    text: "(",
};
const CLOSE_PAREN: Token<'_> = Token {
    kind: Kind::CloseParen,
    text: ")",
};

/// Rewrites the tokens of a file.
pub(super) fn rewritten<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut rewriter = Rewriter {
        tokens,
        at: 0,
        out: Vec::with_capacity(tokens.len() + 16),
        blocks: Vec::new(),
    };
    while let Some(token) = rewriter.peek() {
        match token.kind {
            Kind::Ident if rewriter.is_attribute() => rewriter.attribute(),
            Kind::Ident => rewriter.header(),
            Kind::CloseBrace => {
                rewriter.blocks.pop();
                rewriter.take();
            }
            _ => rewriter.take(),
        }
    }
    rewriter.out
}

struct Rewriter<'t, 'a> {
    tokens: &'t [Token<'a>],
    at: usize,
    out: Vec<Token<'a>>,
    /// The types of the blocks that are open.
    blocks: Vec<&'a str>,
}

impl<'a> Rewriter<'_, 'a> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    fn take(&mut self) {
        self.out.extend(self.peek());
        self.at += 1;
    }

    fn is_attribute(&self) -> bool {
        let following = &self.tokens[self.at + 1..];
        let next = following.iter().find(|token| !token.kind.is_comment());
        next.is_some_and(|token| token.kind == Kind::Equal)
    }

    fn attribute(&mut self) {
        let name = self.tokens[self.at].text;
        while self.peek().is_some_and(|token| token.kind != Kind::Equal) {
            self.take();
        }
        self.take();
        let value = &self.tokens[self.at..][..value_length(&self.tokens[self.at..])];
        self.at += value.len();
        let begin = value.iter().take_while(|token| token.kind.is_comment()).count();
        let end = value
            .iter()
            .rev()
            .take_while(|token| token.kind.is_comment())
            .count();
        let end = value.len() - end.min(value.len() - begin);
        self.out.extend_from_slice(&value[..begin]);
        let is_type = name == "type" && self.blocks == ["variable"];
        self.value(&value[begin..end], is_type);
        self.out.extend_from_slice(&value[end..]);
    }

    fn value(&mut self, value: &[Token<'a>], is_type: bool) {
        if is_type {
            match type_of(value) {
                Some(ty) => self.out.extend(ty),
                None => self.out.extend_from_slice(value),
            }
            return;
        }
        let Some(inner) = interpolated(value) else {
            self.out.extend_from_slice(value);
            return;
        };
        // What stands on several lines needs brackets that keep it together.
        let is_enclosed = matches!(inner, [open, .., close] if open.kind == Kind::OpenParen && close.kind == Kind::CloseParen);
        let needs_parens = !is_enclosed && has_lines(inner);
        self.out.extend(needs_parens.then_some(OPEN_PAREN));
        self.out.extend_from_slice(inner);
        self.out.extend(needs_parens.then_some(CLOSE_PAREN));
    }

    fn header(&mut self) {
        self.blocks.push(self.tokens[self.at].text);
        self.take();
        while let Some(token) = self.peek() {
            match token.kind {
                Kind::Ident => {
                    let kind = Kind::Text;
                    self.out
                        .extend([OPEN_QUOTE, Token { kind, ..token }, CLOSE_QUOTE]);
                    self.at += 1;
                }
                Kind::OpenBrace => return self.take(),
                Kind::Newline => {
                    // No block at all: the parser would have refused it.
                    self.blocks.pop();
                    return;
                }
                _ => self.take(),
            }
        }
    }
}

/// Counts the tokens up to the end of the value: the end of a line, or of the block, outside of all brackets.
fn value_length(tokens: &[Token<'_>]) -> usize {
    let mut open = 0;
    for (at, token) in tokens.iter().enumerate() {
        if open == 0 && matches!(token.kind, Kind::Newline | Kind::CloseBrace) {
            return at;
        }
        open += match token.kind {
            Kind::OpenQuote | Kind::OpenHeredoc => 1,
            Kind::CloseQuote | Kind::CloseHeredoc => -1,
            kind => kind.nesting(),
        };
    }
    tokens.len()
}

/// Returns what stands in a value that is nothing but one `"${…}"`.
fn interpolated<'t, 'a>(value: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
    let [quote, open, inner @ .., close, end] = value else {
        return None;
    };
    let is_whole = quote.kind == Kind::OpenQuote
        && open.kind == Kind::OpenSequence
        && open.text.starts_with('$')
        && close.kind == Kind::CloseSequence
        && end.kind == Kind::CloseQuote;
    if !is_whole {
        return None;
    }
    let mut depth = 0;
    let mut has_comment = false;
    for token in inner {
        depth += token.kind.nesting();
        if depth < 0 {
            return None;
        }
        has_comment |= depth == 0 && token.kind == Kind::LineComment;
    }
    let is_newline = |token: &&Token<'_>| token.kind == Kind::Newline;
    let begin = inner.iter().take_while(is_newline).count();
    let end = inner.iter().rev().take_while(is_newline).count();
    let inner = inner.get(begin..inner.len() - end)?;
    // A comment would end the value if nothing kept its lines together.
    (has_lines(inner) || !has_comment).then_some(inner)
}

/// Tells whether lines end in it other than by a comment.
fn has_lines(tokens: &[Token<'_>]) -> bool {
    let ends_line = |pair: &[Token<'_>]| pair[0].kind != Kind::LineComment && pair[1].kind == Kind::Newline;
    tokens.windows(2).any(ends_line)
}

/// Returns a type as it is written today, if it is one of the old forms: `"list"`, or `list` alone.
fn type_of<'a>(value: &[Token<'a>]) -> Option<Vec<Token<'a>>> {
    let word = |text| Token {
        kind: Kind::Ident,
        text,
    };
    match value {
        [quote, text, _] if quote.kind == Kind::OpenQuote => match text.text {
            "string" => Some(vec![word("string")]),
            "list" => Some(vec![word("list"), OPEN_PAREN, word("string"), CLOSE_PAREN]),
            "map" => Some(vec![word("map"), OPEN_PAREN, word("string"), CLOSE_PAREN]),
            _ => None,
        },
        [name] if matches!(name.text, "list" | "map" | "set") => {
            Some(vec![*name, OPEN_PAREN, word("any"), CLOSE_PAREN])
        }
        _ => None,
    }
}
