//! Where a setting comes from: of flag, environment, git's configuration, the user's file and the
//! default the first that says something wins.

use toml::de::DeTable;

use super::{Config, ThemeChoice};

/// Who set a value. The first of these wins over the later ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag of the command line.
    Flag(&'static str),
    /// A variable of the environment.
    Environment(&'static str),
    /// A key of git's configuration.
    Git(&'static str),
    /// The user's `config.toml`.
    User,
    /// Nobody.
    Default,
}

impl Origin {
    /// `flag`, `environment`, `git`, `user` or `default`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Flag(_) => "flag",
            Self::Environment(_) => "environment",
            Self::Git(_) => "git",
            Self::User => "user",
            Self::Default => "default",
        }
    }

    /// The flag, the variable or the key.
    pub const fn name(&self) -> Option<&'static str> {
        match self {
            Self::Flag(name) | Self::Environment(name) | Self::Git(name) => Some(name),
            Self::User | Self::Default => None,
        }
    }
}

/// One setting with the value that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// Its value, as it is written where it is set.
    pub value: String,
    /// Who set it.
    pub origin: Origin,
}

/// The first of the candidates that has a value, else the default.
pub fn settle(
    name: &'static str,
    candidates: impl IntoIterator<Item = (Origin, Option<String>)>,
    default: impl Into<String>,
) -> Setting {
    let won = candidates
        .into_iter()
        .find_map(|(origin, value)| Some((origin, value?)));
    let (origin, value) = won.unwrap_or_else(|| (Origin::Default, default.into()));
    Setting {
        name,
        value,
        origin,
    }
}

/// The settings of `config.toml`: every key with its value, and whether the text sets it.
pub fn own(text: &str, config: &Config) -> Vec<(&'static str, String, bool)> {
    let table = DeTable::parse(text).ok();
    let is_set = |key: &str| {
        let table = table.as_ref();
        table.is_some_and(|table| table.get_ref().contains_key(key))
    };
    let theme = match &config.theme {
        ThemeChoice::Auto => "auto".to_owned(),
        ThemeChoice::Named(name) => name.clone(),
        ThemeChoice::Pair { dark, light } => format!("dark {dark}, light {light}"),
    };
    let views: Vec<&str> = config.views.iter().map(|view| view.name.as_str()).collect();
    let values = [
        ("theme", theme),
        ("keys", config.keys.clone().unwrap_or_default()),
        ("undo_seconds", config.undo_seconds.to_string()),
        ("fetch_seconds", config.fetch_seconds.to_string()),
        ("mouse", config.mouse.to_string()),
        ("views", views.join(", ")),
        ("repositories", config.repositories.join(", ")),
    ];
    values
        .into_iter()
        .map(|(name, value)| (name, value, is_set(name)))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::KEYS;
    use super::*;

    #[test]
    fn the_first_that_says_something_wins() {
        let some = |text: &str| Some(text.to_owned());
        let won = settle(
            "x",
            [
                (Origin::Flag("--x"), None),
                (Origin::Environment("X"), some("e")),
                (Origin::Git("a.x"), some("g")),
            ],
            "d",
        );
        assert_eq!(
            (won.value.as_str(), won.origin.kind()),
            ("e", "environment")
        );
        let won = settle("x", [(Origin::User, None)], "d");
        assert_eq!((won.value.as_str(), won.origin), ("d", Origin::Default));
    }

    #[test]
    fn every_key_of_the_file_is_a_setting() {
        let text = "mouse = true\ntheme = { dark = \"nord\", light = \"light\" }\n";
        let (config, _) = Config::read(text).unwrap();
        let own = own(text, &config);
        let names: Vec<&str> = own.iter().map(|(name, _, _)| *name).collect();
        assert_eq!(names, KEYS);
        let set: Vec<&str> = own.iter().filter(|one| one.2).map(|one| one.0).collect();
        assert_eq!(set, ["theme", "mouse"]);
        assert_eq!(own[0].1, "dark nord, light light");
    }
}
