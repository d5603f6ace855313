//! A policy as a test needs it: three people who hold every role, an agent, one rule for all.

use std::fmt::Write as _;

use super::Key;

/// The `repository` of every policy written here.
pub const POLICY_REPOSITORY: &str = "urn:uuid:5b0c7f0e-3c7a-4f0e-9a55-0d8f6f0b1c11";

/// The three files below `.countersign/`, to be changed by a test before they are written.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The number that has to grow with each change.
    pub version: u64,
    /// Which repository it is for.
    pub repository: String,
    /// `scope.mode`
    pub mode: &'static str,
    /// The approvals that `defaults` asks for.
    pub approvals: u32,
    /// More lines of `[defaults]`.
    pub defaults: String,
    /// More tables, behind the rule for everything.
    pub tables: String,
    /// Lines of `allowed_signers`.
    pub signers: Vec<String>,
    /// Lines of `revoked_keys` below its first.
    pub revoked: Vec<String>,
}

impl Policy {
    /// The policy of `World`: one approval of a senior for whatever is not signed by a person.
    /// Carol is the agent's operator, so Alice and Bob may approve what it makes.
    pub fn new(keys: &[(&str, &Key)]) -> Self {
        Self {
            version: 1,
            repository: POLICY_REPOSITORY.to_owned(),
            mode: "unless-human-signed",
            approvals: 1,
            defaults: String::new(),
            tables: String::new(),
            signers: keys.iter().map(|(name, key)| signer(name, key)).collect(),
            revoked: Vec::new(),
        }
    }

    /// `policy.toml`.
    pub fn toml(&self) -> String {
        let mut text = format!(
            "schema = 1\nversion = {}\nrepository = \"{}\"\n\n[scope]\n\
             targets = [\"refs/heads/main\", \"refs/heads/release/*\"]\nmode = \"{}\"\n\
             exempt_humans = [\"alice\", \"bob\", \"carol\"]\n\n",
            self.version, self.repository, self.mode
        );
        for person in ["alice", "bob", "carol"] {
            let address = format!("{person}@corp.example");
            let _ = write!(
                text,
                "[people.{person}]\nprincipal = \"{address}\"\nemails = [\"{address}\"]\n\
                 roles = [\"senior\", \"policy-owner\"]\n\n"
            );
        }
        let _ = write!(
            text,
            "[agents.coder]\nemails = [\"coder-bot@corp.example\"]\noperator = \"carol\"\n\n\
             [defaults]\napprovals = {}\nfrom = [\"senior\"]\n{}\n\n\
             [[rule]]\nname = \"everything\"\npaths = [\"**\"]\n\n{}",
            self.approvals, self.defaults, self.tables
        );
        text
    }

    /// `allowed_signers`.
    pub fn allowed_signers(&self) -> String {
        self.signers
            .iter()
            .map(|line| format!("{line}\n"))
            .collect()
    }

    /// `revoked_keys`.
    pub fn revoked_keys(&self) -> String {
        let mut text = "# countersign-revoked-v1\n".to_owned();
        text.extend(self.revoked.iter().map(|line| format!("{line}\n")));
        text
    }
}

/// The line of `allowed_signers` that lets a key sign commits and statements for a person.
fn signer(name: &str, key: &Key) -> String {
    format!(
        "{name}@corp.example namespaces=\"git,verdict.v1@countersign.dev\" {}",
        key.public
    )
}
