//! The terminal given to something else and taken back: a shell in a worktree, an editor, a signing
//! program that asks for a passphrase; and what the screen leaves behind. In the demo, on a real
//! pseudo terminal.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{Demo, Screen};

impl Demo {
    /// An executable script, and its path.
    fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.sandbox.path(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        path
    }

    fn worktrees(&self) -> Vec<String> {
        let listed = self
            .sandbox
            .git(&self.alice(), &["worktree", "list", "--porcelain"]);
        let paths = listed.lines().filter_map(|l| l.strip_prefix("worktree "));
        paths.skip(1).map(str::to_owned).collect()
    }
}

/// What the program wrote since it left the alternate screen last.
fn after_leaving(screen: &Screen) -> String {
    let all = String::from_utf8_lossy(screen.bytes()).into_owned();
    let after = all.rsplit_once("\x1b[?1049l");
    after.map_or(String::new(), |(_, after)| after.to_owned())
}

/// Waits until the terminal is lent and this was said on it since.
#[track_caller]
fn wait_outside(screen: &mut Screen, text: &str) {
    screen.wait_until(text, |screen| {
        !screen.model().alternate_screen() && after_leaving(screen).contains(text)
    });
}

/// Waits until the screen is back with this text on it.
#[track_caller]
fn wait_inside(screen: &mut Screen, text: &str) {
    screen.wait_until(text, |screen| {
        screen.model().alternate_screen() && screen.text().contains(text)
    });
}

#[test]
fn a_shell_gets_the_terminal_in_a_worktree_that_goes_when_it_is_clean() {
    let demo = Demo::new();
    let mut command = demo.tui(&["risk:low"]);
    command
        .env("SHELL", "/bin/sh")
        .env("SSH_AUTH_SOCK", "/an/agent");
    let mut screen = Screen::start(&command, 120, 40);
    screen.wait_for("approve: ready");
    screen.send("!");
    wait_outside(&mut screen, "exit brings you back");
    screen.send("echo agent=[$SSH_AUTH_SOCK] on=$COUNTERSIGN_CHECKOUT; git status -sb\r");
    wait_outside(&mut screen, "agent=[] on=");
    wait_outside(&mut screen, "HEAD (no branch)");
    let worktrees = demo.worktrees();
    assert_eq!(worktrees.len(), 1, "{worktrees:?}");
    screen.send("pwd -P\r");
    wait_outside(&mut screen, &worktrees[0]);
    screen.send("exit 3\r");
    wait_inside(&mut screen, "the worktree is gone again");
    assert!(demo.worktrees().is_empty() && !Path::new(&worktrees[0]).exists());

    screen.send("!");
    wait_outside(&mut screen, "exit brings you back");
    screen.send("echo mine > tried.txt; exit\r");
    wait_inside(&mut screen, "tried.txt is changed there");
    assert_eq!(demo.worktrees(), worktrees, "the same folder, and it stays");
    screen.send("Q");
    assert_eq!(screen.exit_code(), 0);
}

#[test]
fn an_interrupt_in_the_shell_is_the_shells() {
    let demo = Demo::new();
    // It does not care for an interrupt, and shares the process group with the screen.
    let shell = demo.script(
        "shell",
        "trap 'echo caught' INT\necho ready\nread x\nread x",
    );
    let mut command = demo.tui(&["risk:low"]);
    command.env("SHELL", shell);
    let mut screen = Screen::start(&command, 120, 40);
    screen.wait_for("approve: ready");
    screen.send("!");
    wait_outside(&mut screen, "ready");
    screen.send("\x03");
    wait_outside(&mut screen, "caught");
    screen.send("\r\r");
    wait_inside(&mut screen, "the worktree is gone again");
    screen.send("Q");
    assert_eq!(screen.exit_code(), 0);
}

#[test]
fn a_locked_key_asks_on_the_terminal_and_a_wrong_passphrase_keeps_everything() {
    let demo = Demo::new();
    demo.lock_key("right one");
    let mut screen = Screen::start(&demo.tui(&["risk:low"]), 120, 40);
    screen.wait_for("approve: ready");
    screen.send("a");
    screen.wait_for("signs exactly this");
    // A word that goes with the verdict, to see that it is kept.
    screen.send("e");
    screen.wait_for("Enter");
    screen.send("read twice");
    screen.wait_for("read twice");
    screen.send("\r");
    screen.wait_for("signs exactly this");
    screen.settle();
    screen.send("\r");
    wait_outside(&mut screen, "passphrase");
    screen.send("a wrong one\r");
    wait_inside(&mut screen, "not signed");
    assert!(screen.text().contains("read twice"), "{}", screen.text());
    assert!(demo.status().contains("nothing waits here"));

    screen.settle();
    screen.send("\r");
    wait_outside(&mut screen, "passphrase");
    screen.send("right one\r");
    wait_inside(&mut screen, "approved, still here only");
    assert!(demo.status().contains("waits for push"));
    let typed = String::from_utf8_lossy(screen.bytes()).into_owned();
    assert!(!typed.contains("right one"), "it is not echoed");
}

