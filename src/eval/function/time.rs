//! Times. What the clock says is asked during apply alone: until then it is unknown.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::{Call, Failure, Function, Kind, Outcome, Param, function, number, param, string};
use crate::eval::Moment;
use crate::value::{Type, Value};

const TIMESTAMP: Param = param("timestamp", Kind::String);

pub(super) const FUNCTIONS: &[Function] = &[
    function(
        "formatdate",
        &[param("format", Kind::String), TIMESTAMP],
        string,
        formatdate,
    ),
    function("plantimestamp", &[], string, |call| {
        Ok(match (call.scope.planned_at(), call.scope.moment()) {
            (Some(time), _) => time.into(),
            (None, Moment::Now) => now(),
            (None, Moment::Planning) => Value::unknown(Type::String),
        })
    }),
    function(
        "timeadd",
        &[TIMESTAMP, param("duration", Kind::String)],
        string,
        timeadd,
    ),
    function(
        "timecmp",
        &[
            param("timestamp_a", Kind::String),
            param("timestamp_b", Kind::String),
        ],
        number,
        |call| Ok((time(call, 0)?.timestamp().cmp(&time(call, 1)?.timestamp()) as i64).into()),
    ),
    function("timestamp", &[], string, |call| {
        Ok(match call.scope.moment() {
            Moment::Now => now(),
            Moment::Planning => Value::unknown(Type::String),
        })
    }),
];

fn now() -> Value {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into()
}

/// Reads an RFC 3339 time with its own offset.
fn time(call: &Call<'_>, at: usize) -> Result<Zoned, Failure> {
    let wrong = || Failure::at(at, "a time such as 2006-01-02T15:04:05Z is required");
    let text = call.text(at);
    let timestamp: Timestamp = text.parse().map_err(|_| wrong())?;
    if text.as_bytes().get(10) != Some(&b'T') {
        return Err(wrong());
    }
    let offset = match text.rfind(['+', '-']).filter(|sign| *sign > 10) {
        Some(sign) => {
            let (hours, minutes) = text[sign + 1..].split_once(':').ok_or_else(wrong)?;
            let hours: i32 = hours.parse().map_err(|_| wrong())?;
            let minutes: i32 = minutes.parse().map_err(|_| wrong())?;
            let seconds = (hours * 60 + minutes) * 60;
            let signed = if text[sign..].starts_with('-') {
                -seconds
            } else {
                seconds
            };
            jiff::tz::Offset::from_seconds(signed).map_err(|_| wrong())?
        }
        None => jiff::tz::Offset::UTC,
    };
    Ok(timestamp.to_zoned(TimeZone::fixed(offset)))
}

/// Reads a duration such as `1h30m`, `-10s` or `1.5h`.
fn duration(call: &Call<'_>, at: usize) -> Result<SignedDuration, Failure> {
    let wrong = || Failure::at(at, "a duration such as 1h30m is required");
    let text = call.text(at);
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(SignedDuration::ZERO);
    }
    let mut total = 0.0;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .ok_or_else(wrong)?;
        let amount: f64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let units = [
            ("ns", 1.0),
            ("us", 1e3),
            ("µs", 1e3),
            ("ms", 1e6),
            ("h", 3.6e12),
            ("m", 6e10),
            ("s", 1e9),
        ];
        let (unit, nanoseconds) = units
            .into_iter()
            .find(|(unit, _)| rest.starts_with(unit))
            .ok_or_else(wrong)?;
        rest = &rest[unit.len()..];
        total += amount * nanoseconds;
    }
    if total > 9.2e18 {
        return Err(wrong());
    }
    let duration = SignedDuration::from_nanos(total as i64);
    Ok(if negative { -duration } else { duration })
}

fn timeadd(call: &Call<'_>) -> Outcome {
    let time = time(call, 0)?;
    let sum = time
        .checked_add(duration(call, 1)?)
        .map_err(|_| Failure::new("the result is out of range"))?;
    Ok(format!("{}{}", sum.strftime("%Y-%m-%dT%H:%M:%S"), zone(&sum, "Z", true)).into())
}

/// Writes the offset; a word stands for UTC.
fn zone(time: &Zoned, utc: &str, colon: bool) -> String {
    let seconds = time.offset().seconds();
    if seconds == 0 && !utc.is_empty() {
        return utc.to_owned();
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    let colon = if colon { ":" } else { "" };
    format!("{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60)
}

fn formatdate(call: &Call<'_>) -> Outcome {
    let time = time(call, 1)?;
    let mut text = String::new();
    let mut rest = call.text(0);
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let (literal, length) =
                literal(rest).ok_or_else(|| Failure::at(0, "a literal is not closed by '"))?;
            text.push_str(&literal);
            rest = &rest[length..];
            continue;
        }
        let length = rest.len() - rest.trim_start_matches(first).len();
        let verb = &rest[..length];
        rest = &rest[length..];
        if first.is_ascii_alphabetic() {
            let part = sequence(&time, verb).ok_or_else(|| {
                Failure::at(
                    0,
                    format!("there is no sequence {verb:?}; put text between single quotes"),
                )
            })?;
            text.push_str(&part);
        } else {
            text.push_str(verb);
        }
    }
    Ok(text.into())
}

/// Reads a literal in single quotes, in which two quotes stand for one.
fn literal(text: &str) -> Option<(String, usize)> {
    let mut literal = String::new();
    let mut at = 1;
    loop {
        let close = at + text[at..].find('\'')?;
        literal.push_str(&text[at..close]);
        if !text[close + 1..].starts_with('\'') {
            return Some((literal, close + 1));
        }
        literal.push('\'');
        at = close + 2;
    }
}

fn sequence(time: &Zoned, verb: &str) -> Option<String> {
    let format = match verb {
        "YYYY" => "%Y",
        "YY" => "%y",
        "MMMM" => "%B",
        "MMM" => "%b",
        "MM" => "%m",
        "M" => "%-m",
        "DD" => "%d",
        "D" => "%-d",
        "EEEE" => "%A",
        "EEE" => "%a",
        "hh" => "%H",
        "h" => "%-H",
        "HH" => "%I",
        "H" => "%-I",
        "AA" => "%p",
        "aa" => return Some(time.strftime("%p").to_string().to_lowercase()),
        "mm" => "%M",
        "m" => "%-M",
        "ss" => "%S",
        "s" => "%-S",
        "ZZZZZ" => return Some(zone(time, "", true)),
        "ZZZZ" => return Some(zone(time, "", false)),
        "ZZZ" => return Some(zone(time, "UTC", false)),
        "Z" => return Some(zone(time, "Z", true)),
        _ => return None,
    };
    Some(time.strftime(format).to_string())
}
