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
    from_float(natural_log(num) / natural_log(base))
}

fn pow(call: &Call<'_>) -> Outcome {
    from_float(power(numeric(call, 0)?.to_f64(), numeric(call, 1)?.to_f64()))
}

/// Splits a normal float into a mantissa from 0.5 to 1 and a power of two.
fn split(value: f64) -> (f64, i32) {
    if value == 0.0 || !value.is_finite() {
        return (value, 0);
    }
    if value.is_subnormal() {
        let (mantissa, exponent) = split(value * 2f64.powi(64));
        return (mantissa, exponent - 64);
    }
    let bits = value.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32 - 1022;
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent)
}

/// The natural logarithm by the series that most libraries share; the last bit of the platform's own may be another.
fn natural_log(value: f64) -> f64 {
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const SERIES: [f64; 7] = [
        6.666_666_666_666_735e-1,
        3.999_999_999_940_942e-1,
        2.857_142_874_366_239e-1,
        2.222_219_843_214_978_4e-1,
        1.818_357_216_161_805e-1,
        1.531_383_769_920_937_3e-1,
        1.479_819_860_511_658_6e-1,
    ];
    if value.is_nan() || value <= 0.0 || value.is_infinite() {
        return value.ln();
    }
    let (mut mantissa, mut exponent) = split(value);
    if mantissa < std::f64::consts::FRAC_1_SQRT_2 {
        mantissa *= 2.0;
        exponent -= 1;
    }
    let f = mantissa - 1.0;
    let k = f64::from(exponent);
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let odd = s2 * (SERIES[0] + s4 * (SERIES[2] + s4 * (SERIES[4] + s4 * SERIES[6])));
    let even = s4 * (SERIES[1] + s4 * (SERIES[3] + s4 * SERIES[5]));
    let half = 0.5 * f * f;
    k * LN2_HIGH - ((half - (s * (half + (odd + even)) + k * LN2_LOW)) - f)
}

/// A power by repeated squaring of the whole part of the exponent, and a logarithm for the rest.
fn power(base: f64, exponent: f64) -> f64 {
    let special = base == 0.0 || exponent == 0.0 || !base.is_finite() || !exponent.is_finite();
    if special || base == 1.0 || exponent.abs() >= 2f64.powi(63) || (base < 0.0 && exponent.fract() != 0.0) {
        return base.powf(exponent);
    }
    if exponent.abs() == 0.5 {
        let root = base.sqrt();
        return if exponent < 0.0 { 1.0 / root } else { root };
    }
    let (mut whole, mut fraction) = (exponent.abs().trunc(), exponent.abs().fract());
    let mut result = 1.0;
    if fraction != 0.0 {
        if fraction > 0.5 {
            fraction -= 1.0;
            whole += 1.0;
        }
        result = (fraction * natural_log(base)).exp();
    }
    let mut result_exponent = 0_i32;
    let (mut square, mut square_exponent) = split(base);
    let mut left = whole as i64;
    while left != 0 {
        if square_exponent.abs() > 1 << 12 {
            // It overflows, or vanishes, whatever follows.
            result_exponent = result_exponent.saturating_add(square_exponent);
            break;
        }
        if left & 1 == 1 {
            result *= square;
            result_exponent += square_exponent;
        }
        square *= square;
        square_exponent <<= 1;
        if square < 0.5 {
            square += square;
            square_exponent -= 1;
        }
        left >>= 1;
    }
    if exponent < 0.0 {
        result = 1.0 / result;
        result_exponent = -result_exponent;
    }
    scaled(result, result_exponent)
}

/// Multiplies by a power of two, rounding once.
fn scaled(value: f64, exponent: i32) -> f64 {
    let (mantissa, own) = split(value);
    match own.saturating_add(exponent) {
        total if total > 1024 => f64::INFINITY.copysign(value),
        total if total < -1080 => 0.0_f64.copysign(value),
        total if total < -1021 => mantissa * 2f64.powi(-1000) * 2f64.powi(total + 1000),
        total => mantissa * 2.0 * 2f64.powi(total - 1),
    }
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
