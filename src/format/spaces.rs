//! Whether a space stands between two neighbours of a line.

use super::lexer::{Kind, Token};

/// Tells whether a space stands behind `token`, between `before` (on the same line) and `after`.
pub(super) fn between(before: Option<Token<'_>>, token: Token<'_>, after: Token<'_>) -> bool {
    use Kind::*;
    match (token.kind, after.kind) {
        (_, Newline) => false,
        // A call, and what is in a template.
        (Ident, OpenParen | DoubleColon) | (DoubleColon, Ident) => false,
        (Dot, _) | (_, Dot | Comma | Ellipsis) => false,
        (Comma, _) => true,
        (Text | OpenQuote | OpenHeredoc | CloseSequence, _) if in_template(token.kind, after.kind) => false,
        (_, Text | CloseQuote | CloseHeredoc) => false,
        // `in` before a tuple is the keyword of `for`, not a name that is indexed.
        (Ident, OpenBracket) if token.text == "in" => before.is_some_and(|before| before.kind == Ident),
        (Ident | Number | CloseBracket | CloseParen | CloseBrace, OpenBracket) => false,
        (Bang, _) => false,
        (Minus, _) => !is_negation(before),
        (OpenBrace, CloseBrace) => false,
        (OpenSequence, OpenBrace) | (CloseBrace, CloseSequence) => true,
        (OpenBrace, _) | (_, CloseBrace) => true,
        (OpenBracket | OpenParen | OpenSequence, _) => false,
        (_, CloseBracket | CloseParen | CloseSequence) => false,
        _ => true,
    }
}

fn in_template(token: Kind, after: Kind) -> bool {
    token != Kind::CloseSequence || after != Kind::Newline
}

/// A minus negates unless an operand stands before it.
fn is_negation(before: Option<Token<'_>>) -> bool {
    use Kind::*;
    before.is_none_or(|before| {
        matches!(
            before.kind,
            OpenParen
                | OpenBrace
                | OpenBracket
                | Equal
                | Colon
                | Comma
                | Question
                | Operator
                | Logical
                | Bang
                | Minus
        )
    })
}
