//! One person's (or agent's) clone, and what they do in it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::{Key, Policy, Ran, Sandbox};

/// A clone with an identity and, for people, a signing key.
pub struct Checkout {
    sandbox: Rc<Sandbox>,
    /// The work tree.
    pub dir: PathBuf,
    /// The key that git and countersign sign with here.
    pub key: Option<Key>,
}

impl Checkout {
    /// Clones `remote` into `name` and sets who works there.
    pub fn new(
        sandbox: &Rc<Sandbox>,
        remote: &Path,
        name: &str,
        email: &str,
        key: Option<&Key>,
    ) -> Self {
        let dir = sandbox.path(name);
        let top = sandbox.path("");
        let clone = [
            OsStr::new("clone"),
            OsStr::new("-q"),
            remote.as_os_str(),
            dir.as_os_str(),
        ];
        sandbox.git(&top, &clone);
        let checkout = Self {
            sandbox: Rc::clone(sandbox),
            dir,
            key: key.cloned(),
        };
        checkout.git(&["config", "user.name", name]);
        checkout.git(&["config", "user.email", email]);
        if let Some(key) = key {
            let path = key.path.with_extension("pub");
            checkout.git(&["config", "gpg.format", "ssh"]);
            checkout.git(&["config", "user.signingKey", path.to_str().unwrap()]);
        }
        checkout
    }

    /// Runs git here and returns what it printed. It has to succeed.
    #[track_caller]
    pub fn git<S: AsRef<OsStr>>(&self, args: &[S]) -> String {
        self.sandbox.git(&self.dir, args)
    }

    /// Runs git here, whatever comes of it.
    pub fn try_git<S: AsRef<OsStr>>(&self, args: &[S]) -> Ran {
        self.sandbox.try_git(&self.dir, args)
    }

    /// Runs `countersign` here.
    pub fn countersign<S: AsRef<OsStr>>(&self, args: &[S]) -> Ran {
        self.sandbox.countersign(&self.dir, args)
    }

    /// Runs `countersign` here with the words of a line; a word holds no space.
    pub fn run(&self, line: &str) -> Ran {
        let words: Vec<&str> = line.split(' ').collect();
        self.countersign(&words)
    }

    /// The full object id of a revision.
    #[track_caller]
    pub fn oid(&self, revision: &str) -> String {
        self.git(&["rev-parse", "--verify", revision])
    }

    /// Writes a file of the work tree and adds it to the index.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let file = self.dir.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
        self.git(&["add", "--", path]);
    }

    /// Writes the three files of a policy and adds them to the index.
    pub fn write_policy(&self, policy: &Policy) {
        self.write(".countersign/policy.toml", policy.toml());
        self.write(".countersign/allowed_signers", policy.allowed_signers());
        self.write(".countersign/revoked_keys", policy.revoked_keys());
    }

    /// Commits the index, unsigned, and returns the commit.
    #[track_caller]
    pub fn commit(&self, message: &str) -> String {
        self.git(&["commit", "-q", "--no-gpg-sign", "-m", message]);
        self.oid("HEAD")
    }

    /// Commits the index with this clone's key and returns the commit.
    #[track_caller]
    pub fn commit_signed(&self, message: &str) -> String {
        self.git(&["commit", "-q", "-S", "-m", message]);
        self.oid("HEAD")
    }

    /// Writes one file and commits it as an agent does: unsigned, with its trailer.
    #[track_caller]
    pub fn commit_by_ai(&self, path: &str, text: &str, subject: &str) -> String {
        self.write(path, text);
        self.commit(&format!(
            "{subject}\n\nCo-authored-by: Claude <noreply@anthropic.com>"
        ))
    }

    /// Puts the work tree on a new branch at the remote's `main`.
    pub fn start(&self, branch: &str) {
        self.git(&["fetch", "-q", "origin"]);
        self.git(&["checkout", "-q", "-B", branch, "--no-track", "origin/main"]);
    }

    /// Pushes `HEAD` as revision `number` of change `id`, by plain git, and returns its commit.
    #[track_caller]
    pub fn push_queue(&self, id: &str, number: u32) -> String {
        let refspec = format!("HEAD:refs/countersign/queue/{id}/{number}");
        self.git(&["push", "-q", "origin", &refspec]);
        self.oid("HEAD")
    }

    /// Fetches the commit of a queued revision and returns it.
    #[track_caller]
    pub fn fetch_queue(&self, id: &str, number: u32) -> String {
        let name = format!("refs/countersign/queue/{id}/{number}");
        self.git(&["fetch", "-q", "origin", &name]);
        self.oid("FETCH_HEAD^{commit}")
    }

    /// Merges a commit into `main` with a merge commit, pushes it and returns it.
    #[track_caller]
    pub fn land_merge(&self, commit: &str) -> String {
        self.start("landing");
        self.git(&[
            "merge",
            "-q",
            "--no-ff",
            "--no-gpg-sign",
            "-m",
            "Merge",
            commit,
        ]);
        self.push_main()
    }

    /// Squashes `main..commit` into one commit on `main`, pushes it and returns it.
    #[track_caller]
    pub fn land_squash(&self, commit: &str, message: &str) -> String {
        self.start("landing");
        self.git(&["merge", "-q", "--squash", commit]);
        self.commit(message);
        self.push_main()
    }

    /// Pushes `HEAD` as the remote's `main` and returns it.
    #[track_caller]
    pub fn push_main(&self) -> String {
        self.git(&["push", "-q", "origin", "HEAD:refs/heads/main"]);
        self.oid("HEAD")
    }
}
