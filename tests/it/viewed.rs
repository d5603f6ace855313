//! What a statement says was seen: never more than was on the screen, kept while a hunk's content
//! stays, and time only while somebody is there.

mod kept;

use std::collections::{BTreeMap, BTreeSet};

use countersign::app::keymap::Keymap;
use countersign::app::session::Clock;
use countersign::app::sheet::viewed;
use countersign::app::{Effect, Loaded, Message, State, update};
use countersign::diff::{Body, FileDiff, Hunk};
use countersign::queue::{Home, RevisionName};
use countersign::ui::theme::{Depth, Theme};
use countersign::ui::view;
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::screen::fixture::{entries, now, opened};
use crate::screen::patches::file;
use crate::screen::play::session;

/// Characters of one column each that stand nowhere else on the screen.
fn marks() -> impl Iterator<Item = char> {
    ('\u{100}'..'\u{240}').chain('\u{3b1}'..'\u{3c9}')
}

/// A change whose lines begin and end with a character of their own: files of hunks of lines that
/// are short, long, full of tabs, full of what is spelt out.
fn change() -> Vec<FileDiff> {
    let mut marks = marks();
    let mut line = |sign: char, nth: usize| {
        let (first, last) = (marks.next().unwrap(), marks.next().unwrap());
        let middle = match nth % 5 {
            0 => "x".repeat(nth * 7 % 60),
            1 => "\t".repeat(nth % 23),
            2 => "word ".repeat(nth % 40),
            3 => "\u{202e}".repeat(nth % 9),
            _ => String::new(),
        };
        format!("{sign}{first}{middle}{last}\n")
    };
    let mut nth = 0;
    let mut patch = |hunks: &[usize]| {
        let mut text = String::new();
        for (index, lines) in hunks.iter().enumerate() {
            let start = 100 * index + 1;
            text.push_str(&format!("@@ -{start},9 +{start},9 @@ part\n"));
            for at in 0..*lines {
                nth += 1;
                text.push_str(&line([' ', '-', '+', '+', ' ', '-'][at % 6], nth));
            }
        }
        text
    };
    let mut files = vec![
        file("a.rs", &patch(&[6, 20, 3])),
        file("b.rs", &patch(&[1])),
        file("c.rs", &patch(&[9, 9, 30, 5])),
        file("Cargo.lock", &patch(&[44])),
    ];
    let mut binary = file("logo.png", "");
    binary.body = Body::Binary;
    files.insert(2, binary);
    files
}

/// First and last character of each line of a hunk.
fn ends(hunk: &Hunk) -> Vec<(char, char)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let lines = hunk.lines.iter().map(|line| text(&line.bytes));
    lines
        .map(|line| (line.chars().next().unwrap(), line.chars().last().unwrap()))
        .collect()
}

/// A reviewer at a screen, and what an onlooker saw on it.
struct Watched {
    state: State,
    shown: BTreeSet<(char, char)>,
    hunks: BTreeMap<(usize, usize), Vec<(char, char)>>,
}

impl Watched {
    fn new(columns: u16, rows: u16) -> Self {
        let hunks = change().into_iter().zip(1..).flat_map(|(file, at)| {
            let hunks = file.hunks().iter().enumerate();
            let own = hunks.map(|(hunk, of)| ((at, hunk), ends(of)));
            own.collect::<Vec<_>>()
        });
        let mut watched = Self {
            state: State::new(Keymap::built_in()),
            shown: BTreeSet::new(),
            hunks: hunks.collect(),
        };
        watched.send(Message::Size(columns, rows));
        watched.send(Message::Loaded(
            Home::default(),
            Ok(Loaded {
                entries: entries(),
                session: session(),
                outbox: Vec::new(),
                fetched: None,
            }),
        ));
        watched.draw();
        watched
    }

    fn send(&mut self, message: Message) -> Vec<Effect> {
        let mut out = Vec::new();
        let mut effects = update(&mut self.state, message);
        while let Some(effect) = effects.pop() {
            if let Effect::Open(name, generation) = effect {
                let mut change = opened(&name);
                change.files = self::change();
                change.notes.clear();
                let message = Message::Opened(generation, Ok(Box::new(change)));
                effects.extend(update(&mut self.state, message));
            } else {
                out.push(effect);
            }
        }
        out
    }

