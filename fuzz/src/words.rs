//! Short texts with a grammar: names, ids, paths, filters, owners, and what a user writes into
//! settings, keymaps and themes.

use std::collections::HashSet;

use countersign::app::keymap::Keymap;
use countersign::app::presets;
use countersign::change::{ChangeId, Oid, QueueRef, RepoPath, Sha256, escape_ascii, readable};
use countersign::config::Config;
use countersign::git::without_password;
use countersign::queue::{Filter, Order, Owners};
use countersign::risk::{Level, pull_of, undoes};
use countersign::ui::theme::{Depth, Theme};

use super::input::{Input, is_wild};

/// A text of one of four kinds: a name, a filter of the queue, a glob with a path, a file of owners.
pub fn words(data: &[u8]) {
    let mut input = Input(data);
    match input.byte() % 4 {
        0 => names(input.0),
        1 => filter(input.0),
        2 => super::policy::glob(&mut input),
        _ => owners(&mut input),
    }
}

/// One text, read as everything that names something. What is read is written as it was.
fn names(data: &[u8]) {
    if let Ok(name) = QueueRef::parse(data) {
        let again = format!("{}/{}", name.id, name.number);
        assert_eq!(again.as_bytes(), data, "a revision has one name");
    }
    let path = RepoPath::new(data);
    let encoded = path.percent_encoded();
    assert!(encoded.is_ascii());
    assert_eq!(RepoPath::from_percent_encoded(&encoded), Some(path.clone()));
    assert!(path.as_bytes().starts_with(path.folder().as_bytes()));
    assert!(path.as_bytes().ends_with(path.file_name()));
    let shown = readable(data);
    assert_eq!(readable(shown.as_bytes()), shown);
    let plain = escape_ascii(&shown);
    assert!(plain.bytes().all(|b| (0x20..0x7f).contains(&b)));
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    fn again<T: std::str::FromStr + std::fmt::Display>(text: &str) {
        if let Ok(read) = text.parse::<T>() {
            assert_eq!(read.to_string(), text, "one form");
        }
    }
    again::<ChangeId>(text);
    again::<Oid>(text);
    again::<Sha256>(text);
    let _ = text.parse::<Level>();
    if let Some(read) = RepoPath::from_percent_encoded(text) {
        assert_eq!(read.percent_encoded(), text, "one form");
    }
    let url = without_password(text);
    assert!(url.len() <= text.len());
    let undone = undoes(text);
    assert!(
        undone
            .reverts
            .iter()
            .all(|id| id.bytes().all(|b| b.is_ascii_hexdigit()))
    );
    if let Some((title, _)) = pull_of(text) {
        assert!(text.contains(title));
    }
    if let Some(order) = Order::parse(text) {
        let _ = format!("{order:?}");
    }
}

/// A filter, and what may stand next in it. What is offered is read.
fn filter(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let now = super::world::now();
    let entries = super::world::entries();
    match Filter::parse(&[text]) {
        Ok(filter) => {
            let words: Vec<&str> = text.split_whitespace().collect();
            let apart = Filter::parse(&words).expect("the words of a filter are a filter");
            for entry in entries {
                assert_eq!(filter.matches(entry, now), apart.matches(entry, now));
            }
            for word in words
                .iter()
                .filter(|word| word.contains(':') && !word.contains("order:"))
            {
                // What a term keeps its opposite leaves out.
                let other = word
                    .strip_prefix('-')
                    .map_or(format!("-{word}"), str::to_owned);
                if let (Ok(one), Ok(other)) = (Filter::parse(&[word]), Filter::parse(&[&other])) {
                    for entry in entries {
                        assert_ne!(one.matches(entry, now), other.matches(entry, now), "{word}");
                    }
                }
            }
            let mut sorted = entries.to_vec();
            countersign::queue::sort(&mut sorted, filter.order(), now);
            assert_eq!(sorted.len(), entries.len());
        }
        Err(error) => assert!(!error.to_string().contains(is_wild), "{error:?}"),
    }
}

/// A file of owners at some place, and a path. Nobody owns twice, and a mistake does not steer a
/// terminal.
fn owners(input: &mut Input<'_>) {
    let place = *input.one(&["CODEOWNERS", ".github/CODEOWNERS", ".gitlab/CODEOWNERS"]);
    let path = input.part().trim_ascii_end();
    let owners = Owners::parse(place, input.0);
    for path in [path, b"src/main.rs", b"docs/a b.md", b"x"] {
        let found = owners.of(path);
        let once: HashSet<_> = found.iter().collect();
        assert_eq!(once.len(), found.len(), "an owner once");
    }
}

/// Settings, a keymap, a policy's floor or a theme. Mistakes have a line that exists.
pub(crate) fn settings(data: &[u8]) {
    let mut input = Input(data);
    let kind = input.byte();
    let Ok(text) = std::str::from_utf8(input.0) else {
        return;
    };
    let lines = text.matches('\n').count() + 1;
    match kind % 4 {
        0 => match Config::read(text) {
            Ok((config, _)) => {
                for view in &config.views {
                    assert!(!view.name.is_empty());
                }
                countersign::config::origin::own(text, &config);
            }
            Err(bad) => assert!((1..=lines).contains(&bad.line), "{bad}"),
        },
        1 => {
            let preset = presets::NAMES[usize::from(kind / 4) % presets::NAMES.len()];
            let below = presets::preset(preset).map(|text| (preset, text));
            let (keymap, mistakes) = Keymap::layered(below, Some(("keymap.toml", text)));
            for bad in mistakes.iter().filter(|bad| bad.file == "keymap.toml") {
                assert!((1..=lines).contains(&bad.line), "{bad}");
            }
            assert!(!keymap.markdown().is_empty());
        }
        2 => super::policy::floor(text),
        _ => {
            let depth = [Depth::Full, Depth::Indexed][usize::from(kind / 4) % 2];
            if let Err(bad) = Theme::read("own", text, depth) {
                assert!(!bad.to_string().is_empty());
            }
        }
    }
}
