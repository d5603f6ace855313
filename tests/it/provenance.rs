//! Who made a commit: what is recorded beside it counts in rows, scans and at the gate alike, only
//! ever marks, and is never passed over in silence.

use serde_json::Value;

use crate::attacks::{answers, judged};
use crate::common::{Checkout, World};

const NOBODY: &str = "---\n{\"schema_version\":\"authorship/3.0.0\",\"prompts\":{}}\n";
const PERSON: &str = "src/app.py\n  h_00000000000001 1\n---\n{\"schema_version\":\"authorship/3.0.0\",\
    \"prompts\":{},\"humans\":{\"h_00000000000001\":{\"author\":\"Claude <claude@corp.example>\"}}}\n";
const SESSION: &str = "src/app.py\n  s_00000000000001::t_00000000000002 1\n---\n{\"schema_version\":\
    \"authorship/3.0.0\",\"prompts\":{},\"sessions\":{\"s_00000000000001\":{\"agent_id\":{\"tool\":\
    \"claude-code\",\"id\":\"1\",\"model\":\"model-1\"}}}}\n";
const TRACE: &str = "{\"version\":\"0.1.0\",\"tool\":{\"name\":\"cursor\"},\"files\":[{\"path\":\
    \"src/app.py\",\"conversations\":[{\"contributor\":{\"type\":\"ai\",\"model_id\":\"lab/model-1\"},\
    \"ranges\":[{\"start_line\":1,\"end_line\":2}]}]}]}\n";

/// Puts a note on a commit, over the one that is there.
fn note(who: &Checkout, name: &str, commit: &str, text: &[u8]) {
    let file = who.dir.join("../note");
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let blob = who.git(&["hash-object", "-w", file]);
    let name = format!("--ref={name}");
    who.git(&["notes", &name, "add", "-f", "-C", blob.trim(), commit]);
}

/// What marks a commit, as `scan` says, and the same without its risk.
#[track_caller]
fn markers(who: &Checkout, commit: &str) -> Vec<String> {
    let [quick, whole] = [
        &["scan", "--jsonl", "--markers", commit][..],
        &["scan", "--jsonl", commit],
    ]
    .map(|words| who.countersign(words).exits(0).json());
    assert_eq!(quick["ai"], whole["ai"]);
    assert!(quick["level"].is_null() && whole["level"].is_string());
    let found: Vec<String> = serde_json::from_value(whole["ai"]["markers"].clone()).unwrap();
    assert_eq!(whole["ai"]["is"], !found.is_empty());
    found
}

fn human_commit(who: &Checkout, text: &str) -> String {
    who.write("src/app.py", text);
    who.commit("By hand, it says")
}

#[test]
fn a_note_of_an_authorship_log_marks_the_commit_everywhere() {
    let world = World::with_policy(|policy| policy.mode = "flagged");
    let bob = &world.bob;
    bob.start("work");
    let head = human_commit(bob, "def main():\n    return 1\n");
    bob.push_queue("work", 1);
    bob.push_main();
    answers(&judged(&world, &world.root, &head), 0, "");
    for (text, expected) in [(NOBODY, 0), (PERSON, 0), (SESSION, 8)] {
        note(bob, "ai", &head, text.as_bytes());
        answers(&judged(&world, &world.root, &head), expected, "");
    }
    let report = judged(&world, &world.root, &head).json();
    let expected = "claude: refs/notes/ai (model-1)";
    assert_eq!(report["runs"][0]["ai"]["markers"][0], expected);
    assert_eq!(markers(bob, &head), [expected]);
    let rows = bob
        .countersign(&["--list", "--all", "--json"])
        .exits(0)
        .json();
    let row = &rows["changes"][0];
    assert_eq!(row["ai"]["markers"][0], expected, "{row:#}");
    assert_eq!(row["agent"], "claude");
    let shown = bob.countersign(&["show", "work", "--json"]).exits(0).json();
    assert!(shown.to_string().contains(expected), "{shown:#}");
}

