//! The sheet of several approvals: every object that will be signed, and what stays behind and why.

use ratatui::layout::Rect;

use super::HitMap;
use super::canvas::{Canvas, wrap};
use super::theme::Role;
use super::wording::{level, short_key, short_name, span};
use crate::app::State;
use crate::app::action::Action;
use crate::app::batch::{Batch, Row, Stage};
use crate::app::keymap::Place;
use crate::app::sheet::{Draft, counted};
use crate::diff::visible;

type Pieces = Vec<(String, Role)>;

/// Paints the sheet over the diff pane.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    state: &State,
    batch: &Batch,
    area: Rect,
    hits: &mut HitMap,
) {
    title(canvas, state, batch, Rect { height: 1, ..area });
    let lines = lines(state, batch, usize::from(area.width));
    let room = usize::from(area.height.saturating_sub(2)).max(1);
    let top = batch.top.min(lines.len().saturating_sub(room));
    let mut y = area.y + 1;
    for line in lines.iter().skip(top).take(room) {
        canvas.pieces(area.x + 1, y, area.right(), line);
        y += 1;
    }
    let below = lines.len().saturating_sub(top + room);
    if below > 0 {
        let key = state.keymap.key(Place::Sheet, Action::PageDown);
        let more = [(format!(" ▾ {below} more · {key} "), Role::Ask)];
        canvas.right(area.x, y.saturating_sub(1), area.right(), &more);
    }
    hits.drawn.page = Some((room, lines.len()));
    hits.drawn.sheet = true;
    let foot = Rect::new(area.x, area.bottom().saturating_sub(1), area.width, 1);
    self::foot(canvas, state, batch, foot);
}

fn title(canvas: &mut Canvas<'_>, state: &State, batch: &Batch, area: Rect) {
    canvas.fill(area, Role::Bar);
    let person = state.session().person.as_deref().unwrap_or("unknown key");
    let key = format!(
        "as {} {} {} ",
        short_name(person),
        state.session().key_type.trim_start_matches("ssh-"),
        short_key(&state.session().fingerprint)
    );
    let limit = canvas.right(area.x + 20, area.y, area.right(), &[(key, Role::BarDim)]);
    let many = counted(batch.rows.len(), "marked change", "marked changes");
    let pieces = [("Approve  ".to_owned(), Role::BarKey), (many, Role::Bar)];
    canvas.pieces(area.x + 1, area.y, limit.saturating_sub(1), &pieces);
}

fn lines(state: &State, batch: &Batch, columns: usize) -> Vec<Pieces> {
    let stays = |row: &&Row| matches!(row.stage, Stage::Stays(_));
    let (mut lines, behind): (Vec<Pieces>, Vec<&Row>) =
        (Vec::new(), batch.rows.iter().filter(stays).collect());
    for row in batch.rows.iter().filter(|row| !stays(row)) {
        let (mark, role, draft) = match &row.stage {
            Stage::Goes(draft) => (" ", Role::Text, Some(draft)),
            Stage::Signing(draft) => ("…", Role::You, Some(draft)),
            Stage::Signed(draft) => ("✓", Role::Good, Some(draft)),
            Stage::Failed(draft, _) => ("✗", Role::Bad, Some(draft)),
            Stage::Reading | Stage::Stays(_) => ("·", Role::Dim, None),
        };
        lines.push(head(state, row, (mark, role)));
        lines.extend(draft.into_iter().flat_map(|draft| objects(draft)));
        if let Some(remark) = &row.remark {
            lines.push(vec![indented("", "△"), (remark.clone(), Role::Ask)]);
        }
        if let Stage::Failed(_, why) = &row.stage {
            lines.extend(sentence(why, columns, Role::Bad));
        }
    }
    if !behind.is_empty() {
        lines.push(Vec::new());
        let text = counted(behind.len(), "cannot go with them:", "cannot go with them:");
        lines.push(vec![(text, Role::Ask)]);
    }
    for row in behind {
        lines.push(head(state, row, ("▲", Role::Ask)));
        if let Stage::Stays(why) = &row.stage {
            lines.extend(sentence(&why.join(" · "), columns, Role::Text));
        }
    }
    lines
}

fn head(state: &State, row: &Row, (mark, role): (&str, Role)) -> Pieces {
    let entry = state.queue.row_of(&row.name);
    let (word, level) = level(entry.and_then(|entry| entry.risk).map(|risk| risk.level));
    let title = entry.map_or("", |entry| entry.title.as_str());
    vec![
        (format!("{mark} "), role),
        (word.to_owned(), level),
        (format!(" {}  ", row.name), Role::Strong),
        (visible::text(title.as_bytes()).into_owned(), Role::Dim),
    ]
}

/// What exactly is signed of one change.
fn objects(draft: &Draft) -> Vec<Pieces> {
    let subject = &draft.subject;
    let line = |label: &str, text: String| vec![indented(label, ""), (text, Role::Text)];
    let viewed = &draft.viewed;
    let seen = format!(
        "{} of {} hunks in {}",
        viewed.hunks_viewed,
        viewed.hunks_total,
        span(viewed.seconds)
    );
    let role = if viewed.hunks_viewed < viewed.hunks_total {
        Role::Ask
    } else {
        Role::Good
    };
    let mut seen = vec![indented("viewed", ""), (seen, role)];
    if !draft.comments.is_empty() {
        let many = counted(
            draft.comments.len(),
            "remark goes with it",
            "remarks go with it",
        );
        seen.push((format!(" · {many}"), Role::Text));
    }
    vec![
        line("commit", subject.head.commit.to_string()),
        line("tree", subject.head.tree.to_string()),
        line("base", subject.base.commit.to_string()),
        line("target", subject.target.clone()),
        seen,
    ]
}

fn indented(label: &str, mark: &str) -> (String, Role) {
    (format!("       {label:<7}{mark:<1} "), Role::Dim)
}

fn sentence(text: &str, columns: usize, role: Role) -> Vec<Pieces> {
    let parts = wrap(text, columns.saturating_sub(10)).into_iter();
    parts
        .map(|part| vec![("       ".to_owned(), Role::Text), (part, role)])
        .collect()
}

fn foot(canvas: &mut Canvas<'_>, state: &State, batch: &Batch, area: Rect) {
    canvas.fill(area, Role::Bar);
    let key = state.keymap.key(Place::Sheet, Action::Sign);
    let waits = batch.waits_for();
    let text = if batch.is_signing() {
        ("signing, one after the other …".to_owned(), Role::You)
    } else if waits.is_empty() && !batch.arming.is_alive(state.clock.millis) {
        (format!("{key} signs in a moment"), Role::Dim)
    } else if waits.is_empty() {
        let many = counted(batch.going(), "verdict", "verdicts");
        (format!("{key} signs {many}, each by itself"), Role::BarKey)
    } else {
        (format!("{key} waits for: {}", waits.join(", ")), Role::Ask)
    };
    canvas.pieces(area.x + 1, area.y, area.right(), &[text]);
}
