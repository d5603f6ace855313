//! The deployment's question: may this range of commits go?
//!
//! `judge` is the way through: the repository must be sound, the range is cut into steps (`steps`,
//! `cut`), each run of steps is judged by the policy at its first parent (`court`, `run`), and the
//! best partition decides.

mod attest;
mod carried;
mod chain;
mod court;
mod coverage;
mod cut;
mod deployed;
mod doubts;
mod exceptions;
mod followup;
mod ground;
mod judge;
mod landed;
mod laws;
mod leaning;
mod log;
mod own_refs;
mod part;
mod partition;
mod range;
mod receive;
mod report;
mod restored;
mod rollback;
mod run;
mod simulate;
mod sound;
mod steps;
mod ways;

pub use attest::{Attestation, BROKEN_LEVEL, NotAttested, PASSED_LEVEL};
pub use deployed::{Deployed, NotDeployed, environment_ref};
pub use exceptions::{BreakGlassReport, GlassReport, LiftReport, OverrideReport};
pub use judge::{Question, judge};
pub use leaning::{Leaned, leaning};
pub use log::{Memory, NextPin};
pub use range::{Range, RangeError};
pub use receive::{Push, Received, RefUpdate, Refusal, receive};
pub use report::{
    AiReport, ApprovalReport, IgnoredReport, PolicyUsed, Report, RuleReport, RunReport, Standing,
};
pub use restored::{How, RestoresReport};
pub use simulate::{Forecast, Foreseen, Trial, simulate};
