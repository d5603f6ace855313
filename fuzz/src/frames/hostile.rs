//! What a repository may bring to the screen, every string of it foreign.

use countersign::app::Loaded;
use countersign::app::change::{
    Acknowledge, Asks, CommitLine, Note, NoteKind, Opened, Origin, Past, RemarkState, Signing,
    Subject, Why,
};
use countersign::app::compare::{Comparable, Last};
use countersign::app::session::{Session, Trouble};
use countersign::change::{Oid, Sha256};
use countersign::diff::FileDiff;
use countersign::diff::rows::OnSide;
use countersign::queue::{Entry, Given, Need, RevisionName};
use countersign::risk::scanner::{Heard, Scanned, ToolLevel};
use countersign::verdict::{CommitAndTree, Content, PolicyRef, RiskShown, Severity, VerdictKind};

use super::super::world;

/// Hostile strings, handed out one after another.
pub(super) struct Words<'a> {
    lines: Vec<&'a [u8]>,
    next: usize,
}

impl<'a> Words<'a> {
    /// A string a line.
    pub(super) fn new(text: &'a [u8]) -> Self {
        let lines = text.split(|b| *b == b'\n').collect();
        Self { lines, next: 0 }
    }

    /// The next one.
    pub(super) fn bytes(&mut self) -> &[u8] {
        self.next += 1;
        self.lines[self.next % self.lines.len()]
    }

