//! `countersign propose`: a change into the queue, as its next revision.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::ProposeArgs;
use super::context::{failure, git_failure, unresolved};
use super::cover::cover;
use super::scanned;
use super::verdict::is_locked;
use super::{Context, ExitCode, Failure};
use crate::change::{ChangeId, Oid, QueueRef};
use crate::evidence::QueueRefs;
use crate::review::{Desk, Opened, Proposal, Proposed, REFS, Session, fetch, propose, signer};
use crate::risk::scanner;
use crate::signing::{GIT_NAMESPACE, Mode};
use crate::verdict::Signer as _;

/// Runs the command.
pub(super) fn run(context: &mut Context, args: &ProposeArgs) -> Result<ExitCode, Failure> {
    let session = context.session()?;
    let store = &session.store;
    let head = store.resolve_commit(&args.rev);
    let head = head.map_err(|error| unresolved(store, &error))?;
    let cover = cover(&context.dir(), args, &session, head)?;
    let id = id(args, &session, head)?;
    let proposal = Proposal {
        id,
        head,
        cover,
        expect: args.expect,
        findings: sarif(&context.dir(), &args.sarif)?,
    };
    can_stand(context, &session, &proposal)?;
    if args.dry_run {
        return dry_run(context, &session, &proposal, args.json);
    }
    let proposed = proposed(context, &session, &proposal, args.sign)?;
    let opened = open(context, &session, &proposed.name);
    let state = if proposed.queued { "queued" } else { "local" };
    if args.json {
        let document = json!({
            "id": proposed.name.id,
            "revision": proposed.name.number,
            "ref": proposed.ref_name,
            "oid": proposed.oid,
            "created": proposed.created,
            "state": state,
            "asked": asked(opened.as_ref()),
            "findings": findings(opened.as_ref()),
        });
        context.output.json(&document)?;
    } else {
        let made = if proposed.created {
            state
        } else {
            "already there"
        };
        context
            .output
            .line(&format!("{} {made} {}", proposed.name, proposed.ref_name))?;
        say(context, opened.as_ref())?;
    }
    match &proposed.failure {
        Some(error) => {
            let failed = git_failure(error);
            Err(Failure {
                code: ExitCode::Unavailable,
                ..failed
            }
            .hint("the revision is kept here; countersign sync pushes it later"))
        }
        None => Ok(ExitCode::Done),
    }
}

/// Proposes; signed where that is asked for, by a key that the terminal may have to unlock.
fn proposed(
    context: &mut Context,
    session: &Session,
    proposal: &Proposal,
    signed: bool,
) -> Result<Proposed, Failure> {
    let now = context.now;
    if !signed {
        return propose(session, proposal, None, now).map_err(|error| failure(&error));
    }
    let silent = signer(session, Mode::Silent).map_err(|error| failure(&error))?;
    authenticates(context, session, silent.fingerprint())?;
    match propose(session, proposal, Some(&silent), now) {
        Err(error) if is_locked(&error) && std::io::stdin().is_terminal() => {
            let asking = silent.in_mode(Mode::Interactive);
            propose(session, proposal, Some(&asking), now)
        }
        proposed => proposed,
    }
    .map_err(|error| failure(&error))
}

/// Warns of a key whose signature on a proposal says nothing to the policy.
fn authenticates(context: &mut Context, session: &Session, key: &str) -> Result<(), Failure> {
    let policy = session.default_policy();
    let policy = policy.map_err(|error| git_failure(&error))?;
    let Some(trusted) = policy.policy() else {
        return Ok(());
    };
    let known = trusted.policy.signers.find(key);
    let why = match known {
        Some(known) if known.may_sign(GIT_NAMESPACE) => return Ok(()),
        Some(_) => "is not allowed to sign in the namespace git by .countersign/allowed_signers",
        None => "is nobody's in the policy",
    };
    let text = format!("signed, and it will authenticate nobody: the key {key} {why}");
    context.output.warn(&text);
    Ok(())
}

