//! The list of changes: a line each, the riskiest that needs you first.

use ratatui::layout::Rect;

use super::HitMap;
use super::canvas::Canvas;
use super::card;
use super::theme::Role;
use super::wording::{age, level, short_name};
use crate::app::action::Action;
use crate::app::keymap::Place;
use crate::app::queue::{Group, ListRow};
use crate::app::{Focus, Pane, State, Target};
use crate::queue::{CheckState, Entry, State as Standing};
use crate::verdict::VerdictKind;

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
    let columns = Columns::of(area);
    let name = if decided {
        Role::Dim
    } else if here {
        Role::Strong
    } else {
        Role::Text
    };
    let id = canvas.text(columns.id.0, y, columns.id.1, &under(depth), Role::Dim);
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
    let (flag, role) = flag(state, entry);
    canvas.text(columns.flag.0, y, columns.flag.1, &flag, role);
    if wide {
        canvas.text(columns.flag.1 + 1, y, end, &entry.title, name);
    }
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
    id: (u16, u16),
    revision: (u16, u16),
    agent: (u16, u16),
    lines: (u16, u16),
    age: (u16, u16),
    flag: (u16, u16),
}

impl Columns {
    fn of(area: Rect) -> Self {
        let wide = area.width >= 72;
        // Where there is room for titles the columns before them are as narrow as on a small screen.
        let width = if wide { 47 } else { area.width };
        let x = area.x;
        let right = |columns: u16| x + width.saturating_sub(columns);
        let id = x + 6;
        if width < 46 {
            // A very small screen: the level, the id, and the one thing to know.
            let end = right(4).max(id);
            let none = (end, end);
            return Self {
                id: (id, end),
                revision: none,
                agent: none,
                lines: none,
                age: none,
                flag: (end + 1, right(0)),
            };
        }
        let agent = right(21);
        Self {
            id: (id, agent.saturating_sub(4)),
            revision: (agent.saturating_sub(3), agent.saturating_sub(1)),
            agent: (agent, right(13)),
            lines: (right(13), right(8)),
            age: (right(8), right(4)),
            flag: (right(3), right(0)),
        }
    }
}

/// The one thing to know about a row beyond its risk, in three characters.
fn flag(state: &State, entry: &Entry) -> (String, Role) {
    let short = |text: &str| text.chars().take(3).collect::<String>();
    if let Some(kind) = state.queue.decided(entry) {
        let (text, role) = match kind {
            VerdictKind::Reject => ("✗", Role::Bad),
            _ => ("✓", Role::Good),
        };
        return (text.to_owned(), role);
    }
    match entry.state {
        Standing::Approved => return ("✓".to_owned(), Role::Good),
        Standing::Rejected => return ("✗".to_owned(), Role::Bad),
        Standing::Moved | Standing::Invalid => return ("!".to_owned(), Role::High),
        Standing::Landed | Standing::Closed => return ("·".to_owned(), Role::Faint),
        Standing::Stale | Standing::Pending => {}
    }
    if let Some(snooze) = state.queue.snoozed().of(entry) {
        let left = snooze.until.map(|until| {
            let seconds = until.as_second() - state.clock.wall.as_second();
            age(seconds.max(60))
        });
        return (left.unwrap_or_else(|| "rev".to_owned()), Role::Faint);
    }
    if state.queue.is_later(&entry.id) {
        return ("ltr".to_owned(), Role::Faint);
    }
    let claim = entry.claim.as_ref();
    if let Some(claim) = claim.filter(|claim| claim.until > state.clock.wall) {
        let mine = Some(&claim.reviewer) == state.session.person.as_ref();
        let who = if mine {
            "you"
        } else {
            short_name(&claim.reviewer)
        };
        return (short(who), if mine { Role::You } else { Role::Dim });
    }
    if entry
        .checks
        .iter()
        .any(|check| check.state == CheckState::Failure)
    {
        return ("ci!".to_owned(), Role::High);
    }
    if let Some(risk) = entry.risk.filter(|risk| risk.to_answer > 0) {
        return (short(&format!("▲{}", risk.to_answer)), Role::Ask);
    }
    if entry.state == Standing::Stale {
        return ("new".to_owned(), Role::You);
    }
    let partly = entry.needs.iter().find(|n| n.have > 0 && n.have < n.needed);
    match partly {
        Some(need) => (format!("{}/{}", need.have, need.needed), Role::Good),
        None => (String::new(), Role::Dim),
    }
}
