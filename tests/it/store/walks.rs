//! Walks over history, against git's own answers, on histories whose dates lie.

use std::collections::BTreeSet;

use countersign::change::Oid;
use countersign::git::{EMPTY_TREE, GitError, NewCommit, Store};

use super::{commit, init, who};
use crate::common::hermetic;

/// A random history with dates that lie, the same for each seed.
fn random_history(store: &Store, seed: u64) -> Vec<Oid> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut all: Vec<Oid> = Vec::new();
    for _ in 0..60 {
        let mut parents = BTreeSet::new();
        let wanted = [0, 1, 1, 1, 1, 2, 2, 3][random.usize(..8)];
        for _ in 0..wanted.min(all.len()) {
            let near = all.len().saturating_sub(12);
            parents.insert(all[random.usize(near..all.len())]);
        }
        let parents: Vec<Oid> = parents.into_iter().collect();
        all.push(commit(store, &parents, random.i64(0..2_000)));
    }
    all
}

#[test]
fn walks_agree_with_git_on_histories_whose_dates_lie() {
    hermetic(|sandbox| {
        let dir = init(sandbox, &[]);
        let store = Store::discover(&dir).unwrap();
        let set = |text: &str| -> BTreeSet<String> { text.lines().map(str::to_owned).collect() };
        for seed in 0..4 {
            let all = random_history(&store, seed);
            let mut random = fastrand::Rng::with_seed(seed + 1_000);
            for _ in 0..8 {
                let a = all[random.usize(..all.len())];
                let b = all[random.usize(..all.len())];
                let (x, y) = (a.to_string(), b.to_string());
                let bases = sandbox
                    .try_git(&dir, &["merge-base", "--all", &x, &y])
                    .stdout;
                let base = store.merge_base(a, b).unwrap();
                match base {
                    None => assert_eq!(bases, ""),
                    Some(base) => assert!(set(&bases).contains(&base.to_string())),
                }
                let is = sandbox.try_git(&dir, &["merge-base", "--is-ancestor", &x, &y]);
                assert_eq!(store.is_ancestor(a, b).unwrap(), is.code == Some(0));

                // All of `b`'s history without all of `a`'s, computed without dates.
                let below = |oid: &str| set(&sandbox.git(&dir, &["rev-list", oid]));
                let expected: BTreeSet<String> =
                    below(&y).difference(&below(&x)).cloned().collect();
                let ours = store.commits_between(&[a], b).unwrap();
                let found: BTreeSet<String> = ours.iter().map(Oid::to_string).collect();
                assert!(found.is_superset(&expected), "seed {seed}");
                for (index, oid) in ours.iter().enumerate() {
                    let parents = store.commit(*oid).unwrap().parents;
                    assert!(ours[index..].iter().all(|later| !parents.contains(later)));
                }
            }
        }
    });
}

#[test]
fn of_several_merge_bases_the_newest_then_the_smallest_is_taken() {
    hermetic(|sandbox| {
        let dir = init(sandbox, &[]);
        let store = Store::discover(&dir).unwrap();
        let root = commit(&store, &[], 1);
        for (one, two) in [(20, 10), (10, 20), (15, 15)] {
            let a = commit(&store, &[root], one);
            let mut other = NewCommit {
                tree: EMPTY_TREE,
                parents: vec![root],
                author: who(two),
                committer: who(two),
                message: "other".to_owned(),
            };
            other.message.push_str(&one.to_string());
            let b = store.write_commit(&other).unwrap();
            let left = commit(&store, &[a, b], 30);
            let right = commit(&store, &[b, a], 31);
            let expected = match one.cmp(&two) {
                std::cmp::Ordering::Greater => a,
                std::cmp::Ordering::Less => b,
                std::cmp::Ordering::Equal => a.min(b),
            };
            assert_eq!(store.merge_base(left, right).unwrap(), Some(expected));
            assert_eq!(store.merge_base(right, left).unwrap(), Some(expected));
            assert_eq!(store.count_no_merges(root, left).unwrap(), 2);
            let chain = store.first_parent_chain(right, Some(root)).unwrap();
            assert_eq!(chain, [right, b, root]);
        }
    });
}

#[test]
fn a_shallow_clone_is_an_error_only_where_its_edge_matters() {
    hermetic(|sandbox| {
        let dir = init(sandbox, &[]);
        for n in 0..5 {
            sandbox.git(
                &dir,
                &["commit", "-q", "--allow-empty", "-m", &n.to_string()],
            );
        }
        let url = format!("file://{}", dir.display());
        let top = sandbox.path("");
        sandbox.git(&top, &["clone", "-q", "--depth=3", &url, "shallow"]);
        let store = Store::discover(&top.join("shallow")).unwrap();
        assert!(store.is_shallow());
        let head = store.resolve_commit("HEAD").unwrap();
        let edge = store.resolve_commit("HEAD~2").unwrap();
        assert_eq!(store.commits_between(&[edge], head).unwrap().len(), 2);
        let whole = store.first_parent_chain(head, None).unwrap_err();
        assert!(matches!(whole, GitError::HistoryShallow { at } if at == edge));
        assert_eq!(whole.hint(), "git fetch --unshallow");
    });
}

/// More commits than one walk answers for, some in the tip's history, some unrelated to it.
#[test]
fn bases_that_were_foreseen_are_those_found_one_by_one() {
    hermetic(|sandbox| {
        let dir = init(sandbox, &[]);
        for seed in 0..6 {
            let (ahead, alone) = (
                Store::discover(&dir).unwrap(),
                Store::discover(&dir).unwrap(),
            );
            let mut heads = random_history(&ahead, seed);
            heads.extend(random_history(&ahead, seed + 100));
            let tip = heads[59 - usize::try_from(seed).unwrap()];
            ahead.foresee_bases(tip, &heads);
            for head in heads {
                let expected = alone.merge_base(head, tip).unwrap();
                assert_eq!(ahead.merge_base(head, tip).unwrap(), expected, "{seed}");
                assert_eq!(ahead.merge_base(tip, head).unwrap(), expected, "{seed}");
                let below = |store: &Store| {
                    let is = |a, b| store.is_ancestor(a, b).unwrap();
                    (is(head, tip), is(tip, head))
                };
                assert_eq!(below(&ahead), below(&alone), "{seed}");
            }
        }
    });
}
