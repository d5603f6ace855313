//! More laws for any verdicts: what 8 and 1 promise, words that are no verdicts, chains of replacements,
//! statements that a policy ignores, and sets of approvals with none to spare.

use countersign::policy::{Cast, Decision, Policy};
use countersign::verdict::VerdictKind;
use proptest::prelude::*;

use super::fixture::{EXAMPLE, parse};
use super::properties::{allowed, casts, decide, word};
use super::scene::*;

/// Good approvals of what landed by some of the three people who may approve it: by the first where
/// the lowest bit is set, and so on. With `thinking_again` they replace all that the person said.
fn approvals(said: &[Cast], who: u8, thinking_again: bool) -> Vec<Cast> {
    let people = ["alice", "bob", "carol"];
    let chosen = (0_u8..)
        .zip(people)
        .filter(|(bit, _)| who & (1 << bit) != 0);
    chosen
        .map(|(bit, person)| {
            let mut new = cast(person, VerdictKind::Approve, 0x60 + bit);
            // Under a name of its own: what landed, and no later revision of what was rejected.
            new.change.id = "landed".parse().unwrap();
            if thinking_again {
                let own = said.iter().filter(|old| old.key == new.key);
                new.supersedes = own.map(|old| old.digest).collect();
            }
            new
        })
        .collect()
}

/// Verdicts and some more.
fn with(said: &[Cast], more: Vec<Cast>) -> Vec<Cast> {
    said.iter().cloned().chain(more).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_8_some_approvals_allow(words in prop::collection::vec(word(), 0..7), risky: bool) {
        let policy = parse(EXAMPLE).unwrap();
        let said = casts(&words);
        if decide(&policy, said.clone(), risky) == Decision::Pending {
            let enough = (1..8).any(|who| allowed(&policy, with(&said, approvals(&said, who, true)), risky));
            prop_assert!(enough);
        }
    }

    #[test]
    fn after_1_no_approvals_of_others_allow(words in prop::collection::vec(word(), 0..7), risky: bool) {
        let policy = parse(EXAMPLE).unwrap();
        let said = casts(&words);
        // A rejection of another revision denies approvals and not what landed; who rejected could lift it.
        // Both are other things than a lack of approvals.
        let rejects = |old: &&Cast| old.kind == VerdictKind::Reject;
        let on_it = |old: &Cast| old.head == at(HEAD) || old.content == sha(CONTENT);
        prop_assume!(said.iter().filter(rejects).all(on_it));
        if decide(&policy, said.clone(), risky) == Decision::Deny {
            let rejected = |one: &Cast| said.iter().filter(rejects).any(|old| old.key == one.key);
            for who in 1..8 {
                let mut new = approvals(&said, who, false);
                new.retain(|one| !rejected(one));
                prop_assert!(!allowed(&policy, with(&said, new), risky));
            }
        }
    }

    #[test]
    fn a_comment_changes_nothing(words in prop::collection::vec(word(), 0..7), new in word(), risky: bool) {
        let policy = parse(EXAMPLE).unwrap();
        let said = casts(&words);
        let mut comment = super::properties::cast_of(&new, 50);
        comment.kind = VerdictKind::Comment;
        let more = with(&said, vec![comment]);
        prop_assert_eq!(decide(&policy, said, risky), decide(&policy, more, risky));
    }

    #[test]
    fn to_replace_what_replaced_is_to_replace_both(words in prop::collection::vec(word(), 0..5), first in word(), middle: bool, risky: bool) {
        let policy = parse(EXAMPLE).unwrap();
        let said = casts(&words);
        let mut old = super::properties::cast_of(&first, 50);
        (old.head, old.content, old.doubt) = (at(HEAD), sha(CONTENT), None);
        "refs/heads/main".clone_into(&mut old.target);
        let kind = if middle { VerdictKind::Withdraw } else { VerdictKind::Approve };
        let again = |kind, number, named: &[u8]| {
            let mut new = cast("alice", kind, number);
            (new.key, new.principal) = (old.key.clone(), old.principal.clone());
            new.supersedes = named.iter().map(|n| sha(*n)).collect();
            new
        };
        let chain = |named: &[u8]| with(&said, vec![
            old.clone(), again(kind, 51, &[50]), again(VerdictKind::Approve, 52, named),
        ]);
        prop_assert_eq!(decide(&policy, chain(&[51]), risky), decide(&policy, chain(&[50, 51]), risky));
    }

    #[test]
    fn what_a_policy_ignores_is_as_if_it_were_not_there(words in prop::collection::vec(word(), 1..7), which in 0..7_usize, risky: bool) {
        let policy = parse(EXAMPLE).unwrap();
        let mut said = casts(&words);
        let which = which % said.len();
        let mut ignoring: Policy = policy.clone();
        ignoring.log.ignore = vec![said[which].digest];
        let all = decide(&ignoring, said.clone(), risky);
        said.remove(which);
        prop_assert_eq!(all, decide(&policy, said, risky));
    }

    #[test]
    fn two_histories_are_one_set_whichever_comes_first(words in prop::collection::vec(word(), 0..8), cut in 0..8_usize, lap in 0..3_usize, risky: bool) {
        let policy = parse(EXAMPLE).unwrap();
        let all = casts(&words);
        let cut = cut.min(all.len());
        let (one, two) = (&all[..cut], &all[cut.saturating_sub(lap)..]);
        let whole = decide(&policy, all.clone(), risky);
        prop_assert_eq!(whole, decide(&policy, [one, two].concat(), risky));
        prop_assert_eq!(whole, decide(&policy, [two, one].concat(), risky));
        prop_assert_eq!(whole, decide(&policy, [one, two, one, two].concat(), risky));
    }

    #[test]
    fn with_none_to_spare_each_counted_approval_is_needed(words in prop::collection::vec(word(), 0..7), who in 1..8_u8) {
        let policy = parse(EXAMPLE).unwrap();
        let mut said = casts(&words);
        said.extend(approvals(&said, who, true));
        let judge = |said: &[Cast]| {
            let mut scene = Scene::new(policy.clone());
            scene.casts = said.to_vec();
            scene.judge()
        };
        if judge(&said).decision() == Decision::Allow {
            let mut at = 0;
            while at < said.len() {
                let mut fewer = said.clone();
                fewer.remove(at);
                if said[at].kind == VerdictKind::Approve && judge(&fewer).decision() == Decision::Allow {
                    said = fewer;
                } else {
                    at += 1;
                }
            }
            let counted = judge(&said).counted;
            prop_assert!(!counted.is_empty());
            for one in counted {
                let without: Vec<Cast> = said.iter().filter(|old| old.digest != one.digest).cloned().collect();
                prop_assert!(judge(&without).decision() != Decision::Allow);
            }
        }
    }
}
