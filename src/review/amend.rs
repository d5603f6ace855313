//! A change of the policy made by a command: the three files as of the target's tip with one thing
//! changed, as a commit on that tip, and its proposal. Neither the work tree nor the index nor any
//! branch is touched.

use jiff::Timestamp;

use crate::change::{ChangeId, Commit, Cover, Oid, QueueRef, RepoPath};
use crate::diff::Body;
use crate::evidence::{FoundRef, QueueRefs, Trusted};
use crate::git::{DiffOptions, GitError, NewCommit, Store};
use crate::policy::{
    ALLOWED_SIGNERS, Amended, Amendment, Circumstances, DIRECTORY, POLICY_TOML, PolicyFiles,
    REVOKED_KEYS, Reason, Shift, Shortage, able, advised, compare,
};
use crate::verdict::Signer;

use super::{Proposal, Proposed, ReviewError, Session, propose};

/// A file of a policy is far below this.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// Who can let a change of the policy pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approvers {
    /// How many people it asks.
    pub needed: u64,
    /// The roles that may.
    pub from: Vec<String>,
    /// Who may, by id.
    pub could: Vec<String>,
    /// Who would be among them and proposes it, by id.
    pub proposing: Vec<String>,
    /// Who holds a role and may not for another reason, by id, and the reason.
    pub cannot: Vec<(String, Reason)>,
}

impl Approvers {
    /// Whether there are enough.
    pub fn suffice(&self) -> bool {
        self.could.len() as u64 >= self.needed
    }

    /// Whether there would be if somebody else proposed it.
    pub fn would_suffice(&self) -> bool {
        (self.could.len() + self.proposing.len()) as u64 >= self.needed
    }
}

/// A change of the policy, ready to be proposed.
#[derive(Debug, Clone)]
pub struct Amending {
    /// Full name of the target.
    pub target: String,
    /// The policy in force there.
    pub policy: Trusted,
    /// What it becomes.
    pub amended: Amended,
    /// What that means.
    pub shifts: Vec<Shift>,
    old: PolicyFiles,
}

impl Amending {
    /// Changes the policy in force on a target. Writes nothing.
    ///
    /// # Errors
    /// Where there is no policy, or it cannot be changed so.
    pub fn new(
        session: &Session,
        target: String,
        policy: Trusted,
        amendment: &Amendment,
        now: Timestamp,
    ) -> Result<Self, ReviewError> {
        let old = files_at(&session.store, policy.commit)?;
        let amended = old.amended(&policy.policy, amendment, now)?;
        Ok(Self {
            target,
            shifts: compare(&policy.policy, &amended.policy),
            amended,
            policy,
            old,
        })
    }

    /// What changes in the files, line by line, by path.
    ///
    /// # Errors
    /// Where libgit2 fails.
    pub fn diff(&self, store: &Store) -> Result<Vec<(&'static str, Body)>, GitError> {
        let options = DiffOptions::default();
        let changed = self.changed();
        changed
            .map(|(path, old, new)| Ok((path, store.texts(old, new, &options)?)))
            .collect()
    }

    /// Who can let it pass where this client proposes it: by the policy in force, and with the keys that
    /// it revokes counting no longer, as the gate will judge it.
    ///
    /// # Errors
    /// Where the configuration cannot be read.
    pub fn approvers(&self, session: &Session, now: Timestamp) -> Result<Approvers, GitError> {
        let policy = &self.policy.policy;
        let change = &policy.policy_change;
        let at = Circumstances {
            revoked: &self.amended.policy.revoked,
            ..advised(policy, now)
        };
        let address = session.identity(now)?.email;
        let operators = policy.agents.values().filter(|agent| {
            let mut emails = agent.emails.iter();
            emails.any(|email| email.eq_ignore_ascii_case(&address))
        });
        let mut makers: Vec<&str> = policy.people_at(&address).collect();
        makers.extend(operators.filter_map(|agent| agent.operator.as_deref()));
        let mut approvers = Approvers {
            needed: change.approvals,
            from: change.from.clone(),
            could: Vec::new(),
            proposing: Vec::new(),
            cannot: Vec::new(),
        };
        for one in able(policy, &change.from, None, &at) {
            let id = one.person.to_owned();
            match one.cannot {
                Some(_) if one.roles.is_empty() => {}
                Some(why) => approvers.cannot.push((id, why)),
                None if makers.contains(&one.person) => approvers.proposing.push(id),
                None => approvers.could.push(id),
            }
        }
        Ok(approvers)
    }

    /// What the new policy asks and could not be met with the keys that count under it, where the old one
    /// could: in the order of the file.
    pub fn shortages(&self, now: Timestamp) -> Vec<Shortage> {
        let old = &self.policy.policy;
        let new = &self.amended.policy;
        let before = old.shortages(&advised(old, now));
        let mut after = new.shortages(&advised(new, now));
        after.retain(|short| {
            let mut same = before.iter().filter(|old| old.rule == short.rule);
            !same.any(|old| old.is_total() == short.is_total() && old.left == short.left)
        });
        after
    }

