//! The frame: a pure function of state and theme, which returns where it drew what.

mod aside;
mod bars;
mod batch;
mod canvas;
mod card;
mod code;
mod compared;
mod diff;
mod facts;
mod finder;
mod findings;
mod header;
mod help;
pub mod highlight;
mod key_bar;
mod note;
mod offers;
mod page;
mod queue;
mod rows;
mod scanned;
mod sheet;
pub mod spoken;
mod standing;
mod strip;
mod tabs;
pub mod theme;
mod verdict_bar;
mod wording;
mod words;

use ratatui::Frame;
use ratatui::layout::Rect;

use canvas::Canvas;
use theme::{Role, Theme};

use crate::app::words::Purpose;
use crate::app::{BARS, Dialog, Drawn, Focus, PageKind, Pane, State, Target, WIDE, work};

/// Where a frame drew what: for the next mouse event, and for what counts as seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HitMap {
    /// What can be clicked.
    pub spots: Vec<(Rect, Target)>,
    /// What the wheel turns over.
    pub panes: Vec<(Rect, Pane)>,
    /// What the frame showed.
    pub drawn: Drawn,
    /// Where the cursor of a text stands.
    pub cursor: Option<(u16, u16)>,
}

impl HitMap {
    /// What is at a place; later drawings lie over earlier ones.
    pub fn target(&self, column: u16, row: u16) -> Option<Target> {
        let at = |(area, _): &&(Rect, Target)| area.contains((column, row).into());
        self.spots.iter().rev().find(at).map(|(_, target)| *target)
    }

    /// Which pane is at a place.
    pub fn pane(&self, column: u16, row: u16) -> Option<Pane> {
        let at = |(area, _): &&(Rect, Pane)| area.contains((column, row).into());
        self.panes.iter().rev().find(at).map(|(_, pane)| *pane)
    }
}

/// Draws the state.
pub fn view(state: &State, theme: &Theme, frame: &mut Frame<'_>) -> HitMap {
    let area = frame.area();
    let mut hits = HitMap::default();
    let mut canvas = Canvas::new(frame.buffer_mut(), theme);
    canvas.fill(area, Role::Text);
    let mut body = area;
    if area.height >= BARS {
        bars::top(&mut canvas, state, Rect { height: 1, ..area });
        let tabs = Rect {
            y: area.y + 1,
            height: 1,
            ..area
        };
        tabs::draw(&mut canvas, state, tabs, &mut hits);
        let message = Rect {
            y: area.bottom() - 2,
            height: 1,
            ..area
        };
        bars::message(&mut canvas, state, message);
        let keys = Rect {
            y: area.bottom() - 1,
            height: 1,
            ..area
        };
        key_bar::draw(&mut canvas, state, keys, &mut hits);
        body = Rect {
            y: area.y + 2,
            height: area.height - 4,
            ..area
        };
    }
    panes(&mut canvas, state, body, &mut hits);
    if area.height < BARS {
        small_message(&mut canvas, state, area, &mut hits);
    }
    if let Some(cursor) = hits.cursor {
        frame.set_cursor_position(cursor);
    }
    hits
}

/// Without bars a question still has to be seen.
fn small_message(canvas: &mut Canvas<'_>, state: &State, area: Rect, hits: &mut HitMap) {
    let asks = matches!(state.dialog, Some(Dialog::Leaving));
    let says = state.notice.is_some() || work::progress(state).is_some();
    if (asks || (says && state.dialog.is_none())) && area.height > 0 {
        let line = Rect {
            y: area.bottom() - 1,
            height: 1,
            ..area
        };
        canvas.fill(line, Role::Text);
        bars::message(canvas, state, line);
        // The row under it is not on the screen: such a frame is no evidence.
        hits.drawn.diff = None;
    }
}

