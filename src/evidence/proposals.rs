//! What the proposals of a commit say: every revision in queue or archive by its head.

use std::collections::HashMap;

use crate::change::{Cover, Oid, Provenance, QueueRef, trailer_lines};
use crate::git::{GitError, Store};
use crate::policy::Proposal;
use crate::signing;

use super::QueueRefs;

/// Proposals by the commit they propose.
#[derive(Debug, Default)]
pub struct Proposals {
    by_head: HashMap<Oid, Vec<Proposed>>,
}

/// One proposal.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// `<id>@<n>`.
    pub name: QueueRef,
    /// Its cover letter, where it is a tag.
    pub cover: Option<Cover>,
    /// Who is named as the agent's operator, on whatever line of the letter.
    pub operators: Vec<String>,
    /// Fingerprint of the key whose signature on the tag is good.
    pub signer: Option<String>,
}

impl Proposals {
    /// Reads every revision. One whose objects are not here is left out: it proposes nothing that
    /// could be judged.
    pub fn read(store: &Store, refs: &QueueRefs) -> Self {
        let mut all = Self::default();
        for (id, revisions) in &refs.changes {
            for (number, found) in revisions {
                let name = QueueRef {
                    id: id.clone(),
                    number: *number,
                };
                if let Ok((head, proposed)) = read(store, name, found.oid) {
                    all.by_head.entry(head).or_default().push(proposed);
                }
            }
        }
        all
    }

    /// The proposals of a commit.
    pub fn of(&self, head: Oid) -> &[Proposed] {
        self.by_head.get(&head).map_or(&[], Vec::as_slice)
    }

    /// Every proposed commit.
    pub fn heads(&self) -> impl Iterator<Item = Oid> {
        self.by_head.keys().copied()
    }

    /// What all proposals of a commit say together, with the tools that markers name. Claims only
    /// add: the more people and agents are named, the fewer may approve.
    pub fn facts(&self, head: Oid, provenance: &Provenance) -> Proposal {
        let mut facts = Proposal::default();
        for proposed in self.of(head) {
            facts.signer = facts.signer.or_else(|| proposed.signer.clone());
            if let Some(cover) = &proposed.cover {
                facts.agents.extend(cover.agent.clone());
                facts.models.extend(cover.model.clone());
            }
            facts.operators.extend(proposed.operators.iter().cloned());
        }
        facts
            .agents
            .extend(provenance.markers.iter().map(|marker| marker.tool.clone()));
        facts.agents.sort();
        facts.agents.dedup();
        facts
    }
}

fn read(store: &Store, name: QueueRef, oid: Oid) -> Result<(Oid, Proposed), GitError> {
    let head = store.peel_to_commit(oid)?;
    let (mut cover, mut signer, mut operators) = (None, None, Vec::new());
    if head != oid
        && let Some(tag) = store.tag(oid)?
    {
        signer = tag.signature.as_ref().and_then(|armoured| {
            let facts = signing::verify_git(armoured.as_bytes(), &tag.payload).ok()?;
            Some(facts.fingerprint)
        });
        cover = Some(Cover::parse(&tag.message));
        operators = trailer_lines(&tag.message)
            .filter(|line| line.is("Operator") && !line.value.is_empty())
            .map(|line| line.value.to_owned())
            .collect();
    }
    Ok((
        head,
        Proposed {
            name,
            cover,
            operators,
            signer,
        },
    ))
}
