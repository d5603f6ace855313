//! The three files of a new policy, as text.

use std::fmt::Write as _;

use super::{NewAgent, Person};
use crate::policy::{GIT_NAMESPACE, Mode, PolicyFiles, VERDICT_NAMESPACE};

/// What the files are made from.
pub(super) struct Draft<'a> {
    pub(super) repository: &'a str,
    pub(super) targets: &'a [String],
    pub(super) mode: Mode,
    pub(super) people: &'a [Person],
    pub(super) agents: &'a [NewAgent],
    pub(super) approvals: u64,
    /// What the strictest rules may ask: two, or one where only two people are there.
    pub(super) most: u64,
    pub(super) guard: &'a [String],
}

impl Draft<'_> {
    pub(super) fn files(&self) -> PolicyFiles {
        PolicyFiles {
            policy_toml: self.policy_toml().into_bytes(),
            allowed_signers: self.allowed_signers().into_bytes(),
            revoked_keys: b"# countersign-revoked-v1\n".to_vec(),
        }
    }

    fn policy_toml(&self) -> String {
        let mut out = format!(
            "# Who may approve what. Every change of this folder needs the approvals of [policy_change].\n\
             schema = 1\nversion = 1\nrepository = {}\n\n[scope]\ntargets = {}\nmode = {}\n",
            quoted(self.repository),
            list(self.targets.iter().map(String::as_str)),
            quoted(mode_word(self.mode)),
        );
        if self.mode == Mode::UnlessHumanSigned {
            let ids = list(self.people.iter().map(|person| person.id.as_str()));
            let _ = writeln!(out, "exempt_humans = {ids}");
        }
        for person in self.people {
            let _ = write!(
                out,
                "\n[people.{}]\nprincipal = {}\nemails = {}\nroles = [\"senior\", \"policy-owner\"]\n",
                key(&person.id),
                quoted(&person.principal()),
                list([person.email.as_str()]),
            );
        }
        for agent in self.agents {
            let emails = list([agent.email.as_str()]);
            let _ = write!(out, "\n[agents.{}]\nemails = {emails}\n", key(&agent.id));
            if let Some(operator) = &agent.operator {
                let _ = writeln!(out, "operator = {}", quoted(operator));
            }
        }
        let _ = write!(
            out,
            "\n[defaults]\napprovals = {}\nfrom = [\"senior\"]\n\
             \n[[rule]]\nname = \"everything\"\npaths = [\"**\"]\n",
            self.approvals
        );
        if !self.guard.is_empty() {
            let _ = write!(
                out,
                "\n[[rule]]\nname = \"guarded\"\npaths = {}\napprovals = {}\ncoverage = \"content\"\nmin_viewed = 100\n",
                list(self.guard.iter().map(String::as_str)),
                self.most.max(self.approvals),
            );
        }
        let _ = write!(
            out,
            "\n[[rule]]\nname = \"high-risk\"\nrisk = \"high\"\nmin_viewed = 100\nacknowledge = true\n\
             \n[policy_change]\nfrom = [\"policy-owner\"]\napprovals = {}\n",
            self.most
        );
        out
    }

    fn allowed_signers(&self) -> String {
        let line = |person: &Person| {
            format!(
                "{} namespaces=\"{GIT_NAMESPACE},{VERDICT_NAMESPACE}\" {}\n",
                person.principal(),
                person.key
            )
        };
        self.people.iter().map(line).collect()
    }
}

/// `scope.mode` as it is written.
pub(super) const fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::All => "all",
        Mode::UnlessHumanSigned => "unless-human-signed",
        Mode::Flagged => "flagged",
    }
}

/// A TOML string. JSON's escapes are TOML's; what else TOML forbids, it will say itself.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let all: Vec<String> = texts.into_iter().map(quoted).collect();
    format!("[{}]", all.join(", "))
}

/// A key of a TOML table: bare where it may be.
fn key(text: &str) -> String {
    let bare = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if !text.is_empty() && text.bytes().all(bare) {
        text.to_owned()
    } else {
        quoted(text)
    }
}
