//! The list as it is drawn: groups with their headings, and the numbers over all entries.

use jiff::Timestamp;

use super::Queue;
use crate::risk::Level;

/// Numbers over all entries, kept so that a frame need not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Entries of each tab.
    pub views: Vec<usize>,
    /// Entries that wait for somebody.
    pub waiting: usize,
    /// Of those, at risk high and above.
    pub high: usize,
    /// Of those, the ones that nobody but this person can settle.
    pub only_me: usize,
    /// Of those, the ones that nobody can approve.
    pub nobody: usize,
    /// Of those, the ones asked of others.
    pub others: usize,
}

/// A row of the list as it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListRow {
    /// A group's heading with its number of entries.
    Heading(Group, usize),
    /// The n-th shown entry.
    Entry(usize),
}

/// The groups of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// This person is asked.
    NeedsYou,
    /// No approvals by anybody would be enough.
    Nobody,
    /// Others are asked.
    Others,
    /// Rejected or approved.
    Decided,
    /// Landed or closed.
    Over,
    /// Put off by this person.
    Snoozed,
}

impl Group {
    /// The heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::NeedsYou => "needs you",
            Self::Nobody => "nobody can approve",
            Self::Others => "asked of others",
            Self::Decided => "decided",
            Self::Over => "over",
            Self::Snoozed => "snoozed",
        }
    }
}

impl Queue {
    /// The list as it is drawn: a heading before each group. The tab of what needs me ends with
    /// the numbers of changes that nobody can approve and that are asked of others.
    pub fn list(&self) -> Vec<ListRow> {
        let mut rows = Vec::with_capacity(self.shown.len() + 4);
        let groups: Vec<Group> = (0..self.shown.len())
            .filter_map(|nth| self.shown(nth))
            .map(|entry| self.group(entry))
            .collect();
        let (mut last, mut tail) = (None, self.tail());
        for (nth, group) in groups.iter().enumerate() {
            if last != Some(*group) {
                if *group == Group::Snoozed {
                    rows.append(&mut tail);
                }
                let count = groups.iter().filter(|other| *other == group).count();
                rows.push(ListRow::Heading(*group, count));
                last = Some(*group);
            }
            rows.push(ListRow::Entry(nth));
        }
        rows.append(&mut tail);
        if self.snoozed.here > 0 && !self.snoozed.is_unfolded() {
            rows.push(ListRow::Heading(Group::Snoozed, self.snoozed.here));
        }
        rows
    }

    /// What the tab of what needs me says of the rest.
    fn tail(&self) -> Vec<ListRow> {
        let more = [
            (Group::Nobody, self.counts.nobody),
            (Group::Others, self.counts.others),
        ];
        let more = more
            .into_iter()
            .filter(|(_, count)| self.shows_mine() && *count > 0);
        let more = more.map(|(group, count)| ListRow::Heading(group, count));
        more.collect()
    }

    /// The row of the list on which the cursor is.
    pub(super) fn row_of_cursor(&self) -> usize {
        let cursor = ListRow::Entry(self.cursor);
        let row = self.list().iter().position(|row| *row == cursor);
        row.unwrap_or(0)
    }

    pub(super) fn recount(&mut self, now: Timestamp) {
        self.snoozed.look(&self.entries, now);
        let mut counts = Counts {
            views: vec![0; self.views.len()],
            ..Counts::default()
        };
        for entry in &self.entries {
            let group = self.group(entry);
            for (nth, view) in self.views.iter().enumerate() {
                let passes = (view.filter.names_state() || !entry.state.is_over())
                    && view.filter.matches(entry, now)
                    && group != Group::Snoozed
                    && !(view.filter.asks_for_me() && group == Group::Decided);
                counts.views[nth] += usize::from(passes);
            }
            if group < Group::Decided || group == Group::Snoozed {
                let high = entry.risk.is_some_and(|risk| risk.level >= Level::High);
                counts.waiting += 1;
                counts.high += usize::from(high);
                counts.only_me += usize::from(entry.only_me);
                counts.nobody += usize::from(group == Group::Nobody);
                counts.others += usize::from(group == Group::Others);
            }
        }
        self.counts = counts;
    }
}
