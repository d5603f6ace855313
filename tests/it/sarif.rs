//! What we write as SARIF, before the validator of the format's own makers.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::{Demo, Sandbox, World, run, sarif_validator};

/// What it may say of our files: that no web page is named, that another tool's report named no
/// version, that a finding about a whole file or a line that is gone has no region.
const ACCEPTED: [&str; 3] = [
    "SARIF2005 Warning_ProvideToolnformationUri",
    "SARIF2005 Warning_ProvideToolVersion",
    "SARIF2017 Warning_MissingRegion",
];

/// What it says of a file, each once: the rule, and which of its messages. Its exit code says nothing.
fn said(sandbox: &Sandbox, program: &Path, files: &[PathBuf]) -> Vec<String> {
    let answer = sandbox.path("answer.json");
    let mut command = sandbox.command(program, &sandbox.path(""));
    command
        .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")
        .arg("validate")
        .args(files)
        .args(["--rule-kind", "Sarif;Ghas", "--log", "ForceOverwrite"])
        .arg("--output")
        .arg(&answer);
    let printed = run(&mut command, b"").ok();
    let scanned = format!("{} files scanned", files.len());
    assert!(printed.contains(&scanned), "{printed}");
    let answer: Value = serde_json::from_slice(&std::fs::read(answer).unwrap()).unwrap();
    let run = &answer["runs"][0];
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let results = run["results"].as_array().cloned().unwrap_or_default();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut said: Vec<String> = results
        .iter()
        .map(|one| format!("{} {}", word(&one["ruleId"]), word(&one["message"]["id"])))
        .collect();
    said.sort();
    said.dedup();
    said
}

fn kept(sandbox: &Sandbox, name: &str, text: &str) -> PathBuf {
    let file = sandbox.path(format!("{name}.sarif"));
    std::fs::write(&file, text).unwrap();
    file
}

#[track_caller]
fn accepted(said: &[String]) {
    let more = said.iter().find(|one| !ACCEPTED.contains(&one.as_str()));
    assert_eq!(more, None, "{said:?}");
}

#[test]
fn the_makers_validator_takes_every_answer_of_the_gate() {
    let Some(program) = sarif_validator() else {
        return;
    };
    let world = World::new();
    world.queue("try-it", "src/app.py", "def main():\n    return 1\n");
    let head = world.bob.fetch_queue("try-it", 1);
    let merged = world.bob.land_merge(&head);
    world.bob.countersign(&["sync"]).ok();
    let root = world.root.as_str();
    let ranges = [
        format!("{root}..{merged}"),
        format!("{merged}..{root}"),
        format!("{merged}..{merged}"),
        "nowhere".to_owned(),
    ];
    let mut files = Vec::new();
    for (index, (range, code)) in ranges.iter().zip([8, 1, 0, 2]).enumerate() {
        let words = [
            "gate",
            "--target",
            "main",
            "--policy-root",
            root,
            "--sarif",
            range,
        ];
        let ran = world.bob.countersign(&words).exits(code);
        files.push(kept(&world.sandbox, &index.to_string(), &ran.stdout));
    }
    accepted(&said(&world.sandbox, &program, &files));
    // That it looks: a property that the format does not know, and one that it requires.
    let text = std::fs::read_to_string(&files[0]).unwrap();
    for (from, rule) in [("\"results\"", "JSON1005"), ("\"text\"", "JSON1002")] {
        let bent = text.replace(from, "\"odd\"");
        assert_ne!(bent, text);
        let file = kept(&world.sandbox, "bent", &bent);
        let said = said(&world.sandbox, &program, &[file]);
        assert!(said.iter().any(|one| one.starts_with(rule)), "{said:?}");
    }
}

#[test]
fn the_makers_validator_takes_the_findings_of_every_change() {
    let Some(program) = sarif_validator() else {
        return;
    };
    let demo = Demo::new();
    let alice = demo.alice();
    let listed = demo.sandbox.countersign(&alice, &["list", "--json"]).json();
    let mut files = Vec::new();
    for change in listed["changes"].as_array().unwrap() {
        let id = change["id"].as_str().unwrap();
        // A remark on the change itself, one on its message, and one on a file.
        if files.is_empty() {
            for flags in [&[][..], &["--at", "/message"], &["--at", "README.md"]] {
                let words = [&["comment", id, "-m", "Why?"][..], flags].concat();
                demo.sandbox.countersign(&alice, &words).exits(0);
            }
        }
        let words = ["show", id, "--format", "sarif"];
        let text = demo.sandbox.countersign(&alice, &words).ok();
        files.push(kept(&demo.sandbox, id, &text));
    }
    assert!(files.len() > 10);
    accepted(&said(&demo.sandbox, &program, &files));
}
