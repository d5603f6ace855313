//! Opening repositories, refs and history: what git says of them and what we say has to be one.

mod refs;
mod walks;

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
    hermetic(|sandbox| {
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
            let text = plain.replace("repositoryformatversion = 0", "repositoryformatversion = 1");
            std::fs::write(&config, format!("{text}[extensions]\n\t{extension}\n")).unwrap();
            Store::discover(&dir)
        };
        let error = opened_with("refStorage = reftable").unwrap_err();
        assert!(matches!(error, GitError::Reftable { .. }), "{error}");
        assert!(error.hint().contains("git refs migrate"));
        let error = opened_with("partialClone = origin").unwrap_err();
        assert!(error.hint().contains("partial clone"), "{error}");
        let error = opened_with("quantum = yes").unwrap_err();
        assert!(error.to_string().contains("quantum"), "{error}");
        let error = opened_with("refStorage = files").unwrap_err();
        assert!(error.hint().contains("--unset"), "{error}");
        assert!(opened_with("worktreeConfig = true").is_ok());
        std::fs::write(&config, &plain).unwrap();
        assert!(Store::discover(&dir.join(".git")).is_ok());
    });
}

#[test]
fn a_repository_with_sha256_ids_is_told_apart() {
    hermetic(|sandbox| {
        let dir = init(sandbox, &["--object-format=sha256"]);
        let error = Store::discover(&dir).unwrap_err();
        assert!(matches!(error, GitError::Sha256 { .. }), "{error}");
        assert!(error.to_string().starts_with("E-HASH-ALGO"));
    });
}

#[test]
fn a_repository_of_another_user_is_refused_until_it_is_trusted() {
    hermetic(|sandbox| {
        let dir = init(sandbox, &[]);
        let mut chown = sandbox.command("chown", &dir);
        chown.args(["-R", "12345", "."]);
        if run(&mut chown, b"").code != Some(0) {
            return; // Only root can give files away.
        }
        let error = Store::discover(&dir).unwrap_err();
        assert!(matches!(error, GitError::ForeignOwner { .. }), "{error}");
        assert!(error.hint().contains("safe.directory"));
        let config = std::env::var_os("GIT_CONFIG_GLOBAL").unwrap();
        let trust = format!("[safe]\n\tdirectory = {}\n", dir.display());
        std::fs::write(config, trust).unwrap();
        assert!(Store::discover(&dir).is_ok());
    });
}

#[test]
fn damaged_objects_are_found_out() {
    hermetic(|sandbox| {
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
        // Each length of a cut: libgit2 would wait for ever for the rest.
        let evil_bytes = std::fs::read(file(evil)).unwrap();
        for length in 0..evil_bytes.len() {
            std::fs::write(file(good), &evil_bytes[..length]).unwrap();
            let error = fresh.blob(good, 100).unwrap_err();
            assert!(matches!(error, GitError::ObjectCorrupt { .. }), "{error}");
        }
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
fn a_damaged_pack_is_an_error_and_never_endless() {
    hermetic(|sandbox| {
        let dir = init(sandbox, &[]);
        let text: String = (0..3_000).map(|n| format!("line {n}\n")).collect();
        std::fs::write(dir.join("f"), &text).unwrap();
        sandbox.git(&dir, &["add", "f"]);
        sandbox.git(&dir, &["commit", "-q", "-m", "x"]);
        sandbox.git(&dir, &["gc", "-q"]);
        let tree = sandbox.git(&dir, &["rev-parse", "HEAD:f"]);
        let blob: Oid = tree.parse().unwrap();
        let packs = std::fs::read_dir(dir.join(".git/objects/pack")).unwrap();
        let pack = packs
            .map(|entry| entry.unwrap().path())
            .find(|path| path.extension().is_some_and(|e| e == "pack"))
            .unwrap();
        let whole = std::fs::read(&pack).unwrap();
        let replace = |bytes: &[u8]| {
            std::fs::remove_file(&pack).unwrap();
            std::fs::write(&pack, bytes).unwrap();
            Store::discover(&dir).unwrap().blob(blob, 1 << 20)
        };
        assert_eq!(replace(&whole).unwrap(), text.as_bytes());
        for part in 1..8 {
            let at = whole.len() * part / 8;
            let mut flipped = whole.clone();
            flipped[at] ^= 0x55;
            let read = replace(&flipped);
            assert!(read.is_err() || read.is_ok_and(|bytes| bytes == text.as_bytes()));
            let mut hole = whole.clone();
            hole[at..].fill(0);
            let read = replace(&hole);
            assert!(read.is_err() || read.is_ok_and(|bytes| bytes == text.as_bytes()));
            assert!(replace(&whole[..at]).is_err());
        }
    });
}

#[test]
fn what_is_written_is_what_git_would_have_written() {
    hermetic(|sandbox| {
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
    });
}

#[test]
fn configuration_is_read_by_gits_own_rules() {
    hermetic(|sandbox| {
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
    });
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
    hermetic(|sandbox| {
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
    });
}
