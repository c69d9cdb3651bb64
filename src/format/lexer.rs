//! Text → tokens, every byte but the spaces between them kept.
//!
//! The parser's tree does not tell which spaces stood where, so the formatter has a lexer of its own. It refuses only what has
//! no end; whether the tokens make sense is the parser's to say.

/// A piece of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    /// What it is.
    pub(super) kind: Kind,
    /// How it is written.
    pub(super) text: &'a str,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a keyword.
    Ident,
    /// A number.
    Number,
    /// The end of a line.
    Newline,
    /// A comment up to the end of its line, without that end.
    LineComment,
    /// A comment between `/*` and `*/`, of one or several lines.
    InlineComment,
    /// `{`
    OpenBrace,
    /// `}`
    CloseBrace,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// `(`
    OpenParen,
    /// `)`
    CloseParen,
    /// The quote that begins a template.
    OpenQuote,
    /// The quote that ends a template.
    CloseQuote,
    /// `<<EOT` with the end of its line.
    OpenHeredoc,
    /// The line that ends a heredoc, without its end.
    CloseHeredoc,
    /// The literal text of a template.
    Text,
    /// `${` or `%{`, with its strip marker.
    OpenSequence,
    /// The `}` that belongs to it, with its strip marker.
    CloseSequence,
    /// `.`
    Dot,
    /// `,`
    Comma,
    /// `...`
    Ellipsis,
    /// `:`
    Colon,
    /// `::`
    DoubleColon,
    /// `=`
    Equal,
    /// `?`
    Question,
    /// `!`
    Bang,
    /// `-`
    Minus,
    /// `+`, `*`, `/`, `%` and the comparisons.
    Operator,
    /// `&&` and `||`
    Logical,
    /// `=>`
    Arrow,
    /// Anything else: one character that the parser refuses.
    Other,
}

impl Kind {
    /// Returns 1 for what opens a bracket of any form, -1 for what closes one, else 0.
    pub(super) fn nesting(self) -> isize {
        match self {
            Self::OpenBrace | Self::OpenBracket | Self::OpenParen | Self::OpenSequence => 1,
            Self::CloseBrace | Self::CloseBracket | Self::CloseParen | Self::CloseSequence => -1,
            _ => 0,
        }
    }

    /// Tells whether it is a comment of either form.
    pub(super) fn is_comment(self) -> bool {
        matches!(self, Self::LineComment | Self::InlineComment)
    }
}

/// What the lexer is inside of.
enum Mode<'a> {
    /// An expression or a body, with so many open braces of its own.
    Code { braces: usize },
    /// A quoted template.
    Quoted,
    /// A heredoc that this word ends.
    Heredoc { marker: &'a str },
}

/// Cuts a text into tokens, and counts the spaces behind the last one; `None` if a string, heredoc or comment is never closed,
/// or closed at a wrong place.
pub(super) fn tokens(text: &str) -> Option<(Vec<Token<'_>>, usize)> {
    let mut lexer = Lexer::new(text);
    lexer.run()?;
    (lexer.modes.len() == 1).then_some((lexer.tokens, lexer.spaces))
}

