//! Lists and sets, and what all collections have.

use unicode_segmentation::UnicodeSegmentation;

use super::{
    Call, Failure, Function, Kind, Marks, Outcome, Param, any, boolean, function, number, param, strings,
};
use crate::value::{Data, Number, Type, Value, convert, equals, type_of, unify};

const LIST: Param = param("list", Kind::Any);

pub(super) const FUNCTIONS: &[Function] = &[
    function(
        "alltrue",
        &[param("list", Kind::Bools).whole()],
        boolean,
        |call| {
            Ok(call
                .elements(0)
                .iter()
                .all(|element| element.as_bool() == Some(true))
                .into())
        },
    ),
    function(
        "anytrue",
        &[param("list", Kind::Bools).whole()],
        boolean,
        |call| {
            Ok(call
                .elements(0)
                .iter()
                .any(|element| element.as_bool() == Some(true))
                .into())
        },
    ),
    function(
        "chunklist",
        &[param("list", Kind::List), param("size", Kind::Number)],
        any,
        chunklist,
    )
    .marks(Marks::Kept),
    function("coalesce", &[], any, coalesce)
        .variadic(param("vals", Kind::Any).nullable().early())
        .marks(Marks::Seen),
    function("coalescelist", &[], any, coalescelist).variadic(param("vals", Kind::Any)),
    function(
        "compact",
        &[param("list", Kind::Strings).whole()],
        strings,
        compact,
    ),
    function("concat", &[], any, concat)
        .variadic(param("seqs", Kind::Any))
        .marks(Marks::Kept),
    function(
        "contains",
        &[LIST.whole(), param("value", Kind::Any).whole()],
        boolean,
        contains,
    ),
    function("distinct", &[param("list", Kind::List).whole()], any, distinct),
    function("element", &[LIST, param("index", Kind::Number)], any, element).marks(Marks::Kept),
    function("flatten", &[LIST.whole()], any, flatten).marks(Marks::Kept),
    function(
        "index",
        &[LIST.whole(), param("value", Kind::Any).whole()],
        number,
        index,
    ),
    function("length", &[param("value", Kind::Any)], number, length).marks(Marks::Kept),
    function(
        "matchkeys",
        &[
            param("values", Kind::List).whole(),
            param("keys", Kind::List).whole(),
            param("searchset", Kind::List).whole(),
        ],
        any,
        matchkeys,
    ),
    function("one", &[LIST], any, one).marks(Marks::Kept),
    function("range", &[], |_| Type::list(Type::Number), range).variadic(param("params", Kind::Number)),
    function("reverse", &[LIST], any, reverse).marks(Marks::Kept),
    function(
        "slice",
        &[
            LIST,
            param("start_index", Kind::Number),
            param("end_index", Kind::Number),
        ],
        any,
        slice,
    )
    .marks(Marks::Kept),
    function("sort", &[param("list", Kind::Strings).whole()], strings, sort),
];

/// The most numbers that `range` makes.
const MAX_RANGE: usize = 1024;

pub(super) fn sequence<'a>(call: &'a Call<'_>, at: usize) -> Result<&'a [Value], Failure> {
    call[at].as_elements().ok_or_else(|| {
        Failure::at(
            at,
            format!(
                "a list, set or tuple is required, not {}",
                type_of(&call[at]).described()
            ),
        )
    })
}

/// Makes a sequence of the kind that another one is.
fn like(model: &Value, elements: Vec<Value>) -> Value {
    match &model.data {
        Data::List(ty, _) | Data::Set(ty, _) => Data::List(ty.clone(), elements.into()).into(),
        _ => Value::tuple(elements),
    }
}

pub(super) fn list(ty: Type, elements: Vec<Value>) -> Value {
    Data::List(ty, elements.into()).into()
}

pub(super) fn element_type(value: &Value) -> Type {
    match &value.data {
        Data::List(ty, _) | Data::Set(ty, _) | Data::Map(ty, _) => ty.clone(),
        _ => Type::Any,
    }
}

fn chunklist(call: &Call<'_>) -> Outcome {
    let size =
        usize::try_from(call.whole(1)?).map_err(|_| Failure::at(1, "the size must not be negative"))?;
    let elements = sequence(call, 0)?;
    let ty = element_type(&call[0]);
    let size = if size == 0 { elements.len().max(1) } else { size };
    let chunks = elements
        .chunks(size)
        .map(|chunk| list(ty.clone(), chunk.to_vec()));
    Ok(list(Type::list(ty.clone()), chunks.collect()))
}

