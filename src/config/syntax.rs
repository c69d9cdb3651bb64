//! Text → syntax tree, or every syntax error of the text.

use std::ops::Range;
use std::sync::Arc;

use hcl_edit::parser::Error;
use hcl_edit::structure::Body;

use super::Expr;
use super::heredoc::spelt;
use super::scan::{self, Problem};
use super::strict;
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};

/// How many syntax errors of one file are told, or one more: an item can have two.
const ENOUGH: usize = scan::ENOUGH;

/// Parses a file.
pub(super) fn parse(source: &Arc<Source>) -> Result<Body, Diagnostics> {
    let text = spelt(&source.text);
    let body = hcl_edit::parser::parse_body(&text).map_err(|whole| every_error(source, &text, &whole))?;
    let problems = strict::problems(source, &body);
    if problems.has_errors() {
        return Err(problems);
    }
    Ok(body)
}

/// Checks a file as far as its layout is concerned: a name that is given twice is no concern of it.
pub(super) fn check(source: &Arc<Source>) -> Result<(), Diagnostics> {
    let text = spelt(&source.text);
    let problems = match hcl_edit::parser::parse_body(&text) {
        Ok(body) => strict::problems(source, &body),
        Err(error) => {
            let mut problems = every_error(source, &text, &error);
            problems.0.retain(|problem| problem.summary != KEY_TWICE);
            problems
        }
    };
    if problems.has_errors() {
        return Err(problems);
    }
    Ok(())
}

/// How deep blocks are nested in which errors are looked for although they are not closed.
const DEEPEST: usize = 4;

/// What is said of most errors.
const SYNTAX: &str = "Syntax error";

/// What is said of an object with the same key twice.
const KEY_TWICE: &str = "Key set twice";

/// Parses an expression that stands alone.
pub(super) fn expression(source: &Arc<Source>) -> Result<Expr, Diagnostics> {
    match hcl_edit::parser::parse_expr(&spelt(&source.text)) {
        Ok(expression) => {
            let problems = strict::problems_in(source, &expression);
            if problems.has_errors() {
                return Err(problems);
            }
            Ok(Expr {
                source: Arc::clone(source),
                expression,
            })
        }
        Err(error) => Err(refused(source, 0, &error).into()),
    }
}

/// The parser stops at its first error: the file's items are looked at one by one, as they are spelt for it, to find the others.
fn every_error(source: &Arc<Source>, spelt: &str, whole: &Error) -> Diagnostics {
    let mut problems = Diagnostics::default();
    for item in scan::items(&source.text) {
        match item.problem {
            Some(problem) => {
                problems.extend(inside(source, spelt, &item.range, &problem));
                problems.push(badly_nested(source, problem));
            }
            // A `{` on a line of its own belongs to the header before it, which has been refused.
            None if source.text[item.range.start..].starts_with('{') && problems.has_errors() => {}
            None => {
                let text = &spelt[item.range.clone()];
                if let Err(error) = hcl_edit::parser::parse_body(text) {
                    problems.push(refused(source, item.range.start, &error));
                }
            }
        }
        if problems.0.len() >= ENOUGH {
            break;
        }
    }
    if problems.0.is_empty() {
        // Items that are right alone can be wrong together, such as an attribute that is set twice.
        problems.push(refused(source, 0, whole));
    }
    problems
}

/// Finds the first error inside of a block that is not closed: as if it were closed where the text ends.
fn inside(source: &Arc<Source>, spelt: &str, range: &Range<usize>, problem: &Problem) -> Option<Diagnostic> {
    let Problem::Unclosed(at, _) = problem else {
        return None;
    };
    if at.len() == 1 {
        return None;
    }
    let text = &spelt[range.clone()];
    let closed = (1..=DEEPEST).map(|depth| format!("{text}\n{}", "}\n".repeat(depth)));
    for text_closed in closed {
        match hcl_edit::parser::parse_body(&text_closed) {
            Ok(_) => return None,
            Err(error) if error.location().offset() <= text.len() => {
                let found = refused(source, range.start, &error);
                // Something that is set twice is said of blocks that are whole.
                return Some(found).filter(|found| found.summary == SYNTAX);
            }
            // Another block inside waits to be closed.
            Err(_) => {}
        }
    }
    None
}

fn badly_nested(source: &Arc<Source>, problem: Problem) -> Diagnostic {
    let span = |range| Span::new(source, range);
    match problem {
        Problem::String(at) => Diagnostic::error("Unterminated string")
            .detail("A string must be closed on the line where it begins.")
            .at(span(at), "this string is never closed")
            .help("Add the closing `\"`; for text of several lines write a heredoc, `<<-EOT` … `EOT`."),
        Problem::Heredoc(at) => Diagnostic::error("Unterminated heredoc")
            .detail("A heredoc ends with a line that holds nothing but its marker.")
            .at(span(at), "this heredoc is never closed"),
        Problem::Comment(at) => {
            Diagnostic::error("Unterminated comment").at(span(at), "this comment is never closed")
        }
        Problem::Directive(at, end) => Diagnostic::error("Unclosed directive")
            .detail(format!(
                "A directive is ended by `%{{ {end} }}` in the same string."
            ))
            .at(span(at), "this directive is never ended")
            .help(format!(
                "Add `%{{ {end} }}`; to write `%{{` itself, double the sign: `%%{{`."
            )),
        Problem::Stray(at) => {
            Diagnostic::error("Unexpected closing bracket").at(span(at), "this closes nothing")
        }
        Problem::Unclosed(at, shows) => {
            let is_block = at.len() > 1;
            let (summary, label) = if is_block {
                ("Unclosed block", "this block is never closed")
            } else {
                ("Unclosed bracket", "this bracket is never closed")
            };
            let diagnostic = Diagnostic::error(summary).at(span(at), label);
            match shows {
                Some(shows) => diagnostic.related(span(shows), "its end was expected before this"),
                None => diagnostic,
            }
        }
    }
}

