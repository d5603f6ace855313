//! What waits here: nothing of it is lost, nothing keeps the rest back, and nothing is said of it
//! that is not so.

use std::os::unix::fs::PermissionsExt as _;

use countersign::review::{Session, undo};

use crate::common::{Checkout, World, hermetic};

/// The files in a clone's outbox.
fn outbox(who: &Checkout) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(who.dir.join(".git/countersign/outbox")) else {
        return Vec::new();
    };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.starts_with('.')).collect()
}

/// A hook on the remote that refuses every push of verdicts, with words that steer a terminal.
fn refuse(world: &World) -> std::path::PathBuf {
    let hook = world.remote.join("hooks/update");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let text =
        "#!/bin/sh\ncase $1 in refs/notes/*) printf 'not \\033[2Jtoday\\n' >&2; exit 1;; esac\n";
    std::fs::write(&hook, text).unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    hook
}

#[test]
fn a_refused_verdict_waits_and_the_remotes_words_are_shown() {
    let world = World::new();
    world.queue("swap", "src/app.py", "x = 1\n");
    world.alice.countersign(&["sync"]).ok();
    let hook = refuse(&world);
    let words = ["approve", "swap@1", "-m", "Read it."];
    let ran = world.alice.countersign(&words).exits(0);
    assert!(ran.stdout.starts_with("recorded "), "{}", ran.stdout);
    assert!(ran.stderr.contains("today"), "{}", ran.stderr);
    assert!(!ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);
    assert_eq!(outbox(&world.alice).len(), 1);
    let words = ["comment", "swap@1", "-m", "More.", "--push"];
    world.alice.countersign(&words).exits(4);
    world.alice.countersign(&["sync"]).exits(4);
    assert_eq!(outbox(&world.alice).len(), 2);
    std::fs::remove_file(hook).unwrap();
    world.alice.countersign(&["sync"]).exits(0);
    assert!(outbox(&world.alice).is_empty());
}

#[test]
fn an_odd_file_in_the_outbox_is_named_and_keeps_nothing_back() {
    let world = World::new();
    world.queue("swap", "src/app.py", "x = 1\n");
    world.alice.countersign(&["sync"]).ok();
    let folder = world.alice.dir.join(".git/countersign/outbox");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("notes.txt"), "x").unwrap();
    let ran = world.alice.countersign(&["list"]).exits(0);
    assert!(ran.stderr.contains("W-OUTBOX"), "{}", ran.stderr);
    let words = ["approve", "swap@1", "-m", "Read it.", "--push"];
    let ran = world.alice.countersign(&words).exits(0);
    assert!(ran.stdout.starts_with("pushed "), "{}", ran.stdout);
    assert!(ran.stderr.contains("notes.txt"), "{}", ran.stderr);
    assert_eq!(outbox(&world.alice), ["notes.txt"]);
}

#[test]
fn a_withdrawal_takes_back_the_verdict_on_its_revision_and_no_other() {
    let world = World::new();
    world.queue("mend", "src/app.py", "def main():\n    return 1\n");
    world.alice.countersign(&["sync"]).ok();
    let words = ["reject", "mend@1", "-m", "No.", "--push"];
    world.alice.countersign(&words).ok();
    world
        .agent
        .commit_by_ai("src/more.py", "MORE = 1\n", "Mend");
    world.agent.push_queue("mend", 2);
    world.alice.countersign(&["sync"]).ok();
    let words = ["approve", "mend@2", "-m", "Yes.", "--push"];
    world.alice.countersign(&words).ok();
    let words = ["withdraw", "mend@2", "-m", "Not yet.", "--push"];
    world.alice.countersign(&words).ok();
    let log = world.alice.countersign(&["log", "mend", "--jsonl"]).ok();
    let rejection = log
        .lines()
        .find(|line| line.contains("\"reject\""))
        .unwrap();
    assert!(rejection.contains("stands"), "{rejection}");
}