/// A proposal has to have something to stand on, and something in it: else every reviewer would see a
/// change that cannot be read. The same again is always fine.
fn can_stand(context: &mut Context, session: &Session, proposal: &Proposal) -> Result<(), Failure> {
    let failed = |error: crate::git::GitError| git_failure(&error);
    let asked = proposal
        .cover
        .as_ref()
        .and_then(|cover| cover.target.clone());
    let tip = |asked: Option<&str>| -> Result<(String, Option<Oid>), Failure> {
        let target = match asked {
            Some(target) => Some(target.to_owned()),
            None => session
                .default_policy()
                .map_err(failed)?
                .target()
                .map(str::to_owned),
        };
        let target = target.ok_or_else(|| {
            Failure::usage("nothing to propose to: no branch is known here")
                .hint("git fetch, or name the branch: --target BRANCH")
        })?;
        let tip = session.target_tip(&target).map_err(failed)?;
        Ok((target, tip))
    };
    let (mut target, mut found) = tip(asked.as_deref())?;
    if found.is_none() && session.remote.is_some() {
        // It may be new on the remote. Where that cannot be reached the answer below is right too.
        for warning in fetch(session, context.now).unwrap_or_default().warnings {
            context.output.remark(&warning);
        }
        (target, found) = tip(asked.as_deref())?;
    }
    let Some(found) = found else {
        return Err(
            Failure::usage(format!("the target {target} is not known here"))
                .hint("git fetch brings the remote's branches; --target BRANCH names another one"),
        );
    };
    let store = &session.store;
    if !store.is_ancestor(proposal.head, found).map_err(failed)? {
        return Ok(());
    }
    let refs = QueueRefs::read(store, &session.roots()).map_err(failed)?;
    let again = refs
        .newest(&proposal.id)
        .is_some_and(|(_, known)| store.peel_to_commit(known.oid).ok() == Some(proposal.head));
    if again {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "nothing to propose: {} is already on {target}",
        proposal.head
    ))
    .hint("commit the change on a branch of its own, then propose that"))
}

/// What scanners found, each under the name of its tool: SARIF, or rdjson, which is stored as it is.
fn sarif(dir: &Path, files: &[PathBuf]) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    for file in files {
        let wrong = |why: &str| {
            Failure::usage(format!("--sarif {}: {why}", file.display()))
                .hint("give SARIF 2.1.0 with runs[0].tool.driver.name, or rdjson with source.name")
        };
        let bytes = report(&dir.join(file)).map_err(|why| wrong(&why))?;
        let tool = scanner::tool_of(&bytes).map_err(|why| wrong(&why.to_string()))?;
        let tool = slug(&tool.unwrap_or_default());
        if tool.is_empty() {
            return Err(wrong("names no tool"));
        }
        if all.iter().any(|(known, _)| *known == tool) {
            return Err(wrong("is a second document of the same tool"));
        }
        all.push((tool, bytes));
    }
    Ok(all)
}

/// A report of a scanner; of one that is too large no more is read than shows it.
fn report(path: &Path) -> Result<Vec<u8>, String> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path)?;
        file.take(scanner::MAX_REPORT + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| format!("cannot be read: {error}"))?;
    match std::fs::metadata(path).map(|file| file.len()) {
        Ok(size) if size > scanner::MAX_REPORT => {
            Err(scanner::BadReport::TooLarge(size).to_string())
        }
        _ => Ok(bytes),
    }
}

/// What would be asked and found, without making anything.
fn dry_run(
    context: &mut Context,
    session: &Session,
    proposal: &Proposal,
    as_json: bool,
) -> Result<ExitCode, Failure> {
    let mut desk = Desk::new(session, context.now).map_err(|error| failure(&error))?;
    let number = desk
        .refs()
        .newest(&proposal.id)
        .map_or(1, |(newest, _)| newest + 1);
    let name = QueueRef {
        id: proposal.id.clone(),
        number,
    };
    let opened = desk
        .preview(
            &name,
            proposal.head,
            proposal.cover.as_ref(),
            &proposal.findings,
        )
        .map_err(|error| failure(&error))?;
    if as_json {
        let document = json!({
            "id": name.id,
            "revision": name.number,
            "ref": format!("{REFS}/queue/{}/{}", name.id, name.number),
            "oid": null,
            "created": false,
            "state": "dry-run",
            "asked": asked(Some(&opened)),
            "findings": findings(Some(&opened)),
        });
        context.output.json(&document)?;
        return Ok(ExitCode::Done);
    }
    context.output.line(&format!(
        "{name} would be queued for {}",
        opened.revision.target
    ))?;
    say(context, Some(&opened))?;
    Ok(ExitCode::Done)
}

