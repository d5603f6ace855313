//! The notes as a set that only grows: whoever writes at the same time, whatever is pushed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use countersign::change::{Identity, Oid};
use countersign::git::{GitError, NewCommit, NotesHistory, Store, UnionOutcome};
use jiff::Timestamp;

use crate::common::{Sandbox, hermetic, run};

const NOTES: &str = "refs/notes/countersign";

fn who(name: &str) -> Identity {
    Identity {
        name: name.to_owned(),
        email: format!("{name}@x"),
        when: Timestamp::from_second(1_767_603_600).unwrap(),
    }
}

fn init(sandbox: &Sandbox) -> (PathBuf, Store) {
    let dir = sandbox.path("repo");
    sandbox.git(&sandbox.path(""), &["init", "-q", "repo"]);
    sandbox.git(&dir, &["config", "user.name", "A"]);
    sandbox.git(&dir, &["config", "user.email", "a@x"]);
    let store = Store::discover(&dir).unwrap();
    (dir, store)
}

/// A commit to put notes on.
fn target(store: &Store, n: usize) -> Oid {
    let commit = NewCommit {
        tree: store.write_tree_with(None, &[]).unwrap(),
        parents: Vec::new(),
        author: who("a"),
        committer: who("a"),
        message: format!("target {n}"),
    };
    store.write_commit(&commit).unwrap()
}

fn append(store: &Store, on: Oid, line: &str) -> Oid {
    let outcome = store
        .notes_append(NOTES, &[(on, line.as_bytes().to_vec())], &who("a"))
        .unwrap();
    outcome.tip.unwrap()
}

fn history(store: &Store) -> NotesHistory {
    store.notes_history(&[NOTES]).unwrap()
}

fn texts(history: &NotesHistory) -> BTreeSet<String> {
    history
        .lines
        .iter()
        .map(|line| String::from_utf8_lossy(&line.bytes).into_owned())
        .collect()
}

/// A notes tree with these raw entries, committed on the tip of the notes ref by plumbing.
fn commit_tree(sandbox: &Sandbox, dir: &Path, entries: &[(&str, &str, Oid)]) -> Oid {
    let bytes: Vec<u8> = entries
        .iter()
        .flat_map(|(mode, name, oid)| {
            [format!("{mode} {name}\0").as_bytes(), oid.as_bytes()].concat()
        })
        .collect();
    let mut command = sandbox.command("git", dir);
    command.args(["hash-object", "-w", "--literally", "-t", "tree", "--stdin"]);
    let tree = run(&mut command, &bytes).ok();
    push_tree(sandbox, dir, tree.trim_end())
}

fn push_tree(sandbox: &Sandbox, dir: &Path, tree: &str) -> Oid {
    let tip = sandbox.try_git(dir, &["rev-parse", "-q", "--verify", NOTES]);
    let mut args = vec!["commit-tree", "-m", "by hand", tree];
    if tip.code == Some(0) {
        args.extend(["-p", tip.stdout.trim_end()]);
    }
    let commit = sandbox.git(dir, &args);
    sandbox.git(dir, &["update-ref", NOTES, &commit]);
    commit.parse().unwrap()
}

#[test]
fn what_is_appended_is_read_and_git_shows_it_too() {
    hermetic(
        "notes::what_is_appended_is_read_and_git_shows_it_too",
        |sandbox| {
            let (dir, store) = init(sandbox);
            let (a, b) = (target(&store, 1), target(&store, 2));
            assert_eq!(history(&store), NotesHistory::default());
            append(&store, a, "one");
            let lines = [
                (a, b"two".to_vec()),
                (b, b"three\n".to_vec()),
                (a, b"one".to_vec()),
                (a, b"two".to_vec()),
            ];
            let outcome = store.notes_append(NOTES, &lines, &who("a")).unwrap();
            assert_eq!(outcome.added, 2);
            let again = store.notes_append(NOTES, &lines, &who("b")).unwrap();
            assert_eq!((again.added, again.tip), (0, outcome.tip));

            let read = history(&store);
            assert_eq!(
                texts(&read),
                ["one", "three", "two"].map(String::from).into()
            );
            assert_eq!(read.lines.len(), 3);
            assert_eq!(read.tips, [(NOTES.to_owned(), outcome.tip.unwrap())]);
            assert_eq!(read.commits.len(), 2);
            assert!((&read.ignored, &read.removed) == (&Vec::new(), &Vec::new()));
            for (oid, shown) in [(a, "one\ntwo"), (b, "three")] {
                let args = ["notes", "--ref", "countersign", "show", &oid.to_string()];
                assert_eq!(sandbox.git(&dir, &args), shown);
            }
            sandbox.git(&dir, &["fsck", "--strict"]);
        },
    );
}