    /// The next one, as text.
    pub(super) fn text(&mut self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    /// The next one; none where it is empty.
    pub(super) fn maybe(&mut self) -> Option<String> {
        let text = self.text();
        (!text.is_empty()).then_some(text)
    }
}

/// An object id.
pub(super) const fn oid(byte: u8) -> Oid {
    Oid::from_bytes([byte; 20])
}

fn digest(byte: u8) -> Sha256 {
    Sha256::from_bytes([byte; 32])
}

/// A queue as it is loaded.
pub(super) fn loaded(words: &mut Words<'_>) -> Loaded {
    Loaded {
        entries: (0..6).map(|nth| entry(nth, words)).collect(),
        session: Session {
            repository: words.text(),
            remote: words.maybe(),
            person: words.maybe(),
            roles: vec![words.text()],
            key_type: "ssh-ed25519".to_owned(),
            fingerprint: "SHA256:9fQ2vJc0".to_owned(),
            troubles: words
                .maybe()
                .into_iter()
                .map(|what| Trouble {
                    what: what.clone(),
                    remedy: vec![what],
                })
                .collect(),
            undo_seconds: 10,
            fetch_seconds: 60,
            warnings: words.maybe().into_iter().collect(),
            unassessed: 1,
        },
        outbox: Vec::new(),
        fetched: Some(world::now()),
    }
}

fn entry(nth: usize, words: &mut Words<'_>) -> Entry {
    let mut entry = world::entry(nth);
    entry.title = words.text();
    entry.target = words.text();
    entry.author.name = words.text();
    entry.author.email = words.text();
    entry.agent = words.maybe();
    entry.operator = words.maybe();
    entry.ai_markers = vec![words.text()];
    entry.paths = vec![words.text().as_str().into()];
    entry.needs = vec![Need {
        rule: words.text(),
        needed: 2,
        have: 1,
        from: vec![words.text()],
    }];
    entry.asked = vec![words.text()];
    entry.nobody = words.maybe();
    entry.approvals = vec![Given {
        reviewer: words.text(),
        revision: 1,
        digest: digest(1),
    }];
    entry.rejections = vec![Given {
        reviewer: words.text(),
        revision: 1,
        digest: digest(2),
    }];
    entry
        .checks
        .iter_mut()
        .for_each(|check| check.name = words.text());
    entry.notes = vec![words.text()];
    entry
}

/// A change as it is opened.
pub(super) fn opened(name: RevisionName, files: &[FileDiff], words: &mut Words<'_>) -> Opened {
    let message: Vec<u8> = [
        words.bytes().to_vec(),
        words.bytes().to_vec(),
        words.bytes().to_vec(),
    ]
    .join(&b"\n"[..]);
    let notes = notes(files, words);
    Opened {
        name,
        subject: subject(words),
        message,
        files: files.to_vec(),
        complete: true,
        notes,
        scanned: Scanned {
            reports: vec![Heard {
                tool: words.text(),
                source: words.text(),
                unread: words.maybe(),
                within: 1,
                elsewhere: 0,
                suppressed: 1,
                left_out: 0,
            }],
            ..Scanned::default()
        },
        asks: asks(words),
        past: past(words),
        why: vec![Why {
            label: words.text(),
            value: words.text(),
            sentence: words.text(),
        }],
        seen: Vec::new(),
        kept: None,
        ends: Comparable {
            last: Some(Last {
                revision: 1,
                verdict: Some(VerdictKind::Reject),
                words: words.maybe(),
                remarks: 1,
            }),
            commits: vec![(oid(7), words.text()), (oid(8), words.text())],
            revisions: vec![1],
        },
        warnings: words.maybe().into_iter().collect(),
        origin: Origin {
            model: words.maybe(),
            session: words.maybe(),
            reviewers: vec![words.text()],
            commits: vec![CommitLine {
                oid: oid(7),
                author: words.text(),
                subject: words.text(),
                markers: vec![words.text()],
            }],
        },
    }
}

fn subject(words: &mut Words<'_>) -> Subject {
    let at = |byte| CommitAndTree {
        commit: oid(byte),
        tree: oid(byte + 1),
    };
    Subject {
        head: at(1),
        base: at(3),
        target: "refs/heads/main".to_owned(),
        commit_count: 2,
        content: Some(Content {
            sha256: digest(3),
            files: 2,
        }),
        policy: Some(PolicyRef {
            commit: oid(3),
            sha256: digest(4),
            version: 1,
        }),
        risk: Some(RiskShown {
            level: "high".to_owned(),
            likelihood: 60,
            impact: 3,
            findings: 2,
            sha256: digest(5),
        }),
        session: words.maybe(),
        signing: Some(Signing {
            repository: "urn:uuid:5b0c7f0e-3c7a-4f0e-9a55-0d8f6f0b1c11".to_owned(),
            policy_root: oid(9),
            reviewer: words.text(),
            key: words.text(),
            notes: Some(oid(6)),
            replaces: vec![digest(6)],
            withdraws: vec![digest(7)],
            tool: "countersign 0.1.0".to_owned(),
        }),
    }
}

fn notes(files: &[FileDiff], words: &mut Words<'_>) -> Vec<Note> {
    let kinds = [
        NoteKind::Finding {
            id: "0123456789abcdef".to_owned(),
            rule: words.text(),
            severity: 3,
        },
        NoteKind::Scanned {
            id: "0123456789abcdee".to_owned(),
            tool: words.text(),
            rule: words.text(),
            level: ToolLevel::Error,
        },
        NoteKind::Remark {
            id: "1/0".to_owned(),
            by: words.text(),
            revision: 1,
            severity: Severity::Must,
            state: RemarkState::Open,
            was: words.maybe(),
            replies: vec![words.text()],
        },
    ];
    let note = |(nth, kind): (usize, NoteKind)| Note {
        path: (nth != 2).then(|| files[nth % files.len()].path().clone()),
        side: OnSide::New,
        line: Some(1 + nth as u32),
        kind,
        text: words.text(),
    };
    kinds.into_iter().enumerate().map(note).collect()
}

fn asks(words: &mut Words<'_>) -> Asks {
    Asks {
        rules: vec![words.text(), words.text()],
        min_viewed: 0,
        acknowledge: Acknowledge::Asked,
        checklist: [true, false, true],
        word: words.maybe(),
        not_counting: words.maybe(),
        not_together: words.maybe(),
        cannot_sign: words.maybe(),
        nobody: words.maybe(),
        people: words.text(),
        after: words.text(),
        settles: true,
    }
}

fn past(words: &mut Words<'_>) -> Vec<Past> {
    vec![Past {
        reviewer: words.text(),
        mine: true,
        kind: VerdictKind::Reject,
        revision: 1,
        at: world::now(),
        summary: words.maybe(),
        standing: words.text(),
        covers: words.text(),
        key: words.text(),
        remarks: 1,
        replaced_by: vec![digest(8)],
        digest: digest(9),
    }]
}
