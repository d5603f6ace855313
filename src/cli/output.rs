//! stdout carries data, stderr everything else; a closed pipe is a quiet success.

use std::io::{self, IsTerminal as _, Write};

use super::{ExitCode, Failure};
use crate::change::escape_ascii;

/// Where a command writes. Holds nothing back longer than a buffer.
#[derive(Debug)]
pub(super) struct Output {
    stdout: io::BufWriter<io::Stdout>,
    quiet: bool,
    closed: bool,
    colour: bool,
}

/// When to colour what goes to a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Colour {
    /// As the terminal, `NO_COLOR`, `CLICOLOR_FORCE` and `color.ui` say.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Output {
    /// An output of this process.
    pub(super) fn new(colour: Colour, quiet: bool) -> Self {
        let env = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let forced =
            env("CLICOLOR_FORCE") && std::env::var_os("CLICOLOR_FORCE") != Some("0".into());
        let colour = match colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => !env("NO_COLOR") && (forced || io::stdout().is_terminal()),
        };
        Self {
            stdout: io::BufWriter::new(io::stdout()),
            quiet,
            closed: false,
            colour,
        }
    }

    /// Whether to colour.
    pub(super) const fn colour(&self) -> bool {
        self.colour
    }

    /// Writes data.
    ///
    /// # Errors
    /// Where stdout cannot be written, a full disk for one; a closed pipe is no error.
    pub(super) fn data(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if self.closed {
            return Ok(());
        }
        let written = self.stdout.write_all(bytes);
        self.settle(written)
    }

    /// Writes a line of data.
    pub(super) fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.data(text.as_bytes())?;
        self.data(b"\n")
    }

    /// Sends everything on its way. Call it before a command says it is done.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        if self.closed {
            return Ok(());
        }
        let flushed = self.stdout.flush();
        self.settle(flushed)
    }

    /// Says something beside the data, on stderr, unless `-q`. Escaped: nothing foreign reaches
    /// the terminal as it is.
    pub(super) fn remark(&mut self, text: &str) {
        if !self.quiet {
            self.warn(text);
        }
    }

    /// Says something that `-q` does not silence.
    pub(super) fn warn(&mut self, text: &str) {
        let _ = self.flush();
        for line in text.lines() {
            // stderr gone: nobody left to tell.
            let _ = writeln!(io::stderr(), "{}", escape_ascii(line));
        }
    }

    /// Prints a failure on stderr.
    pub(super) fn failure(&mut self, failure: &Failure) {
        let _ = self.flush();
        let _ = io::stderr().write_all(failure.text().as_bytes());
    }

    fn settle(&mut self, result: io::Result<()>) -> Result<(), Failure> {
        match result {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            Err(error) => {
                Err(Failure::new(ExitCode::Unavailable, "cannot write to stdout").caused_by(&error))
            }
        }
    }
}
