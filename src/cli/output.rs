//! stdout carries data, stderr everything else; a closed pipe is a quiet success.

use std::io::{self, IsTerminal as _, Write};

use serde::Serialize;

use super::progress::Teller;
use super::{ExitCode, Failure};
use crate::change::escape_ascii;

/// Where a command writes. Holds nothing back longer than a buffer.
#[derive(Debug)]
pub(super) struct Output {
    stdout: io::BufWriter<io::Stdout>,
    quiet: bool,
    closed: bool,
    wish: Colour,
    colour: bool,
    /// Says what takes long.
    pub(super) teller: Teller,
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
    pub(super) fn new(wish: Colour, quiet: bool) -> Self {
        let env = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let forced =
            env("CLICOLOR_FORCE") && std::env::var_os("CLICOLOR_FORCE") != Some("0".into());
        let colour = match wish {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => !env("NO_COLOR") && (forced || io::stdout().is_terminal()),
        };
        Self {
            stdout: io::BufWriter::new(io::stdout()),
            quiet,
            teller: Teller::new(quiet),
            closed: false,
            // Where the environment says something the configuration is not asked.
            wish: match wish {
                Colour::Auto if env("NO_COLOR") || forced => Colour::Never,
                wish => wish,
            },
            colour,
        }
    }

    /// What git's `color.ui` says, where neither the flag nor the environment said anything.
    pub(super) fn colour_as_configured(&mut self, value: Option<&str>) {
        if self.wish != Colour::Auto {
            return;
        }
        match value.map(str::to_ascii_lowercase).as_deref() {
            Some("always") => self.colour = true,
            Some("never" | "false" | "no" | "off" | "0") => self.colour = false,
            _ => {}
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

    /// Writes a JSON document as one line of plain ASCII, so that no text of a stranger can steer a
    /// terminal it is shown on.
    pub(super) fn json(&mut self, document: &impl Serialize) -> Result<(), Failure> {
        self.json_ended(document, b"\n")
    }

    /// The same, ended by these bytes instead of a line break.
    pub(super) fn json_ended(
        &mut self,
        document: &impl Serialize,
        end: &[u8],
    ) -> Result<(), Failure> {
        let text = serde_json::to_string(document).map_err(|error| {
            Failure::new(ExitCode::Undecided, "cannot write the document")
                .caused_by(&error)
                .report_it()
        })?;
        self.data(ascii_json(&text).as_bytes())?;
        self.data(end)
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
            Err(error) => Err(
                Failure::new(ExitCode::Unavailable, "cannot write to stdout")
                    .caused_by(&error)
                    .hint("see that what stdout goes to can be written and has room"),
            ),
        }
    }
}

/// The same document in ASCII: outside its strings JSON has nothing else anyway.
fn ascii_json(text: &str) -> std::borrow::Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && byte != 0x7f) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 64);
    let mut units = [0; 2];
    for c in text.chars() {
        if c.is_ascii() && c != '\u{7f}' {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut units) {
            out.push_str(&format!("\\u{unit:04x}"));
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_ascii_and_means_the_same() {
        let value = serde_json::json!({"title": "a\u{202e}b \u{9b}2J \u{7f} \u{1f600} ä", "n": 1});
        let text = ascii_json(&value.to_string()).into_owned();
        assert!(text.is_ascii() && !text.contains('\u{7f}'), "{text}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).ok(),
            Some(value)
        );
    }
}
