//! Draws a frame's cells as an SVG picture: for the README, and for eyes.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

const WIDTH: f64 = 8.4;
const HEIGHT: f64 = 18.0;

/// The picture of a frame; `ink` and `ground` stand for the terminal's own colours.
pub fn picture(buffer: &Buffer, ink: &str, ground: &str) -> String {
    let (columns, rows) = (buffer.area.width, buffer.area.height);
    let (width, height) = (f64::from(columns) * WIDTH, f64::from(rows) * HEIGHT);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{ground}\"/>\n"
    );
    for y in 0..rows {
        row(&mut out, buffer, y, ink, ground);
    }
    out.push_str("</svg>\n");
    out
}

fn row(out: &mut String, buffer: &Buffer, y: u16, ink: &str, ground: &str) {
    let top = f64::from(y) * HEIGHT;
    let look = |x: u16| {
        let cell = &buffer[(x, y)];
        let (mut fg, mut bg) = (colour(cell.fg, ink), colour(cell.bg, ground));
        if cell.modifier.contains(Modifier::REVERSED) {
            std::mem::swap(&mut fg, &mut bg);
        }
        (fg, bg, cell.modifier)
    };
    let mut x = 0;
    while x < buffer.area.width {
        let own = look(x);
        let mut end = x;
        let mut text = String::new();
        while end < buffer.area.width && look(end) == own {
            text.push_str(buffer[(end, y)].symbol());
            end += 1;
        }
        let (left, wide) = (f64::from(x) * WIDTH, f64::from(end - x) * WIDTH);
        if own.1 != ground {
            let _ = writeln!(
                out,
                "<rect x=\"{left:.1}\" y=\"{top:.0}\" width=\"{wide:.1}\" height=\"{HEIGHT:.0}\" fill=\"{}\"/>",
                own.1
            );
        }
        if !text.trim().is_empty() || own.2.contains(Modifier::UNDERLINED) {
            let _ = writeln!(
                out,
                "<text x=\"{left:.1}\" y=\"{:.0}\" textLength=\"{wide:.1}\" fill=\"{}\"{} xml:space=\"preserve\">{}</text>",
                top + 13.5,
                own.0,
                attributes(own.2),
                escaped(&text)
            );
        }
        x = end;
    }
}

fn attributes(modifier: Modifier) -> String {
    let mut out = String::new();
    for (flag, text) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
        (Modifier::DIM, " opacity=\"0.6\""),
    ] {
        if modifier.contains(flag) {
            out.push_str(text);
        }
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn colour(colour: Color, own: &str) -> String {
    let named = |text: &str| text.to_owned();
    match colour {
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        Color::Black => named("#000000"),
        Color::Red => named("#cd3131"),
        Color::Green => named("#0dbc79"),
        Color::Yellow => named("#c5a332"),
        Color::Blue => named("#3b8eea"),
        Color::DarkGray => named("#767676"),
        Color::Gray => named("#cccccc"),
        Color::White => named("#ffffff"),
        _ => own.to_owned(),
    }
}
