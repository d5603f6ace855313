//! The tabs over the queue: a name and a filter each, built in or the user's own.

use crate::queue::{Filter, FilterError};

/// A filter under a number key.
#[derive(Debug, Clone)]
pub struct View {
    /// What the tab says.
    pub title: String,
    /// What it shows.
    pub filter: Filter,
}

/// The tabs that are there without configuration: title and filter.
const BUILT_IN: [(&str, &str); 5] = [
    ("needs me", "needs:me state:pending"),
    ("low", "risk:low state:pending"),
    ("high", "risk:>=high state:pending"),
    ("to fix", "state:rejected"),
    ("all", ""),
];

impl View {
    /// A tab of this name with this filter.
    ///
    /// # Errors
    /// The term of the filter that cannot be read.
    pub fn new(title: &str, words: &str) -> Result<Self, FilterError> {
        Ok(Self {
            title: title.to_owned(),
            filter: Filter::parse(&[words])?,
        })
    }

    /// The tabs that are there without configuration.
    pub fn built_in() -> Vec<Self> {
        let views = BUILT_IN.iter();
        views
            .filter_map(|(title, words)| Self::new(title, words).ok())
            .collect()
    }

    /// Whether it shows every change that is not over.
    pub fn shows_all(&self) -> bool {
        self.filter.is_empty()
    }
}

/// The tab that shows everything; without one, past the last of them.
pub(super) fn all(views: &[View]) -> usize {
    let all = views.iter().position(View::shows_all);
    all.unwrap_or(views.len())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_built_in_tab_can_be_read_and_one_shows_all() {
        let views = View::built_in();
        assert_eq!(views.len(), BUILT_IN.len());
        assert_eq!(all(&views), 4);
        let one = [View::new("low", "risk:low").unwrap()];
        assert_eq!(all(&one), 1, "no tab shows all: none is chosen");
    }
}
