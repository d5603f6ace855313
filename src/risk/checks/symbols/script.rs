//! JavaScript and TypeScript: names of a module, and names taken from files of the repository.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::super::manifest::has;
use super::super::view::{View, folder_of};
use super::Whole;
use super::words::{has_word, is_named};
use crate::change::RepoPath;
use crate::risk::language::Language;

static FROM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?-u)^\s*import\s+(?:type\s+)?(?:\w+\s*,\s*)?\{([\w\s,$]*)\}\s*from\s*["'](\.[^"']*)["']"#,
    )
    .ok()
});

/// Whether a module calls a name and knows it from nowhere.
pub(super) fn is_unknown(result: &View<'_>, path: &RepoPath, whole: &Whole, name: &str) -> bool {
    // A script without imports shares its names with the page it is loaded into.
    let is_module = whole.code().any(|line| {
        let line = line.trim_ascii_start();
        line.starts_with(b"import ") || line.starts_with(b"export ") || has(line, b"require(")
    });
    let told = |line: &&crate::risk::lexer::Lexed| {
        has(&line.comment, b"global") || has_word(&line.comment, name)
    };
    is_module
        && !whole.contains(b"eval(")
        && !is_named(Language::JavaScript, whole.code(), name)
        && whole.lines.iter().find(told).is_none()
        && !is_declared(result, path, name)
}

/// Whether a declaration file, or a framework that brings names along, may give the name.
fn is_declared(result: &View<'_>, path: &RepoPath, name: &str) -> bool {
    let mut folder = folder_of(path.as_bytes());
    loop {
        let entries = result.folder(&RepoPath::new(folder));
        let brings = |name: &[u8]| {
            name.starts_with(b"nuxt.config")
                || name.starts_with(b".eslintrc")
                    && result
                        .read(&RepoPath::new([folder, b"/", name].concat()))
                        .is_some_and(|t| has(&t, name))
        };
        if entries.iter().any(|entry| brings(&entry.name)) {
            return true;
        }
        if folder.is_empty() {
            break;
        }
        folder = folder_of(folder);
    }
    let declares = |path: &&RepoPath| path.as_bytes().ends_with(b".d.ts");
    let mut files = result.files().iter().filter(declares).take(500);
    files.any(|file| result.read(file).is_none_or(|text| has_word(&text, name)))
}

/// What a line takes from a file of the repository that does not have it.
pub(super) fn taken(result: &View<'_>, path: &RepoPath, line: &[u8]) -> Option<String> {
    let found = FROM.as_ref()?.captures(line)?;
    let names = std::str::from_utf8(found.get(1)?.as_bytes()).ok()?;
    let target = std::str::from_utf8(found.get(2)?.as_bytes()).ok()?;
    let file = resolve(result, path, target)?;
    let text = result.read(&file)?;
    let open = [
        &b"export *"[..],
        b"module.exports",
        b"exports.",
        b"export =",
    ];
    if open.iter().any(|mark| has(&text, mark)) {
        return None;
    }
    let taken = names.split(',').filter_map(|name| {
        let name = name.trim();
        name.strip_prefix("type ")
            .unwrap_or(name)
            .split_whitespace()
            .next()
    });
    let mut missing = taken.filter(|name| *name != "default" && !has_word(&text, name));
    let name = missing.next()?;
    Some(format!("{file} does not define {name:?}. Does it exist?"))
}

/// The file that a relative path means.
fn resolve(result: &View<'_>, path: &RepoPath, target: &str) -> Option<RepoPath> {
    let mut parts: Vec<&[u8]> = folder_of(path.as_bytes())
        .split(|b| *b == b'/')
        .filter(|part| !part.is_empty())
        .collect();
    for part in target.as_bytes().split(|b| *b == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    let stem = parts.join(&b'/');
    const ENDS: [&str; 9] = [
        "",
        ".ts",
        ".tsx",
        ".js",
        ".jsx",
        ".mjs",
        ".mts",
        "/index.ts",
        "/index.js",
    ];
    let written = stem
        .strip_suffix(b".js")
        .or_else(|| stem.strip_suffix(b".mjs"));
    let stems = [Some(stem.as_slice()), written];
    let mut all = stems
        .into_iter()
        .flatten()
        .flat_map(|stem| ENDS.iter().map(move |end| [stem, end.as_bytes()].concat()));
    let is_code = |file: &RepoPath| {
        Language::of(file.as_bytes(), b"") == Language::JavaScript && result.has(file)
    };
    all.find_map(|bytes| Some(RepoPath::new(bytes)).filter(is_code))
}
