//! A shell in a throw-away worktree of a revision: what it is told, what it is not given, and what
//! becomes of the worktree afterwards.

use std::io::Write as _;
use std::process::Command;

use super::backend::Backend;
use crate::app::session::Tone;
use crate::change::Oid;
use crate::git;
use crate::queue::RevisionName;

/// What speaks for the reviewer to whoever asks. Code of the change that the reviewer runs can still
/// read files; it does not get a key that is already unlocked.
const AGENTS: [&str; 4] = [
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "SSH_ASKPASS",
    "GIT_ASKPASS",
];

/// For every git in that shell: hooks and a file monitor that the configuration names may lie in the
/// tree of the change.
const SETTINGS: [(&str, &str); 2] = [("core.hooksPath", "/dev/null"), ("core.fsmonitor", "false")];

/// Opens the shell, on a terminal that nobody else reads, and says how it went.
pub(super) fn on(backend: &dyn Backend, name: &RevisionName, head: Option<Oid>) -> (Tone, String) {
    say(&format!("checking out {name} …"));
    let folder = match backend.check_out(&name.at(), head) {
        Ok(folder) => folder,
        Err(why) => return (Tone::Bad, format!("no shell: {why}")),
    };
    let path = folder.path.display().to_string();
    say(&format!(
        "{name} in {path}\nA throw-away worktree, not a sandbox: what you run here runs as you. \
         No SSH agent, no git hooks. exit brings you back."
    ));
    if let Err(error) = run(&folder.path, name) {
        return (Tone::Bad, format!("no shell: {error}"));
    }
    if !folder.made {
        return (
            Tone::Plain,
            format!("{name} stays at {path}: it was there before"),
        );
    }
    match backend.put_away(&folder) {
        Ok(None) => (Tone::Plain, format!("{name}: the worktree is gone again")),
        Ok(Some(why)) => (Tone::Warning, format!("{name}: {why}; it stays at {path}")),
        Err(why) => (Tone::Bad, format!("{name} stays at {path}: {why}")),
    }
}

fn run(path: &std::path::Path, name: &RevisionName) -> std::io::Result<()> {
    let own = std::env::var_os("SHELL").filter(|shell| !shell.is_empty());
    let mut shell = Command::new(own.unwrap_or_else(|| "/bin/sh".into()));
    shell.current_dir(path);
    git::scrub(&mut shell);
    for variable in AGENTS {
        shell.env_remove(variable);
    }
    for (nth, (key, value)) in SETTINGS.iter().enumerate() {
        shell.env(format!("GIT_CONFIG_KEY_{nth}"), key);
        shell.env(format!("GIT_CONFIG_VALUE_{nth}"), value);
    }
    shell.env("GIT_CONFIG_COUNT", SETTINGS.len().to_string());
    // For a prompt that wants to show it. `PWD` would be where this program was started.
    shell.env("COUNTERSIGN_CHECKOUT", name.at().to_string());
    shell.env("PWD", path);
    // What the last command in it answered is no concern of ours.
    shell.status().map(|_| ())
}

fn say(text: &str) {
    // Nobody to tell where the terminal is gone.
    let _ = writeln!(std::io::stdout(), "{text}");
}
