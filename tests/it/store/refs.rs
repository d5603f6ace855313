//! Refs and revisions: listed, resolved and moved as git would.

use std::path::Path;

use countersign::change::Oid;
use countersign::git::{EMPTY_TREE, GitError, NewTag, Store};

use super::{commit, init, who};
use crate::common::{Sandbox, hermetic, run};

#[test]
fn worktrees_share_refs_and_have_their_own_head() {
    hermetic(|sandbox| {
        let dir = init(sandbox, &[]);
        sandbox.git(&dir, &["commit", "-q", "--allow-empty", "-m", "x"]);
        sandbox.git(&dir, &["worktree", "add", "-q", "-b", "side", "../linked"]);
        let store = Store::discover(&sandbox.path("linked")).unwrap();
        assert_eq!(
            store.head_branch().unwrap().as_deref(),
            Some("refs/heads/side")
        );
        assert!(store.common_dir().ends_with("repo/.git"));
        assert!(store.git_dir().ends_with("worktrees/linked"));
        assert_eq!(store.refs("refs/heads/").unwrap().len(), 2);
        let tip = store.resolve_commit("side").unwrap();
        store
            .update_ref("refs/countersign/queue/ab/1", tip, None, "x")
            .unwrap();
        let seen = sandbox.git(&dir, &["rev-parse", "refs/countersign/queue/ab/1"]);
        assert_eq!(seen, tip.to_string());
    });
}

/// Feeds commands to `git update-ref --stdin`.
fn update_refs(sandbox: &Sandbox, dir: &Path, commands: &str) {
    let mut command = sandbox.command("git", dir);
    run(command.args(["update-ref", "--stdin"]), commands.as_bytes()).ok();
}

#[test]
fn ten_thousand_packed_refs_read_as_git_lists_them() {
    hermetic(|sandbox| {
        let dir = init(sandbox, &[]);
        let store = Store::discover(&dir).unwrap();
        let tip = commit(&store, &[], 5);
        let other = commit(&store, &[tip], 6);
        // The file as `git pack-refs` writes it; ten thousand loose refs first would take a minute.
        let packed: String = (0..10_000)
            .map(|n| format!("{tip} refs/countersign/queue/c{n:05}/1\n"))
            .collect();
        let header = "# pack-refs with: peeled fully-peeled sorted \n";
        std::fs::write(dir.join(".git/packed-refs"), format!("{header}{packed}")).unwrap();
        // A loose ref wins over the packed one of its name.
        let change = format!(
            "update refs/countersign/queue/c00007/1 {other}\ndelete refs/countersign/queue/c00009/1\ncreate refs/countersign/queuex {tip}\n"
        );
        update_refs(sandbox, &dir, &change);
        let broken = dir.join(".git/refs/countersign/queue/zz");
        std::fs::create_dir_all(&broken).unwrap();
        std::fs::write(broken.join("1"), "garbage\n").unwrap();
        std::fs::write(broken.join("2"), "").unwrap();
        std::fs::write(broken.join("3.lock"), "").unwrap();

        let listing = store.ref_listing("refs/countersign/queue/").unwrap();
        let ours: Vec<String> = listing
            .refs
            .iter()
            .map(|r| format!("{} {}", r.oid, String::from_utf8_lossy(&r.name)))
            .collect();
        let mut command = sandbox.command("git", &dir);
        let format = "--format=%(objectname) %(refname)";
        let listed = run(
            command.args(["for-each-ref", format, "refs/countersign/queue/"]),
            b"",
        );
        let theirs: Vec<&str> = listed.stdout.lines().collect();
        assert_eq!(ours.len(), 9_999);
        assert_eq!(ours, theirs);
        let broken: Vec<_> = listing
            .broken
            .iter()
            .map(|b| String::from_utf8_lossy(&b.name).into_owned())
            .collect();
        assert_eq!(
            broken,
            ["refs/countersign/queue/zz/1", "refs/countersign/queue/zz/2"]
        );
        assert_eq!(store.refs("refs/countersign/queuex").unwrap().len(), 1);
        assert_eq!(store.refs("refs/countersign/queue/c0000").unwrap().len(), 9);
    });
}

