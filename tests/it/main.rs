//! The integration tests, one binary: a module a subject.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(unreachable_pub)]

mod common;
mod demo;
mod gate;
mod pages;
mod policy;
mod signing;
mod tidy;
mod verdict;
mod world;
