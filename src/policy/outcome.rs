//! What the rules say about a run.

use serde::Serialize;

use super::scope::Applies;
use super::{Broken, Class, Coverage, Lifted, Reason, ReasonId};
use crate::change::Sha256;
use crate::risk::Level;
use crate::verdict::ChangeLabel;

/// The decision about a run, with everything a report needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the rules apply to it.
    pub applies: Applies,
    /// The level the rules were chosen by.
    pub level: Level,
    /// Each rule it must meet.
    pub rules: Vec<RuleOutcome>,
    /// The approvals that count for at least one rule.
    pub counted: Vec<Counted>,
    /// Rejections that would deny it and were lifted by overrides.
    pub lifted: Vec<Lifted>,
    /// The break-glass under which it goes, where nothing but approvals is missing.
    pub broken: Option<Broken>,
    /// Why other approvals for this change do not count, each once.
    pub set_aside: Vec<Reason>,
    /// Why the run may not go: denials, what is missing, why there is no answer.
    pub reasons: Vec<Reason>,
    /// Worth knowing, without effect.
    pub warnings: Vec<Reason>,
    /// Requirements in force that nobody enforces (`E-UNSUPPORTED-POLICY`).
    pub unsupported: Vec<String>,
    /// Whether further approvals alone, by people the policy names, would make it go.
    pub pending_possible: bool,
}

/// One rule and how far it is met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleOutcome {
    /// The rule's name; `policy_change` for `[policy_change]`.
    pub name: String,
    /// Persons needed.
    pub needed: usize,
    /// The persons who count, by id.
    pub have: Vec<String>,
    /// The roles that may.
    pub from: Vec<String>,
    /// Teams that still lack an approver.
    pub teams: Vec<String>,
    /// Whether it is met.
    pub satisfied: bool,
    /// Why no approval could meet it.
    pub blocked: Option<Reason>,
    /// Who could still approve, by id.
    pub could: Vec<String>,
    /// Who holds a role and may not, and why.
    pub cannot: Vec<Reason>,
}

/// An approval that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// SHA-256 of the signed payload.
    pub digest: Sha256,
    /// The person, by id.
    pub person: String,
    /// The person's principal.
    pub reviewer: String,
    /// Fingerprint of the key.
    pub key: String,
    /// What was approved, by its labels.
    pub change: ChangeLabel,
    /// How it reached the run.
    pub carried: Coverage,
    /// The rules it counts for.
    pub rules: Vec<String>,
}

/// The four answers, in the order in which they win.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// May go (0).
    Allow,
    /// Not yet: approvals are missing (8).
    Pending,
    /// May not go (1).
    Deny,
    /// No answer (3).
    Error,
}

impl Decision {
    /// The exit code of this decision.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Allow => 0,
            Self::Pending => 8,
            Self::Deny => 1,
            Self::Error => 3,
        }
    }
}

impl Outcome {
    pub(super) fn new(applies: Applies, level: Level) -> Self {
        Self {
            applies,
            level,
            rules: Vec::new(),
            counted: Vec::new(),
            lifted: Vec::new(),
            broken: None,
            set_aside: Vec::new(),
            reasons: Vec::new(),
            warnings: Vec::new(),
            unsupported: Vec::new(),
            pending_possible: false,
        }
    }

    /// The answer for this run alone; for a range the greatest of all wins.
    pub fn decision(&self) -> Decision {
        let has = |class| self.reasons.iter().any(|reason| reason.class() == class);
        if !self.unsupported.is_empty() || has(Class::CannotDecide) {
            Decision::Error
        } else if has(Class::Denial) {
            Decision::Deny
        } else if self.rules.iter().all(|rule| rule.satisfied) {
            Decision::Allow
        } else if self.pending_possible {
            match self.broken {
                Some(_) => Decision::Allow,
                None => Decision::Pending,
            }
        } else {
            Decision::Deny
        }
    }

    /// Whether it is worth asking who else could approve: some rule is unmet for which somebody may
    /// not; with `badly`, so many that the rest are not enough.
    pub fn asks_others(&self, badly: bool) -> bool {
        let denied =
            |reason: &Reason| reason.class() > Class::Missing && reason.id != ReasonId::Team;
        let wants = |rule: &RuleOutcome| match badly {
            true => !rule.could_be_met(),
            false => !rule.satisfied && !rule.cannot.is_empty(),
        };
        !self.reasons.iter().any(denied) && self.rules.iter().any(wants)
    }

    /// Notes why an approval does not count for a rule; the same reason for several rules once.
    pub(super) fn set_aside(&mut self, mut reason: Reason, rule: &str) {
        let known = self
            .set_aside
            .iter()
            .any(|other| other.id == reason.id && other.digest == reason.digest);
        if !known {
            reason.text = format!("{} (rule `{rule}`)", reason.text);
            self.set_aside.push(reason);
        }
    }

    /// Draws the last conclusions.
    pub(super) fn close(&mut self) {
        for requirement in &self.unsupported {
            let text = format!("{requirement} is asked and not enforced by this program");
            self.reasons
                .push(Reason::new(ReasonId::UnsupportedPolicy, text));
        }
        let unmet = self.rules.iter().any(|rule| !rule.satisfied);
        if unmet {
            // What would count but for a rejection, and what cannot be checked, weigh by
            // themselves once the rest is not enough.
            let heavy = |reason: &&Reason| {
                reason.id == ReasonId::Rejected || reason.class() == Class::CannotDecide
            };
            let heavy: Vec<Reason> = self.set_aside.iter().filter(heavy).cloned().collect();
            self.reasons.extend(heavy);
        }
        self.pending_possible = unmet
            && self.rules.iter().all(RuleOutcome::could_be_met)
            && self
                .reasons
                .iter()
                .all(|reason| reason.class() <= Class::Missing);
    }

    /// Lets the run go by a break-glass. What is missing is still said.
    pub(super) fn break_glass(&mut self, broken: Option<Broken>) {
        let Some(broken) = broken else {
            return;
        };
        let missing = self.reasons.iter().cloned();
        self.reasons = missing.map(|one| one.weighing(Class::Warning)).collect();
        self.broken = Some(broken);
    }

    /// What each unmet rule still needs, and whether this person could help.
    pub fn needs(&self, me: Option<&str>) -> Vec<Need> {
        let unmet = self.rules.iter().filter(|rule| !rule.satisfied);
        unmet
            .map(|rule| Need {
                rule: rule.name.clone(),
                needed: rule.needed,
                have: rule.have.len(),
                from: rule.from.clone(),
                me: me.is_some_and(|me| rule.could.iter().any(|id| id == me)),
            })
            .collect()
    }
}

impl RuleOutcome {
    /// Whether it is met or further approvals would meet it.
    pub fn could_be_met(&self) -> bool {
        let enough = self.have.len() + self.could.len() >= self.needed;
        self.satisfied || (enough && self.blocked.is_none())
    }
}

/// What one rule still asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The rule's name.
    pub rule: String,
    /// Persons needed.
    pub needed: usize,
    /// Persons who count so far.
    pub have: usize,
    /// The roles that may.
    pub from: Vec<String>,
    /// Whether this client's person could help.
    pub me: bool,
}
