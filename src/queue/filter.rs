//! The one filter language of `--list`, `tui` and `/`: words, and `key:value` terms.
//!
//! All terms must hold. A word matches id, title, path and author, whatever the case. A term with
//! `-` in front must not hold. `order:` says in which order what passes is shown.

use jiff::Timestamp;

use super::pattern::{PathPattern, seconds};
use super::{CheckState, Entry, Order, State};
use crate::risk::Level;

/// A parsed filter. The empty one matches everything.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    terms: Vec<(bool, Term)>,
    order: Option<Order>,
}

/// A filter that cannot be read: which term, and what would be valid.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum FilterError {
    /// The key is not known.
    #[error(
        "filter: unknown key {key:?} in {term:?}; known: state, risk, path, target, agent, author, id, needs, age, claimed, checks, ai, repo, order"
    )]
    Key {
        /// The whole term.
        term: String,
        /// Its key.
        key: String,
    },
    /// The value does not fit the key.
    #[error("filter: {term:?}: expected {expected}")]
    Value {
        /// The whole term.
        term: String,
        /// What would be valid.
        expected: &'static str,
    },
}

/// What `order:` takes.
const ORDERS: &str = "one order: risk, age (oldest first), size (smallest first), likelihood, impact, \
                      change, target or agent, with - before it for the other way round";

