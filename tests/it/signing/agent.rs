//! A key that only a real `ssh-agent` holds.

use std::path::PathBuf;
use std::process::{Child, Stdio};

use countersign::signing::{Mode, SigningConfig, SshSigner, SshVerifier};
use countersign::verdict::{Envelope, SignError, Signer as _};

use super::{approval_by, surroundings};
use crate::common::{Key, Sandbox, run};

/// An agent that ends with the test.
struct Agent {
    child: Child,
    socket: PathBuf,
}

impl Agent {
    fn start(sandbox: &Sandbox) -> Self {
        let socket = sandbox.path("agent");
        let mut command = sandbox.command("ssh-agent", &sandbox.path(""));
        command
            .arg("-D")
            .arg("-a")
            .arg(&socket)
            .stdout(Stdio::null());
        let child = command.spawn().unwrap();
        while std::os::unix::net::UnixStream::connect(&socket).is_err() {
            std::thread::yield_now();
        }
        Self { child, socket }
    }

    fn add(&self, sandbox: &Sandbox, key: &Key) {
        let mut add = sandbox.command("ssh-add", &sandbox.path(""));
        add.env("SSH_AUTH_SOCK", &self.socket)
            .arg("-q")
            .arg(&key.path);
        run(&mut add, b"").ok();
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_literal_key_signs_through_the_agent_and_through_nothing_else() {
    let sandbox = Sandbox::new();
    let agent = Agent::start(&sandbox);
    let key = Key::of_type(&sandbox, "kept", &["-t", "ecdsa"]);
    let at = surroundings(&sandbox).with("SSH_AUTH_SOCK", &agent.socket);
    for value in [format!("key::{}", key.public), key.public.clone()] {
        let config = SigningConfig {
            user_signing_key: Some(value),
            ..SigningConfig::default()
        };
        let signer = SshSigner::new(&config, at.clone(), Mode::Silent).unwrap();
        let empty = run_empty(&sandbox, &agent);
        assert_eq!(
            signer.sign(b"hi", "test"),
            Err(SignError::NotInAgent),
            "{empty}"
        );
        agent.add(&sandbox, &key);
        let statement = approval_by(&key.fingerprint);
        let sealed = Envelope::seal(&statement, &signer, &SshVerifier).unwrap();
        let verified = Envelope::verify(&sealed.line, &SshVerifier).unwrap();
        assert_eq!(verified.fingerprint(), key.fingerprint);

        let alone = SshSigner::new(&config, surroundings(&sandbox), Mode::Silent).unwrap();
        assert_eq!(alone.sign(b"hi", "test"), Err(SignError::NotInAgent));
    }
}

/// Empties the agent; what it then says of itself.
fn run_empty(sandbox: &Sandbox, agent: &Agent) -> String {
    let mut clear = sandbox.command("ssh-add", &sandbox.path(""));
    clear.env("SSH_AUTH_SOCK", &agent.socket).arg("-D");
    run(&mut clear, b"").stderr
}

#[test]
fn a_locked_key_file_signs_silently_once_the_agent_has_it() {
    let sandbox = Sandbox::new();
    let agent = Agent::start(&sandbox);
    let key = Key::new(&sandbox, "locked");
    agent.add(&sandbox, &key);
    let mut lock = sandbox.command("ssh-keygen", &sandbox.path(""));
    lock.args(["-q", "-p", "-a", "1", "-N", "secret", "-f"])
        .arg(&key.path);
    run(&mut lock, b"").ok();
    let at = surroundings(&sandbox).with("SSH_AUTH_SOCK", &agent.socket);
    let config = super::config(key.path.to_str().unwrap());
    let signer = SshSigner::new(&config, at, Mode::Silent).unwrap();
    assert!(signer.key().encrypted);
    assert!(signer.sign(b"hi", "test").is_ok());
}
