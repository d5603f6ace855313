//! Themes: what each role looks like, from TOML in the user's own format.

mod colour;
mod library;
mod reading;

#[cfg(test)]
mod checks;

use ratatui::style::Style;

pub use library::{Library, Own};

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

/// A theme that cannot be used: every mistake of it.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("{}", .0.join("\n"))]
pub struct ThemeError(pub Vec<String>);

/// How many colours a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// All of them.
    Full,
    /// The 256 of xterm: a theme's `[indexed]` is laid over its palette, and what is still finer
    /// becomes the nearest of them.
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
        library::BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// A built-in theme.
    ///
    /// # Errors
    /// Where no theme is called so.
    pub fn built_in(name: &str, depth: Depth) -> Result<Self, ThemeError> {
        Library::default().theme(name, depth)
    }

    /// A theme from its text, which may inherit from those that are built in.
    ///
    /// # Errors
    /// Every mistake of the text.
    pub fn read(name: &str, text: &str, depth: Depth) -> Result<Self, ThemeError> {
        let own = Own {
            name: name.to_owned(),
            file: name.to_owned(),
            text: text.to_owned(),
        };
        Library::new(vec![own]).theme(name, depth)
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
