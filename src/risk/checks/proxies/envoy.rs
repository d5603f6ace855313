//! Envoy: clusters that a file defines, and the routes to them.

use super::super::yaml::{self, Node};
use super::{Group, Proxy, Use};

/// Reads a file that defines its clusters itself; every other one says nothing.
pub(super) fn read(text: &str) -> Proxy {
    let mut proxy = Proxy::default();
    let is_envoy = text.contains("static_resources") && text.contains("clusters");
    if !is_envoy {
        return proxy;
    }
    for document in yaml::documents(text).unwrap_or_default() {
        let Some(resources) = document.get("static_resources") else {
            continue;
        };
        let dynamic = document.get("dynamic_resources").is_some();
        let clusters = resources.list("clusters").iter();
        proxy
            .groups
            .extend(clusters.filter_map(|cluster| group(cluster, dynamic)));
        if !dynamic {
            for listener in resources.list("listeners") {
                uses(listener, &mut proxy);
            }
        }
    }
    proxy
}

fn group(cluster: &Node, dynamic: bool) -> Option<Group> {
    let mut lines = Vec::new();
    cluster.lines(&mut lines);
    let finds_itself = matches!(
        cluster.text_at(&["type"]),
        Some("EDS" | "ORIGINAL_DST" | "eds" | "original_dst")
    );
    let known = ["load_assignment", "hosts"]
        .iter()
        .any(|key| cluster.get(key).is_some());
    let endpoints: Vec<&Node> = cluster
        .get("load_assignment")
        .map_or(&[][..], |assignment| assignment.list("endpoints"))
        .iter()
        .flat_map(|locality| locality.list("lb_endpoints"))
        .chain(cluster.list("hosts"))
        .collect();
    let is_off = |endpoint: &&&Node| {
        let health = endpoint.text_at(&["health_status"]);
        matches!(health, Some("UNHEALTHY" | "DRAINING" | "TIMEOUT"))
    };
    Some(Group {
        name: cluster.text_at(&["name"])?.to_owned(),
        from: lines.iter().min().copied()?,
        to: lines.iter().max().copied()?,
        targets: endpoints.len(),
        on: endpoints.len() - endpoints.iter().filter(is_off).count(),
        is_open: dynamic || finds_itself || !known || cluster.is_open(),
    })
}

/// The clusters that routes below a node name, and the groups among which they share.
fn uses(node: &Node, proxy: &mut Proxy) {
    for (key, line, value) in node.pairs() {
        let leads = matches!(key.as_str(), "route" | "typed_config");
        if let Some(name) = value.text_at(&["cluster"]).filter(|_| leads) {
            let line = value.get("cluster").map_or(*line, |cluster| cluster.line);
            let name = name.to_owned();
            proxy.uses.push(Use { name, line });
        }
        if key == "weighted_clusters" {
            shared(value, proxy);
        }
        uses(value, proxy);
    }
    node.items().iter().for_each(|item| uses(item, proxy));
}

fn shared(weighted: &Node, proxy: &mut Proxy) {
    let clusters = weighted.list("clusters");
    let mut lines = Vec::new();
    weighted.lines(&mut lines);
    for cluster in clusters {
        if let Some(name) = cluster.get("name") {
            proxy.uses.extend(name.text().map(|text| Use {
                name: text.to_owned(),
                line: name.line,
            }));
        }
    }
    let names: Vec<&str> = clusters
        .iter()
        .filter_map(|c| c.text_at(&["name"]))
        .collect();
    let is_on = |cluster: &&Node| cluster.text_at(&["weight"]) != Some("0");
    proxy.groups.push(Group {
        name: format!("the route to {}", names.join(" and ")),
        from: lines.iter().min().copied().unwrap_or(weighted.line),
        to: lines.iter().max().copied().unwrap_or(weighted.line),
        targets: clusters.len(),
        on: clusters.iter().filter(is_on).count(),
        is_open: weighted.is_open() || clusters.is_empty(),
    });
}
