//! The markers by which a commit says of itself that an AI tool made it: exact e-mails, account ids,
//! trailers and lines from `markers.toml`. `evidence` adds what is recorded beside the commit.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::tool::Tool;
use super::{Commit, Marker, Provenance, Trailer, trailer_lines};

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
struct Neutral {
    trailers: Vec<String>,
    agent_model: Vec<String>,
    affirmed: Vec<String>,
    denials: Vec<String>,
    models: Vec<String>,
    words: Vec<String>,
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

    /// The tool that goes by this name in a record: its own name, or the first words by which
    /// trailers name it.
    pub fn tool_named(&self, name: &str) -> Option<&str> {
        let name = name.to_ascii_lowercase().replace(['-', '_'], " ");
        let own = self.tools.iter().find(|tool| tool.tool == name);
        let begins = |tool: &&Tool| {
            let mut names = tool.names.iter();
            names.any(|own| {
                let rest = name.strip_prefix(own.replace('-', " ").as_str());
                rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
            })
        };
        let found = own.or_else(|| self.tools.iter().find(begins));
        found.map(|tool| tool.tool.as_str())
    }

    /// Whether this address is a tool's, not a person's.
    pub fn is_tool(&self, address: &str) -> bool {
        self.of_address(address).is_some()
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
        // By a set: a message may hold a million lines that each name a tool.
        let mut known = HashSet::new();
        let mut add = |tool: &str, evidence: String| {
            if known.insert((tool.to_owned(), evidence.clone())) {
                found.push(Marker {
                    tool: tool.to_owned(),
                    evidence,
                    commit: commit.oid,
                });
            }
        };
        for (role, who) in [("author", &commit.author), ("committer", &commit.committer)] {
            for tool in &self.tools {
                if tool.has_address(&who.email) {
                    add(&tool.tool, format!("{role} {}", who.email));
                }
                if let Some(suffix) = tool.suffixes.iter().find(|own| who.name.ends_with(*own)) {
                    add(&tool.tool, format!("{role} name ends in{suffix}"));
                }
            }
        }
        for trailer in trailer_lines(&commit.message) {
            let evidence = || format!("{}: {}", trailer.key, trailer.value);
            for tool in self.tools.iter().filter(|tool| tool.has_trailer(&trailer)) {
                add(&tool.tool, evidence());
            }
            if let Some(tool) = self.neutral_tool(&trailer) {
                add(&tool, evidence());
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
        let is_one_of = |keys: &[String]| keys.iter().any(|key| trailer.is(key));
        let value = trailer.value.to_ascii_lowercase();
        if is_one_of(&self.neutral.affirmed) {
            let denied = self.neutral.denials.contains(&value);
            let tool = || self.named(&value).unwrap_or("ai").to_owned();
            return (!denied).then(tool);
        }
        if !is_one_of(&self.neutral.trailers) {
            return None;
        }
        // An address says exactly who it was; a name beside it may be a person's.
        if let Some(address) = trailer.address().filter(|text| text.contains('@')) {
            return self.of_address(address).map(|tool| tool.tool.clone());
        }
        if let Some(tool) = self.named(&value) {
            return Some(tool.to_owned());
        }
        if !is_one_of(&self.neutral.agent_model) {
            return None;
        }
        let (agent, model) = trailer.value.split_once(':')?;
        let word = |text: &str| {
            !text.is_empty() && !text.contains(['<', '>', '@']) && !text.starts_with([' ', '/'])
        };
        let model = model.split(' ').next().unwrap_or_default();
        (word(agent) && !agent.contains('/') && word(model)).then(|| agent.to_ascii_lowercase())
    }

    /// The tool that a lower-case text names: each part of `claude, codex`, or what comes after the
    /// last `via` or `on`. A model by itself is some tool's.
    fn named(&self, text: &str) -> Option<&str> {
        let through = [" via ", " on "]
            .iter()
            .filter_map(|word| text.rsplit_once(word))
            .find_map(|(_, tool)| self.named_one(tool));
        through.or_else(|| self.named_one(text)).or_else(|| {
            let parts: Option<Vec<&str>> = text
                .split([',', '+', '&'])
                .map(|part| self.named_one(part.trim()))
                .collect();
            parts?.first().copied()
        })
    }

    fn named_one(&self, text: &str) -> Option<&str> {
        let own = self.tools.iter().find(|tool| {
            let mut names = tool.names.iter();
            names.any(|name| {
                text.strip_prefix(name.as_str())
                    .is_some_and(|rest| self.ends_a_name(rest))
            })
        });
        let model = || {
            let mut models = self.neutral.models.iter();
            models.any(|name| {
                text.strip_prefix(name.as_str()).is_some_and(|rest| {
                    rest.starts_with(|c: char| c.is_ascii_digit()) || self.ends_a_name(rest)
                })
            })
        };
        match own {
            Some(tool) => Some(&tool.tool),
            None => model().then_some("ai"),
        }
    }

    /// Whether a tool's name ends where `rest` begins: `claude`, `claude opus 4`, `claude-fable`,
    /// `claude (model)`, and not `claude doe` or `claude-marie`, who are people.
    fn ends_a_name(&self, rest: &str) -> bool {
        let Some(next) = rest.chars().next() else {
            return true;
        };
        if matches!(next, ' ' | '-' | '.' | '_') {
            let rest = rest[1..].trim_start();
            let end = rest.find(|c: char| !c.is_alphanumeric());
            let word = &rest[..end.unwrap_or(rest.len())];
            return match rest.chars().next() {
                None => true,
                Some(c) if c.is_ascii_digit() => true,
                // `v2`
                Some('v') if word[1..].starts_with(|c: char| c.is_ascii_digit()) => true,
                Some(c) if !c.is_alphanumeric() => matches!(c, '(' | '[' | '/' | '-'),
                Some(_) => self.neutral.words.iter().any(|own| own == word),
            };
        }
        let after = rest[next.len_utf8()..].chars().next();
        match next {
            ':' | '/' => after.is_some_and(|c| c != ' '),
            '(' | '[' | ';' => true,
            _ => false,
        }
    }

    fn of_address(&self, email: &str) -> Option<&Tool> {
        self.tools.iter().find(|tool| tool.has_address(email))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::change::{Identity, Oid};

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
    fn an_identity_is_a_tools_by_its_whole_address() {
        for (author, tool) in [
            ("CODEX@openai.com", "codex"),
            ("claude-code@anthropic.com", "claude"),
            ("242468646+Claude@users.noreply.github.com", "claude"),
            ("41898282+claude[bot]@users.noreply.github.com", "claude"),
            (
                "208079219+amazon-q-developer[bot]@users.noreply.github.com",
                "amazonq",
            ),
            ("kiro-agent[bot]@users.noreply.github.com", "kiro"),
            (
                "158243242+devin-ai-integration[bot]@users.noreply.github.com",
                "devin",
            ),
            ("160964065+MentatBot@users.noreply.github.com", "mentat"),
            ("pi-1f2e@codex.local", "pi"),
        ] {
            assert_eq!(tools(author, "x"), [tool], "{author}");
        }
    }

    #[test]
    fn each_kind_of_marker_in_a_message_is_found() {
        for (line, tool) in [
            (
                "Co-Authored-By: Claude Opus <noreply@anthropic.com>",
                "claude",
            ),
            (
                "co-authored-by: Copilot <223556219+Copilot@users.noreply.github.com>",
                "copilot",
            ),
            (
                "Co-authored-by: OpenHands openhands@all-hands.dev",
                "openhands",
            ),
            (
                "Agent-Logs-Url: https://forge.example/sessions/1",
                "copilot",
            ),
            ("Made-with: Cursor", "cursor"),
            ("Made-with: pi", "pi"),
            ("Entire-Checkpoint: 0123456789ab", "ai"),
            ("Entire-Strategy: manual-commit", "ai"),
            ("Replit-Commit-Session-Id: 1", "replit"),
            (
                "🤖 Generated with [Claude Code](https://claude.com/claude-code)",
                "claude",
            ),
            ("🐙 Generated with Claude Code", "claude"),
            ("💘 Generated with Crush", "crush"),
            ("Generated with Crush", "crush"),
            ("See https://app.devin.ai/sessions/0123 for more.", "devin"),
            ("Assisted-by: Crush:glm-4", "crush"),
            ("Assisted-by: Crush:lab/glm-4", "crush"),
            ("Assisted-by: Crush:AWS Claude Opus", "crush"),
            ("Assisted-by: GLM-5 via Crush <crush@charm.land>", "crush"),
            ("Assisted-by: Opus 4.6 via Claude Code", "claude"),
            ("Assisted-by: openai/gpt-5 on opencode", "opencode"),
            ("Assisted-by: Zed:some-model [tool]", "zed"),
            ("Assisted-by: Claude", "claude"),
            ("Assisted-by: claude-opus-4-6", "claude"),
            ("Assisted-by: Claude Code (a model)", "claude"),
            ("Assisted-by: Claude, GPT-5", "claude"),
            ("Assisted-by: Claude Opus 8 (Name, Place)", "claude"),
            ("Assisted-by: GPT 5.6", "ai"),
            ("Generated-by: Claude Code", "claude"),
            ("Generated-by: ChatGPT", "ai"),
            ("AI-Assisted: true", "ai"),
            ("AI-Assisted: Claude Code", "claude"),
        ] {
            let message = format!("x\n\n{line}\n");
            assert_eq!(tools("jo@corp.example", &message), [tool], "{line}");
        }
    }

    #[test]
    fn a_marker_counts_wherever_it_stands_below_the_subject() {
        let line = "Co-Authored-By: Claude Opus <noreply@anthropic.com>";
        for message in [
            format!("x\n{line}"),
            format!("x\n\n    what was done\n\n    {line}"),
            format!("x\n\n{line}\n\nTranscript: kept elsewhere, see the ticket\nfor more."),
            format!(
                "x\n\n* one\n\n{line}\n\n* two\n\n---------\n\nCo-authored-by: B <b@x.example>"
            ),
        ] {
            assert_eq!(tools("jo@corp.example", &message), ["claude"], "{message}");
        }
    }

    #[test]
    fn a_tool_may_append_itself_to_a_persons_name() {
        let mut by = commit("jo@corp.example", "x");
        by.committer.name = "Jo Doe (aider)".to_owned();
        let found = Markers::built_in().find([&by]);
        assert_eq!(found.texts(), ["aider: committer name ends in (aider)"]);
        by.committer.name = "Aider".to_owned();
        assert!(!Markers::built_in().find([&by]).is_ai());
    }

    #[test]
    fn people_names_and_vendor_domains_are_no_markers() {
        for author in [
            "claude.doe@corp.example",
            "someone@openai.com",
            "someone@anthropic.com",
            "someone@amazon.com",
            "someone@all-hands.dev",
            "noreply@github.com",
            "583231+octocat@users.noreply.github.com",
            "claude@users.noreply.github.com",
            "41898282+github-actions[bot]@users.noreply.github.com",
            "49699333+dependabot[bot]@users.noreply.github.com",
        ] {
            assert!(tools(author, "x").is_empty(), "{author}");
        }
        for line in [
            "Assisted-by: Jeff <jeff@corp.example>",
            "Assisted-by: Claude Doe <claude@corp.example>",
            "Assisted-by: Claude Doe",
            "Assisted-by: Claude-Marie Doe",
            "Assisted-by: Devin, who found it",
            "Assisted-by: Devin's patch",
            "Assisted-by: Jules Doe, Devin Doe",
            "Assisted-by: Jo: found the cause",
            "Assisted-by: https://forge.example/1",
            "Co-authored-by: Claude Doe <claude@corp.example>",
            "Co-authored-by: Claude",
            "Generated-By: protoc",
            "Generated-By: openstack/project-config:roles/x",
            "Made-with: love",
            "AI-Assisted: no",
            "mention Gemini Code Assist",
            "and Claude in prose",
            "Generated with Crush line, including validation",
            "Remove the \"Generated with Crush\" line",
            "    Assisted-by: Crush:model-1",
            "> Co-Authored-By: Claude <noreply@anthropic.com>",
            "The trailer `Co-Authored-By: Claude <noreply@anthropic.com>` is gone",
        ] {
            let message = format!("x\n\n{line}\n");
            assert!(tools("jo@corp.example", &message).is_empty(), "{line}");
        }
    }

    #[test]
    fn a_record_names_a_tool_by_its_first_words() {
        let markers = Markers::built_in();
        for (name, tool) in [
            ("claude", Some("claude")),
            ("Claude-Code", Some("claude")),
            ("github-copilot-jetbrains", Some("copilot")),
            ("gemini_cli", Some("gemini")),
            ("pilot", None),
        ] {
            assert_eq!(markers.tool_named(name), tool, "{name}");
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
