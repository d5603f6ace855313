//! The themes there are: those that are built in, and the user's own.

use super::reading::Sheet;
use super::{Depth, Theme, ThemeError};
use crate::config::suggest;

macro_rules! built_in {
    ($($name:literal)+) => {
        /// The themes that are built in, by name, in the order of the picker.
        pub(super) const BUILT_IN: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../themes/", $name, ".toml")))),+];
    };
}

built_in! {
    "dark" "light" "high-contrast-dark" "high-contrast-light" "colour-blind-dark"
    "colour-blind-light" "gruvbox-dark" "gruvbox-light" "solarized-dark" "solarized-light" "nord"
    "catppuccin-mocha" "catppuccin-latte" "tokyo-night" "rose-pine" "rose-pine-dawn" "terminal"
    "mono"
}

/// Themes that inherit from one another more deeply than this are taken for a circle.
const DEEPEST: usize = 8;

/// A theme of the user's own, not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// Its name: that of the file, without `.toml`.
    pub name: String,
    /// What to call the file in a message.
    pub file: String,
    /// Its text.
    pub text: String,
}

/// Every theme that can be chosen. The user's own lie over the built-in ones of the same name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Library {
    own: Vec<Own>,
}

/// One theme of a chain of inheritance.
#[derive(Debug, Clone, Copy)]
struct Source<'a> {
    name: &'a str,
    file: &'a str,
    text: &'a str,
    own: bool,
}

impl Library {
    /// The built-in themes and these.
    pub fn new(own: Vec<Own>) -> Self {
        Self { own }
    }

    /// The names, the built-in ones first, each with what the theme says of itself.
    pub fn list(&self) -> Vec<(String, String)> {
        let mut names: Vec<&str> = Theme::names().collect();
        for own in &self.own {
            if !names.contains(&own.name.as_str()) {
                names.push(&own.name);
            }
        }
        let line = |name: &str| (name.to_owned(), self.about(name));
        names.into_iter().map(line).collect()
    }

    /// What a theme says of itself; of one of the user's own also that it is.
    fn about(&self, name: &str) -> String {
        let Some(source) = self.find(name, false) else {
            return String::new();
        };
        let table: Option<toml::Table> = source.text.parse().ok();
        let about = table.as_ref().and_then(|table| table.get("about"));
        let about = about.and_then(toml::Value::as_str).unwrap_or_default();
        match (source.own, about) {
            (true, "") => "your own".to_owned(),
            (true, about) => format!("your own: {about}"),
            (false, about) => about.to_owned(),
        }
    }

    /// Reads a theme with what it inherits.
    ///
    /// # Errors
    /// Every mistake of it, each with file and key and what would be right.
    pub fn theme(&self, name: &str, depth: Depth) -> Result<Theme, ThemeError> {
        let mut mistakes = Vec::new();
        let mut sheet = Sheet::default();
        match self.chain(name) {
            Ok(chain) => {
                // The last of the chain inherits nothing and lies at the bottom.
                for source in chain.iter().rev() {
                    sheet.add(source.file, source.text, &mut mistakes);
                }
            }
            Err(mistake) => mistakes.push(mistake),
        }
        let styles = sheet.styles(depth, &mut mistakes);
        if !mistakes.is_empty() {
            return Err(ThemeError(mistakes));
        }
        Ok(Theme {
            name: name.to_owned(),
            styles,
        })
    }

    /// The theme and what it inherits, one after the other.
    fn chain(&self, name: &str) -> Result<Vec<Source<'_>>, String> {
        let first = self.find(name, false);
        let first =
            first.ok_or_else(|| format!("no theme is called {name:?}{}", self.known(name)))?;
        let mut chain = vec![first];
        while let Some(last) = chain.last().copied() {
            let Some(parent) = parent(last)? else {
                break;
            };
            // A theme that bears the name of a built-in one can inherit from that.
            let next = self.find(&parent, last.own && parent == last.name);
            let next = next.ok_or_else(|| {
                let known = self.known(&parent);
                format!(
                    "{}: inherits: no theme is called {parent:?}{known}",
                    last.file
                )
            })?;
            if chain.len() >= DEEPEST {
                return Err(format!("{}: inherits in a circle", first.file));
            }
            chain.push(next);
        }
        Ok(chain)
    }

    fn find(&self, name: &str, only_built_in: bool) -> Option<Source<'_>> {
        let own = self.own.iter().find(|own| own.name == name);
        if let Some(own) = own.filter(|_| !only_built_in) {
            return Some(Source {
                name: &own.name,
                file: &own.file,
                text: &own.text,
                own: true,
            });
        }
        let found = BUILT_IN.iter().find(|(known, _)| *known == name);
        found.map(|(name, text)| Source {
            name,
            file: name,
            text,
            own: false,
        })
    }

    fn known(&self, name: &str) -> String {
        let mut known: Vec<&str> = Theme::names().collect();
        known.extend(self.own.iter().map(|own| own.name.as_str()));
        suggest::hint(name, &known)
    }
}

/// What a theme inherits from.
fn parent(source: Source<'_>) -> Result<Option<String>, String> {
    // A text that is no TOML is reported where it is read.
    let table: toml::Table = source.text.parse().unwrap_or_default();
    match table.get("inherits") {
        None => Ok(None),
        Some(toml::Value::String(parent)) => Ok(Some(parent.clone())),
        Some(_) => {
            let file = source.file;
            Err(format!("{file}: inherits: expected the name of a theme"))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use ratatui::style::Color;

    use super::super::Role;
    use super::*;

    fn own(name: &str, text: &str) -> Own {
        Own {
            name: name.to_owned(),
            file: format!("themes/{name}.toml"),
            text: text.to_owned(),
        }
    }

    #[test]
    fn own_themes_inherit_from_each_other_and_from_those_they_lie_over() {
        let library = Library::new(vec![
            own(
                "dark",
                "inherits = \"dark\"\n[palette]\nyou = \"#010203\"\n",
            ),
            own("mine", "inherits = \"dark\"\nabout = \"plain\"\n"),
        ]);
        let mine = library.theme("mine", Depth::Full).unwrap();
        assert_eq!(mine.style(Role::You).fg, Some(Color::Rgb(1, 2, 3)));
        let list = library.list();
        assert_eq!(list.len(), BUILT_IN.len() + 1);
        assert_eq!(list.last().unwrap().1, "your own: plain");
    }

    #[test]
    fn circles_and_strangers_are_mistakes_of_a_file() {
        let library = Library::new(vec![
            own("a", "inherits = \"b\"\n"),
            own("b", "inherits = \"a\"\n"),
            own("c", "inherits = \"drak\"\n"),
            own("d", "inherits = 3\n"),
        ]);
        for (name, says) in [
            ("a", "themes/a.toml: inherits in a circle"),
            (
                "c",
                "themes/c.toml: inherits: no theme is called \"drak\"; did you mean \"dark\"?",
            ),
            ("d", "themes/d.toml: inherits: expected the name of a theme"),
            ("nrd", "no theme is called \"nrd\"; did you mean \"nord\"?"),
        ] {
            let error = library.theme(name, Depth::Full).unwrap_err().to_string();
            assert_eq!(error, says);
        }
    }
}
