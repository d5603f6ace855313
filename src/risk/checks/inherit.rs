//! Environments that take a changed value from a base: nobody who reads their own file sees it.

use std::collections::BTreeMap;

use super::view::{View, folder_of, join};
use super::yaml::{self, Node, Value};
use super::{Change, Report};
use crate::change::RepoPath;
use crate::diff::LineKind;
use crate::risk::kind::Kind;
use crate::risk::language::Language;
use crate::risk::source::{Source, SourceLine};
use crate::risk::tree::EntryKind;

/// The settings of a file: keys joined by `/`, values as text.
type Settings = BTreeMap<String, String>;

/// Reports a changed value of a base file where an environment of production does not set it
/// itself; one finding a file, naming who inherits.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    let (Some(base), Some(result)) = (&change.base, &change.result) else {
        return;
    };
    for (index, source) in change.sources.iter().enumerate() {
        let diff = &change.files[index];
        let (Some(old), Some(_)) = (&diff.old, &diff.new) else {
            continue;
        };
        if !source.kinds.has(Kind::Config) || source.kinds.has(Kind::Ci) {
            continue;
        }
        let environments = environments(result, source);
        if environments.is_empty() {
            continue;
        }
        let read = |view: &View<'_>, path: &RepoPath| {
            settings(source.language, &String::from_utf8(view.read(path)?).ok()?)
        };
        let (Some(before), Some(after)) = (read(base, &old.path), read(result, source.path)) else {
            continue;
        };
        let differ = |(key, value): &(&String, &String)| {
            before.get(*key).is_some_and(|before| before != *value)
        };
        let changed: Vec<&String> = after.iter().filter(differ).map(|(key, _)| key).collect();
        if let Some((line, message)) = inherited(source, &changed, &environments)
            && let Some(rule) = report.book.rule("cfg.env-prod")
        {
            report.line(rule, (index, source), line, None, Some(message));
        }
    }
}

/// The first changed key that production takes over, where it stands, and the words for it.
fn inherited<'a, 'b>(
    source: &'a Source<'b>,
    changed: &[&String],
    environments: &[Environment],
) -> Option<(&'a SourceLine<'b>, String)> {
    let takers = |key: &str| -> Vec<&Environment> {
        let takes = |environment: &&Environment| !environment.sets.has(key);
        environments.iter().filter(takes).collect()
    };
    let of_production = |key: &&&String| takers(key).iter().any(|e| is_production(&e.name));
    let keys: Vec<&&String> = changed.iter().filter(of_production).collect();
    let key = **keys.first()?;
    let last = key.rsplit('/').next().unwrap_or(key);
    let line = source.changed().find(|line| {
        line.kind == LineKind::Added && super::manifest::has(&line.lexed.text, last.as_bytes())
    })?;
    let names: Vec<&str> = takers(key).iter().map(|e| e.name.as_str()).collect();
    let more = match keys.len() {
        1 => String::new(),
        n => format!(" and {} more", n - 1),
    };
    let verb = if names.len() == 1 {
        "inherits"
    } else {
        "inherit"
    };
    let message = format!(
        "{} {verb} {}{more} from here and set no value of their own. Was it tried in one of them?",
        names.join(", "),
        key.replace('/', "."),
    );
    Some((line, message))
}

/// An environment that has a file, or a folder, of its own.
struct Environment {
    name: String,
    sets: Sets,
}

/// What an environment sets itself.
enum Sets {
    /// The keys of its file.
    Keys(Settings),
    /// The text of its patches, in which a key is looked for by its last name.
    Text(String),
}

impl Sets {
    fn has(&self, key: &str) -> bool {
        match self {
            Self::Keys(keys) => keys.keys().any(|known| {
                let below = known.strip_prefix(key);
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }),
            Self::Text(text) => {
                let last = key.rsplit('/').next().unwrap_or(key);
                text.contains(last)
            }
        }
    }
}

/// The environments that build on a file.
fn environments(result: &View<'_>, source: &Source<'_>) -> Vec<Environment> {
    let path = source.path.as_bytes();
    let folder = RepoPath::new(folder_of(path));
    let name = String::from_utf8_lossy(source.path.file_name()).to_ascii_lowercase();
    if folder.file_name() == b"base" && source.language == Language::Yaml {
        return overlays(result, &folder);
    }
    let Some((base, extension)) = base_name(&name) else {
        return Vec::new();
    };
    let mut environments = Vec::new();
    for entry in result.folder(&folder).iter() {
        let sibling = String::from_utf8_lossy(&entry.name).to_ascii_lowercase();
        let environment = environment_of(&sibling, base, extension);
        let Some(environment) = environment.filter(|_| entry.kind == EntryKind::File) else {
            continue;
        };
        let text = result.read(&join(&folder, &entry.name));
        let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some(keys) = text.and_then(|text| settings(source.language, &text)) {
            environments.push(Environment {
                name: environment.to_owned(),
                sets: Sets::Keys(keys),
            });
        }
    }
    environments
}

/// `values.yaml`: the name without its end, and the end.
fn base_name(name: &str) -> Option<(&str, &str)> {
    const BASES: [&str; 10] = [
        "base",
        "default",
        "defaults",
        "common",
        "values",
        "application",
        "appsettings",
        "settings",
        "config",
        ".env",
    ];
    if name == ".env" {
        return Some((name, ""));
    }
    let (stem, extension) = name.rsplit_once('.')?;
    let known = ["yaml", "yml", "json", "toml", "properties"];
    (BASES.contains(&stem) && known.contains(&extension)).then_some((stem, extension))
}

