//! The queue on the screen: its views, what is typed over them, and what stays where it is.

use std::collections::BTreeMap;
use std::path::Path;

use countersign::app::queue::View;
use countersign::app::session::Clock;
use countersign::app::{Effect, Loaded, Message, State, Target};
use countersign::change::QueueRef;
use countersign::queue::{Entry, Given, Home, Snooze, State as Standing, Until};
use jiff::SignedDuration;

use crate::common::{Screen, World};
use crate::screen::fixture::{entries, now};
use crate::screen::play::{send, session, state};
use crate::screen::{draw, press, text};

/// What is on the screen.
fn shown(state: &mut State) -> String {
    text(&draw(state, "dark").0)
}

/// The queue as it is after something happened to it elsewhere.
fn arrives(state: &mut State, change: impl FnOnce(&mut Vec<Entry>)) -> Vec<Effect> {
    let mut entries = entries();
    change(&mut entries);
    let loaded = Loaded {
        entries,
        session: session(),
        outbox: Vec::new(),
        fetched: None,
    };
    send(state, Message::Loaded(Home::default(), Ok(loaded)))
}

fn find<'a>(entries: &'a mut [Entry], id: &str) -> &'a mut Entry {
    entries
        .iter_mut()
        .find(|entry| entry.id.as_str() == id)
        .unwrap()
}

/// The screen of a clone's reviewer.
fn screen(world: &World, dir: &Path, columns: u16, rows: u16) -> Screen {
    let mut command = world.sandbox.countersign_command(dir);
    command.args(["tui", "--theme", "dark"]);
    Screen::start(&command, columns, rows)
}

/// Writes the reviewer's configuration.
fn configure(world: &World, text: &str) {
    let dir = world.sandbox.path("xdg/config/countersign");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("config.toml"), text).unwrap();
}

#[test]
fn saved_views_stand_under_their_keys_in_the_width_there_is() {
    let mut state = state(140, 40);
    let names = [
        "needs me",
        "low",
        "edge",
        "billing",
        "old",
        "mine",
        "agents",
        "failing",
        "everything",
    ];
    let filters = [
        "needs:me",
        "risk:low",
        "path:infra/**",
        "billing",
        "age:>1d",
        "agent:claude",
        "ai:yes",
        "checks:failing",
        "",
    ];
    let views = names.iter().zip(filters);
    let views = views.map(|(name, filter)| View::new(name, filter).unwrap());
    state.queue.set_views(views.collect(), state.clock.wall);
    for (nth, name) in names.iter().enumerate() {
        press(&mut state, &(nth + 1).to_string());
        assert_eq!(state.queue.view, nth);
        for columns in [220, 140, 80, 40] {
            state.size.0 = columns;
            let (buffer, hits) = draw(&mut state, "dark");
            let tabs = text(&buffer);
            let tabs = tabs.lines().nth(1).unwrap();
            assert!(
                tabs.contains(&format!("{} {name} ", nth + 1)),
                "{columns}: {tabs}"
            );
            let spots = hits.spots.iter();
            let clickable = spots.filter(|(_, target)| matches!(target, Target::View(_)));
            assert_eq!(clickable.count(), 9, "{columns}: {tabs}");
        }
        state.size.0 = 140;
    }
    state
        .queue
        .set_views(vec![View::new("one", "").unwrap()], state.clock.wall);
    press(&mut state, "2");
    assert_eq!(state.queue.view, 0);
    assert!(text(&draw(&mut state, "dark").0).contains("no view 2: [[views]]"));
}

#[test]
fn views_come_from_the_configuration_and_a_wrong_one_is_named_with_its_place() {
    let world = World::new();
    world.queue("app-one", "src/app.py", "def main():\n    return 1\n");
    world.queue("edge-two", "infra/lb.yaml", "kind: Service\n");
    world.alice.countersign(&["sync"]).ok();
    let views = "[[views]]\nname = \"edge\"\nfilter = \"path:infra/**\"\n\n\
                 [[views]]\nname = \"whole\"\nfilter = \"\"\n";
    configure(&world, views);
    let mut screen = screen(&world, &world.alice.dir, 100, 30);
    screen.wait_for("1 edge 1  2 whole 2");
    screen.wait_for("edge-two");
    assert!(!screen.text().contains("app-one"));
    screen.send("2");
    screen.wait_for("app-one");
    screen.send("q");
    assert_eq!(screen.exit_code(), 0);

    configure(
        &world,
        "\n[[views]]\nname = \"edge\"\nfilter = \"pth:infra\"\n",
    );
    let mut screen = self::screen(&world, &world.alice.dir, 200, 30);
    screen.wait_for("config.toml:4:10");
    screen.wait_for("unknown key \"pth\" in \"pth:infra\"");
    assert_eq!(screen.exit_code(), 2);
}

