//! The recipes of `docs/recipes/`: each file stands in a page as it is, and each script is run against a
//! real remote, for a change that was approved and for one that was not.

mod actions;
mod gitops;
mod hooks;
mod kubernetes;
mod overdue;
mod pages;
mod proposals;
mod shells;
mod syntax;
mod yaml;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{Ran, World, run};

/// The root of trust as the recipes write it, to be put in by who uses them.
const WRITTEN_ROOT: &str = "4d3c2b1a09f8e7d6c5b4a3928170f6e5d4c3b2a1";

/// Where the files lie.
fn recipes() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "docs", "recipes"]
        .iter()
        .collect()
}

/// A file of a recipe.
fn recipe(name: &str) -> String {
    std::fs::read_to_string(recipes().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The file with what its reader has to put in; each of it stands there once or more.
fn filled(name: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(recipe(name), |text, (written, meant)| {
        assert!(text.contains(written), "{name} does not say {written}");
        text.replace(written, meant)
    })
}

/// Puts a program there.
fn program(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// A repository that is deployed: it holds the program `deploy`, and who runs that leaves a line.
struct Shop {
    world: World,
    /// The gate's own key, once there is one.
    key: PathBuf,
    /// The first change, approved, which brought `deploy`.
    first: String,
}

impl Shop {
    fn new() -> Self {
        let world = World::new();
        let log = world.sandbox.path("deployed");
        let script = format!(
            "#!/bin/sh\necho \"$1 $(git rev-parse HEAD)\" >>'{}'\n",
            log.display()
        );
        world.agent.start("deploy");
        world.agent.write("deploy", script);
        let executable = ["update-index", "--chmod=+x", "deploy"];
        world.agent.git(&executable);
        world.agent.commit("Deploy by a program");
        world.agent.push_queue("deploy", 1);
        let mut shop = Self {
            first: String::new(),
            key: PathBuf::new(),
            world,
        };
        let bin = shop.world.sandbox.path("bin");
        std::fs::create_dir_all(&bin).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_countersign"), bin.join("countersign"))
            .unwrap();
        shop.approve("deploy");
        let head = shop.world.bob.fetch_queue("deploy", 1);
        shop.first = shop.world.bob.land_merge(&head);
        shop
    }

    /// The same, and the gate has verified the first change for `production`, by the page's words.
    fn begun() -> Self {
        let mut shop = Self::new();
        let clone = shop.cut("first-time");
        shop.dialogue("README.md", &clone, &[]);
        shop.key = clone.join("gate-key");
        shop
    }

    /// Runs the commands that a page shows in its one dialogue; each has to end with 0.
    fn dialogue(&self, page: &str, dir: &Path, variables: &[(&str, &str)]) {
        let page = recipe(page);
        let parts: Vec<&str> = page.split("```console\n").collect();
        let [_, block] = parts[..] else {
            panic!("one dialogue");
        };
        let lines = block.split("```").next().unwrap().lines();
        let commands: Vec<&str> = lines.filter_map(|line| line.strip_prefix("$ ")).collect();
        let mut shell = self.shell("sh", dir);
        shell
            .args(["-euc", &commands.join("\n")])
            .env("ROOT", &self.world.root)
            .envs(variables.iter().copied());
        run(&mut shell, b"").ok();
    }

    /// Alice approves it on the remote.
    fn approve(&self, id: &str) {
        self.world.alice.run("sync").ok();
        let words = ["approve", id, "-m", "read it all", "--push"];
        self.world.alice.countersign(&words).ok();
    }

    /// A change by the agent lands on main, whether or not anybody approved it.
    fn land(&self, id: &str, approved: bool) -> String {
        self.world
            .queue(id, &format!("src/{id}.py"), &format!("{id} = 1\n"));
        if approved {
            self.approve(id);
        }
        let head = self.world.bob.fetch_queue(id, 1);
        self.world.bob.land_merge(&head)
    }

    fn url(&self) -> String {
        format!("file://{}", self.world.remote.display())
    }

    /// What a runner checks out: one commit of main.
    fn cut(&self, name: &str) -> PathBuf {
        let top = self.world.sandbox.path("");
        let url = self.url();
        let words = ["clone", "-q", "--depth=1", "--branch", "main", &url, name];
        self.world.sandbox.git(&top, &words);
        self.world.sandbox.path(name)
    }

    /// A program that finds `countersign`, and what else the test put beside it, on its PATH.
    fn shell(&self, name: &str, dir: &Path) -> Command {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let own = [self.world.sandbox.path("bin")];
        let dirs = own.into_iter().chain(std::env::split_paths(&path));
        let mut command = self.world.sandbox.command(name, dir);
        command.env("PATH", std::env::join_paths(dirs).unwrap());
        command
    }

    /// What was deployed so far: each commit, which was also the one checked out.
    fn deployed(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.world.sandbox.path("deployed"));
        let lines = log.unwrap_or_default();
        let one = |line: &str| {
            let (asked, checked_out) = line.split_once(' ').unwrap();
            assert_eq!(asked, checked_out);
            asked.to_owned()
        };
        lines.lines().map(one).collect()
    }
}

/// The run stopped for want of approvals, and said so.
#[track_caller]
fn waits(ran: Ran) {
    let ran = ran.exits(8);
    assert!(ran.stderr.contains("E-UNAPPROVED"), "{ran:?}");
}
