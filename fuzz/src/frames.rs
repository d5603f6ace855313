//! The screen: a queue and a change full of hostile strings, keys pressed, and every frame looked at.

mod hostile;

use std::sync::LazyLock;

use countersign::app::compare::{Comparison, Kind};
use countersign::app::key::{Code, Key};
use countersign::app::keymap::Keymap;
use countersign::app::session::{Clock, Tone};
use countersign::app::{Effect, Message, Pane, State, update};
use countersign::diff::FileDiff;
use countersign::diff::context::Text;
use countersign::git::DiffOptions;
use countersign::queue::Home;
use countersign::ui::theme::{Depth, Theme};
use countersign::ui::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::input::{Input, is_wild};
use super::world;
use hostile::{Words, loaded, oid, opened};

/// Steps of a script that are played.
const STEPS: usize = 20;

static KEYMAP: LazyLock<Keymap> = LazyLock::new(Keymap::built_in);
static THEMES: LazyLock<[Theme; 3]> = LazyLock::new(|| {
    ["dark", "light", "mono"].map(|name| Theme::built_in(name, Depth::Full).expect("a theme"))
});

/// What is handed over to the screen.
struct Play<'a> {
    words: Words<'a>,
    files: Vec<FileDiff>,
    new: &'a [u8],
    fails: bool,
}

/// A script of sizes, keys and messages; the strings that a repository brings; two texts. No frame
/// holds a character that a terminal obeys, drawing again draws the same, and every spot that can be
/// clicked is on the screen.
pub fn frame(data: &[u8]) {
    let mut input = Input(data);
    let script = input.part();
    let mut words = Words::new(input.part());
    let (old, new) = (input.part(), input.part());
    let mut script = Input(script);
    let options = DiffOptions::default();
    let body = world::store(|store| store.texts(old, new, &options)).expect("two texts compare");
    let mut files = Vec::new();
    for status in 0..3 {
        let mut file = countersign::app::change::message_file(b"");
        file.body = body.clone();
        file.old = file.new.clone();
        let path = words.bytes();
        let path = if path.is_empty() || path.contains(&0) {
            b"src/main.rs"
        } else {
            path
        };
        for side in [&mut file.old, &mut file.new].into_iter().flatten() {
            side.path = countersign::change::RepoPath::new(path);
        }
        if status == 1 {
            file.body = countersign::diff::Body::Binary;
        }
        files.push(file);
    }
    let mut play = Play {
        words,
        files,
        new,
        fails: false,
    };
    run(&mut play, &mut script);
}

fn run(play: &mut Play<'_>, script: &mut Input<'_>) {
    let mut state = State::new(KEYMAP.clone());
    let theme = &THEMES[usize::from(script.byte() % 3)];
    let size = (
        u16::from(script.byte()) + 1,
        u16::from(script.byte() % 100) + 1,
    );
    play.fails = script.byte().is_multiple_of(8);
    let mut millis = 0;
    send(
        &mut state,
        Message::Now(Clock {
            millis,
            wall: world::now(),
        }),
        play,
    );
    send(&mut state, Message::Size(size.0, size.1), play);
    let loaded = loaded(&mut play.words);
    send(
        &mut state,
        Message::Loaded(Home::default(), Ok(loaded)),
        play,
    );
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).expect("a terminal");
    draw(&mut state, theme, play, &mut terminal);
    for _ in 0..STEPS {
        if script.is_empty() {
            break;
        }
        millis += 700;
        let message = message(script, play, millis);
        send(&mut state, message, play);
        if terminal.backend().buffer().area.as_size() != state.size.into() {
            terminal =
                Terminal::new(TestBackend::new(state.size.0, state.size.1)).expect("a terminal");
        }
        draw(&mut state, theme, play, &mut terminal);
    }
    terminal
        .draw(|frame| {
            view(&state, theme, frame);
        })
        .expect("drawn");
    let again = terminal.backend().buffer().clone();
    terminal
        .draw(|frame| {
            view(&state, theme, frame);
        })
        .expect("drawn");
    assert_eq!(
        *terminal.backend().buffer(),
        again,
        "the same state, the same frame"
    );
}

