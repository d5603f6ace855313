//! Signed statements: what is signed, how it becomes one line of a note, and how it is verified.

mod statement;

pub use statement::{
    Acknowledged, Answer, BreakGlass, ChangeLabel, Checklist, Checkpoint, Comment, CommitAndTree,
    Content, Log, LogRebase, Override, PolicyRef, Predicate, Repository, Reviewer, RiskShown,
    Severity, Side, Statement, Subject, Tool, Verdict, VerdictKind, Viewed,
};
