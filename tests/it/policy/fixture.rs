//! A policy to change in one place, and keys that are well-formed without being anybody's.

use std::sync::LazyLock;

use countersign::policy::{Invalid, Policy, PolicyFiles};

/// The example of `docs/formats.md`, section 6, to the letter.
pub(super) const EXAMPLE: &str = r#"schema = 1
version = 7
repository = "urn:uuid:5b0c7f0e-3c7a-4f0e-9a55-0d8f6f0b1c11"
[scope]
targets = ["refs/heads/main", "refs/heads/release/*"]
mode = "unless-human-signed"
exempt_humans = ["alice", "bob", "carol"]
[people.alice]
principal = "alice@corp.example"
emails = ["alice@corp.example", "1234+alice@users.noreply.github.com"]
roles = ["senior", "policy-owner"]
[people.bob]
principal = "bob@corp.example"
emails = ["bob@corp.example"]
roles = ["senior", "policy-owner"]
[people.carol]
principal = "carol@corp.example"
emails = ["carol@corp.example"]
roles = ["senior", "policy-owner"]
[agents.coder]
emails = ["coder-bot@corp.example"]
operator = "alice"
[defaults]
approvals = 1
from = ["senior"]
[[rule]]
name = "everything"
paths = ["**"]
[[rule]]
name = "traffic"
paths = ["infra/**", "**/*.tf", "**/nginx*.conf", "k8s/**"]
approvals = 2
coverage = "content"
checklist = ["correctness", "security", "performance"]
[[rule]]
name = "high-risk"
risk = "high"
min_viewed = 100
acknowledge = true
[policy_change]
from = ["policy-owner"]
approvals = 2
coverage = "tree"
"#;

/// The first line of `revoked_keys`.
pub(super) const MAGIC: &str = "# countersign-revoked-v1\n";

/// The public half of an ed25519 key whose 32 bytes are all `byte`, as a .pub file has it.
pub(super) fn key(byte: u8) -> String {
    let mut blob = Vec::new();
    for field in [b"ssh-ed25519".as_slice(), &[byte; 32]] {
        blob.extend((field.len() as u32).to_be_bytes());
        blob.extend(field);
    }
    format!("ssh-ed25519 {}", base64(&blob))
}

/// The fingerprint of [`key`] of 0 to 9.
pub(super) fn fingerprint(byte: u8) -> String {
    static ALL: LazyLock<Vec<String>> = LazyLock::new(|| {
        let lines: Vec<String> = (0..10)
            .map(|byte| format!("somebody {}", key(byte)))
            .collect();
        let policy = files(EXAMPLE, &lines.join("\n"), MAGIC).parse().unwrap();
        policy
            .signers
            .iter()
            .map(|key| key.fingerprint.clone())
            .collect()
    });
    ALL[usize::from(byte)].clone()
}

/// A key for each person of the example (1, 2, 3), one for the agent's principal (9).
pub(super) fn signers() -> String {
    let mut text = String::from("# who signs\n");
    for (byte, name) in [(1, "alice"), (2, "bob"), (3, "carol")] {
        text += &format!("{name}@corp.example {} {name}\n", key(byte));
    }
    text
}

pub(super) fn files(policy: &str, signers: &str, revoked: &str) -> PolicyFiles {
    PolicyFiles {
        policy_toml: policy.into(),
        allowed_signers: signers.into(),
        revoked_keys: revoked.into(),
    }
}

/// The policy of this text with everybody's keys.
pub(super) fn parse(policy: &str) -> Result<Policy, Invalid> {
    files(policy, &signers(), MAGIC).parse()
}

/// The example with `old` replaced by `new`, which must be there once.
pub(super) fn edited(old: &str, new: &str) -> String {
    assert_eq!(EXAMPLE.matches(old).count(), 1, "{old}");
    EXAMPLE.replace(old, new)
}

pub(super) fn base64(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let mut word = 0u32;
        for at in 0..3 {
            word = word << 8 | u32::from(chunk.get(at).copied().unwrap_or(0));
        }
        for at in 0..4 {
            let c = ALPHABET[(word >> (18 - 6 * at) & 63) as usize];
            let c = if at > chunk.len() { '=' } else { char::from(c) };
            write!(out, "{c}").unwrap();
        }
    }
    out
}
