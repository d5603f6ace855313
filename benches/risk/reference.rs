//! The reference: the table of points from the benchmark's own columns, in floating point, written
//! apart from the program so that a mistake is not made twice.

use std::collections::BTreeMap;

use crate::data::Row;

/// Points by what they are for.
pub(crate) type Points = BTreeMap<&'static str, f64>;

/// What a term is for, in the order of the table.
pub(crate) const TERMS: [&str; 10] = [
    "start",
    "size",
    "areas",
    "undone",
    "people",
    "last author",
    "own share",
    "content",
    "message",
    "calm",
];

const CONTENT: [(&str, f64); 16] = [
    ("test.skip", 10.0),
    ("conc.global_state", 8.0),
    ("path.ci", 6.0),
    ("mem.free_changed", 5.0),
    ("flow.early_return", 5.0),
    ("mem.unsafe", 5.0),
    ("err.swallow", 5.0),
    ("time.clock", 5.0),
    ("conc.touch", 4.0),
    ("plat.conditional", 4.0),
    ("perf.cache", 4.0),
    ("test.expect_changed", 3.0),
    ("path.core", 3.0),
    ("io.fs", 3.0),
    ("io.exec", 3.0),
    ("mix.code_config", 2.0),
];
const CONTENT_CAP: f64 = 10.0;
const MESSAGE: [(&str, f64); 3] = [("msg.reland", 12.0), ("msg.enable", 8.0), ("msg.perf", 6.0)];
const CALM: [(&str, f64); 5] = [
    ("shape.comment_only", -20.0),
    ("shape.ws_only", -20.0),
    ("shape.docs_only", -14.0),
    ("path.generated", -7.0),
    ("dep.version", -4.0),
];

/// The points of a commit.
pub(crate) fn points(row: &Row) -> Points {
    let sum = |table: &[(&str, f64)]| -> f64 {
        let fired = table.iter().filter(|(id, _)| row.fired.contains(*id));
        fired.map(|(_, points)| points).sum()
    };
    let is_own = row.last_author > 0.99;
    Points::from([
        ("start", 30.0),
        ("size", (1.0 + row.code_lines.min(1000.0)).log2()),
        ("areas", 2.0 * (row.areas.clamp(1.0, 4.0) - 1.0)),
        ("undone", 70.0 * row.undone.min(0.2)),
        ("people", 3.0 * (1.0 + row.people.min(64.0)).log2()),
        ("last author", if is_own { -10.0 } else { 0.0 }),
        ("own share", -6.0 * row.own),
        ("content", sum(&CONTENT).min(CONTENT_CAP)),
        ("message", sum(&MESSAGE)),
        ("calm", sum(&CALM)),
    ])
}

/// What reading costs, in points of the queue's key.
pub(crate) fn cost(lines: u64) -> f64 {
    4.3 * (25.0 + (lines as f64).min(1000.0)).log2()
}

/// Whether a signal of the data gives points.
pub(crate) fn knows(id: &str) -> bool {
    let tables = CONTENT.iter().chain(&MESSAGE).chain(&CALM);
    tables.into_iter().any(|(known, _)| *known == id)
}
