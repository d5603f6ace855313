//! The demo world in a sandbox, as its Alice has it.

use std::path::PathBuf;
use std::process::Command;

use super::Sandbox;

/// The demo, and its Alice at a terminal.
pub struct Demo {
    /// Nothing of the machine reaches what runs in it.
    pub sandbox: Sandbox,
    /// Where the demo lies.
    pub dir: PathBuf,
}

impl Demo {
    /// Builds the demo.
    pub fn new() -> Self {
        let sandbox = Sandbox::new();
        let dir = sandbox.path("demo");
        let top = sandbox.path("");
        sandbox
            .countersign(&top, &["demo", dir.to_str().unwrap()])
            .exits(0);
        Self { sandbox, dir }
    }

    /// Alice's clone.
    pub fn alice(&self) -> PathBuf {
        self.dir.join("alice")
    }

    /// `countersign tui` with these words, in Alice's clone.
    pub fn tui(&self, words: &[&str]) -> Command {
        let mut command = self.sandbox.countersign_command(&self.alice());
        command.arg("tui").args(words);
        command
    }

    /// What waits in Alice's clone.
    pub fn status(&self) -> String {
        let words = ["sync", "--status"];
        self.sandbox.countersign(&self.alice(), &words).ok()
    }

    /// Gives Alice's key a passphrase.
    pub fn lock_key(&self, passphrase: &str) {
        let mut keygen = self.sandbox.command("ssh-keygen", &self.dir);
        keygen.args(["-q", "-p", "-P", "", "-N", passphrase, "-f"]);
        let key = self.dir.join("keys/alice");
        assert!(keygen.arg(key).status().unwrap().success());
    }
}
