//! The flags of `countersign policy`: check, explain, simulate, and the changes of people and keys.

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
    /// Propose that somebody new may sign.
    AddPerson(AddPersonArgs),
    /// Propose that somebody goes, with all keys.
    RemovePerson(RemovePersonArgs),
    /// Propose that another key follows somebody's key.
    RotateKey(RotateKeyArgs),
    /// Propose that a key counts no longer, whenever it signed: lost, stolen, or its owner gone.
    Revoke(RevokeArgs),
}

/// What every proposal to change the policy takes.
#[derive(Debug, Args)]
pub struct AmendArgs {
    /// The branch whose policy is to change [default: the policy's first target]
    #[arg(long, value_name = "BRANCH")]
    pub target: Option<String>,
    /// The id of the change that it becomes [default: made from what it does]
    #[arg(long, value_name = "ID")]
    pub change: Option<String>,
    /// Leave the proposal unsigned though there is a key.
    #[arg(long)]
    pub no_sign: bool,
    /// Propose it though too few people could approve it.
    #[arg(long)]
    pub anyway: bool,
    /// Change nothing; print what would change, line by line, and what that means.
    #[arg(long)]
    pub dry_run: bool,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// `countersign policy add-person`
#[derive(Debug, Args)]
pub struct AddPersonArgs {
    /// What the policy will call this person.
    #[arg(value_name = "ID")]
    pub id: String,
    /// An address of the person's commits (repeatable): its owner approves none of them.
    #[arg(long, value_name = "EMAIL", required = true)]
    pub email: Vec<String>,
    /// The name of the person's keys [default: the first address, in lower case]
    #[arg(long, value_name = "NAME")]
    pub principal: Option<String>,
    /// The .pub file of the person's key, the key itself, or - for stdin (repeatable)
    #[arg(long, value_name = "FILE|-")]
    pub key: Vec<String>,
    /// What the person may do (repeatable): a role that the policy asks for
    #[arg(long, value_name = "ROLE")]
    pub role: Vec<String>,
    /// Where the person belongs (repeatable)
    #[arg(long, value_name = "TEAM")]
    pub team: Vec<String>,
    /// What the person signs needs no review in the mode unless-human-signed.
    #[arg(long)]
    pub exempt: bool,
    /// How it is proposed.
    #[command(flatten)]
    pub amend: AmendArgs,
}

/// `countersign policy remove-person`
#[derive(Debug, Args)]
pub struct RemovePersonArgs {
    /// The person, as the policy calls them.
    #[arg(value_name = "ID")]
    pub id: String,
    /// How it is proposed.
    #[command(flatten)]
    pub amend: AmendArgs,
}

/// `countersign policy rotate-key`
#[derive(Debug, Args)]
pub struct RotateKeyArgs {
    /// Whose key, as the policy calls them.
    #[arg(value_name = "ID")]
    pub id: String,
    /// The .pub file of the new key, the key itself, or - for stdin.
    #[arg(long, value_name = "FILE|-", required = true)]
    pub key: String,
    /// The fingerprint of a key that the new one follows (repeatable) [default: the only one]
    #[arg(long, value_name = "FINGERPRINT")]
    pub old: Vec<String>,
    /// When the old key stops to count: 7d, now, 2026-12-24 or 2026-12-24T18:00:00Z [default: when no approval that it has given can be needed any more]
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// How it is proposed.
    #[command(flatten)]
    pub amend: AmendArgs,
}

/// `countersign policy revoke`
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// A fingerprint, a key or its .pub file; or somebody whose keys all go.
    #[arg(value_name = "KEY|FINGERPRINT|ID")]
    pub key: String,
    /// Why, for whoever reads the list.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Its owner's next key, in the same change: the .pub file, the key itself, or - for stdin.
    #[arg(long, value_name = "FILE|-")]
    pub new_key: Option<String>,
    /// How it is proposed.
    #[command(flatten)]
    pub amend: AmendArgs,
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
