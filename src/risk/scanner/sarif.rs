//! SARIF 2.1.0, the dozen fields that matter, as tools really fill them: levels that only the rule
//! has, rules by index or by id, paths below a base, suppressed results, several runs.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use super::soft::{Entries, List, Number, Score, Soft, Text};
use super::{Document, MOST_READ, Told, ToldPath, ToolLevel};

/// Bytes of a URI that are kept; a longer one names no path of ours.
const URI: usize = 4097;

/// One run of one tool.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Run {
    tool: Soft<Tool>,
    results: List<Soft<Outcome>, MOST_READ>,
    artifacts: List<Soft<Artifact>, MOST_READ>,
    original_uri_base_ids: Entries<Soft<Place>, 32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Tool {
    driver: Soft<Component>,
    extensions: List<Soft<Component>, 16>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Component {
    name: Text<200>,
    rules: List<Soft<Rule>, MOST_READ>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Rule {
    id: Text<200>,
    short_description: Soft<Message>,
    full_description: Soft<Message>,
    default_configuration: Soft<Configuration>,
    properties: Soft<Properties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Configuration {
    level: Text<16>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Properties {
    #[serde(rename = "security-severity")]
    security_severity: Score,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Message {
    text: Text<4096>,
    markdown: Text<4096>,
}

/// A `result` of SARIF.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Outcome {
    rule_id: Text<200>,
    rule_index: Number,
    rule: Soft<RuleRef>,
    kind: Text<24>,
    level: Text<16>,
    message: Soft<Message>,
    locations: List<Soft<Location>, 4>,
    suppressions: List<Soft<Suppression>, 8>,
    baseline_state: Text<16>,
    properties: Soft<Properties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RuleRef {
    id: Text<200>,
    index: Number,
    tool_component: Soft<ComponentRef>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ComponentRef {
    index: Number,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Suppression {
    status: Text<16>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Location {
    physical_location: Soft<Physical>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Physical {
    artifact_location: Soft<Place>,
    region: Soft<Region>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Artifact {
    location: Soft<Place>,
}

/// An `artifactLocation`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Place {
    uri: Text<URI>,
    uri_base_id: Text<200>,
    index: Number,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Region {
    start_line: Number,
    end_line: Number,
}

/// The findings of all runs.
pub(super) fn document<const MOST: usize>(runs: List<Soft<Run>, MOST>) -> Document {
    let mut document = Document {
        more: runs.more,
        ..Document::default()
    };
    for run in runs.items.into_iter().filter_map(|run| run.0) {
        document.more += run.results.more;
        let results = run.results.items;
        let about = About::of(
            run.tool.0.unwrap_or_default(),
            run.artifacts.items,
            run.original_uri_base_ids.0,
        );
        if document.tool.is_none() {
            document.tool.clone_from(&about.name);
        }
        let results = results.into_iter().filter_map(|one| one.0);
        let told = results.filter_map(|one| about.told(one));
        document.told.extend(told);
    }
    document
}

/// What a run says for all of its results.
struct About {
    name: Option<String>,
    /// The driver's rules, then those of each extension.
    rules: Vec<Vec<Rule>>,
    by_id: HashMap<String, (usize, usize)>,
    artifacts: Vec<Place>,
    bases: HashMap<String, Place>,
}

impl About {
    fn of(tool: Tool, artifacts: Vec<Soft<Artifact>>, bases: Vec<(String, Soft<Place>)>) -> Self {
        let driver = tool.driver.0.unwrap_or_default();
        let name = driver.name.0.filter(|name| !name.trim().is_empty());
        let extensions = tool.extensions.items.into_iter();
        let extensions = extensions.map(|one| one.0.unwrap_or_default().rules);
        // A place is kept for what is no object: indexes count it.
        let rules: Vec<Vec<Rule>> = std::iter::once(driver.rules)
            .chain(extensions)
            .map(|rules| {
                rules
                    .items
                    .into_iter()
                    .map(|rule| rule.0.unwrap_or_default())
            })
            .map(Iterator::collect)
            .collect();
        let mut by_id = HashMap::new();
        for (component, rules) in rules.iter().enumerate() {
            for (index, rule) in rules.iter().enumerate() {
                if let Some(id) = &rule.id.0 {
                    by_id.entry(id.clone()).or_insert((component, index));
                }
            }
        }
        let place = |artifact: Soft<Artifact>| {
            let location = artifact.0.and_then(|artifact| artifact.location.0);
            location.unwrap_or_default()
        };
        let bases = bases.into_iter();
        Self {
            name,
            rules,
            by_id,
            artifacts: artifacts.into_iter().map(place).collect(),
            bases: bases.filter_map(|(id, base)| Some((id, base.0?))).collect(),
        }
    }

    /// A result as a finding; none where it says that nothing is wrong here.
    fn told(&self, one: Outcome) -> Option<Told> {
        let kind = one.kind.0.as_deref().unwrap_or("fail");
        let gone = one.baseline_state.0.as_deref() == Some("absent");
        if matches!(kind, "pass" | "notApplicable") || gone {
            return None;
        }
        let named = one.rule.0.unwrap_or_default();
        let id = one.rule_id.0.or(named.id.0);
        let component = named.tool_component.0.and_then(|one| one.index.0);
        let index = one.rule_index.0.or(named.index.0);
        let rule = self.rule(id.as_deref(), component, index);
        let own = level(&one.level);
        let of_rule = || {
            let configuration = rule.and_then(|rule| rule.default_configuration.0.as_ref());
            configuration.and_then(|configuration| level(&configuration.level))
        };
        let score = one
            .properties
            .0
            .as_ref()
            .and_then(|own| own.security_severity.0);
        let score = score.or_else(|| rule?.properties.0.as_ref()?.security_severity.0);
        let level = match kind {
            "fail" => own.or_else(of_rule).max(score.map(of_score)),
            // Open questions and information are no failures, and have no level.
            _ => Some(ToolLevel::Note),
        };
        let (place, region) = self.physical(one.locations).unwrap_or_default();
        Some(Told {
            tool: self.name.clone(),
            message: message(one.message.0, rule),
            rule: id.or_else(|| rule?.id.0.clone()).unwrap_or_default(),
            level,
            path: place,
            line: line(&region.start_line),
            end: line(&region.end_line),
            suppressed: is_suppressed(&one.suppressions),
        })
    }

    /// The rule of a result: by id, for a report that lies about its indexes is still read; else by
    /// index. An id may be the rule's with a part of its own behind it.
    fn rule(&self, id: Option<&str>, component: Option<u64>, index: Option<u64>) -> Option<&Rule> {
        let by_id = id.and_then(|id| {
            let whole = self.by_id.get(id);
            whole.or_else(|| self.by_id.get(id.rsplit_once('/')?.0))
        });
        if let Some((component, index)) = by_id {
            return self.rules.get(*component)?.get(*index);
        }
        // The driver stands first, so an extension is one further than its index.
        let component = match component {
            Some(extension) => usize::try_from(extension).ok()?.checked_add(1)?,
            None => 0,
        };
        let rules = self.rules.get(component)?;
        rules.get(usize::try_from(index?).ok()?)
    }

    /// The first place in a file that a result names.
    fn physical(&self, locations: List<Soft<Location>, 4>) -> Option<(Option<ToldPath>, Region)> {
        let all = locations.items.into_iter();
        let mut all = all.filter_map(|one| one.0?.physical_location.0);
        let first = all.find(|one| one.artifact_location.0.is_some())?;
        let place = first
            .artifact_location
            .0
            .and_then(|place| self.path(&place));
        Some((place, first.region.0.unwrap_or_default()))
    }

    fn path(&self, place: &Place) -> Option<ToldPath> {
        let index = place.index.0.and_then(|index| usize::try_from(index).ok());
        let listed = || self.artifacts.get(index?);
        let place = if place.uri.0.is_some() {
            place
        } else {
            listed()?
        };
        let mut text = place.uri.0.clone()?;
        let mut base = place.uri_base_id.0.as_ref();
        // A base may stand below another one; who makes a ring of them gets no further than this.
        for _ in 0..4 {
            let Some(of) = base.and_then(|id| self.bases.get(id)) else {
                break;
            };
            let Some(uri) = &of.uri.0 else { break };
            if text.starts_with('/') || text.contains("://") || text.len() >= URI {
                break;
            }
            text = format!("{}/{text}", uri.trim_end_matches('/'));
            base = of.uri_base_id.0.as_ref();
        }
        Some(ToldPath { text, uri: true })
    }
}

/// Suppressed is what has a suppression that nobody turned down.
fn is_suppressed(suppressions: &List<Soft<Suppression>, 8>) -> bool {
    let mut all = suppressions.items.iter().filter_map(|one| one.0.as_ref());
    all.any(|one| matches!(one.status.0.as_deref(), None | Some("accepted")))
}

fn level(word: &Text<16>) -> Option<ToolLevel> {
    match word.0.as_deref()? {
        "error" => Some(ToolLevel::Error),
        "warning" => Some(ToolLevel::Warning),
        "note" | "none" => Some(ToolLevel::Note),
        _ => None,
    }
}

/// `security-severity` goes from 0 to 10, like CVSS: high begins at 7, medium at 4.
fn of_score(score: f64) -> ToolLevel {
    match score {
        7.0.. => ToolLevel::Error,
        4.0.. => ToolLevel::Warning,
        _ => ToolLevel::Note,
    }
}

fn line(number: &Number) -> Option<u32> {
    let line = u32::try_from(number.0?).ok()?;
    (line > 0).then_some(line)
}

/// The words of a result; else what its rule is about.
fn message(own: Option<Message>, rule: Option<&Rule>) -> String {
    let words = |message: &Message| {
        let text = message
            .text
            .0
            .clone()
            .filter(|text| !text.trim().is_empty());
        text.or_else(|| message.markdown.0.clone())
    };
    let short = || words(rule?.short_description.0.as_ref()?);
    let full = || words(rule?.full_description.0.as_ref()?);
    let text = own.as_ref().and_then(words).or_else(short).or_else(full);
    match &*LINK {
        Some(link) => link
            .replace_all(&text.unwrap_or_default(), "$1")
            .into_owned(),
        None => text.unwrap_or_default(),
    }
}

/// A link to another place of the result, as messages embed it: `[the value](1)`.
static LINK: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\[([^\[\]]{1,200})\]\([0-9]{1,3}\)").ok());
