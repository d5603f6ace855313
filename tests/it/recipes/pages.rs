//! A page of a recipe shows its files as they are: below a link to a file, alone on its line, the block is
//! that file. `UPDATE_DOCS=1` writes the blocks anew.

use std::collections::BTreeSet;
use std::path::Path;

use super::recipes;
use crate::tidy;

/// The file that a line names, where it is nothing but a link to one.
fn named(line: &str) -> Option<&str> {
    let (text, rest) = line.strip_prefix("[`")?.split_once("`](")?;
    let target = rest.strip_suffix("):")?;
    assert!(target.ends_with(text), "{line}");
    Some(target)
}

/// The page with each file in its block, and the files.
fn with_files(dir: &Path, text: &str) -> (String, Vec<String>) {
    let (mut out, mut files) = (String::new(), Vec::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let Some(file) = named(line) else { continue };
        assert_eq!(lines.next(), Some(""), "{file}: an empty line");
        out.push('\n');
        let mut fence = lines.next().unwrap_or_default();
        if fence.starts_with("<!-- ") {
            out.push_str(fence);
            out.push('\n');
            fence = lines.next().unwrap_or_default();
        }
        assert!(fence.starts_with("```"), "{file}: a block");
        assert!(lines.any(|line| line == "```"), "{file}: the block's end");
        let content = std::fs::read_to_string(dir.join(file)).unwrap();
        assert!(!content.contains("```"), "{file}");
        out.push_str(&format!("{fence}\n{content}```\n"));
        files.push(file.to_owned());
    }
    (out, files)
}

#[test]
fn every_file_stands_in_a_page_as_it_is() {
    let mut shown = BTreeSet::new();
    let pages = tidy::pages();
    let pages = pages
        .iter()
        .filter(|(page, _)| page.starts_with("docs/recipes/"));
    for (page, text) in pages {
        let (expected, files) = with_files(&recipes(), text);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(page), &expected).unwrap();
        } else {
            assert!(*text == expected, "{page}: UPDATE_DOCS=1 writes it anew");
        }
        shown.extend(files);
    }
    let mut there = BTreeSet::from(["../../action.yml".to_owned()]);
    for folder in std::fs::read_dir(recipes()).unwrap() {
        let folder = folder.unwrap().path();
        let Ok(files) = std::fs::read_dir(&folder) else {
            continue;
        };
        for file in files {
            let file = file.unwrap().path();
            let name = file.strip_prefix(recipes()).unwrap();
            there.insert(name.to_str().unwrap().to_owned());
        }
    }
    assert_eq!(shown, there);
}

#[test]
fn each_page_is_linked_and_says_what_it_proves() {
    let index = super::recipe("README.md");
    for (page, text) in tidy::pages() {
        let Some(name) = page.strip_prefix("docs/recipes/") else {
            continue;
        };
        if name == "README.md" {
            continue;
        }
        assert!(
            index.contains(&format!("]({name})")),
            "{name} is not linked"
        );
        assert!(text.contains("\n**What it proves.** "), "{name}");
        assert!(text.contains("\n**What it does not.** "), "{name}");
    }
}
