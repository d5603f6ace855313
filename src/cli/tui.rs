//! `countersign tui`: the review screen, with the user's keymap, theme and settings.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::TuiArgs;
use super::checkout::worktrees_dir;
use super::context::{Context, cache_dir};
use super::{ExitCode, Failure};
use crate::app::queue::View;
use crate::config::Config;
use crate::runtime::{self, Exit, Options, Repository, RuntimeError};

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &TuiArgs) -> Result<ExitCode, Failure> {
    // A place that is no clone is said here, not on a screen.
    drop(context.session()?);
    let config = config_dir();
    let settings = settings(context, config.as_deref())?;
    let views = views(&settings)?;
    let theme = args.theme.clone().or(settings.theme);
    let options = Options {
        filter: args.filter.join(" "),
        theme_text: theme_text(config.as_deref(), theme.as_deref()),
        theme,
        keymap: read(config.as_deref(), "keymap.toml").unwrap_or_default(),
        no_mouse: !settings.mouse,
        views,
    };
    let repository = Repository::new(context.dir(), context.global.remote.clone(), cache_dir())
        .worktrees(worktrees_dir())
        .undo_seconds(settings.undo_seconds)
        .fetch_seconds(settings.fetch_seconds);
    match runtime::run(&options, Arc::new(repository)) {
        Ok(Exit::Left) => Ok(ExitCode::Done),
        Ok(Exit::LeftWaiting(why)) => {
            context.output.warn(&format!(
                "WARN not pushed: {why}; the verdicts wait here, countersign sync pushes them"
            ));
            Ok(ExitCode::Done)
        }
        Ok(Exit::Signal(_)) => Ok(ExitCode::Interrupted),
        Err(error) => Err(failure(&error)),
    }
}

fn failure(error: &RuntimeError) -> Failure {
    let code = match error {
        RuntimeError::Terminal(_) => ExitCode::Unavailable,
        RuntimeError::Theme(_) | RuntimeError::Keymap(_) | RuntimeError::Filter(_) => {
            ExitCode::Usage
        }
    };
    Failure::from_error(code, error)
}

/// The folder of the user's configuration; `XDG_CONFIG_HOME` counts on every system.
fn config_dir() -> Option<PathBuf> {
    let xdg = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    xdg.filter(|dir| dir.is_absolute())
        .map(|dir| dir.join("countersign"))
        .or_else(|| {
            let dirs = directories::ProjectDirs::from("", "", "countersign")?;
            Some(dirs.config_dir().to_owned())
        })
}

fn read(config: Option<&Path>, name: &str) -> Option<String> {
    std::fs::read_to_string(config?.join(name)).ok()
}

/// A theme of the user's own, by its name.
fn theme_text(config: Option<&Path>, theme: Option<&str>) -> Option<String> {
    let name = theme.filter(|name| !name.contains(['/', '\\', '.']))?;
    read(config, &format!("themes/{name}.toml"))
}

/// The user's views of the queue; a filter that cannot be read is named with its term and place.
fn views(settings: &Config) -> Result<Vec<View>, Failure> {
    let read = |view: &crate::config::View| {
        View::new(&view.name, &view.filter).map_err(|error| {
            let error = view.wrong(&error.to_string());
            Failure::from_error(ExitCode::Usage, &error)
        })
    };
    settings.views.iter().map(read).collect()
}

/// The user's settings; an unknown key warns, a bad value is named with its place.
fn settings(context: &mut Context, config: Option<&Path>) -> Result<Config, Failure> {
    let Some(text) = read(config, "config.toml") else {
        return Ok(Config::default());
    };
    let (settings, warnings) =
        Config::read(&text).map_err(|error| Failure::from_error(ExitCode::Usage, &error))?;
    for warning in warnings {
        context.output.warn(&warning);
    }
    Ok(settings)
}
