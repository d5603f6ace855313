//! A theme's tables, read over those it inherits; every mistake with file and key.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};

use super::{Depth, Role, colour};
use crate::config::suggest;

/// The keys of a theme.
const KEYS: [&str; 5] = ["about", "inherits", "palette", "indexed", "roles"];
/// The keys of a role.
const LOOKS: [&str; 7] = ["fg", "bg", "bold", "dim", "italic", "underline", "reverse"];
/// A colour that leaves what is there.
const NONE: &str = "none";

/// The tables of a theme with those it inherits under them.
#[derive(Default)]
pub(super) struct Sheet {
    palette: BTreeMap<String, String>,
    indexed: BTreeMap<String, String>,
    /// Each role's look, and the file that says so.
    roles: BTreeMap<String, (String, toml::Table)>,
    /// The file that was added last.
    file: String,
}

impl Sheet {
    /// Lays a theme over what is here.
    pub(super) fn add(&mut self, file: &str, text: &str, mistakes: &mut Vec<String>) {
        file.clone_into(&mut self.file);
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                let error = error.to_string();
                return mistakes.push(format!("{file}: {}", error.trim_end()));
            }
        };
        for key in table.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            let hint = suggest::hint(key, &KEYS);
            mistakes.push(format!("{file}: unknown key {key:?}{hint}"));
        }
        self.colours(file, &table, mistakes);
        for (key, value) in section(file, &table, "roles", mistakes) {
            let known = Role::ALL.iter().map(|role| role.name());
            if !known.clone().any(|known| known == key) {
                let meant = suggest::nearest(key, known)
                    .map_or("; docs/configuration.md lists them".to_owned(), |meant| {
                        format!("; did you mean {meant:?}?")
                    });
                mistakes.push(format!("{file}: roles: no role is called {key:?}{meant}"));
                continue;
            }
            match value.as_table() {
                Some(look) => {
                    let look = (file.to_owned(), look.clone());
                    self.roles.insert(key.clone(), look);
                }
                None => mistakes.push(format!(
                    "{file}: roles.{key:?}: expected a table such as {{ fg = \"ink\", bold = true }}"
                )),
            }
        }
    }

    fn colours(&mut self, file: &str, table: &toml::Table, mistakes: &mut Vec<String>) {
        let palette: Vec<_> = section(file, table, "palette", mistakes).collect();
        let indexed: Vec<_> = section(file, table, "indexed", mistakes).collect();
        for (key, _) in &palette {
            // The few colours of what is inherited stand for colours that this theme replaces.
            self.indexed.remove(*key);
        }
        for (part, entries, into) in [
            ("palette", palette, &mut self.palette),
            ("indexed", indexed, &mut self.indexed),
        ] {
            for (key, value) in entries {
                match value.as_str() {
                    Some(text) if text == NONE || colour::read(text).is_some() => {
                        into.insert(key.clone(), text.to_owned());
                    }
                    _ => mistakes.push(format!(
                        "{file}: {part}.{key}: {value} is no colour; write \"#rrggbb\", \"0\" to \
                         \"255\", \"{NONE}\" or a terminal's name such as \"bright-blue\""
                    )),
                }
            }
        }
    }

    /// The look of every role.
    pub(super) fn styles(mut self, depth: Depth, mistakes: &mut Vec<String>) -> Vec<Style> {
        if depth == Depth::Indexed {
            let indexed = std::mem::take(&mut self.indexed);
            self.palette.extend(indexed);
        }
        let mut styles = Vec::with_capacity(Role::ALL.len());
        for role in Role::ALL {
            styles.push(self.style(role.name(), depth, mistakes));
        }
        mistakes.dedup();
        styles
    }

    fn style(&self, role: &str, depth: Depth, mistakes: &mut Vec<String>) -> Style {
        let mut name = role;
        let (file, look) = loop {
            match (self.roles.get(name), name.rsplit_once('.')) {
                (Some(look), _) => break look,
                (None, Some((parent, _))) => name = parent,
                (None, None) => return Style::new(),
            }
        };
        let mut style = Style::new();
        for (key, value) in look {
            let mut wrong = |what: String| {
                let text = format!("{file}: roles.{name:?}.{key}: {what}");
                if !mistakes.contains(&text) {
                    mistakes.push(text);
                }
            };
            if key == "fg" || key == "bg" {
                match value.as_str().map(|text| (text, self.colour(text))) {
                    Some((_, Some(None))) => {}
                    Some((_, Some(Some(colour)))) => {
                        let colour = match depth {
                            Depth::Full => colour,
                            Depth::Indexed => colour::indexed(colour),
                        };
                        style = match key.as_str() {
                            "fg" => style.fg(colour),
                            _ => style.bg(colour),
                        };
                    }
                    Some((text, None)) => wrong(self.no_colour(text)),
                    None => wrong("expected a colour in quotes".to_owned()),
                }
                continue;
            }
            let modifier = match key.as_str() {
                "bold" => Modifier::BOLD,
                "dim" => Modifier::DIM,
                "italic" => Modifier::ITALIC,
                "underline" => Modifier::UNDERLINED,
                "reverse" => Modifier::REVERSED,
                _ => {
                    wrong(format!("unknown{}", suggest::hint(key, &LOOKS)));
                    continue;
                }
            };
            match value.as_bool() {
                Some(true) => style = style.add_modifier(modifier),
                Some(false) => {}
                None => wrong("expected true or false".to_owned()),
            }
        }
        style
    }

    /// The colour of a name of the palette, or written out. The inner none leaves what is there.
    fn colour(&self, text: &str) -> Option<Option<Color>> {
        let text = self.palette.get(text).map_or(text, String::as_str);
        if text == NONE {
            return Some(None);
        }
        colour::read(text).map(Some)
    }

    fn no_colour(&self, text: &str) -> String {
        let mut known: Vec<&str> = self.palette.keys().map(String::as_str).collect();
        for name in colour::names() {
            known.push(name);
        }
        let meant = suggest::nearest(text, known);
        let meant = meant.map_or(
            "; write a name of the palette, \"#rrggbb\" or \"0\" to \"255\"".to_owned(),
            |meant| format!("; did you mean {meant:?}?"),
        );
        format!("{text:?} is no colour{meant}")
    }
}

