//! The notes as a set that only grows: whoever writes at the same time, whatever is pushed.

mod together;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use countersign::change::{Identity, Oid, RepoPath};
use countersign::git::{GitError, NewCommit, NotesHistory, Store};
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
        .map(|line| {
            let text = String::from_utf8_lossy(&line.bytes);
            text.trim_end_matches('\n').to_owned()
        })
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
    hermetic(|sandbox| {
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
    });
}

#[test]
fn a_line_that_was_ever_there_stays_and_its_removal_is_reported() {
    hermetic(|sandbox| {
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
    });
}

#[test]
fn any_fan_out_is_read_and_what_is_no_note_is_reported() {
    hermetic(|sandbox| {
        let (dir, store) = init(sandbox);
        let a = target(&store, 1);
        let hex = a.to_string();
        let blob = |text: &str| store.write_blob(text.as_bytes()).unwrap();
        let below = |digits: usize, text: &str| {
            let value = Some((0o100_644, blob(text)));
            let edit = (RepoPath::from(&hex[digits..]), value);
            store.write_tree_with(None, &[edit]).unwrap()
        };
        let (fanned, odd) = (below(2, "fanned\n"), below(5, "odd\n"));
        let link = blob("/etc/passwd");
        let upper = hex.to_uppercase();
        let mut entries = vec![
            ("100644", hex.as_str(), blob("flat\nshared\n")),
            ("40000", &hex[..2], fanned),
            ("40000", &hex[..5], odd),
            ("100755", hex.as_str(), blob("twin\nshared\n")),
            ("120000", "1111111111111111111111111111111111111111", link),
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
        let ignored: BTreeSet<String> = read.ignored.iter().map(|i| i.path.to_string()).collect();
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
        let places = shown.lines().filter(|path| path.replace('/', "") == hex);
        assert_eq!(places.count(), 1, "{shown}");
    });
}

#[test]
fn bytes_are_bytes_whatever_they_are() {
    hermetic(|sandbox| {
        let (dir, store) = init(sandbox);
        let a = target(&store, 1);
        let blob = store
            .write_blob(b"before\nwith\0nul\n\n\nafter\xff\nno end")
            .unwrap();
        commit_tree(sandbox, &dir, &[("100644", &a.to_string(), blob)]);
        append(&store, a, "added");
        let read = history(&store);
        let lines: Vec<&[u8]> = read.lines.iter().map(|l| l.bytes.as_slice()).collect();
        let expected: [&[u8]; 6] = [
            b"before\n",
            b"with\0nul\n",
            b"after\xff\n",
            b"no end",
            b"no end\n",
            b"added\n",
        ];
        assert_eq!(lines, expected);
        assert!(read.removed.is_empty(), "{:?}", read.removed);
    });
}

#[test]
fn a_notes_ref_that_is_no_commit_is_an_error_and_never_a_crash() {
    hermetic(|sandbox| {
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
    });
}

#[test]
fn over_long_lines_are_left_out_and_over_large_notes_are_an_error() {
    hermetic(|sandbox| {
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
    });
}

#[test]
fn many_notes_are_spread_over_directories_and_none_is_lost() {
    hermetic(|sandbox| {
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
    });
}

#[test]
fn a_lock_left_behind_is_an_error_that_names_it() {
    hermetic(|sandbox| {
        let (dir, store) = init(sandbox);
        let a = target(&store, 1);
        let lock = dir.join(".git/refs/notes/countersign.lock");
        std::fs::create_dir_all(lock.parent().unwrap()).unwrap();
        std::fs::write(&lock, "").unwrap();
        let error = store
            .notes_append(NOTES, &[(a, b"x".to_vec())], &who("a"))
            .unwrap_err();
        assert!(matches!(error, GitError::RefLocked { .. }), "{error}");
        assert!(error.hint().contains("countersign.lock"));
        assert!(lock.exists());
    });
}
