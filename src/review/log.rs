//! Every verdict with what it covers, what it comes to now or came to under another policy, and what
//! took its place.

use std::collections::HashMap;

use jiff::Timestamp;

use super::heard::circumstances;
use super::opened::{Said, SaidStanding, settle_at};
use crate::change::{Oid, Sha256};
use crate::evidence::{Statements, Trusted};
use crate::policy::{Cast, Circumstances, Policy, Standing, When};
use crate::verdict::{Content, VerdictKind};

/// A verdict in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// The verdict.
    pub said: Said,
    /// The commit it is about.
    pub head: Oid,
    /// The commit it begins after.
    pub base: Oid,
    /// Full name of the target it is for.
    pub target: String,
    /// The content it is about.
    pub content: Content,
    /// The person whose key signed it, by id; none where the policy gives it to nobody.
    pub person: Option<String>,
    /// The statement that replaced it or took it back, and as what.
    pub replaced_by: Option<(Sha256, VerdictKind)>,
}

/// Every verdict that reads to the letter, oldest first.
pub(super) fn read(
    statements: &Statements,
    casts: &[Cast],
    policy: Option<&Trusted>,
    now: Timestamp,
) -> Vec<LogEntry> {
    let mut entries: Vec<LogEntry> = statements
        .verified
        .iter()
        .filter_map(|verified| {
            let verdict = verified.verdict()?;
            Some(LogEntry {
                said: Said::of(verified, verdict, true),
                head: verdict.head.commit,
                base: verdict.base.commit,
                target: verdict.target.clone(),
                content: verdict.content,
                person: None,
                replaced_by: None,
            })
        })
        .collect();
    entries.sort_by_key(|entry| (entry.said.issued_at, entry.said.digest));
    if let Some(trusted) = policy {
        let policy = &trusted.policy;
        let at = circumstances(policy, now);
        settle(&mut entries, casts, policy, &at);
    }
    entries
}

fn settle(entries: &mut [LogEntry], casts: &[Cast], policy: &Policy, at: &Circumstances<'_>) {
    let casts: Vec<&Cast> = casts.iter().collect();
    let said = entries.iter_mut().map(|entry| &mut entry.said);
    settle_at(said, &casts, policy, at);
    let standing = Standing::of(policy, casts, at);
    let votes = standing.votes().iter();
    let votes: HashMap<(Sha256, &str), _> = votes
        .map(|vote| ((vote.cast.digest, vote.cast.key.as_str()), vote))
        .collect();
    for entry in entries {
        let vote = votes.get(&(entry.said.digest, entry.said.key.as_str()));
        entry.replaced_by = vote.and_then(|vote| vote.out_by);
        let speaker = policy.speaker(&entry.said.key, at);
        entry.person = speaker.ok().map(|(_, person)| person.to_owned());
    }
}

/// What each of these came to under a policy, as history.
pub(super) fn as_of(entries: &[LogEntry], casts: &[Cast], policy: &Policy) -> Vec<SaidStanding> {
    let mut then: Vec<LogEntry> = entries.to_vec();
    let at = Circumstances {
        when: When::History,
        ..circumstances(policy, Timestamp::UNIX_EPOCH)
    };
    settle(&mut then, casts, policy, &at);
    then.into_iter().map(|entry| entry.said.standing).collect()
}
