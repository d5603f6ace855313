//! What the screen knows of the change that is open, as the use-cases hand it over.

use jiff::Timestamp;

use super::compare::Comparable;
use super::reading::Kept;
use crate::change::{Oid, RepoPath, Sha256};
use crate::diff::rows::OnSide;
use crate::diff::{Body, FileDiff, FileSide, FileStatus, Hunk, Line, LineKind, Mode};
use crate::queue::RevisionName;
use crate::risk::scanner::{Scanned, ToolLevel};
use crate::verdict::{CommitAndTree, Content, PolicyRef, RiskShown, Severity, VerdictKind};

/// The path under which the commit message is shown and remarked on.
pub const MESSAGE_PATH: &str = "/message";

/// A change that was opened: what it is, what it does, what is said of it, what is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Which revision.
    pub name: RevisionName,
    /// Which objects.
    pub subject: Subject,
    /// The message: title, blank line, body; raw bytes.
    pub message: Vec<u8>,
    /// The files read so far.
    pub files: Vec<FileDiff>,
    /// Whether these are all files.
    pub complete: bool,
    /// Findings and remarks.
    pub notes: Vec<Note>,
    /// What scanners say: their reports, and what they found outside the change's lines.
    pub scanned: Scanned,
    /// What an approval needs here.
    pub asks: Asks,
    /// Verdicts so far, oldest first.
    pub past: Vec<Past>,
    /// Why it stands where it stands in the queue, most important first.
    pub why: Vec<Why>,
    /// Hunks seen on an earlier visit: (file, hunk) in the numbering of `files`.
    pub seen: Vec<(usize, usize)>,
    /// What this person wrote on an earlier visit and did not sign.
    pub kept: Option<Kept>,
    /// What of it can be compared, and which earlier revision this person knows.
    pub ends: Comparable,
    /// What was said of this content or id before that the reviewer should know, a sentence each.
    pub warnings: Vec<String>,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a change comes from: what its proposal claims, and its commits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The model that the proposal names.
    pub model: Option<String>,
    /// The agent's session that the proposal names.
    pub session: Option<String>,
    /// Whom the proposal asks.
    pub reviewers: Vec<String>,
    /// The commits, oldest first.
    pub commits: Vec<CommitLine>,
}

/// One commit of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitLine {
    /// Its id.
    pub oid: Oid,
    /// Name and address of its author, and of its committer where that is somebody else.
    pub author: String,
    /// The first line of its message.
    pub subject: String,
    /// What marks it as made by, or with, an AI tool.
    pub markers: Vec<String>,
}

/// The objects a verdict is about. These are what was on the screen; nothing is read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// What is judged.
    pub head: CommitAndTree,
    /// What it stands on.
    pub base: CommitAndTree,
    /// Full ref name of the target.
    pub target: String,
    /// Commits between the two that are no merges.
    pub commit_count: u64,
    /// The digest that survives a rebase; none until it is computed.
    pub content: Option<Content>,
    /// The policy it is judged by; none where there is none.
    pub policy: Option<PolicyRef>,
    /// The risk as it is shown.
    pub risk: Option<RiskShown>,
    /// The session it was made in, as the proposal names it.
    pub session: Option<String>,
    /// What a statement takes from its surroundings; none where nothing can be signed.
    pub signing: Option<Signing>,
}

/// What a statement takes from its surroundings, as it stood when the change was read. A statement
/// that would say something else is not signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signing {
    /// The repository's id in the policy.
    pub repository: String,
    /// Where this client began to trust.
    pub policy_root: Oid,
    /// The principal that signs.
    pub reviewer: String,
    /// The fingerprint of the key.
    pub key: String,
    /// The tip of the notes that are the evidence; none where there are none. It may be a newer one
    /// when it is signed.
    pub notes: Option<Oid>,
    /// Own earlier verdicts that an approval or a rejection takes the place of.
    pub replaces: Vec<Sha256>,
    /// Own earlier verdicts that a withdrawal takes back.
    pub withdraws: Vec<Sha256>,
    /// Name and version of this program.
    pub tool: String,
}

/// A finding or a remark, and where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The file; none is the change as a whole.
    pub path: Option<RepoPath>,
    /// The side `line` counts on.
    pub side: OnSide,
    /// The line, from 1; none is the file.
    pub line: Option<u32>,
    /// What kind of note.
    pub kind: NoteKind,
    /// The sentence.
    pub text: String,
}

/// Kinds of notes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoteKind {
    /// Of our own rules.
    Finding {
        /// 16 hex digits.
        id: String,
        /// The rule's name.
        rule: String,
        /// 1 a note, 2 look at it, 3 wants an answer.
        severity: u8,
    },
    /// Of a scanner, unsigned.
    Scanned {
        /// 16 hex digits.
        id: String,
        /// The tool; never ours.
        tool: String,
        /// The tool's name for the rule.
        rule: String,
        /// How grave the tool thinks it is.
        level: ToolLevel,
    },
    /// A person's, from an earlier verdict.
    Remark {
        /// `<payload sha256>/<index>`.
        id: String,
        /// Who.
        by: String,
        /// On which revision.
        revision: u32,
        /// How much it weighs.
        severity: Severity,
        /// Where it stands now: open, answered, moved, gone.
        state: RemarkState,
        /// Where it was written, where that is not where it stands now.
        was: Option<String>,
        /// The submitter's answers, oldest first; claims.
        replies: Vec<String>,
    },
    /// Being written here and not yet signed: an index into the visit's comments.
    Draft(usize),
    /// Begun here, or taken out again: an index into what the visit has unfinished.
    Unfinished(usize),
}

