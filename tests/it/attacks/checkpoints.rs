//! Checkpoints and rewrites of the notes: who may speak for the log, and what that hides from nobody
//! (rows L08, L09, L30, and R13 for these statements).

use super::log::asked;
use super::{answers, approved, say};
use crate::common::{Checkout, POLICY_REPOSITORY, World};

use super::forge;

const NOTES: &str = "refs/notes/countersign";

fn landed(world: &World) -> String {
    let head = approved(world);
    world.bob.land_merge(&head)
}

fn notes(world: &World) -> String {
    world.remote_ref(NOTES).unwrap()
}

fn asking_for_checkpoints() -> World {
    World::with_policy(|policy| {
        policy
            .tables
            .push_str("[log]\ncheckpoint_max_age = \"7d\"\n")
    })
}

fn checkpoint(who: &Checkout) {
    who.countersign(&["checkpoint", "--push"]).exits(0);
}

/// A time `days` ago, as statements carry it.
fn ago(days: i64) -> String {
    let time = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days);
    let time = jiff::Timestamp::from_second(time.as_second()).unwrap();
    time.to_string()
}

/// A checkpoint as Bob would sign it, of the notes as they are, with some things other than they are.
struct Forged<'w> {
    world: &'w World,
    statements: u64,
    issued: String,
    expires: String,
    repository: &'w str,
}

impl<'w> Forged<'w> {
    fn new(world: &'w World, statements: u64) -> Self {
        Self {
            world,
            statements,
            issued: ago(0),
            expires: ago(-20),
            repository: POLICY_REPOSITORY,
        }
    }

