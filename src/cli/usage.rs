//! What is wrong with a command line, in the form of every other failure; and the commands of the
//! interface that this version does not have, named as such.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{ExitCode, Failure};

/// Commands that are promised and not built.
const COMMANDS: &[&str] = &["prune"];

/// The failure that a usage error is; none where clap was asked for help or its version.
pub(super) fn failure(error: &clap::Error) -> Option<Failure> {
    if !error.use_stderr() {
        return None;
    }
    Some(not_built(error).unwrap_or_else(|| plain(error)))
}

/// A command that is promised.
fn not_built(error: &clap::Error) -> Option<Failure> {
    let name = match (error.kind(), error.get(ContextKind::InvalidSubcommand)) {
        (ErrorKind::InvalidSubcommand, Some(ContextValue::String(name))) => name.as_str(),
        _ => return None,
    };
    COMMANDS.contains(&name).then(|| {
        Failure::usage(format!("{name} is not built yet"))
            .hint("countersign --help lists what there is")
    })
}

/// clap's own words: the first lines say what is wrong, tips and the usage line are hints.
fn plain(error: &clap::Error) -> Failure {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Failure::usage("a command is missing").hint("--help lists the commands");
    }
    let text = error.to_string();
    let (mut wrong, mut hints) = (Vec::new(), Vec::new());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(tip) = line.strip_prefix("tip: ") {
            hints.push(tip.to_owned());
        } else if let Some(usage) = line.strip_prefix("Usage: ") {
            hints.push(format!("usage: {usage}"));
        } else if line.starts_with("For more information") {
            hints.push("--help tells more".to_owned());
        } else {
            wrong.push(line.strip_prefix("error: ").unwrap_or(line).to_owned());
        }
    }
    Failure::new(ExitCode::Usage, wrong.join("\n")).hint(hints.join("\n"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::Parser as _;

    use super::*;
    use crate::cli::Cli;

    fn said(words: &[&str]) -> String {
        let words = ["countersign"].iter().chain(words);
        let error = Cli::try_parse_from(words).unwrap_err();
        failure(&error).unwrap().text()
    }

    #[test]
    fn clap_speaks_like_everything_else() {
        let text = said(&["list", "--colour"]);
        assert!(
            text.starts_with("countersign: unexpected argument '--colour' found\n"),
            "{text}"
        );
        assert!(text.contains("\nhint: usage: countersign list "), "{text}");
        let text = said(&["list", "--color", "\u{202e}ä"]);
        assert!(text.is_ascii(), "{text}");
    }

    #[test]
    fn what_is_promised_and_not_there_is_named() {
        for command in COMMANDS {
            assert!(
                said(&[command, "x", "--y"]).contains("is not built yet"),
                "{command}"
            );
        }
    }
}
