//! From lives of changes to numbers.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Life, Spread, Stage, Word};
use crate::verdict::VerdictKind;

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub struct Period {
    /// What happened before this is left out; what waits now counts whenever it was queued.
    pub since: Timestamp,
    /// Now.
    pub until: Timestamp,
    /// A change that waits longer than this is overdue.
    pub overdue: SignedDuration,
}

/// The numbers of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// What waits now.
    pub waiting: Waiting,
    /// From the first revision to the first verdict, of changes whose first verdict is in the period.
    pub first_verdict: Spread,
    /// From the first revision to the last approval that it needed, given in the period.
    pub approval: Spread,
    /// Approvals that were signed faster than a hundred lines a minute, of those that say how long
    /// their change was on the screen.
    pub rushed: Share,
    /// Who said how much, most verdicts first.
    pub reviewers: Vec<Reviewer>,
    /// What became of the changes of each agent, most changes first.
    pub agents: Vec<Record>,
    /// Of each model.
    pub models: Vec<Record>,
    /// Of each rule of the policy.
    pub rules: Vec<Record>,
    /// Of all changes.
    pub all: Record,
    /// Day by day, oldest first, every day of the period.
    pub days: Vec<Day>,
}

/// What waits for a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// How long each change has waited.
    pub ages: Spread,
    /// How many of them are overdue.
    pub overdue: usize,
}

/// A part of a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// How many.
    pub part: usize,
    /// Of how many.
    pub whole: usize,
}

impl Share {
    /// In percent, rounded down; 0 of nothing.
    pub fn percent(self) -> usize {
        (self.part * 100)
            .checked_div(self.whole)
            .unwrap_or_default()
    }
}

/// What one person did in the period, and what waits for them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reviewer {
    /// The principal, or the person's id where nothing was said yet.
    pub who: String,
    /// Approvals.
    pub approvals: usize,
    /// Rejections.
    pub rejections: usize,
    /// Remarks and withdrawals.
    pub others: usize,
    /// Seconds of reading that the approvals say.
    pub seconds: u64,
    /// Approvals faster than a hundred lines a minute.
    pub rushed: Share,
    /// Changes that wait and ask this person.
    pub asked: usize,
}

/// What became of changes that have something in common.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// What they have in common.
    pub name: String,
    /// Changes that were queued or judged in the period.
    pub changes: usize,
    /// Of them: approved, rejected at least once, or taken back.
    pub decided: usize,
    /// Approved, landed or not.
    pub approved: usize,
    /// In the target.
    pub landed: usize,
    /// Rejected at least once.
    pub rejected: usize,
    /// Taken back after they had landed.
    pub reverted: usize,
    /// Rejected or taken back, each change once.
    pub troubled: usize,
}

/// One day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// It begins here, counted back from now.
    pub begins: Timestamp,
    /// Changes queued.
    pub queued: usize,
    /// Verdicts signed.
    pub verdicts: usize,
}

/// Days that are told apart at most; longer periods have none.
const MAX_DAYS: i64 = 400;
const DAY: i64 = 86_400;

/// Measures. `person_of` names the person of a principal, so that one reviewer is one row.
pub fn measure(lives: &[Life], period: Period, person_of: &dyn Fn(&str) -> String) -> Stats {
    let mut agents = BTreeMap::new();
    let mut models = BTreeMap::new();
    let mut rules = BTreeMap::new();
    let mut all = Record::default();
    for life in lives.iter().filter(|life| period.touches(life)) {
        life.count_in(&mut all);
        life.count(&mut agents, life.agent.as_ref());
        life.count(&mut models, life.model.as_ref());
        life.count(&mut rules, &life.rules);
    }
    Stats {
        waiting: waiting(lives, period),
        first_verdict: Spread::of(lives.iter().filter_map(|life| {
            let first = life.words.iter().find(|word| word.judges())?;
            period
                .holds(first.at)
                .then(|| seconds(life.queued, first.at))
        })),
        approval: Spread::of(lives.iter().filter_map(|life| {
            let approved = life.approved.filter(|at| period.holds(*at))?;
            Some(seconds(life.queued, approved))
        })),
        rushed: rushed(words(lives, period)),
        reviewers: reviewers(lives, period, person_of),
        agents: sorted(agents),
        models: sorted(models),
        rules: sorted(rules),
        all,
        days: days(lives, period),
    }
}

impl Period {
    fn holds(self, at: Timestamp) -> bool {
        self.since <= at && at <= self.until
    }

