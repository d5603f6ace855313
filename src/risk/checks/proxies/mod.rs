//! Load balancers and proxies: groups of targets that are empty or all off, and routes to a group
//! that is not there.

mod envoy;
mod haproxy;
mod nginx;
mod terraform;

use super::view::View;
use super::{Change, Report};
use crate::change::RepoPath;
use crate::risk::kind::Kind;
use crate::risk::language::Language;
use crate::risk::source::{Source, SourceLine};
use crate::risk::{Side, rule::Rule};

/// A group of targets among which traffic is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    name: String,
    /// The lines it stands on, first and last.
    from: u32,
    to: u32,
    /// How many targets it has.
    targets: usize,
    /// How many of them take traffic.
    on: usize,
    /// Whether targets may come from elsewhere: an include, a discovery service, a redirect.
    is_open: bool,
}

/// A line that sends traffic to a group.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Use {
    name: String,
    line: u32,
}

/// What a file of a proxy says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Proxy {
    groups: Vec<Group>,
    uses: Vec<Use>,
}

impl Proxy {
    fn read(language: Language, text: &str) -> Self {
        if ["{{", "{%", "<%"].iter().any(|mark| text.contains(mark)) {
            return Self::default();
        }
        match language {
            Language::Nginx => nginx::read(text),
            Language::Haproxy => haproxy::read(text),
            Language::Yaml => envoy::read(text),
            Language::Hcl => terraform::read(text),
            _ => Self::default(),
        }
    }

    fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }
}

/// Reports groups that have lost every target, and routes that have lost their group.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    let (Some(base), Some(result)) = (&change.base, &change.result) else {
        return;
    };
    for (index, source) in change.sources.iter().enumerate() {
        let known = matches!(
            source.language,
            Language::Nginx | Language::Haproxy | Language::Yaml | Language::Hcl
        );
        if !known || !source.kinds.has(Kind::Config) {
            continue;
        }
        let diff = &change.files[index];
        let read = |view: &View<'_>, path: &RepoPath| {
            let text = String::from_utf8(view.read(path)?).ok()?;
            Some(Proxy::read(source.language, &text))
        };
        let old = diff.old.as_ref().and_then(|side| read(base, &side.path));
        let new = diff.new.as_ref().and_then(|side| read(result, &side.path));
        let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
        emptied((index, source), &old, &new, report);
        lost(change, (index, source), &old, &new, report);
    }
}

/// Groups without a target that takes traffic, which had one or are new.
fn emptied(
    (index, source): (usize, &Source<'_>),
    old: &Proxy,
    new: &Proxy,
    report: &mut Report<'_>,
) {
    let Some(rule) = report.book.rule("cfg.lb-weights") else {
        return;
    };
    for group in new
        .groups
        .iter()
        .filter(|group| group.on == 0 && !group.is_open)
    {
        let fires = match old.group(&group.name) {
            Some(before) => before.on > 0,
            None => group.targets > 0,
        };
        let inside = |line: &&SourceLine<'_>| {
            line.side() == Side::New && (group.from..=group.to).contains(&line.number)
        };
        let went = || {
            let before = old.group(&group.name)?;
            source.changed().find(|line| {
                line.side() == Side::Old && (before.from..=before.to).contains(&line.number)
            })
        };
        let line = source.changed().find(inside).or_else(went);
        if let Some(line) = line.filter(|_| fires) {
            let what = if group.targets == 0 {
                "no target is left"
            } else {
                "every target is off or only a spare"
            };
            let message = format!("{}: {what}. Where does the traffic go?", group.name);
            report.closer(rule, (index, source), line, message);
        }
    }
}

