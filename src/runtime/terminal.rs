//! The terminal: taken over, given back, on every way out.

use std::io::{self, Stdout, Write as _, stdout};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use rustix::termios::{QueueSelector, tcflush};

use crate::app::State;
use crate::ui::theme::Theme;
use crate::ui::{HitMap, view};

/// The terminal while it is ours. Dropping it gives it back.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    mouse: bool,
}

impl Screen {
    /// Takes the terminal over.
    pub(super) fn take(mouse: bool) -> io::Result<Self> {
        on_panic();
        enter(mouse)?;
        let terminal = Terminal::new(CrosstermBackend::new(stdout()));
        match terminal {
            Ok(terminal) => Ok(Self { terminal, mouse }),
            Err(error) => {
                leave();
                Err(error)
            }
        }
    }

    /// Draws a frame; terminals that can show it all at once do.
    pub(super) fn draw(&mut self, state: &State, theme: &Theme) -> io::Result<HitMap> {
        let mut hits = HitMap::default();
        queue!(stdout(), BeginSynchronizedUpdate)?;
        let drawn = self
            .terminal
            .draw(|frame| hits = view(state, theme, frame))
            .map(|_| ());
        execute!(stdout(), EndSynchronizedUpdate)?;
        drawn.map(|()| hits)
    }

    /// Forgets what is on the screen, so that the next frame paints everything.
    pub(super) fn redraw(&mut self) -> io::Result<()> {
        // `clear` would ask the terminal where its cursor is and wait for the answer.
        let size = self.terminal.size()?;
        self.terminal.resize(size.into())
    }

    /// Gives the terminal to something else and takes it back. What was typed for that and not read
    /// by it means nothing here.
    pub(super) fn lend<T>(&mut self, to: impl FnOnce() -> T) -> io::Result<T> {
        leave();
        let out = to();
        // A terminal that is gone is noticed by the next thing that reads it.
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
        enter(self.mouse)?;
        self.redraw()?;
        Ok(out)
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Puts a text into the clipboard by OSC 52. The text is base64, so nothing in it is obeyed.
    /// Inside tmux it is also handed through to the terminal outside, for those whose tmux keeps the
    /// clipboard to itself.
    pub(super) fn copy(base64: &str) -> io::Result<()> {
        let mut out = stdout();
        write!(out, "\x1b]52;c;{base64}\x07")?;
        if std::env::var_os("TMUX").is_some_and(|tmux| !tmux.is_empty()) {
            write!(out, "\x1bPtmux;\x1b\x1b]52;c;{base64}\x07\x1b\\")?;
        }
        out.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

/// Whether the terminal is ours. Giving it back twice would move the cursor over what was said.
static OURS: AtomicBool = AtomicBool::new(false);

fn enter(mouse: bool) -> io::Result<()> {
    OURS.store(true, Ordering::Release);
    enable_raw_mode()?;
    let entered = execute!(
        stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        cursor::Hide
    );
    let entered = match entered {
        Ok(()) if mouse => execute!(stdout(), EnableMouseCapture),
        other => other,
    };
    if entered.is_err() {
        leave();
    }
    entered
}

/// Gives the terminal back. Errors are of no use here: there is nobody left to tell.
fn leave() {
    if !OURS.swap(false, Ordering::AcqRel) {
        return;
    }
    let _ = execute!(
        stdout(),
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
}

/// A panic gives the terminal back before it says anything.
fn on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            // A lane's mistake is said on the screen, which stays.
            if super::line::is_lane() {
                return;
            }
            leave();
            before(info);
        }));
    });
}
