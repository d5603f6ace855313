//! What reviewers said, as signed statements in the notes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::commits::{ago, identity};
use super::history::Made;
use super::judged::Judged;
use super::story::{Age, Half, Kind, Remark, Said, Story, Tick, Ticks, Weight};
use super::{DemoError, keys, tree};
use crate::change::{BadId, Oid, RepoPath, Sha256};
use crate::git::{Store, TrackedNames};
use crate::policy::PolicyFiles;
use crate::signing::SshVerifier;
use crate::verdict::{
    Answer, ChangeLabel, Checklist, Comment, CommitAndTree, Content, Envelope, Log, PolicyRef,
    Predicate, Repository, Reviewer, Severity, Side, Signer as _, Statement, Subject, Tool,
    Verdict, VerdictKind,
};

/// The first commit of `main` with a policy: where everybody began to trust.
pub(super) const ROOT: &str = "main:2";

/// Signs the story's verdicts, oldest first, and writes them as notes.
pub(super) struct Verdicts<'a> {
    pub(super) store: &'a Store,
    pub(super) story: &'a Story,
    pub(super) made: &'a BTreeMap<String, Made>,
    pub(super) at: Timestamp,
}

/// One verdict of the story and where it belongs.
struct Spoken<'a> {
    id: &'a str,
    said: &'a Said,
}

/// A verdict that is in the notes: what later ones have seen.
struct Signed {
    head: Oid,
    content: Content,
    digest: Sha256,
}

