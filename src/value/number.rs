//! Numbers: 512-bit binary floating point, rounded half to even, as users of Terraform know them.
//!
//! A number remembers its precision: what comes from text has 512 bits, what comes from a 64-bit float has 53. Its text is
//! the shortest decimal that stands for it alone at that precision.

use std::cmp::Ordering;
use std::fmt;

use dashu_base::{Abs, DivRem, Sign, Signed};
use dashu_float::round::mode::HalfEven;
use dashu_float::{Context, FBig, Repr};
use dashu_int::{IBig, UBig};

use super::decimal::{bits, place_point, round_half_even, shortest};

type Float = FBig<HalfEven, 2>;

/// The precision of numbers that come from text.
const PRECISION: usize = 512;

/// Beyond this power of two a number counts as infinite (or zero), so that no text or sum can fill the memory.
const MAX_EXPONENT: isize = 1 << 16;

/// A finite or infinite number of 512 bits precision.
#[derive(Clone, PartialEq, PartialOrd)]
pub struct Number(Float);

impl Number {
    /// Returns it as a whole number, if it is one and fits.
    pub fn to_i64(&self) -> Option<i64> {
        i64::try_from(self.to_integer()?).ok()
    }

    /// Returns it as a whole number of any size, if it is one.
    pub fn to_integer(&self) -> Option<IBig> {
        if self.is_zero() {
            return Some(IBig::ZERO);
        }
        if self.is_infinite() || !self.0.repr().is_int() {
            return None;
        }
        Some(self.0.to_int().value())
    }

    /// Returns the nearest 64-bit float.
    pub fn to_f64(&self) -> f64 {
        if self.is_infinite() {
            return if self.is_negative() {
                f64::NEG_INFINITY
            } else {
                f64::INFINITY
            };
        }
        self.0.to_f64().value()
    }

    /// Takes a 64-bit float with its 53 bits; `None` if it is not a number.
    pub fn from_f64(value: f64) -> Option<Self> {
        if value.is_nan() {
            return None;
        }
        if value.is_infinite() {
            return Some(Self::infinity(value < 0.0));
        }
        let float = Float::try_from(value).ok()?;
        Some(Self(float.with_precision(53).value()))
    }

    /// Tells whether it is infinite.
    pub fn is_infinite(&self) -> bool {
        self.0.repr().is_infinite()
    }

    /// Tells whether it is less than zero.
    pub fn is_negative(&self) -> bool {
        self.0.repr().sign() == Sign::Negative && !self.is_zero()
    }

    /// Tells whether it is zero.
    pub fn is_zero(&self) -> bool {
        !self.is_infinite() && self.0.repr().significand() == &IBig::ZERO
    }

    fn infinity(negative: bool) -> Self {
        Self(if negative {
            Float::NEG_INFINITY
        } else {
            Float::INFINITY
        })
    }

    /// Zero keeps the sign of what it came from: it is equal to the other, and written otherwise.
    fn zero(negative: bool) -> Self {
        let zero = if negative { Repr::neg_zero() } else { Repr::zero() };
        Self(with_precision(
            Float::from_repr(zero, Context::new(PRECISION)),
            PRECISION,
        ))
    }

    fn has_minus(&self) -> bool {
        self.is_negative() || self.0.repr().is_neg_zero()
    }

    /// Turns the result of an operation into a number within bounds.
    fn bounded(float: Float) -> Self {
        if float.repr().is_infinite() {
            return Self(float);
        }
        if float.repr().significand() == &IBig::ZERO {
            return Self::zero(float.repr().is_neg_zero());
        }
        let magnitude = float.repr().exponent() + bits(float.repr().significand()) as isize;
        if magnitude > MAX_EXPONENT {
            return Self::infinity(float.repr().sign() == Sign::Negative);
        }
        if magnitude < -MAX_EXPONENT {
            return Self::zero(float.repr().sign() == Sign::Negative);
        }
        Self(float)
    }

