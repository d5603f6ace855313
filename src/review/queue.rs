//! The whole queue as it is here: every change by its newest revision, in no order yet, with what
//! the policy asks, what stands and what is odd. Reads only what is here.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;

use crate::change::{ChangeId, Cover, Markers, Oid, QueueRef, Revision};
use crate::evidence::{
    Ask, FoundRef, IgnoredLine, IgnoredRef, Origins, Proposals, QueueRefs, Records, Statements,
    Trusted,
};
use crate::git::{FetchRecord, GitError};
use crate::policy::{Cast, Lift, Policy};
use crate::queue::Entry;
use crate::signing::SshVerifier;

use super::entry::{entry, invalid, unassessed};
use super::heard::{casts, lifts};
use super::landed::Landed;
use super::log::{self, LogEntry};
use super::opened::{Fresh, Glance, Look, Opened};
use super::owners::OwnersShelf;
use super::revisions::Resolver;
use super::unsigned::Unsigned;
use super::{DefaultPolicy, Me, ReviewError, SaidStanding, Session};

/// The queue, and what was found on the way.
#[derive(Debug)]
pub struct Queue {
    /// A row a change.
    pub entries: Vec<Entry>,
    /// Names below our prefixes that are not followed.
    pub ignored: Vec<IgnoredRef>,
    /// Lines of notes that are no statements.
    pub ignored_lines: Vec<IgnoredLine>,
    /// What is odd, a sentence each.
    pub warnings: Vec<String>,
    /// The default target and its policy.
    pub policy: DefaultPolicy,
    /// Who this client is; none without a key.
    pub me: Option<Me>,
    /// The last fetch.
    pub fetched: Option<FetchRecord>,
    /// Verdicts that wait here.
    pub waiting: usize,
    /// What was asked of the history and would have taken more than the session's effort:
    /// [`Session::histories_of`] counts it, and the next look has it.
    pub uncounted: Vec<Ask>,
    /// Revisions whose rows say that they are not assessed yet: [`assess_ahead`] does it, and the
    /// next look has it.
    pub unassessed: Vec<QueueRef>,
}

/// What a look at the clone has read once: refs, statements, policies.
pub struct Desk<'a> {
    session: &'a Session,
    refs: QueueRefs,
    statements: Statements,
    casts: Vec<Cast>,
    lifts: Vec<Lift>,
    proposals: Proposals,
    origins: Origins,
    default: DefaultPolicy,
    policies: HashMap<String, Option<Trusted>>,
    me: Option<Me>,
    now: Timestamp,
    owners: OwnersShelf,
    uncounted: RefCell<Vec<Ask>>,
    fresh: Fresh,
}

impl<'a> Desk<'a> {
    /// Reads what all revisions share.
    pub fn new(session: &'a Session, now: Timestamp) -> Result<Self, ReviewError> {
        let refs = QueueRefs::read(&session.store, &session.roots())?;
        let (waiting, odd) = session.journal.outbox().read()?;
        let waiting: Vec<Vec<u8>> = waiting.into_iter().map(|entry| entry.line).collect();
        let notes = session.notes_refs();
        let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
        let mut statements = Statements::read(&session.store, &notes, &waiting, &SshVerifier)?;
        let odd = odd.iter().map(|error| format!("W-OUTBOX {error}"));
        statements.oddities.extend(odd);
        let default = session.default_policy()?;
        let policy = default.policy().map(|trusted| &trusted.policy);
        let markers = policy.and_then(|policy| Markers::with(&policy.scope.markers).ok());
        Ok(Self {
            casts: casts(&statements),
            lifts: lifts(&statements),
            proposals: Proposals::read(&session.store, &refs),
            me: Me::find(session, policy).ok(),
            origins: Origins::new(
                markers.unwrap_or_else(Markers::built_in),
                Records::open(&session.store),
            ),
            policies: HashMap::new(),
            session,
            refs,
            statements,
            default,
            now,
            owners: OwnersShelf::default(),
            uncounted: RefCell::default(),
            fresh: Fresh::default(),
        })
    }

    /// The revisions known here.
    pub const fn refs(&self) -> &QueueRefs {
        &self.refs
    }

    /// Every statement of the notes and the outbox.
    pub const fn statements(&self) -> &Statements {
        &self.statements
    }

