//! The gate's memory of the notes: what it holds them to, and what it keeps after a success. It lies
//! beside the clone's other state, or, for `--fetch=URL`, beside the cache of that URL.

use super::super::args::GateArgs;
use super::super::{ExitCode, Failure};
use crate::change::Oid;
use crate::gate::{Memory, Report};
use crate::policy::{Reason, ReasonId};
use crate::review::{NOTES, Session};

/// What the presented notes are held to: the pins of earlier runs here and those that were written.
pub(super) fn memory(session: &Session, args: &GateArgs) -> Result<Memory, Failure> {
    if args.no_pins {
        return Ok(Memory::Off);
    }
    let mut pins = Vec::new();
    for text in &args.pin {
        pins.push(written(text)?);
    }
    let kept = session.journal.pins().load();
    let kept = kept.map_err(|error| {
        Failure::from_error(ExitCode::Undecided, &error)
            .hint("mend it, or remove it and give --pin refs/notes/countersign=OID")
    })?;
    pins.extend(kept.notes.get(NOTES).into_iter().flatten().copied());
    pins.sort_unstable();
    pins.dedup();
    Ok(Memory::Pins(pins))
}

/// `REF=OID`.
fn written(text: &str) -> Result<Oid, Failure> {
    let wrong = |why: &str| {
        Failure::usage(format!("--pin {text:?}: {why}"))
            .hint("give refs/notes/countersign=OID, with a full object id of 40 hex digits")
    };
    let (name, oid) = text
        .split_once('=')
        .ok_or_else(|| wrong("there is no = in it"))?;
    if name != NOTES {
        return Err(wrong("no statements are read from that ref"));
    }
    oid.parse().map_err(|_| wrong("that is no full object id"))
}

/// Moves the pin forward after a success. `held`: what this run was held to and has found. What
/// another run has pinned meanwhile stays, unless it is part of what was read here. A folder that
/// cannot be written is told: the decision does not depend on it.
pub(super) fn keep(session: &Session, held: &Memory, report: &mut Report) {
    let (Some(next), Memory::Pins(held)) = (&report.next_pin, held) else {
        return;
    };
    let within = |pin: Oid, tip: Oid| session.store.contains_commit(tip, pin).unwrap_or(false);
    let kept = session.journal.pins().update(|pins| {
        let known = pins.notes.entry(next.name.clone()).or_default();
        known.retain(|pin| !held.contains(pin) && !within(*pin, next.oid));
        if !known.iter().any(|pin| within(next.oid, *pin)) {
            known.push(next.oid);
        }
    });
    if let Err(error) = kept {
        let why = std::error::Error::source(&error).map_or_else(String::new, |e| format!(": {e}"));
        let text = format!("the next run here will not know what this one has seen: {error}{why}");
        report
            .warnings
            .push(Reason::new(ReasonId::PinNotKept, text));
    }
}
