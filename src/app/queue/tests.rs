//! Which entries are shown, in which groups and order.

#![allow(clippy::unwrap_used)]
use super::*;
use crate::queue::entry_of_tests;

fn queue() -> (Queue, Timestamp) {
    let of = |id: &str, lines: usize| Entry {
        id: id.parse().unwrap(),
        added: lines,
        ..entry_of_tests()
    };
    let stuck = Entry {
        needs_me: false,
        nobody: Some("alice: is author; nobody else could".to_owned()),
        ..of("stuck", 3)
    };
    let others = Entry {
        needs_me: false,
        ..of("others", 2)
    };
    let now = entry_of_tests().created_at;
    let mut queue = Queue::default();
    queue.load(
        &Home::default(),
        vec![stuck, others, of("mine-a", 9), of("mine-b", 1)],
        now,
    );
    (queue, now)
}

fn shown(queue: &Queue) -> Vec<&str> {
    let all = (0..queue.len()).filter_map(|nth| queue.shown(nth));
    all.map(|entry| entry.id.as_str()).collect()
}

#[test]
fn what_nobody_can_approve_is_a_group_of_its_own() {
    let (mut queue, now) = queue();
    assert_eq!(shown(&queue), ["mine-a", "mine-b"]);
    let counts = queue.counts();
    assert_eq!((counts.waiting, counts.nobody, counts.others), (4, 1, 1));
    let headings = queue.list().into_iter().filter_map(|row| match row {
        ListRow::Heading(group, count) => Some((group, count)),
        ListRow::Entry(_) => None,
    });
    let all = [Group::NeedsYou, Group::Nobody, Group::Others];
    assert_eq!(
        headings.collect::<Vec<_>>(),
        [(all[0], 2), (all[1], 1), (all[2], 1)]
    );
    queue.turn_to_all(now);
    assert_eq!(shown(&queue), ["mine-a", "mine-b", "stuck", "others"]);
}

#[test]
fn an_order_holds_within_the_groups_and_goes_with_its_filter() {
    let (mut queue, now) = queue();
    queue.turn_to_all(now);
    queue.filter("order:size", now).unwrap();
    assert_eq!(shown(&queue), ["mine-b", "mine-a", "stuck", "others"]);
    queue.filter("order:-change", now).unwrap();
    assert_eq!(shown(&queue), ["mine-b", "mine-a", "stuck", "others"]);
    assert!(queue.filter("order:beauty", now).is_err());
    queue.filter("", now).unwrap();
    assert_eq!(shown(&queue), ["mine-a", "mine-b", "stuck", "others"]);
}

fn of(id: &str) -> Entry {
    Entry {
        id: id.parse().unwrap(),
        stacked_on: None,
        ..entry_of_tests()
    }
}

/// A queue of these changes, all asked of me, in this order, with the cursor on one of them.
fn with_cursor(ids: &[&str], on: &str) -> (Queue, Timestamp) {
    let now = entry_of_tests().created_at;
    let mut queue = Queue::default();
    queue.load(&Home::default(), ids.iter().map(|id| of(id)).collect(), now);
    queue.page = 10;
    assert!(queue.select(&Home::default().change(on.parse().unwrap())));
    (queue, now)
}

fn cursor(queue: &Queue) -> &str {
    queue.current().unwrap().id.as_str()
}

/// The line of the screen on which the cursor is.
fn line(queue: &Queue) -> usize {
    queue.row_of_cursor() - queue.top
}

#[test]
fn what_arrives_never_moves_the_row_under_the_cursor() {
    let (mut queue, now) = with_cursor(&["dd", "ee", "ff"], "ee");
    let before = line(&queue);
    // Above it, below it, and both, while the list is scrolled.
    for ids in [
        &["aa", "bb", "dd", "ee", "ff"][..],
        &["dd", "ee", "ff", "gg", "hh"],
        &["bb", "ee", "gg"],
        &["aa", "bb", "cc", "dd", "ee"],
    ] {
        queue.load(&Home::default(), ids.iter().map(|id| of(id)).collect(), now);
        assert_eq!(cursor(&queue), "ee", "{ids:?}");
        let row = queue.row_of_cursor();
        assert_eq!(line(&queue), before.min(row), "{ids:?}");
    }
}

