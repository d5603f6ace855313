//! Evidence for asking less or more: rules, agents and models whose changes never made trouble over
//! a period, and those that often did. Numbers only; nothing is ever changed by them.

use super::{Record, Stats};

/// What counts as evidence.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Fewer changes than this say nothing.
    pub least: usize,
    /// This many percent of changes rejected or taken back are often.
    pub often: usize,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            least: 20,
            often: 20,
        }
    }
}

/// Which way the numbers point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Never rejected, never taken back.
    Relax,
    /// Often one of the two.
    Tighten,
}

/// One matcher of a rule, with what speaks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Which way.
    pub advice: Advice,
    /// `rule`, `agent` or `model`.
    pub matcher: &'static str,
    /// The numbers, and its name.
    pub record: Record,
}

/// Everything the numbers point to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Suggestions {
    /// Those to ask more of first, then the others; most changes first.
    pub all: Vec<Suggestion>,
    /// Matchers with too few changes to say anything.
    pub too_few: usize,
}

/// Reads the numbers. Only changes that were decided say something, and only they are counted
/// against [`Wanted::least`].
pub fn suggest(stats: &Stats, wanted: Wanted) -> Suggestions {
    let mut found = Suggestions::default();
    let kinds = [
        ("rule", &stats.rules),
        ("agent", &stats.agents),
        ("model", &stats.models),
    ];
    for (matcher, records) in kinds {
        for record in records {
            if record.decided < wanted.least {
                found.too_few += 1;
                continue;
            }
            let advice = match record.troubled {
                0 => Advice::Relax,
                troubled if troubled * 100 >= record.decided * wanted.often => Advice::Tighten,
                _ => continue,
            };
            found.all.push(Suggestion {
                advice,
                matcher,
                record: record.clone(),
            });
        }
    }
    found.all.sort_by_key(|one| {
        let relax = one.advice == Advice::Relax;
        (relax, std::cmp::Reverse(one.record.changes))
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::measure;
    use crate::stats::measure::tests::{at, life, period, word};
    use crate::stats::{Life, Stage};
    use crate::verdict::VerdictKind;

    /// So many changes of an agent, of which so many were rejected first.
    fn changes(agent: &str, count: usize, rejected: usize) -> Vec<Life> {
        let of = |index| {
            let mut life = life(&format!("{agent}-{index}"), Stage::Landed);
            life.agent = Some(agent.to_owned());
            life.rules.clear();
            life.approved = Some(at(2));
            if index < rejected {
                life.words.push(word(VerdictKind::Reject, 1));
            }
            life
        };
        (0..count).map(of).collect()
    }

    fn advised(lives: &[Life]) -> Vec<(Advice, String)> {
        let stats = measure(lives, period(), &str::to_owned);
        let suggestions = suggest(&stats, Wanted::default());
        let all = suggestions.all.into_iter();
        all.map(|one| (one.advice, one.record.name)).collect()
    }

    #[test]
    fn never_is_relaxed_often_is_tightened_and_between_is_left() {
        let mut lives = changes("calm", 20, 0);
        lives.extend(changes("wild", 20, 4));
        lives.extend(changes("plain", 20, 3));
        let wanted = [
            (Advice::Tighten, "wild".to_owned()),
            (Advice::Relax, "calm".to_owned()),
        ];
        assert_eq!(advised(&lives), wanted);
    }

    #[test]
    fn a_few_changes_say_nothing_and_a_revert_is_trouble() {
        assert!(advised(&changes("calm", 19, 0)).is_empty());
        let mut lives = changes("calm", 20, 0);
        lives[0].reverted = true;
        assert!(advised(&lives).is_empty(), "one of twenty is neither");
    }

    #[test]
    fn what_still_waits_is_no_evidence() {
        let mut lives = changes("calm", 30, 0);
        for life in lives.iter_mut().take(11) {
            life.approved = None;
            life.stage = Stage::Waiting;
        }
        assert!(advised(&lives).is_empty());
    }
}
