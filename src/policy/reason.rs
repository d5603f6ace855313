//! Every reason the gate, the verdict verbs and the screen can give: one id, one class, one meaning.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::change::Sha256;

/// What follows from a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Nothing; worth knowing.
    Warning,
    /// An approval is not counted, or more approvals are needed.
    Missing,
    /// Denied; approvals do not help.
    Denial,
    /// No answer can be given.
    CannotDecide,
}

macro_rules! reasons {
    ($($variant:ident $id:literal $class:ident $sentence:literal)*) => {
        /// The id of a reason. Ids never change their meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ReasonId {
            $(#[doc = $sentence] $variant,)*
        }

        impl ReasonId {
            /// Every id.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The id as it is printed, such as `E-SELF-APPROVAL`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// What follows from it, unless a [`Reason`] says otherwise.
            pub const fn class(self) -> Class {
                match self { $(Self::$variant => Class::$class,)* }
            }

            /// What it means, in a sentence without the particulars.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)* }
            }
        }
    };
}

reasons! {
    // An approval that is not counted.
    SelfApproval "E-SELF-APPROVAL" Missing "The reviewer made the change, or runs the agent that did."
    StaleRevision "E-STALE-REVISION" Missing "The approval is for another revision."
    WrongRepo "E-WRONG-REPO" Missing "The statement is for another repository or another root of trust."
    WrongTarget "E-WRONG-TARGET" Missing "The approval is for another target."
    WrongBase "E-WRONG-BASE" Missing "The approval is for the same head on another base."
    ContentMismatch "E-CONTENT-MISMATCH" Missing "What landed is not the approved content."
    MergeContent "E-MERGE-CONTENT" Missing "A merge brings in content of its own."
    Coverage "E-COVERAGE" Missing "The rule asks for a closer match with what was approved."
    NotUpToDate "E-NOT-UP-TO-DATE" Missing "The approved base is not what the change landed on."
    Relanded "E-RELANDED" Missing "The approved content has landed once already."
    Expired "E-EXPIRED" Missing "The approval is older than the rule allows."
    Future "E-FUTURE" Missing "The approval is dated in the future."
    KeyUnknown "E-KEY-UNKNOWN" Missing "The policy does not know the key, or its principal is nobody's."
    KeyExpired "E-KEY-EXPIRED" Missing "The key's time is over, now or when it signed."
    KeyNotYet "E-KEY-NOT-YET" Missing "The key's time had not begun."
    KeyRevoked "E-KEY-REVOKED" Missing "The key is revoked."
    Namespace "E-NAMESPACE" Missing "The key may not sign verdicts."
    UserPresence "E-USER-PRESENCE" Missing "The role asks for a security key that was touched or unlocked."
    Principal "E-PRINCIPAL" Missing "The statement names another reviewer than the key's."
    AgentKey "E-AGENT-KEY" Missing "Agents and automations do not review."
    NoRole "E-NO-ROLE" Missing "The reviewer holds none of the roles the rule asks for."
    Checklist "E-CHECKLIST" Missing "An item of the checklist that the rule asks for is not pass."
    MinViewed "E-MIN-VIEWED" Missing "Too little of the change was on the screen."
    Unanswered "E-UNANSWERED" Missing "A finding that must be answered is not."
    Unreviewable "E-UNREVIEWABLE" Missing "Content that nobody can read is not acknowledged, or not allowed."
    Superseded "E-SUPERSEDED" Missing "The reviewer replaced the approval by a later statement."
    Withdrawn "E-WITHDRAWN" Missing "The reviewer took the approval back."
    NonCanonical "E-NONCANONICAL" Missing "The statement is not canonical."
    UnknownField "E-UNKNOWN-FIELD" Missing "The statement has a field that this program does not know."
    // Approvals that are not there.
    Unapproved "E-UNAPPROVED" Missing "A rule lacks approvals."
    Team "E-TEAM" Missing "A rule lacks an approver of a team."
    RiskRose "E-RISK-ROSE" Missing "The risk is higher now than the reviewer was shown."
    PolicyUnauthorised "E-POLICY-UNAUTHORISED" Missing "The policy was changed without the approvals of the policy before it."
    // Denials.
    Rejected "E-REJECTED" Denial "A rejection stands."
    PolicyInvalid "E-POLICY-INVALID" Denial "The policy has mistakes."
    PolicyRollback "E-POLICY-ROLLBACK" Denial "The policy's version does not rise."
    PolicyFloor "E-POLICY-FLOOR" Denial "The policy asks less than the deployer's floor."
    NotDescendant "E-NOT-DESCENDANT" Denial "The candidate does not descend from what is deployed."
    FirstParent "E-FIRST-PARENT" Denial "What is deployed is not on the candidate's first-parent chain."
    RefRule "E-REF-RULE" Denial "The push breaks a rule of the refs that hold the queue, the verdicts and the targets."
    Octopus "E-OCTOPUS" Denial "A step merges more than two lines of history."
    PathHazard "E-PATH-HAZARD" Denial "A path is one that file systems or tools take for another."
    BreakGlassFollowup "E-BREAKGLASS-FOLLOWUP" Denial "The review that must follow a break-glass is overdue."
    // No answer.
    PolicyRoot "E-POLICY-ROOT" CannotDecide "The root of trust is missing, or not in this history."
    PolicyMissing "E-POLICY-MISSING" CannotDecide "There is no policy where one is needed."
    UnsupportedPolicy "E-UNSUPPORTED-POLICY" CannotDecide "The policy asks something that this program does not enforce."
    UnreadableStatement "E-UNREADABLE-STATEMENT" CannotDecide "A reviewer's statement in the range cannot be read: it may be a rejection."
    NotesNotFetched "E-NOTES-NOT-FETCHED" CannotDecide "The verdicts were never fetched."
    HistoryShallow "E-HISTORY-SHALLOW" CannotDecide "The history is cut off where it is needed."
    Grafts "E-GRAFTS" CannotDecide "Grafts change the history."
    ReplaceRefs "E-REPLACE-REFS" CannotDecide "Replace refs change what objects say."
    ObjectMissing "E-OBJECT-MISSING" CannotDecide "An object that is needed is not here."
    ObjectCorrupt "E-OBJECT-CORRUPT" CannotDecide "An object is not what its name says."
    ApprovedObjectsMissing "E-APPROVED-OBJECTS-MISSING" CannotDecide "The approved commits are not here, so who made them cannot be told."
    HashAlgo "E-HASH-ALGO" CannotDecide "The repository's object format is not supported."
    EvidenceMissing "E-EVIDENCE-MISSING" CannotDecide "A statement that a counted approval had seen is not here."
    LogRewound "E-LOG-REWOUND" CannotDecide "The notes are not those that a counted approval or a pin had seen."
    LogUnrelated "E-LOG-UNRELATED" CannotDecide "The notes have another history than the one referred to."
    LogType "E-LOG-TYPE" CannotDecide "The notes ref is no commit."
    PinMissing "E-PIN-MISSING" CannotDecide "The policy asks for a pin of the notes, and there is none."
    CheckpointStale "E-CHECKPOINT-STALE" CannotDecide "The newest checkpoint is older than the policy allows."
    Attestation "E-ATTESTATION" CannotDecide "The last attestation of the environment is missing, or is not this gate's for it."
    AttestationMoved "E-ATTESTATION-MOVED" CannotDecide "Another gate stored an attestation for the environment meanwhile."
    Usage "E-USAGE" CannotDecide "The question itself is wrong: a flag, a name, an empty range."
    Unavailable "E-UNAVAILABLE" CannotDecide "The remote, a program or a file that is needed did not answer."
    Undecided "E-UNDECIDED" CannotDecide "Something that is needed could not be read."
    ObjectMalformed "E-OBJECT-MALFORMED" CannotDecide "An object does not have the form of its kind."
    TooLarge "E-TOO-LARGE" CannotDecide "Something exceeds a limit."
    Reftable "E-REFTABLE" CannotDecide "The repository keeps its refs in the reftable format."
    ForeignOwner "E-FOREIGN-OWNER" CannotDecide "The repository belongs to another user."
    // Warnings.
    BreakGlass "W-BREAK-GLASS" Warning "A break-glass lets a commit through without its approvals."
    ChangeIdReuse "W-CHANGE-ID-REUSE" Warning "A change id or revision was used again for other content."
    NoteRemoved "W-NOTE-REMOVED" Warning "A note was removed; its statements still count."
    NoteMisplaced "W-NOTE-MISPLACED" Warning "A statement lies on another commit than the one it is about."
    NoteIgnored "W-NOTE-IGNORED" Warning "A line of a note is no statement."
    NotesRewound "W-LOG-REWOUND" Warning "The notes on the remote were rewound; both histories are kept."
    Conflict "W-CONFLICT" Warning "One reviewer has said two things; the most restrictive counts."
    UnknownKey "W-UNKNOWN-KEY" Warning "A statement by a key that the policy does not know."
    UnknownAuthor "W-UNKNOWN-AUTHOR" Warning "An author's address is nobody's in the policy."
    UnreadableIgnored "W-UNREADABLE-STATEMENT" Warning "A statement cannot be read."
    BaseUnverified "W-BASE-UNVERIFIED" Warning "Nothing proves that what came before the base was judged."
    FlaggedOnly "W-FLAGGED-ONLY" Warning "Only marked steps are judged; the absence of a marker proves nothing."
    NotesUnreadable "W-NOTES-UNREADABLE" Warning "The verdicts of a remote could not be taken over."
    BaseIgnored "W-BASE-IGNORED" Warning "A proposal declares a base that cannot be one; the merge base is used."
    TagName "W-TAG-NAME" Warning "The tag of a revision calls itself something else."
    RefDiffers "W-REF-DIFFERS" Warning "An own ref and the remote's of the same name differ; the remote's is shown."
    RefFailed "W-REF-FAILED" Warning "One ref could not be fetched or taken over."
    Outbox "W-OUTBOX" Warning "A file in the outbox is no verified statement; it is kept and not published."
    LogRebased "W-LOG-REBASED" Warning "The history of the notes was rewritten, with the consent of policy owners."
    Rollback "W-ROLLBACK" Warning "The candidate is older than what is deployed, as was allowed."
    NoPins "W-NO-PINS" Warning "The policy asks for pins of the notes, and they are switched off."
    PinNotKept "W-PIN-NOT-KEPT" Warning "The pin of the notes could not be written."
}

