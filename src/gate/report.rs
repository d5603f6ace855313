//! The gate's answer as data: the JSON that `gate --json` prints, one document for every exit code.

use serde::Serialize;

use crate::change::{Oid, Sha256};
use crate::evidence::{Statements, Trusted};
use crate::policy::{Applies, Class, Counted, Decision, Outcome, Reason, ReasonId, RunFacts};
use crate::risk::rules_digest_with;

use super::Range;
use super::exceptions::{BreakGlassReport, LiftReport};
use super::log::NextPin;
use super::restored::RestoresReport;
use super::run::Run;
use super::steps::Step;

/// What the gate says of a range.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// `countersign/gate/1`
    pub schema: &'static str,
    /// Full name of the target ref.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The last verified commit, A of A..B.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Oid>,
    /// The commit that wants to go, B.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Oid>,
    /// The policy at A.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyUsed>,
    /// The decision.
    pub decision: Decision,
    /// The exit code.
    pub exit: u8,
    /// What a deployment must use; only for 0 with a written or attested A.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified_oid: Option<Oid>,
    /// The deployable that was asked about; nothing is said of the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployable: Option<String>,
    /// The policy root to use from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_policy_root: Option<Oid>,
    /// The tip of the notes that the next run has to find again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_pin: Option<NextPin>,
    /// Whether some run goes by break-glass.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub break_glass: bool,
    /// Whether 1 and 8 were turned into exit 0 on request.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub report_only: bool,
    /// How many commits are older than the policy root and were never judged (`--first`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_root: Option<u64>,
    /// The runs of the range, oldest first.
    pub runs: Vec<RunReport>,
    /// Reasons that belong to no run.
    pub reasons: Vec<Reason>,
    /// Lines of notes that were passed over.
    pub ignored: Vec<IgnoredReport>,
    /// What is odd and changes nothing.
    pub warnings: Vec<Reason>,
}

/// The policy a decision was made by.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyUsed {
    /// Where it was read.
    pub commit: Oid,
    /// Its `version`.
    pub version: u64,
    /// Its digest.
    pub digest: Sha256,
    /// The rules that risk is assessed by, the policy's own among them.
    pub assessed_by_rules: Sha256,
    /// Which repository it is the policy of: `urn:uuid:…`.
    #[serde(skip)]
    pub repository: String,
}

/// What holds for one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Needs no verdict.
    NotApplicable,
    /// Every rule is met.
    Satisfied,
    /// People the policy names let it go against what else holds: a rejection was lifted by an
    /// override, or a break-glass stands for the missing approvals.
    Overridden,
    /// A rule is not met, or a rejection stands.
    Unsatisfied,
    /// Every rule is met, and the run brings back what was there before.
    Restored,
    /// Older than the policy root.
    BeforeRoot,
    /// Could not be judged.
    Error,
}

/// One run.
#[derive(Debug, Clone, Serialize)]
pub struct RunReport {
    /// Its first step.
    pub first: Oid,
    /// Its last step.
    pub last: Oid,
    /// All its commits, oldest first.
    pub commits: Vec<Oid>,
    /// AI markers on them.
    pub ai: AiReport,
    /// What holds.
    pub standing: Standing,
    /// What it brings back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restores: Option<RestoresReport>,
    /// The risk level used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<&'static str>,
    /// The rules that apply.
    pub rules: Vec<RuleReport>,
    /// The approvals that count for some rule.
    pub approvals: Vec<ApprovalReport>,
    /// Rejections that were lifted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lifted: Vec<LiftReport>,
    /// The break-glass that lets it go without its approvals.
    #[serde(rename = "breakGlass", skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<BreakGlassReport>,
    /// Why it stands as it stands.
    pub reasons: Vec<Reason>,
    /// Why approvals do not count; told among the reasons, and no reason by itself: others may be enough.
    #[serde(skip)]
    set_aside: Vec<Reason>,
    /// Worth knowing; moved to the report's own warnings.
    #[serde(skip)]
    pub warnings: Vec<Reason>,
    /// What the rules alone decide.
    #[serde(skip)]
    judged: Decision,
}

/// AI markers of a run.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AiReport {
    /// Whether there is one.
    pub is: bool,
    /// Which.
    pub markers: Vec<String>,
}

/// What a rule asks and has.
#[derive(Debug, Clone, Serialize)]
pub struct RuleReport {
    /// Its name.
    pub name: String,
    /// Persons needed.
    pub needed: usize,
    /// Persons who count.
    pub have: usize,
    /// Roles that may.
    pub from: Vec<String>,
    /// Who could still approve, by id.
    pub could: Vec<String>,
    /// Who holds a role and may not, and why.
    pub cannot: Vec<Reason>,
}

