//! Kubernetes: what the gate signed, as the statement about an image that the cluster's policy lets in.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Shop, WRITTEN_ROOT, filled, program, recipe, yaml};
use crate::common::{POLICY_REPOSITORY, Ran, run, verifiers};

const WRITTEN_REPOSITORY: &str = "urn:uuid:5b0c7f0e-3c7a-4f0e-9a55-0d8f6f0b1c11";

/// The image that was built.
fn image() -> String {
    format!("registry.example.com/corp/shop@sha256:{}", "7".repeat(64))
}

/// A shop whose job did what the page shows, with a `cosign` that keeps what it is asked to sign. The
/// files lie in `job`.
fn shop() -> (Shop, PathBuf) {
    let shop = Shop::new();
    let bin = shop.world.sandbox.path("bin");
    let cosign = "#!/bin/sh\nwhile [ \"$1\" != --type ]; do shift; done\n\
                  jq -n --arg type \"$2\" --arg image \"$5\" --slurpfile predicate \"$4\" \\\n\
                  '{predicateType: $type, image: $image, predicate: $predicate[0]}' >signed.json\n";
    program(&bin.join("cosign"), cosign);
    program(
        &bin.join("attest-image"),
        &recipe("kubernetes/attest-image"),
    );
    let job = shop.cut("job");
    shop.dialogue("kubernetes.md", &job, &[("IMAGE", &image())]);
    (shop, job)
}

fn attest(shop: &Shop, job: &Path, commit: &str) -> Ran {
    let mut shell = shop.shell("attest-image", job);
    shell.args(["summary.json", "gate.pub", commit, &image()]);
    run(&mut shell, b"")
}

/// What `cosign` would have signed, as the cluster hands it to the policy.
fn statement(job: &Path) -> Value {
    let signed = std::fs::read_to_string(job.join("signed.json")).unwrap();
    let signed: Value = serde_json::from_str(&signed).unwrap();
    let image = signed["image"].as_str().unwrap();
    let (name, digest) = image.split_once("@sha256:").unwrap();
    json!({
        "_type": "https://in-toto.io/Statement/v0.1",
        "subject": [{"name": name, "digest": {"sha256": digest}}],
        "predicateType": signed["predicateType"],
        "predicate": signed["predicate"],
    })
}

/// Whether the policy admits each of these.
fn admitted(shop: &Shop, python: &Path, statements: &[Value]) -> Vec<bool> {
    let values = [
        (WRITTEN_ROOT, shop.world.root.as_str()),
        (WRITTEN_REPOSITORY, POLICY_REPOSITORY),
    ];
    let policy = shop.world.sandbox.path("admission.rego");
    std::fs::write(&policy, filled("kubernetes/admission.rego", &values)).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/verifiers/rego.py");
    let mut shell = shop
        .world
        .sandbox
        .command(python, &shop.world.sandbox.path(""));
    shell
        .arg(script)
        .arg(&policy)
        .arg("data.sigstore.isCompliant");
    let said = run(&mut shell, json!(statements).to_string().as_bytes()).ok();
    said.lines().map(|line| line == "true").collect()
}

