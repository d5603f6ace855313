//! What the gate would have said of real history, had one policy been in force all along: the same
//! judgement, with the policies of the commits left aside.

use jiff::Timestamp;

use crate::change::Oid;
use crate::evidence::{Statements, Trusted};
use crate::git::Store;
use crate::policy::{Decision, Reason, ReasonId, When};
use crate::verdict::Verifier;

use super::judge::{Bench, NoAnswer, Question, open, unreadable};
use super::laws::Laws;
use super::log::Memory;
use super::report::{Report, RunReport};
use super::steps::{Step, StepsError, steps};
use super::{Range, sound};

/// What is tried.
#[derive(Clone, Copy)]
pub struct Trial<'a> {
    /// The repository.
    pub store: &'a Store,
    /// Full name of the target.
    pub target: &'a str,
    /// The commit before the first step.
    pub base: Oid,
    /// The last step.
    pub candidate: Oid,
    /// The policy that is supposed to be in force, and the commit it is reported under.
    pub policy: &'a Trusted,
    /// Where clients began to trust, if that is known; else the base.
    pub root: Option<Oid>,
    /// The notes refs, read as one.
    pub notes: &'a [String],
    /// The roots of the queue's refs.
    pub roots: &'a [String],
    /// Now.
    pub now: Timestamp,
}

/// What the gate would have said.
#[derive(Debug)]
pub struct Forecast {
    /// The runs, oldest first; together they are every step of the range.
    pub runs: Vec<Foreseen>,
    /// Reasons that belong to no run.
    pub reasons: Vec<Reason>,
    /// Worth knowing.
    pub warnings: Vec<Reason>,
}

/// One run, and what a list of runs shows of it.
#[derive(Debug)]
pub struct Foreseen {
    /// What the gate would have said.
    pub report: RunReport,
    /// What that comes to.
    pub decision: Decision,
    /// How many steps it has.
    pub steps: usize,
    /// The committer's time of its last step.
    pub landed_at: Timestamp,
    /// The subject of its last step.
    pub subject: String,
    /// The addresses of the authors of its commits but merges, each once.
    pub authors: Vec<String>,
}

/// Judges every step between base and candidate. A step that cannot be judged is a run with the
/// reason and no answer, and stops no other.
///
/// Ages are those of the time at which a step landed: what counted then is no denial because it would
/// be too old today.
///
/// # Errors
/// The reasons why nothing at all can be said.
pub fn simulate(trial: &Trial<'_>, verifier: &dyn Verifier) -> Result<Forecast, Vec<Reason>> {
    sound::repository(trial.store)?;
    let question = trial.question(trial.now);
    let all = steps(trial.store, trial.base, trial.candidate);
    let all = all.map_err(|error| match error {
        StepsError::Git(error) => unreadable(&error),
        error => vec![Reason::new(ReasonId::NotDescendant, error.to_string())],
    })?;
    let (statements, _) = trial.bench(&question, &all)?.read(&question, verifier)?;
    let mut forecast = Forecast {
        runs: Vec::new(),
        reasons: Vec::new(),
        warnings: Vec::new(),
    };
    if all.is_empty() {
        return Ok(forecast);
    }
    match trial.judged(&all, &statements, trial.now) {
        Ok(report) => forecast.take(report, &all),
        Err(_) => {
            for step in &all {
                let one = std::slice::from_ref(step);
                match trial.judged(one, &statements, trial.now) {
                    Ok(report) => forecast.take(report, one),
                    Err(reasons) => forecast.no_answer(one, reasons),
                }
            }
        }
    }
    for foreseen in &mut forecast.runs {
        trial.at_landing(foreseen, &all, &statements);
    }
    Ok(forecast)
}

