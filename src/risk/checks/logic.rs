//! Pairs of lines that differ in one thing: an operator, the order of arguments, a condition; and
//! exits that now come before what always ran.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::renames::{Defined, Renames};
use super::{Change, Report};
use crate::diff::LineKind;
use crate::risk::kind::Kind;
use crate::risk::language::Language;
use crate::risk::lexer::Lexed;
use crate::risk::source::{Source, SourceHunk, SourceLine};

macro_rules! patterns {
    ($($name:ident = $pattern:expr;)*) => {
        $(static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($pattern).ok());)*
    };
}

patterns! {
    OPERATOR = r"(?-u)<=|>=|===|!==|==|!=|&&|\|\||->|=>|::|<<|>>|<|>|!|\+|-|\band\b|\bor\b|\bnot\b";
    CONDITION = r"(?-u)^\s*(\}?\s*(else\s+)?if|elif|elsif|unless|while|until|switch|when)\b";
    ALWAYS = r"(?-u)\b(if|elif|unless)\s*\(?\s*(true|True|1)\s*\)?\s*([:{]|then\b|$)|(\|\||\bor\b)\s*(true|True)\b|\b(true|True)\s*(\|\||\bor\b)|\b(false|False)\s*(&&|\band\b)";
    EQUAL = r"(?-u)(?:^|[^\w.>:*&])([A-Za-z_][\w.]*)\s*===?\s*([A-Za-z_][\w.]*)(?:[^\w.(\[]|$)";
    EXIT = r"(?-u)^\s*(return|continue|break|next|goto)\b|\bif\b.*[)\s{:](return|continue|break|next)\b";
    FAILED = r"(?-u)\b[eE]rr\s*!=\s*nil\b|\bif\s+let\s+Err\(";
    BRANCH = r"(?-u)^\s*(\}?\s*(else\s+)?if|elif|elsif|unless|when)\b";
}

fn is_match(pattern: &LazyLock<Option<Regex>>, text: &[u8]) -> bool {
    pattern.as_ref().is_some_and(|regex| regex.is_match(text))
}

/// Runs the checks on logic.
pub(super) fn run(change: &Change<'_>, report: &mut Report<'_>) {
    let defined = Defined::of(change.sources);
    for (file, source) in change.sources.iter().enumerate() {
        if !source.kinds.has(Kind::Code) || is_other(source.language) {
            continue;
        }
        let renames = Renames::of(source, &defined);
        for hunk in &source.hunks {
            for (at, line) in hunk.lines.iter().enumerate() {
                if line.kind != LineKind::Added || line.moved || line.in_test {
                    continue;
                }
                let rule = line
                    .pair
                    .filter(|pair| {
                        !renames.explain(&hunk.lines[*pair].lexed.text, &line.lexed.text)
                    })
                    .and_then(|pair| pair_rule(hunk, pair, at))
                    .or_else(|| always(hunk, line).then_some("logic.always-true"))
                    .or_else(|| {
                        is_early_exit(source, hunk, at).then_some("logic.early-exit-added")
                    });
                if let Some(rule) = rule.and_then(|id| report.book.rule(id)) {
                    report.line(rule, (file, source), line, None, None);
                }
            }
        }
    }
}

/// Languages whose marks mean something else.
fn is_other(language: Language) -> bool {
    use Language::{Css, Html, Make, Perl, PowerShell, Proto, Shell, Sql};
    matches!(
        language,
        Css | Html | Make | Perl | PowerShell | Proto | Shell | Sql
    )
}

fn pair_rule(hunk: &SourceHunk<'_>, was: usize, is: usize) -> Option<&'static str> {
    let (old, new) = (&hunk.lines[was], &hunk.lines[is]);
    let (before, after) = (squeeze(&old.lexed.text), squeeze(&new.lexed.text));
    if before == after || old.in_test {
        return None;
    }
    if are_swapped(&before, &after) {
        return Some("logic.args-swapped");
    }
    let conditions = is_match(&CONDITION, &old.lexed.code) && is_match(&CONDITION, &new.lexed.code);
    if is_flip(&old.lexed, &new.lexed) {
        let stricter = is_stricter(&old.lexed.code, &new.lexed.code);
        let mild = stricter || is_turned_round(hunk, was, is);
        return match (mild, conditions) {
            (false, _) => Some("logic.operator-flip"),
            (true, true) => Some("logic.condition-changed"),
            (true, false) => None,
        };
    }
    if is_always(&new.lexed.code) && !is_always(&old.lexed.code) {
        return Some("logic.always-true");
    }
    conditions.then_some("logic.condition-changed")
}

fn squeeze(text: &[u8]) -> Vec<u8> {
    text.iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace())
        .collect()
}

