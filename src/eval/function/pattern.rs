//! Regular expressions as RE2 writes them → as our engine writes them.
//!
//! The two agree in what they match, but not in all of what they accept: classes such as `\d` mean ASCII alone, `[a&&b]` is
//! a class of three characters, and a repetition cannot be repeated. Groups lose their names on the way, for RE2 allows
//! more of them, and one name twice.

use std::iter::Peekable;
use std::str::Chars;

use regex::Regex;
use regex_automata::Input;
use regex_automata::hybrid::dfa::{Cache, DFA};

/// The most times that something can be repeated.
const MAX_REPEAT: u32 = 1000;

/// A compiled pattern.
pub(super) struct Pattern {
    pub(super) regex: Regex,
    /// The names of the groups, in order.
    pub(super) names: Vec<Option<String>>,
    /// The pattern as our engine writes it.
    translated: String,
}

/// Tells how far searches look. A search ends where nothing can become a longer match any more, which may be far behind
/// the match: in a text of many `a`, `a.*b|a` looks for a `b` to the end of the line at each of them.
pub(super) struct Looks {
    automaton: DFA,
    cache: Cache,
}

impl Looks {
    /// Counts the bytes that a search goes over from an offset on. What cannot be told counts as all the rest.
    pub(super) fn from(&mut self, text: &str, from: usize) -> usize {
        self.ahead(text.as_bytes(), from)
            .unwrap_or(text.len().saturating_sub(from))
    }

    fn ahead(&mut self, text: &[u8], from: usize) -> Option<usize> {
        let (automaton, cache) = (&self.automaton, &mut self.cache);
        let input = Input::new(text).range(from..);
        let mut state = automaton.start_state_forward(cache, &input).ok()?;
        for (at, byte) in text[from..].iter().enumerate() {
            state = automaton.next_state(cache, state, *byte).ok()?;
            if state.is_dead() {
                return Some(at + 1);
            }
            if state.is_quit() {
                return None;
            }
        }
        Some(text.len() - from)
    }
}

impl Pattern {
    /// Compiles a pattern; one that would need much memory is refused.
    ///
    /// # Errors
    /// It is none; the text says why.
    pub(super) fn new(pattern: &str) -> Result<Self, String> {
        let mut translator = Translator {
            rest: pattern.chars().peekable(),
            out: String::new(),
            names: Vec::new(),
        };
        translator.all()?;
        let regex = Regex::new(&translator.out).map_err(|error| {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            last.trim_start_matches("error: ").to_owned()
        })?;
        Ok(Self {
            regex,
            names: translator.names,
            translated: translator.out,
        })
    }

    /// Makes what tells how far searches look.
    ///
    /// # Errors
    /// The pattern needs too much memory for that.
    pub(super) fn looks(&self) -> Result<Looks, String> {
        let config = DFA::config().skip_cache_capacity_check(true);
        let automaton = DFA::builder()
            .configure(config)
            .build(&self.translated)
            .map_err(|error| error.to_string())?;
        let cache = automaton.create_cache();
        Ok(Looks { automaton, cache })
    }
}

struct Translator<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
    names: Vec<Option<String>>,
}

type Done = Result<(), String>;