/// Tells whether a text ends inside of a bracket or a heredoc. In a quoted string no line ends.
pub(super) fn is_open(text: &str) -> bool {
    let mut lexer = Lexer::new(text);
    if lexer.run().is_none() {
        return lexer.rest().starts_with("<<");
    }
    let depth: isize = lexer.tokens.iter().map(|token| token.kind.nesting()).sum();
    match lexer.modes.last() {
        Some(Mode::Heredoc { .. }) => true,
        Some(Mode::Quoted) => false,
        _ => depth > 0,
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    modes: Vec<Mode<'a>>,
    tokens: Vec<Token<'a>>,
    /// The spaces that were passed since the last token.
    spaces: usize,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            modes: vec![Mode::Code { braces: 0 }],
            tokens: Vec::with_capacity(text.len() / 4),
            spaces: 0,
        }
    }

    fn run(&mut self) -> Option<()> {
        while self.at < self.text.len() {
            match self.modes.last()? {
                Mode::Code { .. } => self.code()?,
                Mode::Quoted => self.quoted()?,
                Mode::Heredoc { marker } => {
                    let marker = *marker;
                    self.heredoc(marker)?;
                }
            }
        }
        Some(())
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let text = &self.text[self.at..self.at + length];
        self.tokens.push(Token { kind, text });
        self.at += length;
        self.spaces = 0;
    }

    fn code(&mut self) -> Option<()> {
        let rest = self.rest();
        let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if spaces > 0 {
            self.at += spaces;
            self.spaces = spaces;
            return Some(());
        }
        if rest.starts_with('"') {
            self.push(Kind::OpenQuote, 1);
            self.modes.push(Mode::Quoted);
            return Some(());
        }
        if let Some(marker) = heredoc_marker(rest) {
            let line = rest.find('\n')? + 1;
            self.push(Kind::OpenHeredoc, line);
            self.modes.push(Mode::Heredoc { marker });
            return Some(());
        }
        if rest.starts_with("/*") {
            let length = rest.get(2..)?.find("*/")? + 4;
            self.push(Kind::InlineComment, length);
            return Some(());
        }
        if let Some(length) = line_comment(rest) {
            self.push(Kind::LineComment, length);
            return Some(());
        }
        let (kind, length) = word(rest).unwrap_or_else(|| symbol(rest));
        let is_inside = self.modes.len() > 1;
        if let Some(Mode::Code { braces }) = self.modes.last_mut() {
            match kind {
                Kind::OpenBrace => *braces += 1,
                Kind::CloseBrace if *braces > 0 => *braces -= 1,
                Kind::CloseBrace if is_inside => {
                    self.modes.pop();
                    self.push(Kind::CloseSequence, length);
                    return Some(());
                }
                Kind::CloseSequence if *braces > 0 || !is_inside => return None,
                Kind::CloseSequence => {
                    self.modes.pop();
                }
                _ => {}
            }
        }
        self.push(kind, length);
        Some(())
    }

    fn quoted(&mut self) -> Option<()> {
        let rest = self.rest();
        if rest.starts_with('"') {
            self.push(Kind::CloseQuote, 1);
            self.modes.pop();
            return Some(());
        }
        if self.sequence() {
            return Some(());
        }
        let mut length = 0;
        while length < rest.len() {
            let tail = &rest[length..];
            if tail.starts_with('"') || opens_sequence(tail) {
                break;
            }
            if tail.starts_with('\n') {
                return None;
            }
            length += literal_step(tail, true);
        }
        self.push(Kind::Text, length);
        Some(())
    }

    fn heredoc(&mut self, marker: &str) -> Option<()> {
        let rest = self.rest();
        if self.begins_line() {
            let line = rest.split('\n').next().unwrap_or_default();
            if line.trim() == marker {
                let line = line.strip_suffix('\r').unwrap_or(line);
                self.push(Kind::CloseHeredoc, line.len());
                self.modes.pop();
                return Some(());
            }
        }
        if self.sequence() {
            return Some(());
        }
        let mut length = 0;
        while length < rest.len() {
            let tail = &rest[length..];
            if opens_sequence(tail) {
                break;
            }
            let step = literal_step(tail, false);
            length += step;
            if tail.starts_with('\n') {
                break;
            }
        }
        self.push(Kind::Text, length);
        Some(())
    }

    fn begins_line(&self) -> bool {
        self.text[..self.at].ends_with('\n')
    }

    /// Takes `${` or `%{`, if one is next.
    fn sequence(&mut self) -> bool {
        let rest = self.rest();
        if !opens_sequence(rest) {
            return false;
        }
        let length = if rest[2..].starts_with('~') { 3 } else { 2 };
        self.push(Kind::OpenSequence, length);
        self.modes.push(Mode::Code { braces: 0 });
        true
    }
}

