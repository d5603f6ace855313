//! The test world itself: what the other tests stand on has to be what it says.

use crate::common::{Sandbox, Screen, World};

#[test]
fn a_world_has_a_signed_root_with_a_policy_and_clones_that_see_it() {
    let world = World::new();
    assert_eq!(world.bob.oid("origin/main"), world.root);
    assert_eq!(
        world.remote_ref("refs/heads/main"),
        Some(world.root.clone())
    );
    let files = world.agent.git(&["ls-files", ".countersign"]);
    assert_eq!(files.lines().count(), 3, "{files}");
    let commit = world.bob.git(&["cat-file", "commit", &world.root]);
    assert!(
        commit.contains("gpgsig -----BEGIN SSH SIGNATURE-----"),
        "{commit}"
    );
    assert!(world.carol.fingerprint.starts_with("SHA256:"));
}

#[test]
fn a_queued_change_is_on_the_remote_and_can_land_by_merge_or_squash() {
    let world = World::new();
    let head = world.queue("fix-lb", "infra/lb.yaml", "kind: Service\n");
    assert_eq!(
        world.remote_ref("refs/countersign/queue/fix-lb/1"),
        Some(head)
    );
    let queued = world.bob.fetch_queue("fix-lb", 1);
    let squashed = world.bob.land_squash(&queued, "Fix (#1)");
    assert_eq!(world.remote_ref("refs/heads/main"), Some(squashed));

    let second = world.queue("more", "src/app.py", "def main():\n    return 1\n");
    assert_eq!(world.bob.fetch_queue("more", 1), second);
    let merged = world.bob.land_merge(&second);
    let parents = world.bob.git(&["rev-list", "--parents", "-1", &merged]);
    assert_eq!(parents.split(' ').count(), 3, "{parents}");
}

#[test]
fn nothing_of_the_machine_reaches_a_program_in_the_sandbox() {
    let world = World::new();
    let shown = world.alice.git(&["config", "--list", "--show-origin"]);
    for line in shown.lines() {
        let known = line.starts_with("file:.git/config") || line.contains("/home/.gitconfig");
        assert!(known, "{line}");
    }
    let mut command = world.sandbox.command("env", &world.alice.dir);
    let output = command.output().unwrap();
    let names = String::from_utf8(output.stdout).unwrap();
    assert!(!names.contains("SSH_AUTH_SOCK="), "{names}");
}

#[test]
fn a_program_on_a_screen_is_read_typed_to_and_waited_for() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command("sh", &sandbox.path("home"));
    command.args([
        "-c",
        "stty -echo; printf 'ready\\n'; read word; printf 'got %s' \"$word\"; stty size; exit 3",
    ]);
    let mut screen = Screen::start(&command, 60, 10);
    screen.wait_for("ready");
    screen.resize(50, 12);
    screen.send("go\n");
    screen.wait_for("got go12 50");
    assert_eq!(screen.exit_code(), 3);
    assert!(screen.bytes().starts_with(b"ready"));
}
