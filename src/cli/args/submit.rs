//! What the submitter's commands take, and `sync`.

use super::super::complete::changes;
use std::path::PathBuf;

use clap::Args;

/// `countersign propose`
#[derive(Debug, Args)]
pub struct ProposeArgs {
    /// The commit to propose.
    #[arg(value_name = "REV", default_value = "HEAD")]
    pub rev: String,
    /// The change's id [default: from the branch or the subject]
    #[arg(long, value_name = "ID", add = changes())]
    pub id: Option<String>,
    /// The branch it is meant for [default: the policy's first target]
    #[arg(long, value_name = "BRANCH")]
    pub target: Option<String>,
    /// The title of the cover letter.
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Read the body of the cover letter from this file, or from stdin where it is -.
    #[arg(long, value_name = "FILE")]
    pub body_file: Option<PathBuf>,
    /// The agent that made it.
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// The model that made it.
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
    /// Where the agent's session can be read.
    #[arg(long, value_name = "URL")]
    pub session: Option<String>,
    /// The principal of the person who runs the agent.
    #[arg(long, value_name = "WHO")]
    pub operator: Option<String>,
    /// Ask this principal or role (repeatable).
    #[arg(long, value_name = "WHO")]
    pub reviewer: Vec<String>,
    /// Add what a scanner found, as SARIF 2.1.0 or rdjson (repeatable).
    #[arg(long, value_name = "FILE")]
    pub sarif: Vec<PathBuf>,
    /// Answer a remark by COMMENT=fixed or COMMENT=wontfix:REASON (repeatable).
    #[arg(long, value_name = "COMMENT=ANSWER")]
    pub reply: Vec<String>,
    /// Sign the cover letter with your key, as `git tag -s` does: it says who submits.
    #[arg(long)]
    pub sign: bool,
    /// Refuse unless it becomes revision N.
    #[arg(long, value_name = "N")]
    pub expect: Option<u32>,
    /// Change nothing and say what would be asked and found.
    #[arg(long)]
    pub dry_run: bool,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// `countersign wait`
#[derive(Debug, Args)]
pub struct WaitArgs {
    /// The change, with its revision as ID@N or the newest one.
    #[arg(value_name = "ID[@N]", add = changes())]
    pub change: String,
    /// How long at most, such as 30s, 20m or 4h; 0s looks once [default: 4h]
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<String>,
    /// How long between two looks at the remote; where nothing happens it grows to 5m [default: 30s]
    #[arg(long, value_name = "DURATION")]
    pub every: Option<String>,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// `countersign sync`
#[derive(Debug, Args)]
pub struct SyncArgs {
    /// Change nothing and say what waits here and what is known of the remote.
    #[arg(long)]
    pub status: bool,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// `countersign close`
#[derive(Debug, Args)]
pub struct CloseArgs {
    /// The change.
    #[arg(value_name = "ID", add = changes())]
    pub change: String,
    /// Why; it is shown to whoever looks for the change, and is not signed.
    #[arg(short, long, value_name = "TEXT")]
    pub message: String,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}
