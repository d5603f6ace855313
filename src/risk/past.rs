//! What the history adds to the likelihood and takes off it, term by term.

use super::history::{AuthorId, HistoryStats, PathStats, UndoneChange};
use super::score::{Term, count};
use super::{ChangeText, Points};
use crate::change::RepoPath;
use crate::diff::FileDiff;

/// What a change is worth that changes just the files of an undone one, were those of its own not
/// counted.
const LATELY: u64 = 16_000;
/// The files of the change itself weigh so many times less than those of the undone one.
const OWN_FILES: u64 = 4;
/// A folder that the author never changed.
const STRANGE_FOLDER: Points = Points::whole(4);

/// A file of the change that the history knows, and what it knows of it.
type Known<'a> = (&'a RepoPath, &'a PathStats);

/// The terms of a history that is there whole.
pub(super) fn history_terms(
    text: &ChangeText<'_>,
    files: &[FileDiff],
    history: &HistoryStats,
    terms: &mut Vec<Term>,
) {
    let known: Vec<Known<'_>> = files
        .iter()
        .filter_map(|file| {
            let path = before(file);
            Some((path, history.paths.get(path)?))
        })
        .filter(|(_, stats)| stats.changes > 0)
        .collect();
    undone_term(files, &known, history, terms);
    let mut people: Vec<AuthorId> = known.iter().flat_map(|k| &k.1.people).copied().collect();
    people.sort_unstable();
    people.dedup();
    let people = people.len() as u64;
    if people > 0 {
        let has = if people == 1 { "has" } else { "have" };
        terms.push(Term::new(
            Points::log2(3000, 1 + people.min(64)),
            format!(
                "{} {has} changed these files",
                count(people, "person", "people")
            ),
        ));
    }
    if let Some(email) = text.accountable {
        let author = history.author(email);
        author_terms(author, &known, terms);
        folder_term(author, files, history, terms);
    }
    lately_term(files, history, terms);
}

/// The share of undone changes of the most undone file; a new file takes its folder's.
fn undone_term(
    files: &[FileDiff],
    known: &[Known<'_>],
    history: &HistoryStats,
    terms: &mut Vec<Term>,
) {
    let old = known
        .iter()
        .map(|(path, stats)| ((*path).clone(), stats.undone, stats.changes));
    let has_past = |path: &RepoPath| history.paths.get(path).is_some_and(|s| s.changes > 0);
    let new = files
        .iter()
        .filter(|file| file.old.is_none() && !has_past(file.path()))
        .filter_map(|file| history.folder_of(file.path()))
        .map(|(folder, stats)| (folder, stats.undone, stats.changes));
    let share = |undone: u32, changes: u32| 70_000 * i64::from(undone) / (i64::from(changes) + 10);
    let most = old
        .chain(new)
        .filter(|(_, undone, _)| *undone > 0)
        .max_by(|a, b| (share(a.1, a.2), &b.0).cmp(&(share(b.1, b.2), &a.0)));
    if let Some((path, undone, changes)) = most {
        let name = match path.as_bytes() {
            [] => "this repository".into(),
            _ => path.text(),
        };
        terms.push(Term::new(
            Points::milli(share(undone, changes).min(14_000)),
            format!("{undone} of {changes} changes to {name} were undone or fixed later"),
        ));
    }
}

fn author_terms(author: Option<AuthorId>, known: &[Known<'_>], terms: &mut Vec<Term>) {
    let Some(author) = author else { return };
    if known.is_empty() {
        return;
    }
    if known
        .iter()
        .all(|(_, stats)| stats.last_author == Some(author))
    {
        let why = "last changed by the same author";
        terms.push(Term::new(Points::whole(-10), why));
    }
    let files = known.len() as i64;
    let share: i64 = known
        .iter()
        .map(|(_, stats)| {
            let own = stats.by_author.iter().find(|(who, _)| *who == author);
            own.map_or(0, |(_, n)| 6000 * i64::from(*n) / i64::from(stats.changes))
        })
        .sum();
    if share > 0 {
        terms.push(Term::new(
            Points::milli(-(share / files)),
            format!(
                "{} % of past changes to these files are the author's",
                share / files / 60
            ),
        ));
    }
}

/// The undone change of late that shares the most files with this one.
fn lately_term(files: &[FileDiff], history: &HistoryStats, terms: &mut Vec<Term>) {
    let worth = |undone: &UndoneChange| {
        let again = files
            .iter()
            .filter(|file| undone.again.contains(before(file)));
        let again = again.count().min(undone.files as usize) as u64;
        let of = OWN_FILES * u64::from(undone.files) + files.len() as u64;
        (
            (LATELY * OWN_FILES * again).checked_div(of).unwrap_or(0),
            again,
        )
    };
    let all = history.undone_lately.iter();
    let all = all.map(|undone| (worth(undone), undone));
    // Of equals the one that was undone last: they come in the order in which they were undone.
    let Some(((points, again), undone)) = all.max_by_key(|((points, _), _)| *points) else {
        return;
    };
    if points == 0 {
        return;
    }
    let of = u64::from(undone.files);
    let share = match (again, of) {
        (1, 1) => "the file".to_owned(),
        _ if again == of => format!("all {of} files"),
        _ => format!("{again} of the {of} files"),
    };
    terms.push(Term::new(
        Points::milli(points as i64),
        format!(
            "changes {share} of “{}” ({}), which was undone or fixed later",
            undone.title,
            undone.oid.short(10)
        ),
    ));
}

/// A folder whose files others changed and the author never did.
fn folder_term(
    author: Option<AuthorId>,
    files: &[FileDiff],
    history: &HistoryStats,
    terms: &mut Vec<Term>,
) {
    let folders = files.iter().map(|file| before(file).folder());
    let strange = folders
        .filter(|folder| {
            let known = history.changed_in.get(folder);
            known.is_some_and(|people| author.is_none_or(|author| !people.contains(&author)))
        })
        .min();
    if let Some(folder) = strange {
        let name = match folder.as_bytes() {
            [] => "the top folder".into(),
            _ => folder.text(),
        };
        terms.push(Term::new(
            STRANGE_FOLDER,
            format!("the author never changed a file in {name} before"),
        ));
    }
}

/// A file's name before the change; that of a new file after it.
fn before(file: &FileDiff) -> &RepoPath {
    file.old
        .as_ref()
        .map_or_else(|| file.path(), |side| &side.path)
}
