//! The gate as a server's hook: which refs of a push may be moved. Git asks before any of them is;
//! the pushed objects lie in its quarantine.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::change::Oid;
use crate::evidence::{Untrusted, policy_at};
use crate::git::{GitError, Store};
use crate::policy::{Decision, Policy, Reason, ReasonId};
use crate::verdict::Verifier;

use super::judge::{Question, invalid_policy, judge, no_policy, unreadable};
use super::own_refs::{self, NOTES, REFS};
use super::{Memory, Range, Report, sound};

/// One line of what git gives a pre-receive hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefUpdate {
    /// The full name of the ref, as git gave it.
    pub name: Vec<u8>,
    /// What it names now; none where it is new.
    pub old: Option<Oid>,
    /// What it shall name; none where it is to be deleted.
    pub new: Option<Oid>,
}

/// A push, before anything of it is done.
pub struct Push<'a> {
    /// The server's repository, with the quarantine.
    pub store: &'a Store,
    /// Every ref of the push.
    pub updates: &'a [RefUpdate],
    /// The commit from which policy is trusted; none refuses every branch.
    pub root: Option<Oid>,
    /// Now.
    pub now: Timestamp,
}

/// A ref that may not be moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its name, as git gave it.
    pub name: Vec<u8>,
    /// Whether it is a matter of approvals (`Pending`), of the push (`Deny`) or of what the server
    /// can read (`Error`).
    pub decision: Decision,
    /// Whether the ref is a target that was judged, and no ref of ours that was moved against its
    /// rule.
    pub judged: bool,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What would help.
    pub fix: String,
}

/// What a push comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// What may not go; nothing where all of it may.
    pub refusals: Vec<Refusal>,
    /// What goes by break-glass, each in a sentence that has to be said.
    pub broken: Vec<Reason>,
}

/// What may not go in this push, and what goes only by break-glass.
pub fn receive(push: &Push<'_>, verifier: &dyn Verifier) -> Received {
    let mut received = Received::default();
    let refusals = &mut received.refusals;
    let mut incoming = None;
    let by_name: BTreeMap<&[u8], &RefUpdate> = push
        .updates
        .iter()
        .map(|update| (update.name.as_slice(), update))
        .collect();
    for update in push.updates.iter().filter(|u| own_refs::is_own(&u.name)) {
        let broken = own_refs::broken_rule(push, update, &by_name);
        if broken.is_none() && update.name == NOTES.as_bytes() {
            incoming = update.new;
        }
        refusals.extend(broken);
    }
    let branches = push
        .updates
        .iter()
        .filter(|update| update.name.starts_with(b"refs/heads/"));
    for update in branches {
        match branch(push, update, incoming, verifier) {
            Ok(broken) => received.broken.extend(broken),
            Err(refusal) => received.refusals.push(*refusal),
        }
    }
    received
}

impl Refusal {
    /// A rule of the refs that a push breaks.
    pub(super) fn rule(
        update: &RefUpdate,
        text: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            name: update.name.clone(),
            decision: Decision::Deny,
            judged: false,
            reasons: vec![Reason::new(ReasonId::RefRule, text)],
            fix: fix.into(),
        }
    }

    /// What could not be read.
    pub(super) fn unread(update: &RefUpdate, reasons: Vec<Reason>) -> Self {
        Self {
            name: update.name.clone(),
            decision: Decision::Error,
            judged: false,
            reasons,
            fix: "nothing was changed; the server's administrator can run the gate there"
                .to_owned(),
        }
    }
}

