//! One line of a note: a DSSE v1 envelope in its only byte form, sealed and verified.
//!
//! The order of verification is fixed: the envelope's bytes are canonical, it has one signature, the
//! `keyid` is the key in the SSHSIG, that key signed the stored payload; only then is it read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use sha2::Digest as _;

use super::canonical::to_payload;
use super::fields::BadField;
use super::json::{self, Json};
use super::reading::{self, LenientSaid, Reading};
use super::rules::is_fingerprint;
use super::signature::{BadSignature, KeyFacts, NAMESPACE, PlainKey, SignError, Signer, Verifier};
use super::statement::{Statement, Verdict};
use crate::change::{Oid, Sha256};

/// `payloadType` of every envelope.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// Bytes that a line may have, its line feed included: 256 KiB.
pub const MAX_LINE: usize = 256 * 1024;
/// Room that is kept for `sig` when a draft's size is judged before signing, in bytes of base64. An
/// SSHSIG by an RSA key of 8192 bits takes about 3 KiB.
const SIGNATURE_ROOM: usize = 4096;

/// A signed statement, ready to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The line, its line feed included.
    pub line: Vec<u8>,
    /// The payload inside.
    pub payload: Vec<u8>,
    /// SHA-256 of the payload: the statement's name.
    pub payload_sha256: Sha256,
}

/// Why a statement was not sealed. Nothing was recorded.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum SealError {
    /// The draft breaks a rule of the format; it was not shown to the key.
    #[error("the statement cannot be signed")]
    Draft(#[source] BadField),
    /// The draft is too large for a line; it was not shown to the key.
    #[error("the statement needs {bytes} bytes of a line, more than {MAX_LINE}")]
    TooLarge {
        /// The size that the line would have, about.
        bytes: usize,
    },
    /// The signer made no signature.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// What was signed does not verify.
    #[error("the signed statement does not verify")]
    Unverified(#[source] Refused),
}

/// Why a line is not a verified statement. Such a line is ignored, counted and reported.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum Refused {
    /// Longer than [`MAX_LINE`].
    #[error("longer than 256 KiB")]
    TooLong,
    /// Not the canonical bytes of an envelope with its one line feed.
    #[error("not a canonical envelope: {0}")]
    NotCanonical(String),
    /// Not exactly one signature.
    #[error("{0} signatures, not one")]
    Signatures(usize),
    /// `keyid` is not the key that signed.
    #[error("keyid is not the fingerprint of the key that signed, {0}")]
    KeyId(String),
    /// Signed by another key than the one that is asked for.
    #[error("signed by another key, {0}")]
    OtherKey(String),
    /// The signature is not good.
    #[error(transparent)]
    Signature(#[from] BadSignature),
}

/// A statement whose signature is good, by some key. Made by [`Envelope::verify`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    line: Vec<u8>,
    payload_sha256: Sha256,
    key: KeyFacts,
    reading: Reading,
}

/// The parts of one line, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    payload: Vec<u8>,
    keyid: String,
    signature: Vec<u8>,
}

impl Envelope {
    /// Signs a statement and verifies the result before it is handed out.
    ///
    /// # Errors
    /// Where the draft breaks a rule or is too large (both before the signer is asked), where the
    /// signer makes no signature, or where its signature does not verify.
    pub fn seal(
        statement: &Statement,
        signer: &dyn Signer,
        verifier: &dyn Verifier,
    ) -> Result<Sealed, SealError> {
        let payload = to_payload(statement).map_err(SealError::Draft)?;
        let key = signer.fingerprint();
        if statement.reviewer().key != key {
            let why = format!("not the signer's key {key}");
            return Err(SealError::Draft(BadField::new(
                "predicate.reviewer.key",
                why,
            )));
        }
        let bytes = payload.len().div_ceil(3) * 4 + SIGNATURE_ROOM;
        if bytes > MAX_LINE {
            return Err(SealError::TooLarge { bytes });
        }
        let signature = signer.sign(&pae(&payload), NAMESPACE)?;
        let envelope = Self {
            payload,
            keyid: key.to_owned(),
            signature,
        };
        let line = envelope.to_line();
        let verified = Self::verify(&line, verifier).map_err(SealError::Unverified)?;
        if verified.statement() != Some(statement) {
            let why = "it does not read back as it was drafted".to_owned();
            return Err(SealError::Unverified(Refused::NotCanonical(why)));
        }
        Ok(Sealed {
            line,
            payload: envelope.payload,
            payload_sha256: verified.payload_sha256,
        })
    }

    /// Verifies one line, its line feed included: a line without one, or with two, is refused.
    ///
    /// # Errors
    /// Where the line is not the canonical form of an envelope, or its signature is not good. A good
    /// signature over an odd payload is no error: see [`Verified::reading`].
    pub fn verify(line: &[u8], verifier: &dyn Verifier) -> Result<Verified, Refused> {
        let envelope = Self::parse(line)?;
        let message = pae(&envelope.payload);
        let key = verifier.verify(&envelope.signature, &message, NAMESPACE)?;
        if key.fingerprint != envelope.keyid {
            return Err(Refused::KeyId(key.fingerprint));
        }
        let digest: [u8; 32] = sha2::Sha256::digest(&envelope.payload).into();
        Ok(Verified {
            line: line.to_vec(),
            payload_sha256: Sha256::from_bytes(digest),
            reading: reading::read(&envelope.payload, &key.fingerprint),
            key,
        })
    }

