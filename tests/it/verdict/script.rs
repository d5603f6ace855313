//! The check that needs nothing of ours: `docs/verify-verdict.sh`.

use std::path::Path;

use countersign::signing::{SeedSigner, SshVerifier};
use countersign::verdict::{Envelope, Signer as _, pae, to_payload};

use super::sample;
use crate::common::{Key, Ran, Sandbox, run};
use crate::signing::{approval_by, signer};

/// Runs the script, or none where the machine has no `jq`; a build machine must have it.
#[allow(clippy::print_stderr)]
fn check(sandbox: &Sandbox, allowed: &str, line: &[u8]) -> Option<Ran> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/verify-verdict.sh");
    let here = sandbox.path("");
    let mut has_jq = sandbox.command("sh", &here);
    if run(has_jq.args(["-c", "command -v jq"]), b"").code != Some(0) {
        assert!(
            std::env::var_os("CI").is_none(),
            "jq is missing on a build machine"
        );
        eprintln!("SKIPPED: docs/verify-verdict.sh is not tested, for want of jq");
        return None;
    }
    std::fs::write(sandbox.path("allowed_signers"), allowed).unwrap();
    let mut command = sandbox.command("sh", &here);
    Some(run(command.arg(script).arg("allowed_signers"), line))
}

#[track_caller]
fn refused(sandbox: &Sandbox, allowed: &str, line: &[u8], why: &str) {
    if let Some(ran) = check(sandbox, allowed, line) {
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (Some(1), ""),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    }
}

#[test]
fn the_script_accepts_real_lines_of_every_kind_of_key() {
    let sandbox = Sandbox::new();
    for (name, kind) in [
        ("ed25519", ["-t", "ed25519", "-a", "1"]),
        ("p521", ["-t", "ecdsa", "-b", "521"]),
        ("rsa", ["-t", "rsa", "-b", "3072"]),
    ] {
        let key = Key::of_type(&sandbox, name, &kind);
        let statement = approval_by(&key.fingerprint);
        let signer = signer(&sandbox, &key.path);
        let sealed = Envelope::seal(&statement, &signer, &SshVerifier).unwrap();
        let allowed = format!(
            "alice@corp.example namespaces=\"verdict.v1@countersign.dev\" {}\n",
            key.public
        );
        let Some(ran) = check(&sandbox, &allowed, &sealed.line) else {
            return;
        };
        let said = ran.exits(0).json();
        assert_eq!(said["verdict"], "approve");
        assert_eq!(said["commit"], sample::oid('a').to_string());
        assert_eq!(said["by"], "alice@corp.example");
    }
}

#[test]
fn the_script_refuses_what_was_altered_or_signed_by_somebody_else() {
    let sandbox = Sandbox::new();
    let alice = sample::signer();
    let allowed = format!("alice@corp.example {}\n", alice.public_key().unwrap());
    let sealed = Envelope::seal(&sample::approval(), &alice, &SshVerifier).unwrap();
    let line = String::from_utf8(sealed.line.clone()).unwrap();

    let payload = String::from_utf8(sealed.payload).unwrap();
    let altered = payload.replace("\"commitCount\":3", "\"commitCount\":4");
    let blob = alice
        .sign(&pae(payload.as_bytes()), "verdict.v1@countersign.dev")
        .unwrap();
    let forged = sample::line_from(altered.as_bytes(), alice.fingerprint(), &blob);
    refused(
        &sandbox,
        &allowed,
        &forged,
        "no good signature of alice@corp.example",
    );

    let spaced = line.replace("\",\"", "\", \"");
    refused(&sandbox, &allowed, spaced.as_bytes(), "canonical form");
    refused(
        &sandbox,
        &allowed,
        line.trim_end().as_bytes(),
        "canonical form",
    );
    refused(&sandbox, &allowed, b"", "the envelope has no .payload");

    let mallory = SeedSigner::new(&[7; 32], "mallory").unwrap();
    let other = line.replace(alice.fingerprint(), mallory.fingerprint());
    refused(&sandbox, &allowed, other.as_bytes(), "keyid");

    let statement = sample::with(|v| v.reviewer.key = mallory.fingerprint().to_owned());
    let sealed = Envelope::seal(&statement, &mallory, &SshVerifier).unwrap();
    refused(&sandbox, &allowed, &sealed.line, "no good signature");

    let payload = to_payload(&sample::approval()).unwrap();
    let blob = alice.sign(&pae(&payload), "git").unwrap();
    let elsewhere = sample::line_from(&payload, alice.fingerprint(), &blob);
    refused(&sandbox, &allowed, &elsewhere, "no good signature");
}
