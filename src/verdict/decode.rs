//! From parsed JSON to a statement, strictly: every field known, once, and of its type.

use super::canonical::{
    ANSWERS, BREAK_GLASS, CHECKPOINT, KINDS, LOG_REBASE, OVERRIDE, SEVERITIES, SIDES,
    STATEMENT_TYPE, VERDICT,
};
use super::fields::{At, BadField, Fields};
use super::json::Json;
use super::rules;
use super::statement::{
    Acknowledged, BreakGlass, ChangeLabel, Checklist, Checkpoint, Comment, CommitAndTree, Content,
    Log, LogRebase, Override, PolicyRef, Predicate, Repository, Reviewer, RiskShown, Statement,
    Subject, Tool, Verdict, Viewed,
};
use crate::change::{Oid, RepoPath, Sha256};

/// Reads a whole statement; unknown fields are refused.
pub(super) fn statement(root: &Json) -> Result<Statement, BadField> {
    let mut fields = At::root(root).fields()?;
    let kind = fields.required("_type")?;
    if kind.text()? != STATEMENT_TYPE {
        return Err(kind.bad(format!("not {STATEMENT_TYPE}")));
    }
    let subject = subject(&fields.required("subject")?)?;
    let predicate_type = fields.required("predicateType")?;
    let predicate = fields.required("predicate")?;
    fields.finish()?;
    let mut inner = predicate.fields()?;
    let predicate = match predicate_type.text()? {
        VERDICT => Predicate::Verdict(Box::new(verdict(&mut inner)?)),
        OVERRIDE => Predicate::Override(lift(&mut inner)?),
        BREAK_GLASS => Predicate::BreakGlass(break_glass(&mut inner)?),
        CHECKPOINT => Predicate::Checkpoint(checkpoint(&mut inner)?),
        LOG_REBASE => Predicate::LogRebase(log_rebase(&mut inner)?),
        _ => return Err(predicate_type.bad("an unknown type")),
    };
    inner.finish()?;
    Ok(Statement { subject, predicate })
}

/// Reads the list of exactly one subject.
pub(super) fn subject(list: &At<'_>) -> Result<Subject, BadField> {
    let items = list.items()?;
    let [one] = items.as_slice() else {
        return Err(list.bad("not exactly one subject"));
    };
    let mut fields = one.fields()?;
    let name = fields.required("name")?.text()?.to_owned();
    let mut digest = fields.required("digest")?.fields()?;
    let commit = digest.required("gitCommit")?.parsed::<Oid>()?;
    digest.finish()?;
    fields.finish()?;
    Ok(Subject { name, commit })
}