#[test]
fn only_the_gate_s_own_word_about_the_built_commit_is_attested() {
    let (shop, job) = shop();
    assert_eq!(statement(&job)["predicate"]["commit"], shop.first.as_str());
    std::fs::remove_file(job.join("signed.json")).unwrap();
    let attest = |commit: &str| attest(&shop, &job, commit);

    // Another commit than the one that was built.
    let other = attest(&shop.world.root).exits(1);
    assert!(
        other.stderr.contains("is about another commit"),
        "{other:?}"
    );
    // A summary that somebody changed, with a second signature, or of another type.
    let file = job.join("summary.json");
    let good = std::fs::read_to_string(&file).unwrap();
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut document: Value = serde_json::from_str(&good).unwrap();
        change(&mut document);
        std::fs::write(&file, document.to_string()).unwrap();
        let ran = attest(&shop.first);
        assert_ne!(ran.code, Some(0), "{document}");
    };
    broken(&|document| {
        let payload = STANDARD.decode(document["payload"].as_str().unwrap());
        let text = String::from_utf8(payload.unwrap()).unwrap();
        let text = text.replace("\"production\"", "\"productive\"");
        document["payload"] = STANDARD.encode(text).into();
    });
    broken(&|document| {
        let signature = document["signatures"][0].clone();
        document["signatures"]
            .as_array_mut()
            .unwrap()
            .push(signature);
    });
    broken(&|document| document["payloadType"] = "text/plain".into());
    // Another gate's key.
    std::fs::write(&file, &good).unwrap();
    let words = ["genpkey", "-algorithm", "ed25519", "-out", "gate.pub"];
    run(shop.world.sandbox.command("openssl", &job).args(words), b"").ok();
    assert_ne!(attest(&shop.first).code, Some(0));
    assert!(!job.join("signed.json").exists());
}

#[test]
fn the_cluster_admits_what_was_reviewed_for_it_and_refuses_the_rest() {
    let Some(python) = verifiers() else { return };
    let (shop, job) = shop();
    let good = statement(&job);
    let changed = |path: &str, value: Value| {
        let mut statement = good.clone();
        *statement
            .pointer_mut(path)
            .unwrap_or_else(|| panic!("{path}")) = value;
        statement
    };
    let text = |path: &str, value: &str| changed(path, value.into());
    let subject = good.pointer("/predicate/summary/subject/0").unwrap();
    const PREDICATE: &str = "/predicate/summary/predicate";
    const SAID: &str = "/predicate/summary/subject/0/annotations";
    let levels = json!(["ORG_SOURCE_AI_BREAK_GLASS"]);
    let refused = [
        json!({}),
        text("/predicateType", "https://example.com/other"),
        text("/predicate/commit", &shop.world.root),
        text(
            "/predicate/summary/predicateType",
            "https://slsa.dev/provenance/v1",
        ),
        changed("/predicate/summary/subject", json!([subject, subject])),
        text(&format!("{PREDICATE}/verifier/id"), "https://example.com"),
        text(&format!("{PREDICATE}/verificationResult"), "FAILED"),
        changed(&format!("{PREDICATE}/verifiedLevels"), levels),
        text(&format!("{PREDICATE}/resourceUri"), "urn:uuid:other"),
        text(&format!("{SAID}/environment"), "staging"),
        text(&format!("{SAID}/policyRoot"), &shop.first),
        changed(&format!("{SAID}/sourceRefs"), json!(["refs/heads/dev"])),
    ];
    let mut all = vec![good.clone()];
    all.extend(refused);
    let mut expected = vec![false; all.len()];
    expected[0] = true;
    assert_eq!(admitted(&shop, &python, &all), expected);
}

#[test]
fn the_cluster_s_object_holds_that_policy() {
    let [object] = &yaml::documents(&recipe("kubernetes/image-policy.yaml"))[..] else {
        panic!("one document");
    };
    assert_eq!(object["kind"], "ClusterImagePolicy");
    assert_eq!(object["spec"]["mode"], "enforce");
    let authority = &object["spec"]["authorities"][0];
    assert!(authority["key"]["secretRef"]["name"].is_string());
    let attestation = &authority["attestations"][0];
    let script = recipe("kubernetes/attest-image");
    let kind = attestation["predicateType"].as_str().unwrap();
    assert!(script.contains(&format!("--type {kind} ")), "{kind}");
    let policy = attestation["policy"]["data"].as_str().unwrap();
    let file = recipe("kubernetes/admission.rego");
    let lines =
        |text: &str| -> Vec<String> { text.lines().map(|line| line.trim().to_owned()).collect() };
    assert_eq!(lines(policy), lines(&file));
}
