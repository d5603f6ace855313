//! The screen on a real pseudo terminal: keys, signals, and how the terminal is left.
//!
//! The program under test is this test binary itself, started again with one ignored test that runs
//! the loop over a queue made in memory; so what is tested is the runtime and nothing else.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Command;
use std::sync::{Arc, Mutex};

use countersign::app::Loaded;
use countersign::app::reading::Kept;
use countersign::app::sheet::Draft;
use countersign::change::{ChangeId, Oid, QueueRef, RepoPath, Sha256};
use countersign::queue::Home;
use countersign::queue::State as Standing;
use countersign::runtime::{Backend, DecideError, Exit, Options, Part, Wanted, run};
use countersign::verdict::VerdictKind;

use crate::common::{Sandbox, Screen};
use crate::screen::fixture;
use crate::screen::play::session;

/// A queue in memory. What would go to the remote is written to a file, a line each.
struct InMemory {
    log: std::path::PathBuf,
    outbox: Mutex<BTreeMap<Sha256, (QueueRef, VerdictKind)>>,
    done: Mutex<BTreeMap<ChangeId, VerdictKind>>,
}

impl InMemory {
    fn write(&self, line: &str) {
        use std::io::Write as _;
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log);
        writeln!(file.unwrap(), "{line}").unwrap();
    }
}

impl Backend for InMemory {
    fn load(&self) -> Result<Loaded, String> {
        let mut entries = fixture::entries();
        let done = self.done.lock().unwrap();
        for entry in &mut entries {
            match done.get(&entry.id) {
                Some(VerdictKind::Approve) => entry.state = Standing::Approved,
                Some(VerdictKind::Reject) => entry.state = Standing::Rejected,
                _ => {}
            }
        }
        Ok(Loaded {
            entries,
            session: session(),
            outbox: Vec::new(),
            fetched: None,
        })
    }

    fn open(&self, name: &QueueRef, send: &mut dyn FnMut(Part) -> bool) -> Result<(), String> {
        send(Part::First(Box::new(fixture::opened(
            &Home::default().revision(name.clone()),
        ))));
        Ok(())
    }

    fn decide(&self, draft: &Draft, _: bool) -> Result<Sha256, DecideError> {
        let mut outbox = self.outbox.lock().unwrap();
        let digest = Sha256::from_bytes([u8::try_from(outbox.len()).unwrap() + 1; 32]);
        outbox.insert(digest, (draft.name.at(), draft.kind));
        self.done
            .lock()
            .unwrap()
            .insert(draft.name.id.clone(), draft.kind);
        self.write(&format!("signed {} {:?}", draft.name, draft.kind));
        Ok(digest)
    }

    fn undo(&self, digest: &Sha256) -> Result<(), String> {
        let (name, _) = self.outbox.lock().unwrap().remove(digest).ok_or("gone")?;
        self.done.lock().unwrap().remove(&name.id);
        self.write(&format!("undone {name}"));
        Ok(())
    }

    fn publish(&self, digests: &[Sha256]) -> Result<(), String> {
        for digest in digests {
            if let Some((name, _)) = self.outbox.lock().unwrap().remove(digest) {
                self.write(&format!("pushed {name}"));
            }
        }
        Ok(())
    }

    fn fetch(&self) -> Result<(), String> {
        Ok(())
    }

    fn sync(&self) -> Result<(), String> {
        assert!(
            !self.outbox.lock().unwrap().is_empty(),
            "a mistake in a lane"
        );
        let all: Vec<Sha256> = self.outbox.lock().unwrap().keys().copied().collect();
        self.publish(&all)
    }

    fn claim(&self, id: &ChangeId, _: bool) -> Result<String, String> {
        Ok(format!("{id} is yours"))
    }

    fn keep_draft(&self, _: &QueueRef, _: Oid, _: Option<&Kept>) {}

    fn keep_seen(&self, _: &QueueRef, _: &[(RepoPath, usize)]) {}

