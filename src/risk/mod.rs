//! What to look at first and which lines to doubt, with a sentence for each point.

mod checks;
mod engine;
mod example;
mod example_tree;
#[cfg(test)]
mod examples;
mod finding;
mod history;
mod kind;
mod language;
mod level;
mod lexer;
mod moves;
mod own;
mod pairs;
mod past;
mod points;
mod report;
mod rule;
mod scan;
pub mod scanner;
mod score;
mod shape;
mod signals;
mod source;
mod tree;
mod undoes;
mod unreviewable;

pub use example::BadExample;
pub use finding::{Finding, MESSAGE_PATH, Side, TOOL, finding_id, shown_digest};
pub use history::{
    AuthorId, FolderStats, HISTORY_ADDS, HISTORY_TAKES, HistoryStats, PathStats, UNDONE_LATELY,
    UndoneChange,
};
pub use kind::is_lock_file;
pub use level::{BadLevel, Level};
pub use own::{OWN_MATCH, OWN_RULE, OwnRules, Slip};
pub use points::Points;
pub use rule::{RuleInfo, rules};
pub use score::{Place, Term};
pub use tree::{Entry, EntryKind, Tree, Trees, Unseen};
pub use undoes::{Undoes, pull_of, undoes};
pub use unreviewable::{Unreadable, Why};

use sha2::Digest as _;

use crate::change::{RepoPath, Sha256};
use crate::diff::FileDiff;

/// What the change says of itself: claims. They may raise the likelihood, never lower it.
#[derive(Debug, Clone, Copy, Default)]
pub struct ChangeText<'a> {
    /// The title of the proposal.
    pub title: &'a str,
    /// The messages of its commits, oldest first.
    pub messages: &'a [&'a str],
    /// The e-mail of the person who answers for the change: its author, or the agent's operator;
    /// none where nobody is recorded.
    pub accountable: Option<&'a str>,
}

/// What the policy in force says about risk.
#[derive(Clone, Copy)]
pub struct PolicyRisk<'a> {
    /// Whether a path is one of `risk.critical`: one level up.
    pub critical: &'a dyn Fn(&RepoPath) -> bool,
    /// Whether `risk.silence` takes this rule's findings in this path out.
    pub silenced: &'a dyn Fn(&str, &RepoPath) -> bool,
    /// The rules that `risk.rules` adds. They can only add findings.
    pub own: &'a OwnRules,
}

impl PolicyRisk<'_> {
    /// No critical path, nothing silenced, no rules of the repository's own.
    pub const NONE: PolicyRisk<'static> = PolicyRisk {
        critical: &|_| false,
        silenced: &|_, _| false,
        own: &OwnRules::NONE,
    };
}

/// How risky a change is, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The level that policy uses.
    pub level: Level,
    /// 0 to 100: how likely the change is to be undone or fixed later. Not a percentage.
    pub likelihood: u8,
    /// 0 to 3: the highest severity of the findings.
    pub impact: u8,
    /// What reading takes: 25 and the changed lines, at most 1,025.
    pub cost: u32,
    /// What orders the queue, highest first.
    pub key: Points,
    /// Where the likelihood comes from; the points of all terms together, rounded.
    pub terms: Vec<Term>,
    /// The places to look at, by path and line; severity 3 must be answered.
    pub findings: Vec<Finding>,
    /// What nobody can review by reading, each with the finding that answers it.
    pub unreadable: Vec<Unreadable>,
    /// How many findings `risk.silence` took out.
    pub silenced: usize,
    /// The rules that were used: `assessed by rules <digest>`.
    pub rules_digest: Sha256,
}

/// The version of the assessment's format; a part of [`rules_digest`].
const FORMAT: &[u8] = b"countersign.risk.v3\0";

/// The digest of the shipped rules and of the format they are read in. Two programs that print the
/// same digest give the same assessment of the same change, policy and history.
pub fn rules_digest() -> Sha256 {
    let mut hash = sha2::Sha256::new();
    hash.update(FORMAT);
    let files = rule::FILES.iter().map(|(_, source)| *source);
    for source in files.chain([signals::SOURCE]) {
        hash.update((source.len() as u64).to_be_bytes());
        hash.update(source);
    }
    Sha256::from_bytes(hash.finalize().into())
}

