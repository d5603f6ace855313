//! What is asked: the target, the root of trust, the range, each from the flags or from the clone.

use std::path::Path;

use super::super::args::GateArgs;
use super::super::context::{journal, unresolved};
use super::super::{ExitCode, Failure};
use crate::change::Oid;
use crate::evidence::policy_at;
use crate::gate::{Range, RangeError};
use crate::git::{GitError, Store};
use crate::policy::Floor;
use crate::review::{Session, full_ref};

/// A program out of the tree it judges could say anything.
pub(super) fn not_out_of_the_tree(session: &Session) -> Result<(), Failure> {
    let own = std::env::current_exe().and_then(std::fs::canonicalize);
    let tree = session.store.workdir().map(std::fs::canonicalize);
    match (own, tree) {
        (Ok(own), Some(Ok(tree))) if own.starts_with(&tree) => Err(Failure::usage(format!(
            "the gate does not run out of its own repository's work tree: {}",
            own.display()
        ))
        .hint("install it elsewhere, and judge with that")),
        _ => Ok(()),
    }
}

/// The target asked for, else the policy's first.
pub(super) fn target(session: &Session, args: &GateArgs) -> Result<String, Failure> {
    if let Some(target) = &args.target {
        return Ok(full_ref(target));
    }
    let policy = session
        .default_policy()
        .map_err(|error| undecided(&error))?;
    policy
        .target()
        .map(str::to_owned)
        .ok_or_else(|| match session.store.resolve_commit("HEAD") {
            Ok(_) => Failure::new(
                ExitCode::Undecided,
                "E-POLICY-MISSING no branch is known here by whose policy to judge",
            )
            .hint("fetch it, or name it: --target BRANCH"),
            Err(_) => Failure::usage("nothing to judge: this repository has no commits")
                .hint("git fetch brings them"),
        })
}

/// The root of trust: a full object id, or a file that holds one; else what this client pinned.
pub(super) fn root(
    dir: &Path,
    session: &Session,
    args: &GateArgs,
    target: &str,
) -> Result<Option<Oid>, Failure> {
    match &args.policy_root {
        Some(text) => written_root(dir, text).map(Some),
        None => {
            let pins = session.journal.pins().load();
            let pins = pins.map_err(|error| journal(&error))?;
            Ok(pins.root_of(target))
        }
    }
}

/// The root of trust as it was given: a full object id, or a file that holds one.
pub(in crate::cli) fn written_root(dir: &Path, text: &str) -> Result<Oid, Failure> {
    if let Ok(oid) = text.parse() {
        return Ok(oid);
    }
    let wrong = |why: &str| {
        Failure::new(
            ExitCode::Undecided,
            format!("E-POLICY-ROOT --policy-root {text:?}: {why}"),
        )
        .hint("give a full object id of 40 hex digits, or a file that holds one")
    };
    let content =
        std::fs::read_to_string(dir.join(text)).map_err(|error| wrong(&error.to_string()))?;
    content
        .trim()
        .parse()
        .map_err(|_| wrong("the file holds no full object id"))
}

/// Refuses a deployable that the policy at the base does not know. Where there is no such policy the
/// gate says so itself.
pub(super) fn deployable(store: &Store, name: Option<&str>, base: Oid) -> Result<(), Failure> {
    let (Some(name), Ok(trusted)) = (name, policy_at(store, base)) else {
        return Ok(());
    };
    let known = &trusted.policy.deployable;
    if known.contains_key(name) {
        return Ok(());
    }
    let names: Vec<&str> = known.keys().map(String::as_str).collect();
    let failure = Failure::usage(format!(
        "--deployable {name:?}: the policy has no such table"
    ));
    Err(match names.is_empty() {
        true => failure.hint("the policy names no deployable; leave it out"),
        false => failure.hint(format!("there is {}", names.join(", "))),
    })
}

/// What is judged, from the words that were given.
pub(super) fn range(
    session: &Session,
    from_root: bool,
    asked: Option<&str>,
    target: &str,
    root: Option<Oid>,
) -> Result<Range, Failure> {
    if from_root {
        return first(&session.store, asked, root);
    }
    let tracked = session.tracked_target(target);
    let range = Range::resolve(&session.store, asked, tracked.as_deref());
    range.map_err(|error| match error {
        RangeError::Git(error) => unresolved(&session.store, &error),
        error => Failure::from_error(ExitCode::Usage, &error)
            .hint("countersign gate LAST_DEPLOYED..CANDIDATE judges what lies between"),
    })
}

/// `--first`: from the root on.
fn first(store: &Store, asked: Option<&str>, root: Option<Oid>) -> Result<Range, Failure> {
    let text = asked.unwrap_or("HEAD");
    let candidate = text
        .rsplit_once("..")
        .map_or(text, |(_, candidate)| candidate);
    let candidate = store
        .resolve_commit(if candidate.is_empty() {
            "HEAD"
        } else {
            candidate
        })
        .map_err(|error| unresolved(store, &error))?;
    // Without a root the gate says so itself.
    let base = root.unwrap_or(candidate);
    if root == Some(candidate) {
        return Err(
            Failure::usage("nothing to judge: the candidate is the policy root itself")
                .hint("countersign gate LAST_DEPLOYED..CANDIDATE judges what lies between"),
        );
    }
    Ok(Range {
        base,
        candidate,
        base_written: true,
    })
}

/// What could not be read, as no answer.
pub(super) fn undecided(error: &GitError) -> Failure {
    Failure::from_error(ExitCode::Undecided, error).hint(error.hint())
}

/// The least that the deployer asks of a policy, where a file says so.
pub(super) fn floor(dir: &Path, args: &GateArgs) -> Result<Option<Floor>, Failure> {
    let Some(file) = &args.floor else {
        return Ok(None);
    };
    let path = dir.join(file);
    let wrong = |why: String| {
        let text = format!("E-POLICY-FLOOR --floor {}: {why}", path.display());
        Failure::new(ExitCode::Undecided, text).hint("docs/gate.md says what a floor may ask")
    };
    let text = std::fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
    Floor::parse(&text).map(Some).map_err(wrong)
}
