//! A second gate, written in another language from the format pages alone, is asked the same questions
//! as ours: random histories, policies, verdicts and forgeries (`tests/second`). They must agree.

use std::path::Path;
use std::process::Command;

/// A short run; longer ones are told of in `docs/gate.md`.
const SEEDS: &str = "0..150";

#[test]
fn a_second_verifier_gives_the_gates_answers() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/second/run.py");
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("second");
    let output = Command::new("python3")
        .arg("-B")
        .arg(script)
        .args(["--program", env!("CARGO_BIN_EXE_countersign")])
        .args(["--seeds", SEEDS, "--keep"])
        .arg(&kept)
        .output()
        .expect("python3, at least 3.11, is needed for the second verifier");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
