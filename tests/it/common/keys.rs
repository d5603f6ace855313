//! Real SSH keys, made by `ssh-keygen`.

use std::path::PathBuf;

use super::sandbox::{Sandbox, run};

/// A key pair without a passphrase.
#[derive(Debug, Clone)]
pub struct Key {
    /// The private half; the public one lies beside it as `.pub`.
    pub path: PathBuf,
    /// `ssh-ed25519 AAAA…`, without the comment.
    pub public: String,
    /// `SHA256:…`, as OpenSSH prints it.
    pub fingerprint: String,
}

impl Key {
    /// A new ed25519 key with this name.
    pub fn new(sandbox: &Sandbox, name: &str) -> Self {
        Self::of_type(sandbox, name, &["-t", "ed25519"])
    }

    /// A new key; `kind` are the options of `ssh-keygen` that choose it (`-t ecdsa -b 384`).
    pub fn of_type(sandbox: &Sandbox, name: &str, kind: &[&str]) -> Self {
        let keys = sandbox.path("keys");
        std::fs::create_dir_all(&keys).unwrap();
        let path = keys.join(name);
        let mut make = sandbox.command("ssh-keygen", &keys);
        make.args(["-q", "-N", "", "-C", name, "-f"])
            .arg(&path)
            .args(kind);
        run(&mut make, b"").ok();
        let file = std::fs::read_to_string(path.with_extension("pub")).unwrap();
        let public = file
            .split_whitespace()
            .take(2)
            .collect::<Vec<_>>()
            .join(" ");
        let mut show = sandbox.command("ssh-keygen", &keys);
        let shown = run(show.arg("-lf").arg(&path), b"").ok();
        let fingerprint = shown.split(' ').nth(1).unwrap().to_owned();
        Self {
            path,
            public,
            fingerprint,
        }
    }
}
