//! The clone itself: its form, its verdicts, what was left lying about, its clock.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use jiff::{SignedDuration, Timestamp};

use super::Check;
use crate::change::Oid;
use crate::git::GitError;
use crate::review::{NOTES, REFS, Session};

/// A lock this old was left by a program that died.
const STALE: SignedDuration = SignedDuration::from_mins(10);
/// Clocks that differ by less than this are one.
const SKEW: SignedDuration = SignedDuration::from_mins(5);
/// Entries of a folder that are looked at for locks.
const ENTRIES: usize = 10_000;

/// How the repository keeps its objects, and whether it has all of them.
pub(super) fn format(session: &Session) -> Vec<Check> {
    let store = &session.store;
    let mut checks = vec![Check::ok(
        "repository",
        format!(
            "{}: SHA-1 objects, refs as files",
            store.git_dir().display()
        ),
    )];
    checks.push(if store.is_shallow() {
        let text = "shallow: the gate and notes need the whole history";
        Check::warn("history", text, "git fetch --unshallow")
    } else if partial(session) {
        let text = "a partial clone: objects that are not here cannot be read without the network";
        let fix = "git fetch --refetch --no-filter && git config --unset-all remote.origin.partialclonefilter";
        Check::warn("history", text, fix)
    } else {
        Check::ok("history", "complete")
    });
    checks.push(match store.replace_refs() {
        Err(error) => Check::fail("replaced", error.to_string(), "git fsck"),
        Ok(_) if store.has_grafts() => {
            let file = store.common_dir().join("info/grafts");
            let text = "grafts change the history that git shows; the gate refuses to judge it";
            Check::warn("replaced", text, format!("rm '{}'", file.display()))
        }
        Ok(0) => Check::ok("replaced", "no replace refs, no grafts"),
        Ok(count) => Check::warn(
            "replaced",
            format!("{count} replace refs change what git shows; the gate refuses to judge that"),
            "git replace -l | xargs git replace -d",
        ),
    });
    checks
}

fn partial(session: &Session) -> bool {
    let store = &session.store;
    let promisor = |(key, value): &(String, String)| {
        (key.ends_with(".promisor") && value != "false") || key.ends_with(".partialclonefilter")
    };
    store
        .config_section("remote")
        .is_ok_and(|all| all.iter().any(promisor))
}

/// Own notes against the remote's as they are known, and what waits to be pushed.
pub(super) fn verdicts(session: &Session) -> Vec<Check> {
    let notes = notes(session)
        .unwrap_or_else(|error| Check::fail("notes", error.to_string(), error.hint()));
    let outbox = match session.journal.outbox().read() {
        Err(error) => Check::fail("outbox", error.to_string(), own_folder(session)),
        Ok((_, damaged)) if !damaged.is_empty() => {
            let text: Vec<String> = damaged.iter().map(ToString::to_string).collect();
            Check::fail("outbox", text.join("; "), own_folder(session))
        }
        Ok((waiting, _)) if waiting.is_empty() => Check::ok("outbox", "empty"),
        Ok((waiting, _)) => Check::warn(
            "outbox",
            format!("{} signed verdicts wait here to be pushed", waiting.len()),
            "countersign sync",
        ),
    };
    vec![notes, outbox]
}

fn own_folder(session: &Session) -> String {
    format!("ls -l '{}'", session.journal.dir().join("outbox").display())
}

