//! What cannot be reviewed by reading: binaries, pointers to content elsewhere, over-large files;
//! and what a diff of text does not show: modes, links, the files that steer git and us.

use super::Finding;
use super::finding::Draft;
use crate::change::RepoPath;
use crate::diff::{Body, FileDiff, FileStatus, Mode};

/// A file that nobody can review by reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The file.
    pub path: RepoPath,
    /// Why it cannot be read.
    pub why: Why,
    /// The id of the finding that a reviewer answers for it.
    pub finding: String,
}

/// Why a file cannot be reviewed by reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// Bytes that are no text.
    Binary,
    /// The content is in Git LFS, not in the repository.
    LfsPointer,
    /// The content is a commit of another repository.
    Submodule,
    /// Larger than what is shown.
    TooLarge,
    /// Not fetched into this clone.
    Missing,
}

impl Why {
    /// One word for JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::LfsPointer => "lfs",
            Self::Submodule => "submodule",
            Self::TooLarge => "too-large",
            Self::Missing => "missing",
        }
    }

    fn of(file: &FileDiff) -> Option<Self> {
        match file.body {
            Body::Text(_) => None,
            Body::Binary => Some(Self::Binary),
            Body::LfsPointer(_) => Some(Self::LfsPointer),
            Body::Submodule => Some(Self::Submodule),
            Body::TooLarge { .. } => Some(Self::TooLarge),
            Body::Missing => Some(Self::Missing),
        }
    }

    /// The rule that reports it. Severity 3: by default such content has to be answered for.
    const fn rule(self) -> &'static str {
        match self {
            Self::Submodule => MODE_LINK,
            Self::Binary | Self::LfsPointer | Self::TooLarge | Self::Missing => OPAQUE,
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Binary => {
                "Binary content cannot be reviewed by reading. Can it be rebuilt from source?"
            }
            Self::LfsPointer => {
                "Only a pointer is here; the content is in Git LFS. Who has looked at it?"
            }
            Self::Submodule => {
                "Points at a commit of another repository. Who reviewed what it brings in?"
            }
            Self::TooLarge => "Too large to be shown. How was this reviewed?",
            Self::Missing => {
                "Its content is not in this clone. Fetch it before you judge the change."
            }
        }
    }
}

const OPAQUE: &str = "hid.opaque";
const MODE_LINK: &str = "hid.mode-link";

/// The files that cannot be read, each with its finding's id.
pub(super) fn list(files: &[FileDiff], findings: &[Finding]) -> Vec<Unreadable> {
    files
        .iter()
        .filter_map(|file| {
            let why = Why::of(file)?;
            let finding = findings.iter().find(|finding| {
                finding.path == *file.path() && finding.line.is_none() && finding.rule == why.rule()
            })?;
            Some(Unreadable {
                path: file.path().clone(),
                why,
                finding: finding.id.clone(),
            })
        })
        .collect()
}

/// The findings about files as a whole.
pub(super) fn findings(files: &[FileDiff]) -> Vec<Draft> {
    files.iter().flat_map(file_findings).collect()
}

fn file_findings(file: &FileDiff) -> Vec<Draft> {
    let path = file.path();
    let mut drafts = Vec::new();
    if let Some(why) = Why::of(file) {
        drafts.push(Draft::of_file(why.rule(), 3, path, why.sentence().into()));
    }
    let before = file.old.as_ref().map(|side| side.mode);
    let after = file.new.as_ref().map(|side| side.mode);
    let kind = mode_sentence(file, before, after).or_else(|| steering_sentence(path));
    // One finding of a rule per file: a submodule has its own already.
    if let Some((severity, sentence)) = kind
        && !drafts.iter().any(|draft| draft.rule == MODE_LINK)
    {
        drafts.push(Draft::of_file(MODE_LINK, severity, path, sentence));
    }
    drafts
}

fn mode_sentence(
    file: &FileDiff,
    before: Option<Mode>,
    after: Option<Mode>,
) -> Option<(u8, String)> {
    match (before, after) {
        (_, Some(Mode::Symlink)) => Some(link_sentence(file)),
        (Some(Mode::Symlink), Some(_)) => {
            Some((2, "A symbolic link became a file of its own.".to_owned()))
        }
        (Some(Mode::Regular), Some(Mode::Executable)) => Some((
            2,
            "Now executable. The file's kind changed, not only its text.".to_owned(),
        )),
        (None, Some(Mode::Executable)) => Some((
            2,
            "A new executable file. Who runs it, and when?".to_owned(),
        )),
        _ if file.status == FileStatus::TypeChanged => {
            Some((2, "The file's kind changed, not only its text.".to_owned()))
        }
        _ => None,
    }
}

/// A link's target is its content: one line without a line break.
fn link_sentence(file: &FileDiff) -> (u8, String) {
    let target = file
        .hunks()
        .iter()
        .flat_map(|hunk| &hunk.lines)
        .rfind(|line| line.kind == crate::diff::LineKind::Added)
        .map(|line| line.bytes.as_slice());
    match target {
        Some(target) if escapes(file.path(), target) => (
            3,
            "This link points outside the repository. What will be read or written there?"
                .to_owned(),
        ),
        _ => (
            2,
            "A symbolic link. Is everything that follows it meant to?".to_owned(),
        ),
    }
}

/// Whether a link at `path` to `target` leaves the repository, or enters its `.git`.
fn escapes(path: &RepoPath, target: &[u8]) -> bool {
    let windows = target.get(1) == Some(&b':') || target.contains(&b'\\');
    if target.starts_with(b"/") || windows {
        return true;
    }
    let folders = path.as_bytes().iter().filter(|b| **b == b'/').count();
    let mut depth = folders;
    for part in target.split(|b| *b == b'/') {
        match part {
            b"" | b"." => {}
            b".." if depth == 0 => return true,
            b".." => depth -= 1,
            part if part.eq_ignore_ascii_case(b".git") => return true,
            _ => depth += 1,
        }
    }
    false
}

/// Files that steer what git or this program does.
fn steering_sentence(path: &RepoPath) -> Option<(u8, String)> {
    let sentence = match path.file_name() {
        b".gitattributes" => (
            2,
            "Git attributes change how files are shown, merged and checked out.",
        ),
        b".gitmodules" => (
            2,
            "Where submodules come from changes here. Is each address the one meant?",
        ),
        b".lfsconfig" => (2, "Where Git LFS fetches content from changes here."),
        _ if path.as_bytes().starts_with(b".countersign/") => (
            3,
            "This changes who may approve what. Is every person, key and rule the one meant?",
        ),
        _ => return None,
    };
    Some((sentence.0, sentence.1.to_owned()))
}
