//! Completion as a shell does it: with the script of `countersign completions`, in a clone with a queue.

use std::path::Path;

use crate::common::{Ran, World, run};

/// A world with two changes, one of them in its second revision.
fn world() -> World {
    let world = World::new();
    world.queue("fix-lb-timeouts", "infra/lb.yaml", "kind: Service\n");
    let second = world
        .agent
        .commit_by_ai("infra/lb.yaml", "kind: Service\nport: 80\n", "Again");
    world.agent.git(&[
        "push",
        "-q",
        "origin",
        &format!("{second}:refs/countersign/queue/fix-lb-timeouts/2"),
    ]);
    world.queue("rename-app", "src/app.py", "def app():\n    return 1\n");
    world.alice.run("sync").ok();
    world
}

/// What bash offers for a line that ends in its last word.
fn offered(world: &World, line: &[&str]) -> Vec<String> {
    let program = Path::new(env!("CARGO_BIN_EXE_countersign"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path =
        std::iter::once(program.parent().unwrap().to_owned()).chain(std::env::split_paths(&path));
    let script = r#"
        eval "$(countersign completions bash)" || exit
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_TYPE=9
        function=$(complete -p countersign | sed 's/.* -F \([^ ]*\) .*/\1/')
        "$function" countersign "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let mut shell = world.sandbox.command("bash", &world.alice.dir);
    shell.env("PATH", std::env::join_paths(path).unwrap());
    shell.args(["-c", script, "bash", "countersign"]).args(line);
    let said = run(&mut shell, b"").ok();
    said.lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[test]
fn a_shell_is_offered_the_changes_of_the_queue() {
    let world = world();
    assert_eq!(
        offered(&world, &["show", ""])[..2],
        ["fix-lb-timeouts", "rename-app"]
    );
    assert_eq!(offered(&world, &["approve", "ren"]), ["rename-app"]);
    assert_eq!(
        offered(&world, &["checkout", "fix-lb-timeouts@"]),
        ["fix-lb-timeouts@1", "fix-lb-timeouts@2"]
    );
    assert!(offered(&world, &["policy", "ex"]).contains(&"explain".to_owned()));
    assert!(offered(&world, &["gate", "--policy-r"]).contains(&"--policy-root".to_owned()));
}

#[test]
fn every_shell_gets_a_script_that_asks_the_program() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = world.alice.run(&format!("completions {shell}")).ok();
        assert!(script.contains("COUNTERSIGN_COMPLETE"), "{shell}: {script}");
    }
}

#[test]
fn a_variable_alone_turns_no_gate_into_a_zero() {
    let world = world();
    let gate = [
        "gate",
        "--target",
        "main",
        "--policy-root",
        &world.root,
        "origin/main..refs/countersign-remote/origin/countersign/queue/rename-app/1",
    ];
    let asked = |words: &[&str]| -> Ran {
        let mut command = world.sandbox.countersign_command(&world.alice.dir);
        command
            .env("COUNTERSIGN_COMPLETE", "bash")
            .env("COMPLETE", "bash");
        run(command.args(words), b"")
    };
    assert_eq!(asked(&gate).code, Some(8));
    assert_eq!(asked(&["--version", "--"]).code, Some(0));
}
