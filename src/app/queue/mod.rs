//! The queue on the screen: which entries are shown, in which groups, and where the cursor is.

mod views;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::change::{ChangeId, QueueRef};
use crate::queue::{self, Entry, Filter, Order, State as Standing};
use crate::risk::Level;
use crate::verdict::VerdictKind;

pub use views::View;

/// The queue's entries and what is shown of them.
#[derive(Debug, Clone)]
pub struct Queue {
    /// All entries, in order.
    pub entries: Vec<Entry>,
    /// The tabs.
    pub views: Vec<View>,
    /// Which tab; past the last one where none is chosen and everything is shown.
    pub view: usize,
    /// The words of the filter over the tab.
    pub words: String,
    filter: Filter,
    shown: Vec<usize>,
    cursor: usize,
    /// Rows that fit, as last drawn.
    pub page: usize,
    /// First row shown, as last drawn.
    pub top: usize,
    later: BTreeSet<ChangeId>,
    decided: BTreeMap<QueueRef, VerdictKind>,
    counts: Counts,
    /// Whether the queue has been read at all.
    pub is_loaded: bool,
}

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
        }
    }
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            views: View::built_in(),
            view: 0,
            words: String::new(),
            filter: Filter::default(),
            shown: Vec::new(),
            cursor: 0,
            page: 1,
            top: 0,
            later: BTreeSet::new(),
            decided: BTreeMap::new(),
            counts: Counts::default(),
            is_loaded: false,
        }
    }
}

impl Queue {
    /// Takes the entries as they are now; the cursor stays on its change, or where it stood.
    pub fn load(&mut self, mut entries: Vec<Entry>, now: Timestamp) {
        let at = self.current().map(|entry| entry.id.clone());
        queue::sort(&mut entries, self.order(), now);
        self.entries = entries;
        self.is_loaded = true;
        self.decided.retain(|name, _| {
            let known = self.entries.iter().find(|entry| entry.id == name.id);
            known.is_some_and(|entry| entry.revision == name.number && entry.state.waits())
        });
        self.recount(now);
        self.show(now);
        if let Some(id) = at {
            self.select(&id);
        }
    }

    /// Sets the filter over the tab. An unreadable one changes nothing and says why. The cursor stays
    /// on its change where that is still shown.
    pub fn filter(&mut self, words: &str, now: Timestamp) -> Result<(), String> {
        self.filter = Filter::parse(&[words]).map_err(|error| error.to_string())?;
        words.trim().clone_into(&mut self.words);
        let at = self.current().map(|entry| entry.id.clone());
        let order = self.order();
        queue::sort(&mut self.entries, order, now);
        self.show(now);
        if let Some(id) = at {
            self.select(&id);
        }
        Ok(())
    }

    /// Other tabs, the first of them chosen; none is the built-in ones.
    pub fn set_views(&mut self, views: Vec<View>, now: Timestamp) {
        if !views.is_empty() {
            self.views = views;
        }
        self.turn_to(0, now);
    }

    /// Another tab; past the last one everything is shown and none is chosen.
    pub fn turn_to(&mut self, view: usize, now: Timestamp) {
        self.view = view.min(self.views.len());
        self.cursor = 0;
        self.top = 0;
        let order = self.order();
        queue::sort(&mut self.entries, order, now);
        self.show(now);
    }

    /// The order of the list: the filter's, else the tab's, else the queue's own.
    pub fn order(&self) -> Order {
        let view = self.views.get(self.view);
        let said = self.filter.said_order();
        let said = said.or_else(|| view.and_then(|view| view.filter.said_order()));
        said.unwrap_or_default()
    }

    /// Shows everything: where a filter from the command line applies.
    pub fn turn_to_all(&mut self, now: Timestamp) {
        self.turn_to(views::all(&self.views), now);
    }

    /// The tab that shows everything, by its number from 0; none where no tab does.
    pub fn view_of_all(&self) -> Option<usize> {
        Some(views::all(&self.views)).filter(|view| *view < self.views.len())
    }