    /// Adds; `None` for infinities of opposite signs.
    pub fn add(&self, other: &Self) -> Option<Self> {
        match (self.is_infinite(), other.is_infinite()) {
            (true, true) if self.is_negative() != other.is_negative() => None,
            (true, _) => Some(self.clone()),
            (_, true) => Some(other.clone()),
            _ if self.is_zero() && other.is_zero() => Some(Self::zero(self.has_minus() && other.has_minus())),
            _ => Some(Self::bounded(self.exact_sum(other))),
        }
    }

    /// Adds without loss, then rounds once.
    fn exact_sum(&self, other: &Self) -> Float {
        let (left, right) = (self.0.repr(), other.0.repr());
        let precision = self.0.precision().max(other.0.precision());
        let exponent = left.exponent().min(right.exponent());
        let scaled = |repr: &Repr<2>| repr.significand() << repr.exponent().abs_diff(exponent);
        let sum = scaled(left) + scaled(right);
        if sum == IBig::ZERO {
            return with_precision(Float::ZERO, PRECISION);
        }
        with_precision(Float::from_parts(sum, exponent), precision)
    }

    /// Subtracts; `None` for infinities of the same sign.
    pub fn sub(&self, other: &Self) -> Option<Self> {
        self.add(&other.negate())
    }

    /// Multiplies; `None` for zero times infinity.
    pub fn mul(&self, other: &Self) -> Option<Self> {
        if self.is_infinite() || other.is_infinite() {
            if self.is_zero() || other.is_zero() {
                return None;
            }
            return Some(Self::infinity(self.is_negative() != other.is_negative()));
        }
        if self.is_zero() || other.is_zero() {
            return Some(Self::zero(self.has_minus() != other.has_minus()));
        }
        Some(Self::bounded(&self.0 * &other.0))
    }

    /// Divides; `None` for zero by zero and infinity by infinity.
    pub fn div(&self, other: &Self) -> Option<Self> {
        match (self.is_infinite(), other.is_infinite()) {
            (true, true) => return None,
            (true, false) => return Some(Self::infinity(self.is_negative() != other.is_negative())),
            (false, true) => return Some(Self::zero(self.has_minus() != other.has_minus())),
            _ => {}
        }
        if other.is_zero() {
            return (!self.is_zero()).then(|| Self::infinity(self.has_minus() != other.has_minus()));
        }
        if self.is_zero() {
            return Some(Self::zero(self.has_minus() != other.has_minus()));
        }
        let precision = self.0.precision().max(other.0.precision());
        let (left, right) = (self.0.repr(), other.0.repr());
        let quotient = rounded_ratio(left.significand(), right.significand(), precision);
        let (significand, exponent) = quotient.into_repr().into_parts();
        let exponent = exponent + left.exponent() - right.exponent();
        Some(Self::bounded(with_precision(
            Float::from_parts(significand, exponent),
            precision,
        )))
    }

    /// Returns what is left after dividing, with the sign of the dividend. By zero it is the dividend itself.
    pub fn rem(&self, other: &Self) -> Option<Self> {
        if self.is_infinite() {
            return None;
        }
        if other.is_infinite() || other.is_zero() {
            return Some(self.clone());
        }
        let ratio = self.div(other)?.truncate();
        self.sub(&other.mul(&ratio)?)
    }

    /// Changes the sign.
    #[must_use]
    pub fn negate(&self) -> Self {
        if self.is_zero() {
            return Self::zero(!self.has_minus());
        }
        Self::bounded(-self.0.clone())
    }

    /// Takes the sign away.
    #[must_use]
    pub fn abs(&self) -> Self {
        if self.has_minus() {
            self.negate()
        } else {
            self.clone()
        }
    }

    /// Whole numbers have one zero.
    fn unsigned_zero(self) -> Self {
        if self.is_zero() { Self::zero(false) } else { self }
    }

    /// Takes away what stands behind the point.
    #[must_use]
    pub fn truncate(&self) -> Self {
        if self.is_infinite() {
            return self.clone();
        }
        Self::bounded(with_precision(self.0.trunc(), self.0.precision())).unsigned_zero()
    }