impl Translator<'_> {
    fn all(&mut self) -> Done {
        // Whether what stands before is a repetition, which cannot be repeated.
        let mut repeated = false;
        while let Some(c) = self.rest.next() {
            let repeats = match c {
                '*' | '+' | '?' => {
                    self.out.push(c);
                    true
                }
                '{' => match self.counts() {
                    Some(counts) => {
                        self.repetition(counts)?;
                        true
                    }
                    None => {
                        self.out.push_str(r"\{");
                        false
                    }
                },
                _ => false,
            };
            if repeats {
                if repeated {
                    return Err("a repetition cannot be repeated".to_owned());
                }
                self.out.extend(self.rest.next_if_eq(&'?'));
                repeated = true;
                continue;
            }
            repeated = false;
            match c {
                '{' => {}
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.group()?,
                other => self.out.push(other),
            }
        }
        Ok(())
    }

    /// Reads the numbers of `{n}`, `{n,}` or `{n,m}` behind the brace; anything else is no repetition.
    fn counts(&mut self) -> Option<(u32, Option<u32>)> {
        let mut ahead = self.rest.clone();
        let least = number(&mut ahead)?;
        let most = match ahead.next()? {
            '}' => Some(least),
            ',' if ahead.next_if_eq(&'}').is_some() => None,
            ',' => {
                let most = number(&mut ahead)?;
                ahead.next_if_eq(&'}')?;
                Some(most)
            }
            _ => return None,
        };
        self.rest = ahead;
        Some((least, most))
    }

    fn repetition(&mut self, (least, most): (u32, Option<u32>)) -> Done {
        if least > MAX_REPEAT || most.is_some_and(|most| most > MAX_REPEAT || most < least) {
            return Err(format!(
                "a repetition goes up to {MAX_REPEAT}, and from less to more"
            ));
        }
        let most = most.map_or_else(String::new, |most| most.to_string());
        self.out.push_str(&format!("{{{least},{most}}}"));
        Ok(())
    }

    fn group(&mut self) -> Done {
        if self.rest.next_if_eq(&'?').is_none() {
            self.names.push(None);
            self.out.push('(');
            return Ok(());
        }
        let ahead = self.rest.clone().take(2).collect::<String>();
        if ahead == "P<" || ahead.starts_with('<') {
            self.rest.next_if_eq(&'P');
            self.rest.next();
            let mut name = String::new();
            loop {
                match self.rest.next() {
                    Some('>') if !name.is_empty() => break,
                    Some(c) if c.is_ascii_alphanumeric() || c == '_' => name.push(c),
                    _ => return Err("the name of a group is not valid".to_owned()),
                }
            }
            self.names.push(Some(name));
            self.out.push('(');
            return Ok(());
        }
        self.out.push_str("(?");
        loop {
            match self.rest.next() {
                Some(end @ (':' | ')')) => {
                    self.out.push(end);
                    return Ok(());
                }
                Some(flag @ ('i' | 'm' | 's' | 'U' | '-')) => self.out.push(flag),
                _ => return Err("this kind of group is not supported".to_owned()),
            }
        }
    }

    /// Translates an escape outside of a class.
    fn escape(&mut self) -> Done {
        match self.rest.peek() {
            Some('b') => self.out.push_str(r"(?-u:\b)"),
            Some('B' | 'A' | 'z') => {
                let c = self.rest.next().unwrap_or_default();
                self.out.extend(['\\', c]);
                return Ok(());
            }
            Some('Q') => {
                self.rest.next();
                let text: String = self.rest.by_ref().collect();
                let (literal, rest) = text.split_once(r"\E").unwrap_or((&text, ""));
                self.out.push_str(&regex::escape(literal));
                return self.continued(rest);
            }
            Some('E') => {}
            Some('d' | 'D' | 's' | 'S' | 'w' | 'W') => {
                let c = self.rest.next().unwrap_or_default();
                self.out.push_str(perl_class(c));
                return Ok(());
            }
            Some('p' | 'P') => return self.property(),
            _ => {
                let c = self.character()?;
                self.literal(c);
                return Ok(());
            }
        }
        self.rest.next();
        Ok(())
    }

    /// Goes on with a text that was taken off.
    fn continued(&mut self, rest: &str) -> Done {
        let mut inner = Translator {
            rest: rest.chars().peekable(),
            out: std::mem::take(&mut self.out),
            names: std::mem::take(&mut self.names),
        };
        let done = inner.all();
        (self.out, self.names) = (inner.out, inner.names);
        done
    }

    /// Reads what stands for one character behind a backslash.
    fn character(&mut self) -> Result<char, String> {
        let unknown = || "there is no such escape sequence".to_owned();
        let c = self.rest.next().ok_or("a backslash stands at the end")?;
        Ok(match c {
            'a' => '\u{7}',
            'f' => '\u{c}',
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'v' => '\u{b}',
            'x' => {
                let digits: String = if self.rest.next_if_eq(&'{').is_some() {
                    self.rest.by_ref().take_while(|c| *c != '}').collect()
                } else {
                    self.rest
                        .by_ref()
                        .take(2)
                        .filter(char::is_ascii_hexdigit)
                        .collect()
                };
                let code = u32::from_str_radix(&digits, 16).map_err(|_| unknown())?;
                char::from_u32(code).ok_or_else(unknown)?
            }
            '0'..='7' => {
                let mut code = c.to_digit(8).unwrap_or_default();
                let mut count = 1;
                while count < 3
                    && let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(8))
                {
                    code = code * 8 + digit;
                    count += 1;
                    self.rest.next();
                }
                if count == 1 && c != '0' {
                    return Err("references to groups are not supported".to_owned());
                }
                char::from_u32(code).ok_or_else(unknown)?
            }
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => c,
            _ => return Err(unknown()),
        })
    }

    fn literal(&mut self, c: char) {
        self.out.push_str(&format!(r"\x{{{:X}}}", c as u32));
    }

    /// Hands on `\pL` or `\p{Greek}`.
    fn property(&mut self) -> Done {
        self.out.push('\\');
        self.out.extend(self.rest.next());
        match self.rest.next() {
            Some('{') => {
                let name: String = self.rest.by_ref().take_while(|c| *c != '}').collect();
                if name.contains(['=', ':', '!']) {
                    return Err("there is no such class of characters".to_owned());
                }
                self.out.push_str(&format!("{{{name}}}"));
            }
            Some(letter) => self.out.push(letter),
            None => return Err("the class of characters is missing".to_owned()),
        }
        Ok(())
    }

    fn class(&mut self) -> Done {
        self.out.push('[');
        self.out.extend(self.rest.next_if_eq(&'^'));
        let mut first = true;
        loop {
            match self.rest.peek().copied() {
                None => return Err("a class of characters is not closed".to_owned()),
                Some(']') if !first => {
                    self.rest.next();
                    self.out.push(']');
                    return Ok(());
                }
                Some('[') if self.rest.clone().nth(1) == Some(':') => self.named_class()?,
                Some('\\') if matches!(self.rest.clone().nth(1), Some('d' | 'D' | 's' | 'S' | 'w' | 'W')) => {
                    self.rest.next();
                    let c = self.rest.next().unwrap_or_default();
                    self.out.push_str(perl_class(c));
                }
                Some('\\') if matches!(self.rest.clone().nth(1), Some('p' | 'P')) => {
                    self.rest.next();
                    self.property()?;
                }
                Some(_) => self.range()?,
            }
            first = false;
        }
    }

    /// Hands on `[:alpha:]`, or takes the bracket for itself if no such name follows.
    fn named_class(&mut self) -> Done {
        let text: String = self.rest.clone().collect();
        let Some(end) = text.find(":]") else {
            return self.range();
        };
        let name = &text[..end + 2];
        self.out.push_str(name);
        self.rest.by_ref().take(name.chars().count()).for_each(drop);
        let word = name[2..end].trim_start_matches('^');
        let known = [
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
            "space", "upper", "word", "xdigit",
        ];
        match known.contains(&word) {
            true => Ok(()),
            false => Err("there is no such class of characters".to_owned()),
        }
    }

    /// Translates one character of a class, or two with a dash between.
    fn range(&mut self) -> Done {
        let low = self.class_character()?;
        self.literal(low);
        let mut ahead = self.rest.clone();
        if ahead.next() == Some('-') && !matches!(ahead.next(), None | Some(']')) {
            self.rest.next();
            let high = self.class_character()?;
            if high < low {
                return Err("a range of characters goes from more to less".to_owned());
            }
            self.out.push('-');
            self.literal(high);
        }
        Ok(())
    }

    fn class_character(&mut self) -> Result<char, String> {
        match self.rest.next() {
            Some('\\') => self.character(),
            Some(c) => Ok(c),
            None => Err("a class of characters is not closed".to_owned()),
        }
    }
}

fn number(ahead: &mut Peekable<Chars<'_>>) -> Option<u32> {
    let mut digits = String::new();
    while let Some(digit) = ahead.next_if(char::is_ascii_digit) {
        digits.push(digit);
    }
    match digits.is_empty() {
        true => None,
        false => Some(digits.parse().unwrap_or(u32::MAX)),
    }
}

fn perl_class(letter: char) -> &'static str {
    match letter {
        'd' => "[0-9]",
        'D' => "[^0-9]",
        's' => r"[\t\n\f\r ]",
        'S' => r"[^\t\n\f\r ]",
        'w' => "[0-9A-Za-z_]",
        _ => "[^0-9A-Za-z_]",
    }
}
