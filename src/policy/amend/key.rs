//! A public key as people hand it over: the one line of a `.pub` file.

use super::super::KeyType;
use super::super::signers::{key_type, read_line};

/// A public key that may stand in a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// Type and base64, without comment.
    pub text: String,
    /// `SHA256:` and 43 characters.
    pub fingerprint: String,
    /// What kind of key it is.
    pub key_type: KeyType,
}

/// Why a text is no public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// The half that must not leave its owner.
    #[error("it is a private key")]
    Private,
    /// Nothing but blanks and comments.
    #[error("it holds no key")]
    None,
    /// One a change: what is added has to be compared with its owner.
    #[error("it holds {0} keys")]
    Several(usize),
    /// No key of a kind that signs statements.
    #[error("{text}")]
    Wrong {
        /// What is wrong.
        text: String,
        /// What to do.
        remedy: String,
    },
}

impl PublicKey {
    /// Reads a `.pub` file, or what was pasted from one.
    ///
    /// # Errors
    /// Where it is not exactly one key of a kind that may sign statements.
    pub fn read(text: &str) -> Result<Self, BadKey> {
        if text.contains("PRIVATE KEY-----") {
            return Err(BadKey::Private);
        }
        let lines = text.lines().map(str::trim);
        let lines: Vec<&str> = lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect();
        let line = match lines.as_slice() {
            [] => return Err(BadKey::None),
            [line] => line.strip_prefix("key::").unwrap_or(line),
            several => return Err(BadKey::Several(several.len())),
        };
        let mut words = line.split_whitespace();
        let (kind, key) = (words.next().unwrap_or_default(), words.next());
        if key_type(kind).is_none() {
            return Err(BadKey::Wrong {
                text: format!("`{kind}` is no key type that may sign"),
                remedy: "give the line of a .pub file: ssh-ed25519, ecdsa-sha2-nistp*, sk-ssh-ed25519@openssh.com, sk-ecdsa-sha2-nistp256@openssh.com or ssh-rsa".to_owned(),
            });
        }
        let bare = format!("{kind} {}", key.unwrap_or_default());
        // Read as it will be read in its place, under a name that is nobody's.
        let read = read_line(format!("nobody {bare}").as_bytes(), 1);
        let key = read.map_err(|(text, remedy)| BadKey::Wrong {
            text,
            remedy: remedy.to_owned(),
        })?;
        Ok(Self {
            text: bare,
            fingerprint: key.fingerprint,
            key_type: key.key_type,
        })
    }

    /// Whether it lives on a security key.
    pub const fn is_security_key(&self) -> bool {
        matches!(self.key_type, KeyType::SkEd25519 | KeyType::SkEcdsa)
    }
}