/// An approval that counts.
#[derive(Debug, Clone, Serialize)]
pub struct ApprovalReport {
    /// The person's principal.
    pub reviewer: String,
    /// The key's fingerprint.
    pub key: String,
    /// The revision it was given for.
    pub revision: u32,
    /// Digest of the signed payload.
    pub digest: Sha256,
    /// How it covers the run.
    pub carried: &'static str,
}

/// A line of a note that was passed over.
#[derive(Debug, Clone, Serialize)]
pub struct IgnoredReport {
    /// Where it stands.
    pub note: String,
    /// What it says, cut and readable.
    pub line: String,
    /// Why.
    pub why: String,
}

impl RunReport {
    /// What this run alone decides.
    pub fn decision(&self) -> Decision {
        let weight = |reason: &Reason| match reason.class() {
            Class::Warning | Class::Missing => Decision::Allow,
            Class::Denial => Decision::Deny,
            Class::CannotDecide => Decision::Error,
        };
        let reasons = self.reasons.iter().map(weight);
        reasons.fold(self.judged, Decision::max)
    }

    /// What holds, once every reason is known: nothing that is denied reads as satisfied.
    fn settle(&mut self) {
        let stands = matches!(
            self.standing,
            Standing::Satisfied
                | Standing::Restored
                | Standing::Overridden
                | Standing::NotApplicable
        );
        self.judged = self.decision();
        match self.judged {
            Decision::Error => self.standing = Standing::Error,
            Decision::Deny | Decision::Pending if stands => {
                self.standing = Standing::Unsatisfied;
            }
            _ => {}
        }
        self.break_glass = self
            .break_glass
            .take()
            .filter(|_| self.judged == Decision::Allow);
        self.warnings
            .extend(self.break_glass.as_ref().map(BreakGlassReport::warning));
        self.tell();
    }

    /// Puts what was set aside among the reasons, once they have been weighed.
    pub(super) fn tell(&mut self) {
        let told: Vec<Reason> = self.set_aside.drain(..).collect();
        let new = |reason: &Reason| !self.reasons.contains(reason);
        let new: Vec<Reason> = told.into_iter().filter(new).collect();
        self.reasons.extend(new);
    }

    /// The report of a judged run.
    pub(super) fn of(run: &Run, facts: &RunFacts, outcome: Outcome) -> Self {
        let judged = outcome.decision();
        let (first, last) = run.ends();
        let rules = outcome.rules.iter().map(|rule| RuleReport {
            name: rule.name.clone(),
            needed: rule.needed,
            have: rule.have.len(),
            from: rule.from.clone(),
            could: rule.could.clone(),
            cannot: rule.cannot.clone(),
        });
        let exempt = outcome.applies != Applies::Yes && outcome.rules.is_empty();
        Self {
            first,
            last,
            commits: facts.commits.iter().map(|made| made.oid).collect(),
            ai: AiReport {
                is: run.span.provenance.is_ai(),
                markers: run.span.provenance.texts(),
            },
            standing: match judged {
                Decision::Allow if exempt => Standing::NotApplicable,
                Decision::Allow if !outcome.lifted.is_empty() || outcome.broken.is_some() => {
                    Standing::Overridden
                }
                Decision::Allow => Standing::Satisfied,
                Decision::Error => Standing::Error,
                Decision::Deny | Decision::Pending => Standing::Unsatisfied,
            },
            restores: None,
            level: Some(outcome.level.as_str()),
            rules: rules.collect(),
            approvals: outcome.counted.iter().map(ApprovalReport::of).collect(),
            lifted: outcome.lifted.iter().map(LiftReport::of).collect(),
            break_glass: outcome.broken.as_ref().map(BreakGlassReport::of),
            reasons: outcome.reasons,
            set_aside: outcome.set_aside,
            warnings: outcome.warnings,
            judged,
        }
    }

    /// The same, with what the run brings back.
    pub(super) fn restoring(mut self, restores: Option<RestoresReport>) -> Self {
        self.restores = restores;
        if restores.is_some() && self.standing == Standing::Satisfied {
            self.standing = Standing::Restored;
        }
        self
    }

    /// A run that is denied for a reason outside the rules.
    pub(super) fn denied(steps: &[Step], reason: Reason) -> Self {
        Self {
            standing: Standing::Unsatisfied,
            reasons: vec![reason],
            judged: Decision::Deny,
            ..Self::elsewhere(steps)
        }
    }

