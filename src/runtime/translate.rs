//! Between the screen and the use-cases: drafts one way, errors the other.

use crate::app::sheet::Draft;
use crate::review::{self, ReviewError};
use crate::verdict::{Answer, Checklist, SignError};

/// What was written on the screen, as the use-case takes it.
pub(super) fn in_writing(draft: &Draft) -> review::Draft {
    let unanswered = Checklist {
        correctness: Answer::Na,
        security: Answer::Na,
        performance: Answer::Na,
    };
    review::Draft {
        summary: draft.summary.clone(),
        checklist: draft.checklist.unwrap_or(unanswered),
        viewed: draft.viewed.clone(),
        comments: draft.comments.clone(),
        ..review::Draft::new(draft.kind)
    }
}

/// Whether only a person at a terminal can unlock the key.
pub(super) fn is_locked(error: &ReviewError) -> bool {
    use crate::verdict::SealError;
    match error {
        ReviewError::Seal(SealError::Sign(sign)) => matches!(sign, SignError::Locked),
        _ => false,
    }
}

/// An error with its causes, in one line.
pub(super) fn chain(error: impl std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text.replace('\n', " · ")
}
