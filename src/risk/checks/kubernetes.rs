//! A Kubernetes Service whose selector matches no workload of the result: its traffic goes nowhere.

use std::collections::BTreeMap;

use super::yaml::{Document, documents};
use super::{Change, Report};
use crate::diff::LineKind;
use crate::risk::kind::Kind;
use crate::risk::language::Language;
use crate::risk::source::{Source, SourceLine};

type Labels<'a> = BTreeMap<&'a str, &'a str>;

/// Reports changed selectors, and changed labels, that leave a Service without a workload. Only
/// files of the change are looked at, and only where they hold workloads as well.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("k8s.selector-unmatched") else {
        return;
    };
    let files: Vec<(usize, Vec<Document>)> = change
        .sources
        .iter()
        .enumerate()
        .filter(|(_, source)| is_kubernetes(source))
        .filter_map(|(file, source)| Some((file, documents(&new_text(change, source)?))))
        .collect();
    let workloads: Vec<&Document> = files
        .iter()
        .flat_map(|(_, documents)| documents)
        .filter(|document| pod_labels(document).is_some())
        .collect();
    if workloads.is_empty() {
        return;
    }
    for (file, documents) in &files {
        let source = &change.sources[*file];
        for service in documents
            .iter()
            .filter(|document| get(document, "kind") == Some("Service"))
        {
            let selector = labels(service, "spec/selector/");
            let templated = selector.values().any(|value| value.contains("{{"));
            let matched = workloads
                .iter()
                .any(|workload| selects(&selector, workload));
            if selector.is_empty() || templated || matched {
                continue;
            }
            if let Some(line) = touched(source, service, "spec/selector/")
                .or_else(|| touched_label(source, documents))
            {
                let message = sentence(&selector, &workloads);
                report.line(rule, (*file, source), line, None, Some(message));
            }
        }
    }
}

fn is_kubernetes(source: &Source<'_>) -> bool {
    source.language == Language::Yaml && source.kinds.has(Kind::Config) && !source.is_gone
}

/// The file after the change: from the result, or from the hunks where the file is new.
fn new_text(change: &Change<'_>, source: &Source<'_>) -> Option<String> {
    let stored = change.new_content(source.path);
    let bytes = stored.or_else(|| {
        source.is_new.then(|| {
            let lines = source.hunks.iter().flat_map(|hunk| &hunk.lines);
            lines.flat_map(|line| [line.raw, b"\n"].concat()).collect()
        })
    })?;
    (bytes.len() < 1 << 20).then(|| String::from_utf8_lossy(&bytes).into_owned())
}

fn get<'a>(document: &'a Document, path: &str) -> Option<&'a str> {
    document
        .iter()
        .find(|entry| entry.path == path)
        .map(|entry| entry.value.as_str())
}

fn labels<'a>(document: &'a Document, below: &str) -> Labels<'a> {
    document
        .iter()
        .filter_map(|entry| Some((entry.path.strip_prefix(below)?, entry.value.as_str())))
        .collect()
}

/// The labels of the pods a workload makes; none where the document is no workload.
fn pod_labels(document: &Document) -> Option<Labels<'_>> {
    let below = match get(document, "kind")? {
        "Pod" => "metadata/labels/",
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" | "Rollout" => {
            "spec/template/metadata/labels/"
        }
        "CronJob" => "spec/jobTemplate/spec/template/metadata/labels/",
        _ => return None,
    };
    Some(labels(document, below))
}

fn selects(selector: &Labels<'_>, workload: &Document) -> bool {
    pod_labels(workload).is_some_and(|labels| {
        let templated = labels.values().any(|value| value.contains("{{"));
        templated
            || selector
                .iter()
                .all(|(key, value)| labels.get(key) == Some(value))
    })
}

/// The added line that wrote an entry of a document.
fn touched<'a, 'b>(
    source: &'a Source<'b>,
    document: &Document,
    below: &str,
) -> Option<&'a SourceLine<'b>> {
    let entries = document
        .iter()
        .filter(|entry| entry.path.starts_with(below));
    let lines: Vec<u32> = entries.map(|entry| entry.line).collect();
    let hunks = source.hunks.iter().flat_map(|hunk| &hunk.lines);
    hunks
        .into_iter()
        .find(|line| line.kind == LineKind::Added && lines.contains(&line.number))
}

/// The added line that wrote a label of a workload of the same file.
fn touched_label<'a, 'b>(
    source: &'a Source<'b>,
    documents: &[Document],
) -> Option<&'a SourceLine<'b>> {
    let workloads = documents
        .iter()
        .filter(|document| pod_labels(document).is_some());
    let mut below = workloads.map(|workload| match get(workload, "kind") {
        Some("Pod") => touched(source, workload, "metadata/labels/"),
        _ => touched(source, workload, "spec/template/metadata/labels/"),
    });
    below.find_map(|line| line)
}

fn sentence(selector: &Labels<'_>, workloads: &[&Document]) -> String {
    let text = |labels: &Labels<'_>| {
        let pairs = labels.iter().map(|(key, value)| format!("{key}={value}"));
        pairs.collect::<Vec<_>>().join(",")
    };
    let other = workloads.first().and_then(|workload| {
        let labels = pod_labels(workload).filter(|labels| !labels.is_empty())?;
        let shown: Labels<'_> = labels
            .iter()
            .filter(|(key, _)| selector.contains_key(*key))
            .map(|(key, value)| (*key, *value))
            .collect();
        let shown = if shown.is_empty() { labels } else { shown };
        let kind = get(workload, "kind").unwrap_or("workload");
        let name = get(workload, "metadata/name").unwrap_or("without a name");
        Some(format!("; {kind} {name} is {}", text(&shown)))
    });
    format!(
        "No workload in the result carries {}{}. Where does the traffic go?",
        text(selector),
        other.unwrap_or_default()
    )
}
