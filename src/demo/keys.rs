//! Everybody's keys, made from a constant: the same in every demo world, and worth nothing.

use sha2::{Digest, Sha256};
use ssh_key::private::{Ed25519Keypair, PrivateKey};
use ssh_key::{HashAlg, LineEnding};

use super::DemoError;

/// The key pair of this person or agent.
///
/// # Errors
/// The key cannot be made; does not happen.
pub(super) fn pair(who: &str) -> Result<PrivateKey, DemoError> {
    let mut hash = Sha256::new();
    hash.update(b"countersign demo key, not secret\0");
    hash.update(who);
    let pair = Ed25519Keypair::from_seed(&hash.finalize().into());
    Ok(PrivateKey::new(pair.into(), format!("{who} (demo)"))?)
}

/// `ssh-ed25519 AAAA…`, as `allowed_signers` has it.
///
/// # Errors
/// As [`pair`].
pub(super) fn public(who: &str) -> Result<String, DemoError> {
    let text = pair(who)?.public_key().to_openssh()?;
    Ok(text.split(' ').take(2).collect::<Vec<_>>().join(" "))
}

/// `SHA256:…`, as OpenSSH prints it.
///
/// # Errors
/// As [`pair`].
pub(super) fn fingerprint(who: &str) -> Result<String, DemoError> {
    Ok(pair(who)?.fingerprint(HashAlg::Sha256).to_string())
}

/// An armoured signature over a commit or a tag, in git's namespace.
///
/// # Errors
/// As [`pair`].
pub(super) fn sign_for_git(who: &str, bytes: &[u8]) -> Result<String, DemoError> {
    let signature = pair(who)?.sign("git", HashAlg::Sha512, bytes)?;
    Ok(signature.to_pem(LineEnding::LF)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn keys_and_signatures_are_always_the_same() {
        assert_eq!(public("alice").unwrap(), public("alice").unwrap());
        assert_ne!(public("alice").unwrap(), public("bob").unwrap());
        assert!(fingerprint("alice").unwrap().starts_with("SHA256:"));
        let file = |who| pair(who).unwrap().to_openssh(LineEnding::LF).unwrap();
        assert_eq!(*file("alice"), *file("alice"), "the check number too");
        let sign = |bytes: &[u8]| sign_for_git("alice", bytes).unwrap();
        assert_eq!(sign(b"tree"), sign(b"tree"));
        assert!(sign(b"tree").starts_with("-----BEGIN SSH SIGNATURE-----\n"));
    }
}
