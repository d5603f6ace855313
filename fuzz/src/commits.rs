//! Objects of git that anybody may push: commits, tags, trees; and the words in their messages.

use countersign::change::{Commit, Cover, Identity, Markers, Oid, Reply, trailer_lines, trailers};
use countersign::risk::undoes;
use countersign::signing::verify_git;
use git2::ObjectType;

use super::input::Input;
use super::world;

/// A commit, a tag, the message of a cover letter, or trees.
pub fn object(data: &[u8]) {
    let mut input = Input(data);
    match input.byte() % 4 {
        0 => commit(input.0),
        1 => tag(input.0),
        2 => message(&String::from_utf8_lossy(input.0)),
        _ => tree(&mut input),
    }
}

/// A commit's bytes. Its parents and its message are in them, and a signature comes out whole.
fn commit(bytes: &[u8]) {
    world::objects(|store, put| {
        let oid = put(ObjectType::Commit, bytes);
        let signature = store.commit_signature(oid);
        if let Ok(commit) = store.commit(oid) {
            assert_eq!(commit.oid, oid);
            let lines = bytes.split(|b| *b == b'\n').count();
            assert!(commit.parents.len() < lines, "a line each");
            message(&commit.message);
            let found = Markers::built_in().find([&commit]);
            assert!(found.markers.iter().all(|marker| marker.commit == oid));
        }
        if let Ok(Some((armoured, payload))) = signature {
            assert!(payload.len() < bytes.len() + 2);
            assert!(verify_git(armoured.as_bytes(), &payload).is_err() || !payload.is_empty());
        }
    });
}

/// A tag's bytes.
fn tag(bytes: &[u8]) {
    world::objects(|store, put| {
        let oid = put(ObjectType::Tag, bytes);
        if let Ok(Some(tag)) = store.tag(oid) {
            assert_eq!(tag.oid, oid);
            assert!(
                bytes.starts_with(&tag.payload),
                "what is signed comes first"
            );
            message(&tag.message);
        }
        let _ = store.peel_to_commit(oid);
    });
}

/// A message: trailers are lines of it, and a cover letter that is written again reads the same.
fn message(text: &str) {
    for trailer in trailers(text).into_iter().chain(trailer_lines(text)) {
        assert!(text.contains(trailer.key) && text.contains(trailer.value));
        if let Some(address) = trailer.address() {
            assert!(trailer.value.contains(address));
        }
        if let Some(reply) = Reply::parse(trailer.value) {
            assert!(!reply.comment.is_empty());
        }
    }
    undoes(text);
    let cover = Cover::parse(text);
    // A proposal always names its target; without any line of ours a body may end in what looks like one.
    if cover.target.is_some() {
        let again = Cover::parse(&cover.message());
        assert_eq!(again.target, cover.target);
        assert_eq!(again.base, cover.base);
        assert_eq!(again.replies, cover.replies);
        assert_eq!(again.reviewers, cover.reviewers);
    }
    let commit = Commit {
        oid: Oid::from_bytes([1; 20]),
        tree: Oid::from_bytes([2; 20]),
        parents: Vec::new(),
        author: nobody(),
        committer: nobody(),
        message: text.to_owned(),
    };
    assert!(text.contains(commit.subject()) && text.contains(commit.body()));
}

fn nobody() -> Identity {
    Identity {
        name: String::new(),
        email: String::new(),
        when: world::now(),
    }
}

/// A tree's bytes, read as the tree of a notes ref, as the tree of a change, and beside another. What
/// the program lists, git can look up again.
fn tree(input: &mut Input<'_>) {
    let kind = input.byte();
    let (one, two) = (input.part(), input.part());
    world::objects(|store, put| {
        let blob = put(ObjectType::Blob, b"{\"payload\":\"\"}\n");
        let inner = put(ObjectType::Tree, two);
        // Ids that stand in an input become those of objects that are there.
        let known = |bytes: &[u8]| {
            let text = replaced(bytes, &[b'B'; 20], blob.as_bytes());
            replaced(&text, &[b'T'; 20], inner.as_bytes())
        };
        let one = put(ObjectType::Tree, &known(one));
        let two = put(ObjectType::Tree, &known(two));
        if kind.is_multiple_of(2) {
            let commit =
                format!("tree {one}\nauthor A <a@x> 5 +0000\ncommitter A <a@x> 5 +0000\n\nnotes\n");
            let commit = put(ObjectType::Commit, commit.as_bytes());
            if let Ok(history) = store.notes_at(commit) {
                assert!(history.contains(commit));
            }
        }
        if let Ok(changes) = store.tree_changes(one, two) {
            let back = store.tree_changes(two, one).expect("either way");
            assert_eq!(back.len(), changes.len(), "as many either way");
            let _ = store.path_hazards(two, &changes);
        }
        let _ = store.content(one, two);
        let _ = store.list_dir(one, &"".into());
        let _ = store.entry_at(one, &"a/b".into());
        assert_eq!(
            store.tree_changes(one, one).map(|c| c.len()).unwrap_or(0),
            0,
            "no change to itself"
        );
    });
}

fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(from.len()).position(|bytes| bytes == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}
