//! The rules of the format that a statement's types do not hold: what each kind of verdict needs,
//! and what its text and numbers may be. Checked before signing and again on reading.

use jiff::Timestamp;

use super::fields::{BadField, write_time};
use super::jcs::MAX_INTEGER;
use super::statement::{
    Answer, Checklist, Comment, Predicate, Repository, Reviewer, RiskShown, Severity, Statement,
    Verdict, VerdictKind, Viewed,
};

/// The only content digest of this version.
pub(super) const CONTENT_ALGORITHM: &str = "change-content-v1";
/// Bytes that a summary may have.
pub(super) const MAX_SUMMARY: usize = 4096;

type Check = Result<(), BadField>;

fn require(holds: bool, field: &str, why: &str) -> Check {
    if holds {
        Ok(())
    } else {
        Err(BadField::new(field, why))
    }
}

/// Checks every rule; the first that is broken is named.
pub(super) fn check(statement: &Statement) -> Check {
    text("subject[0].name", &statement.subject.name)?;
    let subject = statement.subject.commit;
    let about = |commit, why| require(subject == commit, "subject[0].digest.gitCommit", why);
    match &statement.predicate {
        Predicate::Verdict(verdict) => {
            about(verdict.head.commit, "not the head's commit")?;
            let label = format!("{}@{}", verdict.change.id, verdict.change.revision);
            let named = statement.subject.name == label;
            require(
                named,
                "subject[0].name",
                "not <id>@<revision> of the change",
            )?;
            check_verdict(verdict)
        }
        Predicate::Override(lift) => {
            common(&lift.repository, &lift.reviewer, lift.issued_at)?;
            target("predicate.target", &lift.target)?;
            require(!lift.lifts.is_empty(), "predicate.lifts", "empty")?;
            text("predicate.reason", &lift.reason)
        }
        Predicate::BreakGlass(glass) => {
            about(glass.commit, "not the commit of the predicate")?;
            common(&glass.repository, &glass.reviewer, glass.issued_at)?;
            target("predicate.target", &glass.target)?;
            time("predicate.validUntil", glass.valid_until)?;
            text("predicate.reason", &glass.reason)
        }
        Predicate::Checkpoint(point) => {
            about(point.notes_commit, "not the notes commit of the predicate")?;
            common(&point.repository, &point.reviewer, point.issued_at)?;
            integer("predicate.statements", point.statements)?;
            time("predicate.expiresAt", point.expires_at)
        }
        Predicate::LogRebase(rebase) => {
            about(rebase.to, "not the new tip of the predicate")?;
            common(&rebase.repository, &rebase.reviewer, rebase.issued_at)?;
            text("predicate.reason", &rebase.reason)
        }
    }
}

/// Checks what only a writer has to keep: a reader ignores it.
pub(super) fn check_draft(statement: &Statement) -> Check {
    check(statement)?;
    let idle = statement.verdict().is_some_and(|verdict| {
        verdict.kind == VerdictKind::Comment && !verdict.supersedes.is_empty()
    });
    require(
        !idle,
        "predicate.supersedes",
        "a comment supersedes nothing",
    )
}

fn check_verdict(verdict: &Verdict) -> Check {
    common(&verdict.repository, &verdict.reviewer, verdict.issued_at)?;
    require(
        verdict.change.revision > 0,
        "predicate.change.revision",
        "not 1, 2, 3 …",
    )?;
    target("predicate.target", &verdict.target)?;
    integer("predicate.commitCount", verdict.commit_count)?;
    integer("predicate.content.files", verdict.content.files)?;
    integer("predicate.policy.version", verdict.policy.version)?;
    text("predicate.tool.name", &verdict.tool.name)?;
    text("predicate.tool.version", &verdict.tool.version)?;
    let ascending = verdict.log.seen.windows(2).all(|two| two[0] < two[1]);
    require(ascending, "predicate.log.seen", "not ascending")?;
    let headed = verdict.log.head.is_some() || verdict.log.seen.is_empty();
    require(
        headed,
        "predicate.log.head",
        "missing though log.seen is there",
    )?;
    if let Some(summary) = &verdict.summary {
        text("predicate.summary", summary)?;
        let short = summary.len() <= MAX_SUMMARY;
        require(short, "predicate.summary", "longer than 4 KiB")?;
    }
    verdict.viewed.as_ref().map_or(Ok(()), check_viewed)?;
    verdict.risk.as_ref().map_or(Ok(()), check_risk)?;
    for (index, comment) in verdict.comments.iter().enumerate() {
        check_comment(comment, verdict.kind).map_err(|bad| BadField {
            field: format!("predicate.comments[{index}].{}", bad.field),
            why: bad.why,
        })?;
    }
    match verdict.kind {
        VerdictKind::Approve => check_approval(verdict),
        VerdictKind::Reject => {
            let said = verdict.summary.is_some();
            require(said, "predicate.summary", "missing: a rejection says why")
        }
        VerdictKind::Comment => Ok(()),
        VerdictKind::Withdraw => {
            let named = !verdict.supersedes.is_empty();
            require(
                named,
                "predicate.supersedes",
                "missing: a withdrawal names what it withdraws",
            )
        }
    }
}

fn check_approval(verdict: &Verdict) -> Check {
    let missing = "missing: an approval carries it";
    require(verdict.viewed.is_some(), "predicate.viewed", missing)?;
    require(verdict.risk.is_some(), "predicate.risk", missing)?;
    let Some(Checklist {
        correctness,
        security,
        performance,
    }) = verdict.checklist
    else {
        return Err(BadField::new("predicate.checklist", missing));
    };
    for (answer, field) in [
        (correctness, "predicate.checklist.correctness"),
        (security, "predicate.checklist.security"),
        (performance, "predicate.checklist.performance"),
    ] {
        require(answer != Answer::Fail, field, "`fail` cannot approve")?;
    }
    Ok(())
}

