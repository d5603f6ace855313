//! GitLab, Jenkins and Buildkite: the shell part of each, as its runner starts it.

use std::path::PathBuf;

use serde_json::Value;

use super::{Shop, WRITTEN_ROOT, filled, program, recipe, waits, yaml};
use crate::common::{Ran, run};

#[test]
fn gitlab_deploys_what_was_verified_and_nothing_else() {
    let [file] = &yaml::documents(&recipe("gitlab/gitlab-ci.yml"))[..] else {
        panic!("one document");
    };
    let job = &file["production"];
    let lines = job["script"].as_array().unwrap().iter();
    let script: Vec<&str> = lines.map(|line| line.as_str().unwrap()).collect();
    assert_eq!(job["variables"]["POLICY_ROOT"], WRITTEN_ROOT);

    let shop = Shop::begun();
    // As GitLab writes variables of the type file.
    let files = shop.world.sandbox.path("builds.tmp");
    std::fs::create_dir_all(&files).unwrap();
    std::fs::copy(&shop.key, files.join("GATE_KEY")).unwrap();
    program(
        &files.join("GATE_KEY"),
        &std::fs::read_to_string(&shop.key).unwrap(),
    );
    for name in ["SHOP_KEY", "SHOP_HOST"] {
        std::fs::write(files.join(name), "none is asked for here\n").unwrap();
    }
    let job = |name: &str| -> Ran {
        let dir = shop.world.sandbox.path(name);
        std::fs::create_dir_all(&dir).unwrap();
        let mut shell = shop.shell("sh", &dir);
        shell.args(["-ec", &script.join("\n")]);
        for name in ["GATE_KEY", "SHOP_KEY", "SHOP_HOST"] {
            shell.env(name, files.join(name));
        }
        shell
            .env("SHOP", shop.url())
            .env("POLICY_ROOT", &shop.world.root);
        run(&mut shell, b"")
    };
    let good = shop.land("good", true);
    job("one").ok();
    assert_eq!(shop.deployed(), [good.as_str()]);
    shop.land("more", false);
    waits(job("two"));
    assert_eq!(shop.deployed(), [good.as_str()]);
    let report = std::fs::read_to_string(shop.world.sandbox.path("two/gate.xml")).unwrap();
    assert!(report.contains("E-UNAPPROVED"), "{report}");
}

/// The one script of the Jenkinsfile, as Groovy reads a text in three single quotes.
fn jenkins() -> String {
    let file = recipe("jenkins/Jenkinsfile");
    let parts: Vec<&str> = file.split("sh '''").collect();
    let [_, script] = parts[..] else {
        panic!("one script");
    };
    let script = script.split("'''").next().unwrap();
    script.replace("\\\\", "\\")
}

#[test]
fn jenkins_deploys_what_was_verified_and_nothing_else() {
    let file = recipe("jenkins/Jenkinsfile");
    assert!(file.contains(&format!("POLICY_ROOT = '{WRITTEN_ROOT}'")));
    assert!(
        !file.contains("\"\"\"") && !file.contains("sh \""),
        "Groovy puts nothing in"
    );
    let script = jenkins();
    let shop = Shop::begun();
    let job = |name: &str| -> Ran {
        let dir = shop.cut(&format!("{name}/shop"));
        let mut shell = shop.shell("sh", &dir);
        shell
            .args(["-xec", &script])
            .env("POLICY_ROOT", &shop.world.root)
            .env("GATE_KEY", &shop.key);
        run(&mut shell, b"")
    };
    let good = shop.land("good", true);
    job("one").ok();
    assert_eq!(shop.deployed(), [good.as_str()]);
    shop.land("more", false);
    waits(job("two"));
    assert_eq!(shop.deployed(), [good.as_str()]);
    assert!(shop.world.sandbox.path("two/gate.xml").exists());
}

/// The agents' script with its state in the sandbox.
struct Buildkite<'a> {
    shop: &'a Shop,
    script: PathBuf,
    state: PathBuf,
}

