//! What every input has to keep to: one function a target, each reading hostile bytes as the program
//! does and checking a law of what came out. The fuzzer calls them with what it made up; the ordinary
//! tests call them with every file of `fuzz/seeds`.

pub mod checks;
pub mod commits;
pub mod diffs;
pub mod disk;
pub mod frames;
pub mod input;
pub mod notes;
pub mod policy;
pub mod reports;
pub mod words;
pub mod world;

/// A target: reads an input, and panics where a law is broken.
pub type Target = fn(&[u8]);

/// All targets by name. Each has a file in `fuzz_targets` and a folder in `seeds`.
pub const TARGETS: &[(&str, Target)] = &[
    ("note_lines", notes::lines),
    ("statement", notes::statement),
    ("signature", notes::signature),
    ("policy_files", policy::files),
    ("words", words::words),
    ("object", commits::object),
    ("scanner", reports::scanner),
    ("records", reports::records),
    ("risk", checks::assessed),
    ("local_files", disk::files),
    ("visible", diffs::visible_text),
    ("diff", diffs::diff),
    ("frame", frames::frame),
];
