//! The policy's three files with one thing changed: a person more or less, a key for another, a key
//! revoked. As little text changes as can, comments and order stay, and what comes out has been read
//! by the same reader as any policy.

mod draft;
mod key;
mod lines;
mod tables;

use jiff::Timestamp;

use super::{AllowedKey, Invalid, Policy, PolicyFiles, Signers};

use draft::Draft;

pub use key::{BadKey, PublicKey};

/// What is to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amendment {
    /// Somebody comes.
    AddPerson(NewPerson),
    /// Somebody goes, with all keys.
    RemovePerson {
        /// The person, by id.
        id: String,
    },
    /// Somebody's key is followed by another one.
    RotateKey(Rotation),
    /// Keys count no longer, whenever they signed.
    Revoke(Revocation),
}

/// A person to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPerson {
    /// The id.
    pub id: String,
    /// The name of the person's keys in `allowed_signers`.
    pub principal: String,
    /// Addresses the person commits under.
    pub emails: Vec<String>,
    /// What the person may do.
    pub roles: Vec<String>,
    /// Where the person belongs.
    pub teams: Vec<String>,
    /// The keys.
    pub keys: Vec<PublicKey>,
    /// Whether what the person signs is exempt from review (`scope.exempt_humans`).
    pub exempt: bool,
}

/// A key that follows another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// Whose, by id: a person, an agent or an automation.
    pub id: String,
    /// The new key.
    pub key: PublicKey,
    /// The keys that it follows, by fingerprint; none: the only one that counts now.
    pub old: Vec<String>,
    /// When those stop to count.
    pub until: Timestamp,
}

/// Keys that are to count no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// Their fingerprints.
    pub keys: Vec<String>,
    /// Why, for whoever reads the file.
    pub reason: Option<String>,
    /// The owner's next key, in the same change.
    pub next: Option<PublicKey>,
}

/// The files as they would be.
#[derive(Debug, Clone, PartialEq)]
pub struct Amended {
    /// The three files.
    pub files: PolicyFiles,
    /// The same, read: it is valid.
    pub policy: Policy,
    /// What changes, in a line: the title of the change.
    pub title: String,
    /// What is worth knowing about it, a sentence each.
    pub remarks: Vec<String>,
}

/// Why it cannot be changed so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is somebody of this name.
    #[error("{what} `{name}` is in the policy already, as {as_what}")]
    Known {
        /// `the id`, `the principal` or `the address`.
        what: &'static str,
        /// What was given.
        name: String,
        /// Whose it is.
        as_what: String,
    },
    /// Nobody has this id.
    #[error("nobody in the policy has the id `{id}`")]
    Unknown {
        /// What was given.
        id: String,
        /// What was meant, perhaps.
        nearest: Option<String>,
        /// Who there is.
        known: Vec<String>,
    },
    /// A role or team that no rule asks for and nobody has: a slip of the pen would make an approval
    /// that counts for nothing.
    #[error("no rule asks for the {what} `{name}`, and nobody has it")]
    Unasked {
        /// `role` or `team`.
        what: &'static str,
        /// What was given.
        name: String,
        /// What was meant, perhaps.
        nearest: Option<String>,
        /// What there is.
        known: Vec<String>,
    },
    /// A key that stands in the policy.
    #[error("the key {fingerprint} is in the policy already: it is that of {principal}")]
    KnownKey {
        /// The key.
        fingerprint: String,
        /// Whose.
        principal: String,
    },
    /// A key that was revoked once.
    #[error("the key {fingerprint} is revoked")]
    RevokedKey {
        /// The key.
        fingerprint: String,
    },
    /// Every key that is to be revoked is.
    #[error("revoked already: {}", keys.join(", "))]
    AlreadyRevoked {
        /// The keys.
        keys: Vec<String>,
    },
    /// Several keys, and which one is followed was not said.
    #[error("{id} has several keys that count now: {}", keys.join(", "))]
    WhichKey {
        /// Whose.
        id: String,
        /// The keys.
        keys: Vec<String>,
    },
    /// A key that is none of this person's now.
    #[error("{key} is no key of {id} that counts now")]
    NotTheirs {
        /// Whose it should be.
        id: String,
        /// The key.
        key: String,
        /// The keys that do count.
        live: Vec<String>,
    },
    /// A new key for the owner of keys of several.
    #[error("the keys that are revoked are not one owner's: {}", owners.join(", "))]
    SeveralOwners {
        /// The principals.
        owners: Vec<String>,
    },
    /// A reason that is no plain line.
    #[error("the reason is not one line of plain text")]
    BadReason,
    /// It would be no valid policy.
    #[error("this would be no valid policy\n{0}")]
    Invalid(Invalid),
    /// `policy.toml` could be read and not be written back.
    #[error("policy.toml cannot be changed by a program: {0}")]
    NotEditable(String),
}

