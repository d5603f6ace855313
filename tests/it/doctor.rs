//! `countersign doctor`: each check is seen to pass, and to fail with the command that mends it; and
//! nothing is written by looking.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::common::{Checkout, Key, Ran, World, run};

/// A world in which Alice has fetched.
fn world() -> World {
    let world = World::new();
    world.alice.run("sync").exits(0);
    world
}

fn examine(clone: &Checkout) -> Value {
    let ran = clone.run("doctor --json");
    let document = ran.json();
    let fails = checks(&document).any(|check| check["health"] == "FAIL");
    assert_eq!(ran.code, Some(i32::from(fails)), "{document:#}");
    assert_eq!(document["ok"], !fails);
    document
}

fn checks(document: &Value) -> impl Iterator<Item = &Value> {
    document["checks"].as_array().unwrap().iter()
}

/// The check of this name came out like this; its words, and what mends it.
#[track_caller]
fn is(document: &Value, id: &str, health: &str) -> String {
    let mut found = checks(document).filter(|check| check["id"] == id);
    let check = found
        .next()
        .unwrap_or_else(|| panic!("no {id}: {document:#}"));
    assert_eq!(check["health"], health, "{check:#}");
    assert_eq!(check["fix"].is_null(), health == "OK", "{check:#}");
    format!("{} | {}", check["text"], check["fix"])
}

