//! Everybody's keys, made from a constant: the same in every demo world, and worth nothing.

use sha2::{Digest, Sha256};

use super::DemoError;
use crate::signing::{SeedSigner, fingerprint as fingerprint_of};

/// The key of this person or agent.
///
/// # Errors
/// The key cannot be made, which does not happen.
pub(super) fn signer(who: &str) -> Result<SeedSigner, DemoError> {
    let mut hash = Sha256::new();
    hash.update(b"countersign demo key, not secret\0");
    hash.update(who);
    let seed: [u8; 32] = hash.finalize().into();
    Ok(SeedSigner::new(&seed, &format!("{who}-demo"))?)
}

/// `ssh-ed25519 AAAA…`, as `allowed_signers` has it.
///
/// # Errors
/// As [`signer`].
pub(super) fn public(who: &str) -> Result<String, DemoError> {
    let line = signer(who)?.public_key()?;
    Ok(line.split(' ').take(2).collect::<Vec<_>>().join(" "))
}

/// `SHA256:…`, as OpenSSH prints it.
///
/// # Errors
/// As [`signer`].
pub(super) fn fingerprint(who: &str) -> Result<String, DemoError> {
    let line = public(who)?;
    fingerprint_of(&line).map_err(|why| DemoError::data(who, why.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn keys_are_always_the_same_and_nobody_shares_one() {
        assert_eq!(public("alice").unwrap(), public("alice").unwrap());
        assert_ne!(public("alice").unwrap(), public("bob").unwrap());
        assert!(public("alice").unwrap().starts_with("ssh-ed25519 "));
        assert!(fingerprint("alice").unwrap().starts_with("SHA256:"));
    }
}
