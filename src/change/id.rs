//! The name of a change, and the ref names under which its revisions wait.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

/// The name of a change: `[0-9a-z][0-9a-z-]{1,62}` (`docs/formats.md`, refs). A label, never a
/// reason to trust: what counts is always the object id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ChangeId(String);

/// The text is not the name of a change.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not a change id: 2 to 63 characters of a-z, 0-9 and '-', not starting with '-'")]
pub struct BadId(pub String);

impl ChangeId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ChangeId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bytes = text.as_bytes();
        let ok = (2..=63).contains(&bytes.len())
            && bytes[0] != b'-'
            && bytes
                .iter()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'z' | b'-'));
        if ok {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadId(text.to_owned()))
        }
    }
}

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ChangeId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// Revision `number` of change `id`, as a ref below `…/queue/` names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueRef {
    /// The change.
    pub id: ChangeId,
    /// 1, 2, 3 …
    pub number: u32,
}

/// Why a ref below the queue's prefix is not a revision.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
pub enum RefRefused {
    /// Not `<id>/<n>` at all.
    #[error("not <id>/<n>")]
    Shape,
    /// The first part is no change id.
    #[error("the id is not [0-9a-z][0-9a-z-]{{1,62}}")]
    Id,
    /// The second part is no number from 1 without leading zeros.
    #[error("the revision is not 1, 2, 3 … without leading zeros")]
    Number,
}

impl QueueRef {
    /// Reads what follows `…/queue/` in a ref name.
    pub fn parse(rest: &[u8]) -> Result<Self, RefRefused> {
        let rest = std::str::from_utf8(rest).map_err(|_| RefRefused::Shape)?;
        let (id, number) = rest.split_once('/').ok_or(RefRefused::Shape)?;
        let id = id.parse().map_err(|_| RefRefused::Id)?;
        let digits = number.as_bytes();
        if digits.is_empty() || digits[0] == b'0' || !digits.iter().all(u8::is_ascii_digit) {
            return Err(RefRefused::Number);
        }
        let number = number.parse().map_err(|_| RefRefused::Number)?;
        Ok(Self { id, number })
    }
}

impl fmt::Display for QueueRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.id, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_the_grammar_and_nothing_else() {
        for good in ["ab", "0-", "fix-lb-timeouts", &"x".repeat(63)] {
            assert!(good.parse::<ChangeId>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "-a",
            "Fix",
            "a_b",
            "a/b",
            "ü1",
            "$(id)",
            &"x".repeat(64),
        ] {
            assert!(bad.parse::<ChangeId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn revision_refs_are_an_id_and_a_plain_number() {
        let good = QueueRef::parse(b"fix-lb/12").map(|r| r.to_string());
        assert_eq!(good, Ok("fix-lb@12".to_owned()));
        assert_eq!(QueueRef::parse(b"fix-lb"), Err(RefRefused::Shape));
        assert_eq!(QueueRef::parse(b"fix-lb/\xff"), Err(RefRefused::Shape));
        assert_eq!(QueueRef::parse(b"-rf/1"), Err(RefRefused::Id));
        for bad in [
            "fix-lb/0",
            "fix-lb/01",
            "fix-lb/+1",
            "fix-lb/1/2",
            "fix-lb/",
            "fix-lb/99999999999",
        ] {
            assert_eq!(
                QueueRef::parse(bad.as_bytes()),
                Err(RefRefused::Number),
                "{bad}"
            );
        }
    }
}