fn script(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// The doctor with these programs first on its path.
fn with_programs(world: &World, programs: &Path) -> Ran {
    let mut command = world.sandbox.countersign_command(&world.alice.dir);
    let path = std::env::var("PATH").unwrap();
    command
        .args(["doctor", "--json"])
        .env("PATH", format!("{}:{path}", programs.display()));
    run(&mut command, b"")
}

#[test]
fn a_sound_clone_is_ok_throughout_and_looking_writes_nothing() {
    let world = world();
    let everything = |dir: &Path| {
        let mut list = world.sandbox.command("find", dir);
        let listed = run(list.args([".", "-type", "f"]), b"").ok();
        let mut lines: Vec<&str> = listed.lines().collect();
        lines.sort_unstable();
        lines.join("\n")
    };
    let refs = |dir: &Path| world.sandbox.git(dir, &["for-each-ref"]);
    let before = [&world.alice.dir, &world.remote].map(|dir| (everything(dir), refs(dir)));
    let document = examine(&world.alice);
    for id in [
        "git",
        "repository",
        "history",
        "replaced",
        "ssh-keygen",
        "key",
        "signature",
        "policy",
        "role",
        "refspecs",
        "remote",
        "server",
        "notes",
        "outbox",
        "locks",
        "clock",
        "journal",
        "config",
        "cache",
        "state",
        "terminal",
    ] {
        is(&document, id, "OK");
    }
    assert!(is(&document, "role", "OK").contains("you are alice: senior, policy-owner"));
    assert!(is(&document, "server", "OK").contains("protocol version 2, atomic push"));
    is(&document, "locale", "WARN");
    let after = [&world.alice.dir, &world.remote].map(|dir| (everything(dir), refs(dir)));
    assert!(before == after);
    let text = world.alice.run("doctor").exits(0).stdout;
    assert!(text.contains("OK    git         git version "), "{text}");
    assert!(
        text.contains("WARN  locale      LC_ALL=C is not UTF-8"),
        "{text}"
    );
    assert!(
        text.contains("                  fix: export LC_ALL=C.UTF-8\n"),
        "{text}"
    );
}

#[test]
fn programs_that_are_missing_or_too_old_fail() {
    let world = world();
    let programs = world.sandbox.path("programs");
    script(
        &programs.join("ssh-keygen"),
        "#!/bin/sh\necho 'ssh-keygen: unknown option -- Y' >&2\nexit 1\n",
    );
    let document = with_programs(&world, &programs).exits(1).json();
    is(&document, "ssh-keygen", "FAIL");
    is(&document, "signature", "FAIL");
    std::fs::remove_file(programs.join("ssh-keygen")).unwrap();
    let git = "#!/bin/sh\n[ \"$1\" = --version ] && { echo git version 2.20.1; exit; }\nPATH=${PATH#*:} exec git \"$@\"\n";
    script(&programs.join("git"), git);
    let document = with_programs(&world, &programs).exits(0).json();
    assert!(is(&document, "git", "WARN").contains("2.20.1"));
    world
        .alice
        .git(&["config", "gpg.ssh.program", "no-such-signer"]);
    let document = examine(&world.alice);
    assert!(is(&document, "ssh-keygen", "FAIL").contains("no-such-signer"));
}

#[test]
fn a_key_that_is_missing_locked_or_not_in_the_policy_is_told_apart() {
    let world = world();
    let alice = &world.alice;
    let stranger = Key::new(&world.sandbox, "stranger");
    let use_key = |path: &Path| {
        alice.git(&["config", "user.signingKey", path.to_str().unwrap()]);
    };
    use_key(&stranger.path);
    let document = examine(alice);
    is(&document, "signature", "OK");
    let fix = is(&document, "role", "FAIL");
    assert!(
        fix.contains(&stranger.public) && fix.contains("verdict.v1@countersign.dev"),
        "{fix}"
    );
    let locked = world.sandbox.path("keys/locked");
    let mut make = world
        .sandbox
        .command("ssh-keygen", &world.sandbox.path("keys"));
    make.args(["-q", "-t", "ed25519", "-N", "secret words", "-f"])
        .arg(&locked);
    run(&mut make, b"").ok();
    use_key(&locked);
    assert!(is(&examine(alice), "signature", "WARN").contains("ssh-add"));
    use_key(&world.sandbox.path("keys/gone"));
    is(&examine(alice), "key", "FAIL");
    alice.git(&["config", "--unset", "user.signingKey"]);
    assert!(is(&examine(alice), "key", "FAIL").contains("git config --global gpg.format ssh"));
}

#[test]
fn what_the_policy_says_of_the_key_decides() {
    let world = World::with_policy(|policy| {
        policy.signers[0] = policy.signers[0].replace("git,verdict.v1@countersign.dev", "git");
        policy.signers[1] = policy.signers[1].replace(" ssh-", ",valid-before=\"20200101Z\" ssh-");
    });
    assert!(is(&examine(&world.alice), "role", "FAIL").contains("lets this key sign no verdicts"));
    assert!(is(&examine(&world.bob), "role", "FAIL").contains("not valid any more"));
    let carol = world.carol.path.to_str().unwrap();
    world.bob.git(&["config", "user.signingKey", carol]);
    assert!(is(&examine(&world.bob), "role", "OK").contains("you are carol"));
    let revoking = World::with_policy(|policy| {
        policy.tables = "[people.dave]\nprincipal = \"dave@corp.example\"\nemails = [\"dave@corp.example\"]\nroles = []\n".to_owned();
    });
    let dave = Key::new(&revoking.sandbox, "dave");
    let alice = &revoking.alice;
    let file = ".countersign/allowed_signers";
    let mut signers = std::fs::read_to_string(alice.dir.join(file)).unwrap();
    signers.push_str(&format!("dave@corp.example {}\n", dave.public));
    alice.write(file, &signers);
    let fingerprint = &alice.key.as_ref().unwrap().fingerprint;
    let revoked = format!("# countersign-revoked-v1\n{fingerprint}\n");
    alice.write(".countersign/revoked_keys", revoked);
    alice.commit_signed("policy: revoke");
    alice.push_main();
    assert!(is(&examine(alice), "role", "FAIL").contains("revokes this key"));
    alice.git(&["config", "user.signingKey", dave.path.to_str().unwrap()]);
    assert!(is(&examine(alice), "role", "WARN").contains("you are dave, with no role"));
}

#[test]
fn a_policy_that_is_absent_or_invalid_is_told_apart() {
    let world = world();
    let alice = &world.alice;
    alice.write(".countersign/policy.toml", "schema = 1\n");
    alice.commit_signed("break it");
    alice.push_main();
    assert!(is(&examine(alice), "policy", "FAIL").contains("countersign policy check"));
    alice.git(&["rm", "-rq", ".countersign"]);
    alice.commit_signed("remove it");
    alice.push_main();
    assert!(is(&examine(alice), "policy", "WARN").contains("countersign init"));
}

#[test]
fn a_remote_that_does_not_answer_or_offers_less_is_told() {
    let world = world();
    let alice = &world.alice;
    world.sandbox.git(
        &world.remote,
        &["config", "receive.advertiseAtomic", "false"],
    );
    assert!(is(&examine(alice), "server", "WARN").contains("no atomic push"));
    alice.git(&["config", "protocol.version", "0"]);
    assert!(is(&examine(alice), "server", "WARN").contains("no protocol version 2"));
    let receive = world.sandbox.path("programs/refuse");
    script(&receive, "#!/bin/sh\necho 'no pushing here' >&2\nexit 1\n");
    alice.git(&[
        "config",
        "remote.origin.receivepack",
        receive.to_str().unwrap(),
    ]);
    is(&examine(alice), "push", "FAIL");
    alice.git(&["config", "remote.origin.url", "/nowhere/at/all.git"]);
    assert!(is(&examine(alice), "remote", "FAIL").contains("git ls-remote origin"));
    let document = alice.run("doctor --json --offline").exits(0).json();
    assert!(is(&document, "remote", "OK").contains("left alone"));
    alice.git(&["remote", "remove", "origin"]);
    is(&examine(alice), "remote", "WARN");
}

#[test]
fn refspecs_that_hurt_are_named_with_the_command_that_takes_them_out() {
    let world = world();
    let alice = &world.alice;
    let add = |spec: &str| alice.git(&["config", "--add", "remote.origin.fetch", spec]);
    add("refs/notes/countersign:refs/notes/countersign");
    let told = is(&examine(alice), "refspecs", "WARN");
    assert!(told.contains("git pull fails"), "{told}");
    // The very command that it prints.
    let document = examine(alice);
    let found = checks(&document)
        .find(|check| check["id"] == "refspecs")
        .unwrap();
    let fix = found["fix"].as_str().unwrap();
    let mut shell = world.sandbox.command("sh", &alice.dir);
    run(shell.args(["-c", fix]), b"").ok();
    is(&examine(alice), "refspecs", "OK");
    add("refs/countersign/*:refs/countersign/*");
    is(&examine(alice), "refspecs", "OK");
    alice.git(&["config", "fetch.prune", "true"]);
    assert!(is(&examine(alice), "refspecs", "FAIL").contains("not pushed yet"));
    alice.git(&["config", "notes.rewriteRef", "refs/notes/*"]);
    is(&examine(alice), "rewrite", "WARN");
}

#[test]
fn verdicts_that_wait_or_went_apart_are_told() {
    let world = World::new();
    is(&examine(&world.alice), "notes", "WARN");
    world.queue("fix-lb", "infra/lb.yaml", "kind: Service\n");
    world.alice.run("sync").exits(0);
    world.bob.run("sync").exits(0);
    is(&examine(&world.alice), "notes", "OK");
    let url = world.alice.git(&["config", "remote.origin.url"]);
    world
        .alice
        .git(&["config", "remote.origin.url", "/nowhere.git"]);
    world.alice.run("approve fix-lb -m good").exits(0);
    let document = world.alice.run("doctor --json --offline").exits(0).json();
    assert!(is(&document, "outbox", "WARN").contains("1 signed verdicts wait"));
    is(&document, "notes", "WARN");
    world.alice.git(&["config", "remote.origin.url", &url]);
    world.bob.run("approve fix-lb -m good").exits(0);
    let notes = "+refs/notes/countersign:refs/countersign-remote/origin/notes";
    world.alice.git(&["fetch", "-q", "origin", notes]);
    assert!(is(&examine(&world.alice), "notes", "WARN").contains("gone apart"));
    world.alice.run("sync").exits(0);
    is(&examine(&world.alice), "notes", "OK");
    is(&examine(&world.alice), "outbox", "OK");
    let outbox = world.alice.dir.join(".git/countersign/outbox");
    std::fs::create_dir_all(&outbox).unwrap();
    std::fs::write(outbox.join(format!("{}.line", "a".repeat(64))), "no line").unwrap();
    let told = examine(&world.alice);
    let check = checks(&told).find(|check| check["id"] == "outbox").unwrap();
    assert_ne!(check["health"], "OK", "{check}");
}

#[test]
fn a_clone_that_lacks_history_or_replaces_it_is_told() {
    let world = world();
    let alice = &world.alice;
    let url = format!("file://{}", world.remote.display());
    let top = world.sandbox.path("");
    alice.write("b", "b");
    alice.commit_signed("second");
    alice.push_main();
    world
        .sandbox
        .git(&top, &["clone", "-q", "--depth", "1", &url, "shallow"]);
    let ran = world
        .sandbox
        .countersign(&top.join("shallow"), &["doctor", "--json"]);
    assert!(is(&ran.json(), "history", "WARN").contains("--unshallow"));
    world
        .sandbox
        .git(&world.remote, &["config", "uploadpack.allowFilter", "true"]);
    world.sandbox.git(
        &top,
        &["clone", "-q", "--filter=blob:none", &url, "partial"],
    );
    let ran = world
        .sandbox
        .countersign(&top.join("partial"), &["doctor", "--json"]);
    assert!(is(&ran.json(), "history", "WARN").contains("partial"));
    alice.git(&["replace", "HEAD", "HEAD~1"]);
    assert!(is(&examine(alice), "replaced", "WARN").contains("1 replace refs"));
    alice.git(&["replace", "-d", &alice.git(&["rev-parse", "HEAD"])]);
    std::fs::write(
        alice.dir.join(".git/info/grafts"),
        format!("{}\n", alice.oid("HEAD")),
    )
    .unwrap();
    assert!(is(&examine(alice), "replaced", "WARN").contains("grafts"));
}

#[test]
fn a_repository_it_cannot_read_fails_and_the_rest_is_still_looked_at() {
    let world = world();
    let top = world.sandbox.path("");
    world
        .sandbox
        .git(&top, &["init", "-q", "--object-format=sha256", "wide"]);
    let document = world
        .sandbox
        .countersign(&top.join("wide"), &["doctor", "--json"])
        .exits(1)
        .json();
    assert!(is(&document, "repository", "FAIL").contains("E-HASH-ALGO"));
    is(&document, "git", "OK");
    is(&document, "config", "OK");
    let document = world
        .sandbox
        .countersign(&top, &["doctor", "--json"])
        .exits(1)
        .json();
    assert!(is(&document, "repository", "FAIL").contains("not a git repository"));
    let table = world
        .sandbox
        .try_git(&top, &["init", "-q", "--ref-format=reftable", "table"]);
    if table.code == Some(0) {
        let ran = world
            .sandbox
            .countersign(&top.join("table"), &["doctor", "--json"]);
        assert!(is(&ran.exits(1).json(), "repository", "FAIL").contains("E-REFTABLE"));
    }
}

#[test]
fn a_clock_that_lags_and_locks_that_were_left_are_told() {
    let world = world();
    let alice = &world.alice;
    let lock = alice.dir.join(".git/index.lock");
    std::fs::write(&lock, "").unwrap();
    is(&examine(alice), "locks", "OK");
    let mut age = world.sandbox.command("touch", &alice.dir);
    run(age.args(["-d", "2026-01-01T00:00:00Z"]).arg(&lock), b"").ok();
    assert!(is(&examine(alice), "locks", "WARN").contains("index.lock"));
    std::fs::remove_file(&lock).unwrap();
    let mut commit = world.sandbox.command("git", &alice.dir);
    commit
        .args(["commit", "-q", "--allow-empty", "-m", "from the future"])
        .env("GIT_COMMITTER_DATE", "2099-01-01T00:00:00Z");
    run(&mut commit, b"").ok();
    is(&examine(alice), "clock", "OK");
    alice.push_main();
    assert!(is(&examine(alice), "clock", "FAIL").contains("2099-01-01"));
}

#[test]
fn settings_that_cannot_be_read_and_folders_that_cannot_be_written_fail() {
    let world = world();
    let own = world.sandbox.path("xdg/config/countersign");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("config.toml"), "undo_second = 3\n").unwrap();
    assert!(is(&examine(&world.alice), "config", "WARN").contains("undo_seconds"));
    std::fs::write(own.join("config.toml"), "mouse = 3\n").unwrap();
    assert!(is(&examine(&world.alice), "config", "FAIL").contains("config.toml:1:9"));
    std::fs::write(own.join("config.toml"), "mouse = false\n").unwrap();
    is(&examine(&world.alice), "config", "OK");
    if cfg!(feature = "tui") {
        is(&examine(&world.alice), "keymap", "OK");
        std::fs::write(own.join("keymap.toml"), "[main]\nno-such-action = \"x\"\n").unwrap();
        is(&examine(&world.alice), "keymap", "FAIL");
        is(&examine(&world.alice), "themes", "OK");
        std::fs::create_dir(own.join("themes")).unwrap();
        std::fs::write(own.join("themes/bad.toml"), b"\xff").unwrap();
        is(&examine(&world.alice), "themes", "WARN");
    }
    let mut command = world.sandbox.countersign_command(&world.alice.dir);
    command
        .args(["doctor", "--json", "--offline"])
        .env("XDG_CACHE_HOME", "/proc/no")
        .env("XDG_STATE_HOME", "/proc/no");
    let document = run(&mut command, b"").exits(1).json();
    is(&document, "cache", "FAIL");
    is(&document, "state", "FAIL");
}
