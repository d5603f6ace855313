//! The sign sheet on a real terminal: what is signed is what it said, and what fails keeps everything.

mod moved;

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::app::{Effect, Message};
use serde_json::Value;

use crate::common::{Policy, Screen, World};
use crate::screen::play::{send, state};
use crate::screen::{draw, press, text};

/// The screen of Alice over a world with one waiting change, on its sheet.
fn sheet(world: &World, columns: u16, rows: u16) -> Screen {
    world.queue("try-it", "src/app.py", "def main():\n    return 1\n");
    world.alice.run("sync").ok();
    let mut screen = screen(world, columns, rows);
    screen.wait_for("approve: ready");
    screen.send("a");
    screen.wait_for("signs exactly this");
    screen
}

fn screen(world: &World, columns: u16, rows: u16) -> Screen {
    let mut command = world.sandbox.countersign_command(&world.alice.dir);
    command.arg("tui");
    Screen::start(&command, columns, rows)
}

/// The payloads that wait in the outbox.
fn outbox(dir: &Path) -> Vec<Value> {
    let files = std::fs::read_dir(dir.join(".git/countersign/outbox"));
    let files = files
        .into_iter()
        .flatten()
        .flatten()
        .map(|file| file.path());
    let lines = files.filter_map(|file| std::fs::read_to_string(file).ok());
    let payloads = lines.filter_map(|line| {
        let line: Value = serde_json::from_str(line.trim()).ok()?;
        let payload = STANDARD.decode(line["payload"].as_str()?).ok()?;
        serde_json::from_slice(&payload).ok()
    });
    payloads.collect()
}

/// Every leaf of a JSON value with its path.
fn leaves(at: &str, value: &Value, out: &mut Vec<(String, String)>) {
    match value {
        Value::Object(all) => {
            for (key, value) in all {
                leaves(&format!("{at}.{key}"), value, out);
            }
        }
        Value::Array(all) => {
            for value in all {
                leaves(at, value, out);
            }
        }
        Value::String(text) => out.push((at.to_owned(), text.clone())),
        other => out.push((at.to_owned(), other.to_string())),
    }
}

/// What the sheet has to show for a leaf: ids at least by so much as is compared by eye.
fn shown_as(at: &str, text: &str) -> Option<String> {
    let is_hex = text.len() >= 40 && text.bytes().all(|b| b.is_ascii_hexdigit());
    match at {
        // What every statement says.
        "._type" | ".predicateType" | ".predicate.content.algorithm" => None,
        ".predicate.issuedAt" => Some("when you sign".to_owned()),
        ".predicate.log.head" => Some(format!("{} or newer", &text[..12])),
        ".predicate.log.seen" => Some("or newer".to_owned()),
        ".predicate.tool.name" | ".predicate.tool.version" => Some(text.to_owned()),
        ".predicate.policy.version" => Some(format!("v{text}")),
        ".predicate.verdict" => Some("Approve".to_owned()),
        _ if is_hex && text.len() == 40 => Some(text[..12].to_owned()),
        _ if is_hex => Some(text[..8].to_owned()),
        _ => Some(text.to_owned()),
    }
}

#[test]
fn every_field_that_is_signed_was_on_the_sheet() {
    let world = World::new();
    let mut screen = sheet(&world, 220, 90);
    screen.send("e");
    screen.wait_for("a word that goes with it");
    screen.send("read it twice");
    screen.wait_for("read it twice");
    screen.send("\r");
    screen.wait_for("signs exactly this");
    screen.send("1");
    screen.wait_for("pass");
    screen.settle();
    let rows = screen.text();
    let pane: Vec<&str> = rows
        .lines()
        .filter_map(|row| row.split_once('│'))
        .map(|(_, pane)| pane)
        .collect();
    let said = pane.join("\n");
    screen.send("\r");
    screen.wait_for("approved, still here only");
    let payloads = outbox(&world.alice.dir);
    let [payload] = payloads.as_slice() else {
        panic!("{payloads:?}");
    };
    let mut all = Vec::new();
    leaves("", payload, &mut all);
    assert!(all.len() > 30, "{all:?}");
    for (at, text) in all {
        if let Some(wanted) = shown_as(&at, &text) {
            assert!(said.contains(&wanted), "{at} {text} was not on\n{said}");
        }
    }
    assert_eq!(payload["predicate"]["summary"], "read it twice");
    assert_eq!(payload["predicate"]["checklist"]["correctness"], "pass");
    assert_eq!(payload["predicate"]["checklist"]["security"], "na");
}

/// The bytes as they are shown and as they are signed: only what the moment of signing brings may
/// differ.
#[test]
fn the_bytes_that_are_shown_are_those_that_are_signed() {
    let world = World::new();
    let mut screen = sheet(&world, 220, 120);
    screen.send("1");
    screen.wait_for("pass");
    screen.send("i");
    screen.wait_for("the exact bytes");
    screen.settle();
    // While the sheet is not on the screen nothing is signed and nothing is ticked.
    screen.send("\r2");
    screen.settle();
    assert!(outbox(&world.alice.dir).is_empty());
    let rows = screen.text();
    let pane = rows.lines().filter_map(|row| row.split_once('│'));
    let json = pane.map(|(_, line)| line.trim());
    let json: String = json
        .skip_while(|line| *line != "{")
        .take_while(|line| !line.is_empty())
        .collect();
    let mut shown: Value = serde_json::from_str(&json).unwrap_or_else(|e| panic!("{e}\n{rows}"));
    screen.send("i");
    screen.wait_for("signs exactly this");
    screen.send("\r");
    screen.wait_for("approved, still here only");
    let mut payloads = outbox(&world.alice.dir);
    assert_eq!(payloads.len(), 1);
    for payload in [&mut shown, &mut payloads[0]] {
        let predicate = payload["predicate"].as_object_mut().unwrap();
        assert!(
            predicate
                .insert("issuedAt".to_owned(), Value::Null)
                .is_some()
        );
        assert!(predicate.insert("log".to_owned(), Value::Null).is_some());
        predicate["viewed"]["seconds"] = Value::Null;
    }
    assert_eq!(shown, payloads[0]);
    assert_eq!(shown["predicate"]["checklist"]["security"], "na");
}

