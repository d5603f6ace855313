//! Reasons that are seldom given: each is provoked once, through the program, with its exit code.

use crate::attacks::forge::{line, payload, publish};
use crate::attacks::{answers, approved, asked_from, judged, say};
use crate::common::{Checkout, Ran, World};

const NOTES: &str = "refs/notes/countersign";

/// What the gate says, as JSON, of a range in a clone, without fetching.
fn asked(who: &Checkout, world: &World, target: &str, range: &str) -> Ran {
    let root = &world.root;
    let words = ["gate", "--json", "--target", target, "--policy-root", root];
    who.countersign(&[&words[..], &[range]].concat())
}

/// What is odd about the first revision of a change, as a clone shows it.
fn oddities(who: &Checkout, id: &str) -> String {
    who.run("sync").ok();
    let shown = who.run(&format!("show {id}@1 --json")).exits(0).json();
    shown["notes"].to_string()
}

#[test]
fn an_approval_of_the_revision_before_does_not_count() {
    let world = World::new();
    approved(&world);
    world.agent.start("again");
    world.agent.commit_by_ai("src/app.py", "x = 2\n", "Again");
    world.agent.push_queue("return-one", 2);
    let second = world.bob.fetch_queue("return-one", 2);
    let landed = world.bob.land_merge(&second);
    answers(&judged(&world, &world.root, &landed), 8, "E-STALE-REVISION");
    say(&world.alice, "approve", "return-one@2");
    answers(&judged(&world, &world.root, &landed), 0, "");
}

#[test]
fn nobody_signs_in_the_name_of_somebody_else() {
    let world = World::with_policy(|policy| policy.approvals = 2);
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    let own = payload(&world, &head, "approve");
    let as_bob = own.replace("alice@corp.example", "bob@corp.example");
    assert_ne!(own, as_bob);
    let key = world.alice.key.as_ref().unwrap();
    publish(&world, &head, &line(&world, key, &as_bob));
    answers(&judged(&world, &world.root, &landed), 8, "E-PRINCIPAL");
    say(&world.bob, "approve", "return-one");
    answers(&judged(&world, &world.root, &landed), 0, "");
}

#[test]
fn the_key_of_an_agent_does_not_approve() {
    let world = World::with_policy(|policy| {
        policy.tables = "[agents.robot]\nemails = [\"robot@corp.example\"]\n\
                         principal = \"robot@corp.example\"\noperator = \"carol\"\n"
            .to_owned();
        // The key in Bob's clone is the robot's.
        policy.signers[1] = policy.signers[1].replace("bob@", "robot@");
    });
    let head = world.queue("return-one", "src/app.py", "def main():\n    return 1\n");
    say(&world.bob, "approve", "return-one");
    world.bob.fetch_queue("return-one", 1);
    let landed = world.bob.land_merge(&head);
    answers(&judged(&world, &world.root, &landed), 8, "E-AGENT-KEY");
    say(&world.alice, "approve", "return-one");
    answers(&judged(&world, &world.root, &landed), 0, "");
}

#[test]
fn an_approval_that_its_reviewer_gave_again_counts_once() {
    let world = World::with_policy(|policy| policy.approvals = 2);
    let head = approved(&world);
    say(&world.alice, "approve", "return-one");
    let landed = world.bob.land_merge(&head);
    answers(&judged(&world, &world.root, &landed), 8, "E-SUPERSEDED");
    say(&world.bob, "approve", "return-one");
    answers(&judged(&world, &world.root, &landed), 0, "");
}

#[test]
fn what_came_in_from_the_side_is_not_what_the_candidate_stands_on() {
    let world = World::new();
    let deployed = approved(&world);
    world.bob.start("swapped");
    world.bob.write("src/more.py", "MORE = 1\n");
    world.bob.commit("More");
    let words = ["merge", "-q", "--no-ff", "-m", "The wrong way", &deployed];
    world.bob.git(&words);
    let landed = world.bob.push_main();
    let ran = judged(&world, &deployed, &landed);
    answers(&ran, 1, "E-NOT-DESCENDANT");
    answers(&ran, 1, "E-FIRST-PARENT");
    // What the candidate does not hold at all is another thing.
    let other = judged(&world, &landed, &deployed);
    answers(&other, 1, "E-NOT-DESCENDANT");
    assert!(!other.stdout.contains("E-FIRST-PARENT"), "{}", other.stdout);
}

#[test]
fn a_branch_that_the_policy_does_not_name_has_no_policy() {
    let world = World::new();
    let head = approved(&world);
    let range = format!("{}..{head}", world.root);
    world.bob.run("sync").ok();
    world.bob.git(&["branch", "aside", &head]);
    let ran = asked(&world.bob, &world, "aside", &range);
    answers(&ran, 3, "E-POLICY-MISSING");
}

#[test]
fn a_question_that_names_nothing_is_a_mistake_of_the_asker() {
    let world = World::new();
    let ran = asked(&world.bob, &world, "main", "no-such..branch");
    answers(&ran, 2, "E-USAGE");
}

#[test]
fn a_remote_that_is_gone_gives_no_answer() {
    let world = World::new();
    let head = approved(&world);
    std::fs::rename(&world.remote, world.sandbox.path("away.git")).unwrap();
    let range = format!("{}..{head}", world.root);
    answers(&asked_from(&world, &world.root, &range), 4, "E-UNAVAILABLE");
}

