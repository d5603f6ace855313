//! A mistake in a policy file: where it is, what is wrong, and what to write instead.

use std::fmt;

use super::{ALLOWED_SIGNERS, POLICY_TOML, REVOKED_KEYS};

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Path of the file from the repository's root.
    pub file: String,
    /// Line, from 1; none where it concerns the whole file.
    pub line: Option<usize>,
    /// What is wrong. May quote the file: escape it before it reaches a terminal.
    pub text: String,
    /// What to do about it.
    pub remedy: String,
}

impl Mistake {
    /// A mistake in any file.
    pub fn new(
        file: impl Into<String>,
        line: Option<usize>,
        text: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            file: file.into(),
            line,
            text: text.into(),
            remedy: remedy.into(),
        }
    }

    /// One of the three files is not there.
    pub fn missing_file(file: &str) -> Self {
        let remedy = match file {
            POLICY_TOML => "write one; docs/policy.md has an example to start from",
            ALLOWED_SIGNERS => "list the reviewers' keys in it, one `principal key` a line",
            REVOKED_KEYS => "create it with the one line `# countersign-revoked-v1`",
            _ => "add it",
        };
        Self::new(file, None, "the file is missing", remedy)
    }

    /// One of the three files is no plain file: `mode` is what git records, such as `120000`.
    pub fn wrong_mode(file: &str, mode: &str) -> Self {
        Self::new(
            file,
            None,
            format!("its mode is {mode}, not 100644"),
            "make it a plain file that is not executable",
        )
    }

    /// A path that differs from a policy file's only by case (`.Countersign/policy.toml`).
    pub fn case_twin(path: &str) -> Self {
        Self::new(
            path,
            None,
            "the path differs from the policy's only by case",
            "remove it: some file systems cannot tell the two apart",
        )
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}; {}", self.text, self.remedy)
    }
}

/// Why three files are not a policy.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum Invalid {
    /// Written for a later version of this program: no answer can be given.
    #[error(
        "policy schema {found} is newer than this program knows ({}); upgrade countersign",
        super::SCHEMA
    )]
    NewerSchema {
        /// What `schema` says.
        found: u64,
    },
    /// Every mistake, in the order of files and lines; never empty.
    #[error("{}", list(.0))]
    Mistakes(Vec<Mistake>),
}

impl Invalid {
    /// The mistakes; empty for a newer schema.
    pub fn mistakes(&self) -> &[Mistake] {
        match self {
            Self::NewerSchema { .. } => &[],
            Self::Mistakes(mistakes) => mistakes,
        }
    }
}

fn list(mistakes: &[Mistake]) -> String {
    let lines: Vec<String> = mistakes.iter().map(Mistake::to_string).collect();
    lines.join("\n")
}
