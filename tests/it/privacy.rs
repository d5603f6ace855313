//! Nothing but git's own remote is ever spoken to: with the network cut all of it works, and nobody
//! even asks for a socket that could leave the machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{Sandbox, run};

/// Whether this program is there to be run; CI installs both, elsewhere nothing is tested without.
fn is_here(program: &str, words: &[&str]) -> bool {
    let here = Command::new(program).args(words).output();
    here.is_ok_and(|output| output.status.success()) || std::env::var_os("CI").is_some()
}

/// `unshare` with what makes an empty network for whoever runs the tests.
const CUT: [&str; 2] = ["--map-root-user", "--net"];

/// A world, and what a person, an agent and a deployment do in it.
const A_DAY: [(&str, &[&str]); 9] = [
    ("", &["demo", "world", "--at", "2026-11-24T10:00:00Z"]),
    ("world/alice", &["sync"]),
    ("world/alice", &["list"]),
    ("world/alice", &["show", "fix-lb-timeouts", "--patch"]),
    ("world/alice", &["approve", "fix-lb-timeouts", "-m", "Fine"]),
    ("world/alice", &["stats"]),
    ("world/alice", &["doctor"]),
    ("world/agent", &["policy", "explain", "--for", "HEAD"]),
    ("world/bob", &["sync"]),
];

/// Runs the day, and the gate over all that landed, with these words before each command.
fn day(sandbox: &Sandbox, before: &[&str]) -> Vec<String> {
    let program = env!("CARGO_BIN_EXE_countersign");
    let start = |dir: &Path, words: &[&str]| {
        let line: Vec<&str> = before
            .iter()
            .copied()
            .chain([program])
            .chain(words.iter().copied())
            .collect();
        let mut command = sandbox.command(line[0], dir);
        run(command.args(&line[1..]), b"")
    };
    let mut said = Vec::new();
    for (dir, words) in A_DAY {
        let ran = start(&sandbox.path(dir), words);
        assert!(matches!(ran.code, Some(0)), "{words:?}: {ran:?}");
        said.push(ran.stdout);
    }
    let alice = sandbox.path("world/alice");
    let root = sandbox.git(
        &alice,
        &[
            "log",
            "--format=%H",
            "--diff-filter=A",
            "origin/main",
            "--",
            ".countersign/policy.toml",
        ],
    );
    let gate = [
        "gate",
        "--fetch",
        "--target",
        "main",
        "--policy-root",
        &root,
        "--first",
        "origin/main",
    ];
    let ran = start(&alice, &gate);
    assert!(matches!(ran.code, Some(0 | 1 | 8)), "{ran:?}");
    said.push(ran.stdout);
    said
}

#[test]
fn with_the_network_cut_everything_works() {
    let cut: Vec<&str> = CUT.to_vec();
    if !is_here("unshare", &[&cut[..], &["true"]].concat()) {
        return;
    }
    let sandbox = Sandbox::new();
    let interfaces = run(
        sandbox
            .command("unshare", &sandbox.path(""))
            .args(CUT)
            .args(["cat", "/proc/net/route"]),
        b"",
    );
    assert_eq!(
        interfaces.ok().lines().skip(1).count(),
        0,
        "there is a way out"
    );
    let said = day(&sandbox, &[&["unshare"], &CUT[..]].concat());
    assert!(said[2].contains("fix-lb-timeouts"), "{said:?}");
    assert!(said[4].contains("pushed"), "{said:?}");
    #[cfg(feature = "tui")]
    on_the_screen(&sandbox);
}

/// The screen shows the queue there as well, and is left as anywhere.
#[cfg(feature = "tui")]
fn on_the_screen(sandbox: &Sandbox) {
    let mut command = sandbox.command("unshare", &sandbox.path("world/alice"));
    command
        .args(CUT)
        .args([env!("CARGO_BIN_EXE_countersign"), "tui"]);
    command.env("TERM", "xterm-256color");
    let mut screen = crate::common::Screen::start(&command, 120, 40);
    screen.wait_for("needs me");
    screen.send("q");
    assert_eq!(screen.exit_code(), 0);
}

#[test]
fn no_process_asks_for_a_socket_that_could_leave_the_machine() {
    if !is_here("strace", &["-V"]) {
        return;
    }
    let sandbox = Sandbox::new();
    let trace: PathBuf = sandbox.path("trace");
    let trace_to = trace.to_str().unwrap();
    let words = [
        "strace",
        "-f",
        "-qq",
        "-A",
        "-e",
        "trace=socket,connect,sendto",
        "-o",
        trace_to,
    ];
    day(&sandbox, &words);
    let calls = std::fs::read_to_string(&trace).unwrap();
    let leaving: Vec<&str> = calls
        .lines()
        .filter(|call| call.contains("AF_INET") || call.contains("AF_PACKET"))
        .collect();
    assert!(leaving.is_empty(), "{leaving:#?}");

    // The same trace sees it where somebody does ask.
    let ask = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)";
    let mut control = sandbox.command(words[0], &sandbox.path(""));
    run(control.args(&words[1..]).args(["python3", "-c", ask]), b"").ok();
    let calls = std::fs::read_to_string(&trace).unwrap();
    assert!(calls.contains("AF_INET"), "the trace sees nothing");
}
