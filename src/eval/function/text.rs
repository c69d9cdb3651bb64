//! Text.

use regex::{Captures, Match};
use unicode_segmentation::UnicodeSegmentation;

use super::pattern::{Looks, Pattern};
use super::{
    Call, Failure, Function, Kind, Outcome, Param, any, boolean, format, function, param, string, strings,
};
use crate::eval::budget::MAX_TEXT;
use crate::value::{AttributeType, Data, Type, Value};

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
        .map_err(|_| Failure::at(0, "a number of spaces from 0 up is required"))?;
    let text = call.text(1);
    let lines = text.matches('\n').count();
    if lines == 0 {
        return Ok(text.into());
    }
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

/// How many bytes all searches of one call may go over: ordinary patterns go over each byte of a text once or twice.
const MAX_LOOKED: usize = 4 * MAX_TEXT;

/// Charges for the searches of one call.
struct Searches {
    looks: Looks,
    looked: usize,
    /// Where the next search begins.
    from: usize,
}

impl Searches {
    fn of(pattern: &Pattern) -> Result<Self, Failure> {
        Ok(Self {
            looks: pattern.looks().map_err(Failure::new)?,
            looked: 0,
            from: 0,
        })
    }

    /// Charges for the search that found a match.
    fn charge(&mut self, text: &str, found: &Match<'_>) -> Result<(), Failure> {
        self.looked = self.looked.saturating_add(self.looks.from(text, self.from));
        self.from = found.end();
        match self.looked <= MAX_LOOKED {
            true => Ok(()),
            false => Err(Failure::new(
                "its searches go over the text too often: at each match the pattern looks far ahead",
            )),
        }
    }
}

/// Compiles a pattern; one that would need much memory is refused.
fn compile(at: usize, pattern: &str) -> Result<Pattern, Failure> {
    if pattern.len() > MAX_PATTERN {
        return Err(Failure::at(at, "the pattern is longer than 4096 bytes"));
    }
    Pattern::new(pattern)
        .map_err(|reason| Failure::at(at, format!("it is not a regular expression: {reason}")))
}

/// What a match gives: the text, a tuple of the groups, or an object of the named ones.
enum Shape {
    Text,
    Tuple(usize),
    Object,
}

fn shape(pattern: &Pattern) -> Result<Shape, Failure> {
    let named = pattern.names.iter().filter(|name| name.is_some()).count();
    match (pattern.names.len(), named) {
        (0, _) => Ok(Shape::Text),
        (groups, 0) => Ok(Shape::Tuple(groups)),
        (groups, named) if groups == named => Ok(Shape::Object),
        _ => Err(Failure::at(0, "all groups must have names, or none")),
    }
}

fn matched(pattern: &Pattern, shape: &Shape, captures: &Captures<'_>) -> Value {
    let text = |at: usize| match captures.get(at) {
        Some(found) => Value::normalised(found.as_str()),
        None => Data::Null(Type::String).into(),
    };
    match shape {
        Shape::Text => text(0),
        Shape::Tuple(groups) => Value::tuple((1..=*groups).map(text)),
        Shape::Object => Value::object(
            pattern
                .names
                .iter()
                .enumerate()
                .map(|(at, name)| (name.clone().unwrap_or_default(), text(at + 1))),
        ),
    }
}

fn regex_first(call: &Call<'_>) -> Outcome {
    let pattern = compile(0, call.text(0))?;
    let shape = shape(&pattern)?;
    match pattern.regex.captures(call.text(1)) {
        Some(captures) => Ok(matched(&pattern, &shape, &captures)),
        None => Err(Failure::new("the pattern matches no part of the string")),
    }
}

