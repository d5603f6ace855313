//! Paths that mean one thing to git and another to a file system, a shell or a reader.

use std::collections::HashMap;

use super::{Result, Store, TreeChange};
use crate::change::{Oid, RepoPath, readable};

/// What is wrong with a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hazard {
    /// A component is `.` or `..`.
    DotDot,
    /// A component is `.git`, or becomes it on some file system.
    DotGit,
    /// A component holds a control character, DEL included.
    Control,
    /// A component ends in a dot or a space, or is a device name such as `CON` on Windows.
    Windows,
    /// A component holds a backslash, which is a separator elsewhere.
    Backslash,
    /// Another entry of the directory differs only in case.
    CaseTwin,
    /// A component looks like the inside of a repository: `HEAD` next to `objects` and `refs`.
    EmbeddedRepository,
}

impl Hazard {
    /// The hazard in a few words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::DotDot => "a component is '.' or '..'",
            Self::DotGit => "a component is '.git' on some file system",
            Self::Control => "a control character in the name",
            Self::Windows => "a name that Windows changes or reserves",
            Self::Backslash => "a backslash in the name",
            Self::CaseTwin => "another entry differs only in case",
            Self::EmbeddedRepository => "a repository inside the repository",
        }
    }
}

/// A hazardous path on the new side of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathHazard {
    /// The path.
    pub path: RepoPath,
    /// What is wrong with it.
    pub hazard: Hazard,
}

/// So many hazardous paths are named; more are counted.
const NAMED: usize = 3;

/// What is odd about paths, in sentences.
pub fn hazards_in_words(found: &[PathHazard]) -> Vec<String> {
    let one = |found: &PathHazard| {
        let path = String::from_utf8_lossy(found.path.as_bytes());
        format!("hazardous path {path}: {}", found.hazard.text())
    };
    let mut all: Vec<String> = found.iter().take(NAMED).map(one).collect();
    if found.len() > NAMED {
        all.push(format!("{} more hazardous paths", found.len() - NAMED));
    }
    all
}

impl Store {
    /// The hazards among the paths that a change adds or alters, by path. `new_tree` is the tree
    /// after the change.
    ///
    /// # Errors
    /// Where a tree is missing, corrupt or ambiguous.
    pub fn path_hazards(&self, new_tree: Oid, changes: &[TreeChange]) -> Result<Vec<PathHazard>> {
        let mut found = Vec::new();
        let mut dirs: HashMap<Vec<u8>, Directory> = HashMap::new();
        for change in changes.iter().filter(|change| change.new.is_some()) {
            let mut hazards = Vec::new();
            let bytes = change.path.as_bytes();
            let mut start = 0_usize;
            for name in bytes.split(|b| *b == b'/') {
                component(name, &mut hazards);
                let dir = &bytes[..start.saturating_sub(1)];
                if !dirs.contains_key(dir) {
                    dirs.insert(dir.to_vec(), self.directory(new_tree, dir)?);
                }
                if let Some(directory) = dirs.get(dir) {
                    if directory.folded.get(&fold(name)).copied().unwrap_or(0) > 1 {
                        hazards.push(Hazard::CaseTwin);
                    }
                    if directory.embedded && start > 0 {
                        hazards.push(Hazard::EmbeddedRepository);
                    }
                }
                start += name.len() + 1;
            }
            hazards.sort_unstable();
            hazards.dedup();
            found.extend(hazards.into_iter().map(|hazard| PathHazard {
                path: change.path.clone(),
                hazard,
            }));
        }
        Ok(found)
    }

    fn directory(&self, tree: Oid, dir: &[u8]) -> Result<Directory> {
        let entries = self
            .list_dir(tree, &RepoPath::new(dir))?
            .unwrap_or_default();
        let mut directory = Directory::default();
        for (name, _, _) in &entries {
            *directory.folded.entry(fold(name)).or_default() += 1;
        }
        let has = |wanted: &[u8]| entries.iter().any(|(name, _, _)| name == wanted);
        directory.embedded = has(b"HEAD") && has(b"objects") && has(b"refs");
        Ok(directory)
    }
}

/// What is known of one directory after the change.
#[derive(Default)]
struct Directory {
    /// Names without regard to case, and how many entries have each.
    folded: HashMap<String, usize>,
    embedded: bool,
}

fn fold(name: &[u8]) -> String {
    readable(name).to_lowercase()
}

fn component(name: &[u8], hazards: &mut Vec<Hazard>) {
    if name == b"." || name == b".." {
        hazards.push(Hazard::DotDot);
        return;
    }
    if is_dot_git(name) {
        hazards.push(Hazard::DotGit);
    }
    if name.iter().any(u8::is_ascii_control) {
        hazards.push(Hazard::Control);
    }
    if name.contains(&b'\\') {
        hazards.push(Hazard::Backslash);
    }
    if name.ends_with(b".") || name.ends_with(b" ") || is_device(name) {
        hazards.push(Hazard::Windows);
    }
}

/// `.git` itself, in any case, with what HFS+ ignores inside and what NTFS drops or adds at the
/// end, and its 8.3 name.
fn is_dot_git(name: &[u8]) -> bool {
    let text = readable(name);
    let visible: String = text
        .chars()
        .filter(|c| {
            !matches!(u32::from(*c),
                0x200c..=0x200f | 0x202a..=0x202e | 0x206a..=0x206f | 0xfeff)
        })
        .collect();
    let head = visible.split(['\\', ':']).next().unwrap_or_default();
    let trimmed = head.trim_end_matches([' ', '.']).to_ascii_lowercase();
    trimmed == ".git" || trimmed == "git~1"
}

fn is_device(name: &[u8]) -> bool {
    let stem = name.split(|b| *b == b'.').next().unwrap_or_default();
    let stem = stem.trim_ascii_end().to_ascii_uppercase();
    match stem.as_slice() {
        b"CON" | b"PRN" | b"AUX" | b"NUL" => true,
        [b'C', b'O', b'M', digit] | [b'L', b'P', b'T', digit] => (b'1'..=b'9').contains(digit),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &[u8]) -> Vec<Hazard> {
        let mut hazards = Vec::new();
        component(name, &mut hazards);
        hazards
    }

    #[test]
    fn every_disguise_of_dot_git_is_one() {
        for name in [
            ".git",
            ".GIT",
            ".git.",
            ".git ",
            "git~1",
            ".g\u{200c}it",
            ".git::$INDEX_ALLOCATION",
        ] {
            assert!(of(name.as_bytes()).contains(&Hazard::DotGit), "{name:?}");
        }
        assert!(of(b".gitignore").is_empty());
        assert!(of(b"git").is_empty());
    }

    #[test]
    fn names_that_change_elsewhere_are_hazards() {
        assert_eq!(of(b".."), [Hazard::DotDot]);
        assert_eq!(of(b"con.txt"), [Hazard::Windows]);
        assert_eq!(of(b"com0"), []);
        assert_eq!(of(b"a\x1b[2J"), [Hazard::Control]);
        assert_eq!(of(b"a\\b"), [Hazard::Backslash]);
    }
}
