//! The three files of a policy as bytes, and the digest that names them.

use sha2::{Digest, Sha256 as Hasher};

use super::{ALLOWED_SIGNERS, Invalid, POLICY_TOML, Policy, REVOKED_KEYS, parse};
use crate::change::Sha256;

/// The bytes of the three files, all from one commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyFiles {
    /// `.countersign/policy.toml`
    pub policy_toml: Vec<u8>,
    /// `.countersign/allowed_signers`
    pub allowed_signers: Vec<u8>,
    /// `.countersign/revoked_keys`
    pub revoked_keys: Vec<u8>,
}

impl PolicyFiles {
    /// Reads the files as a policy, or reports everything that is wrong with them.
    pub fn parse(&self) -> Result<Policy, Invalid> {
        parse::policy(self)
    }

    /// The policy digest (see [`digest`]).
    pub fn digest(&self) -> Sha256 {
        digest(self)
    }
}

/// `SHA-256("countersign.policy.v1" 00 || f(path) f(bytes) …)` over the three files in the order
/// of [`PolicyFiles`], where `f(x)` is the length as eight big-endian bytes, then `x`.
pub fn digest(files: &PolicyFiles) -> Sha256 {
    let mut hasher = Hasher::new();
    hasher.update(b"countersign.policy.v1\0");
    for (path, bytes) in [
        (POLICY_TOML, &files.policy_toml),
        (ALLOWED_SIGNERS, &files.allowed_signers),
        (REVOKED_KEYS, &files.revoked_keys),
    ] {
        for part in [path.as_bytes(), bytes] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
    }
    Sha256::from_bytes(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_written_rule() {
        // printf 'countersign.policy.v1\0…' of the three paths and contents, through sha256sum.
        let files = PolicyFiles {
            policy_toml: b"a".to_vec(),
            allowed_signers: b"bb".to_vec(),
            revoked_keys: Vec::new(),
        };
        assert_eq!(
            files.digest().to_string(),
            "49a70818b481cae460d95dbbfc4ac572fceacf8c6f93f87c5a7583e9467db58e"
        );
        let swapped = PolicyFiles {
            policy_toml: b"ab".to_vec(),
            allowed_signers: b"b".to_vec(),
            revoked_keys: Vec::new(),
        };
        assert_ne!(files.digest(), swapped.digest());
    }
}
