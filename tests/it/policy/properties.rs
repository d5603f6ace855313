//! Laws that hold for any verdicts: more approvals never hurt, more rejections never help, order
//! and repetition say nothing, and asking more never allows more.

use countersign::policy::{Cast, Coverage, Decision, Policy, RejectReach};
use countersign::risk::Level;
use countersign::verdict::VerdictKind;
use proptest::prelude::*;

use super::fixture::{EXAMPLE, parse};
use super::scene::*;

/// What a random verdict is made of. `names` are earlier verdicts by number.
#[derive(Debug, Clone)]
pub(super) struct Word {
    person: usize,
    kind: usize,
    head: usize,
    content: usize,
    revision: u32,
    age: i64,
    level: usize,
    seen: u64,
    spoilt: usize,
    names: Vec<u8>,
}

pub(super) const PEOPLE: [&str; 4] = ["alice", "bob", "carol", "zoe"];
const KINDS: [VerdictKind; 3] = [
    VerdictKind::Approve,
    VerdictKind::Reject,
    VerdictKind::Withdraw,
];

pub(super) fn word() -> impl Strategy<Value = Word> {
    (
        (0..4_usize, 0..3_usize, 0..3_usize, 0..2_usize, 1..4_u32),
        (0..40_i64, 0..4_usize, 0..5_u64, 0..8_usize),
        prop::collection::vec(0..8_u8, 0..3),
    )
        .prop_map(
            |((person, kind, head, content, revision), (age, level, seen, spoilt), names)| Word {
                person,
                kind,
                head,
                content,
                revision,
                age,
                level,
                seen,
                spoilt,
                names,
            },
        )
}

/// The verdict; `number` is its digest, so that others can name it.
pub(super) fn cast_of(word: &Word, number: u8) -> Cast {
    let mut cast = cast(PEOPLE[word.person], KINDS[word.kind], number);
    cast.head = at([HEAD, 0x71, 0x72][word.head]);
    cast.content = sha([CONTENT, 0x73][word.content]);
    cast.change.revision = word.revision;
    cast.issued_at = now() - days(word.age);
    cast.level = Some(Level::ALL[word.level]);
    cast.viewed.as_mut().unwrap().hunks_viewed = word.seen.min(4);
    cast.supersedes = word.names.iter().map(|n| sha(*n)).collect();
    match word.spoilt {
        0 => cast.doubt = Some("spoilt".to_owned()),
        1 => cast.target = "refs/heads/release/1".to_owned(),
        _ => {}
    }
    cast
}

pub(super) fn casts(words: &[Word]) -> Vec<Cast> {
    let numbered = words.iter().zip(0..);
    numbered
        .map(|(word, number)| cast_of(word, number))
        .collect()
}

pub(super) fn decide(policy: &Policy, casts: Vec<Cast>, risky: bool) -> Decision {
    let mut scene = Scene::new(policy.clone());
    if risky {
        scene.run.assessed = Level::High;
        scene.run.paths.push("infra/lb.yaml".into());
    }
    scene.casts = casts;
    scene.judge().decision()
}

pub(super) fn allowed(policy: &Policy, casts: Vec<Cast>, risky: bool) -> bool {
    decide(policy, casts, risky) == Decision::Allow
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_more_approval_by_a_fresh_person_never_denies(words in prop::collection::vec(word(), 0..7), new in word(), risky: bool) {
        let policy = parse(EXAMPLE).unwrap();
        let before = casts(&words);
        let mut extra = cast_of(&new, 50);
        extra.kind = VerdictKind::Approve;
        // The same person's other words may conflict with it, and so may what it replaces.
        let fresh = !before.iter().any(|cast| cast.key == extra.key);
        prop_assume!(fresh);
        let mut after = before.clone();
        after.push(extra);
        if allowed(&policy, before, risky) {
            prop_assert!(allowed(&policy, after, risky));
        }
    }

    #[test]
    fn one_more_rejection_never_allows(words in prop::collection::vec(word(), 0..7), new in word(), risky: bool) {
        let policy = parse(EXAMPLE).unwrap();
        let before = casts(&words);
        let mut extra = cast_of(&new, 50);
        extra.kind = VerdictKind::Reject;
        let mut after = before.clone();
        after.push(extra);
        if !allowed(&policy, before, risky) {
            prop_assert!(!allowed(&policy, after, risky));
        }
    }

    #[test]
    fn order_and_repetition_say_nothing(words in prop::collection::vec(word(), 0..7), turn in 0..7_usize, risky: bool) {
        let policy = parse(EXAMPLE).unwrap();
        let before = casts(&words);
        let mut after = before.clone();
        after.reverse();
        after.rotate_left(turn.min(before.len()));
        after.extend(before.clone());
        prop_assert_eq!(decide(&policy, before, risky), decide(&policy, after, risky));
    }

    #[test]
    fn asking_more_never_allows_more(words in prop::collection::vec(word(), 0..7), what in 0..9_usize, risky: bool) {
        let policy = parse(EXAMPLE).unwrap();
        let mut stricter = policy.clone();
        let mut extra = policy.rules[0].clone();
        extra.name = "extra".to_owned();
        let first = &mut stricter.rules[0].demands;
        match what {
            0 => first.approvals += 1,
            1 => first.coverage = Coverage::Exact,
            2 => first.max_age = days(7),
            3 => first.min_viewed = 90,
            4 => first.reject = RejectReach::Veto,
            5 => first.require_up_to_date = true,
            6 => stricter.rules.push(extra),
            7 => stricter.risk.critical = vec![countersign::policy::Glob::new("**").unwrap()],
            _ => stricter.rules[2].matches.risk = None,
        }
        let verdicts = casts(&words);
        if !allowed(&policy, verdicts.clone(), risky) {
            prop_assert!(!allowed(&stricter, verdicts, risky));
        }
    }

    #[test]
    fn renaming_people_changes_nothing(words in prop::collection::vec(word(), 0..7), risky: bool) {
        let policy = parse(EXAMPLE).unwrap();
        // Alice and Carol change places: both hold the same roles and neither is in the facts.
        let swapped: Vec<Word> = words
            .iter()
            .cloned()
            .map(|word| Word { person: [2, 1, 0, 3][word.person], ..word })
            .collect();
        prop_assert_eq!(decide(&policy, casts(&words), risky), decide(&policy, casts(&swapped), risky));
    }
}

#[test]
fn the_model_is_not_trivial() {
    // Laws of the form "if … then …" prove nothing where the condition never holds.
    let policy = parse(EXAMPLE).unwrap();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut counts = std::collections::BTreeMap::new();
    for _ in 0..400 {
        let tree = prop::collection::vec(word(), 0..7)
            .new_tree(&mut runner)
            .unwrap();
        let words = proptest::strategy::ValueTree::current(&tree);
        *counts
            .entry(decide(&policy, casts(&words), false))
            .or_insert(0) += 1;
    }
    for decision in [Decision::Allow, Decision::Pending, Decision::Deny] {
        assert!(counts.get(&decision).is_some_and(|n| *n > 20), "{counts:?}");
    }
}
