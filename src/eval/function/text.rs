//! Text.

use regex::{Captures, Regex};
use unicode_segmentation::UnicodeSegmentation;

use super::{
    Call, Failure, Function, Kind, Outcome, Param, any, boolean, format, function, param, string, strings,
};
use crate::eval::budget::MAX_TEXT;
use crate::value::{Data, Type, Value, type_of};

const STR: Param = param("str", Kind::String);

pub(super) const FUNCTIONS: &[Function] = &[
    function("chomp", &[STR], string, |call| {
        Ok(call.text(0).trim_end_matches(['\r', '\n']).into())
    }),
    function(
        "endswith",
        &[STR, param("suffix", Kind::String)],
        boolean,
        |call| Ok(call.text(0).ends_with(call.text(1)).into()),
    ),
    function("format", &[param("format", Kind::String)], string, format::format)
        .variadic(param("args", Kind::Any).nullable().whole()),
    function(
        "formatlist",
        &[param("format", Kind::String)],
        strings,
        format::formatlist,
    )
    .variadic(param("args", Kind::Any).nullable().whole()),
    function("indent", &[param("spaces", Kind::Number), STR], string, indent),
    function("join", &[param("separator", Kind::String)], string, join)
        .variadic(param("lists", Kind::Strings).whole()),
    function("lower", &[STR], string, |call| {
        Ok(Value::normalised(
            call.text(0).chars().map(lower).collect::<String>(),
        ))
    }),
    function(
        "regex",
        &[param("pattern", Kind::String), param("string", Kind::String)],
        any,
        regex_first,
    ),
    function(
        "regexall",
        &[param("pattern", Kind::String), param("string", Kind::String)],
        any,
        regex_all,
    ),
    function(
        "replace",
        &[STR, param("substr", Kind::String), param("replace", Kind::String)],
        string,
        replace,
    ),
    function("split", &[param("separator", Kind::String), STR], strings, split),
    function(
        "startswith",
        &[STR, param("prefix", Kind::String)],
        boolean,
        |call| Ok(call.text(0).starts_with(call.text(1)).into()),
    ),
    function(
        "strcontains",
        &[STR, param("substr", Kind::String)],
        boolean,
        |call| Ok(call.text(0).contains(call.text(1)).into()),
    ),
    function("strrev", &[STR], string, |call| {
        Ok(Value::normalised(
            call.text(0).graphemes(true).rev().collect::<String>(),
        ))
    }),
    function(
        "substr",
        &[STR, param("offset", Kind::Number), param("length", Kind::Number)],
        string,
        substr,
    ),
    function("title", &[STR], string, title),
    function("trim", &[STR, param("cutset", Kind::String)], string, |call| {
        Ok(call.text(0).trim_matches(|c| call.text(1).contains(c)).into())
    }),
    function(
        "trimprefix",
        &[STR, param("prefix", Kind::String)],
        string,
        |call| {
            let text = call.text(0);
            Ok(text.strip_prefix(call.text(1)).unwrap_or(text).into())
        },
    ),
    function(
        "trimsuffix",
        &[STR, param("suffix", Kind::String)],
        string,
        |call| {
            let text = call.text(0);
            Ok(text.strip_suffix(call.text(1)).unwrap_or(text).into())
        },
    ),
    function("trimspace", &[STR], string, |call| Ok(call.text(0).trim().into())),
    function("upper", &[STR], string, |call| {
        Ok(Value::normalised(
            call.text(0).chars().map(upper).collect::<String>(),
        ))
    }),
];

