//! Rules as data: what `rules/*.toml` says, read once and compiled where it is used.

use std::sync::{LazyLock, OnceLock};

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

use super::kind::Kind;
use super::language::Language;

/// The rule files, as shipped, in the order in which they take precedence on a line.
pub(super) const FILES: &[(&str, &str)] = &[
    ("hidden", include_str!("rules/hidden.toml")),
    ("secrets", include_str!("rules/secrets.toml")),
    ("injection", include_str!("rules/injection.toml")),
    ("access", include_str!("rules/access.toml")),
    ("cluster", include_str!("rules/cluster.toml")),
    ("config", include_str!("rules/config.toml")),
    ("infra", include_str!("rules/infra.toml")),
    ("ci", include_str!("rules/ci.toml")),
    ("data", include_str!("rules/data.toml")),
    ("dependencies", include_str!("rules/dependencies.toml")),
    ("concurrency", include_str!("rules/concurrency.toml")),
    ("errors", include_str!("rules/errors.toml")),
    ("tests", include_str!("rules/tests.toml")),
    ("logic", include_str!("rules/logic.toml")),
    ("resources", include_str!("rules/resources.toml")),
    ("tells", include_str!("rules/tells.toml")),
    ("observability", include_str!("rules/observability.toml")),
    ("syntax", include_str!("rules/syntax.toml")),
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) severity: u8,
    /// The question to answer.
    pub(super) sentence: String,
    /// Whether each line counts, not each group of lines.
    #[serde(default)]
    pub(super) each_line: bool,
    /// Whether a program, not patterns, finds it.
    #[serde(default)]
    pub(super) computed: bool,
    #[serde(default, rename = "match")]
    pub(super) matches: Vec<Match>,
    /// Changes at which it must fire; its tests.
    #[serde(default)]
    pub(super) firing: Vec<String>,
    /// Changes at which it must be silent; its tests.
    #[serde(default)]
    pub(super) silent: Vec<String>,
}

/// A rule, as a page or a report names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleInfo<'a> {
    /// Its id, as policy and findings carry it.
    pub id: &'a str,
    /// 3 must be answered before sign-off, 2 look, 1 note.
    pub severity: u8,
    /// The question it asks.
    pub sentence: &'a str,
}

/// Every shipped rule, by id.
pub fn rules() -> Vec<RuleInfo<'static>> {
    let mut rules: Vec<RuleInfo<'static>> = Book::shipped()
        .map(|book| book.rules.as_slice())
        .unwrap_or_default()
        .iter()
        .map(|rule| RuleInfo {
            id: &rule.id,
            severity: rule.severity,
            sentence: &rule.sentence,
        })
        .collect();
    rules.sort_by_key(|rule| rule.id);
    rules
}

/// One way in which a rule matches.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Match {
    /// Absent: all.
    #[serde(default)]
    pub(super) languages: Vec<Language>,
    /// The kinds of file; absent: code.
    #[serde(default = "code")]
    pub(super) kinds: Vec<Kind>,
    #[serde(default)]
    pub(super) side: Which,
    /// What the file's path matches; absent: any.
    pub(super) path: Option<Pattern>,
    /// What of a line is read.
    #[serde(default, rename = "in")]
    pub(super) part: Part,
    pub(super) pattern: Pattern,
    /// For pairs: what the new line matches.
    pub(super) to: Option<Pattern>,
    /// The line must not match this (for pairs: the new line).
    pub(super) not: Option<Pattern>,
    /// The next line that is neither blank nor an opening brace matches.
    pub(super) next: Option<Pattern>,
    /// One of the six lines after it matches.
    pub(super) after: Option<Pattern>,
    /// One of the eight lines before it matches.
    pub(super) before: Option<Pattern>,
    /// A line that encloses it, or the hunk's scope, matches.
    pub(super) inside: Option<Pattern>,
    /// One of the lines around it matches.
    pub(super) near: Option<Pattern>,
    /// No line that encloses it, and not the hunk's scope, matches.
    pub(super) not_inside: Option<Pattern>,
    /// No removed line of its run matches.
    pub(super) not_beside: Option<Pattern>,
    /// Whether the line before it has to be unchanged.
    #[serde(default)]
    pub(super) after_unchanged: bool,
    /// Whether what stands before it has to stay: a check that goes with its call is no loss.
    #[serde(default)]
    pub(super) call_stays: bool,
    /// Whether the block around it has to be there before and after: what goes with its test, its
    /// `switch` or its function is no loss, what comes with it is no change.
    #[serde(default)]
    pub(super) block_stays: bool,
    /// None of the eight lines before it matches; where `before` is given, none after that line.
    pub(super) not_before: Option<Pattern>,
    /// None of the six lines after it matches, as far as they are in the block that it opens.
    pub(super) not_after: Option<Pattern>,
    /// None of the attributes right above it matches.
    pub(super) not_above: Option<Pattern>,
    /// Whether it counts where the line only moved: what matters is where it stands.
    #[serde(default)]
    pub(super) even_moved: bool,
    /// One of the removed lines of its run matches.
    pub(super) replaces: Option<Pattern>,
    /// For removed lines: an added line that matches this makes up for one; absent: `pattern`.
    pub(super) made_up_by: Option<Pattern>,
    /// Says what the rule's sentence says, closer to this match.
    pub(super) sentence: Option<String>,
    /// Whether it also counts where the whole file goes.
    #[serde(default)]
    pub(super) gone: bool,
}

