//! The list of changes: a line each, the riskiest that needs you first.

use ratatui::layout::Rect;

use super::HitMap;
use super::canvas::{Canvas, width};
use super::card;
use super::theme::Role;
use super::wording::{age, level, short_name};
use crate::app::action::Action;
use crate::app::keymap::Place;
use crate::app::queue::{Group, ListRow};
use crate::app::{Focus, Pane, State, Target};
use crate::queue::{CheckState, Entry, State as Standing};
use crate::verdict::VerdictKind;

/// The names of clones take at most this many columns.
const HOME: u16 = 10;

/// Paints the list and remembers which rows are where.
pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, area: Rect, hits: &mut HitMap) {
    hits.panes.push((area, Pane::Queue));
    let rows = state.queue.list();
    let height = usize::from(area.height);
    let cursor = rows
        .iter()
        .position(|row| *row == ListRow::Entry(state.queue.cursor()))
        .unwrap_or(0);
    let top = top(state.queue.top, cursor, height, rows.len());
    let y_of = |nth: usize| area.y + u16::try_from(nth).unwrap_or(0);
    let mut last = 0;
    for (nth, row) in rows.iter().skip(top).take(height).enumerate() {
        let line = Rect::new(area.x, y_of(nth), area.width, 1);
        match row {
            ListRow::Heading(group, count) => {
                let mut right = vec![(count.to_string(), Role::Dim)];
                if *group == Group::Snoozed {
                    let key = state.keymap.key(Place::Main, Action::Fold);
                    let unfolded = state.queue.snoozed().is_unfolded();
                    let does = if unfolded { "hides" } else { "shows" };
                    right.push((format!(" · {key} {does} them"), Role::Faint));
                }
                // Where they are: their rows stand on another tab.
                if matches!(group, Group::Others | Group::Nobody)
                    && state.queue.shows_mine()
                    && let Some(key) = card::key_of_all(state)
                {
                    right.push((format!(" · {key} shows them"), Role::Faint));
                }
                canvas.heading(line, group.title(), &right);
            }
            ListRow::Entry(index) => {
                if let Some(entry) = state.queue.shown(*index) {
                    let here = *index == state.queue.cursor();
                    let depth = state.queue.depth(*index);
                    self::entry(canvas, state, (entry, depth), line, here);
                    hits.spots.push((line, Target::Entry(*index)));
                }
            }
        }
        last = top + nth + 1;
    }
    if last < rows.len() && height > 2 {
        let line = Rect::new(area.x, area.bottom() - 1, area.width, 1);
        canvas.fill(line, Role::Text);
        let text = format!(" ▾ {} more", rows.len() - last + 1);
        canvas.text(line.x, line.y, line.right(), &text, Role::Faint);
    }
    hits.drawn.queue = Some((top, height));
}

/// The first row to show: as it was, unless the cursor would not be on the screen.
fn top(before: usize, cursor: usize, height: usize, total: usize) -> usize {
    if total <= height {
        return 0;
    }
    // The last line may say how much is below, and the heading above the cursor is worth a line.
    let room = height.saturating_sub(2).max(1);
    let lowest = (cursor + 1).saturating_sub(room);
    let highest = cursor.saturating_sub(1);
    before
        .clamp(lowest.min(highest), highest.max(lowest))
        .min(total.saturating_sub(1))
}

