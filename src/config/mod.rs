//! What the user has set in `config.toml`: a few values with defaults, read as text and checked at
//! once. Where the file lies and what stands above it (flags, environment) is the command line's.

pub mod origin;
mod repositories;
pub mod suggest;
mod theme;
mod views;

use toml::de::{DeTable, DeValue};

pub use theme::ThemeChoice;
pub use views::View;

/// The user's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Which theme.
    pub theme: ThemeChoice,
    /// Name of a preset of keys.
    pub keys: Option<String>,
    /// Seconds a verdict stays here before it is pushed, so that it can be taken back.
    pub undo_seconds: u64,
    /// Seconds between background fetches; 0 is never.
    pub fetch_seconds: u64,
    /// Whether the screen takes the mouse.
    pub mouse: bool,
    /// Saved views of the queue, in the order of their keys; none is the built-in ones.
    pub views: Vec<View>,
    /// Other clones whose queues are listed with this one's, as written.
    pub repositories: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::Auto,
            keys: None,
            undo_seconds: 10,
            fetch_seconds: 60,
            mouse: true,
            views: Vec::new(),
            repositories: Vec::new(),
        }
    }
}

/// A value that cannot be used, or a file that is no TOML.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("config.toml:{line}:{column}: {text}")]
pub struct BadConfig {
    /// From 1.
    pub line: usize,
    /// From 1, in bytes.
    pub column: usize,
    /// What is wrong and what would be right.
    pub text: String,
}

/// The keys there are.
pub const KEYS: [&str; 7] = [
    "theme",
    "keys",
    "undo_seconds",
    "fetch_seconds",
    "mouse",
    "views",
    "repositories",
];

impl Config {
    /// Reads the text of `config.toml`: the settings, and a warning for each unknown key.
    ///
    /// # Errors
    /// The first value that is of another kind than its key takes, or the place where the text is no
    /// TOML.
    pub fn read(text: &str) -> Result<(Self, Vec<String>), BadConfig> {
        let mut config = Self::default();
        let mut warnings = Vec::new();
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            bad(text, at, error.message())
        })?;
        for (key, spanned) in table.get_ref() {
            let (at, value) = (spanned.span().start, spanned.get_ref());
            let seconds = || match value {
                DeValue::Integer(number) => number.as_str().parse().ok(),
                _ => None,
            };
            let wrong = |what: &str| bad(text, at, &format!("{}: expected {what}", key.get_ref()));
            match key.get_ref().as_ref() {
                "theme" => config.theme = theme::read(text, at, value)?,
                "keys" => match value {
                    DeValue::String(name) => config.keys = Some(name.to_string()),
                    _ => return Err(wrong("the name of a preset in quotes")),
                },
                "undo_seconds" => {
                    config.undo_seconds =
                        seconds().ok_or_else(|| wrong("a whole number of seconds"))?;
                }
                "fetch_seconds" => {
                    config.fetch_seconds =
                        seconds().ok_or_else(|| wrong("a whole number of seconds"))?;
                }
                "mouse" => match value {
                    DeValue::Boolean(on) => config.mouse = *on,
                    _ => return Err(wrong("true or false")),
                },
                "repositories" => config.repositories = repositories::read(text, spanned)?,
                "views" => config.views = views::read(text, spanned, &mut warnings)?,
                unknown => warnings.push(format!(
                    "config.toml:{}: unknown key {unknown:?}{}",
                    place(text, key.span().start).0,
                    suggest::hint(unknown, &KEYS)
                )),
            }
        }
        Ok((config, warnings))
    }
}

fn bad(text: &str, at: usize, why: &str) -> BadConfig {
    let (line, column) = place(text, at);
    BadConfig {
        line,
        column,
        text: why.to_owned(),
    }
}

/// Line and column of a byte, both from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.len() - before.rfind('\n').map_or(0, |end| end + 1) + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_set_is_read_and_the_rest_is_default() {
        let (config, warnings) = Config::read("undo_seconds = 3\ntheme = \"light\"\n").unwrap();
        assert_eq!(config.undo_seconds, 3);
        assert_eq!(config.theme, ThemeChoice::Named("light".to_owned()));
        assert_eq!(config.fetch_seconds, 60);
        assert!(warnings.is_empty());
    }

    #[test]
    fn an_unknown_key_warns_with_its_line() {
        let (_, warnings) = Config::read("\nundo_second = 3\n").unwrap();
        assert!(
            warnings[0]
                == "config.toml:2: unknown key \"undo_second\"; did you mean \"undo_seconds\"?",
            "{warnings:?}"
        );
    }

    #[test]
    fn a_bad_value_names_line_and_column() {
        for (text, place) in [
            (
                "mouse = 1",
                "config.toml:1:9: mouse: expected true or false",
            ),
            (
                "\nundo_seconds = -1",
                "config.toml:2:16: undo_seconds: expected",
            ),
            ("theme = ", "config.toml:1:"),
            (
                "theme = 3",
                "config.toml:1:9: theme: expected the name of a theme, \"auto\", or {",
            ),
            (
                "theme = { dark = \"nord\" }",
                "config.toml:1:9: theme: expected",
            ),
            (
                "theme = { dark = \"nord\", lihgt = \"light\" }",
                "config.toml:1:26: theme: unknown key \"lihgt\"; did you mean \"light\"?",
            ),
            (
                "[theme]\ndark = 1",
                "config.toml:2:8: theme.dark: expected the name",
            ),
            (
                "keys = []",
                "config.toml:1:8: keys: expected the name of a preset",
            ),
        ] {
            let error = Config::read(text).unwrap_err().to_string();
            assert!(error.starts_with(place), "{error}");
        }
    }
}
