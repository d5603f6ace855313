//! Whether a statement says what the sheet said: the last look before it is signed.

use crate::app::sheet::Draft;
use crate::verdict::{Verdict, VerdictKind};

/// The first thing of which the statement would say something else than the sheet did. The time and
/// the tip of the evidence are those of the moment of signing, and the sheet says so.
pub(super) fn differs(verdict: &Verdict, draft: &Draft) -> Option<&'static str> {
    let subject = &draft.subject;
    let approves = draft.kind == VerdictKind::Approve;
    let signing = subject.signing.as_ref();
    let tool = format!("{} {}", verdict.tool.name, verdict.tool.version);
    let checks = [
        ("the kind of verdict", verdict.kind == draft.kind),
        (
            "the change",
            verdict.change.id == draft.name.id && verdict.change.revision == draft.name.number,
        ),
        ("the commit", verdict.head == subject.head),
        ("the base", verdict.base == subject.base),
        ("the target", verdict.target == subject.target),
        ("the commits", verdict.commit_count == subject.commit_count),
        (
            "the content",
            Some(&verdict.content) == subject.content.as_ref(),
        ),
        (
            "the policy",
            Some(&verdict.policy) == subject.policy.as_ref(),
        ),
        (
            "the risk",
            !approves || verdict.risk.as_ref() == subject.risk.as_ref(),
        ),
        (
            "the repository",
            signing.is_some_and(|signing| signing.repository == verdict.repository.id),
        ),
        (
            "the commit that is trusted",
            signing.is_some_and(|s| s.policy_root == verdict.repository.policy_root),
        ),
        (
            "the reviewer",
            signing.is_some_and(|s| {
                s.reviewer == verdict.reviewer.principal && s.key == verdict.reviewer.key
            }),
        ),
        ("the program", signing.is_some_and(|s| s.tool == tool)),
        ("what it replaces", verdict.supersedes == draft.supersedes),
        ("the words", verdict.summary == draft.summary),
        ("the remarks", verdict.comments == draft.comments),
        (
            "what was seen",
            !approves || verdict.viewed.as_ref() == Some(&draft.viewed),
        ),
        (
            "the checklist",
            !approves || verdict.checklist == draft.checklist,
        ),
    ];
    checks
        .into_iter()
        .find(|(_, same)| !same)
        .map(|(what, _)| what)
}
