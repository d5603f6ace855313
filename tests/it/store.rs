//! Opening repositories, refs and history: what git says of them and what we say has to be one.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use countersign::change::{Identity, Oid, RepoPath};
use countersign::git::{EMPTY_TREE, GitError, NewCommit, NewTag, Store};
use jiff::Timestamp;

use crate::common::{Sandbox, hermetic, run};

fn init(sandbox: &Sandbox, args: &[&str]) -> PathBuf {
    let dir = sandbox.path("repo");
    let words = [&["init", "-q"], args, &["repo"]].concat();
    sandbox.git(&sandbox.path(""), &words);
    sandbox.git(&dir, &["config", "user.name", "A"]);
    sandbox.git(&dir, &["config", "user.email", "a@x"]);
    dir
}

fn who(seconds: i64) -> Identity {
    Identity {
        name: "Ann".to_owned(),
        email: "ann@x".to_owned(),
        when: Timestamp::from_second(seconds).unwrap(),
    }
}

fn commit(store: &Store, parents: &[Oid], seconds: i64) -> Oid {
    let commit = NewCommit {
        tree: EMPTY_TREE,
        parents: parents.to_vec(),
        author: who(seconds),
        committer: who(seconds),
        message: format!("at {seconds}"),
    };
    store.write_commit(&commit).unwrap()
}

#[test]
fn what_cannot_be_opened_says_why_and_what_to_do() {
    hermetic(
        "store::what_cannot_be_opened_says_why_and_what_to_do",
        |sandbox| {
            let top = sandbox.path("empty");
            std::fs::create_dir(&top).unwrap();
            let nowhere = Store::discover(&top).unwrap_err();
            assert!(matches!(nowhere, GitError::NotARepository { .. }));
            let absent = Store::discover(&sandbox.path("no/such")).unwrap_err();
            assert!(matches!(absent, GitError::NotARepository { .. }));

            let dir = init(sandbox, &[]);
            let config = dir.join(".git/config");
            let plain = std::fs::read_to_string(&config).unwrap();
            let opened_with = |extension: &str| {
                let text =
                    plain.replace("repositoryformatversion = 0", "repositoryformatversion = 1");
                std::fs::write(&config, format!("{text}[extensions]\n\t{extension}\n")).unwrap();
                Store::discover(&dir)
            };
            let error = opened_with("refStorage = reftable").unwrap_err();
            assert!(matches!(error, GitError::Reftable { .. }), "{error}");
            assert!(error.hint().unwrap().contains("git refs migrate"));
            let error = opened_with("partialClone = origin").unwrap_err();
            assert!(error.hint().unwrap().contains("partial clone"), "{error}");
            let error = opened_with("quantum = yes").unwrap_err();
            assert!(error.to_string().contains("quantum"), "{error}");
            let error = opened_with("refStorage = files").unwrap_err();
            assert!(error.hint().unwrap().contains("--unset"), "{error}");
            assert!(opened_with("worktreeConfig = true").is_ok());
            std::fs::write(&config, &plain).unwrap();
            assert!(Store::discover(&dir.join(".git")).is_ok());
        },
    );
}

#[test]
fn a_repository_with_sha256_ids_is_told_apart() {
    hermetic(
        "store::a_repository_with_sha256_ids_is_told_apart",
        |sandbox| {
            let dir = init(sandbox, &["--object-format=sha256"]);
            let error = Store::discover(&dir).unwrap_err();
            assert!(matches!(error, GitError::Sha256 { .. }), "{error}");
            assert!(error.to_string().starts_with("E-HASH-ALGO"));
        },
    );
}

#[test]
fn a_repository_of_another_user_is_refused_until_it_is_trusted() {
    hermetic(
        "store::a_repository_of_another_user_is_refused_until_it_is_trusted",
        |sandbox| {
            let dir = init(sandbox, &[]);
            let mut chown = sandbox.command("chown", &dir);
            chown.args(["-R", "12345", "."]);
            if run(&mut chown, b"").code != Some(0) {
                return; // Only root can give files away.
            }
            let error = Store::discover(&dir).unwrap_err();
            assert!(matches!(error, GitError::ForeignOwner { .. }), "{error}");
            assert!(error.hint().unwrap().contains("safe.directory"));
        },
    );
}

#[test]
fn worktrees_share_refs_and_have_their_own_head() {
    hermetic(
        "store::worktrees_share_refs_and_have_their_own_head",
        |sandbox| {
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
        },
    );
}

#[test]
fn ten_thousand_packed_refs_read_as_git_lists_them() {
    hermetic(
        "store::ten_thousand_packed_refs_read_as_git_lists_them",
        |sandbox| {
            let dir = init(sandbox, &[]);
            let store = Store::discover(&dir).unwrap();
            let tip = commit(&store, &[], 5);
            let other = commit(&store, &[tip], 6);
            let updates: String = (0..10_000)
                .map(|n| format!("create refs/countersign/queue/c{n:05}/1 {tip}\n"))
                .collect();
            let mut command = sandbox.command("git", &dir);
            run(command.args(["update-ref", "--stdin"]), updates.as_bytes()).ok();
            sandbox.git(&dir, &["pack-refs", "--all"]);
            // A loose ref wins over the packed one of its name.
            sandbox.git(
                &dir,
                &[
                    "update-ref",
                    "refs/countersign/queue/c00007/1",
                    &other.to_string(),
                ],
            );
            sandbox.git(
                &dir,
                &["update-ref", "-d", "refs/countersign/queue/c00009/1"],
            );
            sandbox.git(
                &dir,
                &["update-ref", "refs/countersign/queuex", &tip.to_string()],
            );
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
        },
    );
}