    fn publish(&self) {
        let world = self.world;
        let key = world.bob.key.as_ref().unwrap();
        let at = notes(world);
        let payload = format!(
            "{{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":{{\"expiresAt\":\"{}\",\"issuedAt\":\"{}\",\
             \"notesCommit\":\"{at}\",\"repository\":{{\"id\":\"{}\",\"policyRoot\":\"{}\"}},\
             \"reviewer\":{{\"key\":\"{}\",\"principal\":\"bob@corp.example\"}},\"statements\":{}}},\
             \"predicateType\":\"https://countersign.dev/checkpoint/v1\",\
             \"subject\":[{{\"digest\":{{\"gitCommit\":\"{at}\"}},\"name\":\"notes\"}}]}}",
            self.expires,
            self.issued,
            self.repository,
            world.root,
            key.fingerprint,
            self.statements
        );
        let line = forge::line(world, key, &payload);
        world.agent.git(&["fetch", "-q", "origin", &at]);
        forge::publish(world, &at, &line);
    }
}

#[test]
fn a_log_without_a_fresh_checkpoint_gives_no_answer_where_one_is_asked_for() {
    let world = asking_for_checkpoints();
    let landed = landed(&world);
    let gate = || asked(&world, &[], &world.root, &landed);
    answers(&gate(), 3, "E-CHECKPOINT-STALE");
    let mut old = Forged::new(&world, 1);
    old.issued = ago(8);
    old.publish();
    answers(&gate(), 3, "E-CHECKPOINT-STALE");
    let mut over = Forged::new(&world, 2);
    over.issued = ago(2);
    over.expires = ago(1);
    over.publish();
    answers(&gate(), 3, "E-CHECKPOINT-STALE");
    checkpoint(&world.bob);
    answers(&gate(), 0, "");
}

#[test]
fn a_checkpoint_of_another_repository_or_with_another_number_is_none() {
    let world = asking_for_checkpoints();
    let landed = landed(&world);
    let gate = || asked(&world, &[], &world.root, &landed);
    let mut elsewhere = Forged::new(&world, 1);
    elsewhere.repository = "urn:uuid:00000000-0000-4000-8000-000000000000";
    elsewhere.publish();
    answers(&gate(), 3, "E-CHECKPOINT-STALE");
    Forged::new(&world, 1).publish();
    answers(&gate(), 3, "E-CHECKPOINT-STALE");
    // As its author would count: the approval and the two before it.
    Forged::new(&world, 3).publish();
    answers(&gate(), 0, "");
}

#[test]
fn only_policy_owners_make_checkpoints() {
    let world = World::with_policy(|policy| {
        policy.tables = "[policy_change]\nfrom = [\"owner\"]\napprovals = 1\n[people.dora]\n\
                         principal = \"dora@corp.example\"\nroles = [\"owner\"]\n[people.erin]\n\
                         principal = \"erin@corp.example\"\nroles = [\"owner\"]\n\
                         [log]\ncheckpoint_max_age = \"7d\"\n"
            .to_owned();
        let key = policy.signers[2].rsplit_once("\" ").unwrap().1.to_owned();
        policy.signers[2] =
            format!("dora@corp.example namespaces=\"git,verdict.v1@countersign.dev\" {key}");
    });
    let landed = landed(&world);
    let refused = world.bob.countersign(&["checkpoint", "--push"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    let anyway = ["checkpoint", "--push", "--anyway"];
    world.bob.countersign(&anyway).exits(0);
    let gate = || asked(&world, &[], &world.root, &landed);
    answers(&gate(), 3, "E-CHECKPOINT-STALE");
    let key = world.carol.path.with_extension("pub");
    world
        .bob
        .git(&["config", "user.signingKey", key.to_str().unwrap()]);
    checkpoint(&world.bob);
    answers(&gate(), 0, "");
}

#[test]
fn a_checkpoint_that_is_made_hides_no_rejection_that_a_push_took_out() {
    let world = World::new();
    let head = approved(&world);
    say(&world.bob, "reject", "return-one");
    let landed = world.bob.land_merge(&head);
    let agent = &world.agent;
    agent.git(&["fetch", "-q", "origin", &format!("+{NOTES}:{NOTES}")]);
    agent.git(&["notes", "--ref", NOTES, "remove", &head]);
    agent.git(&["push", "-q", "origin", NOTES]);
    let gate = || asked(&world, &[], &world.root, &landed);
    answers(&gate(), 1, "E-REJECTED");
    let made = world.alice.countersign(&["checkpoint", "--push"]).exits(0);
    assert!(made.stderr.contains("put back"), "{}", made.stderr);
    answers(&gate(), 1, "E-REJECTED");
    say(&world.bob, "withdraw", "return-one");
    answers(&gate(), 0, "");
}

#[test]
fn what_an_approver_had_seen_is_asked_for_before_a_checkpoint_too() {
    let world = World::new();
    let head = approved(&world);
    say(&world.bob, "reject", "return-one");
    say(&world.alice, "approve", "return-one");
    let approval = world
        .agent
        .git(&["fetch", "-q", "origin", &format!("+{NOTES}:{NOTES}")]);
    assert!(approval.is_empty());
    // All but Alice's last word is taken out, and a policy owner vouches for the rest.
    let note = world.agent.git(&["notes", "--ref", NOTES, "show", &head]);
    let last = that_had_seen(&note);
    world.agent.git(&["notes", "--ref", NOTES, "remove", &head]);
    world
        .agent
        .git(&["notes", "--ref", NOTES, "append", "-m", last, &head]);
    world.agent.git(&["push", "-q", "origin", NOTES]);
    let landed = world.bob.land_merge(&head);
    let gate = || asked(&world, &[], &world.root, &landed);
    answers(&gate(), 1, "E-REJECTED");
    Forged::new(&world, 1).publish();
    answers(&gate(), 3, "E-EVIDENCE-MISSING");
}

#[test]
fn before_a_checkpoint_only_its_tree_is_read_and_all_of_its_history_is_still_known() {
    let world = World::new();
    let landed = landed(&world);
    let first = notes(&world);
    say(&world.bob, "comment", "return-one");
    checkpoint(&world.alice);
    let ran = asked(
        &world,
        &[&format!("--pin={NOTES}={first}")],
        &world.root,
        &landed,
    );
    answers(&ran, 0, "");
    let whole = ran.json()["warnings"].as_array().unwrap().len();
    // A line that was no statement and that the tree holds no longer is not read any more.
    let world = World::new();
    let landed = self::landed(&world);
    forge::publish(&world, &world.root, "nonsense");
    world
        .agent
        .git(&["notes", "--ref", NOTES, "remove", &world.root]);
    world.agent.git(&["push", "-q", "origin", NOTES]);
    let gate = || asked(&world, &[], &world.root, &landed);
    assert_eq!(gate().json()["ignored"].as_array().unwrap().len(), 1);
    checkpoint(&world.alice);
    let ran = gate();
    answers(&ran, 0, "");
    assert_eq!(ran.json()["ignored"].as_array().unwrap().len(), 0);
    assert_eq!(whole, 0);
}

/// The line of a note whose signer had seen another statement.
fn that_had_seen(note: &str) -> &str {
    let mut lines = note.lines().filter(|line| !line.is_empty());
    let seen = lines.find(|line| forge::payload_of(line).contains("\"seen\":"));
    seen.unwrap()
}

/// Puts the remote's notes on a history of their own; the new tip.
fn rewritten(world: &World) -> String {
    let old = notes(world);
    let words = [
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@y",
        "commit-tree",
        "-m",
        "New",
    ];
    let tree = format!("{old}^{{tree}}");
    let words: Vec<&str> = words.into_iter().chain([tree.as_str()]).collect();
    let new = world.sandbox.git(&world.remote, &words);
    let new = new.trim().to_owned();
    world
        .sandbox
        .git(&world.remote, &["update-ref", NOTES, &new]);
    new
}

/// A clone that has never seen the old notes, with a person's key.
fn fresh(world: &World, like: &Checkout, name: &str) -> Checkout {
    let email = like.git(&["config", "user.email"]);
    Checkout::new(
        &world.sandbox,
        &world.remote,
        name,
        email.trim(),
        like.key.as_ref(),
    )
}

fn consent(clone: &Checkout, old: &str, new: &str) {
    clone.git(&["fetch", "-q", "origin", old]);
    let words = ["log-rebase", old, new, "-m", "Too large by half", "--push"];
    clone.countersign(&words).exits(0);
}

#[test]
fn a_rewritten_log_holds_once_enough_policy_owners_consent() {
    let world = World::new();
    let head = approved(&world);
    say(&world.bob, "comment", "return-one");
    say(&world.alice, "approve", "return-one");
    let landed = world.bob.land_merge(&head);
    let old = notes(&world);
    let pin = format!("--pin={NOTES}={old}");
    answers(&asked(&world, &[&pin], &world.root, &landed), 0, "");
    let new = rewritten(&world);
    let cache = world.sandbox.path("xdg/cache/countersign/remotes");
    std::fs::remove_dir_all(cache).unwrap();
    let gate = |more: &[&str]| asked(&world, more, &world.root, &landed);
    // Alice had seen the old log when she approved last.
    answers(&gate(&[]), 3, "E-LOG-REWOUND");
    answers(&gate(&[&pin]), 3, "E-LOG-REWOUND");
    let alice = fresh(&world, &world.alice, "alice-anew");
    consent(&alice, &old, &new);
    answers(&gate(&[&pin]), 3, "E-LOG-REWOUND");
    consent(&fresh(&world, &world.bob, "bob-anew"), &old, &new);
    // The pin was the last tip; what Alice had seen was older, and is known where the old log is.
    let clone = fresh(&world, &world.alice, "gate");
    clone.git(&["fetch", "-q", "origin", &old]);
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
    answers(&clone.countersign(&words), 0, "W-LOG-REBASED");
    // Where it is not, the approval that had seen it is given again.
    say(&alice, "approve", "return-one");
    answers(&gate(&[&pin]), 0, "W-LOG-REBASED");
}

#[test]
fn one_policy_owner_is_not_enough_for_a_rewrite() {
    let world = World::new();
    let landed = landed(&world);
    let old = notes(&world);
    let pin = format!("--pin={NOTES}={old}");
    let new = rewritten(&world);
    let gate = || asked(&world, &[&pin], &world.root, &landed);
    answers(&gate(), 3, "E-LOG-REWOUND");
    let alice = fresh(&world, &world.alice, "alice-anew");
    consent(&alice, &old, &new);
    consent(&alice, &old, &new);
    answers(&gate(), 3, "E-LOG-REWOUND");
    consent(&fresh(&world, &world.bob, "bob-anew"), &old, &new);
    answers(&gate(), 0, "W-LOG-REBASED");
}

#[test]
fn consent_to_a_rewrite_does_not_bring_back_what_it_lost() {
    let world = World::new();
    let head = approved(&world);
    say(&world.bob, "reject", "return-one");
    say(&world.alice, "approve", "return-one");
    let landed = world.bob.land_merge(&head);
    let agent = &world.agent;
    agent.git(&["fetch", "-q", "origin", &format!("+{NOTES}:{NOTES}")]);
    let old = notes(&world);
    let note = agent.git(&["notes", "--ref", NOTES, "show", &head]);
    let last = that_had_seen(&note);
    agent.git(&["notes", "--ref", NOTES, "remove", &head]);
    agent.git(&["notes", "--ref", NOTES, "append", "-m", last, &head]);
    agent.git(&["push", "-q", "origin", NOTES]);
    let new = rewritten(&world);
    let alice = fresh(&world, &world.alice, "alice-anew");
    let bob = fresh(&world, &world.bob, "bob-anew");
    for clone in [&alice, &bob] {
        clone.git(&["fetch", "-q", "origin", &old]);
        let words = ["log-rebase", &old, &new, "-m", "Lighter", "--push"];
        let refused = clone.countersign(&words);
        assert_ne!(refused.code, Some(0), "{}", refused.stdout);
        assert!(
            refused.stderr.contains("not in the new history"),
            "{}",
            refused.stderr
        );
        let lossy: Vec<&str> = words.into_iter().chain(["--lossy"]).collect();
        clone.countersign(&lossy).exits(0);
    }
    let clone = fresh(&world, &world.alice, "gate");
    clone.git(&["fetch", "-q", "origin", &old]);
    let range = format!("{}..{landed}", world.root);
    let root = format!("--policy-root={}", world.root);
    let words = ["gate", "--fetch", "--json", "--target=main", &root, &range];
    answers(&clone.countersign(&words), 3, "E-EVIDENCE-MISSING");
}

#[test]
fn a_rewrite_is_not_signed_where_it_would_be_undone() {
    let world = World::new();
    landed(&world);
    let old = notes(&world);
    world.alice.countersign(&["sync"]).exits(0);
    let new = rewritten(&world);
    let words = ["log-rebase", &old, &new, "-m", "Lighter", "--push"];
    let refused = world.alice.countersign(&words);
    assert_ne!(refused.code, Some(0));
    assert!(
        refused.stderr.contains("bring it back"),
        "{}",
        refused.stderr
    );
}
