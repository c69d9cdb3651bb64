//! JSON → values. Numbers keep all their digits, which a parser that stops at 64 bits does not give.

use std::collections::BTreeMap;

use super::{Call, Failure, Outcome};
use crate::value::{Data, Number, Value};

/// How deep a document may be nested.
const MAX_DEPTH: usize = 128;

pub(super) fn jsondecode(call: &Call<'_>) -> Outcome {
    let text = call.text(0);
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0).and_then(|value| {
        reader.blanks();
        match reader.at == text.len() {
            true => Ok(value),
            false => Err("something stands behind the value"),
        }
    });
    value.map_err(|reason| {
        let before = &text[..reader.at];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Failure::at(
            0,
            format!("it is not valid JSON (line {line}, column {column}): {reason}"),
        )
    })
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

type Read<T> = Result<T, &'static str>;

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    /// Goes over a text if it is what comes next.
    fn takes(&mut self, wanted: &str) -> bool {
        let is_next = self.rest().starts_with(wanted);
        if is_next {
            self.at += wanted.len();
        }
        is_next
    }

    fn value(&mut self, depth: usize) -> Read<Value> {
        if depth > MAX_DEPTH {
            return Err("it is nested too deep");
        }
        self.blanks();
        match self.rest().bytes().next() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Value::normalised),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ if self.takes("true") => Ok(true.into()),
            _ if self.takes("false") => Ok(false.into()),
            _ if self.takes("null") => Ok(Value::NULL),
            _ => Err("a value is missing"),
        }
    }

    fn array(&mut self, depth: usize) -> Read<Value> {
        self.at += 1;
        let mut elements = Vec::new();
        self.blanks();
        if self.takes("]") {
            return Ok(Value::tuple(elements));
        }
        loop {
            elements.push(self.value(depth + 1)?);
            self.blanks();
            if self.takes("]") {
                return Ok(Value::tuple(elements));
            }
            if !self.takes(",") {
                return Err("a comma or a closing bracket is missing");
            }
        }
    }

    /// Of a name that stands twice, the last counts.
    fn object(&mut self, depth: usize) -> Read<Value> {
        self.at += 1;
        let mut entries: BTreeMap<String, Value> = BTreeMap::new();
        self.blanks();
        if self.takes("}") {
            return Ok(Value::object(entries));
        }
        loop {
            self.blanks();
            if !self.rest().starts_with('"') {
                return Err("a name in quotes is missing");
            }
            let name = Value::normalised(self.string()?);
            self.blanks();
            if !self.takes(":") {
                return Err("a colon is missing");
            }
            let value = self.value(depth + 1)?;
            entries.insert(name.as_str().unwrap_or_default().to_owned(), value);
            self.blanks();
            if self.takes("}") {
                return Ok(Value::object(entries));
            }
            if !self.takes(",") {
                return Err("a comma or a closing brace is missing");
            }
        }
    }

    fn string(&mut self) -> Read<String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let c = self.rest().chars().next().ok_or("a string is not closed")?;
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(text),
                '\\' => text.push(self.escape()?),
                c if c < ' ' => return Err("a control character has to be written as an escape"),
                c => text.push(c),
            }
        }
    }

    fn escape(&mut self) -> Read<char> {
        let c = self.rest().chars().next().ok_or("a string is not closed")?;
        self.at += c.len_utf8();
        Ok(match c {
            '"' | '\\' | '/' => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let high = self.unit()?;
                let before = self.at;
                // Half of a pair without the other stands for nothing.
                if (0xd800..0xdc00).contains(&high) && self.takes("\\u") {
                    let low = self.unit()?;
                    if (0xdc00..0xe000).contains(&low) {
                        let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                        return char::from_u32(code).ok_or("there is no such character");
                    }
                    self.at = before;
                }
                char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err("there is no such escape sequence"),
        })
    }

    fn unit(&mut self) -> Read<u32> {
        let digits = self
            .rest()
            .get(..4)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let unit = digits
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .ok_or("four hexadecimal digits are missing")?;
        self.at += 4;
        Ok(unit)
    }

    fn number(&mut self) -> Read<Value> {
        let rest = self.rest();
        let length = rest
            .find(|c: char| !matches!(c, '0'..='9' | '.' | 'e' | 'E' | '+' | '-'))
            .unwrap_or(rest.len());
        let text = &rest[..length];
        let number = is_number(text)
            .then(|| text.parse::<Number>().ok())
            .flatten()
            .ok_or("this is not a number")?;
        self.at += length;
        Ok(Data::Number(number).into())
    }
}

/// Holds a number to JSON's way of writing it: no zeros in front, digits on both sides of the point.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let exponent = exponent.map(|text| text.strip_prefix(['+', '-']).unwrap_or(text));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}
