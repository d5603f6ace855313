//! The pictures of the README: the demo world on the real program's own terminal, drawn cell by cell.
//! `UPDATE_IMG=1` draws them anew; otherwise the kept ones must say the same. Times pass while a test
//! runs, so digits in the text count as equal.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use crate::common::{Sandbox, Screen};
use crate::screen::svg;

const SIZE: (u16, u16) = (140, 40);

/// What a terminal shows, as cells to be drawn.
fn cells(screen: &vt100::Screen) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
    for y in 0..SIZE.1 {
        for x in 0..SIZE.0 {
            let Some(cell) = screen.cell(y, x) else {
                continue;
            };
            let text = if cell.contents().is_empty() {
                " "
            } else {
                cell.contents()
            };
            let mut style = Style::new()
                .fg(colour(cell.fgcolor()))
                .bg(colour(cell.bgcolor()));
            for (set, modifier) in [
                (cell.bold(), Modifier::BOLD),
                (cell.italic(), Modifier::ITALIC),
                (cell.underline(), Modifier::UNDERLINED),
                (cell.inverse(), Modifier::REVERSED),
                (cell.dim(), Modifier::DIM),
            ] {
                if set {
                    style = style.add_modifier(modifier);
                }
            }
            buffer[(x, y)].set_symbol(text).set_style(style);
        }
    }
    settle_clock(&mut buffer);
    buffer
}

fn colour(colour: vt100::Color) -> Color {
    match colour {
        vt100::Color::Default => Color::Reset,
        vt100::Color::Idx(index) => Color::Indexed(index),
        vt100::Color::Rgb(r, g, b) => Color::Rgb(r, g, b),
    }
}

/// How long ago the last fetch was depends on how busy the machine is: the words are replaced, flush
/// with where they end.
fn settle_clock(buffer: &mut Buffer) {
    const SAID: &str = "synced 9 s ago";
    let top: String = (0..SIZE.0)
        .map(|x| buffer[(x, 0)].symbol().to_owned())
        .collect();
    let end = [" ago", " just now"].iter().find_map(|words| {
        let at = top.find(words)?;
        Some(at + words.len())
    });
    let (Some(start), Some(end)) = (top.find("synced"), end) else {
        return;
    };
    // Positions in columns: what stands before has characters of more than one byte.
    let column = |byte: usize| u16::try_from(top[..byte].chars().count()).unwrap();
    let (start, end) = (column(start), column(end));
    let first = end - u16::try_from(SAID.len()).unwrap();
    for x in start.min(first)..first {
        buffer[(x, 0)].set_symbol(" ");
    }
    for (x, letter) in (first..end).zip(SAID.chars()) {
        let style = buffer[(end - 1, 0)].style();
        buffer[(x, 0)]
            .set_symbol(&letter.to_string())
            .set_style(style);
    }
}

/// The picture with every digit of its text the same.
fn without_digits(picture: &str) -> String {
    let mut out = String::with_capacity(picture.len());
    let mut in_text = false;
    for c in picture.chars() {
        match c {
            '>' => in_text = true,
            '<' => in_text = false,
            _ => {}
        }
        out.push(if in_text && c.is_ascii_digit() {
            '0'
        } else {
            c
        });
    }
    out
}

#[test]
fn the_pictures_of_the_readme_are_what_the_program_shows() {
    let sandbox = Sandbox::new();
    let top = sandbox.path("");
    sandbox.countersign(&top, &["demo", "shop"]).ok();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/img");
    for (name, theme, ground) in [
        ("demo", "dark", "#17181c"),
        ("demo-light", "light", "#fbfaf7"),
    ] {
        let mut command = sandbox.command(
            env!("CARGO_BIN_EXE_countersign"),
            &sandbox.path("shop/alice"),
        );
        command
            .env("TERM", "xterm-256color")
            .env("COLORTERM", "truecolor");
        command.args(["tui", "--theme", theme]);
        let mut screen = Screen::start(&command, SIZE.0, SIZE.1);
        screen.wait_for("pool-lock-free@1 →");
        screen.send("j");
        screen.wait_for("fix-lb-timeouts@2 →");
        screen.settle();
        screen.send("\r");
        screen.send("nn");
        screen.settle();
        let drawn = svg::picture(&cells(screen.model()), "#cccccc", ground);
        screen.send("Q");
        screen.exit_code();
        let path = folder.join(format!("{name}.svg"));
        if std::env::var_os("UPDATE_IMG").is_some() {
            std::fs::write(&path, &drawn).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            without_digits(&kept) == without_digits(&drawn),
            "{name}.svg differs: run this test once with UPDATE_IMG=1"
        );
    }
}
