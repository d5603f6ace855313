//! Runs the rules over a prepared change: linear-time patterns first, then what has to be computed.

use super::Side;
use super::kind::Kind;
use super::language::Language;
use super::report::Report;
use super::rule::{Match, Part, Pattern, Rule, Which};
use super::scan::Scan;
use super::shape::{calls_the_same, is_head, unquoted};
use super::source::{Source, SourceHunk, SourceLine, cut};
use crate::diff::LineKind;

/// How far `after` looks.
const AFTER: usize = 6;
/// How far `before` looks.
const BEFORE: usize = 8;

/// Runs every rule that is patterns over every file.
pub(super) fn run(sources: &[Source<'_>], report: &mut Report<'_>) {
    let rules: Vec<&Rule> = report.all().filter(|rule| !rule.computed).collect();
    for (file, source) in sources.iter().enumerate() {
        if source.hunks.is_empty() {
            continue;
        }
        let scan = Scan::of(source);
        for rule in &rules {
            for found in rule.matches.iter().filter(|found| concerns(found, source)) {
                let hits = scan.lines(found.part, &found.pattern);
                if !hits.is_empty() {
                    search(rule, found, (file, source), &hits, report);
                }
            }
        }
    }
}

/// Whether a match can fire in a file at all.
fn concerns(found: &Match, source: &Source<'_>) -> bool {
    let tests = || found.kinds.contains(&Kind::Test) && source.changed().any(|line| line.in_test);
    (found.languages.is_empty() || found.languages.contains(&source.language))
        && (source.kinds.any(&found.kinds) || tests())
        && (found.side == Which::Added || !source.is_gone || found.gone)
        && found
            .path
            .as_ref()
            .is_none_or(|path| path.is_match(source.path.as_bytes()))
}

/// Looks at the lines that matched, hunk by hunk.
fn search(
    rule: &Rule,
    found: &Match,
    (file, source): (usize, &Source<'_>),
    hits: &[usize],
    report: &mut Report<'_>,
) {
    let mut before = 0;
    for hunk in &source.hunks {
        let end = before + hunk.lines.len();
        let of_hunk: Vec<usize> = hits
            .iter()
            .filter(|line| (before..end).contains(line))
            .map(|line| line - before)
            .collect();
        before = end;
        if of_hunk.is_empty() {
            continue;
        }
        let search = Search {
            found,
            source,
            hunk,
            hits: of_hunk,
        };
        for (line, columns) in search.lines() {
            let sentence = found.sentence.clone();
            report.line(rule, (file, source), &hunk.lines[line], columns, sentence);
        }
    }
}

/// One part of a line.
pub(super) fn part_of<'a>(line: &'a SourceLine<'_>, part: Part) -> &'a [u8] {
    match part {
        Part::Code => &line.lexed.code,
        Part::Text => &line.lexed.text,
        Part::Comment => &line.lexed.comment,
        Part::Raw => cut(line.raw),
    }
}

/// One match of one rule in one hunk.
struct Search<'a, 'b> {
    found: &'a Match,
    source: &'a Source<'b>,
    hunk: &'a SourceHunk<'b>,
    /// The lines of the hunk that the pattern matches, ascending.
    hits: Vec<usize>,
}

impl Search<'_, '_> {
    /// The lines to report.
    fn lines(&self) -> Vec<(usize, Option<(usize, usize)>)> {
        let lines = match self.found.side {
            Which::Added => self.added(),
            Which::Removed => self.removed(),
            Which::Pair => self.pairs(),
        };
        lines
            .into_iter()
            .map(|line| (line, self.columns(line)))
            .collect()
    }

    fn columns(&self, line: usize) -> Option<(usize, usize)> {
        let pattern = match self.found.side {
            Which::Pair => self.found.to.as_ref()?,
            Which::Added | Which::Removed => &self.found.pattern,
        };
        let place = pattern.regex()?.find(self.text(line))?;
        Some((place.start(), place.end()))
    }

    fn text(&self, line: usize) -> &[u8] {
        part_of(&self.hunk.lines[line], self.found.part)
    }

    fn line(&self, line: usize) -> &SourceLine<'_> {
        &self.hunk.lines[line]
    }

    /// Lines that are new and match, less those that only replace such a line.
    fn added(&self) -> Vec<usize> {
        let mut lines = self.matching(Side::New, LineKind::Added);
        let old = self.matching(Side::Old, LineKind::Removed);
        let mut spare: Vec<usize> = old
            .iter()
            .filter(|line| {
                self.line(**line)
                    .pair
                    .is_none_or(|new| !lines.contains(&new))
            })
            .map(|line| self.line(*line).run)
            .collect();
        lines.retain(|line| {
            let here = self.line(*line);
            if here.pair.is_some_and(|pair| old.contains(&pair)) {
                return false;
            }
            let replaced = spare.iter().position(|run| *run == here.run);
            replaced.map(|at| spare.swap_remove(at)).is_none()
        });
        lines
    }

    /// Lines that went, less as many as the hunk adds again.
    fn removed(&self) -> Vec<usize> {
        let mut lines = self.matching(Side::Old, LineKind::Removed);
        let again = self
            .found
            .made_up_by
            .as_ref()
            .unwrap_or(&self.found.pattern);
        let mut made_up: Vec<usize> = (0..self.hunk.lines.len())
            .filter(|at| self.line(*at).kind == LineKind::Added && !self.line(*at).moved)
            .filter(|at| again.is_match(self.text(*at)))
            .collect();
        let declared_again = |line: usize| {
            let name = self.name(&self.found.pattern, line);
            let mut added = self.hunk.lines.iter().enumerate();
            name.is_some()
                && added.any(|(at, other)| {
                    other.kind == LineKind::Added && self.name(&self.found.pattern, at) == name
                })
        };
        // A line that replaces it makes up for it before any other does.
        lines.retain(|line| {
            let by = made_up
                .iter()
                .position(|at| Some(*at) == self.line(*line).pair);
            by.map(|by| made_up.swap_remove(by)).is_none() && !declared_again(*line)
        });
        let made_up = made_up.len().min(lines.len());
        lines.split_off(made_up)
    }

    /// New lines that replace a matching old one.
    fn pairs(&self) -> Vec<usize> {
        let Some(to) = &self.found.to else {
            return Vec::new();
        };
        let lines = self.hunk.lines.iter().enumerate();
        lines
            .filter(|(at, line)| {
                line.kind == LineKind::Removed && self.hits.binary_search(at).is_ok()
            })
            .filter_map(|(at, line)| line.pair.map(|new| (at, new)))
            .filter(|(old, new)| !self.names_the_same(to, *old, *new))
            .map(|(_, new)| new)
            .filter(|new| to.is_match(self.text(*new)) && !self.line(*new).moved)
            .filter(|new| !self.is_excluded(*new) && self.is_of_kind(*new))
            .filter(|new| !self.only_words_differ(*new))
            .filter(|new| {
                let position = self.hunk.new.iter().position(|line| line == new);
                position.is_some_and(|position| self.surroundings(Side::New, position).is_some())
            })
            .collect()
    }

    /// Where both patterns of a pair name something, it has to differ.
    fn names_the_same(&self, to: &Pattern, old: usize, new: usize) -> bool {
        let before = self.name(&self.found.pattern, old);
        before.is_some() && before == self.name(to, new)
    }

    /// What a pattern names in a line.
    fn name(&self, pattern: &Pattern, line: usize) -> Option<Vec<u8>> {
        let found = pattern.regex()?.captures(self.text(line))?;
        found.name("name").map(|name| name.as_bytes().to_vec())
    }

    /// A test inside a source file is a test.
    fn is_of_kind(&self, line: usize) -> bool {
        if self.line(line).in_test {
            self.found.kinds.contains(&Kind::Test)
        } else {
            self.source.kinds.any(&self.found.kinds)
        }
    }

    fn is_excluded(&self, line: usize) -> bool {
        self.found
            .not
            .as_ref()
            .is_some_and(|not| not.is_match(self.text(line)))
    }

    /// Lines of one kind that the match reports: the matching line, or the changed line that makes
    /// an unchanged one match.
    fn matching(&self, side: Side, kind: LineKind) -> Vec<usize> {
        let stream = self.hunk.side(side);
        let mut found = Vec::new();
        for (position, line) in stream.iter().enumerate() {
            if self.hits.binary_search(line).is_err()
                || self.is_excluded(*line)
                || !self.is_of_kind(*line)
            {
                continue;
            }
            let Some(partner) = self.surroundings(side, position) else {
                continue;
            };
            if kind == LineKind::Removed && self.still_matches(*line) {
                continue;
            }
            let reported = [Some(*line), partner]
                .into_iter()
                .flatten()
                .find(|line| self.line(*line).kind == kind)
                .or_else(|| self.gone_between(kind, *line, partner?))
                .or_else(|| self.gone_after(kind, *line));
            if let Some(reported) = reported
                && (self.found.even_moved || !self.line(reported).moved)
                && !self.only_words_differ(reported)
                && !found.contains(&reported)
            {
                found.push(reported);
            }
        }
        found
    }

    /// Whether an unchanged line matches after the change, with whatever is around it then.
    fn still_matches(&self, line: usize) -> bool {
        let stays = self.line(line).kind == LineKind::Context;
        let position = self.hunk.new.iter().position(|at| *at == line);
        position.is_some_and(|at| stays && self.surroundings(Side::New, at).is_some())
    }

    /// Whether a line and its pair differ in comments and blanks only; in YAML in quotes, too.
    fn only_words_differ(&self, line: usize) -> bool {
        let yaml = self.source.language == Language::Yaml;
        let squeezed = |line: usize| {
            let text = unquoted(&self.line(line).lexed.text, yaml);
            let text = text.iter().filter(|b| !b.is_ascii_whitespace());
            text.copied().collect::<Vec<u8>>()
        };
        matches!(self.found.part, Part::Code | Part::Text)
            && self
                .line(line)
                .pair
                .is_some_and(|pair| squeezed(pair) == squeezed(line))
    }

    /// Two unchanged lines match because what stood between them went, or what `not_after` forbids
    /// in the block: the first of that.
    fn gone_between(&self, kind: LineKind, line: usize, partner: usize) -> Option<usize> {
        let gone = |at: &usize| self.line(*at).kind == LineKind::Removed;
        let between = (line..partner).find(|at| gone(at));
        let forbidden = || {
            let barred = self.found.not_after.as_ref()?;
            let block = self.block(line, &self.hunk.old);
            block
                .iter()
                .copied()
                .find(|at| gone(at) && barred.is_match(self.text(*at)))
        };
        (kind == LineKind::Added)
            .then(|| between.or_else(forbidden))
            .flatten()
    }

    /// The lines of the block that a line opens, as far as `after` looks.
    fn block<'s>(&self, line: usize, stream: &'s [usize]) -> &'s [usize] {
        let start = stream.partition_point(|at| *at <= line);
        let after = &stream[start..(start + AFTER).min(stream.len())];
        let outer = self.line(line).indent;
        let ends = |at: &usize| {
            let line = self.line(*at);
            line.indent.is_some() && line.indent <= outer && !line.opens_only()
        };
        let end = after.iter().position(ends).unwrap_or(after.len());
        &after[..end]
    }

    /// Lines around it stand, and what spoke against the match went: the first of that.
    fn gone_after(&self, kind: LineKind, line: usize) -> Option<usize> {
        let pattern = self.found.not_after.as_ref()?;
        let reach = line + 1..(line + 1 + 2 * AFTER).min(self.hunk.lines.len());
        let speaks = |at: &usize, kind| {
            let other = self.line(*at);
            other.kind == kind
                && !other.moved
                && other.indent > self.line(line).indent
                && pattern.is_match(self.text(*at))
        };
        let gone = reach.into_iter().find(|at| speaks(at, LineKind::Removed))?;
        let replaced = self
            .line(gone)
            .pair
            .is_some_and(|new| speaks(&new, LineKind::Added));
        (kind == LineKind::Added && !replaced).then_some(gone)
    }

    /// Whether the lines around allow the match; the line that did, where one was asked for.
    fn surroundings(&self, side: Side, position: usize) -> Option<Option<usize>> {
        let stream = self.hunk.side(side);
        let line = stream[position];
        let mut partner = None;
        if let Some(next) = &self.found.next {
            let next_line = stream[position + 1..]
                .iter()
                .find(|l| !self.text(**l).trim_ascii().is_empty() && !self.line(**l).opens_only());
            partner = Some(*next_line.filter(|l| self.agrees(next, line, **l))?);
        }
        let after = &stream[position + 1..(position + 1 + AFTER).min(stream.len())];
        if let Some(pattern) = &self.found.after {
            partner = Some(*after.iter().find(|l| self.agrees(pattern, line, **l))?);
        }
        let mut before = &stream[position.saturating_sub(BEFORE)..position];
        if let Some(pattern) = &self.found.before {
            let place = before
                .iter()
                .rposition(|l| self.agrees(pattern, line, *l))?;
            before = &before[place..];
        }
        self.is_clear(stream, position, before, after)
            .then_some(partner)
    }

    /// Whether what stands before, after, beside and around the line lets the match be.
    fn is_clear(
        &self,
        stream: &[usize],
        position: usize,
        before: &[usize],
        after: &[usize],
    ) -> bool {
        let found = self.found;
        let any = |pattern: &Pattern, lines: &[usize]| {
            lines.iter().any(|l| pattern.is_match(self.text(*l)))
        };
        let forbidden = |pattern: &Option<Pattern>, lines: &[usize]| {
            pattern.as_ref().is_some_and(|pattern| any(pattern, lines))
        };
        let near = |pattern: &Pattern| any(pattern, before) || any(pattern, after);
        let replaces = |pattern: &Pattern| self.replaces(pattern, stream[position]);
        let inside = |pattern: &Pattern| self.is_inside(pattern, stream, position);
        let above = position.checked_sub(1).map(|above| stream[above]);
        let changed_above = above.is_some_and(|above| self.line(above).changed());
        let block = self.block(stream[position], stream);
        let barred = forbidden(&found.not_before, before)
            || forbidden(&found.not_after, block)
            || forbidden(&found.not_above, self.attributes(&stream[..position]))
            || found.not_beside.as_ref().is_some_and(replaces)
            || found.not_inside.as_ref().is_some_and(inside)
            || (found.after_unchanged && changed_above)
            || (found.call_stays && !self.call_stays(stream, position))
            || (found.block_stays && !self.block_stays(stream, position));
        let met = found.near.as_ref().is_none_or(near)
            && found.replaces.as_ref().is_none_or(replaces)
            && found.inside.as_ref().is_none_or(inside);
        met && !barred
    }

    /// The attributes, annotations or decorators right above.
    fn attributes<'s>(&self, above: &'s [usize]) -> &'s [usize] {
        let is_attribute = |at: &usize| {
            let text = self.line(*at).raw.trim_ascii_start();
            text.starts_with(b"@") || text.starts_with(b"[") || text.starts_with(b"#[")
        };
        let start = above.iter().rposition(|at| !is_attribute(at));
        &above[start.map_or(0, |start| start + 1)..]
    }

    /// Whether the line, or the one before it, is still there in some form.
    fn call_stays(&self, stream: &[usize], position: usize) -> bool {
        let stays = |line: usize| {
            let stays = |new: usize| calls_the_same(self.text(line), self.text(new));
            let line = self.line(line);
            line.kind == LineKind::Context || line.pair.is_some_and(stays) || line.moved
        };
        let mut above = stream[..position].iter().rev();
        let above = above.find(|line| self.line(**line).indent.is_some());
        stays(stream[position]) || above.is_none_or(|line| stays(*line))
    }

    /// Whether what encloses the line, and for a branch what it is a branch of, is there on both
    /// sides; what the hunk does not show is.
    fn block_stays(&self, stream: &[usize], position: usize) -> bool {
        let stays = |line: &SourceLine<'_>| {
            line.kind == LineKind::Context || line.pair.is_some() || line.moved
        };
        let indent = self.line(stream[position]).indent.unwrap_or(0);
        for above in stream[..position].iter().rev().map(|at| self.line(*at)) {
            match above.indent {
                Some(outer) if outer < indent => return stays(above),
                Some(beside) if beside == indent && is_head(&above.lexed.code) => {
                    return stays(above);
                }
                _ => {}
            }
        }
        !self.source.is_new
    }

    /// Whether a removed line of the run of `line` matches.
    fn replaces(&self, pattern: &Pattern, line: usize) -> bool {
        let run = self.line(line).run;
        self.hunk.lines.iter().enumerate().any(|(at, other)| {
            other.kind == LineKind::Removed && other.run == run && pattern.is_match(self.text(at))
        })
    }

    /// Whether another line matches; where both patterns name something, it is the same.
    fn agrees(&self, pattern: &Pattern, line: usize, other: usize) -> bool {
        let Some(regex) = pattern.regex() else {
            return false;
        };
        let Some(captures) = regex.captures(self.text(other)) else {
            return false;
        };
        let Some(there) = captures.name("name") else {
            return true;
        };
        let here = self
            .found
            .pattern
            .regex()
            .and_then(|regex| regex.captures(self.text(line)));
        here.and_then(|captures| captures.name("name").map(|m| m.as_bytes().to_vec()))
            .is_none_or(|here| here == there.as_bytes())
    }

    /// Whether a line that encloses this one, by its indent, matches; or the hunk's scope.
    fn is_inside(&self, pattern: &Pattern, stream: &[usize], position: usize) -> bool {
        let outer = self.hunk.enclosing(stream, position);
        outer.iter().any(|line| pattern.is_match(self.text(*line)))
            || pattern.is_match(self.hunk.scope.as_bytes())
    }
}
