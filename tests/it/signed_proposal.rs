//! `propose --sign`: who submits a change, by a signature that git itself checks.

use crate::common::World;

/// Alice has work of her own to submit.
fn world() -> World {
    let world = World::new();
    world.alice.start("mine");
    world
        .alice
        .commit_by_ai("src/mine.py", "mine = 1\n", "Do mine");
    world
}

fn propose(world: &World, more: &[&str]) -> serde_json::Value {
    let words = [&["propose", "--id", "mine", "--sign", "--json"], more].concat();
    world.alice.countersign(&words).exits(0).json()
}

#[test]
fn git_verifies_the_tag_and_the_same_again_is_the_same_revision() {
    let world = world();
    let first = propose(&world, &["--title", "Mine"]);
    assert_eq!(
        (&first["created"], &first["state"]),
        (&true.into(), &"queued".into())
    );
    let tag = first["oid"].as_str().unwrap();
    let signers = world.alice.dir.join(".countersign/allowed_signers");
    let setting = format!("gpg.ssh.allowedSignersFile={}", signers.display());
    let verified = world.alice.try_git(&["-c", &setting, "verify-tag", tag]);
    assert_eq!(verified.code, Some(0), "{}", verified.stderr);
    assert!(
        verified.stderr.contains("alice@corp.example"),
        "{}",
        verified.stderr
    );

    let again = propose(&world, &["--title", "Mine"]);
    assert_eq!(
        (&again["created"], &again["oid"]),
        (&false.into(), &first["oid"])
    );
    // Without a cover of its own it speaks with the commit's words.
    let bare = propose(&world, &[]);
    assert_eq!(bare["revision"], 2);
    assert_eq!(
        world.alice.run("show mine --json").json()["title"],
        "Do mine"
    );
}

#[test]
fn what_nobody_signed_is_not_the_same_as_what_is_signed() {
    let world = world();
    let plain = ["propose", "--id", "mine", "--title", "Mine", "--json"];
    assert_eq!(
        world.alice.countersign(&plain).exits(0).json()["revision"],
        1
    );
    assert_eq!(propose(&world, &["--title", "Mine"])["revision"], 2);
    // And it is enough for whoever does not ask for a signature.
    assert_eq!(
        world.alice.countersign(&plain).exits(0).json()["revision"],
        2
    );
}

#[test]
fn without_a_key_nothing_is_proposed_and_a_key_that_says_nothing_is_named() {
    let world = world();
    world.agent.start("theirs");
    world
        .agent
        .commit_by_ai("src/theirs.py", "theirs = 1\n", "Do theirs");
    let keyless = world.agent.run("propose --id theirs --sign").exits(4);
    assert!(keyless.stderr.contains("hint:"), "{}", keyless.stderr);
    assert!(
        world
            .remote_ref("refs/countersign/queue/theirs/1")
            .is_none()
    );

    let stranger = crate::common::Key::new(&world.sandbox, "stranger");
    world.agent.git(&["config", "gpg.format", "ssh"]);
    world
        .agent
        .git(&["config", "user.signingKey", stranger.path.to_str().unwrap()]);
    let said = world.agent.run("propose --id theirs --sign").exits(0);
    assert!(
        said.stderr.contains("will authenticate nobody"),
        "{}",
        said.stderr
    );
}
