//! Remarks of people on a change, each with the line it stands on and what became of it in a newer
//! revision: for an agent that reads them back, and for the screen.

use crate::change::{Cover, Oid, Reply, RepoPath};
use crate::diff::{FileDiff, LineKind};
use crate::git::Store;
use crate::policy::ReasonId;
use crate::verdict::{Comment, Side, Verdict};

use super::{Desk, Opened, Said, SaidStanding};

/// A remark and what became of it.
#[derive(Debug, Clone)]
pub struct Remark<'a> {
    /// `<payload sha256>/<index>`.
    pub id: String,
    /// The verdict it is part of.
    pub said: &'a Said,
    /// What it says, where.
    pub comment: &'a Comment,
    /// The line it stands on, and up to three before and after it.
    pub lines: Option<Lines>,
    /// Where it stands in the newest revision, whatever was answered.
    pub place: Standing,
    /// What its file is called there, where it was renamed since.
    pub renamed: Option<RepoPath>,
    /// What the submitter answered, with the revision, in that order.
    pub replies: Vec<(u32, Reply)>,
}

impl Remark<'_> {
    /// What became of it.
    pub fn state(&self) -> RemarkState {
        match (self.replies.is_empty(), self.place) {
            (false, _) => RemarkState::Answered,
            (true, Standing::Here) => RemarkState::Open,
            (true, Standing::Moved(line)) => RemarkState::Moved(line),
            (true, Standing::Gone) => RemarkState::Gone,
        }
    }

    /// The newest answer.
    pub fn reply(&self) -> Option<&Reply> {
        self.replies.last().map(|(_, reply)| reply)
    }

    /// Its line in the newest revision, on its side; none where it has none there.
    pub fn line_now(&self) -> Option<u64> {
        match self.place {
            Standing::Here => self.comment.line,
            Standing::Moved(line) => Some(line),
            Standing::Gone => None,
        }
    }
}

/// Where a remark stands in a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Where it was written.
    Here,
    /// On another line of its file.
    Moved(u64),
    /// Nowhere: its line or its file is not there.
    Gone,
}

/// A line and its surroundings, raw.
#[derive(Debug, Clone)]
pub struct Lines {
    /// The line itself.
    pub text: Vec<u8>,
    /// Before it.
    pub before: Vec<Vec<u8>>,
    /// After it.
    pub after: Vec<Vec<u8>>,
}

/// What became of a remark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemarkState {
    /// It stands where it stood.
    Open,
    /// The submitter answered it.
    Answered,
    /// Its line is elsewhere now.
    Moved(u64),
    /// Its line or file is not there any more.
    Gone,
}

impl RemarkState {
    /// The word of the interface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Moved(_) => "moved",
            Self::Gone => "gone",
        }
    }
}

/// Lines shown on each side of a remark's own.
const AROUND: usize = 3;
/// A larger file has no lines here.
const MAX_FILE: u64 = 8 * 1024 * 1024;

/// The remarks of people on a change. Words by a key that nobody knows are not passed on: anyone who
/// can push could put them there.
pub fn remarks<'a>(
    store: &Store,
    desk: &Desk<'_>,
    opened: &'a Opened,
    newest: &Opened,
) -> Vec<Remark<'a>> {
    let replies = replies(store, desk, opened);
    let known = opened.said.iter().filter(|said| known_key(said));
    let all = known.flat_map(|said| said.comments.iter().enumerate().map(move |one| (said, one)));
    all.map(|(said, (index, comment))| {
        let id = format!("{}/{index}", said.digest);
        let statements = desk.statements().verified.iter();
        let verdict = statements
            .filter(|one| one.payload_sha256() == said.digest)
            .find_map(|one| one.verdict());
        let lines = verdict.and_then(|verdict| lines(store, verdict, comment));
        let own = replies.iter().filter(|(_, reply)| reply.comment == id);
        let replies = own.cloned().collect();
        let renamed = renamed(store, verdict, comment, newest);
        let now = renamed.as_ref().or(comment.path.as_ref());
        let place = became(store, verdict, (comment, now), lines.as_ref(), newest);
        Remark {
            id,
            said,
            comment,
            lines,
            place,
            renamed,
            replies,
        }
    })
    .collect()
}

/// Whether the policy knows the key; without a policy nobody can tell.
pub fn known_key(said: &Said) -> bool {
    !matches!(&said.standing, SaidStanding::DoesNotCount(reason) if reason.id == ReasonId::KeyUnknown)
}

/// What the cover letters of all revisions answer, oldest first.
fn replies(store: &Store, desk: &Desk<'_>, opened: &Opened) -> Vec<(u32, Reply)> {
    let revisions = desk.refs().changes.get(&opened.revision.id);
    let tags = revisions
        .into_iter()
        .flatten()
        .filter_map(|(number, found)| {
            let tag = store.tag(found.oid).ok().flatten()?;
            Some((*number, Cover::parse(&tag.message).replies))
        });
    tags.flat_map(|(number, replies)| replies.into_iter().map(move |reply| (number, reply)))
        .collect()
}

