//! `gate --attest` and `gate --env`: what is signed after a 0, who else can check it, and that nothing
//! but the gate's own last word says where the next range begins.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::common::{Checkout, Key, Ran, World, run};

const REF: &str = "refs/countersign/deployed/production";

fn approve(who: &Checkout, id: &str) {
    who.countersign(&["sync"]).ok();
    let words = ["approve", id, "-m", "read it all", "--push"];
    who.countersign(&words).ok();
}

fn clone(world: &World, name: &str) -> Checkout {
    let clone = Checkout::new(
        &world.sandbox,
        &world.remote,
        name,
        "deploy@corp.example",
        None,
    );
    clone.countersign(&["sync"]).ok();
    clone
}

/// An approved change on main, the clone of a deployer, the gate's key.
fn landed() -> (World, String, Checkout, Key) {
    let world = World::new();
    world.queue("try-it", "src/app.py", "def main():\n    return 1\n");
    approve(&world.alice, "try-it");
    let landed = world.bob.land_merge(&world.bob.fetch_queue("try-it", 1));
    let deployer = clone(&world, "deployer");
    let key = Key::new(&world.sandbox, "gate");
    (world, landed, deployer, key)
}

/// The next approved change on main.
fn next(world: &World, id: &str) -> String {
    world.agent.git(&["fetch", "-q", "origin"]);
    world.queue(id, &format!("src/{id}.py"), "pass\n");
    approve(&world.alice, id);
    world.bob.land_merge(&world.bob.fetch_queue(id, 1))
}

fn gate(world: &World, who: &Checkout, key: &Key, more: &[&str]) -> Ran {
    let key = key.path.to_str().unwrap();
    let mut words = vec!["gate", "--target", "main", "--policy-root", &world.root];
    words.extend(["--gate-key", key]);
    words.extend(more);
    who.countersign(&words)
}

/// The statement inside a line.
fn statement(line: &str) -> Value {
    let envelope: Value = serde_json::from_str(line).unwrap();
    let payload = STANDARD.decode(envelope["payload"].as_str().unwrap());
    serde_json::from_slice(&payload.unwrap()).unwrap()
}

#[test]
fn a_zero_from_a_verified_base_is_attested_and_nothing_else_is() {
    let (world, landed, deployer, key) = landed();
    let (file, range) = (
        deployer.dir.join("vsa"),
        format!("{}..{landed}", world.root),
    );
    gate(&world, &deployer, &key, &["--attest", "vsa", &range]).exits(0);
    let line = std::fs::read_to_string(&file).unwrap();
    assert_eq!(line.matches('\n').count(), 1, "one line");
    let said = statement(&line);
    let subject = &said["subject"][0];
    assert_eq!(said["subject"].as_array().unwrap().len(), 1);
    assert_eq!(subject["digest"]["gitCommit"], landed.as_str());
    assert_eq!(subject["annotations"]["base"], world.root.as_str());
    let summary = &said["predicate"];
    assert_eq!(summary["verificationResult"], "PASSED");
    assert_eq!(
        summary["verifiedLevels"],
        serde_json::json!(["ORG_SOURCE_AI_SENIOR_REVIEWED"])
    );
    let inputs = summary["inputAttestations"].as_array().unwrap();
    let log = world.alice.countersign(&["log", "--json"]).json();
    let signed = log.to_string();
    assert_eq!(inputs.len(), 1);
    let digest = inputs[0]["digest"]["sha256"].as_str().unwrap();
    assert!(signed.contains(digest), "{digest}: {signed}");

    // Denied, pending, only reported, a base out of a branch, no answer: no file.
    std::fs::remove_file(&file).unwrap();
    world.queue("more", "src/more.py", "pass\n");
    let waits = world.bob.land_merge(&world.bob.fetch_queue("more", 1));
    deployer.countersign(&["sync"]).ok();
    deployer.git(&["fetch", "-q", "origin"]);
    let range = format!("{landed}..{waits}");
    let back = format!("{waits}..{landed}");
    gate(&world, &deployer, &key, &["--attest", "vsa", &range]).exits(8);
    gate(&world, &deployer, &key, &["--attest", "vsa", &back]).exits(1);
    let only = ["--attest", "vsa", "--report-only", &range];
    gate(&world, &deployer, &key, &only).exits(0);
    let trial = format!("{}..{landed}", world.root);
    let only = ["--attest", "vsa", "--report-only", &trial];
    gate(&world, &deployer, &key, &only).exits(0);
    let earlier = ["update-ref", "refs/remotes/origin/main", &world.root];
    deployer.git(&earlier);
    let ran = gate(&world, &deployer, &key, &["--attest", "vsa", &landed]).exits(0);
    assert!(ran.stderr.contains("W-BASE-UNVERIFIED"), "{}", ran.stderr);
    let unknown = format!("{}..{}", "0".repeat(39) + "1", landed);
    assert_ne!(
        gate(&world, &deployer, &key, &["--attest", "vsa", &unknown]).code,
        Some(0)
    );
    assert!(!file.exists());
    let nowhere = ["--attest", "no/such/vsa", &trial];
    gate(&world, &deployer, &key, &nowhere).exits(3);
}

