//! The two ways in which `git` is run: to reach a remote, and to read objects.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use super::watch::{Say, Watch, is_progress};
use crate::change::{escape_ascii, readable};

/// Variables that would point git at another repository, at another view of this one, at its
/// configuration, or at a program to run.
const SCRUBBED: [&str; 18] = [
    "GIT_DIR",
    "GIT_COMMON_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_PREFIX",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
    "GIT_NAMESPACE",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_EXTERNAL_DIFF",
];

/// Settings for one command (`git -c …`): no business of fetch and push, but the user's word where
/// configuration is read.
const ONE_COMMAND: [&str; 2] = ["GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"];

/// More output than this is not kept.
const OUTPUT_CAP: u64 = 256 << 20;

/// The profile for fetch and push: the user's environment and configuration, so that ssh keys,
/// agents, credential helpers, proxies and `insteadOf` work, without what would redirect git, and
/// without any way to prompt.
pub(super) fn network(git_dir: &Path, cwd: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(cwd).stdin(Stdio::null());
    scrub(&mut git);
    git.env("GIT_TERMINAL_PROMPT", "0");
    // What git and ssh say is read for its meaning, so it must not be translated.
    git.env("LC_ALL", "C");
    // Without a controlling answer ssh would open the terminal itself.
    git.env("SSH_ASKPASS_REQUIRE", "force");
    if std::env::var_os("SSH_ASKPASS").is_none_or(|v| v.is_empty()) {
        git.env("SSH_ASKPASS", "false");
    }
    if let Some(allowed) = std::env::var_os("GIT_ALLOW_PROTOCOL") {
        git.env("GIT_ALLOW_PROTOCOL", without_ext(&allowed));
    }
    git.args([
        "-c",
        "core.fsmonitor=false",
        "-c",
        "submodule.recurse=false",
    ]);
    git.args(["-c", "protocol.ext.allow=never"]);
    // What is read for its meaning has to have the form that is read.
    for setting in [
        "color.ui=false",
        "color.push=false",
        "color.remote=false",
        "color.transport=false",
        "fetch.output=full",
    ] {
        git.args(["-c", setting]);
    }
    git.arg(joined("--git-dir=", git_dir));
    git
}

/// The profile for a child that only reads objects of `git_dir`: an empty environment, no
/// configuration but the repository's own, and nothing in that which could run a program or hide
/// a line.
pub fn reading(git_dir: &Path) -> Command {
    reading_with(git_dir, &[])
}

/// The same with these settings besides.
pub(super) fn reading_with(git_dir: &Path, settings: &[&str]) -> Command {
    let mut git = Command::new("git");
    git.env_clear().stdin(Stdio::null());
    if let Some(path) = std::env::var_os("PATH") {
        git.env("PATH", path);
    }
    git.envs([
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_NO_REPLACE_OBJECTS", "1"),
        ("GIT_GRAFT_FILE", "/dev/null"),
        ("GIT_NO_LAZY_FETCH", "1"),
        ("GIT_OPTIONAL_LOCKS", "0"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("LC_ALL", "C"),
        ("TZ", "UTC"),
    ]);
    git.args(["--no-pager", "--literal-pathspecs"]);
    for setting in [
        "core.fsmonitor=false",
        "core.hooksPath=/dev/null",
        "core.attributesFile=/dev/null",
        "diff.external=",
        "safe.bareRepository=explicit",
        "protocol.allow=never",
    ] {
        git.args(["-c", setting]);
    }
    for setting in settings {
        git.args(["-c", setting]);
    }
    git.arg(joined("--git-dir=", git_dir));
    git
}

/// The user's git as it is, but for variables that would name another repository: for reading
/// configuration with all of git's own rules.
pub(super) fn configuration(git_dir: &Path, cwd: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(cwd).stdin(Stdio::null());
    for name in SCRUBBED {
        if !ONE_COMMAND.contains(&name) {
            git.env_remove(name);
        }
    }
    git.arg(joined("--git-dir=", git_dir));
    git
}

/// Takes from a command's environment what would lead git in it to another repository or another
/// configuration.
pub fn scrub(git: &mut Command) {
    for name in SCRUBBED {
        git.env_remove(name);
    }
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("GIT_CONFIG_KEY_") || text.starts_with("GIT_CONFIG_VALUE_") {
            git.env_remove(&name);
        }
    }
}

fn joined(flag: &str, path: &Path) -> std::ffi::OsString {
    let mut arg = std::ffi::OsString::from(flag);
    arg.push(path);
    arg
}

