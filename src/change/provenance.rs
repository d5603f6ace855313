//! Which commits are AI-generated, and by what marker: exact e-mails, account ids and trailers from
//! `markers.toml`. A marker raises what is required; its absence proves nothing.

use std::sync::LazyLock;

use serde::Deserialize;

use super::{Commit, Oid, Trailer};

/// One sign that a commit was made by, or with, an AI tool.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Marker {
    /// The tool's short name: `claude`, `copilot`, …; `ai` where none is named.
    pub tool: String,
    /// What was found, as written: an address, a trailer or a line.
    pub evidence: String,
    /// The commit that carries it.
    pub commit: Oid,
}

impl std::fmt::Display for Marker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.tool, self.evidence)
    }
}

/// What the markers say of a set of commits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Every marker found, in the order of the commits.
    pub markers: Vec<Marker>,
}

impl Provenance {
    /// Whether any commit carries a marker.
    pub fn is_ai(&self) -> bool {
        !self.markers.is_empty()
    }

    /// The tool of the newest marker.
    pub fn agent(&self) -> Option<&str> {
        self.markers.last().map(|marker| marker.tool.as_str())
    }

    /// The markers as text, without repeats.
    pub fn texts(&self) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for marker in &self.markers {
            let text = marker.to_string();
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts
    }
}

/// The known markers: the built-in table and what a policy adds.
#[derive(Debug, Clone)]
pub struct Markers {
    tools: Vec<Tool>,
    neutral: Neutral,
}