/// Changes the case of one character: of several that it would become, the first.
fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// Changes the case of one character: what would become several stays as it is.
fn upper(c: char) -> char {
    let mut changed = c.to_uppercase();
    match (changed.next(), changed.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn indent(call: &Call<'_>) -> Outcome {
    let spaces = usize::try_from(call.whole(0)?)
        .ok()
        .filter(|spaces| *spaces <= 10_000)
        .ok_or_else(|| Failure::at(0, "a number of spaces from 0 to 10000 is required"))?;
    let text = call.text(1);
    let lines = text.matches('\n').count();
    bounded(text.len().saturating_add(lines.saturating_mul(spaces)))?;
    Ok(text.replace('\n', &format!("\n{}", " ".repeat(spaces))).into())
}

fn join(call: &Call<'_>) -> Outcome {
    if call.len() < 2 {
        return Err(Failure::new("at least one list is required"));
    }
    let mut parts = Vec::new();
    for at in 1..call.len() {
        for (index, element) in call.elements(at).iter().enumerate() {
            let text = element.as_str().ok_or_else(|| {
                Failure::at(at, format!("element {index} is null, and null cannot be joined"))
            })?;
            parts.push(text);
        }
    }
    let separators = call.text(0).len().saturating_mul(parts.len());
    let text: usize = parts.iter().map(|part| part.len()).sum();
    bounded(text.saturating_add(separators))?;
    Ok(Value::normalised(parts.join(call.text(0))))
}

/// Refuses a result before it is made: some functions multiply their arguments.
fn bounded(bytes: usize) -> Result<(), Failure> {
    match bytes <= MAX_TEXT {
        true => Ok(()),
        false => Err(Failure::new("its result would be larger than 16 MiB")),
    }
}

/// How long a pattern may be: the time of a search is that of the text times that of the pattern.
const MAX_PATTERN: usize = 4096;

/// How many bytes searches may go over: each match may have needed a look at all the rest of the text.
const MAX_LOOKED: usize = 4 << 30;

fn affordable(looked: usize) -> Result<(), Failure> {
    match looked <= MAX_LOOKED {
        true => Ok(()),
        false => Err(Failure::new("there are too many matches in too long a text")),
    }
}

/// Compiles a pattern; one that would need much memory is refused.
fn compile(at: usize, pattern: &str) -> Result<Regex, Failure> {
    if pattern.len() > MAX_PATTERN {
        return Err(Failure::at(at, "the pattern is longer than 4096 bytes"));
    }
    Regex::new(pattern).map_err(|error| {
        let text = error.to_string();
        let reason = text
            .lines()
            .last()
            .unwrap_or_default()
            .trim_start_matches("error: ")
            .to_owned();
        Failure::at(at, format!("it is not a regular expression: {reason}"))
    })
}

/// What a match gives: the text, a tuple of the groups, or an object of the named ones.
fn matched(regex: &Regex, captures: &Captures<'_>) -> Result<Value, Failure> {
    let text = |at: usize| match captures.get(at) {
        Some(found) => Value::from(found.as_str()),
        None => Data::Null(Type::String).into(),
    };
    let names: Vec<Option<&str>> = regex.capture_names().skip(1).collect();
    if names.is_empty() {
        return Ok(text(0));
    }
    if names.iter().all(Option::is_none) {
        return Ok(Value::tuple((1..=names.len()).map(text)));
    }
    if names.iter().any(Option::is_none) {
        return Err(Failure::at(0, "all groups must have names, or none"));
    }
    Ok(Value::object(
        names
            .iter()
            .enumerate()
            .map(|(at, name)| (name.unwrap_or_default(), text(at + 1))),
    ))
}

fn regex_first(call: &Call<'_>) -> Outcome {
    let regex = compile(0, call.text(0))?;
    match regex.captures(call.text(1)) {
        Some(captures) => matched(&regex, &captures),
        None => Err(Failure::new("the pattern matches no part of the string")),
    }
}

fn regex_all(call: &Call<'_>) -> Outcome {
    let regex = compile(0, call.text(0))?;
    let mut looked = 0_usize;
    let found: Result<Vec<Value>, Failure> = regex
        .captures_iter(call.text(1))
        .map(|captures| {
            looked = looked.saturating_add(call.text(1).len());
            affordable(looked)?;
            matched(&regex, &captures)
        })
        .collect();
    let found = found?;
    let ty = found.first().map_or(Type::String, |first| match type_of(first) {
        Type::Tuple(groups) => Type::Tuple(vec![Type::String; groups.len()]),
        other => other,
    });
    Ok(Data::List(ty, found.into()).into())
}

fn replace(call: &Call<'_>) -> Outcome {
    let (text, wanted, with) = (call.text(0), call.text(1), call.text(2));
    let pattern = wanted.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    match pattern {
        Some(pattern) => {
            let regex = compile(1, pattern)?;
            // A group can stand in the replacement as often as it likes, and holds no more than the match.
            let groups = with.matches('$').count();
            let mut most = text.len();
            let mut looked = 0_usize;
            for found in regex.find_iter(text) {
                let replaced = groups.saturating_mul(found.len()).saturating_add(with.len());
                most = most.saturating_add(replaced);
                bounded(most)?;
                looked = looked.saturating_add(text.len());
                affordable(looked)?;
            }
            Ok(Value::normalised(regex.replace_all(text, with)))
        }
        None => {
            let times = text.matches(wanted).count();
            bounded(text.len().saturating_add(times.saturating_mul(with.len())))?;
            Ok(Value::normalised(text.replace(wanted, with)))
        }
    }
}

fn split(call: &Call<'_>) -> Outcome {
    let (separator, text) = (call.text(0), call.text(1));
    let parts: Vec<Value> = if separator.is_empty() {
        text.chars().map(|c| Value::from(c.to_string())).collect()
    } else {
        text.split(separator).map(Value::from).collect()
    };
    Ok(Data::List(Type::String, parts.into()).into())
}

/// Counts grapheme clusters; a negative offset counts from the end, a negative length means all the rest.
fn substr(call: &Call<'_>) -> Outcome {
    let clusters: Vec<&str> = call.text(0).graphemes(true).collect();
    let (offset, length) = (call.whole(1)?, call.whole(2)?);
    let count = clusters.len() as i64;
    let start = if offset < 0 {
        (count + offset).max(0)
    } else {
        offset.min(count)
    };
    let end = if length < 0 {
        count
    } else {
        start.saturating_add(length).min(count)
    };
    let start = usize::try_from(start).unwrap_or_default();
    let end = usize::try_from(end).unwrap_or_default();
    Ok(clusters[start..end].concat().into())
}

fn title(call: &Call<'_>) -> Outcome {
    let mut titled = String::new();
    let mut inside = false;
    for c in call.text(0).chars() {
        titled.push(if inside { c } else { upper(c) });
        inside = c.is_alphanumeric() || c == '_';
    }
    Ok(Value::normalised(titled))
}