#[test]
fn what_is_in_the_notes_is_not_taken_back_by_taking_it_out_of_the_outbox() {
    hermetic(|_| {
        let world = World::new();
        world.queue("swap", "src/app.py", "x = 1\n");
        world.alice.countersign(&["sync"]).ok();
        refuse(&world);
        let words = ["approve", "swap@1", "-m", "Read it."];
        world.alice.countersign(&words).exits(0);
        let session = Session::open(&world.alice.dir, None).unwrap();
        let waiting = session.journal.outbox().waiting().unwrap();
        assert!(!undo(&session, waiting[0].digest).unwrap());
        assert_eq!(outbox(&world.alice).len(), 1);
        // What never came so far is.
        let other = countersign::change::Sha256::from_bytes([7; 32]);
        session.journal.outbox().record(other, b"line\n").unwrap();
        assert!(undo(&session, other).unwrap());
        assert!(!undo(&session, other).unwrap());
    });
}

#[test]
fn a_client_begins_to_trust_each_branch_for_itself() {
    let world = World::new();
    // A release branch that has gone its own way.
    world.alice.git(&["checkout", "-q", "-b", "release"]);
    world.alice.write("VERSION", "1\n");
    world.alice.commit_signed("Release one");
    let refspec = "HEAD:refs/heads/release/1";
    world.alice.git(&["push", "-q", "origin", refspec]);
    world.alice.git(&["fetch", "-q", "origin"]);
    world.agent.git(&["fetch", "-q", "origin"]);
    let start = ["checkout", "-q", "-b", "fix", "origin/release/1"];
    world.agent.git(&start);
    world.agent.commit_by_ai("src/fix.py", "FIX = 1\n", "Fix");
    let words = ["propose", "--id", "fix", "--target", "release/1"];
    world.agent.countersign(&words).exits(0);
    world.alice.countersign(&["sync"]).ok();
    let words = ["approve", "fix@1", "-m", "Good.", "--push"];
    world.alice.countersign(&words).exits(0);

    let head = world.queue("swap", "src/app.py", "x = 1\n");
    world.alice.countersign(&["sync"]).ok();
    let words = ["approve", "swap@1", "-m", "Good.", "--push"];
    world.alice.countersign(&words).exits(0);
    world.bob.fetch_queue("swap", 1);
    let landed = world.bob.land_merge(&head);
    let range = format!("{}..{landed}", world.root);
    let words = [
        "gate",
        "--fetch",
        "--target",
        "main",
        "--policy-root",
        &world.root,
        &range,
    ];
    world.bob.countersign(&words).exits(0);
}

#[test]
fn a_client_does_not_follow_a_branch_that_was_rewritten() {
    let world = World::new();
    world.queue("swap", "src/app.py", "x = 1\n");
    world.alice.countersign(&["sync"]).ok();
    let words = ["comment", "swap@1", "-m", "A word.", "--push"];
    world.alice.countersign(&words).exits(0);
    world
        .bob
        .git(&["commit", "-q", "--amend", "-m", "Another start"]);
    world
        .bob
        .git(&["push", "-q", "-f", "origin", "HEAD:refs/heads/main"]);
    world.bob.write("src/app.py", "y = 1\n");
    world.bob.commit("Change");
    world.bob.push_queue("other", 1);
    world.alice.countersign(&["sync"]).ok();
    let words = ["approve", "other@1", "-m", "Good."];
    let ran = world.alice.countersign(&words).exits(3);
    assert!(ran.stderr.contains("E-POLICY-ROOT"), "{}", ran.stderr);
    assert!(outbox(&world.alice).is_empty());
}

#[test]
fn a_revision_that_a_crash_left_here_is_pushed_by_proposing_it_again() {
    let world = World::new();
    world.agent.start("mend");
    world.agent.commit_by_ai("src/app.py", "x = 1\n", "Mend");
    let url = world.agent.git(&["config", "remote.origin.url"]);
    world
        .agent
        .git(&["config", "remote.origin.url", "/nowhere/at/all"]);
    world
        .agent
        .countersign(&["propose", "--id", "mend"])
        .exits(4);
    // The ref is made; the journal's word of it is lost.
    std::fs::remove_dir_all(world.agent.dir.join(".git/countersign/made")).unwrap();
    world.agent.git(&["config", "remote.origin.url", &url]);
    world
        .agent
        .countersign(&["propose", "--id", "mend"])
        .exits(0);
    assert!(world.remote_ref("refs/countersign/queue/mend/1").is_some());
}
