//! Remotes by real git over real paths: fetching apart, pushing without force, and what happens
//! when others push, rewind, delete or refuse.

mod transport;

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use countersign::change::{Identity, Oid, RepoPath};
use countersign::git::{
    EMPTY_TREE, FetchReport, GitError, LeasedUpdate, NewCommit, Store, TrackedNames,
};
use jiff::Timestamp;

use crate::common::{Sandbox, hermetic};

const NOTES: &str = "refs/notes/countersign";

fn now() -> Timestamp {
    Timestamp::from_second(1_767_603_600).unwrap()
}

fn who(name: &str) -> Identity {
    Identity {
        name: name.to_owned(),
        email: format!("{name}@x"),
        when: now(),
    }
}

/// A bare remote, and clones of it.
struct Hub<'s> {
    sandbox: &'s Sandbox,
    remote: PathBuf,
}

impl<'s> Hub<'s> {
    fn new(sandbox: &'s Sandbox) -> Self {
        let remote = sandbox.path("remote.git");
        sandbox.git(&sandbox.path(""), &["init", "-q", "--bare", "remote.git"]);
        let hub = Self { sandbox, remote };
        let first = hub.clone("first");
        let dir = sandbox.path("first");
        sandbox.git(&dir, &["commit", "-q", "--allow-empty", "-m", "start"]);
        sandbox.git(&dir, &["push", "-q", "origin", "HEAD:refs/heads/main"]);
        drop(first);
        hub
    }

    fn clone(&self, name: &str) -> Store {
        let top = self.sandbox.path("");
        self.sandbox.git(&top, &["clone", "-q", "remote.git", name]);
        let dir = self.sandbox.path(name);
        self.sandbox.git(&dir, &["config", "user.name", name]);
        self.sandbox.git(&dir, &["config", "user.email", "x@x"]);
        Store::discover(&dir).unwrap()
    }

    fn git(&self, args: &[&str]) -> String {
        self.sandbox.git(&self.remote, args)
    }

    fn store(&self) -> Store {
        Store::discover(&self.remote).unwrap()
    }

