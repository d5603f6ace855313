//! The files of one commit, and what a recipe makes of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::DemoError;
use super::make;
use super::story::{Recipe, Section};

/// A file's bytes and whether it may be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    pub(super) bytes: Arc<[u8]>,
    pub(super) executable: bool,
}

/// All files of a commit by path.
pub(super) type Tree = BTreeMap<String, File>;

/// Does to the files what the recipe says: renames, deletions, sections in their order, files made
/// by code, executable bits. `fill` replaces the placeholders of a section.
///
/// # Errors
/// A path that is not there, an edit that does not fit, or an unknown placeholder.
pub(super) fn apply(
    tree: &mut Tree,
    recipe: &Recipe,
    fill: &dyn Fn(&str) -> Result<String, DemoError>,
) -> Result<(), DemoError> {
    for (old, new) in &recipe.rename {
        let file = tree.remove(old).ok_or_else(|| missing(recipe, old))?;
        tree.insert(new.clone(), file);
    }
    for path in &recipe.delete {
        tree.remove(path).ok_or_else(|| missing(recipe, path))?;
    }
    for section in &recipe.sections {
        let body = fill(&section.body)?;
        if section.edits {
            let file = tree
                .get_mut(&section.path)
                .ok_or_else(|| missing(recipe, &section.path))?;
            file.bytes = edited(&file.bytes, &body, section)?.into_bytes().into();
        } else {
            put(tree, &section.path, body.into_bytes());
        }
    }
    for made in &recipe.make {
        put(tree, &made.path, make::file(made.kind, made.size));
    }
    for path in &recipe.executable {
        let file = tree.get_mut(path).ok_or_else(|| missing(recipe, path))?;
        file.executable = true;
    }
    Ok(())
}

/// Lays over `tree` what differs between two other commits: how a merge without conflicts looks.
pub(super) fn overlay(tree: &mut Tree, base: &Tree, head: &Tree) {
    for (path, file) in head {
        if base.get(path) != Some(file) {
            tree.insert(path.clone(), file.clone());
        }
    }
    for path in base.keys().filter(|path| !head.contains_key(*path)) {
        tree.remove(path);
    }
}

/// The number, from 1, of the only line that contains `text`.
pub(super) fn line_of(tree: &Tree, path: &str, text: &str) -> Option<u64> {
    let bytes = &tree.get(path)?.bytes;
    let content = std::str::from_utf8(bytes).ok()?;
    let mut found = (1..)
        .zip(content.lines())
        .filter(|(_, line)| line.contains(text));
    let (number, _) = found.next()?;
    found.next().is_none().then_some(number)
}

fn put(tree: &mut Tree, path: &str, bytes: Vec<u8>) {
    let executable = tree.get(path).is_some_and(|file| file.executable);
    let file = File {
        bytes: bytes.into(),
        executable,
    };
    tree.insert(path.to_owned(), file);
}

fn missing(recipe: &Recipe, path: &str) -> DemoError {
    let subject = recipe.message.trim().lines().next().unwrap_or_default();
    DemoError::data(subject, format!("there is no {path}"))
}

/// The text with each block's old lines, which stand in it exactly once, replaced by the new ones.
fn edited(bytes: &[u8], body: &str, section: &Section) -> Result<String, DemoError> {
    let wrong = |why: String| DemoError::data(&section.path, why);
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("not text".to_owned()))?;
    let mut spans = Vec::new();
    for (old, new) in blocks(body).ok_or_else(|| wrong("a block is not closed".to_owned()))? {
        let mut found = text.match_indices(old.as_str());
        let at = match (found.next(), found.next()) {
            (Some((at, _)), None) => at,
            _ => return Err(wrong(format!("not exactly once:\n{old}"))),
        };
        spans.push((at, old.len(), new));
    }
    spans.sort();
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (at, length, new) in spans {
        let kept = text
            .get(done..at)
            .ok_or_else(|| wrong("two blocks overlap".to_owned()))?;
        out.push_str(kept);
        out.push_str(&new);
        done = at + length;
    }
    out.push_str(&text[done..]);
    Ok(out)
}

/// Old and new lines of each `<<<`, `===`, `>>>` block; none where one is not closed.
fn blocks(body: &str) -> Option<Vec<(String, String)>> {
    enum Part {
        Outside,
        Old,
        New,
    }
    let mut part = Part::Outside;
    let mut blocks: Vec<(String, String)> = Vec::new();
    for line in body.split_inclusive('\n') {
        match (&part, line) {
            (Part::Outside, "<<<\n") => {
                part = Part::Old;
                blocks.push(Default::default());
            }
            (Part::Old, "===\n") => part = Part::New,
            (Part::New, ">>>\n") => part = Part::Outside,
            (Part::Old, line) => blocks.last_mut()?.0.push_str(line),
            (Part::New, line) => blocks.last_mut()?.1.push_str(line),
            (Part::Outside, _) => return None,
        }
    }
    matches!(part, Part::Outside).then_some(blocks)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn edit(text: &str, body: &str) -> Result<String, String> {
        let section = Section {
            path: "f".to_owned(),
            edits: true,
            body: String::new(),
        };
        edited(text.as_bytes(), body, &section).map_err(|e| e.to_string())
    }

    #[test]
    fn blocks_replace_lines_that_stand_there_once() {
        let swap = "<<<\nc\n===\na\n>>>\n<<<\na\n===\nc\nd\n>>>\n";
        assert_eq!(edit("a\nb\nc\n", swap).unwrap(), "c\nd\nb\na\n");
        assert_eq!(edit("a\nb\n", "<<<\na\n===\n>>>\n").unwrap(), "b\n");
        for (text, body) in [
            ("a\na\n", "<<<\na\n===\nb\n>>>\n"),
            ("b\n", "<<<\na\n===\nb\n>>>\n"),
            ("a\nb\nc\n", "<<<\na\nb\n===\n>>>\n<<<\nb\nc\n===\n>>>\n"),
            ("a\n", "<<<\na\n===\n"),
            ("a\n", "stray\n"),
        ] {
            assert!(edit(text, body).is_err(), "{body}");
        }
    }

    #[test]
    fn a_merge_takes_what_the_branch_changed() {
        let file = |text: &str| File {
            bytes: text.as_bytes().into(),
            executable: false,
        };
        let tree = |files: &[(&str, &str)]| -> Tree {
            let named = |(path, text): &(&str, &str)| ((*path).to_owned(), file(text));
            files.iter().map(named).collect()
        };
        let base = tree(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let head = tree(&[("a", "2"), ("b", "1"), ("d", "1")]);
        let mut main = tree(&[("a", "1"), ("b", "9"), ("c", "1")]);
        overlay(&mut main, &base, &head);
        assert_eq!(main, tree(&[("a", "2"), ("b", "9"), ("d", "1")]));
    }

    #[test]
    fn a_line_is_named_only_where_it_is_the_only_one() {
        let file = File {
            bytes: b"one\ntwo\none two\n".as_slice().into(),
            executable: false,
        };
        let tree = Tree::from([("f".to_owned(), file)]);
        assert_eq!(line_of(&tree, "f", "one two"), Some(3));
        assert_eq!(line_of(&tree, "f", "two"), None);
        assert_eq!(line_of(&tree, "g", "two"), None);
    }
}
