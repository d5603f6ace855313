//! What the gate signs after an answer of 0: a verification summary (SLSA VSA v1) in an in-toto
//! statement, in the one line of a DSSE envelope.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::report::Report;
use crate::change::{Oid, Sha256};
use crate::policy::Decision;
use crate::verdict::{Envelope, NotCanonical, PlainKey, SealError, to_jcs, whole_seconds};

/// The `_type` of an in-toto statement.
const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// The `predicateType` of a verification summary.
const SUMMARY: &str = "https://slsa.dev/verification_summary/v1";
/// Who verified: this gate, by the rules of these pages.
const VERIFIER: &str = "https://countersign.dev/gate/v1";
/// What an answer of 0 proves, as a level of the source track.
pub const PASSED_LEVEL: &str = "ORG_SOURCE_AI_SENIOR_REVIEWED";
/// What stands in its place where a break-glass let something go without its approvals.
pub const BROKEN_LEVEL: &str = "ORG_SOURCE_AI_BREAK_GLASS";

/// What an attestation says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// The commit that may go.
    pub candidate: Oid,
    /// The last verified commit before it.
    pub base: Oid,
    /// Where policy was trusted from.
    pub root: Oid,
    /// Which repository: `urn:uuid:…`.
    pub repository: String,
    /// Full name of the target ref.
    pub target: String,
    /// The environment that the answer was asked for; none where it was for nowhere in particular.
    pub environment: Option<String>,
    /// Where the policy at the base was read, and its digest.
    pub policy: (Oid, Sha256),
    /// When.
    pub at: Timestamp,
    /// Whether a break-glass stood for approvals: then nobody may say that it was reviewed.
    pub broken: bool,
    /// The statements that counted, by the digests of their payloads.
    pub counted: BTreeSet<Sha256>,
}