#[test]
fn a_person_who_signs_what_a_note_says_an_agent_wrote_is_not_exempt() {
    let world = World::new();
    let alice = &world.alice;
    alice.start("signed");
    alice.write("src/app.py", "def main():\n    return 4\n");
    let head = alice.commit_signed("Signed");
    alice.push_main();
    answers(&judged(&world, &world.root, &head), 0, "");
    note(&world.bob, "ai", &head, SESSION.as_bytes());
    answers(&judged(&world, &world.root, &head), 8, "");
}

#[test]
fn no_record_takes_a_marker_away() {
    let world = World::with_policy(|policy| policy.mode = "flagged");
    let head = world.queue("mend", "src/app.py", "def main():\n    return 1\n");
    world.agent.push_main();
    world.bob.git(&["fetch", "-q", "origin"]);
    for name in ["ai", "agent-trace"] {
        let human = TRACE.replace("\"ai\"", "\"human\"");
        let text = if name == "ai" { PERSON } else { &human };
        note(&world.bob, name, &head, text.as_bytes());
    }
    let found = markers(&world.bob, &head);
    assert_eq!(found.len(), 1, "{found:?}");
    answers(&judged(&world, &world.root, &head), 8, "");
}

#[test]
fn what_cannot_be_read_marks_and_says_so() {
    let world = World::with_policy(|policy| policy.mode = "flagged");
    let bob = &world.bob;
    bob.start("work");
    let head = human_commit(bob, "def main():\n    return 1\n");
    bob.push_main();
    let huge = format!("{}\n{NOBODY}", " ".repeat(9 << 20));
    for text in ["no log at all", "a\n---\n{", &huge] {
        note(bob, "ai", &head, text.as_bytes());
        let found = markers(bob, &head);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("ai: refs/notes/ai cannot be read: "),
            "{found:?}"
        );
        answers(&judged(&world, &world.root, &head), 8, "");
    }
    // A ref that is no notes ref hides whatever was there.
    let blob = bob.git(&["rev-parse", "HEAD:README.md"]);
    bob.git(&["update-ref", "refs/notes/ai", blob.trim()]);
    assert!(markers(bob, &head)[0].contains("cannot be read"));
    answers(&judged(&world, &world.root, &head), 8, "");
}

#[test]
fn every_fan_out_copies_of_a_remote_and_the_older_refs_are_read() {
    let world = World::new();
    let bob = &world.bob;
    bob.start("work");
    let head = human_commit(bob, "def main():\n    return 1\n");
    let blob = world.sandbox.path("note");
    std::fs::write(&blob, SESSION).unwrap();
    let blob = bob.git(&["hash-object", "-w", blob.to_str().unwrap()]);
    let blob = blob.trim();
    for cuts in [&[2][..], &[2, 4], &[1, 38]] {
        let mut path = head.clone();
        for cut in cuts.iter().rev() {
            path.insert(*cut, '/');
        }
        bob.git(&["read-tree", "--empty"]);
        let entry = format!("100644,{blob},{path}");
        bob.git(&["update-index", "--add", "--cacheinfo", &entry]);
        let tree = bob.git(&["write-tree"]);
        let notes = bob.git(&["commit-tree", "--no-gpg-sign", "-m", "Notes", tree.trim()]);
        bob.git(&["update-ref", "refs/notes/ai-remote/origin", notes.trim()]);
        let expected = ["claude: refs/notes/ai-remote/origin (model-1)"];
        assert_eq!(markers(bob, &head), expected, "{path}");
    }
    bob.git(&["update-ref", "-d", "refs/notes/ai-remote/origin"]);
    assert!(markers(bob, &head).is_empty());
    bob.git(&["update-ref", &format!("refs/ai/authorship/{head}"), blob]);
    assert_eq!(
        markers(bob, &head),
        ["claude: refs/ai/authorship (model-1)"]
    );
}