impl PolicyFiles {
    /// The files with this changed, and the version raised by one. `policy` is what they say; times
    /// are whole seconds.
    ///
    /// # Errors
    /// Where it contradicts what is there, or what comes out would be no valid policy: then with every
    /// mistake.
    pub fn amended(
        &self,
        policy: &Policy,
        amendment: &Amendment,
        now: Timestamp,
    ) -> Result<Amended, Refused> {
        let mut draft = Draft {
            policy,
            files: self.clone(),
            remarks: Vec::new(),
            now,
        };
        let title = match amendment {
            Amendment::AddPerson(person) => draft.add_person(person)?,
            Amendment::RemovePerson { id } => draft.remove_person(id)?,
            Amendment::RotateKey(rotation) => draft.rotate(rotation)?,
            Amendment::Revoke(revocation) => draft.revoke(revocation)?,
        };
        let raised = policy.version.saturating_add(1);
        draft.toml(|document| tables::set_version(document, raised))?;
        let policy = draft.files.parse().map_err(Refused::Invalid)?;
        Ok(Amended {
            files: draft.files,
            policy,
            title,
            remarks: draft.remarks,
        })
    }
}

impl Policy {
    /// The keys that a fingerprint, a principal or the id of a person, agent or automation stands for;
    /// of somebody only those that are neither revoked nor expired at `now`. Empty where it is none of
    /// these, or has none.
    pub fn keys_meant(&self, text: &str, now: Timestamp) -> Vec<String> {
        if super::signers::is_fingerprint(text) {
            return vec![text.to_owned()];
        }
        let principal = self.principal_by_id(text).unwrap_or(text);
        let live = live(&self.signers, principal, now);
        let live = live.filter(|key| !self.revoked.contains(&key.fingerprint));
        live.map(|key| key.fingerprint.clone()).collect()
    }

    /// The principal of a person, an agent or an automation.
    pub fn principal_by_id(&self, id: &str) -> Option<&str> {
        let person = self.people.get(id).map(|person| person.principal.as_str());
        let agent = || self.agents.get(id)?.principal.as_deref();
        let automation = || Some(self.automation.get(id)?.principal.as_str());
        person.or_else(agent).or_else(automation)
    }
}

/// The keys of a principal that are not expired.
fn live<'s>(
    signers: &'s Signers,
    principal: &'s str,
    now: Timestamp,
) -> impl Iterator<Item = &'s AllowedKey> {
    signers.iter().filter(move |key| {
        key.principal == principal && key.valid_before.is_none_or(|end| end > now)
    })
}

impl Policy {
    /// Every role that is asked for, described or held, sorted.
    fn known_roles(&self) -> Vec<&str> {
        let rules = self.rules.iter().map(|rule| &rule.demands.from);
        let exceptions = [&self.override_, &self.break_glass];
        let exceptions = exceptions.into_iter().flatten().map(|table| &table.from);
        let automation = self.automation.values().map(|one| &one.from);
        let held = self.people.values().map(|person| &person.roles);
        let lists = rules
            .chain([&self.defaults.from, &self.policy_change.from])
            .chain(exceptions)
            .chain(automation)
            .chain(held);
        sorted(lists.flatten().chain(self.roles.keys()))
    }

    /// Every team that is asked for or has somebody, sorted.
    fn known_teams(&self) -> Vec<&str> {
        let rules = self.rules.iter().flat_map(|rule| &rule.demands.teams);
        let held = self.people.values().flat_map(|person| &person.teams);
        sorted(rules.chain(&self.defaults.teams).chain(held))
    }
}

fn sorted<'a>(all: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let mut all: Vec<&str> = all.map(String::as_str).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests;