/// A key in a PEM file, made by OpenSSL.
fn pem(world: &World, name: &str, words: &[&str]) -> Key {
    let path: PathBuf = world.sandbox.path("keys").join(name);
    let mut make = world
        .sandbox
        .command("openssl", &world.sandbox.path("keys"));
    run(make.args(words).arg("-out").arg(&path), b"").ok();
    Key {
        path,
        public: String::new(),
        fingerprint: String::new(),
    }
}

/// Every kind of key file, each with the public half that `openssl` or `ssh-keygen` makes of it.
fn keys(world: &World) -> Vec<(&'static str, Key)> {
    let ec = [
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
    ];
    let sec1 = ["ecparam", "-name", "prime256v1", "-genkey", "-noout"];
    vec![
        ("openssh ed25519", Key::new(&world.sandbox, "ed")),
        (
            "openssh p256",
            Key::of_type(&world.sandbox, "ec", &["-t", "ecdsa", "-b", "256"]),
        ),
        (
            "pkcs8 ed25519",
            pem(world, "ed.pem", &["genpkey", "-algorithm", "ed25519"]),
        ),
        ("pkcs8 p256", pem(world, "ec.pem", &ec)),
        ("sec1 p256", pem(world, "sec1.pem", &sec1)),
    ]
}

/// The public half as PEM or as an OpenSSH line.
fn public_half(world: &World, key: &Key) -> PathBuf {
    if key.path.extension().is_none() {
        return key.path.with_extension("pub");
    }
    let path = key.path.with_extension("public");
    let mut make = world
        .sandbox
        .command("openssl", &world.sandbox.path("keys"));
    let make = make.args(["pkey", "-pubout", "-in"]).arg(&key.path);
    run(make.arg("-out").arg(&path), b"").ok();
    path
}

#[test]
fn standard_verifiers_accept_what_every_kind_of_key_signs() {
    let Some(python) = crate::common::verifiers() else {
        return;
    };
    let (world, landed, deployer, _) = landed();
    let range = format!("{}..{landed}", world.root);
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/verifiers/attestation.py"
    );
    for (kind, key) in keys(&world) {
        gate(&world, &deployer, &key, &["--attest", "vsa", &range]).exits(0);
        let public = public_half(&world, &key);
        let check = |file: &str| {
            let mut check = world.sandbox.command(&python, &deployer.dir);
            run(check.arg(script).args([file, &landed]).arg(&public), b"")
        };
        assert_eq!(check("vsa").ok(), "accepted\n", "{kind}");
        // One bit of the signed bytes, and no verifier takes it.
        let line = std::fs::read_to_string(deployer.dir.join("vsa")).unwrap();
        let at = line.find("\"payload\":\"").unwrap() + 40;
        let other = if &line[at..=at] == "A" { "B" } else { "A" };
        let bent = format!("{}{other}{}", &line[..at], &line[at + 1..]);
        std::fs::write(deployer.dir.join("bent"), bent).unwrap();
        assert_ne!(check("bent").code, Some(0), "{kind}");
        // The gate itself takes it for a base, by the public half alone.
        let keep = ["--env", "production", &range];
        gate(&world, &deployer, &key, &keep).exits(0);
        let public = Key {
            path: public,
            ..key
        };
        let again = ["--env", "production", landed.as_str()];
        gate(&world, &deployer, &public, &again).exits(0);
        deployer.git(&["update-ref", "-d", REF]);
    }
}