fn entry(
    canvas: &mut Canvas<'_>,
    state: &State,
    (entry, depth): (&Entry, usize),
    area: Rect,
    here: bool,
) {
    let (x, y, end) = (area.x, area.y, area.right());
    ground(canvas, state, entry, area, here);
    let decided = state.queue.group(entry) >= Group::Decided;
    let (word, role) = level(entry.risk.map(|risk| risk.level));
    canvas.text(
        x + 1,
        y,
        end,
        word,
        if decided { Role::Faint } else { role },
    );
    let wide = area.width >= 72;
    let homes = homes_width(state);
    let columns = Columns::of(area, homes);
    let name = if decided {
        Role::Dim
    } else if here {
        Role::Strong
    } else {
        Role::Text
    };
    let id = home(canvas, entry, &columns, y, homes);
    let id = canvas.text(id, y, columns.id.1, &under(depth), Role::Dim);
    canvas.text(id, y, columns.id.1, entry.id.as_str(), name);
    let revision = format!("@{}", entry.revision);
    canvas.text(
        columns.revision.0,
        y,
        columns.revision.1,
        &revision,
        Role::Dim,
    );
    let maker = entry.agent.as_deref().unwrap_or(&entry.author.name);
    let lines = (entry.added + entry.removed).to_string();
    canvas.text(columns.agent.0, y, columns.agent.1, maker, Role::Dim);
    canvas.right(columns.lines.0, y, columns.lines.1, &[(lines, name)]);
    let old = age(entry.age_seconds(state.clock.wall));
    canvas.right(columns.age.0, y, columns.age.1, &[(old, Role::Dim)]);
    let room = usize::from(columns.flag.1.saturating_sub(columns.flag.0));
    canvas.pieces(columns.flag.0, y, columns.flag.1, &flag(state, entry, room));
    if wide {
        canvas.text(columns.flag.1 + 1, y, end, &entry.title, name);
    }
}

/// Columns that the names of the clones take; 0 where there is one.
fn homes_width(state: &State) -> u16 {
    if !state.homes.are_several() {
        return 0;
    }
    let names = state.homes.iter().map(|hosted| width(hosted.home.name()));
    u16::try_from(names.max().unwrap_or(0)).map_or(HOME, |longest| longest.min(HOME))
}

/// The clone's name in its column, or before the id where there is no room for one; where the id
/// begins.
fn home(canvas: &mut Canvas<'_>, entry: &Entry, columns: &Columns, y: u16, homes: u16) -> u16 {
    let (from, to) = columns.home;
    if homes == 0 {
        return columns.id.0;
    }
    if from < to {
        canvas.text(from, y, to, entry.home.name(), Role::You);
        return columns.id.0;
    }
    let room = columns.id.1.saturating_sub(columns.id.0) / 2;
    let end = columns.id.0 + room;
    let at = canvas.text(columns.id.0, y, end, entry.home.name(), Role::You);
    canvas.text(at, y, columns.id.1, ":", Role::Dim)
}

/// The ground of a row under the cursor, and the mark of one that is marked.
fn ground(canvas: &mut Canvas<'_>, state: &State, entry: &Entry, area: Rect, here: bool) {
    let (x, y, end) = (area.x, area.y, area.right());
    let focused = state.focus == Focus::Queue;
    if here {
        let ground = if focused {
            Role::Select
        } else {
            Role::SelectAway
        };
        canvas.tint(area, ground);
        let style = canvas.style(Role::Focus);
        canvas.put(x, y, "▌", style);
    }
    if state.queue.is_marked(&entry.name()) {
        canvas.text(x + 5, y, end, "×", Role::You);
    }
}

/// What stands before the id of a change that stands on others.
fn under(depth: usize) -> String {
    match depth {
        0 => String::new(),
        // Deeper ones would leave no room for the id.
        depth => format!("{}└ ", " ".repeat(depth.min(3) - 1)),
    }
}

/// Where the columns of a row are: first column, and after the last.
struct Columns {
    home: (u16, u16),
    id: (u16, u16),
    revision: (u16, u16),
    agent: (u16, u16),
    lines: (u16, u16),
    age: (u16, u16),
    flag: (u16, u16),
}

impl Columns {
    fn of(area: Rect, homes: u16) -> Self {
        let wide = area.width >= 72;
        // Where there is room for titles the columns before them are as narrow as on a small screen.
        let width = match area.width {
            90.. => 50,
            _ if wide => 47,
            narrow => narrow,
        };
        // The titles give room for the names of clones; where there are none, the agents do.
        let room = match homes {
            1.. if wide => homes + 1,
            _ => 0,
        };
        let width = width + room;
        // An id is worth more than a word beside the count of what wants an answer.
        let flag = if width >= 50 { 6 } else { 3 };
        let x = area.x;
        let right = |columns: u16| x + width.saturating_sub(columns);
        let id = x + 6 + room;
        if width < 46 {
            // A very small screen: the level, the id, and the one thing to know.
            let end = right(4).max(id);
            let none = (end, end);
            return Self {
                home: none,
                id: (id, end),
                revision: none,
                agent: none,
                lines: none,
                age: none,
                flag: (end + 1, right(0)),
            };
        }
        let agent = right(18 + flag);
        let maker = (agent, right(10 + flag));
        let (home, maker) = match (homes, wide) {
            (0, _) => ((id, id), maker),
            (_, true) => ((x + 6, x + 6 + homes), maker),
            (_, false) => (maker, (agent, agent)),
        };
        Self {
            home,
            id: (id, agent.saturating_sub(4)),
            revision: (agent.saturating_sub(3), agent.saturating_sub(1)),
            agent: maker,
            lines: (right(10 + flag), right(5 + flag)),
            age: (right(5 + flag), right(1 + flag)),
            flag: (right(flag), right(0)),
        }
    }
}

