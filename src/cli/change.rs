//! How a command names a change: `ID` or `ID@N`, and at a terminal a unique prefix of an id.

use std::io::IsTerminal as _;

use super::Failure;
use super::context::failure;
use crate::change::{ChangeId, QueueRef};
use crate::evidence::QueueRefs;
use crate::review::ReviewError;

/// Whether a unique prefix will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefix {
    /// Always: reading harms nobody.
    Fine,
    /// Only where a person types at a terminal.
    AtTerminal,
}

/// The revision that is meant; the newest one where none is named.
pub(super) fn find(refs: &QueueRefs, text: &str, prefix: Prefix) -> Result<QueueRef, Failure> {
    let (id, number) = match text.split_once('@') {
        None => (text, None),
        Some((id, number)) => {
            let number = number.strip_prefix('@').unwrap_or(number);
            let number = number.parse::<u32>().map_err(|_| {
                Failure::usage(format!("{text:?}: the revision is not a number"))
                    .hint("write ID@2, or the id alone for the newest revision")
            })?;
            (id, Some(number))
        }
    };
    let allowed = prefix == Prefix::Fine || std::io::stdin().is_terminal();
    let id = id_of(refs, id, allowed)?;
    let newest = refs.newest(&id).map_or(1, |(newest, _)| newest);
    Ok(QueueRef {
        id,
        number: number.unwrap_or(newest),
    })
}

/// An exact id always wins.
fn id_of(refs: &QueueRefs, text: &str, prefix_allowed: bool) -> Result<ChangeId, Failure> {
    let unknown = || failure(&ReviewError::UnknownChange(text.to_owned()));
    if let Ok(id) = text.parse::<ChangeId>()
        && refs.changes.contains_key(&id)
    {
        return Ok(id);
    }
    if !prefix_allowed || text.is_empty() {
        return Err(unknown());
    }
    let mut fits = refs
        .changes
        .keys()
        .filter(|id| id.as_str().starts_with(text));
    match (fits.next(), fits.next()) {
        (Some(id), None) => Ok(id.clone()),
        (Some(first), Some(second)) => {
            let mut ids = vec![first.to_string(), second.to_string()];
            ids.extend(fits.map(ToString::to_string));
            ids.truncate(12);
            Err(failure(&ReviewError::Ambiguous {
                prefix: text.to_owned(),
                ids,
            }))
        }
        _ => Err(unknown()),
    }
}
