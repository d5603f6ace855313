//! A change that one person has put off: until when, and what ends it sooner. It changes nothing for
//! anybody else, and nothing of what the change waits for.

use jiff::Timestamp;

use super::Entry;

/// How long a change is put off for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Until a newer revision comes.
    Revision,
    /// For an hour.
    Hour,
    /// Until tomorrow morning.
    Tomorrow,
}

/// That a change was put off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snooze {
    /// The newest revision then; a newer one ends it.
    pub revision: u32,
    /// When it ends at the latest; none is never by itself.
    pub until: Option<Timestamp>,
}

impl Until {
    /// Every choice, in the order of the list.
    pub const ALL: [Self; 3] = [Self::Revision, Self::Hour, Self::Tomorrow];

    /// The choice in words.
    pub const fn says(self) -> &'static str {
        match self {
            Self::Revision => "until a new revision comes",
            Self::Hour => "for an hour, or until a new revision",
            Self::Tomorrow => "until tomorrow morning, or a new revision",
        }
    }
}

impl Snooze {
    /// Whether the change is still put off.
    pub fn holds(&self, entry: &Entry, now: Timestamp) -> bool {
        let early = self.until.is_none_or(|until| now < until);
        early && entry.state.waits() && entry.revision <= self.revision
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::queue::State;
    use crate::queue::entry::tests::entry;

    #[test]
    fn it_ends_with_time_a_revision_or_a_decision() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut entry = entry();
        let hour = Snooze {
            revision: entry.revision,
            until: Some(at(3600)),
        };
        assert!(hour.holds(&entry, at(3599)) && !hour.holds(&entry, at(3600)));
        let revision = Snooze {
            until: None,
            ..hour
        };
        assert!(revision.holds(&entry, at(9_999_999)));
        entry.revision += 1;
        assert!(!revision.holds(&entry, at(0)) && !hour.holds(&entry, at(0)));
        entry.revision -= 1;
        entry.state = State::Rejected;
        assert!(!revision.holds(&entry, at(0)));
    }
}
