//! Marks of what was seen are kept by what a hunk says: over revisions, a rebase and a restart.

use std::path::Path;

use countersign::change::QueueRef;
use countersign::runtime::{Backend as _, Part, Repository};

use crate::common::{World, hermetic};

/// Opens a revision; which hunks of which files were seen before.
fn seen(dir: &Path, name: &str) -> (Repository, Vec<(usize, usize)>) {
    let repository = Repository::new(dir.to_owned(), None, None);
    let mut seen = None;
    repository
        .open(&named(name), &mut |part| {
            if let Part::First(change) = part {
                seen = Some(change.seen);
            }
            true
        })
        .unwrap();
    (repository, seen.unwrap())
}

fn named(name: &str) -> QueueRef {
    let (id, number) = name.split_once('@').unwrap();
    QueueRef {
        id: id.parse().unwrap(),
        number: number.parse().unwrap(),
    }
}

/// Forty lines with these at their places.
fn text(lines: &[(usize, &str)]) -> String {
    let line = |at: usize| {
        let own = lines.iter().find(|(place, _)| *place == at);
        own.map_or_else(|| format!("line {at}\n"), |(_, text)| format!("{text}\n"))
    };
    (1..=40).map(line).collect()
}

#[test]
fn a_mark_stays_while_the_hunk_says_the_same_and_no_longer() {
    hermetic(|_| {
        let world = World::new();
        let (alice, agent) = (&world.alice, &world.agent);
        alice.write("src/long.py", text(&[]));
        alice.commit_signed("A long file");
        alice.push_main();
        let first = text(&[(5, "one"), (35, "two")]);
        world.queue("try-it", "src/long.py", &first);
        alice.run("sync").ok();
        let (repository, before) = seen(&alice.dir, "try-it@1");
        assert!(before.is_empty());
        let path = || "src/long.py".into();
        repository.keep_seen(&named("try-it@1"), &[(path(), 0), (path(), 1)]);
        assert_eq!(seen(&alice.dir, "try-it@1").1, [(0, 0), (0, 1)], "kept");
        repository.forget_seen(&named("try-it@1"), &[(path(), 1)]);
        assert_eq!(seen(&alice.dir, "try-it@1").1, [(0, 0)], "taken away");
        repository.keep_seen(&named("try-it@1"), &[(path(), 1)]);

        // The second revision changes the second hunk.
        agent.commit_by_ai("src/long.py", &text(&[(5, "one"), (35, "three")]), "Again");
        agent.push_queue("try-it", 2);
        alice.run("sync").ok();
        assert_eq!(seen(&alice.dir, "try-it@2").1, [(0, 0)]);

        // The third is the second on a target that has moved on, with lines above the hunks.
        let moved = format!("new\nnew\nnew\n{}", text(&[]));
        alice.write("src/long.py", &moved);
        alice.commit_signed("Three lines above");
        alice.push_main();
        world.agent.start("rebased");
        let rebased = format!("new\nnew\nnew\n{}", text(&[(5, "one"), (35, "three")]));
        agent.commit_by_ai("src/long.py", &rebased, "Again, rebased");
        agent.push_queue("try-it", 3);
        alice.run("sync").ok();
        assert_eq!(seen(&alice.dir, "try-it@3").1, [(0, 0)]);
    });
}

#[test]
fn one_of_two_equal_hunks_says_nothing_of_the_other() {
    hermetic(|_| {
        let world = World::new();
        let alice = &world.alice;
        let same = "a\nb\nc\nd\ne\nf\ng\n";
        alice.write("src/twice.py", format!("{same}{}{same}", "-\n".repeat(20)));
        alice.commit_signed("Twice the same");
        alice.push_main();
        let changed = "a\nb\nc\nX\ne\nf\ng\n";
        let text = format!("{changed}{}{changed}", "-\n".repeat(20));
        world.queue("twice", "src/twice.py", &text);
        alice.run("sync").ok();
        let (repository, _) = seen(&alice.dir, "twice@1");
        repository.keep_seen(&named("twice@1"), &[("src/twice.py".into(), 0)]);
        assert_eq!(seen(&alice.dir, "twice@1").1, [(0, 0)]);
        repository.keep_seen(&named("twice@1"), &[("src/twice.py".into(), 1)]);
        assert_eq!(seen(&alice.dir, "twice@1").1, [(0, 0), (0, 1)]);
    });
}
