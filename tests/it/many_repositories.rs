//! One screen over several repositories: the same change id in two of them is two changes, and what
//! is done to one is done in its clone and nowhere else.

use crate::common::{Checkout, Screen, World};

/// Alice's clone and one of Bob's in another world, each with a change of the same name; Alice's
/// configuration names both, and one that is gone.
struct Two {
    here: World,
    there: World,
    heads: [String; 2],
}

impl Two {
    fn new() -> Self {
        let (here, there) = (World::new(), World::new());
        let heads = [
            here.queue("same-id", "docs/one.md", "One\n"),
            there.queue("same-id", "docs/six.md", "Six\n"),
        ];
        here.alice.countersign(&["sync"]).ok();
        there.bob.countersign(&["sync"]).ok();
        let dir = here.sandbox.path("xdg/config/countersign");
        std::fs::create_dir_all(&dir).unwrap();
        let gone = here.sandbox.path("gone");
        let paths = [&here.alice.dir, &gone, &there.bob.dir];
        let paths = paths.map(|path| format!("{:?}", path.to_str().unwrap()));
        let text = format!(
            "undo_seconds = 600\nrepositories = [{}]\n",
            paths.join(", ")
        );
        std::fs::write(dir.join("config.toml"), text).unwrap();
        Self { here, there, heads }
    }

    /// The screen, started outside any repository.
    fn screen(&self, filter: &str) -> Screen {
        let top = self.here.sandbox.path("");
        let mut command = self.here.sandbox.countersign_command(&top);
        command.args(["tui", "--theme", "dark", "--all-repos", filter]);
        command.env("TERM", "xterm-256color");
        Screen::start(&command, 140, 45)
    }
}

/// How many files of a clone's own state in this folder hold these words.
fn kept(who: &Checkout, folder: &str, words: &str) -> usize {
    let mut folders = vec![who.dir.join(".git/countersign").join(folder)];
    let mut found = 0;
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read(&path).unwrap();
                found += usize::from(String::from_utf8_lossy(&text).contains(words));
            }
        }
    }
    found
}

/// What the notes of a clone say of a commit.
fn note(who: &Checkout, head: &str) -> Option<String> {
    let ran = who.try_git(&["notes", "--ref=countersign", "show", head]);
    (ran.code == Some(0)).then_some(ran.stdout)
}

#[test]
fn a_verdict_is_signed_taken_back_and_pushed_in_the_clone_of_its_row_alone() {
    let two = Two::new();
    let mut screen = two.screen("");
    // One that is gone says so, and keeps nobody from the others.
    screen.wait_for("gone: not a git repository");
    screen.wait_for("3 repositories");
    screen.wait_until("both rows", |screen| {
        let text = screen.text();
        let row = |name: &str| {
            text.lines()
                .any(|l| l.contains("same-id") && l.contains(name))
        };
        row("alice") && row("bob")
    });
    screen.send("/repo:bob\r");
    screen.wait_for("bob:same-id@1 →");
    screen.wait_for("docs/six.md");
    screen.send("a");
    screen.wait_for("Approve  bob:same-id@1");
    screen.wait_for("signs exactly this");
    screen.send("\r");
    screen.wait_for("bob:same-id@1 approved");
    assert_eq!(
        kept(&two.there.bob, "outbox", "payload"),
        1,
        "it waits in Bob's clone"
    );
    assert_eq!(kept(&two.here.alice, "outbox", "payload"), 0);
    screen.send("u");
    screen.wait_for("taken back: bob:same-id@1");
    assert_eq!(kept(&two.there.bob, "outbox", "payload"), 0);
    screen.send("a");
    screen.wait_for("signs exactly this");
    screen.send("\r");
    screen.wait_for("bob:same-id@1 approved");
    screen.send("P");
    screen.wait_for("on origin");
    screen.send("q");
    assert_eq!(screen.exit_code(), 0);
    assert!(note(&two.there.bob, &two.heads[1]).is_some());
    for head in &two.heads {
        assert_eq!(
            note(&two.here.alice, head),
            None,
            "nothing in the other clone"
        );
    }
    let listed = two.here.alice.run("--list --format=%(state)").ok();
    assert_eq!(listed.trim(), "pending");
}

#[test]
fn what_waits_is_pushed_from_its_clone_on_leaving() {
    let two = Two::new();
    let mut screen = two.screen("repo:alice");
    screen.wait_for("alice:same-id@1 →");
    screen.wait_for("docs/one.md");
    screen.send("a");
    screen.wait_for("signs exactly this");
    screen.send("\r");
    screen.wait_for("alice:same-id@1 approved");
    screen.send("q");
    screen.wait_for("push and leave");
    screen.send("\r");
    assert_eq!(screen.exit_code(), 0);
    assert!(note(&two.here.alice, &two.heads[0]).is_some());
    assert_eq!(note(&two.there.bob, &two.heads[1]), None);
}

#[test]
fn a_draft_is_kept_in_the_clone_of_its_change_and_shows_in_no_other() {
    let two = Two::new();
    let mut screen = two.screen("repo:alice");
    screen.wait_for("alice:same-id@1 →");
    screen.wait_for("docs/one.md");
    screen.send("r");
    screen.wait_for("reason");
    screen.send("half a reason");
    screen.wait_for("half a reason");
    screen.send("\x1b");
    screen.wait_until("the box is closed", |s| !s.text().contains("half a reason"));
    screen.send("q");
    assert_eq!(screen.exit_code(), 0);
    assert_eq!(kept(&two.here.alice, "drafts", "half a reason"), 1);
    assert_eq!(kept(&two.there.bob, "drafts", "half a reason"), 0);
    let mut screen = two.screen("repo:bob");
    screen.wait_for("bob:same-id@1 →");
    screen.wait_for("docs/six.md");
    screen.send("r");
    screen.wait_for("reason");
    screen.settle();
    assert!(
        !screen.text().contains("half a reason"),
        "{}",
        screen.text()
    );
    screen.send("\x1b");
    let mut screen = two.screen("repo:alice");
    screen.wait_for("docs/one.md");
    screen.send("r");
    screen.wait_for("half a reason");
}