#[test]
fn a_line_that_was_ever_there_stays_and_its_removal_is_reported() {
    hermetic(
        "notes::a_line_that_was_ever_there_stays_and_its_removal_is_reported",
        |sandbox| {
            let (dir, store) = init(sandbox);
            let (a, b) = (target(&store, 1), target(&store, 2));
            append(&store, a, "a rejection");
            append(&store, b, "kept");
            append(&store, b, "dropped");
            sandbox.git(
                &dir,
                &["notes", "--ref", "countersign", "remove", &a.to_string()],
            );
            sandbox.git(
                &dir,
                &[
                    "notes",
                    "--ref",
                    "countersign",
                    "add",
                    "-f",
                    "-m",
                    "kept",
                    &b.to_string(),
                ],
            );
            append(&store, b, "after");
            let read = history(&store);
            assert_eq!(
                texts(&read),
                ["a rejection", "after", "dropped", "kept"]
                    .map(String::from)
                    .into()
            );
            let removed: Vec<_> = read
                .removed
                .iter()
                .map(|r| (r.annotated, r.lines))
                .collect();
            assert_eq!(removed, [(a, 1), (b, 1)]);
            let rejection = read.lines.iter().find(|l| l.annotated == a).unwrap();
            assert!(read.contains(rejection.notes_commit));
        },
    );
}

#[test]
fn any_fan_out_is_read_and_what_is_no_note_is_reported() {
    hermetic(
        "notes::any_fan_out_is_read_and_what_is_no_note_is_reported",
        |sandbox| {
            let (dir, store) = init(sandbox);
            let a = target(&store, 1);
            let hex = a.to_string();
            let blob = |text: &str| store.write_blob(text.as_bytes()).unwrap();
            let mut command = sandbox.command("git", &dir);
            command.args(["mktree"]);
            let inner = format!("100644 blob {}\t{}\n", blob("fanned\n"), &hex[2..]);
            let fanned: Oid = run(&mut command, inner.as_bytes())
                .ok()
                .trim()
                .parse()
                .unwrap();
            let mut command = sandbox.command("git", &dir);
            command.args(["mktree"]);
            let inner = format!("100644 blob {}\t{}\n", blob("odd\n"), &hex[5..]);
            let odd: Oid = run(&mut command, inner.as_bytes())
                .ok()
                .trim()
                .parse()
                .unwrap();
            let upper = hex.to_uppercase();
            let mut entries = vec![
                ("100644", hex.as_str(), blob("flat\nshared\n")),
                ("40000", &hex[..2], fanned),
                ("40000", &hex[..5], odd),
                ("100755", hex.as_str(), blob("twin\nshared\n")),
                (
                    "120000",
                    "1111111111111111111111111111111111111111",
                    blob("/etc/passwd"),
                ),
                ("160000", "2222222222222222222222222222222222222222", a),
                ("100644", upper.as_str(), blob("upper\n")),
                ("100644", "README", blob("hello\n")),
                ("40000", "docs", fanned),
                ("100644", "3333333333333333333333333333333333333333", fanned),
                ("40000", "4444444444444444444444444444444444444444", fanned),
            ];
            entries.sort_by_key(|e| e.1.to_owned());
            commit_tree(sandbox, &dir, &entries);
            let read = history(&store);
            assert_eq!(
                texts(&read),
                ["fanned", "flat", "odd", "shared", "twin"]
                    .map(String::from)
                    .into()
            );
            assert_eq!(read.lines.len(), 5, "one line of one object is one line");
            let ignored: BTreeSet<String> =
                read.ignored.iter().map(|i| i.path.to_string()).collect();
            assert_eq!(ignored.len(), 7, "{:#?}", read.ignored);

            // The writer unites what it finds and leaves the rest alone.
            append(&store, a, "new");
            let read = history(&store);
            assert_eq!(read.lines.len(), 6);
            assert!(read.removed.is_empty(), "{:?}", read.removed);
            let at_tip = store.notes_at(read.tips[0].1).unwrap();
            assert_eq!(at_tip.lines.len(), 6);
            let shown = sandbox.git(&dir, &["ls-tree", "-r", "--name-only", NOTES]);
            assert!(shown.contains("README"), "{shown}");
        },
    );
}

#[test]
fn bytes_are_bytes_whatever_they_are() {
    hermetic("notes::bytes_are_bytes_whatever_they_are", |sandbox| {
        let (dir, store) = init(sandbox);
        let a = target(&store, 1);
        let blob = store
            .write_blob(b"before\nwith\0nul\n\n\nafter\xff\nno end")
            .unwrap();
        commit_tree(sandbox, &dir, &[("100644", &a.to_string(), blob)]);
        append(&store, a, "added");
        let read = history(&store);
        let lines: Vec<&[u8]> = read.lines.iter().map(|l| l.bytes.as_slice()).collect();
        let expected: [&[u8]; 5] = [b"before", b"with\0nul", b"after\xff", b"no end", b"added"];
        assert_eq!(lines, expected);
    });
}

