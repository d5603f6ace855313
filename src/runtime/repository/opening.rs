//! Revisions read for the screen, and kept as they were read: what is signed is that.

use std::sync::PoisonError;

use jiff::Timestamp;

use super::{KEPT, Kept, Repository};
use crate::app;
use crate::change::QueueRef;
use crate::diff::FileDiff;
use crate::review::{self, Desk, ReviewError, Session};
use crate::risk::is_lock_file;
use crate::runtime::backend::Weighed;
use crate::runtime::marks::digests;
use crate::runtime::translate::chain;
use crate::runtime::{compare, draft_file, present};

impl Repository {
    fn keep(&self, new: Kept) {
        let mut kept = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let name = new.opened.revision.name();
        kept.retain(|old| old.opened.revision.name() != name);
        kept.push(new);
        let surplus = kept.len().saturating_sub(KEPT);
        kept.drain(..surplus);
    }

    pub(super) fn read(
        &self,
        name: &QueueRef,
    ) -> Result<(Box<app::change::Opened>, Vec<FileDiff>), ReviewError> {
        let session = self.session()?;
        let mut desk = Desk::new(&session, Timestamp::now())?;
        let (change, files, kept) = look(&session, &mut desk, name)?;
        self.keep(kept);
        Ok((change, files))
    }

    /// Reads revisions to be approved together, each whole. They are kept for signing until others
    /// are read so; what is on the screen is kept beside them.
    pub(super) fn read_all(&self, names: &[QueueRef]) -> Result<Vec<Weighed>, ReviewError> {
        let session = self.session()?;
        let mut desk = Desk::new(&session, Timestamp::now())?;
        let mut batch = Vec::with_capacity(names.len());
        let weighed = names.iter().map(|name| {
            let change = look(&session, &mut desk, name).map(|(mut change, files, kept)| {
                batch.push(kept);
                change.files = files;
                change.complete = true;
                change
            });
            (name.clone(), change.map_err(chain))
        });
        let weighed = weighed.collect();
        *self.batch.lock().unwrap_or_else(PoisonError::into_inner) = batch;
        Ok(weighed)
    }
}

/// A revision as the screen wants it, its files, and what is kept of it for signing.
fn look(
    session: &Session,
    desk: &mut Desk<'_>,
    name: &QueueRef,
) -> Result<(Box<app::change::Opened>, Vec<FileDiff>, Kept), ReviewError> {
    let now = Timestamp::now();
    let mut opened = desk.open(name)?;
    // What a tool resolved is read after what people wrote.
    opened.files.sort_by_key(|file| is_lock_file(file.path()));
    let hunks = digests(&opened.files);
    let marks = session.journal.seen().load(&name.id).unwrap_or_default();
    let seen = opened.files.iter().enumerate().flat_map(|(index, file)| {
        let (hunks, marks) = (&hunks, &marks);
        let all = 0..file.hunks().len();
        all.filter(move |hunk| {
            let digest = hunks.get(&(file.path().clone(), *hunk));
            digest.is_some_and(|digest| marks.contains(digest))
        })
        .map(move |hunk| (index, hunk))
    });
    let seen = seen.collect();
    let me = match opened.policy.as_ref() {
        Some(trusted) => review::Me::find(session, Some(&trusted.policy)).ok(),
        None => desk.me().cloned(),
    };
    let remarks = review::remarks::remarks(&session.store, desk, &opened, &opened);
    let said = (remarks.as_slice(), desk.statements());
    let mut change = present::opened(&opened, me.as_ref(), said, seen, now);
    if let Some(me) = &me {
        let around = review::outlook(session, &opened, desk.statements(), me, now)?;
        change.subject.signing = around.map(|around| present::signing(around, me));
    }
    change.ends = compare::comparable(session, desk, &opened, me.as_ref());
    let draft = session.journal.drafts().load(name, opened.span.head.commit);
    change.kept = draft
        .ok()
        .flatten()
        .and_then(|bytes| draft_file::read(&bytes));
    let files = std::mem::take(&mut opened.files);
    Ok((Box::new(change), files, Kept { opened, hunks }))
}