/// A marker of a policy that cannot be read.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not a marker: an e-mail, a `Trailer-Key` or `Trailer-Key: value`")]
pub struct MarkersError(pub String);

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Table {
    tool: Vec<Tool>,
    neutral: Neutral,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Tool {
    tool: String,
    emails: Vec<String>,
    ids: Vec<u64>,
    logins: Vec<String>,
    trailers: Vec<String>,
    lines: Vec<String>,
    names: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Neutral {
    trailers: Vec<String>,
    agent_model: Vec<String>,
}

/// The table is part of the program; that it parses is a test below.
static BUILT_IN: LazyLock<Table> =
    LazyLock::new(|| toml::from_str(include_str!("markers.toml")).unwrap_or_default());

impl Markers {
    /// The built-in table alone.
    pub fn built_in() -> Self {
        Self {
            tools: BUILT_IN.tool.clone(),
            neutral: BUILT_IN.neutral.clone(),
        }
    }

    /// The built-in table and a policy's own markers: each an e-mail address, a trailer key, or
    /// `Key: value`. They only add.
    pub fn with(extra: &[String]) -> Result<Self, MarkersError> {
        let mut all = Self::built_in();
        let mut own = Tool {
            tool: "ai".to_owned(),
            ..Tool::default()
        };
        for text in extra {
            let key = text.split_once(':').map_or(text.as_str(), |(key, _)| key);
            let is_key =
                !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if text.contains('@') && !text.contains([' ', ':']) {
                own.emails.push(text.clone());
            } else if is_key {
                own.trailers.push(text.clone());
            } else {
                return Err(MarkersError(text.clone()));
            }
        }
        all.tools.push(own);
        Ok(all)
    }

    /// Whether this address is a tool's, not a person's.
    pub fn is_tool(&self, address: &str) -> bool {
        self.tools.iter().any(|tool| tool.has_address(address))
    }

    /// The markers on these commits, which come oldest first.
    pub fn find<'a>(&self, commits: impl IntoIterator<Item = &'a Commit>) -> Provenance {
        let mut markers = Vec::new();
        for commit in commits {
            self.find_in(commit, &mut markers);
        }
        Provenance { markers }
    }

    fn find_in(&self, commit: &Commit, found: &mut Vec<Marker>) {
        let mut add = |tool: &str, evidence: String| {
            let marker = Marker {
                tool: tool.to_owned(),
                evidence,
                commit: commit.oid,
            };
            if !found.contains(&marker) {
                found.push(marker);
            }
        };
        for (role, email) in [
            ("author", commit.author.email.as_str()),
            ("committer", commit.committer.email.as_str()),
        ] {
            for tool in self.tools.iter().filter(|tool| tool.has_address(email)) {
                add(&tool.tool, format!("{role} {email}"));
            }
        }
        for trailer in commit.trailers() {
            for tool in self.tools.iter().filter(|tool| tool.has_trailer(&trailer)) {
                add(&tool.tool, format!("{}: {}", trailer.key, trailer.value));
            }
            if let Some(tool) = self.neutral_tool(&trailer) {
                add(&tool, format!("{}: {}", trailer.key, trailer.value));
            }
        }
        for line in commit.message.lines() {
            for tool in self.tools.iter().filter(|tool| tool.has_line(line)) {
                add(&tool.tool, line.trim().to_owned());
            }
        }
    }

    /// The tool that a tool-neutral trailer names, if it names one.
    fn neutral_tool(&self, trailer: &Trailer<'_>) -> Option<String> {
        if !self.neutral.trailers.iter().any(|key| trailer.is(key)) {
            return None;
        }
        let value = trailer.value.to_ascii_lowercase();
        let named = self.tools.iter().find(|tool| {
            tool.names.iter().any(|name| {
                value.strip_prefix(name.as_str()).is_some_and(|rest| {
                    !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-')
                })
            })
        });
        if let Some(tool) = named {
            return Some(tool.tool.clone());
        }
        let form = self.neutral.agent_model.iter().any(|key| trailer.is(key));
        let (agent, model) = trailer.value.split_once(':')?;
        let word = |text: &str| {
            !text.is_empty() && !text.contains(['<', '>', '@', '/']) && !text.starts_with(' ')
        };
        let model = model.split(' ').next().unwrap_or_default();
        (form && word(agent) && word(model)).then(|| agent.to_ascii_lowercase())
    }
}

impl Tool {
    fn has_address(&self, email: &str) -> bool {
        if self
            .emails
            .iter()
            .any(|own| own.eq_ignore_ascii_case(email))
        {
            return true;
        }
        let Some(local) = strip_suffix_ignoring_case(email, "@users.noreply.github.com") else {
            return false;
        };
        let (id, login) = match local.split_once('+') {
            Some((id, login)) => (id.parse::<u64>().ok(), login),
            None => (None, local),
        };
        id.is_some_and(|id| self.ids.contains(&id))
            || self
                .logins
                .iter()
                .any(|own| own.eq_ignore_ascii_case(login))
    }

    fn has_trailer(&self, trailer: &Trailer<'_>) -> bool {
        if trailer.is("Co-authored-by") || trailer.is("Co-author") {
            return trailer
                .address()
                .is_some_and(|email| self.has_address(email));
        }
        self.trailers.iter().any(|own| match own.split_once(':') {
            Some((key, value)) => {
                trailer.is(key) && trailer.value.eq_ignore_ascii_case(value.trim())
            }
            None => trailer.is(own),
        })
    }

    fn has_line(&self, line: &str) -> bool {
        self.lines
            .iter()
            .any(|own| line.trim_start().starts_with(own))
    }
}

fn strip_suffix_ignoring_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(suffix.len())?;
    let (head, tail) = (text.get(..at)?, text.get(at..)?);
    tail.eq_ignore_ascii_case(suffix).then_some(head)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::change::Identity;

    fn commit(author: &str, message: &str) -> Commit {
        let identity = |email: &str| Identity {
            name: "Claude Devin".to_owned(),
            email: email.to_owned(),
            when: jiff::Timestamp::UNIX_EPOCH,
        };
        Commit {
            oid: Oid::from_bytes([7; 20]),
            tree: Oid::from_bytes([8; 20]),
            parents: Vec::new(),
            author: identity(author),
            committer: identity("dev@corp.example"),
            message: message.to_owned(),
        }
    }

    fn tools(author: &str, message: &str) -> Vec<String> {
        let found = Markers::built_in().find([&commit(author, message)]);
        found
            .markers
            .into_iter()
            .map(|marker| marker.tool)
            .collect()
    }

    #[test]
    fn the_table_parses_and_names_every_tool() {
        let table: Table = toml::from_str(include_str!("markers.toml")).unwrap();
        assert!(table.tool.len() >= 25);
        assert!(table.tool.iter().all(|tool| !tool.tool.is_empty()));
    }

    #[test]
    fn each_kind_of_marker_is_found() {
        let human = "jo@corp.example";
        for (author, message, tool) in [
            (
                human,
                "x\n\nCo-Authored-By: Claude Opus <noreply@anthropic.com>",
                "claude",
            ),
            (
                human,
                "x\n\nco-authored-by: Copilot <223556219+Copilot@users.noreply.github.com>",
                "copilot",
            ),
            (
                human,
                "x\n\nAgent-Logs-Url: https://example.org/sessions/1",
                "copilot",
            ),
            (human, "x\n\nMade-with: Cursor", "cursor"),
            (
                human,
                "x\n\n🤖 Generated with [Claude Code](https://claude.com/claude-code)\n",
                "claude",
            ),
            (human, "x\n\nAssisted-by: Crush:glm-4", "crush"),
            (human, "x\n\nAssisted-by: Zed:some-model [tool]", "zed"),
            (human, "x\n\nGenerated-by: Claude Code", "claude"),
            ("CODEX@openai.com", "x", "codex"),
            (
                "208079219+amazon-q-developer[bot]@users.noreply.github.com",
                "x",
                "amazonq",
            ),
            ("kiro-agent[bot]@users.noreply.github.com", "x", "kiro"),
            (
                "158243242+devin-ai-integration[bot]@users.noreply.github.com",
                "x",
                "devin",
            ),
        ] {
            assert_eq!(tools(author, message), [tool], "{author} / {message}");
        }
    }

    #[test]
    fn people_names_and_vendor_domains_are_no_markers() {
        for (author, message) in [
            ("claude.paroz@corp.example", "x"),
            ("charlie@openai.com", "x"),
            ("someone@amazon.com", "x"),
            ("583231+octocat@users.noreply.github.com", "x"),
            (
                "jo@corp.example",
                "x\n\nAssisted-by: Jeff <peff@corp.example>",
            ),
            ("jo@corp.example", "x\n\nGenerated-By: protoc"),
            (
                "jo@corp.example",
                "x\n\nGenerated-By: openstack/project-config:roles/x",
            ),
            (
                "jo@corp.example",
                "mention Gemini Code Assist\n\nand Claude in prose",
            ),
        ] {
            assert!(tools(author, message).is_empty(), "{author} / {message}");
        }
    }

    #[test]
    fn a_policy_adds_markers_and_cannot_add_nonsense() {
        let extra = ["bot@corp.example".to_owned(), "X-Bot: yes".to_owned()];
        let markers = Markers::with(&extra).unwrap();
        assert!(markers.find([&commit("bot@corp.example", "x")]).is_ai());
        assert!(
            markers
                .find([&commit("a@corp.example", "x\n\nX-Bot: yes")])
                .is_ai()
        );
        assert!(
            !markers
                .find([&commit("a@corp.example", "x\n\nX-Bot: no")])
                .is_ai()
        );
        assert!(Markers::with(&["not a marker".to_owned()]).is_err());
    }
}