fn regex_all(call: &Call<'_>) -> Outcome {
    let pattern = compile(0, call.text(0))?;
    let shape = shape(&pattern)?;
    let text = call.text(1);
    let mut searches = Searches::of(&pattern)?;
    let found: Result<Vec<Value>, Failure> = pattern
        .regex
        .captures_iter(text)
        .map(|captures| {
            if let Some(whole) = captures.get(0) {
                searches.charge(text, &whole)?;
            }
            Ok(matched(&pattern, &shape, &captures))
        })
        .collect();
    let ty = match shape {
        Shape::Text => Type::String,
        Shape::Tuple(groups) => Type::Tuple(vec![Type::String; groups]),
        Shape::Object => Type::Object(
            pattern
                .names
                .iter()
                .flatten()
                .map(|name| (name.clone(), AttributeType::required(Type::String)))
                .collect(),
        ),
    };
    Ok(Data::List(ty, found?.into()).into())
}

fn replace(call: &Call<'_>) -> Outcome {
    let (text, wanted, with) = (call.text(0), call.text(1), call.text(2));
    let pattern = wanted.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    match pattern {
        Some(pattern) => {
            let pattern = compile(1, pattern)?;
            // A group can stand in the replacement as often as it likes, and holds no more than the match.
            let groups = with.matches('$').count();
            let mut searches = Searches::of(&pattern)?;
            let mut replaced = String::new();
            let mut end = 0;
            for captures in pattern.regex.captures_iter(text) {
                let Some(whole) = captures.get(0) else { continue };
                searches.charge(text, &whole)?;
                replaced.push_str(&text[end..whole.start()]);
                let most = groups.saturating_mul(whole.len()).saturating_add(with.len());
                bounded(most.saturating_add(replaced.len()))?;
                expand(&pattern, &captures, with, &mut replaced);
                end = whole.end();
            }
            replaced.push_str(&text[end..]);
            bounded(replaced.len())?;
            Ok(Value::normalised(replaced))
        }
        None => {
            let times = text.matches(wanted).count();
            bounded(text.len().saturating_add(times.saturating_mul(with.len())))?;
            Ok(Value::normalised(text.replace(wanted, with)))
        }
    }
}

/// Puts the groups of a match into the text that replaces it: `$1`, `${1}`, `$name`, and `$$` for the sign itself.
fn expand(pattern: &Pattern, captures: &Captures<'_>, with: &str, into: &mut String) {
    let mut rest = with;
    while let Some(at) = rest.find('$') {
        into.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix('$') {
            into.push('$');
            rest = behind;
            continue;
        }
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let braced = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let (name, behind) = match braced {
            Some((name, behind)) => (name, behind),
            None => rest.split_at(rest.find(|c| !is_name(c)).unwrap_or(rest.len())),
        };
        if name.is_empty() || !name.chars().all(is_name) {
            into.push('$');
            continue;
        }
        rest = behind;
        let number = name.parse::<usize>().ok();
        let found = match number {
            Some(number) => captures.get(number),
            None => (1..=pattern.names.len())
                .filter(|at| pattern.names[at - 1].as_deref() == Some(name))
                .find_map(|at| captures.get(at)),
        };
        into.push_str(found.map_or("", |found| found.as_str()));
    }
    into.push_str(rest);
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

/// Digraphs have a form for the beginning of a word.
fn title_case(c: char) -> char {
    match c {
        'Ǆ' | 'ǅ' | 'ǆ' => 'ǅ',
        'Ǉ' | 'ǈ' | 'ǉ' => 'ǈ',
        'Ǌ' | 'ǋ' | 'ǌ' => 'ǋ',
        'Ǳ' | 'ǲ' | 'ǳ' => 'ǲ',
        other => upper(other),
    }
}

fn title(call: &Call<'_>) -> Outcome {
    let mut titled = String::new();
    let mut inside = false;
    for c in call.text(0).chars() {
        titled.push(if inside { c } else { title_case(c) });
        inside = c.is_alphanumeric() || c == '_' || (!c.is_ascii() && !c.is_whitespace());
    }
    Ok(Value::normalised(titled))
}
