//! Numbers: 512-bit binary floating point, rounded half to even, as users of Terraform know them.

use std::fmt;

use dashu_float::FBig;
use dashu_float::round::mode::HalfEven;

/// A finite or infinite number of 512 bits precision.
#[derive(Clone, PartialEq, PartialOrd)]
pub struct Number(FBig<HalfEven, 2>);

impl Number {
    /// Returns it as a whole number, if it is one and fits.
    pub fn to_i64(&self) -> Option<i64> {
        if self.0.fract() != FBig::<HalfEven, 2>::ZERO {
            return None;
        }
        i64::try_from(self.0.to_int().value()).ok()
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(FBig::from(value).with_precision(512).value())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_i64() {
            Some(whole) => write!(formatter, "{whole}"),
            None => write!(formatter, "{}", self.0.to_f64().value()),
        }
    }
}

/// The text is not a number.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a number")]
pub struct NotANumber;

impl std::str::FromStr for Number {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let decimal: FBig<HalfEven, 10> = text.parse().map_err(|_| NotANumber)?;
        Ok(Self(decimal.with_base_and_precision::<2>(512).value()))
    }
}
