//! The bar under the diff: how far it is to a verdict.

use ratatui::layout::Rect;

use super::HitMap;
use super::canvas::{Canvas, width};
use super::theme::Role;
use super::wording::short_name;
use crate::app::action::Action;
use crate::app::change::Acknowledge;
use crate::app::keymap::Place;
use crate::app::reading::{Open, Visit};
use crate::app::sheet::counted;
use crate::app::{State, Target};

/// Paints the bar.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    state: &State,
    open: &Open,
    area: Rect,
    hits: &mut HitMap,
) {
    canvas.fill(area, Role::Bar);
    let nothing = Visit::default();
    let visit = state.visit().unwrap_or(&nothing);
    let compares = open.compared().is_some();
    // Whatever part of it is in the pane, a verdict is about the whole change.
    let open = state.whole().unwrap_or(open);
    let (x, y, end) = (area.x + 1, area.y, area.right());
    let approve = state.keymap.key(Place::Main, Action::Approve);
    let reject = state.keymap.key(Place::Main, Action::Reject);
    let left = distance(open, visit);
    let (left, role) = match (left.as_str(), objection(state, open)) {
        ("ready", Some(objection)) => (objection, Role::Ask),
        ("ready", None) => (left, Role::Good),
        _ => (left, Role::Ask),
    };
    let right = [
        (format!("{reject} "), Role::BarKey),
        ("reject  ".to_owned(), Role::BarDim),
        (format!("{approve} "), Role::BarKey),
        ("approve: ".to_owned(), Role::BarDim),
        (left, role),
        (" ".to_owned(), Role::Bar),
    ];
    let limit = canvas.right(x, y, end, &right);
    if limit < end {
        hits.spots
            .push((Rect::new(limit, y, 8, 1), Target::Action(Action::Reject)));
        let rest = Rect::new(limit + 10, y, end.saturating_sub(limit + 10), 1);
        hits.spots.push((rest, Target::Action(Action::Approve)));
    }
    let figures = figures(state, open, visit, compares);
    canvas.pieces(
        x,
        y,
        limit,
        &whole(figures, usize::from(limit.saturating_sub(x + 1))),
    );
}

/// As many of the figures as fit whole: half a figure tells nothing.
fn whole(mut figures: Vec<(String, Role)>, columns: usize) -> Vec<(String, Role)> {
    let fits = |figures: &[(String, Role)]| {
        let used: usize = figures.iter().map(|(text, _)| width(text)).sum();
        used <= columns
    };
    while figures.len() > 1 && !fits(&figures) {
        figures.pop();
    }
    while figures.last().is_some_and(|(text, _)| text == " · ") {
        figures.pop();
    }
    figures
}

/// Whose rejection stands in the way of a change that could be approved.
fn objection(state: &State, open: &Open) -> Option<String> {
    let entry = state.queue.row_of(&open.change.name)?;
    let own = state.session().person.as_ref();
    let mut others = entry.rejections.iter();
    let other =
        others.find(|one| Some(&one.reviewer) != own && one.revision == open.change.name.number)?;
    Some(format!(
        "ready, but {} rejected it",
        short_name(&other.reviewer)
    ))
}

fn figures(state: &State, open: &Open, visit: &Visit, compares: bool) -> Vec<(String, Role)> {
    let entry = state.queue.row_of(&open.change.name);
    let need = entry.and_then(|entry| {
        let missing = |need: &&crate::queue::Need| need.needed.saturating_sub(need.have);
        entry.needs.iter().rev().max_by_key(missing)
    });
    let mut pieces = Vec::new();
    if let Some(need) = need {
        let role = if need.have < need.needed {
            Role::Ask
        } else {
            Role::Good
        };
        let who = need.from.join(" or ");
        let plural = if need.needed == 1 { "" } else { "s" };
        pieces.push((
            format!("{} of {} {who}{plural}", need.have, need.needed),
            role,
        ));
        pieces.push((" · ".to_owned(), Role::BarDim));
    }
    let hunks = open.share(visit);
    let seen = if hunks.is_all() {
        Role::Good
    } else {
        Role::BarDim
    };
    let of = if compares { " of the whole" } else { "" };
    pieces.push((format!("seen {}/{}{of}", hunks.seen, hunks.total), seen));
    let answered = open.answered(visit);
    if answered.total > 0 && !compares {
        let role = if answered.is_all() {
            Role::Good
        } else {
            Role::Ask
        };
        pieces.push((" · ".to_owned(), Role::BarDim));
        pieces.push((
            format!("answered {}/{}", answered.seen, answered.total),
            role,
        ));
    }
    let drafts = visit.comments.len();
    if drafts > 0 {
        let text = format!(" · {}", counted(drafts, "remark", "remarks"));
        pieces.push((text, Role::You));
    }
    pieces
}

/// What is missing for an approval: `4 hunks, 3 answers left`.
fn distance(open: &Open, visit: &Visit) -> String {
    let asks = &open.change.asks;
    if asks.cannot_sign.is_some() || asks.not_counting.is_some() {
        return "not by you".to_owned();
    }
    let mut left = Vec::new();
    let hunks = open.share(visit);
    if !hunks.reaches(usize::from(asks.min_viewed)) {
        let wanted = (usize::from(asks.min_viewed) * hunks.total).div_ceil(100);
        left.push(counted(wanted.saturating_sub(hunks.seen), "hunk", "hunks"));
    }
    let answered = open.answered(visit);
    if asks.acknowledge == Acknowledge::Asked && !answered.is_all() {
        left.push(counted(answered.total - answered.seen, "answer", "answers"));
    }
    if left.is_empty() {
        return "ready".to_owned();
    }
    format!("{} left", left.join(", "))
}
