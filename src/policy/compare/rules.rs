//! What the rules ask before and after.

use std::collections::BTreeMap;

use super::super::words::duration;
use super::super::{
    Demands, Policy, RejectReach, Rule, UnknownAuthor, Unreviewable, UnsignedProposal,
};
use super::{Leaning, Shifts, globs, listed, pairs};

impl Shifts {
    pub(super) fn rules(&mut self, old: &Policy, new: &Policy) {
        let map = |policy: &Policy| -> BTreeMap<String, Rule> {
            let rules = policy.rules.iter();
            rules
                .map(|rule| (rule.name.clone(), rule.clone()))
                .collect()
        };
        let (was, is) = (map(old), map(new));
        for (name, _, was, is) in pairs("rule", &was, &is) {
            let subject = format!("rule `{name}`");
            match (was, is) {
                (None, Some(rule)) => {
                    let text = format!("is new: {}", asks(&rule.demands));
                    self.say(Leaning::Tighter, subject, text);
                }
                (Some(rule), None) => {
                    let text = format!("is gone; it asked {}", asks(&rule.demands));
                    self.say(Leaning::Looser, subject, text);
                }
                (Some(a), Some(b)) => {
                    self.matches(&subject, a, b);
                    self.demands(&subject, &a.demands, &b.demands);
                }
                (None, None) => {}
            }
        }
    }

    pub(super) fn change(&mut self, old: &Policy, new: &Policy) {
        let (a, b) = (&old.policy_change, &new.policy_change);
        let subject = "policy_change";
        self.ordered(
            subject,
            "approvals",
            (&a.approvals, &b.approvals),
            Leaning::Tighter,
            u64::to_string,
        );
        self.list(subject, &a.from, &b.from, Leaning::Looser);
        self.ordered(
            subject,
            "coverage",
            (&a.coverage, &b.coverage),
            Leaning::Looser,
            |one| one.as_str().to_owned(),
        );
        if old.revert != new.revert {
            let words =
                |n: Option<u64>| n.map_or_else(|| "as the rules say".into(), |n| n.to_string());
            let text = format!("goes from {} to {}", words(old.revert), words(new.revert));
            self.say(Leaning::Looser, "revert.approvals", text);
        }
    }

    /// The conditions of a rule: one more glob matches more, no condition matches all.
    pub(super) fn matches(&mut self, subject: &str, was: &Rule, is: &Rule) {
        let (a, b) = (&was.matches, &is.matches);
        self.condition(
            subject,
            "paths",
            a.paths.as_deref().map(globs),
            b.paths.as_deref().map(globs),
        );
        self.condition(
            subject,
            "targets",
            a.targets.as_deref().map(globs),
            b.targets.as_deref().map(globs),
        );
        self.condition(
            subject,
            "models",
            a.models.as_deref().map(globs),
            b.models.as_deref().map(globs),
        );
        self.condition(subject, "agents", a.agents.clone(), b.agents.clone());
        self.ordered(
            subject,
            "risk",
            (&a.risk, &b.risk),
            Leaning::Looser,
            |level| level.map_or_else(|| "every level".to_owned(), |level| level.to_string()),
        );
    }

    pub(super) fn condition(
        &mut self,
        subject: &str,
        key: &str,
        was: Option<Vec<String>>,
        is: Option<Vec<String>>,
    ) {
        let place = format!("{subject} {key}");
        match (was, is) {
            (Some(was), Some(is)) => self.list(&place, &was, &is, Leaning::Tighter),
            (Some(_), None) => self.say(Leaning::Tighter, place, "holds for all now"),
            (None, Some(is)) => {
                self.say(
                    Leaning::Looser,
                    place,
                    format!("holds for {} only", listed(&is)),
                );
            }
            (None, None) => {}
        }
    }

    /// What a rule asks, key by key.
    pub(super) fn demands(&mut self, subject: &str, a: &Demands, b: &Demands) {
        use Leaning::{Looser, Tighter};
        self.ordered(
            subject,
            "approvals",
            (&a.approvals, &b.approvals),
            Tighter,
            u64::to_string,
        );
        self.list(subject, &a.from, &b.from, Looser);
        self.list(&format!("{subject} teams"), &a.teams, &b.teams, Tighter);
        self.ordered(
            subject,
            "coverage",
            (&a.coverage, &b.coverage),
            Looser,
            |one| one.as_str().to_owned(),
        );
        self.ordered(
            subject,
            "max_age",
            (&a.max_age, &b.max_age),
            Looser,
            |age| duration(*age),
        );
        self.ordered(
            subject,
            "min_viewed",
            (&a.min_viewed, &b.min_viewed),
            Tighter,
            u64::to_string,
        );
        let items = |demands: &Demands| -> Vec<String> {
            let items = demands.checklist.iter();
            items.map(|item| item.as_str().to_owned()).collect()
        };
        self.list(
            &format!("{subject} checklist"),
            &items(a),
            &items(b),
            Tighter,
        );
        self.words(subject, a, b);
        let batches = |demands: &Demands| -> Vec<String> {
            let levels = demands.batch_approve.iter();
            levels.map(ToString::to_string).collect()
        };
        self.list(
            &format!("{subject} batch_approve"),
            &batches(a),
            &batches(b),
            Looser,
        );
    }

    /// The keys that are one of two.
    pub(super) fn words(&mut self, subject: &str, a: &Demands, b: &Demands) {
        for (key, was, is) in [
            ("acknowledge", a.acknowledge, b.acknowledge),
            (
                "require_up_to_date",
                a.require_up_to_date,
                b.require_up_to_date,
            ),
        ] {
            self.ordered(subject, key, (&was, &is), Leaning::Tighter, bool::to_string);
        }
        for (key, was, is, words) in [
            (
                "reject",
                a.reject == RejectReach::Veto,
                b.reject == RejectReach::Veto,
                ["revision", "veto"],
            ),
            (
                "unsigned_proposal",
                a.unsigned_proposal == UnsignedProposal::Second,
                b.unsigned_proposal == UnsignedProposal::Second,
                ["accept", "second"],
            ),
            (
                "unknown_author",
                a.unknown_author == UnknownAuthor::Second,
                b.unknown_author == UnknownAuthor::Second,
                ["accept", "second"],
            ),
            (
                "unreviewable",
                a.unreviewable == Unreviewable::Deny,
                b.unreviewable == Unreviewable::Deny,
                ["ack", "deny"],
            ),
        ] {
            let word = |one: &bool| words[usize::from(*one)].to_owned();
            self.ordered(subject, key, (&was, &is), Leaning::Tighter, word);
        }
    }
}

/// What is asked beside who asks it: how many of whom, and the rest in words.
fn asks(demands: &Demands) -> String {
    let from = demands.from.join(" or ");
    format!(
        "{} of {from}, {}",
        demands.approvals,
        demands.in_words().join(", ")
    )
}
