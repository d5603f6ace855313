//! Moving: in the queue, in the diff, from change to change.

use countersign::app::{Focus, Message};

use super::{notice, proves, proves_at};
use crate::screen::play::send;

#[test]
fn down_goes_to_the_next_change_and_in_the_diff_to_the_next_row() {
    let mut screen = proves("main.down");
    assert_eq!(screen.change(), "pool-lock-free");
    screen.act();
    assert_eq!(screen.change(), "fix-lb-timeouts");
    screen.keys("Enter");
    let before = screen.row();
    screen.keys("Down");
    assert_eq!(screen.row(), before + 1);
}

#[test]
fn up_goes_back_and_stops_at_the_first() {
    let mut screen = proves("main.up");
    screen.keys("j j");
    screen.act();
    assert_eq!(screen.change(), "fix-lb-timeouts");
    screen.keys("k k k");
    assert_eq!(screen.change(), "pool-lock-free");
    screen.keys("Enter j j");
    let before = screen.row();
    screen.keys("Up");
    assert_eq!(screen.row(), before - 1);
}

#[test]
fn the_top_is_the_first_change_and_the_first_row() {
    let mut screen = proves("main.top");
    screen.keys("j j j");
    screen.act();
    assert_eq!(screen.change(), "pool-lock-free");
    screen.keys("Enter j j j g");
    assert_eq!(screen.row(), 0);
}

#[test]
fn the_end_is_the_last_change_and_the_last_row() {
    let mut screen = proves("main.bottom");
    screen.act();
    let last = screen.state.queue.len() - 1;
    assert_eq!(screen.state.queue.cursor(), last);
    screen.keys("g j Enter G");
    assert_eq!(screen.row(), screen.state.open().unwrap().rows.len() - 1);
}

#[test]
fn half_a_page_down_moves_cursor_and_view() {
    let mut screen = proves_at("main.half_down", 140, 16);
    screen.keys("j Enter g");
    let height = screen.state.open().unwrap().window.height;
    screen.act();
    assert_eq!(screen.row(), height / 2);
}

#[test]
fn half_a_page_up_undoes_half_a_page_down() {
    let mut screen = proves_at("main.half_up", 140, 16);
    screen.keys("j Enter g ^d ^d");
    let height = screen.state.open().unwrap().window.height;
    let before = screen.row();
    screen.act();
    assert_eq!(screen.row(), before - height / 2);
}

#[test]
fn a_page_down_leaves_one_row_of_the_page_before() {
    let mut screen = proves_at("main.page_down", 140, 16);
    screen.keys("j Enter g");
    let height = screen.state.open().unwrap().window.height;
    screen.act();
    assert_eq!(screen.row(), height - 1);
}

#[test]
fn a_page_up_undoes_a_page_down() {
    let mut screen = proves_at("main.page_up", 140, 16);
    screen.keys("j Enter g PgDn");
    screen.act();
    assert_eq!(screen.row(), 0);
}

#[test]
fn space_reads_from_the_queue_into_the_diff_and_to_its_end() {
    let mut screen = proves_at("main.read_on", 140, 16);
    screen.keys("j");
    screen.act();
    assert_eq!(screen.state.focus, Focus::Diff);
    let pages = std::iter::repeat_with(|| screen.act()).take(12);
    assert!(pages.flatten().all(|effect| {
        // Space only ever reads: what it asks for is to keep the marks of what was shown.
        matches!(effect, countersign::app::Effect::KeepSeen(..))
    }));
    assert!(notice(&screen).contains("read to the end: 4 of 4 hunks"));
}

#[test]
fn backspace_reads_back() {
    let mut screen = proves_at("main.read_back", 140, 16);
    screen.keys("j Enter PgDn PgDn");
    let before = screen.row();
    screen.act();
    assert!(screen.row() < before);
}

#[test]
fn the_next_hunk_is_the_one_below() {
    let mut screen = proves("main.next_hunk");
    screen.keys("j Enter");
    screen.act();
    let open = screen.state.open().unwrap();
    assert_eq!(Some(open.cursor), open.rows.of_hunk(1, 0));
    screen.keys(".");
    let open = screen.state.open().unwrap();
    assert_eq!(Some(open.cursor), open.rows.of_hunk(1, 1));
}

#[test]
fn the_previous_hunk_is_the_one_above() {
    let mut screen = proves("main.previous_hunk");
    screen.keys("j Enter . .");
    screen.act();
    let open = screen.state.open().unwrap();
    assert_eq!(Some(open.cursor), open.rows.of_hunk(1, 0));
}

