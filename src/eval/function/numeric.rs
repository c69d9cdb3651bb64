//! Numbers.

use super::{Call, Failure, Function, Kind, Outcome, Param, any, function, number, param};
use crate::value::{Data, Number, Value, convert};
use dashu_int::IBig;

const NUM: Param = param("num", Kind::Number);

pub(super) const FUNCTIONS: &[Function] = &[
    function("abs", &[NUM], number, |call| Ok(of(numeric(call, 0)?.abs()))),
    function("ceil", &[NUM], number, |call| Ok(of(numeric(call, 0)?.ceil()))),
    function("floor", &[NUM], number, |call| Ok(of(numeric(call, 0)?.floor()))),
    function("log", &[NUM, param("base", Kind::Number)], number, log),
    function("max", &[], number, |call| {
        extreme(call, std::cmp::Ordering::Greater)
    })
    .variadic(param("numbers", Kind::Number)),
    function("min", &[], number, |call| extreme(call, std::cmp::Ordering::Less))
        .variadic(param("numbers", Kind::Number)),
    function(
        "parseint",
        &[param("number", Kind::Any), param("base", Kind::Number)],
        number,
        parseint,
    ),
    function("pow", &[NUM, param("power", Kind::Number)], number, pow),
    function("signum", &[NUM], number, signum),
    function("sum", &[param("list", Kind::Any).whole()], any, sum),
];

fn of(number: Number) -> Value {
    Data::Number(number).into()
}

pub(super) fn numeric(call: &Call<'_>, at: usize) -> Result<Number, Failure> {
    match &call[at].data {
        Data::Number(number) => Ok(number.clone()),
        _ => Err(Failure::at(at, "a number is required")),
    }
}

/// Logarithms and powers are those of 64-bit floats.
fn from_float(value: f64) -> Outcome {
    Number::from_f64(value)
        .map(of)
        .ok_or_else(|| Failure::new("the result is not a number"))
}

fn log(call: &Call<'_>) -> Outcome {
    let (num, base) = (numeric(call, 0)?.to_f64(), numeric(call, 1)?.to_f64());
    from_float(num.ln() / base.ln())
}

fn pow(call: &Call<'_>) -> Outcome {
    from_float(numeric(call, 0)?.to_f64().powf(numeric(call, 1)?.to_f64()))
}

fn signum(call: &Call<'_>) -> Outcome {
    Ok(Value::from(call.whole(0)?.signum()))
}

fn extreme(call: &Call<'_>, wanted: std::cmp::Ordering) -> Outcome {
    let mut best: Option<Number> = None;
    for at in 0..call.len() {
        let number = numeric(call, at)?;
        if best.as_ref().is_none_or(|best| number.compare(best) == wanted) {
            best = Some(number);
        }
    }
    best.map(of)
        .ok_or_else(|| Failure::new("at least one number is required"))
}

fn parseint(call: &Call<'_>) -> Outcome {
    let text = call[0]
        .as_str()
        .ok_or_else(|| Failure::at(0, "a string is required"))?;
    let base = call.whole(1)?;
    if !(2..=62).contains(&base) {
        return Err(Failure::at(1, "the base must be between 2 and 62"));
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || digits.len() > 1000 {
        return Err(Failure::at(0, format!("it is not a whole number in base {base}")));
    }
    let mut value = IBig::ZERO;
    for digit in digits.bytes() {
        let digit = match digit {
            b'0'..=b'9' => i64::from(digit - b'0'),
            b'a'..=b'z' => i64::from(digit - b'a') + 10,
            b'A'..=b'Z' if base <= 36 => i64::from(digit - b'A') + 10,
            b'A'..=b'Z' => i64::from(digit - b'A') + 36,
            _ => base,
        };
        if digit >= base {
            return Err(Failure::at(0, format!("it is not a whole number in base {base}")));
        }
        value = value * IBig::from(base) + IBig::from(digit);
    }
    Ok(of(Number::from(if negative { -value } else { value })))
}

fn sum(call: &Call<'_>) -> Outcome {
    let elements = call[0]
        .as_elements()
        .filter(|elements| !elements.is_empty())
        .ok_or_else(|| Failure::at(0, "a list with at least one number is required"))?;
    let mut total = Number::from(0_i64);
    for element in elements {
        let number = match convert(element, &crate::value::Type::Number).map(|value| value.data) {
            Ok(Data::Number(number)) => number,
            _ => return Err(Failure::at(0, "all elements must be numbers")),
        };
        total = total
            .add(&number)
            .ok_or_else(|| Failure::new("the sum of opposite infinities is not a number"))?;
    }
    Ok(of(total))
}
