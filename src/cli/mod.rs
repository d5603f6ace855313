//! The words on the command line: one file a subcommand.

mod args;
mod change;
mod checkout;
mod claim;
mod close;
mod complete;
mod config;
mod context;
mod cover;
mod demo;
mod doctor;
mod draft;
mod duration;
mod error;
mod exit_code;
mod export;
mod fetched;
mod format;
mod gate;
mod glass;
mod hook;
mod init;
mod interdiff;
mod lift;
mod list;
mod log;
mod man;
mod output;
mod own_files;
mod patch;
mod permissions;
mod policy;
mod policy_change;
mod progress;
mod propose;
mod remarks;
mod row;
mod said;
mod scan;
mod scanned;
mod schema;
mod several;
mod show;
mod stats;
mod sync;
mod table;
#[cfg(feature = "tui")]
mod tui;
mod upkeep;
mod usage;
mod verdict;
mod wait;

use std::ffi::OsString;
use std::io::IsTerminal as _;

use clap::Parser as _;
use jiff::Timestamp;

use crate::verdict::VerdictKind;
pub use args::Cli;
use args::{Command, ListArgs, TuiArgs};
use context::Context;
pub use error::Failure;
pub use exit_code::ExitCode;
use output::Output;

/// Runs the program with these arguments and says how it ended. Prints its own failures.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let Some(code) = complete::answer(&arguments) {
        return code;
    }
    let arguments = list_flag_as_command(arguments);
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return not_parsed(&error, &arguments),
    };
    let mut context = Context {
        output: Output::new(cli.global.color, cli.global.quiet),
        global: cli.global,
        now: Timestamp::now(),
    };
    let result = run(&mut context, cli.command);
    let result = result.and_then(|code| context.output.flush().map(|()| code));
    result.unwrap_or_else(|failure| {
        context.output.failure(&failure);
        failure.code
    })
}

fn run(context: &mut Context, command: Option<Command>) -> Result<ExitCode, Failure> {
    let terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    match command {
        None if terminal => tui(context, TuiArgs::default()),
        None => list::run(context, &ListArgs::default()),
        Some(Command::Tui(_)) if !terminal => {
            Err(Failure::usage("tui: stdin and stdout must be a terminal")
                .hint("countersign --list prints the queue"))
        }
        Some(Command::Tui(args)) => tui(context, args),
        Some(Command::List(args)) => list::run(context, &args),
        Some(Command::Gate(args)) => gate::run(context, &args),
        Some(Command::Hook(args)) => hook::run(context, &args),
        Some(Command::Show(args)) => show::run(context, &args),
        Some(Command::Log(args)) => log::run(context, &args),
        Some(Command::Checkpoint(args)) => upkeep::checkpoint(context, &args),
        Some(Command::LogRebase(args)) => upkeep::log_rebase(context, &args),
        Some(Command::Demo(args)) => demo::run(context, &args),
        Some(Command::Approve(args)) => verdict::run(context, VerdictKind::Approve, &args),
        Some(Command::Reject(args)) => verdict::run(context, VerdictKind::Reject, &args),
        Some(Command::Withdraw(args)) => verdict::run(context, VerdictKind::Withdraw, &args),
        Some(Command::Override(args)) => lift::run(context, &args),
        Some(Command::BreakGlass(args)) => glass::run(context, &args),
        Some(Command::Comment(args)) => verdict::comment(context, &args),
        Some(Command::Claim(args)) => claim::take(context, &args),
        Some(Command::Release(args)) => claim::give_back(context, &args),
        Some(Command::Checkout(args)) => checkout::run(context, &args),
        Some(Command::Policy(args)) => policy::run(context, &args),
        Some(Command::Propose(args)) => propose::run(context, &args),
        Some(Command::Close(args)) => close::run(context, &args),
        Some(Command::Wait(args)) => wait::run(context, &args),
        Some(Command::Sync(args)) => sync::run(context, &args),
        Some(Command::Stats(args)) => stats::run(context, &args),
        Some(Command::Scan(args)) => scan::run(context, &args),
        Some(Command::Doctor(args)) => doctor::run(context, &args),
        Some(Command::Init(args)) => init::run(context, &args),
        Some(Command::Config(args)) => config::run(context, &args),
        Some(Command::Schema(args)) => schema::run(context, &args),
        Some(Command::Man(args)) => man::run(context, &args),
        Some(Command::Completions { shell }) => {
            context.output.data(&complete::script(shell)?)?;
            Ok(ExitCode::Done)
        }
    }
}

#[cfg(feature = "tui")]
fn tui(context: &mut Context, args: TuiArgs) -> Result<ExitCode, Failure> {
    tui::run(context, &args)
}

#[cfg(not(feature = "tui"))]
fn tui(_: &mut Context, _: TuiArgs) -> Result<ExitCode, Failure> {
    Err(Failure::usage("this build has no terminal UI")
        .hint("countersign --list prints the queue; build with the feature tui for the UI"))
}

/// `--list` is a flag that stands for the command `list`, wherever it is written.
fn list_flag_as_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let end = arguments
        .iter()
        .position(|argument| argument == "--")
        .unwrap_or(arguments.len());
    let mut after = arguments.split_off(end);
    let all = arguments.len();
    arguments.retain(|argument| argument != "--list");
    if arguments.len() < all && arguments.get(1).is_none_or(|first| first != "list") {
        arguments.insert(1.min(arguments.len()), "list".into());
    }
    arguments.append(&mut after);
    arguments
}

/// What clap has to say: help and version are data, everything else is a usage error.
fn not_parsed(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    let Some(failure) = usage::failure(error) else {
        // A closed pipe is a success here too.
        let _ = error.print();
        return ExitCode::Done;
    };
    let mut context = Context {
        output: Output::new(output::Colour::Auto, false),
        global: args::Global::default(),
        now: Timestamp::now(),
    };
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    let failure = if has("gate") && has("--json") {
        let args = args::GateArgs {
            json: true,
            report_only: has("--report-only"),
            ..args::GateArgs::default()
        };
        let ended = gate::no_answer(&mut context, failure, None, &args);
        match ended.and_then(|code| context.output.flush().map(|()| code)) {
            Ok(code) => return code,
            Err(failure) => failure,
        }
    } else {
        failure
    };
    context.output.failure(&failure);
    failure.code
}
