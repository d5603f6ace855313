//! Signing by the configured program, called as git calls it.
//!
//! Two steps keep a passphrase prompt and a full-screen terminal apart: a silent try without any
//! terminal, which a key in an agent or without a passphrase passes at once, and only after
//! [`SignError::Locked`] a try that is given the terminal.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use ssh_key::PrivateKey;

use crate::verdict::{SignError, Signer};

use super::key::{KeySource, ResolvedKey, SigningConfig};
use super::surroundings::Surroundings;
use super::verify::{dearmour, fingerprint_in};

/// Bytes of what a program says that are read.
const SAID: u64 = 64 << 10;

/// Whether the program may talk to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// No terminal, no prompt: signs at once or says that the key is locked. A key on a token still
    /// waits for its touch.
    Silent,
    /// The program has this process's terminal, which nobody else may be reading.
    Interactive,
}

/// A key that signs by `gpg.ssh.program`.
#[derive(Debug, Clone)]
pub struct SshSigner {
    key: ResolvedKey,
    program: String,
    mode: Mode,
    at: Surroundings,
    called_off: Arc<AtomicBool>,
}

impl SshSigner {
    /// The signer that git's configuration names.
    ///
    /// # Errors
    /// As [`SigningConfig::resolve`].
    pub fn new(config: &SigningConfig, at: Surroundings, mode: Mode) -> Result<Self, SignError> {
        Ok(Self {
            key: config.resolve(&at)?,
            program: config.program().to_owned(),
            mode,
            at,
            called_off: Arc::default(),
        })
    }

    /// The same, ended by this flag while it signs without a terminal: a key on a token may wait long
    /// for its touch. At a terminal an interrupt ends it.
    #[must_use]
    pub fn called_off_by(mut self, flag: Arc<AtomicBool>) -> Self {
        self.called_off = flag;
        self
    }

    /// The same key, asked in another way.
    #[must_use]
    pub fn in_mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// The key that signs.
    pub fn key(&self) -> &ResolvedKey {
        &self.key
    }

    fn run(&self, dir: &Path, namespace: &str) -> Result<Vec<u8>, SignError> {
        let (key_file, literal) = match &self.key.source {
            KeySource::Path(path) => (path.clone(), false),
            KeySource::Literal(key) => {
                let file = dir.join("key.pub");
                fs::write(&file, format!("{key}\n")).map_err(|e| failed("write the key", e))?;
                (file, true)
            }
        };
        let program = self
            .at
            .program(&self.program)
            .ok_or_else(|| SignError::Program {
                program: self.program.clone(),
                why: "not found".to_owned(),
            })?;
        let mut command = match self.mode {
            Mode::Silent => silent(&self.at, &program),
            Mode::Interactive => self.at.command(&program),
        };
        command
            .args(["-Y", "sign", "-n", namespace, "-f"])
            .arg(key_file);
        if literal {
            command.arg("-U");
        }
        command.arg(dir.join("message"));
        let (status, said) = match self.mode {
            Mode::Silent => self.wait(&mut command)?,
            Mode::Interactive => command.status().map(|status| (status, Vec::new())),
        }
        .map_err(|error| SignError::Program {
            program: self.program.clone(),
            why: error.to_string(),
        })?;
        if !status.success() {
            return Err(self.why(status, &String::from_utf8_lossy(&said)));
        }
        fs::read(dir.join("message.sig")).map_err(|e| failed("read the signature", e))
    }

