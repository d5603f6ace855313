//! What is said when something is wrong: one shape, plain ASCII, a way out; and JSON that cannot
//! steer a terminal.

use super::one_change;
use crate::common::{Ran, Sandbox};

/// A failure in the shape of the page: the first line names the program, a hint says what to run.
#[track_caller]
fn reads_well(ran: &Ran, code: i32) {
    assert_eq!(ran.code, Some(code), "{}", ran.stderr);
    let failure = ran
        .stderr
        .lines()
        .find(|line| line.starts_with("countersign: "));
    assert!(failure.is_some(), "{}", ran.stderr);
    assert!(
        ran.stderr.lines().any(|line| line.starts_with("hint: ")),
        "{}",
        ran.stderr
    );
    let plain = |byte: u8| byte == b'\n' || byte == b'\t' || (0x20..0x7f).contains(&byte);
    assert!(ran.stderr.bytes().all(plain), "{:?}", ran.stderr);
}

#[test]
fn every_usage_error_has_one_shape_and_a_way_out() {
    let (world, _) = one_change();
    for line in [
        "nonsense",
        "\u{1b}[2Jnonsense",
        "list --colour",
        "list --color \u{e4}\u{202e}",
        "list colour:red",
        "list --json=id,colour",
        "list --format %(colour)",
        "list --format %x",
        "show",
        "show nothing",
        "show try-it@x",
        "show try-it@9",
        "approve try",
        "approve try-it --check beauty=pass",
        "approve try-it --answer 0123456789abcdef",
        "reject try-it",
        "comment try-it",
        "comment try-it -m x --at src/nothing.py:1",
        "comment try-it -m x --at src/app.py:99",
        "comment try-it -m x --severity loud",
        "propose nothing",
        "propose --id NO",
        "propose --target nowhere",
        "propose --sarif src/app.py",
        "propose --sarif nowhere",
        "propose --reply x=done",
        "scan nothing",
        "scan HEAD^{tree}",
        "log nothing",
        "gate nothing",
        "gate HEAD",
        "gate a...b",
        "tui",
        "demo .",
        "--remote nowhere list",
    ] {
        reads_well(&world.alice.run(line), 2);
    }
    let away = world.sandbox.path("home");
    let ran = world.sandbox.countersign(&away, &["list"]);
    reads_well(&ran, 2);
}

#[test]
fn what_is_promised_and_not_built_says_so_and_is_never_ignored() {
    let (world, _) = one_change();
    for line in ["prune --dry-run", "prune"] {
        let ran = world.alice.run(line);
        reads_well(&ran, 2);
        assert!(
            ran.stderr.contains("is not built yet"),
            "{line}: {}",
            ran.stderr
        );
    }
    for flag in ["--env=prod", "--attest=x"] {
        let ran = world
            .alice
            .countersign(&["gate", "HEAD..HEAD", "--json", flag]);
        reads_well(&ran, 2);
        assert_eq!(ran.json()["decision"], "error");
        assert_eq!(ran.json()["exit"], 2);
    }
}

#[test]
fn json_is_ascii_whatever_a_proposal_says() {
    let (world, _) = one_change();
    world.agent.write("src/\u{202e}odd\u{9b}.py", "X = 1\n");
    world.agent.commit("Title \u{202e}\u{9b}2J \u{1f600}");
    world.agent.push_queue("odd-one", 1);
    world.alice.run("sync").ok();
    for line in [
        "list --jsonl id:odd-one",
        "show odd-one --json",
        "scan --jsonl refs/countersign-remote/origin/countersign/queue/odd-one/1",
    ] {
        let ran = world.alice.run(line).exits(0);
        assert!(ran.stdout.is_ascii(), "{}", ran.stdout);
        ran.json();
    }
    let row = world.alice.run("list --jsonl id:odd-one").json();
    assert_eq!(row["title"], "Title \u{202e}\u{9b}2J \u{1f600}");
    let table = world.alice.run("list odd-one").ok();
    assert!(
        !table.contains('\u{202e}') && !table.contains('\u{9b}'),
        "{table}"
    );
}

#[test]
fn colour_is_asked_of_the_flag_then_the_environment_then_git() {
    let (world, _) = one_change();
    let painted = |sandbox: &Sandbox, env: &[(&str, &str)], flag: &str| {
        let program = env!("CARGO_BIN_EXE_countersign");
        let mut command = sandbox.command(program, &world.alice.dir);
        command.args(["list", flag]).envs(env.iter().copied());
        crate::common::run(&mut command, b"")
            .ok()
            .contains('\u{1b}')
    };
    let sandbox = &world.sandbox;
    assert!(!painted(sandbox, &[], "--color=auto"));
    assert!(painted(sandbox, &[("CLICOLOR_FORCE", "1")], "--color=auto"));
    assert!(!painted(
        sandbox,
        &[("CLICOLOR_FORCE", "1")],
        "--color=never"
    ));
    assert!(!painted(
        sandbox,
        &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")],
        "--color=auto"
    ));
    assert!(painted(sandbox, &[("NO_COLOR", "1")], "--color=always"));
    world.alice.git(&["config", "color.ui", "always"]);
    assert!(painted(sandbox, &[], "--color=auto"));
    assert!(!painted(sandbox, &[("NO_COLOR", "1")], "--color=auto"));
    assert!(!painted(sandbox, &[], "--color=never"));
}
