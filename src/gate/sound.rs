//! What must hold before anything is judged: the repository says what its objects say, the verdicts
//! were fetched, and there is a root of trust.

use crate::git::Store;
use crate::policy::{Policy, Reason, ReasonId};

use super::judge::{NoAnswer, Question, unreadable};

/// No graft and no replace ref: both make history and contents say something else to git.
pub(super) fn repository(store: &Store) -> Result<(), NoAnswer> {
    if store.has_grafts() {
        let text = "this repository has grafts (info/grafts); remove the file";
        return Err(vec![Reason::new(ReasonId::Grafts, text)]);
    }
    let replaced = store.replace_refs().map_err(|error| unreadable(&error))?;
    if replaced > 0 {
        let text = format!(
            "this repository has {replaced} replace refs; remove them: git replace -d $(git replace -l)"
        );
        return Err(vec![Reason::new(ReasonId::ReplaceRefs, text)]);
    }
    Ok(())
}

/// Without any notes ref it must be known that the remote has none: a clone that never fetched them
/// would take silence for the absence of rejections.
pub(super) fn notes_fetched(question: &Question<'_>) -> Result<(), NoAnswer> {
    let Some(remote) = question.remote else {
        return Ok(());
    };
    for name in question.notes {
        if question
            .store
            .notes_tip(name)
            .map_err(|error| unreadable(&error))?
            .is_some()
        {
            return Ok(());
        }
    }
    let record = question
        .store
        .fetch_record(remote)
        .map_err(|error| unreadable(&error))?;
    if record.is_some() {
        return Ok(());
    }
    let text = format!(
        "no verdicts were ever fetched from {remote}; run: countersign sync --remote {remote}"
    );
    Err(vec![Reason::new(ReasonId::NotesNotFetched, text)])
}

/// The policy may keep notes and queue under other names; what was not read there could be a
/// rejection.
pub(super) fn names(question: &Question<'_>, policy: &Policy) -> Result<(), NoAnswer> {
    let asked = [
        ("scope.notes", &policy.scope.notes, question.notes),
        ("scope.refs", &policy.scope.refs, question.roots),
    ];
    let other = asked.iter().find(|(_, name, read)| !read.contains(name));
    let Some((key, name, _)) = other else {
        return Ok(());
    };
    let text = format!("{key} = {name:?} is asked and not read by this program");
    Err(vec![Reason::new(ReasonId::UnsupportedPolicy, text)])
}

/// The reason for a missing root.
pub(super) fn no_root() -> NoAnswer {
    let text = "no root of trust; give the commit from which policy is trusted: --policy-root OID";
    vec![Reason::new(ReasonId::PolicyRoot, text)]
}
