//! Themes: what each role looks like, from TOML in the user's own format.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};

macro_rules! roles {
    ($($variant:ident $name:literal,)+) => {
        /// What something on the screen is, as far as its look goes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub enum Role {
            /// What has no other role.
            #[default]
            Text,
            $(#[doc = $name] $variant,)+
        }

        impl Role {
            /// Every role.
            pub const ALL: &[Self] = &[Self::Text, $(Self::$variant,)+];

            /// The name in a theme.
            pub const fn name(self) -> &'static str {
                match self { Self::Text => "text", $(Self::$variant => $name,)+ }
            }
        }
    };
}

roles! {
    Dim "dim", Faint "faint", Strong "strong",
    Bar "bar", BarKey "bar.key", BarDim "bar.dim", File "file",
    FileDim "file.dim", Rule "rule", Heading "heading",
    Select "select", SelectAway "select.away", Focus "focus", You "you", Ask "ask", High "high",
    Critical "critical", Bad "bad", Good "good", Number "number", NumberCursor "number.cursor",
    Removed "diff.removed", RemovedWord "diff.removed.word", RemovedSign "diff.removed.sign",
    Added "diff.added", AddedWord "diff.added.word", AddedSign "diff.added.sign",
    Hunk "hunk", Escape "escape", Match "match",
    Note "note", NoteAnswer "note.answer", NoteLook "note.look", NoteRemark "note.remark",
    NoteScanned "note.scanned",
    Input "input",
    Comment "syntax.comment", Keyword "syntax.keyword", String "syntax.text",
    Value "syntax.value", Type "syntax.type", Function "syntax.function", Name "syntax.name",
    Sign "syntax.sign",
}

/// The themes that are built in, by name.
const BUILT_IN: [(&str, &str); 4] = [
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("terminal", include_str!("../../themes/terminal.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
];

/// A theme that cannot be used.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum ThemeError {
    /// Not TOML, or not of the form.
    #[error("theme {name:?}: {message}")]
    Form {
        /// The theme.
        name: String,
        /// What is wrong.
        message: String,
    },
    /// No theme of this name.
    #[error("no theme is called {0:?}; built in: dark, light, terminal, mono")]
    Unknown(String),
}

/// How many colours a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// All of them.
    Full,
    /// The 256 of xterm: a theme's `[indexed]` palette is laid over its palette.
    Indexed,
}

/// A look for every role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    name: String,
    styles: Vec<Style>,
}

impl Theme {
    /// The names of the built-in themes.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// A built-in theme.
    pub fn built_in(name: &str, depth: Depth) -> Result<Self, ThemeError> {
        let found = BUILT_IN.iter().find(|(known, _)| *known == name);
        let (_, text) = found.ok_or_else(|| ThemeError::Unknown(name.to_owned()))?;
        Self::read(name, text, depth)
    }

    /// A theme from its text. What it inherits must be built in.
    pub fn read(name: &str, text: &str, depth: Depth) -> Result<Self, ThemeError> {
        let mut sheet = Sheet::default();
        sheet.add(name, text, 0)?;
        if depth == Depth::Indexed {
            let indexed = std::mem::take(&mut sheet.indexed);
            sheet.palette.extend(indexed);
        }
        let styles = Role::ALL.iter().map(|role| sheet.style(name, role.name()));
        Ok(Self {
            name: name.to_owned(),
            styles: styles.collect::<Result<_, _>>()?,
        })
    }

    /// A theme without any style: for when nothing else can be read.
    pub fn bare() -> Self {
        Self {
            name: "bare".to_owned(),
            styles: vec![Style::new(); Role::ALL.len()],
        }
    }

    /// The theme's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The look of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }
}

/// The tables of a theme with those it inherits under them.
#[derive(Default)]
struct Sheet {
    palette: BTreeMap<String, String>,
    indexed: BTreeMap<String, String>,
    roles: BTreeMap<String, toml::Table>,
}

