//! Whether a lock file vouches for a new dependency: a tool that resolved it found that it exists.

use super::manifest::Manifest;
use super::view::{View, folder_of, join};
use crate::change::RepoPath;
use crate::risk::language::Language;
use crate::risk::source::Source;

/// Lock files grow large; one over this size is not looked into.
const MAX_LOCK: u64 = 8 << 20;

/// The lock file that should know a dependency of a manifest, and does not; none where there is no
/// such file, it knows the name, or it could not be read.
pub(super) fn silent_lock(
    tree: &View<'_>,
    manifest: Manifest,
    path: &RepoPath,
    name: &str,
) -> Option<RepoPath> {
    let lock = lock_of(tree, manifest, path)?;
    let text = tree.read_up_to(&lock, MAX_LOCK)?;
    (!knows(&text, name)).then_some(lock)
}

/// Whether what a file imports is in a lock file: something that is declared brings it along, so it
/// exists.
pub(super) fn is_locked(tree: &View<'_>, source: &Source<'_>, name: &str) -> bool {
    let manifest = match source.language {
        Language::Python => Manifest::PyProject,
        Language::JavaScript => Manifest::Npm,
        Language::Go => Manifest::GoMod,
        Language::Rust => Manifest::Cargo,
        _ => return false,
    };
    let lock = lock_of(tree, manifest, source.path);
    let text = lock.and_then(|lock| tree.read_up_to(&lock, MAX_LOCK));
    text.is_some_and(|text| knows(&text, name))
}

/// The nearest lock file above a path.
fn lock_of(tree: &View<'_>, manifest: Manifest, path: &RepoPath) -> Option<RepoPath> {
    let names: &[&[u8]] = match manifest {
        Manifest::Cargo => &[b"Cargo.lock"],
        Manifest::Npm => &[b"package-lock.json", b"pnpm-lock.yaml", b"yarn.lock"],
        Manifest::PyProject => &[b"poetry.lock", b"uv.lock", b"Pipfile.lock", b"pdm.lock"],
        Manifest::GoMod => &[b"go.sum"],
        Manifest::Gemfile => &[b"Gemfile.lock"],
        _ => return None,
    };
    let mut folder = folder_of(path.as_bytes());
    loop {
        let here = RepoPath::new(folder);
        let locks = names.iter().map(|name| join(&here, name));
        if let Some(lock) = locks.into_iter().find(|lock| tree.has(lock)) {
            return Some(lock);
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder_of(folder);
    }
}

/// Whether the text has the name, in any case, with any separators.
fn knows(text: &[u8], name: &str) -> bool {
    let plain = |byte: u8| match byte {
        b'_' | b'.' => b'-',
        byte => byte.to_ascii_lowercase(),
    };
    let wanted: Vec<u8> = name.bytes().map(plain).collect();
    let Some(first) = wanted.first().copied() else {
        return true;
    };
    (0..text.len()).any(|at| {
        plain(text[at]) == first
            && text.get(at..at + wanted.len()).is_some_and(|window| {
                window
                    .iter()
                    .map(|byte| plain(*byte))
                    .eq(wanted.iter().copied())
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_however_it_is_written() {
        assert!(knows(b"name = \"Typing_Extensions\"", "typing-extensions"));
        assert!(knows(b"zope.interface", "zope-interface"));
        assert!(!knows(b"requests", "fast-requests"));
        assert!(knows(b"", ""));
    }
}
