//! The screen: what is drawn at which size, in which theme, and what the keys do.

pub mod fixture;
mod patches;
pub mod play;
mod svg;

use countersign::app::{Effect, Message, State};
use countersign::ui::theme::{Depth, Theme};
use countersign::ui::{HitMap, view};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use play::{send, state};

/// Draws a frame and tells the state what it showed, as the runtime does.
fn draw(state: &mut State, theme: &str) -> (Buffer, HitMap) {
    let theme = Theme::built_in(theme, Depth::Full).unwrap();
    let mut terminal = Terminal::new(TestBackend::new(state.size.0, state.size.1)).unwrap();
    let mut hits = HitMap::default();
    terminal
        .draw(|frame| hits = view(state, &theme, frame))
        .unwrap();
    send(state, Message::Drawn(hits.drawn.clone()));
    (terminal.backend().buffer().clone(), hits)
}

/// Presses keys, drawing after each; returns the effects.
fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let mut out = Vec::new();
    for key in keys.split_whitespace() {
        let key = key.parse().unwrap();
        draw(state, "dark");
        out.extend(send(state, Message::Key { key, repeat: false }));
    }
    draw(state, "dark");
    out
}

fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let row: String = (0..buffer.area.width)
            .map(|x| buffer[(x, y)].symbol())
            .collect();
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}

/// Pictures for eyes: `cargo test --test it -- --ignored pictures` with PICTURES set to a folder.
#[test]
#[ignore = "writes pictures for a person to look at"]
fn pictures() {
    let folder = std::path::PathBuf::from(std::env::var("PICTURES").unwrap());
    let save = |state: &mut State, theme: &str, name: &str| {
        draw(state, theme);
        let (buffer, _) = draw(state, theme);
        let (ink, ground) = if theme == "light" {
            ("#000000", "#ffffff")
        } else {
            ("#cccccc", "#111111")
        };
        std::fs::write(
            folder.join(format!("{name}.svg")),
            svg::picture(&buffer, ink, ground),
        )
        .unwrap();
        std::fs::write(folder.join(format!("{name}.txt")), text(&buffer)).unwrap();
    };
    for (columns, rows) in [(80, 24), (140, 40), (220, 60), (20, 5)] {
        for theme in ["dark", "light", "terminal", "mono"] {
            let name = format!("{columns}x{rows}-{theme}");
            let mut state = state(columns, rows);
            save(&mut state, theme, &format!("{name}-queue"));
            press(&mut state, "Enter n");
            save(&mut state, theme, &format!("{name}-diff"));
            press(&mut state, "a");
            save(&mut state, theme, &format!("{name}-sheet"));
        }
    }
}

#[test]
fn the_page_of_keys_is_made_from_the_keymap() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/keys.md");
    let made = countersign::app::keymap::Keymap::built_in().markdown();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&page, &made).unwrap();
    }
    let written = std::fs::read_to_string(&page).unwrap_or_default();
    assert_eq!(written, made, "run this test once with UPDATE_DOCS=1");
}
