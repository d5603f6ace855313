//! Several writers, several refs, several histories of notes.

use countersign::change::Oid;
use countersign::git::{GitError, Store, UnionOutcome};

use super::{NOTES, append, history, init, target, texts, who};
use crate::common::hermetic;

#[test]
fn sixteen_writers_at_once_all_keep_their_lines() {
    hermetic(|sandbox| {
        let (dir, store) = init(sandbox);
        let shared = target(&store, 0);
        std::thread::scope(|scope| {
            for writer in 0..16 {
                let dir = &dir;
                scope.spawn(move || {
                    let store = Store::discover(dir).unwrap();
                    for n in 0..4 {
                        let own = target(&store, 1 + writer * 4 + n);
                        let line = format!("{writer}-{n}").into_bytes();
                        let lines = [(shared, line.clone()), (own, line)];
                        let outcome = store.notes_append(NOTES, &lines, &who("w")).unwrap();
                        assert_eq!(outcome.added, 2);
                    }
                });
            }
        });
        let read = history(&store);
        assert_eq!(read.lines.len(), 128);
        assert!(read.removed.is_empty());
        assert_eq!(store.notes_at(read.tips[0].1).unwrap().lines.len(), 128);
    });
}

#[test]
fn histories_that_went_apart_are_joined_with_every_line() {
    hermetic(|sandbox| {
        let (dir, store) = init(sandbox);
        let (a, b) = (target(&store, 1), target(&store, 2));
        let start = append(&store, a, "start");
        let ours = append(&store, a, "ours");
        store.update_ref(NOTES, start, Some(ours), "x").unwrap();
        append(&store, a, "theirs");
        let theirs = append(&store, b, "elsewhere");

        let joined = store.notes_union(NOTES, ours, &who("a")).unwrap();
        let UnionOutcome::Merged(merge) = joined else {
            panic!("{joined:?}");
        };
        assert_eq!(store.commit(merge).unwrap().parents, [theirs, ours]);
        assert_eq!(store.notes_at(merge).unwrap().lines.len(), 4);
        let read = history(&store);
        assert_eq!(read.lines.len(), 4);
        assert!(read.removed.is_empty(), "{:?}", read.removed);
        assert_eq!(
            store.notes_union(NOTES, ours, &who("a")).unwrap(),
            UnionOutcome::UpToDate(merge)
        );
        let other = "refs/countersign-remote/origin/notes";
        store.update_ref(other, ours, None, "x").unwrap();
        assert_eq!(
            store.notes_union(other, merge, &who("a")).unwrap(),
            UnionOutcome::FastForward(merge)
        );
        assert!(store.contains_commit(merge, ours).unwrap());
        assert!(!store.contains_commit(ours, theirs).unwrap());
        assert!(!store.contains_commit(ours, a).unwrap());
        let nowhere = Oid::from_bytes([7; 20]);
        assert!(!store.contains_commit(merge, nowhere).unwrap());
        let unrelated = target(&store, 9);
        store.notes_union(NOTES, unrelated, &who("a")).unwrap();
        assert_eq!(history(&store).lines.len(), 4);
        sandbox.git(&dir, &["fsck", "--strict"]);
    });
}

#[test]
fn several_refs_are_read_as_one_set() {
    hermetic(|sandbox| {
        let (_, store) = init(sandbox);
        let a = target(&store, 1);
        let tracked = "refs/countersign-remote/origin/notes";
        let line = |text: &str| [(a, text.as_bytes().to_vec())];
        store.notes_append(NOTES, &line("own"), &who("a")).unwrap();
        store.notes_append(NOTES, &line("both"), &who("a")).unwrap();
        store
            .notes_append(tracked, &line("both"), &who("b"))
            .unwrap();
        store
            .notes_append(tracked, &line("theirs"), &who("b"))
            .unwrap();
        let read = store
            .notes_history(&[NOTES, tracked, "refs/notes/absent"])
            .unwrap();
        assert_eq!(
            texts(&read),
            ["both", "own", "theirs"].map(String::from).into()
        );
        assert_eq!((read.lines.len(), read.tips.len()), (3, 2));
        let since = store
            .notes_since(&[read.tips[1].1], &[read.tips[0].1])
            .unwrap();
        assert_eq!(since.lines.len(), 3);
    });
}

#[test]
fn a_merge_that_drops_one_sides_lines_is_found_out() {
    hermetic(|sandbox| {
        let (dir, store) = init(sandbox);
        let a = target(&store, 1);
        let start = append(&store, a, "start");
        let rejection = append(&store, a, "a rejection");
        store
            .update_ref(NOTES, start, Some(rejection), "x")
            .unwrap();
        let approval = append(&store, a, "an approval");
        let tree = format!("{approval}^{{tree}}");
        let args = [
            "commit-tree",
            "-m",
            "ours",
            &tree,
            "-p",
            &approval.to_string(),
            "-p",
            &rejection.to_string(),
        ];
        let merge: Oid = sandbox.git(&dir, &args).parse().unwrap();
        store.update_ref(NOTES, merge, Some(approval), "x").unwrap();
        let read = history(&store);
        assert!(texts(&read).contains("a rejection"));
        assert_eq!(read.removed.len(), 1);
        assert_eq!(read.removed[0].notes_commit, merge);
    });
}

#[test]
fn a_lock_that_was_left_behind_is_explained_and_left_alone() {
    hermetic(|sandbox| {
        let (dir, store) = init(sandbox);
        append(&store, target(&store, 1), "one");
        let lock = dir.join(".git/refs/notes/countersign.lock");
        std::fs::write(&lock, "").unwrap();
        let lines = [(target(&store, 2), b"two".to_vec())];
        let error = store.notes_append(NOTES, &lines, &who("w")).unwrap_err();
        assert!(matches!(error, GitError::RefLocked { .. }), "{error}");
        assert!(error.to_string().contains("countersign.lock"));
        assert!(lock.exists());
    });
}

/// Longer than a lock may stand, each time another one.
#[test]
fn a_neighbour_that_locks_again_and_again_is_waited_for() {
    hermetic(|sandbox| {
        let (dir, store) = init(sandbox);
        append(&store, target(&store, 1), "one");
        let lock = dir.join(".git/refs/notes/countersign.lock");
        let busy = || {
            for n in 0..40 {
                // Put in place of the last one, so that there is no moment without.
                let next = dir.join(format!("lock-{n}"));
                std::fs::write(&next, "").unwrap();
                std::fs::rename(&next, &lock).unwrap();
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
            std::fs::remove_file(&lock).unwrap();
        };
        std::fs::write(&lock, "").unwrap();
        std::thread::scope(|scope| {
            scope.spawn(busy);
            let store = Store::discover(&dir).unwrap();
            let lines = [(target(&store, 2), b"two".to_vec())];
            let outcome = store.notes_append(NOTES, &lines, &who("w")).unwrap();
            assert_eq!(outcome.added, 1);
        });
    });
}
