//! What a filter that is being typed can go on with: the keys, and for each the values that the queue
//! holds, with how many changes have them.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::Timestamp;

use super::words::Words;
use crate::diff::visible;
use crate::queue::{By, CheckState, Entry, Filter, State};
use crate::risk::Level;

/// Paths that are looked at; a queue may hold changes of any size.
const PATHS: usize = 20_000;
/// What is offered at once.
const OFFERS: usize = 40;

/// The keys of the language, and what stands after each.
const KEYS: [(&str, &str); 14] = [
    (
        "needs:",
        "whom it waits for: me, only-me, nobody, a person, a role",
    ),
    ("state:", "how far it is"),
    ("risk:", "its level, with < <= > >= in front"),
    ("path:", "a path or a glob such as infra/**"),
    ("target:", "the branch it is for"),
    ("agent:", "who wrote it, where that is a program"),
    ("author:", "who wrote it, by name or e-mail"),
    ("age:", "how long it waits: >3d, <2h"),
    ("claimed:", "who is on it: no, yes, a person"),
    ("checks:", "what CI says"),
    ("ai:", "whether a marker says that AI wrote it"),
    ("repo:", "the repository it waits in"),
    (
        "order:",
        "what it is ordered by, with - the other way round",
    ),
    ("id:", "exactly this change"),
];

/// What a filter can go on with at the cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offers {
    /// The bytes of the term that is replaced.
    pub term: Range<usize>,
    /// What can stand there, the likeliest first.
    pub all: Vec<Offer>,
}

/// One way to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The term as it will stand there.
    pub text: String,
    /// What it means, or how many changes have it.
    pub hint: String,
    /// Whether the term is whole then; a key is not.
    pub whole: bool,
}

impl Offers {
    /// What a filter can go on with at a byte of its text.
    pub fn at(text: &str, cursor: usize, entries: &[Entry], now: Timestamp) -> Self {
        let cursor = cursor.min(text.len());
        let blank = |c: char| c.is_whitespace();
        let start = text[..cursor].rfind(blank).map_or(0, |at| {
            at + text[at..].chars().next().map_or(1, char::len_utf8)
        });
        let end = text[cursor..]
            .find(blank)
            .map_or(text.len(), |at| cursor + at);
        let whole = &text[start..end];
        let (sign, term) = match whole.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", whole),
        };
        let mut all = match term.split_once(':') {
            Some((key, value)) => values(key, value, entries, now),
            None => keys(term),
        };
        // What stands there already is no way to go on.
        all.retain(|offer| !(offer.whole && offer.text == term));
        all.retain(|offer| sign.is_empty() || !offer.text.starts_with("order:"));
        all.truncate(OFFERS);
        for offer in &mut all {
            offer.text.insert_str(0, sign);
        }
        Self {
            term: start..end,
            all,
        }
    }

    /// The filter without the term under the cursor.
    fn rest(&self, text: &str) -> String {
        let (before, after) = (text.get(..self.term.start), text.get(self.term.end..));
        format!("{}{}", before.unwrap_or(""), after.unwrap_or(""))
    }
}

/// What is wrong with a filter that is being typed, and what of it can be shown already: the term
/// under the cursor may be unfinished as long as there is a way to go on.
pub fn check(text: &str, offers: &Offers) -> (String, Option<String>) {
    let read = |text: &str| Filter::parse(&[text]).map_err(|error| error.to_string());
    let Err(why) = read(text) else {
        return (text.to_owned(), None);
    };
    let rest = offers.rest(text);
    match read(&rest) {
        Ok(_) if !offers.all.is_empty() => (rest, None),
        Ok(_) => (rest, Some(why)),
        Err(other) => (String::new(), Some(other)),
    }
}