    /// Draws; the onlooker notes each line of which both ends can be seen.
    fn draw(&mut self) {
        let theme = Theme::built_in("dark", Depth::Full).unwrap();
        let (columns, rows) = self.state.size;
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        let mut drawn = None;
        terminal
            .draw(|frame| drawn = Some(view(&self.state, &theme, frame).drawn))
            .unwrap();
        let cells = terminal.backend().buffer().content.iter();
        let there: BTreeSet<char> = cells.flat_map(|cell| cell.symbol().chars()).collect();
        let both = |ends: &&(char, char)| there.contains(&ends.0) && there.contains(&ends.1);
        let seen = self.hunks.values().flatten().filter(both);
        self.shown.extend(seen);
        self.send(Message::Drawn(drawn.unwrap()));
    }

    fn keys(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            let key = key.parse().unwrap();
            self.send(Message::Key { key, repeat: false });
            self.draw();
        }
    }

    fn time(&mut self, millis: u64) {
        let wall = now();
        self.send(Message::Now(Clock { millis, wall }));
    }

    fn was_shown(&self, hunk: (usize, usize)) -> bool {
        self.hunks[&hunk]
            .iter()
            .all(|line| self.shown.contains(line))
    }

    /// What would be signed is no more than what the onlooker saw.
    fn is_honest(&self) -> Result<(), TestCaseError> {
        let Some((open, visit)) = self.state.open().zip(self.state.visit()) else {
            return Ok(());
        };
        for hunk in visit.seen.hunks().filter(|(file, _)| *file > 0) {
            prop_assert!(self.was_shown(hunk), "{hunk:?} was not on the screen");
        }
        let signed = viewed(open, visit);
        let shown = self.hunks.keys().filter(|hunk| self.was_shown(**hunk));
        prop_assert!(signed.hunks_viewed <= shown.count() as u64);
        Ok(())
    }
}

