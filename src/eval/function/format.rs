//! `format` and `formatlist`: verbs as in C, with `%v` for anything.

use unicode_segmentation::UnicodeSegmentation;

use super::encoding::to_json;
use super::{Call, Failure, Outcome};
use crate::eval::budget::MAX_TEXT;
use crate::value::{Data, Number, Type, Value, convert};

/// The widest field and the most decimals.
const MAX_WIDTH: usize = 10_000;

pub(super) fn format(call: &Call<'_>) -> Outcome {
    if has_bare_null(call) {
        return Ok(Data::Null(Type::String).into());
    }
    render(call.text(0), &call.values[1..])
}

/// Of a null that has no type, nothing comes but another null.
fn has_bare_null(call: &Call<'_>) -> bool {
    call.values
        .iter()
        .any(|value| matches!(value.data, Data::Null(Type::Any)))
}

pub(super) fn formatlist(call: &Call<'_>) -> Outcome {
    let arguments = &call.values[1..];
    if has_bare_null(call) {
        return Ok(Data::Null(Type::list(Type::String)).into());
    }
    let mut length: Option<(usize, usize)> = None;
    for (at, argument) in arguments.iter().enumerate() {
        let Some(elements) = argument.as_elements() else {
            continue;
        };
        match length {
            Some((first, length)) if length != elements.len() => {
                return Err(Failure::at(
                    at + 1,
                    format!(
                        "it has {} elements, and argument {} has {length}",
                        elements.len(),
                        first + 2
                    ),
                ));
            }
            _ => length = Some((at, elements.len())),
        }
    }
    let mut made = 0_usize;
    let rows: Result<Vec<Value>, Failure> = (0..length.map_or(1, |(_, length)| length))
        .map(|row| {
            let arguments: Vec<Value> = arguments
                .iter()
                .map(|argument| match argument.as_elements() {
                    Some(elements) => elements[row].clone(),
                    None => argument.clone(),
                })
                .collect();
            let row = render(call.text(0), &arguments)?;
            made += row.as_str().map_or(0, str::len);
            match made <= 4 * MAX_TEXT {
                true => Ok(row),
                false => Err(Failure::new("its result would be larger than 64 MiB")),
            }
        })
        .collect();
    Ok(Data::List(Type::String, rows?.into()).into())
}

/// One `%` sequence.
#[derive(Clone, Default)]
struct Verb {
    text: String,
    sharp: bool,
    zero: bool,
    plus: bool,
    minus: bool,
    space: bool,
    width: Option<usize>,
    precision: Option<usize>,
    argument: Option<usize>,
    letter: char,
}

fn render(template: &str, arguments: &[Value]) -> Outcome {
    let mut text = String::new();
    let mut rest = template;
    let mut next = 0;
    let mut most = 0;
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        let offset = template.len() - rest.len() + at;
        let (verb, length) = parse(&rest[at..], offset)?;
        rest = &rest[at + length..];
        if verb.letter == '%' {
            text.push('%');
            continue;
        }
        let index = verb.argument.unwrap_or(next);
        let argument = arguments.get(index).ok_or_else(|| {
            Failure::new(format!(
                "{:?} needs argument {}, and {} are given",
                verb.text,
                index + 1,
                arguments.len()
            ))
        })?;
        next = index + 1;
        most = most.max(next);
        if text.len() > MAX_TEXT {
            return Err(Failure::new("its result would be larger than 16 MiB"));
        }
        text.push_str(&verb.apply(argument).map_err(|message| {
            Failure::at(index + 1, format!("it does not fit {:?}: {message}", verb.text))
        })?);
    }
    text.push_str(rest);
    if most < arguments.len() {
        return Err(Failure::at(
            most + 1,
            format!("it is one too many: the format uses only {most}"),
        ));
    }
    Ok(Value::normalised(text))
}

