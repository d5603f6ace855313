//! A text being written: its lines, the cursor, and the few edits a box of words needs.

use unicode_segmentation::UnicodeSegmentation as _;

/// Text with a cursor. The cursor stands at a byte that begins a grapheme, or at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    value: String,
    cursor: usize,
}

/// A movement or a change of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// One grapheme to the left.
    Left,
    /// One grapheme to the right.
    Right,
    /// To the line above, or nothing on the first.
    Up,
    /// To the line below, or nothing on the last.
    Down,
    /// To the start of the line.
    Home,
    /// To the end of the line.
    End,
    /// Takes out the grapheme on the left.
    Backspace,
    /// Takes out the grapheme under the cursor.
    Delete,
    /// Takes out the word on the left.
    DeleteWord,
    /// Takes out everything left of the cursor on its line.
    DeleteLine,
}

impl Text {
    /// A text with the cursor at its end.
    pub fn new(value: impl Into<String>) -> Self {
        let value = value.into();
        let cursor = value.len();
        Self { value, cursor }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.value
    }

    /// Whether there is nothing but blanks.
    pub fn is_blank(&self) -> bool {
        self.value.trim().is_empty()
    }

    /// The cursor: line from 0, and the byte within that line.
    pub fn cursor(&self) -> (usize, usize) {
        let before = &self.value[..self.cursor];
        let line = before.matches('\n').count();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (line, self.cursor - start)
    }

    /// Whether the cursor is on the first line.
    pub fn on_first_line(&self) -> bool {
        !self.value[..self.cursor].contains('\n')
    }

    /// Writes text at the cursor. Control characters but line breaks and tabs are left out: none
    /// may stand in a signed statement. CR LF and CR become LF.
    pub fn insert(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text: String = text
            .chars()
            .filter(|c| matches!(c, '\n' | '\t') || !c.is_control())
            .collect();
        self.value.insert_str(self.cursor, &text);
        self.cursor += text.len();
    }

    /// Puts text in the place of these bytes, the cursor behind it. Bytes that are no part of the
    /// text change nothing.
    pub fn put(&mut self, bytes: std::ops::Range<usize>, text: &str) {
        if self.value.get(bytes.clone()).is_some() {
            self.value.replace_range(bytes.clone(), text);
            self.cursor = bytes.start + text.len();
        }
    }

    /// Moves or changes.
    pub fn edit(&mut self, edit: Edit) {
        match edit {
            Edit::Left => self.cursor = self.left(),
            Edit::Right => self.cursor = self.right(),
            Edit::Up => self.vertical(true),
            Edit::Down => self.vertical(false),
            Edit::Home => self.cursor = self.line_start(),
            Edit::End => self.cursor = self.line_end(),
            Edit::Backspace => self.remove_to(self.left()),
            Edit::Delete => {
                let end = self.right();
                self.value.replace_range(self.cursor..end, "");
            }
            Edit::DeleteWord => {
                let before = &self.value[..self.cursor];
                let word = before.trim_end().rfind(char::is_whitespace);
                self.remove_to(word.map_or(0, |at| {
                    at + self.value[at..].chars().next().map_or(1, char::len_utf8)
                }));
            }
            Edit::DeleteLine => self.remove_to(self.line_start()),
        }
    }

    fn remove_to(&mut self, start: usize) {
        self.value.replace_range(start..self.cursor, "");
        self.cursor = start;
    }

    fn left(&self) -> usize {
        let before = &self.value[..self.cursor];
        before
            .grapheme_indices(true)
            .next_back()
            .map_or(0, |(at, _)| at)
    }

    fn right(&self) -> usize {
        let after = self.value[self.cursor..].graphemes(true).next();
        self.cursor + after.map_or(0, str::len)
    }

    fn line_start(&self) -> usize {
        self.value[..self.cursor].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        let after = self.value[self.cursor..].find('\n');
        after.map_or(self.value.len(), |at| self.cursor + at)
    }

    fn vertical(&mut self, up: bool) {
        let start = self.line_start();
        let column = self.value[start..self.cursor].graphemes(true).count();
        let line = if up {
            match start.checked_sub(1) {
                Some(end) => self.value[..end].rfind('\n').map_or(0, |at| at + 1)..end,
                None => return,
            }
        } else {
            let end = self.line_end();
            if end == self.value.len() {
                return;
            }
            let next = self.value[end + 1..].find('\n');
            end + 1..next.map_or(self.value.len(), |at| end + 1 + at)
        };
        let graphemes = self.value[line.clone()].graphemes(true).take(column);
        self.cursor = line.start + graphemes.map(str::len).sum::<usize>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(start: &str, edits: &[Edit]) -> (String, (usize, usize)) {
        let mut text = Text::new(start);
        edits.iter().for_each(|edit| text.edit(*edit));
        (text.as_str().to_owned(), text.cursor())
    }

    #[test]
    fn edits_keep_to_graphemes_and_lines() {
        use Edit::{Backspace, Delete, DeleteLine, DeleteWord, Down, Home, Left, Right, Up};
        assert_eq!(after("e\u{301}x", &[Left, Backspace]).0, "x");
        assert_eq!(
            after("one two  ", &[DeleteWord]),
            ("one ".to_owned(), (0, 4))
        );
        assert_eq!(after("a\nbc", &[DeleteLine]).0, "a\n");
        assert_eq!(after("abc\nd\nefg", &[Up]).1, (1, 1));
        assert_eq!(after("abc\nd\nefg", &[Up, Up]).1, (0, 1));
        assert_eq!(after("abc\nd", &[Up, Up, Down, Down]).1, (1, 1));
        assert_eq!(after("abc", &[Home, Delete, Right]).1, (0, 1));
    }

    #[test]
    fn what_may_not_be_signed_cannot_be_typed_or_pasted() {
        let mut text = Text::default();
        text.insert("a\u{1b}[31m\r\nb\u{9b}\tc");
        assert_eq!(text.as_str(), "a[31m\nb\tc");
        assert!(!text.on_first_line());
    }
}
