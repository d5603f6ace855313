//! Defaults that flip: a declaration or a setting that differs only in `true` and `false`.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Change, Report};
use crate::diff::LineKind;
use crate::risk::kind::Kind;
use crate::risk::source::{SourceHunk, SourceLine};

macro_rules! patterns {
    ($($name:ident = $pattern:expr;)*) => {
        $(static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($pattern).ok());)*
    };
}

patterns! {
    TRUTH = r"(?-u)\b(true|false|True|False)\b";
    // Says by itself that it is a default.
    DECLARED = r"(?-u)\bBool(Var|VarP|P)?\(|\b(init|set);\s*\}\s*=|(?i:default)";
    // Gives a name a value.
    NAMED = r#"(?-u)^\s*([\w\s<>.?*&-]*\s)?["']?[\w-]+["']?\s*(:\s*[\w<>?]+\s*=|[:=])\s*(true|false|True|False)\s*[,;]?\s*$"#;
    // Where such a name is an option of somebody.
    HOLDER = r"(?-u)(?i:default|option|setting|config|flag|feature|param|prefs|preferences|policy)|^\s*((export|pub|public|internal|private|sealed|final|abstract|static|data|open|typedef)\s+)*(struct|class|record|interface)\b";
}

fn is_match(pattern: &LazyLock<Option<Regex>>, text: &[u8]) -> bool {
    pattern.as_ref().is_some_and(|regex| regex.is_match(text))
}

/// Reports defaults that flipped.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    let Some(rule) = report.book.rule("cfg.default-flipped") else {
        return;
    };
    for (file, source) in change.sources.iter().enumerate() {
        if !source.kinds.has(Kind::Code) {
            continue;
        }
        for hunk in &source.hunks {
            for (position, at) in hunk.new.iter().enumerate() {
                let line = &hunk.lines[*at];
                if line.kind == LineKind::Added
                    && !line.in_test
                    && flips(hunk, line)
                    && is_default(hunk, position, line)
                {
                    report.line(rule, (file, source), line, None, None);
                }
            }
        }
    }
}

/// Whether a line and the one it replaces differ in nothing but a truth value.
fn flips(hunk: &SourceHunk<'_>, line: &SourceLine<'_>) -> bool {
    let (Some(pair), Some(truth)) = (line.pair, TRUTH.as_ref()) else {
        return false;
    };
    let rest = |line: &SourceLine<'_>| {
        let text = truth.replace_all(&line.lexed.text, &b"?"[..]).into_owned();
        text.trim_ascii().to_vec()
    };
    let old = &hunk.lines[pair];
    rest(old) == rest(line) && old.lexed.text.trim_ascii() != line.lexed.text.trim_ascii()
}

fn is_default(hunk: &SourceHunk<'_>, position: usize, line: &SourceLine<'_>) -> bool {
    if is_match(&DECLARED, &line.lexed.code) {
        return true;
    }
    let held = || {
        let outer = hunk.enclosing(&hunk.new, position);
        outer
            .iter()
            .any(|at| is_match(&HOLDER, &hunk.lines[*at].lexed.code))
            || is_match(&HOLDER, hunk.scope.as_bytes())
    };
    is_match(&NAMED, &line.lexed.code) && held()
}
