//! A verdict that was confirmed is on the disk: what is synced, and in which order, as the kernel
//! sees it.

use std::collections::HashSet;
use std::io::Write as _;
use std::process::Command;

use crate::common::{World, run};

/// One call that matters here: a file or folder brought to the disk, or a file that takes its name.
#[derive(Debug, PartialEq, Eq)]
enum Call {
    Synced(String),
    Named(String),
}

/// The calls in a trace of `fsync` and the ways to name a file, in their order.
fn calls(trace: &str) -> Vec<Call> {
    let quoted = |text: &str| text.rsplit('"').nth(1).map(str::to_owned);
    let lines = trace.lines().filter(|line| line.ends_with("= 0"));
    let calls = lines.filter_map(|line| {
        if line.contains("fsync(") || line.contains("fdatasync(") {
            let (_, path) = line.split_once('<')?;
            let (path, _) = path.rsplit_once('>')?;
            return Some(Call::Synced(path.to_owned()));
        }
        quoted(line).map(Call::Named)
    });
    calls.collect()
}

#[test]
fn without_a_remote_a_verdict_is_on_the_disk_before_it_is_confirmed() {
    if Command::new("strace").arg("-V").output().is_err() {
        let _ = std::io::stderr().write_all(b"without strace nothing is tested here\n");
        return;
    }
    let world = World::new();
    world.queue("work", "src/app.py", "def main():\n    return 1\n");
    world.alice.git(&[
        "fetch",
        "-q",
        "origin",
        "+refs/countersign/*:refs/countersign/*",
    ]);
    world
        .alice
        .git(&["checkout", "-q", "-B", "main", "origin/main"]);
    world.alice.git(&["remote", "remove", "origin"]);
    let trace = world.sandbox.path("trace");
    let mut command = world.sandbox.command("strace", &world.alice.dir);
    command
        .args(["-f", "-y", "-qq", "-s", "4096", "-o"])
        .arg(&trace);
    command.args([
        "-e",
        "trace=fsync,fdatasync,rename,renameat,renameat2,link,linkat",
        env!("CARGO_BIN_EXE_countersign"),
        "approve",
        "work",
    ]);
    run(&mut command, b"").ok();
    let text = std::fs::read_to_string(&trace).unwrap();
    let calls = calls(&text);

    in_order(&calls, &text);
}

/// Each new object and its folder before the ref that names it, then the ref and its folder.
fn in_order(calls: &[Call], text: &str) {
    let ref_moved = calls.iter().position(
        |call| matches!(call, Call::Named(path) if path.ends_with("refs/notes/countersign")),
    );
    let ref_moved = ref_moved.unwrap_or_else(|| panic!("the notes did not move:\n{text}"));
    let is_object = |path: &&String| path.contains("/objects/") && !path.contains("tmp_");
    let named = calls[..ref_moved].iter().filter_map(|call| match call {
        Call::Named(path) => Some(path).filter(is_object),
        Call::Synced(_) => None,
    });
    let named: HashSet<&String> = named.collect();
    assert!(
        named.len() >= 3,
        "a note is a blob, a tree and a commit:\n{text}"
    );
    let synced = |calls: &[Call], end: &str| {
        let synced = |call: &Call| matches!(call, Call::Synced(path) if path.ends_with(end));
        calls.iter().any(synced)
    };
    for object in named {
        let end = &object[object.find("/objects/").unwrap()..];
        assert!(synced(&calls[..ref_moved], end), "{object}:\n{text}");
        let (folder, _) = end.rsplit_once('/').unwrap();
        assert!(synced(&calls[..ref_moved], folder), "{folder}:\n{text}");
    }
    let after = &calls[ref_moved..];
    assert!(synced(after, "/refs/notes/countersign"), "{text}");
    assert!(synced(after, "/refs/notes"), "{text}");
}
