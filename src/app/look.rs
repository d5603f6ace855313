//! How things look: what a reader can switch, kept from change to change.

use super::action::Action;
use crate::diff::rows::Layout;

/// How things look. Kept from change to change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// Unified or side by side; none follows the width.
    pub layout: Option<Layout>,
    /// Lines that are wider than the pane.
    pub lines: Lines,
    /// Line numbers.
    pub numbers: Numbers,
    /// Blanks and tabs.
    pub blanks: Blanks,
    /// The themes there are, and which is shown.
    pub themes: Themes,
    /// Commands that were run by name, the newest last.
    pub recent: Vec<Action>,
}

/// The themes that can be chosen. What they look like is the frame's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Themes {
    /// All of them.
    pub list: Vec<ThemeName>,
    /// Which is shown.
    pub current: usize,
    /// The file in which the choice is kept for good, as a person names it.
    pub kept_in: String,
}

/// A theme, as the picker lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeName {
    /// Its name.
    pub name: String,
    /// What it says of itself.
    pub about: String,
    /// Why it cannot be used.
    pub mistake: Option<String>,
}

impl Themes {
    /// Why a theme cannot be used; none where it can.
    pub fn mistake(&self, nth: usize) -> Option<&str> {
        self.list.get(nth)?.mistake.as_deref()
    }

    /// Whether the screen can be shown in it.
    pub fn can_show(&self, nth: usize) -> bool {
        self.list
            .get(nth)
            .is_some_and(|theme| theme.mistake.is_none())
    }
}

/// What becomes of lines that are wider than the pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lines {
    /// They go on below, with their gutter.
    #[default]
    Wrapped,
    /// They are cut; `h` and `l` pan.
    Cut,
}

/// Whether line numbers are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Numbers {
    /// They are.
    #[default]
    Shown,
    /// They are not.
    Hidden,
}

/// Whether blanks and tabs are shown by signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Blanks {
    /// As blanks.
    #[default]
    Plain,
    /// By signs.
    Shown,
    /// As blanks; changes of them alone are hidden, which is no way of having seen them.
    Hidden,
}
