//! The log itself is rewound, replaced or frozen: what pins notice of it (rows L03, L04, L05, Y05).

use super::{answers, approved};
use crate::common::{Checkout, Ran, World};

const NOTES: &str = "refs/notes/countersign";

/// A world whose gate has to remember the notes.
fn pinning() -> World {
    World::with_policy(|policy| policy.tables.push_str("[log]\npins = \"required\"\n"))
}

/// What a gate says that reads in a repository of its own and not in a clone that merges what it
/// has: `more` are further flags.
pub fn asked(world: &World, more: &[&str], from: &str, to: &str) -> Ran {
    world.bob.git(&["fetch", "-q", "origin"]);
    let fetch = format!("--fetch={}", world.remote.display());
    let range = format!("{from}..{to}");
    let mut words = vec!["gate", &fetch, "--json", "--target", "main"];
    words.extend(["--policy-root", &world.root]);
    words.extend(more);
    words.push(&range);
    world.bob.countersign(&words)
}

/// The gate's own repository is gone, as on a runner that begins anew; its pins may be kept.
fn forget(world: &World, keep_pins: bool) {
    let remotes = world.sandbox.path("xdg/cache/countersign/remotes");
    for entry in std::fs::read_dir(&remotes).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let pins = std::fs::read(folder.join("countersign/pins.json"));
        std::fs::remove_dir_all(&folder).unwrap();
        if keep_pins {
            std::fs::create_dir_all(folder.join("countersign")).unwrap();
            std::fs::write(folder.join("countersign/pins.json"), pins.unwrap()).unwrap();
        }
    }
}

fn landed(world: &World) -> String {
    let head = approved(world);
    world.bob.land_merge(&head)
}

fn notes(world: &World) -> String {
    world.remote_ref(NOTES).unwrap()
}

/// Sets the notes ref of the remote, as somebody can who may force.
fn rewind(world: &World, to: &str) {
    world.sandbox.git(&world.remote, &["update-ref", NOTES, to]);
}

fn pin(oid: &str) -> String {
    format!("--pin={NOTES}={oid}")
}

#[test]
fn without_a_pin_where_one_is_required_there_is_no_answer() {
    let world = pinning();
    let landed = landed(&world);
    answers(
        &asked(&world, &[], &world.root, &landed),
        3,
        "E-PIN-MISSING",
    );
    // Said in so many words, it goes; and the log is told to be unguarded.
    let ran = asked(&world, &["--no-pins"], &world.root, &landed);
    answers(&ran, 0, "W-NO-PINS");
    assert!(ran.json()["nextPin"].is_null());
    answers(
        &asked(&world, &[], &world.root, &landed),
        3,
        "E-PIN-MISSING",
    );
    let pin = pin(&notes(&world));
    let ran = asked(&world, &[&pin], &world.root, &landed);
    answers(&ran, 0, "");
    assert_eq!(ran.json()["nextPin"]["oid"], notes(&world));
    // From now on it knows by itself.
    answers(&asked(&world, &[], &world.root, &landed), 0, "");
}

#[test]
fn a_rewound_log_is_noticed_by_a_pin_that_was_given_and_by_one_that_was_kept() {
    let world = pinning();
    let landed = landed(&world);
    let before = notes(&world);
    super::say(&world.bob, "reject", "return-one");
    let after = notes(&world);
    answers(
        &asked(&world, &[&pin(&after)], &world.root, &landed),
        1,
        "E-REJECTED",
    );
    super::say(&world.bob, "withdraw", "return-one");
    let settled = notes(&world);
    answers(&asked(&world, &[&pin(&after)], &world.root, &landed), 0, "");
    rewind(&world, &before);
    forget(&world, true);
    let ran = asked(&world, &[], &world.root, &landed);
    answers(&ran, 3, "E-LOG-REWOUND");
    forget(&world, false);
    let ran = asked(&world, &[&pin(&after)], &world.root, &landed);
    answers(&ran, 3, "E-LOG-REWOUND");
    // A refusal moves no pin: what was held to stays what it was.
    rewind(&world, &settled);
    answers(&asked(&world, &[&pin(&after)], &world.root, &landed), 0, "");
}

#[test]
fn a_log_that_is_gone_is_noticed_by_a_pin() {
    let world = pinning();
    let landed = landed(&world);
    let had = pin(&notes(&world));
    answers(&asked(&world, &[&had], &world.root, &landed), 0, "");
    world
        .sandbox
        .git(&world.remote, &["update-ref", "-d", NOTES]);
    forget(&world, true);
    answers(
        &asked(&world, &[], &world.root, &landed),
        3,
        "E-LOG-REWOUND",
    );
}

