//! The user's editor, on words that are being written and on files of the work tree.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::change::RepoPath;

/// Lets the editor work on a text.
///
/// # Errors
/// Where it ended badly or nothing could be read back, as a sentence.
pub(super) fn on_text(text: &str) -> Result<String, String> {
    let failed = |error: io::Error| format!("the text cannot be handed to an editor: {error}");
    let mut file = tempfile::Builder::new()
        .prefix("countersign-")
        .suffix(".md")
        .tempfile()
        .map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.flush().map_err(failed)?;
    run(&editor(), &[file.path().as_os_str()])?;
    std::fs::read_to_string(file.path()).map_err(failed)
}

/// The file at a path of a work tree, where there is one and it stays inside: through a link that a
/// change brought, an editor would write somewhere else.
///
/// # Errors
/// Why it is not opened, as a sentence.
pub(super) fn file_in(root: Option<&Path>, path: &RepoPath) -> Result<PathBuf, String> {
    let file = root.zip(path.as_str()).map(|(root, path)| root.join(path));
    let (Some(root), Some(file)) = (root, file.filter(|file| file.is_file())) else {
        return Err("that file is not in the work tree".to_owned());
    };
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    match real(root).zip(real(&file)) {
        Some((root, real)) if real.starts_with(&root) => Ok(file),
        _ => Err("that file leads out of the work tree".to_owned()),
    }
}

/// Opens a file at a line. Editors disagree about how a line is named.
///
/// # Errors
/// Where the editor cannot be started or says that it failed, as a sentence.
pub(super) fn on_file(path: &Path, line: Option<u64>) -> Result<(), String> {
    let editor = editor();
    let arguments = arguments(&editor, path, line);
    let arguments: Vec<&OsStr> = arguments.iter().map(OsString::as_os_str).collect();
    run(&editor, &arguments)
}

/// The arguments that open a file at a line in this editor; one that is not known is told as `vi` is.
fn arguments(editor: &str, path: &Path, line: Option<u64>) -> Vec<OsString> {
    let program = editor.split_whitespace().next().unwrap_or_default();
    let program = program.rsplit('/').next().unwrap_or_default();
    let file = path.as_os_str().to_owned();
    let Some(line) = line else {
        return vec![file];
    };
    let mut with_line = file.clone();
    with_line.push(format!(":{line}"));
    match program {
        "code" | "code-insiders" | "codium" | "vscodium" | "cursor" | "windsurf" => {
            vec!["--goto".into(), with_line]
        }
        "hx" | "helix" | "zed" | "zeditor" | "subl" | "mate" => vec![with_line],
        "idea" | "pycharm" | "goland" | "clion" | "rubymine" | "webstorm" => {
            vec!["--line".into(), line.to_string().into(), file]
        }
        _ => vec![format!("+{line}").into(), file],
    }
}

/// The editor that git would run, as a command line.
fn editor() -> String {
    let set = ["GIT_EDITOR", "VISUAL", "EDITOR"].iter().find_map(|name| {
        let value = std::env::var(name).ok();
        value.filter(|value| !value.trim().is_empty())
    });
    set.unwrap_or_else(|| "vi".to_owned())
}

/// Runs an editor with arguments that no shell reads.
fn run(editor: &str, arguments: &[&OsStr]) -> Result<(), String> {
    // As git does it: the setting is a command line, the arguments are not part of it.
    let status = Command::new("sh")
        .arg("-c")
        .arg(format!("{editor} \"$@\""))
        .arg("editor")
        .args(arguments)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("the editor ({editor}) ended with {status}")),
        Err(error) => Err(format!("the editor ({editor}) was not started: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_editor_is_told_the_line_as_it_wants_it() {
        let of = |editor: &str| {
            let arguments = arguments(editor, Path::new("/a b.rs"), Some(7));
            let text = |word: &OsString| word.to_string_lossy().into_owned();
            arguments.iter().map(text).collect::<Vec<_>>()
        };
        assert_eq!(of("vim -n"), ["+7", "/a b.rs"]);
        assert_eq!(of("nano"), ["+7", "/a b.rs"]);
        assert_eq!(of("/usr/bin/code --wait"), ["--goto", "/a b.rs:7"]);
        assert_eq!(of("hx"), ["/a b.rs:7"]);
        assert_eq!(of("idea"), ["--line", "7", "/a b.rs"]);
        assert_eq!(
            arguments("code", Path::new("/a"), None),
            [OsString::from("/a")]
        );
    }
}