#[test]
fn refs_move_only_from_where_they_were_seen() {
    hermetic(|sandbox| {
        let dir = init(sandbox, &[]);
        let store = Store::discover(&dir).unwrap();
        let (a, b) = (commit(&store, &[], 1), commit(&store, &[], 2));
        let name = "refs/notes/countersign";
        let moved = |result| matches!(result, Err(GitError::RefMoved { .. }));
        store.update_ref(name, a, None, "make").unwrap();
        assert!(moved(store.update_ref(name, b, None, "make")));
        assert!(moved(store.update_ref(name, b, Some(b), "move")));
        store.update_ref(name, b, Some(a), "move").unwrap();
        assert_eq!(store.ref_oid(name).unwrap(), Some(b));
        sandbox.git(&dir, &["pack-refs", "--all"]);
        assert!(moved(store.delete_ref(name, a)));
        store.delete_ref(name, b).unwrap();
        assert_eq!(store.ref_oid(name).unwrap(), None);
        let shown = sandbox.try_git(&dir, &["rev-parse", "-q", "--verify", name]);
        assert_ne!(shown.code, Some(0));

        let lock = dir.join(".git/refs/notes/countersign.lock");
        std::fs::create_dir_all(lock.parent().unwrap()).unwrap();
        std::fs::write(&lock, "").unwrap();
        let error = store.update_ref(name, a, None, "make").unwrap_err();
        assert!(matches!(error, GitError::RefLocked { .. }), "{error}");
        assert!(error.to_string().contains("countersign.lock"), "{error}");
        assert!(lock.exists(), "a lock is never taken away from its holder");
        std::fs::remove_file(lock).unwrap();

        store.update_ref("refs/x/a", a, None, "make").unwrap();
        let conflict = store.update_ref("refs/x/a/b", a, None, "make").unwrap_err();
        assert!(
            matches!(conflict, GitError::RefConflict { .. }),
            "{conflict}"
        );
        let bad = store.update_ref("refs/x/..", a, None, "make").unwrap_err();
        assert!(matches!(bad, GitError::BadRefName { .. }), "{bad}");
    });
}

/// A merge on `main`, and a tag `v1` on its first parent: the merge, the tagged commit, the tag.
fn tagged_history(store: &Store) -> (Oid, Oid, Oid) {
    let root = commit(store, &[], 1);
    let left = commit(store, &[root], 2);
    let right = commit(store, &[root], 3);
    let merge = commit(store, &[left, right], 4);
    let tag = NewTag {
        target: left,
        name: "v1".to_owned(),
        tagger: who(9),
        message: "One".to_owned(),
    };
    let tag = store.write_tag(&tag, None).unwrap();
    for (name, oid) in [("refs/heads/main", merge), ("refs/tags/v1", tag)] {
        store.update_ref(name, oid, None, "x").unwrap();
    }
    (merge, left, tag)
}

#[test]
fn revisions_are_read_as_git_reads_them() {
    hermetic(|sandbox| {
        let dir = init(sandbox, &[]);
        let store = Store::discover(&dir).unwrap();
        let (merge, left, tag) = tagged_history(&store);
        let double = format!("object {tag}\ntype tag\ntag v2\ntagger A <a@x> 1 +0000\n\nx\n");
        let mut command = sandbox.command("git", &dir);
        command.args(["hash-object", "-w", "-t", "tag", "--stdin"]);
        let double: Oid = run(&mut command, double.as_bytes())
            .ok()
            .trim_end()
            .parse()
            .unwrap();
        assert_eq!(store.peel_to_commit(double).unwrap(), left);
        for spec in [
            "HEAD",
            "@",
            "main",
            "main~1",
            "main^2",
            "main^2~1",
            "main~0",
            "v1",
            "v1^{}",
            "v1~1",
            "heads/main",
            "main^0",
            "main^{commit}",
        ] {
            let expected = sandbox.git(&dir, &["rev-parse", &format!("{spec}^{{commit}}")]);
            let ours = store.resolve_commit(spec).unwrap();
            assert_eq!(ours.to_string(), expected, "{spec}");
        }
        let short = &merge.to_string()[..12];
        assert_eq!(store.resolve_commit(short).unwrap(), merge);
        for spec in [
            "",
            "nope",
            "--all",
            "-rf",
            "--output=x",
            "main..v1",
            "main~9",
            "main^3",
        ] {
            assert!(store.resolve_commit(spec).is_err(), "{spec}");
        }
        let tree = store.resolve_commit(&EMPTY_TREE.to_string());
        assert!(matches!(
            tree,
            Err(GitError::WrongKind { .. } | GitError::UnknownRevision { .. })
        ));
    });
}
