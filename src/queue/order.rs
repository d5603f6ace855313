//! The order of the queue: what needs me first, then the level, then the risk key of `docs/risk.md`
//! raised by one point for each hour of waiting, so that nothing starves. Equal changes stand by
//! age, oldest first, then by id.

use std::cmp::Reverse;
use std::fmt;

use jiff::Timestamp;

use super::{Entry, State};
use crate::risk::Level;

/// How the queue is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Order {
    /// By what.
    pub by: By,
    /// The other way round; equal changes still stand by age and id.
    pub reversed: bool,
}

/// What an order goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum By {
    /// The queue's own: what needs me, the level, the raised key.
    #[default]
    Risk,
    /// Longest waiting first.
    Age,
    /// Fewest changed lines first.
    Size,
    /// Most likely to be undone first.
    Likelihood,
    /// Worst finding first.
    Impact,
    /// By the change's id.
    Change,
    /// By the target's name.
    Target,
    /// By the agent's name; people's own changes last.
    Agent,
}

impl By {
    /// Every order by the word that filters use.
    const WORDS: [(&str, Self); 8] = [
        ("risk", Self::Risk),
        ("age", Self::Age),
        ("size", Self::Size),
        ("likelihood", Self::Likelihood),
        ("impact", Self::Impact),
        ("change", Self::Change),
        ("target", Self::Target),
        ("agent", Self::Agent),
    ];

    /// The words that stand behind `order:`.
    pub fn words() -> impl Iterator<Item = &'static str> {
        Self::WORDS.iter().map(|(word, _)| *word)
    }
}

impl Order {
    /// Reads what stands behind `order:`.
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('-').unwrap_or(text);
        let by = By::WORDS.iter().find(|(word, _)| *word == bare)?.1;
        Some(Self {
            by,
            reversed: bare.len() < text.len(),
        })
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        let words = By::WORDS.iter();
        let mut words = words
            .filter(|(_, by)| *by == self.by)
            .map(|(word, _)| *word);
        words.next().unwrap_or("risk")
    }
}

/// What an order compares first: numbers, then text.
type Rank = (i64, i64, i128, String);

/// Sorts entries in place: total, and the same for the same entries whatever order they came in.
/// In the queue's own order two waiting changes never change places by waiting alone.
pub fn sort(entries: &mut [Entry], order: Order, now: Timestamp) {
    sort_by(entries, |entry| entry, order, now);
}

/// The same for things that hold an entry each.
pub fn sort_by<T>(all: &mut [T], of: impl Fn(&T) -> &Entry, order: Order, now: Timestamp) {
    let last = |entry: &Entry| (-entry.age_seconds(now), entry.id.clone());
    if order.reversed {
        all.sort_by_cached_key(|one| (Reverse(rank(of(one), order.by, now)), last(of(one))));
    } else {
        all.sort_by_cached_key(|one| (rank(of(one), order.by, now), last(of(one))));
    }
}

fn rank(entry: &Entry, by: By, now: Timestamp) -> Rank {
    let number = |number: i64| (number, 0, 0, String::new());
    let risk = entry.risk;
    match by {
        By::Risk => {
            let group = i64::from(settled(entry.state)) * 2 + i64::from(!entry.needs_me);
            // What cannot be read is high at least.
            let level = risk.map_or(Level::High, |risk| risk.level);
            let level = -(level as i64);
            let key = risk.map_or(0, |risk| -raised(risk.key, entry.age_seconds(now)));
            (group, level, key, String::new())
        }
        By::Age => number(-entry.age_seconds(now)),
        By::Size => number(i64::try_from(entry.added + entry.removed).unwrap_or(i64::MAX)),
        // What could not be read comes first: nobody knows how bad it is.
        By::Likelihood => number(risk.map_or(i64::MIN, |risk| -i64::from(risk.likelihood))),
        By::Impact => number(risk.map_or(i64::MIN, |risk| -i64::from(risk.impact))),
        By::Change => (0, 0, 0, entry.id.to_string()),
        By::Target => (0, 0, 0, entry.target.clone()),
        By::Agent => {
            let agent = entry.agent.clone().unwrap_or_default();
            (i64::from(agent.is_empty()), 0, 0, agent.to_lowercase())
        }
    }
}

/// The key raised by a point an hour, in thousandths of 3600ths: exact, so that time alone moves
/// nothing.
fn raised(key: i64, age: i64) -> i128 {
    i128::from(key) * 3600 + i128::from(age) * 1000
}

/// What waits stands before what is decided, and that before what is over.
const fn settled(state: State) -> u8 {
    match state {
        State::Pending | State::Stale | State::Moved | State::Invalid => 0,
        State::Rejected => 1,
        State::Approved => 2,
        State::Landed | State::Closed => 3,
    }
}

/// Why an entry stands where it stands in the queue's own order. Displayed it is one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What it is first ordered by: its level.
    pub level: String,
    /// Its key, and what waiting added; none where it cannot be read.
    pub points: Option<String>,
    /// Whom it asks, or how it was decided.
    pub who: String,
}

impl Place {
    /// The place of an entry at this time.
    pub fn of(entry: &Entry, now: Timestamp) -> Self {
        let waited = entry.age_seconds(now).saturating_mul(1000) / 3600;
        let points = |key: i64| format!("{} + {} for waiting", tenths(key), tenths(waited));
        let level = match (entry.risk, entry.state) {
            (Some(risk), _) => risk.level.as_str(),
            (None, State::Invalid) => "cannot be read, so taken for high",
            (None, _) => "not assessed yet, so taken for high",
        };
        Self {
            level: level.to_owned(),
            points: entry.risk.map(|risk| points(risk.key)),
            who: who(entry),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.level)?;
        if let Some(points) = &self.points {
            write!(f, " · {points}")?;
        }
        write!(f, " · {}", self.who)
    }
}