/// Where an earlier remark stands against the newest revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemarkState {
    /// The line is as it was.
    Open,
    /// The submitter says it is dealt with.
    Answered,
    /// The line is elsewhere now.
    Moved,
    /// The line is no more.
    Gone,
}

impl RemarkState {
    /// Whether it still wants something: its line is there, and nobody answered.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Moved)
    }
}

/// What an approval needs under the policy in force, over all rules that apply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asks {
    /// The rules' names.
    pub rules: Vec<String>,
    /// Percent of hunks that must have been on the screen.
    pub min_viewed: u8,
    /// Whether every severity-3 finding must be answered.
    pub acknowledge: Acknowledge,
    /// Which of correctness, security, performance must be `pass`.
    pub checklist: [bool; 3],
    /// A word to type, at high risk.
    pub word: Option<String>,
    /// Why an approval by this key would not count; none where it would.
    pub not_counting: Option<String>,
    /// Why the policy does not let it be approved together with others; none where it does.
    pub not_together: Option<String>,
    /// Why nothing can be signed at all: no key, no policy.
    pub cannot_sign: Option<String>,
    /// Why nobody can approve it, where that is so.
    pub nobody: Option<String>,
    /// One sentence on who else may or must: "senior: you, and bob or carol".
    pub people: String,
    /// One sentence on what holds after this approval: "approved, 2 of 2".
    pub after: String,
    /// Whether this approval is the last that is missing.
    pub settles: bool,
}

/// Whether findings must be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Acknowledge {
    /// The policy does not ask.
    #[default]
    Optional,
    /// Every severity-3 finding.
    Asked,
}

/// One verdict of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Who, by principal.
    pub reviewer: String,
    /// Whether that is the person at the screen.
    pub mine: bool,
    /// What.
    pub kind: VerdictKind,
    /// On which revision.
    pub revision: u32,
    /// When, by the reviewer's clock.
    pub at: Timestamp,
    /// The words, if any.
    pub summary: Option<String>,
    /// How the signature and its reach stand, in words: "exact, good signature".
    pub standing: String,
    /// What it covers, in words.
    pub covers: String,
    /// The fingerprint of the key that signed.
    pub key: String,
    /// The remarks that went with it.
    pub remarks: usize,
    /// Verdicts of the same person that took its place.
    pub replaced_by: Vec<Sha256>,
    /// The payload.
    pub digest: Sha256,
}

/// One line of why a change stands where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// `likelihood`, `impact`, `reading`, …
    pub label: String,
    /// The figure.
    pub value: String,
    /// Its reason.
    pub sentence: String,
}

impl Note {
    /// Whether this wants an answer before an approval: a finding of severity 3.
    pub fn wants_answer(&self) -> bool {
        matches!(self.kind, NoteKind::Finding { severity: 3.., .. })
    }

    /// Whether `n` stops here: findings worth a look, and open remarks.
    pub fn is_point(&self) -> bool {
        match &self.kind {
            NoteKind::Finding { severity, .. } => *severity >= 2,
            NoteKind::Scanned { level, .. } => *level >= ToolLevel::Warning,
            NoteKind::Remark { state, .. } => state.is_open(),
            NoteKind::Draft(_) | NoteKind::Unfinished(_) => false,
        }
    }

    /// The finding's id, where it is one.
    pub fn finding(&self) -> Option<&str> {
        match &self.kind {
            NoteKind::Finding { id, .. } | NoteKind::Scanned { id, .. } => Some(id),
            _ => None,
        }
    }

    /// What the finding is called, where it is one: its rule, after the tool where it is not ours.
    pub fn finding_name(&self) -> Option<String> {
        match &self.kind {
            NoteKind::Finding { rule, .. } => Some(rule.clone()),
            NoteKind::Scanned { tool, rule, .. } => Some(format!("{tool}: {rule}")),
            _ => None,
        }
    }
}

impl Opened {
    /// Own earlier verdicts that one of this kind names as replaced.
    pub fn replaced_by(&self, kind: VerdictKind) -> Vec<Sha256> {
        let signing = self.subject.signing.as_ref();
        signing.map_or_else(Vec::new, |signing| match kind {
            VerdictKind::Approve | VerdictKind::Reject => signing.replaces.clone(),
            VerdictKind::Withdraw => signing.withdraws.clone(),
            VerdictKind::Comment => Vec::new(),
        })
    }

    /// The title of the change.
    pub fn title(&self) -> &[u8] {
        self.message.split(|b| *b == b'\n').next().unwrap_or(&[])
    }
}

/// The commit message as the first file of the change.
pub fn message_file(message: &[u8]) -> FileDiff {
    let text = message.strip_suffix(b"\n").unwrap_or(message);
    let lines = text.split(|b| *b == b'\n').zip(1..);
    let lines: Vec<Line> = lines
        .map(|(bytes, number)| Line {
            kind: LineKind::Context,
            old: None,
            new: Some(number),
            bytes: bytes.to_vec(),
            no_newline: false,
        })
        .collect();
    let count = u32::try_from(lines.len()).unwrap_or(u32::MAX);
    FileDiff {
        status: FileStatus::Added,
        old: None,
        new: Some(FileSide {
            path: RepoPath::from(MESSAGE_PATH),
            mode: Mode::Regular,
            id: crate::change::Oid::from_bytes([0; 20]),
            size: message.len() as u64,
            facts: Default::default(),
        }),
        body: Body::Text(vec![Hunk {
            old_start: 0,
            old_lines: 0,
            new_start: 1,
            new_lines: count,
            scope: String::new(),
            lines,
        }]),
        added: 0,
        removed: 0,
    }
}
