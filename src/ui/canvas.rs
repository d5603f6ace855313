//! Painting into the frame's cells. Every text passes through `diff::visible` on its way.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use super::theme::{Role, Theme};
use crate::diff::visible;

/// A place to paint and the theme to paint with.
pub(super) struct Canvas<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
}

impl<'a> Canvas<'a> {
    pub(super) fn new(buffer: &'a mut Buffer, theme: &'a Theme) -> Self {
        Self { buffer, theme }
    }

    pub(super) fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// Blanks of this look over a rectangle.
    pub(super) fn fill(&mut self, area: Rect, role: Role) {
        let style = self.style(role);
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    // Whatever was there is gone, its bold and its ground too.
                    cell.reset();
                    cell.set_style(style);
                }
            }
        }
    }

    /// Lays a look over what is there.
    pub(super) fn tint(&mut self, area: Rect, role: Role) {
        let mut style = self.style(role);
        if style.add_modifier.contains(Modifier::REVERSED) {
            // A colour that is there would become a block of itself.
            style.fg = Some(Color::Reset);
        }
        let area = area.intersection(self.buffer.area);
        self.buffer.set_style(area, style);
    }

    /// One character of width 1; a wide one of which it covers the second half is gone.
    pub(super) fn put(&mut self, x: u16, y: u16, symbol: &str, style: Style) {
        if let Some(before) = x.checked_sub(1).and_then(|x| self.buffer.cell_mut((x, y)))
            && !before.symbol().is_ascii()
            && before.symbol().width() == 2
        {
            before.set_symbol(" ");
        }
        if let Some(cell) = self.buffer.cell_mut((x, y)) {
            let ground = cell.modifier.contains(Modifier::REVERSED);
            let own = style.add_modifier.contains(Modifier::REVERSED);
            // On a reversed ground a colour would be a block, not a text: bold has to say it.
            let style = match ground && !own {
                true => Style { fg: None, ..style },
                false => style,
            };
            cell.set_symbol(symbol).set_style(style);
        }
    }

    /// A text from `x` to before `end`; cut with `…` where it does not fit. Returns where it ends.
    pub(super) fn text(&mut self, x: u16, y: u16, end: u16, text: &str, role: Role) -> u16 {
        let mut style = self.style(role);
        if role == Role::Text {
            // Plain text keeps the ground it is written on: a selection, a bar.
            style.bg = None;
        }
        self.styled(x, y, end, text, style)
    }

    /// As [`text`](Self::text), with a style.
    pub(super) fn styled(&mut self, x: u16, y: u16, end: u16, text: &str, style: Style) -> u16 {
        let cells = visible::cells(text.as_bytes(), 1);
        let total: usize = cells.iter().map(|cell| cell.width).sum();
        let room = usize::from(end.saturating_sub(x));
        let cut = total > room;
        let room = if cut { room.saturating_sub(1) } else { room };
        let mut at = x;
        let mut used = 0;
        for cell in &cells {
            used += cell.width;
            if used > room {
                break;
            }
            let style = if cell.escaped {
                style.patch(self.style(Role::Escape))
            } else {
                style
            };
            at = self.cell(at, y, end, &cell.text, cell.width, style);
        }
        if cut && at < end {
            self.put(at, y, "…", style);
            at += 1;
        }
        at
    }

    /// One cell of visible text, which may be several columns wide. Stops before `end`.
    pub(super) fn cell(
        &mut self,
        x: u16,
        y: u16,
        end: u16,
        text: &str,
        width: usize,
        style: Style,
    ) -> u16 {
        let columns = u16::try_from(width).unwrap_or(u16::MAX);
        if width == 1 {
            if x < end {
                self.put(x, y, text, style);
            }
            return x.saturating_add(1).min(end);
        }
        // What takes two columns is a wide character, a flag or a colourful form; or a tab.
        let is_wide = width == 2 && text != "  ";
        if is_wide {
            if x + 2 > end {
                if x < end {
                    self.put(x, y, " ", style);
                }
                return end;
            }
            // Terminals do not agree on how wide the colourful form is. The plain one with a blank
            // takes two columns in all of them.
            let plain = text.strip_suffix(visible::EMOJI_FORM).unwrap_or(text);
            self.put(x, y, plain, style);
            if let Some(cell) = self.buffer.cell_mut((x + 1, y)) {
                // The ground stays: it can be seen where the plain form is narrow.
                cell.set_symbol(" ").set_style(style);
            }
            return x + 2;
        }
        // Escapes and tabs: characters of width 1.
        let mut at = x;
        let mut letter = [0; 4];
        for c in text.chars().take(width) {
            if at >= end {
                return end;
            }
            self.put(at, y, c.encode_utf8(&mut letter), style);
            at += 1;
        }
        at.max(x.saturating_add(columns).min(end).min(at))
    }

    /// Pieces one after the other. Returns where they end.
    pub(super) fn pieces<S: AsRef<str>>(
        &mut self,
        x: u16,
        y: u16,
        end: u16,
        pieces: &[(S, Role)],
    ) -> u16 {
        let mut at = x;
        for (text, role) in pieces {
            at = self.text(at, y, end, text.as_ref(), *role);
        }
        at
    }

    /// Pieces that end before `end`. Returns where they start; paints nothing where they would
    /// reach left of `start`.
    pub(super) fn right<S: AsRef<str>>(
        &mut self,
        start: u16,
        y: u16,
        end: u16,
        pieces: &[(S, Role)],
    ) -> u16 {
        let total: usize = pieces.iter().map(|(text, _)| width(text.as_ref())).sum();
        let total = u16::try_from(total).unwrap_or(u16::MAX);
        if end.saturating_sub(start) < total || total == 0 {
            return end;
        }
        self.pieces(end - total, y, end, pieces);
        end - total
    }

    /// A heading with its rule: `── title ───── right`.
    pub(super) fn heading(&mut self, area: Rect, title: &str, right: &[(String, Role)]) {
        let (y, end) = (area.y, area.right());
        for x in area.left()..end {
            self.put(x, y, "─", self.theme.style(Role::Rule));
        }
        // The words lie on the ground, not on the rule, whose look would be in theirs.
        let words = Rect {
            x: area.x.saturating_add(3),
            width: u16::try_from(width(title)).unwrap_or(u16::MAX),
            ..area
        };
        self.fill(Rect { height: 1, ..words }.intersection(area), Role::Text);
        let at = self.text(words.x, y, end, title, Role::Heading);
        self.put(
            area.x.saturating_add(2),
            y,
            " ",
            self.theme.style(Role::Text),
        );
        if at < end {
            self.put(at, y, " ", self.theme.style(Role::Text));
        }
        let mut pieces = vec![(" ".to_owned(), Role::Text)];
        pieces.extend_from_slice(right);
        if !right.is_empty() {
            if end >= self.buffer.area.right() {
                // The last column of the screen stays free, as in the bars.
                pieces.push((" ".to_owned(), Role::Text));
            }
            self.right(at + 2, y, end, &pieces);
        }
    }
}