/// A `GIT_ALLOW_PROTOCOL` list without `ext`, which runs a command.
fn without_ext(allowed: &OsStr) -> String {
    allowed
        .to_string_lossy()
        .split(':')
        .filter(|protocol| *protocol != "ext")
        .collect::<Vec<_>>()
        .join(":")
}

/// What a child left behind.
pub(super) struct Finished {
    pub(super) status: ExitStatus,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

/// Why a child gave no result.
pub(super) enum Unfinished {
    NotStarted(std::io::Error),
    TimedOut,
    CalledOff,
}

/// Progress is handed on no more often than this.
const PACE: Duration = Duration::from_millis(100);

/// Runs a child to its end and collects what it says, for at most `deadline`; a child that takes
/// longer is ended, and so is one that is called off.
pub(super) fn run(
    command: &mut Command,
    deadline: Duration,
    watch: &Watch,
) -> std::result::Result<Finished, Unfinished> {
    let end = Instant::now() + deadline;
    if watch.is_called_off() {
        return Err(Unfinished::CalledOff);
    }
    #[cfg(unix)]
    if watch.is_apart() {
        std::os::unix::process::CommandExt::process_group(command, 0);
    }
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Unfinished::NotStarted)?;
    let stdout = collect(child.stdout.take(), None);
    let stderr = collect(child.stderr.take(), watch.say());
    let status = wait(&mut child, end, watch)?;
    // A helper that git left running may hold the pipes open: what it says is not waited for.
    let grace = Duration::from_millis(500);
    Ok(Finished {
        status,
        stdout: stdout.recv_timeout(grace).unwrap_or_default(),
        stderr: stderr.recv_timeout(grace).unwrap_or_default(),
    })
}

fn collect(pipe: Option<impl Read + Send + 'static>, say: Option<Say>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let mut capped = pipe.by_ref().take(OUTPUT_CAP);
            let _ = match say {
                Some(say) => without_progress(&mut capped, &mut bytes, &say),
                None => capped.read_to_end(&mut bytes).map(|_| ()),
            };
            // Past the cap the pipe is drained so that the child does not block on it.
            let _ = std::io::copy(&mut pipe, &mut std::io::sink());
        }
        let _ = sender.send(bytes);
    });
    receiver
}

/// Reads lines, hands on those that only say how far git is, and keeps the others.
fn without_progress(pipe: &mut impl Read, kept: &mut Vec<u8>, say: &Say) -> std::io::Result<()> {
    let mut chunk = [0; 4096];
    let mut line: Vec<u8> = Vec::new();
    let mut said: Option<Instant> = None;
    loop {
        let read = pipe.read(&mut chunk)?;
        for byte in &chunk[..read] {
            if !matches!(byte, b'\r' | b'\n') {
                line.push(*byte);
                continue;
            }
            let text = readable(&line);
            if is_progress(&text) {
                if said.is_none_or(|at| at.elapsed() >= PACE) {
                    say(&escape_ascii(text.trim()));
                    said = Some(Instant::now());
                }
            } else if !line.is_empty() {
                kept.extend_from_slice(&line);
                kept.push(b'\n');
            }
            line.clear();
        }
        if read == 0 {
            kept.extend_from_slice(&line);
            return Ok(());
        }
    }
}

