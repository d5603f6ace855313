//! The queue on the screen: its views, what is typed over them, and what stays where it is.

use std::path::Path;

use countersign::app::Target;
use countersign::app::queue::View;

use crate::common::{Screen, World};
use crate::screen::play::state;
use crate::screen::{draw, press, text};

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