impl Verdicts<'_> {
    /// Signs and writes all of them. The answer names each payload by `WHO:ID@N`.
    ///
    /// # Errors
    /// A verdict that contradicts the format, or a repository that cannot be written.
    pub(super) fn write(&self) -> Result<BTreeMap<String, Sha256>, DemoError> {
        let mut all: Vec<Spoken<'_>> = Vec::new();
        for (id, change) in &self.story.changes {
            all.extend(change.verdicts.iter().map(|said| Spoken { id, said }));
        }
        all.sort_by_key(|spoken| std::cmp::Reverse(spoken.said.age));
        let notes = TrackedNames::default().notes;
        let mut signed: Vec<Signed> = Vec::new();
        let mut digests = BTreeMap::new();
        for spoken in all {
            let log_head = self.store.ref_oid(&notes)?;
            let verdict = self.verdict(&spoken, log_head, &signed)?;
            let (head, content) = (verdict.head.commit, verdict.content);
            let statement = Statement {
                subject: Subject {
                    name: format!("{}@{}", spoken.id, spoken.said.revision),
                    commit: head,
                },
                predicate: Predicate::Verdict(Box::new(verdict)),
            };
            let said = spoken.said;
            let sealed = Envelope::seal(&statement, &keys::signer(&said.by)?, &SshVerifier)?;
            let who = identity(self.story, &said.by, self.at, said.age)?;
            self.store
                .notes_append(&notes, &[(head, sealed.line)], &who)?;
            let digest = sealed.payload_sha256;
            digests.insert(format!("{}:{}", said.by, statement.subject.name), digest);
            signed.push(Signed {
                head,
                content,
                digest,
            });
        }
        Ok(digests)
    }

    fn verdict(
        &self,
        spoken: &Spoken<'_>,
        log_head: Option<Oid>,
        signed: &[Signed],
    ) -> Result<Verdict, DemoError> {
        let Spoken { id, said } = *spoken;
        let label = format!("{id}@{}", said.revision);
        let number = usize::try_from(said.revision).unwrap_or_default();
        let base = self
            .story
            .base(id, number)
            .ok_or_else(|| DemoError::data(&label, "no such revision"))?;
        let base = self.commit_and_tree(base)?;
        let head = self.commit_and_tree(&label)?;
        let content = self.store.content(base.tree, head.tree)?;
        let policy = self.policy(said.age)?;
        let shown = match said.verdict {
            Kind::Approve => Some(self.judged(id, number, base, head)?.shown(said)),
            Kind::Reject | Kind::Comment => None,
        };
        let (viewed, risk) = shown.unzip();
        let comments = said
            .comments
            .iter()
            .map(|remark| self.comment(&label, remark));
        Ok(Verdict {
            kind: kind(said.verdict),
            repository: Repository {
                id: policy.repository,
                policy_root: self.get(ROOT)?.oid,
            },
            change: change_label(id, said)?,
            target: self.target(id, number),
            base,
            head,
            commit_count: self.store.count_no_merges(base.commit, head.commit)?,
            content,
            reviewer: self.reviewer(said)?,
            issued_at: ago(self.at, said.age)?,
            policy: policy.used,
            log: seen(log_head, signed, head.commit, content),
            tool: Tool {
                name: "countersign".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            viewed,
            checklist: said.checklist.as_ref().map(checklist),
            risk,
            summary: said.summary.clone(),
            comments: comments.collect::<Result<_, _>>()?,
            supersedes: Vec::new(),
        })
    }

    fn reviewer(&self, said: &Said) -> Result<Reviewer, DemoError> {
        Ok(Reviewer {
            principal: identity(self.story, &said.by, self.at, said.age)?.email,
            key: keys::signer(&said.by)?.fingerprint().to_owned(),
        })
    }

    fn judged(
        &self,
        id: &str,
        number: usize,
        base: CommitAndTree,
        head: CommitAndTree,
    ) -> Result<Judged, DemoError> {
        let revision = &self.story.changes[id].revisions[number - 1];
        let policy = self.files("main:2")?.parse();
        let policy = policy.map_err(|why| DemoError::data("policy", why.to_string()))?;
        Judged::of(self.store, revision, &policy, base, head)
    }

    /// The policy on `main` at that time.
    fn policy(&self, age: Age) -> Result<Trusted, DemoError> {
        let before = self
            .story
            .main
            .iter()
            .take_while(|recipe| recipe.age >= age);
        let label = format!("main:{}", before.count());
        let files = self.files(&label)?;
        let policy = files.parse();
        let policy = policy.map_err(|why| DemoError::data("policy", why.to_string()))?;
        Ok(Trusted {
            repository: policy.repository.clone(),
            used: PolicyRef {
                version: policy.version,
                sha256: files.digest(),
                commit: self.get(&label)?.oid,
            },
        })
    }

    fn files(&self, label: &str) -> Result<PolicyFiles, DemoError> {
        let tree = &self.get(label)?.tree;
        let bytes = |name: &str| {
            let file = tree.get(&format!(".countersign/{name}"));
            file.map(|file| file.bytes.to_vec())
                .ok_or_else(|| DemoError::data(label, format!("no {name}")))
        };
        Ok(PolicyFiles {
            policy_toml: bytes("policy.toml")?,
            allowed_signers: bytes("allowed_signers")?,
            revoked_keys: bytes("revoked_keys")?,
        })
    }

    fn target(&self, id: &str, number: usize) -> String {
        let revision = &self.story.changes[id].revisions[number - 1];
        let declared = revision.cover.as_ref().map(|cover| cover.target.clone());
        declared.unwrap_or_else(|| super::TARGET.to_owned())
    }

    fn comment(&self, label: &str, remark: &Remark) -> Result<Comment, DemoError> {
        let head = self.get(label)?;
        let (side, tree) = match remark.side {
            Half::New => (Side::New, &head.tree),
            Half::Old => {
                let onto = head.onto.as_deref().unwrap_or_default();
                (Side::Old, &self.get(onto)?.tree)
            }
        };
        let line = tree::line_of(tree, &remark.path, &remark.at)
            .ok_or_else(|| DemoError::data(&remark.path, format!("no line {:?}", remark.at)))?;
        Ok(Comment {
            path: Some(RepoPath::from(remark.path.as_str())),
            side: Some(side),
            line: Some(line),
            end_line: None,
            finding: None,
            severity: match remark.severity {
                Weight::Must => Severity::Must,
                Weight::Should => Severity::Should,
                Weight::Nit => Severity::Nit,
                Weight::Note => Severity::Note,
            },
            body: remark.body.clone(),
        })
    }

    fn commit_and_tree(&self, label: &str) -> Result<CommitAndTree, DemoError> {
        let commit = self.get(label)?.oid;
        let tree = self.store.commit(commit)?.tree;
        Ok(CommitAndTree { commit, tree })
    }

    fn get(&self, label: &str) -> Result<&Made, DemoError> {
        let made = self.made.get(label);
        made.ok_or_else(|| DemoError::data(label, "no such commit"))
    }
}

/// The policy that a reviewer judged by.
struct Trusted {
    repository: String,
    used: PolicyRef,
}

/// The evidence a reviewer's client had: the notes, and in them the verdicts on this.
fn seen(head: Option<Oid>, signed: &[Signed], commit: Oid, content: Content) -> Log {
    let same = |s: &&Signed| s.head == commit || s.content == content;
    let mut seen: Vec<Sha256> = signed.iter().filter(same).map(|s| s.digest).collect();
    seen.sort();
    Log { head, seen }
}

fn kind(kind: Kind) -> VerdictKind {
    match kind {
        Kind::Approve => VerdictKind::Approve,
        Kind::Reject => VerdictKind::Reject,
        Kind::Comment => VerdictKind::Comment,
    }
}

fn change_label(id: &str, said: &Said) -> Result<ChangeLabel, DemoError> {
    let bad = |why: BadId| DemoError::data(id, why.to_string());
    Ok(ChangeLabel {
        id: id.parse().map_err(bad)?,
        revision: said.revision,
    })
}

fn checklist(ticks: &Ticks) -> Checklist {
    let answer = |tick| match tick {
        Tick::Pass => Answer::Pass,
        Tick::Na => Answer::Na,
    };
    Checklist {
        correctness: answer(ticks.correctness),
        security: answer(ticks.security),
        performance: answer(ticks.performance),
    }
}
