//! Commands that take a word: `:theme nord`, `:filter risk:high`, `:view 3`, `:goto pool.rs`.

use super::State;
use super::action::Action;
use super::finder::{Leads, Line};
use crate::diff::visible;

/// A command that takes a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Shows the screen in a theme.
    Theme,
    /// Filters the queue.
    Filter,
    /// Turns to a view of the queue.
    View,
    /// Goes to a file of the change.
    Goto,
}

impl Command {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Theme, Self::Filter, Self::View, Self::Goto];

    /// What is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Theme => "theme",
            Self::Filter => "filter",
            Self::View => "view",
            Self::Goto => "goto",
        }
    }

    /// The word it takes, as the list shows it, and what it does.
    pub const fn says(self) -> (&'static str, &'static str) {
        match self {
            Self::Theme => ("NAME", "show the screen in this theme"),
            Self::Filter => ("WORDS", "show only the changes that these words fit"),
            Self::View => ("NUMBER", "turn to this saved view"),
            Self::Goto => ("FILE", "go to this file of the change"),
        }
    }

    /// The action that does the same by asking.
    pub const fn action(self) -> Action {
        match self {
            Self::Theme => Action::Themes,
            Self::Filter => Action::Search,
            Self::View => Action::View1,
            Self::Goto => Action::GoToFile,
        }
    }

    /// The command at the beginning of what was typed, and the word behind it.
    pub fn split(typed: &str) -> Option<(Self, &str)> {
        let (name, word) = typed.split_once(' ')?;
        let found = Self::ALL.into_iter().find(|command| command.name() == name);
        found.map(|command| (command, word.trim_start()))
    }

    /// The words it can take here, a line each.
    pub(super) fn lines(self, state: &State) -> Vec<Line> {
        match self {
            Self::Theme => themes(state),
            Self::Filter => Vec::new(),
            Self::View => {
                let views = state.queue.views.iter().enumerate();
                views
                    .map(|(nth, view)| {
                        let number = (nth + 1).to_string();
                        Line::new(format!("{number} {}", view.title), "", Leads::View(nth))
                            .completes(number)
                    })
                    .collect()
            }
            Self::Goto => files(state),
        }
    }
}

/// The themes, each with what it says of itself or why it cannot be used.
pub(super) fn themes(state: &State) -> Vec<Line> {
    let list = state.look.themes.list.iter().enumerate();
    list.map(|(nth, theme)| {
        let about = theme.mistake.as_deref().unwrap_or(&theme.about);
        Line::new(theme.name.clone(), about, Leads::Theme(nth)).completes(theme.name.clone())
    })
    .collect()
}

/// The files of the change that is open.
pub(super) fn files(state: &State) -> Vec<Line> {
    let Some(open) = state.open() else {
        return Vec::new();
    };
    let files = open.files().iter().enumerate().skip(1);
    files
        .map(|(nth, file)| {
            let path = visible::text(file.path().as_bytes()).into_owned();
            let size = format!("+{} -{}", file.added, file.removed);
            Line::new(path.clone(), size, Leads::File(nth)).completes(path)
        })
        .collect()
}
