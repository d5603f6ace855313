//! Probes and Services that ask for a port which no container declares.

use super::object::{Object, same_namespace};
use super::world::{File, Side, World};
use super::{Change, Report, changed_at};
use crate::risk::checks::yaml::Node;

const PROBES: [&str; 3] = ["readinessProbe", "livenessProbe", "startupProbe"];

/// Reports probes, and targets of Services, that the change points to a port nobody declares, and
/// those whose port it takes away.
pub(super) fn run(world: &World<'_>, change: &Change<'_>, report: &mut Report<'_>) {
    for file in &world.new {
        for object in file.objects() {
            if object.is_service() {
                service(world, change, (file, object), report);
            }
            for container in object.containers() {
                probes(world, change, (file, object, container), report);
            }
        }
    }
}

fn probes(
    world: &World<'_>,
    change: &Change<'_>,
    (file, object, container): (&File, &Object, &Node),
    report: &mut Report<'_>,
) {
    let (Some(rule), Some(index)) = (report.book.rule("cfg.health-check"), file.source) else {
        return;
    };
    let Some(known) = declared(container) else {
        return;
    };
    for probe in PROBES {
        let Some(port) = container.get(probe).and_then(port_of) else {
            continue;
        };
        let asked = port.text().unwrap_or_default();
        if known.iter().any(|port| port == asked) {
            continue;
        }
        // A number works without being declared: it counts only where it was declared before.
        let is_name = !asked.bytes().all(|b| b.is_ascii_digit());
        let before = world.old.iter().flat_map(File::objects);
        let mut before = before
            .filter(|old| old.is_same(object))
            .flat_map(Object::containers);
        let worked = before.any(|old| {
            let same = old.text_at(&["name"]) == container.text_at(&["name"]);
            let port = old.get(probe).and_then(port_of).and_then(Node::text);
            let ports = declared(old);
            same && ports
                .zip(port)
                .is_some_and(|(all, port)| all.iter().any(|known| known == port))
        });
        let mut lines = vec![port.line];
        if let Some(ports) = container.get("ports") {
            ports.lines(&mut lines);
        }
        let source = &change.sources[index];
        if (is_name || worked)
            && let Some(line) = changed_at(source, Side::New, &lines)
        {
            let message = format!(
                "The {probe} of {} asks port {asked}; the container declares {}. Who answers it?",
                container.text_at(&["name"]).unwrap_or("the container"),
                known.join(", "),
            );
            report.closer(rule, (index, source), line, message);
        }
    }
}

/// The port a probe asks; none where it asks none, or it is filled in later.
fn port_of(probe: &Node) -> Option<&Node> {
    let ways = ["httpGet", "tcpSocket", "grpc"];
    let port = ways.iter().find_map(|way| probe.at(&[way, "port"]))?;
    port.text()
        .is_some_and(|text| !text.contains('$'))
        .then_some(port)
}

/// The names and numbers of a container's ports; none where it declares none, or not all is seen.
fn declared(container: &Node) -> Option<Vec<String>> {
    let ports = container.get("ports")?;
    if ports.is_open() || ports.items().is_empty() || container.get("<<").is_some() {
        return None;
    }
    let both = |port: &Node| {
        let texts = [port.text_at(&["name"]), port.text_at(&["containerPort"])];
        texts
            .into_iter()
            .flatten()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    Some(ports.items().iter().flat_map(both).collect())
}

/// A Service whose target port has a name that none of its workloads knows.
fn service(
    world: &World<'_>,
    change: &Change<'_>,
    (file, service): (&File, &Object),
    report: &mut Report<'_>,
) {
    let (Some(rule), Some(index)) = (report.book.rule("cfg.route-nowhere"), file.source) else {
        return;
    };
    let source = &change.sources[index];
    for port in service
        .node
        .at(&["spec", "ports"])
        .map_or(&[][..], Node::items)
    {
        let Some(target) = port.get("targetPort") else {
            continue;
        };
        let name = target.text().unwrap_or_default();
        let is_name = name.bytes().any(|b| b.is_ascii_alphabetic()) && !name.contains('$');
        let Some(line) = changed_at(source, Side::New, &[target.line]).filter(|_| is_name) else {
            continue;
        };
        let Some((workload, declared)) = declared_by_workloads(world, service) else {
            continue;
        };
        if declared.iter().any(|known| known == name) {
            continue;
        }
        let message = format!(
            "Service {} sends to port {name:?}; its workload {} declares {}. Who answers it?",
            service.name(),
            workload.name(),
            declared.join(", "),
        );
        report.line(rule, (index, source), line, None, Some(message));
    }
}

/// The first workload that answers a Service, and the ports of all that do; none where not all of
/// them can be seen.
fn declared_by_workloads<'w>(
    world: &'w World<'_>,
    service: &Object,
) -> Option<(&'w Object, Vec<String>)> {
    let selector = service.selector();
    let (_, value) = selector.first_key_value()?;
    let answers = |object: &&Object| {
        let labels = object.pod_labels();
        let here = same_namespace(object.namespace(), service.namespace());
        here && selector
            .iter()
            .all(|(key, value)| labels.get(key) == Some(value))
    };
    let files = world
        .files(Side::New)
        .filter(|file| file.mentions(&[value]));
    let workloads: Vec<&Object> = files.flat_map(File::objects).filter(answers).collect();
    let containers = workloads.iter().flat_map(|workload| workload.containers());
    let ports = containers.map(declared).collect::<Option<Vec<_>>>()?;
    Some((workloads.first().copied()?, ports.concat()))
}
