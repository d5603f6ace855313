//! The queues of several repositories as one list.

use crate::common::World;

/// Writes the reviewer's configuration.
fn configure(world: &World, text: &str) {
    let dir = world.sandbox.path("xdg/config/countersign");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("config.toml"), text).unwrap();
}

/// Alice's clone with two changes, and one where Bob works with a change of the same name; the
/// configuration names both, and one that is gone.
fn worlds() -> (World, World) {
    let world = World::new();
    world.queue("same-id", "src/app.py", "def main():\n    return 6\n");
    world.queue("edge-one", "infra/lb.yaml", "kind: Service\n");
    world.alice.countersign(&["sync"]).ok();
    let other = World::new();
    other.queue("same-id", "docs/six.md", "Six\n");
    other.bob.countersign(&["sync"]).ok();
    let gone = world.sandbox.path("gone");
    let paths = [&other.bob.dir, &gone, &world.alice.dir];
    let paths = paths.map(|path| format!("{:?}", path.to_str().unwrap()));
    configure(&world, &format!("repositories = [{}]\n", paths.join(", ")));
    (world, other)
}

#[test]
fn one_list_in_one_order_and_one_that_cannot_be_read_is_a_warning() {
    let (world, _other) = worlds();
    let ran = world.alice.run("--list --all-repos --json").exits(0);
    let warns = ran.stderr.contains("WARN repository") && ran.stderr.contains("gone");
    assert!(warns, "{}", ran.stderr);
    let document = ran.json();
    let rows = document["changes"].as_array().unwrap().iter();
    let row = |row: &serde_json::Value| format!("{} {}", row["id"], row["repository"]);
    let mut rows: Vec<String> = rows.map(row).map(|row| row.replace('"', "")).collect();
    assert_eq!(
        rows[0], "edge-one alice",
        "risk first, whatever the repository"
    );
    rows.sort_unstable();
    assert_eq!(rows, ["edge-one alice", "same-id alice", "same-id bob"]);
    let table = world.alice.run("--list --all-repos same-id").ok();
    assert!(
        table.lines().any(|line| line.starts_with("bob ")),
        "{table}"
    );
    let one = world
        .alice
        .countersign(&["--list", "--format=%(repository) %(id)"])
        .ok();
    assert!(one.lines().all(|line| line.starts_with("alice ")), "{one}");
}

#[test]
fn from_nowhere_the_configured_ones_are_listed_and_a_wrong_path_is_named_with_its_place() {
    let (world, other) = worlds();
    let top = world.sandbox.path("");
    let list = || world.sandbox.countersign(&top, &["--list", "--all-repos"]);
    assert_eq!(list().ok().lines().count(), 3);
    // Each is synced in its own clone.
    other.queue("late-two", "docs/late.md", "Late\n");
    let ran = world
        .sandbox
        .countersign(&top, &["--list", "--all-repos", "--sync"])
        .exits(0);
    assert!(ran.stdout.contains("late-two"), "{}", ran.stdout);
    configure(&world, "repositories = [\"src\"]\n");
    let ran = list().exits(2);
    assert!(
        ran.stderr.contains("config.toml:1:17: repositories"),
        "{}",
        ran.stderr
    );
    configure(&world, "");
    assert!(list().exits(2).stderr.contains("no repository here"));
}
