//! A full git object id (SHA-1), the only form in which objects are named between our modules.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A git object id: 20 bytes, printed as 40 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid([u8; 20]);

/// The text is not 40 lower-case hex digits.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("not a full object id (40 lower-case hex digits): {0:?}")]
pub struct BadOid(pub String);

impl Oid {
    /// The id made of these 20 bytes.
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The 20 bytes of the id.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// The first `digits` hex digits, for people; never for machines.
    pub fn short(&self, digits: usize) -> String {
        let mut hex = self.to_string();
        hex.truncate(digits.clamp(4, 40));
        hex
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Oid {
    type Err = BadOid;

    fn from_str(text: &str) -> Result<Self, BadOid> {
        super::digest::parse_hex(text)
            .map(Self)
            .ok_or_else(|| BadOid(text.to_owned()))
    }
}

impl Serialize for Oid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Oid {
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
    fn only_forty_lower_case_hex_digits_are_an_id() {
        let hex = "c41f9e0b7a52d8e6f3109b4e5d7c2a816f90d3e4";
        assert_eq!(
            hex.parse::<Oid>().map(|oid| oid.to_string()),
            Ok(hex.to_owned())
        );
        assert!(hex.to_uppercase().parse::<Oid>().is_err());
        assert!(hex[1..].parse::<Oid>().is_err());
        assert!(format!("{hex}0").parse::<Oid>().is_err());
        assert!("HEAD".parse::<Oid>().is_err());
    }
}
