//! Other people's verifiers, where they are installed: a Python that has some, and a program.

use std::path::PathBuf;

/// Its program: the one that `COUNTERSIGN_VERIFIERS` names, else the one that `.ci/run` makes below the
/// target folder. Without either nothing is checked; `.ci/run` always names one.
pub fn verifiers() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("COUNTERSIGN_VERIFIERS") {
        return Some(named.into());
    }
    made_below("tools/verifiers/bin/python")
}

/// The validator of SARIF's own makers, in the same way: `COUNTERSIGN_SARIF`, else what `.ci/run`
/// installs where npm is. An empty name is none.
pub fn sarif_validator() -> Option<PathBuf> {
    match std::env::var_os("COUNTERSIGN_SARIF") {
        Some(named) if named.is_empty() => None,
        Some(named) => Some(named.into()),
        None => {
            made_below("tools/sarif/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool")
        }
    }
}

/// What `.ci/run` made below the target folder that this test was built in.
fn made_below(path: &str) -> Option<PathBuf> {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_countersign"));
    let target = program.parent().and_then(|profile| profile.parent());
    let made = target.unwrap().join(path);
    made.exists().then_some(made)
}
