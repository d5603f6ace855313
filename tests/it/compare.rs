//! Comparisons on the screen: what changed since the reader last looked, any two ends, what counts
//! as seen there and where a remark belongs.

use countersign::app::compare::{End, View};
use countersign::app::reading::Visit;
use countersign::app::seen::Seen;
use countersign::app::session::Clock;
use countersign::app::words::Purpose;
use countersign::app::{Dialog, Effect, Loaded, Message, State};
use countersign::change::Oid;
use countersign::queue::Home;
use countersign::ui::theme::{Depth, Theme};
use countersign::ui::{HitMap, view};
use countersign::verdict::Side;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::common::{Sandbox, Screen};
use crate::screen::fixture::entries;
use crate::screen::play::{send, session, state};
use crate::screen::{draw, press, text};

/// The screen as words.
fn shown(state: &mut State) -> String {
    text(&draw(state, "dark").0)
}

/// The change that was rejected at its first revision, in the diff.
fn reading(columns: u16, rows: u16) -> State {
    let mut state = state(columns, rows);
    press(&mut state, "j Enter");
    assert_eq!(
        state.reading.as_ref().unwrap().name.to_string(),
        "fix-lb-timeouts@2"
    );
    state
}

fn notice(state: &State) -> &str {
    state.notice.as_ref().map_or("", |notice| &notice.text)
}

/// Puts the cursor on the first line of the pane that shows these words.
fn on(state: &mut State, words: &str) {
    let open = state.open().unwrap();
    let rows = open.rows.as_slice();
    let search = countersign::app::search::Search {
        words: words.to_owned(),
        word: None,
    };
    let row = rows.iter().position(|row| open.matches(*row, &search));
    let target = countersign::app::Target::Row(row.expect("such a line"));
    send(state, Message::Click(target));
    draw(state, "dark");
}

/// What the box of a remark is about: path, side, line; none where no box came.
fn remark(state: &mut State) -> Option<(String, Option<Side>, Option<u64>)> {
    press(state, "c");
    let Some(Dialog::Words(words, _)) = &state.dialog else {
        return None;
    };
    let Purpose::Remark(remark) = &words.purpose else {
        return None;
    };
    let path = remark.path.as_ref().map(ToString::to_string);
    let place = (path.unwrap_or_default(), remark.side, remark.line);
    press(state, "Esc");
    Some(place)
}

#[test]
fn d_shows_what_changed_since_the_verdict_and_folds_what_the_rebase_brought() {
    let mut state = reading(140, 40);
    let before = shown(&mut state);
    assert!(before.contains("you rejected @1 · 2 remarks"), "{before}");
    assert!(before.contains("d what changed since"), "{before}");
    press(&mut state, "d");
    let now = shown(&mut state);
    for words in [
        "since you rejected @1: 2 new · 2 rebased · 1 in doubt · remarks: 1 refused",
        "d all",
        "┄┄ 2 hunks only from the rebase 4b4b4b4..9b9b9b9 · z shows them",
        "charts/edge/values.yaml +1 -1 in doubt: the rebase cannot be told apart",
        "file 2 of 2",
        " of the whole",
    ] {
        assert!(now.contains(words), "{words}\n{now}");
    }
    // The rebase's own lines are a key away.
    assert!(!now.contains("edge-proxy:4.2.1"), "{now}");
    press(&mut state, ">");
    press(&mut state, "z");
    let open = shown(&mut state);
    assert!(
        open.contains("edge-proxy:4.2.1") && open.contains("z folds them"),
        "{open}"
    );
    press(&mut state, "d");
    let whole = shown(&mut state);
    assert!(
        whole.contains("file 1 of 3") && !whole.contains("since you"),
        "{whole}"
    );
    // Esc leaves it too.
    press(&mut state, "d Esc");
    assert!(state.open().unwrap().compared().is_none());
}

#[test]
fn what_is_compared_is_said_at_every_size() {
    for (columns, rows) in [(140, 40), (80, 24), (220, 60), (60, 10), (50, 7)] {
        let mut state = reading(columns, rows);
        press(&mut state, "d");
        let now = shown(&mut state);
        assert!(
            now.contains("since you rejected @1: 2"),
            "{columns}x{rows}\n{now}"
        );
        assert!(now.contains("d all"), "{columns}x{rows}\n{now}");
    }
}

