//! What raises the risk, what is granted besides, and what is asked of the log.

use super::super::words::duration;
use super::super::{Deployable, Exception, Pins, Policy, RiskTable, TargetTable};
use super::{Leaning, Shifts, globs, listed, pairs};

impl Shifts {
    pub(super) fn risk(&mut self, old: &Policy, new: &Policy) {
        let (a, b) = (&old.risk, &new.risk);
        self.list(
            "risk.critical",
            &globs(&a.critical),
            &globs(&b.critical),
            Leaning::Tighter,
        );
        let silent = |table: &RiskTable| -> Vec<String> {
            let all = table.silence.iter();
            all.map(|one| format!("{} under {}", one.rule, listed(&globs(&one.paths))))
                .collect()
        };
        self.list("risk.silence", &silent(a), &silent(b), Leaning::Looser);
        if a.rules != b.rules {
            let text = format!(
                "{} rules of its own, {} before",
                b.rules.len(),
                a.rules.len()
            );
            let leaning = if b.rules.len() < a.rules.len() {
                Leaning::Looser
            } else {
                Leaning::Other
            };
            self.say(leaning, "risk.rules", text);
        }
    }

    pub(super) fn grants(&mut self, old: &Policy, new: &Policy) {
        for (_, subject, was, is) in pairs("target", &old.targets, &new.targets) {
            let from = |table: Option<&TargetTable>| {
                table.map_or_else(Vec::new, |table| globs(&table.accept_from))
            };
            self.list(
                &format!("{subject} accept_from"),
                &from(was),
                &from(is),
                Leaning::Looser,
            );
        }
        for (name, was, is) in [
            ("override", &old.override_, &new.override_),
            ("break_glass", &old.break_glass, &new.break_glass),
        ] {
            match (was, is) {
                (None, Some(table)) => {
                    let text = format!(
                        "is possible now, by {} of {}",
                        table.approvals,
                        listed(&table.from)
                    );
                    self.say(Leaning::Looser, name, text);
                }
                (Some(_), None) => self.say(Leaning::Tighter, name, "is not possible any more"),
                (Some(was), Some(is)) => self.exception(name, was, is),
                (None, None) => {}
            }
        }
        for (_, subject, was, is) in pairs("deployable", &old.deployable, &new.deployable) {
            let paths =
                |one: Option<&Deployable>| one.map_or_else(Vec::new, |one| globs(&one.paths));
            let (was, is) = (paths(was), paths(is));
            self.list(&subject, &was, &is, Leaning::Tighter);
        }
    }

    pub(super) fn exception(&mut self, name: &str, a: &Exception, b: &Exception) {
        self.ordered(
            name,
            "approvals",
            (&a.approvals, &b.approvals),
            Leaning::Tighter,
            u64::to_string,
        );
        self.list(name, &a.from, &b.from, Leaning::Looser);
        for (key, was, is) in [
            ("max_validity", a.max_validity, b.max_validity),
            ("followup", a.followup, b.followup),
        ] {
            self.ordered(name, key, (&was, &is), Leaning::Looser, |one| {
                duration(*one)
            });
        }
    }

    pub(super) fn log(&mut self, old: &Policy, new: &Policy) {
        let (a, b) = (&old.log, &new.log);
        let required = (&(a.pins == Pins::Required), &(b.pins == Pins::Required));
        self.ordered("log.pins", "it", required, Leaning::Tighter, |required| {
            if *required { "required" } else { "optional" }.to_owned()
        });
        if a.checkpoint_max_age != b.checkpoint_max_age {
            let words =
                |age: Option<jiff::SignedDuration>| age.map_or_else(|| "off".into(), duration);
            let leaning = match (a.checkpoint_max_age, b.checkpoint_max_age) {
                (None, _) => Leaning::Tighter,
                (_, None) => Leaning::Looser,
                (Some(was), Some(is)) if is > was => Leaning::Looser,
                _ => Leaning::Tighter,
            };
            let text = format!(
                "goes from {} to {}",
                words(a.checkpoint_max_age),
                words(b.checkpoint_max_age)
            );
            self.say(leaning, "log.checkpoint_max_age", text);
        }
        let digests = |all: &[crate::change::Sha256]| -> Vec<String> {
            all.iter().map(ToString::to_string).collect()
        };
        // What is ignored may be a rejection.
        self.list(
            "log.ignore",
            &digests(&a.ignore),
            &digests(&b.ignore),
            Leaning::Looser,
        );
    }
}