#[test]
fn the_next_file_begins_at_its_header() {
    let mut screen = proves("main.next_file");
    screen.keys("j Enter");
    screen.act();
    let open = screen.state.open().unwrap();
    assert_eq!(open.cursor, open.rows.of_file(2).start);
}

#[test]
fn the_previous_file_begins_at_its_header() {
    let mut screen = proves("main.previous_file");
    screen.keys("j Enter > >");
    screen.act();
    let open = screen.state.open().unwrap();
    assert_eq!(open.cursor, open.rows.of_file(2).start);
}

#[test]
fn a_file_is_gone_to_by_a_part_of_its_name() {
    let mut screen = proves("main.go_to_file");
    screen.keys("j Enter");
    screen.act();
    assert!(screen.screen().contains("charts/edge/values.yaml"));
    screen.keys("s t o r e Enter");
    let open = screen.state.open().unwrap();
    assert_eq!(open.cursor, open.rows.of_file(3).start);
}

#[test]
fn the_next_point_is_a_finding_and_while_a_search_shows_a_match() {
    let mut screen = proves("main.next_point");
    screen.keys("j Enter");
    screen.act();
    let open = screen.state.open().unwrap();
    let first = open.note_at(open.cursor).unwrap().finding_name();
    assert_eq!(first.as_deref(), Some("k8s.selector-unmatched"));
    screen.keys("/ s h a r d Enter");
    let first = screen.row();
    screen.keys("n");
    assert_ne!(screen.row(), first);
    assert!(screen.screen().contains("let shard"));
}

#[test]
fn the_previous_point_goes_round_from_the_first_to_the_last() {
    let mut screen = proves("main.previous_point");
    screen.keys("j Enter n");
    let first = screen.row();
    screen.act();
    assert!(screen.row() > first, "round the end");
    screen.keys("n");
    assert_eq!(screen.row(), first);
}

#[test]
fn the_next_change_comes_without_leaving_the_diff() {
    let mut screen = proves("main.next_change");
    screen.keys("Enter");
    screen.act();
    assert_eq!(screen.change(), "fix-lb-timeouts");
    assert_eq!(screen.state.focus, Focus::Diff);
    assert!(screen.screen().contains("infra/lb.yaml"));
}

#[test]
fn the_previous_change_comes_and_the_first_says_that_it_is_the_first() {
    let mut screen = proves("main.previous_change");
    screen.keys("j Enter");
    screen.act();
    assert_eq!(screen.change(), "pool-lock-free");
    screen.act();
    assert!(notice(&screen).contains("first"));
}

#[test]
fn enter_opens_the_change_and_folds_a_file_on_its_header() {
    let mut screen = proves_at("main.open", 80, 24);
    screen.keys("j");
    screen.act();
    assert_eq!(screen.state.focus, Focus::Diff);
    assert!(screen.screen().contains("type: LoadBalancer"));
    screen.act();
    assert!(!screen.screen().contains("type: LoadBalancer"));
}

#[test]
fn back_pans_back_first_and_then_goes_to_the_queue() {
    let mut screen = proves_at("main.back", 40, 20);
    screen.keys("j Enter . . w l");
    assert!(screen.state.open().unwrap().pan.columns > 0);
    screen.act();
    assert_eq!(screen.state.open().unwrap().pan.columns, 0);
    screen.act();
    assert_eq!(screen.state.focus, Focus::Queue);
}

#[test]
fn forward_opens_and_pans_only_where_lines_are_cut() {
    let mut screen = proves_at("main.forward", 40, 20);
    screen.keys("j");
    screen.act();
    assert_eq!(screen.state.focus, Focus::Diff);
    screen.act();
    assert_eq!(screen.state.open().unwrap().pan.columns, 0);
    screen.keys(". . w");
    screen.act();
    assert!(screen.state.open().unwrap().pan.columns > 0);
}

#[test]
fn the_wheel_and_the_keys_agree_on_where_the_cursor_may_be() {
    let mut screen = proves("main.down");
    screen.keys("j Enter");
    for lines in [3, -3, 100, -100] {
        send(
            &mut screen.state,
            Message::Wheel(countersign::app::Pane::Diff, lines),
        );
        assert!(screen.row() < screen.state.open().unwrap().rows.len());
    }
}
