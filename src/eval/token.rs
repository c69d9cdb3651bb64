//! The literal text of templates, taken anew from the source.
//!
//! The parser's own literals lack what depends on neighbours: the indentation that `<<-` takes away is measured over the
//! whole text, also inside directives, and a strip marker takes away the white space of the one token beside it. In
//! a heredoc a token is a line, in a quoted template all the text between two sequences.

use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::template::{Directive, Element, Strip, Template};

/// How the literals of a template are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// In quotes, with escapes.
    Quoted,
    /// In a heredoc or a file; the flag is for `<<-`.
    Plain { flush: bool },
}

/// A piece of the flat template.
enum Token {
    /// Text, and the literal it is a part of.
    Text(String, usize),
    /// A sequence, with the strip markers of its two ends.
    Sequence(bool, bool),
}

/// Returns the text of each literal, in the order of the source.
///
/// # Errors
/// The place of an escape that does not exist, or of text in quotes that goes over a line end.
pub(super) fn literals(template: &Template, source: &str, style: Style) -> Result<Vec<String>, Range<usize>> {
    let mut flat = Flat {
        source,
        style,
        tokens: Vec::new(),
        count: 0,
    };
    flat.template(template)?;
    let Flat {
        mut tokens, count, ..
    } = flat;
    // Markers first: a line whose beginning was taken away by one is a line of no indentation.
    strip(&mut tokens);
    if style == (Style::Plain { flush: true }) {
        dedent(&mut tokens);
    }
    let mut texts = vec![String::new(); count];
    for token in tokens {
        if let Token::Text(text, literal) = token {
            texts[literal].push_str(&text);
        }
    }
    Ok(texts)
}

struct Flat<'a> {
    source: &'a str,
    style: Style,
    tokens: Vec<Token>,
    count: usize,
}

impl Flat<'_> {
    fn template(&mut self, template: &Template) -> Result<(), Range<usize>> {
        for element in template {
            match element {
                Element::Literal(text) => self.literal(text.span(), text.value())?,
                Element::Interpolation(interpolation) => self.sequence(interpolation.strip),
                Element::Directive(directive) => self.directive(directive)?,
            }
        }
        Ok(())
    }

    fn directive(&mut self, directive: &Directive) -> Result<(), Range<usize>> {
        match directive {
            Directive::If(branch) => {
                self.sequence(branch.if_expr.strip);
                self.template(&branch.if_expr.template)?;
                if let Some(other) = &branch.else_expr {
                    self.sequence(other.strip);
                    self.template(&other.template)?;
                }
                self.sequence(branch.endif_expr.strip);
            }
            Directive::For(each) => {
                self.sequence(each.for_expr.strip);
                self.template(&each.for_expr.template)?;
                self.sequence(each.endfor_expr.strip);
            }
        }
        Ok(())
    }

    fn sequence(&mut self, strip: Strip) {
        self.tokens
            .push(Token::Sequence(strip.strip_start(), strip.strip_end()));
    }

    fn literal(&mut self, range: Option<Range<usize>>, parsed: &str) -> Result<(), Range<usize>> {
        let literal = self.count;
        self.count += 1;
        let raw = range.clone().and_then(|range| self.source.get(range));
        let Some((raw, range)) = raw.zip(range) else {
            self.tokens.push(Token::Text(parsed.to_owned(), literal));
            return Ok(());
        };
        if self.style == Style::Quoted {
            if raw.contains('\n') {
                return Err(range);
            }
            let text = unescape(raw).map_err(|at| range.start + at.start..range.start + at.end)?;
            self.tokens.push(Token::Text(text, literal));
            return Ok(());
        }
        for line in raw.split_inclusive('\n') {
            let text = line.replace("$${", "${").replace("%%{", "%{");
            self.tokens.push(Token::Text(text, literal));
        }
        Ok(())
    }
}

/// Takes the indentation that all lines have in common away. Blank lines neither count nor change.
fn dedent(tokens: &mut [Token]) {
    let common = line_starts(tokens)
        .filter_map(|start| match start {
            Token::Text(text, _) => (!is_blank_line(text)).then(|| indentation(text)),
            Token::Sequence(..) => Some(0),
        })
        .min()
        .unwrap_or(0);
    for token in line_starts(tokens) {
        if let Token::Text(text, _) = token
            && !is_blank_line(text)
        {
            text.drain(..common);
        }
    }
}

/// Lists the tokens that lines begin with.
fn line_starts(tokens: &mut [Token]) -> impl Iterator<Item = &mut Token> {
    let mut line_start = true;
    tokens.iter_mut().filter(move |token| {
        let starts = line_start;
        line_start = matches!(token, Token::Text(text, _) if text.ends_with('\n'));
        starts
    })
}

fn is_blank_line(text: &str) -> bool {
    text.ends_with('\n') && text.trim().is_empty()
}

/// Counts the white space at the beginning, in bytes: blanks and tabs, one each.
fn indentation(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

/// Carries out the strip markers.
fn strip(tokens: &mut [Token]) {
    for at in 0..tokens.len() {
        let Token::Sequence(before, after) = tokens[at] else {
            continue;
        };
        if before
            && at > 0
            && let Token::Text(text, _) = &mut tokens[at - 1]
        {
            text.truncate(text.trim_end().len());
        }
        if after && let Some(Token::Text(text, _)) = tokens.get_mut(at + 1) {
            text.drain(..text.len() - text.trim_start().len());
        }
    }
}

/// Resolves the escapes of a quoted literal.
fn unescape(raw: &str) -> Result<String, Range<usize>> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(first) = rest.chars().next() {
        let at = raw.len() - rest.len();
        if rest.starts_with("$${") || rest.starts_with("%%{") {
            text.push_str(&rest[1..3]);
            rest = &rest[3..];
        } else if first == '\\' {
            let (escaped, length) = escape(rest).ok_or(at..at + 2)?;
            text.push(escaped);
            rest = &rest[length..];
        } else {
            text.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    Ok(text)
}

/// Reads one escape; returns its character and length.
fn escape(text: &str) -> Option<(char, usize)> {
    let hexadecimal = |length: usize| {
        let code = u32::from_str_radix(text.get(2..2 + length)?, 16).ok()?;
        Some((char::from_u32(code)?, 2 + length))
    };
    match text.as_bytes().get(1)? {
        b'n' => Some(('\n', 2)),
        b'r' => Some(('\r', 2)),
        b't' => Some(('\t', 2)),
        b'"' => Some(('"', 2)),
        b'\\' => Some(('\\', 2)),
        b'u' => hexadecimal(4),
        b'U' => hexadecimal(8),
        _ => None,
    }
}
