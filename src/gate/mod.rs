//! The deployment's question: may this range of commits go?
//!
//! `judge` is the way through: the repository must be sound, the range is cut into steps, each run
//! of steps is judged by the policy at its first parent, and the best partition decides.

mod chain;
mod coverage;
mod judge;
mod landed;
mod partition;
mod range;
mod report;
mod run;
mod sound;
mod steps;

pub use judge::{Question, judge};
pub use range::{Range, RangeError};
pub use report::{
    AiReport, ApprovalReport, IgnoredReport, PolicyUsed, Report, RuleReport, RunReport, Standing,
};
