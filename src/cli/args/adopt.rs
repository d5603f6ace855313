//! What the commands take that set a repository and a clone up.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `countersign init`
#[derive(Debug, Default, Args)]
pub struct InitArgs {
    /// Your id in the policy [default: what your e-mail address begins with]
    #[arg(long, value_name = "NAME")]
    pub me: Option<String>,
    /// Another person: KEYFILE is a public key file or a public key (repeatable).
    #[arg(long, value_name = "NAME=EMAIL=KEYFILE")]
    pub person: Vec<String>,
    /// An agent, and the id of the person who runs it (repeatable).
    #[arg(long, value_name = "NAME=EMAIL[=OPERATOR]")]
    pub agent: Vec<String>,
    /// Take nobody from git's own gpg.ssh.allowedSignersFile.
    #[arg(long)]
    pub no_known_signers: bool,
    /// A branch to protect; the first is the default target [default: the remote's default branch]
    #[arg(long, value_name = "BRANCH")]
    pub target: Vec<String>,
    /// What is judged [default: unless-human-signed]
    #[arg(long, value_enum, value_name = "MODE")]
    pub mode: Option<InitMode>,
    /// Approvals that every change needs [default: 1]
    #[arg(long, value_name = "N")]
    pub approvals: Option<u64>,
    /// Paths that need two, where enough people are there [default: what steers production here]
    #[arg(long, value_name = "GLOB", conflicts_with = "no_guard")]
    pub guard: Vec<String>,
    /// No paths need more than the others.
    #[arg(long)]
    pub no_guard: bool,
    /// The repository's name for ever [default: a new one]
    #[arg(long, value_name = "URN")]
    pub repository: Option<String>,
    /// Ask nothing, at a terminal too.
    #[arg(short, long)]
    pub yes: bool,
    /// Show what would be written and write nothing.
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// `scope.mode`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InitMode {
    /// Every change.
    All,
    /// Every change but those whose commits are all signed by one of the people.
    UnlessHumanSigned,
    /// Only changes that carry the mark of an AI tool.
    Flagged,
}

/// `countersign man`
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Write the page of every command into this folder [default: the main page on stdout]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `countersign doctor`
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
    /// Leave the remote alone.
    #[arg(long)]
    pub offline: bool,
}

/// `countersign config`
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// The parts of `config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Every setting with the value that holds.
    Show(ConfigShowArgs),
    /// Where the user's config.toml lies, whether it is there or not.
    Path,
    /// Open config.toml in the editor of git, and check it afterwards.
    Edit,
}

/// `countersign config show`
#[derive(Debug, Default, Args)]
pub struct ConfigShowArgs {
    /// Only this setting.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Say also where each value comes from: flag, environment, git, user or default.
    #[arg(long)]
    pub origin: bool,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// `countersign schema`
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// The document; without one the names are listed.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}
