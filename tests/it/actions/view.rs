//! How things look: panes, folds, sides, wrapping, numbers, blanks, themes; marks of what was seen.

use countersign::app::{Focus, Lines};
use countersign::diff::rows::{Layout, RowKind};

use super::{notice, proves, proves_at};

#[test]
fn tab_changes_the_pane() {
    let mut screen = proves("main.next_pane");
    screen.act();
    assert_eq!(screen.state.focus, Focus::Diff);
    screen.act();
    assert_eq!(screen.state.focus, Focus::Queue);
}

#[test]
fn a_fold_hides_the_lines_and_never_their_findings() {
    let mut screen = proves("main.fold");
    screen.keys("j Enter");
    screen.on_row(|kind| kind == RowKind::Hunk(0));
    screen.act();
    let shown = screen.screen();
    assert!(!shown.contains("type: LoadBalancer") && shown.contains("k8s.selector-unmatched"));
    screen.act();
    assert!(screen.screen().contains("type: LoadBalancer"));
}

#[test]
fn old_and_new_stand_side_by_side_and_one_above_the_other() {
    let mut screen = proves("main.split");
    screen.keys("j Enter");
    assert_eq!(screen.state.layout(), Layout::Unified);
    screen.act();
    let shown = screen.screen();
    let both = |line: &str| line.contains("edge-proxy") && line.contains("edge-lb");
    assert!(shown.lines().any(both), "{shown}");
    screen.act();
    assert_eq!(screen.state.layout(), Layout::Unified);
}

#[test]
fn long_lines_are_wrapped_or_cut() {
    let mut screen = proves_at("main.wrap", 60, 24);
    screen.keys("j Enter n n");
    assert_eq!(screen.state.look.lines, Lines::Wrapped);
    screen.act();
    screen.screen();
    assert_eq!(screen.state.look.lines, Lines::Cut);
    screen.act();
    assert_eq!(screen.state.look.lines, Lines::Wrapped);
}

#[test]
fn line_numbers_go_and_come_back() {
    let mut screen = proves("main.numbers");
    screen.keys("j Enter");
    assert!(screen.screen().contains("12   spec:"));
    screen.act();
    assert!(!screen.screen().contains("12   spec:"));
    screen.act();
    assert!(screen.screen().contains("12   spec:"));
}

#[test]
fn blanks_are_shown_by_signs() {
    let mut screen = proves("main.whitespace");
    screen.keys("j Enter");
    screen.act();
    assert!(screen.screen().contains("··type:·LoadBalancer"));
}

#[test]
fn the_theme_changes() {
    let mut screen = proves("main.themes");
    screen.act();
    assert!(screen.screen().contains("high-contrast-dark"));
    screen.keys("n o r d");
    let name = |screen: &super::Proof| {
        let themes = &screen.state.look.themes;
        themes.list[themes.current].name.clone()
    };
    assert_eq!(name(&screen), "nord", "shown while one looks");
    screen.keys("Enter");
    assert_eq!(name(&screen), "nord");
    assert!(notice(&screen).contains("theme = \"nord\" in config.toml"));
}

#[test]
fn details_say_all_that_is_known() {
    let mut screen = proves("main.details");
    screen.keys("j");
    screen.act();
    let shown = screen.screen();
    for part in ["likelihood", "amazonq", "dana"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn the_log_lists_every_verdict() {
    let mut screen = proves("main.log");
    screen.keys("j");
    screen.act();
    let shown = screen.screen();
    assert!(
        shown.contains("alice") && shown.contains("reject"),
        "{shown}"
    );
}

#[test]
fn only_what_is_new_is_shown_or_all() {
    let mut screen = proves("main.since_last");
    screen.keys("j");
    screen.act();
    assert!(!notice(&screen).is_empty());
    assert!(screen.state.open().unwrap().compared().is_some());
    screen.act();
    assert!(screen.state.open().unwrap().compared().is_none());
}

#[test]
fn two_ends_are_picked_and_compared() {
    let mut screen = proves("main.compare");
    screen.keys("j");
    screen.act();
    assert!(screen.screen().contains("compare: from"));
    screen.keys("Enter Enter");
    assert!(screen.screen().contains("since you rejected @1: "));
}

#[test]
fn a_file_that_is_partly_on_the_screen_is_put_aside_unseen_and_taken_back() {
    let mut screen = proves_at("main.file_seen", 140, 16);
    screen.keys("j Enter");
    let seen = |screen: &super::Proof| screen.state.visit().unwrap().seen.clone();
    assert!(!seen(&screen).is_done(1, 1));
    screen.act();
    assert!(seen(&screen).is_done(1, 1) && !seen(&screen).hunk(1, 1));
    assert!(notice(&screen).contains("not counted as seen"));
    screen.act();
    assert!(!seen(&screen).is_done(1, 1));
}

#[test]
fn a_file_is_seen_and_the_next_unseen_one_comes() {
    let mut screen = proves_at("main.file_seen_next", 140, 20);
    screen.keys("j Enter");
    let before = screen.row();
    screen.act();
    assert!(screen.row() > before);
}