#[test]
fn a_filter_offers_how_it_can_go_on_and_tab_takes_it() {
    let mut state = state(140, 40);
    press(&mut state, "/");
    let shown = |state: &mut _| text(&draw(state, "dark").0);
    assert!(shown(&mut state).contains("needs:    whom it waits for"));
    press(&mut state, "r i s Tab");
    let offered = shown(&mut state);
    assert!(
        offered.contains("filter / risk:") && offered.contains("risk:critical"),
        "{offered}"
    );
    press(&mut state, "Down Tab");
    assert!(shown(&mut state).contains("filter / risk:high "));
    assert_eq!(state.queue.words, "risk:high");
    // What is not finished is not wrong yet, and takes nothing away.
    press(&mut state, "t a r g e t :");
    let offered = shown(&mut state);
    assert!(
        offered.contains("target:main") && !offered.contains("expected"),
        "{offered}"
    );
    assert!(!state.queue.is_empty());
    press(&mut state, "Tab Enter");
    assert_eq!(state.queue.words, "risk:high target:main");
    assert!(state.dialog.is_none());
}

#[test]
fn a_wrong_term_is_named_before_enter() {
    let mut state = state(140, 40);
    let all = state.queue.len();
    press(&mut state, "/ a g e : x");
    let shown = text(&draw(&mut state, "dark").0);
    assert!(
        shown.contains("\"age:x\": expected an age such as >3d"),
        "{shown}"
    );
    assert_eq!(state.queue.len(), all, "the rest of the filter holds");
    press(&mut state, "Enter");
    assert!(state.dialog.is_some());
    press(&mut state, "Esc");
    assert_eq!(state.queue.words, "");
}

#[test]
fn the_filter_box_with_its_offers() {
    insta::assert_snapshot!(crate::screen::shown(80, 24, "/ n e e d s :"));
}

#[test]
fn snoozing_folds_a_change_away_with_when_it_comes_back() {
    let mut state = state(140, 40);
    press(&mut state, "S");
    let list = shown(&mut state);
    for choice in [
        "until a new revision comes",
        "for an hour",
        "until tomorrow morning",
    ] {
        assert!(list.contains(choice), "{list}");
    }
    let effects = press(&mut state, "2 Enter");
    let id = Home::default().change("pool-lock-free".parse().unwrap());
    let snoozed = Effect::Snooze(id, Some((1, Until::Hour)));
    assert!(effects.contains(&snoozed), "{effects:?}");
    assert_eq!(
        state.queue.current().unwrap().id.as_str(),
        "fix-lb-timeouts"
    );
    let until = Some(now() + SignedDuration::from_mins(60));
    let kept = Snooze { revision: 1, until };
    let kept = BTreeMap::from([("pool-lock-free".parse().unwrap(), kept)]);
    send(&mut state, Message::Snoozed(Home::default(), Ok(kept)));
    let folded = shown(&mut state);
    assert!(
        folded.contains("15 wait · 6 high · 1 only you · 1 snoozed"),
        "{folded}"
    );
    assert!(
        folded.contains("snoozed") && folded.contains("1 · z shows them"),
        "{folded}"
    );
    assert!(!folded.contains("CRIT pool-lock-free"), "{folded}");
    press(&mut state, "z G");
    let unfolded = shown(&mut state);
    assert!(unfolded.contains("CRIT pool-lock-free"), "{unfolded}");
    assert!(
        unfolded.contains("snoozed    for 60 min more, or until"),
        "{unfolded}"
    );
    let effects = press(&mut state, "S");
    let id = Home::default().change("pool-lock-free".parse().unwrap());
    assert!(effects.contains(&Effect::Snooze(id, None)), "{effects:?}");
    assert!(!shown(&mut state).contains("snoozed"));
}

#[test]
fn an_hour_later_it_is_back_and_the_cursor_is_where_it_was() {
    let mut state = state(140, 40);
    let until = Some(now() + SignedDuration::from_mins(60));
    let kept = Snooze { revision: 1, until };
    let kept = BTreeMap::from([("pool-lock-free".parse().unwrap(), kept)]);
    send(&mut state, Message::Snoozed(Home::default(), Ok(kept)));
    press(&mut state, "j");
    let before = state.queue.current().unwrap().id.clone();
    let clock = Clock {
        millis: 3_600_000,
        wall: now() + SignedDuration::from_mins(61),
    };
    send(&mut state, Message::Now(clock));
    let back = shown(&mut state);
    assert!(back.contains("pool-lock-free is back"), "{back}");
    assert!(back.contains("CRIT pool-lock-free"), "{back}");
    assert_eq!(state.queue.current().unwrap().id, before);
}

