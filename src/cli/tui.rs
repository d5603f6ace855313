//! `countersign tui`: the review screen, with the user's keymap, theme and settings.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::TuiArgs;
use super::context::{Context, cache_dir};
use super::{ExitCode, Failure};
use crate::runtime::{self, Exit, Options, Repository, RuntimeError};

/// What `config.toml` may say about the screen.
struct Settings {
    theme: Option<String>,
    undo_seconds: u64,
    fetch_seconds: u64,
    mouse: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: None,
            undo_seconds: 10,
            fetch_seconds: 60,
            mouse: true,
        }
    }
}

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &TuiArgs) -> Result<ExitCode, Failure> {
    // A place that is no clone is said here, not on a screen.
    drop(context.session()?);
    let config = config_dir();
    let settings = settings(context, config.as_deref())?;
    let theme = args.theme.clone().or(settings.theme);
    let options = Options {
        filter: args.filter.join(" "),
        theme_text: theme_text(config.as_deref(), theme.as_deref()),
        theme,
        keymap: read(config.as_deref(), "keymap.toml").unwrap_or_default(),
        no_mouse: !settings.mouse,
    };
    let repository = Repository::new(context.dir(), context.global.remote.clone(), cache_dir())
        .undo_seconds(settings.undo_seconds)
        .fetch_seconds(settings.fetch_seconds);
    match runtime::run(&options, Arc::new(repository)) {
        Ok(Exit::Left) => Ok(ExitCode::Done),
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

fn settings(context: &mut Context, config: Option<&Path>) -> Result<Settings, Failure> {
    let mut settings = Settings::default();
    let Some(text) = read(config, "config.toml") else {
        return Ok(settings);
    };
    let table: toml::Table = text
        .parse()
        .map_err(|error| Failure::usage("config.toml cannot be read").caused_by(&error))?;
    let bad =
        |key: &str, what: &str| Failure::usage(format!("config.toml: {key}: expected {what}"));
    for (key, value) in &table {
        let seconds = || {
            let number = value.as_integer().and_then(|n| u64::try_from(n).ok());
            number.ok_or_else(|| bad(key, "a number of seconds"))
        };
        match key.as_str() {
            "theme" => {
                let name = value.as_str().ok_or_else(|| bad(key, "a theme's name"))?;
                settings.theme = Some(name.to_owned());
            }
            "undo_seconds" => settings.undo_seconds = seconds()?,
            "fetch_seconds" => settings.fetch_seconds = seconds()?,
            "mouse" => {
                settings.mouse = value.as_bool().ok_or_else(|| bad(key, "true or false"))?;
            }
            _ => context.output.warn(&format!(
                "config.toml: unknown key {key:?}; known: theme, undo_seconds, fetch_seconds, mouse"
            )),
        }
    }
    Ok(settings)
}
