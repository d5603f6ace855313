//! What the integration tests share: a hermetic environment, real keys, a remote and its clones.
//!
//! `Sandbox` is one temporary directory with its own home; nothing of the machine's git, ssh or
//! gpg configuration reaches a program started in it. `World` is a sandbox with a bare remote,
//! the clones of Alice, Bob and an agent, and a policy at the root of `main`. `Screen` runs a command
//! on a terminal of its own.

// Not every feature set uses every helper.
#![allow(dead_code, unused_imports)]

mod checkout;
mod demo;
mod hermetic;
mod keys;
mod policy;
mod sandbox;
mod screen;
mod verifiers;
mod world;

pub use checkout::Checkout;
pub use demo::Demo;
pub use hermetic::hermetic;
pub use keys::Key;
pub use policy::{POLICY_REPOSITORY, Policy};
pub use sandbox::{Ran, Sandbox, run};
pub use screen::Screen;
pub use verifiers::{sarif_validator, verifiers};
pub use world::World;
