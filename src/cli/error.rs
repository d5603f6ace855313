//! How a command fails: kind → exit code, what failed on what, the chain of causes, then a hint
//! that says what to run.

use std::error::Error;
use std::fmt::Write as _;

use super::ExitCode;
use crate::change::escape_ascii;

/// A command's failure, ready to be printed on stderr: it always says what to do about it, since only
/// `Fault::hint` makes one.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: ExitCode,
    /// What failed, on what. A reason id, where there is one, stands first.
    pub message: String,
    /// Deeper and deeper causes.
    pub causes: Vec<String>,
    /// What to do about it.
    pub hint: String,
}

/// What failed, while nobody has said yet what to do about it.
#[derive(Debug)]
#[must_use]
pub struct Fault {
    code: ExitCode,
    message: String,
    causes: Vec<String>,
}

impl Failure {
    /// A fault with a message and nothing else.
    #[expect(
        clippy::new_ret_no_self,
        reason = "a failure without a remedy cannot be made, so this begins one"
    )]
    pub fn new(code: ExitCode, message: impl Into<String>) -> Fault {
        Fault {
            code,
            message: message.into(),
            causes: Vec::new(),
        }
    }

    /// A fault by the user's own doing: flags, ids, places.
    pub fn usage(message: impl Into<String>) -> Fault {
        Self::new(ExitCode::Usage, message)
    }

    /// A fault with an error's message and its chain of causes.
    pub fn from_error(code: ExitCode, error: &(dyn Error + 'static)) -> Fault {
        let mut fault = Self::new(code, error.to_string());
        fault.add_causes(error);
        fault
    }
}

impl Fault {
    /// The failure, with what to do about it.
    pub fn hint(self, hint: impl Into<String>) -> Failure {
        Failure {
            code: self.code,
            message: self.message,
            causes: self.causes,
            hint: hint.into(),
        }
    }

    /// The failure, where the command's own help tells what to write.
    pub fn see_help(self) -> Failure {
        self.hint("--help shows the flags and what they take")
    }

    /// The failure, where no input could have brought it about.
    pub fn report_it(self) -> Failure {
        self.hint("this is a fault of the program: report it with the command you ran")
    }

    /// The same with causes in words.
    pub fn because(mut self, causes: impl IntoIterator<Item = String>) -> Self {
        self.causes.extend(causes);
        self
    }

    /// The same with an error's chain below the message.
    pub fn caused_by(mut self, error: &(dyn Error + 'static)) -> Self {
        self.causes.push(error.to_string());
        self.add_causes(error);
        self
    }

    fn add_causes(&mut self, error: &(dyn Error + 'static)) {
        let mut source = error.source();
        while let Some(error) = source {
            self.causes.push(error.to_string());
            source = error.source();
        }
    }
}

impl Failure {
    /// The same with another remedy.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The text for stderr. Foreign bytes cannot steer the terminal: each line is escaped.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let mut lines = self.message.lines();
        let _ = writeln!(
            out,
            "countersign: {}",
            escape_ascii(lines.next().unwrap_or_default())
        );
        for line in lines {
            let _ = writeln!(out, "  {}", escape_ascii(line));
        }
        for line in self.causes.iter().flat_map(|cause| cause.lines()) {
            let _ = writeln!(out, "caused by: {}", escape_ascii(line));
        }
        for line in self.hint.lines() {
            let _ = writeln!(out, "hint: {}", escape_ascii(line));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_reads_message_causes_hint_and_is_plain_ascii() {
        let inner = std::io::Error::other("disk\u{1b}[2J");
        let text = Failure::usage("cannot read x")
            .caused_by(&inner)
            .hint("run this")
            .text();
        assert_eq!(
            text,
            "countersign: cannot read x\ncaused by: disk\\u{1b}[2J\nhint: run this\n"
        );
    }
}
