//! The same screens over a change whose every word is of wide, joined or marked characters.

use countersign::app::{Loaded, Message, State};
use countersign::queue::Home;

use crate::screen::fixture;
use crate::screen::patches::file;
use crate::screen::play::{send, session, state};
use crate::screen::press;

/// Wide characters, emoji joined and with selectors, flags, skin tones, marks, conjuncts, jamo.
pub const WORDS: &str = "標題 漢字かな한국어 👩\u{200d}💻 ⚠\u{fe0f} ✈\u{fe0e} 🇩🇪🇫🇷 👍🏽 e\u{301}\u{302} क्षत्रिय ᄀ\u{1161}ᆨ ᄀᄀ\u{1161} ﷽ ½";

/// A screen over such a change.
pub fn screen(keys: &str, (columns, rows): (u16, u16)) -> State {
    let mut state = state(columns, rows);
    let mut entries = fixture::entries();
    for entry in &mut entries {
        entry.title = format!("{WORDS} {WORDS} {WORDS}");
        entry.agent = Some("開発者漢字".to_owned());
        entry.author.name = WORDS.to_owned();
        entry.operator = Some(WORDS.to_owned());
        entry.notes = vec![WORDS.to_owned()];
        entry.claim = None;
    }
    let loaded = Loaded {
        entries,
        session: session(),
        outbox: Vec::new(),
        fetched: None,
    };
    send(&mut state, Message::Loaded(Home::default(), Ok(loaded)));
    let mut keys = keys.split_whitespace();
    // The row first; then what it opens is put in the place of the fixture's own change.
    if keys.clone().next() == Some("j") {
        keys.next();
        press(&mut state, "j");
    }
    let mut change = fixture::opened(&state.queue.current().unwrap().name());
    change.message = format!("{WORDS}\n\n{WORDS} {WORDS}\n").into_bytes();
    change.files = [("漢字/かな👩\u{200d}💻.rs"), "標題標題標題標題.md"]
        .map(|path| file(path, &patch()))
        .to_vec();
    for note in &mut change.notes {
        note.text = format!("{WORDS} {WORDS}");
        note.path = Some("漢字/かな👩\u{200d}💻.rs".into());
        note.line = Some(3);
    }
    for past in &mut change.past {
        past.summary = Some(WORDS.to_owned());
    }
    for why in &mut change.why {
        why.sentence = WORDS.to_owned();
    }
    if let Some(last) = &mut change.ends.last {
        last.words = Some(WORDS.to_owned());
    }
    change.warnings = vec![WORDS.to_owned()];
    // The hunks of the fixture's own change were on the screen, not these.
    state.visits.clear();
    let generation = state.generation;
    send(
        &mut state,
        Message::Opened(generation, Ok(Box::new(change))),
    );
    press(&mut state, &keys.collect::<Vec<_>>().join(" "));
    state
}

fn patch() -> String {
    format!(
        "@@ -1,4 +1,4 @@ {WORDS}\n {WORDS}\n-{WORDS}{WORDS}\n+x{WORDS}{WORDS}\n \t{WORDS}\n a\t漢\t字\n"
    )
}
