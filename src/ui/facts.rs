//! What is said of a file that its lines do not say: other names and modes, links, bytes that are no
//! text, pointers, submodules, line endings. Each a whole fact, for there is nothing else to judge by.

use super::theme::Role;
use crate::app::sheet::counted;
use crate::diff::{Body, FileDiff, FileSide, FileStatus, Mode, visible};

/// What stands behind a file's path in its header.
pub(super) fn status(file: &FileDiff) -> Vec<(String, Role)> {
    let path = |side: &Option<FileSide>| {
        let side = side
            .as_ref()
            .map(|side| visible::text(side.path.as_bytes()));
        side.unwrap_or_default().into_owned()
    };
    let said = match file.status {
        FileStatus::Added => match copied_from(file) {
            Some(from) => format!(" copied from {from} (100%)"),
            None => " new".to_owned(),
        },
        FileStatus::Deleted => " deleted".to_owned(),
        FileStatus::Modified => String::new(),
        FileStatus::Renamed { similarity } => {
            format!(" renamed from {} ({similarity}%)", path(&file.old))
        }
        FileStatus::TypeChanged => format!(
            " was a {}, is a {}",
            kind(file.old.as_ref()),
            kind(file.new.as_ref())
        ),
    };
    let mut pieces = vec![(said, Role::FileDim)];
    pieces.extend(mode(file).map(|text| (format!(" {text}"), Role::Ask)));
    pieces.extend(endings(file));
    pieces
}

fn copied_from(file: &FileDiff) -> Option<String> {
    let from = file.new.as_ref()?.facts.copied_from.as_ref()?;
    Some(visible::text(from.as_bytes()).into_owned())
}

fn kind(side: Option<&FileSide>) -> &'static str {
    match side.map(|side| side.mode) {
        Some(Mode::Symlink) => "symbolic link",
        Some(Mode::Submodule) => "submodule",
        _ => "file",
    }
}

/// Another mode, by its digits and by what it means; and a new file that can be run.
fn mode(file: &FileDiff) -> Option<String> {
    let mode = |side: &Option<FileSide>| side.as_ref().map(|side| side.mode);
    let means = |mode| match mode {
        Mode::Executable => ", can be run now",
        _ => "",
    };
    match (mode(&file.old), mode(&file.new)) {
        (Some(old), Some(new)) if old != new => {
            let lost = match (old, new) {
                (Mode::Executable, Mode::Regular) => ", cannot be run any more",
                _ => means(new),
            };
            Some(format!("mode {} → {}{lost}", old.as_str(), new.as_str()))
        }
        (None, Some(Mode::Executable)) => Some("can be run".to_owned()),
        _ => None,
    }
}

/// Line endings, where they changed or are not plain line feeds.
fn endings(file: &FileDiff) -> Option<(String, Role)> {
    let of = |side: &Option<FileSide>| side.as_ref().and_then(|side| side.facts.endings.as_str());
    match (of(&file.old), of(&file.new)) {
        (Some(old), Some(new)) if old != new => {
            Some((format!(" line endings: {old} → {new}"), Role::Ask))
        }
        (_, Some(new @ "CRLF")) => Some((format!(" {new}"), Role::FileDim)),
        (None, Some(new)) if new != "LF" => Some((format!(" {new}"), Role::Ask)),
        (_, Some(new)) if new != "LF" => Some((format!(" {new}"), Role::FileDim)),
        _ => None,
    }
}

/// The sentence that stands for a file's lines, or before them.
pub(super) fn sentence(file: &FileDiff, folded: bool) -> (String, Role) {
    let hunks = file.hunks();
    if folded && !hunks.is_empty() {
        let lines: usize = hunks.iter().map(|hunk| hunk.lines.len()).sum();
        let lines = counted(lines, "line", "lines");
        return (format!("folded: {lines} · z shows them"), Role::Dim);
    }
    match &file.body {
        Body::Text(_) if is_link(file) => (link(file), Role::Ask),
        Body::Text(_) => (no_lines(file), Role::Dim),
        Body::Binary => (binary(file), Role::Ask),
        Body::LfsPointer(_) => (pointer(file), Role::Ask),
        Body::Submodule => (submodule(file), Role::Ask),
        Body::TooLarge { bytes } => {
            let read = "16 MiB and a million lines of a file are read at most";
            (
                format!("too large to show: {}; {read}", size(*bytes)),
                Role::Ask,
            )
        }
        Body::Missing => (
            "its content is not in this clone: it was left out when it was fetched".to_owned(),
            Role::Ask,
        ),
    }
}

