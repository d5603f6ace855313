//! What is wrong with a command line, in the form of every other failure; and the commands and flags
//! of the interface that this version does not have, named as such.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{ExitCode, Failure};

/// Commands that are promised and not built.
const COMMANDS: &[&str] = &["prune"];

/// Flags that are promised and not built, with what to do instead.
const FLAGS: &[(&str, &str)] = &[
    ("--attest", "keep the output of --json with the deployment"),
    ("--env", "give the last verified commit as A..B"),
    (
        "--gate-key",
        "keep the output of --json with the deployment",
    ),
];

/// The failure that a usage error is; none where clap was asked for help or its version.
pub(super) fn failure(error: &clap::Error) -> Option<Failure> {
    if !error.use_stderr() {
        return None;
    }
    Some(not_built(error).unwrap_or_else(|| plain(error)))
}

/// A command or flag that is promised.
fn not_built(error: &clap::Error) -> Option<Failure> {
    let given = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let name = given(ContextKind::InvalidSubcommand)?;
            COMMANDS.contains(&name).then(|| {
                Failure::usage(format!("{name} is not built yet"))
                    .hint("countersign --help lists what there is")
            })
        }
        ErrorKind::UnknownArgument => {
            let given = given(ContextKind::InvalidArg)?;
            let name = given.split('=').next().unwrap_or(given);
            let (name, instead) = FLAGS.iter().find(|(flag, _)| *flag == name)?;
            Some(Failure::usage(format!("{name} is not built yet")).hint(*instead))
        }
        _ => None,
    }
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
        for (flag, _) in FLAGS {
            let text = said(&["gate", flag]);
            assert!(text.contains("is not built yet"), "{flag}: {text}");
            let text = said(&["gate", &format!("{flag}=x")]);
            assert!(text.contains("is not built yet"), "{flag}=x: {text}");
        }
    }
}
