//! Which key signs, by git's rules, found without asking anybody anything.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use ssh_key::{PrivateKey, PublicKey};

use crate::verdict::SignError;

use super::surroundings::{Surroundings, split_words};
use super::verify::fingerprint_of;

/// What git's configuration says about signing; read by the caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SigningConfig {
    /// `countersign.signingKey`: for statements only, before all others.
    pub countersign_signing_key: Option<String>,
    /// `user.signingKey`
    pub user_signing_key: Option<String>,
    /// `gpg.format`
    pub gpg_format: Option<String>,
    /// `gpg.ssh.program`
    pub gpg_ssh_program: Option<String>,
    /// `gpg.ssh.defaultKeyCommand`
    pub gpg_ssh_default_key_command: Option<String>,
}

/// How a key is named to the signing program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// A file: the private key or its `.pub`.
    Path(PathBuf),
    /// A public key written out; the private one is in an agent.
    Literal(String),
}

/// The key that signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedKey {
    /// The public key: type and base64, without comment.
    pub public_key: String,
    /// Its fingerprint, `SHA256:` and 43 characters.
    pub fingerprint: String,
    /// How it is named to the program.
    pub source: KeySource,
    /// The setting that names it: `countersign.signingKey`, `user.signingKey` or
    /// `gpg.ssh.defaultKeyCommand`.
    pub setting: &'static str,
    /// The private key file at hand asks for a passphrase. False where no such file is read.
    pub encrypted: bool,
}

impl SigningConfig {
    /// The program that signs.
    pub fn program(&self) -> &str {
        match self.gpg_ssh_program.as_deref() {
            Some(program) if !program.is_empty() => program,
            _ => "ssh-keygen",
        }
    }

    /// Finds the key that signs statements. Runs `gpg.ssh.defaultKeyCommand` where it comes to that;
    /// never asks for a passphrase.
    ///
    /// # Errors
    /// Where no key is configured, its file is missing, or the value is no SSH key.
    pub fn resolve(&self, at: &Surroundings) -> Result<ResolvedKey, SignError> {
        if let Some(value) = set(&self.countersign_signing_key) {
            return named("countersign.signingKey", value, at);
        }
        let ssh = self.gpg_format.as_deref() == Some("ssh");
        if let Some(value) = set(&self.user_signing_key)
            && (ssh || literal(value).is_some())
        {
            return named("user.signingKey", value, at);
        }
        let Some(command) = set(&self.gpg_ssh_default_key_command) else {
            return Err(SignError::NoKey);
        };
        let setting = "gpg.ssh.defaultKeyCommand";
        let unusable = |why: &str| SignError::UnusableKey {
            key: command.to_owned(),
            why: why.to_owned(),
        };
        let printed = run_default_key_command(command, at)?;
        let first = printed.lines().next().unwrap_or_default().trim();
        match literal(first) {
            Some(_) => named(setting, first, at),
            None => Err(unusable("it printed no key:: or ssh- line")),
        }
    }
}

fn set(value: &Option<String>) -> Option<&str> {
    value.as_deref().filter(|value| !value.is_empty())
}

/// The public key that a value spells out, where it is not a path.
fn literal(value: &str) -> Option<&str> {
    match value.strip_prefix("key::") {
        Some(key) => Some(key),
        None => ["ssh-", "ecdsa-", "sk-"]
            .iter()
            .any(|start| value.starts_with(start))
            .then_some(value),
    }
}

fn named(setting: &'static str, value: &str, at: &Surroundings) -> Result<ResolvedKey, SignError> {
    let (key, encrypted, source) = match literal(value) {
        Some(key) => {
            let parsed = PublicKey::from_openssh(key.trim()).map_err(|error| {
                let (key, why) = (value.to_owned(), error.to_string());
                SignError::UnusableKey { key, why }
            })?;
            (parsed, false, KeySource::Literal(key.trim().to_owned()))
        }
        None => {
            let path = at.expand(value);
            let (parsed, encrypted) = read_key(&path)?;
            (parsed, encrypted, KeySource::Path(path))
        }
    };
    let plain = PublicKey::from(key.key_data().clone());
    let public_key = plain.to_openssh().map_err(|error| SignError::UnusableKey {
        key: value.to_owned(),
        why: error.to_string(),
    })?;
    Ok(ResolvedKey {
        public_key: public_key.trim_end().to_owned(),
        fingerprint: fingerprint_of(key.key_data()),
        source,
        setting,
        encrypted,
    })
}

/// The public key of a key file, and whether its private half is encrypted: from the file itself,
/// else from the `.pub` beside it, as `ssh-keygen` looks.
fn read_key(path: &Path) -> Result<(PublicKey, bool), SignError> {
    let first = match fs::read(path) {
        Ok(bytes) => match parse_key(&bytes) {
            Some(found) => return Ok(found),
            None => io::Error::other("neither a public key nor an OpenSSH private key"),
        },
        Err(error) => error,
    };
    let mut beside = path.as_os_str().to_owned();
    beside.push(".pub");
    let public = fs::read(&beside).ok().and_then(|bytes| parse_key(&bytes));
    public.ok_or_else(|| SignError::KeyFile {
        path: path.display().to_string(),
        why: first.to_string(),
    })
}

fn parse_key(bytes: &[u8]) -> Option<(PublicKey, bool)> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    if let Ok(key) = PublicKey::from_openssh(text) {
        return Some((key, false));
    }
    let key = PrivateKey::from_openssh(text).ok()?;
    Some((key.public_key().clone(), key.is_encrypted()))
}

fn run_default_key_command(command: &str, at: &Surroundings) -> Result<String, SignError> {
    let failed = |why: String| SignError::UnusableKey {
        key: command.to_owned(),
        why,
    };
    let words = split_words(command).filter(|words| !words.is_empty());
    let words = words.ok_or_else(|| failed("it does not read as a command line".to_owned()))?;
    let program = at.program(&words[0]).ok_or_else(|| SignError::Program {
        program: words[0].clone(),
        why: "not found".to_owned(),
    })?;
    let output = at
        .command(program)
        .args(&words[1..])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(failed(format!("{}: {said}", output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