    /// Rounds down.
    #[must_use]
    pub fn floor(&self) -> Self {
        if self.is_infinite() {
            return self.clone();
        }
        Self::bounded(with_precision(self.0.floor(), self.0.precision())).unsigned_zero()
    }

    /// Rounds up.
    #[must_use]
    pub fn ceil(&self) -> Self {
        if self.is_infinite() {
            return self.clone();
        }
        Self::bounded(with_precision(self.0.ceil(), self.0.precision())).unsigned_zero()
    }

    /// Compares. Numbers are never incomparable.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self.is_infinite(), other.is_infinite()) {
            (true, true) => other.is_negative().cmp(&self.is_negative()),
            (true, false) => {
                if self.is_negative() {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
            (false, true) => {
                if other.is_negative() {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
            (false, false) => self.partial_cmp(other).unwrap_or(Ordering::Equal),
        }
    }

    /// Writes it with a fixed number of decimals, rounded half to even.
    pub fn to_fixed(&self, decimals: usize) -> String {
        if self.is_infinite() {
            return self.to_string();
        }
        let (significand, exponent) = (self.0.repr().significand(), self.0.repr().exponent());
        let scaled = significand * IBig::from(UBig::from(10u8).pow(decimals));
        let digits = if exponent >= 0 {
            scaled << exponent.unsigned_abs()
        } else {
            let divisor = IBig::ONE << exponent.unsigned_abs();
            round_half_even(&scaled, &divisor)
        };
        let negative = digits.is_negative() || (self.is_negative() && digits == IBig::ZERO);
        let text = place_point(&digits.abs().to_string(), -(decimals as isize));
        if negative { format!("-{text}") } else { text }
    }

    /// Returns the shortest decimal digits that stand for it alone, and the power of ten of the last digit.
    pub fn shortest_decimal(&self) -> (String, isize) {
        let repr = self.0.repr();
        if self.is_zero() || self.is_infinite() {
            return ("0".to_owned(), 0);
        }
        if let Some(whole) = self.small_whole() {
            let digits = whole.to_string();
            let significant = digits.trim_end_matches('0').len();
            return (
                digits[..significant].to_owned(),
                (digits.len() - significant).cast_signed(),
            );
        }
        shortest(
            &repr.significand().clone().abs(),
            repr.exponent(),
            self.0.precision(),
        )
    }
}

impl Number {
    /// Returns the magnitude of a whole number of which each other whole number is further away than its precision tells apart: no
    /// fewer digits than its own stand for it.
    fn small_whole(&self) -> Option<u64> {
        let repr = self.0.repr();
        let zeros = u32::try_from(repr.exponent()).ok()?;
        let significand = u64::try_from(repr.significand().clone().abs()).ok()?;
        let bits = u64::BITS - significand.leading_zeros() + zeros;
        (bits <= u64::BITS && bits as usize <= self.0.precision()).then(|| significand << zeros)
    }
}

/// Numbers from whole numbers are exact.
impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(with_precision(Float::from(value), PRECISION))
    }
}

impl From<IBig> for Number {
    fn from(value: IBig) -> Self {
        Self::bounded(with_precision(Float::from_parts(value, 0), PRECISION))
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Self::from(IBig::from(value))
    }
}

/// Writes it plainly, never with an exponent.
impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_infinite() {
            return formatter.write_str(if self.is_negative() { "-Inf" } else { "+Inf" });
        }
        if self.has_minus() {
            formatter.write_str("-")?;
        }
        let (digits, power) = self.shortest_decimal();
        formatter.write_str(&place_point(&digits, power))
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The text is not a number.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a number")]
pub struct NotANumber;

