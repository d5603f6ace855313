//! A queue ref resolved: head, base, target, commits and cover letter, by the rules of
//! `docs/formats.md` (proposals). Everything in a proposal is a claim.

use std::collections::{BTreeMap, HashSet};

use crate::change::{ChangeId, Commit, Cover, Oid, QueueRef, Revision};
use crate::git::GitError;

use super::Session;
use super::session::full_ref;
use crate::evidence::{FoundRef, Origins};

/// Resolves revisions of one clone. Holds what is the same for all of them.
pub struct Resolver<'a> {
    session: &'a Session,
    origins: Origins,
    default_target: Option<String>,
    /// Heads of waiting revisions, on which another may declare to stand.
    heads: BTreeMap<Oid, QueueRef>,
    tips: BTreeMap<String, Option<Oid>>,
}

/// Why a queue ref is no readable revision.
#[derive(Debug, thiserror::Error)]
pub enum Unresolved {
    /// The ref names no commit and no tag on one, or an object is missing.
    #[error(transparent)]
    Git(#[from] GitError),
    /// There is no target to stand on.
    #[error("the target {0} is not known here; fetch it, or see `Target:` of the proposal")]
    NoTarget(String),
    /// Nothing says where it should go.
    #[error("no target: the proposal names none and there is no policy")]
    NoDefaultTarget,
    /// The head and the target have no commit in common.
    #[error("it shares no history with {0}")]
    Unrelated(String),
}

impl<'a> Resolver<'a> {
    /// A resolver for this clone. `heads` are the heads of the newest waiting revisions.
    pub fn new(
        session: &'a Session,
        origins: Origins,
        default_target: Option<String>,
        heads: BTreeMap<Oid, QueueRef>,
    ) -> Self {
        Self {
            session,
            origins,
            default_target,
            heads,
            tips: BTreeMap::new(),
        }
    }

    /// Resolves what a ref names.
    pub fn resolve(
        &mut self,
        id: &ChangeId,
        number: u32,
        found: &FoundRef,
    ) -> Result<Revision, Unresolved> {
        let tag = self.session.store.tag(found.oid)?;
        let cover = tag.as_ref().map(|tag| Cover::parse(&tag.message));
        let mut revision = self.resolve_as(id, number, found, cover)?;
        if let Some(tag) = tag {
            let expected = format!("countersign/{id}/{number}");
            if tag.name != expected {
                revision.oddities.push(format!(
                    "W-TAG-NAME its tag calls itself {:?}, not {expected}",
                    tag.name
                ));
            }
            if let Some(tagger) = tag.tagger {
                revision.created_at = tagger.when;
            }
        }
        Ok(revision)
    }

    /// The same with this cover letter, whatever the ref itself says.
    pub fn resolve_as(
        &mut self,
        id: &ChangeId,
        number: u32,
        found: &FoundRef,
        cover: Option<Cover>,
    ) -> Result<Revision, Unresolved> {
        let store = &self.session.store;
        let head = store.commit(store.peel_to_commit(found.oid)?)?;
        let mut oddities = Vec::new();
        if found.differs {
            oddities.push(
                "W-REF-DIFFERS an own ref of this name names something else; the remote's is shown"
                    .to_owned(),
            );
        }
        let target = match cover.as_ref().and_then(|cover| cover.target.as_deref()) {
            Some(target) => full_ref(target),
            None => self
                .default_target
                .clone()
                .ok_or(Unresolved::NoDefaultTarget)?,
        };
        let tip = self
            .tip(&target)?
            .ok_or_else(|| Unresolved::NoTarget(target.clone()))?;
        let declared = cover.as_ref().and_then(|cover| cover.base);
        let (base, stacked_on) = self.base(&head, tip, declared, &target, &mut oddities)?;
        let commits = store
            .commits_between(&[base], head.oid)?
            .into_iter()
            .map(|oid| store.commit(oid))
            .collect::<Result<Vec<_>, _>>()?;
        let stacked_on = stacked_on.or_else(|| self.stands_on(id, &commits));
        let (title, body) = title_and_body(&head, &commits, cover.as_ref());
        Ok(Revision {
            id: id.clone(),
            number,
            ref_name: found.ref_name.clone(),
            ref_oid: found.oid,
            base,
            base_tree: store.commit(base)?.tree,
            target,
            title,
            body,
            provenance: self.origins.of(store, &commits),
            commits,
            stacked_on,
            created_at: head.committer.when,
            head,
            cover,
            oddities,
        })
    }