/// The lines are the same but for their operators.
fn is_flip(old: &Lexed, new: &Lexed) -> bool {
    let Some(operator) = OPERATOR.as_ref() else {
        return false;
    };
    let rest = |text: &[u8]| squeeze(&operator.replace_all(text, &b""[..]));
    let operators = |text: &[u8]| -> Vec<Vec<u8>> {
        operator
            .find_iter(text)
            .map(|found| found.as_bytes().to_vec())
            .collect()
    };
    let (old_code, new_code) = (asserted(&old.code), asserted(&new.code));
    let (before, after) = (joined(&old_code), joined(&new_code));
    let words = rest(before);
    words.iter().any(u8::is_ascii_alphanumeric)
        && words == rest(after)
        && operators(before) != operators(after)
        && strings(old) == strings(new)
}

/// `==` that became `===`: fewer things are equal, none more.
fn is_stricter(old: &[u8], new: &[u8]) -> bool {
    static STRICT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?-u)([!=]=)=").ok());
    let loose = STRICT
        .as_ref()
        .map(|strict| strict.replace_all(new, &b"$1"[..]));
    loose.is_some_and(|loose| squeeze(&loose) == squeeze(old) && squeeze(new) != squeeze(old))
}

/// A condition that is the opposite of what it was, over another body: the branches changed places.
fn is_turned_round(hunk: &SourceHunk<'_>, was: usize, is: usize) -> bool {
    let positive = |code: &[u8]| -> Vec<u8> {
        let text = String::from_utf8_lossy(code).replace("!=", "==");
        let text = text.replace('!', "").replace("not ", "");
        squeeze(text.as_bytes())
    };
    let follows = |at: usize, kind: LineKind| {
        let mut below = hunk.lines[at + 1..]
            .iter()
            .filter(|line| line.kind == kind || line.kind == LineKind::Context);
        below
            .find(|line| line.indent.is_some())
            .filter(|line| line.kind == kind)
            .map(|line| squeeze(line.raw))
    };
    let (old, new) = (&hunk.lines[was].lexed.code, &hunk.lines[is].lexed.code);
    let bodies = (
        follows(was, LineKind::Removed),
        follows(is, LineKind::Added),
    );
    positive(old) == positive(new) && matches!(bodies, (Some(a), Some(b)) if a != b)
}

/// A line without the marks behind a name: `user!.id` says that there is a user, `vec!` is a macro.
fn asserted(code: &[u8]) -> Vec<u8> {
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b')' | b']');
    let mark = |at: &usize| {
        let before = code[..*at].iter().rev().find(|b| **b != b'!');
        let after = code[*at..].iter().find(|b| **b != b'!');
        code[*at] == b'!' && before.is_some_and(|b| is_name(*b)) && after != Some(&b'=')
    };
    (0..code.len())
        .filter(|at| !mark(at))
        .map(|at| code[at])
        .collect()
}

/// A line without the operators that join it to the lines around it.
fn joined(code: &[u8]) -> &[u8] {
    let mut code = code.trim_ascii();
    for join in [&b"&&"[..], b"||", b"+", b"-"] {
        let rest = code.strip_prefix(join).unwrap_or(code);
        code = rest.strip_suffix(join).unwrap_or(rest).trim_ascii();
    }
    code
}

/// What stands in the strings of a line.
fn strings(line: &Lexed) -> Vec<u8> {
    let both = line.text.iter().zip(&line.code);
    both.filter(|(text, code)| text != code)
        .map(|(text, _)| *text)
        .collect()
}