/// Words what the parser says, for a text that begins at an offset of the file.
fn refused(source: &Arc<Source>, shift: usize, error: &Error) -> Diagnostic {
    let mut at = shift + error.location().offset().min(source.text.len() - shift);
    while !source.text.is_char_boundary(at) {
        at -= 1;
    }
    let found = source.text[at..].chars().next();
    if error.message().contains("found redefined attribute") {
        let name = word(&source.text[at..]);
        return Diagnostic::error("Argument set twice")
            .detail(format!("`{name}` is set before in the same block."))
            .at(Span::new(source, at..at + name.len()), "set again here")
            .help("Keep one of them.");
    }
    if error.message().contains("found redefined object key") {
        return Diagnostic::error(KEY_TWICE)
            .detail("An object has each key once, and the key of this item stands before it already.")
            .at(
                Span::new(source, at..at + found.map_or(0, char::len_utf8)),
                "set again here",
            )
            .help("Keep one of them.");
    }
    let width = found.map_or(0, char::len_utf8);
    let message = error.message();
    let in_expression = message.starts_with("invalid expression");
    let (range, detail) = match misplaced(&source.text, at, message) {
        Some((range, detail)) => (range, detail.to_owned()),
        None => (at..at + width, reworded(message)),
    };
    let diagnostic = Diagnostic::error(SYNTAX)
        .detail(detail)
        .at(Span::new(source, range), "");
    if is_begun_heredoc(&source.text, at) {
        return diagnostic.help(
            "A heredoc begins with `<<` or `<<-` and a name right behind, and nothing else follows on the line.",
        );
    }
    match found {
        Some(',') if !in_expression => {
            diagnostic.help("Arguments of a block stand on lines of their own, without commas.")
        }
        Some(':') => diagnostic.help("Arguments are written with `=`."),
        Some(';') => diagnostic.help("Lines do not end with `;`."),
        Some('\'' | '“' | '”' | '„' | '‘' | '’') => {
            diagnostic.help("Strings are written in straight double quotes, `\"…\"`.")
        }
        _ => match quantity(&source.text, at) {
            Some(quantity) => diagnostic.help(format!("A number with a unit is text: `\"{quantity}\"`.")),
            None => diagnostic,
        },
    }
}

/// Tells whether the parser stopped at what begins nearly as a heredoc does, such as a marker with a space behind it.
fn is_begun_heredoc(text: &str, at: usize) -> bool {
    let (before, behind) = text.split_at(at);
    let line = before.rsplit('\n').next().unwrap_or_default();
    let begun = line
        .rsplit_once("<<")
        .map(|(_, marker)| marker.trim_start_matches('-'));
    behind.starts_with("<<") || begun.is_some_and(|marker| word(marker) == marker)
}

/// Finds where the mistake is if the parser stops at another place, and what to say of it.
fn misplaced(text: &str, at: usize, message: &str) -> Option<(Range<usize>, &'static str)> {
    let (before, behind) = text.split_at(at);
    let end = before.trim_end().len();
    if message.starts_with("invalid traversal operator") && before[..end].ends_with('.') && end < at {
        return Some((
            end..end + 1,
            "A name, an index or `*` was expected behind the point.",
        ));
    }
    // At the end of a text the parser goes back to where the name begins.
    let is_last =
        message == "unexpected token" && !word(behind).is_empty() && word(behind) == behind.trim_end();
    let end = if is_last { at + word(behind).len() } else { end };
    let line = text[..end].rfind('\n').map_or(0, |newline| newline + 1);
    let name = text[line..end].trim_start();
    let is_name = word(name) == name && name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let is_alone = is_last
        || (message.starts_with("invalid structure")
            && !behind.starts_with(['=', ':', '{', '"', '\'', '“', '”', '„', '‘', '’']));
    (is_name && is_alone && before[end.min(at)..].trim_matches([' ', '\t']).is_empty()).then_some((
        end - name.len()..end,
        "An argument (`name = value`) or a block (`name { … }`) was expected here, and this is only a name.",
    ))
}

/// Returns a number with the unit that was written right behind it, where the parser stopped between the two.
fn quantity(text: &str, at: usize) -> Option<&str> {
    let number = text[..at].trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let unit = word(&text[at..]);
    let is_number = number.len() < at && !number.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    (is_number && !unit.is_empty()).then(|| &text[number.len()..at + unit.len()])
}

fn word(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-')
        .unwrap_or(text.len());
    &text[..end]
}

/// Says in the language's terms what the parser lists character by character.
fn reworded(message: &str) -> String {
    if message.starts_with("invalid expression") {
        return "A value was expected here.".to_owned();
    }
    if message.starts_with("invalid structure") {
        return "An argument (`name = value`) or a block (`name { … }`) was expected here.".to_owned();
    }
    if message.starts_with("expected newline or eof") {
        return "The line was expected to end here.".to_owned();
    }
    if message.starts_with("invalid object item") {
        return "A comma, a new line or the closing `}` was expected here.".to_owned();
    }
    if message == "expected `]`" {
        return "A comma or the closing `]` was expected here.".to_owned();
    }
    let mut chars = message.chars();
    match chars.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), chars.as_str()),
        None => String::new(),
    }
}
