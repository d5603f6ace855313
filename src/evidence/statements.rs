//! Every statement that the notes ever held, verified one by one; and every line that is none,
//! with the reason.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::change::{Oid, Sha256, readable};
use crate::git::{GitError, NotesHistory, Store};
use crate::verdict::{Envelope, Verified, Verifier, lines};

/// What the notes hold.
#[derive(Debug, Clone, Default)]
pub struct Statements {
    /// Statements whose signature is good, by whatever key, by the digest of their payload. Two
    /// signatures over one payload by one key are one statement.
    pub verified: Vec<Verified>,
    /// Lines that were passed over.
    pub ignored: Vec<IgnoredLine>,
    /// What is odd about the notes themselves, a sentence each.
    pub oddities: Vec<String>,
    /// The tips of the refs that were read.
    pub tips: Vec<Oid>,
    /// Every notes commit of the history that is presented.
    pub commits: HashSet<Oid>,
    /// How many different statements the tree of the checkpoint holds that this was read from.
    pub in_checkpoint: Option<u64>,
}

/// A line that is no verified statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IgnoredLine {
    /// Where: the commit it is a note of, or a path of the notes' tree.
    pub place: String,
    /// Its beginning, readable.
    pub line: String,
    /// Why it was passed over.
    pub why: String,
}

/// What a verified line is about, and what makes it one statement with its copies.
type Known = (Option<Oid>, (Sha256, String));

/// How much of a line is shown.
const SHOWN: usize = 80;

impl Statements {
    /// Reads the whole history of these notes refs, and lines that are not yet in any of them.
    ///
    /// # Errors
    /// Where a notes ref or one of its objects cannot be read: an answer without it could be wrong.
    pub fn read(
        store: &Store,
        refs: &[&str],
        waiting: &[Vec<u8>],
        verifier: &dyn Verifier,
    ) -> Result<Self, GitError> {
        let tips = refs.iter().map(|name| store.notes_tip(name));
        let tips: Vec<Option<Oid>> = tips.collect::<Result<_, _>>()?;
        let tips = tips.into_iter().flatten().collect();
        Self::read_from(store, tips, waiting, verifier)
    }

    /// As [`Statements::read`], from the tips themselves: in a server's hook the newest has no ref
    /// yet.
    ///
    /// # Errors
    /// As [`Statements::read`].
    pub fn read_from(
        store: &Store,
        tips: Vec<Oid>,
        waiting: &[Vec<u8>],
        verifier: &dyn Verifier,
    ) -> Result<Self, GitError> {
        let history = store.notes_since(&tips, &[])?;
        Ok(Self::of(history, tips, None, waiting, verifier))
    }

    /// As [`Statements::read_from`], but of the history up to `checkpoint` only the tree of that
    /// commit, which has to be part of it, is read for statements.
    ///
    /// # Errors
    /// As [`Statements::read`].
    pub fn read_since(
        store: &Store,
        tips: Vec<Oid>,
        checkpoint: Oid,
        verifier: &dyn Verifier,
    ) -> Result<Self, GitError> {
        let mut history = store.notes_since(&tips, &[checkpoint])?;
        history
            .commits
            .extend(store.commits_between(&[], checkpoint)?);
        Ok(Self::of(history, tips, Some(checkpoint), &[], verifier))
    }

    /// The statements in the tree of one notes commit.
    ///
    /// # Errors
    /// As [`Statements::read`].
    pub fn at(store: &Store, commit: Oid, verifier: &dyn Verifier) -> Result<Self, GitError> {
        let history = store.notes_at(commit)?;
        Ok(Self::of(history, vec![commit], None, &[], verifier))
    }

    /// What the trees at the tips hold about commits of the notes' own history; `commits` is all of
    /// that history.
    ///
    /// # Errors
    /// As [`Statements::read`].
    pub fn about_notes(
        store: &Store,
        tips: &[Oid],
        verifier: &dyn Verifier,
    ) -> Result<Self, GitError> {
        let history = store.notes_about_notes(tips)?;
        Ok(Self::of(history, tips.to_vec(), None, &[], verifier))
    }

    fn of(
        history: NotesHistory,
        tips: Vec<Oid>,
        checkpoint: Option<Oid>,
        waiting: &[Vec<u8>],
        verifier: &dyn Verifier,
    ) -> Self {
        let mut all = Self {
            tips,
            ..Self::default()
        };
        all.add_oddities(&history);
        let mut by_payload: BTreeMap<(Sha256, String), Verified> = BTreeMap::new();
        let noted = history
            .lines
            .iter()
            .map(|line| (Some(line), line.bytes.as_slice()));
        let waiting = waiting.iter().map(|line| (None, line.as_slice()));
        let mut in_checkpoint = HashSet::new();
        // The same line may stand under many objects; it is verified once.
        let mut known: HashMap<&[u8], Result<Known, String>> = HashMap::new();
        for (line, bytes) in noted.chain(waiting) {
            let one = known.entry(bytes).or_insert_with(|| {
                let verified = verify(bytes, verifier)?;
                let subject = verified.subject_commit();
                let key = (verified.payload_sha256(), verified.fingerprint().to_owned());
                by_payload.entry(key.clone()).or_insert(verified);
                Ok((subject, key))
            });
            let place = line.map(|line| line.annotated);
            if let (Ok((_, key)), Some(line)) = (&*one, line)
                && Some(line.notes_commit) == checkpoint
            {
                in_checkpoint.insert(key.clone());
            }
            match (one, place) {
                (Ok((Some(subject), _)), Some(place)) if *subject != place => {
                    all.oddities.push(format!(
                        "W-NOTE-MISPLACED a statement about {subject} lies on {place}; it counts where it is about"
                    ));
                }
                (Ok(_), _) => {}
                (Err(why), place) => all.ignored.push(IgnoredLine {
                    place: place.map_or_else(|| "outbox".to_owned(), |oid| oid.to_string()),
                    line: readable(&bytes[..bytes.len().min(SHOWN)])
                        .trim_end()
                        .to_owned(),
                    why: why.clone(),
                }),
            }
        }
        all.sort_reports();
        all.in_checkpoint = checkpoint.map(|_| in_checkpoint.len() as u64);
        all.verified = by_payload.into_values().collect();
        drop(known);
        all.commits = history.commits;
        all
    }

    /// An order that does not depend on where the reading began.
    fn sort_reports(&mut self) {
        self.ignored.sort();
        self.oddities.sort();
    }

    fn add_oddities(&mut self, history: &NotesHistory) {
        for note in &history.ignored {
            self.ignored.push(IgnoredLine {
                place: note.path.to_string(),
                line: String::new(),
                why: note.why.clone(),
            });
        }
        for removed in &history.removed {
            self.oddities.push(format!(
                "W-NOTE-REMOVED a note on {} was removed by {}; what it held still counts",
                removed.annotated, removed.notes_commit
            ));
        }
    }
}

fn verify(line: &[u8], verifier: &dyn Verifier) -> Result<Verified, String> {
    let mut lines = lines(line).map_err(|error| error.to_string())?;
    let only = lines.next().ok_or("empty")?;
    only.candidate.map_err(|error| error.to_string())?;
    Envelope::verify(line, verifier).map_err(|error| error.to_string())
}