impl Sheet {
    fn add(&mut self, name: &str, text: &str, depth: usize) -> Result<(), ThemeError> {
        let form = |message: String| ThemeError::Form {
            name: name.to_owned(),
            message,
        };
        let table: toml::Table = text.parse().map_err(|e| form(format!("{e}")))?;
        if let Some(parent) = table.get("inherits") {
            let parent = parent.as_str().unwrap_or_default();
            let found = BUILT_IN.iter().find(|(known, _)| *known == parent);
            let (_, text) = found.ok_or_else(|| ThemeError::Unknown(parent.to_owned()))?;
            if depth > 3 {
                return Err(form("inherits in a circle".to_owned()));
            }
            self.add(parent, text, depth + 1)?;
        }
        for key in table.keys() {
            if !matches!(key.as_str(), "inherits" | "palette" | "indexed" | "roles") {
                return Err(form(format!(
                    "unknown key {key:?}; known: inherits, palette, indexed, roles"
                )));
            }
        }
        for part in ["palette", "indexed"] {
            for (key, value) in section(&table, part) {
                let colour = value.as_str();
                let colour =
                    colour.ok_or_else(|| form(format!("{part}.{key}: expected a colour")))?;
                let into = match part {
                    "palette" => &mut self.palette,
                    _ => &mut self.indexed,
                };
                into.insert(key.clone(), colour.to_owned());
            }
        }
        for (key, value) in section(&table, "roles") {
            if !Role::ALL.iter().any(|role| role.name() == key) {
                return Err(form(format!("no role is called {key:?}")));
            }
            let style = value.as_table();
            let style = style.ok_or_else(|| form(format!("roles.{key}: expected a table")))?;
            self.roles.insert(key.clone(), style.clone());
        }
        Ok(())
    }

    fn style(&self, theme: &str, role: &str) -> Result<Style, ThemeError> {
        let mut name = role;
        let table = loop {
            match (self.roles.get(name), name.rsplit_once('.')) {
                (Some(table), _) => break table,
                (None, Some((parent, _))) => name = parent,
                (None, None) => return Ok(Style::new()),
            }
        };
        let mut style = Style::new();
        for (key, value) in table {
            let form = |message: String| ThemeError::Form {
                name: theme.to_owned(),
                message: format!("roles.{name:?}.{key}: {message}"),
            };
            let on = value.as_bool() == Some(true);
            match key.as_str() {
                "fg" | "bg" => {
                    let text = value.as_str().unwrap_or_default();
                    let colour = self.colour(text);
                    let colour = colour.ok_or_else(|| form(format!("{text:?} is no colour")))?;
                    style = match key.as_str() {
                        "fg" => style.fg(colour),
                        _ => style.bg(colour),
                    };
                }
                "bold" if on => style = style.add_modifier(Modifier::BOLD),
                "dim" if on => style = style.add_modifier(Modifier::DIM),
                "italic" if on => style = style.add_modifier(Modifier::ITALIC),
                "underline" if on => style = style.add_modifier(Modifier::UNDERLINED),
                "reverse" if on => style = style.add_modifier(Modifier::REVERSED),
                "bold" | "dim" | "italic" | "underline" | "reverse" => {}
                _ => return Err(form("unknown".to_owned())),
            }
        }
        Ok(style)
    }

    fn colour(&self, text: &str) -> Option<Color> {
        let text = self.palette.get(text).map_or(text, String::as_str);
        if let Some(hex) = text.strip_prefix('#') {
            let part = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
            return (hex.len() == 6)
                .then(|| Some(Color::Rgb(part(0)?, part(2)?, part(4)?)))
                .flatten();
        }
        if let Ok(index) = text.parse::<u8>() {
            return Some(Color::Indexed(index));
        }
        Some(match text {
            "default" => Color::Reset,
            "black" => Color::Black,
            "red" => Color::Red,
            "green" => Color::Green,
            "yellow" => Color::Yellow,
            "blue" => Color::Blue,
            "magenta" => Color::Magenta,
            "cyan" => Color::Cyan,
            "white" => Color::Gray,
            "bright-black" => Color::DarkGray,
            "bright-red" => Color::LightRed,
            "bright-green" => Color::LightGreen,
            "bright-yellow" => Color::LightYellow,
            "bright-blue" => Color::LightBlue,
            "bright-magenta" => Color::LightMagenta,
            "bright-cyan" => Color::LightCyan,
            "bright-white" => Color::White,
            _ => return None,
        })
    }
}

