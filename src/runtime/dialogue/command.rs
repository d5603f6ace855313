//! The commands of the dialogue of lines: words for what the one table of actions names, and a few
//! that only a dialogue needs.

use crate::app::action::Action;

/// A line that was typed, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// The queue.
    List,
    /// A change by its number in the list, or by its id.
    Open(String),
    /// The rest of what is open, from where reading stopped.
    Read,
    /// What is open, in short.
    Where,
    /// The findings.
    Findings,
    /// Answers a finding by its number, in these words if any.
    Answer(usize, String),
    /// Compares two of base, commits and revisions.
    Compare(String, String),
    /// A remark; on a line of the hunk that was read last, where a number is given.
    Comment(Option<u32>, String),
    /// A remark on the change.
    CommentChange(String),
    /// A rejection with its reason.
    Reject(String),
    /// Signs what the sheet showed.
    Sign,
    /// The word that a high risk asks for.
    Word(String),
    /// A word that goes with the verdict.
    Note(String),
    /// Filters the queue.
    Filter(String),
    /// An action of the table.
    Act(Action),
    /// The commands.
    Help,
    /// Nothing was typed.
    Nothing,
    /// Not understood; why.
    Unknown(String),
}

/// Commands that take words or exist only here, with what they do.
const OWN: [(&str, &str); 15] = [
    ("list", "the queue, a sentence each"),
    ("open NUMBER or ID", "open a change"),
    (
        "read",
        "read on: the next hunk; what was read counts as seen",
    ),
    ("where", "the open change in short"),
    ("findings", "findings and remarks, numbered"),
    (
        "answer NUMBER [TEXT]",
        "answer a finding that was read, in words that are signed",
    ),
    (
        "compare A B",
        "what differs between two of base, commits and revisions: compare @1 @2; \
         since last goes back to all",
    ),
    (
        "comment [LINE] TEXT",
        "remark on a line, or on the hunk read last",
    ),
    ("comment change TEXT", "remark on the change as a whole"),
    ("reject REASON", "reject: reads the sheet"),
    ("word WORD", "on the sheet: the word it asks for"),
    (
        "note TEXT",
        "on the sheet: a word that goes with the verdict",
    ),
    ("sign", "on the sheet: sign it"),
    ("filter WORDS", "filter the queue; without words all"),
    ("help", "this list"),
];

/// Actions of the table that make sense without a screen.
const ACTIONS: [Action; 26] = [
    Action::NextHunk,
    Action::PreviousHunk,
    Action::NextFile,
    Action::PreviousFile,
    Action::NextPoint,
    Action::NextChange,
    Action::PreviousChange,
    Action::Top,
    Action::SinceLast,
    Action::FileSeen,
    Action::Approve,
    Action::Undo,
    Action::PushNow,
    Action::Answer1,
    Action::Answer2,
    Action::Answer3,
    Action::Later,
    Action::Claim,
    Action::Refresh,
    Action::Details,
    Action::Log,
    Action::EditFile,
    Action::Shell,
    Action::Cancel,
    Action::Leave,
    Action::QuitNow,
];

/// What an action is called in a dialogue.
fn name(action: Action) -> String {
    match action {
        Action::PushNow => "push".to_owned(),
        Action::NextPoint => "next finding".to_owned(),
        Action::Answer1 => "correctness".to_owned(),
        Action::Answer2 => "security".to_owned(),
        Action::Answer3 => "performance".to_owned(),
        Action::QuitNow => "quit".to_owned(),
        action => action.name().replace('_', " "),
    }
}

/// Reads a line.
pub(super) fn parse(line: &str) -> Command {
    let line = line.trim();
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    let text = || rest.to_owned();
    match word {
        "" => Command::Nothing,
        "list" => Command::List,
        "open" if !rest.is_empty() => Command::Open(text()),
        "read" => Command::Read,
        "where" => Command::Where,
        "findings" => Command::Findings,
        "answer" => {
            let (number, words) = rest.split_once(' ').unwrap_or((rest, ""));
            match number.parse() {
                Ok(number) => Command::Answer(number, words.trim().to_owned()),
                Err(_) => Command::Unknown("answer takes the number of a finding".to_owned()),
            }
        }
        "compare" => match rest.split_once(' ') {
            Some((left, right)) => Command::Compare(left.to_owned(), right.trim().to_owned()),
            None => Command::Unknown("compare takes two: compare base @2".to_owned()),
        },
        "comment" => comment(rest),
        "reject" => Command::Reject(text()),
        "sign" => Command::Sign,
        "word" => Command::Word(text()),
        "note" => Command::Note(text()),
        "filter" => Command::Filter(text()),
        "help" | "?" => Command::Help,
        _ => {
            let found = ACTIONS.iter().find(|action| name(**action) == line);
            found.map_or_else(
                || Command::Unknown(format!("{line:?} is no command; help lists them")),
                |action| Command::Act(*action),
            )
        }
    }
}

fn comment(rest: &str) -> Command {
    let (first, words) = rest.split_once(' ').unwrap_or((rest, ""));
    match first {
        "" => Command::Unknown("comment takes the words of the remark".to_owned()),
        "change" if !words.is_empty() => Command::CommentChange(words.trim().to_owned()),
        first => match first.parse() {
            Ok(line) if !words.is_empty() => Command::Comment(Some(line), words.trim().to_owned()),
            _ => Command::Comment(None, rest.to_owned()),
        },
    }
}

/// The commands, a line each.
pub(super) fn help() -> Vec<String> {
    let own = OWN.iter().map(|(form, says)| format!("{form}: {says}."));
    let actions = ACTIONS.iter().map(|action| {
        let says = match action {
            Action::QuitNow => "leave; asks where verdicts wait",
            action => action.says(),
        };
        format!("{}: {says}.", name(*action))
    });
    own.chain(actions).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_commands() {
        assert_eq!(parse(" open 3 "), Command::Open("3".to_owned()));
        assert_eq!(parse("next hunk"), Command::Act(Action::NextHunk));
        assert_eq!(parse("push"), Command::Act(Action::PushNow));
        assert_eq!(
            parse("comment 12 no retry here"),
            Command::Comment(Some(12), "no retry here".to_owned())
        );
        assert_eq!(
            parse("comment why?"),
            Command::Comment(None, "why?".to_owned())
        );
        assert_eq!(
            parse("comment change too large"),
            Command::CommentChange("too large".to_owned())
        );
        assert_eq!(
            parse("answer 2 the caller checks it"),
            Command::Answer(2, "the caller checks it".to_owned())
        );
        assert_eq!(
            parse("compare @1 @2"),
            Command::Compare("@1".to_owned(), "@2".to_owned())
        );
        assert!(matches!(parse("compare @1"), Command::Unknown(_)));
        assert!(matches!(parse("aprove"), Command::Unknown(_)));
        assert!(matches!(parse("answer x"), Command::Unknown(_)));
    }
}
