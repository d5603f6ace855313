//! Frames for review: every main screen at three sizes, and in which look each of its cells is.
//!
//! `snapshots/frames/SCREEN-SIZE.txt` holds one frame twice: its text, and under it the same frame
//! with a letter for every cell that is not plain. `snapshots/frames/looks.txt` says what each letter
//! is: the roles that give the ink and the ground, and what the palettes make of them. So a change of
//! the layout shows in the frames, and a change of a palette on that one page.
//!
//! `UPDATE_FRAMES=1 cargo test --test it -- frames::` writes all of them anew.

mod looks;
mod wide;

use std::collections::BTreeMap;
use std::path::PathBuf;

use countersign::app::{Loaded, Message, State};
use countersign::queue::Home;
use countersign::ui::theme::{Depth, Theme};
use countersign::ui::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr as _;

use crate::screen::play::{send, session, state};
use crate::screen::{press, text};

use looks::{Letters, PALETTES, probe};
pub use wide::WORDS as WIDE;

/// The screens, with the keys that lead to them.
const SCREENS: [(&str, &str); 12] = [
    ("queue", "j"),
    ("change", "j Enter n"),
    ("sheet", "j Enter a"),
    ("reject", "j Enter r n o"),
    ("help", "?"),
    ("log", "j L"),
    ("details", "j i"),
    ("palette", "j : e x"),
    ("files", "j f"),
    ("filter", "/ r i s k : l o w"),
    ("themes", "j T"),
    ("empty", ""),
];

/// The sizes of the frames that are kept.
const SIZES: [(u16, u16); 3] = [(80, 24), (140, 40), (220, 60)];

/// A screen at a size, after its keys.
fn screen(name: &str, keys: &str, (columns, rows): (u16, u16)) -> State {
    let mut state = state(columns, rows);
    if name == "empty" {
        let loaded = Loaded {
            entries: Vec::new(),
            session: session(),
            outbox: Vec::new(),
            fetched: None,
        };
        send(&mut state, Message::Loaded(Home::default(), Ok(loaded)));
    }
    press(&mut state, keys);
    state
}

/// Draws the state in a theme, without telling it.
fn drawn(state: &State, theme: &Theme) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(state.size.0, state.size.1)).unwrap();
    terminal
        .draw(|frame| {
            view(state, theme, frame);
        })
        .unwrap();
    terminal.backend().buffer().clone()
}

/// A frame as it is kept: its text, and its looks by letter.
fn kept(title: &str, state: &State, letters: &mut Letters) -> String {
    let themes = PALETTES.map(|(name, _)| Theme::built_in(name, Depth::Full).unwrap());
    let frames = themes.each_ref().map(|theme| drawn(state, theme));
    let words = text(&frames[0]);
    for (frame, (name, _)) in frames.iter().zip(PALETTES) {
        assert_eq!(text(frame), words, "{title}: other words in {name}");
    }
    let looks = looks::map(&drawn(state, &probe(&themes)), &frames, letters);
    format!(
        "{title}\n\n{words}\nlooks\n\n{}\n",
        looks.trim_end_matches('\n')
    )
}

/// Where frames are kept.
fn folder() -> PathBuf {
    [
        env!("CARGO_MANIFEST_DIR"),
        "tests",
        "it",
        "snapshots",
        "frames",
    ]
    .iter()
    .collect()
}

/// The first lines in which two texts differ, for the message of a test.
fn differences(old: &str, new: &str) -> String {
    let diff = similar::TextDiff::from_lines(old, new);
    let changed = diff
        .iter_all_changes()
        .filter(|change| change.tag() != similar::ChangeTag::Equal);
    let lines = changed.map(|change| format!("{}{}", change.tag(), change.value()));
    lines.take(16).collect()
}

