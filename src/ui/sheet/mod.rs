//! The sign sheet: exactly what will be signed, what was seen, what is asked, what follows.

mod asked;
mod bytes;
mod lines;
mod said;
mod signed;

use ratatui::layout::Rect;

use self::lines::{Density, Line, Pieces};
use super::HitMap;
use super::canvas::{Canvas, width};
use super::theme::Role;
use super::wording::{level, signing};
use crate::app::State;
use crate::app::action::Action;
use crate::app::keymap::Place;
use crate::app::reading::{Open, Visit};
use crate::app::sheet::Sheet;
use crate::diff::visible;
use crate::verdict::VerdictKind;

/// Paints the sheet over the diff pane.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    state: &State,
    sheet: &Sheet,
    area: Rect,
    hits: &mut HitMap,
) {
    let (Some(open), Some(visit)) = (state.whole(), state.visit()) else {
        return;
    };
    title(canvas, state, sheet, open, Rect { height: 1, ..area });
    if let Some(page) = &sheet.bytes {
        let area = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..area
        };
        return bytes::draw(canvas, state, (sheet, page), (open, visit), area, hits);
    }
    let view = View {
        state,
        sheet,
        open,
        visit,
    };
    let room = usize::from(area.height.saturating_sub(2)).max(1);
    let lines = view.fitted(usize::from(area.width), room);
    let top = top(sheet, &lines, room);
    let mut y = area.y + 1;
    for line in lines.iter().skip(top).take(room) {
        lines::paint(canvas, line, Rect::new(area.x, y, area.width, 1));
        y += 1;
    }
    let below = lines.len().saturating_sub(top + room);
    if below > 0 {
        let key = state.keymap.key(Place::Sheet, Action::PageDown);
        let text = format!(" ▾ {below} more · {key} ");
        let last = y.saturating_sub(1);
        canvas.right(area.x, last, area.right(), &[(text, Role::Ask)]);
    }
    hits.drawn.page = Some((room, lines.len()));
    hits.drawn.top = Some(top);
    let foot = Rect::new(area.x, area.bottom().saturating_sub(1), area.width, 1);
    view.foot(canvas, foot);
    hits.drawn.sheet = true;
}

/// The first line shown: where it was scrolled to, or as near as shows the row under the cursor.
fn top(sheet: &Sheet, lines: &[Line], room: usize) -> usize {
    let last = lines.len().saturating_sub(room);
    let top = sheet.top.min(last);
    let here = lines.iter().position(Line::is_here);
    match here.filter(|_| sheet.follows) {
        // The last line that fits may have the mark of what is below on it.
        Some(here) => top.clamp((here + 2).saturating_sub(room), here).min(last),
        None => top,
    }
}

fn title(canvas: &mut Canvas<'_>, state: &State, sheet: &Sheet, open: &Open, area: Rect) {
    canvas.fill(area, Role::Bar);
    let verb = match sheet.kind {
        VerdictKind::Approve => "Approve",
        VerdictKind::Reject => "Reject",
        VerdictKind::Comment => "Remark on",
        VerdictKind::Withdraw => "Withdraw from",
    };
    let entry = state.queue.row_of(&sheet.name);
    let (word, role) = level(entry.and_then(|e| e.risk).map(|risk| risk.level));
    let right = [
        (word.trim_end().to_owned(), role),
        (" ".to_owned(), Role::Bar),
    ];
    let limit = canvas.right(area.x + 20, area.y, area.right(), &right);
    let pieces = [
        (format!("{verb}  "), Role::BarKey),
        (format!("{}  ", sheet.name), Role::Bar),
        (
            visible::text(open.change.title()).into_owned(),
            Role::BarDim,
        ),
    ];
    canvas.pieces(area.x + 1, area.y, limit.saturating_sub(1), &pieces);
}

struct View<'a> {
    state: &'a State,
    sheet: &'a Sheet,
    open: &'a Open,
    visit: &'a Visit,
}

impl View<'_> {
    /// The lines, as airy as the room allows; a sheet that does not fit at all scrolls.
    fn fitted(&self, columns: usize, room: usize) -> Vec<Line> {
        let made = |density| lines::fit(self.lines(density), columns, density);
        for density in Density::ALL {
            let lines = made(density);
            if lines.len() <= room {
                return lines;
            }
        }
        made(Density::Tight)
    }

    fn lines(&self, density: Density) -> Vec<Line> {
        let mut lines = vec![Line::Blank];
        self.signed(&mut lines);
        self.words(&mut lines);
        self.seen(&mut lines);
        if self.sheet.kind == VerdictKind::Approve {
            self.asked(&mut lines, density);
        }
        self.past(&mut lines);
        self.after(&mut lines);
        lines
    }

    /// The last line: what Enter does, or what it waits for.
    fn foot(&self, canvas: &mut Canvas<'_>, area: Rect) {
        canvas.fill(area, Role::Bar);
        let waits = self.sheet.waits_for(self.open, self.visit);
        let alive = self.sheet.arming.is_alive(self.state.clock.millis);
        let sign = self.state.keymap.key(Place::Sheet, Action::Sign);
        let leave = self.state.keymap.key(Place::Sheet, Action::Leave);
        let (key, said) = match (self.sheet.signing, waits.is_empty(), alive) {
            (true, _, _) => (
                Role::BarDim,
                (
                    signing(&self.state.session().key_type).to_owned(),
                    Role::You,
                ),
            ),
            (_, false, _) => (
                Role::BarDim,
                (format!("waits for: {}", waits.join(", ")), Role::Ask),
            ),
            (_, true, false) => (Role::BarDim, ("in a moment".to_owned(), Role::BarDim)),
            (_, true, true) => (Role::BarKey, ("signs exactly this".to_owned(), Role::Good)),
        };
        let right = [
            (format!("{leave} "), Role::BarKey),
            ("back to the diff, all kept ".to_owned(), Role::BarDim),
        ];
        let left = [(format!("{sign}  sign   "), key), said];
        let used: usize = left.iter().map(|(text, _)| width(text)).sum();
        let start = area
            .x
            .saturating_add(5 + u16::try_from(used).unwrap_or(u16::MAX));
        let limit = canvas.right(start.min(area.right()), area.y, area.right(), &right);
        canvas.pieces(area.x + 3, area.y, limit.saturating_sub(1), &left);
    }
}

/// A text in one look.
fn plain(text: impl Into<String>, role: Role) -> Pieces {
    vec![(text.into(), role)]
}

/// The verb of a past verdict and its look.
pub(super) fn verb(kind: VerdictKind) -> (&'static str, Role) {
    match kind {
        VerdictKind::Approve => ("approve", Role::Good),
        VerdictKind::Reject => ("reject", Role::Bad),
        VerdictKind::Comment => ("remark", Role::Text),
        VerdictKind::Withdraw => ("withdraw", Role::Dim),
    }
}
