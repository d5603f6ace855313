//! What the second verifier (`tests/second`) disagreed about with the gate, and was right in.

use serde_json::Value;

use super::{answers, forge, judged, say};
use crate::common::World;

/// The one field of a payload that begins with this name and quote, up to the next quote.
fn field<'p>(payload: &'p str, before: &str) -> &'p str {
    let (_, rest) = payload.split_once(before).expect(before);
    rest.split_once('"').expect("a quote").0
}

#[test]
fn an_approval_does_not_hide_who_made_the_change_behind_other_commits() {
    let world = World::with_policy(|policy| policy.mode = "all");
    // Alice's own change, on which Bob only remarks: his payload says what its content is.
    world.alice.start("own");
    world
        .alice
        .write("src/app.py", "def main():\n    return 7\n");
    world.alice.commit("Mine");
    let own = world.alice.push_queue("own", 1);
    say(&world.bob, "comment", "own");
    let remark = forge::payload(&world, &own, "comment");
    // She signs that content with the agent's commits as what she approves.
    let decoy = world.queue("decoy", "src/other.py", "x = 1\n");
    say(&world.alice, "approve", "decoy");
    let honest = forge::payload(&world, &decoy, "approve");
    let mut forged = honest.clone();
    for before in ["\"sha256\":\"", "\"gitTree\":\""] {
        let (old, new) = match before {
            "\"sha256\":\"" => {
                let content =
                    "\"content\":{\"algorithm\":\"change-content-v1\",\"files\":1,\"sha256\":\"";
                (field(&honest, content), field(&remark, content))
            }
            _ => {
                let head = |payload: &str, oid: &str| {
                    field(
                        payload,
                        &format!("\"head\":{{\"gitCommit\":\"{oid}\",\"gitTree\":\""),
                    )
                    .to_owned()
                };
                let (old, new) = (head(&honest, &decoy), head(&remark, &own));
                forged = forged.replace(&old, &new);
                continue;
            }
        };
        forged = forged.replace(old, new);
    }
    assert_ne!(forged, honest);
    let line = forge::line(&world, world.alice.key.as_ref().expect("a key"), &forged);
    forge::publish(&world, &decoy, &line);

    let landed = world
        .bob
        .land_squash(&world.bob.fetch_queue("own", 1), "Theirs");
    answers(
        &judged(&world, &world.root, &landed),
        8,
        "E-CONTENT-MISMATCH",
    );
}

#[test]
fn an_approval_that_a_veto_denies_stops_nobody_elses() {
    let world = World::with_policy(|policy| policy.mode = "all");
    world.queue("vetoed", "src/app.py", "x = 1\n");
    say(&world.bob, "reject", "vetoed");
    // The next revision is approved under another name, and then under the vetoed one as well.
    let head = world.queue("renamed", "src/app.py", "x = 2\n");
    say(&world.alice, "approve", "renamed");
    let landed = world.bob.land_merge(&world.bob.fetch_queue("renamed", 1));
    answers(&judged(&world, &world.root, &landed), 0, "");
    let again = forge::payload(&world, &head, "approve")
        .replace(
            "\"id\":\"renamed\",\"revision\":1",
            "\"id\":\"vetoed\",\"revision\":2",
        )
        .replace("renamed@1", "vetoed@2");
    let line = forge::line(&world, world.alice.key.as_ref().expect("a key"), &again);
    forge::publish(&world, &head, &line);
    answers(&judged(&world, &world.root, &landed), 0, "E-REJECTED");
}

#[test]
fn a_squash_of_an_agents_revision_is_flagged() {
    let world = World::with_policy(|policy| policy.mode = "flagged");
    world.agent.start("quiet");
    world.agent.write("src/app.py", "x = 1\n");
    world.agent.commit("No marker, but the agent's address");
    world.agent.push_queue("quiet", 1);
    let landed = world
        .bob
        .land_squash(&world.bob.fetch_queue("quiet", 1), "By hand");
    answers(&judged(&world, &world.root, &landed), 8, "E-UNAPPROVED");
}

/// Who could still approve the first run by the first rule, by id.
fn could(report: &Value) -> Vec<&str> {
    let people = report["runs"][0]["rules"][0]["could"].as_array();
    people
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

#[test]
fn who_made_a_revision_could_still_approve_the_squash_of_it() {
    let world = World::with_policy(|policy| {
        policy.mode = "all";
        policy.approvals = 2;
    });
    // Alice and the agent made it, Carol runs the agent, Bob approved it and squashed it.
    world.alice.start("both");
    world.alice.write("src/app.py", "x = 1\n");
    world.alice.commit("Half");
    world.alice.write("src/app.py", "x = 2\n");
    let author = "--author=Coder <coder-bot@corp.example>";
    world.alice.git(&[
        "commit",
        "-q",
        "-a",
        "--no-gpg-sign",
        author,
        "-m",
        "Other half",
    ]);
    world.alice.push_queue("both", 1);
    say(&world.bob, "approve", "both");
    world.bob.start("landing");
    world
        .bob
        .git(&["merge", "-q", "--squash", &world.bob.fetch_queue("both", 1)]);
    world
        .bob
        .git(&["commit", "-q", "--no-gpg-sign", author, "-m", "Squashed"]);
    let landed = world.bob.push_main();
    let waits = judged(&world, &world.root, &landed);
    answers(&waits, 8, "E-UNAPPROVED");
    assert_eq!(could(&waits.json()), ["alice"]);
    // As it says: her approval of what landed makes it go.
    world.alice.git(&["fetch", "-q", "origin"]);
    world.alice.git(&[
        "push",
        "-q",
        "origin",
        &format!("{landed}:refs/countersign/queue/squash/1"),
    ]);
    say(&world.alice, "approve", "squash");
    answers(&judged(&world, &world.root, &landed), 0, "");
}

#[test]
fn who_edited_while_merging_is_not_counted_on() {
    let world = World::with_policy(|policy| {
        policy.mode = "all";
        policy.approvals = 2;
    });
    world.queue("edited", "src/app.py", "x = 1\n");
    let head = world.bob.fetch_queue("edited", 1);
    world.bob.start("landing");
    world
        .bob
        .git(&["merge", "-q", "--no-ff", "--no-commit", &head]);
    world.bob.write("README.md", "Another word.\n");
    world
        .bob
        .git(&["commit", "-q", "-a", "--no-gpg-sign", "-m", "Merge"]);
    let landed = world.bob.push_main();
    // Bob made a part, Carol runs the agent: Alice alone is not two.
    answers(&judged(&world, &world.root, &landed), 1, "E-UNAPPROVED");
}
