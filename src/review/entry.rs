//! A row of the queue, made of what is known of a change's newest revision.

use jiff::Timestamp;

use crate::change::{Oid, QueueRef, RepoPath, Revision};
use crate::evidence::{FoundRef, Span};
use crate::policy::{Class, Decision, Outcome, ReasonId};
use crate::queue::{Author, Entry, Given, Home, Need, RiskSummary, State};
use crate::verdict::VerdictKind;

use super::Me;
use super::opened::{Judged, Said, SaidStanding};

/// The row of a revision that could be read.
pub(super) fn entry(row: Judged, found: &FoundRef, landed: bool, me: Option<&Me>) -> Entry {
    let person = me.and_then(|me| me.person.as_deref());
    let state = state(&row, found, landed);
    let needs = row.outcome.as_ref().map_or_else(Vec::new, needs);
    let route = row.route.clone().filter(|_| state.waits());
    // Nobody is asked where all of them together would not be enough.
    let stuck = route.as_ref().and_then(|route| route.nobody.clone());
    let route = route.filter(|_| stuck.is_none()).unwrap_or_default();
    let paths = row.span.paths();
    Entry {
        risk: Some(summary(&row)),
        files: row.gist.files,
        added: row.gist.added,
        removed: row.gist.removed,
        needs,
        needs_me: person.is_some_and(|person| route.asks(person)),
        only_me: person.is_some_and(|person| route.asks_only(person)),
        asked: route.persons(),
        nobody: stuck,
        approvals: given(&row.said, VerdictKind::Approve, true),
        rejections: given(&row.said, VerdictKind::Reject, false),
        ..told(row.revision, paths, state)
    }
}

/// The row of a revision that is not assessed yet. It waits, whatever was said of it.
pub(super) fn unassessed(revision: Revision, span: &Span, found: &FoundRef) -> Entry {
    let state = if found.archived {
        State::Closed
    } else {
        State::Pending
    };
    told(revision, span.paths(), state)
}

/// What a revision tells by itself: what its diff would tell is missing, and so is what the rules
/// make of it.
fn told(revision: Revision, paths: Vec<RepoPath>, state: State) -> Entry {
    Entry {
        home: Home::default(),
        agent: revision.agent().map(str::to_owned),
        operator: revision
            .cover
            .as_ref()
            .and_then(|cover| cover.operator.clone()),
        ai_markers: revision.provenance.texts(),
        risk: None,
        files: paths.len(),
        paths,
        added: 0,
        removed: 0,
        commits: revision.commits.len(),
        created_at: revision.created_at,
        needs: Vec::new(),
        asked: Vec::new(),
        nobody: None,
        needs_me: false,
        only_me: false,
        approvals: Vec::new(),
        rejections: Vec::new(),
        claim: None,
        checks: Vec::new(),
        author: Author {
            name: revision.head.author.name.clone(),
            email: revision.head.author.email.clone(),
        },
        id: revision.id,
        revision: revision.number,
        ref_name: revision.ref_name,
        head: revision.head.oid,
        base: revision.base,
        target: revision.target,
        state,
        title: revision.title,
        stacked_on: revision.stacked_on,
        notes: revision.oddities,
    }
}

/// The row of a revision that cannot be read.
pub(super) fn invalid(name: &QueueRef, found: &FoundRef, why: &str, now: Timestamp) -> Entry {
    Entry {
        home: Home::default(),
        id: name.id.clone(),
        revision: name.number,
        ref_name: found.ref_name.clone(),
        head: found.oid,
        base: Oid::from_bytes([0; 20]),
        target: String::new(),
        state: State::Invalid,
        title: format!("cannot be read: {why}"),
        author: Author {
            name: String::new(),
            email: String::new(),
        },
        agent: None,
        operator: None,
        ai_markers: Vec::new(),
        risk: None,
        paths: Vec::new(),
        files: 0,
        added: 0,
        removed: 0,
        commits: 0,
        created_at: Timestamp::from_second(now.as_second()).unwrap_or(now),
        needs: Vec::new(),
        asked: Vec::new(),
        nobody: None,
        needs_me: false,
        only_me: false,
        approvals: Vec::new(),
        rejections: Vec::new(),
        claim: None,
        checks: Vec::new(),
        stacked_on: None,
        notes: vec![why.to_owned()],
    }
}

fn state(opened: &Judged, found: &FoundRef, landed: bool) -> State {
    if landed {
        return State::Landed;
    }
    if found.archived {
        return State::Closed;
    }
    if let Some(outcome) = &opened.outcome {
        let rejected = outcome
            .reasons
            .iter()
            .any(|reason| reason.id == ReasonId::Rejected && reason.class() == Class::Denial);
        if rejected
            && opened
                .said
                .iter()
                .any(|said| said.here && said.stands(VerdictKind::Reject))
        {
            return State::Rejected;
        }
        if outcome.decision() == Decision::Allow && !outcome.rules.is_empty() {
            return State::Approved;
        }
    }
    let earlier = |said: &&Said| {
        said.name.id == opened.revision.id && said.name.number < opened.revision.number
    };
    let decided = opened
        .said
        .iter()
        .filter(earlier)
        .any(|said| matches!(said.kind, VerdictKind::Approve | VerdictKind::Reject));
    if decided {
        State::Stale
    } else {
        State::Pending
    }
}

impl Said {
    pub(super) fn stands(&self, kind: VerdictKind) -> bool {
        self.kind == kind && self.standing == SaidStanding::Stands
    }
}

/// Each rule that applies and what it has.
fn needs(outcome: &Outcome) -> Vec<Need> {
    let rules = outcome.rules.iter();
    rules
        .map(|rule| Need {
            rule: rule.name.clone(),
            needed: rule.needed,
            have: rule.have.len(),
            from: rule.from.clone(),
        })
        .collect()
}

fn given(said: &[Said], kind: VerdictKind, only_here: bool) -> Vec<Given> {
    let given = said
        .iter()
        .filter(|said| said.stands(kind) && (said.here || !only_here));
    given
        .map(|said| Given {
            reviewer: said.reviewer.clone(),
            revision: said.name.number,
            digest: said.digest,
        })
        .collect()
}

/// The assessment in numbers, at the level that the policy gives it.
fn summary(row: &Judged) -> RiskSummary {
    let gist = &row.gist;
    let policy = row.policy.as_ref().map(|trusted| &trusted.policy);
    RiskSummary {
        level: policy.map_or(gist.assessed, |policy| {
            policy.level(gist.assessed, &row.span.paths())
        }),
        likelihood: gist.likelihood,
        impact: gist.impact,
        cost: gist.cost,
        key: gist.key,
        findings: gist.findings,
        to_answer: gist.severity3.len(),
    }
}