fn coalesce(call: &Call<'_>) -> Outcome {
    let types: Vec<Type> = call.values.iter().map(type_of).collect();
    let decided: Vec<Type> = types.iter().filter(|ty| **ty != Type::Any).cloned().collect();
    // Where a bare null stands among values that have no type in common, nothing is converted.
    let ty = match unify(&decided) {
        None if decided.len() < types.len() => Type::Any,
        None => return Err(Failure::new("all arguments must have the same type")),
        Some(ty) => ty,
    };
    let sensitive = call.values.iter().any(|value| value.sensitive);
    for value in call.values {
        if value.is_unknown() {
            return Ok(Value::unknown(ty).sensitive_if(sensitive));
        }
        if !value.is_null() && value.as_str() != Some("") {
            let converted = convert(value, &ty).map_err(|error| Failure::new(error.message))?;
            return Ok(converted.sensitive_if(sensitive));
        }
    }
    Err(Failure::new("all arguments are null or empty strings"))
}

fn coalescelist(call: &Call<'_>) -> Outcome {
    for (at, value) in call.values.iter().enumerate() {
        ordered(value, at)?;
    }
    let found = call.values.iter().find(|value| value.children().next().is_some());
    found
        .cloned()
        .ok_or_else(|| Failure::new("all arguments are empty"))
}

/// Takes a list or tuple; a set has no order.
pub(super) fn ordered(value: &Value, at: usize) -> Result<&[Value], Failure> {
    match &value.data {
        Data::List(_, elements) | Data::Tuple(elements) => Ok(elements),
        _ => Err(Failure::at(
            at,
            format!("a list or tuple is required, not {}", type_of(value).described()),
        )),
    }
}

fn compact(call: &Call<'_>) -> Outcome {
    let kept = call
        .elements(0)
        .iter()
        .filter(|element| element.as_str().is_some_and(|text| !text.is_empty()));
    Ok(list(Type::String, kept.cloned().collect()))
}

fn concat(call: &Call<'_>) -> Outcome {
    if call.len() == 0 {
        return Err(Failure::new("at least one argument is required"));
    }
    let mut elements = Vec::new();
    let mut types = Vec::new();
    for at in 0..call.len() {
        elements.extend_from_slice(ordered(&call[at], at)?);
        types.push(type_of(&call[at]));
    }
    if types.iter().all(|ty| matches!(ty, Type::List(_)))
        && let Some(Type::List(ty)) = unify(&types)
    {
        return convert(&Value::tuple(elements), &Type::List(ty))
            .map_err(|error| Failure::new(error.message));
    }
    Ok(Value::tuple(elements))
}

fn contains(call: &Call<'_>) -> Outcome {
    let found = sequence(call, 0)?
        .iter()
        .any(|element| equals(element, &call[1]) == Some(true));
    Ok(found.into())
}

fn distinct(call: &Call<'_>) -> Outcome {
    let mut kept: Vec<Value> = Vec::new();
    for element in sequence(call, 0)? {
        if !kept.iter().any(|other| equals(other, element) == Some(true)) {
            kept.push(element.clone());
        }
    }
    Ok(list(element_type(&call[0]), kept))
}

fn element(call: &Call<'_>) -> Outcome {
    let elements = sequence(call, 0)?;
    if matches!(call[0].data, Data::Set(..)) {
        return Err(Failure::at(0, "the elements of a set have no index"));
    }
    let index = call.whole(1)?;
    if elements.is_empty() {
        return Err(Failure::at(0, "an empty list has no elements"));
    }
    if index % (elements.len() as i64) < 0 && matches!(call[0].data, Data::Tuple(_)) {
        return Err(Failure::at(1, "the index of a tuple must not be negative"));
    }
    let at = index.rem_euclid(elements.len() as i64);
    Ok(elements[usize::try_from(at).unwrap_or_default()].clone())
}

fn flatten(call: &Call<'_>) -> Outcome {
    fn spread(elements: &[Value], into: &mut Vec<Value>) -> bool {
        let mut sensitive = false;
        for element in elements {
            match element.as_elements() {
                Some(inner) => {
                    sensitive |= element.sensitive;
                    sensitive |= spread(inner, into);
                }
                None => into.push(element.clone()),
            }
        }
        sensitive
    }
    let mut flat = Vec::new();
    let sensitive = spread(sequence(call, 0)?, &mut flat);
    Ok(Value::tuple(flat).sensitive_if(sensitive))
}

fn index(call: &Call<'_>) -> Outcome {
    let found = sequence(call, 0)?
        .iter()
        .position(|element| equals(element, &call[1]) == Some(true));
    found
        .map(|at| Value::from(at as i64))
        .ok_or_else(|| Failure::new("no element is equal to the value"))
}