fn who(entry: &Entry) -> String {
    if !entry.state.waits() {
        return entry.state.as_str().to_owned();
    }
    match entry.asked.as_slice() {
        _ if entry.only_me => "needs only you".to_owned(),
        _ if entry.needs_me => "needs you".to_owned(),
        _ if entry.nobody.is_some() => "nobody can approve it".to_owned(),
        [] => "asks nobody".to_owned(),
        asked => format!("asks {}", asked.join(", ")),
    }
}

/// Thousandths with one decimal.
fn tenths(milli: i64) -> String {
    let sign = if milli <= -50 { "-" } else { "" };
    let tenths = (milli.unsigned_abs() + 50) / 100;
    format!("{sign}{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{RiskSummary, entry::tests::entry};
    use super::*;

    fn at(id: &str, level: Level, key: i64, second: i64) -> Entry {
        let mut entry = entry();
        entry.id = id.parse().unwrap();
        entry.created_at = Timestamp::from_second(second).unwrap();
        entry.risk = entry.risk.map(|risk| RiskSummary { level, key, ..risk });
        entry
    }

    fn ids(entries: &[Entry]) -> Vec<&str> {
        entries.iter().map(|entry| entry.id.as_str()).collect()
    }

    #[test]
    fn the_level_first_then_the_key_with_a_point_an_hour_then_age_then_id() {
        let now = Timestamp::from_second(100_000).unwrap();
        let mut entries = [
            at("low-old", Level::Low, 90_000, 0),
            at("high-new", Level::High, 10_000, 99_000),
            at("high-old", Level::High, 9_500, 90_000),
            at("high-mid", Level::High, 10_000, 95_000),
            at("crit", Level::Critical, -5_000, 99_999),
            at("bb", Level::Medium, 0, 50_000),
            at("aa", Level::Medium, 0, 50_000),
        ];
        let sorted = [
            "crit", "high-old", "high-mid", "high-new", "aa", "bb", "low-old",
        ];
        for _ in 0..entries.len() {
            entries.rotate_left(1);
            let mut all = entries.to_vec();
            sort(&mut all, Order::default(), now);
            assert_eq!(ids(&all), sorted);
        }
        // Nothing changes places by waiting alone, to the second.
        for later in [100_001, 103_599, 103_601, 999_999] {
            let mut all = entries.to_vec();
            sort(
                &mut all,
                Order::default(),
                Timestamp::from_second(later).unwrap(),
            );
            assert_eq!(ids(&all), sorted, "{later}");
        }
    }

    #[test]
    fn every_word_orders_and_a_dash_turns_it_round() {
        let now = Timestamp::from_second(100_000).unwrap();
        let mut one = at("one", Level::Low, 0, 50_000);
        let mut two = at("two", Level::High, 0, 60_000);
        let three = at("three", Level::Low, 0, 40_000);
        (one.added, one.target, one.agent) = (1, "refs/heads/b".to_owned(), None);
        (two.added, two.target, two.agent) = (9_000, "refs/heads/c".to_owned(), Some("A".into()));
        for (entry, likelihood, impact) in [(&mut one, 10, 3), (&mut two, 90, 0)] {
            let risk = entry.risk.unwrap();
            entry.risk = Some(RiskSummary {
                likelihood,
                impact,
                ..risk
            });
        }
        let entries = [one, two, three];
        for (word, sorted) in [
            ("risk", "two three one"),
            ("age", "three one two"),
            ("-age", "two one three"),
            ("size", "one three two"),
            ("-size", "two three one"),
            ("likelihood", "two three one"),
            ("impact", "three one two"),
            ("change", "one three two"),
            ("-change", "two three one"),
            ("target", "one two three"),
            ("agent", "two three one"),
        ] {
            let mut all = entries.to_vec();
            let order = Order::parse(word).unwrap();
            sort(&mut all, order, now);
            assert_eq!(ids(&all).join(" "), sorted, "{word}");
        }
        for word in ["", "-", "--age", "Risk", "age,size"] {
            assert_eq!(Order::parse(word), None, "{word}");
        }
    }

    #[test]
    fn the_place_is_explained_in_one_line() {
        let now = Timestamp::from_second(107_200).unwrap();
        let mut entry = at("one", Level::High, 38_140, 100_000);
        assert_eq!(
            Place::of(&entry, now).to_string(),
            "high · 38.1 + 2.0 for waiting · needs you"
        );
        entry.only_me = true;
        assert!(
            Place::of(&entry, now)
                .to_string()
                .ends_with("needs only you")
        );
        (entry.needs_me, entry.only_me) = (false, false);
        entry.asked = vec!["bob".to_owned(), "carol".to_owned()];
        assert!(
            Place::of(&entry, now)
                .to_string()
                .ends_with("asks bob, carol")
        );
        entry.asked.clear();
        entry.nobody = Some("why".to_owned());
        assert!(
            Place::of(&entry, now)
                .to_string()
                .ends_with("nobody can approve it")
        );
        entry.state = State::Rejected;
        assert!(Place::of(&entry, now).to_string().ends_with("rejected"));
        (entry.risk, entry.state) = (None, State::Invalid);
        assert!(
            Place::of(&entry, now)
                .to_string()
                .starts_with("cannot be read")
        );
        assert_eq!(
            (tenths(-49), tenths(-3_250), tenths(0)),
            ("0.0".into(), "-3.3".into(), "0.0".into())
        );
    }
}
