//! Terminal manners: the clipboard, the mouse and its switch, whole frames, the editor, job control, a
//! terminal of no name, and what commands say on stderr while they wait.

mod editor;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{Sandbox, Screen};

fn demo() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new();
    let dir = sandbox.path("demo");
    let top = sandbox.path("");
    sandbox
        .countersign(&top, &["demo", dir.to_str().unwrap()])
        .exits(0);
    let alice = dir.join("alice");
    (sandbox, alice)
}

fn tui(sandbox: &Sandbox, alice: &Path) -> Command {
    let mut command = sandbox.countersign_command(alice);
    command.args(["tui", "risk:low"]);
    command
}

fn script(sandbox: &Sandbox, name: &str, text: &str) -> String {
    let path = sandbox.path(name);
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn written(screen: &Screen) -> String {
    String::from_utf8_lossy(screen.bytes()).into_owned()
}

#[test]
fn the_clipboard_is_filled_and_inside_tmux_that_of_the_terminal_outside() {
    let (sandbox, alice) = demo();
    // base64 of log-wording@1
    let plain = "\x1b]52;c;bG9nLXdvcmRpbmdAMQ==\x07";
    let through = "\x1bPtmux;\x1b\x1b]52;c;bG9nLXdvcmRpbmdAMQ==\x07\x1b\\";
    for tmux in [false, true] {
        let mut command = tui(&sandbox, &alice);
        if tmux {
            command.env("TMUX", "/tmp/tmux-0/default,1,0");
        }
        let mut screen = Screen::start(&command, 120, 40);
        screen.wait_for("approve: ready");
        screen.send("y");
        screen.wait_for("copied log-wording@1");
        let written = written(&screen);
        assert!(written.contains(plain));
        assert_eq!(written.contains(through), tmux);
        assert_eq!(written.contains("\x1bP"), tmux, "no passthrough elsewhere");
    }
}

#[test]
fn every_frame_is_shown_at_once() {
    let (sandbox, alice) = demo();
    let mut screen = Screen::start(&tui(&sandbox, &alice), 120, 40);
    screen.wait_for("approve: ready");
    screen.send("jjkk?q");
    screen.settle();
    screen.send("Q");
    assert_eq!(screen.exit_code(), 0);
    let written = written(&screen);
    let begun = written.matches("\x1b[?2026h").count();
    assert!(begun > 3, "{begun}");
    assert_eq!(begun, written.matches("\x1b[?2026l").count());
    // Nothing is painted outside of a frame but what takes the terminal over and gives it back.
    let painted = written.split("\x1b[?2026h").skip(1);
    let between = painted.filter_map(|frame| frame.split_once("\x1b[?2026l"));
    for (_, after) in between {
        assert!(!after.contains("log-wording"), "{after:?}");
    }
}

#[test]
fn the_mouse_selects_and_can_be_left_to_the_terminal() {
    let (sandbox, alice) = demo();
    let mut screen = Screen::start(&tui(&sandbox, &alice), 120, 40);
    screen.wait_for("approve: ready");
    assert_ne!(
        screen.model().mouse_protocol_mode(),
        vt100::MouseProtocolMode::None
    );
    let text = screen.text();
    let row = text.lines().position(|line| line.contains("docs-links"));
    let row = row.unwrap() + 1;
    screen.send(&format!("\x1b[<0;8;{row}M\x1b[<0;8;{row}m"));
    screen.wait_for("docs-links@1 →");
    // The wheel over the queue goes to the next one.
    screen.send(&format!("\x1b[<65;8;{row}M"));
    screen.wait_for("docs-runbook@1 →");
    // A key of the bar at the bottom.
    let text = screen.text();
    let bar = text.lines().last().unwrap();
    let column = bar.chars().collect::<String>().find("a approve").unwrap();
    let column = bar[..column].chars().count() + 1;
    screen.send(&format!("\x1b[<0;{column};40M\x1b[<0;{column};40m"));
    screen.wait_for("signs exactly this");
    screen.send("\x1b");
    screen.wait_for("nothing was signed");
    screen.send("Q");
    assert_eq!(screen.exit_code(), 0);

    let config = sandbox.path("xdg/config/countersign");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.toml"), "mouse = false\n").unwrap();
    let mut screen = Screen::start(&tui(&sandbox, &alice), 120, 40);
    screen.wait_for("approve: ready");
    assert_eq!(
        screen.model().mouse_protocol_mode(),
        vt100::MouseProtocolMode::None
    );
    assert!(!written(&screen).contains("\x1b[?1000h"));
}

#[test]
fn the_editor_is_given_file_and_line_and_may_fail() {
    let (sandbox, alice) = demo();
    let log = sandbox.path("edited");
    let editor = script(
        &sandbox,
        "my-editor",
        &format!("echo \"$@\" >> '{}'; exit \"$1\"", log.display()),
    );
    for (code, args) in [(0, "0 two"), (3, "3 'a word'")] {
        let mut command = tui(&sandbox, &alice);
        command.env("VISUAL", format!("{editor} {args}"));
        let mut screen = Screen::start(&command, 120, 40);
        screen.wait_for("approve: ready");
        // Into the diff, to the hunk, a line of it.
        screen.send("\r.jj");
        screen.settle();
        screen.send("e");
        screen.wait_until("the editor ran", |_| log.exists());
        screen.wait_until("the screen again", |screen| {
            screen.model().alternate_screen() && screen.text().contains("log-wording@1 →")
        });
        screen.settle();
        let failed = screen.text().contains("ended with exit status: 3");
        assert_eq!(failed, code == 3, "{}", screen.text());
        let given = std::fs::read_to_string(&log).unwrap();
        let rest = if code == 0 { "0 two +" } else { "3 a word +" };
        assert!(given.starts_with(rest), "{given}");
        assert!(given.trim_end().ends_with("/cmd/shop/main.go"), "{given}");
        std::fs::remove_file(&log).unwrap();
    }
}

#[test]
fn a_job_of_a_shell_is_stopped_and_goes_on() {
    let (sandbox, alice) = demo();
    let mut shell = sandbox.command("/bin/sh", &alice);
    shell.args(["-i"]).env("PS1", "ready> ");
    let mut screen = Screen::start(&shell, 120, 40);
    screen.wait_for("ready> ");
    let program = env!("CARGO_BIN_EXE_countersign");
    screen.send(&format!("{program} tui risk:low\r"));
    screen.wait_for("approve: ready");
    screen.send("\x1a");
    screen.wait_until("the shell", |screen| {
        !screen.model().alternate_screen() && screen.text().contains("topped")
    });
    assert!(!screen.model().hide_cursor());
    // The window may be another one by now.
    screen.resize(100, 30);
    screen.send("fg\r");
    screen.wait_until("the screen again", |screen| {
        screen.model().alternate_screen() && screen.text().contains("log-wording")
    });
    screen.send("Q");
    // The prompts before it are still there: only a third one says that the shell reads again.
    screen.wait_until("the shell again", |screen| {
        !screen.model().alternate_screen() && screen.text().matches("ready> ").count() == 3
    });
    screen.send("exit\r");
    screen.exit_code();
}

#[test]
fn a_terminal_without_a_name_will_do() {
    let (sandbox, alice) = demo();
    let mut command = tui(&sandbox, &alice);
    command.env_remove("TERM");
    let mut screen = Screen::start(&command, 120, 40);
    screen.wait_for("approve: ready");
    screen.send("Q");
    assert_eq!(screen.exit_code(), 0);
}

#[test]
fn a_scan_of_many_commits_says_how_far_it_is_on_a_terminal_only() {
    let (sandbox, alice) = demo();
    // As many commits as take a while: those of the demo, time and again.
    let range = "HEAD";
    let all = sandbox.git(&alice, &["rev-list", range]);
    let count = all.lines().count();
    assert!(count > 5, "{count}");
    let first = all.lines().last().unwrap();
    let mut command = sandbox.countersign_command(&alice);
    command.args(["scan", &format!("{first}..HEAD")]);
    let mut screen = Screen::start(&command, 160, 400);
    assert_eq!(screen.exit_code(), 0);
    // Whether it took long enough for a line is the machine's to say; none is left behind.
    assert!(!screen.text().contains("scanning"), "{}", screen.text());
    let range = format!("{first}..HEAD");
    let piped = sandbox.countersign(&alice, &["scan", &range]).exits(0);
    assert_eq!(piped.stderr, "");
}

#[test]
fn a_command_says_what_it_waits_for_on_a_terminal_only() {
    let (sandbox, alice) = demo();
    let slow = "sleep 1; git-upload-pack";
    sandbox.git(&alice, &["config", "remote.origin.uploadpack", slow]);
    let mut command = sandbox.countersign_command(&alice);
    command.arg("sync");
    let mut screen = Screen::start(&command, 120, 40);
    assert_eq!(screen.exit_code(), 0);
    let said = written(&screen);
    assert!(
        said.contains("fetching, and pushing what waits"),
        "{said:?}"
    );
    // It is gone when the answer comes.
    assert!(
        screen.text().starts_with("synced with origin"),
        "{}",
        screen.text()
    );
    let piped = sandbox.countersign(&alice, &["sync"]).exits(0);
    assert_eq!(piped.stderr, "synced with origin\n");
    command.arg("-q");
    let mut screen = Screen::start(&command, 120, 40);
    assert_eq!(screen.exit_code(), 0);
    assert!(!written(&screen).contains("fetching"));
}
