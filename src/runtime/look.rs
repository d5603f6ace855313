//! Which theme to begin with: what the terminal can show, and whether it is dark or light.

use std::time::Duration;

use terminal_colorsaurus::{QueryOptions, ThemeMode};

use crate::ui::theme::{Depth, Theme, ThemeError};

/// How long the terminal has to say what its background is. One that knows answers in a few
/// milliseconds; one that does not know must not be waited for.
const PATIENCE: Duration = Duration::from_millis(80);

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colours {
    None,
    Sixteen,
    Indexed,
    Full,
}

/// The themes to go round, the first to begin with.
pub(super) fn themes(wanted: Option<&str>, text: Option<&str>) -> Result<Vec<Theme>, ThemeError> {
    let colours = colours(|name| std::env::var(name).ok());
    let depth = match colours {
        Colours::Full => Depth::Full,
        _ => Depth::Indexed,
    };
    let first = match (wanted.unwrap_or("auto"), text) {
        (name, Some(text)) => Theme::read(name, text, depth)?,
        ("auto", None) => Theme::built_in(own_choice(colours), depth)?,
        (name, None) => Theme::built_in(name, depth)?,
    };
    let mut themes = vec![first];
    for name in Theme::names() {
        if themes[0].name() != name {
            themes.push(Theme::built_in(name, depth)?);
        }
    }
    Ok(themes)
}

fn own_choice(colours: Colours) -> &'static str {
    match colours {
        Colours::None => "mono",
        Colours::Sixteen => "terminal",
        Colours::Indexed | Colours::Full => {
            let mut options = QueryOptions::default();
            options.timeout = PATIENCE;
            match terminal_colorsaurus::theme_mode(options) {
                Ok(ThemeMode::Light) => "light",
                Ok(ThemeMode::Dark) | Err(_) => "dark",
            }
        }
    }
}

fn colours(variable: impl Fn(&str) -> Option<String>) -> Colours {
    let term = variable("TERM").unwrap_or_default();
    if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) || term == "dumb" {
        return Colours::None;
    }
    let full = variable("COLORTERM").unwrap_or_default();
    if matches!(full.as_str(), "truecolor" | "24bit") || term.contains("direct") {
        return Colours::Full;
    }
    if term.contains("256color") || term.contains("kitty") || term.contains("ghostty") {
        return Colours::Indexed;
    }
    Colours::Sixteen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_what_a_terminal_can_show() {
        let of = |pairs: &'static [(&str, &str)]| {
            colours(|name| {
                let found = pairs.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[("TERM", "xterm-256color")]), Colours::Indexed);
        assert_eq!(
            of(&[("TERM", "xterm"), ("COLORTERM", "truecolor")]),
            Colours::Full
        );
        assert_eq!(of(&[("TERM", "linux")]), Colours::Sixteen);
        assert_eq!(
            of(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")]),
            Colours::None
        );
        assert_eq!(
            of(&[("TERM", "xterm-256color"), ("NO_COLOR", "")]),
            Colours::Indexed
        );
    }
}
