//! The backend over a real clone: each call opens it anew, so that what another program did in the
//! meantime is seen, and hands the work to the use-cases.

mod opening;

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::backend::{Backend, DecideError, Folder, Part, Weighed};
use super::snoozes::{self, Snoozed};
use super::translate::{chain, in_writing, is_locked};
use super::under_way::UnderWay;
use super::{compare, draft_file, earlier, folders, look_up, present, shown};
use crate::app::Loaded;
use crate::app::compare::{Comparison, Ends};
use crate::app::looked_up::{BlameAsk, Blamed};
use crate::app::reading;
use crate::app::sheet::Draft;
use crate::app::work::Job;
use crate::change::{ChangeId, Oid, QueueRef, RepoPath, Sha256};
use crate::diff::moves;
use crate::evidence::Ask;
use crate::git::{Say, Watch};
use crate::queue::Until;
use crate::review::{self, Desk, Opened, ReviewError, Session};
use crate::signing::{Mode, SshVerifier};
use crate::verdict::{Envelope, VerdictKind};

/// Commits of history that may be read before a queue or a change is shown; more are read behind
/// the screen.
const EFFORT: usize = 1_000;
/// Revisions that are assessed before the queue is shown: more than a screen's worth of rows.
const FRESH: usize = 32;
/// The rest is assessed behind the screen in this many parts, after each of which it is shown anew.
const PARTS: usize = 8;
/// Opened revisions kept for signing.
const KEPT: usize = 4;

/// A clone, and how the screen is to work with it.
#[derive(Debug)]
pub struct Repository {
    dir: PathBuf,
    remote: Option<String>,
    cache: Option<PathBuf>,
    worktrees: Option<PathBuf>,
    words: Option<PathBuf>,
    undo_seconds: u64,
    fetch_seconds: u64,
    opened: Mutex<Vec<Kept>>,
    /// Those that were read to be approved together.
    batch: Mutex<Vec<Kept>>,
    behind: Mutex<Behind>,
    under_way: Mutex<UnderWay>,
}

/// What the last look at the queue left undone.
#[derive(Debug)]
struct Behind {
    asks: Vec<Ask>,
    unassessed: Vec<QueueRef>,
    /// Rows of the queue.
    rows: usize,
    /// How many revisions a look may assess.
    fresh: usize,
}

/// A revision that is or was on the screen: what is signed is this, never read again.
#[derive(Debug)]
struct Kept {
    opened: Opened,
    hunks: HashMap<(RepoPath, usize), Sha256>,
}

impl Repository {
    /// The clone at or above a directory, with the remote asked for, and the folder for what can be
    /// worked out again.
    pub fn new(dir: PathBuf, remote: Option<String>, cache: Option<PathBuf>) -> Self {
        Self {
            dir,
            remote,
            cache,
            worktrees: None,
            words: None,
            undo_seconds: 10,
            fetch_seconds: 60,
            opened: Mutex::new(Vec::new()),
            batch: Mutex::new(Vec::new()),
            behind: Mutex::new(Behind {
                asks: Vec::new(),
                unassessed: Vec::new(),
                rows: 0,
                fresh: FRESH,
            }),
            under_way: Mutex::default(),
        }
    }