#[test]
fn a_key_that_is_locked_missing_or_of_another_kind_is_said_at_once() {
    let (world, landed, deployer, key) = landed();
    let range = format!("{}..{landed}", world.root);
    let asks = |path: PathBuf, words: &[&str], hint: &str| {
        let key = Key {
            path,
            ..key.clone()
        };
        let mut more = vec!["--attest", "vsa", range.as_str()];
        more.extend(words);
        let ran = gate(&world, &deployer, &key, &more).exits(4);
        assert!(ran.stderr.contains(hint), "{}", ran.stderr);
        assert!(!deployer.dir.join("vsa").exists());
    };
    let locked = Key::new(&world.sandbox, "locked");
    let mut lock = world.sandbox.command("ssh-keygen", &deployer.dir);
    let lock = lock.args(["-q", "-p", "-P", "", "-N", "secret", "-f"]);
    run(lock.arg(&locked.path), b"").ok();
    asks(locked.path, &[], "passphrase");
    let crypt = [
        "genpkey",
        "-algorithm",
        "ed25519",
        "-aes256",
        "-pass",
        "pass:secret",
    ];
    asks(
        pem(&world, "locked.pem", &crypt).path,
        &["--json"],
        "passphrase",
    );
    asks(deployer.dir.join("nothing"), &[], "ssh-keygen -t ed25519");
    let wide = Key::of_type(&world.sandbox, "wide", &["-t", "ecdsa", "-b", "384"]);
    asks(wide.path, &[], "not Ed25519 or P-256");
    asks(key.path.with_extension("pub"), &[], "public key");
    let without = ["gate", "--attest", "vsa", &range];
    deployer.countersign(&without).exits(2);
}

#[test]
fn the_next_range_begins_where_the_last_attestation_ends() {
    let (world, landed, deployer, key) = landed();
    let asked = |words: &[&str]| {
        let mut more = vec!["--env", "production"];
        more.extend(words);
        gate(&world, &deployer, &key, &more)
    };
    let first = asked(&[&landed]).exits(3);
    assert!(first.stderr.contains("E-ATTESTATION"), "{}", first.stderr);
    assert!(first.stderr.contains("--first"), "{}", first.stderr);
    let first = asked(&["--first", &landed]).exits(0);
    assert!(first.stdout.ends_with(&format!("verified-oid={landed}\n")));
    let kept = deployer.git(&["cat-file", "blob", REF]);
    assert_eq!(
        statement(&kept)["subject"][0]["annotations"]["environment"],
        "production"
    );

    // Nothing new: 0, and what is kept stays.
    let blob = deployer.oid(REF);
    asked(&[&landed]).exits(0);
    assert_eq!(deployer.oid(REF), blob);

    let second = next(&world, "second");
    deployer.countersign(&["sync"]).ok();
    let answer = asked(&["--json", &second]).exits(0).json();
    assert_eq!(answer["base"], landed.as_str());
    assert_eq!(answer["verifiedOid"], second.as_str());
    // Back to an older attestation of the same gate: more is judged, nothing less.
    deployer.git(&["update-ref", REF, &blob]);
    let answer = asked(&["--json", "--report-only", &second]).exits(0).json();
    assert_eq!(answer["base"], landed.as_str());
    assert_eq!(deployer.oid(REF), blob, "a trial keeps nothing");

    world.queue("third", "src/third.py", "pass\n");
    let waits = world.bob.land_merge(&world.bob.fetch_queue("third", 1));
    deployer.countersign(&["sync"]).ok();
    asked(&[&waits]).exits(8);
    assert_eq!(deployer.oid(REF), blob, "only a 0 is kept");
    asked(&["--env", "a/b", &waits]).exits(2);
    gate(&world, &deployer, &key, &["--env", "../x", &waits]).exits(2);
}