/// A branch: judged where it is a target, left alone where it is none. What goes by break-glass is said.
fn branch(
    push: &Push<'_>,
    update: &RefUpdate,
    incoming: Option<Oid>,
    verifier: &dyn Verifier,
) -> Result<Vec<Reason>, Box<Refusal>> {
    let judged = |refusal: Refusal| {
        Err(Box::new(Refusal {
            judged: true,
            ..refusal
        }))
    };
    let Ok(target) = std::str::from_utf8(&update.name) else {
        // A target's name is UTF-8: the policy is.
        return Ok(Vec::new());
    };
    let law = match protection(push, target) {
        Ok(None) => return Ok(Vec::new()),
        Ok(Some(law)) => law,
        Err(reasons) => return judged(Refusal::unread(update, reasons)),
    };
    let Some(candidate) = update.new else {
        let text = format!("{target} is a target of the policy and cannot be deleted");
        let fix = "take it out of scope.targets first, by an approved change of the policy";
        return judged(Refusal::rule(update, text, fix));
    };
    let range = match range(push, &law, target, update.old, candidate) {
        Ok(range) => range,
        Err(error) => return judged(Refusal::unread(update, unreadable(&error))),
    };
    let question = Question {
        store: push.store,
        target,
        range: range.unwrap_or(Range {
            base: candidate,
            candidate,
            base_written: true,
        }),
        root: push.root,
        first: range.is_none(),
        deployable: None,
        notes: &[NOTES.to_owned()],
        incoming,
        memory: Memory::Store,
        floor: None,
        allow_rollback: false,
        roots: &[REFS.to_owned()],
        remote: None,
        target_tip: update.old,
        now: push.now,
    };
    refusal(update, judge(&question, verifier))
}

/// The policy that makes this branch a target; none where it is no target. The policy in force on
/// the default target decides, and the one at the root: neither comes with the push.
fn protection(push: &Push<'_>, target: &str) -> Result<Option<Policy>, Vec<Reason>> {
    let root = push.root.ok_or_else(sound::no_root)?;
    let policy = |commit| match policy_at(push.store, commit) {
        Ok(trusted) => Ok(trusted.policy),
        Err(error @ Untrusted::Invalid { .. }) => Err(vec![invalid_policy(&error)]),
        Err(error) => Err(no_policy(&error)),
    };
    let at_root = policy(root)?;
    let tip = push.store.ref_oid(at_root.default_target());
    let in_force = match tip.map_err(|error| unreadable(&error))? {
        Some(tip) => policy(tip)?,
        None => at_root.clone(),
    };
    let laws = [in_force, at_root];
    Ok(laws.into_iter().find(|law| law.is_target(target)))
}

/// What of the branch is judged; none is all of it from the root on. A new branch that begins on a
/// target whose approvals it accepts begins with what was judged there.
fn range(
    push: &Push<'_>,
    law: &Policy,
    target: &str,
    old: Option<Oid>,
    candidate: Oid,
) -> Result<Option<Range>, GitError> {
    if let Some(base) = old {
        return Ok(Some(Range {
            base,
            candidate,
            base_written: true,
        }));
    }
    let from = law.default_target();
    if !law
        .accepts(target)
        .iter()
        .any(|glob| glob.matches(from.as_bytes()))
    {
        return Ok(None);
    }
    let Some(tip) = push.store.ref_oid(from)? else {
        return Ok(None);
    };
    let new = push.store.commits_between(&[tip], candidate)?;
    let mut base = candidate;
    while new.contains(&base) {
        match push.store.commit(base)?.parents.first() {
            Some(parent) => base = *parent,
            None => return Ok(None),
        }
    }
    Ok(Some(Range {
        base,
        candidate,
        base_written: true,
    }))
}

/// What a decision means for a push: where it may go, what goes by break-glass.
fn refusal(update: &RefUpdate, report: Report) -> Result<Vec<Reason>, Box<Refusal>> {
    let fix = match report.decision {
        Decision::Allow => {
            let warnings = report.warnings.into_iter();
            return Ok(warnings
                .filter(|one| one.id == ReasonId::BreakGlass)
                .collect());
        }
        Decision::Pending => {
            "have it approved (countersign approve), push the verdicts, push this again"
        }
        Decision::Deny => {
            "approvals alone would not help; queue a revision without what is named here"
        }
        Decision::Error => {
            "the server cannot decide; nothing was changed, its administrator can run the gate there"
        }
    };
    let of_runs = report.runs.into_iter().flat_map(|run| run.reasons);
    let mut reasons: Vec<Reason> = report.reasons.into_iter().chain(of_runs).collect();
    // What weighs most is said first.
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.class()));
    Err(Box::new(Refusal {
        name: update.name.clone(),
        decision: report.decision,
        judged: true,
        reasons,
        fix: fix.to_owned(),
    }))
}