fn opens_sequence(text: &str) -> bool {
    text.starts_with("${") || text.starts_with("%{")
}

/// Returns how many bytes of literal text belong together: an escape is not looked into.
fn literal_step(text: &str, quoted: bool) -> usize {
    if text.starts_with("$${") || text.starts_with("%%{") {
        return 3;
    }
    let mut characters = text.chars();
    let first = characters.next().map_or(0, char::len_utf8);
    if quoted && text.starts_with('\\') {
        return first + characters.next().map_or(0, char::len_utf8);
    }
    first
}

/// Returns the word that ends the heredoc which begins here.
fn heredoc_marker(text: &str) -> Option<&str> {
    let text = text.strip_prefix("<<")?;
    let text = text.strip_prefix('-').unwrap_or(text);
    let line = text.split('\n').next()?;
    let line = line.strip_suffix('\r').unwrap_or(line);
    let (kind, length) = word(line)?;
    (kind == Kind::Ident && length == line.len()).then_some(line)
}

fn line_comment(text: &str) -> Option<usize> {
    if !text.starts_with('#') && !text.starts_with("//") {
        return None;
    }
    let line = text.split('\n').next().unwrap_or_default();
    Some(if line.len() < text.len() {
        line.strip_suffix('\r').unwrap_or(line).len()
    } else {
        line.len()
    })
}

/// Reads a name or a number.
fn word(text: &str) -> Option<(Kind, usize)> {
    let first = text.chars().next()?;
    if first.is_ascii_digit() {
        return Some((Kind::Number, number(text)));
    }
    // Beyond ASCII the parser knows which letters may stand in a name.
    let is_start = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
    let is_part = |c: char| is_start(c) || c.is_ascii_digit() || c == '-';
    is_start(first).then(|| {
        let end = text.find(|c: char| !is_part(c));
        (Kind::Ident, end.unwrap_or(text.len()))
    })
}

fn number(text: &str) -> usize {
    let digits = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len()
    };
    let mut length = digits(0);
    if text[length..].starts_with('.') && digits(length + 1) > 0 {
        length += 1 + digits(length + 1);
    }
    if text[length..].starts_with(['e', 'E']) {
        let sign = usize::from(text[length + 1..].starts_with(['+', '-']));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

fn symbol(text: &str) -> (Kind, usize) {
    const SYMBOLS: [(&str, Kind); 31] = [
        ("...", Kind::Ellipsis),
        ("\r\n", Kind::Newline),
        ("\n", Kind::Newline),
        ("~}", Kind::CloseSequence),
        ("::", Kind::DoubleColon),
        ("=>", Kind::Arrow),
        ("&&", Kind::Logical),
        ("||", Kind::Logical),
        ("==", Kind::Operator),
        ("!=", Kind::Operator),
        ("<=", Kind::Operator),
        (">=", Kind::Operator),
        ("<", Kind::Operator),
        (">", Kind::Operator),
        ("+", Kind::Operator),
        ("*", Kind::Operator),
        ("/", Kind::Operator),
        ("%", Kind::Operator),
        ("-", Kind::Minus),
        ("!", Kind::Bang),
        ("?", Kind::Question),
        (":", Kind::Colon),
        ("=", Kind::Equal),
        (",", Kind::Comma),
        (".", Kind::Dot),
        ("{", Kind::OpenBrace),
        ("}", Kind::CloseBrace),
        ("[", Kind::OpenBracket),
        ("]", Kind::CloseBracket),
        ("(", Kind::OpenParen),
        (")", Kind::CloseParen),
    ];
    SYMBOLS
        .iter()
        .find(|(symbol, _)| text.starts_with(symbol))
        .map_or_else(
            || (Kind::Other, text.chars().next().map_or(0, char::len_utf8)),
            |(symbol, kind)| (*kind, symbol.len()),
        )
}
