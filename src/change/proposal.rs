//! What a submitter puts into the queue: a bare commit, or an annotated tag with a cover letter.
//! Everything here is a claim, shown as one.

use jiff::Timestamp;

use super::{ChangeId, Commit, Oid, Provenance, QueueRef, trailers};

/// The cover letter of a proposal, from the message of an annotated tag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cover {
    /// First line.
    pub title: String,
    /// What follows, without the trailers. Markdown.
    pub body: String,
    /// `Target:` full ref name.
    pub target: Option<String>,
    /// `Base:` counts only by the rule of `docs/formats.md`.
    pub base: Option<Oid>,
    /// `Agent:` name.
    pub agent: Option<String>,
    /// `Model:` name.
    pub model: Option<String>,
    /// `Session:` URL.
    pub session: Option<String>,
    /// `Operator:` principal of the person who runs the agent.
    pub operator: Option<String>,
    /// `Reviewer:` principals or roles that are asked.
    pub reviewers: Vec<String>,
    /// `Reply:` answers to remarks on earlier revisions.
    pub replies: Vec<Reply>,
}

/// An answer to one remark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The remark: `<payload sha256>/<index>`.
    pub comment: String,
    /// What the submitter says was done.
    pub state: ReplyState,
    /// In words; may be empty.
    pub reason: String,
}

/// What a submitter says was done about a remark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyState {
    /// Mended.
    Fixed,
    /// Will stay, with a reason.
    WontFix,
}

/// The trailers of a cover letter; a last paragraph without any of them is part of the body.
const KEYS: [&str; 8] = [
    "Target", "Base", "Agent", "Model", "Session", "Operator", "Reviewer", "Reply",
];

impl Cover {
    /// Reads the message of a proposal's tag (without its signature).
    pub fn parse(message: &str) -> Self {
        let message = message.trim_end();
        let (title, rest) = message.split_once('\n').unwrap_or((message, ""));
        let found = trailers(message);
        let ours = found.iter().any(|t| KEYS.iter().any(|key| t.is(key)));
        let body = if !ours {
            rest
        } else {
            rest.rsplit_once("\n\n").map_or("", |(body, _)| body)
        };
        let mut cover = Self {
            title: title.trim().to_owned(),
            body: body.trim().to_owned(),
            ..Self::default()
        };
        for trailer in found {
            let value = || Some(trailer.value.to_owned()).filter(|value| !value.is_empty());
            match trailer.key.to_ascii_lowercase().as_str() {
                "target" => cover.target = value(),
                "base" => cover.base = trailer.value.parse().ok(),
                "agent" => cover.agent = value(),
                "model" => cover.model = value(),
                "session" => cover.session = value(),
                "operator" => cover.operator = value(),
                "reviewer" => cover.reviewers.extend(value()),
                "reply" => cover.replies.extend(Reply::parse(trailer.value)),
                _ => {}
            }
        }
        cover
    }

    /// The message of the tag that [`parse`](Self::parse) reads back.
    pub fn message(&self) -> String {
        let mut out = format!("{}\n\n", self.title);
        if !self.body.is_empty() {
            out.push_str(self.body.trim());
            out.push_str("\n\n");
        }
        let mut line = |key: &str, value: &str| {
            out.push_str(&format!("{key}: {}\n", value.replace('\n', " ")));
        };
        if let Some(target) = &self.target {
            line("Target", target);
        }
        if let Some(base) = &self.base {
            line("Base", &base.to_string());
        }
        for (key, value) in [
            ("Agent", &self.agent),
            ("Model", &self.model),
            ("Session", &self.session),
            ("Operator", &self.operator),
        ] {
            if let Some(value) = value {
                line(key, value);
            }
        }
        for reviewer in &self.reviewers {
            line("Reviewer", reviewer);
        }
        for reply in &self.replies {
            let state = match reply.state {
                ReplyState::Fixed => "fixed",
                ReplyState::WontFix => "wontfix",
            };
            line(
                "Reply",
                format!("{} {state} {}", reply.comment, reply.reason).trim_end(),
            );
        }
        out
    }
}

