//! Tests of the library run in a process of their own, so that the git library and the programs
//! it starts see the sandbox's environment and nothing of the machine's.

use super::{Sandbox, run};

/// Runs `body`, a closure written in a test, in a child of this test program that runs this one
/// test in the environment of an empty sandbox. The body gets a sandbox of its own.
#[track_caller]
pub fn hermetic<F: FnOnce(&Sandbox)>(body: F) {
    const INSIDE: &str = "COUNTERSIGN_IT_INSIDE";
    let sandbox = Sandbox::new();
    if std::env::var_os(INSIDE).is_some() {
        body(&sandbox);
        return;
    }
    let program = std::env::current_exe().unwrap();
    let mut command = sandbox.command(program, &sandbox.path(""));
    command
        .args([test_name::<F>(), "--exact", "--nocapture"])
        .env(INSIDE, "1");
    let ran = run(&mut command, b"");
    let ended = ran.stdout.contains("1 passed");
    assert!(ended, "{}\n{}", ran.stdout, ran.stderr);
    ran.ok();
}

/// The full path of the test that a closure is written in: the closure's own path without the
/// crate and without itself.
fn test_name<F>() -> &'static str {
    let name = std::any::type_name::<F>();
    let (_, path) = name.split_once("::").unwrap();
    path.split("::{{").next().unwrap()
}