impl fmt::Display for ReasonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for ReasonId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A reason with its particulars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Which.
    pub id: ReasonId,
    /// The particulars in a sentence. May quote foreign text: escape it before a terminal sees it.
    pub text: String,
    /// The principal it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<String>,
    /// The fingerprint it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The statement it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Sha256>,
    #[serde(skip)]
    class: Class,
}

impl Reason {
    /// A reason about nobody in particular.
    pub fn new(id: ReasonId, text: impl Into<String>) -> Self {
        Self {
            id,
            text: text.into(),
            reviewer: None,
            key: None,
            digest: None,
            class: id.class(),
        }
    }

    /// The same, about this reviewer.
    #[must_use]
    pub fn by(mut self, reviewer: impl Into<String>) -> Self {
        self.reviewer = Some(reviewer.into());
        self
    }

    /// The same, about this key.
    #[must_use]
    pub fn with_key(mut self, fingerprint: impl Into<String>) -> Self {
        self.key = Some(fingerprint.into());
        self
    }

    /// The same, about this statement.
    #[must_use]
    pub fn about(mut self, digest: Sha256) -> Self {
        self.digest = Some(digest);
        self
    }

    /// The same, with another consequence: an invalid policy denies inside the range, and where it
    /// is the trusted one there is no answer.
    #[must_use]
    pub fn weighing(mut self, class: Class) -> Self {
        self.class = class;
        self
    }

    /// What follows from it.
    pub fn class(&self) -> Class {
        self.class
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        if let Some(reviewer) = &self.reviewer {
            write!(f, " reviewer={reviewer}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, " digest={digest}")?;
        }
        write!(f, ": {}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_their_letter_is_their_class() {
        let ids: BTreeSet<&str> = ReasonId::ALL.iter().map(|id| id.as_str()).collect();
        assert_eq!(ids.len(), ReasonId::ALL.len());
        for id in ReasonId::ALL {
            let warning = id.class() == Class::Warning;
            assert_eq!(id.as_str().starts_with("W-"), warning, "{id}");
            assert!(id.sentence().ends_with('.'), "{id}");
        }
    }
}
