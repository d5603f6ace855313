//! Countersign: a terminal review queue for AI-generated changes, and the gate that checks their
//! signed approvals before deployment.

pub mod change;
pub mod cli;
pub mod config;
pub mod demo;
pub mod diff;
pub mod evidence;
pub mod gate;
pub mod git;
pub mod journal;
pub mod policy;
pub mod queue;
pub mod review;
pub mod risk;
pub mod signing;
pub mod verdict;

#[cfg(feature = "tui")]
pub mod app;
#[cfg(feature = "tui")]
pub mod runtime;
#[cfg(feature = "tui")]
pub mod ui;
