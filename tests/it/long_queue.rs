//! A queue too long to be assessed before it is shown.

use std::fmt::Write as _;

use countersign::queue::State;
use countersign::runtime::{Backend as _, Repository};

use crate::common::{World, hermetic, run};

/// A repository whose queue has so many changes, each of one new file.
fn long_queue(world: &World, changes: usize) {
    let mut stream = String::new();
    for n in 0..changes {
        let _ = write!(
            stream,
            "commit refs/countersign/queue/change-{n}/1\ncommitter Dev <dev@x> {} +0000\ndata 1\nx\n\
             from refs/heads/main^0\nM 100644 inline src/new-{n}.py\ndata 5\npass\n\n",
            1_767_700_000 + n,
        );
    }
    let mut import = world.sandbox.command("git", &world.alice.dir);
    run(import.args(["fast-import", "--quiet"]), stream.as_bytes()).ok();
}

/// Rows with an assessment, rows, and how many the screen says are still to be assessed.
fn assessed(screen: &Repository) -> (usize, usize, usize) {
    let loaded = screen.load().unwrap();
    let mut rows = loaded.entries.iter();
    assert!(rows.all(|row| row.state == State::Pending));
    let with = loaded.entries.iter().filter(|entry| entry.risk.is_some());
    (
        with.count(),
        loaded.entries.len(),
        loaded.session.unassessed,
    )
}

#[test]
fn a_long_queue_is_shown_before_all_of_it_is_assessed() {
    hermetic(|_| {
        let world = World::new();
        long_queue(&world, 75);
        let cache = world.sandbox.path("screen-cache");
        let screen = Repository::new(world.alice.dir.clone(), None, Some(cache));
        // The history first, which takes no assessment away.
        assert_eq!(assessed(&screen), (32, 75, 43));
        assert_eq!(screen.go_on(), Ok(true));
        // What was done behind the screen, and again a screen of what was not.
        assert_eq!(assessed(&screen), (75, 75, 0));
        assert_eq!(screen.go_on(), Ok(false));
    });
}

#[test]
fn where_no_assessment_can_be_kept_the_next_look_makes_them_all() {
    hermetic(|_| {
        let world = World::new();
        long_queue(&world, 40);
        let cache = world.sandbox.path("screen-cache");
        std::fs::write(&cache, "a file where the folder would be").unwrap();
        let screen = Repository::new(world.alice.dir.clone(), None, Some(cache));
        assert_eq!(assessed(&screen), (32, 40, 8));
        assert_eq!(screen.go_on(), Ok(true));
        assert_eq!(assessed(&screen), (40, 40, 0));
        assert_eq!(screen.go_on(), Ok(false));
    });
}
