//! Tests of the library run in a process of their own, so that the git library and the programs
//! it starts see the sandbox's environment and nothing of the machine's.

use super::{Sandbox, run};

/// Runs `body` as the test `name` (its full path) in a child of this test program whose
/// environment is that of an empty sandbox. The body gets a sandbox of its own.
#[track_caller]
pub fn hermetic(name: &str, body: impl FnOnce(&Sandbox)) {
    const INSIDE: &str = "COUNTERSIGN_IT_INSIDE";
    let sandbox = Sandbox::new();
    if std::env::var_os(INSIDE).is_some() {
        body(&sandbox);
        return;
    }
    let program = std::env::current_exe().unwrap();
    let mut command = sandbox.command(program, &sandbox.path(""));
    command
        .args([name, "--exact", "--nocapture"])
        .env(INSIDE, "1");
    let ran = run(&mut command, b"");
    assert!(
        ran.stdout.contains("1 passed"),
        "{}\n{}",
        ran.stdout,
        ran.stderr
    );
    ran.ok();
}