/// A hunk that is a hunk of the whole change, line for line, was seen; any other one was not.
#[test]
fn a_comparison_counts_as_seen_only_where_a_whole_hunk_of_the_change_was_on_the_screen() {
    let mut state = reading(140, 40);
    press(&mut state, "d");
    // Nothing of the whole change was on the screen.
    let name = state.reading.as_ref().unwrap().name.clone();
    state.visits.insert(name, Visit::default());
    let open = state.reading.as_mut().unwrap().compare.as_mut().unwrap();
    let compared = match &mut open.view {
        View::Compared(compared) => compared,
        _ => panic!("no comparison"),
    };
    compared.seen = Seen::default();
    let theme = Theme::built_in("dark", Depth::Full).unwrap();
    let mut terminal = Terminal::new(TestBackend::new(140, 40)).unwrap();
    let mut hits = HitMap::default();
    terminal
        .draw(|frame| hits = view(&state, &theme, frame))
        .unwrap();
    let effects = send(&mut state, Message::Drawn(hits.drawn));
    let kept: Vec<String> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::KeepSeen(name, hunks) => Some(format!("{name} {}#{}", hunks[0].0, hunks[0].1)),
            _ => None,
        })
        .collect();
    let visit = state.visit().unwrap();
    assert!(visit.seen.hunk(1, 0), "the same lines");
    assert!(!visit.seen.hunk(2, 0), "other lines at the same place");
    assert_eq!(state.whole().unwrap().share(visit).seen, 1);
    assert_eq!(kept, ["fix-lb-timeouts@2 infra/lb.yaml#0"]);
    let before = visit.seen.clone();
    press(&mut state, "m");
    assert!(
        notice(&state).contains("in the whole change"),
        "{}",
        notice(&state)
    );
    assert_eq!(state.visit().unwrap().seen, before);
}

#[test]
fn remarks_in_a_comparison_belong_to_lines_of_the_revision_or_are_refused() {
    let mut state = reading(140, 40);
    press(&mut state, "d");
    on(&mut state, "targetPort: https");
    let place = remark(&mut state);
    assert_eq!(
        place,
        Some(("infra/lb.yaml".to_owned(), Some(Side::New), Some(17)))
    );
    on(&mut state, "targetPort: 8443");
    assert_eq!(remark(&mut state), None, "a line of the older revision");
    assert!(
        notice(&state).contains("that line is of @1"),
        "{}",
        notice(&state)
    );
    press(&mut state, "> z");
    on(&mut state, "edge-proxy:4.2.1");
    assert_eq!(remark(&mut state), None, "a line of the rebase");
    assert!(
        notice(&state).contains("no part of the change"),
        "{}",
        notice(&state)
    );
}

#[test]
fn a_remark_on_a_commits_line_goes_where_the_revision_has_it() {
    let mut state = reading(140, 40);
    press(&mut state, "D b a s e Enter Enter");
    let now = shown(&mut state);
    assert!(now.contains("base..a1a1a1a1 Raise edge timeouts"), "{now}");
    on(&mut state, "let shards");
    let place = remark(&mut state);
    assert_eq!(
        place,
        Some(("cache/store.rs".to_owned(), Some(Side::New), Some(43)))
    );
    on(&mut state, "lock: Mutex");
    assert_eq!(remark(&mut state), None);
    assert!(
        notice(&state).contains("a later commit changes that line"),
        "{}",
        notice(&state)
    );
}

#[test]
fn two_ends_are_picked_with_the_likely_ones_first() {
    let mut state = reading(140, 40);
    press(&mut state, "D");
    let list = shown(&mut state);
    for words in [
        "compare: from",
        "you rejected",
        "commit 2 of 2",
        "this revision",
    ] {
        assert!(list.contains(words), "{words}\n{list}");
    }
    press(&mut state, "Enter");
    assert!(shown(&mut state).contains("compare @1 with"));
    press(&mut state, "Enter");
    let ends = |state: &State| state.open().unwrap().compared().map(|c| c.ends);
    assert_eq!(ends(&state), Some((End::Revision(1), End::Revision(2))));
    // On from where the last comparison ended: commit by commit.
    let commit = |n: u8| End::Commit(Oid::from_bytes([n; 20]));
    press(&mut state, "d D b a s e Enter Enter");
    assert_eq!(ends(&state), Some((End::Base, commit(0xa1))));
    press(&mut state, "D Enter Enter");
    assert_eq!(ends(&state), Some((commit(0xa1), commit(0xc4))));
    press(&mut state, "d");
    assert_eq!(ends(&state), None);
    // The same end twice is no comparison.
    press(&mut state, "D b a s e Enter b a s e Enter");
    assert_eq!(ends(&state), None);
    assert!(
        notice(&state).contains("nothing differs"),
        "{}",
        notice(&state)
    );
}