/// The environment in `values-prod.yaml`, `values.prod.yaml`, `prod.yaml`, `.env.production`.
fn environment_of<'a>(name: &'a str, base: &str, extension: &str) -> Option<&'a str> {
    let stem = match extension {
        "" => name,
        _ => name.strip_suffix(extension)?.strip_suffix('.')?,
    };
    let separators = ['-', '.', '_'];
    let beside = |rest: &'a str| rest.strip_prefix(separators);
    let environment = stem
        .strip_prefix(base)
        .and_then(beside)
        .or_else(|| stem.strip_suffix(base)?.strip_suffix(separators))
        .or_else(|| matches!(base, "base" | "default" | "defaults" | "common").then_some(stem))?;
    let first = environment.split(separators).next()?;
    is_environment(first).then_some(environment)
}

fn is_environment(word: &str) -> bool {
    const OTHERS: [&str; 14] = [
        "staging",
        "stage",
        "stg",
        "dev",
        "development",
        "test",
        "testing",
        "qa",
        "uat",
        "preprod",
        "canary",
        "sandbox",
        "demo",
        "integration",
    ];
    is_production(word) || OTHERS.contains(&word)
}

fn is_production(name: &str) -> bool {
    let first = name.split(['-', '.', '_']).next().unwrap_or(name);
    matches!(first, "prod" | "production" | "prd" | "live")
}

/// The overlays that name a base of kustomize: folders beside it, or in `overlays` beside it.
fn overlays(result: &View<'_>, base: &RepoPath) -> Vec<Environment> {
    let above = RepoPath::new(folder_of(base.as_bytes()));
    let mut environments = Vec::new();
    for folder in [
        above.clone(),
        join(&above, b"overlays"),
        join(&above, b"environments"),
    ] {
        for entry in result.folder(&folder).iter() {
            let name = String::from_utf8_lossy(&entry.name).to_ascii_lowercase();
            let first = name
                .split(['-', '.', '_'])
                .next()
                .unwrap_or(&name)
                .to_owned();
            if entry.kind != EntryKind::Folder || !is_environment(&first) {
                continue;
            }
            let overlay = join(&folder, &entry.name);
            let names = [&b"kustomization.yaml"[..], b"kustomization.yml"];
            let mut all = String::new();
            for file in result.folder(&overlay).iter() {
                let text = result.read(&join(&overlay, &file.name)).unwrap_or_default();
                let text = String::from_utf8_lossy(&text).into_owned();
                let is_list = names.contains(&file.name.as_slice());
                if is_list && !text.contains("/base") {
                    all.clear();
                    break;
                }
                all.push_str(&text);
            }
            if !all.is_empty() {
                environments.push(Environment {
                    name,
                    sets: Sets::Text(all),
                });
            }
        }
    }
    environments
}

/// The settings of a text; none where it does not parse or is a template.
fn settings(language: Language, text: &str) -> Option<Settings> {
    let mut all = Settings::new();
    match language {
        Language::Yaml | Language::Json => {
            for document in yaml::documents(text).ok()? {
                flatten(&document, "", &mut all);
            }
        }
        Language::Toml => {
            super::syntax::shallow(text).ok()?;
            let table: toml::Table = toml::from_str(text).ok()?;
            table_of(&table, "", &mut all);
        }
        Language::Ini => {
            for line in text.lines() {
                let line = line.trim();
                if let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#'))
                {
                    all.insert(key.trim().to_owned(), value.trim().to_owned());
                }
            }
        }
        _ => return None,
    }
    Some(all)
}

fn below(above: &str, key: &str) -> String {
    if above.is_empty() {
        return key.to_owned();
    }
    format!("{above}/{key}")
}

fn flatten(node: &Node, above: &str, into: &mut Settings) {
    match &node.value {
        Value::Text(text) => {
            into.insert(above.to_owned(), text.clone());
        }
        Value::Map(pairs) => {
            for (key, _, value) in pairs {
                flatten(value, &below(above, key), into);
            }
        }
        Value::List(items) => {
            let texts: Vec<&str> = items
                .iter()
                .map(|item| item.text().unwrap_or("…"))
                .collect();
            into.insert(above.to_owned(), texts.join(","));
        }
        Value::Unknown => {}
    }
}

fn table_of(table: &toml::Table, above: &str, into: &mut Settings) {
    for (key, value) in table {
        let path = below(above, key);
        match value {
            toml::Value::Table(inner) => table_of(inner, &path, into),
            other => {
                into.insert(path, other.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_environments_are_known_by_their_names() {
        for (name, base, extension, environment) in [
            ("values-prod.yaml", "values", "yaml", Some("prod")),
            (
                "values.production.yaml",
                "values",
                "yaml",
                Some("production"),
            ),
            ("prod-values.yaml", "values", "yaml", Some("prod")),
            ("production.json", "default", "json", Some("production")),
            ("prod-eu.toml", "base", "toml", Some("prod-eu")),
            ("application-live.yml", "application", "yml", Some("live")),
            (".env.production", ".env", "", Some("production")),
            ("values-schema.yaml", "values", "yaml", None),
            ("products.json", "default", "json", None),
            ("values.yaml", "values", "yaml", None),
            ("production.json", "values", "yaml", None),
        ] {
            assert_eq!(environment_of(name, base, extension), environment, "{name}");
        }
    }
}
