//! The command line as types. What each flag means stands here and nowhere else; the manual and
//! the completions are made from it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(super) use super::list_args::ListArgs;
use super::output::Colour;

/// Review queue for AI-generated changes, signed verdicts, and the gate that checks them.
#[derive(Debug, Parser)]
#[command(
    name = "countersign",
    version,
    max_term_width = 100,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do; without one the review queue opens (or is listed, where there is no terminal).
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags of every command.
#[derive(Debug, Clone, Default, Args)]
pub struct Global {
    /// Run as if started in DIR.
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub dir: Option<PathBuf>,
    /// The remote that holds the queue [default: countersign.remote, else origin, else the only one]
    #[arg(long, value_name = "NAME", global = true, env = "COUNTERSIGN_REMOTE")]
    pub remote: Option<String>,
    /// Colour the output when it goes to a terminal, always, or never.
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        default_value = "auto",
        global = true
    )]
    pub color: Colour,
    /// Print nothing but data, warnings and errors.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Print also what was passed over, and why.
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The review queue of this repository, as a terminal UI.
    Tui(TuiArgs),
    /// The queue as a table, never a UI (also: countersign --list).
    List(ListArgs),
    /// One change: summary, risk, verdicts, and its patch.
    Show(ShowArgs),
    /// Sign an approval.
    Approve(VerdictArgs),
    /// Sign a rejection; the message says why.
    Reject(VerdictArgs),
    /// Sign a remark that neither grants nor blocks.
    Comment(CommentArgs),
    /// Sign that your earlier verdicts on a change no longer hold.
    Withdraw(VerdictArgs),
    /// Sign that the rejections of a change shall not hold; the policy says who may, and how many.
    Override(OverrideArgs),
    /// Put a change into the queue.
    Propose(ProposeArgs),
    /// Block until a change needs its owner: approved 0, to be acted on 1, still pending 8.
    Wait(WaitArgs),
    /// Fetch the queue and the verdicts, push what waits here.
    Sync(SyncArgs),
    /// May this go to production?
    Gate(GateArgs),
    /// The gate as a server's hook: what git runs before it takes a push.
    Hook(HookArgs),
    /// Every verdict with its signature's standing.
    Log(LogArgs),
    /// Which commits are AI-generated, by what marker.
    Scan(ScanArgs),
    /// Say that you are on a change; it runs out by itself.
    Claim(ClaimArgs),
    /// Give a claimed change back.
    Release(ReleaseArgs),
    /// A throw-away worktree of a revision, outside your own: prints its path.
    Checkout(CheckoutArgs),
    /// The rules of this repository.
    Policy(PolicyArgs),
    /// A throw-away world with a realistic queue, and the UI on it.
    Demo(DemoArgs),
    /// Shell completions on stdout.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

/// `countersign tui`
#[derive(Debug, Default, Args)]
pub struct TuiArgs {
    /// Show what has these words and key:value terms: state risk path target agent author id needs age
    /// claimed checks ai; order:risk, age, size, likelihood, impact, change, target or agent.
    #[arg(value_name = "FILTER")]
    pub filter: Vec<String>,
    /// A plain dialogue of lines instead of a screen, for screen readers; so it is too where TERM is
    /// dumb.
    #[arg(long)]
    pub accessible: bool,
    /// Use this theme: auto, one that is built in (T lists them), or one of your own.
    #[arg(long, value_name = "NAME", env = "COUNTERSIGN_THEME")]
    pub theme: Option<String>,
    /// Use these keys: vim, arrows or gerrit; your own keymap.toml goes before them.
    #[arg(long, value_name = "NAME", env = "COUNTERSIGN_KEYS")]
    pub keys: Option<String>,
}

/// `countersign show`
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The change, or one of its revisions [default: the newest known here]
    #[arg(value_name = "ID[@N]")]
    pub change: String,
    /// Print the whole patch as well.
    #[arg(long, short = 'p')]
    pub patch: bool,
    /// Only the remarks, each with what became of it in the newest revision.
    #[arg(long)]
    pub comments: bool,
    /// What revision N did to revision M, with what a rebase brought taken out. Without M it is the
    /// revision before N, without N the one that CHANGE names.
    #[arg(long, value_name = "M..N", conflicts_with_all = ["comments", "format"])]
    pub interdiff: Option<String>,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
    /// Print remarks and unanswered findings in the format of other programs.
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with = "json")]
    pub format: Option<ShowFormat>,
}

/// What `show --format` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ShowFormat {
    /// For people and prompts.
    Markdown,
    /// SARIF 2.1.0.
    Sarif,
    /// reviewdog's rdjson.
    Rdjson,
}

/// Flags of the verdict verbs.
#[derive(Debug, Args)]
pub struct VerdictArgs {
    /// The change, or one of its revisions [default: the newest known here]
    #[arg(value_name = "ID[@N]")]
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
    /// Sign although it will not count.
    #[arg(long)]
    pub anyway: bool,
    /// Fail (4) unless the verdict reaches the remote.
    #[arg(long)]
    pub push: bool,
}