    /// Waits for a program that has no terminal, unless it is called off.
    fn wait(&self, command: &mut Command) -> Result<io::Result<(ExitStatus, Vec<u8>)>, SignError> {
        let mut child = match command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn() {
            Ok(child) => child,
            Err(error) => return Ok(Err(error)),
        };
        let pipe = child.stderr.take();
        let (sender, said) = channel();
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(pipe) = pipe {
                let _ = pipe.take(SAID).read_to_end(&mut bytes);
            }
            let _ = sender.send(bytes);
        });
        let mut pause = Duration::from_millis(1);
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) => {}
                Err(error) => return Ok(Err(error)),
            }
            if self.called_off.load(Ordering::Acquire) {
                end(&mut child);
                return Err(SignError::Cancelled);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        };
        // A helper that it left running may hold the pipe open.
        let said = said.recv_timeout(Duration::from_millis(500));
        Ok(Ok((status, said.unwrap_or_default())))
    }

    /// What a failed program meant.
    fn why(&self, status: ExitStatus, said: &str) -> SignError {
        let low = said.to_ascii_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| low.contains(word));
        if status.code().is_none_or(|code| code == 130) || says(&["cancel", "aborted by user"]) {
            return SignError::Cancelled;
        }
        if says(&[
            "incorrect passphrase",
            "agent refused",
            "passphrase",
            " pin ",
        ]) {
            return SignError::Locked;
        }
        if says(&["agent socket", "key in agent"]) {
            return SignError::NotInAgent;
        }
        if says(&["load public key", "no private key found", "too open"])
            && let KeySource::Path(path) = &self.key.source
        {
            let (path, why) = (path.display().to_string(), last_line(said));
            return SignError::KeyFile { path, why };
        }
        if self.mode == Mode::Interactive && self.key_file_is_locked() {
            return SignError::Locked;
        }
        let detail = last_line(said);
        let detail = if detail.is_empty() {
            status.to_string()
        } else {
            detail
        };
        SignError::Failed(format!("{}: {detail}", self.program))
    }

    fn key_file_is_locked(&self) -> bool {
        let KeySource::Path(path) = &self.key.source else {
            return false;
        };
        let private = path.with_extension("");
        let path = if path.extension().is_some_and(|e| e == "pub") {
            &private
        } else {
            path
        };
        let key = fs::read(path)
            .ok()
            .and_then(|pem| PrivateKey::from_openssh(pem).ok());
        key.is_some_and(|key| key.is_encrypted())
    }
}

impl Signer for SshSigner {
    fn fingerprint(&self) -> &str {
        &self.key.fingerprint
    }

    fn sign(&self, message: &[u8], namespace: &str) -> Result<Vec<u8>, SignError> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("countersign-sign-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let dir = builder
            .tempdir()
            .map_err(|e| failed("make a directory", e))?;
        fs::write(dir.path().join("message"), message).map_err(|e| failed("write", e))?;
        let armoured = self.run(dir.path(), namespace)?;
        let unreadable = |error| SignError::Failed(format!("{}: {error}", self.program));
        let blob = dearmour(&armoured).map_err(unreadable)?;
        let found = fingerprint_in(&blob).map_err(unreadable)?;
        if found != self.key.fingerprint {
            let expected = self.key.fingerprint.clone();
            return Err(SignError::OtherKey { expected, found });
        }
        Ok(blob)
    }
}

/// Ends a program with all that it started: [`silent`] gave it a process group of its own.
fn end(child: &mut Child) {
    let _ = Command::new("kill")
        .args(["-KILL", "--", &format!("-{}", child.id())])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let _ = child.kill();
    let _ = child.wait();
}

fn failed(what: &str, error: impl std::fmt::Display) -> SignError {
    SignError::Failed(format!("cannot {what}: {error}"))
}

fn last_line(text: &str) -> String {
    let last = text.lines().rfind(|line| !line.trim().is_empty());
    last.unwrap_or_default().trim().to_owned()
}

/// A command that has nobody to ask: no standard input, no terminal, a passphrase helper that
/// always refuses. `setsid` takes the controlling terminal away; where the system lacks it, a
/// process group of its own keeps at least the key strokes.
fn silent(at: &Surroundings, program: &Path) -> Command {
    let mut command = match at.program("setsid") {
        Some(setsid) => {
            let mut command = at.command(setsid);
            command.arg(program);
            command
        }
        None => {
            let mut command = at.command(program);
            #[cfg(unix)]
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
            command
        }
    };
    command
        .env("SSH_ASKPASS", "/bin/false")
        .env("SSH_ASKPASS_REQUIRE", "force")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    command
}