    /// Whether the tab shows what needs this person and nothing narrower.
    pub fn shows_mine(&self) -> bool {
        let view = self.views.get(self.view);
        view.is_some_and(|view| view.filter.is_what_needs_me())
    }

    fn show(&mut self, now: Timestamp) {
        let view = self.views.get(self.view).map(|view| view.filter.clone());
        let view = view.unwrap_or_default();
        let over = self.filter.names_state() || view.names_state();
        let passes = |entry: &Entry| {
            (over || !entry.state.is_over())
                && view.matches(entry, now)
                && self.filter.matches(entry, now)
                && !(view.asks_for_me() && self.decided(entry).is_some())
        };
        let mut shown: Vec<usize> = (0..self.entries.len())
            .filter(|index| passes(&self.entries[*index]))
            .collect();
        shown.sort_by_key(|index| {
            let entry = &self.entries[*index];
            (self.group(entry), self.later.contains(&entry.id), *index)
        });
        self.shown = shown;
        self.cursor = self.cursor.min(self.shown.len().saturating_sub(1));
    }

    /// Which group an entry is in; a verdict given here and not yet loaded counts.
    pub fn group(&self, entry: &Entry) -> Group {
        match entry.state {
            Standing::Landed | Standing::Closed => Group::Over,
            Standing::Approved | Standing::Rejected => Group::Decided,
            _ if self.decided.contains_key(&entry.name()) => Group::Decided,
            _ if entry.nobody.is_some() => Group::Nobody,
            _ if entry.needs_me => Group::NeedsYou,
            _ => Group::Others,
        }
    }

    /// The verdict given here on an entry that the queue does not know of yet.
    pub fn decided(&self, entry: &Entry) -> Option<VerdictKind> {
        self.decided.get(&entry.name()).copied()
    }

    /// Records a verdict given here, or forgets it.
    pub fn decide(&mut self, name: &QueueRef, verdict: Option<VerdictKind>, now: Timestamp) {
        match verdict {
            Some(kind) => self.decided.insert(name.clone(), kind),
            None => self.decided.remove(name),
        };
        let at = self.current().map(|entry| entry.id.clone());
        self.recount(now);
        self.show(now);
        if let Some(id) = at {
            self.select(&id);
        }
    }

    /// Puts the current change to the end of its group for this session, or back.
    pub fn later(&mut self, now: Timestamp) {
        let Some(id) = self.current().map(|entry| entry.id.clone()) else {
            return;
        };
        if !self.later.remove(&id) {
            self.later.insert(id);
        }
        self.show(now);
    }

    /// Whether the change was put off for this session.
    pub fn is_later(&self, id: &ChangeId) -> bool {
        self.later.contains(id)
    }

    /// The entry under the cursor.
    pub fn current(&self) -> Option<&Entry> {
        self.shown(self.cursor)
    }

    /// The n-th shown entry.
    pub fn shown(&self, nth: usize) -> Option<&Entry> {
        self.entries.get(*self.shown.get(nth)?)
    }

    /// Number of entries shown.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Whether nothing is shown.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The cursor among the shown entries.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Moves the cursor to the n-th shown entry, or as near as there is one.
    pub fn move_to(&mut self, nth: usize) {
        self.cursor = nth.min(self.shown.len().saturating_sub(1));
    }

    /// Puts the cursor on a change, where it is shown.
    pub fn select(&mut self, id: &ChangeId) -> bool {
        let found = (0..self.shown.len()).find(|nth| self.shown(*nth).is_some_and(|e| e.id == *id));
        if let Some(nth) = found {
            self.cursor = nth;
        }
        found.is_some()
    }

    /// The change after (or before) the one under the cursor that this person is asked about, else
    /// the one next to it.
    pub fn neighbour(&self, forward: bool) -> Option<usize> {
        if forward {
            (self.cursor + 1 < self.shown.len()).then_some(self.cursor + 1)
        } else {
            self.cursor.checked_sub(1)
        }
    }