fn panes(canvas: &mut Canvas<'_>, state: &State, area: Rect, hits: &mut HitMap) {
    if area.is_empty() {
        return;
    }
    if let Some(Dialog::Page(page)) = &state.dialog
        && page.kind == PageKind::Help
    {
        // All keys want all the room there is.
        return page::draw(canvas, state, page, area, hits);
    }
    let two = state.two_panes() && area.height >= 3;
    if !two {
        return one_pane(canvas, state, area, hits);
    }
    let left = match area.width {
        WIDE.. => 56,
        150.. => 52,
        _ => 46,
    };
    let left = Rect {
        width: left,
        ..area
    };
    let right = Rect {
        x: left.right() + 1,
        width: area.width.saturating_sub(left.width + 1),
        ..area
    };
    let rule = canvas.style(Role::Rule);
    for y in area.top()..area.bottom() {
        canvas.put(left.right(), y, "│", rule);
    }
    left_column(canvas, state, left, hits);
    front(canvas, state, right, hits);
}

/// The queue with, under it, the files of the selected change and why it stands here.
fn left_column(canvas: &mut Canvas<'_>, state: &State, area: Rect, hits: &mut HitMap) {
    let (files, why) = aside::wanted(state, area.width);
    let rows = u16::try_from(state.queue.list().len()).unwrap_or(u16::MAX);
    let points = match area.width {
        56.. => findings::wanted(state, area.width),
        _ => 0,
    };
    // The list keeps at least half; the rest gets what it wants, the reasons last.
    let spare = area.height.saturating_sub(rows.min(area.height / 2).max(3));
    let files = files.min((spare / 2).max(4)).min(spare);
    // Findings before reasons: four lines of those are enough there.
    let points = points.min((spare - files).saturating_sub(why.min(4)));
    let why = why.min(spare - files - points);
    let list = rows.min(area.height - files - points - why);
    let mut y = area.y;
    let mut part = |height: u16| {
        let part = Rect { y, height, ..area };
        y += height;
        part
    };
    let (list, files, points, why) = (part(list), part(files), part(points), part(why));
    queue::draw(canvas, state, list, hits);
    aside::files(canvas, state, files, hits);
    findings::draw(canvas, state, points, hits);
    aside::reasons(canvas, state, why);
}

/// One pane: the queue with a preview, or the diff, or what is in front.
fn one_pane(canvas: &mut Canvas<'_>, state: &State, area: Rect, hits: &mut HitMap) {
    let filters =
        matches!(&state.dialog, Some(Dialog::Words(words, _)) if words.purpose == Purpose::Filter);
    let below = matches!(state.dialog, None | Some(Dialog::Leaving | Dialog::Find(_)));
    let in_queue = state.focus == Focus::Queue && (below || filters);
    if !in_queue {
        return front(canvas, state, area, hits);
    }
    if state.queue.is_empty() {
        card::draw(canvas, state, area);
        return dialog(canvas, state, area, hits);
    }
    let preview = if area.height >= 14 { 6 } else { 0 };
    let list = Rect {
        height: area.height - preview,
        ..area
    };
    queue::draw(canvas, state, list, hits);
    if preview > 0 {
        let rule = canvas.style(Role::Rule);
        for x in area.left()..area.right() {
            canvas.put(x, list.bottom(), "─", rule);
        }
        let preview = Rect {
            y: list.bottom() + 1,
            height: preview - 1,
            ..area
        };
        aside::preview(canvas, state, preview);
    }
    dialog(canvas, state, area, hits);
}

/// The diff pane with what lies over it.
fn front(canvas: &mut Canvas<'_>, state: &State, area: Rect, hits: &mut HitMap) {
    match &state.dialog {
        Some(Dialog::Sheet(sheet)) => sheet::draw(canvas, state, sheet, area, hits),
        Some(Dialog::Batch(batch)) => batch::draw(canvas, state, batch, area, hits),
        Some(Dialog::Page(page)) => page::draw(canvas, state, page, area, hits),
        _ => diff::draw(canvas, state, area, hits),
    }
    dialog(canvas, state, area, hits);
}

fn dialog(canvas: &mut Canvas<'_>, state: &State, area: Rect, hits: &mut HitMap) {
    if let Some(Dialog::Words(words, _)) = &state.dialog {
        // Rows under the box are not on the screen: such a frame is no evidence.
        hits.drawn.diff = None;
        hits.drawn.words = true;
        words::draw(canvas, state, words, area, hits);
    }
    if let Some(Dialog::Find(found)) = &state.dialog {
        hits.drawn.diff = None;
        finder::draw(canvas, found, area, hits);
    }
}
