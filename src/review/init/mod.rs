//! A policy for a repository that has none: what is found here, what is proposed from it, and the
//! three files. Writes into the work tree only, never over anything, and commits nothing.

mod found;
mod put;
mod text;
mod words;

use crate::policy::{Invalid, Mode, Policy, PolicyFiles};
use crate::verdict::SignError;

pub use found::{Found, KeyFound, SignsAlready, look};
pub use put::{Put, Stands, put};
pub use words::consequences;

/// What the user said; what is not said is proposed from what is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The id of the person whose clone this is.
    pub me: Option<String>,
    /// Other people: id, e-mail, and a public key or the file of one.
    pub people: Vec<Newcomer>,
    /// Leaves out the keys that git's own `gpg.ssh.allowedSignersFile` trusts.
    pub without_known_signers: bool,
    /// Agents: id, e-mail, and the id of the person who runs it.
    pub agents: Vec<NewAgent>,
    /// Branches or full ref names; the first is the default target.
    pub targets: Vec<String>,
    /// `scope.mode`
    pub mode: Option<Mode>,
    /// Approvals that every change needs.
    pub approvals: Option<u64>,
    /// Globs that need two approvals, where enough people are there.
    pub guard: Option<Vec<String>>,
}

/// A person to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newcomer {
    /// The id in the policy.
    pub id: String,
    /// The address that commits carry; also the principal.
    pub email: String,
    /// A public key, or the path of a key file.
    pub key: String,
}

/// An agent to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAgent {
    /// The id in the policy.
    pub id: String,
    /// The address that its commits carry.
    pub email: String,
    /// The person who runs it, whose approval does not count for its changes.
    pub operator: Option<String>,
}

/// A person of the policy to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The id in the policy.
    pub id: String,
    /// The address that commits carry.
    pub email: String,
    /// The public key: type and base64.
    pub key: String,
    /// Its fingerprint, to be compared by voice.
    pub fingerprint: String,
    /// Where the key comes from, in a few words.
    pub from: String,
}

impl Person {
    /// The principal: the address as `allowed_signers` takes it.
    pub fn principal(&self) -> String {
        self.email.to_ascii_lowercase()
    }
}

/// A policy that could be written.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// The people, the user first.
    pub people: Vec<Person>,
    /// The three files.
    pub files: PolicyFiles,
    /// The same, read back: it is valid.
    pub policy: Policy,
}

/// Why nothing can be proposed.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// One person alone, or nobody.
    #[error(
        "{} cannot review alone: who made a change never counts for it, so {} could ever be approved",
        match .people.first() { Some(only) => only.id.as_str(), None => "nobody" },
        match .people.first() { Some(only) => format!("no change of {}", only.id), None => "nothing".to_owned() }
    )]
    TooFew {
        /// Whoever there is.
        people: Vec<Person>,
    },
    /// No key to sign with, and nobody else was named either.
    #[error("this clone has no key to sign verdicts with")]
    NoKey(#[source] SignError),
    /// The user's own address is not known.
    #[error("git does not know your e-mail address (user.email)")]
    NoEmail,
    /// More approvals than people who are left when the author is taken out.
    #[error(
        "{asked} approvals of {people} people: without the author only {} are left", people - 1
    )]
    TooMany {
        /// What was asked.
        asked: u64,
        /// How many people there are.
        people: u64,
    },
    /// A key that somebody was named with cannot be used.
    #[error("the key of {id} cannot be used")]
    Key {
        /// Who.
        id: String,
        /// Why.
        #[source]
        source: SignError,
    },
    /// Two people have one key, id or address.
    #[error("{one} and {other} have the same {what}")]
    Twice {
        /// The first.
        one: String,
        /// The second.
        other: String,
        /// `key`, `id` or `address`.
        what: &'static str,
    },
    /// No branch to protect is known.
    #[error("no branch is known to protect: the repository has no commit and no branch")]
    NoTarget,
    /// What was asked for makes no valid policy.
    #[error("this would be no valid policy\n{0}")]
    Invalid(Invalid),
}

/// Proposes a policy. `repository` is its name for ever, a `urn:uuid:…` made at random by the
/// caller; where a policy lies here already its name is kept.
///
/// # Errors
/// Where there are too few people or keys, or what is wished contradicts itself.
pub fn plan(wishes: &Wishes, found: &Found, repository: &str) -> Result<Proposed, InitError> {
    let people = found::people(wishes, found)?;
    if people.len() < 2 {
        return Err(InitError::TooFew { people });
    }
    let others = people.len() as u64 - 1;
    if let Some(asked) = wishes.approvals.filter(|asked| *asked > others) {
        let people = people.len() as u64;
        return Err(InitError::TooMany { asked, people });
    }
    let targets = found::targets(wishes, found)?;
    let guard = wishes.guard.clone();
    let draft = text::Draft {
        repository: found.here.repository.as_deref().unwrap_or(repository),
        targets: &targets,
        mode: wishes.mode.unwrap_or(Mode::UnlessHumanSigned),
        people: &people,
        agents: &wishes.agents,
        approvals: wishes.approvals.unwrap_or(1),
        most: others.min(2),
        guard: &guard.unwrap_or_else(|| found.guard.clone()),
    };
    let files = draft.files();
    let policy = files.parse().map_err(InitError::Invalid)?;
    Ok(Proposed {
        people,
        files,
        policy,
    })
}

/// A UUID (version 4) as a policy names its repository.
pub fn repository_name(random: [u8; 16]) -> String {
    let mut bytes = random;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = "urn:uuid:".to_owned();
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_repository_is_a_uuid_of_version_4() {
        assert_eq!(
            repository_name([0xff; 16]),
            "urn:uuid:ffffffff-ffff-4fff-bfff-ffffffffffff"
        );
        assert_eq!(
            repository_name([0; 16]),
            "urn:uuid:00000000-0000-4000-8000-000000000000"
        );
    }
}
