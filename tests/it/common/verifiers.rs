//! A Python that has other people's verifiers, where there is one.

use std::path::PathBuf;

/// Its program: the one that `COUNTERSIGN_VERIFIERS` names, else the one that `.ci/run` makes below the
/// target folder. Without either nothing is checked; `.ci/run` always names one.
pub fn verifiers() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("COUNTERSIGN_VERIFIERS") {
        return Some(named.into());
    }
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_countersign"));
    let target = program.parent().and_then(|profile| profile.parent());
    let python = target.unwrap().join("tools/verifiers/bin/python");
    if python.exists() {
        return Some(python);
    }
    None
}