#[test]
fn what_the_gate_did_not_sign_for_this_place_is_no_base() {
    let (world, landed, deployer, key) = landed();
    let range = format!("{}..{landed}", world.root);
    let asked = |who: &Key, environment: &str| {
        let words = ["--env", environment, landed.as_str()];
        gate(&world, &deployer, who, &words)
    };
    let refused = |ran: Ran, why: &str| {
        let ran = ran.exits(3);
        assert!(ran.stderr.contains("E-ATTESTATION"), "{}", ran.stderr);
        assert!(ran.stderr.contains(why), "{why}: {}", ran.stderr);
        assert!(ran.stderr.contains("hint: "), "{}", ran.stderr);
        assert!(!ran.stdout.contains("verified-oid"));
    };
    gate(&world, &deployer, &key, &["--env", "production", &range]).exits(0);
    asked(&key, "production").exits(0);
    let good = deployer.oid(REF);

    let other = Key::new(&world.sandbox, "other");
    refused(asked(&other, "production"), "another key");
    // The honest line, under the name of another environment.
    deployer.git(&["update-ref", "refs/countersign/deployed/staging", REF]);
    refused(asked(&key, "staging"), "environment");
    // One made for nowhere in particular.
    gate(&world, &deployer, &key, &["--attest", "vsa", &range]).exits(0);
    let put = |file: &str| {
        let blob = deployer.git(&["hash-object", "-w", file]);
        deployer.git(&["update-ref", REF, &blob]);
    };
    put("vsa");
    refused(asked(&key, "production"), "environment");
    // Bent, cut, empty, no blob.
    let line = deployer.git(&["cat-file", "blob", &good]);
    for (broken, why) in [
        (line.replace("PASSED", "FAILED"), "not a canonical envelope"),
        (
            line[..line.len() / 2].to_owned() + "\n",
            "not a canonical envelope",
        ),
        (String::new(), "not a canonical envelope"),
    ] {
        deployer.write("broken", broken);
        put("broken");
        refused(asked(&key, "production"), why);
    }
    let payload = line.replacen("\"payload\":\"eyJ", "\"payload\":\"eyK", 1) + "\n";
    deployer.write("broken", payload);
    put("broken");
    refused(asked(&key, "production"), "does not match");
    deployer.git(&["update-ref", REF, &landed]);
    refused(asked(&key, "production"), "holds no attestation");
    deployer.git(&["update-ref", "-d", REF]);
    refused(asked(&key, "production"), "nothing was attested");
}