#[test]
fn a_verdict_in_a_comparison_is_about_the_whole_change() {
    let mut state = reading(140, 40);
    press(&mut state, "d a");
    let Some(Dialog::Sheet(sheet)) = &state.dialog else {
        panic!("no sheet: {}", notice(&state));
    };
    let (whole, visit) = (state.whole().unwrap(), state.visit().unwrap());
    let draft = sheet.draft(whole, visit);
    assert_eq!(draft.viewed.hunks_total, 4);
    assert_eq!(draft.viewed.files_total, 3);
}

#[test]
fn a_newer_revision_is_announced_with_its_age_and_d_compares_with_it() {
    let mut state = reading(140, 40);
    let mut newer = entries();
    for entry in newer
        .iter_mut()
        .filter(|e| e.id.as_str() == "fix-lb-timeouts")
    {
        entry.revision = 3;
    }
    let loaded = Loaded {
        entries: newer,
        session: session(),
        outbox: Vec::new(),
        fetched: None,
    };
    send(&mut state, Message::Loaded(Home::default(), Ok(loaded)));
    let clock = Clock {
        millis: state.clock.millis + 42_000,
        ..state.clock
    };
    send(&mut state, Message::Now(clock));
    let now = shown(&mut state);
    let says = "@3 arrived 40 s ago: d what changed · a still signs @2";
    assert!(now.contains(says), "{now}");
    press(&mut state, "d");
    let reading = state.reading.as_ref().unwrap();
    assert_eq!(reading.name.to_string(), "fix-lb-timeouts@3");
    let ends = state.open().unwrap().compared().map(|c| c.ends);
    assert_eq!(ends, Some((End::Revision(2), End::Revision(3))));
    let now = shown(&mut state);
    assert!(now.contains("@2..@3: 2 hunks new"), "{now}");
}

/// What comes back for a comparison that is not wanted any more changes nothing.
#[test]
fn an_answer_that_comes_too_late_is_dropped() {
    let mut state = reading(140, 40);
    let mut effects = countersign::app::update(
        &mut state,
        Message::Key {
            key: "d".parse().unwrap(),
            repeat: false,
        },
    );
    let Some(Effect::Compare(_, ends, generation)) = effects.pop() else {
        panic!("nothing was asked for");
    };
    press(&mut state, "Esc");
    let comparison = Box::new(crate::screen::compared::comparison(ends));
    send(&mut state, Message::Compared(generation, Ok(comparison)));
    assert!(state.open().unwrap().compared().is_none());
    let failed = Message::Compared(generation, Err("@1 is not here".to_owned()));
    send(&mut state, failed);
    assert_eq!(notice(&state), "");
}

/// The real thing: the rebased second revision of the demo, read by the program on a terminal.
#[test]
fn in_the_demo_only_what_the_author_changed_since_the_rejection_is_shown() {
    let sandbox = Sandbox::new();
    let world = sandbox.path("");
    sandbox.countersign(&world, &["demo", "demo"]).ok();
    let mut command = sandbox.command(
        env!("CARGO_BIN_EXE_countersign"),
        &sandbox.path("demo/alice"),
    );
    command.args(["tui", "id:fix-lb-timeouts"]);
    let mut screen = Screen::start(&command, 140, 60);
    screen.wait_for("you rejected @1 · 2 remarks");
    screen.send("d");
    screen.wait_for("since you rejected @1: ");
    screen.settle();
    let mut all = String::new();
    for _ in 0..4 {
        all.push_str(&screen.text());
        screen.send(" ");
        screen.settle();
    }
    for words in ["only from the rebase", "app: edge-lb", "weight: 0"] {
        assert!(all.contains(words), "{words}\n{all}");
    }
    // What `main` did meanwhile.
    for words in ["edge-proxy:4.2.1", "value: \"96\""] {
        assert!(!all.contains(words), "{words}\n{all}");
    }
    screen.send("dQ");
    screen.exit_code();
}