    /// A line of the same form whose signature is bare, as standard DSSE verifiers read it.
    ///
    /// # Errors
    /// Where the key does not sign, or what it made does not verify.
    pub fn seal_plain(payload: Vec<u8>, key: &dyn PlainKey) -> Result<Vec<u8>, SealError> {
        let message = pae(&payload);
        let signature = key.sign(&message)?;
        let checked = key.verify(&signature, &message);
        checked.map_err(|error| SealError::Unverified(Refused::Signature(error)))?;
        let envelope = Self {
            payload,
            keyid: key.fingerprint().to_owned(),
            signature,
        };
        Ok(envelope.to_line())
    }

    /// The payload of a line with a bare signature, where this key made it. How long the line may be
    /// is the caller's to say.
    ///
    /// # Errors
    /// Where the line is not the canonical form of an envelope, or is not signed by the key.
    pub fn open_plain(line: &[u8], key: &dyn PlainKey) -> Result<Vec<u8>, Refused> {
        let envelope = Self::take_apart(line)?;
        if envelope.keyid != key.fingerprint() {
            return Err(Refused::OtherKey(envelope.keyid));
        }
        key.verify(&envelope.signature, &pae(&envelope.payload))?;
        Ok(envelope.payload)
    }

    /// Takes a line apart without verifying its signature.
    ///
    /// # Errors
    /// Where the bytes are not those that [`to_line`](Self::to_line) would write.
    pub fn parse(line: &[u8]) -> Result<Self, Refused> {
        if line.len() > MAX_LINE {
            return Err(Refused::TooLong);
        }
        Self::take_apart(line)
    }

    fn take_apart(line: &[u8]) -> Result<Self, Refused> {
        let odd = |why: &str| Refused::NotCanonical(why.to_owned());
        let body = line
            .strip_suffix(b"\n")
            .ok_or_else(|| odd("no line feed at its end"))?;
        let text = std::str::from_utf8(body).map_err(|_| odd("not UTF-8"))?;
        let parsed = json::parse(text).map_err(|error| odd(&error.to_string()))?;
        let field = |name: &'static str| {
            move |value: &Json| value.once(name).and_then(Json::text).map(str::to_owned)
        };
        let decode = |name: &str, text: Option<String>| {
            let text = text.ok_or_else(|| odd(&format!("no {name}")))?;
            STANDARD
                .decode(text)
                .map_err(|error| odd(&format!("{name}: {error}")))
        };
        let signatures = match parsed.root.once("signatures") {
            Some(Json::List(items)) => items.as_slice(),
            _ => return Err(odd("no signatures")),
        };
        let [one] = signatures else {
            return Err(Refused::Signatures(signatures.len()));
        };
        let envelope = Self {
            payload: decode("payload", field("payload")(&parsed.root))?,
            keyid: field("keyid")(one).ok_or_else(|| odd("no keyid"))?,
            signature: decode("sig", field("sig")(one))?,
        };
        if !is_fingerprint(&envelope.keyid) {
            return Err(odd("keyid is no SHA256 fingerprint"));
        }
        if envelope.to_line() != line {
            return Err(odd("its bytes differ from its canonical form"));
        }
        Ok(envelope)
    }

    /// The line: keys in the order of the format, no spaces, one line feed.
    pub fn to_line(&self) -> Vec<u8> {
        let payload = STANDARD.encode(&self.payload);
        let signature = STANDARD.encode(&self.signature);
        let keyid = &self.keyid;
        format!(
            "{{\"payload\":\"{payload}\",\"payloadType\":\"{PAYLOAD_TYPE}\",\
             \"signatures\":[{{\"keyid\":\"{keyid}\",\"sig\":\"{signature}\"}}]}}\n"
        )
        .into_bytes()
    }
}

/// The DSSE v1 pre-authentication encoding of a payload: the bytes that are signed.
pub fn pae(payload: &[u8]) -> Vec<u8> {
    let (type_len, len) = (PAYLOAD_TYPE.len(), payload.len());
    let mut out = format!("DSSEv1 {type_len} {PAYLOAD_TYPE} {len} ").into_bytes();
    out.extend_from_slice(payload);
    out
}

impl Verified {
    /// SHA-256 of the stored payload: the statement's name, and with the person what makes two
    /// lines the same statement.
    pub fn payload_sha256(&self) -> Sha256 {
        self.payload_sha256
    }

    /// The key that signed.
    pub fn key(&self) -> &KeyFacts {
        &self.key
    }

    /// The fingerprint of the key that signed.
    pub fn fingerprint(&self) -> &str {
        &self.key.fingerprint
    }

    /// The line, its line feed included.
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    /// What it says, and how surely.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// The statement, where it reads strictly.
    pub fn statement(&self) -> Option<&Statement> {
        match &self.reading {
            Reading::Strict(statement) => Some(statement),
            _ => None,
        }
    }

    /// The verdict, where this is one that reads strictly.
    pub fn verdict(&self) -> Option<&Verdict> {
        self.statement()?.verdict()
    }

    /// The commit it is about, where that reads unambiguously.
    pub fn subject_commit(&self) -> Option<Oid> {
        match &self.reading {
            Reading::Strict(statement) => Some(statement.subject.commit),
            Reading::Lenient(lenient) => lenient.subject,
            Reading::Unreadable { subject, .. } | Reading::UnknownType { subject, .. } => *subject,
        }
    }

    /// When it says it was issued, where that is read.
    pub fn issued_at(&self) -> Option<Timestamp> {
        match &self.reading {
            Reading::Strict(statement) => Some(statement.issued_at()),
            Reading::Lenient(lenient) => match &lenient.said {
                LenientSaid::Reject(facts) | LenientSaid::Withdraw(facts) => Some(facts.issued_at),
                _ => None,
            },
            _ => None,
        }
    }
}
