//! What is looked up while reading: who changed a line before, and the session of the change.

use super::reading::Open;
use super::{Effect, State, Tone, perform};
use crate::change::{Oid, RepoPath};
use crate::diff::LineKind;
use crate::diff::rows::RowKind;

/// A line whose last change is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlameAsk {
    /// The commit at which the line is looked at.
    pub at: Oid,
    /// Where the change begins, for a line that it brought.
    pub since: Option<Oid>,
    /// The file there.
    pub path: RepoPath,
    /// The line, from 1.
    pub line: u32,
}

/// Who changed a line last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blamed {
    /// In which commit.
    pub commit: Oid,
    /// By whom.
    pub author: String,
    /// When.
    pub at: jiff::Timestamp,
    /// The commit's title.
    pub title: String,
}

/// `b`: who changed the line under the cursor before this change did; of a line that the change
/// brought, in which of its commits.
pub(super) fn blame(state: &mut State) -> Vec<Effect> {
    let mut effects = perform::enter_diff(state);
    let generation = state.reading.as_ref().map(|reading| reading.generation);
    let Some((generation, open)) = generation.zip(state.open()) else {
        return effects;
    };
    let compares = state
        .reading
        .as_ref()
        .is_some_and(|r| r.pane() != r.generation);
    if compares {
        let said = "not while two ends are compared: look at the change itself";
        state.say(Tone::Plain, said);
        return effects;
    }
    match open.blame_ask() {
        Some(ask) => {
            state.say(Tone::Plain, format!("line {}: looking …", ask.line));
            effects.push(Effect::Blame(state.home(), generation, Box::new(ask)));
        }
        None => state.say(Tone::Plain, "the cursor is on no line of a file"),
    }
    effects
}

/// Who changed it came back.
pub(super) fn blamed(
    state: &mut State,
    generation: u64,
    ask: &BlameAsk,
    result: Result<Blamed, String>,
) -> Vec<Effect> {
    let current = state.reading.as_ref().map(|reading| reading.generation);
    if current != Some(generation) {
        return Vec::new();
    }
    let line = ask.line;
    match result {
        Ok(found) => {
            let commit = found.commit.short(8);
            let own = match ask.since {
                Some(_) => " of this change",
                None => "",
            };
            let when = when(found.at, state.clock.wall);
            let (author, title) = (found.author, found.title);
            let text = format!("line {line}: {author}, {when}, {commit}{own}: {title}");
            state.say(Tone::Plain, text);
        }
        Err(why) => state.say(Tone::Warning, format!("line {line}: {why}")),
    }
    Vec::new()
}

/// The day, and how many days ago that was.
fn when(at: jiff::Timestamp, now: jiff::Timestamp) -> String {
    let day = at.strftime("%Y-%m-%d");
    let days = (now.as_second() - at.as_second()) / 86_400;
    match days {
        ..0 => format!("{day}, in the future"),
        0 => format!("{day}, today"),
        1 => format!("{day}, a day ago"),
        _ => format!("{day}, {days} days ago"),
    }
}

/// `o`: opens the session in which the change was made.
pub(super) fn open_session(state: &mut State) -> Vec<Effect> {
    let Some(open) = state.open() else {
        state.say(Tone::Plain, "no change is open");
        return Vec::new();
    };
    match open.change.subject.session.clone() {
        None => state.say(Tone::Plain, "the proposal names no session"),
        Some(link) if !is_link(&link) => state.say(
            Tone::Warning,
            format!("not opened: the session is no http link: {link}"),
        ),
        Some(link) => {
            state.say(Tone::Plain, format!("opening {link}"));
            return vec![Effect::OpenLink(link)];
        }
    }
    Vec::new()
}

/// The link was opened by a program, or there is none for it.
pub(super) fn opened(
    state: &mut State,
    link: String,
    result: Result<String, String>,
) -> Vec<Effect> {
    match result {
        Ok(program) => {
            state.say(Tone::Plain, format!("opened with {program}: {link}"));
            Vec::new()
        }
        Err(why) => {
            state.say(Tone::Plain, format!("{why}; copied instead: {link}"));
            vec![Effect::Copy(link)]
        }
    }
}

/// Whether a text is a link that may be handed to a program: http or https, printable ASCII, and
/// nothing a program could take for an option.
pub fn is_link(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    host.is_some_and(|host| !host.is_empty())
        && text.len() <= 4_096
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl Open {
    /// What to ask of the line under the cursor.
    fn blame_ask(&self) -> Option<BlameAsk> {
        let row = self.rows.get(self.cursor)?;
        let file = self.files().get(row.file as usize)?;
        let line = self.line_of(row).filter(|_| row.file > 0)?;
        let subject = &self.change.subject;
        let is_new = line.kind == LineKind::Added && !matches!(row.kind, RowKind::Blank { .. });
        let (side, number, at) = if is_new {
            (file.new.as_ref()?, line.new?, subject.head.commit)
        } else {
            let number = match row.kind {
                RowKind::Blank { .. } => self.lines_of(row)[0]?.old?,
                _ => line.old?,
            };
            (file.old.as_ref()?, number, subject.base.commit)
        };
        Some(BlameAsk {
            at,
            since: is_new.then_some(subject.base.commit),
            path: side.path.clone(),
            line: number,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_web_links_are_opened() {
        for good in ["https://a.example/s/1?x=1#y", "http://host"] {
            assert!(is_link(good), "{good}");
        }
        for bad in [
            "",
            "https://",
            "https:///x",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "-https://a",
            "https://a b",
            "https://a\u{1b}[0m",
            "https://ä.example",
        ] {
            assert!(!is_link(bad), "{bad}");
        }
        assert!(!is_link(&format!("https://{}", "a".repeat(5_000))));
    }

    #[test]
    fn days_are_counted() {
        let at: jiff::Timestamp = jiff::Timestamp::UNIX_EPOCH;
        let later = |days: i64| at + jiff::SignedDuration::from_hours(24 * days);
        assert_eq!(when(at, later(0)), "1970-01-01, today");
        assert_eq!(when(at, later(30)), "1970-01-01, 30 days ago");
        assert_eq!(when(later(9), at), "1970-01-10, in the future");
    }
}
