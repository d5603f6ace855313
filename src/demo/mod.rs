//! A throw-away world with a realistic queue: `countersign demo`.
//!
//! The data files in `world/` tell a story (`story`, `parse`); from it come files (`tree`,
//! `placeholder`, `make`) and keys (`keys`), and from those git objects, refs and signed verdicts.
#![cfg_attr(not(test), allow(dead_code))] // until the builder is there

mod history;
mod keys;
mod make;
mod parse;
mod placeholder;
mod story;
mod tree;

/// Why the demo world could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A data file does not follow its own rules: a mistake of ours.
    #[error("demo data, {subject}: {why}")]
    Data {
        /// The file, or what it is about.
        subject: String,
        /// What is wrong.
        why: String,
    },
    /// A demo key could not be made or used.
    #[error("demo key")]
    Key(#[from] ssh_key::Error),
}

impl DemoError {
    fn data(subject: &str, why: impl Into<String>) -> Self {
        Self::Data {
            subject: subject.to_owned(),
            why: why.into(),
        }
    }
}