impl Trial<'_> {
    fn question(&self, now: Timestamp) -> Question<'_> {
        Question {
            store: self.store,
            target: self.target,
            range: Range {
                base: self.base,
                candidate: self.candidate,
                base_written: true,
            },
            root: Some(self.root.unwrap_or(self.base)),
            first: false,
            notes: self.notes,
            incoming: None,
            memory: Memory::Store,
            roots: self.roots,
            remote: None,
            target_tip: None,
            floor: None,
            allow_rollback: false,
            deployable: None,
            now,
        }
    }

    fn bench(&self, question: &Question<'_>, steps: &[Step]) -> Result<Bench<'_>, NoAnswer> {
        let root = self.root.unwrap_or(self.base);
        let laws = Laws::suppose(self.store, self.policy.clone());
        Bench::new(question, laws, root, self.base, steps)
    }

    /// The judgement of consecutive steps at a time.
    fn judged(
        &self,
        steps: &[Step],
        statements: &Statements,
        now: Timestamp,
    ) -> Result<Report, NoAnswer> {
        let question = self.question(now);
        let bench = self.bench(&question, steps)?;
        let court = open(&question, bench, When::Now(now), statements)?;
        let mut report = Report::new(self.target, &question.range);
        report.warnings.extend(court.warnings());
        let runs = court.runs(steps, &mut report)?;
        let runs: Vec<_> = runs.into_iter().map(|run| run.report).collect();
        report.reasons.extend(court.doubts(steps, &runs));
        report.decide(runs);
        Ok(report)
    }

    /// Judges a run once more at the time it landed, where something was too old for it today.
    fn at_landing(&self, foreseen: &mut Foreseen, all: &[Step], statements: &Statements) {
        let aged = |reason: &Reason| matches!(reason.id, ReasonId::Expired | ReasonId::KeyExpired);
        let report = &foreseen.report;
        if foreseen.decision == Decision::Allow || !report.reasons.iter().any(aged) {
            return;
        }
        let start = all.iter().position(|step| step.oid == report.first);
        let end = all.iter().position(|step| step.oid == report.last);
        let (Some(start), Some(end)) = (start, end) else {
            return;
        };
        let then = self.judged(&all[start..=end], statements, foreseen.landed_at);
        let Ok(mut then) = then else { return };
        if let [run] = then.runs.as_mut_slice()
            && run.decision() < foreseen.decision
        {
            foreseen.decision = run.decision();
            foreseen.report = run.clone();
        }
    }
}

impl Forecast {
    fn take(&mut self, report: Report, steps: &[Step]) {
        self.reasons.extend(report.reasons);
        for warning in report.warnings {
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
        let runs = report.runs.into_iter();
        self.runs.extend(runs.map(|run| Foreseen::of(run, steps)));
    }

    fn no_answer(&mut self, step: &[Step], mut reasons: Vec<Reason>) {
        let rest = reasons.split_off(reasons.len().min(1));
        let reason = reasons.pop();
        let reason =
            reason.unwrap_or_else(|| Reason::new(ReasonId::Undecided, "it could not be judged"));
        let mut run = RunReport::denied(step, reason);
        run.reasons.extend(rest);
        let mut foreseen = Foreseen::of(run, step);
        foreseen.decision = Decision::Error;
        foreseen.report.standing = super::Standing::Error;
        self.runs.push(foreseen);
    }
}

impl Foreseen {
    fn of(report: RunReport, steps: &[Step]) -> Self {
        let index = |oid: Oid| steps.iter().position(|step| step.oid == oid);
        let start = index(report.first).unwrap_or(0);
        let end = index(report.last).unwrap_or(start);
        let own = &steps[start..=end];
        let last = own.last().and_then(|step| step.commits.last());
        let mut authors: Vec<String> = own
            .iter()
            .flat_map(|step| &step.commits)
            .filter(|commit| commit.parents.len() < 2)
            .map(|commit| commit.author.email.clone())
            .collect();
        authors.sort_unstable();
        authors.dedup();
        Self {
            decision: report.decision(),
            steps: own.len(),
            landed_at: last.map_or(Timestamp::UNIX_EPOCH, |commit| commit.committer.when),
            subject: last.map_or_else(String::new, |commit| commit.subject().to_owned()),
            authors,
            report,
        }
    }
}