fn is_link(file: &FileDiff) -> bool {
    let sides = [file.old.as_ref(), file.new.as_ref()];
    let mut sides = sides.into_iter().flatten();
    sides.any(|side| side.mode == Mode::Symlink)
}

fn link(file: &FileDiff) -> String {
    let target = |side: &Option<FileSide>| {
        let side = side.as_ref().filter(|side| side.mode == Mode::Symlink)?;
        let target = side.facts.leads_to.as_deref()?;
        let out = match target.first() {
            Some(b'/') => ", outside the repository",
            _ => "",
        };
        Some(format!("{}{out}", visible::text(target)))
    };
    match (target(&file.old), target(&file.new)) {
        (Some(old), Some(new)) if old == new => format!("a symbolic link to {new}, as before"),
        (Some(old), Some(new)) => format!("a symbolic link: led to {old}, leads to {new} now"),
        (None, Some(new)) => format!("a symbolic link to {new}"),
        (Some(old), None) => format!("a symbolic link to {old} goes"),
        (None, None) => "a symbolic link".to_owned(),
    }
}

fn no_lines(file: &FileDiff) -> String {
    let modes = mode(file).is_some();
    match (&file.old, &file.new, file.status) {
        (None, Some(new), _) if new.size == 0 => "an empty file".to_owned(),
        (Some(old), None, _) if old.size == 0 => "it was empty".to_owned(),
        (.., FileStatus::Renamed { .. }) if modes => "only name and mode changed".to_owned(),
        (.., FileStatus::Renamed { .. }) => "only the name changed: not a line of it".to_owned(),
        _ if modes => "only the mode changed: not a line of it".to_owned(),
        _ => "no line changed".to_owned(),
    }
}

fn size(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..10_240 => return counted(usize::try_from(bytes).unwrap_or(0), "byte", "bytes"),
        10_240..10_485_760 => (1024, "KiB"),
        _ => (1024 * 1024, "MiB"),
    };
    format!("{} {name} ({bytes} bytes)", bytes / unit)
}

/// A side that is no text: what it is, how many pixels, how many bytes.
fn described(side: &FileSide) -> String {
    let media = side.facts.media;
    let name = media.map_or("bytes of no known kind", |media| media.name);
    let pixels = media.and_then(|media| media.pixels);
    let pixels = pixels.map_or(String::new(), |(x, y)| format!(" {x}×{y} pixels,"));
    format!("{name},{pixels} {}", size(side.size))
}

fn binary(file: &FileDiff) -> String {
    let unread = "it cannot be read here";
    match (&file.old, &file.new) {
        (Some(old), Some(new)) => {
            format!("binary: {} → {}; {unread}", described(old), described(new))
        }
        (None, Some(new)) => format!("binary: {}; {unread}", described(new)),
        (Some(old), None) => format!("binary: {} goes", described(old)),
        (None, None) => "binary".to_owned(),
    }
}

fn pointer(file: &FileDiff) -> String {
    let of = |side: &Option<FileSide>| {
        let pointer = side.as_ref()?.facts.pointer.as_ref()?;
        let hash = pointer.sha256.get(..12).unwrap_or(&pointer.sha256);
        Some(format!("{}, sha256 {hash}…", size(pointer.size)))
    };
    match (of(&file.old), of(&file.new)) {
        (Some(old), Some(new)) => {
            format!("a Git LFS pointer: its content ({old} → {new}) is not here to be read")
        }
        (None, Some(new)) => {
            format!("a Git LFS pointer: its content ({new}) is not here to be read")
        }
        (Some(old), None) if file.new.is_none() => {
            format!("a Git LFS pointer goes: its content ({old}) is not here")
        }
        _ => "a Git LFS pointer: its content is not here to be read".to_owned(),
    }
}

fn submodule(file: &FileDiff) -> String {
    let id = |side: &Option<FileSide>| side.as_ref().map(|side| side.id.short(12));
    match (id(&file.old), id(&file.new)) {
        (Some(old), Some(new)) => {
            format!("submodule: commit {old} → {new}; what lies between them is not here")
        }
        (None, Some(new)) => format!("a new submodule at commit {new}; its files are not here"),
        (Some(old), None) => format!("the submodule at commit {old} goes"),
        (None, None) => "submodule".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_exact_and_large_ones_round_as_well() {
        assert_eq!(size(1), "1 byte");
        assert_eq!(size(10_239), "10239 bytes");
        assert_eq!(size(20_480), "20 KiB (20480 bytes)");
        assert_eq!(size(52_428_800), "50 MiB (52428800 bytes)");
    }
}
