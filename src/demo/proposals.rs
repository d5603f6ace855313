//! The queue: revisions as commits or tags, what CI and scanners say of them, who is on it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::commits::{ago, identity};
use super::history::Made;
use super::story::{Change, Cover as Letter, Finding, Story};
use super::{DemoError, keys, tree};
use crate::change::{Cover, Oid, Reply, ReplyState, Sha256};
use crate::git::{NewTag, Store};
use crate::signing::sign_git;

/// Puts the story's revisions into the queue of one repository.
pub(super) struct Proposals<'a> {
    pub(super) store: &'a Store,
    pub(super) story: &'a Story,
    pub(super) made: &'a BTreeMap<String, Made>,
    pub(super) at: Timestamp,
    /// The payloads of the verdicts, `WHO:ID@N`, for replies to their comments.
    pub(super) verdicts: &'a BTreeMap<String, Sha256>,
}

impl Proposals<'_> {
    /// Writes all refs of the queue.
    ///
    /// # Errors
    /// A proposal that contradicts itself, or a repository that cannot be written.
    pub(super) fn write(&self) -> Result<(), DemoError> {
        for (id, change) in &self.story.changes {
            for (n, revision) in (1u32..).zip(&change.revisions) {
                let head = self.get(&format!("{id}@{n}"))?.oid;
                let proposed = match &revision.cover {
                    Some(letter) => self.tag(&format!("countersign/{id}/{n}"), head, letter)?,
                    None => head,
                };
                self.point(&format!("queue/{id}/{n}"), proposed)?;
                for check in &revision.checks {
                    let state = json!({
                        "state": check.state,
                        "url": check.url,
                        "at": ago(self.at, check.age)?.to_string(),
                    });
                    self.blob(&format!("checks/{id}/{n}/{}", check.name), &state)?;
                }
            }
            self.sarif(id, change)?;
            if let Some(claim) = &change.claim {
                let until = ago(self.at, super::story::Age(claim.age.0 - claim.lasts.0))?;
                let state = json!({
                    "reviewer": identity(self.story, &claim.by, self.at, claim.age)?.email,
                    "at": ago(self.at, claim.age)?.to_string(),
                    "until": until.to_string(),
                });
                self.blob(&format!("claims/{id}"), &state)?;
            }
        }
        Ok(())
    }

    fn tag(&self, name: &str, head: Oid, letter: &Letter) -> Result<Oid, DemoError> {
        let base = letter.base.as_deref().map(|label| self.get(label));
        let cover = Cover {
            title: letter.title.clone(),
            body: letter.body.trim().to_owned(),
            target: Some(letter.target.clone()),
            base: base.transpose()?.map(|made| made.oid),
            agent: letter.agent.clone(),
            model: letter.model.clone(),
            session: letter.session.clone(),
            operator: letter.operator.clone(),
            reviewers: letter.reviewers.clone(),
            replies: self.replies(letter)?,
        };
        let tag = NewTag {
            target: head,
            name: name.to_owned(),
            tagger: identity(self.story, &letter.by, self.at, letter.age)?,
            message: cover.message(),
        };
        let signature = match self.story.signs(&letter.by) {
            true => Some(sign_git(&keys::signer(&letter.by)?, &tag.payload())?),
            false => None,
        };
        Ok(self.store.write_tag(&tag, signature.as_deref())?)
    }

    fn replies(&self, letter: &Letter) -> Result<Vec<Reply>, DemoError> {
        let one = |reply: &super::story::Reply| {
            let unknown = || DemoError::data(&reply.to, "no such comment");
            let (verdict, index) = reply.to.rsplit_once(':').ok_or_else(unknown)?;
            let digest = self.verdicts.get(verdict).ok_or_else(unknown)?;
            Ok(Reply {
                comment: format!("{digest}/{index}"),
                state: match reply.how.as_str() {
                    "fixed" => ReplyState::Fixed,
                    _ => ReplyState::WontFix,
                },
                reason: reply.reason.clone(),
            })
        };
        letter.reply.iter().map(one).collect()
    }

    /// One SARIF blob for each tool and revision.
    fn sarif(&self, id: &str, change: &Change) -> Result<(), DemoError> {
        let mut runs: BTreeMap<(u32, &str), Vec<Value>> = BTreeMap::new();
        for finding in &change.findings {
            let place = (finding.revision, finding.tool.as_str());
            let result = self.result(id, finding)?;
            runs.entry(place).or_default().push(result);
        }
        for ((n, tool), results) in runs {
            let log = json!({
                "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
                "version": "2.1.0",
                "runs": [{"tool": {"driver": {"name": tool}}, "results": results}],
            });
            self.blob(&format!("findings/{id}/{n}/{tool}"), &log)?;
        }
        Ok(())
    }

    fn result(&self, id: &str, finding: &Finding) -> Result<Value, DemoError> {
        let head = self.get(&format!("{id}@{}", finding.revision))?;
        let line = tree::line_of(&head.tree, &finding.path, &finding.at)
            .ok_or_else(|| DemoError::data(&finding.path, format!("no line {:?}", finding.at)))?;
        Ok(json!({
            "ruleId": finding.rule,
            "level": finding.level,
            "message": {"text": finding.message},
            "locations": [{"physicalLocation": {
                "artifactLocation": {"uri": finding.path},
                "region": {"startLine": line},
            }}],
        }))
    }

    fn blob(&self, name: &str, content: &Value) -> Result<(), DemoError> {
        let oid = self.store.write_blob(content.to_string().as_bytes())?;
        self.point(name, oid)
    }

    fn point(&self, name: &str, oid: Oid) -> Result<(), DemoError> {
        let name = format!("refs/countersign/{name}");
        Ok(self.store.update_ref(&name, oid, None, "demo")?)
    }

    fn get(&self, label: &str) -> Result<&Made, DemoError> {
        let made = self.made.get(label);
        made.ok_or_else(|| DemoError::data(label, "no such commit"))
    }
}