#[test]
fn another_history_in_place_of_the_log_is_noticed_by_a_pin() {
    let world = pinning();
    let landed = landed(&world);
    let had = notes(&world);
    // The same notes, as if they had never had a past.
    let orphan = world.sandbox.git(
        &world.remote,
        &[
            "-c",
            "user.name=x",
            "-c",
            "user.email=x@y",
            "commit-tree",
            "-m",
            "Notes",
            &format!("{had}^{{tree}}"),
        ],
    );
    rewind(&world, orphan.trim());
    let pin = pin(&had);
    // A gate that has the pinned history can tell what happened; one that has not, only that it did.
    let elsewhere = asked(&world, &[&pin], &world.root, &landed);
    answers(&elsewhere, 3, "E-LOG-REWOUND");
    let clone = &world.agent;
    clone.git(&["fetch", "-q", "origin", &had]);
    clone.git(&["fetch", "-q", "origin"]);
    let range = format!("{}..{landed}", world.root);
    let root = format!("--policy-root={}", world.root);
    let words = [
        "gate",
        "--fetch",
        "--json",
        "--target=main",
        &root,
        &pin,
        &range,
    ];
    answers(&clone.countersign(&words), 3, "E-LOG-UNRELATED");
}

/// The pins a clone keeps.
fn kept(clone: &Checkout) -> serde_json::Value {
    let file = clone.dir.join(".git/countersign/pins.json");
    std::fs::read(file).map_or(serde_json::Value::Null, |bytes| {
        serde_json::from_slice(&bytes).unwrap()
    })
}

#[test]
fn a_pin_moves_forward_with_a_success_and_with_nothing_else() {
    let world = World::new();
    let head = approved(&world);
    world.agent.git(&["fetch", "-q", "origin"]);
    let first = notes(&world);
    let landed = world.bob.land_merge(&head);
    world.agent.git(&["fetch", "-q", "origin"]);
    let range = format!("{}..{landed}", world.root);
    let root = format!("--policy-root={}", world.root);
    let gate = |more: &[&str]| {
        let mut words = vec!["gate", "--fetch", "--json", "--target=main", &root, &range];
        words.extend(more);
        world.agent.countersign(&words)
    };
    gate(&["--report-only"]).exits(0);
    assert!(kept(&world.agent)["notes"].is_null());
    answers(&gate(&[]), 0, "");
    assert_eq!(kept(&world.agent)["notes"][NOTES][0], first);
    super::say(&world.bob, "reject", "return-one");
    answers(&gate(&[]), 1, "E-REJECTED");
    assert_eq!(kept(&world.agent)["notes"][NOTES][0], first);
    super::say(&world.bob, "withdraw", "return-one");
    answers(&gate(&[]), 0, "");
    let moved = kept(&world.agent);
    assert_eq!(moved["notes"][NOTES], serde_json::json!([notes(&world)]));
    // What is not read as a pin gives no answer, and is left for somebody to look at.
    let file = world.agent.dir.join(".git/countersign/pins.json");
    std::fs::write(&file, "{\"notes\":7}").unwrap();
    assert_eq!(gate(&[]).code, Some(3));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{\"notes\":7}");
}

#[test]
fn a_pin_that_cannot_be_kept_is_told_and_changes_no_decision() {
    let world = World::new();
    let landed = landed(&world);
    let clone = &world.agent;
    clone.git(&["fetch", "-q", "origin"]);
    clone.countersign(&["sync"]).exits(0);
    // A folder in its place cannot be written, whoever runs this.
    let lock = clone.dir.join(".git/countersign/pins.lock");
    std::fs::create_dir_all(lock).unwrap();
    let range = format!("{}..{landed}", world.root);
    let root = format!("--policy-root={}", world.root);
    let words = ["gate", "--json", "--target=main", &root, &range];
    answers(&clone.countersign(&words), 0, "W-PIN-NOT-KEPT");
}

#[test]
fn a_pin_names_the_ref_that_is_read_and_a_whole_id() {
    let world = World::new();
    let landed = landed(&world);
    for bad in [
        "x",
        "refs/heads/main=0000000000000000000000000000000000000000",
        "refs/notes/countersign=abc",
    ] {
        let ran = asked(&world, &["--pin", bad], &world.root, &landed);
        assert_eq!(ran.code, Some(2), "{bad}: {}", ran.stderr);
    }
    let both = asked(
        &world,
        &["--no-pins", &pin(&notes(&world))],
        &world.root,
        &landed,
    );
    assert_eq!(both.code, Some(2));
}
