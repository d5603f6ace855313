//! `countersign stats`: the numbers of a queue whose every event is known.

use crate::attacks::forge;
use crate::common::{Checkout, Key, World};

fn approve(who: &Checkout, id: &str) {
    who.countersign(&["sync"]).ok();
    who.countersign(&["approve", id, "-m", "read it all", "--push"])
        .ok();
}

/// One change landed and was taken back, one was rejected, one waits, one was closed.
fn world() -> World {
    let world = World::new();
    let undone = world.queue("undone", "src/a.py", "a = 1\n");
    world.queue("refused", "src/b.py", "b = 1\n");
    world.queue("waits", "src/c.py", "c = 1\n");
    world.queue("closed", "src/d.py", "d = 1\n");
    world.agent.run("close closed -m no").ok();
    approve(&world.alice, "undone");
    world.bob.countersign(&["sync"]).ok();
    world
        .bob
        .countersign(&["reject", "refused", "-m", "wrong", "--push"])
        .ok();
    world.bob.fetch_queue("undone", 1);
    world.bob.land_squash(&undone, "Change a (squashed)");
    let landed = world.bob.oid("HEAD");
    world.bob.git(&["rm", "-q", "src/a.py"]);
    world.bob.commit(&format!(
        "Revert \"Change a\"\n\nThis reverts commit {landed}."
    ));
    world.bob.push_main();
    world.alice.git(&["pull", "-q"]);
    world.alice.run("sync").ok();
    world
}

#[test]
fn every_event_is_counted_once() {
    let world = world();
    let all = world.alice.run("stats --since 3660d --json").json();
    assert_eq!(all["schema"], "countersign/stats/1");
    assert_eq!(all["queue"]["waiting"], 1);
    assert_eq!(
        (&all["queue"]["overdue"], &all["queue"]["unreadable"]),
        // The commits of the tests are years old.
        (&1.into(), &0.into())
    );
    let changes = &all["changes"];
    let of = |name: &str| changes[name].as_u64().unwrap();
    assert_eq!(of("changes"), 4);
    assert_eq!((of("landed"), of("reverted"), of("rejected")), (1, 1, 1));
    assert_eq!((of("decided"), of("troubled"), of("approved")), (2, 2, 1));
    assert_eq!(all["firstVerdictSeconds"]["count"], 2);
    assert_eq!(all["approvalSeconds"]["count"], 1);
    let reviewers = all["reviewers"].as_array().unwrap();
    let names: Vec<&str> = reviewers
        .iter()
        .map(|one| one["reviewer"].as_str().unwrap())
        .collect();
    assert!(
        names.starts_with(&["alice", "bob"]) || names.starts_with(&["bob", "alice"]),
        "{names:?}"
    );
    // An approval without the screen says that nothing was seen: it is hasty, whatever it is of.
    assert_eq!(all["rushed"], serde_json::json!({"approvals": 1, "of": 1}));
    assert_eq!(all["agents"][0]["name"], "claude");
    assert!(all.get("suggestions").is_none());
}

#[test]
fn suggestions_name_their_evidence_and_need_enough_of_it() {
    let world = world();
    let enough = world
        .alice
        .run("stats --since 3660d --suggest --least 2 --json")
        .json();
    let first = &enough["suggestions"][0];
    assert_eq!(
        (&first["advice"], &first["matcher"]),
        (&"tighten".into(), &"rule".into())
    );
    assert_eq!(first["evidence"]["troubled"], 2);
    let few = world
        .alice
        .run("stats --since 3660d --suggest --json")
        .json();
    assert_eq!(few["suggestions"], serde_json::json!([]));
    assert_eq!(few["suggestionsFrom"]["leastDecided"], 20);
    let words = world.alice.run("stats --suggest").ok();
    assert!(words.contains("nothing stands out"), "{words}");
}

#[test]
fn a_collector_can_read_them_and_what_is_before_the_period_is_not_in_them() {
    let world = world();
    let text = world.alice.run("stats --since 3660d --openmetrics").ok();
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert!(text.contains("\ncountersign_queue_waiting 1\n"), "{text}");
    assert!(
        text.contains("\ncountersign_agent_reverted{agent=\"claude\"} 1\n"),
        "{text}"
    );
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(
            name.starts_with("countersign_") && value.parse::<i64>().is_ok(),
            "{line}"
        );
    }
    // What was queued long ago counts where it was judged in the period, and only then.
    let lately = world
        .alice
        .run("stats --since 2d --overdue 3660d --json")
        .json();
    assert_eq!(lately["changes"]["changes"], 2);
    assert_eq!(
        (&lately["queue"]["waiting"], &lately["queue"]["overdue"]),
        (&1.into(), &0.into())
    );
    let days = lately["days"].as_array().unwrap();
    assert_eq!((days.len(), &days[1]["verdicts"]), (2, &2.into()));
    world.alice.run("stats --since yesterday").exits(2);
}

#[test]
fn an_empty_repository_has_numbers_too() {
    let world = World::new();
    let words = world.alice.run("stats --suggest").ok();
    assert!(words.contains("waiting        0"), "{words}");
}

#[test]
fn what_a_stranger_signed_is_in_no_number() {
    let world = World::new();
    let head = world.queue("fine", "src/a.py", "a = 1\n");
    approve(&world.alice, "fine");
    let mallory = Key::new(&world.sandbox, "mallory");
    let alice = world.alice.key.as_ref().unwrap();
    let text = forge::payload(&world, &head, "approve");
    let text = text.replace(&alice.fingerprint, &mallory.fingerprint);
    forge::publish(&world, &head, &forge::line(&world, &mallory, &text));
    world.bob.run("sync").ok();
    let log = world.bob.run("log --json").json();
    assert_eq!(log["verdicts"].as_array().unwrap().len(), 2, "{log}");
    let all = world.bob.run("stats --since 3660d --json").json();
    assert_eq!(all["reviewers"][0]["approvals"], 1, "{all}");
}
