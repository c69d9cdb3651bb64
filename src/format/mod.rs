//! Configuration text → the same text in the one layout that everybody writes.
//!
//! In comes the text of a file that the parser accepts; out goes what means the same, with two spaces of indentation for each
//! open bracket, one space between tokens, and neighbouring `=` and comments aligned. Blank lines, the order and
//! the breaks of lines stay as they are.
//!
//! ```text
//! text ──lexer──▶ tokens ──rewrite──▶ tokens ──layout──▶ lines ──▶ text
//! ```

mod layout;
mod lexer;
mod outline;
mod rewrite;
mod spaces;

#[cfg(test)]
mod tests;

pub use outline::block_around;

/// Formats the text of a file; `None` if it cannot even be cut into tokens.
///
/// The parser is to be asked first: text with syntax errors comes out changed in ways that help nobody.
pub fn format(text: &str) -> Option<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (tokens, spaces_at_end) = lexer::tokens(text)?;
    let mut formatted = layout::laid_out(&rewrite::rewritten(&tokens));
    // No line ends here, so these are not taken for spaces at the end of one.
    formatted.extend(std::iter::repeat_n(' ', spaces_at_end));
    Some(formatted)
}

/// Tells whether an expression goes on in the next line: a bracket or a heredoc is open.
pub fn is_open(text: &str) -> bool {
    lexer::is_open(text)
}