/// The same call with the same arguments in another order; whitespace is out already.
fn are_swapped(old: &[u8], new: &[u8]) -> bool {
    if old.len() != new.len() {
        return false;
    }
    let differs = |(a, b): (&u8, &u8)| a != b;
    let Some(first) = old.iter().zip(new).position(differs) else {
        return false;
    };
    let last = old.len()
        - old
            .iter()
            .rev()
            .zip(new.iter().rev())
            .position(differs)
            .unwrap_or(0);
    let Some(open) = enclosing(old, first) else {
        return false;
    };
    let (Some(a), Some(b)) = (arguments(old, open), arguments(new, open)) else {
        return false;
    };
    let name = open > 0 && (old[open - 1].is_ascii_alphanumeric() || old[open - 1] == b'_');
    let inside = a.last().is_some_and(|(_, end)| *end >= last);
    let sorted = |text: &[u8], places: &[(usize, usize)]| {
        let mut words: Vec<Vec<u8>> = places
            .iter()
            .map(|(from, to)| text[*from..*to].to_vec())
            .collect();
        words.sort();
        words
    };
    name && inside && a.len() >= 2 && sorted(old, &a) == sorted(new, &b)
}

/// The parenthesis that is open at a place.
fn enclosing(text: &[u8], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, byte) in text[..at].iter().enumerate().rev() {
        match byte {
            b')' => depth += 1,
            b'(' if depth == 0 => return Some(index),
            b'(' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The arguments of a call whose parenthesis opens at `open`.
fn arguments(text: &[u8], open: usize) -> Option<Vec<(usize, usize)>> {
    let (mut depth, mut start, mut found) = (0_usize, open + 1, Vec::new());
    for (index, byte) in text.iter().enumerate().skip(open + 1) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' if depth == 0 => {
                found.push((start, index));
                return Some(found);
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                found.push((start, index));
                start = index + 1;
            }
            _ => {}
        }
    }
    None
}

fn is_always(code: &[u8]) -> bool {
    let same = EQUAL.as_ref().is_some_and(|equal| {
        equal.captures_iter(code).any(|found| {
            let (a, b) = (found.get(1), found.get(2));
            a.map(|a| a.as_bytes()) == b.map(|b| b.as_bytes())
        })
    });
    same || is_match(&ALWAYS, code)
}

fn always(hunk: &SourceHunk<'_>, line: &SourceLine<'_>) -> bool {
    is_always(&line.lexed.code)
        && !line
            .pair
            .is_some_and(|pair| is_always(&hunk.lines[pair].lexed.code))
}

/// Whether what encloses a branch, as far as the hunk shows it, is new as well.
fn is_in_new_block(hunk: &SourceHunk<'_>, branch: &SourceLine<'_>, position: usize) -> bool {
    let above = hunk.new[..position].iter().rev();
    above
        .map(|index| &hunk.lines[*index])
        .find(|line| line.indent.is_some() && line.indent < branch.indent)
        .is_some_and(|line| line.kind == LineKind::Added && line.pair.is_none() && !line.moved)
}

/// A new conditional exit with existing statements behind it, in code that was there.
fn is_early_exit(source: &Source<'_>, hunk: &SourceHunk<'_>, at: usize) -> bool {
    let line = &hunk.lines[at];
    if source.is_new || !is_match(&EXIT, &line.lexed.code) {
        return false;
    }
    let run = line.run;
    let replaced = hunk.lines.iter().any(|other| {
        other.kind == LineKind::Removed && other.run == run && is_match(&EXIT, &other.lexed.code)
    });
    let Some(position) = hunk.new.iter().position(|index| *index == at) else {
        return false;
    };
    let branch = if is_match(&BRANCH, &line.lexed.code) {
        Some(line)
    } else {
        let outer = hunk.new[..position]
            .iter()
            .rev()
            .map(|index| &hunk.lines[*index]);
        outer
            .into_iter()
            .find(|other| other.indent.is_some() && other.indent < line.indent)
    };
    let Some(branch) = branch
        .filter(|branch| branch.kind == LineKind::Added && is_match(&BRANCH, &branch.lexed.code))
    else {
        return false;
    };
    if is_match(&FAILED, &branch.lexed.code) || is_in_new_block(hunk, branch, position) {
        return false;
    }
    let is_statement = |other: &&SourceLine<'_>| {
        other.kind == LineKind::Context
            && other
                .lexed
                .code
                .iter()
                .filter(|b| b.is_ascii_alphanumeric())
                .count()
                > 2
    };
    let mut after = hunk.new[position + 1..]
        .iter()
        .map(|index| &hunk.lines[*index]);
    let existing = after.find(|other| other.indent.is_some() && is_statement(other));
    let before = hunk.new[..position]
        .iter()
        .map(|index| &hunk.lines[*index])
        .any(|o| is_statement(&o));
    !replaced && before && existing.is_some_and(|next| next.indent == branch.indent)
}