#[test]
fn an_interrupt_at_the_passphrase_comes_back_to_the_sheet() {
    let demo = Demo::new();
    demo.lock_key("right one");
    let mut screen = Screen::start(&demo.tui(&["risk:low"]), 120, 40);
    screen.wait_for("approve: ready");
    screen.send("a");
    screen.wait_for("signs exactly this");
    screen.settle();
    screen.send("\r");
    wait_outside(&mut screen, "passphrase");
    // An interrupt between its prompt and its reading is lost on ssh-keygen.
    screen.settle();
    screen.send("\x03");
    wait_inside(&mut screen, "not signed");
    screen.wait_for("signs exactly this");
    screen.send("\x1b");
    screen.wait_for("nothing was signed");
    screen.send("Q");
    assert_eq!(screen.exit_code(), 0);
    assert!(demo.status().contains("nothing waits here"));
}

/// The remote takes for ever: git runs this in place of its own program there.
fn slow(demo: &Demo, setting: &str) {
    let key = format!("remote.origin.{setting}");
    demo.sandbox
        .git(&demo.alice(), &["config", &key, "sleep 50; false"]);
}

/// Whether a `sleep 50` of this test's still runs.
fn sleeps(demo: &Demo) -> bool {
    let listed = Command::new("ps").args(["-eo", "args"]).output().unwrap();
    let remote = demo.dir.join("remote.git");
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    text.lines()
        .any(|line| line.contains("sleep 50; false") && line.contains(remote.to_str().unwrap()))
}

#[test]
fn a_fetch_that_takes_long_is_said_and_called_off_with_all_it_started() {
    let demo = Demo::new();
    slow(&demo, "uploadpack");
    let mut screen = Screen::start(&demo.tui(&["risk:low"]), 120, 40);
    screen.wait_for("approve: ready");
    screen.send("R");
    screen.wait_for("fetching from origin · 1 s · ^c calls it off");
    assert!(sleeps(&demo));
    screen.send("\x03");
    screen.wait_for("not fetched: called off");
    assert!(!sleeps(&demo));
    screen.send("Q");
    assert_eq!(screen.exit_code(), 0);
}

#[test]
fn leaving_ends_a_fetch_that_hangs() {
    let demo = Demo::new();
    slow(&demo, "uploadpack");
    let config = demo.sandbox.path("xdg/config/countersign");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.toml"), "fetch_seconds = 1\n").unwrap();
    let mut screen = Screen::start(&demo.tui(&["risk:low"]), 120, 40);
    screen.wait_for("fetching …");
    screen.wait_until("git runs", |_| sleeps(&demo));
    screen.send("q");
    assert_eq!(screen.exit_code(), 0);
    assert!(!sleeps(&demo));
}

#[test]
fn a_push_that_is_called_off_stays_here_and_goes_with_the_next() {
    let demo = Demo::new();
    slow(&demo, "receivepack");
    let mut screen = Screen::start(&demo.tui(&["risk:low"]), 120, 40);
    screen.wait_for("approve: ready");
    screen.send("a");
    screen.wait_for("signs exactly this");
    screen.send("\r");
    screen.wait_for("approved, still here only");
    screen.send("P");
    screen.wait_for("pushing 1 verdict to origin");
    screen.send("\x03");
    screen.wait_for("not pushed, kept here: called off");
    assert!(demo.status().contains("waits for push"));
    let setting = ["config", "--unset", "remote.origin.receivepack"];
    demo.sandbox.git(&demo.alice(), &setting);
    screen.send("P");
    screen.wait_for("approved · on origin");
    assert!(demo.status().contains("nothing waits here"));
}

#[test]
fn a_signature_that_is_waited_for_is_called_off_and_the_sheet_stays() {
    let demo = Demo::new();
    // As a key on a token that nobody touches.
    let program = demo.script("sign", "sleep 50");
    let program = program.to_str().unwrap();
    demo.sandbox
        .git(&demo.alice(), &["config", "gpg.ssh.program", program]);
    let mut screen = Screen::start(&demo.tui(&["risk:low"]), 120, 40);
    screen.wait_for("approve: ready");
    screen.send("a");
    screen.wait_for("signs exactly this");
    screen.send("\r");
    screen.wait_for("^c calls it off");
    assert!(screen.text().contains("signing log-wording@1"));
    screen.send("\x03");
    screen.wait_for("not signed: signing was cancelled");
    screen.wait_for("signs exactly this");
    assert!(demo.status().contains("nothing waits here"));
    screen.send("\x1b");
    screen.wait_for("nothing was signed");
}
