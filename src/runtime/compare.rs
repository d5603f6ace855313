//! Comparisons for the screen: what of a change can be compared, and two ends of it compared.

use jiff::Timestamp;

use crate::app::change::message_file;
use crate::app::compare::{Comparable, Comparison, End, Ends, Kind, Last};
use crate::change::{Oid, QueueRef};
use crate::diff::interdiff::Interdiff;
use crate::diff::{Body, FileDiff, Hunk, LineKind};
use crate::review::{Between, Desk, Me, Opened, Point, ReviewError, Said, Session};
use crate::risk::is_lock_file;
use crate::verdict::VerdictKind;

/// What of a revision can be compared, and which earlier one this person knows: that of their last
/// verdict, else the newest one they went into.
pub(super) fn comparable(
    session: &Session,
    desk: &Desk<'_>,
    opened: &Opened,
    me: Option<&Me>,
) -> Comparable {
    let revision = &opened.revision;
    let known = desk.refs().changes.get(&revision.id);
    let revisions: Vec<u32> = known
        .into_iter()
        .flat_map(|all| all.keys().copied())
        .collect();
    let visits = session.journal.visits().load(&revision.id);
    // Without the record of visits the comparison starts further back, or not at all.
    let mut visits = visits.unwrap_or_default().into_keys().rev();
    let read = || {
        let number =
            visits.find(|number| *number < revision.number && revisions.contains(number))?;
        Some(Last {
            revision: number,
            verdict: None,
            words: None,
            remarks: 0,
        })
    };
    Comparable {
        last: last_verdict(opened, me).or_else(read),
        commits: revision
            .commits
            .iter()
            .map(|commit| (commit.oid, commit.subject().to_owned()))
            .collect(),
        revisions,
    }
}

/// The own verdict on an earlier revision, if there is one.
fn last_verdict(opened: &Opened, me: Option<&Me>) -> Option<Last> {
    let own = me.and_then(|me| me.principal.as_deref())?;
    let number = opened.revision.number;
    let earlier = |said: &&Said| {
        said.reviewer == own
            && said.name.id == opened.revision.id
            && said.name.number < number
            && said.kind != VerdictKind::Withdraw
    };
    let last = opened.said.iter().rev().find(earlier)?;
    Some(Last {
        revision: last.name.number,
        verdict: Some(last.kind),
        words: last
            .summary
            .as_deref()
            .map(|words| words.replace('\n', " ")),
        remarks: last.comments.len(),
    })
}

/// Keeps that this person went into a revision. Where that cannot be kept, the next comparison starts
/// further back.
pub(super) fn visit(session: &Session, name: &QueueRef, head: Oid) {
    let _ = session.journal.visits().add(name, head);
}

/// Compares two ends of a revision of this clone.
pub(super) fn answer(
    session: &Session,
    name: &QueueRef,
    ends: Ends,
) -> Result<Box<Comparison>, ReviewError> {
    let desk = Desk::new(session, Timestamp::now())?;
    compare(&desk, name, ends).map(Box::new)
}

fn compare(desk: &Desk<'_>, name: &QueueRef, ends: Ends) -> Result<Comparison, ReviewError> {
    let between = desk.between(name, (point(ends.0), point(ends.1)))?;
    let Between {
        interdiff,
        bases,
        message,
        text,
        later,
    } = between;
    let others = interdiff.others;
    Ok(Comparison {
        ends,
        message: message_of(ends, message, &text),
        parts: parts(interdiff),
        others,
        bases,
        later,
    })
}

const fn point(end: End) -> Point {
    match end {
        End::Base => Point::Base,
        End::Commit(oid) => Point::Commit(oid),
        End::Revision(number) => Point::Revision(number),
    }
}

/// The files as they are read: each with what only a rebase did to it behind it, those at the end
/// to which nothing else was done.
fn parts(interdiff: Interdiff) -> Vec<(FileDiff, Kind)> {
    let (mut parts, mut rest) = (Vec::new(), Vec::new());
    let (locks, others): (Vec<_>, Vec<_>) = interdiff.files.into_iter().partition(|file| {
        let either = file.own.as_ref().or(file.rebase.as_ref());
        either.is_some_and(|file| is_lock_file(file.path()))
    });
    // As in the change itself, what a tool resolved is read last.
    for file in others.into_iter().chain(locks) {
        let rebase = file.rebase.map(|rebase| (rebase, Kind::Rebase));
        match file.own {
            Some(own) => {
                let kind = match file.doubtful {
                    true => Kind::Doubtful,
                    false => Kind::Own,
                };
                parts.push((own, kind));
                parts.extend(rebase);
            }
            None => rest.extend(rebase),
        }
    }
    parts.append(&mut rest);
    parts
}

/// The message: between revisions what was done to it, else what it says at the right end.
fn message_of(ends: Ends, changed: Body, text: &[u8]) -> FileDiff {
    let revisions = matches!(ends, (End::Revision(_), End::Revision(_)));
    let mut file = message_file(if revisions { b"" } else { text });
    if revisions {
        let count = |hunks: &[Hunk], kind| {
            let lines = hunks.iter().flat_map(|hunk| &hunk.lines);
            lines.filter(|line| line.kind == kind).count()
        };
        let hunks = match changed {
            Body::Text(hunks) => hunks,
            _ => Vec::new(),
        };
        file.added = count(&hunks, LineKind::Added);
        file.removed = count(&hunks, LineKind::Removed);
        file.body = Body::Text(hunks);
    }
    file
}
