//! What happens in the demo world, as its data files tell it: people, the history of `main`, changes.
//!
//! `world/README.md` says how the files are written; `parse` reads them.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Everything that the world is built from.
#[derive(Debug)]
pub(super) struct Story {
    /// Who makes commits, by the short name that the files use.
    pub(super) people: BTreeMap<String, Person>,
    /// The commits of `main`, oldest first. A label `main:1` means the first.
    pub(super) main: Vec<Recipe>,
    /// The changes, by id.
    pub(super) changes: BTreeMap<String, Change>,
}

impl Story {
    /// Whether this person's git signs.
    pub(super) fn signs(&self, who: &str) -> bool {
        self.people.get(who).is_some_and(|person| person.signs)
    }

    /// The label of the commit that a revision stands on: `main:N`, or the head of the change it
    /// is stacked on.
    pub(super) fn base(&self, id: &str, number: usize) -> Option<&str> {
        let revision = self
            .changes
            .get(id)?
            .revisions
            .get(number.checked_sub(1)?)?;
        let declared = revision.cover.as_ref().and_then(|c| c.base.as_deref());
        match (declared, revision.onto.split_once('@')) {
            (Some(base), _) => Some(base),
            (None, Some((id, number))) => self.base(id, number.parse().ok()?),
            (None, None) => Some(&revision.onto),
        }
    }
}

/// A person or an agent, as commits name them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) email: String,
    /// Whether their git signs what they commit.
    #[serde(default)]
    pub(super) signs: bool,
}

/// One commit: who, when, why, and what it does to the files.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recipe {
    /// The author.
    pub(super) by: String,
    /// The committer, where it is somebody else.
    pub(super) committer: Option<String>,
    pub(super) age: Age,
    pub(super) message: String,
    #[serde(default)]
    pub(super) delete: Vec<String>,
    /// Old and new path; before the edits.
    #[serde(default)]
    pub(super) rename: Vec<(String, String)>,
    #[serde(default)]
    pub(super) executable: Vec<String>,
    #[serde(default)]
    pub(super) make: Vec<Make>,
    /// The revision (`id@n`) that this commit of `main` merges.
    pub(super) merge: Option<String>,
    /// Not signed, although its committer signs.
    #[serde(default)]
    pub(super) unsigned: bool,
    /// The sections of the archive that belong to this commit.
    #[serde(skip)]
    pub(super) sections: Vec<Section>,
}

impl Recipe {
    /// The short name of the committer.
    pub(super) fn committer(&self) -> &str {
        self.committer.as_deref().unwrap_or(&self.by)
    }
}

/// The text of one file, or edits to it.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) path: String,
    pub(super) edits: bool,
    pub(super) body: String,
}

/// A file that is made by code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Make {
    pub(super) path: String,
    pub(super) kind: MakeKind,
    /// Pixels a side of a badge, lines of a client.
    pub(super) size: u32,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum MakeKind {
    Badge,
    Client,
}

/// One change with all its revisions and what was said of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    /// Rules that must fire on the newest revision.
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "a promise that the tests hold"))]
    pub(super) expect: Vec<String>,
    #[serde(rename = "revision")]
    pub(super) revisions: Vec<Revision>,
    #[serde(default, rename = "finding")]
    pub(super) findings: Vec<Finding>,
    #[serde(default, rename = "verdict")]
    pub(super) verdicts: Vec<Said>,
    pub(super) claim: Option<Claim>,
}

/// One revision: where it starts, its commits, and its cover letter if it has one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Revision {
    /// `main:N` or `id@n`.
    pub(super) onto: String,
    pub(super) cover: Option<Cover>,
    #[serde(rename = "commit")]
    pub(super) commits: Vec<Recipe>,
    #[serde(default, rename = "check")]
    pub(super) checks: Vec<Check>,
}

