//! Agent Trace records: which conversation with an agent wrote which lines of a file.
//!
//! A record is a JSON object; they come one a line, one a file, or as a list. A contributor says of a
//! conversation or of a range whether a person wrote it. Where none is named it was the agent's: a
//! conversation is with one.

use serde::Deserialize;

use super::records::{AGENTS, Agent};

/// A record, as far as it matters. Everything else in it is passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Record {
    schema: Option<String>,
    tool: Option<Tool>,
    files: Option<Vec<File>>,
    contributor: Option<Contributor>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Tool {
    Named {
        name: Option<String>,
    },
    /// Some write the name of the agent's own tool here (`Edit`), which names nobody.
    Other(serde::de::IgnoredAny),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct File {
    conversations: Vec<Conversation>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Conversation {
    contributor: Option<Contributor>,
    ranges: Vec<Range>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Range {
    contributor: Option<Contributor>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Contributor {
    #[serde(rename = "type")]
    kind: Option<String>,
    model_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Document {
    Many(Vec<Record>),
    One(Record),
}

/// The agents that a note or a file of records names; none where it holds no record, or people
/// alone contributed. `fresh` tells which lines are looked at.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn agents(
    text: &[u8],
    fresh: &dyn Fn(&[u8]) -> bool,
) -> Result<Vec<Agent>, &'static str> {
    let mut agents = Vec::new();
    let lines = text.split(|byte| *byte == b'\n');
    let lines = lines
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty());
    // One a line, unless a first line that is no JSON by itself says that a document has several.
    let by_line = lines
        .clone()
        .next()
        .is_none_or(|first| serde_json::from_slice::<serde::de::IgnoredAny>(first).is_ok());
    if by_line {
        for line in lines.filter(|line| fresh(line)) {
            add(line, &mut agents)?;
        }
    } else {
        add(text, &mut agents)?;
    }
    Ok(agents)
}

fn add(json: &[u8], agents: &mut Vec<Agent>) -> Result<(), &'static str> {
    let document = serde_json::from_slice(json).map_err(|_| "it is no Agent Trace record")?;
    match document {
        Document::Many(records) => records.iter().for_each(|record| record.add(agents)),
        Document::One(record) => record.add(agents),
    }
    Ok(())
}

impl Record {
    fn add(&self, agents: &mut Vec<Agent>) {
        let mut found = |contributor: Option<&Contributor>| {
            if contributor.is_none_or(Contributor::is_agent) {
                let model = contributor.and_then(|by| by.model_id.clone());
                let agent = Agent::new(self.tool_name(), model);
                // More than are kept need not be told apart: millions of them would take hours.
                if agents.len() < AGENTS && !agents.contains(&agent) {
                    agents.push(agent);
                }
            }
        };
        let Some(files) = &self.files else {
            // A flat form, one record an edit, says by its schema what it is.
            let flat = self.schema.as_ref();
            if flat.is_some_and(|schema| schema.starts_with("agent-trace")) {
                found(self.contributor.as_ref());
            }
            return;
        };
        for conversation in files.iter().flat_map(|file| &file.conversations) {
            let whole = conversation.contributor.as_ref();
            if conversation.ranges.is_empty() {
                found(whole);
            }
            for range in &conversation.ranges {
                found(range.contributor.as_ref().or(whole));
            }
        }
    }

    fn tool_name(&self) -> Option<String> {
        match &self.tool {
            Some(Tool::Named { name }) => name.clone(),
            Some(Tool::Other(_)) | None => None,
        }
    }
}

impl Contributor {
    /// `human` and `unknown` are none; `ai`, `mixed` and what a later version adds are one.
    fn is_agent(&self) -> bool {
        !matches!(self.kind.as_deref(), Some("human" | "unknown"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn more_agents_than_are_kept_are_not_told_apart() {
        let record = |n| format!("{{\"schema\":\"agent-trace\",\"tool\":{{\"name\":\"x{n}\"}}}}\n");
        let text: String = (0..AGENTS * 3).map(record).collect();
        assert_eq!(agents(text.as_bytes(), &|_| true).unwrap().len(), AGENTS);
    }

    fn named(text: &str) -> Vec<String> {
        let found = agents(text.as_bytes(), &|_| true).unwrap();
        found.into_iter().map(|agent| agent.to_string()).collect()
    }

    fn record(conversations: &str) -> String {
        format!(
            "{{\"version\":\"0.1.0\",\"tool\":{{\"name\":\"cursor\"}},\"files\":[{{\"path\":\"a\",\
            \"conversations\":[{conversations}]}}]}}"
        )
    }

    #[test]
    fn a_conversation_is_an_agents_unless_it_says_otherwise() {
        for (conversation, expected) in [
            (
                r#"{"contributor":{"type":"ai","model_id":"lab/m"},"ranges":[{}]}"#,
                "cursor (lab/m)",
            ),
            (
                r#"{"contributor":{"type":"mixed"},"ranges":[{}]}"#,
                "cursor",
            ),
            (
                r#"{"url":"https://agent.example/1","ranges":[{}]}"#,
                "cursor",
            ),
            (
                r#"{"contributor":{"type":"human"},"ranges":[{"contributor":{"type":"ai"}}]}"#,
                "cursor",
            ),
        ] {
            assert_eq!(named(&record(conversation)), [expected], "{conversation}");
        }
        for conversation in [
            r#"{"contributor":{"type":"human"},"ranges":[{}]}"#,
            r#"{"contributor":{"type":"unknown"},"ranges":[]}"#,
        ] {
            assert!(named(&record(conversation)).is_empty(), "{conversation}");
        }
    }

    #[test]
    fn records_come_by_line_as_a_list_and_as_a_document() {
        let one = record(r#"{"ranges":[{}]}"#);
        assert_eq!(named(&format!("{one}\n\n{one}\n")), ["cursor"]);
        assert_eq!(named(&format!("[{one}]")), ["cursor"]);
        assert_eq!(
            named(&one.replace(',', ",\n  ").replacen('{', "{\n", 1)),
            ["cursor"]
        );
        let flat =
            r#"{"schema":"agent-trace/v0.1.0","session_id":"1","file_path":"a","tool":"Edit"}"#;
        assert_eq!(named(flat), ["ai"]);
    }

    #[test]
    fn other_json_holds_no_record_and_other_text_is_no_trace() {
        assert!(named("{\"settings\":1}\n").is_empty());
        assert!(named("").is_empty());
        assert!(agents(b"not json\n", &|_| true).is_err());
        assert!(agents(b"{}\nnot json\n", &|_| true).is_err());
        assert!(agents(b"{\"files\":7}\n", &|_| true).is_err());
    }

    #[test]
    fn lines_that_are_not_fresh_are_not_looked_at() {
        let one = record(r#"{"ranges":[{}]}"#);
        assert!(agents(one.as_bytes(), &|_| false).unwrap().is_empty());
    }
}
