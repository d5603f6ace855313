//! Revisions checked out into folders of their own, for a shell in them.

use std::path::Path;

use super::backend::Folder;
use super::translate::chain;
use crate::change::{Oid, QueueRef};
use crate::review::{Checkouts, Session, Which};

fn checkouts<'a>(session: &'a Session, home: Option<&Path>) -> Result<Checkouts<'a>, String> {
    let home = home.ok_or_else(|| "there is no folder for worktrees".to_owned())?;
    Ok(Checkouts::new(session, home))
}

/// Checks a revision out, if its head is still this one.
pub(super) fn check_out(
    session: &Session,
    home: Option<&Path>,
    name: &QueueRef,
    head: Option<Oid>,
) -> Result<Folder, String> {
    let done = checkouts(session, home)?.check_out(name, head);
    let done = done.map_err(chain)?;
    Ok(Folder {
        name: done.name,
        path: done.path,
        made: done.made,
    })
}

/// Takes it away again; a sentence where it stays.
pub(super) fn put_away(
    session: &Session,
    home: Option<&Path>,
    folder: &Folder,
) -> Result<Option<String>, String> {
    let which = Which::Of(folder.name.id.clone(), Some(folder.name.number));
    let done = checkouts(session, home)?.put_away(&which);
    let kept = done.map_err(chain)?.kept;
    Ok(kept.into_iter().next().map(|(_, why)| why))
}