/// `countersign override`
#[derive(Debug, Args)]
pub struct OverrideArgs {
    /// The change, or one of its revisions [default: the newest known here]
    #[arg(value_name = "ID[@N]")]
    pub change: String,
    /// Why; everybody who audits the repository reads it.
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Refuse (1) unless the revision's head is OID.
    #[arg(long, value_name = "OID")]
    pub head: Option<String>,
    /// Sign although it will not count.
    #[arg(long)]
    pub anyway: bool,
    /// Fail (4) unless the override reaches the remote.
    #[arg(long)]
    pub push: bool,
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

/// `countersign propose`
#[derive(Debug, Args)]
pub struct ProposeArgs {
    /// The commit to propose.
    #[arg(value_name = "REV", default_value = "HEAD")]
    pub rev: String,
    /// The change's id [default: from the branch or the subject]
    #[arg(long, value_name = "ID")]
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

/// `countersign gate`
#[derive(Debug, Default, Args)]
pub struct GateArgs {
    /// A..B, or B (A is then the newest commit of the remote's target on B's chain) [default: HEAD]
    #[arg(value_name = "RANGE|REV")]
    pub range: Option<String>,
    /// The branch whose rules hold.
    #[arg(long, value_name = "BRANCH")]
    pub target: Option<String>,
    /// Fetch the queue and the verdicts first.
    #[arg(long, value_name = "URL", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub fetch: Option<String>,
    /// The commit from which the policy is trusted, or a file that holds its full object id.
    #[arg(long, value_name = "OID|FILE")]
    pub policy_root: Option<String>,
    /// Start at the policy root and judge no older commits.
    #[arg(long)]
    pub first: bool,
    /// Decide, but exit 0 for denied and pending, never for an error.
    #[arg(long)]
    pub report_only: bool,
    /// Print one JSON document, whatever the exit code.
    #[arg(long)]
    pub json: bool,
    /// Print one SARIF 2.1.0 document, whatever the exit code.
    #[arg(long, conflicts_with = "json")]
    pub sarif: bool,
    /// Write a JUnit report, whatever the exit code.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Print GitHub's annotations to stderr.
    #[arg(long)]
    pub github: bool,
}

impl GateArgs {
    /// Whether something is asked for that other programs read.
    pub fn is_document(&self) -> bool {
        self.json || self.sarif || self.github || self.junit.is_some()
    }
}

/// `countersign hook`
#[derive(Debug, Args)]
pub struct HookArgs {
    /// Which hook.
    #[command(subcommand)]
    pub hook: Hook,
}

/// The hooks.
#[derive(Debug, Subcommand)]
pub enum Hook {
    /// Judges what is pushed to the policy's targets, and guards the refs of queue and verdicts.
    PreReceive {
        /// The commit from which policy is trusted: a full object id, or a file that holds one. Never
        /// read from the repository.
        #[arg(long, value_name = "OID|FILE")]
        policy_root: Option<String>,
        /// Say what would be refused on a target and let it go; 3 and broken rules of our own refs
        /// are refused all the same.
        #[arg(long)]
        report_only: bool,
    },
}

/// `countersign log`
#[derive(Debug, Args)]
pub struct LogArgs {
    /// A change or a commit; everything by default.
    #[arg(value_name = "REV|ID")]
    pub what: Option<String>,
    /// Print a JSON object a line.
    #[arg(long)]
    pub jsonl: bool,
    /// Print one JSON document.
    #[arg(long, conflicts_with = "jsonl")]
    pub json: bool,
}

/// `countersign scan`
#[derive(Debug, Args)]
pub struct ScanArgs {
    /// A..B or a commit [default: HEAD]
    #[arg(value_name = "RANGE")]
    pub range: Option<String>,
    /// Read commits from stdin, one a line, and answer each as it comes.
    #[arg(long, conflicts_with = "range")]
    pub stdin: bool,
    /// Only who made each commit; its risk is not assessed.
    #[arg(long)]
    pub markers: bool,
    /// Print a JSON object a line.
    #[arg(long)]
    pub jsonl: bool,
    /// Print one JSON document.
    #[arg(long, conflicts_with = "jsonl")]
    pub json: bool,
}

/// `countersign demo`
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Where to build it: absent or empty [default: a new temporary folder]
    // Its own id: `dir` is that of the global `-C`.
    #[arg(id = "demo-dir", value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// The moment the world's dates count back from, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
}

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

/// `countersign claim`
#[derive(Debug, Args)]
pub struct ClaimArgs {
    /// The change.
    #[arg(value_name = "ID")]
    pub change: String,
    /// How long, such as 30m or 2h [default: 2h]
    #[arg(long = "for", value_name = "DURATION")]
    pub lasts: Option<String>,
}

/// `countersign wait`
#[derive(Debug, Args)]
pub struct WaitArgs {
    /// The change, with its revision as ID@N or the newest one.
    #[arg(value_name = "ID[@N]")]
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

/// `countersign release`
#[derive(Debug, Args)]
pub struct ReleaseArgs {
    /// The change.
    #[arg(value_name = "ID")]
    pub change: String,
}

/// `countersign checkout`
#[derive(Debug, Args)]
pub struct CheckoutArgs {
    /// The change, or one of its revisions [default: the newest known here]
    #[arg(value_name = "ID[@N]", required_unless_present = "prune")]
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