impl std::str::FromStr for Number {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| NotANumber)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || digits.len() > 10_000 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotANumber);
        }
        let digits: IBig = digits.parse().map_err(|_| NotANumber)?;
        let power = i64::from(exponent) - fraction.len() as i64;
        if power.unsigned_abs() > MAX_EXPONENT.unsigned_abs() as u64 / 4 {
            return Err(NotANumber);
        }
        let scale = IBig::from(UBig::from(10u8).pow(power.unsigned_abs() as usize));
        let float = if power >= 0 {
            with_precision(Float::from_parts(digits * scale, 0), PRECISION)
        } else {
            rounded_ratio(&digits, &scale, PRECISION)
        };
        let number = Self::bounded(float);
        Ok(if negative { number.negate() } else { number })
    }
}

fn with_precision(float: Float, precision: usize) -> Float {
    float.with_precision(precision).value()
}

/// Divides two whole numbers, rounding once.
fn rounded_ratio(numerator: &IBig, denominator: &IBig, precision: usize) -> Float {
    if numerator == &IBig::ZERO {
        return with_precision(Float::ZERO, precision);
    }
    // Two bits more than wanted, and the lowest one says whether anything was cut off.
    let shift = (precision + 2 + bits(denominator)).saturating_sub(bits(numerator));
    let (quotient, rest) = (numerator << shift).div_rem(denominator);
    let sticky = if rest == IBig::ZERO {
        IBig::ZERO
    } else if numerator.is_negative() == denominator.is_negative() {
        IBig::ONE
    } else {
        -IBig::ONE
    };
    let significand = (quotient << 1) + sticky;
    with_precision(Float::from_parts(significand, -(shift as isize) - 1), precision)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn arithmetic_rounds_like_512_bit_floats() {
        assert_eq!(number("0.1").add(&number("0.2")).unwrap(), number("0.3"));
        let third = number("1").div(&number("3")).unwrap().to_string();
        assert_eq!(third, format!("0.{}5", "3".repeat(154)));
        let sum = number("1.1").add(&number("2.2")).unwrap().to_string();
        assert_eq!(sum, format!("3.3{}2", "0".repeat(152)));
        let huge = number("12345678901234567890123").mul(&number("10")).unwrap();
        assert_eq!(huge.to_string(), "123456789012345678901230");
    }

    #[test]
    fn whole_numbers_have_the_digits_that_a_search_finds() {
        let powers = (0..64).flat_map(|power| [1u64 << power, (1u64 << power) - 1, (1u64 << power) + 1]);
        let tens = (0..20).map(|power| 10u64.pow(power));
        for whole in powers.chain(tens).filter(|whole| *whole > 0) {
            let exact = number(&whole.to_string());
            let float = Number::from_f64(whole as f64).unwrap();
            for number in [exact, float] {
                let repr = number.0.repr();
                let found = shortest(repr.significand(), repr.exponent(), number.0.precision());
                assert_eq!(number.shortest_decimal(), found, "{whole}");
            }
        }
    }

    #[test]
    fn infinities_do_not_panic() {
        let infinite = number("1").div(&number("0")).unwrap();
        assert_eq!(infinite.to_string(), "+Inf");
        assert!(infinite.sub(&infinite).is_none());
        assert!(number("0").div(&number("0")).is_none());
        assert_eq!(number("5").rem(&number("0")).unwrap(), number("5"));
    }

    #[test]
    fn floats_of_53_bits_print_with_as_many_digits_as_they_have() {
        assert_eq!(
            Number::from_f64(2f64.sqrt()).unwrap().to_string(),
            "1.4142135623730951"
        );
    }

    #[test]
    fn text_that_is_no_number_is_refused() {
        for text in ["", "-", "1e", ".", "0x10", "1_000", "1e999999", "NaN"] {
            assert!(text.parse::<Number>().is_err(), "{text}");
        }
    }

    #[test]
    fn fixed_decimals_round_half_to_even() {
        assert_eq!(number("2.5").to_fixed(0), "2");
        assert_eq!(number("3.14159").to_fixed(2), "3.14");
        assert_eq!(number("-0.5").to_fixed(3), "-0.500");
    }
}
