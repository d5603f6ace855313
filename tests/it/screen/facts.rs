//! Where the changes of the fixtures come from, and why they stand where they stand.

use countersign::app::change::{CommitLine, Origin, Why};
use countersign::change::Oid;
use countersign::queue::Entry;
use countersign::risk::Level;

/// Where a change comes from.
pub fn origin(entry: &Entry) -> Origin {
    let commit = |nth: u8, subject: &str| CommitLine {
        oid: Oid::from_bytes([nth; 20]),
        author: format!("{} <{}>", entry.author.name, entry.author.email),
        subject: subject.to_owned(),
        markers: entry.ai_markers.clone(),
    };
    Origin {
        model: Some("model-1".to_owned()),
        session: Some("https://agents.example/s/4711".to_owned()),
        reviewers: vec!["senior".to_owned()],
        commits: vec![commit(0xb1, "First half"), commit(0xc4, &entry.title)],
    }
}

/// Why a change of this level stands where it stands.
pub fn why(level: Level) -> Vec<Why> {
    let line = |label: &str, value: &str, sentence: &str| Why {
        label: label.to_owned(),
        value: value.to_owned(),
        sentence: sentence.to_owned(),
    };
    if level < Level::High {
        return vec![
            line("likelihood", "12", "2 of 90 changes here undone"),
            line("impact", "1", "wording only"),
        ];
    }
    vec![
        line("likelihood", "62", "9 of 71 changes here undone"),
        line("impact", "3", "health check removed; infra/**"),
        line("reading", "45", "lines, two screens"),
    ]
}