impl Reply {
    /// Reads `<comment id> fixed|wontfix <reason>`.
    pub fn parse(value: &str) -> Option<Self> {
        let mut words = value.splitn(3, ' ');
        let comment = words.next()?.to_owned();
        let state = match words.next()? {
            "fixed" => ReplyState::Fixed,
            "wontfix" => ReplyState::WontFix,
            _ => return None,
        };
        let reason = words.next().unwrap_or_default().trim().to_owned();
        Some(Self {
            comment,
            state,
            reason,
        })
    }
}

/// One revision of a change, resolved: what it stands on, what it is meant for, its commits.
#[derive(Debug, Clone)]
pub struct Revision {
    /// The change.
    pub id: ChangeId,
    /// 1, 2, 3 …
    pub number: u32,
    /// The full name of the ref it was read from.
    pub ref_name: String,
    /// What that ref names: the head itself, or an annotated tag on it.
    pub ref_oid: Oid,
    /// The proposed commit.
    pub head: Commit,
    /// What it stands on: declared where that counts, else the merge base.
    pub base: Oid,
    /// The tree of the base.
    pub base_tree: Oid,
    /// Full name of the ref it is meant for.
    pub target: String,
    /// Title shown in the queue.
    pub title: String,
    /// Text shown below it.
    pub body: String,
    /// The cover letter, where the proposal is an annotated tag.
    pub cover: Option<Cover>,
    /// The commits of `base..head`, oldest first.
    pub commits: Vec<Commit>,
    /// What the markers say of these commits.
    pub provenance: Provenance,
    /// The waiting revision whose head is this one's base.
    pub stacked_on: Option<QueueRef>,
    /// When it was queued: the tag's date, else the head's committer date.
    pub created_at: Timestamp,
    /// What is odd about the proposal, a sentence each.
    pub oddities: Vec<String>,
}

impl Revision {
    /// `<id>@<n>`.
    pub fn name(&self) -> QueueRef {
        QueueRef {
            id: self.id.clone(),
            number: self.number,
        }
    }

    /// Title and body as one text, as it is shown and remarked on.
    pub fn message(&self) -> Vec<u8> {
        let title = self.title.trim_end();
        let message = match self.body.trim() {
            "" => format!("{title}\n"),
            body => format!("{title}\n\n{body}\n"),
        };
        message.into_bytes()
    }

    /// The agent: as the cover claims, else by marker.
    pub fn agent(&self) -> Option<&str> {
        self.cover
            .as_ref()
            .and_then(|cover| cover.agent.as_deref())
            .or_else(|| self.provenance.agent())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_cover_is_read_back_as_it_was_written() {
        let cover = Cover {
            title: "Raise edge timeouts".to_owned(),
            body: "Why: they were short.\n\n- one\n- two".to_owned(),
            target: Some("refs/heads/main".to_owned()),
            base: Some("c41f9e0b7a52d8e6f3109b4e5d7c2a816f90d3e4".parse().unwrap()),
            agent: Some("amazonq".to_owned()),
            operator: Some("dana@shop.example".to_owned()),
            reviewers: vec!["senior".to_owned(), "bob@shop.example".to_owned()],
            replies: vec![Reply {
                comment: format!("{}/0", "a".repeat(64)),
                state: ReplyState::WontFix,
                reason: "the balancer checks health".to_owned(),
            }],
            ..Cover::default()
        };
        assert_eq!(Cover::parse(&cover.message()), cover);
    }

    #[test]
    fn a_bare_title_is_a_whole_cover() {
        let cover = Cover::parse("Just a title\n");
        assert_eq!(cover.title, "Just a title");
        assert_eq!(cover.body, "");
        assert_eq!(cover.target, None);
    }

    #[test]
    fn a_reply_needs_a_known_state() {
        assert_eq!(
            Reply::parse("abc/0 fixed").map(|r| r.state),
            Some(ReplyState::Fixed)
        );
        assert!(Reply::parse("abc/0 done").is_none());
        assert!(Reply::parse("abc/0").is_none());
    }
}
