//! The queue on the screen: which entries are shown, in which groups, and where the cursor is.

mod list;
mod marks;
pub(in crate::app) mod snooze;
mod views;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::queue::{
    self, ChangeName, Entry, Filter, Home, Order, RevisionName, Stacked, State as Standing,
};
use crate::verdict::VerdictKind;

pub use list::{Counts, Group, ListRow};
pub use marks::MARKS;
pub use snooze::Snoozed;
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
    shown: Vec<Stacked>,
    cursor: usize,
    /// Rows that fit, as last drawn.
    pub page: usize,
    /// First row shown, as last drawn.
    pub top: usize,
    later: BTreeSet<ChangeName>,
    decided: BTreeMap<RevisionName, VerdictKind>,
    counts: Counts,
    snoozed: Snoozed,
    marked: BTreeSet<RevisionName>,
    /// Whether the queue has been read at all.
    pub is_loaded: bool,
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
            snoozed: Snoozed::default(),
            marked: BTreeSet::new(),
            is_loaded: false,
        }
    }
}

impl Queue {
    /// Takes the entries of a clone as they are now; the cursor stays on its change, and that on its
    /// line.
    pub fn load(&mut self, home: &Home, entries: Vec<Entry>, now: Timestamp) {
        self.staying(|queue| {
            queue.entries.retain(|entry| entry.home != *home);
            let entries = entries.into_iter();
            queue.entries.extend(entries.map(|entry| Entry {
                home: home.clone(),
                ..entry
            }));
            let order = queue.order();
            queue::sort(&mut queue.entries, order, now);
            queue.is_loaded = true;
            queue.decided.retain(|name, _| {
                let mut entries = queue.entries.iter();
                let known = entries.find(|entry| entry.is_of(&name.home, &name.id));
                known.is_some_and(|entry| entry.revision == name.number && entry.state.waits())
            });
            queue.drop_marks();
            queue.recount(now);
            queue.show(now);
        });
    }

    /// Does something to the list. The cursor stays on its change and that on its line of the screen;
    /// where the change goes, the cursor is on the one that followed it, else on the one before.
    fn staying(&mut self, change: impl FnOnce(&mut Self)) {
        let line = self.row_of_cursor().saturating_sub(self.top);
        let rows = (self.cursor..self.len()).chain((0..self.cursor).rev());
        let near = rows.filter_map(|nth| self.shown(nth));
        let near: Vec<ChangeName> = near.map(Entry::change).collect();
        change(self);
        let rows = (0..self.len()).filter_map(|nth| Some((self.shown(nth)?.change(), nth)));
        let rows: BTreeMap<ChangeName, usize> = rows.collect();
        let nth = near.iter().find_map(|id| rows.get(id).copied());
        if let Some(nth) = nth {
            self.cursor = nth;
            self.top = self.row_of_cursor().saturating_sub(line);
        }
    }

    /// Sets the filter over the tab. An unreadable one changes nothing and says why. The cursor stays
    /// on its change where that is still shown.
    pub fn filter(&mut self, words: &str, now: Timestamp) -> Result<(), String> {
        self.filter = Filter::parse(&[words]).map_err(|error| error.to_string())?;
        words.trim().clone_into(&mut self.words);
        let at = self.current().map(Entry::change);
        let order = self.order();
        queue::sort(&mut self.entries, order, now);
        self.show(now);
        if let Some(name) = at {
            self.select(&name);
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
        self.snoozed.look(&self.entries, now);
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
        let off = |index: &usize| self.snoozed.holds(&self.entries[*index]);
        let here = shown.iter().filter(|index| off(index)).count();
        if !self.snoozed.is_unfolded() {
            shown.retain(|index| !off(index));
        }
        shown.sort_by_key(|index| {
            let entry = &self.entries[*index];
            (self.group(entry), self.is_later(entry), *index)
        });
        self.shown = self.stacked(&shown);
        self.snoozed.here = here;
        self.cursor = self.cursor.min(self.shown.len().saturating_sub(1));
    }

    /// Within each group what stands on another comes under it, unless another order was asked for.
    fn stacked(&self, shown: &[usize]) -> Vec<Stacked> {
        let flat = |index: &usize| Stacked {
            index: *index,
            depth: 0,
        };
        if self.order() != Order::default() {
            return shown.iter().map(flat).collect();
        }
        let group = |index: usize| self.group(&self.entries[index]);
        let groups = shown.chunk_by(|one, other| group(*one) == group(*other));
        let rows = groups.flat_map(|part| {
            let entries: Vec<&Entry> = part.iter().map(|index| &self.entries[*index]).collect();
            let rows = queue::stack(&entries).into_iter();
            rows.map(|row| Stacked {
                index: part[row.index],
                ..row
            })
        });
        rows.collect()
    }

    /// Takes the list anew, the cursor on its change where that is still shown.
    fn show_anew(&mut self, now: Timestamp) {
        self.staying(|queue| {
            queue.recount(now);
            queue.show(now);
        });
    }

    /// Which group an entry is in; a verdict given here and not yet loaded counts.
    pub fn group(&self, entry: &Entry) -> Group {
        match entry.state {
            Standing::Landed | Standing::Closed => Group::Over,
            Standing::Approved | Standing::Rejected => Group::Decided,
            _ if self.decided.contains_key(&entry.name()) => Group::Decided,
            _ if self.snoozed.holds(entry) => Group::Snoozed,
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
    pub fn decide(&mut self, name: &RevisionName, verdict: Option<VerdictKind>, now: Timestamp) {
        match verdict {
            Some(kind) => self.decided.insert(name.clone(), kind),
            None => self.decided.remove(name),
        };
        self.show_anew(now);
    }

    /// Puts the current change to the end of its group for this session, or back.
    pub fn later(&mut self, now: Timestamp) {
        let Some(name) = self.current().map(Entry::change) else {
            return;
        };
        if !self.later.remove(&name) {
            self.later.insert(name);
        }
        self.show(now);
    }

    /// Whether the change was put off for this session.
    pub fn is_later(&self, entry: &Entry) -> bool {
        !self.later.is_empty() && self.later.contains(&entry.change())
    }

    /// The entry under the cursor.
    pub fn current(&self) -> Option<&Entry> {
        self.shown(self.cursor)
    }

    /// The row of the change that this is a revision of, whether it is shown or not.
    pub fn row_of(&self, name: &RevisionName) -> Option<&Entry> {
        let mut entries = self.entries.iter();
        entries.find(|entry| entry.is_of(&name.home, &name.id))
    }

    /// The n-th shown entry.
    pub fn shown(&self, nth: usize) -> Option<&Entry> {
        self.entries.get(self.shown.get(nth)?.index)
    }

    /// How many changes of the list the n-th shown one stands on.
    pub fn depth(&self, nth: usize) -> usize {
        self.shown.get(nth).map_or(0, |row| row.depth)
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
    pub fn select(&mut self, name: &ChangeName) -> bool {
        let is = |entry: &Entry| entry.is_of(&name.home, &name.id);
        let found = (0..self.shown.len()).find(|nth| self.shown(*nth).is_some_and(is));
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

    /// Numbers over all entries.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }
}

#[cfg(test)]
mod tests;
