//! Overdue reviews on a timer.

use super::{Shop, program, recipe, recipes};
use crate::common::run;

#[test]
fn what_waited_for_more_than_a_day_is_told_and_nothing_else() {
    let shop = Shop::new();
    let bin = shop.world.sandbox.path("bin");
    let told = shop.world.sandbox.path("told");
    let notify = format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >>'{}'\n", told.display());
    program(&bin.join("notify-send"), &notify);
    let script = recipes().join("overdue/overdue");
    let look = |more: &[&str]| {
        let mut shell = shop.shell("sh", &shop.world.sandbox.path(""));
        run(
            shell.arg(&script).arg(&shop.world.alice.dir).args(more),
            b"",
        )
    };
    // Nothing waits; the commits of a sandbox are from January, so what waits is overdue.
    look(&[]).ok();
    assert!(!told.exists());
    shop.world.queue("old", "src/old.py", "OLD = 1\n");
    look(&[]).ok();
    let said = std::fs::read_to_string(&told).unwrap();
    assert!(said.contains("Reviews wait in alice\n"), "{said}");
    assert!(said.contains("old ") && !said.contains("deploy "), "{said}");
    // A clone that cannot be read is a failure of the service, and the others are looked at.
    std::fs::remove_file(&told).unwrap();
    look(&["/nowhere"]).exits(1);
    assert!(told.exists());
    let service = recipe("overdue/countersign-overdue.service");
    assert!(service.contains("ExecStart=%h/bin/overdue "));
}