/// Reads a sequence; returns it and its length.
fn parse(text: &str, offset: usize) -> Result<(Verb, usize), Failure> {
    let mut verb = Verb::default();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((_, c)) = chars.peek() {
        match c {
            '#' => verb.sharp = true,
            '0' => verb.zero = true,
            '+' => verb.plus = true,
            '-' => verb.minus = true,
            ' ' => verb.space = true,
            _ => break,
        }
        chars.next();
    }
    let number = |chars: &mut std::iter::Peekable<std::iter::Skip<std::str::CharIndices<'_>>>| {
        let mut found: Option<usize> = None;
        while let Some(digit) = chars.peek().and_then(|(_, c)| c.to_digit(10)) {
            found = Some(
                found
                    .unwrap_or(0)
                    .saturating_mul(10)
                    .saturating_add(digit as usize),
            );
            chars.next();
        }
        found
    };
    verb.width = number(&mut chars);
    if chars.next_if(|(_, c)| *c == '.').is_some() {
        verb.precision = Some(number(&mut chars).unwrap_or(0));
    }
    if chars.next_if(|(_, c)| *c == '[').is_some() {
        let index = number(&mut chars).filter(|index| *index > 0);
        let closed = chars.next_if(|(_, c)| *c == ']').is_some();
        let (Some(index), true) = (index, closed) else {
            return Err(Failure::at(
                0,
                format!("the argument number at offset {offset} is not valid"),
            ));
        };
        verb.argument = Some(index - 1);
    }
    let Some((end, letter)) = chars.next() else {
        return Err(Failure::at(
            0,
            format!("the sequence at offset {offset} is not finished"),
        ));
    };
    if verb.width.unwrap_or(0).max(verb.precision.unwrap_or(0)) > MAX_WIDTH {
        return Err(Failure::at(
            0,
            format!("the width at offset {offset} is too large"),
        ));
    }
    let length = end + letter.len_utf8();
    verb.letter = letter;
    verb.text = text[..length].to_owned();
    if !"%vtbdoxXeEfgGsq".contains(letter) {
        return Err(Failure::at(
            0,
            format!("there is no format {:?} (at offset {offset})", verb.text),
        ));
    }
    Ok((verb, length))
}

impl Verb {
    fn apply(&self, argument: &Value) -> Result<String, String> {
        match self.letter {
            'v' => self.anything(argument),
            't' => {
                let value = convert(argument, &Type::Bool).map_err(|error| error.message)?;
                value.as_bool().map(|value| value.to_string()).ok_or_else(null)
            }
            's' | 'q' => {
                let value = convert(argument, &Type::String).map_err(|error| error.message)?;
                let text = value.as_str().ok_or_else(null)?;
                let text: String = match self.precision {
                    Some(most) => text.graphemes(true).take(most).collect(),
                    None => text.to_owned(),
                };
                Ok(self.pad(&if self.letter == 'q' {
                    to_json(&text.into())
                } else {
                    text
                }))
            }
            _ => self.numeric(argument),
        }
    }

    fn anything(&self, argument: &Value) -> Result<String, String> {
        Ok(match &argument.data {
            Data::Null(_) => self.pad("null"),
            Data::String(text) if !self.sharp => self.pad(text),
            Data::Number(number) if !self.sharp => self.pad(&general(number, None, 'g')),
            Data::Bool(value) => self.pad(&value.to_string()),
            _ if !argument.fits_storage() => return Err(super::encoding::INFINITE.to_owned()),
            _ => self.pad(&to_json(argument)),
        })
    }

    fn numeric(&self, argument: &Value) -> Result<String, String> {
        let value = convert(argument, &Type::Number).map_err(|error| error.message)?;
        let Data::Number(number) = &value.data else {
            return Err(null());
        };
        if number.is_infinite() && !matches!(self.letter, 'd' | 'b' | 'o' | 'x' | 'X') {
            return Ok(self.infinite(&number.to_string()));
        }
        let text = match self.letter {
            'd' | 'b' | 'o' | 'x' | 'X' => {
                let whole = number.to_integer().ok_or("a whole number is required")?;
                match self.letter {
                    'd' => self.at_least(&whole.to_string()),
                    'b' => self.prefixed("0b", &in_base(&whole, 2)),
                    'o' => self.prefixed("0", &in_base(&whole, 8)),
                    'x' => self.prefixed("0x", &in_base(&whole, 16)),
                    _ => self.prefixed("0x", &in_base(&whole, 16)).to_uppercase(),
                }
            }
            'f' => number.to_fixed(self.precision.unwrap_or(6)),
            'e' | 'E' => exponential(number, Some(self.precision.unwrap_or(6)), self.letter),
            letter => general(number, self.precision, letter),
        };
        Ok(self.pad(&self.signed(&text)))
    }