impl Revision {
    /// The title that the queue shows.
    pub(super) fn title(&self) -> &str {
        let last = self.commits.last();
        let subject = last.and_then(|recipe| recipe.message.trim().lines().next());
        let cover = self.cover.as_ref().map(|cover| cover.title.as_str());
        cover.or(subject).unwrap_or_default()
    }
}

/// The annotated tag on a revision.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cover {
    pub(super) by: String,
    pub(super) age: Age,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) target: String,
    /// The change this one is stacked on: `id@n`.
    pub(super) base: Option<String>,
    pub(super) agent: Option<String>,
    pub(super) model: Option<String>,
    pub(super) session: Option<String>,
    pub(super) operator: Option<String>,
    #[serde(default)]
    pub(super) reviewers: Vec<String>,
    #[serde(default)]
    pub(super) reply: Vec<Reply>,
}

/// The submitter's answer to a comment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reply {
    /// `WHO:ID@N:INDEX`
    pub(super) to: String,
    /// `fixed` or `wontfix`.
    pub(super) how: String,
    pub(super) reason: String,
}

/// What CI says of a revision.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {
    pub(super) name: String,
    pub(super) state: String,
    pub(super) age: Age,
    pub(super) url: String,
}

/// What a scanner says of a line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Finding {
    pub(super) revision: u32,
    pub(super) tool: String,
    pub(super) rule: String,
    pub(super) level: String,
    pub(super) path: String,
    /// Text of the line.
    pub(super) at: String,
    pub(super) message: String,
}

/// A signed verdict.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    pub(super) revision: u32,
    pub(super) by: String,
    pub(super) age: Age,
    pub(super) verdict: Kind,
    pub(super) summary: Option<String>,
    /// How long an approver read.
    #[serde(default)]
    pub(super) seconds: u64,
    /// What an approver says to every finding.
    pub(super) answer: Option<String>,
    pub(super) checklist: Option<Ticks>,
    #[serde(default, rename = "comment")]
    pub(super) comments: Vec<Remark>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Approve,
    Reject,
    Comment,
}

/// An approver's three answers: `pass` or `na`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ticks {
    pub(super) correctness: Tick,
    pub(super) security: Tick,
    pub(super) performance: Tick,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Tick {
    Pass,
    Na,
}

/// A comment on a line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Remark {
    pub(super) path: String,
    /// Text of the line.
    pub(super) at: String,
    #[serde(default)]
    pub(super) side: Half,
    pub(super) severity: Weight,
    pub(super) body: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Half {
    Old,
    #[default]
    New,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Weight {
    Must,
    Should,
    Nit,
    Note,
}

/// "I am on it."
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Claim {
    pub(super) by: String,
    pub(super) age: Age,
    /// From when it was made.
    pub(super) lasts: Age,
}

/// Seconds, written `1d4h20m`: how long ago, or how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Age(pub(super) i64);

impl TryFrom<String> for Age {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bad = || format!("not an age such as 1d4h20m: {text:?}");
        let mut seconds: i64 = 0;
        let mut rest = text.as_str();
        while let Some(at) = rest.find(|c: char| !c.is_ascii_digit()) {
            let number: i64 = rest[..at].parse().map_err(|_| bad())?;
            let unit = match &rest[at..=at] {
                "d" => 86_400,
                "h" => 3_600,
                "m" => 60,
                _ => return Err(bad()),
            };
            seconds += number * unit;
            rest = &rest[at + 1..];
        }
        if rest.is_empty() && !text.is_empty() {
            Ok(Self(seconds))
        } else {
            Err(bad())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_add_up() {
        let age = |text: &str| Age::try_from(text.to_owned()).map(|age| age.0);
        assert_eq!(age("1d4h20m"), Ok(86_400 + 4 * 3_600 + 20 * 60));
        assert_eq!(age("90m"), Ok(5_400));
        for bad in ["", "4", "4x", "h", "4h2"] {
            assert!(age(bad).is_err(), "{bad}");
        }
    }
}