#[test]
fn where_the_row_under_the_cursor_goes_the_one_after_it_takes_its_place() {
    let (mut queue, now) = with_cursor(&["bb", "cc", "dd", "ee"], "cc");
    queue.load(
        &Home::default(),
        ["aa", "bb", "dd", "ee"].map(of).to_vec(),
        now,
    );
    assert_eq!(cursor(&queue), "dd");
    queue.load(&Home::default(), ["aa", "bb"].map(of).to_vec(), now);
    assert_eq!(
        cursor(&queue),
        "bb",
        "nothing came after it: the one before"
    );
    queue.load(&Home::default(), Vec::new(), now);
    assert!(queue.current().is_none());
}

#[test]
fn what_is_put_off_is_counted_and_comes_back_by_itself() {
    let (mut queue, now) = with_cursor(&["aa", "bb", "cc"], "aa");
    let until = now + jiff::SignedDuration::from_mins(60);
    let snooze = |until| crate::queue::Snooze { revision: 2, until };
    let off = [("aa", Some(until)), ("bb", None), ("gone", None)];
    let off = off.map(|(id, until)| (id.parse().unwrap(), snooze(until)));
    queue.take_snoozed(&Home::default(), off.into_iter().collect(), now);
    assert_eq!((shown(&queue), cursor(&queue)), (vec!["cc"], "cc"));
    assert_eq!((queue.snoozed().total(), queue.counts().views[0]), (2, 1));
    assert_eq!(queue.counts().waiting, 3, "they wait all the same");
    let heading = ListRow::Heading(Group::Snoozed, 2);
    assert_eq!(queue.list().last(), Some(&heading));
    assert!(queue.fold_snoozed(now));
    assert_eq!(shown(&queue), ["cc", "aa", "bb"]);
    assert!(queue.list().contains(&heading));
    assert!(queue.fold_snoozed(now));
    queue.filter("bb", now).unwrap();
    assert_eq!(
        (queue.len(), queue.list().len()),
        (0, 1),
        "folded, not hidden"
    );
    queue.filter("", now).unwrap();
    assert!(
        queue
            .wake(until - jiff::SignedDuration::from_secs(1))
            .is_empty()
    );
    assert_eq!(
        queue.wake(until),
        [Home::default().change("aa".parse().unwrap())]
    );
    assert_eq!((shown(&queue), cursor(&queue)), (vec!["aa", "cc"], "cc"));
    let newer = Entry {
        revision: 3,
        ..of("bb")
    };
    queue.load(&Home::default(), vec![of("aa"), newer, of("cc")], until);
    assert_eq!(queue.snoozed().total(), 0);
}

#[test]
fn a_change_stands_under_what_it_stands_on_within_its_group() {
    let on = |id: &str, on: &str| Entry {
        stacked_on: Some(crate::change::QueueRef {
            id: on.parse().unwrap(),
            number: 2,
        }),
        ..of(id)
    };
    let now = entry_of_tests().created_at;
    let mut queue = Queue::default();
    let elsewhere = Entry {
        needs_me: false,
        ..on("dd", "bb")
    };
    queue.load(
        &Home::default(),
        vec![on("aa", "cc"), of("bb"), of("cc"), elsewhere],
        now,
    );
    queue.turn_to_all(now);
    assert_eq!(shown(&queue), ["cc", "aa", "bb", "dd"]);
    let depths: Vec<usize> = (0..4).map(|nth| queue.depth(nth)).collect();
    assert_eq!(depths, [0, 1, 0, 0]);
    queue.filter("order:change", now).unwrap();
    assert_eq!(
        shown(&queue),
        ["aa", "bb", "cc", "dd"],
        "another order is that order"
    );
}
