//! Events of the terminal as messages of the state machine.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use crate::app::key::{Code, Key};
use crate::app::{Message, Pane};
use crate::ui::HitMap;

/// Lines that one notch of the wheel turns.
const NOTCH: i64 = 3;
/// An answer of the terminal to a question is no longer than this.
const ANSWER: usize = 80;

/// Reads events. An answer of the terminal that came too late (to the question for its colours)
/// looks like keys; it is swallowed.
#[derive(Debug, Default)]
pub(super) struct Input {
    swallowing: usize,
}

impl Input {
    /// What an event means; nothing for those that mean nothing here.
    pub(super) fn message(&mut self, event: Event, hits: &HitMap) -> Option<Message> {
        match event {
            Event::Key(event) => self.key(event),
            Event::Paste(text) => Some(Message::Paste(text)),
            Event::Resize(columns, rows) => Some(Message::Size(columns, rows)),
            Event::Mouse(event) => mouse(event, hits),
            Event::FocusGained | Event::FocusLost => None,
        }
    }

    fn key(&mut self, event: KeyEvent) -> Option<Message> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        let key = key(event)?;
        if self.swallowing > 0 {
            let ends = matches!(
                (key.code, key.alt, key.ctrl),
                (Code::Char('\\'), true, _) | (Code::Char('g'), _, true)
            );
            self.swallowing = if ends { 0 } else { self.swallowing - 1 };
            return None;
        }
        if key.alt && key.code == Code::Char(']') {
            self.swallowing = ANSWER;
            return None;
        }
        Some(Message::Key {
            key,
            repeat: event.kind == KeyEventKind::Repeat,
        })
    }

    /// Nothing more has come for a while: whatever was swallowed is over.
    pub(super) fn pause(&mut self) {
        self.swallowing = 0;
    }
}

fn key(event: KeyEvent) -> Option<Key> {
    let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    let code = match event.code {
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PgUp,
        KeyCode::PageDown => Code::PgDn,
        KeyCode::F(n) => Code::F(n),
        _ => return None,
    };
    Some(Key { code, ctrl, alt })
}

fn mouse(event: MouseEvent, hits: &HitMap) -> Option<Message> {
    let (column, row) = (event.column, event.row);
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => hits.target(column, row).map(Message::Click),
        MouseEventKind::ScrollDown => Some(wheel(hits, column, row, NOTCH)),
        MouseEventKind::ScrollUp => Some(wheel(hits, column, row, -NOTCH)),
        _ => None,
    }
}

fn wheel(hits: &HitMap, column: u16, row: u16, lines: i64) -> Message {
    Message::Wheel(hits.pane(column, row).unwrap_or(Pane::Diff), lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(input: &mut Input, code: KeyCode, modifiers: KeyModifiers) -> Option<Message> {
        input.message(
            Event::Key(KeyEvent::new(code, modifiers)),
            &HitMap::default(),
        )
    }

    #[test]
    fn a_late_answer_of_the_terminal_is_no_typing() {
        let mut input = Input::default();
        // ESC ] 11;rgb:1c1c/1c1c/1c1c ESC backslash, as the terminal library reads it.
        assert!(press(&mut input, KeyCode::Char(']'), KeyModifiers::ALT).is_none());
        for c in "11;rgb:1c1c/1c1c/1c1c".chars() {
            assert!(press(&mut input, KeyCode::Char(c), KeyModifiers::NONE).is_none());
        }
        assert!(press(&mut input, KeyCode::Char('\\'), KeyModifiers::ALT).is_none());
        assert!(press(&mut input, KeyCode::Char('r'), KeyModifiers::NONE).is_some());
    }

    #[test]
    fn letting_a_key_go_is_no_press() {
        let mut event = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
        event.kind = KeyEventKind::Release;
        let message = Input::default().message(Event::Key(event), &HitMap::default());
        assert!(message.is_none());
    }
}
