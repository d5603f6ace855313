//! The whole of it on the demo, through a real terminal: two keys approve, the note is on the remote,
//! a script without this program accepts it, and refuses it altered.

use std::path::PathBuf;

use crate::common::{Sandbox, Screen, run};

/// A demo world and the screen of its reviewer.
struct Demo {
    sandbox: Sandbox,
    dir: PathBuf,
}

impl Demo {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let dir = sandbox.path("world");
        let top = sandbox.path("");
        sandbox.countersign(&top, &["demo", "world"]).ok();
        Self { sandbox, dir }
    }

    fn screen(&self, filter: &str, columns: u16, rows: u16) -> Screen {
        let program = env!("CARGO_BIN_EXE_countersign");
        let mut command = self.sandbox.command(program, &self.dir.join("alice"));
        command
            .env("TERM", "xterm-256color")
            .args(["tui", "--theme", "dark", filter]);
        Screen::start(&command, columns, rows)
    }

    /// The lines of the note on a commit, as the remote has them.
    fn note(&self, head: &str) -> Vec<String> {
        let args = ["notes", "--ref=countersign", "show", head];
        let ran = self.sandbox.try_git(&self.dir.join("remote.git"), &args);
        ran.stdout.lines().map(|line| format!("{line}\n")).collect()
    }

    fn pending_low(&self) -> Vec<(String, String)> {
        let args = [
            "--list",
            "--format",
            "%(id) %(head)",
            "risk:low",
            "state:pending",
        ];
        let listed = self
            .sandbox
            .countersign(&self.dir.join("alice"), &args)
            .ok();
        let rows = listed.lines().filter_map(|line| line.split_once(' '));
        rows.map(|(id, head)| (id.to_owned(), head.to_owned()))
            .collect()
    }

    /// Whether the script of the documentation accepts a line. It needs `jq`: without it there is
    /// no answer, and a build machine must have it.
    #[allow(clippy::print_stderr)]
    fn script_accepts(&self, line: &str) -> Option<bool> {
        let mut has_jq = self.sandbox.command("sh", &self.dir);
        if run(has_jq.args(["-c", "command -v jq"]), b"").code != Some(0) {
            assert!(
                std::env::var_os("CI").is_none(),
                "jq is missing on a build machine"
            );
            eprintln!("SKIPPED: docs/verify-verdict.sh is not tried, for want of jq");
            return None;
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/verify-verdict.sh");
        let signers = self.dir.join("alice/.countersign/allowed_signers");
        let mut command = self.sandbox.command("sh", &self.dir);
        command.arg(script).arg(signers);
        Some(run(&mut command, line.as_bytes()).code == Some(0))
    }
}

#[test]
fn two_keys_approve_a_low_risk_change_and_anybody_can_check_it() {
    let demo = Demo::new();
    let waiting = demo.pending_low();
    let mut screen = demo.screen("risk:low", 120, 32);
    screen.wait_until("the first change", |screen| {
        waiting
            .iter()
            .any(|(id, _)| screen.text().contains(&format!("{id}@1 →")))
    });
    let first = waiting
        .iter()
        .find(|(id, _)| screen.text().contains(&format!("{id}@1 →")))
        .cloned()
        .unwrap();
    screen.wait_for("approve: ready");
    screen.send("a");
    screen.wait_for("signs exactly this");
    screen.send("\r");
    screen.wait_for(&format!("{}@1 approved", first.0));
    assert!(
        demo.note(&first.1).is_empty(),
        "nothing leaves before the undo time"
    );
    screen.send("P");
    screen.wait_for("on origin");
    let lines = demo.note(&first.1);
    assert_eq!(lines.len(), 1);
    assert_ne!(demo.script_accepts(&lines[0]), Some(false));
    let payload = lines[0].split('"').nth(3).unwrap().to_owned();
    let altered = altered(&payload);
    let refused = demo.script_accepts(&lines[0].replace(&payload, &altered));
    assert_ne!(refused, Some(true));
    screen.send("q");
    assert_eq!(screen.exit_code(), 0);
    assert!(!screen.model().alternate_screen());

    // The next commands agree: it is approved, and so the gate will say.
    let args = ["--list", "--format", "%(id)", "state:approved", "risk:low"];
    let listed = demo
        .sandbox
        .countersign(&demo.dir.join("alice"), &args)
        .ok();
    assert!(listed.lines().any(|id| id == first.0), "{listed}");
}

#[test]
fn a_verdict_leaves_by_itself_when_the_undo_time_is_over() {
    let demo = Demo::new();
    let config = demo.sandbox.path("xdg/config/countersign");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.toml"), "undo_seconds = 1\n").unwrap();
    let waiting = demo.pending_low();
    let mut screen = demo.screen("risk:low", 120, 32);
    screen.wait_for("approve: ready");
    screen.send("a");
    screen.wait_for("signs exactly this");
    screen.send("\r");
    screen.wait_for("on origin");
    assert_eq!(
        waiting
            .iter()
            .filter(|(_, head)| !demo.note(head).is_empty())
            .count(),
        1
    );
    screen.send("q");
    assert_eq!(screen.exit_code(), 0);
}

/// The same payload with one letter of its statement changed.
fn altered(payload: &str) -> String {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::STANDARD;
    let text = String::from_utf8(engine.decode(payload).unwrap()).unwrap();
    assert!(text.contains("\"approve\""));
    engine.encode(text.replace("\"hunksViewed\":1", "\"hunksViewed\":9"))
}
