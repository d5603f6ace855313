//! Commands, themes and files found by a few letters, and commands that take a word.

use countersign::app::{Dialog, Focus, Message, State};

use crate::screen::play::{send, state};
use crate::screen::{draw, press, text};

/// The lines of the finder that is on the screen.
fn found(state: &State) -> Vec<String> {
    let Some(Dialog::Find(finder)) = &state.dialog else {
        panic!("no finder: {:?}", state.dialog);
    };
    let lines = finder.fitting.iter().map(|nth| &finder.lines[*nth]);
    lines.map(|line| line.text.clone()).collect()
}

fn typed(state: &State) -> &str {
    match &state.dialog {
        Some(Dialog::Find(finder)) => finder.text.as_str(),
        other => panic!("no finder: {other:?}"),
    }
}

/// Types a text, a key a letter.
fn types(state: &mut State, text: &str) {
    for c in text.chars() {
        let key = if c == ' ' {
            "Space".to_owned()
        } else {
            c.to_string()
        };
        press(state, &key);
    }
}

fn theme(state: &State) -> &str {
    &state.look.themes.list[state.look.themes.current].name
}

#[test]
fn commands_are_those_that_can_be_done_here_the_last_ones_first() {
    let mut state = state(140, 40);
    press(&mut state, ":");
    let in_queue = found(&state);
    let has = |lines: &[String], part: &str| lines.iter().any(|line| line.contains(part));
    assert!(has(&in_queue, "approve: the sheet") && has(&in_queue, "theme NAME"));
    assert!(!has(&in_queue, "fold or unfold") && !has(&in_queue, "take back the verdict"));
    press(&mut state, "Esc j Enter :");
    assert!(has(&found(&state), "fold or unfold"));
    types(&mut state, "linum");
    assert_eq!(found(&state)[0], "line numbers");
    press(&mut state, "Enter ^p");
    assert_eq!(found(&state)[0], "line numbers", "run last");
    let shown = text(&draw(&mut state, "dark").0);
    assert!(
        shown
            .lines()
            .any(|line| line.contains("line numbers") && line.contains("# &"))
    );
}

#[test]
fn an_action_s_own_name_finds_it_before_any_other() {
    use countersign::app::action::Action;
    use countersign::app::keymap::Place;
    let mut state = state(140, 40);
    press(&mut state, "j Enter");
    for action in Action::ALL {
        if !state.keymap.belongs(Place::Main, *action) {
            continue;
        }
        press(&mut state, ":");
        let all = found(&state);
        if all.contains(&action.says().to_owned()) {
            types(&mut state, action.name());
            let first = found(&state).first().cloned();
            assert_eq!(first.as_deref(), Some(action.says()), "{}", action.name());
        }
        press(&mut state, "Esc");
    }
}

#[test]
fn commands_take_a_word_and_tab_completes_it() {
    let mut state = state(140, 40);
    press(&mut state, ":");
    types(&mut state, "them");
    press(&mut state, "Tab");
    assert_eq!(typed(&state), "themes", "the action comes first");
    press(&mut state, "^u");
    types(&mut state, "theme ");
    assert_eq!(found(&state).len(), 18);
    types(&mut state, "cat");
    press(&mut state, "Tab");
    assert_eq!(typed(&state), "theme catppuccin-mocha");
    assert_eq!(theme(&state), "catppuccin-mocha", "shown while one looks");
    press(&mut state, "Esc");
    assert_eq!(theme(&state), "dark");

    press(&mut state, ":");
    types(&mut state, "view 3");
    press(&mut state, "Enter");
    assert_eq!(state.queue.view, 2);

    press(&mut state, "1 :");
    types(&mut state, "filter risk:critical");
    press(&mut state, "Enter");
    assert!(state.dialog.is_none() && state.queue.words == "risk:critical");
    press(&mut state, ":");
    types(&mut state, "filter risk:");
    press(&mut state, "Enter");
    let Some(Dialog::Find(finder)) = &state.dialog else {
        panic!("a filter that cannot be read keeps the line");
    };
    assert!(finder.complaint.is_some());
    press(&mut state, "Esc Esc");

    press(&mut state, "Enter :");
    types(&mut state, "goto values");
    press(&mut state, "Enter");
    let open = state.open().unwrap();
    let file = open.rows.as_slice()[open.cursor].file as usize;
    let path = open.files()[file].path().as_str().unwrap();
    assert!(path.ends_with("values.yaml"), "{path}");
    assert_eq!(state.focus, Focus::Diff);
}

#[test]
fn what_is_no_command_is_said_and_the_line_stays() {
    let mut state = state(80, 24);
    for (typing, says) in [
        ("frobnicate", "nothing here is called \"frobnicate\""),
        ("theme pink", "no name fits \"pink\""),
        ("view 44", "no number fits \"44\""),
    ] {
        press(&mut state, ":");
        types(&mut state, typing);
        press(&mut state, "Enter");
        let shown = text(&draw(&mut state, "dark").0);
        assert!(shown.contains(says), "{shown}");
        assert_eq!(typed(&state), typing);
        press(&mut state, "Esc");
        assert!(state.dialog.is_none());
    }
    press(&mut state, ":");
    types(&mut state, "quit");
    let effects = press(&mut state, "Enter");
    assert!(
        matches!(effects[..], [countersign::app::Effect::Quit { .. }]),
        "{effects:?}"
    );
}

#[test]
fn a_paste_runs_no_command_and_a_held_enter_no_second_one() {
    let mut state = state(140, 40);
    press(&mut state, "j Enter :");
    send(&mut state, Message::Paste("approve\n\nx".to_owned()));
    assert_eq!(typed(&state), "approve  x");
    press(&mut state, "Esc");
    let before = state.visit().cloned();
    press(&mut state, ":");
    types(&mut state, "tick");
    let enter = "Enter".parse().unwrap();
    for _ in 0..5 {
        send(
            &mut state,
            Message::Key {
                key: enter,
                repeat: true,
            },
        );
    }
    let ticked = |visit: &Option<countersign::app::reading::Visit>| {
        visit.as_ref().map_or(0, |visit| visit.answers.len())
    };
    assert_eq!(ticked(&state.visit().cloned()), ticked(&before));
}

#[test]
fn the_picker_is_left_as_it_was_entered_and_kept_where_it_was_chosen() {
    let mut state = state(80, 24);
    press(&mut state, "T Down Down");
    assert_eq!(theme(&state), "high-contrast-dark");
    let shown = text(&draw(&mut state, "dark").0);
    assert!(
        shown.contains("needs you"),
        "the queue can be seen behind it: {shown}"
    );
    press(&mut state, "^c");
    assert_eq!(theme(&state), "dark");
    press(&mut state, "T");
    types(&mut state, "orange light");
    assert_eq!(
        found(&state),
        ["colour-blind-light"],
        "by what it says of itself"
    );
    press(&mut state, "Enter");
    assert_eq!(theme(&state), "colour-blind-light");
    let shown = text(&draw(&mut state, "dark").0);
    assert!(
        shown.contains("to keep it: theme = \"colour-blind-light\""),
        "{shown}"
    );
}