fn notes(session: &Session) -> Result<Check, GitError> {
    let (store, id) = (&session.store, "notes");
    let own = store.notes_tip(NOTES)?;
    let tracked = match session.tracked_notes() {
        Some(name) => store.notes_tip(&name)?,
        None => None,
    };
    let record = match &session.remote {
        Some(remote) => store.fetch_record(remote)?,
        None => None,
    };
    if session.remote.is_some() && record.is_none() {
        let text = "the queue and the verdicts were never fetched here";
        return Ok(Check::warn(id, text, "countersign sync"));
    }
    Ok(match (own, tracked) {
        (None, None) => Check::ok(id, "no verdicts yet"),
        (None, Some(_)) => Check::ok(id, "the remote's verdicts are here"),
        (Some(_), None) => {
            let text = "verdicts are here that the remote is not known to have";
            Check::warn(id, text, "countersign sync")
        }
        (Some(own), Some(tracked)) if store.contains_commit(tracked, own)? => {
            Check::ok(id, "own verdicts are on the remote")
        }
        (Some(own), Some(tracked)) if store.contains_commit(own, tracked)? => {
            let text = "own verdicts are ahead of the remote's";
            Check::warn(id, text, "countersign sync")
        }
        (Some(_), Some(_)) => {
            let text = "own verdicts and the remote's have gone apart; sync joins them";
            Check::warn(id, text, "countersign sync")
        }
    })
}

/// Locks, the clock, and whether there is room to write.
pub(super) fn surroundings(session: &Session, now: Timestamp) -> Vec<Check> {
    vec![locks(session, now), clock(session, now), room(session)]
}

fn locks(session: &Session, now: Timestamp) -> Check {
    let stale = stale_locks(session, now);
    let Some(first) = stale.first() else {
        return Check::ok("locks", "none was left behind");
    };
    let names: Vec<String> = stale
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    Check::warn(
        "locks",
        format!("left behind by a program that ended: {}", names.join(", ")),
        format!("see that no git runs here, then rm '{}'", first.display()),
    )
}

fn stale_locks(session: &Session, now: Timestamp) -> Vec<PathBuf> {
    let store = &session.store;
    let common = store.common_dir();
    let mut folders = vec![
        store.git_dir().to_owned(),
        common.to_owned(),
        common.join("refs/heads"),
        common.join("refs/notes"),
        common.join(REFS),
    ];
    folders.dedup();
    let old = |path: &Path| {
        let modified = path.metadata().ok()?.modified().ok()?;
        let seconds = modified.duration_since(UNIX_EPOCH).ok()?.as_secs();
        let then = Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
        Some(now.duration_since(then) > STALE)
    };
    let mut found = Vec::new();
    for folder in folders {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        for entry in entries.take(ENTRIES) {
            let path = entry.path();
            let lock = path.extension().is_some_and(|end| end == "lock");
            if lock && old(&path) == Some(true) && !found.contains(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The clock against the dates of what was fetched: time does not run backwards.
fn clock(session: &Session, now: Timestamp) -> Check {
    let store = &session.store;
    let tips = || -> Result<Vec<Oid>, GitError> {
        let mut tips = Vec::new();
        if let Some(branch) = session.first_branch()? {
            tips.extend(session.target_tip(&branch)?);
        }
        for name in session.notes_refs() {
            tips.extend(store.notes_tip(&name)?);
        }
        Ok(tips)
    };
    let newest = tips()
        .unwrap_or_default()
        .into_iter()
        .filter_map(|tip| store.commit(tip).ok())
        .map(|commit| commit.committer.when)
        .max();
    match newest {
        Some(newest) if newest.duration_since(now) > SKEW => Check::fail(
            "clock",
            format!(
                "this clock says {now}, and the newest commit here is from {newest}: verdicts would be dated in the past"
            ),
            "timedatectl set-ntp true",
        ),
        _ => Check::ok("clock", "not behind what was fetched"),
    }
}

/// Whether the clone's own files can be written, seen from its folder.
fn room(session: &Session) -> Check {
    let common = session.store.common_dir();
    let own = session.journal.dir();
    let dir = if own.is_dir() { own } else { common };
    match tempfile::Builder::new()
        .prefix("countersign-doctor-")
        .tempfile_in(dir)
    {
        Ok(_) => Check::ok("journal", format!("{} can be written", own.display())),
        Err(error) => Check::fail(
            "journal",
            format!("{} cannot be written: {error}", dir.display()),
            format!("ls -ld '{}'; df '{}'", dir.display(), dir.display()),
        ),
    }
}
