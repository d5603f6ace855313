//! The flags of `countersign policy`: check, explain, simulate.

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
    /// What the gate would have said of the steps of real history.
    Simulate(PolicySimulateArgs),
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

/// `countersign policy simulate`
#[derive(Debug, Args)]
pub struct PolicySimulateArgs {
    /// The steps that landed in this time before now, such as 90d [default: 90d]
    #[arg(long, value_name = "DURATION", conflicts_with = "range")]
    pub since: Option<String>,
    /// The steps of this range.
    #[arg(long, value_name = "A..B")]
    pub range: Option<String>,
    /// Judge by this draft: a policy.toml, or a folder with the policy's files; what it lacks is
    /// taken from the policy in force [default: the policy in force]
    #[arg(long, value_name = "FILE|DIR")]
    pub policy: Option<PathBuf>,
    /// The branch whose history is judged [default: the policy's first target]
    #[arg(long, value_name = "BRANCH")]
    pub target: Option<String>,
    /// Only the totals.
    #[arg(long)]
    pub summary: bool,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}