    /// The default target and its policy.
    pub const fn default_policy(&self) -> &DefaultPolicy {
        &self.default
    }

    /// Who this client is.
    pub const fn me(&self) -> Option<&Me> {
        self.me.as_ref()
    }

    /// The clone this is a look at.
    pub(super) const fn session(&self) -> &'a Session {
        self.session
    }

    /// Resolves one revision.
    pub(super) fn resolve(&self, id: &ChangeId, number: u32) -> Result<Revision, ReviewError> {
        let known = self.refs.changes.get(id);
        let known = known.ok_or_else(|| ReviewError::UnknownChange(id.to_string()))?;
        let Some(found) = known.get(&number) else {
            let known: Vec<String> = known.keys().map(u32::to_string).collect();
            return Err(ReviewError::UnknownRevision {
                id: id.to_string(),
                number,
                known: known.join(", "),
            });
        };
        let revision = self.resolver().resolve(id, number, found);
        revision.map_err(|why| ReviewError::Unreadable {
            name: format!("{id}@{number}"),
            why,
        })
    }

    /// Resolves one revision and reads everything known of it.
    pub fn open(&mut self, name: &QueueRef) -> Result<Opened, ReviewError> {
        let revision = self.resolve(&name.id, name.number)?;
        let policy = self.policy_for(&revision.target)?;
        Ok(self.look().open(revision, policy)?)
    }

    /// One revision, and its row in the queue.
    pub fn show(&mut self, name: &QueueRef) -> Result<(Opened, Entry), ReviewError> {
        let opened = self.open(name)?;
        let found = self
            .refs
            .changes
            .get(&name.id)
            .and_then(|all| all.get(&name.number));
        let found = found.ok_or_else(|| ReviewError::UnknownChange(name.id.to_string()))?;
        let tip = self.session.target_tip(&opened.revision.target)?;
        let judged = opened.judged();
        let landed = Landed::new(self.session).is_landed(&judged, tip)?;
        let row = entry(judged, found, landed, self.me.as_ref());
        let unsigned = Unsigned::read(self.session)?;
        let row = said_of(row, name, &unsigned, &reused(self));
        Ok((opened, row))
    }

    /// Every verdict of the notes and the outbox, oldest first, with what it comes to under the
    /// policy of the default target.
    pub fn log(&self) -> Vec<LogEntry> {
        let policy = self.default.policy();
        log::read(&self.statements, &self.casts, policy, self.now)
    }

    /// What each verdict of a log came to under another policy, as history: keys had to be good when
    /// they signed, and what was revoked later undoes nothing.
    pub fn as_of(&self, entries: &[LogEntry], policy: &Policy) -> Vec<SaidStanding> {
        log::as_of(entries, &self.casts, policy)
    }

    /// A commit as the revision it would become, without making it, with the reports of scanners
    /// that would go with it.
    pub fn preview(
        &mut self,
        name: &QueueRef,
        head: Oid,
        cover: Option<&Cover>,
        reports: &[(String, Vec<u8>)],
    ) -> Result<Opened, ReviewError> {
        let found = FoundRef {
            ref_name: format!("{}/queue/{}/{}", super::REFS, name.id, name.number),
            oid: head,
            differs: false,
            archived: false,
        };
        let revision = self
            .resolver()
            .resolve_as(&name.id, name.number, &found, cover.cloned())
            .map_err(|why| ReviewError::Unreadable {
                name: name.to_string(),
                why,
            })?;
        let policy = self.policy_for(&revision.target)?;
        let mut opened = self.look().open(revision, policy)?;
        let (store, head) = (&self.session.store, opened.span.head);
        opened.scanned = super::scanned::of_documents(store, reports, &opened.files, head);
        Ok(opened)
    }

    /// Finds the bases of all that waits in one go: where they lie decides nothing here, a target or
    /// a head that cannot be read is met again by its row.
    fn foresee(&self) {
        let tip = self
            .default
            .target()
            .map(|target| self.session.target_tip(target));
        if let Some(Ok(Some(tip))) = tip {
            let heads: Vec<Oid> = self.waiting_heads().into_keys().collect();
            self.session.store.foresee_bases(tip, &heads);
        }
    }

    pub(super) fn resolver(&self) -> Resolver<'a> {
        let heads = self.waiting_heads();
        let default = self.default.target().map(str::to_owned);
        Resolver::new(self.session, self.origins.clone(), default, heads)
    }

    pub(super) fn look(&self) -> Look<'_> {
        Look {
            session: self.session,
            statements: &self.statements,
            casts: &self.casts,
            lifts: &self.lifts,
            proposals: &self.proposals,
            origins: &self.origins,
            now: self.now,
            owners: &self.owners,
            uncounted: &self.uncounted,
            fresh: &self.fresh,
        }
    }

    /// The heads of the newest revisions that wait in the queue.
    fn waiting_heads(&self) -> BTreeMap<Oid, QueueRef> {
        let mut heads = BTreeMap::new();
        for id in self.refs.changes.keys() {
            let Some((number, found)) = self.refs.newest(id).filter(|(_, found)| !found.archived)
            else {
                continue;
            };
            if let Ok(head) = self.session.store.peel_to_commit(found.oid) {
                heads.insert(
                    head,
                    QueueRef {
                        id: id.clone(),
                        number,
                    },
                );
            }
        }
        heads
    }

    /// The policy of a target, read once; none where there is none or it is invalid.
    pub(super) fn policy_for(&mut self, target: &str) -> Result<Option<Trusted>, GitError> {
        if self.default.target() == Some(target) {
            return Ok(self.default.policy().cloned());
        }
        if let Some(known) = self.policies.get(target) {
            return Ok(known.clone());
        }
        let policy = match self.session.policy_for(target) {
            Ok(trusted) => Some(trusted),
            Err(crate::evidence::Untrusted::Git(error)) => return Err(error),
            Err(_) => None,
        };
        self.policies.insert(target.to_owned(), policy.clone());
        Ok(policy)
    }
}

