//! `countersign log`: what each verdict covers, what took its place, and what it came to under
//! another policy.

use crate::attacks::say;
use crate::common::World;

#[test]
fn a_verdict_says_what_it_covers_and_what_took_its_place() {
    let world = World::new();
    let head = world.queue("app", "src/app.py", "def main():\n    return 1\n");
    say(&world.alice, "approve", "app");
    say(&world.alice, "reject", "app");
    let document = world.alice.countersign(&["log", "--json"]).exits(0).json();
    let verdicts = document["verdicts"].as_array().unwrap();
    let of = |kind: &str| verdicts.iter().find(|one| one["verdict"] == kind).unwrap();
    let (approved, rejected) = (of("approve"), of("reject"));
    assert_eq!(approved["standing"], "replaced");
    assert_eq!(approved["replacedBy"]["digest"], rejected["digest"]);
    assert_eq!(approved["replacedBy"]["verdict"], "reject");
    assert_eq!(
        (&approved["head"], &approved["base"]),
        (&head.as_str().into(), &world.root.as_str().into())
    );
    assert_eq!(approved["target"], "refs/heads/main");
    assert_eq!(approved["content"]["files"], 1);
    assert_eq!(
        (&rejected["standing"], &rejected["person"]),
        (&"stands".into(), &"alice".into())
    );
    assert!(rejected["replacedBy"].is_null());
    let text = world.alice.countersign(&["log", "app"]).ok();
    assert!(text.contains("; out by the reject "), "{text}");
    assert!(text.contains("covers refs/heads/main"), "{text}");
}

#[test]
fn a_revoked_key_counted_under_the_policy_before() {
    let mut policy = None;
    let world = World::with_policy(|first| policy = Some(first.clone()));
    let mut policy = policy.unwrap();
    world.queue("app", "src/app.py", "def main():\n    return 1\n");
    say(&world.bob, "approve", "app");
    policy.version = 2;
    let print = world.alice.git(&["log", "-1", "--format=%GF", &world.root]);
    let bobs = world.bob.countersign(&["log", "--json"]).exits(0).json();
    let key = bobs["verdicts"][0]["key"].as_str().unwrap().to_owned();
    assert_ne!(print, key);
    policy.revoked.push(key);
    world.alice.start("policy");
    world.alice.write_policy(&policy);
    world.alice.commit_signed("Bob's key is revoked");
    world.alice.push_main();
    world.alice.git(&["fetch", "-q", "origin"]);
    world.alice.countersign(&["sync"]).ok();

    let words = ["log", "--json", "--as-of", &world.root];
    let document = world.alice.countersign(&words).exits(0).json();
    assert_eq!(document["asOf"]["version"], 1);
    let one = &document["verdicts"][0];
    assert_eq!(one["standing"], "does-not-count");
    assert!(one["why"].as_str().unwrap().contains("E-KEY-REVOKED"));
    assert_eq!(one["asOf"]["standing"], "stands");
    let now = world
        .alice
        .countersign(&["log", "--json", "--as-of", "origin/main"])
        .exits(0)
        .json();
    assert_eq!(now["verdicts"][0]["asOf"]["standing"], "does-not-count");
    let text = world
        .alice
        .countersign(&["log", "--as-of", &world.root])
        .ok();
    assert!(
        text.contains("under policy v1 at") && text.contains(": stands"),
        "{text}"
    );
    world
        .alice
        .countersign(&["log", "--as-of", "nosuch"])
        .exits(2);
}
