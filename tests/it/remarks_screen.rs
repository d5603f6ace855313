//! Remarks and reasons on a real terminal: kept through whatever happens, carried to where their line
//! went, published with a verdict or alone.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::{Screen, World};

/// A world with one waiting change that Alice knows of.
fn world() -> World {
    let world = World::new();
    world.queue("try-it", "src/app.py", "def main():\n    return 1\n");
    world.alice.run("sync").ok();
    world
}

fn screen(world: &World, columns: u16, rows: u16) -> Screen {
    let mut command = world.sandbox.countersign_command(&world.alice.dir);
    command.arg("tui");
    let mut screen = Screen::start(&command, columns, rows);
    screen.wait_for("signing as alice");
    screen
}

/// The drafts on the disk, as text.
fn drafts(dir: &Path) -> String {
    let files = std::fs::read_dir(dir.join(".git/countersign/drafts"));
    // What is not renamed yet is no draft yet.
    let whole = |file: &std::fs::DirEntry| !file.file_name().to_string_lossy().starts_with('.');
    let files = files.into_iter().flatten().flatten().filter(whole);
    files
        .filter_map(|file| std::fs::read_to_string(file.path()).ok())
        .collect()
}

/// Waits until a draft on the disk says this.
#[track_caller]
fn wait_for_draft(dir: &Path, words: &str) {
    let until = Instant::now() + Duration::from_secs(30);
    while !drafts(dir).contains(words) {
        assert!(
            Instant::now() < until,
            "no draft says {words:?}: {}",
            drafts(dir)
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn kill(screen: &mut Screen) {
    let program = screen.process_id().unwrap().to_string();
    let killed = Command::new("kill").args(["-KILL", &program]).status();
    assert!(killed.unwrap().success());
    screen.exit_code();
}

#[test]
fn a_remark_that_is_being_written_survives_a_kill_and_is_shown_in_its_place() {
    let world = world();
    let mut first = screen(&world, 120, 40);
    first.wait_for("approve: ready");
    first.send("\r");
    first.wait_for("read on");
    first.send("G");
    first.send("c");
    first.wait_for("remark on src/app.py:2");
    first.send("half a thought");
    first.wait_for("half a thought");
    wait_for_draft(&world.alice.dir, "half a thought");
    kill(&mut first);
    let mut second = screen(&world, 120, 40);
    second.wait_for("not finished, goes nowhere  half a thought");
    second.send("\r");
    second.wait_for("read on");
    second.send("Gc");
    second.wait_for("half a thought");
    second.send(" more");
    second.wait_for("half a thought more");
    second.send("\r");
    second.wait_for("goes with your verdict  half a thought more");
}

#[test]
fn a_typed_reason_survives_esc_leaving_a_failed_signature_and_a_kill() {
    let world = world();
    let mut first = screen(&world, 120, 50);
    first.wait_for("approve: ready");
    first.send("r");
    first.wait_for("why try-it@1 is rejected");
    first.send("it returns one");
    first.wait_for("it returns one");
    // Esc.
    first.send("\x1b");
    first.wait_until("the box closed", |s| !s.text().contains("why try-it@1"));
    first.send("r");
    first.wait_for("it returns one");
    // A signature that fails.
    world
        .alice
        .git(&["config", "gpg.ssh.program", "/nonexistent/ssh-keygen"]);
    first.send("\r");
    first.wait_for("signs exactly this");
    first.send("\r");
    first.wait_for("all is kept");
    first.send("\x1b");
    first.wait_for("try-it@1 →");
    // q, and a new session.
    first.send("qq");
    assert_eq!(first.exit_code(), 0);
    let mut second = screen(&world, 120, 50);
    second.wait_for("approve: ready");
    second.send("r");
    second.wait_for("it returns one");
    second.send(", not two");
    second.wait_for("it returns one, not two");
    wait_for_draft(&world.alice.dir, "it returns one, not two");
    kill(&mut second);
    let mut third = screen(&world, 120, 50);
    third.wait_for("approve: ready");
    third.send("r");
    third.wait_for("it returns one, not two");
}

#[test]
fn earlier_reasons_come_back_in_a_later_session() {
    let world = world();
    let mut first = screen(&world, 120, 50);
    first.wait_for("approve: ready");
    first.send("r");
    first.wait_for("why try-it@1 is rejected");
    first.send("no test for it");
    first.wait_for("no test for it");
    first.send("\r");
    first.wait_for("signs exactly this");
    first.send("\r");
    first.wait_for("rejected, still here only");
    first.send("P");
    first.wait_for("rejected · on origin");
    first.send("Q");
    assert_eq!(first.exit_code(), 0);
    world.queue("another", "src/app.py", "def main():\n    return 2\n");
    world.alice.run("sync").ok();
    let mut second = screen(&world, 120, 50);
    second.wait_for("another@1 →");
    second.wait_for("approve: ready");
    second.send("r");
    second.wait_for("why another@1 is rejected");
    second.send("\x1b[A");
    second.wait_for("no test for it");
    let file = world.sandbox.path("xdg/state/countersign/words.json");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_pasted_approval_signs_and_ticks_nothing() {
    let world = world();
    for burst in [
        "a\r\rx",
        "a\r\r\r\r1x",
        "aaa\r\rxx",
        "\x1b[200~a\r\rx\x1b[201~",
    ] {
        let mut screen = screen(&world, 120, 50);
        screen.wait_for("approve: ready");
        screen.send(burst);
        screen.settle();
        assert_eq!(drafts(&world.alice.dir), "", "{burst:?}");
        let outbox = world.alice.dir.join(".git/countersign/outbox");
        let waiting = std::fs::read_dir(outbox).map_or(0, Iterator::count);
        assert_eq!(waiting, 0, "{burst:?}:\n{}", screen.text());
        // An Esc that another key follows at once is that key with Alt.
        screen.send("\x1b");
        screen.settle();
        screen.send("\x1b");
        screen.settle();
        screen.send("Q");
        assert_eq!(screen.exit_code(), 0);
    }
}

#[test]
fn space_ten_times_writes_no_evidence() {
    let world = world();
    let mut screen = screen(&world, 120, 50);
    screen.wait_for("approve: ready");
    for _ in 0..10 {
        screen.send(" ");
        screen.settle();
    }
    screen.send("a");
    screen.wait_for("signs exactly this");
    for _ in 0..10 {
        screen.send(" ");
    }
    screen.settle();
    assert!(screen.text().contains("signs exactly this"));
    assert_eq!(drafts(&world.alice.dir), "");
}

#[test]
fn a_remark_stands_where_its_line_went_with_its_answers_in_order() {
    let world = World::new();
    let text = "import os\n\n\ndef main():\n    return os.sep\n";
    world.queue("try-it", "src/app.py", text);
    let alice = &world.alice;
    alice.run("sync").ok();
    let said = alice.run("comment try-it -m No. --at src/app.py:5").ok();
    let digest = said.trim_start_matches("pushed ").trim_end().to_owned();
    let longer = "import os\n\n\nX = 1\nY = 2\ndef main():\n    return os.sep\n";
    world.agent.commit_by_ai("src/app.py", longer, "Again");
    world.agent.push_queue("try-it", 2);
    alice.run("sync").ok();
    let mut second = screen(&world, 120, 40);
    second.wait_for("try-it@2 →");
    second.wait_for("open, moved · was src/app.py:5");
    let rows = second.text();
    let rows: Vec<&str> = rows.lines().collect();
    let at = rows
        .iter()
        .position(|row| row.contains("return os.sep"))
        .unwrap();
    assert!(rows[at + 1].contains("alice @1"), "{}", rows.join("\n"));
    second.send("Q");
    assert_eq!(second.exit_code(), 0);

    for (number, answer) in [(3, "fixed:it is a constant"), (4, "wontfix:after all")] {
        let reply = format!("{digest}/0={answer}");
        world
            .agent
            .commit_by_ai("src/app.py", &format!("{longer}# {number}\n"), "Again");
        let proposed = ["propose", "--id", "try-it", "--reply", &reply, "--json"];
        world.agent.countersign(&proposed).exits(0);
    }
    alice.run("sync").ok();
    let mut fourth = screen(&world, 140, 40);
    fourth.wait_for("try-it@4 →");
    fourth.wait_for("answered");
    let shown = fourth.text();
    let first = shown.find("reply: @3 fixed it is a constant").unwrap();
    let second = shown.find("reply: @4 will not fix after all").unwrap();
    assert!(first < second, "{shown}");
    // The same for an agent.
    let document = alice.countersign(&["show", "try-it", "--comments", "--json"]);
    let document = document.exits(0).json();
    let remark = &document["comments"][0];
    assert_eq!(
        (remark["state"].as_str(), remark["movedTo"].as_u64()),
        (Some("answered"), Some(7))
    );
    assert_eq!(remark["replies"][0]["revision"], 3);
    assert_eq!(remark["replies"][1]["state"], "wontfix");
    assert_eq!(remark["reply"]["state"], "wontfix");
}