fn section<'a>(
    table: &'a toml::Table,
    name: &str,
) -> impl Iterator<Item = (&'a String, &'a toml::Value)> {
    table
        .get(name)
        .and_then(toml::Value::as_table)
        .into_iter()
        .flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Hue in degrees and how colourful, 0 to 1.
    fn hue(colour: Color) -> Option<(f64, f64)> {
        let Color::Rgb(r, g, b) = colour else {
            return None;
        };
        let [r, g, b] = [r, g, b].map(|c| f64::from(c) / 255.0);
        let (max, min) = (r.max(g).max(b), r.min(g).min(b));
        let span = max - min;
        let hue = if span == 0.0 {
            0.0
        } else if max == r {
            60.0 * ((g - b) / span)
        } else if max == g {
            60.0 * ((b - r) / span + 2.0)
        } else {
            60.0 * ((r - g) / span + 4.0)
        };
        Some((hue.rem_euclid(360.0), span / max.max(0.01)))
    }

    #[test]
    fn every_built_in_theme_reads() {
        for name in Theme::names() {
            assert_eq!(Theme::built_in(name, Depth::Full).unwrap().name(), name);
        }
    }

    #[test]
    fn no_syntax_colour_uses_a_hue_of_the_diff() {
        for name in ["dark", "light"] {
            let theme = Theme::built_in(name, Depth::Full).unwrap();
            let syntax = Role::ALL.iter().filter(|r| r.name().starts_with("syntax."));
            for role in syntax {
                let Some((hue, colourful)) = hue(theme.style(*role).fg.unwrap()) else {
                    continue;
                };
                let red = !(30.0..=330.0).contains(&hue);
                let green = (80.0..=170.0).contains(&hue);
                assert!(
                    colourful < 0.15 || !(red || green),
                    "{name} {}",
                    role.name()
                );
            }
        }
    }

    #[test]
    fn a_role_falls_back_to_the_name_before_the_dot_and_a_theme_to_what_it_inherits() {
        let text = "inherits = \"dark\"\n[palette]\nblue = \"#0000ff\"\n[roles]\n\"bar\" = { bg = \"1\" }\n";
        let theme = Theme::read("own", text, Depth::Full).unwrap();
        assert_eq!(theme.style(Role::You).fg, Some(Color::Rgb(0, 0, 255)));
        assert_eq!(theme.style(Role::Bar).bg, Some(Color::Indexed(1)));
        let few = Theme::built_in("dark", Depth::Indexed).unwrap();
        assert_eq!(few.style(Role::Removed).bg, Some(Color::Indexed(52)));
        let bare =
            Theme::read("own", "[roles]\n\"note\" = { bold = true }\n", Depth::Full).unwrap();
        let bold = Style::new().add_modifier(Modifier::BOLD);
        assert_eq!(bare.style(Role::NoteAnswer), bold);
    }

    #[test]
    fn mistakes_name_theme_and_key() {
        for (text, part) in [
            ("[roles]\n\"txt\" = {}\n", "txt"),
            ("[roles]\n\"text\" = { fg = \"blu\" }\n", "blu"),
            ("[roles]\n\"text\" = { fgg = \"blue\" }\n", "fgg"),
            ("inherits = \"none\"\n", "none"),
            ("colours = 1\n", "colours"),
        ] {
            let error = Theme::read("own", text, Depth::Full)
                .unwrap_err()
                .to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
