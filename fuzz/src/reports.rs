//! What other programs say of a change: reports of scanners, records of agents, attestations.

use countersign::change::{Markers, Oid};
use countersign::diff::{Body, FileDiff};
use countersign::evidence::{Origins, Records, made};
use countersign::gate::{Deployed, environment_ref};
use countersign::git::{DiffOptions, Store};
use countersign::risk::TOOL;
use countersign::risk::scanner::{Report, scanned, tool_of};
use countersign::verdict::Envelope;
use git2::ObjectType;

use super::input::{Input, is_wild};
use super::notes::Anybody;
use super::world;

/// A report of a scanner beside a change of two files. Findings are no more than are read, each in one
/// line under a name that is not ours, none of the greatest weight.
pub fn scanner(bytes: &[u8]) {
    let files = files();
    if let Ok(Some(tool)) = tool_of(bytes) {
        assert!(tool.len() <= bytes.len());
    }
    let report = Report {
        name: "semgrep".to_owned(),
        source: "a file".to_owned(),
        content: Ok(bytes.to_vec()),
    };
    let all = scanned(vec![report], &files, &|path| {
        path.as_bytes() == b"src/db.rs"
    });
    assert_eq!(all.reports.len(), 1);
    let heard = &all.reports[0];
    assert!(heard.tool != TOOL && !heard.tool.contains(is_wild));
    assert!(all.within.len() <= 100 && all.elsewhere.len() <= 50);
    assert!(heard.unread.is_none() || heard.within + heard.elsewhere == 0);
    for found in all.within.iter().chain(&all.elsewhere) {
        let finding = &found.finding;
        assert!(finding.severity <= 2 && finding.tool != TOOL);
        assert!(!finding.message.contains('\n') && finding.message.len() < 5_000);
        assert!(finding.line.is_none_or(|line| line >= 1));
    }
}

fn files() -> Vec<FileDiff> {
    let old: String = (0..40).map(|n| format!("line {n}\n")).collect();
    let new = old
        .replace("line 12\n", "query(input)\n")
        .replace("line 30\n", "");
    let body =
        world::store(|store| store.texts(old.as_bytes(), new.as_bytes(), &DiffOptions::default()));
    let body = body.expect("two texts compare");
    let mut files = Vec::new();
    for path in ["src/db.rs", "src/web/a b.rs"] {
        let mut file = countersign::app::change::message_file(b"");
        file.old = file.new.clone();
        for side in [&mut file.old, &mut file.new].into_iter().flatten() {
            side.path = path.into();
        }
        file.body = body.clone();
        files.push(file);
    }
    assert!(matches!(files[0].body, Body::Text(_)));
    files
}

/// What a repository records beside a commit (an authorship log, an Agent Trace), or an attestation in
/// the ref of an environment. A record marks and never unmarks; an attestation is for what was asked,
/// or refused.
pub fn records(data: &[u8]) {
    let mut input = Input(data);
    let kind = input.byte() % 3;
    let bytes = input.0;
    world::objects(|store, put| {
        let blob = put(ObjectType::Blob, bytes);
        if kind == 2 {
            return deployed(store, bytes, blob);
        }
        let tree = put(ObjectType::Tree, b"");
        let text = |message: &str| {
            let who = "A <a@x> 5 +0000";
            format!("author {who}\ncommitter {who}\n\n{message}\n")
        };
        let commit = format!("tree {tree}\n{}", text("Change it"));
        let commit = put(ObjectType::Commit, commit.as_bytes());
        let entry = [format!("100644 {commit}\0").as_bytes(), blob.as_bytes()].concat();
        let notes = put(ObjectType::Tree, &entry);
        let notes = format!("tree {notes}\n{}", text("Notes"));
        let notes = put(ObjectType::Commit, notes.as_bytes());
        let name = ["refs/notes/ai", "refs/notes/agent-trace"][usize::from(kind)];
        point(store, name, notes);
        let origins = Origins::new(Markers::built_in(), Records::open(store));
        let commit = store.commit(commit).expect("a commit");
        let found = origins.of(store, [&commit]);
        assert_eq!(
            made(store, &commit, &origins).expect("read").marker,
            found.is_ai()
        );
        assert!(found.markers.len() <= 20, "{} markers", found.markers.len());
        for marker in &found.markers {
            assert!(
                !marker.evidence.contains(|c: char| c.is_control()),
                "{marker:?}"
            );
            assert!(marker.evidence.len() < 1000);
        }
    });
}

/// Sets a ref, whatever it was.
fn point(store: &Store, name: &str, to: Oid) {
    let path = store.git_dir().join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, format!("{to}\n")).expect("written");
}

fn deployed(store: &Store, payload: &[u8], raw: Oid) {
    let line = Envelope::seal_plain(payload.to_vec(), &Anybody).expect("sealed");
    let name = environment_ref("refs/countersign", "production").expect("a name");
    let sealed = store.write_blob(&line).expect("written");
    let wanted = (
        "production",
        "refs/heads/main",
        "urn:uuid:5b0c7f0e-3c7a-4f0e-9a55-0d8f6f0b1c11",
    );
    for oid in [raw, sealed] {
        point(store, &name, oid);
        let tracked = Some((store, "refs/countersign"));
        let read = Deployed::read(None, tracked, wanted, &Anybody).expect("read");
        assert!(
            read.last.is_some() != (read.refused.len() == 1),
            "an answer or a refusal"
        );
        if let Some(last) = read.last {
            assert_eq!(
                (last.target.as_str(), last.repository.as_str()),
                (wanted.1, wanted.2)
            );
        }
    }
}