    fn under_way(&self) -> MutexGuard<'_, UnderWay> {
        let held = self.under_way.lock();
        held.unwrap_or_else(PoisonError::into_inner)
    }

    /// A session for something that may talk to the remote.
    fn online(&self) -> Result<Session, ReviewError> {
        let watch = self.under_way().talk();
        Ok(self.session()?.with_watch(watch))
    }

    /// The same with a folder in which revisions may be checked out.
    #[must_use]
    pub fn worktrees(mut self, dir: Option<PathBuf>) -> Self {
        self.worktrees = dir;
        self
    }

    /// The same with a file for the reasons and remarks of earlier sessions.
    #[must_use]
    pub fn earlier_words_in(mut self, file: Option<PathBuf>) -> Self {
        self.words = file;
        self
    }

    /// The same with so many seconds in which a verdict stays here before it leaves.
    #[must_use]
    pub fn undo_seconds(mut self, seconds: u64) -> Self {
        self.undo_seconds = seconds;
        self
    }

    /// The same with so many seconds between background fetches; 0 is never.
    #[must_use]
    pub fn fetch_seconds(mut self, seconds: u64) -> Self {
        self.fetch_seconds = seconds;
        self
    }

    fn session(&self) -> Result<Session, ReviewError> {
        let session = Session::open(&self.dir, self.remote.as_deref())?;
        Ok(session
            .with_cache(self.cache.as_deref())
            .with_effort(EFFORT))
    }

    fn behind(&self) -> MutexGuard<'_, Behind> {
        self.behind.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts what was asked of the history; whether there is something new to look at.
    fn count_history(&self) -> Result<bool, String> {
        let asks = std::mem::take(&mut self.behind().asks);
        if asks.is_empty() {
            return Ok(false);
        }
        let session = self.session().map_err(chain)?;
        let counted = session.histories_of(&asks, usize::MAX).map_err(chain)?;
        // Without a folder to keep it in, the next look would not have it either.
        let kept = self.cache.is_some();
        Ok(kept && counted.iter().flatten().any(|stats| !stats.cut_short))
    }

    /// Changes the kept marks of these hunks of a change that was opened.
    fn change_marks(
        &self,
        name: &QueueRef,
        hunks: &[(RepoPath, usize)],
        change: impl Fn(&mut BTreeSet<Sha256>, Sha256),
    ) {
        let kept = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = kept
            .iter()
            .find(|kept| kept.opened.revision.name() == *name);
        let known = opened.map(|kept| &kept.hunks);
        let marks = hunks.iter().filter_map(|at| known?.get(at)).copied();
        let marks: Vec<Sha256> = marks.collect();
        drop(kept);
        // A mark that cannot be kept costs reading a hunk again, and nothing else.
        if let Ok(session) = self.session() {
            let journal = session.journal.seen();
            let mut all = journal.load(&name.id).unwrap_or_default();
            for mark in marks {
                change(&mut all, mark);
            }
            let _ = journal.store(&name.id, &all);
        }
    }

    fn record(&self, draft: &Draft, mode: Mode) -> Result<Sha256, ReviewError> {
        let session = self.session()?;
        let now = Timestamp::now();
        let desk = Desk::new(&session, now)?;
        let me = review::Me::find(&session, desk.default_policy().policy().map(|p| &p.policy))?;
        let kept = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        let mut opened = kept.iter().chain(batch.iter()).map(|kept| &kept.opened);
        let opened = opened.find(|opened| {
            opened.revision.name() == draft.name.at() && opened.span.head == draft.subject.head
        });
        let opened = opened.ok_or_else(|| ReviewError::UnknownChange(draft.name.to_string()))?;
        let policy = session.policy_for(&draft.subject.target)?.policy.digest;
        if draft.subject.policy.as_ref().map(|shown| shown.sha256) != Some(policy) {
            return Err(ReviewError::Changed { what: "the policy" });
        }
        let prepared = review::prepare(
            &session,
            opened,
            desk.statements(),
            &me,
            &in_writing(draft),
            now,
        )?;
        // The sheet waits for a key that counts; a policy that changed since then is met here.
        if let Some(reason) = prepared
            .will_not_count
            .filter(|_| draft.kind == VerdictKind::Approve)
        {
            return Err(review::would_not(&reason));
        }
        let verdict = prepared.statement.verdict();
        if let Some(what) = verdict.and_then(|verdict| shown::differs(verdict, draft)) {
            return Err(ReviewError::Changed { what });
        }
        let prepared = review::Prepared {
            will_not_count: None,
            ..prepared
        };
        let signer = review::signer(&session, mode)?.called_off_by(self.under_way().sign());
        Ok(review::record(&session, &prepared, &signer, now)?.digest)
    }
}

