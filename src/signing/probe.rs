//! Whether the signing program is there and knows signatures at all.

use std::process::Stdio;

use super::key::SigningConfig;
use super::surroundings::Surroundings;

/// What was found out about the signing program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// It is there and takes `-Y`.
    Signs,
    /// It is another program than OpenSSH's: only a signature shows whether it works.
    Other,
    /// It is older than signatures (OpenSSH 8.0 has them).
    TooOld,
    /// It is not found.
    Missing,
}

/// Asks the program for nothing it could do: only whether it knows the question.
pub fn program(config: &SigningConfig, at: &Surroundings) -> Program {
    let name = config.program();
    let Some(path) = at.program(name) else {
        return Program::Missing;
    };
    if path.file_name().is_none_or(|name| name != "ssh-keygen") {
        return Program::Other;
    }
    let asked = at
        .command(path)
        .args(["-Y", "check-novalidate"])
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output();
    let Ok(output) = asked else {
        return Program::Missing;
    };
    let said = String::from_utf8_lossy(&output.stderr).to_ascii_lowercase();
    let unknown = ["unknown option", "illegal option", "invalid option"];
    if unknown.iter().any(|words| said.contains(words)) {
        Program::TooOld
    } else {
        Program::Signs
    }
}
