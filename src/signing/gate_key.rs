//! The gate's own key: a plain Ed25519 or P-256 key in a file, whose bare signatures every DSSE
//! verifier checks. Nobody is ever asked for a passphrase.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature as P256Signature, SigningKey, VerifyingKey};
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::public::{EcdsaPublicKey, Ed25519PublicKey, KeyData};
use ssh_key::{Algorithm, PrivateKey, PublicKey, Signature};

use crate::verdict::{BadSignature, PlainKey, SignError};

use super::der::{Pem, read_pem};
use super::verify::{fingerprint_of, strong_point};

/// A key file is a few hundred bytes.
const CAP: u64 = 64 << 10;

/// Why a file is no key of the gate.
#[derive(Debug, thiserror::Error)]
pub enum GateKeyError {
    /// It cannot be read.
    #[error("the gate's key {path} cannot be read: {why}")]
    Unreadable {
        /// The file.
        path: String,
        /// The system's reason.
        why: String,
    },
    /// It is behind a passphrase.
    #[error("the gate's key {path} has a passphrase, and a gate asks nobody")]
    Locked {
        /// The file.
        path: String,
    },
    /// It is no key of a kind that signs for a gate.
    #[error("{path} is no key of the gate: {why}")]
    Unusable {
        /// The file.
        path: String,
        /// What it is instead.
        why: String,
    },
}

enum Secret {
    Ed25519(Box<Ed25519Keypair>),
    P256(Box<SigningKey>),
}

enum Public {
    Ed25519(Ed25519PublicKey),
    P256(Box<VerifyingKey>),
}

/// A key of the gate: a pair, or its public half alone.
pub struct GateKey {
    fingerprint: String,
    public: Public,
    secret: Option<Secret>,
    path: String,
}

impl GateKey {
    /// Reads a key file: an OpenSSH private key or a `.pub`, or PEM as OpenSSL writes it (PKCS#8, SEC1,
    /// or a public key).
    ///
    /// # Errors
    /// Where it cannot be read, has a passphrase, or is of another kind.
    pub fn read(file: &Path) -> Result<Self, GateKeyError> {
        let path = file.display().to_string();
        let mut text = String::new();
        let opened = File::open(file).and_then(|file| file.take(CAP).read_to_string(&mut text));
        if let Err(error) = opened {
            let why = error.to_string();
            return Err(GateKeyError::Unreadable { path, why });
        }
        let text = text.trim();
        if text.starts_with("-----BEGIN OPENSSH") {
            return openssh(text, path);
        }
        if let Ok(key) = PublicKey::from_openssh(text) {
            let (public, path) = (public(key.key_data(), &path)?, path);
            return Self::of(public, None, path);
        }
        match read_pem(text) {
            Some(pem) => from_pem(pem, path),
            None => Err(unusable(
                path,
                "neither an OpenSSH key nor PEM of an Ed25519 or P-256 key",
            )),
        }
    }

    /// Whether it can sign.
    pub fn can_sign(&self) -> bool {
        self.secret.is_some()
    }

    fn of(public: Public, secret: Option<Secret>, path: String) -> Result<Self, GateKeyError> {
        let data = match &public {
            Public::Ed25519(key) => KeyData::Ed25519(*key),
            Public::P256(key) => {
                let point = key.to_sec1_point(false);
                let key = EcdsaPublicKey::from_sec1_bytes(point.as_bytes());
                KeyData::Ecdsa(key.map_err(|error| unusable(path.clone(), &error.to_string()))?)
            }
        };
        Ok(Self {
            fingerprint: fingerprint_of(&data),
            public,
            secret,
            path,
        })
    }

    fn ed25519(pair: Ed25519Keypair, path: String) -> Result<Self, GateKeyError> {
        let public = Public::Ed25519(pair.public);
        Self::of(public, Some(Secret::Ed25519(Box::new(pair))), path)
    }