impl Backend for Repository {
    fn load(&self) -> Result<Loaded, String> {
        let fresh = self.behind().fresh;
        let session = self.session().map_err(chain)?.with_fresh(fresh);
        let now = Timestamp::now();
        let queue = review::load(&session, now).map_err(chain)?;
        let mut behind = self.behind();
        behind.asks.clone_from(&queue.uncounted);
        behind.unassessed.clone_from(&queue.unassessed);
        behind.rows = queue.entries.len();
        drop(behind);
        let waiting = session.journal.outbox().waiting().unwrap_or_default();
        let outbox = waiting.iter().filter_map(|entry| {
            let verified = Envelope::verify(&entry.line, &SshVerifier).ok()?;
            let verdict = verified.verdict()?;
            let name = QueueRef {
                id: verdict.change.id.clone(),
                number: verdict.change.revision,
            };
            Some((entry.digest, name, verdict.kind))
        });
        let outbox = outbox.collect();
        let mut facts = present::session(&session, &queue);
        facts.undo_seconds = self.undo_seconds;
        facts.fetch_seconds = self.fetch_seconds;
        Ok(Loaded {
            outbox,
            session: facts,
            fetched: queue.fetched.map(|record| record.at),
            entries: queue.entries,
        })
    }

    fn go_on(&self) -> Result<bool, String> {
        if self.count_history()? {
            return Ok(true);
        }
        let mut behind = self.behind();
        let part = behind.rows.div_ceil(PARTS).max(FRESH);
        let mut names = std::mem::take(&mut behind.unassessed);
        drop(behind);
        names.truncate(part);
        if names.is_empty() {
            return Ok(false);
        }
        let session = self.session().map_err(chain)?;
        let kept = review::assess_ahead(&session, Timestamp::now(), &names).map_err(chain)?;
        if kept == 0 {
            // Nothing can be kept (a full disk): the next look has to assess everything itself.
            self.behind().fresh = usize::MAX;
        }
        Ok(true)
    }

    fn open(&self, name: &QueueRef, send: &mut dyn FnMut(Part) -> bool) -> Result<(), String> {
        let (mut change, mut files) = self.read(name).map_err(chain)?;
        let moves = moves::find(&files);
        let rest = look_up::beyond_first(&mut files);
        change.files = files;
        change.complete = rest.is_empty();
        if send(Part::First(change)) && (rest.is_empty() || send(Part::More(rest, true))) {
            send(Part::Moves(moves));
        }
        Ok(())
    }

    fn text(&self, blob: Oid) -> Result<Vec<u8>, String> {
        look_up::text(&self.session().map_err(chain)?, blob)
    }

    fn blame(&self, ask: &BlameAsk, watch: &Watch) -> Result<Blamed, String> {
        look_up::blame(&self.session().map_err(chain)?, ask, watch)
    }

    fn weigh(&self, names: &[QueueRef]) -> Vec<Weighed> {
        self.read_all(names).unwrap_or_else(|error| {
            let why = chain(error);
            let all = names.iter();
            all.map(|name| (name.clone(), Err(why.clone()))).collect()
        })
    }

    fn compare(&self, name: &QueueRef, ends: Ends) -> Result<Box<Comparison>, String> {
        let session = self.session().map_err(chain)?;
        compare::answer(&session, name, ends).map_err(chain)
    }

    fn keep_visit(&self, name: &QueueRef, head: Oid) {
        let session = self.session().ok();
        session.iter().for_each(|s| compare::visit(s, name, head));
    }

    fn decide(&self, draft: &Draft, has_terminal: bool) -> Result<Sha256, DecideError> {
        let mode = if has_terminal {
            Mode::Interactive
        } else {
            Mode::Silent
        };
        self.record(draft, mode).map_err(|error| {
            if !has_terminal && is_locked(&error) {
                DecideError::NeedsTerminal
            } else {
                DecideError::Refused(chain(error))
            }
        })
    }

    fn undo(&self, digest: &Sha256) -> Result<(), String> {
        let session = self.session().map_err(chain)?;
        match review::undo(&session, *digest).map_err(chain)? {
            true => Ok(()),
            false => Err("it has left already; a withdrawal takes it back".to_owned()),
        }
    }

    fn publish(&self, digests: &[Sha256]) -> Result<(), String> {
        let session = self.online().map_err(chain)?;
        let wanted = |digest: &Sha256| digests.contains(digest);
        let done = review::publish_some(&session, &wanted, Timestamp::now()).map_err(chain)?;
        done.failure.map_or(Ok(()), |error| Err(chain(error)))
    }