impl<'a> Buildkite<'a> {
    fn new(shop: &'a Shop) -> Self {
        let state = shop.world.sandbox.path("state");
        std::fs::create_dir_all(&state).unwrap();
        let values = [
            (WRITTEN_ROOT, shop.world.root.as_str()),
            ("/var/lib/shop-deploy", state.to_str().unwrap()),
        ];
        let script = shop.world.sandbox.path("lib/deploy");
        program(&script, &filled("buildkite/deploy", &values));
        Self {
            shop,
            script,
            state,
        }
    }

    fn job(&self, name: &str) -> Ran {
        let dir = self.shop.cut(name);
        let head = self.shop.world.sandbox.git(&dir, &["rev-parse", "HEAD"]);
        let mut shell = self.shop.shell(self.script.to_str().unwrap(), &dir);
        run(shell.env("BUILDKITE_COMMIT", head), b"")
    }

    fn kept(&self, name: &str) -> String {
        std::fs::read_to_string(self.state.join(name)).unwrap()
    }
}

#[test]
fn buildkite_keeps_on_its_machine_what_was_deployed() {
    let steps = &yaml::documents(&recipe("buildkite/pipeline.yml"))[0]["steps"];
    assert_eq!(steps[0]["command"], "/usr/local/lib/shop/deploy");
    let flags = &steps[0]["env"]["BUILDKITE_GIT_CLONE_FLAGS"];
    assert_eq!(*flags, Value::from("--depth=1"));

    let shop = Shop::new();
    let buildkite = Buildkite::new(&shop);
    // The first time from the root on, then from what was deployed.
    let said = buildkite.job("one").ok();
    assert_eq!(shop.deployed(), [shop.first.as_str()]);
    assert!(said.contains("ALLOW 1 runs judged"), "{said}");
    let second = shop.land("second", true);
    let said = buildkite.job("two").ok();
    assert!(said.contains("ALLOW 1 runs judged"), "{said}");
    let both = [shop.first.as_str(), second.as_str()];
    assert_eq!(shop.deployed(), both);
    assert_eq!(buildkite.kept("last-deployed").trim(), second);

    shop.land("third", false);
    let pin = buildkite.kept("notes-pin");
    let ran = buildkite.job("three");
    assert!(ran.stdout.contains("PENDING"), "{ran:?}");
    waits(ran);
    assert_eq!(shop.deployed(), both);
    assert_eq!(buildkite.kept("notes-pin"), pin);
    assert_eq!(buildkite.kept("last-deployed").trim(), second);
}

#[test]
fn buildkite_takes_no_older_notes_than_its_machine_has_seen() {
    let shop = Shop::new();
    let buildkite = Buildkite::new(&shop);
    let (world, notes) = (&shop.world, "refs/notes/countersign");
    world.queue("second", "src/second.py", "SECOND = 1\n");
    shop.approve("second");
    let approved = world.remote_ref(notes).unwrap();
    world.bob.run("sync").ok();
    world.bob.run("reject second -m no --push").ok();
    let rejected = world.remote_ref(notes).unwrap();
    buildkite.job("one").ok();
    let pin = buildkite.kept("notes-pin");
    assert_eq!(pin.trim(), format!("{notes}={rejected}"));

    // It lands all the same, the remote shows the notes from before the rejection, and this machine's cache
    // is gone: nothing but what the script kept knows better.
    world.bob.land_merge(&world.bob.fetch_queue("second", 1));
    let rewound = ["update-ref", notes, &approved];
    world.sandbox.git(&world.remote, &rewound);
    std::fs::remove_dir_all(world.sandbox.path("xdg/cache/countersign")).unwrap();
    let ran = buildkite.job("two").exits(3);
    assert!(ran.stderr.contains("E-LOG-REWOUND"), "{ran:?}");
    assert_eq!(shop.deployed(), [shop.first.as_str()]);
}
