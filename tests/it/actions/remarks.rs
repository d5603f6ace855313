//! Remarks: on a line, on several, on the change.

use countersign::app::Effect;
use countersign::verdict::{Side, VerdictKind};

use super::{notice, proves};

#[test]
fn a_remark_stands_under_its_line_and_goes_with_the_verdict() {
    let mut screen = proves("main.comment");
    screen.keys("j Enter . j");
    screen.act();
    screen.keys("w h y Enter");
    let shown = screen.screen();
    let lines: Vec<&str> = shown.lines().collect();
    let at = lines.iter().position(|l| l.contains("12   spec:")).unwrap();
    assert!(lines[at + 1].contains("why"), "{shown}");
    let comment = &screen.state.visit().unwrap().comments[0];
    assert_eq!((comment.line, comment.side), (Some(12), Some(Side::New)));
}

#[test]
fn selected_lines_take_one_remark() {
    let mut screen = proves("main.select");
    screen.keys("j Enter . j");
    screen.act();
    screen.keys("j j c a l l Enter");
    let comment = &screen.state.visit().unwrap().comments[0];
    assert_eq!((comment.line, comment.end_line), (Some(12), Some(14)));
}

#[test]
fn a_remark_on_the_change_names_no_place() {
    let mut screen = proves("main.comment_change");
    screen.keys("j Enter");
    screen.act();
    screen.keys("s p l i t Enter");
    let comment = &screen.state.visit().unwrap().comments[0];
    assert_eq!((comment.path.clone(), comment.line), (None, None));
    assert!(screen.keys("g").is_empty());
    assert!(screen.screen().contains("split"));
}

#[test]
fn remarks_are_published_without_a_verdict() {
    let mut screen = proves("main.publish_remarks");
    screen.keys("j Enter");
    screen.act();
    assert!(notice(&screen).contains("no remark to publish"));
    screen.keys("c h m Enter");
    screen.act();
    let shown = screen.screen();
    assert!(shown.contains("Remark on  fix-lb-timeouts@2"), "{shown}");
    assert!(shown.contains("signs exactly this") || shown.contains("in a moment"));
    screen.wait(400);
    let effects = screen.keys("Enter");
    let [Effect::Decide(draft)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(draft.kind, VerdictKind::Comment);
    assert_eq!((draft.comments.len(), draft.checklist), (1, None));
}
