//! Go: names taken from packages of the same module.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::super::view::{View, folder_of, join};
use super::Whole;
use super::words::{has_word, words};
use crate::change::RepoPath;

static CALL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?-u)(?:^|[^\w.])([a-z]\w*)\.([A-Z]\w*)\(").ok());
static IMPORT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?-u)^\s*(?:import\s+)?(?:(\w+|\.)\s+)?"([^"]+)"\s*$"#).ok());

/// What a line calls of a package of this module that does not have it.
pub(super) fn taken(
    result: &View<'_>,
    path: &RepoPath,
    whole: &Whole,
    code: &[u8],
) -> Option<String> {
    for found in CALL.as_ref()?.captures_iter(code) {
        let package = std::str::from_utf8(found.get(1)?.as_bytes()).ok()?;
        let name = std::str::from_utf8(found.get(2)?.as_bytes()).ok()?;
        let Some(folder) = imported(result, path, whole, package) else {
            continue;
        };
        if !is_shadowed(whole, package) && !has_text(result, &folder, name) {
            return Some(format!(
                "Package {folder} does not define {name:?}. Does it exist?"
            ));
        }
    }
    None
}

/// The folder of the package that a file imports under a name, where it is of the same module.
fn imported(result: &View<'_>, path: &RepoPath, whole: &Whole, package: &str) -> Option<RepoPath> {
    let (root, module) = module_of(result, path)?;
    for line in &whole.lines {
        let Some(found) = IMPORT.as_ref()?.captures(&line.text) else {
            continue;
        };
        let target = std::str::from_utf8(found.get(2)?.as_bytes()).ok()?;
        let last = target.rsplit('/').next().unwrap_or(target);
        let is_it = match found.get(1) {
            Some(alias) => alias.as_bytes() == package.as_bytes(),
            None => last == package,
        };
        let Some(below) = target.strip_prefix(&module).filter(|_| is_it) else {
            continue;
        };
        let below = below.strip_prefix('/')?;
        let folder = join(&root, below.as_bytes());
        return result.has_folder(&folder).then_some(folder);
    }
    None
}

/// The folder of the nearest `go.mod`, and the path it gives the module.
fn module_of(result: &View<'_>, path: &RepoPath) -> Option<(RepoPath, String)> {
    let mut folder = folder_of(path.as_bytes());
    loop {
        let root = RepoPath::new(folder);
        if let Some(text) = result.read(&join(&root, b"go.mod")) {
            let text = String::from_utf8(text).ok()?;
            let module = text.lines().find_map(|line| line.strip_prefix("module "))?;
            return Some((root, module.trim().trim_matches('"').to_owned()));
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder_of(folder);
    }
}

/// Whether the name of a package is the name of something else in the file as well.
fn is_shadowed(whole: &Whole, package: &str) -> bool {
    whole.lines.iter().any(|line| {
        let is_import = IMPORT
            .as_ref()
            .is_some_and(|import| import.is_match(&line.text));
        !is_import
            && words(&line.code).iter().any(|word| {
                word.text == package.as_bytes() && line.code.get(word.end) != Some(&b'.')
            })
    })
}

/// Whether any file of a package has a name at all.
fn has_text(result: &View<'_>, folder: &RepoPath, name: &str) -> bool {
    let entries = result.folder(folder);
    let mut files = entries.iter().filter(|entry| entry.name.ends_with(b".go"));
    let mut any = false;
    files.any(|entry| {
        any = true;
        result.read(&join(folder, &entry.name)).is_none_or(|text| {
            has_word(&text, name) || super::super::manifest::has(&text, b"//go:generate")
        })
    }) || !any
}