/// What the script does next: mostly keys.
fn message(script: &mut Input<'_>, play: &mut Play<'_>, millis: u64) -> Message {
    const CODES: [Code; 14] = [
        Code::Enter,
        Code::Esc,
        Code::Tab,
        Code::BackTab,
        Code::Backspace,
        Code::Delete,
        Code::Up,
        Code::Down,
        Code::Left,
        Code::Right,
        Code::Home,
        Code::End,
        Code::PgUp,
        Code::PgDn,
    ];
    match script.byte() {
        byte @ b' '..=b'~' => key(Code::Char(char::from(byte)), false, false),
        byte @ 0x80..=0x8d => key(CODES[usize::from(byte - 0x80)], false, false),
        byte @ 0x01..=0x09 => key(Code::Char(char::from(byte + b'a' - 1)), true, false),
        b'\n' => key(Code::Enter, false, false),
        0x90 => Message::Paste(play.words.text()),
        0x91 => Message::Size(
            u16::from(script.byte()) + 1,
            u16::from(script.byte() % 100) + 1,
        ),
        0x92 => Message::Size(300, 100),
        0x93 => Message::Wheel(
            *script.one(&[Pane::Queue, Pane::Diff, Pane::Front]),
            i64::from(script.byte()) - 128,
        ),
        0x94 => Message::Said(Tone::Bad, play.words.text()),
        0x95 => Message::Progress(Home::default(), play.words.text()),
        0x96 => Message::Synced(Home::default(), Err(play.words.text())),
        0x97 => Message::Loaded(Home::default(), Err(play.words.text())),
        0x98 => Message::Loaded(Home::default(), Ok(loaded(&mut play.words))),
        0x99 => Message::Edited(play.words.maybe()),
        0x9a => Message::LinkOpened(play.words.text(), Err(play.words.text())),
        0x9b => Message::Now(Clock {
            millis: millis + 60_000,
            wall: world::now(),
        }),
        byte => key(Code::Char(char::from(byte)), byte & 1 != 0, byte & 2 != 0),
    }
}

fn key(code: Code, ctrl: bool, repeat: bool) -> Message {
    let key = Key {
        ctrl,
        ..Key::plain(code)
    };
    Message::Key { key, repeat }
}

/// Sends a message, and answers what the screen asks for.
fn send(state: &mut State, message: Message, play: &mut Play<'_>) {
    let mut effects = update(state, message);
    let mut answered = 0;
    while let Some(effect) = effects.pop() {
        answered += 1;
        if answered > 50 {
            break;
        }
        let answer = match effect {
            Effect::Open(name, generation) if play.fails => {
                drop(name);
                Message::Opened(generation, Err(play.words.text()))
            }
            Effect::Open(name, generation) => Message::Opened(
                generation,
                Ok(Box::new(opened(name, &play.files, &mut play.words))),
            ),
            Effect::Compare(_, ends, generation) => Message::Compared(
                generation,
                Ok(Box::new(Comparison {
                    ends,
                    message: countersign::app::change::message_file(play.words.bytes()),
                    parts: play
                        .files
                        .iter()
                        .cloned()
                        .zip([Kind::Own, Kind::Doubtful, Kind::Rebase])
                        .collect(),
                    others: 1,
                    bases: Some((oid(4), oid(5))),
                    later: play.files.clone(),
                })),
            ),
            Effect::Colour(generation, jobs) => Message::Coloured(
                generation,
                countersign::ui::highlight::classes(&jobs, || true),
            ),
            Effect::Text(_, generation, file, _) => Message::Text(
                generation,
                file,
                Ok(std::sync::Arc::new(Text::new(play.new.to_vec()))),
            ),
            Effect::Decide(draft) => Message::Decided(draft, Err(play.words.text())),
            Effect::Weigh(home, names) => {
                let all = names.into_iter().map(|name| {
                    let name = home.revision(name);
                    (
                        name.clone(),
                        Ok(Box::new(opened(name, &play.files, &mut play.words))),
                    )
                });
                Message::Weighed(all.collect())
            }
            _ => continue,
        };
        effects.extend(update(state, answer));
    }
}

/// Draws the frame, looks at every cell, and tells the state what was shown.
fn draw(
    state: &mut State,
    theme: &Theme,
    play: &mut Play<'_>,
    terminal: &mut Terminal<TestBackend>,
) {
    let (columns, rows) = state.size;
    let mut hits = None;
    terminal
        .draw(|frame| hits = Some(view(state, theme, frame)))
        .expect("drawn");
    let hits = hits.expect("drawn once");
    let buffer = terminal.backend().buffer();
    for cell in buffer.content() {
        assert!(
            !cell.symbol().contains(is_wild),
            "{:?} in a cell",
            cell.symbol()
        );
        assert!(cell.symbol().len() <= 64, "{:?} in a cell", cell.symbol());
    }
    for (area, _) in &hits.spots {
        assert!(
            area.right() <= columns && area.bottom() <= rows,
            "{area:?} is off the screen"
        );
    }
    if let Some((x, y)) = hits.cursor {
        assert!(x < columns && y < rows, "the cursor is off the screen");
    }
    send(state, Message::Drawn(hits.drawn), play);
}
