//! Which files are folded when a change is opened.

use crate::diff::FileDiff;
use crate::diff::rows::Folds;

/// Generated and vendored files that a reader rarely wants first.
const FOLDED: [&str; 9] = [
    "Cargo.lock",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "go.sum",
    "poetry.lock",
    "uv.lock",
    "composer.lock",
    "Gemfile.lock",
];

/// Folds what is generated among the files from an index on, where it is long.
pub(super) fn fold_generated(folds: &mut Folds, files: &[FileDiff], from: usize) {
    for (index, file) in files.iter().enumerate().skip(from) {
        let name = file.path().file_name();
        let lines = file.added + file.removed;
        if FOLDED.iter().any(|known| known.as_bytes() == name) && lines > 40 {
            folds.files.insert(index);
        }
    }
}
