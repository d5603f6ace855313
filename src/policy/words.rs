//! What a rule asks, in words: the same in `policy explain`, `policy simulate` and where two
//! policies are compared.

use jiff::SignedDuration;

use super::{
    Coverage, Demands, Item, Mode, PresenceDemand, RejectReach, UnknownAuthor, Unreviewable,
    UnsignedProposal,
};

/// A duration as the policy writes it: the largest unit that leaves no rest.
pub(super) fn duration(duration: SignedDuration) -> String {
    let minutes = duration.as_mins();
    match minutes {
        _ if minutes % 1_440 == 0 => format!("{}d", minutes / 1_440),
        _ if minutes % 60 == 0 => format!("{}h", minutes / 60),
        _ => format!("{minutes}m"),
    }
}

/// `scope.mode` as the policy writes it.
pub(super) const fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::All => "all",
        Mode::UnlessHumanSigned => "unless-human-signed",
        Mode::Flagged => "flagged",
    }
}

/// `roles.<r>.user_presence` as the policy writes it.
pub(super) const fn presence(presence: PresenceDemand) -> &'static str {
    match presence {
        PresenceDemand::Optional => "optional",
        PresenceDemand::Required => "required",
        PresenceDemand::Verified => "verified",
    }
}

impl Demands {
    /// How old an approval may be, as the policy writes it.
    pub fn max_age_text(&self) -> String {
        duration(self.max_age)
    }

    /// What is asked beside the number of people and their roles, a few words each. What asks
    /// nothing of anybody is left out.
    pub fn in_words(&self) -> Vec<String> {
        let mut words: Vec<String> = self
            .teams
            .iter()
            .map(|team| format!("one of the team {team}"))
            .collect();
        words.push(match self.coverage {
            Coverage::Merge => "carried by a clean merge".to_owned(),
            Coverage::Content => "the content as it was approved".to_owned(),
            Coverage::Tree => "the trees as they were approved".to_owned(),
            Coverage::Exact => "the very commits that were approved".to_owned(),
        });
        words.push(format!("not older than {}", self.max_age_text()));
        if self.min_viewed > 0 {
            words.push(format!("{} % of the hunks seen", self.min_viewed));
        }
        if !self.checklist.is_empty() {
            let items: Vec<&str> = self
                .checklist
                .iter()
                .map(|one: &Item| one.as_str())
                .collect();
            words.push(format!("pass in {}", items.join(", ")));
        }
        if self.acknowledge {
            words.push("every finding of severity 3 answered".to_owned());
        }
        if self.unreviewable == Unreviewable::Deny {
            words.push("nothing that cannot be read".to_owned());
        }
        if self.require_up_to_date {
            words.push("on the target's tip".to_owned());
        }
        if self.unsigned_proposal == UnsignedProposal::Second {
            words.push("one person more where nobody signed the proposal".to_owned());
        }
        if self.unknown_author == UnknownAuthor::Second {
            words.push("one person more for an author nobody knows".to_owned());
        }
        if self.reject == RejectReach::Revision {
            words.push("a rejection holds for its own revision".to_owned());
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_the_policy_writes_them() {
        for text in ["90m", "4h", "30d", "25h", "1m", "365d"] {
            let read = super::super::durations::parse(text);
            assert_eq!(read.map(duration).as_deref(), Some(text));
        }
        assert_eq!(duration(SignedDuration::from_hours(48)), "2d");
    }
}
