//! The screen: what is drawn at which size, in which theme, and what the keys do.

pub mod compared;
mod facts;
pub mod fixture;
pub mod patches;
pub mod play;
pub mod svg;

use countersign::app::{Effect, Message, State};
use countersign::queue::Home;
use countersign::ui::theme::{Depth, Theme};
use countersign::ui::{HitMap, view};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use play::{send, state};

/// Draws a frame and tells the state what it showed, as the runtime does.
pub fn draw(state: &mut State, theme: &str) -> (Buffer, HitMap) {
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
pub fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let mut out = Vec::new();
    for key in keys.split_whitespace() {
        let key = key.parse().unwrap();
        draw(state, "dark");
        out.extend(send(state, Message::Key { key, repeat: false }));
    }
    draw(state, "dark");
    out
}

pub fn text(buffer: &Buffer) -> String {
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

/// What is on the screen after these keys, in the dark theme.
pub fn shown(columns: u16, rows: u16, keys: &str) -> String {
    let mut state = state(columns, rows);
    press(&mut state, keys);
    text(&draw(&mut state, "dark").0)
}

#[test]
fn the_queue_on_a_small_screen_has_a_preview() {
    insta::assert_snapshot!(shown(80, 24, "j"));
}

#[test]
fn queue_and_diff_stand_side_by_side_from_110_columns() {
    insta::assert_snapshot!(shown(140, 40, "j Enter n"));
    let one = shown(109, 30, "");
    let two = shown(110, 30, "");
    assert!(!one.contains("@@ 12") && two.contains("@@ 12"));
}

#[test]
fn old_and_new_stand_side_by_side_from_170_columns_and_findings_have_a_list() {
    insta::assert_snapshot!(shown(180, 45, "j Enter"));
}

#[test]
fn one_pane_shows_the_diff_after_enter() {
    insta::assert_snapshot!(shown(80, 24, "j Enter n"));
}

#[test]
fn the_sign_sheet_says_everything_that_is_signed() {
    insta::assert_snapshot!(shown(140, 40, "j a"));
}

#[test]
fn the_reason_box_lies_at_the_foot() {
    insta::assert_snapshot!(shown(110, 24, "j r n o"));
}

#[test]
fn the_help_is_made_from_the_keymap() {
    let help = shown(140, 80, "?");
    for action in ["approve: the sheet", "reject, with a reason", "next hunk"] {
        assert!(help.contains(action), "{help}");
    }
}

#[test]
fn twenty_by_five_runs_and_every_smaller_size_too() {
    insta::assert_snapshot!(shown(20, 5, ""));
    for keys in [
        "",
        "Enter",
        "Enter n c",
        "r",
        "a",
        "?",
        "i",
        "L",
        "/",
        "f",
        ":",
        "q",
    ] {
        for (columns, rows) in [(1, 1), (2, 3), (7, 2), (20, 5), (30, 9), (110, 3), (171, 4)] {
            shown(columns, rows, keys);
        }
    }
}

#[test]
fn an_empty_queue_says_so_and_what_to_do() {
    let mut state = state(110, 24);
    let loaded = countersign::app::Loaded {
        entries: Vec::new(),
        session: play::session(),
        outbox: Vec::new(),
        fetched: None,
    };
    send(&mut state, Message::Loaded(Home::default(), Ok(loaded)));
    let text = text(&draw(&mut state, "dark").0);
    assert!(
        text.contains("The queue is empty") && text.contains("countersign propose"),
        "{text}"
    );
}

#[test]
fn hostile_characters_are_spelt_out_wherever_they_stand() {
    let mut state = state(140, 60);
    let mut entries = fixture::entries();
    entries[0].title = "evil \u{1b}]0;title\u{7} \u{202e}txt".to_owned();
    entries[0].agent = Some("a\u{200b}b".to_owned());
    let loaded = countersign::app::Loaded {
        entries,
        session: play::session(),
        outbox: Vec::new(),
        fetched: None,
    };
    send(&mut state, Message::Loaded(Home::default(), Ok(loaded)));
    for keys in ["", "g", "j Enter", "i"] {
        press(&mut state, keys);
        let (buffer, _) = draw(&mut state, "dark");
        for cell in &buffer.content {
            let bad = |c: char| {
                c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
            };
            assert!(!cell.symbol().chars().any(bad), "{:?}", cell.symbol());
        }
    }
    assert!(text(&draw(&mut state, "dark").0).contains("‹1B›"));
}

#[test]
fn without_colour_every_level_sign_and_selection_is_still_told_apart() {
    let mut state = state(140, 40);
    press(&mut state, "j Enter n");
    let (buffer, _) = draw(&mut state, "mono");
    assert!(buffer.content.iter().all(|cell| {
        let plain = |c| c == ratatui::style::Color::Reset;
        plain(cell.fg) && plain(cell.bg)
    }));
    let text = text(&buffer);
    for sign in ["CRIT", "▲", "│", "- ", "+ "] {
        assert!(text.contains(sign), "{sign}");
    }
}

#[test]
fn the_mouse_reaches_what_was_drawn() {
    use countersign::app::{Pane, Target};
    let mut state = state(140, 40);
    let (buffer, hits) = draw(&mut state, "dark");
    let text = text(&buffer);
    let row = |word: &str| text.lines().position(|line| line.contains(word)).unwrap();
    let row = |word: &str| u16::try_from(row(word)).unwrap();
    let Some(target @ Target::Entry(_)) = hits.target(10, row("cache-jitter")) else {
        panic!("no entry there");
    };
    send(&mut state, Message::Click(target));
    assert_eq!(state.queue.current().unwrap().id.as_str(), "cache-jitter");
    assert!(matches!(
        hits.target(80, row("@@ 12")),
        Some(Target::Row(_))
    ));
    assert_eq!(hits.pane(80, 20), Some(Pane::Diff));
    assert_eq!(hits.pane(10, 5), Some(Pane::Queue));
    let before = state.open().unwrap().top;
    send(&mut state, Message::Wheel(Pane::Diff, 3));
    assert_eq!(state.open().unwrap().top, before + 3);
    // A click opens the sheet; nothing but a key signs.
    draw(&mut state, "dark");
    send(
        &mut state,
        Message::Click(Target::Action(countersign::app::action::Action::Approve)),
    );
    assert!(matches!(
        state.dialog,
        Some(countersign::app::Dialog::Sheet(_))
    ));
}

#[test]
fn rows_under_a_box_of_words_are_no_evidence() {
    let mut state = state(110, 24);
    press(&mut state, "j Enter");
    assert!(draw(&mut state, "dark").1.drawn.diff.is_some());
    press(&mut state, "r");
    assert!(draw(&mut state, "dark").1.drawn.diff.is_none());
}
