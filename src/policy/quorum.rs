//! Whether the people whose keys count now can meet what a policy asks. A policy is valid by the roles
//! that people hold; whether they have a key that counts is another question, and is asked here.

use super::explain::able;
use super::facts::Circumstances;
use super::rules::POLICY_CHANGE;
use super::{Demands, Policy};

/// Something a policy asks that has too few people with keys that count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortage {
    /// The rule's name, `policy_change`, `override` or `break_glass`.
    pub rule: String,
    /// How many people it asks.
    pub needed: u64,
    /// The roles that may.
    pub from: Vec<String>,
    /// Who is left, by id.
    pub left: Vec<String>,
}

impl Shortage {
    /// Whether nothing at all can be approved any more; else only what one of those left has made.
    pub fn is_total(&self) -> bool {
        (self.left.len() as u64) < self.needed
    }
}

impl Policy {
    /// The people whose approval would count for these roles now, whoever made the change, by id.
    pub fn able_now(&self, from: &[String], at: &Circumstances<'_>) -> Vec<String> {
        let all = able(self, from, None, at).into_iter();
        all.filter(|one| one.cannot.is_none())
            .map(|one| one.person.to_owned())
            .collect()
    }

    /// Everything that could not be met for a change by any one person, in the order of the file.
    pub fn shortages(&self, at: &Circumstances<'_>) -> Vec<Shortage> {
        let of = |demands: &Demands| (demands.approvals, demands.from.clone());
        let rules = self
            .rules
            .iter()
            .map(|rule| (rule.name.as_str(), of(&rule.demands)));
        let change = &self.policy_change;
        let tables = [
            ("override", &self.override_),
            ("break_glass", &self.break_glass),
        ];
        let tables = tables.into_iter().filter_map(|(name, table)| {
            let table = table.as_ref()?;
            Some((name, (table.approvals, table.from.clone())))
        });
        rules
            .chain([(POLICY_CHANGE, (change.approvals, change.from.clone()))])
            .chain(tables)
            .filter_map(|(rule, (needed, from))| {
                let left = self.able_now(&from, at);
                let short = left.len() as u64 <= needed;
                short.then(|| Shortage {
                    rule: rule.to_owned(),
                    needed,
                    from,
                    left,
                })
            })
            .collect()
    }
}
