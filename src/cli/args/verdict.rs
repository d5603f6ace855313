//! What the verbs of a reviewer take: verdicts, claims, a worktree to look at.

use super::super::complete::changes;
use clap::Args;

/// What every verb takes that signs a statement.
#[derive(Debug, Args)]
pub struct SigningArgs {
    /// Sign although it will not count.
    #[arg(long)]
    pub anyway: bool,
    /// Fail (4) unless it reaches the remote.
    #[arg(long)]
    pub push: bool,
}

/// Flags of the verdict verbs.
#[derive(Debug, Args)]
pub struct VerdictArgs {
    /// The change, or one of its revisions [default: the newest known here]
    #[arg(value_name = "ID[@N]", add = changes())]
    pub change: String,
    /// Say this in the verdict; a rejection and a comment need it.
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Refuse (1) unless the revision's head is OID.
    #[arg(long, value_name = "OID")]
    pub head: Option<String>,
    /// Answer the checklist, such as correctness=pass,security=pass,performance=na; what is not
    /// answered is na.
    #[arg(long, value_name = "ITEM=ANSWER,…", value_delimiter = ',')]
    pub check: Vec<String>,
    /// Answer a finding, in words if you like (repeatable).
    #[arg(long, value_name = "FINDING[=TEXT]")]
    pub answer: Vec<String>,
    /// How it is signed.
    #[command(flatten)]
    pub signing: SigningArgs,
}

/// `countersign break-glass`
#[derive(Debug, Args)]
pub struct BreakGlassArgs {
    /// The commit that shall go: what the target's first-parent chain will have.
    pub rev: String,
    /// Why; everybody who audits the repository reads it.
    #[arg(long, short = 'm', value_name = "TEXT")]
    pub reason: Option<String>,
    /// The target it shall go to [default: the policy's first].
    #[arg(long, value_name = "BRANCH")]
    pub target: Option<String>,
    /// For how long, such as 2h [default: as long as the policy allows].
    #[arg(long, value_name = "DURATION")]
    pub valid_for: Option<String>,
    /// How it is signed.
    #[command(flatten)]
    pub signing: SigningArgs,
}

/// `countersign override`
#[derive(Debug, Args)]
pub struct OverrideArgs {
    /// The change, or one of its revisions [default: the newest known here]
    #[arg(value_name = "ID[@N]", add = changes())]
    pub change: String,
    /// Why; everybody who audits the repository reads it.
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Refuse (1) unless the revision's head is OID.
    #[arg(long, value_name = "OID")]
    pub head: Option<String>,
    /// How it is signed.
    #[command(flatten)]
    pub signing: SigningArgs,
}

/// `countersign comment`
#[derive(Debug, Args)]
pub struct CommentArgs {
    /// What every verdict takes.
    #[command(flatten)]
    pub verdict: VerdictArgs,
    /// Remark on this file or line of the revision.
    #[arg(long, value_name = "PATH[:LINE]")]
    pub at: Option<String>,
    /// How much the remark weighs: must, should, nit or note.
    #[arg(long, value_name = "SEVERITY", default_value = "note")]
    pub severity: String,
}

/// `countersign claim`
#[derive(Debug, Args)]
pub struct ClaimArgs {
    /// The change.
    #[arg(value_name = "ID", add = changes())]
    pub change: String,
    /// How long, such as 30m or 2h [default: 2h]
    #[arg(long = "for", value_name = "DURATION")]
    pub lasts: Option<String>,
}

/// `countersign release`
#[derive(Debug, Args)]
pub struct ReleaseArgs {
    /// The change.
    #[arg(value_name = "ID", add = changes())]
    pub change: String,
}

/// `countersign checkout`
#[derive(Debug, Args)]
pub struct CheckoutArgs {
    /// The change, or one of its revisions [default: the newest known here]
    #[arg(value_name = "ID[@N]", required_unless_present = "prune", add = changes())]
    pub change: Option<String>,
    /// Take the worktrees of ID (or of ID@N alone) away; one with changes stays (1).
    #[arg(long)]
    pub remove: bool,
    /// Take all such worktrees of this clone away; those with changes stay and are named.
    #[arg(long, conflicts_with_all = ["change", "remove"])]
    pub prune: bool,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// `countersign checkpoint`
#[derive(Debug, Args)]
pub struct CheckpointArgs {
    /// How long it may be relied on, such as 7d, at most 31d [default: 30d]
    #[arg(long, value_name = "DURATION")]
    pub expires: Option<String>,
    /// How it is signed.
    #[command(flatten)]
    pub signing: SigningArgs,
}

/// `countersign log-rebase`
#[derive(Debug, Args)]
pub struct LogRebaseArgs {
    /// The last tip of the old history of the notes.
    #[arg(value_name = "FROM")]
    pub from: String,
    /// The first tip of the new one.
    #[arg(value_name = "TO")]
    pub to: String,
    /// Why; everybody who audits the repository reads it.
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Sign although statements by known keys are not in the new history.
    #[arg(long)]
    pub lossy: bool,
    /// How it is signed.
    #[command(flatten)]
    pub signing: SigningArgs,
}
