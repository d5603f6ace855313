//! A Service whose selector matches no workload of the result: its traffic goes nowhere.

use super::object::{Labels, Object, same_namespace};
use super::world::{File, Side, World};
use super::{Change, Report, changed_at, gone_at};
use crate::risk::checks::yaml::Node;
use crate::risk::source::{Source, SourceLine};

/// Reports changed selectors, and changed labels, that leave a Service without a workload.
pub(super) fn run(change: &Change<'_>, world: &World<'_>, report: &mut Report<'_>) {
    for file in &world.new {
        for service in file.objects().iter().filter(|object| object.is_service()) {
            touched_service(change, world, (file, service), report);
        }
    }
    for file in &world.old {
        for workload in file.objects().iter().filter(|o| !o.pod_labels().is_empty()) {
            touched_workload(change, world, (file, workload), report);
        }
    }
}

/// A Service that the change touches, or whose file it touches.
fn touched_service(
    change: &Change<'_>,
    world: &World<'_>,
    (file, service): (&File, &Object),
    report: &mut Report<'_>,
) {
    let (Some(rule), Some(index)) = (report.book.rule("k8s.selector-unmatched"), file.source)
    else {
        return;
    };
    let source = &change.sources[index];
    let lines = service.lines_at(&["spec", "selector"]);
    let Some(line) = changed_at(source, Side::New, &lines) else {
        return;
    };
    if !is_asking(service) || answer(world, Side::New, file, service) != Answer::Nobody {
        return;
    }
    let before = world
        .old
        .iter()
        .flat_map(|old| old.objects().iter().map(move |object| (old, object)))
        .find(|(_, object)| object.is_same(service));
    let worked = before.is_some_and(|(old_file, old)| {
        is_asking(old) && answer(world, Side::Old, old_file, old) == Answer::Somebody
    });
    let beside = neighbours(world, file);
    let own = beside.iter().any(|object| object.is_custom());
    let other = beside.iter().find(|object| !object.pod_labels().is_empty());
    if worked || (other.is_some() && !own) {
        let message = sentence(&service.selector(), other.copied());
        report.line(rule, (index, source), line, None, Some(message));
    }
}

/// A workload whose labels go: which Service, wherever it stands, did that leave alone?
fn touched_workload(
    change: &Change<'_>,
    world: &World<'_>,
    (file, workload): (&File, &Object),
    report: &mut Report<'_>,
) {
    let (Some(rule), Some(index)) = (report.book.rule("k8s.selector-unmatched"), file.source)
    else {
        return;
    };
    let labels = workload.pod_labels();
    let mut now = world.new.iter().flat_map(File::objects);
    if now.any(|object| {
        labels
            .iter()
            .all(|(key, value)| object.pod_labels().get(key) == Some(value))
    }) {
        return;
    }
    let selects = |service: &Object| {
        is_asking(service)
            && same_namespace(service.namespace(), workload.namespace())
            && is_subset(&service.selector(), &labels)
    };
    let alone = world
        .files(Side::New)
        .filter(|other| other.mentions(&["Service"]))
        .flat_map(|other| other.objects().iter().map(move |object| (other, object)))
        .filter(|(_, object)| object.is_service() && selects(object))
        .find(|(other, service)| answer(world, Side::New, other, service) == Answer::Nobody);
    let Some((other, service)) = alone else {
        return;
    };
    let source = &change.sources[index];
    let Some(line) = label_line(world, source, index, workload) else {
        return;
    };
    let message = format!(
        "Service {} ({}) selects {} and no workload in the result carries that any more. Where does the traffic go?",
        service.name(),
        other.path,
        text(&service.selector()),
    );
    report.line(rule, (index, source), line, None, Some(message));
}

