//! A temporary directory with its own home, and programs started in it with nothing inherited.

use std::cell::Cell;
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// 2026-01-05T09:00:00Z: the first commit's time; each commit after it is a minute later.
const FIRST_COMMIT: i64 = 1_767_603_600;

/// A temporary directory that is the whole world of the programs started in it.
pub struct Sandbox {
    dir: tempfile::TempDir,
    minutes: Cell<i64>,
}

/// What a finished program left behind.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; none after a signal.
    pub code: Option<i32>,
    /// Standard output, with bytes that are no UTF-8 replaced.
    pub stdout: String,
    /// Standard error, with bytes that are no UTF-8 replaced.
    pub stderr: String,
}

impl Ran {
    /// Standard output of a program that exited with 0; else the test fails with both streams.
    #[track_caller]
    pub fn ok(self) -> String {
        self.exits(0).stdout
    }

    /// The same, after making sure of the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Standard output read as one JSON document.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }
}

impl Sandbox {
    /// An empty sandbox with a home directory and an empty git configuration.
    pub fn new() -> Self {
        let dir = tempfile::Builder::new()
            .prefix("countersign-it-")
            .tempdir()
            .unwrap();
        let sandbox = Self {
            dir,
            minutes: Cell::new(0),
        };
        for directory in [
            "home",
            "gnupg",
            "xdg/config",
            "xdg/data",
            "xdg/cache",
            "xdg/state",
        ] {
            std::fs::create_dir_all(sandbox.path(directory)).unwrap();
        }
        let config =
            "[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n";
        std::fs::write(sandbox.path("home/.gitconfig"), config).unwrap();
        sandbox
    }

    /// A path inside the sandbox.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(relative)
    }

    /// Makes the next commit this many minutes later than it would have been.
    pub fn wait_minutes(&self, minutes: i64) {
        self.minutes.set(self.minutes.get() + minutes);
    }

    /// A program that starts in `dir` and sees nothing of the machine but `PATH`.
    pub fn command(&self, program: impl AsRef<OsStr>, dir: &Path) -> Command {
        let date = format!("{} +0000", FIRST_COMMIT + 60 * self.minutes.get());
        let mut command = Command::new(program);
        command
            .current_dir(dir)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .env("GNUPGHOME", self.path("gnupg"))
            .env("GIT_CONFIG_GLOBAL", self.path("home/.gitconfig"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .stdin(Stdio::null());
        for (name, directory) in [
            ("XDG_CONFIG_HOME", "xdg/config"),
            ("XDG_DATA_HOME", "xdg/data"),
            ("XDG_CACHE_HOME", "xdg/cache"),
            ("XDG_STATE_HOME", "xdg/state"),
        ] {
            command.env(name, self.path(directory));
        }
        command
    }

    /// Runs git and returns what it printed, without the last line break. It has to succeed.
    #[track_caller]
    pub fn git<S: AsRef<OsStr>>(&self, dir: &Path, args: &[S]) -> String {
        let printed = self.try_git(dir, args).ok();
        printed.trim_end_matches('\n').to_owned()
    }

    /// Runs git, whatever comes of it.
    pub fn try_git<S: AsRef<OsStr>>(&self, dir: &Path, args: &[S]) -> Ran {
        let mut words = args.iter().map(AsRef::as_ref);
        if words.any(|word| word == "commit" || word == "merge") {
            self.wait_minutes(1);
        }
        let mut command = self.command("git", dir);
        run(command.args(args), b"")
    }

    /// Runs the `countersign` that was built for this test.
    pub fn countersign<S: AsRef<OsStr>>(&self, dir: &Path, args: &[S]) -> Ran {
        self.countersign_fed(dir, args, b"")
    }

    /// The `countersign` that was built for this test, to be started by the caller.
    pub fn countersign_command(&self, dir: &Path) -> Command {
        self.command(env!("CARGO_BIN_EXE_countersign"), dir)
    }

    /// Runs it with these bytes on standard input.
    pub fn countersign_fed<S: AsRef<OsStr>>(&self, dir: &Path, args: &[S], input: &[u8]) -> Ran {
        let mut command = self.countersign_command(dir);
        run(command.args(args), input)
    }
}

/// Feeds a program, waits for it and keeps what it says.
pub fn run(command: &mut Command, input: &[u8]) -> Ran {
    if !input.is_empty() {
        command.stdin(Stdio::piped());
    }
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    if let Some(mut pipe) = child.stdin.take() {
        // A program may finish without reading everything; that is no failure of the test.
        let _ = pipe.write_all(input);
    }
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