/// The entries of a table of the theme; something else in its place is a mistake.
fn section<'a>(
    file: &str,
    table: &'a toml::Table,
    name: &str,
    mistakes: &mut Vec<String>,
) -> impl Iterator<Item = (&'a String, &'a toml::Value)> + use<'a> {
    let value = table.get(name);
    let entries = value.and_then(toml::Value::as_table);
    if value.is_some() && entries.is_none() {
        mistakes.push(format!("{file}: {name}: expected a table: [{name}]"));
    }
    entries.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str, depth: Depth) -> Result<Vec<Style>, Vec<String>> {
        let mut sheet = Sheet::default();
        let mut mistakes = Vec::new();
        sheet.add("own.toml", text, &mut mistakes);
        let styles = sheet.styles(depth, &mut mistakes);
        mistakes.is_empty().then_some(styles).ok_or(mistakes)
    }

    #[test]
    fn a_role_falls_back_to_the_name_before_the_dot() {
        let styles = read("[roles]\n\"note\" = { bold = true }\n", Depth::Full).unwrap();
        let bold = Style::new().add_modifier(Modifier::BOLD);
        assert_eq!(styles[Role::NoteAnswer as usize], bold);
    }

    #[test]
    fn what_a_theme_replaces_is_not_what_it_inherits_for_few_colours() {
        let mut sheet = Sheet::default();
        let mut mistakes = Vec::new();
        let under = "[palette]\nyou = \"#0000ff\"\nask = \"#ff0000\"\n[indexed]\nyou = \"1\"\nask = \"2\"\n\
                     [roles]\n\"you\" = { fg = \"you\" }\n\"ask\" = { fg = \"ask\" }\n";
        sheet.add("under", under, &mut mistakes);
        sheet.add("over", "[palette]\nyou = \"#00005f\"\n", &mut mistakes);
        let styles = sheet.styles(Depth::Indexed, &mut mistakes);
        assert_eq!(styles[Role::You as usize].fg, Some(Color::Indexed(17)));
        assert_eq!(styles[Role::Ask as usize].fg, Some(Color::Indexed(2)));
        assert!(mistakes.is_empty());
    }

    #[test]
    fn every_mistake_is_told_with_file_and_key_and_what_would_be_right() {
        let text = "colours = 1\npalette = 3\n[indexed]\nyou = \"400\"\n[roles]\n\"nots\" = {}\n\
                    \"text\" = { fg = \"bleu\", bolt = true, dim = 1 }\n\"rule\" = 1\n";
        let mistakes = read(text, Depth::Full).unwrap_err();
        let expected = [
            "own.toml: unknown key \"colours\"; known: about, inherits, palette, indexed, roles",
            "own.toml: palette: expected a table: [palette]",
            "own.toml: indexed.you: \"400\" is no colour; write \"#rrggbb\"",
            "own.toml: roles: no role is called \"nots\"; did you mean \"note\"?",
            "own.toml: roles.\"rule\": expected a table such as",
            "own.toml: roles.\"text\".fg: \"bleu\" is no colour; did you mean \"blue\"?",
            "own.toml: roles.\"text\".bolt: unknown; did you mean \"bold\"?",
            "own.toml: roles.\"text\".dim: expected true or false",
        ];
        assert_eq!(mistakes.len(), expected.len(), "{mistakes:#?}");
        for (mistake, expected) in mistakes.iter().zip(expected) {
            assert!(mistake.starts_with(expected), "{mistake}");
        }
        let error = read("[roles\n", Depth::Full).unwrap_err();
        assert!(
            error[0].starts_with("own.toml: TOML parse error"),
            "{error:?}"
        );
    }
}
