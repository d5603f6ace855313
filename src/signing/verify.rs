//! SSHSIG verification in this process: no program is run, nothing is asked of the system.
//!
//! The `ssh-key` crate does the arithmetic. It lets through what a statement's one byte form must
//! not have (version 0, short RSA signatures, compressed curve points, small RSA keys), so its answer
//! is taken only for blobs that pass the checks here.

use ssh_key::encoding::{Decode as _, Encode as _};
use ssh_key::public::{EcdsaPublicKey, Ed25519PublicKey, KeyData, RsaPublicKey};
use ssh_key::{Algorithm, EcdsaCurve, HashAlg, LineEnding, PublicKey, SshSig};

use crate::verdict::{BadSignature, KeyAlgorithm, KeyFacts, SignError, Signer, Verifier};

/// The smallest RSA modulus that is accepted, in bits.
pub const MIN_RSA_BITS: u32 = 3072;
/// The namespace of git's own signatures on commits and tags.
pub const GIT_NAMESPACE: &str = "git";

/// Checks SSHSIG blobs in this process.
#[derive(Debug, Clone, Copy, Default)]
pub struct SshVerifier;

impl Verifier for SshVerifier {
    fn verify(
        &self,
        blob: &[u8],
        message: &[u8],
        namespace: &str,
    ) -> Result<KeyFacts, BadSignature> {
        let signature = parse(blob)?;
        let algorithm = accepted(&signature)?;
        if signature.namespace() != namespace {
            return Err(BadSignature::Namespace {
                expected: namespace.to_owned(),
                found: signature.namespace().to_owned(),
            });
        }
        PublicKey::from(signature.public_key().clone())
            .verify(namespace, message, &signature)
            .map_err(|_| BadSignature::Mismatch)?;
        let flags = token_flags(&signature);
        Ok(KeyFacts {
            fingerprint: fingerprint_of(signature.public_key()),
            algorithm,
            user_presence: flags.map(|flags| flags & 0x01 != 0),
            user_verified: flags.map(|flags| flags & 0x04 != 0),
        })
    }
}

/// Verifies the armoured signature of a commit or tag over its payload (the object without the
/// signature), in git's namespace.
///
/// # Errors
/// As [`Verifier::verify`], and where the armour is not that of an SSH signature.
pub fn verify_git(armoured: &[u8], payload: &[u8]) -> Result<KeyFacts, BadSignature> {
    SshVerifier.verify(&dearmour(armoured)?, payload, GIT_NAMESPACE)
}

/// Signs the payload of a commit or a tag as git does, armoured.
///
/// # Errors
/// As [`Signer::sign`].
pub fn sign_git(signer: &dyn Signer, payload: &[u8]) -> Result<String, SignError> {
    let blob = signer.sign(payload, GIT_NAMESPACE)?;
    SshSig::decode(&mut blob.as_slice())
        .and_then(|signature| signature.to_pem(LineEnding::LF))
        .map_err(|error| SignError::Failed(error.to_string()))
}

/// The OpenSSH SHA-256 fingerprint of a public key line (`ssh-ed25519 AAAA… comment`).
///
/// # Errors
/// Where the text is not a public key.
pub fn fingerprint(public_key: &str) -> Result<String, BadSignature> {
    let key = PublicKey::from_openssh(public_key.trim()).map_err(malformed)?;
    Ok(fingerprint_of(key.key_data()))
}

/// The fingerprint of parsed key data.
pub(super) fn fingerprint_of(key: &KeyData) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// The fingerprint of the key inside a blob, whether or not its signature is good.
pub(super) fn fingerprint_in(blob: &[u8]) -> Result<String, BadSignature> {
    Ok(fingerprint_of(parse(blob)?.public_key()))
}

/// The blob inside `-----BEGIN SSH SIGNATURE-----`. Programs wrap it at different widths and with
/// either line ending; anything else around it is refused.
pub(super) fn dearmour(armoured: &[u8]) -> Result<Vec<u8>, BadSignature> {
    const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
    const END: &str = "-----END SSH SIGNATURE-----";
    let text = std::str::from_utf8(armoured).map_err(malformed)?.trim();
    let body = text
        .strip_prefix(BEGIN)
        .and_then(|rest| rest.strip_suffix(END))
        .ok_or_else(|| malformed("not an armoured SSH signature"))?;
    let base64: String = body.split_ascii_whitespace().collect();
    // The crate reads the one width that OpenSSH writes.
    let mut pem = format!("{BEGIN}\n");
    let mut rest = base64.as_str();
    while let Some((line, tail)) = rest.split_at_checked(70) {
        pem.push_str(line);
        pem.push('\n');
        rest = tail;
    }
    if !rest.is_empty() {
        pem.push_str(rest);
        pem.push('\n');
    }
    pem.push_str(END);
    let signature = SshSig::from_pem(pem).map_err(malformed)?;
    signature.encode_vec().map_err(malformed)
}

fn malformed(error: impl std::fmt::Display) -> BadSignature {
    BadSignature::Malformed(error.to_string())
}

