//! Checkpoints: a policy owner's word on what the notes held at one commit. Before it only that
//! commit's tree is read for statements, and older commits for ancestry alone. Where the policy asks,
//! the newest one says that this is not last month's log.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use crate::change::Oid;
use crate::evidence::Statements;
use crate::git::{GitError, Store};
use crate::policy::{Point, Policy, Reason, ReasonId};
use crate::verdict::Verifier;

/// Checkpoints that are tried, newest first: each costs a reading of its tree.
const TRIES: usize = 4;

/// What the notes are read with.
pub(in crate::gate) struct Reading<'a> {
    pub(in crate::gate) store: &'a Store,
    pub(in crate::gate) verifier: &'a dyn Verifier,
    /// Whether a checkpoint is by somebody whose word on the log counts now.
    pub(in crate::gate) counts: &'a dyn Fn(&Point) -> bool,
}

/// Reads the notes: since the newest checkpoint that holds, else all of their history. Also that
/// checkpoint.
///
/// # Errors
/// Where the notes cannot be read as far as they are needed.
pub(in crate::gate) fn read(
    reading: &Reading<'_>,
    tips: Vec<Oid>,
) -> Result<(Statements, Option<Point>), GitError> {
    let Reading {
        store, verifier, ..
    } = reading;
    let about_notes = Statements::about_notes(store, &tips, *verifier)?;
    for point in reading.standing(&about_notes) {
        let since = Statements::read_since(store, tips.clone(), point.notes_commit, *verifier)?;
        if since.in_checkpoint == Some(point.statements) {
            return Ok((since, Some(point)));
        }
    }
    let all = Statements::read_from(store, tips, &[], *verifier)?;
    // One that was taken out of the notes since still says when somebody looked.
    for point in reading.standing(&all) {
        let there = Statements::at(store, point.notes_commit, *verifier)?;
        if there.verified.len() as u64 == point.statements {
            return Ok((all, Some(point)));
        }
    }
    Ok((all, None))
}

impl Reading<'_> {
    /// The checkpoints of the presented history that count, newest first.
    fn standing(&self, statements: &Statements) -> Vec<Point> {
        let here: &HashSet<Oid> = &statements.commits;
        let points = statements.verified.iter().filter_map(Point::of);
        let mut points: Vec<Point> = points
            .filter(|point| here.contains(&point.notes_commit) && (self.counts)(point))
            .collect();
        points.sort_by_key(|point| std::cmp::Reverse((point.by.issued_at, point.by.digest)));
        points.truncate(TRIES);
        points
    }
}

/// Holds the newest checkpoint to the age that the policies of the range ask for; the strictest does.
///
/// # Errors
/// Where there is none, or it is older.
pub(in crate::gate) fn check<'p>(
    newest: Option<&Point>,
    laws: impl Iterator<Item = &'p Policy>,
    now: Timestamp,
) -> Result<(), Reason> {
    let asked = laws.filter_map(|law| law.log.checkpoint_max_age).min();
    let Some(max_age) = asked else {
        return Ok(());
    };
    let fix = "countersign checkpoint, by somebody of policy_change.from, makes one";
    let Some(point) = newest else {
        let text =
            format!("log.checkpoint_max_age is {max_age:#}, and no checkpoint counts; {fix}");
        return Err(Reason::new(ReasonId::CheckpointStale, text));
    };
    let age: SignedDuration = now.duration_since(point.by.issued_at);
    if age <= max_age {
        return Ok(());
    }
    let text = format!(
        "the newest checkpoint was signed {}, log.checkpoint_max_age is {max_age:#}; {fix}",
        point.by.issued_at
    );
    let reason = Reason::new(ReasonId::CheckpointStale, text);
    Err(reason
        .by(point.by.principal.as_str())
        .about(point.by.digest))
}
