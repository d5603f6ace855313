//! Git AI's authorship log: which lines of a commit an AI session wrote, as a note on the commit.
//!
//! Above a line `---` stand the files with the keys of who wrote which lines; below it a JSON object
//! names the sessions. A key that begins with `h_` is a person. A session that is named without a
//! line to its name took part all the same: the log does not record lines that were removed.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::records::Agent;

/// What stands below the `---`, as far as it matters. Everything else in it is passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    schema_version: Option<String>,
    prompts: Option<BTreeMap<String, Session>>,
    sessions: Option<BTreeMap<String, Session>>,
    files: Option<BTreeMap<String, File>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Session {
    agent_id: Option<AgentId>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AgentId {
    tool: Option<String>,
    model: Option<String>,
}

/// A file in a log of the time before the `---`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct File {
    authors: Vec<Author>,
}

/// Who wrote lines of it: a person or a tool, by a display name. Only the metadata tells them apart.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Author {
    author: Option<String>,
    agent_metadata: Option<IgnoredAny>,
}

/// The agents that a log names; none where only people wrote, or nobody is known to have.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn agents(log: &[u8]) -> Result<Vec<Agent>, &'static str> {
    let log = std::str::from_utf8(log).map_err(|_| "it is not UTF-8")?;
    let (attested, metadata) = match divided(log) {
        Some((attestations, metadata)) => (has_agent(attestations), metadata),
        None => (false, log),
    };
    let metadata: Metadata =
        serde_json::from_str(metadata).map_err(|_| "it is no authorship log")?;
    if metadata.schema_version.is_none() && metadata.files.is_none() {
        return Err("it names no version of the authorship log");
    }
    let sessions = [metadata.sessions, metadata.prompts].into_iter().flatten();
    let mut agents: Vec<Agent> = sessions
        .flat_map(BTreeMap::into_values)
        .map(|session| {
            let id = session.agent_id.unwrap_or_default();
            Agent::new(id.tool, id.model)
        })
        .collect();
    let files = metadata.files.into_iter().flat_map(BTreeMap::into_values);
    let authors = files.flat_map(|file| file.authors);
    let tools = authors.filter(|author| author.agent_metadata.is_some());
    agents.extend(tools.map(|author| Agent::new(author.author, None)));
    if agents.is_empty() && attested {
        agents.push(Agent::new(None, None));
    }
    Ok(agents)
}

/// What stands above and below the first line that is exactly `---`.
fn divided(log: &str) -> Option<(&str, &str)> {
    let mut start = 0;
    for line in log.split_inclusive('\n') {
        let end = start + line.len();
        if line.trim_end_matches(['\n', '\r']) == "---" {
            return Some((&log[..start], &log[end..]));
        }
        start = end;
    }
    None
}

/// Whether lines are attested to anybody but a person.
fn has_agent(attestations: &str) -> bool {
    let entries = attestations
        .lines()
        .filter(|line| line.starts_with([' ', '\t']));
    let mut keys = entries.filter_map(|line| line.split_whitespace().next());
    keys.any(|key| !key.starts_with("h_"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn tools(log: &str) -> Vec<String> {
        let found = agents(log.as_bytes()).unwrap();
        found.into_iter().map(|agent| agent.to_string()).collect()
    }

    #[test]
    fn sessions_and_prompts_are_agents() {
        let log = "src/a.rs\n  s_00000000000001::t_00000000000002 1-4\n  h_00000000000003 9\n---\n\
            {\"schema_version\":\"authorship/3.0.0\",\"prompts\":{},\"humans\":{\"h_00000000000003\":\
            {\"author\":\"Jo <jo@corp.example>\"}},\"sessions\":{\"s_00000000000001\":{\"agent_id\":\
            {\"tool\":\"cursor\",\"id\":\"x\",\"model\":\"model-1\"},\"human_author\":\"Jo\"}}}\n";
        assert_eq!(tools(log), ["cursor (model-1)"]);
        let older = "src/a.rs\n  0123456789abcdef 1\n---\n{\"schema_version\":\"authorship/3.0.0\",\
            \"prompts\":{\"0123456789abcdef\":{\"agent_id\":{\"tool\":\"claude\"},\"messages\":[{}]}}}";
        assert_eq!(tools(older), ["claude"]);
    }

    #[test]
    fn a_session_without_lines_and_lines_without_a_session_are_agents() {
        let removed = "---\n{\"schema_version\":\"authorship/3.0.0\",\"prompts\":{\"0\":{\"agent_id\":\
            {\"tool\":\"claude\",\"model\":\"unknown\"},\"accepted_lines\":0}}}";
        assert_eq!(tools(removed), ["claude"]);
        let unnamed =
            "a\n  s_1::t_1 1\n---\n{\"schema_version\":\"authorship/3.0.0\",\"prompts\":{}}";
        assert_eq!(tools(unnamed), ["ai"]);
    }

    #[test]
    fn people_and_an_empty_log_are_none() {
        let person = "src/a.rs\n  h_00000000000003 9\n---\n{\"schema_version\":\"authorship/3.0.0\",\
            \"prompts\":{},\"humans\":{\"h_00000000000003\":{\"author\":\"Claude <c@corp.example>\"}}}";
        assert!(tools(person).is_empty());
        assert!(tools("---\n{\"schema_version\":\"authorship/3.0.0\",\"prompts\":{}}").is_empty());
    }

    #[test]
    fn the_first_form_names_tools_by_their_metadata_only() {
        let log = |metadata: &str| {
            format!(
                "{{\"files\":{{\"a\":{{\"authors\":[{{\"author\":\"Claude\",\"lines\":[1,[2,3]],\
                \"agent_metadata\":{metadata}}}]}}}},\"schema_version\":\"authorship/0.0.1\"}}"
            )
        };
        assert!(tools(&log("null")).is_empty());
        assert_eq!(tools(&log("{\"model\":\"m\"}")), ["claude"]);
    }

    #[test]
    fn what_is_no_log_is_said_to_be_none() {
        for log in [
            "",
            "see the ticket",
            "{}",
            "a\n  h_1 1\n---\n{\"x\":1}",
            "a\n---\n{",
        ] {
            assert!(agents(log.as_bytes()).is_err(), "{log:?}");
        }
        assert!(agents(b"\xff\n---\n{}").is_err());
    }
}
