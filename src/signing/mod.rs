//! Keys: the only place that runs the signing program, and verification in this process.

mod keyfile;
mod verify;

pub use keyfile::{KeyFile, SeedSigner};
pub use verify::{GIT_NAMESPACE, MIN_RSA_BITS, SshVerifier, fingerprint, verify_git};