#[test]
fn a_trace_marks_the_commit_that_brings_it_and_no_other() {
    let world = World::with_policy(|policy| policy.mode = "flagged");
    let bob = &world.bob;
    bob.start("work");
    let file = ".agent-trace/traces.jsonl";
    let human = TRACE.replace("\"ai\"", "\"human\"");
    bob.write(file, &human);
    let typed = human_commit(bob, "def main():\n    return 1\n");
    bob.write(file, format!("{human}{TRACE}"));
    let traced = human_commit(bob, "def main():\n    return 2\n");
    let after = human_commit(bob, "def main():\n    return 3\n");
    bob.write(file, format!("{TRACE}{human}"));
    let sorted = bob.commit("Sort the traces");
    bob.write(file, TRACE);
    let shorter = bob.commit("Forget one");
    bob.write(".agent-trace/more.json", "nonsense");
    let odd = bob.commit("Write nonsense");
    let expected = "cursor: .agent-trace/traces.jsonl (lab/model-1)";
    assert_eq!(markers(bob, &traced), [expected]);
    for quiet in [typed.as_str(), &after, &sorted, &shorter] {
        assert!(markers(bob, quiet).is_empty());
    }
    let found = markers(bob, &odd);
    assert!(
        found[0].starts_with("ai: .agent-trace/more.json cannot be read: "),
        "{found:?}"
    );
    bob.git(&["reset", "-q", "--hard", &traced]);
    bob.push_main();
    answers(&judged(&world, &world.root, &traced), 8, "");
    // A merge brings nothing that its parents did not have.
    bob.start("side");
    bob.git(&["reset", "-q", "--hard", &typed]);
    bob.write("README.md", "Side.\n");
    bob.commit("Side");
    bob.git(&[
        "merge",
        "-q",
        "--no-ff",
        "--no-gpg-sign",
        "-m",
        "Merge",
        &traced,
    ]);
    assert!(markers(bob, "HEAD").is_empty());
}

#[test]
fn a_trace_may_be_a_note() {
    let world = World::new();
    note(&world.alice, "agent-trace", &world.root, TRACE.as_bytes());
    let found = markers(&world.alice, &world.root);
    assert_eq!(found, ["cursor: refs/notes/agent-trace (lab/model-1)"]);
}

#[test]
fn names_in_a_record_are_cut_to_a_line_and_a_few() {
    let world = World::new();
    let long = format!("\\u001b[2J{}", "x".repeat(500));
    let sessions: Vec<String> = (0..100)
        .map(|n| {
            format!("\"{n}\":{{\"agent_id\":{{\"tool\":\"{n}{long}\",\"model\":\"{long}\"}}}}")
        })
        .collect();
    let text = format!(
        "---\n{{\"schema_version\":\"authorship/3.0.0\",\"prompts\":{{{}}}}}",
        sessions.join(",")
    );
    note(&world.alice, "ai", &world.root, text.as_bytes());
    let found = markers(&world.alice, &world.root);
    assert!(found.len() <= 8, "{}", found.len());
    for marker in &found {
        assert!(
            marker.chars().count() < 160 && !marker.contains('\u{1b}'),
            "{marker:?}"
        );
    }
}

#[test]
fn a_line_for_each_commit_of_a_range_without_its_risk() {
    let world = World::new();
    let head = world.queue("mend", "src/app.py", "def main():\n    return 1\n");
    let range = format!("{}..{head}", world.root);
    let words = ["scan", "--markers", "--json", &range];
    let document: Value = world.agent.countersign(&words).exits(0).json();
    let commits = document["commits"].as_array().unwrap();
    assert_eq!(commits.len(), 1);
    let keys: Vec<&String> = commits[0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["oid", "ai"]);
    let text = world.agent.countersign(&["scan", "--markers", &range]).ok();
    assert!(text.contains("noreply@anthropic.com"), "{text}");
}
