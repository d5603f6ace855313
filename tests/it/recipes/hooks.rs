//! The hook where pushes arrive: in a plain bare repository, in the folder that Gitea and Forgejo keep for
//! it, and in a gitolite of the test's own.

use std::path::{Path, PathBuf};

use super::{Shop, filled, program, recipe};
use crate::common::{Checkout, Ran, run};

/// The script, with the root in a file of the server's.
fn script(shop: &Shop) -> String {
    let root = shop.world.sandbox.path("etc/shop.root");
    std::fs::create_dir_all(root.parent().unwrap()).unwrap();
    std::fs::write(&root, format!("{}\n", shop.world.root)).unwrap();
    let values = [("/etc/countersign/shop.root", root.to_str().unwrap())];
    filled("hooks/pre-receive", &values)
}

/// A push by somebody to a server whose hooks find `countersign`.
fn push(shop: &Shop, who: &Checkout, words: &[&str]) -> Ran {
    let mut git = shop.shell("git", &who.dir);
    run(git.args(["push", "-q"]).args(words), b"")
}

/// Nothing lands unapproved, what was approved lands, and verdicts are not taken out.
fn guards(shop: &Shop, pushes: &dyn Fn(&Checkout, &[&str]) -> Ran, remote: &Path) {
    let world = &shop.world;
    let main = || world.sandbox.git(remote, &["rev-parse", "refs/heads/main"]);
    let before = main();
    world.agent.start("next");
    world
        .agent
        .commit_by_ai("src/next.py", "NEXT = 1\n", "Next");
    pushes(&world.agent, &["HEAD:refs/countersign/queue/next/1"]).ok();
    let head = world.agent.oid("HEAD");
    world
        .bob
        .git(&["fetch", "-q", world.agent.dir.to_str().unwrap(), "HEAD"]);
    world.bob.start("landing");
    world.bob.git(&[
        "merge",
        "-q",
        "--no-ff",
        "--no-gpg-sign",
        "-m",
        "Merge",
        &head,
    ]);
    let early = pushes(&world.bob, &["HEAD:refs/heads/main"]);
    assert_ne!(early.code, Some(0));
    let line = "remote: countersign: refs/heads/main waits for approval: E-UNAPPROVED";
    assert!(early.stderr.contains(line), "{}", early.stderr);
    assert_eq!(main(), before);

    world
        .alice
        .git(&["fetch", "-q", world.agent.dir.to_str().unwrap(), "HEAD"]);
    let own = ["update-ref", "refs/countersign/queue/next/1", &head];
    world.alice.git(&own);
    world.alice.run("approve next -m fine").ok();
    world.alice.run("sync").code.unwrap();
    pushes(&world.alice, &["refs/notes/countersign"]).ok();
    pushes(&world.bob, &["HEAD:refs/heads/main"]).ok();
    assert_eq!(main(), world.bob.oid("HEAD"));
    let gone = pushes(&world.alice, &[":refs/notes/countersign"]);
    assert_ne!(gone.code, Some(0), "{gone:?}");
}

#[test]
fn a_plain_bare_repository_is_guarded() {
    let shop = Shop::new();
    program(&shop.world.remote.join("hooks/pre-receive"), &script(&shop));
    let pushes = |who: &Checkout, words: &[&str]| push(&shop, who, &[&["origin"], words].concat());
    guards(&shop, &pushes, &shop.world.remote);
}

