//! What a statement needs of keys, as two traits: somebody signs, somebody verifies.

/// The SSHSIG namespace of every statement.
pub const NAMESPACE: &str = "verdict.v1@countersign.dev";

/// The kinds of keys that may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyAlgorithm {
    /// `ssh-ed25519`
    Ed25519,
    /// `ecdsa-sha2-nistp256`
    EcdsaP256,
    /// `ecdsa-sha2-nistp384`
    EcdsaP384,
    /// `ecdsa-sha2-nistp521`
    EcdsaP521,
    /// `ssh-rsa`, with this many bits, signing by SHA-2.
    Rsa(u32),
    /// `sk-ssh-ed25519@openssh.com`, a key on a FIDO token.
    SkEd25519,
    /// `sk-ecdsa-sha2-nistp256@openssh.com`, a key on a FIDO token.
    SkEcdsaP256,
}

impl KeyAlgorithm {
    /// The name of the key type, as OpenSSH writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ssh-ed25519",
            Self::EcdsaP256 => "ecdsa-sha2-nistp256",
            Self::EcdsaP384 => "ecdsa-sha2-nistp384",
            Self::EcdsaP521 => "ecdsa-sha2-nistp521",
            Self::Rsa(_) => "ssh-rsa",
            Self::SkEd25519 => "sk-ssh-ed25519@openssh.com",
            Self::SkEcdsaP256 => "sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }
}

/// What a good signature says of the key that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFacts {
    /// The OpenSSH fingerprint, `SHA256:` and 43 characters.
    pub fingerprint: String,
    /// The kind of key.
    pub algorithm: KeyAlgorithm,
    /// For a key on a token: somebody touched it. None for a key in a file or agent.
    pub user_presence: Option<bool>,
    /// For a key on a token: PIN or biometric was checked. None for a key in a file or agent.
    pub user_verified: Option<bool>,
}

/// Why a signature is not good.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum BadSignature {
    /// The blob is no SSHSIG in its one form: version, reserved data, lengths, what follows it.
    #[error("the signature blob is malformed: {0}")]
    Malformed(String),
    /// A kind or size of key, or a hash, that is not accepted.
    #[error("{0} is not accepted for signatures")]
    Algorithm(String),
    /// A certificate in place of a plain key.
    #[error("signed by a certificate; plain keys only")]
    Certificate,
    /// Made for another purpose.
    #[error("signed in namespace {found:?}, not in {expected:?}")]
    Namespace {
        /// The namespace that was asked for.
        expected: String,
        /// The one in the signature.
        found: String,
    },
    /// The signature is not over these bytes by this key.
    #[error("the signature does not match the signed bytes")]
    Mismatch,
}

/// Checks SSHSIG signatures.
pub trait Verifier {
    /// The facts of the key in `blob` (a raw SSHSIG blob), where that key signed `message` in
    /// `namespace`. Says nothing about whose key it is.
    ///
    /// # Errors
    /// Where the blob is malformed, of a kind that is not accepted, or does not match.
    fn verify(
        &self,
        blob: &[u8],
        message: &[u8],
        namespace: &str,
    ) -> Result<KeyFacts, BadSignature>;
}

/// Why nothing was signed.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum SignError {
    /// No key is configured.
    #[error("no signing key is configured")]
    NoKey,
    /// The key's file is missing or cannot be read.
    #[error("the signing key {path} cannot be read: {why}")]
    KeyFile {
        /// The file.
        path: String,
        /// The system's reason.
        why: String,
    },
    /// The configured value is no key that may sign.
    #[error("the signing key {key:?} cannot be used: {why}")]
    UnusableKey {
        /// The configured value.
        key: String,
        /// Why not.
        why: String,
    },
    /// The key needs its passphrase, PIN or touch, and nobody could be asked.
    #[error("the signing key is locked")]
    Locked,
    /// The key is configured by its public half, and no agent that can be reached holds it.
    #[error("the signing key is not in an SSH agent that can be reached")]
    NotInAgent,
    /// The person did not complete the signature.
    #[error("signing was cancelled")]
    Cancelled,
    /// The signing program is not there.
    #[error("the signing program {program:?} cannot be run: {why}")]
    Program {
        /// The program.
        program: String,
        /// The system's reason.
        why: String,
    },
    /// The program answered, with another key than the configured one.
    #[error("signed by {found}, not by the configured key {expected}")]
    OtherKey {
        /// The configured key's fingerprint.
        expected: String,
        /// The fingerprint in the signature.
        found: String,
    },
    /// The program failed in another way; its last words are kept.
    #[error("signing failed: {0}")]
    Failed(String),
}

/// Makes SSHSIG signatures with one key.
pub trait Signer {
    /// The fingerprint of the key, `SHA256:` and 43 characters.
    fn fingerprint(&self) -> &str;

    /// The raw SSHSIG blob (not armoured) of a signature over `message` in `namespace`.
    ///
    /// # Errors
    /// Where no signature was made; nothing is half done then.
    fn sign(&self, message: &[u8], namespace: &str) -> Result<Vec<u8>, SignError>;
}

/// A plain key, as standard DSSE verifiers know it: its signatures are bare, without an SSHSIG around
/// them. Ed25519 as 64 bytes; ECDSA over P-256 and SHA-256 as ASN.1 DER.
pub trait PlainKey {
    /// The fingerprint of the key, `SHA256:` and 43 characters.
    fn fingerprint(&self) -> &str;

    /// The signature over `message`.
    ///
    /// # Errors
    /// Where the private half is not here.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;

    /// Checks a signature over `message`.
    ///
    /// # Errors
    /// Where this key did not make it.
    fn verify(&self, signature: &[u8], message: &[u8]) -> Result<(), BadSignature>;
}