/// Reads the queue.
///
/// # Errors
/// Where notes, refs or the outbox cannot be read. A single change that cannot is a row that says
/// so.
pub fn load(session: &Session, now: Timestamp) -> Result<Queue, ReviewError> {
    let mut desk = Desk::new(session, now)?;
    desk.foresee();
    let mut resolver = desk.resolver();
    let mut landed = Landed::new(session);
    let mut entries = Vec::with_capacity(desk.refs.changes.len());
    let newest = newest(&desk);
    let unsigned = Unsigned::read(session)?;
    let reused = reused(&desk);
    let mut put_off = Vec::new();
    let mut take = |desk: &mut Desk<'_>, (name, found): (QueueRef, FoundRef), wait: bool| {
        let row = match row(desk, &mut resolver, &mut landed, (&name, &found), wait) {
            Ok(Row::Whole(row)) => said_of(*row, &name, &unsigned, &reused),
            Ok(Row::Uncounted) => return Some((name, found)),
            Ok(Row::Unassessed(row)) => {
                put_off.push(name.clone());
                said_of(*row, &name, &unsigned, &reused)
            }
            Err(why) => invalid(&name, &found, &why, now),
        };
        entries.push(row);
        None
    };
    // Rows whose history is still to be counted come last, all counted in one go.
    let mut uncountable = None;
    let mut waiting = Vec::new();
    for found in newest {
        waiting.extend(take(&mut desk, found, true));
    }
    if !waiting.is_empty() {
        let asks = desk.uncounted.take();
        let counted = session.histories_of(&asks, session.effort);
        uncountable = counted.err();
        for found in waiting {
            take(&mut desk, found, false);
        }
    }
    let mut warnings = warnings(&desk);
    warnings.extend(uncountable.map(|error| format!("the history cannot be counted: {error}")));
    let fetched = match &session.remote {
        Some(remote) => session.store.fetch_record(remote)?,
        None => None,
    };
    Ok(Queue {
        entries,
        warnings,
        waiting: session.journal.outbox().read()?.0.len(),
        fetched,
        ignored: desk.refs.ignored,
        ignored_lines: desk.statements.ignored,
        policy: desk.default,
        me: desk.me,
        uncounted: desk.uncounted.into_inner(),
        unassessed: put_off,
    })
}

