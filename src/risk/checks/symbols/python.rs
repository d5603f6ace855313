//! Python: names of a file, and names taken from modules of the repository.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::super::view::{View, folder_of, join};
use super::Whole;
use super::words::{has_word, is_named};
use crate::change::RepoPath;
use crate::risk::language::Language;

static FROM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?-u)^\s*from\s+(\.*)([\w.]*)\s+import\s+\(?([\w\s,]+?)\)?\s*$").ok()
});

/// Ways in which names come to be that no word shows.
const MAGIC: [&[u8]; 5] = [
    b"import *",
    b"globals()",
    b"exec(",
    b"__getattr__",
    b"sys.modules",
];

/// Whether a file calls a name and knows it from nowhere.
pub(super) fn is_unknown(whole: &Whole, name: &str) -> bool {
    !MAGIC.iter().any(|magic| whole.contains(magic))
        && !is_named(Language::Python, whole.code(), name)
}

/// What a line takes from a module of the repository that does not have it.
pub(super) fn taken(result: &View<'_>, path: &RepoPath, line: &[u8]) -> Option<String> {
    let found = FROM.as_ref()?.captures(line)?;
    let dots = found.get(1)?.as_bytes().len();
    let module = std::str::from_utf8(found.get(2)?.as_bytes()).ok()?;
    let names = std::str::from_utf8(found.get(3)?.as_bytes()).ok()?;
    let files = modules(result, path, dots, module);
    if files.is_empty() {
        return None;
    }
    let names = names
        .split(',')
        .filter_map(|name| name.split_whitespace().next());
    for name in names {
        // Every module has its `__doc__` and `__file__`.
        if !name.starts_with("__") && !files.iter().any(|file| has(result, file, name)) {
            let file = files.first()?;
            return Some(format!("{file} does not define {name:?}. Does it exist?"));
        }
    }
    None
}

/// The files that a module's name may mean: seen from the file's folder upwards, or from `src`.
fn modules(result: &View<'_>, path: &RepoPath, dots: usize, module: &str) -> Vec<RepoPath> {
    let mut folder = folder_of(path.as_bytes());
    for _ in 1..dots {
        folder = folder_of(folder);
    }
    let below = module.replace('.', "/");
    let mut roots = vec![folder.to_vec()];
    if dots == 0 {
        while !folder.is_empty() {
            folder = folder_of(folder);
            roots.push(folder.to_vec());
        }
        roots.push(b"src".to_vec());
        roots.push(b"lib".to_vec());
    }
    let mut files = Vec::new();
    if dots == 0 {
        // A package is no place from which modules are found.
        let is_package = |root: &[u8]| result.has(&join(&RepoPath::new(root), b"__init__.py"));
        roots.retain(|root| !is_package(root));
    }
    for root in roots {
        let parts = [root.as_slice(), below.as_bytes()];
        let parts: Vec<&[u8]> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let stem = parts.join(&b'/');
        for end in [&b".py"[..], b"/__init__.py", b".pyi", b"/__init__.pyi"] {
            let file = RepoPath::new([&stem, end].concat());
            if !stem.is_empty() && result.has(&file) {
                files.push(file);
            }
        }
    }
    files
}

/// Whether a module has a name, or may have it.
fn has(result: &View<'_>, file: &RepoPath, name: &str) -> bool {
    let Some(text) = result.read(file) else {
        return true;
    };
    let magic = MAGIC
        .iter()
        .any(|magic| super::super::manifest::has(&text, magic));
    if magic || has_word(&text, name) {
        return true;
    }
    // A package gives its modules as well, whatever they are written in.
    let folder = RepoPath::new(folder_of(file.as_bytes()));
    let is_package = file.file_name().starts_with(b"__init__.");
    let entries = result.folder(&folder);
    let mut stems = entries
        .iter()
        .filter_map(|entry| entry.name.split(|b| *b == b'.').next());
    is_package && stems.any(|stem| stem == name.as_bytes())
}