/// One thing that can happen at the screen.
#[derive(Debug, Clone)]
enum Step {
    Key(&'static str),
    Size(u16, u16),
}

/// Every key of the panes that could bring rows to the screen, mark or hide them.
const KEYS: &str = "j k g G ^d ^u PgDn PgUp Space Space Space Backspace . , > < n N J K Enter h l l \
    d m M a r x c C v / z z = w w # W i L ? Tab Esc Esc q f : 1 s u T t";

fn step() -> impl Strategy<Value = Step> {
    let keys: Vec<&str> = KEYS.split_whitespace().collect();
    let sizes = vec![(20, 5), (40, 7), (80, 24), (110, 20), (171, 30), (220, 60)];
    let size = |(columns, rows)| Step::Size(columns, rows);
    prop_oneof![
        9 => prop::sample::select(keys).prop_map(Step::Key),
        1 => prop::sample::select(sizes).prop_map(size),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_statement_says_that_more_was_seen_than_was_on_the_screen(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut watched = Watched::new(110, 20);
        for step in steps {
            match step {
                Step::Key(key) => watched.keys(key),
                Step::Size(columns, rows) => {
                    watched.send(Message::Size(columns, rows));
                    watched.draw();
                }
            }
            watched.is_honest()?;
        }
    }
}

#[test]
fn reading_to_the_end_sees_all_of_it() {
    for (columns, rows) in [(80, 24), (140, 40), (220, 60)] {
        let mut watched = Watched::new(columns, rows);
        watched.keys("Enter");
        for _ in 0..80 {
            watched.keys("Space");
        }
        // What is folded away at first is unfolded and read.
        watched.keys("G z");
        for _ in 0..20 {
            watched.keys("Space");
        }
        let signed = viewed(
            watched.state.open().unwrap(),
            watched.state.visit().unwrap(),
        );
        assert_eq!(signed.hunks_viewed, signed.hunks_total, "{columns}x{rows}");
        assert_eq!(
            (signed.files_viewed, signed.files_total),
            (5, 5),
            "a binary file counts when its sentence was on the screen"
        );
        watched.is_honest().unwrap();
    }
}

#[test]
fn a_line_with_tabs_that_is_cut_was_not_seen() {
    let mut watched = Watched::new(80, 60);
    watched.keys("w Enter g");
    let visit = |watched: &Watched| watched.state.visit().unwrap().seen.clone();
    let cut = |watched: &Watched| watched.state.open().unwrap().window.partial.len();
    assert!(cut(&watched) > 0, "something is cut");
    assert!(!visit(&watched).hunk(1, 1), "20 lines, tabs among them");
    watched.keys("w g Space Space");
    assert!(visit(&watched).hunk(1, 1));
}

#[test]
fn putting_a_file_aside_is_no_reading() {
    let mut watched = Watched::new(110, 16);
    watched.keys("Enter m");
    let visit = watched.state.visit().unwrap();
    assert!(visit.seen.aside(1) > 0);
    let notice = watched.state.notice.clone().unwrap().text;
    assert!(notice.contains("not counted as seen"), "{notice}");
    watched.is_honest().unwrap();
    // Reading on passes the file; the sheet still waits for its hunks.
    let before = watched.state.open().unwrap().current_file();
    assert_eq!(before, 1);
    for _ in 0..60 {
        watched.keys("Space");
    }
    let visit = watched.state.visit().unwrap();
    assert!(!visit.seen.hunk(1, 1), "it was passed");
    watched.keys("f a . r s Enter m");
    let visit = watched.state.visit().unwrap();
    assert_eq!(visit.seen.aside(1), 0, "again takes it back");
}

#[test]
fn a_mark_that_is_taken_away_is_taken_from_the_disk_too() {
    let mut watched = Watched::new(220, 60);
    watched.keys("Enter g >");
    assert!(watched.state.visit().unwrap().seen.hunk(1, 0));
    for _ in 0..6 {
        watched.keys("Space");
    }
    watched.keys("f a . r s Enter");
    let effects = watched.send(Message::Key {
        key: "m".parse().unwrap(),
        repeat: false,
    });
    let forgets = effects
        .iter()
        .any(|effect| matches!(effect, Effect::ForgetSeen(_, hunks) if hunks.len() == 3));
    assert!(forgets, "{effects:?}");
    watched.draw();
    let seen = watched.state.visit().unwrap().seen.file(1, &change()[0]);
    assert_eq!(seen.seen, 0, "what is on the screen does not mark it again");
}

#[test]
fn only_time_with_somebody_at_the_keys_is_time_of_reading() {
    let mut watched = Watched::new(140, 40);
    watched.keys("Enter");
    let seconds = |watched: &Watched| watched.state.visit().unwrap().millis / 1000;
    watched.time(20_000);
    assert_eq!(seconds(&watched), 20);
    // The screen wakes up by itself every half minute; nobody is there.
    for nth in 1..200 {
        watched.time(20_000 + nth * 30_000);
    }
    assert_eq!(seconds(&watched), 60, "a minute after the last key");
    watched.keys("j");
    watched.time(6_000_000);
    let before = seconds(&watched);
    watched.keys("j");
    watched.time(6_010_000);
    assert_eq!(seconds(&watched), before + 10);
    // The diff is not on the screen while a page lies over it.
    watched.keys("i");
    watched.time(6_030_000);
    assert_eq!(seconds(&watched), before + 10);
}

#[test]
fn a_revision_whose_base_moved_does_not_keep_marks_by_number() {
    let mut watched = Watched::new(220, 60);
    watched.keys("Enter");
    let reading = watched.state.reading.as_ref().unwrap();
    let (name, generation): (RevisionName, u64) = (reading.name.clone(), reading.generation);
    assert!(watched.state.visit().unwrap().seen.hunk(1, 0));
    // The same revision is read anew, the target has moved: its first file is another one now.
    let mut change = opened(&name);
    change.files = self::change();
    change.files.swap(0, 1);
    change.subject.base.commit = countersign::change::Oid::from_bytes([0x77; 20]);
    let message = Message::Opened(generation, Ok(Box::new(change)));
    update(&mut watched.state, message);
    let visit = watched.state.visit().unwrap();
    assert_eq!(visit.seen.hunks().count(), 0);
}
