//! The last attestation of an environment, kept in `refs/countersign/deployed/<env>`: where the next
//! range begins. Only what the gate's own key signed for this environment, target and repository is
//! taken; what anybody else puts there is no base.

use super::attest::Attestation;
use super::own_refs::REFS;
use crate::change::Oid;
use crate::git::{GitError, Store};
use crate::verdict::{Envelope, PlainKey, Refused};

/// An attestation of very many approvals is a few hundred KiB.
const CAP: u64 = 8 << 20;
/// Bytes of an environment's name.
const NAME: usize = 64;

/// The last attestation, and what the refs held when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// The newest attestation that can be believed; none where there is none.
    pub last: Option<Attestation>,
    /// The blob of the own ref.
    pub own: Option<Oid>,
    /// The blob of the remote's ref, as it was fetched.
    pub theirs: Option<Oid>,
    /// Why what lies in a ref is not believed, in the order own, remote.
    pub refused: Vec<NotDeployed>,
}

/// Why what lies in a ref is no base.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum NotDeployed {
    /// No blob of a size that can be read.
    #[error("{name} holds no attestation")]
    NotABlob {
        /// The ref.
        name: String,
    },
    /// Not signed by the gate's key.
    #[error("{name}: {why}")]
    Signature {
        /// The ref.
        name: String,
        /// What is wrong with it.
        why: Refused,
    },
    /// Signed, and no summary of this gate.
    #[error("{name} holds no verification summary of this gate")]
    NotOurs {
        /// The ref.
        name: String,
    },
    /// For another environment, target or repository.
    #[error("{name} is for the {what} {found:?}, not {expected:?}")]
    Other {
        /// The ref.
        name: String,
        /// Which of the three.
        what: &'static str,
        /// What it says.
        found: String,
        /// What was asked.
        expected: String,
    },
}

/// The ref of an environment below the queue's root; none where the name is none for a ref: letters,
/// digits, `-`, `_` and `.`, not at the ends a dot, at most 64.
pub fn environment_ref(root: &str, name: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let fits = !name.is_empty()
        && name.len() <= NAME
        && name.chars().all(plain)
        && !name.starts_with(['.', '-'])
        && !name.ends_with('.')
        && !name.ends_with(".lock")
        && !name.contains("..");
    fits.then(|| format!("{root}/deployed/{name}"))
}

/// What an attestation has to be for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    environment: &'a str,
    target: &'a str,
    repository: &'a str,
}

impl Deployed {
    /// Reads the ref of an environment in the clone, where there is one, and what is tracked of a
    /// remote: the repository and the root below which that lies. Of two that can be believed the
    /// newer one counts.
    ///
    /// # Errors
    /// Where a ref or an object cannot be read.
    pub fn read(
        clone: Option<&Store>,
        tracked: Option<(&Store, &str)>,
        (environment, target, repository): (&str, &str, &str),
        key: &dyn PlainKey,
    ) -> Result<Self, GitError> {
        let wanted = Wanted {
            environment,
            target,
            repository,
        };
        let mut deployed = Self {
            last: None,
            own: None,
            theirs: None,
            refused: Vec::new(),
        };
        let own = clone.map(|store| (store, REFS, false));
        let theirs = tracked.map(|(store, root)| (store, root, true));
        for (store, root, remote) in own.into_iter().chain(theirs) {
            let Some(name) = environment_ref(root, environment) else {
                continue;
            };
            let Some(oid) = store.ref_oid(&name)? else {
                continue;
            };
            match remote {
                false => deployed.own = Some(oid),
                true => deployed.theirs = Some(oid),
            }
            let found = one(store, &name, oid, wanted, key)?;
            deployed.take(found);
        }
        Ok(deployed)
    }

    fn take(&mut self, found: Result<Attestation, NotDeployed>) {
        match found {
            Ok(found) => {
                if self.last.as_ref().is_none_or(|last| last.at < found.at) {
                    self.last = Some(found);
                }
            }
            Err(why) => self.refused.push(why),
        }
    }
}

/// The attestation in one ref.
fn one(
    store: &Store,
    name: &str,
    oid: Oid,
    wanted: Wanted<'_>,
    key: &dyn PlainKey,
) -> Result<Result<Attestation, NotDeployed>, GitError> {
    let name = name.to_owned();
    if store.kind(oid)? != Some("blob") || store.blob_size(oid)? > CAP {
        return Ok(Err(NotDeployed::NotABlob { name }));
    }
    let line = store.blob(oid, CAP)?;
    let payload = match Envelope::open_plain(&line, key) {
        Ok(payload) => payload,
        Err(why) => return Ok(Err(NotDeployed::Signature { name, why })),
    };
    Ok(match Attestation::read(&payload) {
        Some(attestation) => fits(attestation, name, wanted),
        None => Err(NotDeployed::NotOurs { name }),
    })
}

/// The attestation, where it is for what was asked.
fn fits(
    attestation: Attestation,
    name: String,
    wanted: Wanted<'_>,
) -> Result<Attestation, NotDeployed> {
    let environment = attestation.environment.clone().unwrap_or_default();
    let said = [
        ("environment", environment, wanted.environment),
        ("target", attestation.target.clone(), wanted.target),
        (
            "repository",
            attestation.repository.clone(),
            wanted.repository,
        ),
    ];
    for (what, found, expected) in said {
        if found != expected {
            return Err(NotDeployed::Other {
                name,
                what,
                found,
                expected: expected.to_owned(),
            });
        }
    }
    Ok(attestation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_has_a_name_that_fits_a_ref() {
        let named = |name| environment_ref("refs/x", name).is_some();
        for good in ["production", "eu-1", "a.b", "X_2"] {
            assert!(named(good), "{good}");
        }
        for bad in ["", ".", "a..b", "a/b", "-x", "x.lock", "ä", "a b", "x."] {
            assert!(!named(bad), "{bad}");
        }
        assert!(!named(&"x".repeat(65)));
    }
}