#[test]
fn every_screen_is_what_was_looked_at() {
    let folder = folder();
    let page = std::fs::read_to_string(folder.join("looks.txt")).unwrap_or_default();
    let mut letters = Letters::of(&page);
    let mut made = BTreeMap::new();
    for (name, keys) in SCREENS {
        for (columns, rows) in SIZES {
            let state = screen(name, keys, (columns, rows));
            let title = format!("{name}-{columns}x{rows}");
            let frame = kept(&title, &state, &mut letters);
            made.insert(format!("{title}.txt"), frame);
        }
    }
    made.insert("smallest-20x5.txt".to_owned(), smallest());
    made.insert("looks.txt".to_owned(), letters.page());
    if std::env::var_os("UPDATE_FRAMES").is_some() {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        for (name, frame) in &made {
            std::fs::write(folder.join(name), frame).unwrap();
        }
    }
    let mut problems = Vec::new();
    for (name, frame) in &made {
        let old = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        if old != *frame {
            problems.push(format!("{name}\n{}", differences(&old, frame)));
        }
    }
    let there = std::fs::read_dir(&folder).unwrap();
    let there = there.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    problems.extend(
        there
            .filter(|name| !made.contains_key(name))
            .map(|name| format!("{name} is no frame any more")),
    );
    assert!(
        problems.is_empty(),
        "{} frames differ; look at them, then run this test once with UPDATE_FRAMES=1\n\n{}",
        problems.len(),
        problems.join("\n")
    );
}

/// Every screen in twenty columns and five rows.
fn smallest() -> String {
    let frames = SCREENS.map(|(name, keys)| {
        let state = screen(name, keys, (20, 5));
        format!("{name}\n\n{}\n", text(&drawn(&state, &Theme::bare())))
    });
    frames.concat()
}

/// Sizes at the edges of every breakpoint, and the farthest of both ends.
const EDGES: [(u16, u16); 9] = [
    (20, 5),
    (20, 8),
    (40, 7),
    (79, 24),
    (109, 30),
    (110, 30),
    (169, 30),
    (170, 8),
    (400, 100),
];

#[test]
fn from_the_smallest_to_the_largest_no_frame_is_broken() {
    for size in EDGES {
        for (name, keys) in SCREENS {
            let state = screen(name, keys, size);
            is_whole(&state, &format!("{name} at {size:?}"));
        }
    }
}

#[test]
fn wide_and_joined_characters_break_no_frame() {
    for (columns, rows) in [(20, 5), (40, 8), (80, 24), (110, 20), (140, 30), (170, 30)] {
        for (name, keys) in SCREENS.iter().filter(|(name, _)| *name != "empty") {
            // Odd widths too, so that a wide character meets every edge.
            for columns in [columns, columns + 1] {
                let state = wide::screen(keys, (columns, rows));
                is_whole(&state, &format!("{name}, wide, at {columns}x{rows}"));
            }
        }
    }
    is_whole(
        &wide::screen("j Enter n", (400, 100)),
        "change, wide, at 400x100",
    );
}

/// Checks that no wide character is cut, that the line between the panes is straight and that the
/// lines of keys and of the queue are there where there is room.
fn is_whole(state: &State, what: &str) {
    let theme = Theme::built_in("dark", Depth::Full).unwrap();
    let buffer = drawn(state, &theme);
    let (columns, rows) = state.size;
    for y in 0..rows {
        for x in 0..columns {
            let symbol = buffer[(x, y)].symbol();
            let width = symbol.width();
            assert!((1..=2).contains(&width), "{what}: {symbol:?} at {x}, {y}");
            if width == 2 {
                assert!(x + 1 < columns, "{what}: {symbol:?} is cut at {x}, {y}");
                let next = buffer[(x + 1, y)].symbol();
                assert_eq!(
                    next, " ",
                    "{what}: {symbol:?} lies under {next:?}, {x}, {y}"
                );
            }
        }
    }
    if rows < countersign::app::BARS {
        return;
    }
    let page = text(&buffer);
    let lines: Vec<&str> = page.lines().collect();
    assert!(!lines[0].trim().is_empty(), "{what}: no line of the queue");
    let keys = lines[usize::from(rows) - 1];
    assert!(!keys.trim().is_empty(), "{what}: no line of keys\n{page}");
    if columns >= countersign::app::TWO_PANES {
        let has = |x: u16| (2..rows - 2).all(|y| buffer[(x, y)].symbol() == "│");
        assert_eq!(
            (0..columns).filter(|x| has(*x)).count(),
            1,
            "{what}\n{page}"
        );
    }
}
