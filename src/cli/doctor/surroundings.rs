//! What the doctor looks at outside the clone: the user's own files, folders, the terminal.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use super::super::own_files::OwnFiles;
use crate::config::Config;
use crate::review::doctor::Check;

/// `config.toml`, and the keymap where there is a screen.
pub(super) fn own_files() -> Vec<Check> {
    let own = OwnFiles::find();
    let config = std::iter::once(config(&own));
    #[cfg(feature = "tui")]
    let config = config.chain(screen_files(&own, &mut Vec::new()));
    config.collect()
}

fn config(own: &OwnFiles) -> Check {
    let id = "config";
    let place = own.path("config.toml");
    match own.read("config.toml") {
        Err(failure) => Check::fail(id, failure.message, format!("ls -l {place}")),
        Ok(None) => Check::ok(id, format!("{place} is not there: all as by default")),
        Ok(Some(text)) => match Config::read(&text) {
            Err(error) => Check::fail(id, error.to_string(), "countersign config edit"),
            Ok((_, warnings)) if warnings.is_empty() => Check::ok(id, format!("{place} is valid")),
            Ok((_, warnings)) => Check::warn(id, warnings.join("; "), "countersign config edit"),
        },
    }
}

/// The keymap and the themes: what the screen would not begin with.
#[cfg(feature = "tui")]
fn screen_files(own: &OwnFiles, odd: &mut Vec<String>) -> Vec<Check> {
    use crate::app::keymap::Keymap;
    let place = own.path("keymap.toml");
    let keymap = match own.read("keymap.toml") {
        Err(failure) => Check::fail("keymap", failure.message, format!("ls -l {place}")),
        Ok(None) => Check::ok("keymap", format!("{place} is not there: the built-in keys")),
        Ok(Some(text)) => {
            let (_, mistakes) = Keymap::layered(None, Some(("keymap.toml", &text)));
            let mistakes: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            if mistakes.is_empty() {
                Check::ok("keymap", format!("{place} is valid"))
            } else {
                let fix = format!("mend {place}; docs/keys.md lists the actions");
                Check::fail("keymap", mistakes.join("; "), fix)
            }
        }
    };
    let (themes, unread) = own.themes();
    odd.extend(unread);
    let themes = if odd.is_empty() {
        Check::ok("themes", format!("{} of your own", themes.len()))
    } else {
        let fix = format!("ls -l {}", own.path("themes"));
        Check::warn("themes", odd.join("; "), fix)
    };
    vec![keymap, themes]
}

/// Whether a folder of the program's own can be written; it need not be there yet.
pub(super) fn folder(id: &'static str, variable: &str, dir: Option<PathBuf>) -> Check {
    let Some(dir) = dir else {
        let text = "the system names no folder for it";
        return Check::warn(id, text, format!("set {variable} to a folder of yours"));
    };
    let there = dir.ancestors().find(|dir| dir.exists());
    let there = there.unwrap_or(Path::new("/"));
    let made = tempfile::Builder::new()
        .prefix("countersign-doctor-")
        .tempfile_in(there);
    match made {
        Ok(_) => Check::ok(id, format!("{} can be written", dir.display())),
        Err(error) => Check::fail(
            id,
            format!("{} cannot be written: {error}", dir.display()),
            format!(
                "ls -ld '{}'; or set {variable} to a folder of yours",
                there.display()
            ),
        ),
    }
}

/// Colours, size, and the characters that a terminal can show.
pub(super) fn terminal() -> Vec<Check> {
    let env = |name: &str| std::env::var(name).unwrap_or_default();
    vec![shows(&env, std::io::stdout().is_terminal()), locale(&env)]
}

