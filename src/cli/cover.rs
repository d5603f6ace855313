//! The cover letter of a proposal, from the flags of `propose`.

use std::io::Read as _;
use std::path::Path;

use super::Failure;
use super::args::ProposeArgs;
use super::context::git_failure;
use crate::change::{Cover, Oid, Reply, ReplyState};
use crate::review::{Session, full_ref};

/// The cover letter that the flags describe; none where they describe nothing.
pub(super) fn cover(
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
                    Failure::usage("cannot read the body from stdin")
                        .caused_by(&error)
                        .hint("it has to be UTF-8: give it as a file, or leave it out")
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
    if cover == Cover::default() && !args.sign {
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

#[cfg(test)]
mod tests {
    use super::*;

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
