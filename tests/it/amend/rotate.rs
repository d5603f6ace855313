//! One key follows another: both count until the old one's end.

use super::{carol, gate, pass, public, says};
use crate::common::{Key, World};

#[test]
fn a_rotated_key_counts_to_its_end_and_the_new_one_from_the_landing_on() {
    let world = World::new();
    let carol = carol(&world);
    let (alice, new) = (&world.alice, Key::new(&world.sandbox, "alice2"));
    let app = world.queue("app", "src/app.py", "def main():\n    return 5\n");
    alice.run("sync").exits(0);
    alice.run("approve app -m fine").exits(0);
    let file = public(&new);
    let rotate = [
        "policy",
        "rotate-key",
        "alice",
        "--key",
        &file,
        "--change",
        "next-key",
    ];
    let ran = alice
        .countersign(&[&rotate[..], &["--until", "7d"]].concat())
        .exits(0);
    says(
        &ran,
        "app@1 counts until then (approve by alice@corp.example for @1)",
    );
    says(&ran, "WARN the key that this clone signs with ends on ");
    pass(&world, &carol, "next-key");
    carol.git(&["pull", "-q", "origin", "main"]);
    carol.fetch_queue("app", 1);
    carol.land_merge(&app);
    carol.push_main();
    gate(&world, &carol).exits(0);
    // The new key speaks for Alice as well.
    alice.git(&["config", "user.signingKey", &file]);
    alice.run("sync").exits(0);
    let more = world.queue("more", "README.md", "More.\n");
    alice.run("sync").exits(0);
    alice.run("approve more -m fine").exits(0);
    carol.fetch_queue("more", 1);
    carol.land_merge(&more);
    carol.push_main();
    gate(&world, &carol).exits(0);
    // A second rotation has two keys to choose from.
    let third = public(&Key::new(&world.sandbox, "alice3"));
    let again = [
        "policy",
        "rotate-key",
        "alice",
        "--key",
        &third,
        "--dry-run",
    ];
    let ran = alice.countersign(&again).exits(2);
    says(&ran, "alice has several keys that count now");
    let with = [&again[..], &["--old", &new.fingerprint]].concat();
    alice.countersign(&with).exits(0);
}

#[test]
fn an_approval_by_a_key_that_has_ended_is_not_counted() {
    let world = World::new();
    let carol = carol(&world);
    let alice = &world.alice;
    let app = world.queue("app", "src/app.py", "def main():\n    return 5\n");
    alice.run("sync").exits(0);
    alice.run("approve app -m fine").exits(0);
    let file = public(&Key::new(&world.sandbox, "alice2"));
    let rotate = [
        "policy",
        "rotate-key",
        "alice",
        "--key",
        &file,
        "--until",
        "now",
        "--change",
        "end",
    ];
    alice.countersign(&rotate).exits(0);
    pass(&world, &carol, "end");
    carol.git(&["pull", "-q", "origin", "main"]);
    carol.fetch_queue("app", 1);
    carol.land_merge(&app);
    carol.push_main();
    let ran = gate(&world, &carol).exits(8);
    says(&ran, "E-KEY-EXPIRED");
    for until in ["yesterday", "2020-01-01", "0s"] {
        let ran = alice
            .countersign(&[
                "policy",
                "rotate-key",
                "bob",
                "--key",
                &file,
                "--until",
                until,
            ])
            .exits(2);
        says(&ran, "is no time to come");
    }
}
