//! What people said of a change, as the screen shows it: remarks in their place, and the verdicts.

use crate::app::change::{Note, NoteKind, Past, RemarkState};
use crate::change::ReplyState;
use crate::diff::FileDiff;
use crate::diff::rows::OnSide;
use crate::evidence::Statements;
use crate::review::remarks::{Remark, Standing};
use crate::review::{self, Me, Said, SaidStanding};
use crate::verdict::Side;

/// A remark of a verdict, where its line has got to; one whose line is gone stands at its file, one
/// whose file is gone at the head of the change.
pub(super) fn remark(one: &Remark<'_>, files: &[FileDiff]) -> Note {
    let comment = one.comment;
    let path = one.renamed.as_ref().or(comment.path.as_ref());
    let known = path.filter(|path| {
        let side = |file: &FileDiff| {
            let sides = [file.old.as_ref(), file.new.as_ref()];
            sides.into_iter().flatten().any(|side| side.path == **path)
        };
        files.iter().any(side) || path.as_bytes() == crate::app::change::MESSAGE_PATH.as_bytes()
    });
    let moved_by = |at: u64| {
        comment
            .end_line
            .map(|end| at + end - comment.line.unwrap_or(end))
    };
    let line = one.line_now().map(|at| moved_by(at).unwrap_or(at));
    let was = comment.path.as_ref().filter(|_| {
        let elsewhere = comment.line.is_some() && one.place != Standing::Here;
        known.is_none() || one.renamed.is_some() || elsewhere
    });
    let was = was.map(|path| match comment.line {
        Some(line) => format!("{}:{line}", path.text()),
        None => path.text().into_owned(),
    });
    let replies = one.replies.iter().map(|(revision, reply)| {
        let word = match reply.state {
            ReplyState::Fixed => "fixed",
            ReplyState::WontFix => "will not fix",
        };
        format!("@{revision} {word} {}", reply.reason)
            .trim_end()
            .to_owned()
    });
    Note {
        path: known.cloned(),
        side: match comment.side {
            Some(Side::Old) => OnSide::Old,
            _ => OnSide::New,
        },
        line: line
            .and_then(|line| u32::try_from(line).ok())
            .filter(|_| known.is_some()),
        kind: NoteKind::Remark {
            id: one.id.clone(),
            by: one.said.reviewer.clone(),
            revision: one.said.name.number,
            severity: comment.severity,
            state: match one.state() {
                review::remarks::RemarkState::Open => RemarkState::Open,
                review::remarks::RemarkState::Answered => RemarkState::Answered,
                review::remarks::RemarkState::Moved(_) => RemarkState::Moved,
                review::remarks::RemarkState::Gone => RemarkState::Gone,
            },
            was,
            replies: replies.collect(),
        },
        text: comment.body.clone(),
    }
}

/// Every verdict on the change, oldest first.
pub(super) fn past(opened: &review::Opened, me: Option<&Me>, statements: &Statements) -> Vec<Past> {
    let own = me.and_then(|me| me.principal.as_deref());
    let replaced_by = |said: &Said| {
        let all = statements.verified.iter();
        let later = all.filter(|one| {
            one.verdict().is_some_and(|verdict| {
                verdict.reviewer.principal == said.reviewer
                    && verdict.supersedes.contains(&said.digest)
            })
        });
        later.map(|one| one.payload_sha256()).collect()
    };
    let one = |said: &Said| Past {
        reviewer: said.reviewer.clone(),
        mine: Some(said.reviewer.as_str()) == own,
        kind: said.kind,
        revision: said.name.number,
        at: said.issued_at,
        summary: said.summary.clone(),
        standing: match &said.standing {
            SaidStanding::Stands if said.here => "stands".to_owned(),
            SaidStanding::Stands => "stands, on another revision".to_owned(),
            SaidStanding::Replaced => "replaced".to_owned(),
            SaidStanding::DoesNotCount(reason) => format!("does not count: {}", reason.text),
            SaidStanding::NoPolicy => "good signature, no policy to judge it".to_owned(),
        },
        covers: covers(opened, said),
        key: said.key.clone(),
        remarks: said.comments.len(),
        replaced_by: replaced_by(said),
        digest: said.digest,
    };
    opened.said.iter().map(one).collect()
}

/// What of this revision a verdict covers.
fn covers(opened: &review::Opened, said: &Said) -> String {
    let name = opened.revision.name();
    match (said.here, said.name == name) {
        (true, true) => "exactly this commit, or the same content".to_owned(),
        (true, false) => format!("the same content, given for {}", said.name),
        (false, _) => format!("{} only, whose content is another", said.name),
    }
}
