//! The queue: filter, tabs, later, claim, refresh, copying.

use countersign::app::queue::View;
use countersign::app::{Effect, Focus};
use countersign::queue::{Home, Until};

use super::{notice, proves};

#[test]
fn the_filter_narrows_while_it_is_typed_and_esc_takes_it_back() {
    let mut screen = proves("main.search");
    let all = screen.state.queue.len();
    screen.act();
    screen.keys("r i s k : l o w");
    assert!(screen.state.queue.len() < all);
    screen.keys("Esc");
    assert_eq!(screen.state.queue.len(), all);
    screen.keys("/ t o k i o Enter");
    assert_eq!(screen.change(), "bump-tokio");
}

#[test]
fn later_puts_a_change_at_the_end_of_its_group_and_brings_it_back() {
    let mut screen = proves("main.later");
    screen.act();
    assert_eq!(screen.change(), "fix-lb-timeouts");
    assert!(notice(&screen).contains("pool-lock-free: at the end"));
    let last_of_mine = screen.state.queue.shown(13).unwrap();
    assert_eq!(last_of_mine.id.as_str(), "pool-lock-free");
}

#[test]
fn snooze_puts_a_change_off_and_brings_it_back() {
    let mut screen = proves("main.snooze");
    screen.act();
    let effects = screen.keys("Enter");
    let id = || Home::default().change("pool-lock-free".parse().unwrap());
    let off = Effect::Snooze(id(), Some((1, Until::Revision)));
    assert!(effects.contains(&off), "{effects:?}");
    assert_eq!(screen.change(), "fix-lb-timeouts");
    screen.keys("z G");
    assert_eq!(screen.change(), "pool-lock-free");
    let effects = screen.act();
    assert!(effects.contains(&Effect::Snooze(id(), None)), "{effects:?}");
}

#[test]
fn a_claim_is_taken_and_given_back() {
    let mut screen = proves("main.claim");
    let effects = screen.act();
    let claim = Effect::Claim(
        Home::default().change("pool-lock-free".parse().unwrap()),
        true,
    );
    assert!(effects.contains(&claim), "{effects:?}");
    while screen.change() != "feature-flags" {
        screen.keys("j");
    }
    let effects = screen.act();
    let back = Effect::Claim(
        Home::default().change("feature-flags".parse().unwrap()),
        false,
    );
    assert!(effects.contains(&back), "{effects:?}");
}

#[test]
fn refresh_fetches_and_pushes_once_at_a_time() {
    let mut screen = proves("main.refresh");
    assert_eq!(screen.act(), vec![Effect::Sync(Home::default())]);
    assert!(screen.screen().contains("fetching"));
    assert_eq!(screen.act(), vec![], "one is running");
}

#[test]
fn the_five_built_in_tabs_show_their_part_of_the_queue() {
    for (name, shown) in [
        ("main.view_1", 14),
        ("main.view_2", 5),
        ("main.view_3", 6),
        ("main.view_4", 0),
        ("main.view_5", 16),
    ] {
        let mut screen = proves(name);
        screen.keys("Enter");
        screen.act();
        assert_eq!(screen.state.focus, Focus::Queue);
        assert_eq!(screen.state.queue.len(), shown, "{name}");
    }
}

#[test]
fn four_more_keys_are_there_for_views_of_ones_own() {
    let names = ["main.view_6", "main.view_7", "main.view_8", "main.view_9"];
    for (nth, name) in names.into_iter().enumerate() {
        let mut screen = proves(name);
        screen.act();
        assert!(notice(&screen).contains("no view"));
        assert_eq!(screen.state.queue.view, 0);
        let views = (1..=9).map(|nth| View::new(&format!("own {nth}"), "").unwrap());
        let now = screen.state.clock.wall;
        screen.state.queue.set_views(views.collect(), now);
        screen.act();
        assert_eq!(screen.state.queue.view, nth + 5);
    }
}

#[test]
fn the_id_is_copied() {
    let mut screen = proves("main.copy_id");
    let effects = screen.act();
    assert_eq!(effects, vec![Effect::Copy("pool-lock-free@1".to_owned())]);
}

#[test]
fn the_text_of_the_line_is_copied() {
    let mut screen = proves("main.copy_text");
    screen.keys("j Enter . j");
    let effects = screen.act();
    assert_eq!(effects, vec![Effect::Copy("spec:".to_owned())]);
}
