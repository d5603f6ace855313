//! The least that whoever deploys asks of a policy, from a file of their own: a policy that its owners
//! made weaker than this is no policy to deploy by, however many of them agreed.

use jiff::SignedDuration;
use toml::{Table, Value};

use super::{Coverage, Mode, Pins, Policy, durations};

/// Keys of the file.
const KEYS: [&str; 9] = [
    "schema",
    "approvals",
    "coverage",
    "max_age",
    "forbidden_modes",
    "policy_approvals",
    "pins",
    "checkpoint_max_age",
    "break_glass",
];

/// What a policy must ask at least. What is absent asks nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Floor {
    approvals: Option<u64>,
    coverage: Option<Coverage>,
    max_age: Option<SignedDuration>,
    forbidden_modes: Vec<Mode>,
    policy_approvals: Option<u64>,
    pins: bool,
    checkpoint_max_age: Option<SignedDuration>,
    no_break_glass: bool,
}

impl Floor {
    /// Reads the file. Strict: what it does not know is a mistake.
    ///
    /// # Errors
    /// Everything that is wrong with it, in sentences.
    pub fn parse(text: &str) -> Result<Self, String> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            let whole = error.to_string();
            whole.trim().to_owned()
        })?;
        let mut wrong: Vec<String> = table
            .keys()
            .filter(|key| !KEYS.contains(&key.as_str()))
            .map(|key| format!("no key {key:?}; there are {}", KEYS.join(", ")))
            .collect();
        let mut read = Reader {
            table: &table,
            wrong: &mut wrong,
        };
        if read.number("schema") != Some(1) {
            read.wrong.push("schema = 1 is missing".to_owned());
        }
        let floor = Self {
            approvals: read.number("approvals"),
            coverage: read.word(
                "coverage",
                &[
                    ("exact", Coverage::Exact),
                    ("tree", Coverage::Tree),
                    ("content", Coverage::Content),
                    ("merge", Coverage::Merge),
                ],
            ),
            max_age: read.duration("max_age"),
            forbidden_modes: read.modes(),
            policy_approvals: read.number("policy_approvals"),
            pins: read.word("pins", &[("required", true)]).unwrap_or(false),
            checkpoint_max_age: read.duration("checkpoint_max_age"),
            no_break_glass: read
                .word("break_glass", &[("forbidden", true)])
                .unwrap_or(false),
        };
        if wrong.is_empty() {
            Ok(floor)
        } else {
            Err(wrong.join("; "))
        }
    }

    /// What a policy asks less for a target, a sentence each.
    pub fn broken_by(&self, policy: &Policy, target: &str) -> Vec<String> {
        let mut less = Vec::new();
        if self.forbidden_modes.contains(&policy.scope.mode) {
            less.push("its scope.mode is forbidden".to_owned());
        }
        let asks_all =
            self.approvals.is_none() && self.coverage.is_none() && self.max_age.is_none();
        if !asks_all && !policy.rules.iter().any(|rule| self.is_met_by(rule, target)) {
            less.push(format!(
                "no rule for every change to {target} asks {} by itself",
                self.of_a_rule()
            ));
        }
        if let (Some(floor), Some(revert)) = (self.approvals, policy.revert)
            && revert < floor
        {
            less.push(format!("revert.approvals is {revert}, the floor {floor}"));
        }
        if let Some(floor) = self.policy_approvals
            && policy.policy_change.approvals < floor
        {
            let asked = policy.policy_change.approvals;
            less.push(format!(
                "policy_change.approvals is {asked}, the floor {floor}"
            ));
        }
        if self.pins && policy.log.pins != Pins::Required {
            less.push("log.pins is not required".to_owned());
        }
        if let Some(floor) = self.checkpoint_max_age
            && policy.log.checkpoint_max_age.is_none_or(|age| age > floor)
        {
            less.push(format!("log.checkpoint_max_age is not {floor:#} or less"));
        }
        if self.no_break_glass && policy.break_glass.is_some() {
            less.push("it has a break_glass".to_owned());
        }
        less
    }

    /// Whether a rule holds for every change to the target and asks all of this.
    fn is_met_by(&self, rule: &super::Rule, target: &str) -> bool {
        let of = &rule.matches;
        let all_paths = of
            .paths
            .as_ref()
            .is_none_or(|globs| globs.iter().any(|glob| glob.as_str() == "**"));
        let this_target = of
            .targets
            .as_ref()
            .is_none_or(|globs| globs.iter().any(|glob| glob.matches(target.as_bytes())));
        let always = of.risk.is_none() && of.agents.is_none() && of.models.is_none();
        let asks = &rule.demands;
        all_paths
            && this_target
            && always
            && self.approvals.is_none_or(|floor| asks.approvals >= floor)
            && self.coverage.is_none_or(|floor| asks.coverage <= floor)
            && self.max_age.is_none_or(|floor| asks.max_age <= floor)
    }

    fn of_a_rule(&self) -> String {
        let approvals = self.approvals.map(|n| format!("{n} approvals"));
        let coverage = self.coverage.map(|c| format!("coverage {}", c.as_str()));
        let age = self.max_age.map(|age| format!("max_age {age:#}"));
        let parts = [approvals, coverage, age].into_iter().flatten();
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// Reads values and notes what is wrong with them.
struct Reader<'t> {
    table: &'t Table,
    wrong: &'t mut Vec<String>,
}