    fn fetch(&self) -> Result<(), String> {
        let session = self.online().map_err(chain)?;
        let fetched = review::fetch(&session, Timestamp::now()).map_err(chain)?;
        // Verdicts that could not be taken over are missing from what is shown.
        fetched
            .notes_error
            .map_or(Ok(()), |error| Err(chain(error)))
    }

    fn sync(&self) -> Result<(), String> {
        let session = self.online().map_err(chain)?;
        if session.remote.is_none() {
            review::publish(&session, Timestamp::now()).map_err(chain)?;
            return Ok(());
        }
        let done = review::sync(&session, Timestamp::now()).map_err(chain)?;
        if let Some(error) = done.notes_error {
            return Err(chain(error));
        }
        done.published
            .failure
            .map_or(Ok(()), |error| Err(chain(error)))
    }

    fn claim(&self, id: &ChangeId, on: bool) -> Result<String, String> {
        let session = self.online().map_err(chain)?;
        let now = Timestamp::now();
        let me = review::Desk::new(&session, now).map_err(chain)?;
        let who = me.me().and_then(|me| me.principal.clone());
        let who = who.ok_or_else(|| "a claim needs a key that the policy knows".to_owned())?;
        let claimed = if on {
            review::claim(&session, id, &who, review::CLAIM_LASTS, now)
        } else {
            review::release(&session, id, &who, now)
        };
        match claimed.map_err(chain)? {
            review::Claimed::Yours(until) => Ok(format!("{id} is yours until {until}")),
            review::Claimed::Free => Ok(format!("{id} is given back")),
            review::Claimed::Others(claim) => {
                Err(format!("{} is on it until {}", claim.reviewer, claim.until))
            }
        }
    }

    fn snoozed(&self) -> Result<Snoozed, String> {
        let session = self.session().map_err(chain)?;
        snoozes::read(&session.journal.snoozes()).map_err(chain)
    }

    fn snooze(&self, id: &ChangeId, off: Option<(u32, Until)>) -> Result<Snoozed, String> {
        let file = self.session().map_err(chain)?.journal.snoozes();
        snoozes::put(&file, id, off, Timestamp::now(), &TimeZone::system()).map_err(chain)
    }

    fn keep_draft(&self, name: &QueueRef, head: Oid, kept: Option<&reading::Kept>) {
        let Ok(session) = self.session() else {
            return;
        };
        let drafts = session.journal.drafts();
        // The draft is on the screen as well; what cannot be written is lost only with that.
        let _ = match kept {
            Some(kept) => drafts.keep(name, head, &draft_file::write(kept)),
            None => drafts.remove(name, head).map(|_| ()),
        };
    }

    fn keep_seen(&self, name: &QueueRef, seen: &[(RepoPath, usize)]) {
        self.change_marks(name, seen, |all, mark| {
            all.insert(mark);
        });
    }

    fn forget_seen(&self, name: &QueueRef, seen: &[(RepoPath, usize)]) {
        self.change_marks(name, seen, |all, mark| {
            all.remove(&mark);
        });
    }

    fn report_to(&self, say: Say) {
        self.under_way().say = Some(say);
    }

    fn call_off(&self, job: &Job) {
        self.under_way().call_off(job);
    }

    fn check_out(&self, name: &QueueRef, head: Option<Oid>) -> Result<Folder, String> {
        let session = self.session().map_err(chain)?;
        folders::check_out(&session, self.worktrees.as_deref(), name, head)
    }

    fn put_away(&self, folder: &Folder) -> Result<Option<String>, String> {
        let session = self.session().map_err(chain)?;
        folders::put_away(&session, self.worktrees.as_deref(), folder)
    }

    fn keep_words(&self, words: &str) {
        if let Some(file) = &self.words
            && let Err(error) = earlier::add(file, words)
        {
            tracing::debug!("cannot keep {}: {error}", file.display());
        }
    }

    fn earlier_words(&self) -> Vec<String> {
        self.words.as_deref().map(earlier::read).unwrap_or_default()
    }

    fn work_tree(&self) -> Option<PathBuf> {
        let session = self.session().ok()?;
        session.store.workdir().map(std::path::Path::to_path_buf)
    }
}