fn verdict(fields: &mut Fields<'_>) -> Result<Verdict, BadField> {
    let comments = match fields.optional("comments")? {
        Some(list) => list
            .items()?
            .iter()
            .map(comment)
            .collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    let summary = fields.optional("summary")?;
    let supersedes = fields.optional("supersedes")?;
    Ok(Verdict {
        kind: fields.required("verdict")?.word(&KINDS)?,
        repository: repository(fields)?,
        change: whole(&fields.required("change")?, change)?,
        target: fields.required("target")?.text()?.to_owned(),
        base: whole(&fields.required("base")?, commit_and_tree)?,
        head: whole(&fields.required("head")?, commit_and_tree)?,
        commit_count: fields.required("commitCount")?.integer()?,
        content: whole(&fields.required("content")?, content)?,
        reviewer: reviewer(fields)?,
        issued_at: fields.required("issuedAt")?.time()?,
        policy: whole(&fields.required("policy")?, policy)?,
        log: whole(&fields.required("log")?, log)?,
        tool: whole(&fields.required("tool")?, tool)?,
        viewed: part(fields.optional("viewed")?, viewed)?,
        checklist: part(fields.optional("checklist")?, checklist)?,
        risk: part(fields.optional("risk")?, risk)?,
        summary: summary.map(|s| s.text().map(str::to_owned)).transpose()?,
        comments,
        supersedes: digests(supersedes)?,
    })
}

/// Reads an object to its last field.
pub(super) fn whole<'a, T>(
    at: &At<'a>,
    read: impl Fn(&mut Fields<'a>) -> Result<T, BadField>,
) -> Result<T, BadField> {
    let mut fields = at.fields()?;
    let value = read(&mut fields)?;
    fields.finish()?;
    Ok(value)
}

fn part<'a, T>(
    at: Option<At<'a>>,
    read: impl Fn(&mut Fields<'a>) -> Result<T, BadField>,
) -> Result<Option<T>, BadField> {
    at.map(|at| whole(&at, read)).transpose()
}

/// Payload digests; an absent list is empty.
pub(super) fn digests(list: Option<At<'_>>) -> Result<Vec<Sha256>, BadField> {
    match list {
        Some(list) => list.items()?.iter().map(At::parsed).collect(),
        None => Ok(Vec::new()),
    }
}

fn repository(fields: &mut Fields<'_>) -> Result<Repository, BadField> {
    whole(&fields.required("repository")?, repository_fields)
}

/// The fields of a repository.
pub(super) fn repository_fields(fields: &mut Fields<'_>) -> Result<Repository, BadField> {
    Ok(Repository {
        id: fields.required("id")?.text()?.to_owned(),
        policy_root: fields.required("policyRoot")?.parsed()?,
    })
}

fn reviewer(fields: &mut Fields<'_>) -> Result<Reviewer, BadField> {
    whole(&fields.required("reviewer")?, reviewer_fields)
}

/// The fields of a reviewer.
pub(super) fn reviewer_fields(fields: &mut Fields<'_>) -> Result<Reviewer, BadField> {
    Ok(Reviewer {
        principal: fields.required("principal")?.text()?.to_owned(),
        key: fields.required("key")?.text()?.to_owned(),
    })
}

/// The fields of a change label.
pub(super) fn change(fields: &mut Fields<'_>) -> Result<ChangeLabel, BadField> {
    let revision = fields.required("revision")?;
    let number = u32::try_from(revision.integer()?).map_err(|_| revision.bad("too large"))?;
    Ok(ChangeLabel {
        id: fields.required("id")?.parsed()?,
        revision: number,
    })
}

/// The fields of a commit with its tree.
pub(super) fn commit_and_tree(fields: &mut Fields<'_>) -> Result<CommitAndTree, BadField> {
    Ok(CommitAndTree {
        commit: fields.required("gitCommit")?.parsed()?,
        tree: fields.required("gitTree")?.parsed()?,
    })
}

/// The fields of a content digest.
pub(super) fn content(fields: &mut Fields<'_>) -> Result<Content, BadField> {
    let algorithm = fields.required("algorithm")?;
    if algorithm.text()? != rules::CONTENT_ALGORITHM {
        return Err(algorithm.bad(format!("not {}", rules::CONTENT_ALGORITHM)));
    }
    Ok(Content {
        sha256: fields.required("sha256")?.parsed()?,
        files: fields.required("files")?.integer()?,
    })
}

fn policy(fields: &mut Fields<'_>) -> Result<PolicyRef, BadField> {
    Ok(PolicyRef {
        version: fields.required("version")?.integer()?,
        sha256: fields.required("sha256")?.parsed()?,
        commit: fields.required("gitCommit")?.parsed()?,
    })
}

fn log(fields: &mut Fields<'_>) -> Result<Log, BadField> {
    let head = fields.optional("head")?;
    Ok(Log {
        head: head.map(|head| head.parsed()).transpose()?,
        seen: digests(fields.optional("seen")?)?,
    })
}

fn tool(fields: &mut Fields<'_>) -> Result<Tool, BadField> {
    Ok(Tool {
        name: fields.required("name")?.text()?.to_owned(),
        version: fields.required("version")?.text()?.to_owned(),
    })
}

fn viewed(fields: &mut Fields<'_>) -> Result<Viewed, BadField> {
    let acknowledged = match fields.optional("acknowledged")? {
        Some(list) => {
            let items = list.items()?;
            items
                .iter()
                .map(|at| whole(at, answer))
                .collect::<Result<_, _>>()?
        }
        None => Vec::new(),
    };
    Ok(Viewed {
        files_viewed: fields.required("filesViewed")?.integer()?,
        files_total: fields.required("filesTotal")?.integer()?,
        hunks_viewed: fields.required("hunksViewed")?.integer()?,
        hunks_total: fields.required("hunksTotal")?.integer()?,
        seconds: fields.required("seconds")?.integer()?,
        acknowledged,
        hidden: fields.required("hidden")?.integer()?,
    })
}

fn answer(fields: &mut Fields<'_>) -> Result<Acknowledged, BadField> {
    let text = fields.optional("text")?;
    Ok(Acknowledged {
        id: fields.required("id")?.text()?.to_owned(),
        text: text.map(|t| t.text().map(str::to_owned)).transpose()?,
    })
}

fn checklist(fields: &mut Fields<'_>) -> Result<Checklist, BadField> {
    Ok(Checklist {
        correctness: fields.required("correctness")?.word(&ANSWERS)?,
        security: fields.required("security")?.word(&ANSWERS)?,
        performance: fields.required("performance")?.word(&ANSWERS)?,
    })
}

fn risk(fields: &mut Fields<'_>) -> Result<RiskShown, BadField> {
    Ok(RiskShown {
        level: fields.required("level")?.text()?.to_owned(),
        likelihood: fields.required("likelihood")?.integer()?,
        impact: fields.required("impact")?.integer()?,
        findings: fields.required("findings")?.integer()?,
        sha256: fields.required("sha256")?.parsed()?,
    })
}

fn comment(at: &At<'_>) -> Result<Comment, BadField> {
    whole(at, |fields| {
        let path = match fields.optional("path")? {
            Some(at) => Some(
                RepoPath::from_percent_encoded(at.text()?)
                    .ok_or_else(|| at.bad("not a path in its percent-encoded form"))?,
            ),
            None => None,
        };
        let side = fields.optional("side")?;
        let line = fields.optional("line")?;
        let end_line = fields.optional("endLine")?;
        let finding = fields.optional("finding")?;
        Ok(Comment {
            path,
            side: side.map(|at| at.word(&SIDES)).transpose()?,
            line: line.map(|at| at.integer()).transpose()?,
            end_line: end_line.map(|at| at.integer()).transpose()?,
            finding: finding.map(|at| at.text().map(str::to_owned)).transpose()?,
            severity: fields.required("severity")?.word(&SEVERITIES)?,
            body: fields.required("body")?.text()?.to_owned(),
        })
    })
}

fn lift(fields: &mut Fields<'_>) -> Result<Override, BadField> {
    let lifts = fields.required("lifts")?;
    Ok(Override {
        repository: repository(fields)?,
        target: fields.required("target")?.text()?.to_owned(),
        lifts: digests(Some(lifts))?,
        reason: fields.required("reason")?.text()?.to_owned(),
        reviewer: reviewer(fields)?,
        issued_at: fields.required("issuedAt")?.time()?,
    })
}

fn break_glass(fields: &mut Fields<'_>) -> Result<BreakGlass, BadField> {
    Ok(BreakGlass {
        repository: repository(fields)?,
        target: fields.required("target")?.text()?.to_owned(),
        commit: fields.required("commit")?.parsed()?,
        reason: fields.required("reason")?.text()?.to_owned(),
        valid_until: fields.required("validUntil")?.time()?,
        reviewer: reviewer(fields)?,
        issued_at: fields.required("issuedAt")?.time()?,
    })
}

fn checkpoint(fields: &mut Fields<'_>) -> Result<Checkpoint, BadField> {
    Ok(Checkpoint {
        repository: repository(fields)?,
        notes_commit: fields.required("notesCommit")?.parsed()?,
        statements: fields.required("statements")?.integer()?,
        reviewer: reviewer(fields)?,
        issued_at: fields.required("issuedAt")?.time()?,
        expires_at: fields.required("expiresAt")?.time()?,
    })
}

fn log_rebase(fields: &mut Fields<'_>) -> Result<LogRebase, BadField> {
    Ok(LogRebase {
        repository: repository(fields)?,
        from: fields.required("from")?.parsed()?,
        to: fields.required("to")?.parsed()?,
        reason: fields.required("reason")?.text()?.to_owned(),
        reviewer: reviewer(fields)?,
        issued_at: fields.required("issuedAt")?.time()?,
    })
}
