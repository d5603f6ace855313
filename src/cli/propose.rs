//! `countersign propose`: a change into the queue, as its next revision.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::ProposeArgs;
use super::context::{failure, git_failure, unresolved};
use super::scanned;
use super::{Context, ExitCode, Failure};
use crate::change::{ChangeId, Cover, Oid, QueueRef, Reply, ReplyState};
use crate::evidence::QueueRefs;
use crate::review::{Desk, Opened, Proposal, REFS, Session, fetch, full_ref, propose};
use crate::risk::scanner;

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
    let proposed = propose(&session, &proposal, context.now).map_err(|error| failure(&error))?;
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

/// The cover letter that the flags describe; none where they describe nothing.
fn cover(
    dir: &Path,
    args: &ProposeArgs,
    session: &Session,
    head: Oid,
) -> Result<Option<Cover>, Failure> {
    let body = match &args.body_file {
        None => None,
        Some(path) if path.as_os_str() == "-" => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .map_err(|error| {
                    Failure::usage("cannot read the body from stdin").caused_by(&error)
                })?;
            Some(text)
        }
        Some(path) => Some(std::fs::read_to_string(dir.join(path)).map_err(|error| {
            Failure::usage(format!("cannot read {}", path.display()))
                .caused_by(&error)
                .hint("--body-file - reads stdin")
        })?),
    };
    let replies = args
        .reply
        .iter()
        .map(|text| reply(text))
        .collect::<Result<Vec<_>, _>>()?;
    let mut cover = Cover {
        title: args.title.clone().unwrap_or_default(),
        body: body.map(|body| body.trim().to_owned()).unwrap_or_default(),
        target: args.target.as_deref().map(full_ref),
        base: None,
        agent: args.agent.clone(),
        model: args.model.clone(),
        session: args.session.clone(),
        operator: args.operator.clone(),
        reviewers: args.reviewer.clone(),
        replies,
    };
    if cover == Cover::default() {
        return Ok(None);
    }
    if cover.title.is_empty() {
        let commit = session
            .store
            .commit(head)
            .map_err(|error| git_failure(&error))?;
        cover.title = commit.subject().to_owned();
        if cover.body.is_empty() {
            cover.body = commit.body().to_owned();
        }
    }
    // As it will be read back: so the same proposal made twice is the same.
    Ok(Some(Cover::parse(&cover.message())))
}

/// `COMMENT=fixed` or `COMMENT=wontfix:REASON`.
fn reply(text: &str) -> Result<Reply, Failure> {
    let wrong = || {
        Failure::usage(format!(
            "--reply {text:?}: COMMENT=fixed or COMMENT=wontfix:REASON"
        ))
        .hint("countersign show ID --comments lists the remarks with their ids")
    };
    let (comment, answer) = text.split_once('=').ok_or_else(wrong)?;
    let (state, reason) = answer.split_once(':').unwrap_or((answer, ""));
    let state = match state {
        "fixed" => ReplyState::Fixed,
        "wontfix" => ReplyState::WontFix,
        _ => return Err(wrong()),
    };
    Ok(Reply {
        comment: comment.to_owned(),
        state,
        reason: reason.trim().to_owned(),
    })
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
fn slug(text: &str) -> String {
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

    #[test]
    fn a_reply_reads_its_two_forms() {
        assert_eq!(
            reply("abc/0=fixed").ok().map(|r| r.state),
            Some(ReplyState::Fixed)
        );
        let wontfix = reply("abc/0=wontfix:the balancer checks").ok();
        assert_eq!(
            wontfix.map(|r| r.reason),
            Some("the balancer checks".to_owned())
        );
        assert!(reply("abc/0=done").is_err());
        assert!(reply("abc/0").is_err());
    }
}
