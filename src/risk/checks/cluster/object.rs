//! One object of a cluster, as a manifest describes it.

use std::collections::BTreeMap;

use crate::risk::checks::yaml::Node;

/// Labels, or a selector of them.
pub(super) type Labels<'a> = BTreeMap<&'a str, &'a str>;

/// An object: something with a kind.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) node: Node,
}

impl Object {
    /// The objects of a document: itself, or the items of a `List`.
    pub(super) fn all(document: Node, into: &mut Vec<Self>) {
        let kind = document.text_at(&["kind"]).unwrap_or_default();
        if kind.ends_with("List") && document.get("items").is_some() {
            let items = document.list("items").iter().cloned();
            into.extend(items.map(|node| Self { node }));
        } else if !kind.is_empty() {
            into.push(Self { node: document });
        }
    }

    pub(super) fn kind(&self) -> &str {
        self.node.text_at(&["kind"]).unwrap_or_default()
    }

    pub(super) fn name(&self) -> &str {
        self.node.text_at(&["metadata", "name"]).unwrap_or_default()
    }

    /// Its namespace, where the manifest names one.
    pub(super) fn namespace(&self) -> Option<&str> {
        self.node.text_at(&["metadata", "namespace"])
    }

    /// Whether it is a Service of the core API; others have the kind as well.
    pub(super) fn is_service(&self) -> bool {
        let api = self.node.text_at(&["apiVersion"]).unwrap_or("v1");
        self.kind() == "Service" && api == "v1"
    }

    /// Whether its kind is somebody's own: an operator may make Services and pods for it.
    pub(super) fn is_custom(&self) -> bool {
        const KNOWN: &[&str] = &["gateway.networking.k8s.io", "networking.istio.io"];
        let api = self.node.text_at(&["apiVersion"]).unwrap_or("v1");
        let group = api.split_once('/').map_or("", |(group, _)| group);
        let own = group.contains('.') && !KNOWN.contains(&group);
        own && (!group.ends_with(".k8s.io") || group.ends_with(".x-k8s.io"))
    }

    /// Whether two manifests describe the same object, as far as they say.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.kind() == other.kind()
            && self.name() == other.name()
            && same_namespace(self.namespace(), other.namespace())
    }

    /// The template of the pods it makes; none where it makes none.
    pub(super) fn pod(&self) -> Option<&Node> {
        match self.kind() {
            "Pod" => Some(&self.node),
            "CronJob" => self.node.at(&["spec", "jobTemplate", "spec", "template"]),
            _ => self.node.at(&["spec", "template"]),
        }
        .filter(|pod| pod.get("metadata").is_some() || pod.get("spec").is_some())
    }

    /// The labels of its pods.
    pub(super) fn pod_labels(&self) -> Labels<'_> {
        let labels = self.pod().and_then(|pod| pod.at(&["metadata", "labels"]));
        labels.map_or_else(Labels::new, texts)
    }

    /// The containers of its pods.
    pub(super) fn containers(&self) -> Vec<&Node> {
        let spec = self.pod().and_then(|pod| pod.get("spec"));
        let of = |key| spec.map_or(&[][..], |spec| spec.list(key));
        of("containers")
            .iter()
            .chain(of("initContainers"))
            .collect()
    }

    /// What a Service selects.
    pub(super) fn selector(&self) -> Labels<'_> {
        let selector = self.node.at(&["spec", "selector"]);
        selector.map_or_else(Labels::new, texts)
    }

    /// The lines of what stands below keys, and of the last key.
    pub(super) fn lines_at(&self, keys: &[&str]) -> Vec<u32> {
        let mut lines = Vec::new();
        if let Some((last, above)) = keys.split_last()
            && let Some(outer) = self.node.at(above)
        {
            for (key, line, node) in outer.pairs() {
                if key == last {
                    lines.push(*line);
                    node.lines(&mut lines);
                }
            }
        }
        lines
    }
}

/// The pairs of a mapping that have texts.
pub(super) fn texts(node: &Node) -> Labels<'_> {
    let pairs = node.pairs().iter();
    pairs
        .filter_map(|(key, _, value)| Some((key.as_str(), value.text()?)))
        .collect()
}

/// A manifest without a namespace may be applied to any.
pub(super) fn same_namespace(a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}