#[derive(Debug, Clone)]
enum Term {
    Word(String),
    State(State),
    Risk(Comparison, Level),
    Path(PathPattern),
    Target(String),
    Agent(String),
    Author(String),
    Id(String),
    NeedsMe,
    OnlyMe,
    Nobody,
    Needs(String),
    Age(Comparison, i64),
    Claimed(Option<String>, bool),
    Checks(CheckState),
    Ai(bool),
    Repo(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Filter {
    /// Reads a filter from words, each of which may hold several terms separated by blanks.
    pub fn parse<S: AsRef<str>>(words: &[S]) -> Result<Self, FilterError> {
        let mut terms = Vec::new();
        let mut order = None;
        for word in words
            .iter()
            .flat_map(|word| word.as_ref().split_whitespace())
        {
            let (wanted, text) = match word.strip_prefix('-') {
                Some(rest) if rest.contains(':') => (false, rest),
                _ => (true, word),
            };
            match text.strip_prefix("order:") {
                Some(value) => {
                    let said = Order::parse(value)
                        .filter(|said| wanted && order.is_none_or(|known| known == *said));
                    order = Some(said.ok_or_else(|| FilterError::Value {
                        term: word.to_owned(),
                        expected: ORDERS,
                    })?);
                }
                None => terms.push((wanted, Term::parse(text)?)),
            }
        }
        Ok(Self { terms, order })
    }

    /// Whether it names a state, so that changes that are over are wanted where it says so.
    pub fn names_state(&self) -> bool {
        self.terms
            .iter()
            .any(|(wanted, term)| *wanted && matches!(term, Term::State(_)))
    }

    /// Whether it wants what needs this client's person.
    pub fn asks_for_me(&self) -> bool {
        let mut terms = self.terms.iter();
        terms.any(|(wanted, term)| *wanted && matches!(term, Term::NeedsMe | Term::OnlyMe))
    }

    /// Whether it wants exactly what needs this client's person.
    pub fn is_what_needs_me(&self) -> bool {
        let waits = |term: &Term| matches!(term, Term::NeedsMe | Term::State(State::Pending));
        self.asks_for_me()
            && self
                .terms
                .iter()
                .all(|(wanted, term)| *wanted && waits(term))
    }

    /// The order asked for; without one the queue's own.
    pub fn order(&self) -> Order {
        self.order.unwrap_or_default()
    }

    /// The order asked for, where one is.
    pub const fn said_order(&self) -> Option<Order> {
        self.order
    }

    /// Whether there is no term at all.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether an entry passes, at this time.
    pub fn matches(&self, entry: &Entry, now: Timestamp) -> bool {
        self.terms
            .iter()
            .all(|(wanted, term)| term.matches(entry, now) == *wanted)
    }
}

impl Term {
    fn parse(text: &str) -> Result<Self, FilterError> {
        let Some((key, value)) = text.split_once(':') else {
            return Ok(Self::Word(text.to_lowercase()));
        };
        let bad = |expected| FilterError::Value {
            term: text.to_owned(),
            expected,
        };
        Ok(match key {
            "state" => Self::State(
                State::ALL
                    .into_iter()
                    .find(|state| state.as_str() == value)
                    .ok_or_else(|| {
                        bad("pending, approved, rejected, stale, landed, closed, moved or invalid")
                    })?,
            ),
            "risk" => {
                let (comparison, level) = Comparison::split(value);
                let level = level.parse().map_err(|_| {
                    bad("low, medium, high or critical, with < <= > >= in front if you like")
                })?;
                Self::Risk(comparison, level)
            }
            "path" => Self::Path(
                PathPattern::parse(value)
                    .ok_or_else(|| bad("a path or a glob such as infra/**"))?,
            ),
            "repo" => Self::Repo(value.to_lowercase()),
            "target" => Self::Target(value.to_owned()),
            "agent" => Self::Agent(value.to_lowercase()),
            "author" => Self::Author(value.to_lowercase()),
            "id" => Self::Id(value.to_owned()),
            "needs" => Self::needs(value),
            "age" => {
                let (comparison, age) = Comparison::split(value);
                Self::Age(
                    comparison,
                    seconds(age).ok_or_else(|| bad("an age such as >3d, <2h or 30m"))?,
                )
            }
            "claimed" => Self::claimed(value),
            "checks" => {
                Self::Checks(check_state(value).ok_or_else(|| bad("failing, passing or pending"))?)
            }
            "ai" => Self::Ai(match value {
                "yes" => true,
                "no" => false,
                _ => return Err(bad("yes or no")),
            }),
            _ => {
                return Err(FilterError::Key {
                    term: text.to_owned(),
                    key: key.to_owned(),
                });
            }
        })
    }

    fn needs(value: &str) -> Self {
        match value {
            "me" => Self::NeedsMe,
            "only-me" => Self::OnlyMe,
            "nobody" => Self::Nobody,
            who => Self::Needs(who.to_owned()),
        }
    }

    fn claimed(value: &str) -> Self {
        match value {
            "no" => Self::Claimed(None, false),
            "yes" => Self::Claimed(None, true),
            who => Self::Claimed(Some(who.to_lowercase()), true),
        }
    }

    fn matches(&self, entry: &Entry, now: Timestamp) -> bool {
        let holds = |text: &str, word: &str| text.to_lowercase().contains(word);
        match self {
            Self::Word(word) => {
                holds(entry.id.as_str(), word)
                    || holds(&entry.title, word)
                    || holds(&entry.author.name, word)
                    || holds(&entry.author.email, word)
                    || entry.paths.iter().any(|path| holds(&path.text(), word))
            }
            Self::State(State::Pending) => entry.state.waits(),
            Self::State(state) => entry.state == *state,
            Self::Risk(comparison, level) => entry
                .risk
                .is_some_and(|risk| comparison.holds(risk.level, *level)),
            Self::Path(pattern) => entry
                .paths
                .iter()
                .any(|path| pattern.matches(path.as_bytes())),
            Self::Target(target) => entry.target == *target || entry.target_name() == target,
            Self::Agent(agent) => entry.agent.as_deref().is_some_and(|own| holds(own, agent)),
            Self::Author(who) => holds(&entry.author.name, who) || holds(&entry.author.email, who),
            Self::Id(id) => entry.id.as_str() == id,
            Self::NeedsMe => entry.needs_me,
            Self::OnlyMe => entry.only_me,
            Self::Nobody => entry.nobody.is_some(),
            Self::Needs(who) => {
                let mut needs = entry.needs.iter();
                entry.asked.contains(who)
                    || needs.any(|need| need.have < need.needed && need.from.contains(who))
            }
            Self::Age(comparison, age) => comparison.holds(entry.age_seconds(now), *age),
            Self::Claimed(who, wanted) => {
                let claim = entry.claim.as_ref().filter(|claim| claim.until > now);
                let fits = claim.is_some_and(|claim| {
                    who.as_ref().is_none_or(|who| holds(&claim.reviewer, who))
                });
                fits == *wanted
            }
            Self::Checks(state) => match state {
                CheckState::Success => {
                    !entry.checks.is_empty()
                        && entry.checks.iter().all(|check| check.state == *state)
                }
                _ => entry.checks.iter().any(|check| check.state == *state),
            },
            Self::Repo(name) => {
                let own = entry.home.name().to_lowercase();
                // A name with the folders above it is asked for by its last part, too.
                own == *name || own.rsplit_once('/').is_some_and(|(_, last)| last == *name)
            }
            Self::Ai(wanted) => entry.ai_markers.is_empty() != *wanted,
        }
    }
}

impl Comparison {
    fn split(value: &str) -> (Self, &str) {
        for (sign, comparison) in [
            (">=", Self::AtLeast),
            ("<=", Self::AtMost),
            (">", Self::More),
            ("<", Self::Less),
        ] {
            if let Some(rest) = value.strip_prefix(sign) {
                return (comparison, rest);
            }
        }
        (Self::Equal, value)
    }

    fn holds<T: Ord>(self, have: T, asked: T) -> bool {
        match self {
            Self::Equal => have == asked,
            Self::Less => have < asked,
            Self::AtMost => have <= asked,
            Self::More => have > asked,
            Self::AtLeast => have >= asked,
        }
    }
}

/// The state of a check, by the words people use for it.
fn check_state(word: &str) -> Option<CheckState> {
    Some(match word {
        "failing" | "failure" => CheckState::Failure,
        "passing" | "success" => CheckState::Success,
        "pending" | "running" => CheckState::Pending,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::queue::By;
    use crate::queue::entry::tests::entry;

    fn passes(filter: &str) -> bool {
        let now = Timestamp::from_second(1_007_200).unwrap();
        Filter::parse(&[filter]).unwrap().matches(&entry(), now)
    }

    #[test]
    fn terms_that_hold_let_the_entry_pass() {
        for filter in [
            "",
            "EDGE",
            "lb.yaml",
            "dana",
            "fix-lb",
            "state:pending",
            "state:stale",
            "risk:high",
            "risk:>=medium",
            "risk:<critical",
            "path:infra/**",
            "path:**/*.md",
            "path:infra",
            "path:infra/lb.yaml",
            "target:main",
            "target:refs/heads/main",
            "agent:amazonq",
            "needs:me",
            "age:>1h",
            "age:<=2h",
            "claimed:yes",
            "claimed:bob",
            "-claimed:no",
            "ai:yes",
            "edge risk:high needs:me",
            "needs:alice",
            "-needs:nobody",
            "-needs:only-me",
            "order:age needs:me",
            "id:fix-lb-timeouts",
            "-state:approved",
        ] {
            assert!(passes(filter), "{filter}");
        }
    }

    #[test]
    fn terms_that_do_not_hold_keep_it_out() {
        for filter in [
            "nothing",
            "state:approved",
            "risk:low",
            "risk:>high",
            "path:infra/*.tf",
            "path:*.yaml",
            "path:inf",
            "target:release",
            "agent:claude",
            "-needs:me",
            "age:>3d",
            "claimed:no",
            "claimed:alice",
            "checks:failing",
            "checks:passing",
            "ai:no",
            "edge risk:low",
            "needs:only-me",
            "needs:nobody",
            "needs:bob",
        ] {
            assert!(!passes(filter), "{filter}");
        }
    }

    #[test]
    fn a_term_that_cannot_be_read_is_an_error_that_names_it() {
        for filter in [
            "colour:red",
            "state:done",
            "risk:extreme",
            "age:soon",
            "checks:maybe",
            "path:",
            "ai:2",
            "order:",
            "order:beauty",
            "-order:age",
        ] {
            let error = Filter::parse(&[filter]).unwrap_err().to_string();
            assert!(error.contains(filter), "{error}");
        }
    }

    #[test]
    fn an_order_is_said_once() {
        let order = |words: &[&str]| Filter::parse(words).map(|filter| filter.order());
        assert_eq!(order(&["needs:me"]), Ok(Order::default()));
        let size = Order {
            by: By::Size,
            reversed: true,
        };
        assert_eq!(order(&["needs:me order:-size"]), Ok(size));
        assert_eq!(order(&["order:-size", "order:-size"]), Ok(size));
        assert!(order(&["order:age", "order:size"]).is_err());
    }
}
