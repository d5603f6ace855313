//! `docs/stolen-key.md` as a story: every block of commands of the page is run as it stands there, by
//! whom it says, over `file://`.

use std::path::PathBuf;
use std::process::Command;

use crate::common::{Checkout, Key, Ran, World, run};

/// The blocks that the page says are run here, in order.
fn blocks() -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/stolen-key.md");
    let page = std::fs::read_to_string(page).unwrap();
    let blocks = page.split("<!-- run by: a_stolen_key -->\n```sh\n").skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

/// A shell in somebody's clone that finds the program under its own name.
fn shell(world: &World, at: &Checkout, script: &str) -> Ran {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_countersign"));
    let mut path = std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect::<Vec<_>>();
    path.insert(0, program.parent().unwrap().to_owned());
    let mut command: Command = world.sandbox.command("sh", &at.dir);
    command
        .env("PATH", std::env::join_paths(path).unwrap())
        .env("ROOT", &world.root)
        .env("LAST_DEPLOYED", &world.root);
    run(command.args(["-eu", "-c", script]), b"")
}

#[track_caller]
fn says(ran: &Ran, all: &[&str]) {
    for text in all {
        assert!(
            ran.stdout.contains(text) || ran.stderr.contains(text),
            "not said: {text}\n{}\n{}",
            ran.stdout,
            ran.stderr
        );
    }
}

const GATE: &str = "countersign gate --target main --policy-root $ROOT $LAST_DEPLOYED..origin/main";

/// Everybody of the page, and a thief who has all that lay on Alice's laptop.
struct Story {
    world: World,
    carol: Checkout,
    /// Alice at another machine, without a key.
    alice: Checkout,
}

impl Story {
    fn new() -> Self {
        let world = World::with_policy(|policy| {
            policy.tables = "[override]\nfrom = [\"policy-owner\"]\napprovals = 2\n".to_owned();
        });
        let clone = |name: &str, email: &str, key: Option<&Key>| {
            Checkout::new(&world.sandbox, &world.remote, name, email, key)
        };
        let carol = clone("carol", "carol@corp.example", Some(&world.carol));
        let alice = clone("fresh", "alice@corp.example", None);
        let url = format!("file://{}", world.remote.display());
        for one in [&world.bob, &world.alice, &carol, &alice, &world.agent] {
            one.git(&["remote", "set-url", "origin", &url]);
        }
        for name in ["alice-new", "carol-new"] {
            let key = Key::new(&world.sandbox, name);
            let to = world.sandbox.path(format!("home/{name}.pub"));
            std::fs::copy(key.path.with_extension("pub"), to).unwrap();
        }
        Self {
            world,
            carol,
            alice,
        }
    }

    fn thief(&self) -> &Checkout {
        &self.world.alice
    }

    /// Runs a block of the page.
    fn at(&self, clone: &Checkout, script: &str) -> Ran {
        shell(&self.world, clone, script)
    }

    /// The thief approves what nobody read, and lands it.
    fn theft(&self, id: &str, text: &str, approve: &str) {
        let head = self.world.queue(id, "src/app.py", text);
        self.thief().run("sync").exits(0);
        self.thief().run(approve).exits(0);
        self.thief().fetch_queue(id, 1);
        self.thief().land_merge(&head);
        self.world.bob.run("sync").exits(0);
    }

    /// Bob sees what stands on the key, and holds it back.
    fn first_minutes(&self, see: &str, reject: &str) {
        let bob = &self.world.bob;
        let stolen = &self.thief().key.as_ref().unwrap().fingerprint;
        let seen = self.at(bob, see).exits(0);
        let landed = bob.oid("origin/main");
        says(
            &seen,
            &[
                "policy: revoke a key of alice",
                &format!("landed   {}", &landed[..12]),
                "approved by alice@corp.example: needs another approval, and a look at what it did",
                &format!("+{stolen} "),
                "nothing was proposed: a dry run",
                "WARN as this stands it asks 2 of policy-owner and only carol may approve it (bob proposes it; alice: the key is revoked)",
            ],
        );
        self.at(bob, reject).exits(0);
        self.at(bob, GATE).exits(1);
    }

    /// Alice proposes, Bob and Carol approve, and it lands.
    fn revocation(&self, revoke: &str, approve: &str, land: &str) {
        let bob = &self.world.bob;
        // Were it Bob who proposed it, it could never pass.
        let never = bob.run("policy revoke alice --reason stolen").exits(1);
        says(
            &never,
            &["let somebody but bob run this", "nothing was proposed"],
        );
        let made = self.at(&self.alice, revoke).exits(0);
        says(
            &made,
            &[
                "alice-key@1 queued",
                "not signed",
                "2 of policy-owner (policy_change): bob, carol",
                "with alice, by voice",
            ],
        );
        for one in [bob, &self.carol] {
            let shown = self.at(one, approve).exits(0);
            says(
                &shown,
                &[
                    "is revoked (alice@corp.example)",
                    "alice@corp.example gains it",
                ],
            );
        }
        self.at(bob, land).exits(0);
    }
}

#[test]
fn a_stolen_key() {
    let blocks = blocks();
    let [see, reject, revoke, approve, land, refused, again, rotate] = blocks.as_slice() else {
        panic!("the page has {} blocks", blocks.len());
    };
    let story = Story::new();
    let (bob, thief) = (&story.world.bob, story.thief());
    story.theft(
        "new-fees",
        "def main():\n    return 1\n",
        "approve new-fees -m fine",
    );
    // To the gate the thief is Alice.
    story.at(bob, GATE).exits(0);
    story.first_minutes(see, reject);
    story.revocation(revoke, approve, land);

    let ran = story.at(bob, refused).exits(1);
    says(&ran, &["E-KEY-REVOKED", "the key is revoked", "E-REJECTED"]);
    assert!(!ran.stdout.contains("verified-oid"), "{}", ran.stdout);
    let ran = story.at(bob, again).exits(0);
    let tip = bob.oid("origin/main");
    says(&ran, &[&format!("verified-oid={tip}")]);

    // The thief signs on, and it counts for nothing.
    thief.run("sync").exits(0);
    story.world.queue("fees", "README.md", "Fees.\n");
    thief.run("sync").exits(0);
    let ran = thief.run("approve fees -m fine").exits(1);
    says(&ran, &["E-KEY-REVOKED"]);
    story.theft(
        "more-fees",
        "def main():\n    return 2\n",
        "approve more-fees -m fine --anyway",
    );
    let ran = story.at(bob, GATE).exits(8);
    says(&ran, &["E-KEY-REVOKED"]);

    let ran = story.at(bob, rotate).exits(0);
    says(&ran, &["policy: rotate the key of carol", "valid-before="]);
}
