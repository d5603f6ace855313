//! Argo CD and Flux: the gate, then a tag by a key that the cluster knows.

use std::path::Path;

use serde_json::Value;

use super::{Shop, WRITTEN_ROOT, filled, program, recipe, waits, yaml};
use crate::common::{Ran, run};

const WRITTEN_KEY: &str = "89ABCDEF0123456789ABCDEF0123456789ABCDEF";

/// An OpenPGP key in the sandbox, by its fingerprint; its agent ends with the test.
struct Pgp<'a> {
    shop: &'a Shop,
    fingerprint: String,
}

impl<'a> Pgp<'a> {
    fn new(shop: &'a Shop) -> Option<Self> {
        let found = std::process::Command::new("gpg").arg("--version").output();
        // `.ci/run` installs what the tests call, and says so by this variable.
        if found.is_err() && std::env::var_os("COUNTERSIGN_VERIFIERS").is_none() {
            return None;
        }
        let mut pgp = Self {
            shop,
            fingerprint: String::new(),
        };
        pgp.fingerprint = pgp.key("Deployer <deployer@corp.example>");
        Some(pgp)
    }

    fn key(&self, name: &str) -> String {
        let new = [
            "--passphrase",
            "",
            "--quick-gen-key",
            name,
            "ed25519",
            "sign",
            "never",
        ];
        self.gpg(&new).ok();
        let listed = self.gpg(&["--with-colons", "--list-keys", name]).ok();
        let line = listed.lines().find_map(|line| line.strip_prefix("fpr:"));
        line.unwrap().trim_matches(':').to_owned()
    }

    fn gpg(&self, words: &[&str]) -> Ran {
        let home = self.shop.world.sandbox.path("gnupg");
        super::program(&home.join(".keep"), "");
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(&home, private).unwrap();
        let mut gpg = self.shop.shell("gpg", &self.shop.world.sandbox.path(""));
        run(gpg.args(["--batch", "--quiet"]).args(words), b"")
    }
}

impl Drop for Pgp<'_> {
    fn drop(&mut self) {
        let mut end = self
            .shop
            .shell("gpgconf", &self.shop.world.sandbox.path(""));
        let _ = end.args(["--kill", "all"]).output();
    }
}

fn tag(shop: &Shop, pgp: &Pgp<'_>, dir: &Path) -> Ran {
    let key = shop.key.to_str().unwrap();
    let values = [
        (WRITTEN_ROOT, shop.world.root.as_str()),
        (WRITTEN_KEY, &pgp.fingerprint),
        ("/etc/shop-deploy/gate-key", key),
    ];
    let script = shop.world.sandbox.path("lib/gate-then-tag");
    program(&script, &filled("gitops/gate-then-tag", &values));
    let mut shell = shop.shell(script.to_str().unwrap(), dir);
    // Who tags; the times of a sandbox stand still.
    let clock = "#!/bin/sh\nn=$(cat \"$0.n\" 2>/dev/null || echo 1796000000)\necho $n\necho $((n + 60)) >\"$0.n\"\n";
    program(&shop.world.sandbox.path("bin/date"), clock);
    shell
        .env("GIT_COMMITTER_NAME", "Deployer")
        .env("GIT_COMMITTER_EMAIL", "deployer@corp.example");
    run(&mut shell, b"")
}

#[test]
fn what_was_verified_gets_a_signed_tag_and_nothing_else_does() {
    let shop = Shop::begun();
    let Some(pgp) = Pgp::new(&shop) else { return };
    let dir = shop.cut("deployer");
    let good = shop.land("good", true);
    let name = tag(&shop, &pgp, &dir).ok();
    let name = name.trim_end();
    assert_eq!(name, "v0.0.1796000000");
    // Another clone sees a tag by that key on that commit.
    let other = shop.cut("cluster");
    let fetch = ["fetch", "-q", "origin", "tag", name];
    shop.world.sandbox.git(&other, &fetch);
    let at = format!("{name}^{{commit}}");
    assert_eq!(shop.world.sandbox.git(&other, &["rev-parse", &at]), good);
    let seen = shop
        .world
        .sandbox
        .try_git(&other, &["verify-tag", "--raw", name])
        .exits(0);
    assert!(
        seen.stderr
            .contains(&format!("VALIDSIG {}", pgp.fingerprint)),
        "{seen:?}"
    );
    // Again: the same tag, and no other.
    assert_eq!(tag(&shop, &pgp, &dir).ok().trim_end(), name);

    shop.land("more", false);
    waits(tag(&shop, &pgp, &dir));
    let tags = shop
        .world
        .sandbox
        .git(&shop.world.remote, &["tag", "--list"]);
    assert_eq!(tags, name);

    // A tag of the same kind that somebody else made on the next commit is not taken for ours.
    shop.approve("more");
    let stranger = pgp.key("Stranger <stranger@corp.example>");
    shop.world.bob.git(&["fetch", "-q", "origin"]);
    let forged = [
        "-c",
        "gpg.format=openpgp",
        "tag",
        "-s",
        "-u",
        &stranger,
        "-m",
        "mine",
        "v0.0.1899999999",
        "origin/main",
    ];
    shop.world.bob.git(&forged);
    shop.world
        .bob
        .git(&["push", "-q", "origin", "v0.0.1899999999"]);
    assert_eq!(tag(&shop, &pgp, &dir).ok().trim_end(), "v0.0.1796000060");
}

/// What stands at a path of keys and places in a list.
fn at<'a>(document: &'a Value, path: &str) -> &'a Value {
    path.split('.')
        .fold(document, |value, part| match part.parse::<usize>() {
            Ok(place) => &value[place],
            Err(_) => &value[part],
        })
}

#[test]
fn flux_and_argo_cd_are_told_to_believe_that_key_alone() {
    let flux = yaml::documents(&recipe("gitops/flux.yaml"));
    assert_eq!(flux[0]["kind"], "GitRepository");
    assert_eq!(at(&flux[0], "spec.verify.mode"), "Tag");
    assert!(at(&flux[0], "spec.verify.secretRef.name").is_string());
    // The tags of the script are in the range.
    assert_eq!(at(&flux[0], "spec.ref.semver"), ">=0.0.1700000000 <0.1.0");
    assert_eq!(
        at(&flux[1], "spec.sourceRef.name"),
        at(&flux[0], "metadata.name")
    );
    let argo = yaml::documents(&recipe("gitops/argocd.yaml"));
    assert_eq!(
        (&argo[0]["kind"], &argo[1]["kind"]),
        (&"AppProject".into(), &"Application".into())
    );
    assert_eq!(
        at(&argo[0], "spec.signatureKeys.0.keyID"),
        &WRITTEN_KEY[24..]
    );
    assert_eq!(at(&argo[1], "spec.project"), at(&argo[0], "metadata.name"));
    assert_eq!(
        at(&argo[1], "spec.source.repoURL"),
        at(&argo[0], "spec.sourceRepos.0")
    );
    let revision = at(&argo[1], "spec.source.targetRevision").as_str().unwrap();
    let number = revision.strip_prefix("v0.0.").unwrap();
    assert!(
        number.bytes().all(|byte| byte.is_ascii_digit()),
        "{revision}"
    );
}
