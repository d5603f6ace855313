//! Opens a link in the user's browser: a program with an argument, never a shell.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long an opener may take to say that it failed; one that is still there then has it open.
const PATIENCE: Duration = Duration::from_secs(2);

/// Opens a link; the name of the program that has it.
///
/// # Errors
/// Where there is no opener, or it failed at once, as a sentence.
pub(super) fn open(link: &str) -> Result<String, String> {
    let words = opener(|name| std::env::var(name).ok())?;
    let [program, arguments @ ..] = words.as_slice() else {
        return Err("no browser is set".to_owned());
    };
    let mut command = Command::new(program);
    let takes = |argument: &String| argument.contains("%s");
    command.args(arguments.iter().map(|word| word.replace("%s", link)));
    if !arguments.iter().any(takes) {
        command.arg(link);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let failed = |why: String| format!("{program} did not open it ({why})");
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(program.clone()),
            Ok(Some(status)) => return Err(failed(status.to_string())),
            Ok(None) => std::thread::sleep(Duration::from_millis(20)),
            Err(error) => return Err(failed(error.to_string())),
        }
    }
    // A browser that stays is waited for by nobody but this thread.
    std::thread::spawn(move || child.wait());
    Ok(program.clone())
}

/// The program and its arguments: `BROWSER`, else what the system opens links with.
fn opener(variable: impl Fn(&str) -> Option<String>) -> Result<Vec<String>, String> {
    let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    if let Some(browser) = set("BROWSER") {
        // Several are parted by colons, the first is the one wanted.
        let first = browser.split(':').find(|one| !one.trim().is_empty());
        let words = first.unwrap_or_default().split_whitespace();
        return Ok(words.map(str::to_owned).collect());
    }
    if cfg!(target_os = "macos") {
        return Ok(vec!["open".to_owned()]);
    }
    // Without a display it would start a browser on this very terminal.
    if set("DISPLAY").is_none() && set("WAYLAND_DISPLAY").is_none() {
        return Err("no browser here".to_owned());
    }
    let path = set("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path);
    match folders.any(|folder: PathBuf| folder.join("xdg-open").is_file()) {
        true => Ok(vec!["xdg-open".to_owned()]),
        false => Err("no browser is set and there is no xdg-open".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browser_comes_first_and_without_a_display_nothing_is_started() {
        let of = |pairs: &'static [(&str, &str)]| {
            opener(|name| {
                let found = pairs.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        let words = of(&[("BROWSER", ":w3m -T %s:firefox"), ("DISPLAY", ":0")]);
        assert_eq!(words, Ok(["w3m", "-T", "%s"].map(str::to_owned).to_vec()));
        if !cfg!(target_os = "macos") {
            assert_eq!(of(&[]), Err("no browser here".to_owned()));
            assert!(of(&[("DISPLAY", ":0"), ("PATH", "/nowhere")]).is_err());
        }
    }
}