/// Uses of a group that is not in the result any more.
fn lost(
    change: &Change<'_>,
    (index, source): (usize, &Source<'_>),
    old: &Proxy,
    new: &Proxy,
    report: &mut Report<'_>,
) {
    let Some(rule) = report.book.rule("cfg.route-nowhere") else {
        return;
    };
    let is_gone = |group: &&Group| new.group(&group.name).is_none();
    let gone: Vec<&Group> = old.groups.iter().filter(is_gone).collect();
    let led = |used: &&Use| old.group(&used.name).is_some();
    // A name is doubted only where the file, or what it led to before, is about groups.
    let doubted = |used: &&Use| {
        new.group(&used.name).is_none() && !old.uses.iter().any(|before| before.name == used.name)
    };
    if source.language == Language::Hcl
        || (gone.is_empty() && !new.uses.iter().any(|u| doubted(&u)))
    {
        return;
    }
    let knows_groups = old.uses.iter().any(|used| led(&used));
    let elsewhere = Elsewhere::read(change, source);
    for used in &new.uses {
        let was_here = gone.iter().any(|group| group.name == used.name);
        let is_new = knows_groups && doubted(&used);
        if (was_here || is_new) && new.group(&used.name).is_none() && elsewhere.lacks(&used.name) {
            here(rule, (index, source), used, &gone, report);
        }
    }
    for group in &gone {
        let user = elsewhere
            .user(&group.name)
            .filter(|_| elsewhere.lacks(&group.name));
        if let Some(path) = user
            && let Some(line) = removed_in(source, group)
        {
            let message = format!(
                "{path} still leads to {}, which is not in the result. Where does the traffic go?",
                group.name
            );
            report.line(rule, (index, source), line, None, Some(message));
        }
    }
}

/// Reports a use at its own line where the change wrote it, else where its group went.
fn here(
    rule: &Rule,
    (index, source): (usize, &Source<'_>),
    used: &Use,
    gone: &[&Group],
    report: &mut Report<'_>,
) {
    let written = source
        .changed()
        .find(|line| line.side() == Side::New && line.number == used.line);
    let group = gone.iter().find(|group| group.name == used.name);
    let line = written.or_else(|| removed_in(source, group?));
    if let Some(line) = line {
        let message = format!(
            "Line {} leads to {}, which is not in the result. Where does the traffic go?",
            used.line, used.name
        );
        report.line(rule, (index, source), line, None, Some(message));
    }
}

fn removed_in<'a, 'b>(source: &'a Source<'b>, group: &Group) -> Option<&'a SourceLine<'b>> {
    let is_in = |line: &&SourceLine<'_>| {
        line.side() == Side::Old && (group.from..=group.to).contains(&line.number)
    };
    source.changed().find(is_in)
}

/// The other files of the same proxy in the result.
struct Elsewhere {
    files: Vec<(RepoPath, Proxy)>,
    /// Whether one of them may define what is not seen.
    is_open: bool,
}

impl Elsewhere {
    fn read(change: &Change<'_>, source: &Source<'_>) -> Self {
        let (mut files, mut is_open) = (Vec::new(), false);
        let Some(view) = &change.result else {
            return Self {
                files,
                is_open: true,
            };
        };
        // An Envoy file is whole in itself; what it gets from elsewhere is not in the repository.
        let is_other = |path: &&RepoPath| {
            source.language != Language::Yaml
                && *path != source.path
                && Language::of(path.as_bytes(), b"") == source.language
        };
        for path in view.files().iter().filter(is_other) {
            if let Some(text) = view
                .read(path)
                .and_then(|bytes| String::from_utf8(bytes).ok())
            {
                is_open |= text.contains("{{") || text.contains("{%") || text.contains("<%");
                files.push((path.clone(), Proxy::read(source.language, &text)));
            }
        }
        let is_open = is_open || view.missed() > 0;
        Self { files, is_open }
    }

    fn lacks(&self, name: &str) -> bool {
        !self.is_open
            && self
                .files
                .iter()
                .all(|(_, proxy)| proxy.group(name).is_none())
    }

    fn user(&self, name: &str) -> Option<&RepoPath> {
        let mut files = self.files.iter();
        let found = files.find(|(_, proxy)| proxy.uses.iter().any(|used| used.name == name));
        found.map(|(path, _)| path)
    }
}
