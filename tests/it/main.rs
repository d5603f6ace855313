//! The integration tests, one binary: a module a subject.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(unreachable_pub)]

#[cfg(feature = "tui")]
mod accessible;
#[cfg(feature = "tui")]
mod actions;
mod agent_side;
mod amend;
mod attacks;
mod attest;
#[cfg(feature = "tui")]
mod batch;
mod checkout;
mod close;
#[cfg(feature = "tui")]
mod comfort;
mod common;
#[cfg(feature = "tui")]
mod compare;
mod completions;
mod concurrency;
mod config;
mod conformance;
mod content;
mod contract;
mod day;
mod demo;
mod doctor;
mod durable;
mod explain;
mod fetched;
#[cfg(feature = "tui")]
mod frames;
#[cfg(feature = "tui")]
mod fuzzed;
mod gate;
mod gate_reports;
mod hazardous_paths;
#[cfg(feature = "tui")]
mod held_and_cut;
mod history;
mod hook;
#[cfg(feature = "tui")]
mod hostile_screen;
mod init;
mod inputs;
mod interdiff;
#[cfg(feature = "tui")]
mod keys_counted;
mod log;
#[cfg(feature = "tui")]
mod long_queue;
mod man;
#[cfg(feature = "tui")]
mod manners;
#[cfg(feature = "tui")]
mod many_repositories;
mod merge_coverage;
mod notes;
mod notes_cache;
mod odd_repositories;
mod page_commands;
mod pages;
#[cfg(feature = "tui")]
mod pictures;
mod policy;
mod privacy;
mod provenance;
#[cfg(feature = "tui")]
mod pty;
mod queue;
#[cfg(feature = "tui")]
mod queue_screen;
#[cfg(feature = "tui")]
mod reading;
mod reasons;
mod recipes;
#[cfg(feature = "tui")]
mod remarks_screen;
mod remote;
mod replay;
mod risk;
mod routing;
mod sarif;
mod scanners;
mod schema;
#[cfg(feature = "tui")]
mod screen;
mod second;
mod seldom;
mod several;
#[cfg(feature = "tui")]
mod sheet;
mod signed_proposal;
mod signing;
mod simulate;
mod stats;
mod stolen_key;
mod store;
#[cfg(feature = "tui")]
mod terminal;
mod tidy;
#[cfg(feature = "tui")]
mod two_keys;
#[cfg(feature = "tui")]
mod under_way;
mod verdict;
mod verified_oid;
#[cfg(feature = "tui")]
mod viewed;
mod wait;
mod waiting;
mod world;