/// Waits for the end of the child. Polling is the only wait with a deadline that the standard
/// library has; it starts at a millisecond so that a quick child costs no more than it takes.
fn wait(
    child: &mut Child,
    end: Instant,
    watch: &Watch,
) -> std::result::Result<ExitStatus, Unfinished> {
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) => {}
            Err(error) => return Err(Unfinished::NotStarted(error)),
        }
        if watch.is_called_off() {
            stop(child, watch.is_apart());
            return Err(Unfinished::CalledOff);
        }
        if Instant::now() >= end {
            stop(child, watch.is_apart());
            return Err(Unfinished::TimedOut);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Ends a child, with all of its process group where it has one of its own: first politely, so that
/// git removes its lock files, then for good.
fn stop(child: &mut Child, apart: bool) {
    signal(child, apart, "-TERM");
    if apart {
        // One that waits for a terminal it cannot have hears nothing else.
        signal(child, apart, "-CONT");
    }
    let end = Instant::now() + Duration::from_secs(2);
    while Instant::now() < end {
        if let Ok(Some(_)) = child.try_wait() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    if apart {
        signal(child, apart, "-KILL");
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn signal(child: &Child, group: bool, name: &str) {
    let sign = if group { "-" } else { "" };
    let _ = Command::new("kill")
        .args([name, "--", &format!("{sign}{}", child.id())])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn env(command: &Command, name: &str) -> Option<Option<String>> {
        let text = |value: &OsStr| value.to_string_lossy().into_owned();
        let mut found = command.get_envs().filter(|(key, _)| *key == name);
        found.next().map(|(_, value)| value.map(text))
    }

    fn args(command: &Command) -> Vec<String> {
        let args = command.get_args();
        args.map(|arg| arg.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn the_network_profile_takes_what_would_redirect_git_and_nothing_else() {
        let git = network(Path::new("/r/.git"), Path::new("/r"));
        for name in SCRUBBED {
            assert_eq!(env(&git, name), Some(None), "{name}");
        }
        for name in [
            "HOME",
            "PATH",
            "SSH_AUTH_SOCK",
            "GIT_SSH_COMMAND",
            "GIT_CONFIG_GLOBAL",
        ] {
            assert_eq!(env(&git, name), None, "{name}");
        }
        assert_eq!(env(&git, "GIT_TERMINAL_PROMPT"), Some(Some("0".to_owned())));
        let args = args(&git);
        let set = |setting: &str| args.windows(2).any(|w| w == ["-c", setting]);
        assert!(set("core.fsmonitor=false") && set("submodule.recurse=false"));
        assert!(set("protocol.ext.allow=never"));
        assert_eq!(args.last().map(String::as_str), Some("--git-dir=/r/.git"));
    }

    #[test]
    fn a_child_that_reads_starts_from_nothing_but_the_path() {
        let mut git = reading(Path::new("/r.git"));
        let names: Vec<String> = git
            .get_envs()
            .map(|(name, _)| name.to_string_lossy().into_owned())
            .collect();
        let expected = [
            "GIT_CONFIG_GLOBAL",
            "GIT_CONFIG_NOSYSTEM",
            "GIT_GRAFT_FILE",
            "GIT_NO_LAZY_FETCH",
            "GIT_NO_REPLACE_OBJECTS",
            "GIT_OPTIONAL_LOCKS",
            "GIT_TERMINAL_PROMPT",
            "LC_ALL",
            "PATH",
            "TZ",
        ];
        assert_eq!(names, expected);
        git.args(["rev-parse"]);
        assert_eq!(args(&git)[..2], ["--no-pager", "--literal-pathspecs"]);
    }

    #[test]
    fn ext_is_taken_out_of_the_allowed_protocols() {
        assert_eq!(without_ext(OsStr::new("ssh:ext:https")), "ssh:https");
    }

    #[test]
    fn a_child_that_outlives_its_deadline_is_ended_and_output_is_whole() {
        let mut sleeper = Command::new("sleep");
        let watch = Watch::default();
        let ran = run(sleeper.arg("60"), Duration::from_millis(50), &watch);
        assert!(matches!(ran, Err(Unfinished::TimedOut)));
        let mut talker = Command::new("sh");
        talker.args(["-c", "head -c 300000 /dev/zero; echo done >&2; exit 3"]);
        let Ok(ran) = run(&mut talker, Duration::from_secs(60), &watch) else {
            unreachable!("sh runs");
        };
        assert_eq!((ran.stdout.len(), ran.status.code()), (300_000, Some(3)));
        assert_eq!(ran.stderr, b"done\n");
    }

    #[test]
    fn what_is_called_off_ends_with_all_that_it_started() {
        let dir = tempfile::tempdir().unwrap();
        let pid = dir.path().join("pid");
        let mut git = Command::new("sh");
        let script = "sleep 60 & echo $! > \"$0\"; printf 'Receiving objects: 1%%\\r' >&2; wait";
        git.args(["-c", script]).arg(&pid);
        let (sender, heard) = mpsc::channel();
        let watch = Watch::apart(Some(std::sync::Arc::new(move |text: &str| {
            let _ = sender.send(text.to_owned());
        })));
        let other = watch.clone();
        let waiter = std::thread::spawn(move || run(&mut git, Duration::from_secs(60), &watch));
        assert_eq!(heard.recv().unwrap(), "Receiving objects: 1%");
        other.call_off();
        assert!(matches!(waiter.join().unwrap(), Err(Unfinished::CalledOff)));
        let pid = std::fs::read_to_string(pid).unwrap();
        // It dies a moment after the signal, and may stand there as a dead process that nobody has
        // waited for.
        let is_dead = || {
            let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
            state.map_or(true, |state| state.contains(") Z "))
        };
        for _ in 0..1000 {
            if is_dead() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{} is still there", pid.trim());
    }
}
