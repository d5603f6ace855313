//! `countersign init`: what it proposes is a policy that can be met, it writes nothing over anything,
//! and it says what is missing with the commands that help.

use std::path::PathBuf;

use crate::common::{Key, Ran, Sandbox};

/// A clone with one commit on `main` and a remote, nobody's key configured.
struct Bare {
    sandbox: Sandbox,
    dir: PathBuf,
}

impl Bare {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let dir = sandbox.path("shop");
        let root = sandbox.path("");
        sandbox.git(&root, &["init", "-q", "--bare", "remote.git"]);
        sandbox.git(&root, &["clone", "-q", "remote.git", "shop"]);
        std::fs::create_dir(dir.join("infra")).unwrap();
        std::fs::write(dir.join("infra/lb.tf"), "a\n").unwrap();
        std::fs::write(dir.join("CODEOWNERS"), "# who\n* @bob carol@corp.example\n").unwrap();
        let clone = Self { sandbox, dir };
        clone.git("config user.name Ann");
        clone.git("config user.email ann@corp.example");
        clone.git("add .");
        clone.git("commit -q -m first");
        clone.git("push -q origin HEAD:main");
        clone
    }

    /// The same with a key of Ann's own.
    fn with_key() -> (Self, Key) {
        let clone = Self::new();
        let key = Key::new(&clone.sandbox, "ann");
        clone.git("config gpg.format ssh");
        clone.git(&format!("config user.signingKey {}", key.path.display()));
        (clone, key)
    }

    fn git(&self, words: &str) -> String {
        let words: Vec<&str> = words.split(' ').collect();
        self.sandbox.git(&self.dir, &words)
    }

    fn init(&self, words: &[&str]) -> Ran {
        self.sandbox
            .countersign(&self.dir, &[&["init"], words].concat())
    }

    fn person(&self, name: &str) -> String {
        let key = Key::new(&self.sandbox, name);
        format!("{name}={name}@corp.example={}.pub", key.path.display())
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.dir.join(".countersign").join(file)).unwrap()
    }

    /// The configuration of the clone and what lies in its work tree.
    fn state(&self) -> (String, String) {
        let config = std::fs::read_to_string(self.dir.join(".git/config")).unwrap();
        (config, self.git("status --porcelain --ignored"))
    }
}

#[test]
fn what_it_writes_is_a_valid_policy_and_its_root_is_printed_once_it_is_on_the_target() {
    let (clone, _) = Bare::with_key();
    let (bob, carol) = (clone.person("bob"), clone.person("carol"));
    let refspecs = clone.git("config --get-all remote.origin.fetch");
    let ran = clone.init(&["--person", &bob, "--person", &carol]).exits(0);
    for said in [
        "CODEOWNERS: @bob, carol@corp.example",
        "what touches infra/** needs 2 of the 3 people who may approve: all but the one who made it",
        "unless each of its commits is signed by ann, bob or carol (git commit -S)",
        "git commit -S -m",
        "git push origin HEAD:main",
        "git rev-parse HEAD",
    ] {
        assert!(ran.stdout.contains(said), "{said}\n{}", ran.stdout);
    }
    clone
        .sandbox
        .countersign(&clone.dir, &["policy", "check"])
        .exits(0);
    assert_eq!(clone.git("config --get-all remote.origin.fetch"), refspecs);
    let undecorated = clone.git("config --get-all log.excludeDecoration");
    assert_eq!(undecorated, "refs/countersign-remote/");
    // The very commands that it printed.
    clone.git("add .countersign");
    clone.sandbox.git(
        &clone.dir,
        &["commit", "-q", "-S", "-m", "policy: who may approve what"],
    );
    clone.git("push -q origin HEAD:main");
    let root = clone.git("rev-parse HEAD");
    clone.git("commit -q -S --allow-empty -m later");
    clone.git("push -q origin HEAD:main");
    let again = clone.init(&["--json"]).exits(0).json();
    assert_eq!(again["root"], root.as_str());
    assert_eq!(again["written"], false);
    clone.sandbox.countersign(&clone.dir, &["sync"]).exits(0);
    let gate = [
        "gate",
        "--target",
        "main",
        "--policy-root",
        &root,
        &format!("{root}..main"),
    ];
    clone.sandbox.countersign(&clone.dir, &gate).exits(0);
}