#[test]
fn a_ref_that_cannot_be_read_gives_no_answer() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    world.bob.run("sync").ok();
    let range = format!("{}..{landed}", world.root);
    answers(&asked(&world.bob, &world, "main", &range), 0, "");
    let tip = world.bob.dir.join(".git/refs/remotes/origin/main");
    std::fs::write(tip, "rubbish\n").unwrap();
    let ran = asked(&world.bob, &world, "main", &range);
    answers(&ran, 3, "E-UNDECIDED");
}

#[test]
fn a_tree_that_has_not_the_form_of_one_gives_no_answer() {
    let world = World::new();
    world.bob.start("landing");
    let blob = world.bob.oid("HEAD:README.md");
    let raw: Vec<u8> = (0..40)
        .step_by(2)
        .map(|at| u8::from_str_radix(&blob[at..at + 2], 16).unwrap())
        .collect();
    let entry = [b"100644 twice\0", &raw[..]].concat();
    let file = world.sandbox.path("tree");
    std::fs::write(&file, [&entry[..], &entry[..]].concat()).unwrap();
    let file = file.to_str().unwrap();
    let words = ["hash-object", "-t", "tree", "-w", "--literally", file];
    let tree = world.bob.git(&words);
    let words = ["commit-tree", "-p", &world.root, "-m", "Odd", &tree];
    let odd = world.bob.git(&words);
    approved(&world);
    world.bob.run("sync").ok();
    let range = format!("{}..{odd}", world.root);
    let ran = asked(&world.bob, &world, "main", &range);
    answers(&ran, 3, "E-OBJECT-MALFORMED");
}

#[test]
fn a_note_of_too_many_lines_gives_no_answer() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    let agent = &world.agent;
    agent.git(&["fetch", "-q", "origin", &format!("+{NOTES}:{NOTES}")]);
    let file = world.sandbox.path("lines");
    let put = |lines: usize| {
        std::fs::write(&file, "x\n".repeat(lines)).unwrap();
        let file = file.to_str().unwrap();
        agent.git(&["notes", "--ref", NOTES, "add", "-f", "-F", file, &landed]);
        agent.git(&["push", "-q", "origin", NOTES]);
    };
    put(100_000);
    answers(&judged(&world, &world.root, &landed), 0, "");
    put(100_001);
    answers(&judged(&world, &world.root, &landed), 3, "E-TOO-LARGE");
}

#[test]
fn a_line_that_is_no_statement_is_told_of() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    publish(&world, &head, "a remark of somebody's own");
    world.bob.run("sync").ok();
    let root = &world.root;
    let range = format!("{root}..{landed}");
    let words = ["gate", "--target", "main", "--policy-root", root, &range];
    let ran = world.bob.countersign(&words).exits(0);
    let told = "W-NOTE-IGNORED: 1 lines";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
}

#[test]
fn a_repository_of_another_user_is_not_read() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    world.bob.run("sync").ok();
    let range = format!("{}..{landed}", world.root);
    let mut give = world.sandbox.command("chown", &world.bob.dir);
    let given = crate::common::run(give.args(["-R", "54321", "."]), b"");
    let ran = asked(&world.bob, &world, "main", &range);
    // Only root can give files away; the words alone are a test of `git::store`.
    if given.code == Some(0) {
        answers(&ran, 3, "E-FOREIGN-OWNER");
    } else {
        answers(&ran, 0, "");
    }
}

#[test]
fn a_revision_that_was_moved_after_a_verdict_is_told_of() {
    let world = World::new();
    approved(&world);
    assert_eq!(oddities(&world.alice, "return-one"), "[]");
    world.agent.start("other");
    world.agent.commit_by_ai("src/app.py", "x = 2\n", "Other");
    let refspec = "+HEAD:refs/countersign/queue/return-one/1";
    world.agent.git(&["push", "-q", "origin", refspec]);
    let told = oddities(&world.alice, "return-one");
    assert!(told.contains("W-CHANGE-ID-REUSE"), "{told}");
}

#[test]
fn notes_that_cannot_be_taken_over_are_told_of() {
    let world = World::new();
    approved(&world);
    world.bob.run("sync").ok();
    let blob = world.bob.oid("HEAD:README.md");
    let words = ["update-ref", NOTES, &blob];
    world.sandbox.git(&world.remote, &words);
    let ran = world.bob.run("sync").exits(3);
    assert!(ran.stderr.contains("W-NOTES-UNREADABLE"), "{}", ran.stderr);
}

#[test]
fn a_letter_with_another_name_than_its_ref_is_told_of() {
    let world = World::new();
    world.agent.start("swap");
    world.agent.commit_by_ai("src/app.py", "x = 1\n", "Swap");
    let queue = |tag: &str, id: &str| {
        world.agent.git(&["tag", "-a", tag, "-m", "Swap"]);
        let to = format!("refs/tags/{tag}:refs/countersign/queue/{id}/1");
        world.agent.git(&["push", "-q", "origin", &to]);
    };
    queue("countersign/good/1", "good");
    assert_eq!(oddities(&world.alice, "good"), "[]");
    queue("countersign/other/7", "bad");
    let told = oddities(&world.alice, "bad");
    assert!(told.contains("W-TAG-NAME"), "{told}");
}

#[test]
fn an_own_ref_that_differs_from_the_remotes_is_told_of() {
    let world = World::new();
    let head = world.queue("swap", "src/app.py", "x = 1\n");
    assert_eq!(oddities(&world.alice, "swap"), "[]");
    let words = ["update-ref", "refs/countersign/queue/swap/1", &world.root];
    world.alice.git(&words);
    let told = oddities(&world.alice, "swap");
    assert!(told.contains("W-REF-DIFFERS"), "{told}");
    let rows = world.alice.run("show swap@1 --json").ok();
    assert!(rows.contains(&head), "the remote's is shown: {rows}");
}
