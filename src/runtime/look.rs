//! Which theme to begin with: what the terminal can show, and whether it is dark or light; and the
//! themes that are shown later, each read when it is first wanted.

use std::time::Duration;

use terminal_colorsaurus::{QueryOptions, ThemeMode};

use crate::app::{ThemeName, Themes};
use crate::config::ThemeChoice;
use crate::ui::theme::{Depth, Library, Own, Theme, ThemeError};

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

/// Which theme is wanted, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// The theme named for this run; it is shown whatever the terminal says of itself.
    pub now: Option<String>,
    /// What the settings say. It gives way to a terminal without colours, or with sixteen.
    pub setting: ThemeChoice,
    /// The user's own themes.
    pub own: Vec<Own>,
    /// The file of the settings, as a person names it.
    pub kept_in: String,
}

/// The themes, the one that is shown read.
pub(super) struct Looks {
    library: Library,
    depth: Depth,
    shown: Theme,
}

impl Looks {
    /// Chooses the theme to begin with, and lists all of them for the screen.
    pub(super) fn begin(wanted: &Wanted) -> Result<(Self, Themes), ThemeError> {
        let colours = colours(|name| std::env::var(name).ok());
        let depth = match colours {
            Colours::Full => Depth::Full,
            _ => Depth::Indexed,
        };
        let library = Library::new(wanted.own.clone());
        let name = first(wanted, colours, is_light);
        let shown = library.theme(&name, depth)?;
        let own = |name: &str| wanted.own.iter().any(|own| own.name == name);
        let list = library.list().into_iter().map(|(name, about)| ThemeName {
            // Those that are built in have been tested.
            mistake: own(&name)
                .then(|| library.theme(&name, depth).err())
                .flatten()
                .map(|error| error.0.join(" · ")),
            name,
            about,
        });
        let list: Vec<ThemeName> = list.collect();
        let current = list.iter().position(|theme| theme.name == name);
        let themes = Themes {
            current: current.unwrap_or(0),
            list,
            kept_in: wanted.kept_in.clone(),
        };
        let looks = Self {
            library,
            depth,
            shown,
        };
        Ok((looks, themes))
    }

    /// The theme that the screen is to be drawn in.
    pub(super) fn theme(&mut self, themes: &Themes) -> &Theme {
        let name = themes.list.get(themes.current).map(|theme| &theme.name);
        if let Some(name) = name.filter(|name| *name != self.shown.name())
            && let Ok(theme) = self.library.theme(name, self.depth)
        {
            self.shown = theme;
        }
        &self.shown
    }
}

/// The name of the theme to begin with. The terminal is asked for its ground only where it matters.
fn first(wanted: &Wanted, colours: Colours, is_light: impl FnOnce() -> bool) -> String {
    let pair = |dark: &str, light: &str| if is_light() { light } else { dark }.to_owned();
    match (wanted.now.as_deref(), &wanted.setting, colours) {
        (Some(name), ..) if name != "auto" => name.to_owned(),
        (_, _, Colours::None) => "mono".to_owned(),
        (None, ThemeChoice::Named(name), Colours::Sixteen) if name == "mono" => name.clone(),
        (_, _, Colours::Sixteen) => "terminal".to_owned(),
        (None, ThemeChoice::Named(name), _) => name.clone(),
        (None, ThemeChoice::Pair { dark, light }, _) => pair(dark, light),
        (Some(_), ..) | (None, ThemeChoice::Auto, _) => pair("dark", "light"),
    }
}

/// Whether the terminal says that its ground is light.
fn is_light() -> bool {
    let mut options = QueryOptions::default();
    options.timeout = PATIENCE;
    matches!(
        terminal_colorsaurus::theme_mode(options),
        Ok(ThemeMode::Light)
    )
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

    #[test]
    fn the_theme_of_this_run_goes_before_the_setting_and_that_before_the_ground() {
        let nord = ThemeChoice::Named("nord".to_owned());
        let pair = ThemeChoice::Pair {
            dark: "nord".to_owned(),
            light: "solarized-light".to_owned(),
        };
        let name = |now: Option<&str>, setting: &ThemeChoice, colours, light| {
            let wanted = Wanted {
                now: now.map(str::to_owned),
                setting: setting.clone(),
                ..Wanted::default()
            };
            first(&wanted, colours, || light)
        };
        let auto = ThemeChoice::Auto;
        for (now, setting, colours, light, expected) in [
            (None, &auto, Colours::Full, false, "dark"),
            (None, &auto, Colours::Indexed, true, "light"),
            (None, &nord, Colours::Full, true, "nord"),
            (None, &pair, Colours::Full, true, "solarized-light"),
            (None, &pair, Colours::Full, false, "nord"),
            (None, &nord, Colours::Sixteen, false, "terminal"),
            (None, &nord, Colours::None, false, "mono"),
            (Some("nord"), &auto, Colours::None, false, "nord"),
            (Some("auto"), &nord, Colours::Full, true, "light"),
            (Some("auto"), &nord, Colours::None, true, "mono"),
        ] {
            assert_eq!(
                name(now, setting, colours, light),
                expected,
                "{now:?} {setting:?}"
            );
        }
    }

    #[test]
    fn a_theme_is_read_when_it_is_first_shown() {
        let broken = Own {
            name: "mine".to_owned(),
            file: "themes/mine.toml".to_owned(),
            text: "colors = 1\n".to_owned(),
        };
        let wanted = Wanted {
            now: Some("dark".to_owned()),
            own: vec![broken],
            ..Wanted::default()
        };
        let Ok((mut looks, mut themes)) = Looks::begin(&wanted) else {
            unreachable!("dark can be read");
        };
        assert_eq!(looks.theme(&themes).name(), "dark");
        themes.current = themes
            .list
            .iter()
            .position(|t| t.name == "nord")
            .unwrap_or(0);
        assert_eq!(looks.theme(&themes).name(), "nord");
        themes.current = themes.list.len() - 1;
        assert!(!themes.can_show(themes.current), "it has a mistake");
        assert_eq!(
            looks.theme(&themes).name(),
            "nord",
            "what cannot be read shows nothing new"
        );
    }
}
