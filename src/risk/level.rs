//! The level of risk: one of four words, from impact and likelihood by a fixed table.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How much risk a change carries, in the words that policy uses. Ordered: a rule for `High` also
/// matches `Critical`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Ordinary work.
    Low,
    /// Worth a second look.
    Medium,
    /// Worth a careful reader.
    High,
    /// May do great harm and is likely to.
    Critical,
}

/// The text is none of the four levels.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not a risk level: low, medium, high or critical")]
pub struct BadLevel(pub String);

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The level of a change of this impact (0 to 3) and likelihood (0 to 100), before critical
    /// paths and unreadable content are taken into account (`docs/formats.md`, risk level).
    pub const fn of(impact: u8, likelihood: u8) -> Self {
        match (impact, likelihood) {
            (0..=1, 0..=44) => Self::Low,
            (0..=1, 45..=64) | (2, 0..=64) => Self::Medium,
            (0..=1, 65..) | (2, 65..) | (3.., 0..=64) => Self::High,
            (3.., 65..) => Self::Critical,
        }
    }

    /// One level up; `Critical` stays.
    pub const fn raised(self) -> Self {
        match self {
            Self::Low => Self::Medium,
            Self::Medium => Self::High,
            Self::High | Self::Critical => Self::Critical,
        }
    }

    /// The level as policy and JSON write it, in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Level {
    type Err = BadLevel;

    fn from_str(text: &str) -> Result<Self, BadLevel> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str() == text)
            .ok_or_else(|| BadLevel(text.to_owned()))
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_of_the_table_has_its_level() {
        use Level::{Critical, High, Low, Medium};
        let table = [
            (0, [Low, Medium, Medium, High]),
            (1, [Low, Medium, Medium, High]),
            (2, [Medium, Medium, Medium, High]),
            (3, [High, High, High, Critical]),
        ];
        for (impact, row) in table {
            for (likelihood, level) in [44, 45, 64, 65].into_iter().zip(row) {
                assert_eq!(
                    Level::of(impact, likelihood),
                    level,
                    "{impact} {likelihood}"
                );
            }
        }
    }

    #[test]
    fn words_are_lower_case_ordered_and_round_trip() {
        assert!(Level::ALL.is_sorted());
        for level in Level::ALL {
            assert_eq!(level.to_string().parse(), Ok(level));
        }
        assert_eq!("High".parse::<Level>(), Err(BadLevel("High".into())));
        assert_eq!(Level::Medium.raised(), Level::High);
        assert_eq!(Level::Critical.raised(), Level::Critical);
    }
}