    /// The list as it is drawn: a heading before each group. The tab of what needs me ends with
    /// the numbers of changes that nobody can approve and that are asked of others.
    pub fn list(&self) -> Vec<ListRow> {
        let mut rows = Vec::with_capacity(self.shown.len() + 4);
        let groups: Vec<Group> = (0..self.shown.len())
            .filter_map(|nth| self.shown(nth))
            .map(|entry| self.group(entry))
            .collect();
        let mut last = None;
        for (nth, group) in groups.iter().enumerate() {
            if last != Some(*group) {
                let count = groups.iter().filter(|other| *other == group).count();
                rows.push(ListRow::Heading(*group, count));
                last = Some(*group);
            }
            rows.push(ListRow::Entry(nth));
        }
        let counts = &self.counts;
        let more = [
            (Group::Nobody, counts.nobody),
            (Group::Others, counts.others),
        ];
        let more = more
            .into_iter()
            .filter(|(_, count)| self.shows_mine() && *count > 0);
        rows.extend(more.map(|(group, count)| ListRow::Heading(group, count)));
        rows
    }

    /// Numbers over all entries.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    fn recount(&mut self, now: Timestamp) {
        let mut counts = Counts {
            views: vec![0; self.views.len()],
            ..Counts::default()
        };
        for entry in &self.entries {
            let group = self.group(entry);
            for (nth, view) in self.views.iter().enumerate() {
                let passes = (view.filter.names_state() || !entry.state.is_over())
                    && view.filter.matches(entry, now)
                    && !(view.filter.asks_for_me() && group == Group::Decided);
                counts.views[nth] += usize::from(passes);
            }
            if group < Group::Decided {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::queue::entry_of_tests;

    fn queue() -> (Queue, Timestamp) {
        let of = |id: &str, lines: usize| Entry {
            id: id.parse().unwrap(),
            added: lines,
            ..entry_of_tests()
        };
        let stuck = Entry {
            needs_me: false,
            nobody: Some("alice: is author; nobody else could".to_owned()),
            ..of("stuck", 3)
        };
        let others = Entry {
            needs_me: false,
            ..of("others", 2)
        };
        let now = entry_of_tests().created_at;
        let mut queue = Queue::default();
        queue.load(vec![stuck, others, of("mine-a", 9), of("mine-b", 1)], now);
        (queue, now)
    }

    fn shown(queue: &Queue) -> Vec<&str> {
        let all = (0..queue.len()).filter_map(|nth| queue.shown(nth));
        all.map(|entry| entry.id.as_str()).collect()
    }

    #[test]
    fn what_nobody_can_approve_is_a_group_of_its_own() {
        let (mut queue, now) = queue();
        assert_eq!(shown(&queue), ["mine-a", "mine-b"]);
        let counts = queue.counts();
        assert_eq!((counts.waiting, counts.nobody, counts.others), (4, 1, 1));
        let headings = queue.list().into_iter().filter_map(|row| match row {
            ListRow::Heading(group, count) => Some((group, count)),
            ListRow::Entry(_) => None,
        });
        let all = [Group::NeedsYou, Group::Nobody, Group::Others];
        assert_eq!(
            headings.collect::<Vec<_>>(),
            [(all[0], 2), (all[1], 1), (all[2], 1)]
        );
        queue.turn_to_all(now);
        assert_eq!(shown(&queue), ["mine-a", "mine-b", "stuck", "others"]);
    }

    #[test]
    fn an_order_holds_within_the_groups_and_goes_with_its_filter() {
        let (mut queue, now) = queue();
        queue.turn_to_all(now);
        queue.filter("order:size", now).unwrap();
        assert_eq!(shown(&queue), ["mine-b", "mine-a", "stuck", "others"]);
        queue.filter("order:-change", now).unwrap();
        assert_eq!(shown(&queue), ["mine-b", "mine-a", "stuck", "others"]);
        assert!(queue.filter("order:beauty", now).is_err());
        queue.filter("", now).unwrap();
        assert_eq!(shown(&queue), ["mine-a", "mine-b", "stuck", "others"]);
    }
}