/// What stands in a box of a filter has changed: what can go on, what is wrong, what is shown.
pub(super) fn live(state: &mut super::State, words: &mut Words) {
    let now = state.clock.wall;
    let text = words.text.as_str();
    words.offers = Offers::at(text, words.text.cursor().1, &state.queue.entries, now);
    words.chosen = words.chosen.min(words.offers.all.len().saturating_sub(1));
    let (shown, why) = check(text, &words.offers);
    words.complaint = why;
    let _ = state.queue.filter(&shown, now);
    if state.queue.is_empty() && !words.offers.all.is_empty() {
        // The start of a value takes nothing away that the whole one would show.
        let _ = state.queue.filter(&words.offers.rest(text), now);
    }
}

impl Words {
    /// Takes the chosen offer into the filter; a whole term is followed by room for the next.
    pub(super) fn complete(&mut self) {
        let Some(offer) = self.offers.all.get(self.chosen) else {
            return;
        };
        let end = self.offers.term.end;
        let last = self.text.as_str().len() == end;
        let blank = if offer.whole && last { " " } else { "" };
        let text = format!("{}{blank}", offer.text);
        self.text.put(self.offers.term.clone(), &text);
        self.chosen = 0;
    }
}

fn keys(typed: &str) -> Vec<Offer> {
    let keys = KEYS.iter().filter(|(key, _)| key.starts_with(typed));
    keys.map(|(key, hint)| Offer {
        text: (*key).to_owned(),
        hint: (*hint).to_owned(),
        whole: false,
    })
    .collect()
}

/// A value and how many changes have it; none where that is not counted.
type Value = (String, Option<usize>);

fn values(key: &str, typed: &str, entries: &[Entry], now: Timestamp) -> Vec<Offer> {
    let waiting = || entries.iter().filter(|entry| !entry.state.is_over());
    let values: Vec<Value> = match key {
        "state" => states(entries),
        "risk" => risks(entries),
        "path" => return paths(typed, entries),
        "target" => counted(waiting().map(|entry| entry.target_name().to_owned())),
        "agent" => counted(waiting().filter_map(|entry| entry.agent.clone())),
        "author" => counted(waiting().map(|entry| entry.author.email.clone())),
        "id" => counted(waiting().map(|entry| entry.id.to_string())),
        "needs" => needs(entries),
        "age" => plain(&[">1d", ">3d", ">1w", ">4h", "<1h", "<1d"]),
        "claimed" => claimed(entries, now),
        "checks" => checks(entries),
        "repo" => counted(waiting().map(|entry| entry.home.name().to_owned())),
        "ai" => plain(&["yes", "no"]),
        "order" => orders(),
        _ => Vec::new(),
    };
    let sign = &typed[..typed.len() - typed.trim_start_matches(['<', '>', '=']).len()];
    let compares = key == "risk" && !sign.is_empty();
    let fits = values.into_iter().filter_map(|(value, count)| {
        let value = match compares {
            true if value.starts_with(['<', '>']) => return None,
            true => format!("{sign}{value}"),
            false => value,
        };
        (usable(&value) && value.starts_with(typed)).then_some((value, count.filter(|_| !compares)))
    });
    fits.map(|(value, count)| offer(key, &value, count))
        .collect()
}

fn offer(key: &str, value: &str, count: Option<usize>) -> Offer {
    let hint = match count {
        None => String::new(),
        Some(1) => "1 change".to_owned(),
        Some(count) => format!("{count} changes"),
    };
    Offer {
        text: format!("{key}:{value}"),
        hint,
        whole: true,
    }
}

/// Whether a value can stand in a filter, and looks like what it is.
fn usable(value: &str) -> bool {
    let odd = value.contains(char::is_whitespace) || visible::hidden(value.as_bytes()) > 0;
    !value.is_empty() && !odd
}

fn plain(values: &[&str]) -> Vec<Value> {
    values
        .iter()
        .map(|value| ((*value).to_owned(), None))
        .collect()
}

/// Each value once with its number, the most frequent first.
fn counted(values: impl Iterator<Item = String>) -> Vec<Value> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let mut all: Vec<(String, usize)> = counts.into_iter().collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let some = all.into_iter().map(|(value, count)| (value, Some(count)));
    some.collect()
}

