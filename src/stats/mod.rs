//! The queue in numbers: how much waits and how long, how fast verdicts come, who carries them, and
//! what became of the changes of each agent, model and rule. Pure: what happened is handed in.

mod measure;
mod spread;
mod suggest;

use jiff::Timestamp;

use crate::change::ChangeId;
use crate::verdict::VerdictKind;

pub use measure::{Day, Period, Record, Reviewer, Share, Stats, Waiting, measure};
pub use spread::Spread;
pub use suggest::{Advice, Suggestion, Suggestions, Wanted, suggest};

/// One change over its whole life, as far as it is known here.
#[derive(Debug, Clone)]
pub struct Life {
    /// The change.
    pub id: ChangeId,
    /// When its first revision was queued, as claimed.
    pub queued: Timestamp,
    /// Where it is now.
    pub stage: Stage,
    /// The agent, as claimed or by marker.
    pub agent: Option<String>,
    /// The model, as claimed.
    pub model: Option<String>,
    /// The rules of the policy that judge it, by name.
    pub rules: Vec<String>,
    /// The persons who are asked now, by id; empty where nothing waits for anybody.
    pub asked: Vec<String>,
    /// What was said of it by people whom the policy knows, oldest first.
    pub words: Vec<Word>,
    /// When the last of the approvals that stand was signed; none before it is approved.
    pub approved: Option<Timestamp>,
    /// Whether a later commit of the target says that it takes this one back.
    pub reverted: bool,
}

/// Where a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It waits for a verdict.
    Waiting,
    /// Every rule is met, and it has not landed.
    Approved,
    /// A rejection stands.
    Rejected,
    /// It is in the target.
    Landed,
    /// It was taken back, or cannot be read.
    Gone,
}

/// One verdict.
#[derive(Debug, Clone)]
pub struct Word {
    /// The principal who signed it.
    pub who: String,
    /// What it says.
    pub kind: VerdictKind,
    /// When, by the signer's clock.
    pub at: Timestamp,
    /// Seconds that the change was on the signer's screen; none in verdicts that do not say.
    pub seconds: Option<u64>,
    /// Lines of the revision that it is about, added and removed; none where it is not here.
    pub lines: Option<usize>,
}