fn check_viewed(viewed: &Viewed) -> Check {
    integer("predicate.viewed.filesViewed", viewed.files_viewed)?;
    integer("predicate.viewed.filesTotal", viewed.files_total)?;
    integer("predicate.viewed.hunksViewed", viewed.hunks_viewed)?;
    integer("predicate.viewed.hunksTotal", viewed.hunks_total)?;
    integer("predicate.viewed.seconds", viewed.seconds)?;
    integer("predicate.viewed.hidden", viewed.hidden)?;
    for (index, answer) in viewed.acknowledged.iter().enumerate() {
        let field = format!("predicate.viewed.acknowledged[{index}]");
        finding_id(&format!("{field}.id"), &answer.id)?;
        if let Some(words) = &answer.text {
            text(&format!("{field}.text"), words)?;
        }
    }
    Ok(())
}

fn check_risk(risk: &RiskShown) -> Check {
    let known = ["low", "medium", "high", "critical"].contains(&risk.level.as_str());
    require(
        known,
        "predicate.risk.level",
        "not low, medium, high or critical",
    )?;
    require(
        risk.likelihood <= 100,
        "predicate.risk.likelihood",
        "not 0 to 100",
    )?;
    require(risk.impact <= 3, "predicate.risk.impact", "not 0 to 3")?;
    integer("predicate.risk.findings", risk.findings)
}

fn check_comment(comment: &Comment, kind: VerdictKind) -> Check {
    text("body", &comment.body)?;
    let place = comment.path.is_some();
    let is_path = comment.path.as_ref().is_none_or(|path| {
        let bytes = path.as_bytes();
        !bytes.is_empty() && !bytes.contains(&0)
    });
    require(is_path, "path", "empty, or it holds a NUL byte")?;
    require(place || comment.side.is_none(), "side", "without a path")?;
    require(place || comment.line.is_none(), "line", "without a path")?;
    if let Some(finding) = &comment.finding {
        finding_id("finding", finding)?;
    }
    if let Some(line) = comment.line {
        integer("line", line)?;
        require(line > 0, "line", "lines count from 1")?;
    }
    if let Some(end) = comment.end_line {
        integer("endLine", end)?;
        let from = comment.line.unwrap_or(u64::MAX);
        require(from <= end, "endLine", "without a line at or before it")?;
    }
    let blocks = comment.severity == Severity::Must && kind == VerdictKind::Approve;
    require(!blocks, "severity", "`must` cannot approve")
}

fn common(repository: &Repository, reviewer: &Reviewer, issued_at: Timestamp) -> Check {
    let uuid = repository.id.strip_prefix("urn:uuid:").unwrap_or_default();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let is_urn = (1..=64).contains(&uuid.len()) && uuid.bytes().all(plain);
    require(is_urn, "predicate.repository.id", "not urn:uuid:…")?;
    let name = reviewer.principal.as_bytes();
    let legal = |b: &u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'+' | b'@' | b'-');
    let is_principal = (3..=128).contains(&name.len()) && name.iter().all(legal);
    require(
        is_principal,
        "predicate.reviewer.principal",
        "not [a-z0-9._+@-]{3,128}",
    )?;
    let is_key = is_fingerprint(&reviewer.key);
    require(
        is_key,
        "predicate.reviewer.key",
        "not SHA256: and 43 characters",
    )?;
    time("predicate.issuedAt", issued_at)
}

/// Whether this is an OpenSSH SHA-256 fingerprint: `SHA256:` and 43 characters of base64.
pub(super) fn is_fingerprint(text: &str) -> bool {
    let base64 = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
    text.strip_prefix("SHA256:")
        .is_some_and(|hash| hash.len() == 43 && hash.bytes().all(base64))
}

fn finding_id(field: &str, id: &str) -> Check {
    let hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    let is_id = id.len() == 16 && id.bytes().all(hex);
    require(is_id, field, "not a finding id (16 lower-case hex digits)")
}

fn integer(field: &str, value: u64) -> Check {
    require(value <= MAX_INTEGER, field, "larger than 2^53-1")
}

fn time(field: &str, value: Timestamp) -> Check {
    let whole = value.subsec_nanosecond() == 0;
    require(whole, field, "not whole seconds")?;
    // Years before 0 and after 9999 have no RFC 3339 form.
    let written = write_time(value).len() == 20 && value.as_second() >= -62_167_219_200;
    require(written, field, "not a year from 0 to 9999")
}

fn text(field: &str, value: &str) -> Check {
    require(
        !value.is_empty(),
        field,
        "empty; leave it out where it may be absent",
    )?;
    let cc = value
        .chars()
        .any(|c| c.is_control() && c != '\n' && c != '\t');
    require(
        !cc,
        field,
        "holds a control character; write it as ‹U+XXXX›",
    )
}

/// A full ref name, as `git check-ref-format` takes it.
fn target(field: &str, name: &str) -> Check {
    let forbidden = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    let component =
        |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    let is_ref = name.starts_with("refs/")
        && name.split('/').count() > 2
        && name.split('/').all(component)
        && !name.contains(forbidden)
        && !name.contains("..")
        && !name.contains("@{")
        && !name.ends_with('.');
    require(is_ref, field, "not a full ref name")
}
