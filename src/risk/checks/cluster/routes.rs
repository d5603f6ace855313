//! Routes to a Service, a port of one, or a subset that is not there: Ingress, the routes of the
//! Gateway API, Istio's VirtualService, OpenShift's Route.

use super::object::{Object, same_namespace};
use super::world::{File, Side, World};
use super::{Change, Report, changed_at, gone_at};
use crate::risk::checks::yaml::Node;

/// What a route leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Target<'a> {
    service: &'a str,
    namespace: Option<&'a str>,
    /// A number or a name.
    port: Option<&'a str>,
    /// The lines that say so.
    lines: Vec<u32>,
}

/// Reports routes that lead nowhere in the result: those the change writes, and those whose
/// Service it takes away.
pub(super) fn run(change: &Change<'_>, world: &World<'_>, report: &mut Report<'_>) {
    for file in &world.new {
        for object in file.objects() {
            for target in targets(object) {
                written(change, world, (file, object, &target), report);
            }
        }
    }
    for file in &world.old {
        for service in file.objects().iter().filter(|object| object.is_service()) {
            gone(change, world, (file, service), report);
        }
    }
}

/// A target whose line the change wrote.
fn written(
    change: &Change<'_>,
    world: &World<'_>,
    (file, object, target): (&File, &Object, &Target<'_>),
    report: &mut Report<'_>,
) {
    let (Some(rule), Some(index)) = (report.book.rule("cfg.route-nowhere"), file.source) else {
        return;
    };
    let source = &change.sources[index];
    let Some(line) = changed_at(source, Side::New, &target.lines) else {
        return;
    };
    let found = find(world, Side::New, (file, object, target));
    let before = world
        .old
        .iter()
        .flat_map(|old| old.objects().iter().map(move |o| (old, o)));
    let mut before = before.filter(|(_, old)| old.is_same(object));
    let worked = before.any(|(old_file, old)| {
        let mut all = targets(old).into_iter();
        all.any(|target| find(world, Side::Old, (old_file, old, &target)) == Found::There)
    });
    let fires = match found {
        Found::NoPort(_) => true,
        Found::Nothing => worked || has_services_beside(world, file),
        Found::There | Found::Unknown => false,
    };
    if fires {
        let message = sentence(object, target, &found);
        report.line(rule, (index, source), line, None, Some(message));
    }
}

/// A Service, or a port of one, that the change takes away while something leads there.
fn gone(
    change: &Change<'_>,
    world: &World<'_>,
    (file, service): (&File, &Object),
    report: &mut Report<'_>,
) {
    let (Some(rule), Some(index)) = (report.book.rule("cfg.route-nowhere"), file.source) else {
        return;
    };
    let mut now = world
        .new
        .iter()
        .flat_map(File::objects)
        .filter(|object| object.is_same(service));
    let kept = now.any(|object| {
        ports(service)
            .iter()
            .all(|port| ports(object).contains(port))
    });
    if kept || service.name().is_empty() {
        return;
    }
    for other in world
        .files(Side::New)
        .filter(|other| other.mentions(&[service.name()]))
    {
        for object in other.objects() {
            for target in targets(object) {
                let led_here = target.service == service.name()
                    && same_namespace(target.namespace.or(object.namespace()), service.namespace());
                // A target that the change wrote itself has been looked at.
                let is_written = other.source.is_some_and(|index| {
                    changed_at(&change.sources[index], Side::New, &target.lines).is_some()
                });
                if !led_here || is_written || !opens(service, &target) {
                    continue;
                }
                let found = find(world, Side::New, (other, object, &target));
                if !matches!(found, Found::Nothing | Found::NoPort(_)) {
                    continue;
                }
                let source = &change.sources[index];
                let lines = match found {
                    Found::NoPort(_) => service.lines_at(&["spec", "ports"]),
                    _ => service.lines_at(&["metadata", "name"]),
                };
                if let Some(line) = gone_at(source, &lines) {
                    let message = format!("{} ({})", sentence(object, &target, &found), other.path);
                    report.line(rule, (index, source), line, None, Some(message));
                }
                return;
            }
        }
    }
}

/// What was found where a target points.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    There,
    /// The Service is there; these are its ports.
    NoPort(String),
    Nothing,
    /// It may be made by something that cannot be seen.
    Unknown,
}

