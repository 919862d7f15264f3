//! Sizes that say where they come from.

use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

/// How a number is known, from the firmest to the weakest.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Counted: file contents at hand, or a recorded real build.
    #[default]
    Measured,
    /// Stated by whoever made the thing.
    Published,
    /// Computed by a model that was fitted to measurements.
    Modelled,
    /// A guess with a range.
    Assumed,
}

/// A number of bytes with the range it may lie in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ByteCount {
    /// Best estimate.
    pub bytes: u64,
    /// Least plausible value.
    pub low: u64,
    /// Greatest plausible value.
    pub high: u64,
    /// How it is known.
    pub basis: Basis,
}

impl ByteCount {
    /// Nothing at all.
    pub const ZERO: Self = Self::measured(0);

    /// An exact count.
    pub const fn measured(bytes: u64) -> Self {
        Self {
            bytes,
            low: bytes,
            high: bytes,
            basis: Basis::Measured,
        }
    }

    /// A published figure that was rounded to `step` bytes.
    pub const fn published(bytes: u64, step: u64) -> Self {
        let half = step / 2;
        Self {
            bytes,
            low: bytes.saturating_sub(half),
            high: bytes.saturating_add(half),
            basis: Basis::Published,
        }
    }

    /// So many hundredths of a number: at the middle, at least, at most.
    pub const fn modelled(bytes: u64, middle: u64, low: u64, high: u64) -> Self {
        Self {
            bytes: bytes.saturating_mul(middle) / 100,
            low: bytes.saturating_mul(low) / 100,
            high: bytes.saturating_mul(high) / 100,
            basis: Basis::Modelled,
        }
    }

    /// A guess.
    pub const fn assumed(bytes: u64, low: u64, high: u64) -> Self {
        Self {
            bytes,
            low,
            high,
            basis: Basis::Assumed,
        }
    }

    /// Whether the range is a single value.
    pub const fn is_exact(&self) -> bool {
        self.low == self.high
    }
}

impl Add for ByteCount {
    type Output = Self;

    /// Ranges add up; the basis is that of the weakest part that weighs anything.
    fn add(self, other: Self) -> Self {
        let basis = match (self.high, other.high) {
            (_, 0) => self.basis,
            (0, _) => other.basis,
            _ => self.basis.max(other.basis),
        };
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            low: self.low.saturating_add(other.low),
            high: self.high.saturating_add(other.high),
            basis,
        }
    }
}

impl AddAssign for ByteCount {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for ByteCount {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_keep_the_range_and_the_weakest_basis() {
        let sum: ByteCount = [
            ByteCount::measured(10),
            ByteCount::assumed(5, 1, 9),
            ByteCount::published(100, 10),
        ]
        .into_iter()
        .sum();
        assert_eq!(
            sum,
            ByteCount {
                bytes: 115,
                low: 106,
                high: 124,
                basis: Basis::Assumed
            }
        );
        assert_eq!(
            (ByteCount::measured(3) + ByteCount::assumed(0, 0, 0)).basis,
            Basis::Measured
        );
    }
}
