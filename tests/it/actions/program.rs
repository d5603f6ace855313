//! The program itself: leaving, help, the palette, the editor, the terminal.

use countersign::app::{Dialog, Effect, Focus, PageKind};
use countersign::queue::Home;

use super::{proves, proves_at};

#[test]
fn esc_leaves_a_search_and_never_the_program() {
    let mut screen = proves("main.leave");
    screen.keys("j Enter / e d g e Enter");
    assert!(screen.state.open().unwrap().search.is_some());
    screen.act();
    assert!(screen.state.open().unwrap().search.is_none());
    for _ in 0..5 {
        assert!(screen.act().is_empty());
    }
    assert_eq!(screen.state.focus, Focus::Diff);
}

#[test]
fn q_goes_up_a_level_and_leaves_at_the_top() {
    let mut screen = proves("main.quit");
    screen.keys("Enter");
    assert!(screen.act().is_empty());
    assert_eq!(screen.state.focus, Focus::Queue);
    assert_eq!(screen.act(), vec![Effect::Quit { publish: false }]);
}

#[test]
fn capital_q_leaves_from_anywhere() {
    let mut screen = proves("main.quit_now");
    screen.keys("Enter");
    assert_eq!(screen.act(), vec![Effect::Quit { publish: false }]);
}

#[test]
fn the_editor_opens_the_file_at_the_line() {
    let mut screen = proves("main.edit_file");
    screen.keys("j Enter . j");
    let expected = Effect::EditFile(Home::default(), "infra/lb.yaml".into(), Some(12));
    assert_eq!(screen.act(), vec![expected]);
}

#[test]
fn a_shell_is_opened_on_the_revision_that_is_read() {
    let mut screen = proves("main.shell");
    screen.keys("j Enter");
    let head = screen.state.open().unwrap().change.subject.head.commit;
    let name = screen.state.reading.as_ref().unwrap().name.clone();
    assert_eq!(screen.act(), vec![Effect::Shell(name, Some(head))]);
}

#[test]
fn the_help_lists_the_keys() {
    let mut screen = proves_at("main.help", 140, 60);
    screen.act();
    assert!(matches!(
        &screen.state.dialog,
        Some(Dialog::Page(page)) if matches!(page.kind, PageKind::Help)
    ));
    assert!(screen.screen().contains("reject, with a reason"));
}

#[test]
fn the_palette_finds_a_command_by_name_and_runs_it() {
    let mut screen = proves("main.palette");
    screen.act();
    screen.keys("l i n e Space n u m b Enter");
    screen.keys("j");
    assert!(!screen.screen().contains("12   spec:"), "numbers are off");
}

#[test]
fn the_screen_is_drawn_again() {
    let mut screen = proves("always.redraw");
    assert_eq!(screen.act(), vec![Effect::Redraw]);
    screen.keys("r n o");
    assert_eq!(screen.act(), vec![Effect::Redraw], "in a box too");
}

#[test]
fn the_program_is_suspended() {
    let mut screen = proves("always.suspend");
    assert_eq!(screen.act(), vec![Effect::Suspend]);
}

#[test]
fn cancel_leaves_a_box_and_at_the_top_the_program() {
    let mut screen = proves("always.cancel");
    screen.keys("r n o");
    screen.act();
    assert!(screen.state.dialog.is_none());
    assert_eq!(screen.act(), vec![Effect::Quit { publish: false }]);
}