    fn p256(scalar: &[u8], path: String) -> Result<Self, GateKeyError> {
        let key = SigningKey::from_slice(scalar);
        let key = key.map_err(|_| unusable(path.clone(), "its number is out of range"))?;
        let public = Public::P256(Box::new(*key.verifying_key()));
        Self::of(public, Some(Secret::P256(Box::new(key))), path)
    }
}

fn unusable(path: String, why: &str) -> GateKeyError {
    let why = why.to_owned();
    GateKeyError::Unusable { path, why }
}

fn openssh(text: &str, path: String) -> Result<GateKey, GateKeyError> {
    let key = PrivateKey::from_openssh(text);
    let key = key.map_err(|error| unusable(path.clone(), &error.to_string()))?;
    if key.is_encrypted() {
        return Err(GateKeyError::Locked { path });
    }
    match key.key_data() {
        KeypairData::Ed25519(pair) => GateKey::ed25519(pair.clone(), path),
        KeypairData::Ecdsa(pair) if pair.curve() == ssh_key::EcdsaCurve::NistP256 => {
            GateKey::p256(pair.private_key_bytes(), path)
        }
        _ => Err(other_kind(path, key.algorithm().as_ref())),
    }
}

fn other_kind(path: String, kind: &str) -> GateKeyError {
    unusable(path, &format!("{kind}, not Ed25519 or P-256"))
}

fn public(key: &KeyData, path: &str) -> Result<Public, GateKeyError> {
    match key {
        KeyData::Ed25519(key) => ed25519_public(*key, path),
        KeyData::Ecdsa(key) if key.curve() == ssh_key::EcdsaCurve::NistP256 => {
            p256_public(key.as_sec1_bytes(), path)
        }
        other => Err(other_kind(path.to_owned(), other.algorithm().as_ref())),
    }
}

fn ed25519_public(key: Ed25519PublicKey, path: &str) -> Result<Public, GateKeyError> {
    let weak = |error: BadSignature| unusable(path.to_owned(), &error.to_string());
    strong_point(&key).map_err(weak)?;
    Ok(Public::Ed25519(key))
}

fn p256_public(point: &[u8], path: &str) -> Result<Public, GateKeyError> {
    let key = VerifyingKey::from_sec1_bytes(point);
    let key = key.map_err(|_| unusable(path.to_owned(), "not a point of the curve"))?;
    Ok(Public::P256(Box::new(key)))
}

fn from_pem(pem: Pem, path: String) -> Result<GateKey, GateKeyError> {
    let public = match pem {
        Pem::Locked => return Err(GateKeyError::Locked { path }),
        Pem::Ed25519(seed) => return GateKey::ed25519(Ed25519Keypair::from_seed(&seed), path),
        Pem::P256(scalar) => return GateKey::p256(&scalar, path),
        Pem::Ed25519Public(key) => ed25519_public(Ed25519PublicKey(key), &path)?,
        Pem::P256Public(point) => p256_public(&point, &path)?,
    };
    GateKey::of(public, None, path)
}

impl PlainKey for GateKey {
    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let failed = |error: p256::ecdsa::Error| SignError::Failed(error.to_string());
        match &self.secret {
            Some(Secret::Ed25519(pair)) => {
                let signature: Signature = pair.try_sign(message).map_err(failed)?;
                Ok(signature.as_bytes().to_vec())
            }
            Some(Secret::P256(key)) => {
                let signature: P256Signature = key.try_sign(message).map_err(failed)?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
            None => Err(SignError::UnusableKey {
                key: self.path.clone(),
                why: "it is the public half, which signs nothing".to_owned(),
            }),
        }
    }

    fn verify(&self, signature: &[u8], message: &[u8]) -> Result<(), BadSignature> {
        let good = match &self.public {
            Public::Ed25519(key) => Signature::new(Algorithm::Ed25519, signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Public::P256(key) => P256Signature::from_der(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
        };
        if good {
            Ok(())
        } else {
            Err(BadSignature::Mismatch)
        }
    }
}