/// Assesses revisions for the next look at the queue; how many are kept for it.
///
/// # Errors
/// Where notes, refs or the outbox cannot be read. What is wrong with one revision its row will say.
pub fn assess_ahead(
    session: &Session,
    now: Timestamp,
    names: &[QueueRef],
) -> Result<usize, ReviewError> {
    let mut desk = Desk::new(session, now)?;
    let mut resolver = desk.resolver();
    for name in names {
        let known = desk.refs.changes.get(&name.id);
        let Some(found) = known.and_then(|all| all.get(&name.number)).cloned() else {
            continue;
        };
        let Ok(revision) = resolver.resolve(&name.id, name.number, &found) else {
            continue;
        };
        if let Ok(policy) = desk.policy_for(&revision.target) {
            // An error here is met again by the row, which shows it.
            let _ = desk.look().glance(revision, policy, false);
        }
    }
    Ok(desk.fresh.kept.get())
}

/// What came of a revision.
enum Row {
    Whole(Box<Entry>),
    Uncounted,
    Unassessed(Box<Entry>),
}

/// The newest revision of every change.
fn newest(desk: &Desk<'_>) -> Vec<(QueueRef, FoundRef)> {
    let newest = desk.refs.changes.keys().filter_map(|id| {
        let (number, found) = desk.refs.newest(id)?;
        let id = id.clone();
        Some((QueueRef { id, number }, found.clone()))
    });
    newest.collect()
}

/// A row with what was said of it without a signature, and with whether its ref was moved.
fn said_of(
    mut row: Entry,
    name: &QueueRef,
    unsigned: &Unsigned,
    reused: &HashSet<QueueRef>,
) -> Entry {
    row.claim = unsigned.claim_on(&name.id);
    row.checks = unsigned.checks_of(name);
    if reused.contains(name) && !row.state.is_over() {
        row.state = crate::queue::State::Moved;
        row.notes.push(
            "W-CHANGE-ID-REUSE a verdict was given for another head of this revision".to_owned(),
        );
    }
    row
}

fn row(
    desk: &mut Desk<'_>,
    resolver: &mut Resolver<'_>,
    landed: &mut Landed<'_>,
    (name, found): (&QueueRef, &FoundRef),
    wait: bool,
) -> Result<Row, String> {
    let said = |error: &dyn std::error::Error| error.to_string();
    let revision: Revision = resolver
        .resolve(&name.id, name.number, found)
        .map_err(|error| said(&error))?;
    let tip = resolver
        .tip(&revision.target)
        .map_err(|error| said(&error))?;
    let policy = desk
        .policy_for(&revision.target)
        .map_err(|error| said(&error))?;
    let judged = desk
        .look()
        .glance(revision, policy, wait)
        .map_err(|error| said(&error))?;
    let judged = match judged {
        Glance::Judged(judged) => *judged,
        Glance::Uncounted => return Ok(Row::Uncounted),
        Glance::Unassessed(read) => {
            let (revision, span) = *read;
            let row = unassessed(revision, &span, found);
            return Ok(Row::Unassessed(Box::new(row)));
        }
    };
    let has_landed = landed
        .is_landed(&judged, tip)
        .map_err(|error| said(&error))?;
    let row = entry(judged, found, has_landed, desk.me.as_ref());
    Ok(Row::Whole(Box::new(row)))
}

/// Revisions for which some verdict names another head than the ref has now: the ref was moved.
fn reused(desk: &Desk<'_>) -> HashSet<QueueRef> {
    let mut reused = HashSet::new();
    for verified in &desk.statements.verified {
        let Some(verdict) = verified.verdict() else {
            continue;
        };
        let name = QueueRef {
            id: verdict.change.id.clone(),
            number: verdict.change.revision,
        };
        let found = desk
            .refs
            .changes
            .get(&name.id)
            .and_then(|all| all.get(&name.number));
        let known = desk.default.policy().is_none_or(|trusted| {
            trusted
                .policy
                .signers
                .find(verified.fingerprint())
                .is_some()
        });
        if let Some(found) = found
            && known
            && desk.session.store.peel_to_commit(found.oid).ok() != Some(verdict.head.commit)
        {
            reused.insert(name);
        }
    }
    reused
}

fn warnings(desk: &Desk<'_>) -> Vec<String> {
    let mut warnings = desk.statements.oddities.clone();
    warnings.extend(desk.owners.oddities());
    if let DefaultPolicy::None { why, .. } = &desk.default
        && !matches!(why, crate::evidence::Untrusted::Absent { .. })
    {
        warnings.push(why.to_string());
    }
    if desk.session.store.is_shallow() {
        warnings.push("W-SHALLOW this clone is shallow: bases and histories may be cut short; git fetch --unshallow".to_owned());
    }
    warnings
}