#[test]
fn a_notes_ref_that_is_no_commit_is_an_error_and_never_a_crash() {
    hermetic(
        "notes::a_notes_ref_that_is_no_commit_is_an_error_and_never_a_crash",
        |sandbox| {
            let (dir, store) = init(sandbox);
            let a = target(&store, 1);
            let blob = store.write_blob(b"x\n").unwrap();
            let tree = store.write_tree_with(None, &[]).unwrap();
            let tag = countersign::git::NewTag {
                target: a,
                name: "t".to_owned(),
                tagger: who("a"),
                message: "t".to_owned(),
            };
            let tag = store.write_tag(&tag, None).unwrap();
            for (oid, expected) in [(blob, "blob"), (tree, "tree"), (tag, "tag")] {
                sandbox.git(&dir, &["update-ref", NOTES, &oid.to_string()]);
                for error in [
                    store.notes_history(&[NOTES]).unwrap_err(),
                    store
                        .notes_append(NOTES, &[(a, b"x".to_vec())], &who("a"))
                        .unwrap_err(),
                ] {
                    let GitError::NotesNotACommit { kind, .. } = error else {
                        panic!("{error}");
                    };
                    assert_eq!(kind, expected);
                }
            }
        },
    );
}

#[test]
fn over_long_lines_are_left_out_and_over_large_notes_are_an_error() {
    hermetic(
        "notes::over_long_lines_are_left_out_and_over_large_notes_are_an_error",
        |sandbox| {
            let (dir, store) = init(sandbox);
            let a = target(&store, 1);
            let hex = a.to_string();
            let long = [b"good\n".to_vec(), vec![b'x'; (256 << 10) + 1]].concat();
            let blob = store.write_blob(&long).unwrap();
            commit_tree(sandbox, &dir, &[("100644", &hex, blob)]);
            let read = history(&store);
            assert_eq!(texts(&read), ["good".to_owned()].into());
            assert!(
                read.ignored[0].why.contains("256 KiB"),
                "{:?}",
                read.ignored
            );

            let many = store.write_blob(&b"x\n".repeat(100_001)).unwrap();
            commit_tree(sandbox, &dir, &[("100644", &hex, many)]);
            let error = store.notes_history(&[NOTES]).unwrap_err();
            assert!(matches!(error, GitError::OverBudget { .. }), "{error}");
        },
    );
}

#[test]
fn many_notes_are_spread_over_directories_and_none_is_lost() {
    hermetic(
        "notes::many_notes_are_spread_over_directories_and_none_is_lost",
        |sandbox| {
            let (dir, store) = init(sandbox);
            let line = |n: usize| (target(&store, n), format!("line {n}").into_bytes());
            let few: Vec<_> = (0..250).map(line).collect();
            store.notes_append(NOTES, &few, &who("a")).unwrap();
            let flat = sandbox.git(&dir, &["ls-tree", "--name-only", NOTES]);
            assert!(flat.lines().all(|name| name.len() == 40));
            // The step over the threshold also adds to notes that move.
            let mut more: Vec<_> = (250..300).map(line).collect();
            more.push((few[0].0, b"second".to_vec()));
            store.notes_append(NOTES, &more, &who("a")).unwrap();
            let fanned = sandbox.git(&dir, &["ls-tree", "--name-only", NOTES]);
            assert!(fanned.lines().all(|name| name.len() == 2), "{fanned}");
            append(&store, target(&store, 300), "line 300");
            append(&store, few[1].0, "third");
            let read = history(&store);
            assert_eq!(read.lines.len(), 303);
            assert!(read.removed.is_empty(), "{:?}", read.removed);
            assert_eq!(store.notes_at(read.tips[0].1).unwrap().lines.len(), 303);
            let listed = sandbox.git(&dir, &["notes", "--ref", "countersign", "list"]);
            assert_eq!(listed.lines().count(), 301);
            let first = few[0].0.to_string();
            let shown = sandbox.git(&dir, &["notes", "--ref", "countersign", "show", &first]);
            assert_eq!(shown, "line 0\nsecond");
        },
    );
}

#[test]
fn sixteen_writers_at_once_all_keep_their_lines() {
    hermetic(
        "notes::sixteen_writers_at_once_all_keep_their_lines",
        |sandbox| {
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
        },
    );
}

#[test]
fn a_lock_left_behind_is_an_error_that_names_it() {
    hermetic(
        "notes::a_lock_left_behind_is_an_error_that_names_it",
        |sandbox| {
            let (dir, store) = init(sandbox);
            let a = target(&store, 1);
            let lock = dir.join(".git/refs/notes/countersign.lock");
            std::fs::create_dir_all(lock.parent().unwrap()).unwrap();
            std::fs::write(&lock, "").unwrap();
            let error = store
                .notes_append(NOTES, &[(a, b"x".to_vec())], &who("a"))
                .unwrap_err();
            assert!(matches!(error, GitError::RefLocked { .. }), "{error}");
            assert!(error.hint().unwrap().contains("countersign.lock"));
            assert!(lock.exists());
        },
    );
}

#[test]
fn histories_that_went_apart_are_joined_with_every_line() {
    hermetic(
        "notes::histories_that_went_apart_are_joined_with_every_line",
        |sandbox| {
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
        },
    );
}

#[test]
fn several_refs_are_read_as_one_set() {
    hermetic("notes::several_refs_are_read_as_one_set", |sandbox| {
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
    hermetic(
        "notes::a_merge_that_drops_one_sides_lines_is_found_out",
        |sandbox| {
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
        },
    );
}
