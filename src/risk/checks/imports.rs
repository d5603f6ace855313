//! Imports that no manifest declares and no folder provides.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::manifest::Manifest;
use super::provided::is_provided;
use super::syntax::shallow;
use super::view::View;
use super::vouched::is_locked;
use super::{Change, Report};
use crate::change::RepoPath;
use crate::diff::LineKind;
use crate::risk::kind::Kind;
use crate::risk::language::Language;
use crate::risk::source::{Source, SourceLine};

/// Modules that come with a language.
const BUILT_IN: &str = include_str!("built_in.txt");

/// Reports imports of packages nobody declares. Silent where no manifest can be read.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("dep.import-undeclared") else {
        return;
    };
    let Some(tree) = &change.result else {
        return;
    };
    for (file, source) in change.sources.iter().enumerate() {
        if !source.kinds.has(Kind::Code) || source.is_gone {
            continue;
        }
        let mut declared: Option<BTreeSet<String>> = None;
        let fresh = |line: &&SourceLine<'_>| line.kind == LineKind::Added && !line.moved;
        for line in source.changed().filter(fresh) {
            let Some(name) = imported(source.language, &line.lexed.text) else {
                continue;
            };
            if is_built_in(source.language, &name) || is_local(change, source, &name) {
                continue;
            }
            let declared = declared.get_or_insert_with(|| declared_for(source, tree));
            if declared.is_empty() || is_declared(source.language, &name, declared) {
                continue;
            }
            if is_provided(tree, source, &name) || is_locked(tree, source, &name) {
                continue;
            }
            let message =
                format!("{name:?} is imported and no manifest declares it. Does it exist?");
            report.line(rule, (file, source), line, None, Some(message));
        }
    }
}

macro_rules! patterns {
    ($($name:ident = $pattern:expr;)*) => {
        $(static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($pattern).ok());)*
    };
}

patterns! {
    PYTHON = r"(?-u)^\s*(?:import\s+|from\s+)([A-Za-z_]\w*)(?:\.[\w.]+)?(?:\s+(?:import|as)\b|\s*$|\s*,)";
    SCRIPT = r#"(?-u)(?:\bfrom\s+|\brequire\(\s*|\bimport\s*\(?\s*)["']((?:@[\w.-]+/)?[\w.-]+)"#;
    RUST = r"(?-u)^\s*(?:pub\s+)?(?:use\s+(?:::)?|extern\s+crate\s+)([a-z_][a-z0-9_]*)(?:::|;|\s+as\b)";
    GO = r#"(?-u)^\s*(?:import\s+)?(?:[\w.]+\s+)?"([\w-]+(?:\.[\w-]+)+/[\w./-]+)"\s*$"#;
}

/// The package a line imports.
fn imported(language: Language, line: &[u8]) -> Option<String> {
    let pattern = match language {
        Language::Python => &PYTHON,
        Language::JavaScript => &SCRIPT,
        Language::Rust => &RUST,
        Language::Go => &GO,
        _ => return None,
    };
    let found = pattern.as_ref()?.captures(line)?.get(1)?;
    Some(String::from_utf8_lossy(found.as_bytes()).into_owned())
}

fn is_built_in(language: Language, name: &str) -> bool {
    let list = match language {
        Language::Python => "python:",
        Language::JavaScript => "node:",
        Language::Rust => "rust:",
        _ => return false,
    };
    BUILT_IN
        .lines()
        .filter_map(|line| line.strip_prefix(list))
        .flat_map(str::split_whitespace)
        .any(|known| known == name)
}

/// Whether the repository itself provides the module.
fn is_local(change: &Change<'_>, source: &Source<'_>, name: &str) -> bool {
    let is_part = |path: &RepoPath| {
        path.as_bytes()
            .split(|b| matches!(b, b'/' | b'.'))
            .any(|part| part == name.as_bytes())
    };
    if name.starts_with('.') || change.sources.iter().any(|other| is_part(other.path)) {
        return true;
    }
    let folder = parent(source.path.as_bytes());
    let exists = |path: String| {
        change
            .result
            .as_ref()
            .is_some_and(|tree| tree.has(&RepoPath::from(path.as_str())))
    };
    let folder = String::from_utf8_lossy(folder).into_owned();
    let roots = ["", "src/", "lib/", "app/"].map(str::to_owned);
    roots.into_iter().chain([folder]).any(|root| {
        let ends: &[&str] = match source.language {
            Language::Python => &[".py", "/__init__.py"],
            Language::Rust => &[".rs", "/mod.rs", "/src/lib.rs"],
            Language::JavaScript => &["/index.js", "/index.ts", "/index.tsx", ".js", ".ts"],
            _ => &[],
        };
        ends.iter().any(|end| exists(format!("{root}{name}{end}")))
    }) || (source.language == Language::Rust && declares_module(source, name))
}