    /// The one call that is made on the thread of the screen: it stands for a mistake there.
    fn work_tree(&self) -> Option<std::path::PathBuf> {
        panic!("a mistake on the thread of the screen");
    }
}

/// The program under test; does nothing unless it is started by the tests below.
#[test]
#[ignore = "the program that the tests of this file run"]
fn program() {
    let Ok(log) = std::env::var("SCREEN_LOG") else {
        return;
    };
    let backend = InMemory {
        log: log.into(),
        outbox: Mutex::default(),
        done: Mutex::default(),
    };
    let options = Options {
        filter: std::env::var("SCREEN_FILTER").unwrap_or_default(),
        look: Wanted {
            now: Some("dark".to_owned()),
            ..Wanted::default()
        },
        ..Options::default()
    };
    let exit = run(&options, vec![(Home::default(), Arc::new(backend))]).unwrap();
    writeln!(std::io::stdout(), "left by {exit:?}").unwrap();
    std::process::exit(if exit == Exit::Left { 0 } else { 3 });
}

struct Session {
    screen: Screen,
    sandbox: Sandbox,
}

impl Session {
    fn start(filter: &str, columns: u16, rows: u16) -> Self {
        let sandbox = Sandbox::new();
        let own = std::env::current_exe().unwrap();
        let mut command: Command = sandbox.command(own, &sandbox.path(""));
        command
            .args(["--ignored", "--exact", "pty::program", "--nocapture"])
            .env("SCREEN_LOG", sandbox.path("log"))
            .env("SCREEN_FILTER", filter);
        let screen = Screen::start(&command, columns, rows);
        Self { screen, sandbox }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.sandbox.path("log")).unwrap_or_default()
    }

    /// Waits until the log has this line; draws on until then.
    #[track_caller]
    fn wait_for_log(&mut self, line: &str) {
        let path = self.sandbox.path("log");
        let has = |_: &Screen| {
            let log = std::fs::read_to_string(&path).unwrap_or_default();
            log.lines().any(|found| found == line)
        };
        self.screen.wait_until(line, has);
    }

    /// Checks that the terminal is as it was found.
    #[track_caller]
    fn is_restored(&self) {
        let model = self.screen.model();
        assert!(!model.alternate_screen(), "the alternate screen is left");
        assert!(!model.bracketed_paste(), "pastes are plain again");
        assert!(!model.hide_cursor(), "the cursor is back");
        assert_eq!(model.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    }
}

#[test]
fn a_low_risk_change_is_approved_with_two_keys_and_leaves_when_told_to() {
    let mut session = Session::start("risk:low", 120, 30);
    session.screen.wait_for("bump-axum@1 →");
    session.screen.send("a");
    session.screen.wait_for("signs exactly this");
    assert_eq!(session.log(), "");
    session.screen.send("\r");
    session
        .screen
        .wait_for("bump-axum@1 approved, still here only");
    assert_eq!(session.log(), "signed bump-axum@1 Approve\n");
    // The cursor went on; the next one takes two keys again.
    session.screen.wait_for("fmt-imports@1 →");
    session.screen.send("P");
    session.wait_for_log("pushed bump-axum@1");
    session.screen.send("q");
    assert_eq!(session.screen.exit_code(), 0);
    session.is_restored();
}

#[test]
fn keys_typed_before_the_sheet_was_drawn_and_pastes_never_sign() {
    let mut session = Session::start("risk:low", 120, 30);
    session.screen.wait_for("bump-axum@1 →");
    session.screen.send("a\r\r");
    session.screen.wait_for("signs exactly this");
    session.screen.send("\x1b[200~\r\r\x1b[201~");
    session
        .screen
        .wait_for("a paste is taken in boxes of words only");
    session.screen.send("\x1b");
    session.screen.wait_for("nothing was signed");
    assert_eq!(session.log(), "");
}

