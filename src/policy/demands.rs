//! What a rule asks of the approvals for a run: the keys that `defaults` and every rule share.

use jiff::SignedDuration;

use super::document::{Fields, Page};
use super::{Coverage, Item, RejectReach, UnknownAuthor, Unreviewable, UnsignedProposal};
use crate::risk::Level;

/// The keys that `[defaults]` and `[[rule]]` share.
pub(super) const KEYS: [&str; 14] = [
    "approvals",
    "from",
    "teams",
    "coverage",
    "max_age",
    "min_viewed",
    "checklist",
    "reject",
    "unsigned_proposal",
    "unknown_author",
    "unreviewable",
    "acknowledge",
    "batch_approve",
    "require_up_to_date",
];

/// What a rule asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demands {
    /// How many persons, at least 1.
    pub approvals: u64,
    /// The roles that may approve.
    pub from: Vec<String>,
    /// Teams of which at least one approver must be, each.
    pub teams: Vec<String>,
    /// How an approval may have reached the run.
    pub coverage: Coverage,
    /// How old an approval may be.
    pub max_age: SignedDuration,
    /// Percent of the hunks that must have been on the screen.
    pub min_viewed: u64,
    /// Items that must be `pass`.
    pub checklist: Vec<Item>,
    /// What a rejection denies beside its head and content.
    pub reject: RejectReach,
    /// Whether an unsigned proposal needs one person more.
    pub unsigned_proposal: UnsignedProposal,
    /// Whether an author nobody knows needs one person more.
    pub unknown_author: UnknownAuthor,
    /// What is asked about contents nobody can read.
    pub unreviewable: Unreviewable,
    /// Whether every severity-3 finding must be answered.
    pub acknowledge: bool,
    /// The levels that a client may approve in batches. The client's, never the gate's.
    pub batch_approve: Vec<Level>,
    /// Whether the approved base must be the run's first parent.
    pub require_up_to_date: bool,
}

impl Default for Demands {
    fn default() -> Self {
        Self {
            approvals: 1,
            from: vec!["senior".to_owned()],
            teams: Vec::new(),
            coverage: Coverage::Merge,
            max_age: SignedDuration::from_hours(30 * 24),
            min_viewed: 0,
            checklist: Vec::new(),
            reject: RejectReach::Veto,
            unsigned_proposal: UnsignedProposal::Accept,
            unknown_author: UnknownAuthor::Accept,
            unreviewable: Unreviewable::Ack,
            acknowledge: false,
            batch_approve: vec![Level::Low],
            require_up_to_date: false,
        }
    }
}

/// The words of `coverage`.
pub(super) const COVERAGE: [(&str, Coverage); 4] = [
    ("exact", Coverage::Exact),
    ("tree", Coverage::Tree),
    ("content", Coverage::Content),
    ("merge", Coverage::Merge),
];

/// The words of a risk level.
pub(super) const LEVELS: [(&str, Level); 4] = [
    ("low", Level::Low),
    ("medium", Level::Medium),
    ("high", Level::High),
    ("critical", Level::Critical),
];

/// Approvals a policy can ask: one at least (a rule that asks nobody would be an implicit allow),
/// and few enough to add one without overflow.
pub(super) const APPROVALS: std::ops::Range<u64> = 1..1_001;

/// Reads what a table asks, everything it does not say being as in `base`.
pub(super) fn read(fields: &Fields<'_>, page: &mut Page, base: &Demands) -> Demands {
    let items = [
        ("correctness", Item::Correctness),
        ("security", Item::Security),
        ("performance", Item::Performance),
    ];
    let reject = [
        ("veto", RejectReach::Veto),
        ("revision", RejectReach::Revision),
    ];
    let unsigned = [
        ("accept", UnsignedProposal::Accept),
        ("second", UnsignedProposal::Second),
    ];
    let unknown = [
        ("accept", UnknownAuthor::Accept),
        ("second", UnknownAuthor::Second),
    ];
    let unreviewable = [("ack", Unreviewable::Ack), ("deny", Unreviewable::Deny)];
    let b = base.clone();
    Demands {
        approvals: fields
            .number(page, "approvals", APPROVALS)
            .unwrap_or(b.approvals),
        from: roles(fields, page).unwrap_or(b.from),
        teams: fields.texts(page, "teams").unwrap_or(b.teams),
        coverage: fields
            .word(page, "coverage", &COVERAGE)
            .unwrap_or(b.coverage),
        max_age: fields.duration(page, "max_age").unwrap_or(b.max_age),
        min_viewed: fields
            .number(page, "min_viewed", 0..101)
            .unwrap_or(b.min_viewed),
        checklist: fields
            .words(page, "checklist", &items)
            .unwrap_or(b.checklist),
        reject: fields.word(page, "reject", &reject).unwrap_or(b.reject),
        unsigned_proposal: fields
            .word(page, "unsigned_proposal", &unsigned)
            .unwrap_or(b.unsigned_proposal),
        unknown_author: fields
            .word(page, "unknown_author", &unknown)
            .unwrap_or(b.unknown_author),
        unreviewable: fields
            .word(page, "unreviewable", &unreviewable)
            .unwrap_or(b.unreviewable),
        acknowledge: fields.truth(page, "acknowledge").unwrap_or(b.acknowledge),
        batch_approve: fields
            .words(page, "batch_approve", &LEVELS)
            .unwrap_or(b.batch_approve),
        require_up_to_date: fields
            .truth(page, "require_up_to_date")
            .unwrap_or(b.require_up_to_date),
    }
}

/// The roles of a `from`; an empty list is a mistake, since nobody could approve.
pub(super) fn roles(fields: &Fields<'_>, page: &mut Page) -> Option<Vec<String>> {
    let roles = fields.texts(page, "from")?;
    if roles.is_empty() {
        let field = fields.path("from");
        page.wrong_at(
            &field,
            format!("`{field}` names no role"),
            "name at least one role",
        );
    }
    Some(roles)
}
