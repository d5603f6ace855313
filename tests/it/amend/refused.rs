//! What the commands refuse: why, with what helps, and nothing left behind.

use std::process::Command;

use super::{public, says};
use crate::common::{Checkout, Key, Sandbox, World, run};

/// Runs `countersign policy` with each of these words: it ends so, says so, and leaves no ref.
fn refused(clone: &Checkout, cases: &[(&str, &[&str], i32, &str)]) {
    let before = clone.git(&["for-each-ref"]);
    for (verb, words, code, said) in cases {
        let ran = clone
            .countersign(&[&["policy", verb], *words].concat())
            .exits(*code);
        says(&ran, said);
        assert!(ran.stderr.contains("hint: "), "{words:?}\n{}", ran.stderr);
    }
    assert_eq!(clone.git(&["for-each-ref"]), before);
}

#[test]
fn somebody_who_cannot_come_or_go() {
    let world = World::new();
    let dave = ["dave", "--email", "d@corp.example"];
    let with = |more: [&'static str; 2]| [&dave[..], &more].concat();
    refused(
        &world.alice,
        &[
            (
                "add-person",
                &["bob", "--email", "b@x"],
                2,
                "hint: another id, or for a key: countersign policy rotate-key bob --key FILE",
            ),
            ("add-person", &["dave"], 2, "--email"),
            (
                "add-person",
                &with(["--role", "senoir"]),
                2,
                "hint: did you mean `senior`?",
            ),
            (
                "add-person",
                &with(["--team", "web"]),
                2,
                "hint: the policy names none",
            ),
            (
                "add-person",
                &with(["--principal", "D*"]),
                1,
                "`D*` is no principal",
            ),
            (
                "remove-person",
                &["carla"],
                2,
                "hint: did you mean `carol`?",
            ),
            // Every mistake of the policy to be, with its place.
            (
                "remove-person",
                &["carol"],
                1,
                "`policy_change` asks 2 of policy-owner, held by 2",
            ),
            ("remove-person", &["carol"], 1, "nobody has the id `carol`"),
            (
                "remove-person",
                &["carol"],
                1,
                "  .countersign/policy.toml:",
            ),
        ],
    );
}

#[test]
fn keys_that_cannot_be_what_is_meant() {
    let world = World::new();
    let bobs = public(world.bob.key.as_ref().unwrap());
    let private = world.carol.path.display().to_string();
    let two = world.sandbox.path("two.pub");
    std::fs::write(&two, format!("{0}\n{0}\n", world.carol.public)).unwrap();
    let two = two.display().to_string();
    let dave = |key| ["dave", "--email", "d@corp.example", "--key", key];
    refused(
        &world.alice,
        &[
            ("add-person", &dave(&bobs), 2, "it is that of bob"),
            ("add-person", &dave(&private), 2, "it is a private key"),
            ("add-person", &dave(&two), 2, "it holds 2 keys"),
            (
                "add-person",
                &dave("no-such-file"),
                2,
                "hint: give the .pub file of the key",
            ),
            (
                "rotate-key",
                &["coder", "--key", &bobs],
                2,
                "nobody in the policy has the id `coder`",
            ),
            (
                "rotate-key",
                &["bob", "--key", &bobs],
                2,
                "is in the policy already",
            ),
            (
                "revoke",
                &["dora"],
                2,
                "is no fingerprint, no key, no file of one, and nobody's id",
            ),
            (
                "revoke",
                &["bob", "--reason", "a\nb"],
                2,
                "the reason is not one line",
            ),
        ],
    );
}

#[test]
fn what_cannot_be_pushed_waits_here_and_a_locked_key_signs_nothing() {
    let world = World::new();
    let alice = &world.alice;
    let lock = |key: &Key| {
        let mut lock: Command = world.sandbox.command("ssh-keygen", &alice.dir);
        run(
            lock.args(["-q", "-p", "-P", "", "-N", "a secret", "-f"])
                .arg(&key.path),
            b"",
        )
        .ok();
    };
    lock(alice.key.as_ref().unwrap());
    let add = [
        "policy",
        "add-person",
        "dave",
        "--email",
        "dave@corp.example",
    ];
    let ran = alice.countersign(&add).exits(0);
    says(&ran, "WARN the key is locked: the proposal is not signed");
    says(&ran, "policy-add-dave@1 queued");
    alice.git(&["remote", "set-url", "origin", "/nowhere/at/all.git"]);
    let ran = alice
        .countersign(&[
            "policy",
            "add-person",
            "eve",
            "--email",
            "eve@corp.example",
            "--json",
        ])
        .exits(4);
    assert_eq!(ran.json()["state"], "local");
    says(&ran, "countersign sync pushes it later");
    alice.git(&[
        "remote",
        "set-url",
        "origin",
        world.remote.to_str().unwrap(),
    ]);
    alice.run("sync").exits(0);
    assert!(
        world
            .remote_ref("refs/countersign/queue/policy-add-eve/1")
            .is_some()
    );
}

#[test]
fn a_repository_without_a_work_tree_is_as_good() {
    let world = World::new();
    let bare = [
        "policy",
        "add-person",
        "fay",
        "--email",
        "fay@corp.example",
        "--dry-run",
    ];
    let ran = world.sandbox.countersign(&world.remote, &bare).exits(0);
    says(&ran, "+[people.fay]");
}

#[test]
fn without_a_policy_there_is_nothing_to_change() {
    let sandbox = Sandbox::new();
    let top = sandbox.path("");
    sandbox.git(&top, &["init", "-q", "plain"]);
    let dir = sandbox.path("plain");
    let add = [
        "policy",
        "add-person",
        "dave",
        "--email",
        "dave@corp.example",
    ];
    let ran = sandbox.countersign(&dir, &add).exits(2);
    says(&ran, "hint: ");
    sandbox.git(
        &dir,
        &[
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "x",
        ],
    );
    let ran = sandbox.countersign(&dir, &add).exits(3);
    says(&ran, "there is no policy");
    says(&ran, "hint: ");
}
