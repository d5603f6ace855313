//! The key that signs here: found, working, and what the policy says of it.

use jiff::Timestamp;

use super::Check;
use crate::evidence::Untrusted;
use crate::policy::{Holder, Policy, VERDICT_NAMESPACE};
use crate::review::me::{signing_config, surroundings};
use crate::review::{DefaultPolicy, Me, Session, signer};
use crate::signing::{Mode, Program, ResolvedKey, SshVerifier, program};
use crate::verdict::{SignError, Signer as _, Verifier as _};

/// The namespace of the signature that is made to see whether it works: never that of a statement.
const NAMESPACE: &str = "doctor.v1@countersign.dev";

/// Program, key, signature, policy and person.
pub(super) fn checks(session: &Session, now: Timestamp) -> Vec<Check> {
    let mut checks = vec![signing_program(session)];
    let me = Me::find(session, None);
    match &me {
        Ok(me) => {
            let key = &me.key;
            checks.push(Check::ok(
                "key",
                format!("{} ({})", key.fingerprint, key.setting),
            ));
            checks.push(signature(session, now));
        }
        Err(error) => checks.push(Check::fail("key", error.to_string(), KEY)),
    }
    let (policy, found) = policy(session);
    checks.push(policy);
    if let (Ok(me), Some(policy)) = (me, found) {
        checks.push(person(&me.key, &policy, now));
    }
    checks
}

const KEY: &str = "git config --global gpg.format ssh && git config --global user.signingKey ~/.ssh/id_ed25519.pub   # ssh-keygen -t ed25519 makes one";

fn signing_program(session: &Session) -> Check {
    let id = "ssh-keygen";
    let config = match signing_config(session) {
        Ok(config) => config,
        Err(error) => return Check::fail(id, error.to_string(), "git config --list"),
    };
    let name = config.program();
    match program(&config, &surroundings(session)) {
        Program::Signs => Check::ok(id, format!("{name} signs (-Y)")),
        Program::Other => Check::ok(id, format!("{name} signs in its place (gpg.ssh.program)")),
        Program::TooOld => Check::fail(
            id,
            format!("{name} knows no signatures (-Y)"),
            "install OpenSSH 8.9 or newer",
        ),
        Program::Missing => Check::fail(
            id,
            format!("{name} is not found"),
            if name == "ssh-keygen" {
                "apt install openssh-client, or what your system calls it"
            } else {
                "git config --unset gpg.ssh.program, or install it"
            },
        ),
    }
}

/// Signs something that is no statement, and checks the signature. It is kept nowhere.
fn signature(session: &Session, now: Timestamp) -> Check {
    let id = "signature";
    let signer = match signer(session, Mode::Silent) {
        Ok(signer) => signer,
        Err(error) => return Check::fail(id, error.to_string(), KEY),
    };
    let message = format!("countersign doctor tried this key at {now}; it approves nothing\n");
    match signer.sign(message.as_bytes(), NAMESPACE) {
        Ok(blob) => match SshVerifier.verify(&blob, message.as_bytes(), NAMESPACE) {
            Ok(_) => Check::ok(id, "a throw-away text was signed and verified"),
            Err(error) => Check::fail(
                id,
                format!("what was signed does not verify: {error}"),
                "use an ed25519 or ecdsa key, or RSA of 3072 bits: ssh-keygen -t ed25519",
            ),
        },
        Err(SignError::Locked) => Check::warn(
            id,
            "the key is locked: each verdict asks for its passphrase",
            "ssh-add",
        ),
        Err(error @ SignError::NotInAgent) => Check::fail(id, error.to_string(), "ssh-add"),
        Err(error) => Check::fail(
            id,
            error.to_string(),
            "git config --get-regexp 'signingkey|gpg' shows which key and program",
        ),
    }
}

fn policy(session: &Session) -> (Check, Option<Box<Policy>>) {
    let id = "policy";
    match session.default_policy() {
        Err(error) => (
            Check::fail(id, error.to_string(), "git fsck, a fresh clone"),
            None,
        ),
        Ok(DefaultPolicy::NoCommits) => (
            Check::warn(id, "there is no commit yet", "countersign init"),
            None,
        ),
        Ok(DefaultPolicy::None { target, why }) => (unusable(id, &target, &why), None),
        Ok(DefaultPolicy::Found { target, policy }) => {
            let text = format!(
                "version {} at the tip of {target}, {} people",
                policy.policy.version,
                policy.policy.people.len()
            );
            (Check::ok(id, text), Some(Box::new(policy.policy)))
        }
    }
}

fn unusable(id: &'static str, target: &str, why: &Untrusted) -> Check {
    match why {
        Untrusted::Absent { .. } => Check::warn(
            id,
            format!("there is none at the tip of {target}: verdicts and the gate need one"),
            "countersign init",
        ),
        Untrusted::Invalid { commit, .. } => Check::fail(
            id,
            format!("the one at the tip of {target} is invalid"),
            format!("countersign policy check {commit}"),
        ),
        Untrusted::Git(error) => Check::fail(id, error.to_string(), error.hint()),
    }
}

/// Whether the policy knows the key, and what as.
fn person(key: &ResolvedKey, policy: &Policy, now: Timestamp) -> Check {
    let id = "role";
    let line = format!(
        "add to .countersign/allowed_signers, by an approved change: you@corp.example namespaces=\"git,{VERDICT_NAMESPACE}\" {}",
        key.public_key
    );
    if policy.revoked.contains(&key.fingerprint) {
        let text = "the policy revokes this key: nothing it signs counts";
        return Check::fail(id, text, "git config --global user.signingKey ANOTHER.pub");
    }
    let Some((signer, holder)) = policy.owner(&key.fingerprint) else {
        return Check::fail(id, "the policy gives this key to nobody", line);
    };
    if !signer.may_sign(VERDICT_NAMESPACE) {
        let text = format!(
            "allowed_signers line {} lets this key sign no verdicts",
            signer.line
        );
        let fix = format!("namespaces=\"git,{VERDICT_NAMESPACE}\" in that line");
        return Check::fail(id, text, fix);
    }
    let early = signer.valid_after.is_some_and(|from| now < from);
    let late = signer.valid_before.is_some_and(|until| now >= until);
    if early || late {
        let text = format!(
            "allowed_signers line {} is {}",
            signer.line,
            if early {
                "not valid yet"
            } else {
                "not valid any more"
            }
        );
        return Check::fail(id, text, line);
    }
    match holder {
        Holder::Person(name) => {
            let roles = policy.people.get(name).map(|one| one.roles.join(", "));
            match roles.filter(|roles| !roles.is_empty()) {
                Some(roles) => Check::ok(id, format!("you are {name}: {roles}")),
                None => Check::warn(
                    id,
                    format!("you are {name}, with no role: comments count, approvals do not"),
                    "a role for you in .countersign/policy.toml, by an approved change",
                ),
            }
        }
        Holder::Agent(name) => {
            Check::ok(id, format!("this clone is the agent {name}'s: it proposes"))
        }
        Holder::Automation(name) => Check::ok(
            id,
            format!("this clone is the automation {name}'s: it signs commits"),
        ),
    }
}