fn states(entries: &[Entry]) -> Vec<Value> {
    let count = |state: State| {
        let has = |entry: &&Entry| match state {
            State::Pending => entry.state.waits(),
            state => entry.state == state,
        };
        entries.iter().filter(has).count()
    };
    let all = State::ALL.iter();
    all.map(|state| (state.as_str().to_owned(), Some(count(*state))))
        .collect()
}

fn risks(entries: &[Entry]) -> Vec<Value> {
    let levels = [Level::Critical, Level::High, Level::Medium, Level::Low];
    let waiting = || entries.iter().filter(|entry| !entry.state.is_over());
    let count = |least: Level, exactly: bool| {
        let levels = waiting().filter_map(|entry| Some(entry.risk?.level));
        levels
            .filter(|level| *level == least || (!exactly && *level > least))
            .count()
    };
    let mut all: Vec<Value> = Vec::new();
    all.extend(levels.map(|level| (level.to_string(), Some(count(level, true)))));
    all.push((">=high".to_owned(), Some(count(Level::High, false))));
    all.push((">=medium".to_owned(), Some(count(Level::Medium, false))));
    all
}

fn needs(entries: &[Entry]) -> Vec<Value> {
    let waiting = || entries.iter().filter(|entry| entry.state.waits());
    let count = |has: fn(&Entry) -> bool| Some(waiting().filter(|entry| has(entry)).count());
    let mut all = vec![
        ("me".to_owned(), count(|entry| entry.needs_me)),
        ("only-me".to_owned(), count(|entry| entry.only_me)),
        ("nobody".to_owned(), count(|entry| entry.nobody.is_some())),
    ];
    all.extend(counted(waiting().flat_map(|entry| entry.asked.clone())));
    let open = |entry: &Entry| {
        let open = entry.needs.iter().filter(|need| need.have < need.needed);
        let mut roles: Vec<String> = open.flat_map(|need| need.from.clone()).collect();
        roles.sort();
        roles.dedup();
        roles
    };
    all.extend(counted(waiting().flat_map(open)));
    all
}

fn claimed(entries: &[Entry], now: Timestamp) -> Vec<Value> {
    let waiting = || entries.iter().filter(|entry| entry.state.waits());
    let claim = |entry: &Entry| entry.claim.clone().filter(|claim| claim.until > now);
    let taken = waiting().filter(|entry| claim(entry).is_some()).count();
    let mut all = vec![
        ("no".to_owned(), Some(waiting().count() - taken)),
        ("yes".to_owned(), Some(taken)),
    ];
    all.extend(counted(
        waiting().filter_map(|entry| Some(claim(entry)?.reviewer)),
    ));
    all
}

fn checks(entries: &[Entry]) -> Vec<Value> {
    let words = [
        ("failing", CheckState::Failure),
        ("passing", CheckState::Success),
        ("pending", CheckState::Pending),
    ];
    let count = |state: CheckState| {
        let has = |entry: &&Entry| match state {
            CheckState::Success => {
                !entry.checks.is_empty() && entry.checks.iter().all(|check| check.state == state)
            }
            state => entry.checks.iter().any(|check| check.state == state),
        };
        entries
            .iter()
            .filter(|entry| !entry.state.is_over())
            .filter(has)
            .count()
    };
    words
        .map(|(word, state)| (word.to_owned(), Some(count(state))))
        .to_vec()
}

fn orders() -> Vec<Value> {
    let words = || By::words().map(str::to_owned);
    let all = words().chain(words().map(|word| format!("-{word}")));
    all.map(|word| (word, None)).collect()
}

