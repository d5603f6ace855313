//! A throw-away world with a realistic queue: `countersign demo`.
//!
//! The data files in `world/` tell a story (`story`, `parse`). From it come keys (`keys`) and files
//! (`history` walks through the commits, `tree`, `placeholder` and `make` say what is in them), and
//! from those commits (`commits`), verdicts (`verdicts`, `judged`), the queue (`proposals`) and
//! everybody's clones (`clones`). `build` does it in order.

mod build;
mod clones;
mod commits;
mod history;
mod judged;
mod keys;
mod make;
mod parse;
mod placeholder;
mod proposals;
mod story;
mod tree;
mod verdicts;

use std::path::{Path, PathBuf};

pub use build::{World, build};

/// The branch that the changes are meant for.
const TARGET: &str = "refs/heads/main";

/// Why the demo world could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The folder has something in it, or is no folder: a matter of usage.
    #[error("{} is not empty; the demo wants a folder of its own", .dir.display())]
    NotEmpty {
        /// The folder.
        dir: PathBuf,
    },
    /// A path that cannot stand in a git configuration.
    #[error("the path {} is not UTF-8 text", .path.display())]
    NotText {
        /// The path.
        path: PathBuf,
    },
    /// A file or folder could not be read or written.
    #[error("cannot use {}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A repository could not be written, or git said no.
    #[error(transparent)]
    Git(#[from] crate::git::GitError),
    /// A demo key could not be used.
    #[error("demo key")]
    Key(#[from] crate::verdict::SignError),
    /// A demo verdict does not follow the format: a mistake of ours.
    #[error("demo verdict")]
    Verdict(#[from] crate::verdict::SealError),
    /// A data file does not follow its own rules: a mistake of ours.
    #[error("demo data, {subject}: {why}")]
    Data {
        /// The file, or what it is about.
        subject: String,
        /// What is wrong.
        why: String,
    },
}

impl DemoError {
    fn data(subject: &str, why: impl Into<String>) -> Self {
        Self::Data {
            subject: subject.to_owned(),
            why: why.into(),
        }
    }

    fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            source,
        }
    }
}
