//! The statements of a case: what an honest client would sign, then what the case changes of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::change::Oid;
use countersign::git::Store;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::case::Say;
use super::keys::Key;
use super::repository::Repository;

const KIND: &str = "application/vnd.in-toto+json";
const NAMESPACE: &str = "verdict.v1@countersign.dev";
const REPOSITORY: &str = "urn:uuid:5b0c7f0e-3c7a-4f0e-9a55-0d8f6f0b1c11";

/// A verdict that is in the notes: its digest, head and content.
pub struct Said {
    pub digest: String,
    pub about: [String; 2],
}

/// Makes a statement, signs it and puts it into the notes.
pub fn say(repository: &mut Repository, said: &mut Vec<Said>, say: &Say) {
    let mut value = draft(repository, said, say);
    for (path, new) in &say.set {
        let new = fill(repository, &serde_json::to_value(new).unwrap());
        set(&mut value, path, new);
    }
    for path in &say.drop {
        unset(&mut value, path);
    }
    let payload = replaced(
        repository,
        serde_json::to_string(&sorted(value)).unwrap(),
        &say.payload,
    );
    let key = Key::of(say.key.as_ref().unwrap_or(&say.by));
    let namespace = say.namespace.as_deref().unwrap_or(NAMESPACE);
    let mut blob = key.attest(namespace, &payload, say.flags.unwrap_or(1));
    if let Some((at, byte)) = say.signature {
        let at = usize::try_from(if at < 0 {
            i64::try_from(blob.len()).unwrap() + at
        } else {
            at
        })
        .unwrap();
        blob[at] ^= byte;
    }
    let line = format!(
        "{{\"payload\":\"{}\",\"payloadType\":\"{KIND}\",\"signatures\":[{{\"keyid\":\"{}\",\"sig\":\"{}\"}}]}}",
        STANDARD.encode(&payload),
        key.fingerprint(),
        STANDARD.encode(blob)
    );
    let line = replaced(repository, line, &say.line);
    let digest = hex(&Sha256::digest(&payload));
    if let Some(name) = &say.name {
        repository
            .names
            .insert(format!("said:{name}"), digest.clone());
        repository
            .names
            .insert(format!("line:{name}"), line.clone());
    }
    let head = repository.oid(&say.head);
    if !say.withheld {
        let place = say
            .place
            .as_ref()
            .map_or_else(|| head.clone(), |place| repository.oid(place));
        repository.note(&place, &line);
    }
    if !say.unseen && say.kind.is_none() {
        let content = content(repository, &say.base, &say.head).0;
        said.push(Said {
            digest,
            about: [head, content],
        });
    }
}

/// A text in which this became that.
fn replaced(repository: &Repository, mut text: String, pairs: &[[String; 2]]) -> String {
    for [from, to] in pairs {
        let (from, to) = (repository.fill(from), repository.fill(to));
        assert!(text.contains(&from), "no {from:?} in {text}");
        text = text.replacen(&from, &to, 1);
    }
    text
}

fn draft(repository: &Repository, said: &[Said], say: &Say) -> Value {
    let head = repository.oid(&say.head);
    let issued = repository.at(&format!("-{}", say.age));
    let reviewer = json!({"key": Key::of(&say.by).fingerprint(), "principal": format!("{}@corp.example", person(&say.by))});
    let mut predicate = json!({
        "issuedAt": issued.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "repository": {"id": REPOSITORY, "policyRoot": repository.names["root"]},
        "reviewer": reviewer, "target": "refs/heads/main",
    });
    let kind = say.kind.as_deref().unwrap_or("verdict/v1");
    if say.kind.is_none() {
        add_verdict(repository, said, say, predicate.as_object_mut().unwrap());
    }
    json!({
        "_type": "https://in-toto.io/Statement/v1", "predicate": predicate,
        "predicateType": format!("https://countersign.dev/{kind}"),
        "subject": [{"digest": {"gitCommit": head}, "name": say.change}],
    })
}

