//! The signing program: how it is called, and how its failures are told apart.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use countersign::signing::{Mode, SigningConfig, SshSigner};
use countersign::verdict::{SignError, Signer as _};

use super::{config, signer, surroundings};
use crate::common::{Key, Sandbox, run};

fn script(sandbox: &Sandbox, name: &str, body: &str) -> PathBuf {
    let path = sandbox.path(name);
    std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn with_program(sandbox: &Sandbox, key: &Key, program: &str) -> SshSigner {
    let config = SigningConfig {
        gpg_ssh_program: Some(program.to_owned()),
        ..config(key.path.to_str().unwrap())
    };
    SshSigner::new(&config, surroundings(sandbox), Mode::Silent).unwrap()
}

fn locked(sandbox: &Sandbox) -> Key {
    let key = Key::new(sandbox, "locked");
    let mut lock = sandbox.command("ssh-keygen", &sandbox.path(""));
    lock.args(["-q", "-p", "-a", "1", "-N", "secret", "-f"])
        .arg(&key.path);
    run(&mut lock, b"").ok();
    key
}

#[test]
fn a_locked_key_is_told_apart_and_opens_when_somebody_can_be_asked() {
    let sandbox = Sandbox::new();
    let key = locked(&sandbox);
    let silent = signer(&sandbox, &key.path);
    assert!(silent.key().encrypted);
    assert_eq!(
        silent.key().fingerprint,
        key.fingerprint,
        "known without the passphrase"
    );
    assert_eq!(silent.sign(b"hi", "test"), Err(SignError::Locked));

    let answer = |name, word| script(&sandbox, name, &format!("echo {word}"));
    let asked = |helper: PathBuf| {
        let at = surroundings(&sandbox)
            .with("SSH_ASKPASS", helper)
            .with("SSH_ASKPASS_REQUIRE", "force");
        let config = config(key.path.to_str().unwrap());
        SshSigner::new(&config, at, Mode::Interactive).unwrap()
    };
    let good = asked(answer("good", "secret"));
    assert!(good.sign(b"hi", "test").is_ok());
    assert_eq!(
        asked(answer("bad", "wrong")).sign(b"hi", "test"),
        Err(SignError::Locked)
    );
    assert_eq!(
        good.in_mode(Mode::Silent).sign(b"hi", "test"),
        Err(SignError::Locked)
    );
}

#[test]
fn a_missing_key_file_is_named() {
    let sandbox = Sandbox::new();
    let config = config("keys/nowhere");
    match SshSigner::new(&config, surroundings(&sandbox), Mode::Silent) {
        Err(SignError::KeyFile { path, .. }) => assert!(path.ends_with("keys/nowhere"), "{path}"),
        other => panic!("{other:?}"),
    }
    std::fs::write(sandbox.path("junk"), "not a key").unwrap();
    let junk = SshSigner::new(&super::config("junk"), surroundings(&sandbox), Mode::Silent);
    assert!(matches!(junk, Err(SignError::KeyFile { .. })), "{junk:?}");
    let none = SshSigner::new(
        &SigningConfig::default(),
        surroundings(&sandbox),
        Mode::Silent,
    );
    assert_eq!(none.unwrap_err(), SignError::NoKey);
    let bad = SshSigner::new(
        &super::config("ssh-ed25519 AAAA"),
        surroundings(&sandbox),
        Mode::Silent,
    );
    assert!(matches!(bad, Err(SignError::UnusableKey { .. })), "{bad:?}");
}

#[test]
fn a_public_half_alone_does_not_sign() {
    let sandbox = Sandbox::new();
    let key = Key::new(&sandbox, "gone");
    std::fs::remove_file(&key.path).unwrap();
    let signer = signer(&sandbox, &key.path);
    assert_eq!(signer.fingerprint(), key.fingerprint);
    let refused = signer.sign(b"hi", "test");
    assert!(
        matches!(refused, Err(SignError::KeyFile { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_private_key_that_others_can_read_is_refused_by_openssh_and_named() {
    let sandbox = Sandbox::new();
    let key = Key::new(&sandbox, "open");
    std::fs::set_permissions(&key.path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = signer(&sandbox, &key.path).sign(b"hi", "test");
    assert!(
        matches!(refused, Err(SignError::KeyFile { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_missing_or_failing_program_is_told_apart() {
    let sandbox = Sandbox::new();
    let key = Key::new(&sandbox, "key");
    for missing in ["no-such-program", "/no/such/program"] {
        let refused = with_program(&sandbox, &key, missing).sign(b"hi", "test");
        assert!(
            matches!(refused, Err(SignError::Program { .. })),
            "{refused:?}"
        );
    }
    let cases = [
        (
            "echo '1Password: user canceled' >&2; exit 1",
            SignError::Cancelled,
        ),
        ("kill -KILL $$", SignError::Cancelled),
        ("exit 130", SignError::Cancelled),
        (
            "echo 'agent refused operation' >&2; exit 255",
            SignError::Locked,
        ),
    ];
    for (number, (body, expected)) in cases.into_iter().enumerate() {
        let program = script(&sandbox, &format!("program-{number}"), body);
        let refused = with_program(&sandbox, &key, program.to_str().unwrap()).sign(b"hi", "test");
        assert_eq!(refused, Err(expected), "{body}");
    }
    for (name, body) in [
        ("mute", "exit 0"),
        ("junk", "shift $(($# - 1)); echo junk > \"$1.sig\""),
    ] {
        let program = script(&sandbox, name, body);
        let refused = with_program(&sandbox, &key, program.to_str().unwrap()).sign(b"hi", "test");
        assert!(matches!(refused, Err(SignError::Failed(_))), "{refused:?}");
    }
    let loud = script(
        &sandbox,
        "loud",
        "echo first >&2; echo 'no luck' >&2; exit 3",
    );
    match with_program(&sandbox, &key, loud.to_str().unwrap()).sign(b"hi", "test") {
        Err(SignError::Failed(why)) => assert!(why.ends_with("no luck"), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_program_that_signs_by_another_key_is_found_out() {
    let sandbox = Sandbox::new();
    let key = Key::new(&sandbox, "mine");
    let other = Key::new(&sandbox, "other");
    let body = format!(
        "shift 6; exec ssh-keygen -q -Y sign -n test -f '{}' \"$@\"",
        other.path.display()
    );
    let program = script(&sandbox, "swap", &body);
    let refused = with_program(&sandbox, &key, program.to_str().unwrap()).sign(b"hi", "test");
    let (expected, found) = (key.fingerprint, other.fingerprint);
    assert_eq!(refused, Err(SignError::OtherKey { expected, found }));
}

/// A program that writes down how it was called, then signs.
fn witness(sandbox: &Sandbox) -> PathBuf {
    let log = sandbox.path("log");
    let body = format!(
        "for last; do :; done
dir=$(dirname \"$last\")
{{
  printf '%s\\n' \"$*\"
  printf '%s\\n' \"$dir\"
  ls -ld \"$dir\" | cut -c1-10
  set -- $(cat /proc/$$/stat); echo \"$1 $6\"
  printf '%s %s\\n' \"$SSH_ASKPASS\" \"$SSH_ASKPASS_REQUIRE\"
  if [ -t 0 ]; then echo terminal; else echo none; fi
}} > '{}'",
        log.display()
    );
    script(
        sandbox,
        "witness",
        &format!("args=\"$*\"\n(\n{body}\n)\neval exec ssh-keygen $args"),
    )
}

#[cfg(target_os = "linux")]
#[test]
fn the_program_is_called_as_git_calls_it_and_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    let key = Key::new(&sandbox, "key");
    let program = witness(&sandbox);
    let signer = with_program(&sandbox, &key, program.to_str().unwrap());
    signer.sign(b"hi", "verdict.v1@countersign.dev").unwrap();
    let log = std::fs::read_to_string(sandbox.path("log")).unwrap();
    let lines: Vec<_> = log.lines().collect();
    let dir = lines[1];
    assert_eq!(
        lines[0],
        format!(
            "-Y sign -n verdict.v1@countersign.dev -f {} {dir}/message",
            key.path.display()
        )
    );
    assert_eq!(lines[2], "drwx------");
    let (process, session) = lines[3].split_once(' ').unwrap();
    assert_eq!(process, session, "a session of its own, without a terminal");
    assert_eq!(lines[4], "/bin/false force");
    assert_eq!(lines[5], "none");
    assert!(!std::path::Path::new(dir).exists());
}