/// The digest of the shipped rules and a repository's own; that of the shipped ones alone where it
/// has none.
pub fn rules_digest_with(own: &OwnRules) -> Sha256 {
    let shipped = rules_digest();
    let Some(added) = own.digest() else {
        return shipped;
    };
    let mut hash = sha2::Sha256::new();
    hash.update(b"countersign.risk.own.v1\0");
    hash.update(shipped.as_bytes());
    hash.update(added.as_bytes());
    Sha256::from_bytes(hash.finalize().into())
}

/// Assesses a change: deterministic, offline, in integers.
///
/// `trees` gives files of both sides, for rules that need more than the hunks; without it they
/// stay silent. Without `history` the score says so in a term.
pub fn assess(
    text: &ChangeText<'_>,
    files: &[FileDiff],
    policy: &PolicyRisk<'_>,
    history: Option<&HistoryStats>,
    trees: Option<Trees<'_>>,
) -> Assessment {
    let (sources, unread) = source::prepare(files);
    let mut measured = signals::measure(text, files);
    if sources.iter().any(source::Source::changes_code) {
        measured.not_comments_only();
    }
    let mut score = score::score(text, files, &measured, history);
    let (report, unseen) = report(text, files, &sources, trees, policy.own);
    let mut drafts = report.map_or_else(Vec::new, report::Report::finish);
    if unread > 0 {
        score.terms.push(Term::said(format!(
            "the rules read all but {unread} changed lines"
        )));
    }
    if unseen > 0 {
        score.terms.push(Term::said(format!(
            "the rules asked for {unseen} more files or folders than they could read"
        )));
    }
    drafts.extend(unreviewable::findings(files));
    let place = |path: &RepoPath| files.iter().position(|file| file.path() == path);
    drafts.sort_by_key(|draft| (place(&draft.path), draft.line, draft.side));
    let mut findings = finding::with_ids(drafts);
    let unreadable = unreviewable::list(files, &findings);
    let before = findings.len();
    findings.retain(|finding| {
        unreadable
            .iter()
            .any(|content| content.finding == finding.id)
            || !(policy.silenced)(&finding.rule, &finding.path)
    });
    let impact = findings.iter().map(|f| f.severity).max().unwrap_or(0);
    Assessment {
        level: level(impact, score.likelihood, &unreadable, files, policy),
        likelihood: score.likelihood,
        impact,
        cost: score.cost,
        key: score.key,
        terms: score.terms,
        silenced: before - findings.len(),
        findings,
        unreadable,
        rules_digest: rules_digest_with(policy.own),
    }
}

/// What the rules find, and how much of the trees they missed; nothing where the shipped rules
/// cannot be read, which a test excludes.
fn report<'a>(
    text: &ChangeText<'_>,
    files: &[FileDiff],
    sources: &[source::Source<'_>],
    trees: Option<Trees<'_>>,
    own: &'a OwnRules,
) -> (Option<report::Report<'a>>, usize) {
    let Ok(book) = rule::Book::shipped() else {
        return (None, 0);
    };
    let mut report = report::Report::new(book, own.rules());
    engine::run(sources, &mut report);
    let change = checks::Change::new(text, files, sources, trees);
    checks::run(&change, &mut report);
    (Some(report), change.missed())
}

fn level(
    impact: u8,
    likelihood: u8,
    unreadable: &[Unreadable],
    files: &[FileDiff],
    policy: &PolicyRisk<'_>,
) -> Level {
    let level = Level::of(impact, likelihood);
    let critical = files
        .iter()
        .flat_map(|file| [&file.old, &file.new])
        .flatten()
        .any(|side| (policy.critical)(&side.path));
    let level = if critical { level.raised() } else { level };
    if unreadable.is_empty() {
        level
    } else {
        level.max(Level::High)
    }
}
