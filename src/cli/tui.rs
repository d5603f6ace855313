//! `countersign tui`: the review screen, with the user's keymap, theme and settings.

use std::sync::Arc;

use super::args::TuiArgs;
use super::checkout::worktrees_dir;
use super::context::{Context, cache_dir, state_dir};
use super::own_files::{OwnFiles, bad_settings, settings};
use super::{ExitCode, Failure, several};
use crate::app::presets;
use crate::app::queue::View;
use crate::config::{Config, suggest};
use crate::runtime::{self, Exit, Options, Repository, RuntimeError, Site, Wanted};

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &TuiArgs) -> Result<ExitCode, Failure> {
    // A place that is no clone is said here, not on a screen.
    let sites = match args.all_repos {
        true => several::sites(context)?,
        false => vec![several::here(context)?],
    };
    let own = OwnFiles::find();
    let settings = settings(context)?;
    let views = views(&settings)?;
    let (themes, odd) = own.themes();
    for sentence in odd {
        context.output.warn(&sentence);
    }
    let keys = args.keys.as_ref().or(settings.keys.as_ref());
    let options = Options {
        filter: args.filter.join(" "),
        look: Wanted {
            now: args.theme.clone(),
            setting: settings.theme.clone(),
            own: themes,
            kept_in: own.path("config.toml"),
        },
        preset: keys.map(|name| preset(name)).transpose()?,
        keymap: own
            .read("keymap.toml")?
            .map(|text| ("keymap.toml".to_owned(), text)),
        no_mouse: !settings.mouse,
        views,
    };
    let sites = sites.into_iter();
    let sites: Vec<Site> = sites.map(|one| site(context, &settings, one)).collect();
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let run = if args.accessible || dumb {
        runtime::run_in_lines
    } else {
        runtime::run
    };
    match run(&options, sites) {
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

/// A clone for the screen. One that cannot be opened says so there, and again where it still cannot.
fn site(context: &Context, settings: &Config, site: several::Site) -> Site {
    let (dir, remote) = match site.is_here() {
        true => (context.dir(), context.global.remote.clone()),
        false => (site.dir, None),
    };
    let repository = Repository::new(dir, remote, cache_dir())
        .worktrees(worktrees_dir())
        .undo_seconds(settings.undo_seconds)
        .earlier_words_in(state_dir().map(|dir| dir.join("words.json")))
        .fetch_seconds(settings.fetch_seconds);
    (site.home, Arc::new(repository))
}

fn failure(error: &RuntimeError) -> Failure {
    let (code, hint) = match error {
        RuntimeError::Terminal(_) => (
            ExitCode::Unavailable,
            "countersign --list shows the queue without a screen",
        ),
        RuntimeError::Theme(_) => (
            ExitCode::Usage,
            "docs/configuration.md says how a theme is written",
        ),
        RuntimeError::Keymap(_) => (
            ExitCode::Usage,
            "docs/keys.md lists the actions and what a key is called",
        ),
        RuntimeError::Filter(_) => (
            ExitCode::Usage,
            "countersign list --help lists the terms of a filter",
        ),
    };
    Failure::from_error(code, error).hint(hint)
}

/// The preset of this name, with what to call it in a message.
fn preset(name: &str) -> Result<(String, String), Failure> {
    let table = presets::preset(name).ok_or_else(|| {
        let hint = suggest::hint(name, &presets::NAMES);
        Failure::usage(format!("no preset of keys is called {name:?}{hint}"))
            .hint(format!("there are {}", presets::NAMES.join(", ")))
    })?;
    Ok((format!("the preset {name}"), table.to_owned()))
}

/// The user's views of the queue; a filter that cannot be read is named with its term and place.
fn views(settings: &Config) -> Result<Vec<View>, Failure> {
    let read = |view: &crate::config::View| {
        View::new(&view.name, &view.filter).map_err(|error| {
            let error = view.wrong(&error.to_string());
            bad_settings(&error)
        })
    };
    settings.views.iter().map(read).collect()
}