/// Why there is no attestation.
#[derive(Debug, thiserror::Error)]
pub enum NotAttested {
    /// The answer is no 0 with a verified base.
    #[error("there is nothing to attest: the answer is not 0 from a verified base")]
    NoPass,
    /// What it would say has no one byte form.
    #[error("the attestation cannot be written")]
    Form(#[from] NotCanonical),
    /// The key did not sign.
    #[error("the attestation was not signed")]
    Sign(#[from] SealError),
}

impl Attestation {
    /// What a report lets the gate say; nothing unless it is a real 0 from a verified base.
    pub fn of(
        report: &Report,
        root: Oid,
        environment: Option<&str>,
        now: Timestamp,
    ) -> Option<Self> {
        let whole = report.deployable.is_none() && !report.report_only;
        let passed = whole && report.decision == Decision::Allow && report.exit == 0;
        let candidate = report.verified_oid.filter(|_| passed)?;
        let policy = report.policy.as_ref()?;
        let runs = report.runs.iter();
        let counted = runs.flat_map(|run| {
            let lifts = run.lifted.iter().flat_map(|lifted| &lifted.by);
            let approvals = run.approvals.iter().map(|approval| approval.digest);
            let glasses = run.break_glass.iter().flat_map(|broken| &broken.by);
            let exceptions = lifts.map(|lift| lift.digest);
            let exceptions = exceptions.chain(glasses.map(|glass| glass.digest));
            approvals.chain(exceptions)
        });
        Some(Self {
            candidate,
            base: report.base?,
            root,
            repository: policy.repository.clone(),
            target: report.target.clone()?,
            environment: environment.map(str::to_owned),
            policy: (policy.commit, policy.digest),
            at: whole_seconds(now),
            broken: report.break_glass,
            counted: counted.collect(),
        })
    }

    /// The signed line, its line feed included.
    ///
    /// # Errors
    /// Where the key does not sign.
    pub fn seal(&self, key: &dyn PlainKey) -> Result<Vec<u8>, NotAttested> {
        Ok(Envelope::seal_plain(to_jcs(&self.statement())?, key)?)
    }

    fn statement(&self) -> Value {
        let mut about = json!({
            "sourceRefs": [self.target],
            "base": self.base.to_string(),
            "policyRoot": self.root.to_string(),
        });
        if let Some(environment) = &self.environment {
            about["environment"] = json!(environment);
        }
        let mut predicate = json!({
            "verifier": {"id": VERIFIER, "version": {"countersign": env!("CARGO_PKG_VERSION")}},
            "timeVerified": self.at.to_string(),
            "resourceUri": self.repository,
            "policy": {
                "uri": format!("{}#.countersign/policy.toml", self.repository),
                "digest": {
                    "gitCommit": self.policy.0.to_string(),
                    "sha256": self.policy.1.to_string(),
                },
            },
            "verificationResult": "PASSED",
            "verifiedLevels": [if self.broken { BROKEN_LEVEL } else { PASSED_LEVEL }],
            "slsaVersion": "1.2",
        });
        if !self.counted.is_empty() {
            let inputs = self.counted.iter();
            let inputs = inputs.map(|digest| json!({"digest": {"sha256": digest.to_string()}}));
            predicate["inputAttestations"] = inputs.collect();
        }
        json!({
            "_type": STATEMENT,
            "subject": [{
                "digest": {"gitCommit": self.candidate.to_string()},
                "annotations": about,
            }],
            "predicateType": SUMMARY,
            "predicate": predicate,
        })
    }

    /// Reads what [`seal`](Self::seal) signed. What else the payload says is left aside; what is read
    /// here has to be there in the one form.
    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        let all: Value = serde_json::from_slice(payload).ok()?;
        let text = |at: &str| Some(all.pointer(at)?.as_str()?.to_owned());
        let is = |at: &str, value: &str| all.pointer(at).and_then(Value::as_str) == Some(value);
        let one = |at: &str| Some(all.pointer(at)?.as_array()?.len() == 1);
        let levels = all.pointer("/predicate/verifiedLevels")?.as_array()?;
        let has = |name: &str| levels.iter().any(|level| level == name);
        let ours = is("/_type", STATEMENT)
            && is("/predicateType", SUMMARY)
            && is("/predicate/verifier/id", VERIFIER)
            && is("/predicate/verificationResult", "PASSED")
            && (has(PASSED_LEVEL) || has(BROKEN_LEVEL))
            && one("/subject")?
            && one("/subject/0/annotations/sourceRefs")?;
        if !ours {
            return None;
        }
        let inputs = all.pointer("/predicate/inputAttestations");
        let inputs = inputs.and_then(Value::as_array).into_iter().flatten();
        let digest = |input: &Value| input.pointer("/digest/sha256")?.as_str()?.parse().ok();
        Some(Self {
            candidate: text("/subject/0/digest/gitCommit")?.parse().ok()?,
            base: text("/subject/0/annotations/base")?.parse().ok()?,
            root: text("/subject/0/annotations/policyRoot")?.parse().ok()?,
            repository: text("/predicate/resourceUri")?,
            target: text("/subject/0/annotations/sourceRefs/0")?,
            environment: text("/subject/0/annotations/environment"),
            policy: (
                text("/predicate/policy/digest/gitCommit")?.parse().ok()?,
                text("/predicate/policy/digest/sha256")?.parse().ok()?,
            ),
            at: text("/predicate/timeVerified")?.parse().ok()?,
            broken: has(BROKEN_LEVEL),
            counted: inputs.map(digest).collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let oid = |byte| Oid::from_bytes([byte; 20]);
        let attestation = Attestation {
            candidate: oid(1),
            base: oid(2),
            root: oid(3),
            repository: "urn:uuid:5b0c7f0e-3c7a-4f0e-9a55-0d8f6f0b1c11".to_owned(),
            target: "refs/heads/main".to_owned(),
            environment: Some("production".to_owned()),
            policy: (oid(4), Sha256::from_bytes([5; 32])),
            at: Timestamp::from_second(1_767_603_600).unwrap(),
            broken: false,
            counted: [Sha256::from_bytes([6; 32])].into(),
        };
        let broken = Attestation {
            broken: true,
            ..attestation.clone()
        };
        let text = broken.statement().to_string();
        assert!(!text.contains(PASSED_LEVEL), "nobody reviewed it: {text}");
        assert_eq!(Attestation::read(text.as_bytes()), Some(broken));
        let payload = to_jcs(&attestation.statement()).unwrap();
        assert_eq!(Attestation::read(&payload), Some(attestation));
        let failed = String::from_utf8(payload)
            .unwrap()
            .replace("PASSED", "FAILED");
        assert_eq!(Attestation::read(failed.as_bytes()), None);
    }
}