/// Columns of a text once it is made visible.
pub(super) fn width(text: &str) -> usize {
    if text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return text.len();
    }
    let cells = visible::cells(text.as_bytes(), 1);
    cells.iter().map(|cell| cell.width).sum()
}

/// A text broken into lines of at most `columns`, at blanks where there are any. Line breaks in
/// the text stay.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let need = width(&line) + usize::from(!line.is_empty()) + width(word);
            if !line.is_empty() && need > columns {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            while width(&line) > columns {
                let (head, tail) = split(&line, columns);
                lines.push(head);
                line = tail;
            }
        }
        if !line.is_empty() || paragraph.is_empty() {
            lines.push(line);
        }
    }
    lines
}

/// Breaks pieces into lines of so many columns, after blanks where there are any.
pub(super) fn flow(pieces: Vec<(String, Role)>, columns: usize) -> Vec<Vec<(String, Role)>> {
    let mut lines = vec![Vec::new()];
    let mut used = 0;
    for (text, role) in pieces {
        for word in text.split_inclusive(' ') {
            let bare = width(word.trim_end_matches(' '));
            if used > 0 && used + bare > columns {
                lines.push(Vec::new());
                used = 0;
            }
            for cluster in word.graphemes(true) {
                let wide = width(cluster);
                if used > 0 && used + wide > columns {
                    if cluster == " " {
                        continue;
                    }
                    lines.push(Vec::new());
                    used = 0;
                }
                used += wide;
                let Some(line) = lines.last_mut() else {
                    continue;
                };
                match line.last_mut() {
                    Some::<&mut (String, Role)>((text, same)) if *same == role => {
                        text.push_str(cluster)
                    }
                    _ => line.push((cluster.to_owned(), role)),
                }
            }
        }
    }
    lines
}

/// Cuts a text after so many columns.
fn split(text: &str, columns: usize) -> (String, String) {
    let mut used = 0;
    for cell in visible::cells(text.as_bytes(), 1) {
        if used + cell.width > columns && cell.raw.start > 0 {
            return (
                text[..cell.raw.start].to_owned(),
                text[cell.raw.start..].to_owned(),
            );
        }
        used += cell.width;
    }
    (text.to_owned(), String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_wrap_and_a_long_one_is_cut() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("a\n\nb", 9), ["a", "", "b"]);
        assert_eq!(wrap("日本語", 4), ["日本", "語"]);
        assert_eq!(wrap("\u{202e}\u{202e}", 3).len(), 2, "never for ever");
    }

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis_and_stays_inside() {
        let theme = Theme::bare();
        let area = Rect::new(0, 0, 6, 1);
        let mut buffer = Buffer::empty(area);
        let mut canvas = Canvas::new(&mut buffer, &theme);
        let end = canvas.text(1, 0, 5, "日本語", Role::Text);
        assert!(end <= 5);
        let shown: String = buffer.content.iter().map(|c| c.symbol()).collect();
        assert!(shown.starts_with(" 日") && shown.contains('…'), "{shown:?}");
    }
}
