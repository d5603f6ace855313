//! A bare remote with a policy at its root, and the clones of those who work with it.

use std::path::PathBuf;
use std::rc::Rc;

use super::{Checkout, Key, Policy, Sandbox};

/// A remote, its clones and everybody's keys.
pub struct World {
    /// The directory all of it lies in.
    pub sandbox: Rc<Sandbox>,
    /// The bare repository that everybody pushes to.
    pub remote: PathBuf,
    /// A senior.
    pub alice: Checkout,
    /// Another senior.
    pub bob: Checkout,
    /// The agent `coder`; it has no key.
    pub agent: Checkout,
    /// The agent's operator, a senior without a clone.
    pub carol: Key,
    /// The commit that brought the policy: what a deployer trusts.
    pub root: String,
}

impl World {
    /// A world with the policy of `Policy::new`.
    pub fn new() -> Self {
        Self::with_policy(|_| {})
    }

    /// A world whose first policy `change` has been over.
    pub fn with_policy(change: impl FnOnce(&mut Policy)) -> Self {
        let sandbox = Rc::new(Sandbox::new());
        let remote = sandbox.path("remote.git");
        let top = sandbox.path("");
        sandbox.git(&top, &["init", "-q", "--bare", "remote.git"]);
        let [alice_key, bob_key, carol] =
            ["alice", "bob", "carol"].map(|name| Key::new(&sandbox, name));
        let mut policy =
            Policy::new(&[("alice", &alice_key), ("bob", &bob_key), ("carol", &carol)]);
        change(&mut policy);

        let clone =
            |name: &str, address: &str, key| Checkout::new(&sandbox, &remote, name, address, key);
        let alice = clone("alice", "alice@corp.example", Some(&alice_key));
        alice.write("README.md", "A service.\n");
        alice.write("src/app.py", "def main():\n    return 0\n");
        alice.write("infra/lb.yaml", "kind: Service\nhealthCheck: /healthz\n");
        alice.write_policy(&policy);
        let root = alice.commit_signed("Start with a policy");
        alice.push_main();
        let bob = clone("bob", "bob@corp.example", Some(&bob_key));
        let agent = clone("agent", "coder-bot@corp.example", None);
        Self {
            remote,
            alice,
            bob,
            agent,
            carol,
            root,
            sandbox,
        }
    }

    /// The agent commits one file on the tip of `main` and queues it as revision 1 of `id`.
    #[track_caller]
    pub fn queue(&self, id: &str, path: &str, text: &str) -> String {
        self.agent.start(id);
        self.agent
            .commit_by_ai(path, text, &format!("Change {path}"));
        self.agent.push_queue(id, 1)
    }

    /// The object a ref of the remote holds, or nothing.
    pub fn remote_ref(&self, name: &str) -> Option<String> {
        let ran = self
            .sandbox
            .try_git(&self.remote, &["rev-parse", "--verify", "-q", name]);
        (ran.code == Some(0)).then(|| ran.stdout.trim_end().to_owned())
    }
}
