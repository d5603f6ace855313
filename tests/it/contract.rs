//! The interface page held from outside: fields, codes, streams and words that other programs rely
//! on, by real git and the real program.

mod exchange;
mod remarks;
mod words;

use crate::common::World;

/// A world with one waiting change, seen by Alice.
fn one_change() -> (World, String) {
    let world = World::new();
    let head = world.queue("try-it", "src/app.py", "def main():\n    return 1\n");
    world.alice.run("sync").ok();
    (world, head)
}
