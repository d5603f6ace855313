//! A program on a terminal of its own, and what stands on that terminal.

use std::io::{Read as _, Write};
use std::num::NonZeroU16;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a test waits for what has to come. Only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program that runs on a pseudo terminal.
pub struct Screen {
    terminal: vt100::Parser,
    output: Receiver<Vec<u8>>,
    input: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    bytes: Vec<u8>,
}

impl Screen {
    /// Starts a command of the sandbox on a terminal of this size.
    pub fn start(command: &Command, columns: u16, rows: u16) -> Self {
        let size = PtySize {
            rows,
            cols: columns,
            ..PtySize::default()
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let child = pair.slave.spawn_command(on_terminal(command)).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(read @ 1..) = reader.read(&mut chunk) {
                if sender.send(chunk[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            terminal: vt100::Parser::new(cells(rows), cells(columns), 0),
            output,
            input: pair.master.take_writer().unwrap(),
            master: pair.master,
            child,
            bytes: Vec::new(),
        }
    }

    /// Types these bytes: `\r` for Enter, `\x1b` for Esc.
    pub fn send(&mut self, keys: &str) {
        self.input.write_all(keys.as_bytes()).unwrap();
        self.input.flush().unwrap();
    }

    /// Changes the terminal's size, as a window does.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let size = PtySize {
            rows,
            cols: columns,
            ..PtySize::default()
        };
        self.master.resize(size).unwrap();
        self.terminal
            .screen_mut()
            .set_size(cells(rows), cells(columns));
    }

    /// The text on the terminal, a line for each row.
    pub fn text(&self) -> String {
        self.terminal.screen().contents()
    }

    /// The terminal's model: cells with their colours, modes, the cursor.
    pub fn model(&self) -> &vt100::Screen {
        self.terminal.screen()
    }

    /// The program's process id, while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.child.process_id()
    }

    /// Every byte the program wrote so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Waits until this text stands on the terminal.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        self.wait_until(text, |screen| screen.text().contains(text));
    }

    /// Waits until `holds` of the terminal; `what` is for the message when it never does.
    #[track_caller]
    pub fn wait_until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        // Overall: a screen that draws by itself, as a countdown does, is no sign of what has to come.
        let until = Instant::now() + PATIENCE;
        while !holds(self) {
            let left = until.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(chunk) => {
                    self.terminal.process(&chunk);
                    self.bytes.extend(chunk);
                }
                Err(why) => panic!(
                    "waited for {what:?} ({why}); on the screen:\n{}",
                    self.text()
                ),
            }
        }
    }

    /// Waits until nothing has been drawn for a while: a frame may come in several pieces, and colour
    /// after the first frame.
    pub fn settle(&mut self) {
        while let Ok(chunk) = self
            .output
            .recv_timeout(std::time::Duration::from_millis(700))
        {
            self.terminal.process(&chunk);
            self.bytes.extend_from_slice(&chunk);
        }
    }

    /// Waits until the program ends and returns its exit code.
    #[track_caller]
    pub fn exit_code(&mut self) -> u32 {
        loop {
            match self.output.recv_timeout(PATIENCE) {
                Ok(chunk) => {
                    self.terminal.process(&chunk);
                    self.bytes.extend(chunk);
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return self.child.wait().unwrap().exit_code();
                }
                Err(RecvTimeoutError::Timeout) => panic!("it does not end:\n{}", self.text()),
            }
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // It has usually ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The same command, for a pseudo terminal, with exactly the environment it was given.
fn on_terminal(command: &Command) -> CommandBuilder {
    let mut builder = CommandBuilder::new(command.get_program());
    builder.args(command.get_args());
    builder.env_clear();
    builder.env("TERM", "xterm-256color");
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => builder.env(name, value),
            None => builder.env_remove(name),
        }
    }
    if let Some(dir) = command.get_current_dir() {
        builder.cwd(dir);
    }
    builder
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}