#[test]
fn a_signature_that_fails_keeps_the_words_and_the_sheet() {
    let world = World::new();
    let mut screen = sheet(&world, 120, 50);
    screen.send("e");
    screen.wait_for("a word that goes with it");
    screen.send("kept");
    screen.wait_for("kept");
    screen.send("\r");
    screen.wait_for("signs exactly this");
    // The signing program is gone.
    let alice = &world.alice;
    alice.git(&["config", "gpg.ssh.program", "/nonexistent/ssh-keygen"]);
    screen.send("\r");
    screen.wait_for("all is kept");
    assert!(outbox(&alice.dir).is_empty());
    alice.git(&["config", "--unset", "gpg.ssh.program"]);
    // The disk takes nothing.
    screen.wait_for("signs exactly this");
    let outbox_dir = alice.dir.join(".git/countersign/outbox");
    let _ = std::fs::remove_dir_all(&outbox_dir);
    std::fs::write(&outbox_dir, "in the way").unwrap();
    screen.send("\r");
    screen.wait_until("a second failure", |screen| {
        screen.text().contains("not signed") && screen.text().contains("outbox")
    });
    std::fs::remove_file(&outbox_dir).unwrap();
    screen.wait_for("signs exactly this");
    screen.send("\r");
    screen.wait_for("approved, still here only");
    assert_eq!(outbox(&alice.dir)[0]["predicate"]["summary"], "kept");
}

#[test]
fn a_policy_that_changed_under_the_sheet_is_not_signed_unseen() {
    let world = World::new();
    let mut screen = sheet(&world, 120, 50);
    let alice = world.alice.key.as_ref().unwrap();
    let bob = world.bob.key.as_ref().unwrap();
    let mut policy = Policy::new(&[("alice", alice), ("bob", bob), ("carol", &world.carol)]);
    policy.version = 2;
    world.alice.write_policy(&policy);
    world.alice.commit_signed("A second version");
    world.alice.push_main();
    screen.send("\r");
    screen.wait_for("the policy is not what was shown any more");
    assert!(outbox(&world.alice.dir).is_empty());
    screen.wait_for("v2");
    screen.wait_for("signs exactly this");
    screen.send("\r");
    screen.wait_for("approved, still here only");
    let payload = &outbox(&world.alice.dir)[0];
    assert_eq!(payload["predicate"]["policy"]["version"], 2);
}

#[test]
fn what_was_pushed_is_taken_back_by_a_sheet_that_names_it() {
    let world = World::new();
    let mut screen = sheet(&world, 120, 50);
    screen.send("\r");
    screen.wait_for("approved, still here only");
    screen.send("P");
    screen.wait_for("approved · on origin");
    screen.send("5");
    screen.wait_for("try-it@1 →");
    screen.send("u");
    screen.wait_for("Withdraw from");
    screen.wait_for("takes back");
    screen.wait_for("your approve @1");
    screen.wait_for("signs exactly this");
    screen.send("\r");
    screen.wait_for("withdrawn");
    let payloads = outbox(&world.alice.dir);
    assert_eq!(payloads[0]["predicate"]["verdict"], "withdraw");
    let digests = payloads[0]["predicate"]["supersedes"].as_array().unwrap();
    assert_eq!(digests.len(), 1);
}

#[test]
fn a_sheet_longer_than_the_screen_is_signed_only_after_its_end_was_seen() {
    let mut state = state(80, 24);
    press(&mut state, "2 Enter r");
    let reason: Vec<String> = (1..=40).map(|nth| format!("reason {nth}")).collect();
    send(&mut state, Message::Paste(reason.join("\n")));
    press(&mut state, "Enter");
    let later = |state: &mut countersign::app::State| {
        let mut clock = state.clock;
        clock.millis += 1_000;
        send(state, Message::Now(clock));
    };
    later(&mut state);
    let signs = |effects: &[Effect]| effects.iter().any(|e| matches!(e, Effect::Decide(_)));
    assert!(!signs(&press(&mut state, "Enter")));
    let shown = text(&draw(&mut state, "dark").0);
    assert!(
        shown.contains("waits for: the end of this sheet"),
        "{shown}"
    );
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..12 {
        let shown = text(&draw(&mut state, "dark").0);
        seen.extend(reason.iter().filter(|line| shown.contains(*line)).cloned());
        later(&mut state);
        press(&mut state, "Space");
    }
    assert_eq!(seen.len(), 40, "every line was on the screen");
    later(&mut state);
    assert!(signs(&press(&mut state, "Enter")));
}

#[test]
fn space_and_typed_ahead_keys_answer_nothing_on_the_sheet() {
    let mut state = state(140, 40);
    press(&mut state, "j a");
    let mut clock = state.clock;
    clock.millis += 1_000;
    send(&mut state, Message::Now(clock));
    for _ in 0..10 {
        press(&mut state, "Space");
    }
    let visit = state.visit().unwrap();
    assert_eq!((visit.checklist, visit.answers.len()), ([None; 3], 0));
}
