//! Ed25519 keys from a given seed, for the demo world and for tests: the same seed and comment give
//! the same bytes. Never used for a person's key.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{HashAlg, LineEnding, PrivateKey, SshSig};

use crate::verdict::{SignError, Signer};

use super::verify::fingerprint_of;

/// A key made from a seed; signs in this process.
#[derive(Debug, Clone)]
pub struct SeedSigner {
    key: PrivateKey,
    fingerprint: String,
}

/// A key pair on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFile {
    /// The private key; the public one stands beside it as `.pub`.
    pub path: PathBuf,
    /// The public key line, without a line feed.
    pub public_key: String,
    /// Its fingerprint.
    pub fingerprint: String,
}

impl SeedSigner {
    /// The key of a seed.
    ///
    /// # Errors
    /// Where the key cannot be made, which no seed is known to cause.
    pub fn new(seed: &[u8; 32], comment: &str) -> Result<Self, SignError> {
        let pair = KeypairData::Ed25519(Ed25519Keypair::from_seed(seed));
        let key = PrivateKey::new(pair, comment).map_err(failed)?;
        let fingerprint = fingerprint_of(key.public_key().key_data());
        Ok(Self { key, fingerprint })
    }

    /// The public key line, without a line feed.
    ///
    /// # Errors
    /// Where the key cannot be encoded, which no key is known to cause.
    pub fn public_key(&self) -> Result<String, SignError> {
        self.key.public_key().to_openssh().map_err(failed)
    }

    /// Writes the key as OpenSSH does: `path` with mode 0600, and `path`.pub. Existing files are
    /// never overwritten.
    ///
    /// # Errors
    /// Where a file exists already or cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<KeyFile> {
        let private = self
            .key
            .to_openssh(LineEnding::LF)
            .map_err(io::Error::other)?;
        let public_key = self.public_key().map_err(io::Error::other)?;
        create(path, 0o600)?.write_all(private.as_bytes())?;
        let mut beside = path.as_os_str().to_owned();
        beside.push(".pub");
        create(Path::new(&beside), 0o644)?.write_all(format!("{public_key}\n").as_bytes())?;
        Ok(KeyFile {
            path: path.to_owned(),
            public_key,
            fingerprint: self.fingerprint.clone(),
        })
    }
}

fn create(path: &Path, mode: u32) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(path)
}

fn failed(error: impl std::fmt::Display) -> SignError {
    SignError::Failed(error.to_string())
}

impl Signer for SeedSigner {
    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn sign(&self, message: &[u8], namespace: &str) -> Result<Vec<u8>, SignError> {
        use ssh_key::encoding::Encode as _;
        SshSig::sign(&self.key, namespace, HashAlg::Sha512, message)
            .and_then(|signature| Ok(signature.encode_vec()?))
            .map_err(failed)
    }
}