/// The folders and files one step below what is typed.
fn paths(typed: &str, entries: &[Entry]) -> Vec<Offer> {
    if typed.contains(['*', '?']) {
        return Vec::new();
    }
    let folder = typed.rfind('/').map_or("", |at| &typed[..=at]);
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let mut looked = 0;
    for entry in entries.iter().filter(|entry| !entry.state.is_over()) {
        let mut here: Vec<String> = Vec::new();
        for path in entry.paths.iter().take(PATHS - looked) {
            looked += 1;
            let Some(rest) = path.as_str().filter(|path| path.starts_with(typed)) else {
                continue;
            };
            let rest = &rest[folder.len()..];
            let step = rest.find('/').map_or(rest, |at| &rest[..=at]);
            here.push(format!("{folder}{step}"));
        }
        here.sort();
        here.dedup();
        for step in here {
            *found.entry(step).or_default() += 1;
        }
    }
    let mut found: Vec<(String, usize)> = found.into_iter().collect();
    found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let offers = found.iter().filter(|(path, _)| usable(path));
    let offers = offers.map(|(path, count)| Offer {
        // A folder is a way on, and matches what is below it as it stands.
        whole: !path.ends_with('/'),
        ..offer("path", path, Some(*count))
    });
    offers.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::queue::entry_of_tests;

    fn now() -> Timestamp {
        Timestamp::from_second(1_007_200).unwrap()
    }

    fn offered(text: &str) -> Vec<String> {
        let entries = [entry_of_tests()];
        let offers = Offers::at(text, text.len(), &entries, now());
        offers.all.into_iter().map(|offer| offer.text).collect()
    }

    #[test]
    fn keys_come_first_and_then_the_values_that_the_queue_holds() {
        assert_eq!(offered("").len(), KEYS.len());
        assert_eq!(offered("needs:me ta"), ["target:"]);
        assert_eq!(offered("ag"), ["agent:", "age:"]);
        assert_eq!(offered("target:"), ["target:main"]);
        assert_eq!(offered("agent:am"), ["agent:amazonq"]);
        assert_eq!(offered("-state:st"), ["-state:stale"]);
        assert_eq!(offered("claimed:b"), ["claimed:bob@shop.example"]);
        assert_eq!(
            offered("needs:"),
            ["needs:me", "needs:only-me", "needs:nobody", "needs:alice"]
        );
        assert_eq!(
            offered("risk:>=h"),
            [">=high"].map(|value| format!("risk:{value}"))
        );
        assert_eq!(offered("order:-s"), ["order:-size"]);
        assert_eq!(offered("path:"), ["path:docs/", "path:infra/"]);
        assert_eq!(offered("path:infra/"), ["path:infra/lb.yaml"]);
        assert!(offered("colour:").is_empty() && offered("word").is_empty());
        assert!(offered("risk:high").is_empty(), "it stands there already");
    }

    #[test]
    fn every_whole_offer_can_be_read() {
        for (key, _) in KEYS {
            let entries = [Entry {
                home: crate::queue::Home::alone("shop"),
                ..entry_of_tests()
            }];
            let offers = Offers::at(key, key.len(), &entries, now());
            assert!(!offers.all.is_empty(), "{key}");
            for offer in offers.all {
                assert!(Filter::parse(&[&offer.text]).is_ok(), "{}", offer.text);
            }
        }
    }

    #[test]
    fn the_term_under_the_cursor_is_the_one_that_is_replaced() {
        let offers = Offers::at("a risk:l state:x", 8, &[], now());
        assert_eq!(offers.term, 2..8);
        let offers = Offers::at("a risk:l", 1, &[], now());
        assert_eq!(offers.term, 0..1);
        assert_eq!(Offers::at("ä ö", 99, &[], now()).term, 3..5);
    }

    #[test]
    fn an_unfinished_term_is_not_wrong_yet_and_a_wrong_one_is_named() {
        let check = |text: &str| {
            let offers = Offers::at(text, text.len(), &[entry_of_tests()], now());
            check(text, &offers)
        };
        assert_eq!(check("edge risk:hi"), ("edge ".to_owned(), None));
        assert_eq!(check("edge risk:high"), ("edge risk:high".to_owned(), None));
        let (shown, why) = check("edge risk:extreme");
        assert_eq!(shown, "edge ");
        assert!(why.unwrap().contains("\"risk:extreme\": expected low"));
        let (shown, why) = check("colour:red risk:");
        assert_eq!(shown, "");
        assert!(why.unwrap().contains("colour"));
    }
}