#[test]
fn a_verdict_is_taken_back_while_it_waits() {
    let mut session = Session::start("risk:low", 120, 30);
    session.screen.wait_for("bump-axum@1 →");
    session.screen.send("a");
    session.screen.wait_for("signs exactly this");
    session.screen.send("\r");
    session.screen.wait_for("still here only");
    session.screen.send("u");
    session.screen.wait_for("taken back: bump-axum@1");
    assert_eq!(
        session.log(),
        "signed bump-axum@1 Approve\nundone bump-axum@1\n"
    );
}

#[test]
fn leaving_asks_while_a_verdict_waits_and_pushes_it() {
    let mut session = Session::start("risk:low", 120, 30);
    session.screen.wait_for("bump-axum@1 →");
    session.screen.send("a");
    session.screen.wait_for("signs exactly this");
    session.screen.send("\r");
    session.screen.wait_for("still here only");
    session.screen.send("q");
    session.screen.wait_for("1 verdict is waiting here");
    session.screen.send("\r");
    assert_eq!(session.screen.exit_code(), 0);
    session.is_restored();
    assert!(session.log().contains("pushed bump-axum@1"));
}

#[test]
fn a_rejection_takes_a_reason_and_the_sheet() {
    let mut session = Session::start("risk:low", 120, 30);
    session.screen.wait_for("bump-axum@1 →");
    session.screen.send("r");
    session.screen.wait_for("why bump-axum@1 is rejected");
    session.screen.send("\r");
    session.screen.wait_for("a rejection needs a reason");
    session.screen.send("\x1b[200~line one\nline two\x1b[201~");
    session.screen.wait_for("line two");
    session.screen.send("\r");
    session.screen.wait_for("signs exactly this");
    session.screen.send("\r");
    session.screen.wait_for("bump-axum@1 rejected");
    assert_eq!(session.log(), "signed bump-axum@1 Reject\n");
}

#[test]
fn a_very_small_terminal_and_any_resize_are_survived() {
    let mut session = Session::start("", 20, 5);
    session.screen.wait_for("needs you");
    for (columns, rows) in [(1, 1), (3, 2), (200, 60), (110, 8), (80, 24)] {
        session.screen.resize(columns, rows);
        session.screen.send("\x0c");
    }
    session.screen.wait_for("fix-lb-timeouts");
    session.screen.send("Q");
    assert_eq!(session.screen.exit_code(), 0);
    session.is_restored();
}

/// A key that arrives at the same moment as a resize must not wait for the next key.
#[test]
fn a_key_that_comes_with_a_resize_is_not_forgotten() {
    let mut session = Session::start("", 100, 30);
    session.screen.wait_for("needs you");
    for round in 0..60 {
        session.screen.resize(100 + round % 2, 30);
        session.screen.send("?");
        session.screen.wait_for("Esc back");
        session.screen.resize(101 + round % 2, 30);
        session.screen.send("q");
        let closed = |screen: &Screen| !screen.text().contains("Esc back");
        session.screen.wait_until("the help closed", closed);
    }
    session.screen.send("Q");
    assert_eq!(session.screen.exit_code(), 0);
}

#[test]
fn a_panic_gives_the_terminal_back_and_then_says_what_happened() {
    let mut session = Session::start("", 120, 30);
    session.screen.wait_for("→ main");
    session.screen.send("\re");
    assert_ne!(session.screen.exit_code(), 0);
    session.is_restored();
    let said = String::from_utf8_lossy(session.screen.bytes()).into_owned();
    let (_, after) = said.rsplit_once("\x1b[?1049l").unwrap();
    assert!(after.contains("a mistake on the thread of the screen"));
}

#[test]
fn a_failure_in_a_lane_is_said_and_the_screen_goes_on() {
    let mut session = Session::start("", 120, 30);
    session.screen.wait_for("→ main");
    session.screen.send("R");
    session.screen.wait_for("a mistake in a lane");
    session.screen.send("Q");
    assert_eq!(session.screen.exit_code(), 0);
    session.is_restored();
}

