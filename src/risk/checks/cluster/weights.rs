//! Weights of routes of a cluster that are all zero.

use super::object::Object;
use super::world::{File, Side, World};
use super::{Change, Report, changed_at};
use crate::risk::checks::yaml::Node;

/// Reports groups of targets, among which traffic is shared, that are all without a share, or that
/// have become empty.
pub(super) fn run(world: &World<'_>, change: &Change<'_>, report: &mut Report<'_>) {
    for file in &world.new {
        for object in file.objects() {
            for group in groups(object) {
                check(change, (file, object, group), report);
            }
        }
    }
}

fn check(
    change: &Change<'_>,
    (file, object, group): (&File, &Object, &Node),
    report: &mut Report<'_>,
) {
    let (Some(rule), Some(index)) = (report.book.rule("cfg.lb-weights"), file.source) else {
        return;
    };
    let items = group.items();
    let weight = |item: &Node| item.text_at(&["weight"]).map(str::to_owned);
    if items.is_empty()
        || !items
            .iter()
            .all(|item| weight(item).as_deref() == Some("0"))
    {
        return;
    }
    let source = &change.sources[index];
    let mut lines = Vec::new();
    group.lines(&mut lines);
    let first = lines.iter().min().copied().unwrap_or(0);
    let last = lines.iter().max().copied().unwrap_or(0);
    // A target that went leaves a removed line between those that stay.
    let went = || source.changed().find(|line| line.side() == Side::Old);
    let is_inside = |line: &u32| (first..=last).contains(line);
    let line = changed_at(source, Side::New, &lines)
        .or_else(|| source.changed().find(|line| is_inside(&line.number)))
        .or_else(went);
    if let Some(line) = line {
        let message = format!(
            "Every target of this route of {} {} has the weight 0. Where does the traffic go?",
            object.kind(),
            object.name(),
        );
        report.closer(rule, (index, source), line, message);
    }
}

/// The lists of targets among which an object shares traffic.
fn groups(object: &Object) -> Vec<&Node> {
    let Some(spec) = object.node.get("spec") else {
        return Vec::new();
    };
    let lists: Vec<Option<&Node>> = match object.kind() {
        "HTTPRoute" | "GRPCRoute" | "TCPRoute" | "TLSRoute" | "UDPRoute" => {
            let rules = spec.list("rules").iter();
            rules.map(|rule| rule.get("backendRefs")).collect()
        }
        "VirtualService" => {
            let rules = ["http", "tcp", "tls"].iter().flat_map(|key| spec.list(key));
            rules.map(|rule| rule.get("route")).collect()
        }
        "TrafficSplit" => vec![spec.get("backends")],
        "TraefikService" => vec![spec.at(&["weighted", "services"])],
        _ => Vec::new(),
    };
    lists.into_iter().flatten().collect()
}