/// The revision as reviewers will see it; none where it cannot be read, which is no failure of the
/// proposal.
fn open(context: &Context, session: &Session, name: &QueueRef) -> Option<Opened> {
    Desk::new(session, context.now).ok()?.open(name).ok()
}

fn asked(opened: Option<&Opened>) -> serde_json::Value {
    let rules = opened
        .and_then(|opened| opened.outcome.as_ref())
        .map(|outcome| &outcome.rules);
    rules
        .into_iter()
        .flatten()
        .map(|rule| {
            let asked = opened.map_or(&[][..], |opened| opened.asked(&rule.name));
            json!({"rule": rule.name, "needed": rule.needed, "have": rule.have.len(), "from": rule.from, "asked": asked, "could": rule.could})
        })
        .collect()
}

fn findings(opened: Option<&Opened>) -> serde_json::Value {
    opened.map_or_else(|| json!([]), scanned::findings)
}

fn say(context: &mut Context, opened: Option<&Opened>) -> Result<(), Failure> {
    let Some(opened) = opened else { return Ok(()) };
    context
        .output
        .line(&format!("risk {}", opened.assessment.level))?;
    for rule in opened.outcome.iter().flat_map(|outcome| &outcome.rules) {
        context.output.line(&format!(
            "asks {} of {} ({}): {}",
            rule.needed,
            rule.from.join(", "),
            rule.name,
            rule.could.join(", ")
        ))?;
    }
    for finding in &opened.assessment.findings {
        let line = finding
            .line
            .map_or_else(String::new, |line| format!(":{line}"));
        let text = format!(
            "{} {}{line} {} {}",
            finding.severity, finding.path, finding.rule, finding.message
        );
        context
            .output
            .line(&crate::diff::visible::text(text.as_bytes()))?;
    }
    for line in scanned::lines(&opened.scanned) {
        let line = crate::diff::visible::text(line.as_bytes());
        context.output.line(&line)?;
    }
    Ok(())
}

/// The id asked for, else made from the branch that is checked out (not from the target's own),
/// else from the subject.
fn id(args: &ProposeArgs, session: &Session, head: Oid) -> Result<ChangeId, Failure> {
    if let Some(id) = &args.id {
        return id.parse().map_err(|error: crate::change::BadId| {
            Failure::usage(error.to_string()).hint("such as --id fix-lb-timeouts")
        });
    }
    let failed = |error: crate::git::GitError| git_failure(&error);
    let branch = session.store.head_branch().map_err(failed)?;
    let target = session
        .default_policy()
        .map_err(failed)?
        .target()
        .map(str::to_owned);
    let branch = branch.filter(|branch| args.rev == "HEAD" && Some(branch) != target.as_ref());
    let subject = session
        .store
        .commit(head)
        .map_err(failed)?
        .subject()
        .to_owned();
    let source = branch.map(|branch| branch.trim_start_matches("refs/heads/").to_owned());
    slug(&source.unwrap_or(subject)).parse().map_err(|_| {
        Failure::usage("no change id can be made from the branch or the subject")
            .hint("give one: --id ID")
    })
}

/// Text as a change id: lower case, everything else a dash.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().map(|c| c.to_ascii_lowercase()) {
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    slug.truncate(63);
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_a_change_id() {
        assert_eq!(slug("Fix: the LB's timeouts!"), "fix-the-lb-s-timeouts");
        assert_eq!(slug("feature/Add_x"), "feature-add-x");
        assert!(slug(&"long ".repeat(40)).len() <= 63);
    }
}