    /// A server hook.
    fn hook(&self, name: &str, script: &str) {
        let path = self.remote.join("hooks").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

fn fetch(store: &Store) -> FetchReport {
    let names = TrackedNames::default();
    store
        .fetch_queue("origin", &names, &["refs/heads/main"], &who("f"), now())
        .unwrap()
}

fn push(store: &Store, name: &str) -> countersign::git::PushReport {
    store
        .push_notes("origin", &TrackedNames::default(), &who(name))
        .unwrap()
}

fn append(store: &Store, line: &str) -> Oid {
    let on = store.resolve_commit("refs/remotes/origin/main").unwrap();
    store
        .notes_append(NOTES, &[(on, line.as_bytes().to_vec())], &who("a"))
        .unwrap()
        .tip
        .unwrap()
}

fn lines(store: &Store, refs: &[&str]) -> usize {
    store.notes_history(refs).unwrap().lines.len()
}

#[test]
fn a_remote_with_nothing_of_ours_is_a_success() {
    hermetic(|sandbox| {
        let hub = Hub::new(sandbox);
        let store = hub.clone("a");
        assert_eq!(store.fetch_record("origin").unwrap(), None);
        let report = fetch(&store);
        assert_eq!((report.notes, report.rewound), (None, false));
        assert!(report.failed.is_empty() && report.notes_error.is_none());
        let record = store.fetch_record("origin").unwrap().unwrap();
        assert!(record.absent);
        assert_eq!(record.at, now());
        let file = store.common_dir().join("countersign/fetched/origin.json");
        let text = std::fs::read_to_string(file).unwrap();
        let url = hub.remote.display();
        let expected =
            format!("{{\"at\":\"2026-01-05T09:00:00Z\",\"url\":\"{url}\",\"absent\":true}}\n");
        assert_eq!(text, expected);
        assert_eq!(push(&store, "a").tries, 0);
    });
}

#[test]
fn what_a_remote_has_is_tracked_apart_and_pruned_there_alone() {
    hermetic(|sandbox| {
        let hub = Hub::new(sandbox);
        let (a, b) = (hub.clone("a"), hub.clone("b"));
        let head = a.resolve_commit("refs/remotes/origin/main").unwrap();
        let spec = format!("{head}:refs/countersign/queue/fix-lb/1");
        let results = a.push("origin", &[&spec], false).unwrap();
        assert!(results[0].ok, "{results:?}");
        assert_eq!(results[0].refname, "refs/countersign/queue/fix-lb/1");
        let own = "refs/countersign/queue/unpushed/1";
        b.update_ref(own, head, None, "x").unwrap();
        append(&a, "verdict");
        assert_eq!(push(&a, "a").tries, 1);

        let report = fetch(&b);
        let tracked = "refs/countersign-remote/origin/countersign/queue/fix-lb/1";
        assert_eq!(b.ref_oid(tracked).unwrap(), Some(head));
        assert_eq!(report.notes, a.ref_oid(NOTES).unwrap());
        assert_eq!(report.record.notes_tip, report.notes);
        assert_eq!(b.ref_oid(NOTES).unwrap(), None);
        hub.git(&["update-ref", "-d", "refs/countersign/queue/fix-lb/1"]);
        fetch(&b);
        assert_eq!(b.ref_oid(tracked).unwrap(), None);
        assert_eq!(b.ref_oid(own).unwrap(), Some(head));
        let configured = b.config_strings("remote.origin.fetch").unwrap();
        assert_eq!(configured, ["+refs/heads/*:refs/remotes/origin/*"]);
        sandbox.git(&sandbox.path("b"), &["pull", "-q"]);
    });
}

#[test]
fn targets_go_where_git_tracks_them_and_missing_ones_are_reported() {
    hermetic(|sandbox| {
        let hub = Hub::new(sandbox);
        let store = hub.clone("a");
        let tip = store.resolve_commit("refs/remotes/origin/main").unwrap();
        hub.git(&["update-ref", "refs/heads/release/1", &tip.to_string()]);
        let targets = ["refs/heads/main", "refs/heads/release/*", "refs/heads/gone"];
        let report = store
            .fetch_queue(
                "origin",
                &TrackedNames::default(),
                &targets,
                &who("f"),
                now(),
            )
            .unwrap();
        assert_eq!(report.missing_targets, ["refs/heads/gone"]);
        let tracked = store.ref_oid("refs/remotes/origin/release/1").unwrap();
        assert_eq!(tracked, Some(tip));
    });
}

#[test]
fn eight_clones_push_through_one_remote_and_every_line_arrives() {
    hermetic(|sandbox| {
        let hub = Hub::new(sandbox);
        let dirs: Vec<PathBuf> = (0..8)
            .map(|n| {
                hub.clone(&format!("c{n}"));
                sandbox.path(format!("c{n}"))
            })
            .collect();
        std::thread::scope(|scope| {
            for (n, dir) in dirs.iter().enumerate() {
                scope.spawn(move || {
                    let store = Store::discover(dir).unwrap();
                    for round in 0..2 {
                        append(&store, &format!("verdict {n} {round}"));
                        push(&store, &format!("c{n}"));
                    }
                });
            }
        });
        let remote = hub.store();
        assert_eq!(lines(&remote, &[NOTES]), 16);
        let tip = remote.ref_oid(NOTES).unwrap().unwrap();
        assert_eq!(remote.notes_at(tip).unwrap().lines.len(), 16);
    });
}

#[test]
fn a_rewind_is_seen_and_the_next_push_restores_what_was_cut_off() {
    hermetic(|sandbox| {
        let hub = Hub::new(sandbox);
        let (a, b) = (hub.clone("a"), hub.clone("b"));
        let first = append(&a, "one");
        push(&a, "a");
        append(&a, "a rejection");
        push(&a, "a");
        assert!(!fetch(&b).rewound);

        hub.git(&["update-ref", NOTES, &first.to_string()]);
        let report = fetch(&b);
        assert!(report.rewound);
        assert_eq!(report.record.notes_tip, Some(first));
        let tracked = "refs/countersign-remote/origin/notes";
        assert_eq!(lines(&b, &[tracked]), 2);

        // Cut off and gone on elsewhere: both sides are kept.
        let c = hub.clone("c");
        append(&c, "after the cut");
        push(&c, "c");
        let report = fetch(&b);
        assert!(report.rewound);
        assert_eq!(lines(&b, &[tracked]), 3);
        push(&b, "b");
        assert_eq!(lines(&hub.store(), &[NOTES]), 3);
        assert!(!fetch(&b).rewound);

        hub.git(&["update-ref", "-d", NOTES]);
        let report = fetch(&b);
        assert!(report.rewound && report.record.absent);
        assert_eq!(lines(&b, &[tracked]), 3);
        push(&b, "b");
        assert_eq!(lines(&hub.store(), &[NOTES]), 3);
    });
}

#[test]
fn notes_that_are_no_commit_stop_nothing_but_themselves() {
    hermetic(|sandbox| {
        let hub = Hub::new(sandbox);
        let store = hub.clone("a");
        append(&store, "one");
        push(&store, "a");
        let tip = store.resolve_commit("refs/remotes/origin/main").unwrap();
        let tree = format!("{tip}^{{tree}}");
        hub.git(&["update-ref", NOTES, &hub.git(&["rev-parse", &tree])]);
        hub.git(&[
            "update-ref",
            "refs/countersign/queue/ab/1",
            &tip.to_string(),
        ]);
        let report = fetch(&store);
        assert!(matches!(
            report.notes_error,
            Some(GitError::NotesNotACommit { .. })
        ));
        assert!(report.notes.is_some());
        let record = store.fetch_record("origin").unwrap();
        assert_eq!(record, None, "no record without the notes");
        let queued = store
            .refs("refs/countersign-remote/origin/countersign/queue/")
            .unwrap();
        assert_eq!(queued.len(), 1);
    });
}

#[test]
fn a_refusal_comes_with_the_remotes_words_and_nothing_is_lost() {
    hermetic(|sandbox| {
        let hub = Hub::new(sandbox);
        let store = hub.clone("a");
        hub.hook("pre-receive", "printf 'not \\033[31mtoday\\n' >&2; exit 1");
        append(&store, "one");
        let error = store
            .push_notes("origin", &TrackedNames::default(), &who("a"))
            .unwrap_err();
        let GitError::Refused { words, .. } = &error else {
            panic!("{error}");
        };
        assert!(words.contains("not \\u{1b}[31mtoday"), "{words}");
        assert!(error.is_network());
        assert_eq!(lines(&store, &[NOTES]), 1);
        hub.hook("pre-receive", "exit 0");
        assert_eq!(push(&store, "a").tries, 1);
    });
}

#[test]
fn a_push_that_is_refused_once_is_tried_again() {
    hermetic(|sandbox| {
        let hub = Hub::new(sandbox);
        let store = hub.clone("a");
        let flag = hub.remote.join("refused-once");
        hub.hook(
            "update",
            &format!(
                "test -e '{0}' && exit 0; touch '{0}'; exit 1",
                flag.display()
            ),
        );
        append(&store, "one");
        assert_eq!(push(&store, "a").tries, 2);
        assert_eq!(lines(&hub.store(), &[NOTES]), 1);
    });
}

#[test]
fn one_ref_that_cannot_be_written_does_not_stop_the_others() {
    hermetic(|sandbox| {
        let hub = Hub::new(sandbox);
        let store = hub.clone("a");
        let tip = store.resolve_commit("refs/remotes/origin/main").unwrap();
        for id in ["aa", "bb", "cc"] {
            let name = format!("refs/countersign/queue/{id}/1");
            hub.git(&["update-ref", &name, &tip.to_string()]);
        }
        for (key, value) in [
            ("color.ui", "always"),
            ("color.push", "always"),
            ("color.transport", "always"),
            ("fetch.output", "compact"),
        ] {
            sandbox.git(&sandbox.path("a"), &["config", key, value]);
        }
        let tracked = "refs/countersign-remote/origin/countersign/queue";
        let lock = store.common_dir().join(tracked).join("bb/1.lock");
        std::fs::create_dir_all(lock.parent().unwrap()).unwrap();
        std::fs::write(&lock, "").unwrap();
        let report = fetch(&store);
        assert_eq!(report.failed.len(), 1, "{:?}", report.failed);
        assert_eq!(report.failed[0].name, format!("{tracked}/bb/1"));
        assert_eq!(store.refs(tracked).unwrap().len(), 2);
    });
}

#[test]
fn one_ref_that_the_remote_cannot_deliver_does_not_stop_the_others() {
    hermetic(|sandbox| {
        let hub = Hub::new(sandbox);
        let store = hub.clone("a");
        append(&store, "one");
        push(&store, "a");
        let remote = hub.store();
        let blob = remote.write_blob(b"soon lost").unwrap();
        let edit = [(RepoPath::from("f"), Some((0o100_644, blob)))];
        let damaged = NewCommit {
            tree: remote.write_tree_with(None, &edit).unwrap(),
            parents: vec![],
            author: who("a"),
            committer: who("a"),
            message: "damaged".to_owned(),
        };
        let damaged = remote.write_commit(&damaged).unwrap();
        let tip = store.resolve_commit("refs/remotes/origin/main").unwrap();
        for (id, oid) in [("aa", tip), ("bb", damaged), ("cc", tip)] {
            let name = format!("refs/countersign/queue/{id}/1");
            remote.update_ref(&name, oid, None, "x").unwrap();
        }
        let hex = blob.to_string();
        let file = hub.remote.join("objects").join(&hex[..2]).join(&hex[2..]);
        std::fs::remove_file(file).unwrap();

        let reader = hub.clone("b");
        let report = fetch(&reader);
        let tracked = "refs/countersign-remote/origin/countersign/queue";
        assert_eq!(report.failed.len(), 1, "{:?}", report.failed);
        assert_eq!(report.failed[0].name, format!("{tracked}/bb/1"));
        assert_eq!(reader.refs(tracked).unwrap().len(), 2);
        assert!(report.notes.is_some());
    });
}

#[test]
fn a_cache_of_its_own_has_queue_notes_and_target() {
    hermetic(|sandbox| {
        let hub = Hub::new(sandbox);
        let writer = hub.clone("a");
        append(&writer, "one");
        push(&writer, "a");
        let tip = writer.resolve_commit("refs/remotes/origin/main").unwrap();
        hub.git(&[
            "update-ref",
            "refs/countersign/queue/ab/1",
            &tip.to_string(),
        ]);
        let url = format!("file://{}", hub.remote.display());
        let dir = sandbox.path("cache/of-hub");
        for _ in 0..2 {
            let cache = Store::open_cache(&dir, &url).unwrap();
            assert!(cache.is_bare());
            let report = fetch(&cache);
            assert_eq!(report.record.url, url);
            assert_eq!(cache.resolve_commit("origin/main").unwrap(), tip);
            assert_eq!(lines(&cache, &["refs/countersign-remote/origin/notes"]), 1);
            let queue = "refs/countersign-remote/origin/countersign/queue/";
            assert_eq!(cache.refs(queue).unwrap().len(), 1);
        }
    });
}

#[test]
fn a_lease_holds_only_for_what_was_seen() {
    hermetic(|sandbox| {
        let hub = Hub::new(sandbox);
        let store = hub.clone("a");
        let claim = |text: &str| store.write_blob(text.as_bytes()).unwrap();
        let (first, second) = (claim("first"), claim("second"));
        let name = "refs/countersign/claims/ab";
        let push = |expected, new| {
            let update = LeasedUpdate {
                name,
                expected,
                new,
            };
            store.push_leased("origin", &[update], false).unwrap()[0].ok
        };
        assert!(push(None, Some(first)));
        assert!(!push(None, Some(second)), "it is there already");
        assert!(!push(Some(second), Some(second)));
        assert!(push(Some(first), Some(second)));
        assert!(!push(Some(first), None));
        assert!(push(Some(second), None));
        let new = [(first, name), (second, "refs/countersign/claims/cd")];
        let both = new.map(|(oid, name)| LeasedUpdate {
            name,
            expected: None,
            new: Some(oid),
        });
        assert!(store.push_new("origin", &new[1..]).unwrap()[0].ok);
        let changed = [(second, name), (first, "refs/countersign/claims/cd")];
        let some = store.push_new("origin", &changed).unwrap();
        assert_eq!(some.iter().filter(|r| r.ok).count(), 1, "{some:?}");
        let none = store.push_leased("origin", &both, true).unwrap();
        assert!(none.iter().any(|r| !r.ok), "{none:?}");
        let there = store.ls_remote("origin", &[name]).unwrap();
        assert_eq!(there[0].oid, second, "all or none");
    });
}

#[test]
fn all_or_nothing_is_all_or_nothing() {
    hermetic(|sandbox| {
        let hub = Hub::new(sandbox);
        let store = hub.clone("a");
        let tip = store.resolve_commit("refs/remotes/origin/main").unwrap();
        hub.hook("update", "case $1 in */findings/*) exit 1;; esac");
        let queue = format!("{tip}:refs/countersign/queue/ab/1");
        let findings = format!("{tip}:refs/countersign/findings/ab/1/tool");
        let results = store.push("origin", &[&queue, &findings], true).unwrap();
        assert!(results.iter().all(|r| !r.ok), "{results:?}");
        assert!(
            store
                .ls_remote("origin", &["refs/countersign/*"])
                .unwrap()
                .is_empty()
        );
        let results = store.push("origin", &[&queue, &findings], false).unwrap();
        assert_eq!(results.iter().filter(|r| r.ok).count(), 1, "{results:?}");
        assert_eq!(
            store
                .ls_remote("origin", &["refs/countersign/*"])
                .unwrap()
                .len(),
            1
        );
        // A new revision is a new number: what is there cannot be overwritten.
        let other = NewCommit {
            tree: EMPTY_TREE,
            parents: vec![],
            author: who("a"),
            committer: who("a"),
            message: "other".to_owned(),
        };
        store.write_tree_with(None, &[]).unwrap();
        let other = store.write_commit(&other).unwrap();
        let again = format!("{other}:refs/countersign/queue/ab/1");
        assert!(!store.push("origin", &[&again], false).unwrap()[0].ok);
    });
}