    /// Puts zeros in front of digits until there are as many as the precision asks for.
    fn at_least(&self, digits: &str) -> String {
        let (sign, digits) = match digits.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", digits),
        };
        format!("{sign}{digits:0>width$}", width = self.precision.unwrap_or(0))
    }

    /// Puts the sign of a base in front of digits, if it is asked for.
    fn prefixed(&self, prefix: &str, digits: &str) -> String {
        match (self.sharp, digits.strip_prefix('-')) {
            (false, _) => digits.to_owned(),
            (true, Some(digits)) => format!("-{prefix}{digits}"),
            (true, None) => format!("{prefix}{digits}"),
        }
    }

    fn signed(&self, text: &str) -> String {
        match text.starts_with(['-', '+']) {
            true => text.to_owned(),
            false if self.plus => format!("+{text}"),
            false if self.space => format!(" {text}"),
            false => text.to_owned(),
        }
    }

    /// Pads an infinity: no zeros stand before what has no digits.
    fn infinite(&self, text: &str) -> String {
        let spaced = match (self.space && !self.plus, text.strip_prefix('+')) {
            (true, Some(word)) => format!(" {word}"),
            _ => text.to_owned(),
        };
        let plain = Self {
            zero: false,
            ..self.clone()
        };
        plain.pad(&spaced)
    }

    fn pad(&self, text: &str) -> String {
        let missing = self
            .width
            .unwrap_or(0)
            .saturating_sub(text.graphemes(true).count());
        if missing == 0 {
            return text.to_owned();
        }
        if self.minus {
            return format!("{text}{}", " ".repeat(missing));
        }
        if self.zero {
            let (sign, digits) = match text.strip_prefix(['-', '+', ' ']) {
                Some(digits) if !matches!(self.letter, 's' | 'q' | 'v') => (&text[..1], digits),
                _ => ("", text),
            };
            return format!("{sign}{}{digits}", "0".repeat(missing));
        }
        format!("{}{text}", " ".repeat(missing))
    }
}

fn null() -> String {
    "it is null".to_owned()
}

fn in_base(whole: &dashu_int::IBig, base: u8) -> String {
    use dashu_base::Signed as _;
    let mut digits = whole.in_radix(base).to_string();
    if whole.is_negative() && !digits.starts_with('-') {
        digits.insert(0, '-');
    }
    digits
}

/// The shortest of plain and exponential notation.
fn general(number: &Number, precision: Option<usize>, letter: char) -> String {
    if number.is_infinite() {
        return number.to_string();
    }
    let (digits, power) = number.shortest_decimal();
    let exponent = digits.len() as isize + power - 1;
    let limit = precision.map_or(6, |precision| precision.max(1) as isize);
    if number.is_zero() || (-4..limit).contains(&exponent) {
        return match precision {
            Some(precision) if !number.is_zero() => {
                let decimals = usize::try_from(precision.max(1) as isize - 1 - exponent).unwrap_or_default();
                let fixed = number.to_fixed(decimals);
                if fixed.contains('.') {
                    fixed.trim_end_matches('0').trim_end_matches('.').to_owned()
                } else {
                    fixed
                }
            }
            _ => number.to_string(),
        };
    }
    let letter = if letter == 'G' { 'E' } else { 'e' };
    let text = exponential(number, precision.map(|precision| precision.max(1) - 1), letter);
    match text.split_once(letter) {
        Some((digits, exponent)) if digits.contains('.') => {
            let digits = digits.trim_end_matches('0').trim_end_matches('.');
            format!("{digits}{letter}{exponent}")
        }
        _ => text,
    }
}

fn exponential(number: &Number, decimals: Option<usize>, letter: char) -> String {
    let sign = if number.is_negative() { "-" } else { "" };
    let (mut digits, power) = number.shortest_decimal();
    let mut exponent = if number.is_zero() {
        0
    } else {
        digits.len() as isize + power - 1
    };
    if let Some(decimals) = decimals {
        if digits.len() > decimals + 1 {
            let rounded = round_digits(&digits, decimals + 1);
            exponent += (rounded.len() - (decimals + 1)) as isize;
            digits = rounded[..decimals + 1].to_owned();
        }
        while digits.len() < decimals + 1 {
            digits.push('0');
        }
    }
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    format!(
        "{sign}{first}{point}{rest}{letter}{exponent_sign}{:02}",
        exponent.abs()
    )
}

/// Rounds decimal digits half to even; the result has one digit more if all were nines.
fn round_digits(digits: &str, keep: usize) -> String {
    let (kept, rest) = digits.split_at(keep);
    let half = format!("5{}", "0".repeat(rest.len() - 1));
    let odd = kept.bytes().next_back().is_some_and(|digit| digit % 2 == 1);
    let up = rest > half.as_str() || (rest == half && odd);
    let mut number: Vec<u8> = kept.bytes().collect();
    if up {
        let mut at = number.len();
        loop {
            if at == 0 {
                number.insert(0, b'1');
                break;
            }
            at -= 1;
            if number[at] == b'9' {
                number[at] = b'0';
            } else {
                number[at] += 1;
                break;
            }
        }
    }
    String::from_utf8(number).unwrap_or_default()
}