fn add_verdict(
    repository: &Repository,
    said: &[Said],
    say: &Say,
    predicate: &mut Map<String, Value>,
) {
    let (base, head) = (repository.oid(&say.base), repository.oid(&say.head));
    let (sha256, files) = content(repository, &say.base, &say.head);
    let (id, revision) = say.change.split_once('@').unwrap();
    let tree = |oid: &str| repository.git(&["rev-parse", &format!("{oid}^{{tree}}")]);
    let count = repository.git(&[
        "rev-list",
        "--count",
        "--no-merges",
        &format!("{base}..{head}"),
    ]);
    let about = [head.clone(), sha256.clone()];
    let mut seen: Vec<&str> = said
        .iter()
        .filter(|one| one.about.iter().zip(&about).any(|(a, b)| a == b))
        .map(|one| one.digest.as_str())
        .collect();
    seen.sort_unstable();
    let log = match repository.notes_tip() {
        None => json!({}),
        Some(tip) if seen.is_empty() => json!({"head": tip}),
        Some(tip) => json!({"head": tip, "seen": seen}),
    };
    let more = json!({
        "verdict": say.verdict, "change": {"id": id, "revision": revision.parse::<u64>().unwrap()},
        "base": {"gitCommit": base, "gitTree": tree(&base)}, "head": {"gitCommit": head, "gitTree": tree(&head)},
        "commitCount": count.parse::<u64>().unwrap(),
        "content": {"algorithm": "change-content-v1", "files": files, "sha256": sha256}, "log": log,
        "policy": {"gitCommit": base, "sha256": "0".repeat(64), "version": 1},
        "tool": {"name": "conformance", "version": "1"},
    });
    predicate.extend(more.as_object().unwrap().clone());
    if say.verdict == "approve" {
        let approval = json!({
            "checklist": {"correctness": "pass", "performance": "pass", "security": "pass"},
            "risk": {"findings": 0, "impact": 0, "level": "low", "likelihood": 0, "sha256": hex(&Sha256::digest("[]"))},
            "viewed": {"filesTotal": files, "filesViewed": files, "hidden": 0, "hunksTotal": 1, "hunksViewed": 1, "seconds": 9},
        });
        predicate.extend(approval.as_object().unwrap().clone());
    } else {
        predicate.insert("summary".to_owned(), json!("As I said."));
    }
    if !say.supersedes.is_empty() {
        let named = say
            .supersedes
            .iter()
            .map(|name| repository.names[&format!("said:{name}")].clone());
        let mut named: Vec<String> = named.collect();
        named.sort_unstable();
        predicate.insert("supersedes".to_owned(), json!(named));
    }
}

/// `change-content-v1` and the number of files.
fn content(repository: &Repository, base: &str, head: &str) -> (String, u64) {
    let store = Store::discover(&repository.git_dir).unwrap();
    let tree = |name: &str| -> Oid {
        let oid: Oid = repository.oid(name).parse().unwrap();
        store.commit(oid).unwrap().tree
    };
    let content = store.content(tree(base), tree(head)).unwrap();
    (content.sha256.to_string(), content.files)
}

/// `alice2` and `alice-sk` are keys of `alice`.
fn person(name: &str) -> &str {
    name.trim_end_matches("-sk")
        .trim_end_matches(|c: char| c.is_ascii_digit())
}

fn fill(repository: &Repository, value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(repository.fill(text)),
        Value::Array(all) => all.iter().map(|one| fill(repository, one)).collect(),
        Value::Object(all) => all
            .iter()
            .map(|(key, one)| (key.clone(), fill(repository, one)))
            .collect(),
        other => other.clone(),
    }
}

/// Sets what a path like `predicate/log/head` names.
fn set(value: &mut Value, path: &str, new: Value) {
    let mut at = value;
    for part in path.split('/') {
        at = match at {
            Value::Array(all) => &mut all[part.parse::<usize>().unwrap()],
            other => &mut other[part],
        };
    }
    *at = new;
}

fn unset(value: &mut Value, path: &str) {
    let (parent, last) = path.rsplit_once('/').unwrap_or(("", path));
    let pointer = if parent.is_empty() {
        String::new()
    } else {
        format!("/{parent}")
    };
    value
        .pointer_mut(&pointer)
        .and_then(Value::as_object_mut)
        .unwrap()
        .remove(last);
}

/// Keys in order, as RFC 8785 asks.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(all) => {
            let mut all: Vec<_> = all.into_iter().collect();
            all.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(
                all.into_iter()
                    .map(|(key, one)| (key, sorted(one)))
                    .collect(),
            )
        }
        Value::Array(all) => all.into_iter().map(sorted).collect(),
        other => other,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
