//! `countersign man`: a page for every command, in plain roff, found by `git help`.

use std::process::Command;

use crate::common::Sandbox;

#[test]
fn every_command_has_a_page_and_git_help_finds_the_main_one() {
    let sandbox = Sandbox::new();
    let here = sandbox.path("");
    let main = sandbox.countersign(&here, &["man"]).ok();
    assert!(main.contains(".TH countersign 1"), "{main}");
    let out = sandbox
        .countersign(&here, &["man", "--out", "share/man1"])
        .ok();
    let help = sandbox.countersign(&here, &["--help"]).ok();
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<&str> = commands
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(
        commands.contains(&"gate") && commands.len() > 15,
        "{commands:?}"
    );
    for command in &commands {
        assert!(
            out.contains(&format!("/countersign-{command}.1\n")),
            "{command}: {out}"
        );
    }
    assert!(out.contains("/countersign-hook-pre-receive.1\n"), "{out}");
    let page = |name: &str| std::fs::read_to_string(sandbox.path("share/man1").join(name)).unwrap();
    assert_eq!(page("countersign.1"), main);
    assert_eq!(page("git-countersign.1"), ".so man1/countersign.1\n");
    for line in out.lines() {
        let text = std::fs::read_to_string(here.join(line)).unwrap();
        assert!(text.is_ascii(), "{line}");
    }
    // git asks man for the page git-countersign, wherever MANPATH has it.
    if Command::new("man").arg("--version").output().is_ok() {
        // It does so for programs that it finds.
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_git-countersign"));
        let path = std::env::var("PATH").unwrap();
        let path = format!("{}:{path}", program.parent().unwrap().display());
        let mut git = sandbox.command("git", &here);
        git.args(["help", "-m", "countersign"])
            .env("PATH", path)
            .env("MANPATH", sandbox.path("share"))
            .env("MANPAGER", "cat");
        let shown = crate::common::run(&mut git, b"").ok();
        assert!(
            shown.contains("NAME\n") && shown.contains("countersign"),
            "{shown}"
        );
    }
}
