//! Kubernetes objects of the whole result: Services without a workload, routes and probes that lead
//! nowhere, weights that are all zero.

mod object;
mod ports;
mod routes;
mod selectors;
mod weights;
mod world;

use super::{Change, Report};
use crate::diff::LineKind;
use crate::risk::Side;
use crate::risk::source::{Source, SourceLine};
use world::World;

/// Runs the checks where the change touches objects of a cluster. Nothing else of the tree is read
/// before one of them has a doubt.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    let Some(world) = World::of(change) else {
        return;
    };
    selectors::run(change, &world, report);
    routes::run(change, &world, report);
    ports::run(&world, change, report);
    weights::run(&world, change, report);
}

/// The changed line of one side that is among these lines.
fn changed_at<'a, 'b>(
    source: &'a Source<'b>,
    side: Side,
    lines: &[u32],
) -> Option<&'a SourceLine<'b>> {
    source
        .changed()
        .find(|line| line.side() == side && lines.contains(&line.number))
}

/// Where a finding about something that went stands: at a removed line of it, else at the first
/// line that changed.
fn gone_at<'a, 'b>(source: &'a Source<'b>, lines: &[u32]) -> Option<&'a SourceLine<'b>> {
    let mut changed = source.changed();
    changed_at(source, Side::Old, lines)
        .or_else(|| source.changed().find(|line| line.kind == LineKind::Removed))
        .or_else(|| changed.next())
}
