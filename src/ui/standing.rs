//! How a change stands among people and other changes: who is on it, what it stands on, who has
//! decided, whether it is put off. A label and a sentence each.

use super::theme::Role;
use super::wording::short_name;
use crate::app::State;
use crate::app::action::Action;
use crate::app::keymap::Place;
use crate::queue::{Entry, Given, State as Standing};

/// Pieces of a line, each with its look.
type Pieces = Vec<(String, Role)>;

/// The lines for an entry; none for what there is nothing to say of.
pub(super) fn lines(state: &State, entry: &Entry) -> Vec<(String, Pieces)> {
    let all = [
        decided(entry),
        claim(state, entry),
        stands_on(state, entry),
        snoozed(state, entry),
    ];
    let all = all.into_iter().flatten();
    all.map(|(label, pieces)| (label.to_owned(), pieces))
        .collect()
}

/// Who has said yes or no to it so far.
fn decided(entry: &Entry) -> Option<(&'static str, Pieces)> {
    let names = |given: &[Given]| {
        let names = given.iter().map(|one| {
            let older = one.revision < entry.revision;
            let on = if older {
                format!(" @{}", one.revision)
            } else {
                String::new()
            };
            format!("{}{on}", short_name(&one.reviewer))
        });
        names.collect::<Vec<_>>().join(", ")
    };
    let (no, yes) = (names(&entry.rejections), names(&entry.approvals));
    let mut pieces: Pieces = Vec::new();
    if !no.is_empty() {
        pieces.push((format!("rejected by {no}"), Role::Bad));
    }
    if !yes.is_empty() {
        let apart = if pieces.is_empty() { "" } else { " · " };
        pieces.push((format!("{apart}approved by {yes}"), Role::Good));
    }
    match entry.state {
        Standing::Landed => pieces.push(("it has landed".to_owned(), Role::Dim)),
        Standing::Closed => pieces.push(("its submitter took it back".to_owned(), Role::Dim)),
        Standing::Moved => {
            pieces.push((
                "its id was used again for other content".to_owned(),
                Role::High,
            ));
        }
        _ => {}
    }
    (!pieces.is_empty()).then_some(("so far", pieces))
}

/// Who is on it, and for how long.
fn claim(state: &State, entry: &Entry) -> Option<(&'static str, Pieces)> {
    let now = state.clock.wall;
    let claim = entry.claim.as_ref().filter(|claim| claim.until > now)?;
    let mine = Some(&claim.reviewer) == state.homes.session(&entry.home).person.as_ref();
    let who = if mine {
        "you"
    } else {
        short_name(&claim.reviewer)
    };
    let role = if mine { Role::You } else { Role::Ask };
    let left = left(claim.until.as_second() - now.as_second());
    let pieces = vec![
        (who.to_owned(), role),
        (format!(", for {left} more"), Role::Dim),
    ];
    Some(("taken by", pieces))
}

/// What it stands on, and whether that may land.
pub(super) fn stands_on(state: &State, entry: &Entry) -> Option<(&'static str, Pieces)> {
    let on = entry.stacked_on.as_ref()?;
    let below = state.queue.row_of(&entry.home.revision(on.clone()));
    let below = below.filter(|below| below.revision == on.number);
    let (text, role) = match below.map(|below| below.state) {
        Some(Standing::Approved) => (", which is approved", Role::Good),
        Some(Standing::Landed) => (", which has landed", Role::Good),
        Some(Standing::Rejected) => (", which is rejected", Role::Bad),
        Some(_) => (", which is not approved", Role::Ask),
        None => (", which is not here any more", Role::Ask),
    };
    let pieces = vec![(on.to_string(), Role::Text), (text.to_owned(), role)];
    Some(("stands on", pieces))
}

/// Until when it is put off.
fn snoozed(state: &State, entry: &Entry) -> Option<(&'static str, Pieces)> {
    let snooze = state.queue.snoozed().of(entry)?;
    let key = state.keymap.key(Place::Main, Action::Snooze);
    let text = match snooze.until {
        Some(until) => {
            let left = left(until.as_second() - state.clock.wall.as_second());
            format!("for {left} more, or until a new revision")
        }
        None => "until a new revision comes".to_owned(),
    };
    let back = format!(" · {key} brings it back");
    Some(("snoozed", vec![(text, Role::Text), (back, Role::Dim)]))
}

/// A time to come, in words; less than a minute is one.
fn left(seconds: i64) -> String {
    match seconds {
        ..7_200 => format!("{} min", (seconds / 60).max(1)),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}
