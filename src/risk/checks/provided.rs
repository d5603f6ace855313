//! Whether something in the tree provides a module that no manifest above a file declares: a folder
//! far away, another package of the same repository, an alias of a build tool.

use super::manifest::has;
use super::view::{View, folder_of, join};
use crate::change::RepoPath;
use crate::risk::language::Language;
use crate::risk::source::Source;

/// Whether the tree, or the file itself, gives the module; or whether not all of it was seen.
pub(super) fn is_provided(tree: &View<'_>, source: &Source<'_>, name: &str) -> bool {
    let found = match source.language {
        Language::Python => is_folder_or_file(tree, name, ".py"),
        Language::Rust => {
            let plain = name.replace('_', "-");
            is_folder_or_file(tree, name, ".rs")
                || is_in_scope(tree, source, name)
                || has_manifest(tree, b"Cargo.toml", &[name, &plain])
        }
        Language::JavaScript => {
            is_aliased(tree, source, name) || has_manifest(tree, b"package.json", &[name])
        }
        Language::Go => is_of_a_module(tree, name),
        _ => true,
    };
    found || tree.missed() > 0
}

/// Whether any folder, or any file with this end, has the name.
fn is_folder_or_file(tree: &View<'_>, name: &str, end: &str) -> bool {
    let file = format!("{name}{end}");
    tree.files().iter().any(|path| {
        let mut parts = path.as_bytes().rsplit(|b| *b == b'/');
        let is_file = parts.next().is_some_and(|last| {
            last == file.as_bytes() || (end == ".py" && is_extension(last, name))
        });
        is_file || parts.any(|folder| folder == name.as_bytes())
    })
}

/// `name.pyi`, `name.pyx`, `name.c`: a module that is built.
fn is_extension(file: &[u8], name: &str) -> bool {
    let rest = file.strip_prefix(name.as_bytes());
    rest.is_some_and(|rest| matches!(rest, b".pyi" | b".pyx" | b".so" | b".c" | b".proto"))
}

/// Whether the name stands in the file as something that was taken or made before.
fn is_in_scope(tree: &View<'_>, source: &Source<'_>, name: &str) -> bool {
    let Some(text) = tree.read(source.path) else {
        return true;
    };
    let forms = [
        format!("::{name};"),
        format!("::{name},"),
        format!("{{{name},"),
        format!(" {name},"),
        format!("{name}}}"),
        format!("as {name};"),
        format!("mod {name}"),
        format!("enum {name}"),
        format!("{name}!"),
        format!("extern crate {name}"),
    ];
    forms.iter().any(|form| has(&text, form.as_bytes()))
}

/// Whether a manifest of the tree gives a package one of these names.
fn has_manifest(tree: &View<'_>, file: &[u8], names: &[&str]) -> bool {
    let manifests = tree.files().iter().filter(|path| path.file_name() == file);
    manifests.take(500).any(|path| {
        tree.read(path).is_some_and(|text| {
            text.split(|b| *b == b'\n').any(|line| {
                let line = line.trim_ascii();
                names.iter().any(|name| {
                    let toml = format!("name = \"{name}\"");
                    let json = format!("\"name\": \"{name}\"");
                    line.starts_with(toml.as_bytes()) || line.starts_with(json.as_bytes())
                })
            })
        })
    })
}

/// Whether a file of settings above the source names the module: paths of a compiler, aliases of a
/// bundler, an import map.
fn is_aliased(tree: &View<'_>, source: &Source<'_>, name: &str) -> bool {
    const SETTINGS: [&[u8]; 14] = [
        b"tsconfig",
        b"jsconfig",
        b"vite",
        b"webpack",
        b"rollup",
        b"babel",
        b"jest",
        b"next.config",
        b"deno",
        b"import_map",
        b"importmap",
        b"package.json",
        b"svelte.config",
        b"esbuild",
    ];
    let first = name.split('/').next().unwrap_or(name);
    let quoted = [
        format!("\"{name}"),
        format!("'{name}"),
        format!("\"{first}/"),
        format!("'{first}/"),
    ];
    let mut folder = folder_of(source.path.as_bytes());
    loop {
        let here = RepoPath::new(folder);
        for entry in tree.folder(&here).iter() {
            let is_folder = entry.name == first.as_bytes();
            let is_setting = SETTINGS.iter().any(|start| entry.name.starts_with(start));
            let names_it = || {
                let text = tree.read(&join(&here, &entry.name)).unwrap_or_default();
                quoted.iter().any(|name| has(&text, name.as_bytes()))
            };
            if is_folder || (is_setting && names_it()) {
                return true;
            }
        }
        if folder.is_empty() {
            return false;
        }
        folder = folder_of(folder);
    }
}

/// Whether a Go module of the repository has the path.
fn is_of_a_module(tree: &View<'_>, name: &str) -> bool {
    let manifests = tree
        .files()
        .iter()
        .filter(|path| path.file_name() == b"go.mod");
    let mut modules = manifests.take(200).filter_map(|path| {
        let text = String::from_utf8(tree.read(path)?).ok()?;
        let module = text.lines().find_map(|line| line.strip_prefix("module "))?;
        Some(module.trim().trim_matches('"').to_owned())
    });
    modules.any(|module| name == module || name.starts_with(&format!("{module}/")))
}