fn declares_module(source: &Source<'_>, name: &str) -> bool {
    let declared = [
        format!("mod {name};"),
        format!("mod {name} {{"),
        format!("enum {name}"),
    ];
    source
        .hunks
        .iter()
        .flat_map(|hunk| &hunk.lines)
        .any(|line| {
            let text = String::from_utf8_lossy(&line.lexed.code);
            declared.iter().any(|module| text.contains(module.as_str()))
        })
}

/// A folder with its slash; the root is nothing.
fn parent(path: &[u8]) -> &[u8] {
    let end = path
        .iter()
        .rposition(|b| *b == b'/')
        .map_or(0, |slash| slash + 1);
    &path[..end]
}

/// What the manifests from the file's folder upwards declare.
fn declared_for(source: &Source<'_>, tree: &View<'_>) -> BTreeSet<String> {
    let names: &[&str] = match source.language {
        Language::Python => &[
            "pyproject.toml",
            "requirements.txt",
            "requirements-dev.txt",
            "requirements/base.txt",
            "Pipfile",
        ],
        Language::JavaScript => &["package.json"],
        Language::Rust => &["Cargo.toml"],
        Language::Go => &["go.mod"],
        _ => &[],
    };
    let mut declared = BTreeSet::new();
    let mut folder = parent(source.path.as_bytes());
    loop {
        for name in names {
            let path = RepoPath::new([folder, name.as_bytes()].concat());
            if let Some(text) = tree.read(&path) {
                read(name.as_bytes(), &text, &mut declared);
            }
        }
        if folder.is_empty() {
            return declared;
        }
        folder = parent(&folder[..folder.len() - 1]);
    }
}

fn read(name: &[u8], text: &[u8], declared: &mut BTreeSet<String>) {
    let Some(manifest) = Manifest::of(name.rsplit(|b| *b == b'/').next().unwrap_or(name)) else {
        return;
    };
    if manifest == Manifest::PyProject {
        declared.extend(requirements(text));
    }
    let mut section: Option<&[u8]> = None;
    for line in text.split(|b| *b == b'\n') {
        if manifest.opens(line) {
            section = Some(line);
        }
        declared.extend(manifest.dependency(section, line));
        let words = line.trim_ascii();
        // The package's own name, a Go module's own path, a crate under another name.
        for own in [&b"name = \""[..], b"\"name\": \"", b"module "] {
            if let Some(rest) = words.strip_prefix(own) {
                let end = rest.iter().position(|b| *b == b'"').unwrap_or(rest.len());
                declared.insert(String::from_utf8_lossy(&rest[..end]).to_ascii_lowercase());
            }
        }
        if let Some(rest) = words.strip_prefix(b"[dependencies.") {
            let end = rest.iter().position(|b| *b == b']').unwrap_or(rest.len());
            declared.insert(String::from_utf8_lossy(&rest[..end]).to_ascii_lowercase());
        }
    }
}

fn is_declared(language: Language, name: &str, declared: &BTreeSet<String>) -> bool {
    let plain = |name: &str| name.to_ascii_lowercase().replace(['-', '.'], "_");
    let wanted = plain(name);
    declared.iter().any(|known| match language {
        // Names of modules are kept in lower case.
        Language::Go => {
            let name = name.to_ascii_lowercase();
            name == *known || name.starts_with(&format!("{known}/"))
        }
        // A distribution is often called a little more than its module: `PyYAML`, `opencv-python`.
        Language::Python => {
            let known = plain(known);
            known.contains(&wanted) || wanted.contains(&known) || is_alias(&wanted, &known)
        }
        Language::JavaScript => name == known || known == &format!("@types/{name}"),
        _ => plain(known) == wanted,
    })
}

/// Python modules whose distribution has another name.
fn is_alias(module: &str, distribution: &str) -> bool {
    BUILT_IN
        .lines()
        .filter_map(|line| line.strip_prefix("alias:"))
        .flat_map(str::split_whitespace)
        .any(|pair| pair.split_once('=') == Some((module, distribution)))
}

/// Every text of a manifest that may be a requirement, and every key: extras and groups hold them in
/// many forms.
fn requirements(text: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let text = std::str::from_utf8(text).unwrap_or_default();
    if shallow(text).is_ok()
        && let Ok(table) = toml::from_str::<toml::Table>(text)
    {
        texts(&toml::Value::Table(table), &mut names);
    }
    names
}

fn texts(value: &toml::Value, into: &mut Vec<String>) {
    match value {
        toml::Value::String(text) => {
            let is_name = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            let name: String = text.chars().take_while(is_name).collect();
            if name.len() > 1 {
                into.push(name.to_ascii_lowercase());
            }
        }
        toml::Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        toml::Value::Table(table) => table.values().for_each(|item| texts(item, into)),
        _ => {}
    }
}