    /// The waiting change that is nearest below the last of these commits, which come with parents
    /// before children. Costs a look-up for each.
    fn stands_on(&self, id: &ChangeId, commits: &[Commit]) -> Option<QueueRef> {
        let (_, below) = commits.split_last()?;
        let heads = below
            .iter()
            .rev()
            .filter_map(|commit| self.heads.get(&commit.oid));
        heads.into_iter().find(|name| name.id != *id).cloned()
    }

    /// The tip of a target, looked up once.
    pub fn tip(&mut self, target: &str) -> Result<Option<Oid>, GitError> {
        if let Some(tip) = self.tips.get(target) {
            return Ok(*tip);
        }
        let tip = self.session.target_tip(target)?;
        self.tips.insert(target.to_owned(), tip);
        Ok(tip)
    }

    /// The declared base where it counts, else the merge base with the target.
    fn base(
        &self,
        head: &Commit,
        tip: Oid,
        declared: Option<Oid>,
        target: &str,
        oddities: &mut Vec<String>,
    ) -> Result<(Oid, Option<QueueRef>), Unresolved> {
        if let Some(base) = declared {
            if let Some(stacked_on) = self.declared_base_counts(head, tip, base)? {
                return Ok((base, stacked_on));
            }
            oddities.push(format!(
                "W-BASE-IGNORED it declares the base {base}, which is neither on the target nor the head of a waiting revision below it; the merge base is used"
            ));
        }
        let store = &self.session.store;
        let base = store
            .merge_base(tip, head.oid)?
            .ok_or_else(|| Unresolved::Unrelated(target.to_owned()))?;
        if base != head.oid {
            return Ok((base, None));
        }
        Ok((self.base_before_landing(head, tip)?, None))
    }

    /// The base of a change whose head is in the target already: the merge base with what the target
    /// was before the step that brought it in. Where the target was moved forward to the head
    /// itself, nothing tells where the change began, and its last commit is taken.
    fn base_before_landing(&self, head: &Commit, tip: Oid) -> Result<Oid, GitError> {
        let store = &self.session.store;
        let parent = head.parents.first().copied().unwrap_or(head.oid);
        if head.oid == tip {
            return Ok(parent);
        }
        let since: HashSet<Oid> = store
            .commits_between(&[head.oid], tip)?
            .into_iter()
            .collect();
        let mut chain = vec![tip];
        let before = loop {
            let at = chain.last().copied().unwrap_or(tip);
            match store.commit(at)?.parents.first() {
                Some(parent) if since.contains(parent) => chain.push(*parent),
                Some(parent) => break *parent,
                None => return Ok(parent),
            }
        };
        if before == head.oid {
            return Ok(parent);
        }
        // Newest first: those that contain the head, then those that do not yet.
        let (mut with, mut without) = (0, chain.len());
        while without - with > 1 {
            let middle = usize::midpoint(with, without);
            if store.is_ancestor(head.oid, chain[middle])? {
                with = middle;
            } else {
                without = middle;
            }
        }
        let before = chain.get(without).copied().unwrap_or(before);
        Ok(store.merge_base(before, head.oid)?.unwrap_or(parent))
    }

    /// Whether a declared base counts, and on which revision the change then stands, if on one.
    #[allow(
        clippy::option_option,
        reason = "whether it counts, and then on what it stands"
    )]
    fn declared_base_counts(
        &self,
        head: &Commit,
        tip: Oid,
        base: Oid,
    ) -> Result<Option<Option<QueueRef>>, GitError> {
        let store = &self.session.store;
        if base == head.oid
            || store.kind(base)? != Some("commit")
            || !store.is_ancestor(base, head.oid)?
        {
            return Ok(None);
        }
        if let Some(below) = self.heads.get(&base) {
            return Ok(Some(Some(below.clone())));
        }
        let on_target = store.is_ancestor(base, tip)?
            && store.first_parent_chain(tip, Some(base))?.last() == Some(&base);
        Ok(on_target.then_some(None))
    }
}

/// Title and body: of the cover letter, of the only commit, or all subjects of several.
fn title_and_body(head: &Commit, commits: &[Commit], cover: Option<&Cover>) -> (String, String) {
    if let Some(cover) = cover.filter(|cover| !cover.title.is_empty()) {
        return (cover.title.clone(), cover.body.clone());
    }
    let title = head.subject().to_owned();
    let body = match commits {
        [] | [_] => head.body().to_owned(),
        several => several
            .iter()
            .map(|commit| format!("- {}", commit.subject()))
            .collect::<Vec<_>>()
            .join("\n"),
    };
    (title, body)
}