fn find(
    world: &World<'_>,
    side: Side,
    (file, object, target): (&File, &Object, &Target<'_>),
) -> Found {
    let namespace = target.namespace.or(object.namespace());
    let mut others: Option<String> = None;
    for other in world
        .files(side)
        .filter(|other| other.mentions(&[target.service]))
    {
        for service in other.objects() {
            let made_for = service.is_custom()
                && !service.name().is_empty()
                && target.service.starts_with(service.name());
            if made_for && !std::ptr::eq(service, object) {
                return Found::Unknown;
            }
            let is_it = service.is_service()
                && service.name() == target.service
                && same_namespace(service.namespace(), namespace);
            if !is_it {
                continue;
            }
            let listed = service.node.at(&["spec", "ports"]);
            if listed.is_none_or(Node::is_open) || opens(service, target) {
                return Found::There;
            }
            let ports: Vec<String> = ports(service);
            others.get_or_insert_with(|| ports.join(", "));
        }
    }
    if let Some(ports) = others {
        return Found::NoPort(ports);
    }
    let entries = world
        .files(side)
        .filter(|other| other.mentions(&["ServiceEntry", target.service]));
    if entries.count() > 0
        || !world.is_whole()
        || world.is_kustomized(file)
        || world.may_come_from_template(file, &[target.service])
    {
        return Found::Unknown;
    }
    Found::Nothing
}

/// Whether a Service has the port a target asks for.
fn opens(service: &Object, target: &Target<'_>) -> bool {
    target
        .port
        .is_none_or(|port| ports(service).iter().any(|open| open == port))
}

/// The numbers and names of a Service's ports.
fn ports(service: &Object) -> Vec<String> {
    let list = service
        .node
        .at(&["spec", "ports"])
        .map_or(&[][..], Node::items);
    list.iter()
        .flat_map(|port| [port.text_at(&["port"]), port.text_at(&["name"])])
        .flatten()
        .map(str::to_owned)
        .collect()
}

fn has_services_beside(world: &World<'_>, file: &File) -> bool {
    let beside = |other: &&File| other.source.is_some() || other.folder() == file.folder();
    let mut objects = world
        .files(Side::New)
        .filter(beside)
        .flat_map(File::objects);
    objects.any(Object::is_service)
}

fn sentence(object: &Object, target: &Target<'_>, found: &Found) -> String {
    let (kind, name, service) = (object.kind(), object.name(), target.service);
    match (found, target.port) {
        (Found::NoPort(ports), Some(port)) => format!(
            "{kind} {name} leads to port {port} of Service {service}, which has {ports}. Where does the traffic go?"
        ),
        _ => format!(
            "{kind} {name} leads to Service {service}, which is not in the result. Where does the traffic go?"
        ),
    }
}

/// What an object leads to.
fn targets(object: &Object) -> Vec<Target<'_>> {
    let mut all = Vec::new();
    let Some(spec) = object.node.get("spec") else {
        return all;
    };
    match object.kind() {
        "Ingress" => {
            all.extend(
                ["defaultBackend", "backend"]
                    .iter()
                    .filter_map(|key| ingress(spec.get(key)?)),
            );
            let paths = spec
                .list("rules")
                .iter()
                .filter_map(|rule| rule.get("http"));
            let backends = paths.flat_map(|http| http.list("paths"));
            all.extend(backends.filter_map(|path| ingress(path.get("backend")?)));
        }
        "HTTPRoute" | "GRPCRoute" | "TCPRoute" | "TLSRoute" | "UDPRoute" => {
            let backends = spec
                .list("rules")
                .iter()
                .flat_map(|rule| rule.list("backendRefs"));
            all.extend(backends.filter_map(gateway));
        }
        "VirtualService" => {
            let protocols = ["http", "tcp", "tls"].iter().flat_map(|key| spec.list(key));
            let routes = protocols.flat_map(|rule| rule.list("route"));
            all.extend(routes.filter_map(|route| istio(route.get("destination")?)));
        }
        "Route" => all.extend(spec.get("to").and_then(openshift)),
        _ => {}
    }
    let is_plain = |text: &str| !text.is_empty() && !text.contains(['$', '*', '{']);
    all.retain(|target| is_plain(target.service) && target.port.is_none_or(is_plain));
    all
}

fn lines(nodes: &[Option<&Node>]) -> Vec<u32> {
    nodes.iter().flatten().map(|node| node.line).collect()
}

fn ingress(backend: &Node) -> Option<Target<'_>> {
    let name = backend
        .at(&["service", "name"])
        .or_else(|| backend.get("serviceName"))?;
    let port = backend
        .at(&["service", "port", "number"])
        .or_else(|| backend.at(&["service", "port", "name"]))
        .or_else(|| backend.get("servicePort"));
    // Controllers give `use-annotation` a meaning of its own.
    let port = port.filter(|port| port.text() != Some("use-annotation"));
    Some(Target {
        service: name.text()?,
        namespace: None,
        port: port.and_then(Node::text),
        lines: lines(&[Some(name), port]),
    })
}

fn gateway(backend: &Node) -> Option<Target<'_>> {
    let is_service = backend.text_at(&["kind"]).unwrap_or("Service") == "Service"
        && backend.text_at(&["group"]).unwrap_or_default().is_empty();
    let name = backend.get("name").filter(|_| is_service)?;
    let port = backend.get("port");
    Some(Target {
        service: name.text()?,
        namespace: backend.text_at(&["namespace"]),
        port: port.and_then(Node::text),
        lines: lines(&[Some(name), port]),
    })
}

/// A host is a Service where it is a single word or ends as the cluster's names do.
fn istio(destination: &Node) -> Option<Target<'_>> {
    let host = destination.get("host")?;
    let port = destination.at(&["port", "number"]);
    let text = host.text()?;
    let mut parts = text.split('.');
    let service = parts.next()?;
    let rest: Vec<&str> = parts.collect();
    let namespace = match rest[..] {
        [] => None,
        [namespace, "svc"] | [namespace, "svc", "cluster", "local"] => Some(namespace),
        _ => return None,
    };
    Some(Target {
        service,
        namespace,
        port: port.and_then(Node::text),
        lines: lines(&[Some(host), port]),
    })
}

fn openshift(to: &Node) -> Option<Target<'_>> {
    let name = to.get("name")?;
    let is_service = to.text_at(&["kind"]).unwrap_or("Service") == "Service";
    is_service.then_some(Target {
        service: name.text()?,
        namespace: None,
        port: None,
        lines: lines(&[Some(name)]),
    })
}