/// What stands in `hooks/pre-receive` there: each program of the folder gets the same lines, and one that
/// fails refuses the push.
const DISPATCH: &str = "#!/bin/sh
lines=$(cat)
for hook in hooks/pre-receive.d/*; do
    [ -x \"$hook\" ] || continue
    printf '%s\\n' \"$lines\" | \"$hook\" || exit 1
done
";

#[test]
fn in_the_folder_of_gitea_and_forgejo_it_guards_beside_their_own_hook() {
    let shop = Shop::new();
    let hooks = shop.world.remote.join("hooks");
    program(&hooks.join("pre-receive"), DISPATCH);
    let own = shop.world.sandbox.path("own-ran");
    let theirs = format!("#!/bin/sh\ncat >>'{}'\n", own.display());
    program(&hooks.join("pre-receive.d/gitea"), &theirs);
    program(&hooks.join("pre-receive.d/countersign"), &script(&shop));
    let pushes = |who: &Checkout, words: &[&str]| push(&shop, who, &[&["origin"], words].concat());
    guards(&shop, &pushes, &shop.world.remote);
    assert!(own.exists());
}

/// A gitolite in the sandbox, and the program that stands for ssh: it starts what sshd would, as whom the
/// address names.
struct Gitolite<'a> {
    shop: &'a Shop,
    home: PathBuf,
    ssh: PathBuf,
}

impl<'a> Gitolite<'a> {
    fn new(shop: &'a Shop) -> Option<Self> {
        let found = std::process::Command::new("gitolite")
            .arg("query-rc")
            .output();
        // `.ci/run` installs what the tests call, and says so by this variable.
        if found.is_err() && std::env::var_os("COUNTERSIGN_VERIFIERS").is_none() {
            return None;
        }
        let home = shop.world.sandbox.path("gitolite");
        std::fs::create_dir_all(&home).unwrap();
        let ssh = shop.world.sandbox.path("bin/ssh-to-gitolite");
        let gitolite = Self { shop, home, ssh };
        gitolite.run(&["setup", "-a", "admin"]).ok();
        gitolite.configure();
        let bindir = gitolite.run(&["query-rc", "GL_BINDIR"]).ok();
        let shell = format!(
            "#!/bin/sh\nuser=${{1%@*}}\nshift\nexport HOME='{}' SSH_CONNECTION='127.0.0.1 1 127.0.0.1 22'\n\
             export SSH_ORIGINAL_COMMAND=\"$*\"\nexec '{}/gitolite-shell' \"$user\"\n",
            gitolite.home.display(),
            bindir.trim()
        );
        program(&gitolite.ssh, &shell);
        Some(gitolite)
    }

    fn run(&self, words: &[&str]) -> Ran {
        let mut command = self.shop.shell("gitolite", &self.home);
        command.env("HOME", &self.home);
        run(command.args(words), b"")
    }

    /// Puts in the lines of the recipe: two files, and the hook.
    fn configure(&self) {
        let rc = self.home.join(".gitolite.rc");
        let text = std::fs::read_to_string(&rc).unwrap();
        let lines = recipe("hooks/gitolite.rc");
        let lines: Vec<&str> = lines
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect();
        let [local, enabled] = lines[..] else {
            panic!("two lines");
        };
        let text = text.replacen("%RC = (\n", &format!("%RC = (\n{local}\n"), 1);
        let text = text.replacen("ENABLE => [\n", &format!("ENABLE => [\n{enabled}\n"), 1);
        assert!(text.contains(local) && text.contains(enabled), "{text}");
        std::fs::write(&rc, text).unwrap();
        let hook = self.home.join("local/hooks/repo-specific/countersign");
        program(&hook, &script(self.shop));
        let conf = self.home.join(".gitolite/conf/gitolite.conf");
        let mut text = std::fs::read_to_string(&conf).unwrap();
        text.push_str(&recipe("hooks/gitolite.conf"));
        std::fs::write(&conf, text).unwrap();
        self.run(&["setup"]).ok();
    }

    fn push(&self, who: &Checkout, name: &str, words: &[&str]) -> Ran {
        let mut git = self.shop.shell("git", &who.dir);
        git.env("GIT_SSH", &self.ssh)
            .env("GIT_SSH_VARIANT", "simple");
        let url = format!("ssh://{name}@git.example.com/shop");
        run(git.args(["push", "-q", &url]).args(words), b"")
    }
}

#[test]
fn gitolite_says_who_may_push_and_the_hook_what() {
    let shop = Shop::new();
    let Some(gitolite) = Gitolite::new(&shop) else {
        return;
    };
    let world = &shop.world;
    let repository = gitolite.home.join("repositories/shop.git");
    let name = |who: &Checkout| match who.dir.file_name().unwrap().to_str().unwrap() {
        "agent" => "coder".to_owned(),
        name => name.to_owned(),
    };
    let pushes = |who: &Checkout, words: &[&str]| gitolite.push(who, &name(who), words);
    // What is there already comes with its verdicts, judged from the root on.
    world.alice.run("sync").ok();
    world.alice.start("all");
    let early = pushes(&world.alice, &["HEAD:refs/heads/main"]);
    assert!(early.stderr.contains("E-UNAPPROVED"), "{early:?}");
    let all = ["refs/notes/countersign", "HEAD:refs/heads/main"];
    pushes(&world.alice, &all).ok();
    guards(&shop, &pushes, &repository);
    // A branch that is nobody's, and the gate's own word: the hook has nothing against either.
    world.agent.start("side");
    let refused = pushes(&world.agent, &["HEAD:refs/heads/side"]);
    assert!(refused.stderr.contains("DENIED"), "{refused:?}");
    pushes(&world.agent, &["HEAD:refs/heads/work/side"]).ok();
    let blob = world.agent.git(&["hash-object", "-w", "README.md"]);
    let deployed = format!("{blob}:refs/countersign/deployed/production");
    let refused = pushes(&world.agent, &[&deployed]);
    assert!(refused.stderr.contains("DENIED"), "{refused:?}");
    gitolite.push(&world.agent, "deployer", &[&deployed]).ok();
}
