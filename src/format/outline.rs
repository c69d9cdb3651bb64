//! Which top-level block a place stands in, told without parsing: the text may be wrong.

use super::lexer::{self, Kind, Token};

/// Returns the header of the top-level block around a byte offset, such as `container "web"`; `None` if there is none.
///
/// The block of a header is the one that it begins. Text that cannot be cut into tokens has no blocks.
pub fn block_around(text: &str, offset: usize) -> Option<String> {
    let (tokens, _) = lexer::tokens(text)?;
    let place = |token: &Token<'_>| token.text.as_ptr().addr() - text.as_ptr().addr();
    let mut depth = 0;
    let mut header = Vec::new();
    for token in tokens {
        let at = place(&token);
        if depth == 0 && at > offset && header.is_empty() {
            return None;
        }
        if depth == 0 {
            match token.kind {
                Kind::Newline | Kind::Equal => header.clear(),
                Kind::Ident if header.is_empty() => header.push(token.text.to_owned()),
                Kind::Ident | Kind::Text => header.push(format!("\"{}\"", token.text)),
                _ => {}
            }
        }
        depth += token.kind.nesting();
        if depth == 0 && token.kind == Kind::CloseBrace {
            if at >= offset {
                return Some(header.join(" ")).filter(|header| !header.is_empty());
            }
            header.clear();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outermost_block_counts() {
        let text = "a = 1\ncontainer \"web\" {\n  port {\n    host = 1\n  }\n}\nlocals {\n}\n";
        let around = |piece: &str| block_around(text, text.find(piece).unwrap());
        assert_eq!(around("a = 1"), None);
        assert_eq!(around("host").as_deref(), Some("container \"web\""));
        assert_eq!(around("\"web\"").as_deref(), Some("container \"web\""));
        assert_eq!(around("locals").as_deref(), Some("locals"));
        assert_eq!(block_around(text, text.len()), None);
    }
}