#[cfg(test)]
impl Match {
    /// Every pattern of the match.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        let optional = [
            &self.path,
            &self.to,
            &self.not,
            &self.next,
            &self.after,
            &self.before,
            &self.inside,
            &self.near,
            &self.not_before,
            &self.not_inside,
            &self.not_beside,
            &self.not_after,
            &self.not_above,
            &self.replaces,
            &self.made_up_by,
        ];
        std::iter::once(&self.pattern).chain(optional.into_iter().flatten())
    }
}

pub(super) fn code() -> Vec<Kind> {
    vec![Kind::Code]
}

/// On which lines a match looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Which {
    /// A line is added that was not there before.
    #[default]
    Added,
    /// A line goes and nothing makes up for it.
    Removed,
    /// A line is replaced by another.
    Pair,
}

/// What of a line a match reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Part {
    /// Without comments and strings.
    #[default]
    Code,
    /// Without comments.
    Text,
    /// Comments only.
    Comment,
    /// As it is.
    Raw,
}

impl Part {
    pub(super) const ALL: [Self; 4] = [Self::Code, Self::Text, Self::Comment, Self::Raw];
}

/// A pattern over bytes: linear time, compiled when first used.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub(super) struct Pattern {
    source: String,
    regex: OnceLock<Option<Regex>>,
    /// Whether it must be tried line by line: over a whole file the time of a search is linear, that
    /// of all searches is only where the pattern was written with care.
    pub(super) by_line: bool,
}

impl From<String> for Pattern {
    fn from(source: String) -> Self {
        Self {
            source,
            regex: OnceLock::new(),
            by_line: false,
        }
    }
}

impl Pattern {
    /// A pattern that a stranger wrote: compiled at once, within these limits in bytes.
    pub(super) fn limited(
        source: String,
        program: usize,
        automaton: usize,
    ) -> Result<Self, regex::Error> {
        let regex = RegexBuilder::new(&source)
            .unicode(false)
            .multi_line(true)
            .nest_limit(40)
            .size_limit(program)
            .dfa_size_limit(automaton)
            .build()?;
        Ok(Self {
            source,
            regex: OnceLock::from(Some(regex)),
            by_line: true,
        })
    }

    /// The pattern as it is written.
    pub(super) fn as_str(&self) -> &str {
        &self.source
    }

    /// The compiled pattern; none where it is no pattern, which a test excludes.
    pub(super) fn regex(&self) -> Option<&Regex> {
        self.regex
            .get_or_init(|| {
                RegexBuilder::new(&self.source)
                    .unicode(false)
                    .multi_line(true)
                    .dfa_size_limit(1 << 20)
                    .build()
                    .ok()
            })
            .as_ref()
    }

    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }
}

/// All rules.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) rules: Vec<Rule>,
}

static BOOK: LazyLock<Result<Book, String>> = LazyLock::new(Book::read);

impl Book {
    /// The shipped rules; the error says what is wrong with them, which a test excludes.
    pub(super) fn shipped() -> Result<&'static Self, &'static String> {
        BOOK.as_ref()
    }

    fn read() -> Result<Self, String> {
        let mut rules = Vec::new();
        for (name, source) in FILES {
            let file: File = toml::from_str(source).map_err(|e| format!("{name}.toml: {e}"))?;
            rules.extend(file.rule);
        }
        Ok(Self { rules })
    }

    /// The rule of this id and its place in the order.
    pub(super) fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

impl Rule {
    /// What the rule says, in texts: its fields in a fixed order. Examples change nothing.
    pub(super) fn parts(&self) -> Vec<String> {
        let Self {
            id,
            severity,
            sentence,
            each_line,
            computed,
            matches,
            firing: _,
            silent: _,
        } = self;
        let mut parts = vec![
            id.clone(),
            severity.to_string(),
            sentence.clone(),
            format!("{each_line} {computed} {}", matches.len()),
        ];
        parts.extend(matches.iter().flat_map(Match::parts));
        parts
    }
}

impl Match {
    fn parts(&self) -> Vec<String> {
        let Self {
            languages,
            kinds,
            side,
            path,
            part,
            pattern,
            to,
            not,
            next,
            after,
            before,
            inside,
            near,
            not_inside,
            not_beside,
            after_unchanged,
            call_stays,
            not_before,
            not_after,
            not_above,
            even_moved,
            block_stays,
            replaces,
            made_up_by,
            sentence,
            gone,
        } = self;
        let mut parts = vec![
            format!("{languages:?} {kinds:?} {side:?} {part:?}"),
            format!("{after_unchanged} {call_stays} {block_stays} {gone} {even_moved}"),
            format!("{sentence:?}"),
            pattern.as_str().to_owned(),
        ];
        let optional = [
            path, to, not, next, after, before, inside, near, not_inside, not_beside, not_before,
            not_after, not_above, replaces, made_up_by,
        ];
        let optional = optional.into_iter().map(|pattern| {
            let text = pattern.as_ref().map(Pattern::as_str);
            // No pattern is empty.
            text.unwrap_or_default().to_owned()
        });
        parts.extend(optional);
        parts
    }
}
