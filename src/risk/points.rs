//! Points of the score: thousandths as integers, so that two machines never differ by rounding.

use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub};

use serde::{Serialize, Serializer};

/// Points, counted in thousandths of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Points(i64);

impl Points {
    /// No points.
    pub const ZERO: Self = Self(0);

    /// Whole points.
    pub const fn whole(points: i64) -> Self {
        Self(points * 1000)
    }

    /// Thousandths of a point.
    pub const fn milli(thousandths: i64) -> Self {
        Self(thousandths)
    }

    /// How many thousandths of a point these are.
    pub const fn as_milli(self) -> i64 {
        self.0
    }

    /// The nearest whole number; halves go to the even one.
    pub const fn rounded(self) -> i64 {
        let (whole, rest) = (self.0.div_euclid(1000), self.0.rem_euclid(1000));
        match rest {
            0..=499 => whole,
            500 => whole + (whole & 1),
            _ => whole + 1,
        }
    }

    /// `factor` thousandths of a point for every doubling of `n`: `factor * log2(n)`. `n` is at
    /// least 1; 0 counts as 1.
    pub fn log2(factor: i64, n: u64) -> Self {
        let scaled = factor * log2_fixed(n);
        let half = 1 << (FRACTION - 1);
        Self((scaled + half) >> FRACTION)
    }
}

/// Binary digits behind the point of [`log2_fixed`].
const FRACTION: u32 = 16;

/// log2(n) with [`FRACTION`] binary digits behind the point, by repeated squaring in integers.
fn log2_fixed(n: u64) -> i64 {
    let n = n.clamp(1, 1 << 31);
    let whole = n.ilog2();
    // The mantissa as 1.30 fixed point, in [1, 2).
    let mut mantissa = (n << 30) >> whole;
    let mut result = i64::from(whole);
    for _ in 0..FRACTION {
        mantissa = (mantissa * mantissa) >> 30;
        result <<= 1;
        if mantissa >> 31 != 0 {
            result |= 1;
            mantissa >>= 1;
        }
    }
    result
}

impl Add for Points {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Points {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Points {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl AddAssign for Points {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Points {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (self.0.unsigned_abs() / 1000, self.0.unsigned_abs() % 1000);
        match rest {
            0 => write!(f, "{sign}{whole}"),
            rest => {
                let digits = format!("{rest:03}");
                write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
            }
        }
    }
}

impl Serialize for Points {
    /// A JSON number in points: an integer where it is whole.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 1000 == 0 {
            serializer.serialize_i64(self.0 / 1000)
        } else {
            serializer.serialize_f64(self.0 as f64 / 1000.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_agree_with_floating_point_to_a_thousandth() {
        for n in 1..=1100_u64 {
            let exact = 4300.0 * (n as f64).log2();
            let ours = Points::log2(4300, n).as_milli() as f64;
            assert!((exact - ours).abs() <= 1.0, "{n}: {exact} {ours}");
        }
        assert_eq!(Points::log2(1000, 8), Points::whole(3));
        assert_eq!(Points::log2(1000, 0), Points::ZERO);
    }

    #[test]
    fn halves_round_to_the_even_number_and_text_is_short() {
        let rounded = |milli| Points::milli(milli).rounded();
        assert_eq!([rounded(500), rounded(1500), rounded(2501)], [0, 2, 3]);
        assert_eq!([rounded(-500), rounded(-1500), rounded(-1499)], [0, -2, -1]);
        assert_eq!(Points::milli(-4340).to_string(), "-4.34");
        assert_eq!(Points::whole(12).to_string(), "12");
        let json = serde_json::to_string(&[Points::milli(1500), Points::whole(-2)]);
        assert_eq!(json.ok().as_deref(), Some("[1.5,-2]"));
    }
}