fn length(call: &Call<'_>) -> Outcome {
    let count = match &call[0].data {
        Data::String(text) => text.graphemes(true).count(),
        Data::Set(_, elements) if elements.len() > 1 && !call[0].is_wholly_known() => {
            return Ok(Value::unknown(Type::Number));
        }
        Data::List(..) | Data::Set(..) | Data::Tuple(_) => call.elements(0).len(),
        Data::Map(_, entries) | Data::Object(entries) => entries.len(),
        _ => {
            return Err(Failure::at(
                0,
                format!(
                    "a string or a collection is required, not {}",
                    type_of(&call[0]).described()
                ),
            ));
        }
    };
    Ok(Value::from(count as i64))
}

fn matchkeys(call: &Call<'_>) -> Outcome {
    let (values, keys, wanted) = (sequence(call, 0)?, sequence(call, 1)?, sequence(call, 2)?);
    if values.len() != keys.len() {
        return Err(Failure::at(1, "there must be as many keys as values"));
    }
    if unify(&[element_type(&call[1]), element_type(&call[2])]).is_none() {
        return Err(Failure::at(
            2,
            "it must hold values of the type that the keys have",
        ));
    }
    let kept = values
        .iter()
        .zip(keys)
        .filter(|(_, key)| wanted.iter().any(|wanted| equals(wanted, key) == Some(true)))
        .map(|(value, _)| value.clone());
    Ok(list(element_type(&call[0]), kept.collect()))
}

fn one(call: &Call<'_>) -> Outcome {
    match sequence(call, 0)? {
        [] => Ok(Data::Null(element_type(&call[0])).into()),
        [only] => Ok(only.clone()),
        many => Err(Failure::at(
            0,
            format!(
                "a list of no or one element is required, and this has {}",
                many.len()
            ),
        )),
    }
}

fn range(call: &Call<'_>) -> Outcome {
    let numbers: Result<Vec<Number>, Failure> = (0..call.len())
        .map(|at| super::numeric::numeric(call, at))
        .collect();
    let numbers = numbers?;
    let zero = Number::from(0_i64);
    let (start, end) = match numbers.as_slice() {
        [end] => (&zero, end),
        [start, end] | [start, end, _] => (start, end),
        _ => {
            return Err(Failure::new(
                "it takes a limit, a start and a limit, or a start, a limit and a step",
            ));
        }
    };
    let down = end.compare(start).is_lt();
    let step = numbers
        .get(2)
        .cloned()
        .unwrap_or_else(|| Number::from(if down { -1_i64 } else { 1_i64 }));
    if start.compare(end).is_ne() && down != step.is_negative() && !step.is_zero() {
        return Err(Failure::at(2, "the step must lead from the start to the limit"));
    }
    let mut values = Vec::new();
    let mut next = start.clone();
    while if down {
        next.compare(end).is_gt()
    } else {
        next.compare(end).is_lt()
    } {
        if values.len() >= MAX_RANGE {
            return Err(Failure::new("more than 1024 values would be made"));
        }
        values.push(Data::Number(next.clone()).into());
        next = next
            .add(&step)
            .ok_or_else(|| Failure::new("the limit cannot be reached"))?;
    }
    Ok(list(Type::Number, values))
}

fn reverse(call: &Call<'_>) -> Outcome {
    let reversed = sequence(call, 0)?.iter().rev().cloned().collect();
    Ok(like(&call[0], reversed))
}

fn slice(call: &Call<'_>) -> Outcome {
    let elements = ordered(&call[0], 0)?;
    let (start, end) = (call.whole(1)?, call.whole(2)?);
    let start = usize::try_from(start).map_err(|_| Failure::at(1, "the start must not be negative"))?;
    let end = usize::try_from(end).map_err(|_| Failure::at(2, "the end must not be negative"))?;
    if end > elements.len() {
        return Err(Failure::at(
            2,
            format!(
                "the end must not be greater than the number of elements, {}",
                elements.len()
            ),
        ));
    }
    if start > end {
        return Err(Failure::at(1, "the start must not be greater than the end"));
    }
    Ok(like(&call[0], elements[start..end].to_vec()))
}

fn sort(call: &Call<'_>) -> Outcome {
    let mut elements = call.elements(0).to_vec();
    if elements.iter().any(Value::is_null) {
        return Err(Failure::at(0, "a null cannot be sorted"));
    }
    elements.sort_by(|left, right| left.as_str().cmp(&right.as_str()));
    Ok(list(Type::String, elements))
}
