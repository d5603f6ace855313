//! The user's editor, on words that are being written and on files of the work tree.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

/// Lets the editor work on a text. None where it ended badly or nothing could be read back.
pub(super) fn on_text(text: &str) -> Option<String> {
    let mut file = tempfile::Builder::new()
        .prefix("countersign-")
        .suffix(".md")
        .tempfile()
        .ok()?;
    file.write_all(text.as_bytes()).ok()?;
    file.flush().ok()?;
    run(&[file.path().as_os_str()])?;
    std::fs::read_to_string(file.path()).ok()
}

/// Opens a file at a line.
pub(super) fn on_file(path: &Path, line: Option<u64>) -> Option<()> {
    let at = line.map(|line| format!("+{line}"));
    let mut arguments: Vec<&std::ffi::OsStr> = Vec::new();
    arguments.extend(at.as_deref().map(std::ffi::OsStr::new));
    arguments.push(path.as_os_str());
    run(&arguments)
}

/// Runs the editor that git would run, with arguments that no shell reads.
fn run(arguments: &[&std::ffi::OsStr]) -> Option<()> {
    let editor = ["GIT_EDITOR", "VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| {
            std::env::var(name)
                .ok()
                .filter(|value| !value.trim().is_empty())
        })
        .unwrap_or_else(|| "vi".to_owned());
    // As git does it: the setting is a command line, the arguments are not part of it.
    let status = Command::new("sh")
        .arg("-c")
        .arg(format!("{editor} \"$@\""))
        .arg("editor")
        .args(arguments)
        .status();
    status.ok()?.success().then_some(())
}