    /// Whether a change was queued or judged in it.
    pub(super) fn touches(self, life: &Life) -> bool {
        self.holds(life.queued) || life.words.iter().any(|word| self.holds(word.at))
    }
}

impl Life {
    /// Whether it was rejected at least once.
    fn was_rejected(&self) -> bool {
        self.words
            .iter()
            .any(|word| word.kind == VerdictKind::Reject)
    }

    fn count<'n>(
        &self,
        records: &mut BTreeMap<String, Record>,
        names: impl IntoIterator<Item = &'n String>,
    ) {
        for name in names {
            let record = records.entry(name.clone()).or_insert_with(|| Record {
                name: name.clone(),
                ..Record::default()
            });
            self.count_in(record);
        }
    }

    fn count_in(&self, record: &mut Record) {
        let rejected = self.was_rejected();
        record.changes += 1;
        record.approved += usize::from(self.approved.is_some());
        record.landed += usize::from(self.stage == Stage::Landed);
        record.rejected += usize::from(rejected);
        record.reverted += usize::from(self.reverted);
        let troubled = rejected || self.reverted;
        record.troubled += usize::from(troubled);
        record.decided += usize::from(troubled || self.approved.is_some());
    }
}

impl Word {
    /// Whether it tells the submitter something: all but a withdrawal.
    fn judges(&self) -> bool {
        self.kind != VerdictKind::Withdraw
    }

    /// Whether an approval was signed faster than a hundred lines a minute; none where nobody can
    /// tell.
    fn is_rushed(&self) -> Option<bool> {
        let (seconds, lines) = (self.seconds?, u64::try_from(self.lines?).ok()?);
        (self.kind == VerdictKind::Approve).then(|| seconds * 100 < lines * 60)
    }
}

fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_secs()
}

fn words(lives: &[Life], period: Period) -> impl Iterator<Item = &Word> {
    let words = lives.iter().flat_map(|life| &life.words);
    words.filter(move |word| period.holds(word.at))
}

fn waiting(lives: &[Life], period: Period) -> Waiting {
    let waiting = lives.iter().filter(|life| life.stage == Stage::Waiting);
    let ages: Vec<i64> = waiting
        .map(|life| seconds(life.queued, period.until))
        .collect();
    let late = |age: &&i64| **age > period.overdue.as_secs();
    Waiting {
        overdue: ages.iter().filter(late).count(),
        ages: Spread::of(ages),
    }
}

fn rushed<'w>(words: impl Iterator<Item = &'w Word>) -> Share {
    words
        .filter_map(Word::is_rushed)
        .fold(Share::default(), |share, rushed| Share {
            part: share.part + usize::from(rushed),
            whole: share.whole + 1,
        })
}

fn reviewers(lives: &[Life], period: Period, person_of: &dyn Fn(&str) -> String) -> Vec<Reviewer> {
    let mut all: BTreeMap<String, (Reviewer, Vec<&Word>)> = BTreeMap::new();
    for word in words(lives, period) {
        let (reviewer, own) = all.entry(person_of(&word.who)).or_default();
        match word.kind {
            VerdictKind::Approve => reviewer.approvals += 1,
            VerdictKind::Reject => reviewer.rejections += 1,
            VerdictKind::Comment | VerdictKind::Withdraw => reviewer.others += 1,
        }
        reviewer.seconds += word.seconds.unwrap_or_default();
        own.push(word);
    }
    for person in lives.iter().flat_map(|life| &life.asked) {
        all.entry(person.clone()).or_default().0.asked += 1;
    }
    let mut all: Vec<Reviewer> = all
        .into_iter()
        .map(|(who, (reviewer, own))| Reviewer {
            who,
            rushed: rushed(own.into_iter()),
            ..reviewer
        })
        .collect();
    let said = |one: &Reviewer| one.approvals + one.rejections + one.others;
    all.sort_by_key(|one| std::cmp::Reverse((said(one), one.asked)));
    all
}

fn sorted(records: BTreeMap<String, Record>) -> Vec<Record> {
    let mut all: Vec<Record> = records.into_values().collect();
    all.sort_by_key(|record| std::cmp::Reverse(record.changes));
    all
}

