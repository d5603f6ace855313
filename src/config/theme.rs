//! The setting `theme`: one theme, what the terminal suggests, or one for each kind of ground.

use toml::de::DeValue;

use super::{BadConfig, bad, suggest};

/// Which theme the user wants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ThemeChoice {
    /// What suits the terminal: it is asked once whether its ground is dark or light.
    #[default]
    Auto,
    /// This one.
    Named(String),
    /// One of these two, after the terminal's ground.
    Pair {
        /// Where the ground is dark, or the terminal does not say.
        dark: String,
        /// Where it is light.
        light: String,
    },
}

const EXPECTED: &str =
    "theme: expected the name of a theme, \"auto\", or { dark = \"nord\", light = \"light\" }";

/// Reads the value that stands at this byte of the text.
pub(super) fn read(text: &str, at: usize, value: &DeValue<'_>) -> Result<ThemeChoice, BadConfig> {
    let wrong = || bad(text, at, EXPECTED);
    let pair = match value {
        DeValue::String(name) if name == "auto" => return Ok(ThemeChoice::Auto),
        DeValue::String(name) => return Ok(ThemeChoice::Named(name.to_string())),
        DeValue::Table(pair) => pair,
        _ => return Err(wrong()),
    };
    let (mut dark, mut light) = (None, None);
    for (key, value) in pair {
        let into = match key.get_ref().as_ref() {
            "dark" => &mut dark,
            "light" => &mut light,
            other => {
                let hint = suggest::hint(other, &["dark", "light"]);
                let why = format!("theme: unknown key {other:?}{hint}");
                return Err(bad(text, key.span().start, &why));
            }
        };
        match value.get_ref() {
            DeValue::String(name) => *into = Some(name.to_string()),
            _ => {
                let why = format!("theme.{}: expected the name of a theme", key.get_ref());
                return Err(bad(text, value.span().start, &why));
            }
        }
    }
    let (Some(dark), Some(light)) = (dark, light) else {
        return Err(wrong());
    };
    Ok(ThemeChoice::Pair { dark, light })
}
