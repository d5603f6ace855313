//! Why the policy cannot be changed so, each with what helps.

use super::super::{ExitCode, Failure};
use crate::policy::Refused;

/// A change of the policy that cannot be made, with its exit code and the remedy.
pub(in crate::cli) fn refused(error: &Refused) -> Failure {
    let code = match error {
        Refused::Invalid(_) | Refused::NotEditable(_) => ExitCode::Denied,
        _ => ExitCode::Usage,
    };
    Failure::from_error(code, error).hint(remedy(error))
}

fn remedy(error: &Refused) -> String {
    match error {
        Refused::Known {
            what: "the id",
            name,
            ..
        } => format!(
            "another id, or for a key: countersign policy rotate-key {name} --key FILE; roles are changed in .countersign/policy.toml by hand"
        ),
        Refused::Known { .. } => {
            "a name and an address belong to one person; --principal and --email take others"
                .to_owned()
        }
        Refused::Unknown { nearest, known, .. } => meant(nearest.as_deref(), known),
        Refused::Unasked { nearest, known, .. } => meant(nearest.as_deref(), known),
        Refused::KnownKey { .. } => "a key belongs to one person: give another one".to_owned(),
        Refused::RevokedKey { .. } => {
            "a revoked key stays revoked: make a new one, ssh-keygen -t ed25519-sk (or -t ed25519)"
                .to_owned()
        }
        Refused::AlreadyRevoked { .. } => {
            "nothing is left to do on this target; countersign log shows what the key signed"
                .to_owned()
        }
        Refused::WhichKey { keys, .. } => {
            let flags: Vec<String> = keys.iter().map(|key| format!("--old {key}")).collect();
            format!("say which one the new key follows: {}", flags.join(" or "))
        }
        Refused::NotTheirs { live, .. } if live.is_empty() => {
            "leave --old out: no key of theirs counts now".to_owned()
        }
        Refused::NotTheirs { live, .. } => format!("--old takes one of {}", live.join(", ")),
        Refused::SeveralOwners { .. } => {
            "revoke first, then countersign policy rotate-key ID --key FILE for each".to_owned()
        }
        Refused::BadReason => "--reason takes one line of plain text".to_owned(),
        Refused::Invalid(_) => {
            "nothing was changed; the lines are those of the files as they would be".to_owned()
        }
        Refused::NotEditable(_) => {
            "change .countersign/policy.toml by hand, raise `version`, and countersign propose"
                .to_owned()
        }
    }
}

fn meant(nearest: Option<&str>, known: &[String]) -> String {
    match (nearest, known) {
        (Some(meant), _) => format!("did you mean `{meant}`?"),
        (None, []) => "the policy names none".to_owned(),
        (None, known) => format!("there are {}", known.join(", ")),
    }
}
