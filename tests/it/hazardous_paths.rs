//! Paths that another file system takes for something else are named where the change is read.

use crate::common::World;

#[test]
fn hazardous_paths_are_named_with_the_change() {
    let world = World::new();
    world.agent.start("odd-names");
    for path in [
        "docs/Guide.md",
        "docs/guide.md",
        "src/aux.rs",
        "src/plain.rs",
    ] {
        world.agent.write(path, "text\n");
    }
    world
        .agent
        .commit("Odd names\n\nCo-authored-by: Claude <noreply@anthropic.com>");
    world.agent.push_queue("odd-names", 1);
    world.alice.run("sync").ok();
    let shown = world.alice.run("show odd-names").ok();
    for said in [
        "odd       hazardous path docs/Guide.md: another entry differs only in case",
        "odd       hazardous path docs/guide.md: another entry differs only in case",
        "odd       hazardous path src/aux.rs: a name that Windows changes or reserves",
    ] {
        assert!(shown.contains(said), "{said}\n{shown}");
    }
    assert!(!shown.contains("hazardous path src/plain.rs"), "{shown}");
    let document = world.alice.run("show odd-names --json").json();
    let hazards = document["hazards"].as_array().unwrap();
    assert_eq!(hazards.len(), 3, "{document}");
    assert_eq!(hazards[2]["path"], "src/aux.rs");
}