#[test]
fn a_second_run_changes_nothing_and_other_wishes_are_shown_not_written() {
    let (clone, _) = Bare::with_key();
    let (bob, carol) = (clone.person("bob"), clone.person("carol"));
    clone.init(&["--person", &bob]).exits(0);
    let policy = clone.read("policy.toml");
    let state = clone.state();
    for words in [&[][..], &["--person", &bob]] {
        let ran = clone.init(words).exits(0);
        assert!(
            !ran.stdout.contains("written\n") || words.is_empty(),
            "{}",
            ran.stdout
        );
        assert_eq!(clone.read("policy.toml"), policy);
        assert_eq!(clone.state(), state);
    }
    let ran = clone.init(&["--person", &carol]).exits(1);
    assert!(ran.stdout.contains("    - [people.bob]"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("    + [people.carol]"),
        "{}",
        ran.stdout
    );
    assert!(ran.stderr.contains("nothing was written"), "{}", ran.stderr);
    assert_eq!(clone.read("policy.toml"), policy);
    // One of the three that is missing is written; the others stay.
    std::fs::remove_file(clone.dir.join(".countersign/revoked_keys")).unwrap();
    clone.init(&["--person", &bob]).exits(0);
    assert_eq!(clone.read("revoked_keys"), "# countersign-revoked-v1\n");
    assert_eq!(clone.read("policy.toml"), policy);
    // What is there and is no policy is said, and stays.
    std::fs::write(clone.dir.join(".countersign/policy.toml"), "schema = 1\n").unwrap();
    clone.init(&[]).exits(3);
    assert_eq!(clone.read("policy.toml"), "schema = 1\n");
}

#[test]
fn a_dry_run_shows_the_policy_and_leaves_everything_as_it_was() {
    let (clone, _) = Bare::with_key();
    let bob = clone.person("bob");
    let before = clone.state();
    let ran = clone.init(&["--dry-run", "--person", &bob]).exits(0);
    assert!(ran.stdout.contains("  [people.bob]\n"), "{}", ran.stdout);
    assert_eq!(clone.state(), before);
    let document = clone
        .init(&["-n", "--json", "--person", &bob])
        .exits(0)
        .json();
    assert_eq!(document["files"][0]["state"], "missing");
    assert_eq!(document["people"][1]["principal"], "bob@corp.example");
    assert_eq!(clone.state(), before);
}

#[test]
fn without_a_key_it_ends_with_4_and_the_commands_and_makes_none() {
    let clone = Bare::new();
    let before = clone.state();
    let ran = clone.init(&[]).exits(4);
    for said in [
        "hint: ssh-keygen -t ed25519 -f ~/.ssh/id_ed25519",
        "hint: git config --global gpg.format ssh",
        "hint: git config --global user.signingKey ~/.ssh/id_ed25519.pub",
    ] {
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    assert_eq!(clone.state(), before);
    assert!(!clone.sandbox.path("home/.ssh").exists());
    // A key that is there already is named.
    std::fs::create_dir(clone.sandbox.path("home/.ssh")).unwrap();
    std::fs::write(clone.sandbox.path("home/.ssh/id_work.pub"), "").unwrap();
    let ran = clone.init(&[]).exits(4);
    assert!(
        ran.stderr.contains("user.signingKey ~/.ssh/id_work.pub"),
        "{}",
        ran.stderr
    );
    // Two others can be set up from a clone that signs nothing.
    let (bob, carol) = (clone.person("bob"), clone.person("carol"));
    clone.init(&["--person", &bob, "--person", &carol]).exits(0);
    clone
        .sandbox
        .countersign(&clone.dir, &["policy", "check"])
        .exits(0);
}

#[test]
fn one_person_alone_is_refused_in_words_with_what_to_do() {
    let (clone, _) = Bare::with_key();
    let before = clone.state();
    let ran = clone.init(&[]).exits(2);
    assert!(
        ran.stderr.contains("ann cannot review alone"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("--person NAME=EMAIL=KEYFILE"),
        "{}",
        ran.stderr
    );
    let bob = clone.person("bob");
    let ran = clone.init(&["--person", &bob, "--approvals", "2"]).exits(2);
    assert!(
        ran.stderr.contains("without the author only 1 are left"),
        "{}",
        ran.stderr
    );
    assert_eq!(clone.state(), before);
    let ran = clone.init(&["--person", &bob]).exits(0);
    assert!(
        ran.stdout
            .contains("ann waits for bob and the other way round"),
        "{}",
        ran.stdout
    );
}

#[test]
fn keys_that_git_trusts_are_proposed_and_keys_in_the_history_are_only_named() {
    let (clone, ann) = Bare::with_key();
    let (bob, eve) = (
        Key::new(&clone.sandbox, "bob"),
        Key::new(&clone.sandbox, "eve"),
    );
    let list = clone.sandbox.path("signers");
    let text = format!(
        "# mine\nann@corp.example {}\nbob@corp.example namespaces=\"git\" {} bob\n*@corp.example {}\nca@corp.example cert-authority {}\n",
        ann.public, bob.public, eve.public, eve.public
    );
    std::fs::write(&list, text).unwrap();
    clone.git(&format!(
        "config gpg.ssh.allowedSignersFile {}",
        list.display()
    ));
    let eves = format!("user.signingKey={}", eve.path.display());
    clone.git(&format!(
        "-c {eves} commit -q -S --allow-empty --author=Eve<eve@corp.example> -m signed"
    ));
    clone.git("push -q origin HEAD:main");
    let document = clone.init(&["--dry-run", "--json"]).exits(0).json();
    let people = document["people"].as_array().unwrap();
    let ids: Vec<&str> = people.iter().filter_map(|one| one["id"].as_str()).collect();
    assert_eq!(ids, ["ann", "bob"]);
    assert_eq!(people[1]["from"], "gpg.ssh.allowedSignersFile");
    let warned = document["warnings"].to_string();
    assert!(warned.contains("eve@corp.example signed 1 of") && warned.contains(&eve.fingerprint));
    assert!(!document["files"][1].to_string().contains(&eve.public));
    clone.init(&["--dry-run", "--no-known-signers"]).exits(2);
}

#[test]
fn every_flag_is_in_the_policy_and_a_name_cannot_break_out_of_its_place() {
    let (clone, _) = Bare::with_key();
    let (bob, carol) = (clone.person("bob"), clone.person("carol"));
    for hostile in [
        "b\"]\nroles: [\"x=b@corp.example",
        "bob=b@corp.example\nmallory@corp.example",
        "bob=\"@corp.example",
    ] {
        let key = bob.rsplit('=').next().unwrap();
        let ran = clone
            .init(&["--person", &format!("{hostile}={key}")])
            .exits(2);
        assert!(
            ran.stderr.contains("would be no valid policy"),
            "{}",
            ran.stderr
        );
        assert!(!clone.dir.join(".countersign").exists());
    }
    let words = [
        "--me",
        "lead",
        "--person",
        &bob,
        "--person",
        &carol,
        "--agent",
        "coder=bot@x.example=lead",
        "--target",
        "main",
        "--target",
        "release/*",
        "--mode",
        "all",
        "--approvals",
        "2",
        "--guard",
        "db/**",
        "--repository",
        "urn:uuid:5b0c7f0e-3c7a-4f0e-9a55-0d8f6f0b1c11",
    ];
    clone.init(&words).exits(0);
    let policy = clone.read("policy.toml");
    for line in [
        "targets = [\"refs/heads/main\", \"refs/heads/release/*\"]",
        "mode = \"all\"",
        "[people.lead]",
        "[agents.coder]\nemails = [\"bot@x.example\"]\noperator = \"lead\"",
        "paths = [\"db/**\"]",
        "repository = \"urn:uuid:5b0c7f0e-3c7a-4f0e-9a55-0d8f6f0b1c11\"",
    ] {
        assert!(policy.contains(line), "{line}\n{policy}");
    }
    assert!(!policy.contains("exempt_humans") && !policy.contains("infra"));
    clone
        .sandbox
        .countersign(&clone.dir, &["policy", "check"])
        .exits(0);
}

#[test]
fn a_folder_that_leads_elsewhere_is_not_followed() {
    let (clone, _) = Bare::with_key();
    let bob = clone.person("bob");
    let elsewhere = clone.sandbox.path("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, clone.dir.join(".countersign")).unwrap();
    clone.init(&["--person", &bob]).exits(4);
    assert_eq!(std::fs::read_dir(&elsewhere).unwrap().count(), 0);
    std::fs::remove_file(clone.dir.join(".countersign")).unwrap();
    std::fs::create_dir(clone.dir.join(".countersign")).unwrap();
    let file = clone.dir.join(".countersign/policy.toml");
    std::os::unix::fs::symlink(elsewhere.join("p"), file).unwrap();
    clone.init(&["--person", &bob]).exits(1);
    assert_eq!(std::fs::read_dir(&elsewhere).unwrap().count(), 0);
}