    /// A run that has nothing to do with what was asked.
    pub(super) fn elsewhere(steps: &[Step]) -> Self {
        let commits = steps
            .iter()
            .flat_map(|step| step.commits.iter().map(|commit| commit.oid));
        let nowhere = Oid::from_bytes([0; 20]);
        Self {
            first: steps.first().map_or(nowhere, |step| step.oid),
            last: steps.last().map_or(nowhere, |step| step.oid),
            commits: commits.collect(),
            ai: AiReport::default(),
            standing: Standing::NotApplicable,
            restores: None,
            level: None,
            rules: Vec::new(),
            approvals: Vec::new(),
            lifted: Vec::new(),
            break_glass: None,
            reasons: Vec::new(),
            set_aside: Vec::new(),
            warnings: Vec::new(),
            judged: Decision::Allow,
        }
    }
}

impl ApprovalReport {
    fn of(counted: &Counted) -> Self {
        Self {
            reviewer: counted.reviewer.clone(),
            key: counted.key.clone(),
            revision: counted.change.revision,
            digest: counted.digest,
            carried: counted.carried.as_str(),
        }
    }
}

impl PolicyUsed {
    /// A policy and where it was read.
    pub(super) fn of(trusted: &Trusted) -> Self {
        Self {
            commit: trusted.commit,
            version: trusted.policy.version,
            digest: trusted.policy.digest,
            assessed_by_rules: rules_digest_with(&trusted.policy.risk.rules),
            repository: trusted.policy.repository.clone(),
        }
    }
}

impl Report {
    /// A report that has decided nothing yet, which is no answer.
    pub(super) fn new(target: &str, range: &Range) -> Self {
        Self {
            base: Some(range.base),
            candidate: Some(range.candidate),
            ..Self::no_answer(Some(target), Vec::new())
        }
    }

    /// A report on a question that could not even be put: one reason, no answer.
    pub fn no_answer(target: Option<&str>, reasons: Vec<Reason>) -> Self {
        Self {
            schema: "countersign/gate/1",
            target: target.map(str::to_owned),
            base: None,
            candidate: None,
            policy: None,
            decision: Decision::Error,
            exit: Decision::Error.exit_code(),
            verified_oid: None,
            deployable: None,
            next_policy_root: None,
            next_pin: None,
            break_glass: false,
            report_only: false,
            before_root: None,
            runs: Vec::new(),
            reasons,
            ignored: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Takes over what was passed over in the notes.
    pub(super) fn take_statements(&mut self, statements: &Statements) {
        self.ignored = statements
            .ignored
            .iter()
            .map(|line| IgnoredReport {
                note: line.place.clone(),
                line: line.line.clone(),
                why: line.why.clone(),
            })
            .collect();
        for oddity in &statements.oddities {
            let (id, text) = oddity.split_once(' ').unwrap_or((oddity, ""));
            let id = ReasonId::ALL.iter().find(|known| known.as_str() == id);
            let id = id.copied().unwrap_or(ReasonId::NoteRemoved);
            self.warnings.push(Reason::new(id, text));
        }
    }

    /// Takes over the judged runs and draws the decision: 3 > 1 > 8 > 0.
    pub(super) fn decide(&mut self, runs: Vec<RunReport>) {
        self.runs = runs;
        for run in &mut self.runs {
            run.settle();
            for warning in std::mem::take(&mut run.warnings) {
                if !self.warnings.contains(&warning) {
                    self.warnings.push(warning);
                }
            }
        }
        let own = self.reasons.iter().map(|reason| match reason.class() {
            Class::Warning => Decision::Allow,
            Class::Missing => Decision::Pending,
            Class::Denial => Decision::Deny,
            Class::CannotDecide => Decision::Error,
        });
        let runs = self.runs.iter().map(|run| run.judged);
        self.decision = runs.chain(own).fold(Decision::Allow, Decision::max);
    }

    /// Fills in what follows from the decision.
    pub(super) fn close(&mut self, range: &Range) {
        self.exit = self.decision.exit_code();
        let broken = self.runs.iter().any(|run| run.break_glass.is_some());
        self.break_glass = broken && self.decision == Decision::Allow;
        if !range.base_written {
            let text = "the base was taken from the remote's branch; what came before it is not known to be verified";
            self.warnings
                .push(Reason::new(ReasonId::BaseUnverified, text));
        }
        if self.decision != Decision::Allow {
            self.next_pin = None;
        }
        if self.decision == Decision::Allow && range.base_written {
            self.verified_oid = Some(range.candidate);
            self.next_policy_root = Some(range.candidate);
        }
    }

    /// Turns 1 and 8 into exit 0, for a trial; an error stays an error.
    pub fn only_report(&mut self) {
        self.report_only = true;
        self.verified_oid = None;
        self.next_policy_root = None;
        self.next_pin = None;
        if self.decision != Decision::Error {
            self.exit = 0;
        }
    }
}