#[test]
fn refs_move_only_from_where_they_were_seen() {
    hermetic(
        "store::refs_move_only_from_where_they_were_seen",
        |sandbox| {
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
        },
    );
}

#[test]
fn revisions_are_read_as_git_reads_them() {
    hermetic("store::revisions_are_read_as_git_reads_them", |sandbox| {
        let dir = init(sandbox, &[]);
        let store = Store::discover(&dir).unwrap();
        let root = commit(&store, &[], 1);
        let left = commit(&store, &[root], 2);
        let right = commit(&store, &[root], 3);
        let merge = commit(&store, &[left, right], 4);
        store
            .update_ref("refs/heads/main", merge, None, "x")
            .unwrap();
        let tag = NewTag {
            target: left,
            name: "v1".to_owned(),
            tagger: who(9),
            message: "One".to_owned(),
        };
        let tag = store.write_tag(&tag, None).unwrap();
        store.update_ref("refs/tags/v1", tag, None, "x").unwrap();
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
    hermetic(
        "store::walks_agree_with_git_on_histories_whose_dates_lie",
        |sandbox| {
            let dir = init(sandbox, &[]);
            let store = Store::discover(&dir).unwrap();
            let set =
                |text: &str| -> BTreeSet<String> { text.lines().map(str::to_owned).collect() };
            for seed in 0..12 {
                let all = random_history(&store, seed);
                let mut random = fastrand::Rng::with_seed(seed + 1_000);
                for _ in 0..10 {
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
        },
    );
}

#[test]
fn of_several_merge_bases_the_newest_then_the_smallest_is_taken() {
    hermetic(
        "store::of_several_merge_bases_the_newest_then_the_smallest_is_taken",
        |sandbox| {
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
        },
    );
}

#[test]
fn a_shallow_clone_is_an_error_only_where_its_edge_matters() {
    hermetic(
        "store::a_shallow_clone_is_an_error_only_where_its_edge_matters",
        |sandbox| {
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
            assert_eq!(whole.hint().as_deref(), Some("git fetch --unshallow"));
        },
    );
}

#[test]
fn damaged_objects_are_found_out() {
    hermetic("store::damaged_objects_are_found_out", |sandbox| {
        let dir = init(sandbox, &[]);
        let store = Store::discover(&dir).unwrap();
        let (good, evil) = (
            store.write_blob(b"good\n").unwrap(),
            store.write_blob(b"evil\n").unwrap(),
        );
        let file = |oid: Oid| {
            let hex = oid.to_string();
            dir.join(".git/objects").join(&hex[..2]).join(&hex[2..])
        };
        let writable = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(file(good), writable).unwrap();
        std::fs::copy(file(evil), file(good)).unwrap();
        let git_is_fooled = sandbox.git(&dir, &["cat-file", "blob", &good.to_string()]);
        assert_eq!(git_is_fooled, "evil");
        let fresh = Store::discover(&dir).unwrap();
        let error = fresh.blob(good, 100).unwrap_err();
        assert!(
            matches!(error, GitError::ObjectCorrupt { oid, .. } if oid == good),
            "{error}"
        );
        std::fs::write(file(good), "no zlib").unwrap();
        let error = fresh.blob(good, 100).unwrap_err();
        assert!(matches!(error, GitError::ObjectCorrupt { .. }), "{error}");
        std::fs::remove_file(file(good)).unwrap();
        let error = fresh.blob(good, 100).unwrap_err();
        assert!(matches!(error, GitError::ObjectMissing { .. }), "{error}");
        let error = store.blob(evil, 4).unwrap_err();
        assert!(matches!(error, GitError::OverBudget { .. }), "{error}");
        assert_eq!(store.blob_size(evil).unwrap(), 5);
        assert!(matches!(
            store.commit(evil),
            Err(GitError::WrongKind { .. })
        ));
    });
}

#[test]
fn what_is_written_is_what_git_would_have_written() {
    hermetic(
        "store::what_is_written_is_what_git_would_have_written",
        |sandbox| {
            let dir = init(sandbox, &[]);
            let store = Store::discover(&dir).unwrap();
            let blob = store.write_blob(b"x\n").unwrap();
            let set = |path: &str| (RepoPath::from(path), Some((0o100_644, blob)));
            let first = [set("a-b"), set("a/b"), set("a/c/d"), set("a.c")];
            let tree = store.write_tree_with(None, &first).unwrap();
            let edits = [
                (RepoPath::from("a/c/d"), None),
                (RepoPath::from("a-b"), Some((0o100_755, blob))),
                set("a.c/now-a-dir"),
            ];
            let tree = store.write_tree_with(Some(tree), &edits).unwrap();
            let listed = sandbox.git(&dir, &["ls-tree", "-r", &tree.to_string()]);
            let expected = format!(
                "100755 blob {blob}\ta-b\n100644 blob {blob}\ta.c/now-a-dir\n100644 blob {blob}\ta/b"
            );
            assert_eq!(listed, expected);
            let signed = NewCommit {
                tree,
                parents: vec![],
                author: who(1),
                committer: who(2),
                message: "Subject\n\nBody".to_owned(),
            };
            let armored = "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n";
            let oid = store.write_signed_commit(&signed, armored).unwrap();
            let (signature, payload) = store.commit_signature(oid).unwrap().unwrap();
            assert_eq!(signature, armored);
            assert_eq!(payload, signed.payload());
            let plain = store.write_commit(&signed).unwrap();
            assert_eq!(store.commit_signature(plain).unwrap(), None);
            let tag = NewTag {
                target: oid,
                name: "countersign/ab/1".to_owned(),
                tagger: who(3),
                message: "Title\n\nTarget: refs/heads/main".to_owned(),
            };
            let read = store.write_tag(&tag, Some(armored)).unwrap();
            let read = store.tag(read).unwrap().unwrap();
            assert_eq!(read.message, "Title\n\nTarget: refs/heads/main\n");
            assert_eq!(read.signature.as_deref(), Some(armored));
            assert_eq!(read.payload, tag.payload());
            sandbox.git(&dir, &["fsck", "--strict"]);
            assert_eq!(store.tag(oid).unwrap(), None);
        },
    );
}

#[test]
fn configuration_is_read_by_gits_own_rules() {
    hermetic(
        "store::configuration_is_read_by_gits_own_rules",
        |sandbox| {
            let dir = init(sandbox, &[]);
            let more = sandbox.path("more");
            std::fs::write(&more, "[countersign]\n\tremote = up\n\tflag\n").unwrap();
            for (key, value) in [
                ("remote.up.url", "short:r.git"),
                ("remote.b.d.url", "/elsewhere"),
                ("url.https://host/.insteadOf", "short:"),
                ("includeIf.gitdir:repo/.path", more.to_str().unwrap()),
                ("user.signingKey", "key::one"),
            ] {
                sandbox.git(&dir, &["config", key, value]);
            }
            let mut store = Store::discover(&dir).unwrap();
            let get = |key: &str| store.config_string(key).unwrap();
            assert_eq!(get("user.SIGNINGKEY").as_deref(), Some("key::one"));
            assert_eq!(get("countersign.remote").as_deref(), Some("up"));
            assert_eq!(store.config_bool("countersign.flag").unwrap(), Some(true));
            assert_eq!(get("no.such"), None);
            assert_eq!(store.remotes().unwrap(), ["b.d", "up"]);
            assert_eq!(
                store.remote_url("up").unwrap().as_deref(),
                Some("https://host/r.git")
            );
            store.set_config("countersign.remote", "other").unwrap();
            let values = store.config_strings("countersign.remote").unwrap();
            assert_eq!(values, ["up", "other"]);
            store.set_config("countersign.remote", "last").unwrap();
            let values = store.config_strings("countersign.remote").unwrap();
            assert_eq!(values, ["up", "last"]);
            assert!(store.set_config("no-dot", "x").is_err());
        },
    );
}

/// What the hook of the next test runs: it has to see the pushed commit, which is in quarantine.
#[test]
#[ignore = "runs inside a server hook"]
fn inside_a_hook() {
    let Ok(pushed) = std::env::var("COUNTERSIGN_IT_PUSHED") else {
        return;
    };
    let pushed: Oid = pushed.parse().unwrap();
    let store = Store::open_from_env().unwrap();
    assert_eq!(store.commit(pushed).unwrap().subject(), "pushed");
    let blind = Store::discover(Path::new(".")).unwrap();
    assert!(matches!(
        blind.commit(pushed),
        Err(GitError::ObjectMissing { .. })
    ));
}

#[test]
fn a_server_hook_sees_what_is_being_pushed() {
    hermetic(
        "store::a_server_hook_sees_what_is_being_pushed",
        |sandbox| {
            let dir = init(sandbox, &[]);
            let top = sandbox.path("");
            sandbox.git(&top, &["init", "-q", "--bare", "server.git"]);
            let hook = top.join("server.git/hooks/pre-receive");
            let program = std::env::current_exe().unwrap();
            let script = format!(
                "#!/bin/sh\nread old new ref\nCOUNTERSIGN_IT_PUSHED=$new exec '{}' store::inside_a_hook --exact --ignored\n",
                program.display()
            );
            std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
            std::fs::write(&hook, script).unwrap();
            std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
            sandbox.git(&dir, &["commit", "-q", "--allow-empty", "-m", "pushed"]);
            let push = sandbox.try_git(&dir, &["push", "../server.git", "HEAD:refs/heads/main"]);
            assert!(push.stderr.contains("1 passed"), "{}", push.stderr);
            push.ok();
        },
    );
}
