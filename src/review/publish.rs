//! From *recorded* to *pushed*: what waits in the outbox goes into the notes ref in one commit, and
//! the notes ref to the remote, never by force. Replaying it changes nothing.

use jiff::Timestamp;

use crate::change::{Identity, Oid, Sha256};
use crate::git::{GitError, TrackedNames};
use crate::signing::SshVerifier;
use crate::verdict::Envelope;

use super::session::NOTES;
use super::{ReviewError, Session};

/// What became of the outbox.
#[derive(Debug, Default)]
pub struct Published {
    /// Verdicts that are on the remote now (in a repository without remotes: in the notes ref).
    pub pushed: Vec<Sha256>,
    /// Verdicts that still wait here.
    pub waiting: Vec<Sha256>,
    /// Why they wait.
    pub failure: Option<GitError>,
    /// What is odd: an outbox entry that is no statement, notes that were rewound.
    pub warnings: Vec<String>,
}

/// Publishes everything that waits in the outbox.
///
/// # Errors
/// Where the outbox or the own notes ref cannot be read or written. A remote that is gone is no
/// error: the verdicts wait, and the answer says why.
pub fn publish(session: &Session, now: Timestamp) -> Result<Published, ReviewError> {
    publish_some(session, &|_| true, now)
}

/// Publishes what waits in the outbox and is wanted: at the screen a verdict stays until its time
/// to be taken back is over, while an older one may leave.
///
/// # Errors
/// As for [`publish`].
pub fn publish_some(
    session: &Session,
    wanted: &dyn Fn(&Sha256) -> bool,
    now: Timestamp,
) -> Result<Published, ReviewError> {
    let who = session.identity(now)?;
    let mut done = Published::default();
    let digests = into_notes(session, wanted, &who, &mut done)?;
    if digests.is_empty() {
        return Ok(done);
    }
    if let Some(remote) = &session.remote {
        match session
            .store
            .push_notes(remote, &TrackedNames::default(), &who)
        {
            Ok(report) if report.rewound => done.warnings.push(rewound(remote)),
            Ok(_) => {}
            Err(error) if error.is_network() => {
                done.waiting.extend(digests);
                done.failure = Some(error);
                return Ok(done);
            }
            Err(error) => return Err(error.into()),
        }
    }
    for digest in digests {
        session.journal.outbox().remove(digest)?;
        done.pushed.push(digest);
    }
    Ok(done)
}

/// Writes what waits and is wanted into the own notes ref, in one commit; the digests of what is
/// there now. Until then the outbox is locked: a verdict that is taken back meanwhile is either out
/// of the outbox before it is read here, or in the notes when its author looks.
fn into_notes(
    session: &Session,
    wanted: &dyn Fn(&Sha256) -> bool,
    who: &Identity,
    done: &mut Published,
) -> Result<Vec<Sha256>, ReviewError> {
    let outbox = session.journal.outbox();
    let _lock = outbox.lock()?;
    let (waiting, odd) = outbox.read()?;
    for error in odd {
        done.warnings.push(format!("W-OUTBOX {error}; it is kept"));
    }
    let mut lines: Vec<(Oid, Vec<u8>)> = Vec::new();
    let mut digests = Vec::new();
    for waiting in waiting.into_iter().filter(|w| wanted(&w.digest)) {
        match Envelope::verify(&waiting.line, &SshVerifier)
            .map(|verified| verified.subject_commit())
        {
            Ok(Some(subject)) => {
                lines.push((subject, waiting.line));
                digests.push(waiting.digest);
            }
            Ok(None) | Err(_) => {
                done.waiting.push(waiting.digest);
                done.warnings.push(format!(
                    "W-OUTBOX {} in {} is no verified statement; it is kept and not published",
                    waiting.digest,
                    session.journal.dir().join("outbox").display()
                ));
            }
        }
    }
    if !lines.is_empty() {
        session.store.notes_append(NOTES, &lines, who)?;
    }
    Ok(digests)
}

/// The warning for notes that lost history on the remote.
pub(super) fn rewound(remote: &str) -> String {
    format!(
        "W-LOG-REWOUND the verdicts on {remote} lack some that were there before; both are kept, and the next push restores them"
    )
}
