//! The flags of `countersign policy`: check and explain.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `countersign policy`
#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// What about it.
    #[command(subcommand)]
    pub command: PolicyCommand,
}

/// The commands of `countersign policy`.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Name every mistake of the policy at once.
    Check(PolicyCheckArgs),
    /// Which rules hold for a path or a change, why, and who may approve it.
    Explain(PolicyExplainArgs),
}

/// `countersign policy check`
#[derive(Debug, Args)]
pub struct PolicyCheckArgs {
    /// Check the policy of this commit [default: the files of the work tree]
    #[arg(value_name = "REV")]
    pub rev: Option<String>,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// `countersign policy explain`
#[derive(Debug, Args)]
pub struct PolicyExplainArgs {
    /// Paths from the top of the repository; together they are one change.
    #[arg(value_name = "PATH", conflicts_with = "of")]
    pub paths: Vec<PathBuf>,
    /// A queued change, or a revision before it is proposed [default: HEAD, where no path is given]
    #[arg(long = "for", id = "of", value_name = "REV|ID[@N]")]
    pub of: Option<String>,
    /// The branch it is meant for [default: the change's own, else the policy's first target]
    #[arg(long, value_name = "BRANCH")]
    pub target: Option<String>,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}
