//! The questions of `init`, asked at a terminal only. Each has a flag that answers it.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::Path;

use super::super::args::InitArgs;
use super::super::{ExitCode, Failure};
use super::person;
use crate::policy::Mode;
use crate::review::init::{Found, Wishes};

/// An answer longer than this is none.
const LONGEST: u64 = 4096;

/// Whether there is somebody to ask.
pub(super) fn may_ask(args: &InitArgs) -> bool {
    let terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    terminal && !args.yes && !args.dry_run && !args.json
}

/// Asks for what no flag said.
pub(super) fn questions(wishes: &mut Wishes, found: &Found, dir: &Path) -> Result<(), Failure> {
    let known = found.known.len() + usize::from(found.key.is_ok());
    if wishes.people.is_empty() && (known < 2 || wishes.without_known_signers) {
        loop {
            let answer = ask("Another person, as NAME=EMAIL=KEYFILE (empty: no more)", "")?;
            if answer.is_empty() {
                break;
            }
            match person(&answer, dir) {
                Ok(person) => wishes.people.push(person),
                Err(failure) => say(&failure.text()),
            }
        }
    }
    if wishes.mode.is_none() {
        say(
            "What is judged? 1 all changes; 2 all that none of you signed; 3 only what is marked as an AI tool's\n",
        );
        wishes.mode = Some(match ask("1, 2 or 3", "2")?.as_str() {
            "1" => Mode::All,
            "3" => Mode::Flagged,
            _ => Mode::UnlessHumanSigned,
        });
    }
    if wishes.guard.is_none() {
        let answer = ask(
            "Paths that need two approvals, with blanks between (none: -)",
            &found.guard.join(" "),
        )?;
        let globs = answer.split_whitespace().filter(|glob| *glob != "-");
        wishes.guard = Some(globs.map(str::to_owned).collect());
    }
    Ok(())
}

/// A question that only `y` agrees to.
pub(super) fn yes(question: &str) -> Result<bool, Failure> {
    Ok(ask(&format!("{question} y/n"), "n")?.eq_ignore_ascii_case("y"))
}

fn ask(question: &str, default: &str) -> Result<String, Failure> {
    let hint = if default.is_empty() {
        String::new()
    } else {
        format!(" [{default}]")
    };
    say(&format!("{question}{hint}: "));
    let mut line = String::new();
    let read = io::stdin().lock().take(LONGEST).read_line(&mut line);
    match read {
        Ok(0) => Err(Failure::new(
            ExitCode::Interrupted,
            "init: left without an answer; nothing was written",
        )
        .hint("every question has a flag: countersign init --help")),
        Ok(_) => {
            let answer = line.trim();
            Ok(if answer.is_empty() { default } else { answer }.to_owned())
        }
        Err(error) => Err(Failure::new(ExitCode::Unavailable, "cannot read an answer")
            .caused_by(&error)
            .hint("every question has a flag: countersign init --help")),
    }
}

fn say(text: &str) {
    let mut stderr = io::stderr();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}
