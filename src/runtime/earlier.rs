//! Reasons and remarks of earlier sessions, for the arrow up: a file in the state directory, bounded,
//! readable by its owner only.

use std::io::Write as _;
use std::path::Path;

/// Texts kept; the oldest go first.
const TEXTS: usize = 200;
/// Bytes of all of them together.
const BYTES: usize = 256 * 1024;

/// The texts, oldest first; none where the file cannot be read. It is a convenience.
pub(super) fn read(path: &Path) -> Vec<String> {
    let is_small = std::fs::metadata(path).is_ok_and(|file| file.len() <= 4 * BYTES as u64);
    let text = is_small.then(|| std::fs::read(path).ok()).flatten();
    let text = text.unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Adds a text as the newest, after what other sessions have added in the meantime.
///
/// # Errors
/// Where the file cannot be written.
pub(super) fn add(path: &Path, text: &str) -> std::io::Result<()> {
    let mut all = read(path);
    all.retain(|old| old != text);
    all.push(text.to_owned());
    let surplus = all.len().saturating_sub(TEXTS);
    all.drain(..surplus);
    let size = |all: &[String]| all.iter().map(String::len).sum::<usize>();
    while all.len() > 1 && size(&all) > BYTES {
        all.remove(0);
    }
    let dir = path.parent().unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(dir)?;
    // A temporary file is its owner's only, and stays so under its new name.
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(&serde_json::to_vec(&all)?)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_newest_texts_are_kept_each_once_and_for_the_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state/words.json");
        assert!(read(&path).is_empty());
        for nth in 0..TEXTS + 10 {
            add(&path, &format!("text {nth}")).unwrap();
        }
        add(&path, "text 100").unwrap();
        let all = read(&path);
        assert_eq!((all.len(), all[0].as_str()), (TEXTS, "text 10"));
        assert_eq!(all.last().unwrap(), "text 100");
        add(&path, &"x".repeat(BYTES)).unwrap();
        assert_eq!(read(&path).len(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(&path, "no JSON").unwrap();
        assert!(read(&path).is_empty());
    }
}
