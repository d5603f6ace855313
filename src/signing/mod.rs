//! Keys: the only place that runs the signing program, and verification in this process.

mod der;
mod gate_key;
mod key;
mod keyfile;
mod probe;
mod sign;
mod surroundings;
mod verify;

pub use gate_key::{GateKey, GateKeyError};
pub use key::{KeySource, ResolvedKey, SigningConfig};
pub use keyfile::{KeyFile, SeedSigner};
pub use probe::{Program, program};
pub use sign::{Mode, SshSigner};
pub use surroundings::Surroundings;
pub use verify::{GIT_NAMESPACE, MIN_RSA_BITS, SshVerifier, fingerprint, sign_git, verify_git};
