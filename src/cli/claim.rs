//! `countersign claim` and `release`: who is on a change, for the other reviewers to see.

use super::args::{ClaimArgs, ReleaseArgs};
use super::change::{Prefix, find};
use super::context::{failure, git_failure};
use super::duration::duration;
use super::{Context, ExitCode, Failure};
use crate::change::ChangeId;
use crate::review::{CLAIM_LASTS, Claimed, Desk, Me, Session, claim, fetch, release};

/// Runs `claim`.
pub(super) fn take(context: &mut Context, args: &ClaimArgs) -> Result<ExitCode, Failure> {
    let lasts = match &args.lasts {
        Some(text) => duration("--for", text, 60)?,
        None => CLAIM_LASTS,
    };
    let (session, id, who) = asked(context, &args.change)?;
    let claimed = claim(&session, &id, &who, lasts, context.now);
    answer(context, &id, claimed.map_err(|error| failure(&error))?)
}

/// Runs `release`.
pub(super) fn give_back(context: &mut Context, args: &ReleaseArgs) -> Result<ExitCode, Failure> {
    let (session, id, who) = asked(context, &args.change)?;
    let claimed = release(&session, &id, &who, context.now);
    answer(context, &id, claimed.map_err(|error| failure(&error))?)
}

/// The change, and by what name this client is known: its principal, else git's address.
pub(super) fn asked(
    context: &mut Context,
    text: &str,
) -> Result<(Session, ChangeId, String), Failure> {
    let session = context.session()?;
    if session.remote.is_some() {
        // A claim is taken from what is there now.
        let _progress = context.output.teller.begin("fetching");
        fetch(&session, context.now).map_err(|error| failure(&error))?;
    }
    let desk = Desk::new(&session, context.now).map_err(|error| failure(&error))?;
    let id = find(desk.refs(), text, Prefix::AtTerminal)?.id;
    let principal = desk.me().and_then(|me: &Me| me.principal.clone());
    let address = session.store.config_string("user.email");
    let who = match principal {
        Some(principal) => principal,
        None => address
            .map_err(|error| git_failure(&error))?
            .ok_or_else(|| {
                Failure::new(ExitCode::Unavailable, "nobody knows who you are here")
                    .hint("git config user.email YOU@EXAMPLE, or configure your signing key")
            })?,
    };
    Ok((session, id, who))
}

fn answer(context: &mut Context, id: &ChangeId, claimed: Claimed) -> Result<ExitCode, Failure> {
    match claimed {
        Claimed::Yours(until) => context
            .output
            .line(&format!("claimed {id} until {until}"))?,
        Claimed::Free => context.output.line(&format!("released {id}"))?,
        Claimed::Others(claim) => {
            return Err(Failure::new(
                ExitCode::Denied,
                format!("{} is on {id} until {}", claim.reviewer, claim.until),
            )
            .hint("take another one, or talk to them: a claim runs out by itself"));
        }
    }
    Ok(ExitCode::Done)
}