#[test]
fn an_attestation_for_another_target_or_repository_is_no_base() {
    let world = World::new();
    let key = Key::new(&world.sandbox, "gate");
    world.bob.start("landing");
    world.bob.write("docs/a.md", "a\n");
    world.bob.commit_signed("A page");
    let landed = world.bob.oid("HEAD");
    world
        .bob
        .git(&["push", "-q", "origin", "HEAD:refs/heads/main"]);
    let both = ["push", "-q", "origin", "HEAD:refs/heads/release/1"];
    world.bob.git(&both);
    let deployer = clone(&world, "deployer");
    let range = format!("{}..{landed}", world.root);
    gate(&world, &deployer, &key, &["--env", "production", &range]).exits(0);
    let words = ["--target", "release/1", "--env", "production", &landed];
    let asked = [
        "gate",
        "--policy-root",
        &world.root,
        "--gate-key",
        key.path.to_str().unwrap(),
    ];
    let ran = deployer
        .countersign(&[&asked[..], &words[..]].concat())
        .exits(3);
    assert!(ran.stderr.contains("is for the target"), "{}", ran.stderr);

    // The same policy for another repository.
    let other = World::with_policy(|policy| {
        policy.repository = "urn:uuid:11111111-2222-4333-8444-555555555555".to_owned();
    });
    let away = clone(&other, "deployer");
    let line = deployer.git(&["cat-file", "blob", REF]);
    away.write("line", line + "\n");
    let blob = away.git(&["hash-object", "-w", "line"]);
    away.git(&["update-ref", REF, &blob]);
    let ran = gate(&other, &away, &key, &["--env", "production", "HEAD"]).exits(3);
    assert!(
        ran.stderr.contains("is for the repository"),
        "{}",
        ran.stderr
    );
}

#[test]
fn two_gates_do_not_overwrite_each_other_on_the_remote() {
    let (world, landed, deployer, key) = landed();
    let range = format!("{}..{landed}", world.root);
    let push = ["--env", "production", "--push", &range];
    gate(&world, &deployer, &key, &push).exits(0);
    let first = world.remote_ref(REF).expect("pushed");
    assert_eq!(first, deployer.oid(REF));

    // Another clone finds it, judges on from there and moves it.
    let late = clone(&world, "late");
    let second = next(&world, "second");
    late.countersign(&["sync"]).ok();
    let words = ["--env", "production", "--push", "--json", &second];
    let answer = gate(&world, &late, &key, &words).exits(0).json();
    assert_eq!(answer["base"], landed.as_str());
    let moved = world.remote_ref(REF).unwrap();
    assert_ne!(moved, first);

    // The first one has not heard of it: its push is not taken, and it says nothing is verified. Within
    // one second both would write the same bytes, and there would be nothing to refuse.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    deployer.countersign(&["sync"]).ok();
    let tracked = "refs/countersign-remote/origin/countersign/deployed/production";
    deployer.git(&["update-ref", tracked, &first]);
    let words = ["--env", "production", "--push", "--attest", "vsa", &second];
    let ran = gate(&world, &deployer, &key, &words).exits(3);
    assert!(ran.stderr.contains("E-ATTESTATION-MOVED"), "{}", ran.stderr);
    assert!(!ran.stdout.contains("verified-oid"), "{}", ran.stdout);
    assert!(!deployer.dir.join("vsa").exists());
    assert_eq!(world.remote_ref(REF).unwrap(), moved);
    deployer.countersign(&["sync"]).ok();
    gate(&world, &deployer, &key, &words).exits(0);

    // What a stranger puts there is passed over while a good one is known, and mended by the next.
    let junk = world.agent.oid("HEAD:README.md");
    world
        .agent
        .git(&["push", "-q", "-f", "origin", &format!("{junk}:{REF}")]);
    let third = next(&world, "third");
    deployer.countersign(&["sync"]).ok();
    let words = ["--env", "production", "--push", &third];
    let ran = gate(&world, &deployer, &key, &words).exits(0);
    assert!(ran.stderr.contains("W-REF-FAILED"), "{}", ran.stderr);
    assert_eq!(world.remote_ref(REF).unwrap(), deployer.oid(REF));

    // A remote that is gone by then: 4, and nothing is verified.
    let fourth = next(&world, "fourth");
    deployer.countersign(&["sync"]).ok();
    deployer.git(&["config", "remote.origin.url", "/nowhere"]);
    let words = ["--env", "production", "--push", &fourth];
    let ran = gate(&world, &deployer, &key, &words).exits(4);
    assert!(!ran.stdout.contains("verified-oid"), "{}", ran.stdout);
}