fn days(lives: &[Life], period: Period) -> Vec<Day> {
    let count = seconds(period.since, period.until).div_euclid(DAY).max(1);
    if count > MAX_DAYS {
        return Vec::new();
    }
    let mut days: Vec<Day> = (0..count)
        .rev()
        .map(|back| Day {
            begins: period.until - SignedDuration::from_secs((back + 1) * DAY),
            queued: 0,
            verdicts: 0,
        })
        .collect();
    let index = |at: Timestamp| {
        let back = seconds(at, period.until).div_euclid(DAY);
        usize::try_from(count - 1 - back).ok()
    };
    for life in lives.iter().filter(|life| period.holds(life.queued)) {
        if let Some(day) = index(life.queued).and_then(|index| days.get_mut(index)) {
            day.queued += 1;
        }
    }
    for word in words(lives, period) {
        if let Some(day) = index(word.at).and_then(|index| days.get_mut(index)) {
            day.verdicts += 1;
        }
    }
    days
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    pub(in crate::stats) fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + hours * 3600).unwrap()
    }

    pub(in crate::stats) fn life(id: &str, stage: Stage) -> Life {
        Life {
            id: id.parse().unwrap(),
            queued: at(0),
            stage,
            agent: Some("coder".to_owned()),
            model: None,
            rules: vec!["everything".to_owned()],
            asked: Vec::new(),
            words: Vec::new(),
            approved: None,
            reverted: false,
        }
    }

    pub(in crate::stats) fn word(kind: VerdictKind, hours: i64) -> Word {
        Word {
            who: "alice@corp.example".to_owned(),
            kind,
            at: at(hours),
            seconds: None,
            lines: None,
        }
    }

    pub(in crate::stats) fn period() -> Period {
        Period {
            since: at(-24),
            until: at(48),
            overdue: SignedDuration::from_hours(24),
        }
    }

    fn measured(lives: &[Life]) -> Stats {
        measure(lives, period(), &|who| {
            who.split('@').next().unwrap().to_owned()
        })
    }

    #[test]
    fn times_count_from_the_first_revision() {
        let mut life = life("one", Stage::Landed);
        life.words = vec![
            word(VerdictKind::Comment, 1),
            word(VerdictKind::Reject, 2),
            word(VerdictKind::Approve, 5),
        ];
        life.approved = Some(at(5));
        let stats = measured(&[life]);
        assert_eq!(
            (stats.first_verdict.p50, stats.approval.p50),
            (3600, 18_000)
        );
        assert_eq!(stats.waiting.ages.count, 0);
        let agent = &stats.agents[0];
        assert_eq!((agent.changes, agent.landed, agent.rejected), (1, 1, 1));
        let alice = &stats.reviewers[0];
        assert_eq!((alice.who.as_str(), alice.others), ("alice", 1));
    }

    #[test]
    fn what_waits_is_overdue_after_a_day_and_counts_for_whom_it_asks() {
        let mut old = life("old", Stage::Waiting);
        old.asked = vec!["alice".to_owned(), "bob".to_owned()];
        let mut young = life("young", Stage::Waiting);
        young.queued = at(47);
        let stats = measured(&[old, young]);
        assert_eq!((stats.waiting.overdue, stats.waiting.ages.count), (1, 2));
        assert_eq!(stats.reviewers.len(), 2);
        assert_eq!(stats.reviewers[0].asked, 1);
    }

    #[test]
    fn a_hundred_lines_take_a_minute() {
        let mut life = life("one", Stage::Approved);
        let approve = |seconds, lines| Word {
            seconds: Some(seconds),
            lines: Some(lines),
            ..word(VerdictKind::Approve, 1)
        };
        life.words = vec![
            approve(59, 100),
            approve(60, 100),
            approve(0, 1),
            word(VerdictKind::Approve, 1),
        ];
        let stats = measured(&[life]);
        assert_eq!(stats.rushed, Share { part: 2, whole: 3 });
        assert_eq!(stats.rushed.percent(), 66);
        assert_eq!(Share::default().percent(), 0);
    }

    #[test]
    fn what_happened_before_the_period_is_left_out() {
        let mut life = life("old", Stage::Landed);
        life.queued = at(-100);
        life.words = vec![word(VerdictKind::Approve, -99)];
        life.approved = Some(at(-99));
        let stats = measured(&[life]);
        assert_eq!((stats.all.changes, stats.approval.count), (0, 0));
        assert!(stats.reviewers.is_empty() && stats.agents.is_empty());
    }

    #[test]
    fn every_day_of_the_period_is_there() {
        let mut life = life("one", Stage::Landed);
        life.words = vec![
            word(VerdictKind::Approve, 48),
            word(VerdictKind::Comment, 23),
        ];
        let stats = measured(&[life]);
        let days: Vec<(usize, usize)> = stats
            .days
            .iter()
            .map(|day| (day.queued, day.verdicts))
            .collect();
        assert_eq!(days, [(1, 0), (0, 1), (0, 1)]);
    }
}
