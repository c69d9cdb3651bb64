//! Binary numbers as decimal digits: rounding, and the fewest digits that stand for one number alone.

use std::cmp::Ordering;

use dashu_base::{Abs, BitTest, DivRem, Signed};
use dashu_int::{IBig, UBig};

pub(super) fn round_half_even(numerator: &IBig, divisor: &IBig) -> IBig {
    let (quotient, rest) = numerator.clone().abs().div_rem(divisor);
    let twice: IBig = rest * 2;
    let up = match twice.cmp(divisor) {
        Ordering::Greater => true,
        Ordering::Equal => quotient.bit(0),
        Ordering::Less => false,
    };
    let rounded = if up { quotient + 1 } else { quotient };
    if numerator.is_negative() {
        -rounded
    } else {
        rounded
    }
}

/// Finds the fewest digits that lie nearer to `significand * 2^exponent` than half a unit in the last of `precision` bits.
pub(super) fn shortest(significand: &IBig, exponent: isize, precision: usize) -> (String, isize) {
    let widen = (precision.max(1) + 1).saturating_sub(bits(significand));
    let (middle, exponent) = (significand << widen, exponent - widen as isize);
    // Everything is scaled to whole numbers: value = middle * 2^exponent, bounds are one unit of the widened number away.
    let (scale_up, scale_down) = if exponent >= 0 {
        (IBig::ONE << exponent.unsigned_abs(), IBig::ONE)
    } else {
        (IBig::ONE, IBig::ONE << exponent.unsigned_abs())
    };
    let value = &middle * &scale_up;
    let half = scale_up;
    let inclusive = !middle.bit(1);
    let estimate = ((bits(&middle) as isize + exponent) as f64 * std::f64::consts::LOG10_2).ceil() as isize;
    let (mut few, mut many) = (1isize, precision as isize / 3 + 4);
    let fits = |count: isize| digits_within(&value, &half, &scale_down, inclusive, estimate - count);
    let mut best = None;
    while few <= many {
        let middle = i64::midpoint(few as i64, many as i64) as isize;
        match fits(middle) {
            Some(digits) => {
                best = Some((digits, estimate - middle));
                many = middle - 1;
            }
            None => few = middle + 1,
        }
    }
    let (digits, mut power) = best.unwrap_or((IBig::ZERO, 0));
    let mut text = digits.to_string();
    while text.len() > 1 && text.ends_with('0') {
        text.pop();
        power += 1;
    }
    (text, power)
}

/// Returns the multiple of `10^power` that is nearest to `value / down`, if it lies within `half / down` of it.
fn digits_within(value: &IBig, half: &IBig, down: &IBig, inclusive: bool, power: isize) -> Option<IBig> {
    let ten = IBig::from(UBig::from(10u8).pow(power.unsigned_abs()));
    let (value, half, unit) = if power >= 0 {
        (value.clone(), half.clone(), down * ten)
    } else {
        (value * &ten, half * ten, down.clone())
    };
    let lower = (&value).div_rem(&unit).0;
    let candidates = [lower.clone(), lower + IBig::ONE];
    candidates
        .into_iter()
        .map(|digits| ((&digits * &unit - &value).abs(), digits))
        .filter(|(distance, digits)| {
            digits != &IBig::ZERO && (distance < &half || (inclusive && distance == &half))
        })
        .min()
        .map(|(_, digits)| digits)
}

/// Writes digits times a power of ten without an exponent.
pub(super) fn place_point(digits: &str, power: isize) -> String {
    if power >= 0 {
        return if digits == "0" {
            digits.to_owned()
        } else {
            format!("{digits}{}", "0".repeat(power.unsigned_abs()))
        };
    }
    let decimals = power.unsigned_abs();
    let padded = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, fraction) = padded.split_at(padded.len() - decimals);
    format!("{whole}.{fraction}")
}

/// Counts the bits of a whole number.
pub(super) fn bits(value: &IBig) -> usize {
    value.bit_len()
}