#[test]
fn signals_give_the_terminal_back() {
    for signal in ["-TERM", "-HUP"] {
        let mut session = Session::start("", 100, 30);
        session.screen.wait_for("needs you");
        let program = session.screen.process_id().unwrap().to_string();
        let kill = Command::new("kill").args([signal, &program]).status();
        assert!(kill.unwrap().success());
        assert_eq!(
            session.screen.exit_code(),
            3,
            "left by the signal, in order"
        );
        session.is_restored();
    }
}

/// The demo, and the screen of its Alice.
fn demo() -> (Sandbox, std::path::PathBuf) {
    let sandbox = Sandbox::new();
    let dir = sandbox.path("demo");
    sandbox
        .countersign(&sandbox.path(""), &["demo", dir.to_str().unwrap()])
        .exits(0);
    (sandbox, dir)
}

#[test]
fn two_keys_approve_in_the_demo_and_the_note_reaches_the_remote() {
    let (sandbox, dir) = demo();
    let before = sandbox.git(
        &dir.join("remote.git"),
        &["rev-parse", "refs/notes/countersign"],
    );
    let mut command = sandbox.countersign_command(&dir.join("alice"));
    command.args(["tui", "risk:low"]);
    let mut screen = Screen::start(&command, 120, 40);
    screen.wait_for("approve: ready");
    screen.send("a");
    screen.wait_for("signs exactly this");
    screen.send("\r");
    screen.wait_for("approved, still here only");
    let tip = |sandbox: &Sandbox| {
        sandbox.git(
            &dir.join("remote.git"),
            &["rev-parse", "refs/notes/countersign"],
        )
    };
    assert_eq!(tip(&sandbox), before, "nothing leaves before its time");
    screen.send("P");
    screen.wait_for("approved · on origin");
    let after = tip(&sandbox);
    assert_ne!(after, before);
    screen.send("q");
    assert_eq!(screen.exit_code(), 0);
    // The gate's log reads it back as Alice's.
    let log = sandbox.countersign(&dir.join("bob"), &["sync"]);
    log.exits(0);
    let log = sandbox
        .countersign(&dir.join("bob"), &["log", "--jsonl"])
        .ok();
    let newest = log.lines().last().unwrap_or_default();
    assert!(newest.contains("alice@shop.example"), "{log}");
}

#[test]
fn a_filter_that_cannot_be_read_is_said_before_the_screen_opens() {
    let (sandbox, dir) = demo();
    let mut command = sandbox.countersign_command(&dir.join("alice"));
    command.args(["tui", "colour:red"]);
    let mut screen = Screen::start(&command, 100, 30);
    assert_eq!(screen.exit_code(), 2);
    assert!(screen.text().contains("unknown key \"colour\""));
}

#[test]
fn suspending_gives_the_terminal_back_and_takes_it_again() {
    let mut session = Session::start("", 120, 30);
    session.screen.wait_for("→ main");
    session.screen.send("\x1a");
    // Nobody controls the jobs of this terminal, so the program goes on at once.
    session.screen.wait_until("the screen again", |screen| {
        let bytes = String::from_utf8_lossy(screen.bytes()).into_owned();
        let after = bytes
            .split_once("\x1b[?1049l")
            .map(|(_, after)| after.to_owned());
        after.is_some_and(|after| {
            after.contains("\x1b[?1049h") && screen.text().contains("needs you")
        })
    });
    session.screen.send("Q");
    assert_eq!(session.screen.exit_code(), 0);
    session.is_restored();
}

#[test]
fn a_sheet_that_is_asked_for_early_comes_after_the_diff_and_is_dead_at_first() {
    let mut session = Session::start("risk:low", 120, 30);
    session.screen.wait_for("needs you");
    session.screen.send("a\r");
    session.screen.wait_for("signs exactly this");
    assert_eq!(session.log(), "");
    session.screen.send("\x1b");
    session.screen.wait_for("nothing was signed");
    assert_eq!(session.log(), "");
}