/// The parts of a blob that is written in the one form of SSHSIG version 1.
fn parse(blob: &[u8]) -> Result<SshSig, BadSignature> {
    let mut rest = blob;
    let signature = SshSig::decode(&mut rest).map_err(malformed)?;
    if !rest.is_empty() {
        return Err(malformed("bytes follow the signature"));
    }
    if signature.version() != SshSig::VERSION {
        return Err(malformed("not version 1"));
    }
    if !signature.reserved().is_empty() {
        return Err(malformed("the reserved field carries data"));
    }
    let again = signature.encode_vec().map_err(malformed)?;
    if again != blob {
        return Err(malformed("not in its canonical form"));
    }
    Ok(signature)
}

/// The kind of key, where key and signature are of an accepted and matching kind.
fn accepted(signature: &SshSig) -> Result<KeyAlgorithm, BadSignature> {
    let made_by = signature.algorithm();
    let kind = match signature.public_key() {
        KeyData::Ed25519(key) => {
            strong_point(key)?;
            KeyAlgorithm::Ed25519
        }
        KeyData::SkEd25519(key) => {
            strong_point(key.public_key())?;
            KeyAlgorithm::SkEd25519
        }
        KeyData::Ecdsa(key) => ecdsa(key)?,
        KeyData::SkEcdsaSha2NistP256(key) => {
            uncompressed(key.ec_point().as_bytes())?;
            KeyAlgorithm::SkEcdsaP256
        }
        KeyData::Rsa(key) => rsa(key, signature.signature_bytes())?,
        KeyData::Certificate(_) => return Err(BadSignature::Certificate),
        other => return Err(BadSignature::Algorithm(other.algorithm().to_string())),
    };
    let matches = match made_by {
        Algorithm::Ed25519 => kind == KeyAlgorithm::Ed25519,
        Algorithm::SkEd25519 => kind == KeyAlgorithm::SkEd25519,
        Algorithm::SkEcdsaSha2NistP256 => kind == KeyAlgorithm::SkEcdsaP256,
        Algorithm::Ecdsa { curve } => kind == curve_kind(curve),
        // Without a hash it is ssh-rsa, which signs by SHA-1.
        Algorithm::Rsa { hash: Some(_) } => matches!(kind, KeyAlgorithm::Rsa(_)),
        _ => false,
    };
    if matches {
        Ok(kind)
    } else {
        let name = kind.name();
        Err(BadSignature::Algorithm(format!(
            "{made_by} with a key {name}"
        )))
    }
}

fn curve_kind(curve: EcdsaCurve) -> KeyAlgorithm {
    match curve {
        EcdsaCurve::NistP256 => KeyAlgorithm::EcdsaP256,
        EcdsaCurve::NistP384 => KeyAlgorithm::EcdsaP384,
        EcdsaCurve::NistP521 => KeyAlgorithm::EcdsaP521,
    }
}

fn ecdsa(key: &EcdsaPublicKey) -> Result<KeyAlgorithm, BadSignature> {
    uncompressed(key.as_sec1_bytes())?;
    Ok(curve_kind(key.curve()))
}

/// OpenSSH knows uncompressed points only; another spelling of a key is another fingerprint.
fn uncompressed(point: &[u8]) -> Result<(), BadSignature> {
    if point.first() == Some(&0x04) {
        Ok(())
    } else {
        Err(malformed("a compressed curve point"))
    }
}

fn rsa(key: &RsaPublicKey, signature: &[u8]) -> Result<KeyAlgorithm, BadSignature> {
    let modulus = key.n().as_positive_bytes().unwrap_or_default();
    let bits = match (modulus.first(), u32::try_from(modulus.len())) {
        (Some(first), Ok(bytes)) => bytes.saturating_mul(8) - first.leading_zeros(),
        _ => 0,
    };
    if bits < MIN_RSA_BITS {
        return Err(BadSignature::Algorithm(format!(
            "an RSA key of {bits} bits"
        )));
    }
    if signature.len() != modulus.len() {
        return Err(malformed("an RSA signature not as long as its key"));
    }
    Ok(KeyAlgorithm::Rsa(bits))
}

/// The points of small order on Curve25519, and their other spellings: under such a "key" one
/// signature fits many messages. The sign bit is ignored.
pub(super) fn strong_point(key: &Ed25519PublicKey) -> Result<(), BadSignature> {
    const ORDER_8: [[u8; 32]; 2] = [
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef,
            0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88,
            0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10,
            0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77,
            0x92, 0xac, 0x03, 0x7a,
        ],
    ];
    let mut y = key.0;
    y[31] &= 0x7f;
    let middle = &y[1..31];
    // 0 and 1, then p-1, p and p+1, where p = 2^255-19.
    let low = y[0] <= 1 && y[31] == 0 && middle.iter().all(|b| *b == 0);
    let high = (0xec..=0xee).contains(&y[0]) && y[31] == 0x7f && middle.iter().all(|b| *b == 0xff);
    if low || high || ORDER_8.contains(&y) {
        return Err(BadSignature::Algorithm(
            "a degenerate ed25519 key".to_owned(),
        ));
    }
    Ok(())
}

/// The flags byte of a signature by a token: the fifth byte from the end.
fn token_flags(signature: &SshSig) -> Option<u8> {
    match signature.algorithm() {
        Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256 => {
            signature.signature_bytes().iter().rev().nth(4).copied()
        }
        _ => None,
    }
}
