//! Times. What the clock says is asked during apply alone: until then it is unknown.

use jiff::Timestamp;

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
        |call| {
            Ok((time(call, 0, false)?
                .instant()
                .cmp(&time(call, 1, false)?.instant()) as i64)
                .into())
        },
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

/// A point in time, as a clock with an offset shows it. Any year, for a sum may lie far away.
struct Time {
    /// Seconds of the clock's own time since 1970 began on it.
    local: i64,
    nanoseconds: u32,
    /// The clock's offset in seconds.
    offset: i64,
}

impl Time {
    /// Returns what orders times, whatever their offsets.
    fn instant(&self) -> (i64, u32) {
        (self.local - self.offset, self.nanoseconds)
    }

    fn second_of_day(&self) -> i64 {
        self.local.rem_euclid(86_400)
    }

    fn day(&self) -> i64 {
        self.local.div_euclid(86_400)
    }

    /// Returns year, month and day.
    fn date(&self) -> (i64, i64, i64) {
        // Years are counted from March, so that the leap day is the last of its year.
        let days = self.day() + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year + era * 400 + i64::from(month <= 2);
        (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
    }
}

/// Counts the days from 1970 to a date.
fn days_to(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Reads an RFC 3339 time with its own offset. If it is not read strictly, an hour may have one digit, and an offset may
/// be of 24 hours.
fn time(call: &Call<'_>, at: usize, strict: bool) -> Result<Time, Failure> {
    parse_time(call.text(at), strict)
        .ok_or_else(|| Failure::at(at, "a time such as 2006-01-02T15:04:05Z is required"))
}

fn parse_time(text: &str, strict: bool) -> Option<Time> {
    let mut rest = text;
    let year = digits(&mut rest, 4, '-')?;
    let month = digits(&mut rest, 2, '-')?;
    let day = digits(&mut rest, 2, 'T')?;
    let short = !strict && rest.as_bytes().get(1) == Some(&b':');
    let hour = digits(&mut rest, if short { 1 } else { 2 }, ':')?;
    let minute = digits(&mut rest, 2, ':')?;
    let (second, mut rest) = rest.split_at_checked(2)?;
    let second = digits(&mut format!("{second}Z").as_str(), 2, 'Z')?;
    let mut nanoseconds = 0;
    if let Some(fraction) = rest
        .strip_prefix('.')
        .or_else(|| rest.strip_prefix(',').filter(|_| !strict))
    {
        let length = fraction.len() - fraction.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let nine: String = fraction[..length]
            .chars()
            .chain("000000000".chars())
            .take(9)
            .collect();
        nanoseconds = nine.parse().ok().filter(|_| length > 0)?;
        rest = &fraction[length..];
    }
    let offset = match rest.as_bytes().first()? {
        b'Z' if rest.len() == 1 => 0,
        sign @ (b'+' | b'-') => {
            let mut rest = &rest[1..];
            let hours = digits(&mut rest, 2, ':')?;
            let minutes = digits(&mut format!("{rest}Z").as_str(), 2, 'Z').filter(|_| rest.len() == 2)?;
            let hours = Some(hours).filter(|hours| *hours < if strict { 24 } else { 25 })?;
            let minutes = Some(minutes).filter(|minutes| *minutes < if strict { 60 } else { 61 })?;
            (hours * 3600 + minutes * 60) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => return None,
    };
    let is_valid = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    is_valid.then(|| Time {
        local: days_to(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second,
        nanoseconds,
        offset,
    })
}

/// Takes so many digits and what follows them off the front of a text.
fn digits(rest: &mut &str, count: usize, then: char) -> Option<i64> {
    let (number, behind) = rest.split_at_checked(count)?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    *rest = behind.strip_prefix(then)?;
    number.parse().ok()
}

/// Reads a duration such as `1h30m`, `-10s` or `1.5h`, in nanoseconds.
fn duration(call: &Call<'_>, at: usize) -> Result<i128, Failure> {
    let wrong = || Failure::at(at, "a duration such as 1h30m is required");
    let text = call.text(at);
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
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
            ("μs", 1e3),
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
    if total > i64::MAX as f64 {
        return Err(wrong());
    }
    let total = total as i128;
    Ok(if negative { -total } else { total })
}

fn timeadd(call: &Call<'_>) -> Outcome {
    let time = time(call, 0, true)?;
    let nanoseconds = i128::from(time.nanoseconds) + duration(call, 1)?;
    let sum = Time {
        local: time.local + nanoseconds.div_euclid(1_000_000_000) as i64,
        ..time
    };
    Ok(written(&sum).into())
}

/// Writes a time as RFC 3339 has it, without fractions.
fn written(sum: &Time) -> String {
    let (year, month, day) = sum.date();
    let second = sum.second_of_day();
    format!(
        "{}{:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}{}",
        if year < 0 { "-" } else { "" },
        year.abs(),
        second / 3600,
        second / 60 % 60,
        second % 60,
        zone(sum, "Z", true)
    )
}

/// Reads a date, or a date with a time, as YAML takes it; `None` if it is none. Without an offset it is UTC.
pub(super) fn timestamp_text(text: &str) -> Option<String> {
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, time.trim_start()),
        None => (text, "00:00:00"),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return None;
    };
    let zoned = time.ends_with('Z') || time.contains(['+', '-']);
    let zone = if zoned { "" } else { "Z" };
    let full = format!("{year}-{month:0>2}-{day:0>2}T{time}{zone}");
    parse_time(&full, false).map(|time| written(&time))
}

/// Writes the offset; a word stands for UTC.
fn zone(time: &Time, utc: &str, colon: bool) -> String {
    if time.offset == 0 && !utc.is_empty() {
        return utc.to_owned();
    }
    let sign = if time.offset < 0 { '-' } else { '+' };
    let minutes = time.offset.abs() / 60;
    let colon = if colon { ":" } else { "" };
    format!("{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60)
}

fn formatdate(call: &Call<'_>) -> Outcome {
    let time = time(call, 1, true)?;
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

/// Reads a literal in single quotes, in which two quotes stand for one. With nothing between, they are a quote.
fn literal(text: &str) -> Option<(String, usize)> {
    if text.starts_with("''") {
        return Some(("'".to_owned(), 2));
    }
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

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// In the order in which 1970 begins.
const WEEKDAYS: [&str; 7] = [
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
];

/// Writes what a sequence of one letter stands for.
fn sequence(time: &Time, verb: &str) -> Option<String> {
    let (year, month, day) = time.date();
    let second = time.second_of_day();
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let half_day_hour = (hour + 11) % 12 + 1;
    let month_name = MONTHS[usize::try_from(month - 1).ok()?];
    let weekday = WEEKDAYS[usize::try_from(time.day().rem_euclid(7)).ok()?];
    Some(match verb {
        "YYYY" => format!("{year:04}"),
        "YY" => format!("{:02}", year.rem_euclid(100)),
        "MMMM" => month_name.to_owned(),
        "MMM" => month_name[..3].to_owned(),
        "MM" => format!("{month:02}"),
        "M" => month.to_string(),
        "DD" => format!("{day:02}"),
        "D" => day.to_string(),
        "EEEE" => weekday.to_owned(),
        "EEE" => weekday[..3].to_owned(),
        "hh" => format!("{hour:02}"),
        "h" => hour.to_string(),
        "HH" => format!("{half_day_hour:02}"),
        "H" => half_day_hour.to_string(),
        "AA" => if hour < 12 { "AM" } else { "PM" }.to_owned(),
        "aa" => if hour < 12 { "am" } else { "pm" }.to_owned(),
        "mm" => format!("{minute:02}"),
        "m" => minute.to_string(),
        "ss" => format!("{second:02}"),
        "s" => second.to_string(),
        "ZZZZZ" => zone(time, "", true),
        "ZZZZ" => zone(time, "", false),
        "ZZZ" => zone(time, "UTC", false),
        "Z" => zone(time, "Z", true),
        _ => return None,
    })
}