fn shows(env: &dyn Fn(&str) -> String, terminal: bool) -> Check {
    let id = "terminal";
    if !terminal {
        let text = "none here: commands work, the screen needs one";
        return Check::ok(id, text);
    }
    let term = env("TERM");
    if term.is_empty() || term == "dumb" {
        let text = format!("TERM={term}: the review is a dialogue of lines");
        return Check::warn(
            id,
            text,
            "export TERM=xterm-256color, if the terminal is one",
        );
    }
    let colours = if !env("NO_COLOR").is_empty() {
        "no colours (NO_COLOR)"
    } else if ["truecolor", "24bit"].contains(&env("COLORTERM").as_str()) {
        "16 million colours"
    } else if term.contains("256color") {
        "256 colours"
    } else {
        "16 colours"
    };
    match size() {
        Some((columns, rows)) if columns < 80 || rows < 24 => Check::warn(
            id,
            format!(
                "{term}, {colours}, {columns} columns and {rows} rows: it works, and is narrow"
            ),
            "80 columns and 24 rows, better 110 and more",
        ),
        Some((columns, rows)) => Check::ok(
            id,
            format!("{term}, {colours}, {columns} columns and {rows} rows"),
        ),
        None => Check::ok(id, format!("{term}, {colours}")),
    }
}

#[cfg(feature = "tui")]
fn size() -> Option<(u16, u16)> {
    crossterm::terminal::size().ok()
}

#[cfg(not(feature = "tui"))]
fn size() -> Option<(u16, u16)> {
    None
}

/// The first of these that is set decides.
fn locale(env: &dyn Fn(&str) -> String) -> Check {
    let id = "locale";
    let set = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .map(|name| (name, env(name)))
        .find(|(_, value)| !value.is_empty());
    let utf8 = |value: &str| {
        let low = value.to_ascii_lowercase();
        low.contains("utf-8") || low.contains("utf8")
    };
    match set {
        Some((name, value)) if utf8(&value) => Check::ok(id, format!("{name}={value}")),
        Some((name, value)) => Check::warn(
            id,
            format!(
                "{name}={value} is not UTF-8: lines and signs of the screen may come out wrong"
            ),
            "export LC_ALL=C.UTF-8",
        ),
        None => Check::warn(
            id,
            "no locale is set: lines and signs of the screen may come out wrong",
            "export LC_ALL=C.UTF-8",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::doctor::Health;

    fn with(pairs: &'static [(&str, &str)]) -> impl Fn(&str) -> String {
        move |name| {
            let found = pairs.iter().find(|(known, _)| *known == name);
            found.map_or_else(String::new, |(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn the_first_locale_that_is_set_decides() {
        let health = |pairs| locale(&with(pairs)).health;
        assert_eq!(health(&[("LANG", "de_DE.UTF-8")]), Health::Ok);
        assert_eq!(
            health(&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")]),
            Health::Warn
        );
        assert_eq!(health(&[("LC_CTYPE", "C.utf8")]), Health::Ok);
        assert_eq!(health(&[]), Health::Warn);
    }

    #[test]
    fn a_dumb_terminal_warns_and_none_does_not() {
        assert_eq!(shows(&with(&[("TERM", "dumb")]), true).health, Health::Warn);
        assert_eq!(shows(&with(&[]), false).health, Health::Ok);
        let text = |pairs| shows(&with(pairs), true).text;
        assert!(text(&[("TERM", "xterm-256color")]).contains("256 colours"));
        assert!(text(&[("TERM", "xterm"), ("COLORTERM", "truecolor")]).contains("million"));
        assert!(text(&[("TERM", "xterm"), ("NO_COLOR", "1")]).contains("no colours"));
    }

    #[test]
    fn a_folder_that_cannot_be_made_fails() {
        assert_eq!(folder("x", "X", None).health, Health::Warn);
        let here = folder("x", "X", Some(std::env::temp_dir().join("not/there/yet")));
        assert_eq!(here.health, Health::Ok);
        let nowhere = folder("x", "X", Some(PathBuf::from("/proc/countersign")));
        assert_eq!(nowhere.health, Health::Fail);
    }
}