/// What there is to know about a row beyond its risk, in so many characters: how it was decided, or
/// what wants an answer and who is on it, or that its checks fail.
fn flag(state: &State, entry: &Entry, room: usize) -> Vec<(String, Role)> {
    if let Some(settled) = settled(state, entry) {
        return vec![settled];
    }
    let answers = entry.risk.map_or(0, |risk| risk.to_answer);
    let mut pieces = Vec::new();
    if answers > 0 {
        let text = match answers {
            10.. if room < 6 => "▲+".to_owned(),
            answers => format!("▲{answers}"),
        };
        pieces.push((text, Role::Ask));
    }
    let used: usize = pieces.iter().map(|(text, _)| width(text)).sum();
    // Beside a count there may be one column left, or three and the blank before them.
    let left = match used {
        0 => room,
        used => room.saturating_sub(used),
    };
    let beside = |text: &str| match (used, left) {
        (0, left) => text.chars().take(left.min(3)).collect(),
        (_, 4..) => format!(" {}", text.chars().take(3).collect::<String>()),
        (_, left) => text.chars().take(left).collect::<String>(),
    };
    let fails = |check: &crate::queue::Check| check.state == CheckState::Failure;
    let claim = entry.claim.as_ref();
    if let Some(claim) = claim.filter(|claim| claim.until > state.clock.wall) {
        let mine = Some(&claim.reviewer) == state.homes.session(&entry.home).person.as_ref();
        let (who, role) = match mine {
            true => ("you", Role::You),
            false => (short_name(&claim.reviewer), Role::Dim),
        };
        pieces.push((beside(who), role));
    } else if entry.checks.iter().any(fails) {
        let text = if used > 0 && left < 4 { "!" } else { "ci!" };
        pieces.push((beside(text), Role::High));
    } else if pieces.is_empty() {
        pieces.push(standing(entry));
    }
    pieces
}

/// That a row is decided, landed or put off.
fn settled(state: &State, entry: &Entry) -> Option<(String, Role)> {
    let said = |text: &str, role| Some((text.to_owned(), role));
    if let Some(kind) = state.queue.decided(entry) {
        return match kind {
            VerdictKind::Reject => said("✗", Role::Bad),
            _ => said("✓", Role::Good),
        };
    }
    match entry.state {
        Standing::Approved => return said("✓", Role::Good),
        Standing::Rejected => return said("✗", Role::Bad),
        Standing::Moved | Standing::Invalid => return said("!", Role::High),
        Standing::Landed | Standing::Closed => return said("·", Role::Faint),
        Standing::Stale | Standing::Pending => {}
    }
    if let Some(snooze) = state.queue.snoozed().of(entry) {
        let left = snooze.until.map(|until| {
            let seconds = until.as_second() - state.clock.wall.as_second();
            age(seconds.max(60))
        });
        return said(left.as_deref().unwrap_or("rev"), Role::Faint);
    }
    match state.queue.is_later(entry) {
        true => said("ltr", Role::Faint),
        false => None,
    }
}

/// How far a row that nothing else is to be said of has come.
fn standing(entry: &Entry) -> (String, Role) {
    if entry.state == Standing::Stale {
        return ("new".to_owned(), Role::You);
    }
    let partly = entry.needs.iter().find(|n| n.have > 0 && n.have < n.needed);
    match partly {
        Some(need) => (format!("{}/{}", need.have, need.needed), Role::Good),
        None => (String::new(), Role::Dim),
    }
}
