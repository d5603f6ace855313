//! How things look: what a reader can switch, kept from change to change.

use crate::diff::rows::Layout;

/// How things look. Kept from change to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// Unified or side by side; none follows the width.
    pub layout: Option<Layout>,
    /// Lines that are wider than the pane.
    pub lines: Lines,
    /// Line numbers.
    pub numbers: Numbers,
    /// Blanks and tabs.
    pub blanks: Blanks,
    /// How many themes further than the one it began with.
    pub theme: usize,
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
}