    /// Other changes in the queue that change the policy on the tip that this one does: of two only the
    /// first to land is as it was approved.
    ///
    /// # Errors
    /// Where the refs of the queue cannot be read. A change that cannot is none.
    pub fn rivals(&self, session: &Session, id: &ChangeId) -> Result<Vec<QueueRef>, GitError> {
        let store = &session.store;
        let tip = self.policy.commit;
        let refs = QueueRefs::read(store, &session.roots())?;
        let folder = |commit: Oid| store.entry_at(store.commit(commit)?.tree, &DIRECTORY.into());
        let touches = |found: &FoundRef| -> Result<bool, GitError> {
            let head = store.peel_to_commit(found.oid)?;
            let base = store.merge_base(tip, head)?;
            // What landed is its own base.
            let base = base.filter(|base| *base != head);
            base.map_or(Ok(false), |base| Ok(folder(base)? != folder(head)?))
        };
        let others = refs.changes.keys().filter(|other| *other != id);
        let rivals = others.filter_map(|other| {
            let (number, found) = refs.newest(other)?;
            let waits = !found.archived && touches(found).unwrap_or(false);
            waits.then(|| QueueRef {
                id: other.clone(),
                number,
            })
        });
        Ok(rivals.collect())
    }

    fn changed(&self) -> impl Iterator<Item = (&'static str, &[u8], &[u8])> {
        let (old, new) = (&self.old, &self.amended.files);
        [
            (POLICY_TOML, &old.policy_toml, &new.policy_toml),
            (ALLOWED_SIGNERS, &old.allowed_signers, &new.allowed_signers),
            (REVOKED_KEYS, &old.revoked_keys, &new.revoked_keys),
        ]
        .into_iter()
        .filter(|(_, old, new)| old != new)
        .map(|(path, old, new)| (path, old.as_slice(), new.as_slice()))
    }

    /// The message of the commit, and the cover letter: what changes, and what that means.
    fn message(&self) -> String {
        let mut text = format!("{}\n\n", self.amended.title);
        for Shift {
            leaning,
            subject,
            text: what,
        } in &self.shifts
        {
            text.push_str(&format!("- {}: {subject} {what}\n", leaning.as_str()));
        }
        text
    }

    /// The commit, made now or found: the newest revision of this id that says the same on the same tip.
    fn commit(&self, session: &Session, id: &ChangeId, now: Timestamp) -> Result<Oid, ReviewError> {
        let store = &session.store;
        let tip = self.policy.commit;
        let mut edits = Vec::new();
        for (path, _, new) in self.changed() {
            let blob = store.write_blob(new)?;
            edits.push((RepoPath::from(path), Some((0o100_644, blob))));
        }
        let tree = store.write_tree_with(Some(store.commit(tip)?.tree), &edits)?;
        let message = self.message();
        let refs = QueueRefs::read(store, &session.roots())?;
        if let Some((_, found)) = refs.newest(id)
            && let Ok(head) = store.peel_to_commit(found.oid)
            && is_same(&store.commit(head)?, tree, tip, &message)
        {
            return Ok(head);
        }
        let author = session.identity(now)?;
        Ok(store.write_commit(&NewCommit {
            tree,
            parents: vec![tip],
            committer: author.clone(),
            author,
            message,
        })?)
    }

    /// Commits it on the target's tip and puts that into the queue as any change is; with a signer the
    /// proposal says who submits it.
    ///
    /// # Errors
    /// As [`propose`].
    pub fn propose(
        &self,
        session: &Session,
        id: &ChangeId,
        signer: Option<&dyn Signer>,
        now: Timestamp,
    ) -> Result<(Oid, Proposed), ReviewError> {
        let head = self.commit(session, id, now)?;
        let message = self.message();
        let (title, body) = message.split_once('\n').unwrap_or((&message, ""));
        let cover = Cover {
            title: title.to_owned(),
            body: body.trim().to_owned(),
            target: Some(self.target.clone()),
            ..Cover::default()
        };
        let proposal = Proposal {
            id: id.clone(),
            head,
            // As it will be read back.
            cover: Some(Cover::parse(&cover.message())),
            expect: None,
            findings: Vec::new(),
        };
        let proposed = propose(session, &proposal, signer, now)?;
        Ok((head, proposed))
    }
}

fn is_same(commit: &Commit, tree: Oid, tip: Oid, message: &str) -> bool {
    commit.tree == tree
        && commit.parents.as_slice() == [tip]
        && commit.message.trim_end() == message.trim_end()
}

/// The three files of a policy that was read at a commit.
fn files_at(store: &Store, commit: Oid) -> Result<PolicyFiles, GitError> {
    let read = |path: &str| {
        let found = store.read_path(commit, &path.into(), MAX_FILE)?;
        Ok::<_, GitError>(found.unwrap_or_default())
    };
    Ok(PolicyFiles {
        policy_toml: read(POLICY_TOML)?,
        allowed_signers: read(ALLOWED_SIGNERS)?,
        revoked_keys: read(REVOKED_KEYS)?,
    })
}
