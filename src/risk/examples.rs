//! The examples of the rules, run as tests.
#![allow(clippy::unwrap_used)]

use super::OwnRules;
use super::example::Example;
use super::rule::{Book, Rule};

fn check(rule: &Rule, example: &str, fires: bool) -> Option<String> {
    let found = Example::parse(example).rules(&OwnRules::NONE);
    let fired = found.contains(&rule.id);
    (fired != fires).then(|| {
        let word = if fires { "must fire" } else { "must be silent" };
        format!("{} {word}, found {found:?} in:{example}", rule.id)
    })
}

#[test]
fn every_rule_fires_at_its_examples_and_is_silent_at_the_others() {
    let book = Book::shipped().unwrap();
    let mut wrong = Vec::new();
    for rule in &book.rules {
        wrong.extend(
            rule.firing
                .iter()
                .filter_map(|text| check(rule, text, true)),
        );
        wrong.extend(
            rule.silent
                .iter()
                .filter_map(|text| check(rule, text, false)),
        );
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_rule_is_whole() {
    let book = Book::shipped().unwrap();
    let mut wrong = Vec::new();
    for rule in &book.rules {
        let id = &rule.id;
        if rule.firing.len() < 3 || rule.silent.len() < 3 {
            wrong.push(format!("{id}: needs three examples of each kind"));
        }
        if !(1..=3).contains(&rule.severity) || rule.sentence.len() < 10 {
            wrong.push(format!("{id}: severity or sentence"));
        }
        if rule.computed != rule.matches.is_empty() {
            wrong.push(format!("{id}: is either patterns or computed"));
        }
        if book.rules.iter().filter(|other| other.id == *id).count() > 1 {
            wrong.push(format!("{id}: twice"));
        }
        let patterns = rule.matches.iter().flat_map(|m| m.patterns());
        for pattern in patterns.filter(|pattern| pattern.regex().is_none()) {
            wrong.push(format!("{id}: no pattern: {pattern:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