/// The line that says what the labels are now, else one that said what they were.
fn label_line<'a, 'b>(
    world: &World<'_>,
    source: &'a Source<'b>,
    index: usize,
    workload: &Object,
) -> Option<&'a SourceLine<'b>> {
    let keys: &[&str] = match workload.kind() {
        "Pod" => &["metadata", "labels"],
        "CronJob" => &[
            "spec",
            "jobTemplate",
            "spec",
            "template",
            "metadata",
            "labels",
        ],
        _ => &["spec", "template", "metadata", "labels"],
    };
    let files = world.new.iter().filter(|file| file.source == Some(index));
    let mut objects = files
        .flat_map(File::objects)
        .filter(|object| object.is_same(workload));
    let now = objects.find_map(|object| changed_at(source, Side::New, &object.lines_at(keys)));
    now.or_else(|| gone_at(source, &workload.lines_at(keys)))
}

/// Whether a Service asks for pods, and what it asks for can be read.
fn is_asking(service: &Object) -> bool {
    let selector = service.node.at(&["spec", "selector"]);
    let external = service.node.text_at(&["spec", "type"]) == Some("ExternalName");
    let is_filled_in = |value: &str| value.contains("${") || value.contains("$(");
    selector.is_some_and(|selector| !selector.is_open() && !selector.pairs().is_empty())
        && !external
        && !service.selector().values().any(|value| is_filled_in(value))
}

/// Who answers a Service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Somebody,
    Nobody,
    /// Labels are filled in, added, or not seen.
    Unknown,
}

fn answer(world: &World<'_>, side: Side, file: &File, service: &Object) -> Answer {
    let selector = service.selector();
    let here = |object: &&Object| same_namespace(service.namespace(), object.namespace());
    let own = match side {
        Side::Old => &world.old,
        Side::New => &world.new,
    };
    // What the change itself holds answers without a look at anything else.
    let pods = |object: &Object| is_subset(&selector, &object.pod_labels());
    if own.iter().flat_map(File::objects).filter(here).any(pods) {
        return Answer::Somebody;
    }
    let values: Vec<&str> = selector.values().copied().collect();
    for other in world.files(side) {
        let whole = other.mentions(&values);
        for object in other.objects().iter().filter(here) {
            if whole && pods(object) {
                return Answer::Somebody;
            }
            let is_open = object.pod().is_some_and(|pod| {
                pod.get("metadata").is_some_and(Node::is_open)
                    || (lacks(&selector, &object.pod_labels()) && world.is_kustomized(other))
            });
            if is_open {
                return Answer::Unknown;
            }
        }
    }
    if !world.is_whole() || world.may_come_from_template(file, &values) {
        return Answer::Unknown;
    }
    Answer::Nobody
}

/// Whether labels have nothing against a selector, and only part of it.
fn lacks(selector: &Labels<'_>, labels: &Labels<'_>) -> bool {
    let mut pairs = selector.iter();
    let agrees = pairs.all(|(key, value)| labels.get(key).is_none_or(|label| label == value));
    agrees && selector.keys().any(|key| labels.contains_key(key))
}

fn is_subset(selector: &Labels<'_>, labels: &Labels<'_>) -> bool {
    !selector.is_empty()
        && selector
            .iter()
            .all(|(key, value)| labels.get(key) == Some(value))
}

/// The objects of the same file, of the files beside it, and of the other files of the change.
fn neighbours<'w>(world: &'w World<'_>, file: &File) -> Vec<&'w Object> {
    let beside = |other: &&File| other.source.is_some() || other.folder() == file.folder();
    let files = world.files(Side::New).filter(beside);
    files.flat_map(File::objects).collect()
}

fn text(labels: &Labels<'_>) -> String {
    let pairs = labels.iter().map(|(key, value)| format!("{key}={value}"));
    pairs.collect::<Vec<_>>().join(",")
}

fn sentence(selector: &Labels<'_>, other: Option<&Object>) -> String {
    let other = other.map_or_else(String::new, |workload| {
        let labels = workload.pod_labels();
        let shown: Labels<'_> = labels
            .iter()
            .filter(|(key, _)| selector.contains_key(*key))
            .map(|(key, value)| (*key, *value))
            .collect();
        let shown = if shown.is_empty() { labels } else { shown };
        let name = match workload.name() {
            "" => "without a name",
            name => name,
        };
        format!("; {} {name} is {}", workload.kind(), text(&shown))
    });
    format!(
        "No workload in the result carries {}{other}. Where does the traffic go?",
        text(selector)
    )
}
