//! Who this client is: the key git is configured to sign with, and what the policy says of it.

use crate::policy::{Holder, Policy};
use crate::signing::{Mode, ResolvedKey, SigningConfig, SshSigner, Surroundings};
use crate::verdict::SignError;

use super::{ReviewError, Session};

/// The key of this client and the person the policy gives it to.
#[derive(Debug, Clone)]
pub struct Me {
    /// The key.
    pub key: ResolvedKey,
    /// The principal of the key in `allowed_signers`.
    pub principal: Option<String>,
    /// The person's id in the policy; none where the key is an agent's or nobody's.
    pub person: Option<String>,
    /// The person's roles.
    pub roles: Vec<String>,
}

impl Me {
    /// Finds the key without asking anybody, and looks it up in the policy.
    ///
    /// # Errors
    /// Where no key is configured or its file cannot be read.
    pub fn find(session: &Session, policy: Option<&Policy>) -> Result<Self, ReviewError> {
        let key = signing_config(session)?.resolve(&surroundings(session))?;
        Ok(Self::known_as(key, policy))
    }

    /// What a policy says of a key.
    pub fn known_as(key: ResolvedKey, policy: Option<&Policy>) -> Self {
        let owner = policy.and_then(|policy| policy.owner(&key.fingerprint));
        let signer = policy.and_then(|policy| policy.signers.find(&key.fingerprint));
        let person = match owner {
            Some((_, Holder::Person(id))) => Some(id.to_owned()),
            _ => None,
        };
        let roles = person
            .as_ref()
            .and_then(|id| policy?.people.get(id))
            .map(|person| person.roles.clone())
            .unwrap_or_default();
        Self {
            principal: signer.map(|signer| signer.principal.clone()),
            key,
            person,
            roles,
        }
    }
}

/// The signing program of this clone, silent or with the terminal.
pub fn signer(session: &Session, mode: Mode) -> Result<SshSigner, ReviewError> {
    let config = signing_config(session)?;
    let signer = SshSigner::new(&config, surroundings(session), mode);
    signer.map_err(|error: SignError| error.into())
}

pub(super) fn signing_config(session: &Session) -> Result<SigningConfig, ReviewError> {
    let get = |key: &str| session.store.config_string(key);
    Ok(SigningConfig {
        countersign_signing_key: get("countersign.signingKey")?,
        user_signing_key: get("user.signingKey")?,
        gpg_format: get("gpg.format")?,
        gpg_ssh_program: get("gpg.ssh.program")?,
        gpg_ssh_default_key_command: get("gpg.ssh.defaultKeyCommand")?,
    })
}

pub(super) fn surroundings(session: &Session) -> Surroundings {
    let store = &session.store;
    Surroundings::of_process(store.workdir().unwrap_or_else(|| store.git_dir()))
}
