//! `countersign demo`: a throw-away world with a realistic queue, and the UI on it.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use super::args::{DemoArgs, ListArgs, TuiArgs};
use super::{Context, ExitCode, Failure, list};
use crate::demo::{DemoError, build};

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &DemoArgs) -> Result<ExitCode, Failure> {
    let at = match &args.at {
        None => context.now,
        Some(text) => text.parse().map_err(|error: jiff::Error| {
            Failure::usage(format!("--at {text:?} is no moment"))
                .caused_by(&error)
                .hint("write it like 2026-11-24T09:00:00Z")
        })?,
    };
    let dir = match &args.dir {
        Some(dir) => context.dir().join(dir),
        None => temporary()?,
    };
    let world = build(&dir, at).map_err(|error| match error {
        DemoError::NotEmpty { .. } => Failure::from_error(ExitCode::Usage, &error)
            .hint("name a folder that does not exist yet, or an empty one"),
        error => Failure::from_error(ExitCode::Unavailable, &error)
            .hint("name a folder of your own on a disk with room: countersign demo DIR"),
    })?;
    context.global.dir = Some(world.alice.clone());
    // The world is as old as it was asked to be; so is what is told of it here.
    context.now = at;
    let terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    if terminal && cfg!(feature = "tui") {
        let code = super::tui(context, TuiArgs::default())?;
        context
            .output
            .remark(&format!("the demo stays in {}", world.dir.display()));
        return Ok(code);
    }
    let code = list::run(context, &ListArgs::default())?;
    context.output.remark(&format!(
        "remote   {}\nalice    {}\nbob      {}\nagent    {}\nkeys     {}\nroot     {}",
        world.remote.display(),
        world.alice.display(),
        world.bob.display(),
        world.agent.display(),
        world.keys.display(),
        world.policy_root,
    ));
    Ok(code)
}

/// A new folder below the system's temporary one. It stays: the user may want to look around.
fn temporary() -> Result<PathBuf, Failure> {
    tempfile::Builder::new()
        .prefix("countersign-demo-")
        .tempdir()
        .map(tempfile::TempDir::keep)
        .map_err(|error| {
            Failure::new(ExitCode::Unavailable, "cannot make a temporary folder")
                .caused_by(&error)
                .hint("name a folder of your own: countersign demo DIR")
        })
}
