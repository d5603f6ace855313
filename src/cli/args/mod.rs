//! The command line as types. What each flag means stands here and nowhere else; the manual and
//! the completions are made from it.

mod adopt;
mod gate;
mod list;
mod policy;
mod read;
mod submit;
mod verdict;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::output::Colour;
pub(super) use adopt::{
    ConfigArgs, ConfigCommand, ConfigShowArgs, DoctorArgs, InitArgs, InitMode, ManArgs, SchemaArgs,
};
pub(super) use gate::{GateArgs, Hook, HookArgs};
pub(super) use list::ListArgs;
pub(super) use policy::{
    AddPersonArgs, AmendArgs, PolicyArgs, PolicyCheckArgs, PolicyCommand, PolicyExplainArgs,
    PolicySimulateArgs, RemovePersonArgs, RevokeArgs, RotateKeyArgs,
};
pub(super) use read::{DemoArgs, LogArgs, ScanArgs, ShowArgs, ShowFormat, StatsArgs, TuiArgs};
pub(super) use submit::{CloseArgs, ProposeArgs, SyncArgs, WaitArgs};
pub(super) use verdict::{
    BreakGlassArgs, CheckoutArgs, CheckpointArgs, ClaimArgs, CommentArgs, LogRebaseArgs,
    OverrideArgs, ReleaseArgs, SigningArgs, VerdictArgs,
};

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
    /// Sign that one commit may go without its approvals, for a short time; the policy says who may,
    /// and how many.
    BreakGlass(BreakGlassArgs),
    /// Put a change into the queue.
    Propose(ProposeArgs),
    /// Take a change of yours back: its revisions leave the queue for the archive.
    Close(CloseArgs),
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
    /// Sign what the notes hold now, for the gate; for people of policy_change.from.
    Checkpoint(CheckpointArgs),
    /// Sign that the history of the notes was rewritten; for people of policy_change.from.
    LogRebase(LogRebaseArgs),
    /// Which commits are AI-generated, by what marker.
    Scan(ScanArgs),
    /// The queue in numbers: what waits, how fast verdicts come, and what became of whose changes.
    Stats(StatsArgs),
    /// Say that you are on a change; it runs out by itself.
    Claim(ClaimArgs),
    /// Give a claimed change back.
    Release(ReleaseArgs),
    /// A throw-away worktree of a revision, outside your own: prints its path.
    Checkout(CheckoutArgs),
    /// The rules of this repository.
    Policy(PolicyArgs),
    /// What could stand in the way here: OK, WARN or FAIL a line, and what mends it.
    Doctor(DoctorArgs),
    /// A policy for this repository, proposed and said in words; never overwrites.
    Init(InitArgs),
    /// A throw-away world with a realistic queue, and the UI on it.
    Demo(DemoArgs),
    /// Your settings: which value holds and who set it; your own file.
    Config(ConfigArgs),
    /// The JSON Schema of each document.
    Schema(SchemaArgs),
    /// The manual, as man pages.
    Man(ManArgs),
    /// Shell completions on stdout.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}