#[test]
fn what_is_put_off_stays_so_in_the_next_session_and_in_no_list() {
    let world = World::new();
    world.queue("app-one", "src/app.py", "def main():\n    return 1\n");
    world.queue("app-two", "src/two.py", "def two():\n    return 2\n");
    world.alice.countersign(&["sync"]).ok();
    let mut screen = screen(&world, &world.alice.dir, 100, 30);
    screen.wait_for("app-two");
    screen.send("/app-two\r");
    screen.wait_until("one row", |screen| !screen.text().contains("app-one"));
    screen.send("S");
    screen.wait_for("until tomorrow morning");
    screen.send("1\r");
    screen.wait_for("1 snoozed");
    screen.send("q");
    assert_eq!(screen.exit_code(), 0);

    let mut screen = self::screen(&world, &world.alice.dir, 100, 30);
    screen.wait_for("1 snoozed");
    screen.wait_for("app-one");
    assert!(!screen.text().contains("app-two"), "{}", screen.text());
    screen.send("q");
    assert_eq!(screen.exit_code(), 0);
    let listed = world.alice.countersign(&["--list"]).ok();
    assert!(
        listed.contains("app-two") && !listed.contains("snoozed"),
        "{listed}"
    );

    // A new revision wakes it.
    world
        .agent
        .commit_by_ai("src/two.py", "def two():\n    return 3\n", "Three");
    world.agent.push_queue("app-two", 2);
    world.alice.countersign(&["sync"]).ok();
    let mut screen = self::screen(&world, &world.alice.dir, 100, 30);
    screen.wait_for("app-two");
    assert!(!screen.text().contains("snoozed"), "{}", screen.text());
}

#[test]
fn a_stacked_change_stands_under_the_other_and_says_that_it_is_not_approved() {
    let mut state = state(140, 40);
    arrives(&mut state, |entries| {
        find(entries, "retry-budget").stacked_on = Some(QueueRef {
            id: "log-wording".parse().unwrap(),
            number: 1,
        });
    });
    let list = shown(&mut state);
    let rows: Vec<&str> = list.lines().collect();
    let foot = rows
        .iter()
        .position(|row| row.contains("low  log-wording"))
        .unwrap();
    assert!(rows[foot + 1].contains("MED  └ retry-budget"), "{list}");
    while state.queue.current().unwrap().id.as_str() != "retry-budget" {
        press(&mut state, "j");
    }
    let beside = shown(&mut state);
    assert!(
        beside.contains("stands on  log-wording@1, which is not"),
        "{beside}"
    );
}

#[test]
fn who_is_on_it_who_decided_and_whether_i_am_the_only_one_is_said() {
    let mut state = state(140, 50);
    let mut said = |id: &str| {
        press(&mut state, "5 g");
        while state.queue.current().unwrap().id.as_str() != id {
            press(&mut state, "j");
        }
        shown(&mut state)
    };
    assert!(said("export-csv").contains("taken by   bob, for 60 min more"));
    assert!(said("feature-flags").contains("taken by   you, for"));
    assert!(said("cache-jitter").contains("so far     approved by"));
    let mine = entries().into_iter().find(|entry| entry.only_me).unwrap();
    assert!(said(mine.id.as_str()).contains("needs only you"));
}

#[test]
fn what_somebody_else_decides_while_i_read_is_said_and_nothing_moves() {
    for (keys, dialog) in [("Enter", false), ("Enter a", true)] {
        let mut state = state(140, 40);
        press(&mut state, keys);
        assert_eq!(state.dialog.is_some(), dialog);
        let given = Given {
            reviewer: "bob@corp.example".to_owned(),
            revision: 1,
            digest: countersign::change::Sha256::from_bytes([3; 32]),
        };
        arrives(&mut state, |entries| {
            let entry = find(entries, "pool-lock-free");
            entry.state = Standing::Rejected;
            entry.rejections.push(given);
        });
        let said = shown(&mut state);
        assert!(
            said.contains("bob@corp.example rejected pool-lock-free@1 just now"),
            "{said}"
        );
        assert_eq!(
            state.open().unwrap().change.name.id.as_str(),
            "pool-lock-free"
        );
        assert_eq!(state.dialog.is_some(), dialog, "a sheet stays");
    }
    let mut state = state(140, 40);
    press(&mut state, "Enter");
    arrives(&mut state, |entries| {
        find(entries, "pool-lock-free").state = Standing::Landed
    });
    assert!(shown(&mut state).contains("pool-lock-free@1 landed just now"));
    assert_eq!(
        state.open().unwrap().change.name.id.as_str(),
        "pool-lock-free"
    );
}

#[test]
fn landed_and_closed_changes_are_shown_where_they_are_asked_for() {
    let mut state = state(140, 40);
    press(&mut state, "5");
    arrives(&mut state, |entries| {
        find(entries, "log-wording").state = Standing::Landed;
        find(entries, "bump-tokio").state = Standing::Closed;
    });
    assert!(!shown(&mut state).contains("log-wording"));
    for (state_word, id, says) in [
        ("landed", "log-wording", "it has landed"),
        ("closed", "bump-tokio", "its submitter took it back"),
    ] {
        state
            .queue
            .filter(&format!("state:{state_word}"), now())
            .unwrap();
        press(&mut state, "5 g");
        let list = shown(&mut state);
        assert!(list.contains(id) && list.contains(says), "{list}");
    }
}
