//! Evidence and contents without bounds: what is too much gives no answer or is passed over, and hides
//! nothing beside it (rows C22, L18, L19 and Y06).

use std::fs::File;
use std::io::Write as _;

use super::forge::{line, payload};
use super::{answers, approved, judged, say};
use crate::common::{World, run};

const NOTES: &str = "refs/notes/countersign";

/// The notes of the remote in the agent's clone.
fn fetch_notes(world: &World) {
    let _ = world
        .agent
        .try_git(&["fetch", "-q", "origin", &format!("+{NOTES}:{NOTES}")]);
}

/// Puts a commit on the notes of the remote after which the note of an object is this text.
fn write_note(world: &World, commit: &str, text: &[u8]) {
    let agent = &world.agent;
    std::fs::write(world.sandbox.path("note"), text).unwrap();
    let blob = agent.git(&["hash-object", "-w", "../note"]);
    agent.git(&["notes", "--ref", NOTES, "add", "-f", "-C", &blob, commit]);
    agent.git(&["push", "-q", "origin", NOTES]);
}

/// A commit of the agent's in Bob's clone, with one file that begins with this text and is so large:
/// what is not text are zeros.
fn large(world: &World, name: &str, text: &str, bytes: u64) -> String {
    let bob = &world.bob;
    bob.git(&["checkout", "-q", "-B", name, &world.root]);
    let mut file = File::create(bob.dir.join("large.txt")).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.set_len(bytes).unwrap();
    // Straight into a pack: half a gigabyte lies in two megabytes.
    let streamed = ["-c", "core.bigFileThreshold=1m", "-c", "core.compression=1"];
    bob.git(&[&streamed[..], &["add", "large.txt"]].concat());
    let author = "--author=Agent <coder-bot@corp.example>";
    bob.git(&["commit", "-q", author, "-m", "A file"]);
    bob.oid("HEAD")
}

#[test]
fn a_file_that_inflates_beyond_all_bounds_gives_no_answer() {
    let world = World::new();
    world.bob.countersign(&["sync"]).exits(0);
    let gate = |head: &str| {
        let range = format!("{}..{head}", world.root);
        let words = ["gate", "--json", "--target", "main", "--policy-root"];
        let words = [&words[..], &[&world.root, &range]].concat();
        world.bob.countersign(&words)
    };
    let ran = gate(&large(&world, "bomb", "", (512 << 20) + 1));
    answers(&ran, 3, "E-TOO-LARGE");
    assert!(ran.stdout.contains("536870913 bytes"), "{}", ran.stdout);
    // What is only large and can be read waits for people, and their word lets it go.
    let text = "line\n".repeat(200_000);
    let head = large(&world, "large", &text, 1_000_000);
    answers(&gate(&head), 8, "E-UNAPPROVED");
    let queued = "HEAD:refs/countersign/queue/large/1";
    world.bob.git(&["push", "-q", "origin", queued]);
    say(&world.alice, "approve", "large");
    world.bob.countersign(&["sync"]).exits(0);
    answers(&gate(&head), 0, "");
}

#[test]
fn a_line_without_bounds_is_passed_over() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    fetch_notes(&world);
    let long = [&vec![b'x'; 50_000_000][..], b"\n"].concat();
    write_note(&world, &world.root, &long);
    let ran = judged(&world, &world.root, &landed);
    answers(&ran, 0, "");
    let ignored = ran.json()["ignored"].to_string();
    assert!(ignored.contains("over the limit of 256 KiB"), "{ignored}");
}

#[test]
fn a_note_without_bounds_gives_no_answer() {
    // Whatever may hide in what is not read could be a rejection.
    for text in [vec![b'x'; (64 << 20) + 1], b"x\n".repeat(100_001)] {
        let world = World::new();
        let head = approved(&world);
        let landed = world.bob.land_merge(&head);
        answers(&judged(&world, &world.root, &landed), 0, "");
        fetch_notes(&world);
        write_note(&world, &world.root, &text);
        answers(&judged(&world, &world.root, &landed), 3, "E-TOO-LARGE");
    }
}

#[test]
fn json_without_bounds_is_a_line_that_is_passed_over() {
    let world = World::new();
    let head = world.queue("return-one", "src/app.py", "def main():\n    return 1\n");
    say(&world.alice, "approve", "return-one");
    let genuine = payload(&world, &head, "approve");
    let deep = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let keys: Vec<String> = (0..9_000).map(|n| format!("\"k{n}\":0")).collect();
    let wide = format!("{{{}}}", keys.join(","));
    // By nobody: what is read before any signature is.
    let envelope = |value: &str| {
        format!("{{\"payload\":\"AAAA\",\"payloadType\":\"x\",\"signatures\":{value}}}")
    };
    let mut lines = vec![envelope(&deep(100_000)), envelope(&wide)];
    // By a reviewer: an approval with the same in it.
    let bob = world.bob.key.as_ref().unwrap();
    let alice = world.alice.key.as_ref().unwrap();
    for value in [&deep(80_000), &wide] {
        let more = format!("\"predicate\":{{\"a\":{value},");
        let text = genuine
            .replace(&alice.fingerprint, &bob.fingerprint)
            .replace("alice@corp.example", "bob@corp.example")
            .replacen("\"predicate\":{", &more, 1);
        lines.push(line(&world, bob, &text));
    }
    let note = world.agent.git(&["notes", "--ref", NOTES, "show", &head]);
    let text = format!("{}\n{}\n", note.trim_end(), lines.join("\n"));
    write_note(&world, &head, text.as_bytes());
    world.bob.fetch_queue("return-one", 1);
    let landed = world.bob.land_merge(&head);
    let ran = judged(&world, &world.root, &landed);
    answers(&ran, 0, "");
    let approvals = ran.json()["runs"][0]["approvals"].as_array().unwrap().len();
    assert_eq!(approvals, 1, "{}", ran.stdout);
    say(&world.alice, "withdraw", "return-one");
    answers(&judged(&world, &world.root, &landed), 8, "E-UNAPPROVED");
}

/// So many commits on the notes, each of which adds a line that is no statement to a note of its own.
fn flood(world: &World, commits: usize) {
    let agent = &world.agent;
    fetch_notes(world);
    let mut stream = String::new();
    for n in 0..commits {
        let who = "Mallory <mallory@corp.example> 1767225600 +0000";
        let from = format!("from {NOTES}^0\n");
        let from = if n == 0 { from.as_str() } else { "" };
        let text = format!("garbage {n}\n");
        stream.push_str(&format!(
            "commit {NOTES}\ncommitter {who}\ndata 1\nx\n{from}M 100644 inline {n:040x}\ndata {}\n{text}\n",
            text.len(),
        ));
    }
    let mut import = world.sandbox.command("git", &agent.dir);
    run(import.args(["fast-import", "--quiet"]), stream.as_bytes()).ok();
    agent.git(&["push", "-q", "origin", NOTES]);
}

#[test]
fn a_flood_of_notes_hides_nothing_and_stops_nothing() {
    let world = World::new();
    let head = approved(&world);
    let landed = world.bob.land_merge(&head);
    flood(&world, 700);
    let ran = judged(&world, &world.root, &landed);
    answers(&ran, 0, "");
    let ignored = ran.json()["ignored"].as_array().map_or(0, Vec::len);
    assert!(ignored > 0, "{}", ran.stdout);
    say(&world.bob, "reject", "return-one");
    flood(&world, 700);
    answers(&judged(&world, &world.root, &landed), 1, "E-REJECTED");
    say(&world.bob, "withdraw", "return-one");
    answers(&judged(&world, &world.root, &landed), 0, "");
}
