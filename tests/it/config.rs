//! `countersign config`: of flag, environment, git, the user's file and the default the first wins, and
//! the file is edited where it lies.

use crate::common::{Ran, World, run};

/// `config` with these words, in this environment.
fn config(world: &World, words: &str, environment: &[(&str, &str)]) -> Ran {
    let mut command = world.sandbox.countersign_command(&world.alice.dir);
    command.arg("config").args(words.split(' '));
    command.envs(environment.iter().copied());
    run(&mut command, b"")
}

fn write(world: &World, text: &str) {
    let folder = world.sandbox.path("xdg/config/countersign");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), text).unwrap();
}

#[test]
fn the_origin_of_each_value_is_the_first_that_says_something() {
    let world = World::new();
    let origin = |words: &str, environment: &[(&str, &str)]| {
        config(&world, &format!("show --origin {words}"), environment).ok()
    };
    assert_eq!(origin("theme", &[]), "default\ttheme = auto\n");
    write(&world, "theme = \"nord\"\nundo_seconds = 3\n");
    assert_eq!(origin("theme", &[]), "user\ttheme = nord\n");
    let theme = [("COUNTERSIGN_THEME", "light")];
    assert_eq!(
        origin("theme", &theme),
        "environment COUNTERSIGN_THEME\ttheme = light\n"
    );
    assert_eq!(origin("undo_seconds", &[]), "user\tundo_seconds = 3\n");
    assert_eq!(
        origin("fetch_seconds", &[]),
        "default\tfetch_seconds = 60\n"
    );
    assert_eq!(origin("remote", &[]), "default\tremote = origin\n");
    world.alice.git(&["config", "countersign.remote", "here"]);
    world.alice.git(&["config", "color.ui", "always"]);
    assert_eq!(
        origin("remote", &[]),
        "git countersign.remote\tremote = here\n"
    );
    let remote = [("COUNTERSIGN_REMOTE", "there")];
    assert_eq!(
        origin("remote", &remote),
        "environment COUNTERSIGN_REMOTE\tremote = there\n"
    );
    assert_eq!(
        origin("remote --remote up", &remote),
        "flag --remote\tremote = up\n"
    );
    assert_eq!(origin("color", &[]), "git color.ui\tcolor = always\n");
    assert_eq!(
        origin("color", &[("NO_COLOR", "1")]),
        "environment NO_COLOR\tcolor = never\n"
    );
    assert_eq!(
        origin("color --color=never", &[]),
        "flag --color\tcolor = never\n"
    );
    assert!(origin("signing_key", &[]).starts_with("git user.signingKey\tsigning_key = /"));
}

#[test]
fn settings_are_shown_as_lines_or_one_document_and_a_mistake_is_told() {
    let world = World::new();
    write(&world, "undo_seconds = 3\n");
    let all = config(&world, "show", &[]).ok();
    assert!(
        all.contains("undo_seconds = 3\n") && !all.contains('\t'),
        "{all}"
    );
    let document = config(&world, "show undo_seconds --json", &[]).json();
    assert_eq!(document["settings"][0]["origin"], "user");
    assert_eq!(document["settings"][0]["value"], "3");
    let ran = config(&world, "show undo_second", &[]).exits(2);
    assert!(
        ran.stderr.contains("did you mean \"undo_seconds\"?"),
        "{}",
        ran.stderr
    );
    write(&world, "mouse = 3\n");
    let ran = config(&world, "show", &[]).exits(2);
    assert!(ran.stderr.contains("config.toml:1:9"), "{}", ran.stderr);
}

#[test]
fn the_file_is_edited_by_gits_editor_and_checked_afterwards() {
    let world = World::new();
    let path = config(&world, "path", &[]).ok();
    let file = world.sandbox.path("xdg/config/countersign/config.toml");
    assert_eq!(path, format!("{}\n", file.display()));
    assert!(!file.exists());
    let edit = |editor: &str| config(&world, "edit", &[("GIT_EDITOR", editor)]);
    edit("true").exits(0);
    assert!(
        std::fs::read_to_string(&file)
            .unwrap()
            .starts_with("# Settings of countersign")
    );
    edit("sh -c 'echo mouse = false >> \"$1\"' x").exits(0);
    assert_eq!(config(&world, "show mouse", &[]).ok(), "mouse = false\n");
    let ran = edit("sh -c 'echo mouse = 3 > \"$1\"' x").exits(2);
    assert!(ran.stderr.contains("config.toml:1:9"), "{}", ran.stderr);
    edit("false").exits(4);
}
