//! Fetching the queue and the verdicts, and pushing what was made here and nothing else.

use jiff::Timestamp;

use crate::change::Identity;
use crate::git::{GitError, TrackedNames};
use crate::journal::MadeRef;
use crate::policy::Glob;

use super::publish::{Published, publish, rewound};
use super::session::REFS;
use super::{ReviewError, Session};

/// What a sync did.
#[derive(Debug)]
pub struct Synced {
    /// What became of the outbox.
    pub published: Published,
    /// Own revisions that are on the remote now.
    pub pushed_refs: Vec<String>,
    /// Own revisions that the remote refused, with its words.
    pub refused_refs: Vec<(String, String)>,
    /// What is odd.
    pub warnings: Vec<String>,
    /// Why the verdicts of the remote could not be taken over; what is known here may be old.
    pub notes_error: Option<GitError>,
}

/// What a fetch brought to light.
#[derive(Debug, Default)]
pub struct Fetched {
    /// What is odd.
    pub warnings: Vec<String>,
    /// Why the verdicts of the remote could not be taken over; what is known here may be old.
    pub notes_error: Option<GitError>,
}

impl Session {
    /// Who writes notes commits here: git's identity, or a neutral one. What counts is the
    /// signature inside, never this name.
    pub fn identity(&self, now: Timestamp) -> Result<Identity, GitError> {
        let get = |key: &str| self.store.config_string(key);
        Ok(Identity {
            name: get("user.name")?.unwrap_or_else(|| "countersign".to_owned()),
            email: get("user.email")?.unwrap_or_else(|| "countersign@localhost".to_owned()),
            when: crate::verdict::whole_seconds(now),
        })
    }
}

/// Fetches, and pushes nothing. What the screen does in the background.
pub fn fetch(session: &Session, now: Timestamp) -> Result<Fetched, ReviewError> {
    let remote = session.need_remote()?;
    let who = session.identity(now)?;
    let targets = targets(session)?;
    let targets: Vec<&str> = targets.iter().map(String::as_str).collect();
    let report =
        session
            .store
            .fetch_queue(remote, &TrackedNames::default(), &targets, &who, now)?;
    let mut warnings = Vec::new();
    if report.rewound {
        warnings.push(rewound(remote));
    }
    if let Some(error) = &report.notes_error {
        warnings.push(format!(
            "W-NOTES-UNREADABLE the verdicts of {remote} could not be taken over: {error}"
        ));
    }
    for failed in &report.failed {
        warnings.push(format!("W-REF-FAILED {}: {}", failed.name, failed.why));
    }
    Ok(Fetched {
        warnings,
        notes_error: report.notes_error,
    })
}

/// Fetches, then pushes what waits here: verdicts, and revisions made here.
pub fn sync(session: &Session, now: Timestamp) -> Result<Synced, ReviewError> {
    let Fetched {
        warnings,
        notes_error,
    } = fetch(session, now)?;
    let published = publish(session, now);
    // Verdicts that cannot leave keep no revision from leaving.
    let (pushed_refs, refused_refs) = push_made(session)?;
    Ok(Synced {
        published: published?,
        pushed_refs,
        refused_refs,
        warnings,
        notes_error,
    })
}

/// Pushes the revisions that the journal says were made here. Those that the remote has are no
/// longer waiting, whatever brought them there.
#[allow(
    clippy::type_complexity,
    reason = "pushed names; refused names with the remote's words"
)]
pub(super) fn push_made(
    session: &Session,
) -> Result<(Vec<String>, Vec<(String, String)>), ReviewError> {
    let made_refs = session.journal.made_refs();
    let waiting = made_refs.waiting()?;
    let (mut pushed, mut refused) = (Vec::new(), Vec::new());
    if waiting.is_empty() {
        return Ok((pushed, refused));
    }
    let remote = session.need_remote()?;
    let refs: Vec<_> = waiting
        .iter()
        .map(|made| (made.oid, made.name.as_str()))
        .collect();
    let results = session.store.push_new(remote, &refs)?;
    // Somebody else may have brought the very same there at the same moment: then it is there.
    let names = results.iter().filter(|result| !result.ok);
    let names: Vec<&str> = names.map(|result| result.refname.as_str()).collect();
    let there = match names.as_slice() {
        [] => Vec::new(),
        names => session.store.ls_remote(remote, names)?,
    };
    let arrived = |made: &MadeRef| {
        let mut there = there.iter();
        there.any(|entry| entry.name == made.name.as_bytes() && entry.oid == made.oid)
    };
    for result in results {
        let made = waiting.iter().find(|made| made.name == result.refname);
        if result.ok || made.is_some_and(arrived) {
            if let Some(made) = made {
                track(session, made)?;
            }
            made_refs.remove(&result.refname)?;
            pushed.push(result.refname);
        } else {
            let mut words = vec![result.reason];
            words.extend(result.remote_lines);
            refused.push((result.refname, words.join("\n")));
        }
    }
    Ok((pushed, refused))
}

/// Notes that the remote has a ref now, as the next fetch would. Where another process is at it,
/// that one notes the same.
fn track(session: &Session, made: &MadeRef) -> Result<(), GitError> {
    let (Some(root), Some(rest)) = (session.tracked_refs(), made.name.strip_prefix(REFS)) else {
        return Ok(());
    };
    let name = format!("{root}{rest}");
    match session.store.ref_oid(&name)? {
        Some(_) => Ok(()),
        None => match session
            .store
            .update_ref(&name, made.oid, None, "countersign: push")
        {
            Err(GitError::RefMoved { .. } | GitError::RefLocked { .. }) => Ok(()),
            noted => noted,
        },
    }
}

/// The targets whose tips are fetched: those the policy names one by one, and branches of the
/// remote that are tracked already and match one of its globs; without a policy the first branch.
fn targets(session: &Session) -> Result<Vec<String>, ReviewError> {
    let default = session.default_policy()?;
    let mut targets: Vec<String> = default.target().map(str::to_owned).into_iter().collect();
    if targets.is_empty() {
        targets = vec!["refs/heads/main".to_owned(), "refs/heads/master".to_owned()];
    }
    if let (Some(trusted), Some(remote)) = (default.policy(), &session.remote) {
        let named = trusted.policy.scope.targets.iter().map(Glob::as_str);
        targets.extend(
            named
                .filter(|name| !name.contains(['*', '?']))
                .map(str::to_owned),
        );
        let prefix = format!("refs/remotes/{remote}/");
        for entry in session.store.refs(&prefix)? {
            let branch = std::str::from_utf8(&entry.name[prefix.len()..]);
            let name = branch.map(|branch| format!("refs/heads/{branch}"));
            targets.extend(name.ok().filter(|name| trusted.policy.is_target(name)));
        }
    }
    targets.sort();
    targets.dedup();
    Ok(targets)
}