impl Reader<'_> {
    fn value<T>(
        &mut self,
        key: &str,
        what: &str,
        of: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.table.get(key)?;
        let read = of(value);
        if read.is_none() {
            self.wrong.push(format!("{key} = {value} is not {what}"));
        }
        read
    }

    fn number(&mut self, key: &str) -> Option<u64> {
        self.value(key, "a number from 1 to 1000", |value| {
            let number = u64::try_from(value.as_integer()?).ok()?;
            (1..=1000).contains(&number).then_some(number)
        })
    }

    fn duration(&mut self, key: &str) -> Option<SignedDuration> {
        let what = "a duration such as 12h or 30d";
        self.value(key, what, |value| durations::parse(value.as_str()?))
    }

    fn word<T: Copy>(&mut self, key: &str, words: &[(&str, T)]) -> Option<T> {
        let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
        let what = format!("one of {}", names.join(", "));
        self.value(key, &what, |value| {
            let text = value.as_str()?;
            let found = words.iter().find(|(name, _)| *name == text)?;
            Some(found.1)
        })
    }

    fn modes(&mut self) -> Vec<Mode> {
        let what = "a list of all, unless-human-signed, flagged";
        let modes = self.value("forbidden_modes", what, |value| {
            let mode = |value: &Value| match value.as_str()? {
                "all" => Some(Mode::All),
                "unless-human-signed" => Some(Mode::UnlessHumanSigned),
                "flagged" => Some(Mode::Flagged),
                _ => None,
            };
            value.as_array()?.iter().map(mode).collect()
        });
        modes.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn everything_is_read_and_nothing_else() {
        let text = "schema = 1\napprovals = 2\ncoverage = \"content\"\nmax_age = \"30d\"\n\
                    forbidden_modes = [\"flagged\"]\npolicy_approvals = 2\npins = \"required\"\n\
                    checkpoint_max_age = \"7d\"\nbreak_glass = \"forbidden\"\n";
        let floor = Floor::parse(text).unwrap();
        assert_eq!(floor.approvals, Some(2));
        assert!(floor.pins && floor.no_break_glass);
        assert_eq!(floor.forbidden_modes, [Mode::Flagged]);
        assert_eq!(Floor::parse("schema = 1").unwrap(), Floor::default());
        for bad in [
            "",
            "schema = 2",
            "schema = 1\napproval = 2",
            "schema = 1\napprovals = 0",
            "schema = 1\napprovals = \"2\"",
            "schema = 1\napprovals = 1\napprovals = 2",
            "schema = 1\ncoverage = \"near\"",
            "schema = 1\nmax_age = \"forever\"",
            "schema = 1\nforbidden_modes = \"flagged\"",
            "schema = 1\nforbidden_modes = [\"none\"]",
            "schema = 1\npins = \"optional\"",
            "schema = 1\nbreak_glass = true",
            "schema = [",
        ] {
            assert!(Floor::parse(bad).is_err(), "{bad}");
        }
    }
}
