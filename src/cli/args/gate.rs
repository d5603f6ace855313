//! What `gate` and `hook` take.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `countersign gate`
#[derive(Debug, Default, Args)]
pub struct GateArgs {
    /// A..B, or B (A is then the newest commit of the remote's target on B's chain) [default: HEAD]
    #[arg(value_name = "RANGE|REV")]
    pub range: Option<String>,
    /// The branch whose rules hold.
    #[arg(long, value_name = "BRANCH")]
    pub target: Option<String>,
    /// Fetch the queue and the verdicts first.
    #[arg(long, value_name = "URL", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub fetch: Option<String>,
    /// The commit from which the policy is trusted, or a file that holds its full object id.
    #[arg(long, value_name = "OID|FILE")]
    pub policy_root: Option<String>,
    /// Start at the policy root and judge no older commits.
    #[arg(long)]
    pub first: bool,
    /// Deny (1) under a policy that asks less than this file says.
    #[arg(long, value_name = "FILE")]
    pub floor: Option<PathBuf>,
    /// Let B be older than A on the same branch; it is then judged again from the policy root on.
    #[arg(long, conflicts_with = "first")]
    pub allow_rollback: bool,
    /// Judge only what touches this deployable of the policy, and every change of the policy. What is
    /// attested is the whole, so neither --env nor --attest goes with it.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["env", "attest"])]
    pub deployable: Option<String>,
    /// Refuse (3) unless commit OID is in the history of the notes ref REF (repeatable).
    #[arg(long, value_name = "REF=OID")]
    pub pin: Vec<String>,
    /// Neither ask nor keep what earlier runs had seen of the notes.
    #[arg(long, conflicts_with = "pin")]
    pub no_pins: bool,
    /// Decide, but exit 0 for denied and pending, never for an error.
    #[arg(long)]
    pub report_only: bool,
    /// Start at the last attestation of this environment, and on 0 keep the new one there.
    #[arg(long, value_name = "NAME", requires = "gate_key")]
    pub env: Option<String>,
    /// On 0 from a verified base, write a signed verification summary (SLSA VSA in DSSE).
    #[arg(long, value_name = "FILE", requires = "gate_key")]
    pub attest: Option<PathBuf>,
    /// On 0 write the commit to deploy, and nothing else, into FILE; what lay there is gone before
    /// anything is judged. Needs a verified base: A..B, --first or --env.
    #[arg(long, value_name = "FILE", conflicts_with = "report_only")]
    pub verified_oid: Option<PathBuf>,
    /// The gate's own key, Ed25519 or P-256 (OpenSSH or PEM); its public half is enough to read
    /// what --env kept.
    #[arg(long, value_name = "FILE")]
    pub gate_key: Option<PathBuf>,
    /// Keep the attestation of --env on the remote too; fail (4) unless it takes it.
    #[arg(long, requires = "env")]
    pub push: bool,
    /// Print one JSON document, whatever the exit code.
    #[arg(long)]
    pub json: bool,
    /// Print one SARIF 2.1.0 document, whatever the exit code.
    #[arg(long, conflicts_with = "json")]
    pub sarif: bool,
    /// Write a JUnit report, whatever the exit code.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Print GitHub's annotations to stderr.
    #[arg(long)]
    pub github: bool,
}

impl GateArgs {
    /// Whether something is asked for that other programs read.
    pub fn is_document(&self) -> bool {
        self.json || self.sarif || self.github || self.junit.is_some()
    }
}

/// `countersign hook`
#[derive(Debug, Args)]
pub struct HookArgs {
    /// Which hook.
    #[command(subcommand)]
    pub hook: Hook,
}

/// The hooks.
#[derive(Debug, Subcommand)]
pub enum Hook {
    /// Judges what is pushed to the policy's targets, and guards the refs of queue and verdicts.
    PreReceive {
        /// The commit from which policy is trusted: a full object id, or a file that holds one. Never
        /// read from the repository.
        #[arg(long, value_name = "OID|FILE")]
        policy_root: Option<String>,
        /// Say what would be refused on a target and let it go; 3 and broken rules of our own refs
        /// are refused all the same.
        #[arg(long)]
        report_only: bool,
    },
}