/// The file's content as the remark's author saw it.
fn content(store: &Store, commit: Oid, path: &RepoPath) -> Option<Vec<u8>> {
    if path.as_bytes() == b"/message" {
        return Some(store.commit(commit).ok()?.message.into_bytes());
    }
    store.read_path(commit, path, MAX_FILE).ok().flatten()
}

fn lines(store: &Store, verdict: &Verdict, comment: &Comment) -> Option<Lines> {
    let commit = match comment.side {
        Some(Side::Old) => verdict.base.commit,
        _ => verdict.head.commit,
    };
    let content = content(store, commit, comment.path.as_ref()?)?;
    let all: Vec<&[u8]> = content.split(|byte| *byte == b'\n').collect();
    let at = usize::try_from(comment.line?).ok()?.checked_sub(1)?;
    let owned = |lines: &[&[u8]]| lines.iter().map(|line| line.to_vec()).collect();
    let end = all.len().min(at + 1 + AROUND);
    Some(Lines {
        text: all.get(at)?.to_vec(),
        before: owned(&all[at.saturating_sub(AROUND)..at]),
        after: owned(&all[at + 1..end]),
    })
}

/// Where a remark stands in the newest revision.
fn became(
    store: &Store,
    verdict: Option<&Verdict>,
    (comment, path): (&Comment, Option<&RepoPath>),
    lines: Option<&Lines>,
    newest: &Opened,
) -> Standing {
    let head = newest.span.head.commit;
    if verdict.is_some_and(|verdict| verdict.head.commit == head) {
        return Standing::Here;
    }
    let Some(path) = path else {
        return Standing::Here;
    };
    if comment.side == Some(Side::Old) {
        let before = comment.path.as_ref().unwrap_or(path);
        return match lines {
            Some(lines) => place(removed(newest, before), &lines.text, comment.line),
            None => Standing::Here,
        };
    }
    let Some(content) = content(store, head, path) else {
        return Standing::Gone;
    };
    let Some(lines) = lines else {
        return Standing::Here;
    };
    let now = content.split(|byte| *byte == b'\n');
    let now = (1..).zip(now.map(<[u8]>::to_vec));
    place(now.collect(), &lines.text, comment.line)
}

/// What the file of a remark is called in the newest revision, where it is not there by its name and
/// was renamed: by the change itself, or between the two revisions.
fn renamed(
    store: &Store,
    verdict: Option<&Verdict>,
    comment: &Comment,
    newest: &Opened,
) -> Option<RepoPath> {
    let path = comment.path.as_ref()?;
    let head = newest.span.head;
    let is_there = |path| store.entry_at(head.tree, path).ok().flatten().is_some();
    if path.as_bytes() == b"/message" || is_there(path) {
        return None;
    }
    let to = |files: &[FileDiff]| {
        let mut files = files.iter();
        let file = files.find(|file| file.old.as_ref().is_some_and(|old| old.path == *path))?;
        file.new.as_ref().map(|new| new.path.clone())
    };
    to(&newest.files).or_else(|| {
        let seen = verdict?.head.tree;
        to(&store.diff_files(seen, head.tree).ok()?)
    })
}

/// The lines of a file that the newest revision removes, with their old numbers.
fn removed(newest: &Opened, path: &RepoPath) -> Vec<(u64, Vec<u8>)> {
    let files = newest.files.iter();
    let files = files.filter(|file| file.old.as_ref().is_some_and(|side| side.path == *path));
    let lines = files
        .flat_map(|file| file.hunks())
        .flat_map(|hunk| &hunk.lines);
    lines
        .filter(|line| line.kind == LineKind::Removed)
        .filter_map(|line| Some((u64::from(line.old?), line.bytes.clone())))
        .collect()
}

/// The same text on the same line is open, on another one it moved (to the nearest).
fn place(now: Vec<(u64, Vec<u8>)>, text: &[u8], line: Option<u64>) -> Standing {
    let was = line.unwrap_or(1);
    let same = now.into_iter().filter(|(_, now)| now == text);
    let nearest = same.map(|(at, _)| at).min_by_key(|at| at.abs_diff(was));
    match nearest {
        Some(at) if at == was => Standing::Here,
        // Lines like `}` are everywhere: such a one tells nothing elsewhere.
        Some(at)
            if text
                .iter()
                .filter(|byte| byte.is_ascii_alphanumeric())
                .count()
                > 1 =>
        {
            Standing::Moved(at)
        }
        _ => Standing::Gone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_where_it_is_now() {
        let now = |lines: &[&str]| {
            (1..)
                .zip(lines.iter().map(|l| l.as_bytes().to_vec()))
                .collect()
        };
        let at = |lines: &[&str], text: &str| place(now(lines), text.as_bytes(), Some(2));
        assert_eq!(at(&["a", "keep this", "c"], "keep this"), Standing::Here);
        assert_eq!(
            at(&["a", "b", "keep this"], "keep this"),
            Standing::Moved(3)
        );
        assert_eq!(at(&["a", "b"], "keep this"), Standing::Gone);
        assert_eq!(at(&["a", "b", "}"], "}"), Standing::Gone);
        assert_eq!(
            at(&["same", "b", "same", "same"], "same"),
            Standing::Moved(1)
        );
    }
}
