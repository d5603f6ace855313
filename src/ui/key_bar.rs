//! The bar at the foot: the keys that matter here, from the keymap.

use ratatui::layout::Rect;

use super::HitMap;
use super::canvas::{Canvas, width};
use super::theme::Role;
use crate::app::action::Action;
use crate::app::finder::Kind;
use crate::app::keymap::Place;
use crate::app::words::Purpose;
use crate::app::{Dialog, Focus, State, Target};
use crate::verdict::VerdictKind;

/// The keys that matter here, from the keymap.
pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, area: Rect, hits: &mut HitMap) {
    canvas.fill(area, Role::Bar);
    let place = state.place();
    let (mut x, y, end) = (area.x + 1, area.y, area.right());
    let all = state.keymap.key(place, Action::Help);
    let all_width = if all.is_empty() {
        0
    } else {
        u16::try_from(width(&all) + 7).unwrap_or(0)
    };
    for (action, word) in shown(state) {
        let key = state.keymap.key(place, *action);
        if key.is_empty() {
            continue;
        }
        let need = u16::try_from(width(&key) + 1 + width(word)).unwrap_or(u16::MAX);
        if x.saturating_add(need) > end.saturating_sub(all_width) {
            break;
        }
        let start = x;
        x = canvas.text(x, y, end, &key, Role::BarKey);
        x = canvas.text(x + 1, y, end, word, Role::BarDim);
        if place == Place::Main {
            hits.spots
                .push((Rect::new(start, y, x - start, 1), Target::Action(*action)));
        }
        x = x.saturating_add(2);
    }
    if !all.is_empty() {
        canvas.right(
            x,
            y,
            end,
            &[(all, Role::BarKey), (" all ".to_owned(), Role::BarDim)],
        );
    }
}

fn shown(state: &State) -> &'static [(Action, &'static str)] {
    use Action as A;
    match &state.dialog {
        None if state.focus == Focus::Queue => in_queue(state.queue.marks() > 0),
        None => &[
            (A::ReadOn, "read on"),
            (A::NextPoint, "finding"),
            (A::NextHunk, "hunk"),
            (A::NextFile, "file"),
            (A::SinceLast, "new since"),
            (A::Approve, "approve"),
            (A::Reject, "reject"),
            (A::Comment, "remark"),
            (A::Tick, "answer"),
            (A::GoToFile, "go to file"),
            (A::Search, "search"),
            (A::NextChange, "next change"),
            (A::Quit, "queue"),
        ],
        Some(Dialog::Sheet(sheet)) if sheet.bytes.is_some() => &[
            (A::PageDown, "page"),
            (A::RowDown, "down"),
            (A::Leave, "back to the sheet"),
        ],
        Some(Dialog::Sheet(sheet)) if sheet.kind != VerdictKind::Approve => &[
            (A::Sign, "sign"),
            (A::Note, "the words"),
            (A::Bytes, "the bytes"),
            (A::CopyCommit, "copy the commit"),
            (A::Leave, "back, all kept"),
        ],
        Some(Dialog::Batch(_)) => &[
            (A::Sign, "sign them"),
            (A::PageDown, "page"),
            (A::RowDown, "down"),
            (A::Leave, "back, marks kept"),
        ],
        Some(Dialog::Sheet(_)) => &[
            (A::Sign, "sign"),
            (A::Answer1, "2 3 answer"),
            (A::RowDown, "next row"),
            (A::Note, "a word"),
            (A::Bytes, "the bytes"),
            (A::Leave, "back, all kept"),
            (A::CopyCommit, "copy the commit"),
        ],
        Some(Dialog::Words(words, _)) => writing(&words.purpose),
        Some(Dialog::Find(found)) => finding(found.kind),
        Some(Dialog::Page(_)) => &[(A::Down, "down"), (A::PageDown, "page"), (A::Leave, "back")],
        Some(Dialog::Leaving) => &[],
    }
}

/// The keys of a list that narrows down.
const fn finding(kind: Kind) -> &'static [(Action, &'static str)] {
    use Action as A;
    match kind {
        Kind::Command => &[
            (A::Finish, "run"),
            (A::Weight, "complete"),
            (A::LineDown, "next"),
            (A::LineUp, "previous"),
            (A::Leave, "back"),
        ],
        Kind::Compare(_) => &[
            (A::Finish, "this one"),
            (A::LineDown, "next"),
            (A::LineUp, "previous"),
            (A::Leave, "back"),
        ],
        Kind::File | Kind::Snooze => &[
            (A::Finish, "go"),
            (A::LineDown, "next"),
            (A::LineUp, "previous"),
            (A::Leave, "back"),
        ],
        Kind::Theme => &[
            (A::Finish, "use it"),
            (A::LineDown, "next"),
            (A::LineUp, "previous"),
            (A::Leave, "as before"),
        ],
    }
}

/// The keys of the queue; once rows are marked, what can be done with them first.
fn in_queue(marked: bool) -> &'static [(Action, &'static str)] {
    use Action as A;
    if marked {
        return &[
            (A::Tick, "mark"),
            (A::ApproveMarked, "approve the marked"),
            (A::Leave, "unmark all"),
            (A::ReadOn, "read"),
            (A::Approve, "approve"),
            (A::Reject, "reject"),
        ];
    }
    &[
        (A::ReadOn, "read"),
        (A::Approve, "approve"),
        (A::Reject, "reject"),
        (A::Later, "later"),
        (A::Claim, "take"),
        (A::Search, "filter"),
        (A::NextPoint, "finding"),
        (A::Refresh, "fetch"),
        (A::Log, "log"),
        (A::Quit, "leave"),
    ]
}

/// The keys of a box of words.
fn writing(purpose: &Purpose) -> &'static [(Action, &'static str)] {
    use Action as A;
    match purpose {
        Purpose::Reason => &[
            (A::Finish, "to the sheet"),
            (A::NewLine, "new line"),
            (A::LineUp, "earlier reasons"),
            (A::Editor, "editor"),
            (A::Leave, "back, kept"),
        ],
        Purpose::Remark(remark) if remark.answers => &[
            (A::Finish, "answer"),
            (A::LineUp, "earlier words"),
            (A::Leave, "back, kept"),
        ],
        Purpose::Note(_) => &[
            (A::Finish, "back to the sheet"),
            (A::NewLine, "new line"),
            (A::LineUp, "earlier words"),
            (A::Editor, "editor"),
        ],
        Purpose::Remark(_) => &[
            (A::Finish, "done"),
            (A::Weight, "weight"),
            (A::NewLine, "new line"),
            (A::Leave, "back, kept"),
            (A::Editor, "editor"),
            (A::LineUp, "earlier words"),
        ],
        Purpose::Filter => &[
            (A::Finish, "done"),
            (A::Weight, "take it"),
            (A::LineDown, "next"),
            (A::Leave, "back"),
        ],
        _ => &[(A::Finish, "done"), (A::Leave, "back")],
    }
}
