//! The conformance cases (`tests/conformance`): attacks as data, each with its honest twin. Another
//! implementation can run them; this is how ours does.

mod case;
pub mod keys;
mod repository;
mod statement;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use case::{Answer, Case, Step, Twin};
use repository::Repository;

/// Where the cases lie.
pub fn place() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")
}

/// The directories of the cases, by name.
fn cases() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(place()).unwrap();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.is_dir() && path.join("case.toml").is_file());
    found.sort();
    found
}

/// Builds one of the two.
fn build(case: &Case, twin: Twin) -> Repository {
    let mut repository = Repository::new(twin);
    let files = [
        ("README.md", "A service.\n"),
        ("src/app.py", include_str!("../../conformance/start/app.py")),
        ("infra/lb.yaml", "kind: Service\nhealthCheck: /healthz\n"),
        (
            ".countersign/policy.toml",
            include_str!("../../conformance/start/policy.toml"),
        ),
        (
            ".countersign/allowed_signers",
            include_str!("../../conformance/start/allowed_signers"),
        ),
        (".countersign/revoked_keys", "# countersign-revoked-v1\n"),
    ];
    repository.start(&files, &case.policy);
    let mut said = Vec::new();
    for step in case
        .step
        .iter()
        .filter(|step| step.only().is_none_or(|only| only == twin))
    {
        match step {
            Step::Commit(new) => repository.commit(new),
            Step::Say(one) => statement::say(&mut repository, &mut said, one),
            Step::Notes(what) => repository.tamper(what),
            Step::Ref { name, to, .. } => {
                let name = repository.fill(name);
                repository.git(&["update-ref", &name, &repository.oid(to)]);
            }
            Step::Lose { object, .. } => repository.lose(object),
            Step::Propose {
                change,
                head,
                letter,
                signed,
                ..
            } => {
                repository.propose(change, head, letter.as_deref(), signed.as_deref());
            }
        }
    }
    repository
}

/// Asks the gate.
fn question(repository: &Repository, gate: &case::Question) -> (i32, Value, String) {
    let other = (repository.twin == Twin::Honest).then_some(&gate.honest);
    let or = |instead: fn(&case::Instead) -> &Option<String>, word: &String| -> String {
        repository.oid(
            other
                .and_then(|other| instead(other).as_ref())
                .unwrap_or(word),
        )
    };
    let (base, candidate) = (
        or(|i| &i.base, &gate.base),
        or(|i| &i.candidate, &gate.candidate),
    );
    let root = or(|i| &i.root, &gate.root);
    let args = other
        .and_then(|other| other.args.as_ref())
        .unwrap_or(&gate.args);
    if repository
        .sandbox
        .try_git(
            &repository.git_dir,
            &["rev-parse", "-q", "--verify", "refs/heads/main"],
        )
        .code
        != Some(0)
    {
        repository.git(&["update-ref", "refs/heads/main", &candidate]);
    }
    let range = format!("{base}..{candidate}");
    let floor = other.and_then(|other| other.floor.as_ref());
    let floor = floor.or(gate.floor.as_ref()).map(|text| {
        let file = repository.sandbox.path("floor.toml");
        std::fs::write(&file, text).unwrap();
        format!("--floor={}", file.display())
    });
    let mut words = vec!["gate", "--json", "--target", &gate.target];
    if !root.is_empty() {
        words.extend(["--policy-root", &root]);
    }
    let more: Vec<String> = args.iter().map(|word| repository.fill(word)).collect();
    words.extend(more.iter().map(String::as_str));
    words.extend(floor.as_deref());
    words.push(&range);
    let ran = repository.sandbox.countersign(&repository.git_dir, &words);
    (ran.code.unwrap_or(-1), ran.json(), ran.stderr)
}

/// What is wrong with an answer.
fn faults(
    answer: &(i32, Value, String),
    expected: &Answer,
    repository: &Repository,
) -> Vec<String> {
    let (exit, report, _) = answer;
    let mut wrong = Vec::new();
    if *exit != expected.exit || report["exit"] != expected.exit {
        wrong.push(format!("exit {exit}, expected {}", expected.exit));
    }
    let decision = match expected.exit {
        0 => "allow",
        1 => "deny",
        8 => "pending",
        _ => "error",
    };
    let decision = expected.decision.as_deref().unwrap_or(decision);
    if report["decision"] != decision {
        wrong.push(format!(
            "decision {}, expected {decision}",
            report["decision"]
        ));
    }
    if report["verifiedOid"].is_string() != (expected.exit == 0) {
        wrong.push(format!("verifiedOid {}", report["verifiedOid"]));
    }
    let text = report.to_string();
    for id in &expected.reasons {
        if !text.contains(&format!("\"{id}\"")) && !text.contains(&format!("\"{id} ")) {
            wrong.push(format!("no {id}"));
        }
    }
    for (pointer, value) in &expected.json {
        let found = report.pointer(pointer).cloned().unwrap_or(Value::Null);
        let wanted = match value {
            toml::Value::String(text) => Value::String(repository.fill(text)),
            value => serde_json::to_value(value).unwrap(),
        };
        if found != wanted {
            wrong.push(format!("{pointer} is {found}, expected {value}"));
        }
    }
    wrong
}

/// What is wrong with the answers to one case and its twin.
fn try_both(path: &Path) -> Vec<String> {
    let case = Case::read(path);
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    assert!(
        name.starts_with(&case.id) && !case.attack.is_empty(),
        "{name}"
    );
    let mut failed = Vec::new();
    for (twin, expected) in [(Twin::Attack, &case.attacked), (Twin::Honest, &case.honest)] {
        let repository = build(&case, twin);
        let answer = question(&repository, &case.gate);
        let wrong = faults(&answer, expected, &repository).join("; ");
        if !wrong.is_empty() {
            failed.push(format!("{name} {twin:?}: {wrong}\n{}", answer.2));
        }
    }
    failed
}

#[test]
fn every_case_is_answered_as_it_says_and_its_honest_twin_goes() {
    let only = std::env::var("CONFORMANCE").ok();
    let chosen: Vec<PathBuf> = cases()
        .into_iter()
        .filter(|path| {
            only.as_ref()
                .is_none_or(|word| path.to_string_lossy().contains(word))
        })
        .collect();
    assert!(!chosen.is_empty(), "no case");
    let failed = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    // Most of the time goes into waiting for git.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(path) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    failed.lock().unwrap().extend(try_both(path));
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(
        failed.is_empty(),
        "{} of {} twins:\n{}",
        failed.len(),
        2 * chosen.len(),
        failed.join("\n")
    );
}
